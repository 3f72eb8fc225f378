"""`page`: a web page that steps through the forward and the backward pass of a formula."""

import argparse
import webbrowser
from pathlib import Path

from autograd_lite.cli.arguments import whole
from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.formulas import add_formula, build
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.terminal import Terminal
from autograd_lite.engine import topological_order

EXAMPLES = (
    '"L = (w*x + b - y)**2" w=2 x=3 b=1 y=5 -o loss.html',
    '"h = x**2; y = sin(h)" x=1.5 --theme dark',
)


def add_arguments(parser: Parser) -> None:
    """A formula, and the page for it."""
    add_formula(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default="page.html",
        help="ending in .html (default: page.html); one file, no network",
    )
    parser.add_argument(
        "--theme", choices=("auto", "light", "dark"), default="auto", help="auto (as the reader's system), light or dark"
    )
    parser.add_argument("--title", metavar="TEXT", default="", help="what stands above it")
    parser.add_argument("--step", metavar="K", type=whole(0), default=0, help="the step it opens at (default: 0, the start)")
    parser.add_argument("--open", action="store_true", help="show it in the browser at once")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write a page that steps through the forward and the backward pass of a formula."""
    path = Path(args.output)
    if path.suffix.lower() not in (".html", ".htm"):
        misused(f"-o takes a file that ends in .html, not {args.output!r}")
    built = build(args)
    from autograd_lite.pages import save_page

    try:
        save_page(built.root, path, title=args.title, theme=args.theme, step=args.step)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None
    shown = args.open and webbrowser.open(path.resolve().as_uri())
    then = "" if shown else "; open it in a browser"
    terminal.note(f"{path}: {len(topological_order(built.root))} nodes, value {built.root.data!r}{then}")
    return 0
