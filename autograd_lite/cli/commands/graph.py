"""`graph`: the computation graph of a formula as a picture, as DOT, or as text in the terminal."""

from functools import partial
from pathlib import Path
from typing import Any

from autograd_lite.cli import options
from autograd_lite.cli.command import command, option
from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.files import writing
from autograd_lite.cli.formulas import FormulaCommand, backward_stops, build, formula
from autograd_lite.cli.terminal import Terminal
from autograd_lite.engine import Value, topological_order
from autograd_lite.engine.graph import has_path
from autograd_lite.expression import Built

#: The endings that `-o` understands.
PICTURES = (".svg", ".png", ".pdf", ".dot", ".gv")
#: What can be written to standard output.
FORMATS = ("dot", "svg", "tree", "table")
#: See `structure.summarize`.
DETAILS = ("auto", "all", "sums", "neurons", "layers", "repeats", "rows")
#: Options that drawings take under the same names.
LOOKS = ("theme", "rankdir", "local_grads", "digits", "detail", "limit")

look = partial(option, group="How it looks")


@command(
    '"w*x + b" w=-2 x=5 b=3 -o f.svg',
    '"L = (w*x + b - y)**2" w=1 x=2 b=0 y=1 --rankdir TB --local-grads --highlight w -o loss.png',
    '"h = w*x; sigmoid(h)" w=1 x=2 --format tree',
    '"sin(x)" x=pi/4 > sine.dot',
    cls=FormulaCommand,
)
@formula()
@options.file("-o", "--output", help="Ending in .svg, .png, .pdf or .dot (default: standard output).")
@option("--format", **options.one_of(FORMATS, "To standard output"))
@option("--forward", is_flag=True, help="Values only, no gradients.")
@look("--theme", default="light", **options.one_of(("light", "dark"), "Colours"))
@look("--rankdir", default="LR", **options.one_of(("LR", "TB", "RL", "BT"), "Which way it runs"))
@look("--local-grads", is_flag=True, help="The local derivative on each edge.")
@look("--digits", type=options.WholeNumber(1, 17), default=4, metavar="N", help="Significant digits.")
@look("--highlight", metavar="NAME", help="Mark the (shortest) path from this variable to the result.")
@look("--detail", default="auto", **options.one_of(DETAILS, "What is folded"))
@look("--limit", type=options.WholeNumber(1), metavar="N", help="The most boxes to draw.")
def graph(args: Any, terminal: Terminal) -> int:
    """Draw the computation graph of a formula."""
    piped = args.output in (None, "-")
    path = Path(args.output or "-")
    if not piped and path.suffix.lower() not in PICTURES:
        misused(f"-o takes a file that ends in {', '.join(PICTURES)}, not {args.output!r}")
    if not piped and args.format is not None:
        misused(f"--format is for standard output; the ending of {args.output!r} says how it is written")
    built = build(args)
    if not args.forward:
        with backward_stops():
            built.root.backward()
    if args.format in ("tree", "table"):
        from autograd_lite.backprop import to_text

        terminal.document(to_text(built.root, args.format, **({"limit": args.limit} if args.limit else {})))
        return 0
    from autograd_lite.draw import draw_dot, render, to_svg

    looks: dict[str, Any] = {name: getattr(args, name) for name in LOOKS}
    looks["highlight"] = node_named(args.highlight, built) if args.highlight is not None else None
    try:
        if piped:
            text = to_svg(built.root, **looks) if args.format == "svg" else draw_dot(built.root, **looks).source
            terminal.document(text)
            return 0
        with writing(path):
            render(built.root, path, **looks)
    except (ImportError, RuntimeError, ValueError) as error:
        raise CommandError(_without_python(str(error), args)) from None
    terminal.note(f"{path}: {len(topological_order(built.root))} nodes, value {built.root.data!r}")
    return 0


def node_named(name: str, built: Built) -> Value:
    """A variable or a named node of the formula, through which a gradient flows."""
    known = {**built.variables, **built.named}
    if name not in known:
        misused(f"--highlight {name!r}: the formula has {', '.join(known) or 'no variables'}")
    if not has_path(built.root, known[name]):
        misused(f"--highlight {name!r}: no gradient flows from the result to {name}")
    return known[name]


def _without_python(message: str, args: Any) -> str:
    """What the drawing says, in the words of the command line."""
    if args.detail != "auto" and "which no picture shows legibly" in message:
        said = message.partition(", which")[0].replace(f"detail={args.detail!r}", f"--detail {args.detail}")
        return f"{said}, which no picture shows legibly; leave --detail out, or raise --limit"
    return message
