"""Clipping: gradients that are too long, by norm or by value, as in PyTorch's `nn.utils`."""

import math
from collections.abc import Iterable, Sequence

from autograd_lite.engine.passes import saved_grads
from autograd_lite.engine.value import Value
from autograd_lite.nn.arguments import NOT_NEGATIVE
from autograd_lite.nn.modules.module import Module, parameters_of
from autograd_lite.rules.special import fsum


def grad_norm(parameters: Module | Iterable[Value], norm_type: float = 2.0) -> float:
    """The norm of all gradients as one vector, nan if one of them is nan; parameters without a gradient count nothing.

    >>> a, b = Value(1.0), Value(1.0)
    >>> (3 * a + 4 * b).backward()
    >>> grad_norm([a, b]), grad_norm([a, b], float("inf"))
    (5.0, 4.0)
    """
    if not norm_type > 0.0:
        raise ValueError(f"the type of a norm is above 0 (2 is the Euclidean one, inf the largest), not {norm_type!r}")
    return vector_norm([float(grad) for grad in saved_grads(parameters_of(parameters)) if grad is not None], norm_type)


def vector_norm(grads: Sequence[float], norm_type: float = 2.0) -> float:
    """The norm of numbers as one vector, nan if one of them is."""
    if any(map(math.isnan, grads)):  # which max() and hypot() can lose
        return math.nan
    if norm_type == 2.0:
        return math.hypot(*grads)
    largest = max(map(abs, grads), default=0.0)
    if norm_type == math.inf or largest in (0.0, math.inf):
        return largest
    try:
        # Powers of the numbers themselves could overflow.
        return largest * float(fsum((abs(grad) / largest) ** norm_type for grad in grads) ** (1.0 / norm_type))
    except OverflowError:
        return math.inf


def clip_grad_norm_(parameters: Module | Iterable[Value], max_norm: float, norm_type: float = 2.0) -> float:
    """Scale all gradients so that their norm is at most `max_norm`, in place; a norm that is nan makes all of them nan.

    Parameters
    ----------
    parameters : Module or iterable of Value
    max_norm : float
        At least 0; `math.inf` clips nothing, and the norm is measured.
    norm_type : float, default 2.0
        Above 0; `math.inf` is the largest gradient.

    Returns
    -------
    float
        The norm before.

    Examples
    --------
    >>> a, b = Value(1.0), Value(1.0)
    >>> (3 * a + 4 * b).backward()
    >>> clip_grad_norm_([a, b], 1.0), round(a.grad, 4), round(b.grad, 4)
    (5.0, 0.6, 0.8)
    """
    _check("max_norm", max_norm)
    parameters = parameters_of(parameters)
    norm = grad_norm(parameters, norm_type)
    # PyTorch's guard against a division by 0 is part of its result, so it is part of this one.
    factor = max_norm / (norm + 1e-6)
    if max_norm < math.inf and not factor >= 1.0:
        for parameter in parameters:
            if parameter.has_grad:
                parameter.grad *= factor
    return norm


def clip_grad_value_(parameters: Module | Iterable[Value], clip_value: float) -> None:
    """Bring every gradient into [-clip_value, clip_value], in place; nan stays nan.

    >>> a = Value(1.0)
    >>> (3 * a).backward(); clip_grad_value_([a], 0.5); a.grad
    0.5
    """
    _check("clip_value", clip_value)
    for parameter in parameters_of(parameters):
        if parameter.has_grad:
            # In this order nan stays: Python's max and min keep their first argument where nothing is larger, or smaller.
            parameter.grad = min(max(parameter.grad, -clip_value), clip_value)


def _check(name: str, largest: float) -> None:
    if largest != math.inf:
        NOT_NEGATIVE.check(name, largest, "math.inf clips nothing")
