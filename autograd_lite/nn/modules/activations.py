"""Activations: primitives of the table by name, and each as a module with PyTorch's class name."""

from collections.abc import Callable
from typing import Any, ClassVar

import autograd_lite
from autograd_lite.engine.value import Value
from autograd_lite.nn.arguments import unknown
from autograd_lite.nn.modules.module import Module

#: Activations by name: the primitives that squash or rectify one number, and how their modules and neurons are called.
ACTIVATIONS: dict[str, str] = {}


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
        if isinstance(x, Value) or not hasattr(x, "__iter__"):
            return function(x, **self.options)
        return [function(element, **self.options) for element in x]

    def config(self) -> dict[str, Any]:
        """See `Module.config`."""
        return {"name": self.activation, **self.options} if type(self) is Activation else dict(self.options)

    def __repr__(self) -> str:
        return f"{ACTIVATIONS.get(self.activation, 'Linear')}({', '.join(f'{k}={v!r}' for k, v in self.options.items())})"


class _Named(Activation):
    """An activation that its class names, without options if it does not say: `class ReLU(_Named, primitive="relu")`."""

    _primitive: ClassVar[str]

    def __init_subclass__(cls, primitive: str = "") -> None:
        super().__init_subclass__()
        if primitive:
            cls._primitive = primitive
            ACTIVATIONS[primitive] = cls.__name__

    def __init__(self) -> None:
        super().__init__(self._primitive)


class ReLU(_Named, primitive="relu"):
    """`relu` as a module."""


class LeakyReLU(_Named, primitive="leaky_relu"):
    """`leaky_relu` as a module."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        Activation.__init__(self, self._primitive, negative_slope=negative_slope)


class ELU(_Named, primitive="elu"):
    """`elu` as a module."""

    def __init__(self, alpha: float = 1.0) -> None:
        Activation.__init__(self, self._primitive, alpha=alpha)


class SELU(_Named, primitive="selu"):
    """`selu` as a module."""


class GELU(_Named, primitive="gelu"):
    """`gelu` as a module."""


class SiLU(_Named, primitive="silu"):
    """`silu` as a module."""


class Softplus(_Named, primitive="softplus"):
    """`softplus` as a module."""


class Softsign(_Named, primitive="softsign"):
    """`softsign` as a module."""


class Sigmoid(_Named, primitive="sigmoid"):
    """`sigmoid` as a module."""


class LogSigmoid(_Named, primitive="log_sigmoid"):
    """`log_sigmoid` as a module."""


class Tanh(_Named, primitive="tanh"):
    """`tanh` as a module."""


class Sin(_Named, primitive="sin"):
    """`sin` as a module."""


class Step(_Named, primitive="step"):
    """`step` as a module."""


class _OfLogits(Module):
    """A function of a whole list of logits as a module."""

    _function: ClassVar[Callable[[list[Any]], list[Any]]]

    def forward(self, x: Any) -> Any:
        """One number for each logit."""
        return type(self)._function(list(x))

    def config(self) -> dict[str, Any]:
        """See `Module.config`."""
        return {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Softmax(_OfLogits):
    """The softmax probabilities of a list of logits.

    >>> Softmax()([0.0, 0.0])
    [0.5, 0.5]
    """

    _function = staticmethod(autograd_lite.softmax)


class LogSoftmax(_OfLogits):
    """The logarithms of the softmax probabilities, with all their digits: what `nll` and `kl_div` take.

    >>> LogSoftmax()([0.0, 1000.0])
    [-1000.0, 0.0]
    """

    _function = staticmethod(autograd_lite.log_softmax)
