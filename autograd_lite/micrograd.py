"""micrograd, only the import changed: `from autograd_lite.micrograd import Value, MLP`.

`Value` is this package's own.  `Neuron`, `Layer` and `MLP` are written as micrograd's are, sum of products and ReLU, and draw their
weights from Python's `random` in the same order: after `random.seed(1337)` they are the same networks, with the same losses.
For anything beyond that, `autograd_lite.nn` has networks that are faster, saved, summarised and trained by `fit`.
"""

import random
from collections.abc import Sequence
from typing import Any

from autograd_lite.engine.value import Value


class Module:
    """What has parameters."""

    def zero_grad(self) -> None:
        """Set every gradient to 0."""
        for p in self.parameters():
            p.grad = 0.0

    def parameters(self) -> list[Value]:
        """The Values to be trained."""
        return []


class Neuron(Module):
    """A weighted sum with a bias, and ReLU if `nonlin`."""

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Any]) -> Any:
        """The activation for the inputs `x`."""
        act = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return act.relu() if self.nonlin else act

    def parameters(self) -> list[Value]:
        """The weights, then the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons side by side; one output is given alone, more as a list."""

    def __init__(self, nin: int, nout: int, **kwargs: Any) -> None:
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x: Sequence[Any]) -> Any:
        """Each neuron's activation for the inputs `x`."""
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        """Neuron by neuron."""
        return [p for n in self.neurons for p in n.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """A multi-layer perceptron; the last layer is linear.

    Parameters
    ----------
    nin : int
        How many inputs.
    nouts : list of int
        How many neurons in each layer.

    Examples
    --------
    >>> random.seed(1337)
    >>> model = MLP(2, [16, 16, 1])
    >>> len(model.parameters()), model.parameters()[0].data
    (337, 0.23550571390294128)
    """

    def __init__(self, nin: int, nouts: list[int]) -> None:
        sizes = [nin, *nouts]
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != len(nouts) - 1) for i in range(len(nouts))]

    def __call__(self, x: Sequence[Any]) -> Any:
        """The output for one sample: a Value, or a list of them."""
        for layer in self.layers:
            x = layer(x if isinstance(x, list | tuple) or hasattr(x, "shape") else [x])
        return x

    def parameters(self) -> list[Value]:
        """Layer by layer."""
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"


__all__ = ["MLP", "Layer", "Module", "Neuron", "Value"]
