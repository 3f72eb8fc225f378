"""The pictures of the command `plot`: functions of its arguments, each with data of its own."""

from collections.abc import Callable
from typing import Any

from autograd_lite.cli.gallery import counts, descents, gates, networks

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

__all__ = ["PICTURES"]
