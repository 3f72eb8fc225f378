"""Draws the pictures of docs/pictures.md into docs/pictures/: `python docs/pictures.py [FOLDER]`.

Each is what the command `autograd-lite plot` draws, smaller and in fewer colours, so that none takes more than 100 kB.
"""

import argparse
import sys
from pathlib import Path

from PIL import Image

from autograd_lite import plot
from autograd_lite.cli.commands.plot import MAP
from autograd_lite.cli.gallery import PICTURES

FOLDER = Path(__file__).resolve().parent / "pictures"
#: The pictures of the page, and the data set where it is not the picture's own.
SHOWN = {
    "boundary": "spirals",
    "loss-curve": "",
    "xor": "",
    "loss-1d": "",
    "loss-2d": "",
    "landscape": "",
    "optima": "",
    "learning-rates": "",
    "gradients": "",
    "numeric-vs-backprop": "",
    "multiplications": "",
    "starts": "",
    "rates": "",
    "trainability": "",
}


def main(folder: Path) -> None:
    """Draw all of them."""
    folder.mkdir(exist_ok=True)
    for name, dataset in SHOWN.items():
        path = folder / f"{name}.png"
        PICTURES[name].draw(arguments(dataset or PICTURES[name].dataset)).savefig(path, dpi=110, metadata={"Software": None})
        Image.open(path).convert("RGB").quantize(160, dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
    race = PICTURES["race"].animate
    if race is not None:
        plot.save_movie(race(arguments("")), folder / "race.gif", fps=8)
        print(f"race.gif: {(folder / 'race.gif').stat().st_size / 1000:.0f} kB")


def arguments(dataset: str) -> argparse.Namespace:
    """What the command line would hand over."""
    chosen = MAP | {"x": (1.0, 12.0), "y": (0.2, 0.6), "pixels": 220}
    return argparse.Namespace(seed=0, dataset=dataset, target=None, quiet=True, **chosen)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
