"""Activations: primitives of the table by name, and each as a module with PyTorch's class name."""

from collections.abc import Callable
from typing import Any

import autograd_lite
from autograd_lite.engine.node import Node
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.unknown import unknown

#: Activations by name: the primitives that squash or rectify one number, and how their modules and neurons are called.
ACTIVATIONS: dict[str, str] = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "sigmoid": "Sigmoid",
    "log_sigmoid": "LogSigmoid",
    "tanh": "Tanh",
    "sin": "Sin",
    "step": "Step",
}


def activation_name(name: str | None) -> str:
    """The name an activation goes by: "linear" for None and "identity".

    Raises
    ------
    ValueError
        If there is no activation of that name.
    """
    if name is None or name in {"linear", "identity"}:
        return "linear"
    if not isinstance(name, str) or name not in ACTIVATIONS:
        made = name if isinstance(name, type) else type(name)
        if issubclass(made, Activation) or callable(name):  # PyTorch's way to say it, and Keras's
            called = getattr(name, "__name__", made.__name__)
            meant = next((key for key, title in ACTIVATIONS.items() if called in (key, title)), "tanh")
            raise ValueError(f"an activation is given by its name, as in activation={meant!r}; not {name!r}")
        raise ValueError(unknown("activation", name, ["linear", *ACTIVATIONS]))
    return name


def activation_function(name: str | None) -> Callable[[Any], Any] | None:
    """The function for a name; None for a linear unit."""
    name = activation_name(name)
    return None if name == "linear" else getattr(autograd_lite, name)


class Activation(Module):
    """An activation as a module: applied to a number, or to each element of a list.

    Parameters
    ----------
    name : str
        One of `ACTIVATIONS`, or "linear".
    **options : float
        Further arguments of the primitive, such as `negative_slope` of "leaky_relu".

    Examples
    --------
    >>> from autograd_lite import nn
    >>> nn.ReLU()([-1.0, 2.0]), nn.Sigmoid()(0.0), nn.LeakyReLU(0.5)(-1.0)
    ([0.0, 2.0], 0.5, -0.5)
    """

    def __init__(self, name: str, **options: float) -> None:
        self.activation = activation_name(name)
        self.options = options
        self._function = activation_function(name)

    def forward(self, x: Any) -> Any:
        """The activation of `x`, or of each of its elements."""
        function = self._function
        if function is None:
            return x
        if isinstance(x, Node) or not hasattr(x, "__iter__"):
            return function(x, **self.options)
        return [function(element, **self.options) for element in x]

    def config(self) -> dict[str, Any]:
        """See `Module.config`."""
        return {"name": self.activation, **self.options} if type(self) is Activation else dict(self.options)

    def __repr__(self) -> str:
        return f"{ACTIVATIONS.get(self.activation, 'Linear')}({', '.join(f'{k}={v!r}' for k, v in self.options.items())})"


class ReLU(Activation):
    """`relu` as a module."""

    def __init__(self) -> None:
        super().__init__("relu")


class SELU(Activation):
    """`selu` as a module."""

    def __init__(self) -> None:
        super().__init__("selu")


class GELU(Activation):
    """`gelu` as a module."""

    def __init__(self) -> None:
        super().__init__("gelu")


class SiLU(Activation):
    """`silu` as a module."""

    def __init__(self) -> None:
        super().__init__("silu")


class Softplus(Activation):
    """`softplus` as a module."""

    def __init__(self) -> None:
        super().__init__("softplus")


class Softsign(Activation):
    """`softsign` as a module."""

    def __init__(self) -> None:
        super().__init__("softsign")


class Sigmoid(Activation):
    """`sigmoid` as a module."""

    def __init__(self) -> None:
        super().__init__("sigmoid")


class LogSigmoid(Activation):
    """`log_sigmoid` as a module."""

    def __init__(self) -> None:
        super().__init__("log_sigmoid")


class Tanh(Activation):
    """`tanh` as a module."""

    def __init__(self) -> None:
        super().__init__("tanh")


class Step(Activation):
    """`step` as a module."""

    def __init__(self) -> None:
        super().__init__("step")


class LeakyReLU(Activation):
    """`leaky_relu` as a module."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__("leaky_relu", negative_slope=negative_slope)


class ELU(Activation):
    """`elu` as a module."""

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__("elu", alpha=alpha)


class Softmax(Module):
    """The softmax probabilities of a list of logits.

    >>> Softmax()([0.0, 0.0])
    [0.5, 0.5]
    """

    def forward(self, x: Any) -> Any:
        """One probability for each logit."""
        return autograd_lite.softmax(list(x))

    def config(self) -> dict[str, Any]:
        """See `Module.config`."""
        return {}

    def __repr__(self) -> str:
        return "Softmax()"


class LogSoftmax(Module):
    """The logarithms of the softmax probabilities, with all their digits: what `nll` and `kl_div` take.

    >>> LogSoftmax()([0.0, 1000.0])
    [-1000.0, 0.0]
    """

    def forward(self, x: Any) -> Any:
        """One log-probability for each logit."""
        return autograd_lite.log_softmax(list(x))

    def config(self) -> dict[str, Any]:
        """See `Module.config`."""
        return {}

    def __repr__(self) -> str:
        return "LogSoftmax()"
