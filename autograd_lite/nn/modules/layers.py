"""`Neuron` and `Layer`, with micrograd's constructors and a few more arguments."""

from collections.abc import Sequence
from typing import Any

import autograd_lite
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value
from autograd_lite.nn.arguments import check_count, counted, shown
from autograd_lite.nn.init import Init, initialisation
from autograd_lite.nn.modules.activations import ACTIVATIONS, activation_function, activation_name
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.random import Seed, generator


class Neuron(Module):
    """activation(w . x + b): a weighted sum, which is one node in the graph, a bias, an activation.

    Parameters
    ----------
    nin : int
        Number of inputs, at least 1.
    nonlin : bool, default True
        False for a linear neuron, as in micrograd.
    activation : str or None, default "relu"
        A name of `nn.ACTIVATIONS`; None for a linear neuron.
    init : str or callable, optional
        How the weights begin, see `nn.init`; biases begin at 0.
    seed : int or random.Random, optional
    nout : int, default 1
        Number of neurons beside each other, which some initialisations take into account.

    Examples
    --------
    >>> n = Neuron(2, activation="step")
    >>> n.w[0].data, n.w[1].data, n.b.data = 0.5, 0.5, -0.7
    >>> [n([x, y]).data for x, y in ((0, 0), (0, 1), (1, 0), (1, 1))]
    [0.0, 0.0, 0.0, 1.0]
    >>> Neuron(3), Neuron(3, nonlin=False), Neuron(3, activation="tanh")
    (ReLUNeuron(3), LinearNeuron(3), TanhNeuron(3))
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: str | None = "relu",
        init: str | Init | None = None,
        seed: Seed = None,
        nout: int = 1,
    ) -> None:
        nin = check_count("the number of inputs", nin)
        self.activation = activation_name(activation if nonlin else None)
        self._function = activation_function(self.activation)
        draw, rng = initialisation(init, self.activation), generator(seed)
        self.w = [Value(draw(rng, nin, nout), label=f"w{k + 1}") for k in range(nin)]
        self.b = Value(0.0, label="b")

    @property
    def nonlin(self) -> bool:
        """Whether there is an activation."""
        return self._function is not None

    def forward(self, x: Any) -> Any:
        """The output for `nin` inputs, Values or numbers.

        Raises
        ------
        ValueError
            If there are more or fewer inputs.
        """
        return self.respond(inputs(x, len(self.w), "this neuron"))

    def respond(self, x: Sequence[Any]) -> Any:
        """As `forward`, for a list that has been checked."""
        total = autograd_lite.dot(self.w, x) + self.b
        return total if self._function is None else self._function(total)

    def config(self) -> dict[str, Any]:
        """See `Module.config`."""
        return {"nin": len(self.w), "activation": self.activation}

    def _neurons(self) -> list[Any]:
        return [self]

    def __repr__(self) -> str:
        return f"{ACTIVATIONS.get(self.activation, 'Linear')}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons on the same `nin` inputs, fully connected.

    Parameters
    ----------
    nin, nout : int
        Numbers of inputs and of neurons, at least 1.
    **kwargs
        As for `Neuron`: `nonlin`, `activation`, `init`, `seed`.

    Examples
    --------
    >>> layer = Layer(2, 3, activation="tanh", seed=0)
    >>> layer, len(layer([1.0, -1.0]))
    (Layer of [TanhNeuron(2), TanhNeuron(2), TanhNeuron(2)], 3)
    """

    def __init__(self, nin: int, nout: int, *, seed: Seed = None, **kwargs: Any) -> None:
        nout = check_count("the number of neurons", nout)
        rng = generator(seed)
        self.neurons = [Neuron(nin, nout=nout, seed=rng, **kwargs) for _ in range(nout)]
        self.label_parameters()

    @property
    def nin(self) -> int:
        """Number of inputs."""
        return len(self.neurons[0].w)

    @property
    def activation(self) -> str:
        """The name of the neurons' activation."""
        return self.neurons[0].activation

    def forward(self, x: Any) -> Any:
        """One output for a layer of one neuron, else a list.

        Raises
        ------
        ValueError
            If there are more or fewer inputs than `nin`.
        """
        x = inputs(x, len(self.neurons[0].w), "this layer")
        if len(self.neurons) == 1:
            return self.neurons[0].respond(x)
        return [neuron.respond(x) for neuron in self.neurons]

    def named_tensors(self) -> Any:
        """`weight`, a row for each neuron, and `bias`: the layout of PyTorch's Linear."""
        yield "weight", [neuron.w for neuron in self.neurons]
        yield "bias", [neuron.b for neuron in self.neurons]

    def config(self) -> dict[str, Any]:
        """See `Module.config`."""
        return {"nin": self.nin, "nout": len(self.neurons), "activation": self.activation}

    def _neurons(self) -> list[Any]:
        return self.neurons

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class Linear(Layer):
    """A layer without an activation, to stand in a `Sequential` beside activations that are modules.

    >>> Linear(2, 3, seed=0).activation
    'linear'
    """

    def __init__(self, nin: int, nout: int, *, seed: Seed = None, init: str | Init | None = None) -> None:
        super().__init__(nin, nout, seed=seed, init=init, activation=None)

    def config(self) -> dict[str, Any]:
        """See `Module.config`."""
        return {"nin": self.nin, "nout": len(self.neurons)}


def inputs(x: Any, nin: int, who: str) -> list[Any]:
    """`x` as a list of `nin` Values and floats; a single number may stand for a list of one.

    Raises
    ------
    ValueError
        If the count is wrong.
    TypeError
        If an element is not a number.
    """
    if isinstance(x, Value) or not hasattr(x, "__len__"):
        x = (x,)
    if len(x) != nin:
        raise ValueError(f"{who} takes {counted(nin, 'input')}, not {len(x)}: {shown(x)}")
    return [one if one.__class__ is float or isinstance(one, Value) else as_float(one) for one in x]
