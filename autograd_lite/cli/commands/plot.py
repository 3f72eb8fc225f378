"""`plot`: each picture of the package with data of its own."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from autograd_lite.cli import options
from autograd_lite.cli.command import argument, command, option
from autograd_lite.cli.errors import misused
from autograd_lite.cli.figures import save_figure
from autograd_lite.cli.files import check_writable, make_folder, writing
from autograd_lite.cli.gallery import PICTURES
from autograd_lite.cli.terminal import Terminal
from autograd_lite.terminal import aligned

_STILL, _MOVING = (".png", ".svg", ".pdf"), (".gif", ".html")
_LISTED = aligned([*([f"  {name}", picture.summary] for name, picture in PICTURES.items()), ["  all", "each of them"]])
_USEFUL = ", ".join(name for name, picture in PICTURES.items() if picture.dataset)
_OUTPUT = "Ending in .png, .svg, .pdf or, for race, .gif or .html (default: PICTURE.png); for all a folder (default: here)."


_map = partial(option, group="For trainability")
#: What those options are where they are not given.
MAP: dict[str, Any] = {
    "x": (0.1, 1000.0),
    "y": (0.01, 100.0),
    "pixels": 512,
    "iterations": 500,
    "jobs": 1,
    "resume": None,
}


@command(
    "race",
    "race -o race.gif",
    "boundary --dataset spirals --seed 1",
    "confusion --dataset cats.csv --target kind",
    "loss-2d -o loss.svg",
    "trainability --x 1:12 --y 0.2:0.6 -o zoom.png",
    "all -o pictures",
    more="\n".join(["Pictures:", *_LISTED]),
)
@argument("picture", type=click.Choice([*PICTURES, "all"]), metavar="PICTURE", help="Its name, as below.")
@options.file("-o", "--output", help=_OUTPUT)
@options.dataset(help=f"A data set or a CSV file instead of the picture's own, for {_USEFUL}.")
@options.target(help="If the data set is a CSV file: the column to predict.")
@options.seed(help="Of data and weights.")
@options.quiet(help="No notes and no progress.")
@_map("--x", type=options.number_range, metavar="LOW:HIGH", help="Learning rates of the first layer (default: 0.1:1000).")
@_map("--y", type=options.number_range, metavar="LOW:HIGH", help="Those of the second layer (default: 0.01:100).")
@_map("--pixels", type=options.WholeNumber(2, 4096), metavar="N", help="On each side (default: 512).")
@_map("--iterations", type=options.WholeNumber(1), metavar="N", help="Of each training (default: 500).")
@_map("--jobs", type=options.WholeNumber(1), metavar="N", help="Processes, by joblib (default: 1).")
@_map("--resume", type=options.PATH, metavar="FILE", help="Keep what is done in this file, and go on from there.")
def plot(args: Any, terminal: Terminal) -> int:
    """Draw one of the pictures of training and of gradients into a file, or all into a folder."""
    if args.picture != "all":
        _draw(args.picture, Path(args.output or f"{args.picture}.png"), args, terminal)
        return 0
    if args.dataset is not None or args.target is not None:
        misused("--dataset and --target go with one picture, not with all: they have data of their own")
    folder = make_folder(args.output or ".")
    for name in PICTURES:
        _draw(name, folder / f"{name}.png", args, terminal)
    return 0


def _draw(name: str, path: Path, args: Any, terminal: Terminal) -> None:
    picture, ending = PICTURES[name], path.suffix.lower()
    if ending in _MOVING and picture.animate is None:
        misused(f"only the race is an animation; give a file that ends in {', '.join(_STILL)}")
    if ending not in (*_STILL, *_MOVING):
        misused(f"-o takes a file that ends in {', '.join(_STILL)} or, for race, {' or '.join(_MOVING)}; not {str(path)!r}")
    check_writable(path)
    if (args.dataset or args.target) and not picture.dataset:
        misused(f"{name} has data of its own; --dataset goes with {_USEFUL}")
    given = {name: getattr(args, name) for name in MAP if getattr(args, name) is not None}
    if given and not picture.maps:
        misused(f"--{next(iter(given))} goes with trainability, not with {name}")
    wanted = SimpleNamespace(
        seed=args.seed, dataset=args.dataset or picture.dataset, target=args.target, quiet=args.quiet, **(MAP | given)
    )
    if ending not in _MOVING or picture.animate is None:
        save_figure(picture.draw(wanted), path)
    else:
        from autograd_lite.plot import save_movie

        with writing(path):
            save_movie(picture.animate(wanted), path, fps=8, title=picture.summary)
    terminal.note(str(path))
