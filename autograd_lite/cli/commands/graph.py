"""`graph`: the computation graph of a formula as a picture, or as DOT."""

import argparse
from pathlib import Path

from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.formulas import add_formula, backward, build
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.terminal import Terminal
from autograd_lite.engine import topological_order

EXAMPLES = (
    '"w*x + b" w=-2 x=5 b=3 -o f.svg',
    '"L = (w*x + b - y)**2" w=1 x=2 b=0 y=1 --rankdir TB -o loss.png',
    '"sin(x)" x=pi/4 > sine.dot',
)

#: The endings that `-o` understands.
PICTURES = (".svg", ".png", ".pdf", ".dot")


def add_arguments(parser: Parser) -> None:
    """A formula, where to draw it, and how."""
    add_formula(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="ending in .svg, .png, .pdf or .dot (default: DOT to standard output)"
    )
    parser.add_argument("--forward", action="store_true", help="values only, no gradients")
    parser.add_argument("--rankdir", choices=("LR", "TB", "RL", "BT"), default="LR", help="direction (default LR)")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Draw the graph of a formula: SVG, PNG, PDF, or DOT text."""
    built = build(args)
    if not args.forward:
        backward(built.root)
    from autograd_lite.draw import draw_dot, render

    if args.output in (None, "-"):
        terminal.result(draw_dot(built.root, rankdir=args.rankdir).source.rstrip("\n"))
        return 0
    path = Path(args.output)
    if path.suffix.lower() not in PICTURES:
        misused(f"-o takes a file that ends in {', '.join(PICTURES)}, not {args.output!r}")
    try:
        render(built.root, path, rankdir=args.rankdir)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None
    except (ImportError, RuntimeError, ValueError) as error:
        raise CommandError(str(error)) from None
    terminal.note(f"{path}: {len(topological_order(built.root))} nodes, value {built.root.data!r}")
    return 0
