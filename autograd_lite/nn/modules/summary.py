"""What a network consists of: layers (the input layer is not counted), units and parameters."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograd_lite.nn.arguments import counted
from autograd_lite.terminal import aligned

if TYPE_CHECKING:
    from autograd_lite.nn.modules.module import Module


@dataclass(frozen=True)
class LayerSummary:
    """One row of a summary."""

    name: str
    units: int
    activation: str
    parameters: int


@dataclass(frozen=True)
class Summary:
    """What a network consists of; printed, a table.

    Attributes
    ----------
    rows : tuple of LayerSummary
        A row for each layer with units.
    inputs : int or None
        How many numbers the first layer takes; None if there is no layer.
    parameters, trainable : int
        All parameters (those outside of layers included), and those that are not frozen.
    """

    rows: tuple[LayerSummary, ...]
    inputs: int | None
    parameters: int
    trainable: int

    @property
    def layers(self) -> int:
        """The number of layers; the input layer, which computes nothing, is not counted."""
        return len(self.rows)

    @property
    def units(self) -> int:
        """The number of neurons."""
        return sum(row.units for row in self.rows)

    def __str__(self) -> str:
        table = [("layer", "units", "activation", "parameters")]
        table += [(row.name, str(row.units), row.activation, str(row.parameters)) for row in self.rows]
        lines = aligned(table, right={1, 3})
        frozen = self.parameters - self.trainable
        lines.append(
            f"{counted(self.layers, 'layer')}, {counted(self.units, 'unit')}, {counted(self.parameters, 'parameter')}"
            + (f" ({frozen} of them frozen)" if frozen else "")
            + (f"; {counted(self.inputs, 'input')}" if self.inputs else "")
        )
        return "\n".join(lines)

    __repr__ = __str__


def summarize(model: "Module") -> Summary:
    """The summary of a model; `model.summary()` comes here.

    Examples
    --------
    >>> from autograd_lite.nn import MLP
    >>> MLP(4, [4, 4, 1], output_activation="sigmoid", seed=0).summary()
    layer   units  activation  parameters
    layer1      4  relu                20
    layer2      4  relu                20
    layer3      1  sigmoid              5
    3 layers, 9 units, 45 parameters; 4 inputs
    """
    rows: list[LayerSummary] = []
    inputs: int | None = None
    inside: set[int] = set()
    for name, module in model.named_modules():
        neurons = module._neurons()
        if id(module) in inside or not neurons:
            continue
        inside.update(map(id, neurons))
        inputs = len(neurons[0].w) if inputs is None else inputs
        title = name or type(module).__name__.lower()
        rows.append(LayerSummary(title, len(neurons), neurons[0].activation, len(module.parameters())))
    parameters = model.parameters()
    return Summary(tuple(rows), inputs, len(parameters), sum(p.requires_grad for p in parameters))
