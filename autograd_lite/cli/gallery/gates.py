"""Gates: learned by one neuron each, and XOR, which needs two layers, by hand and learned."""

from typing import Any

from autograd_lite import data, plot
from autograd_lite.cli.training import trained
from autograd_lite.engine.functions import step


def gates(args: Any) -> Any:
    """AND, OR and NAND, each learned by a single neuron: the boundary is a line."""
    panels = {name: _panel(name, _learned(name, args.seed)) for name in ("AND", "OR", "NAND")}
    return plot.boundary_grid(panels, title="Each of these gates is learned by one neuron: its boundary is a line")


def xor(args: Any) -> Any:
    """XOR: NAND and OR feeding AND with weights set by hand, and a network that learned it."""

    def each(gate: Any) -> Any:
        return lambda rows: [gate(a, b) for a, b in rows]

    panels = {
        "NAND, one perceptron set by hand": {**_panel("NAND", each(nand_by_hand)), "resolution": 240},
        "OR, another one": {**_panel("OR", each(or_by_hand)), "resolution": 240},
        "AND of both is XOR": {**_panel("XOR", each(xor_by_hand)), "resolution": 240},
        "XOR as a network learned it": _panel("XOR", _learned("XOR", args.seed)),
    }
    return plot.boundary_grid(panels, title="XOR takes two lines, and so a second layer", columns=2)


def nand_by_hand(a: float, b: float) -> float:
    """NAND as one perceptron.

    >>> [nand_by_hand(a, b) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))]
    [1.0, 1.0, 1.0, 0.0]
    """
    return perceptron((a, b), (-0.5, -0.5), 0.7)


def or_by_hand(a: float, b: float) -> float:
    """OR as one perceptron.

    >>> [or_by_hand(a, b) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))]
    [0.0, 1.0, 1.0, 1.0]
    """
    return perceptron((a, b), (0.5, 0.5), -0.2)


def xor_by_hand(a: float, b: float) -> float:
    """XOR as perceptrons: AND of NAND and OR.

    >>> [xor_by_hand(a, b) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))]
    [0.0, 1.0, 1.0, 0.0]
    """
    return perceptron((nand_by_hand(a, b), or_by_hand(a, b)), (0.5, 0.5), -0.7)


def perceptron(inputs: tuple[float, ...], weights: tuple[float, ...], bias: float) -> float:
    """A weighted sum, then a step: 1 above 0.

    >>> perceptron((1.0, 1.0), (0.5, 0.5), -0.7)
    1.0
    """
    return step(sum(w * x for w, x in zip(weights, inputs, strict=True)) + bias)


def _learned(name: str, seed: int) -> Any:
    """What a network answers that was trained on the gate."""
    return trained(data.gate(name), seed)[0].probabilities


def _panel(name: str, predict: Any) -> dict[str, Any]:
    """What `boundary_grid` draws: the rows of a gate, and what answers."""
    table = data.gate(name)
    found = {"x": table.x, "y": table.labels, "class_names": ("output 0", "output 1"), "feature_names": table.feature_names}
    return {**found, "predict": predict}
