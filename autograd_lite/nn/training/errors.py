"""What stops training for a reason that more epochs would not mend: a number that is no number any more."""

import math
from collections.abc import Iterable
from typing import Any

from autograd_lite.engine.errors import DomainError
from autograd_lite.engine.value import Value, topological_order
from autograd_lite.nn.training.history import History
from autograd_lite.terminal import clean


class TrainingError(FloatingPointError):
    """The loss, a gradient or a parameter became nan or infinite, or an operation left its domain.

    The model is as it was before the step that failed (a compiled one: before the epoch, if it was its last step).

    Attributes
    ----------
    history : History
        Up to the last epoch that was completed.
    loss : Value or None
        The root of the graph that went wrong, for whoever wants to draw or explain it.
    node : Value or None
        The first node that went wrong.
    """

    def __init__(self, message: str, loss: Any = None, node: Any = None) -> None:
        super().__init__(message)
        self.history = History()
        self.loss = loss
        self.node = node


def out_of_range(error: Exception, answers: Iterable[Any]) -> bool:
    """Whether an error is about numbers that left their range, and not about what was given: by its kind, or since some of the
    model's answers are nan or infinite, which losses such as `bce` refuse."""
    return isinstance(error, DomainError | ArithmeticError) or not all(map(_finite, answers))


def _finite(answer: Any) -> bool:
    return all(map(_finite, answer)) if isinstance(answer, list | tuple) else math.isfinite(answer)


class UnsuitableError(Exception):
    """A training that cannot be compiled; the message says why."""


def first_bad_node(root: Value) -> Value | None:
    """The first node, in the order of the forward pass, that is nan or infinite; None if there is none.

    >>> a, b = Value(1e200, label="a"), Value(3.0)
    >>> first_bad_node((a * a + b) * b).op
    'mul'
    """
    return next((node for node in topological_order(root) if not math.isfinite(node.data)), None)


def first_bad_slope(root: Value) -> Value | None:
    """The first node, going backward, with a local derivative that is nan or infinite; None if there is none."""
    order = reversed(topological_order(root))
    return next((node for node in order if not all(map(math.isfinite, node.local_grads))), None)


def describe(node: Value) -> str:
    """A node with its operands, for a message: `mul(a = 1e+200, a = 1e+200) = inf`.

    >>> describe(Value(2.0, label="w") * 3.0)
    'mul(w = 2.0, 3.0) = 6.0'
    """
    if node.is_leaf:
        return f"{clean(node.label) or 'a leaf'} = {node.data!r}"
    operands = [
        f"{clean(operand.label)} = {operand.data!r}"
        if isinstance(operand, Value) and operand.label
        else repr(float(operand))
        for operand in node.args
    ]
    shown = operands if len(operands) <= 6 else [*operands[:6], f"and {len(operands) - 6} more"]
    return f"{node.op}({', '.join(shown)}) = {node.data!r}"
