"""What is known about a network that is drawn, and how the picture is to look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograd_lite import Value
from autograd_lite.draw.layers import DenseLayer
from autograd_lite.draw.themes import Theme


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


__all__ = ["Network", "Options"]
