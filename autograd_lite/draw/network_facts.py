"""What is known about a network that is drawn, and how the picture is to look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite import Value, enable_grad
from autograd_lite.draw.layers import DenseLayer
from autograd_lite.draw.style import check_digits
from autograd_lite.draw.themes import Theme
from autograd_lite.engine.passes import gradients


@dataclass
class Network:
    """What is known about a network.

    Attributes
    ----------
    inputs : int
    layers : list of DenseLayer
    values : list of list of float, or None
        What the units of each column answered, the inputs first.
    grads : list of list of float, or None
        The gradients of a loss with respect to these.
    slopes : dict of Value to float
        The gradients with respect to the parameters, as far as they are known.
    """

    inputs: int
    layers: list[DenseLayer]
    values: list[list[float]] | None = None
    grads: list[list[float]] | None = None
    slopes: Mapping[Value, float] = field(default_factory=dict)

    @property
    def sizes(self) -> list[int]:
        """Units by column."""
        return [self.inputs, *(layer.units for layer in self.layers)]

    def run(self, row: list[Value], loss: Callable[[Any], Value] | None) -> None:
        """Find the activations for a row of inputs, and with a loss the gradients, too."""
        columns: list[list[Any]] = [row]
        with enable_grad():
            for layer in self.layers:
                columns.append(layer.respond(columns[-1]))
            self.values = [[float(unit) for unit in column] for column in columns]
            if loss is None:
                return
            result = loss(columns[-1][0] if len(columns[-1]) == 1 else columns[-1])
            if not isinstance(result, Value):
                raise TypeError(f"loss takes the output of the network and returns one Value, not {type(result).__name__}")
            self.slopes = {node: float(slope) for node, slope in gradients(result, 1.0).items()}
        self.grads = [[self.slopes.get(unit, 0.0) for unit in column] for column in columns]

    def read_gradients(self) -> None:
        """Take the gradients that a backward pass has left in the parameters."""
        weights = [weight for layer in self.layers for row in layer.weights or () for weight in row]
        if not any(weight.has_grad for weight in weights):
            raise ValueError("there are no gradients yet: call backward() on a loss first, or pass inputs and loss=")
        biases = [bias for layer in self.layers for bias in layer.biases or ()]
        self.slopes = {p: float(p.grad) for p in weights + biases if p.has_grad}


@dataclass(frozen=True)
class Options:
    """How it is to look; see `draw_network`."""

    theme: Theme
    digits: int
    limit: int
    gradients: bool
    numbers: bool | None
    path: Mapping[int, set[int]]
    input_names: Sequence[str]
    output_names: Sequence[str]
    title: str

    def __post_init__(self) -> None:
        check_digits(self.digits)
        if self.limit < 2:
            raise ValueError(f"limit is the most units to draw of a layer, at least 2; not {self.limit!r}")
