"""`Neuron`, `Layer` and `MLP`, with micrograd's constructors and a few more arguments."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import autograd_lite
from autograd_lite import Value
from autograd_lite.nn.module import Module

#: Activations by name: the primitives that squash or rectify one number.
ACTIVATIONS = (
    "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "softsign", "sigmoid", "log_sigmoid", "tanh", "sin",
    "step",
)  # fmt: skip


def activation_function(name: str | None) -> Callable[[Any], Any] | None:
    """The function for a name; None, "linear" and "identity" mean none.

    Raises
    ------
    ValueError
        If there is no activation of that name.
    """
    if name is None or name in {"linear", "identity"}:
        return None
    if name not in ACTIVATIONS:
        raise ValueError(f"there is no activation called {name!r}; there are linear, {', '.join(ACTIVATIONS)}")
    function: Callable[[Any], Any] = getattr(autograd_lite, name)
    return function


class Neuron(Module):
    """activation(w . x + b): a weighted sum, one node in the graph, then an activation.

    Parameters
    ----------
    nin : int
        Number of inputs, at least 1.
    nonlin : bool, default True
        False for a linear neuron, as in micrograd.
    activation : str, default "relu"
        See `ACTIVATIONS`.
    rng : random.Random, optional
        Where the weights come from; they are uniform within 1 / sqrt(nin) for "tanh" and the like, sqrt(6 / nin) for the
        ReLU family (He et al. 2015).

    Examples
    --------
    >>> n = Neuron(2, activation="step")
    >>> n.w[0].data, n.w[1].data, n.b.data = 0.5, 0.5, -0.7
    >>> [n([x, y]).data for x, y in ((0, 0), (0, 1), (1, 0), (1, 1))]
    [0.0, 0.0, 0.0, 1.0]
    """

    def __init__(
        self, nin: int, nonlin: bool = True, *, activation: str | None = "relu", rng: random.Random | None = None
    ) -> None:
        if not isinstance(nin, int) or nin < 1:
            raise ValueError(f"a neuron has a whole number of inputs, at least 1; not {nin!r}")
        rng = rng or random.Random()
        self.activation = activation if nonlin and activation is not None else "linear"
        self._function = activation_function(self.activation)
        family = self.activation in {"relu", "leaky_relu", "elu", "selu", "gelu", "silu"}
        bound = (6.0 / nin) ** 0.5 if family else nin**-0.5
        self.w = [Value(rng.uniform(-bound, bound), label=f"w{k + 1}") for k in range(nin)]
        self.b = Value(0.0, label="b")

    def __call__(self, x: Sequence[Any]) -> Any:
        """The output for `nin` inputs, Values or numbers.

        Raises
        ------
        ValueError
            If there are more or fewer inputs.
        """
        if len(x) != len(self.w):
            raise ValueError(f"this neuron takes {len(self.w)} inputs, not {len(x)}")
        total = autograd_lite.dot(self.w, x) + self.b
        return total if self._function is None else self._function(total)

    def __repr__(self) -> str:
        return f"{self.activation.capitalize()}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons on the same `nin` inputs; arguments as for `Neuron`."""

    def __init__(self, nin: int, nout: int, **kwargs: Any) -> None:
        if not isinstance(nout, int) or nout < 1:
            raise ValueError(f"a layer has a whole number of neurons, at least 1; not {nout!r}")
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x: Sequence[Any]) -> Any:
        """One output for a layer of one neuron, else a list."""
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """A multi-layer perceptron: fully connected layers, one after the other.

    Parameters
    ----------
    nin : int
        Number of inputs.
    nouts : list of int
        Number of neurons in each layer, the output layer last.
    activation : str, default "relu"
        Of the hidden layers.
    output_activation : str, optional
        Of the output layer; linear if not given.
    seed : int, optional
        The same seed gives the same weights.

    Examples
    --------
    >>> model = MLP(2, [16, 16, 1], seed=1)
    >>> len(model.parameters())
    337
    >>> model([1.0, -2.0]) == MLP(2, [16, 16, 1], seed=1)([1.0, -2.0])
    True
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: str | None = "relu",
        output_activation: str | None = None,
        seed: int | None = None,
    ) -> None:
        if isinstance(nouts, int) or not nouts:
            raise ValueError(f"nouts is a list of the layers' sizes, like [16, 16, 1]; not {nouts!r}")
        rng = random.Random(seed)
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [
            Layer(sizes[k], sizes[k + 1], activation=output_activation if k == last else activation, rng=rng)
            for k in range(len(nouts))
        ]
        for name, parameter in self.named_parameters():
            parts = name.split(".")  # layers.0.neurons.2.w.1
            place = "" if len(parts) == 5 else str(int(parts[5]) + 1)
            parameter.label = f"{parts[4]}{int(parts[1]) + 1}_{int(parts[3]) + 1}{place}"

    def __call__(self, x: Sequence[Any]) -> Any:
        """A Value if the last layer has one neuron, else a list of them."""
        for layer in self.layers:
            x = layer(x if isinstance(x, Sequence) else [x])
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"

    def summary(self) -> str:
        """Layers (the input layer is not counted), units and parameters, as text.

        >>> print(MLP(4, [4, 4, 1], seed=0).summary())
        layer  units  activation  parameters
            1      4  relu                20
            2      4  relu                20
            3      1  linear               5
        3 layers, 9 units, 45 parameters; 4 inputs
        """
        rows = [("layer", "units", "activation", "parameters")]
        for k, layer in enumerate(self.layers, 1):
            rows.append((str(k), str(len(layer.neurons)), layer.neurons[0].activation, str(len(layer.parameters()))))
        lines = [f"{a:>5}  {b:>5}  {c:10}  {d:>10}" for a, b, c, d in rows]
        units = sum(len(layer.neurons) for layer in self.layers)
        inputs = len(self.layers[0].neurons[0].w)
        lines.append(f"{len(self.layers)} layers, {units} units, {len(self.parameters())} parameters; {inputs} inputs")
        return "\n".join(lines)
