"""`MLP`, the fully connected network, and `Sequential`, any modules one after the other."""

from collections.abc import Iterator, Sequence
from typing import Any

from autograd_lite.nn.init import Init
from autograd_lite.nn.modules.layers import Layer
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.random import Seed, generator


class MLP(Module):
    """A multi-layer perceptron: fully connected layers, one after the other.

    Parameters
    ----------
    nin : int
        Number of inputs.
    nouts : list of int
        Number of neurons in each layer, the output layer last.
    activation : str or None, default "relu"
        Of the hidden layers; a name of `nn.ACTIVATIONS`.
    output_activation : str, optional
        Of the output layer; linear if left out, which is what losses from logits and regression want.
    seed : int or random.Random, optional
        The same seed gives the same weights.
    init : str or callable, optional
        How the weights begin, see `nn.init`; if left out He's for the ReLU family and Xavier's for the others.

    Examples
    --------
    >>> model = MLP(2, [16, 16, 1], seed=1)
    >>> len(model.parameters())
    337
    >>> model([1.0, -2.0]) == MLP(2, [16, 16, 1], seed=1)([1.0, -2.0])
    True
    >>> model([1.0, -2.0, 3.0])
    Traceback (most recent call last):
    ValueError: this layer takes 2 inputs, not 3: [1.0, -2.0, 3.0]
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: str | None = "relu",
        output_activation: str | None = None,
        seed: Seed = None,
        init: str | Init | None = None,
    ) -> None:
        if not isinstance(nouts, Sequence) or isinstance(nouts, str) or not nouts:
            raise ValueError(f"nouts is a list of the layers' sizes, the output layer last, like [16, 16, 1]; not {nouts!r}")
        rng = generator(seed)
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [
            Layer(sizes[k], sizes[k + 1], activation=output_activation if k == last else activation, init=init, seed=rng)
            for k in range(len(nouts))
        ]
        self.label_parameters()

    def forward(self, x: Any) -> Any:
        """A Value if the last layer has one neuron, else a list of them.

        Raises
        ------
        ValueError
            If there are more or fewer inputs than `nin`.
        """
        for layer in self.layers:
            x = layer(x)
        return x

    def config(self) -> dict[str, Any]:
        """See `Module.config`."""
        return {
            "nin": self.layers[0].nin,
            "nouts": [len(layer.neurons) for layer in self.layers],
            "activation": self.layers[0].activation if len(self.layers) > 1 else "linear",
            "output_activation": self.layers[-1].activation,
        }

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"


class Sequential(Module):
    """Modules one after the other, each given what the one before it gives.

    Parameters
    ----------
    *modules : Module

    Raises
    ------
    TypeError
        If one of them is not a Module.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.Tanh(), nn.Linear(3, 1, seed=1))
    >>> len(model), model[1], next(model.named_parameters())[0]
    (3, Tanh(), 'module1.neuron1.w1')
    """

    def __init__(self, *modules: Module) -> None:
        for module in modules:
            if not isinstance(module, Module):
                hint = (
                    "write Sequential(*modules)" if isinstance(module, list | tuple) else "nn.Activation('tanh') makes one"
                )
                raise TypeError(f"Sequential takes modules, not {type(module).__name__}; {hint}")
        self._modules = list(modules)
        # The names that parameters go by come from here; `modules` itself is a method.
        vars(self).update({f"module{k}": module for k, module in enumerate(modules, 1)})
        self.label_parameters()

    def forward(self, x: Any) -> Any:
        """The output of the last module."""
        for module in self._modules:
            x = module(x)
        return x

    def __len__(self) -> int:
        return len(self._modules)

    def __getitem__(self, k: int) -> Module:
        return self._modules[k]

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules)

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self._modules))})"
