"""`graph`: the computation graph of a formula as a picture, as DOT, or as text in the terminal."""

import argparse
from pathlib import Path
from typing import Any

from autograd_lite.cli.arguments import whole
from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.formulas import add_formula, backward, build
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.terminal import Terminal
from autograd_lite.engine import Value, topological_order
from autograd_lite.engine.graph import has_path
from autograd_lite.expression import Built

EXAMPLES = (
    '"w*x + b" w=-2 x=5 b=3 -o f.svg',
    '"L = (w*x + b - y)**2" w=1 x=2 b=0 y=1 --rankdir TB --local-grads --highlight w -o loss.png',
    '"h = w*x; sigmoid(h)" w=1 x=2 --format tree',
    '"sin(x)" x=pi/4 > sine.dot',
)

#: The endings that `-o` understands.
PICTURES = (".svg", ".png", ".pdf", ".dot", ".gv")
#: What can be written to standard output.
FORMATS = ("dot", "svg", "tree", "table")
#: See `structure.summarize`.
DETAILS = ("auto", "all", "sums", "neurons", "layers", "repeats", "rows")


def add_arguments(parser: Parser) -> None:
    """A formula, where to draw it, and how."""
    add_formula(parser)
    add = parser.add_argument
    add("-o", "--output", metavar="FILE", help="ending in .svg, .png, .pdf or .dot (default: standard output)")
    add("--format", choices=FORMATS, metavar="FORM", help="to standard output: dot (default), svg, or text as tree or table")
    add("--forward", action="store_true", help="values only, no gradients")
    group = parser.add_argument_group("how it looks")
    add = group.add_argument
    add("--theme", choices=("light", "dark"), default="light", metavar="NAME", help="light (default) or dark")
    add("--rankdir", choices=("LR", "TB", "RL", "BT"), default="LR", metavar="WAY", help="LR (default), TB, RL or BT")
    add("--local-grads", action="store_true", help="the local derivative on each edge")
    add("--digits", type=whole(1, 17), default=4, metavar="N", help="significant digits (default 4)")
    add("--highlight", metavar="NAME", help="mark the (shortest) path from this variable to the result")
    add(
        "--detail",
        choices=DETAILS,
        default="auto",
        metavar="HOW",
        help=f"what is folded: {', '.join(DETAILS)} (default auto)",
    )
    add("--limit", type=whole(1), metavar="N", help="the most boxes to draw")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Draw the graph of a formula: SVG, PNG, PDF, DOT or text."""
    piped = args.output in (None, "-")
    path = Path(args.output or "-")
    if not piped and path.suffix.lower() not in PICTURES:
        misused(f"-o takes a file that ends in {', '.join(PICTURES)}, not {args.output!r}")
    if not piped and args.format is not None:
        misused(f"--format is for standard output; the ending of {args.output!r} says how it is written")
    built = build(args)
    if not args.forward:
        backward(built.root)
    if args.format in ("tree", "table"):
        from autograd_lite.backprop import to_text

        terminal.result(to_text(built.root, args.format, **({"limit": args.limit} if args.limit else {})))
        return 0
    from autograd_lite.draw import draw_dot, render, to_svg

    options: dict[str, Any] = {
        "theme": args.theme, "rankdir": args.rankdir, "local_grads": args.local_grads, "digits": args.digits,
        "detail": args.detail, "limit": args.limit,
        "highlight": node_named(args.highlight, built) if args.highlight is not None else None,
    }  # fmt: skip
    try:
        if piped:
            text = to_svg(built.root, **options) if args.format == "svg" else draw_dot(built.root, **options).source
            terminal.result(text.rstrip("\n"))
            return 0
        render(built.root, path, **options)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None
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


def _without_python(message: str, args: argparse.Namespace) -> str:
    """What the drawing says, in the words of the command line."""
    if args.detail != "auto" and "which no picture shows legibly" in message:
        said = message.partition(", which")[0].replace(f"detail={args.detail!r}", f"--detail {args.detail}")
        return f"{said}, which no picture shows legibly; leave --detail out, or raise --limit"
    return message
