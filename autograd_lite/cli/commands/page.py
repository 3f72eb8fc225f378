"""`page`: a web page that steps through the forward and the backward pass of a formula."""

import webbrowser
from pathlib import Path
from typing import Any

from autograd_lite.cli import options
from autograd_lite.cli.command import command, option
from autograd_lite.cli.errors import misused
from autograd_lite.cli.files import writing
from autograd_lite.cli.formulas import FormulaCommand, build, formula
from autograd_lite.cli.terminal import Terminal
from autograd_lite.engine import topological_order


@command(
    '"L = (w*x + b - y)**2" w=2 x=3 b=1 y=5 -o loss.html', '"h = x**2; y = sin(h)" x=1.5 --theme dark', cls=FormulaCommand
)
@formula()
@options.file("-o", "--output", default="page.html", help="Ending in .html; one file, no network.")
@option("--theme", default="auto", **options.one_of(("auto", "light", "dark"), "As the reader's system has it"))
@option("--title", metavar="TEXT", help="What stands above it.")
@option("--step", metavar="K", type=options.WholeNumber(0), default=0, help="The step it opens at.")
@option("--open", is_flag=True, help="Show it in the browser at once.")
def page(args: Any, terminal: Terminal) -> int:
    """Write a web page that steps through the forward and the backward pass of a formula."""
    path = Path(args.output)
    if path.suffix.lower() not in (".html", ".htm"):
        misused(f"-o takes a file that ends in .html, not {args.output!r}")
    built = build(args)
    from autograd_lite.pages import save_page

    with writing(path):
        save_page(built.root, path, title=args.title or "", theme=args.theme, step=args.step)
    shown = args.open and webbrowser.open(path.resolve().as_uri())
    then = "" if shown else "; open it in a browser"
    terminal.note(f"{path}: {len(topological_order(built.root))} nodes, value {built.root.data!r}{then}")
    return 0
