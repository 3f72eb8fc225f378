"""What `grad` and `value_and_grad` were applied to, for whoever wants to differentiate the function in another way.

A compiler that is given `grad(f)` does better to record `f` and to write the derivative itself.  The record is kept beside
the function and not on it, because `functools.wraps` copies attributes to wrappers that do something else.
"""

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Derivative:
    """How a function that `grad` or `value_and_grad` returned came about.

    Parameters
    ----------
    function : callable
        What is differentiated.
    argnums : int or sequence of int
        With respect to which of its arguments.
    has_aux : bool
        Whether it returns a pair, of which the first is differentiated.
    value : bool
        Whether the value is wanted beside the gradient.
    """

    function: Callable[..., Any]
    argnums: int | Sequence[int]
    has_aux: bool
    value: bool


#: For each function that `grad` or `value_and_grad` returned what it computes.
derivatives: "weakref.WeakKeyDictionary[Callable[..., Any], Derivative]" = weakref.WeakKeyDictionary()


def derivative_of(function: Any) -> Derivative | None:
    """The derivative that `function` computes; None if it is not one that `grad` or `value_and_grad` returned.

    >>> from autograd_lite.transforms import grad
    >>> derivative_of(grad(abs)).function is abs, derivative_of(abs)
    (True, None)
    """
    try:
        return derivatives.get(function)
    except TypeError:  # neither hashed nor weakly referred to: not one of ours
        return None
