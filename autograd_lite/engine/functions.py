"""All operations as functions: those made from the table, and here those of any number of arguments and of other signatures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial, reduce
from typing import Any

from autograd_lite.engine import operations, value
from autograd_lite.engine.common import apply, make_node
from autograd_lite.engine.methods import methods
from autograd_lite.engine.operations import *  # noqa: F403
from autograd_lite.engine.value import Value
from autograd_lite.hints import Gone
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS


def _elements(name: str, xs: tuple[Any, ...]) -> list[Any]:
    """The arguments of a function of many: `f(a, b, c)` or `f([a, b, c])`."""
    if len(xs) == 1 and not isinstance(xs[0], Value | float | int) and isinstance(xs[0], Iterable):
        if isinstance(xs[0], str | bytes | dict):
            raise TypeError(f"{name} takes numbers or a list of them, not {type(xs[0]).__name__} {xs[0]!r}")
        return list(xs[0])
    return list(xs)


def _reduce(name: str, *operands: Any) -> Any:
    """Apply a primitive of any number of arguments: here for Values and floats, else by the common path."""
    if value.special:
        return apply(name, *operands)
    numbers: list[float] = []
    add = numbers.append
    recorded = False
    for operand in operands:
        kind = operand.__class__
        if kind is Value:
            recorded = True
            add(operand._number)
        elif kind is float:
            add(operand)
        else:
            return apply(name, *operands)
    try:
        out, partials = value.compiled(name)(*numbers)
    except ARITHMETIC_ERRORS:
        return apply(name, *operands)
    return make_node(Value, name, operands, out, partials) if recorded else out


def sum(*xs: Any) -> Any:
    """The sum of any number of arguments, or of one list, as one node; the number is correctly rounded.

    Parameters
    ----------
    *xs : Value or number, or one iterable of them

    Returns
    -------
    Value, or float if no argument is a Value; 0.0 for none.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.sum([ag.Value(0.1)] * 10).data
    1.0
    """
    terms = _elements("sum", xs)
    return _reduce("sum", *terms) if terms else 0.0


def prod(*xs: Any) -> Any:
    """The product of any number of arguments, or of one list, as one node; zeros are no special case.

    Returns
    -------
    Value, or float if no argument is a Value; 1.0 for none.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> xs = [ag.Value(2.0), ag.Value(0.0), ag.Value(5.0)]
    >>> ag.prod(xs).backward(); [x.grad for x in xs]
    [0.0, 10.0, 0.0]
    """
    factors = _elements("prod", xs)
    return _reduce("prod", *factors) if factors else 1.0


def mean(*xs: Any) -> Any:
    """The arithmetic mean of the arguments, or of one list: their sum over their count.

    Raises
    ------
    ValueError
        If there is nothing to average.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.mean([ag.Value(1.0), 2.0, 6.0]).data
    3.0
    """
    terms = _some("mean", xs)
    return _reduce("sum", *terms) / len(terms)


def dot(xs: Iterable[Any], ys: Iterable[Any]) -> Any:
    """The dot product of two sequences of the same length, as one node: a neuron's weighted sum.

    Parameters
    ----------
    xs, ys : sequence of Value or number

    Returns
    -------
    Value, or float if no element is a Value.

    Raises
    ------
    ValueError
        If the lengths differ.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> w = [ag.Value(2.0), ag.Value(-1.0)]
    >>> ag.dot(w, [3.0, 4.0]).backward(); [p.grad for p in w]
    [3.0, 4.0]
    """
    xs, ys = tuple(xs), tuple(ys)
    if len(xs) != len(ys):
        raise ValueError(f"dot takes two sequences of one length, not {len(xs)} and {len(ys)} elements")
    return _reduce("dot", *xs, *ys) if xs else 0.0


def max(*xs: Any) -> Any:
    """The largest of the arguments, or of one list; the gradient is shared equally at a tie.

    Raises
    ------
    ValueError
        If there is nothing to choose from.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> a, b = ag.Value(2.0), ag.Value(2.0)
    >>> ag.max(a, b, 1.0).backward(); a.grad, b.grad
    (0.5, 0.5)
    """
    return _reduce("max", *_some("max", xs))


def min(*xs: Any) -> Any:
    """The smallest of the arguments, or of one list; the gradient is shared equally at a tie.

    Raises
    ------
    ValueError
        If there is nothing to choose from.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> a, b = ag.Value(2.0), ag.Value(5.0)
    >>> ag.min([a, b]).backward(); a.grad, b.grad
    (1.0, 0.0)
    """
    return _reduce("min", *_some("min", xs))


def logsumexp(*xs: Any) -> Any:
    """log(exp(x1) + exp(x2) + ...) of the arguments or of one list, without overflow.

    Raises
    ------
    ValueError
        If there are none.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    return _reduce("logsumexp", *_some("logsumexp", xs))


