"""Gates: learned by one neuron each, and XOR, which needs two layers, by hand and learned."""

from typing import Any

from autograd_lite import data, plot
from autograd_lite.cli.gallery.training import trained
from autograd_lite.engine.functions import step


def gates(args: Any) -> Any:
    """AND, OR and NAND, each learned by a single neuron: the boundary is a line."""
    panels = {name: _panel(trained(name.lower(), args.seed), name.lower()) for name in ("AND", "OR", "NAND")}
    return plot.boundary_grid(panels, title="Three gates, each learned by one neuron")


def xor(args: Any) -> Any:
    """XOR: NAND and OR feeding AND with weights set by hand, and a network that learned it."""
    by_hand = {**_panel(None, "xor"), "predict": lambda rows: [xor_by_hand(a, b) for a, b in rows], "resolution": 160}
    panels = {"NAND and OR feeding AND, by hand": by_hand, "learned by a network": _panel(trained("xor", args.seed), "xor")}
    return plot.boundary_grid(panels, title="XOR needs a second layer")


def xor_by_hand(a: float, b: float) -> float:
    """XOR as perceptrons: AND of NAND and OR.

    >>> [xor_by_hand(a, b) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))]
    [0.0, 1.0, 1.0, 0.0]
    """
    nand, either = perceptron((a, b), (-0.5, -0.5), 0.7), perceptron((a, b), (0.5, 0.5), -0.2)
    return perceptron((nand, either), (0.5, 0.5), -0.7)


def perceptron(inputs: tuple[float, ...], weights: tuple[float, ...], bias: float) -> float:
    """A weighted sum, then a step: 1 above 0.

    >>> perceptron((1.0, 1.0), (0.5, 0.5), -0.7)
    1.0
    """
    return step(sum(w * x for w, x in zip(weights, inputs, strict=True)) + bias)


def _panel(learner: Any, name: str) -> dict[str, Any]:
    table = data.gate(name)
    found = {"x": table.x, "y": table.labels, "class_names": table.class_names, "feature_names": table.feature_names}
    return {**found, "predict": learner.probabilities} if learner else found
