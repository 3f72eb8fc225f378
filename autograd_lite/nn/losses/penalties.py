"""What large weights cost: L1 and L2 penalties, added to the loss of a batch."""

from collections.abc import Iterable
from typing import Any

import autograd_lite
from autograd_lite.engine.value import Value
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.ranges import NOT_NEGATIVE


def l1(parameters: Module | Iterable[Value]) -> Any:
    """The sum of absolute values.

    >>> from autograd_lite import Value
    >>> l1([Value(3.0), Value(-4.0)]).data
    7.0
    """
    return autograd_lite.sum([autograd_lite.abs(parameter) for parameter in _all(parameters)])


def l2(parameters: Module | Iterable[Value]) -> Any:
    """The sum of squares, as one node.

    >>> from autograd_lite import Value
    >>> l2([Value(3.0), Value(-4.0)]).data
    25.0
    """
    numbers = _all(parameters)
    return autograd_lite.dot(numbers, numbers)


class L1(Module):
    """`strength` times the sum of absolute values: pushes weights to exactly 0.  For `fit(regularizer=...)`."""

    def __init__(self, strength: float) -> None:
        self.strength = _strength(strength)

    def forward(self, x: Module | Iterable[Value]) -> Any:
        """The penalty of a model or of parameters."""
        return self.strength * l1(x)

    def __repr__(self) -> str:
        return f"L1({self.strength!r})"


class L2(Module):
    """`strength` times the sum of squares: keeps weights small.  For `fit(regularizer=...)`.

    >>> from autograd_lite import Value
    >>> L2(0.5)([Value(3.0), Value(-4.0)]).data
    12.5
    """

    def __init__(self, strength: float) -> None:
        self.strength = _strength(strength)

    def forward(self, x: Module | Iterable[Value]) -> Any:
        """The penalty of a model or of parameters."""
        return self.strength * l2(x)

    def __repr__(self) -> str:
        return f"L2({self.strength!r})"


def _all(parameters: Module | Iterable[Value]) -> list[Value]:
    return parameters.parameters() if isinstance(parameters, Module) else list(parameters)


def _strength(number: float) -> float:
    NOT_NEGATIVE.check("the strength of a penalty", number)
    return number