def softmax(*xs: Any) -> list[Any]:
    """The softmax probabilities exp(xi) / (exp(x1) + exp(x2) + ...), one for each argument.

    Returns
    -------
    list of Value, or of float if no argument is a Value

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.softmax([1000.0, 1000.0])
    [0.5, 0.5]
    """
    logits = _some("softmax", xs)
    return [_reduce("softmax", float(i), *logits) for i in range(len(logits))]


def log_softmax(*xs: Any) -> list[Any]:
    """The logarithms of the softmax probabilities, without overflow and without cancellation near 0.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.log_softmax([100.0, 0.0])
    [-3.720075976020836e-44, -100.0]
    """
    logits = _some("log_softmax", xs)
    return [_reduce("log_softmax", float(i), *logits) for i in range(len(logits))]


def log_softmax_at(index: int, xs: Iterable[Any]) -> Any:
    """One of the logarithms of the softmax probabilities, as one node: what a cross-entropy needs.

    >>> log_softmax_at(1, [0.0, 0.0])
    -0.6931471805599453
    """
    return _reduce("log_softmax", float(index), *_some("log_softmax", (tuple(xs),)))


def _some(name: str, xs: tuple[Any, ...]) -> list[Any]:
    elements = _elements(name, xs)
    if not elements:
        raise ValueError(f"{name} needs at least one number")
    return elements


def hypot(x: Any, y: Any, *more: Any) -> Any:  # type: ignore[no-redef]
    """The length of the vector of the arguments, sqrt(x*x + y*y + ...), without overflow; one node for each argument after the first.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.hypot(3.0, 4.0), ag.hypot(ag.Value(2e200), 3e200, 6e200).data
    (5.0, 7e+200)
    """
    return reduce(partial(apply, "hypot"), more, apply("hypot", x, y))


def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    """x, but not below `min` and not above `max` (None: no bound); the bounds are differentiable too.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.clamp(5.0, 0.0, 1.0), ag.clamp(5.0, min=0.0)
    (1.0, 5.0)
    """
    return apply("clamp", x, -math.inf if min is None else min, math.inf if max is None else max)


clip = clamp


def where(condition: Any, x: Any, y: Any) -> Any:
    """x where the condition holds (is not 0), else y.

    The branch that is not taken gets no gradient: not even a nan from an infinite slope inside it.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> x = ag.Value(0.0)
    >>> ag.where(x > 0, x.sqrt(), 2 * x).backward(); x.grad
    2.0
    """
    return apply("where", condition, x, y)


def detach(x: Any) -> Any:
    """A constant with the same number: no gradient flows through it.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> x = ag.Value(3.0)
    >>> (x * ag.stop_gradient(x)).backward(); x.grad
    3.0
    """
    return x.detach() if isinstance(x, Value) else x


stop_gradient = detach


@methods
class _Written(Value):
    __slots__ = ()

    def clamp(self, min: Value | float | None = None, max: Value | float | None = None) -> Value:
        """This value, but not below `min` and not above `max` (None: no bound)."""
        return clamp(self, min, max)  # type: ignore[no-any-return]

    def where(self, condition: Any, other: Value | float) -> Value:
        """This value where the condition holds (is not 0), else `other`: PyTorch's order of arguments."""
        return where(condition, self, other)  # type: ignore[no-any-return]

    clip = clamp

    dot = Gone("a Value is one number; autograd_lite.dot(xs, ys) takes two lists")

    def hypot(self, other: Value | float, *more: Value | float) -> Value:
        """The length of the vector of this value and the others."""
        return hypot(self, other, *more)  # type: ignore[no-any-return]

    def __pos__(self) -> Value:
        return self

    def __divmod__(self, other: Value | float) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: float) -> tuple[Value, Value]:
        return other // self, other % self

    # Rounding stays in the graph (with slope 0), so that round(v), math.floor(v) and np.floor(v) agree; int(v) is a number.
    def __round__(self, ndigits: int | None = None) -> Value:
        return self.round(float(ndigits or 0))

    def __floor__(self) -> Value:
        return self.floor()

    def __ceil__(self) -> Value:
        return self.ceil()

    def __trunc__(self) -> Value:
        return self.trunc()


def _as_method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Value, *others: Any) -> Any:
        return function((self, *others))

    method.__name__, method.__doc__ = function.__name__, function.__doc__
    return method


for _function in (sum, prod, max, min, logsumexp, softmax, log_softmax):
    setattr(Value, _function.__name__, _as_method(_function))

__all__ = [
    *operations.__all__,  # "hypot" as well
    "clamp", "clip", "detach", "dot", "log_softmax", "log_softmax_at", "logsumexp", "max", "mean", "min", "prod", "softmax",
    "stop_gradient", "sum", "where",
]  # fmt: skip
