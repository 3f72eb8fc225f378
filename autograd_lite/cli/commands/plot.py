"""`plot`: each picture of the package with data of its own."""

import argparse
from pathlib import Path

from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.gallery import PICTURES
from autograd_lite.cli.options import add_quiet, add_seed
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.terminal import Terminal

EXAMPLES = (
    "race",
    "race -o race.gif",
    "boundary --dataset spirals --seed 1",
    "confusion --dataset cats.csv --target kind",
    "loss-2d -o loss.svg",
    "all -o pictures",
)

_STILL, _MOVING = (".png", ".svg", ".pdf"), (".gif", ".html")


def add_arguments(parser: Parser) -> None:
    """Which picture, of what, and where to."""
    width = max(map(len, PICTURES))
    listed = [f"  {name:<{width}}  {picture.summary}" for name, picture in PICTURES.items()]
    parser.description = "\n".join([parser.description or "", "", "pictures:", *listed, f"  {'all':<{width}}  each of them"])
    parser.add_argument("picture", choices=(*PICTURES, "all"), metavar="PICTURE", help="its name, as above")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="ending in .png, .svg, .pdf or, for race, .gif or .html (default: PICTURE.png); for all a folder (default: here)",
    )
    useful = ", ".join(name for name, picture in PICTURES.items() if picture.dataset)
    parser.add_argument(
        "--dataset", metavar="NAME", help=f"a data set or a CSV file instead of the picture's own, for {useful}"
    )
    parser.add_argument("--target", metavar="COLUMN", help="if the data set is a CSV file: the column to predict")
    add_seed(parser, "data and weights")
    add_quiet(parser, "no notes")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Draw one picture into a file, or all into a folder."""
    if args.picture != "all":
        _draw(args.picture, Path(args.output or f"{args.picture}.png"), args, terminal)
        return 0
    if args.dataset is not None or args.target is not None:
        misused("--dataset and --target go with one picture, not with all: they have data of their own")
    folder = Path(args.output or ".")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"the folder {folder} cannot be made: {error.strerror or error}") from None
    for name in PICTURES:
        _draw(name, folder / f"{name}.png", args, terminal)
    return 0


def _draw(name: str, path: Path, args: argparse.Namespace, terminal: Terminal) -> None:
    from autograd_lite.cli.report import save_figure

    picture, ending = PICTURES[name], path.suffix.lower()
    if ending in _MOVING and picture.animate is None:
        misused(f"only the race is an animation; give a file that ends in {', '.join(_STILL)}")
    if ending not in (*_STILL, *_MOVING):
        misused(f"-o takes a file that ends in {', '.join(_STILL)} or, for race, {' or '.join(_MOVING)}; not {str(path)!r}")
    if not path.parent.is_dir():
        raise CommandError(f"{path} cannot be written: there is no folder {path.parent}")
    if (args.dataset or args.target) and not picture.dataset:
        useful = ", ".join(known for known, other in PICTURES.items() if other.dataset)
        misused(f"{name} has data of its own; --dataset goes with {useful}")
    wanted = argparse.Namespace(seed=args.seed, dataset=args.dataset or picture.dataset, target=args.target)
    if ending not in _MOVING or picture.animate is None:
        save_figure(picture.draw(wanted), path)
    else:
        from autograd_lite.plot import save_movie

        try:
            save_movie(picture.animate(wanted), path, fps=8, title=picture.summary)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror or error}") from None
    terminal.note(str(path))
