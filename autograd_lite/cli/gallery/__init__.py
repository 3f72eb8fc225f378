"""The command `plot`: each picture of the package with data of its own, from one command."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.gallery import counts, descents, gates, networks
from autograd_lite.cli.terminal import Terminal

#: Every picture by name: a function of the command's arguments that gives a figure.
PICTURES: dict[str, Callable[[Any], Any]] = {
    "gates": gates.gates,
    "xor": gates.xor,
    "loss-curve": networks.loss_curve,
    "loss-1d": descents.one_weight,
    "loss-2d": descents.two_weights,
    "landscape": networks.landscape,
    "optima": descents.optima,
    "race": descents.race,
    "learning-rates": descents.learning_rates,
    "gradients": networks.gradients,
    "activations": networks.activations,
    "confusion": networks.confusion,
    "numeric-vs-backprop": counts.numeric_and_backprop,
    "multiplications": counts.multiplication_counts,
    "boundary": networks.boundary,
    "regression": networks.regression,
}


def run_plot(args: argparse.Namespace, terminal: Terminal) -> int:
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


__all__ = ["PICTURES", "run_plot"]
