"""Clipping: gradients that are too long, by norm or by value, as in PyTorch's `nn.utils`."""

import math
from collections.abc import Iterable

from autograd_lite.engine.passes import saved_grads
from autograd_lite.engine.value import Value
from autograd_lite.nn.arguments import NOT_NEGATIVE
from autograd_lite.nn.modules.module import Module, parameters_of


def grad_norm(parameters: Module | Iterable[Value], norm_type: float = 2.0) -> float:
    """The norm of all gradients as one vector; parameters without a gradient count nothing.

    >>> a, b = Value(1.0), Value(1.0)
    >>> (3 * a + 4 * b).backward()
    >>> grad_norm([a, b]), grad_norm([a, b], float("inf"))
    (5.0, 4.0)
    """
    grads = [grad for grad in saved_grads(parameters_of(parameters)) if grad is not None]
    if norm_type == 2.0:
        return math.hypot(*grads)
    largest = float(max(map(abs, grads), default=0.0))
    if norm_type == math.inf:
        return largest
    if not norm_type > 0.0:
        raise ValueError(f"the type of a norm is above 0 (2 is the Euclidean one, inf the largest), not {norm_type!r}")
    if largest in (0.0, math.inf):
        return largest
    # Powers of the numbers themselves could overflow.
    return largest * float(math.fsum((abs(float(grad)) / largest) ** norm_type for grad in grads) ** (1.0 / norm_type))


def clip_grad_norm_(parameters: Module | Iterable[Value], max_norm: float, norm_type: float = 2.0) -> float:
    """Scale all gradients so that their norm is at most `max_norm`, in place.

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
    NOT_NEGATIVE.check("max_norm", max_norm)
    parameters = parameters_of(parameters)
    norm = grad_norm(parameters, norm_type)
    # PyTorch's guard against a division by 0 is part of its result, so it is part of this one.
    factor = max_norm / (norm + 1e-6)
    if factor < 1.0:
        for parameter in parameters:
            if parameter.has_grad:
                parameter.grad *= factor
    return norm


def clip_grad_value_(parameters: Module | Iterable[Value], clip_value: float) -> None:
    """Bring every gradient into [-clip_value, clip_value], in place.

    >>> a = Value(1.0)
    >>> (3 * a).backward(); clip_grad_value_([a], 0.5); a.grad
    0.5
    """
    NOT_NEGATIVE.check("clip_value", clip_value)
    for parameter in parameters_of(parameters):
        if parameter.has_grad:
            parameter.grad = max(-clip_value, min(clip_value, parameter.grad))
