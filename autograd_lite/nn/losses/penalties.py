"""What large weights cost: L1 and L2 penalties, added to the loss of a batch."""

from collections.abc import Iterable
from typing import Any

import autograd_lite
from autograd_lite.engine.value import Value
from autograd_lite.nn.arguments import NOT_NEGATIVE
from autograd_lite.nn.modules.module import Module, parameters_of


def l1(parameters: Module | Iterable[Value]) -> Any:
    """The sum of absolute values.

    >>> from autograd_lite import Value
    >>> l1([Value(3.0), Value(-4.0)]).data
    7.0
    """
    return autograd_lite.sum([autograd_lite.abs(parameter) for parameter in parameters_of(parameters)])


def l2(parameters: Module | Iterable[Value]) -> Any:
    """The sum of squares, as one node.

    >>> from autograd_lite import Value
    >>> l2([Value(3.0), Value(-4.0)]).data
    25.0
    """
    numbers = parameters_of(parameters)
    return autograd_lite.dot(numbers, numbers)


class _Penalty(Module):
    """`strength` times a function of the parameters."""

    def __init__(self, strength: float) -> None:
        NOT_NEGATIVE.check("the strength of a penalty", strength)
        self.strength = strength

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.strength!r})"


class L1(_Penalty):
    """`strength` times the sum of absolute values: pushes weights to exactly 0.  For `fit(regularizer=...)`."""

    def forward(self, x: Module | Iterable[Value]) -> Any:
        """The penalty of a model or of parameters."""
        return self.strength * l1(x)


class L2(_Penalty):
    """`strength` times the sum of squares: keeps weights small.  For `fit(regularizer=...)`.

    >>> from autograd_lite import Value
    >>> L2(0.5)([Value(3.0), Value(-4.0)]).data
    12.5
    """

    def forward(self, x: Module | Iterable[Value]) -> Any:
        """The penalty of a model or of parameters."""
        return self.strength * l2(x)
