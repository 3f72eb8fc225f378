"""`plot`: each picture of the package with data of its own."""

import argparse
from pathlib import Path

from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.gallery import PICTURES, descents
from autograd_lite.cli.options import add_quiet, add_seed
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.terminal import Terminal

EXAMPLES = (
    "gates -o gates.png",
    "race -o race.gif",
    "boundary --dataset spirals",
)


def add_arguments(parser: Parser) -> None:
    """Which picture, of what, and where to."""
    parser.add_argument("picture", choices=PICTURES, metavar="PICTURE", help=f"one of {', '.join(PICTURES)}")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="ending in .png, .svg, .pdf or, for race, .gif (default: PICTURE.png)"
    )
    parser.add_argument(
        "--dataset", metavar="NAME", help="for boundary, loss-curve, landscape, confusion, gradients, activations"
    )
    add_seed(parser, "data and weights")
    add_quiet(parser, "no notes")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Draw one picture into a file."""
    from autograd_lite.cli.report import save_figure

    path = Path(args.output or f"{args.picture}.png")
    moving = path.suffix.lower() == ".gif"
    if moving and args.picture != "race":
        misused("only the race is an animation; give a file that ends in .png, .svg or .pdf")
    if path.suffix.lower() not in (".png", ".svg", ".pdf", ".gif"):
        misused(f"-o takes a file that ends in .png, .svg, .pdf or, for race, .gif; not {str(path)!r}")
    if not path.parent.is_dir():
        raise CommandError(f"{path} cannot be written: there is no folder {path.parent}")
    if moving:
        try:
            descents.race_animation(args).save(path, writer="pillow", dpi=90)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None
    else:
        save_figure(PICTURES[args.picture](args), path)
    terminal.note(str(path))
    return 0
