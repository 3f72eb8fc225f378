"""Losses of a regression: squared, absolute, and Huber's, which is the one near the target and the other far from it."""

from typing import Any

import autograd_lite
from autograd_lite.nn.arguments import POSITIVE
from autograd_lite.nn.losses.shapes import pairs, reduce


def mse(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """The squared error, (p - y)**2.

    Parameters
    ----------
    prediction, target : number, list or list of lists
        Of the same shape.
    reduction : {"mean", "sum", "none"}
        The mean of all numbers, their sum, or a list.

    Returns
    -------
    Value, or float if nothing in it is a Value; a list for "none".

    Raises
    ------
    ValueError
        If the shapes differ or the reduction is unknown.

    Examples
    --------
    >>> mse(3.0, 1.0), mse([1.0, 2.0], [1.0, 4.0]), mse([1.0, 2.0], [1.0, 4.0], "none")
    (4.0, 2.0, [0.0, 4.0])
    """
    try:
        losses = [(p - y) ** 2 for p, y in pairs(prediction, target)]
    except OverflowError:  # of plain numbers, too, an error that says what is beyond the largest float
        losses = [autograd_lite.pow(p - y, 2.0) for p, y in pairs(prediction, target)]
    return reduce(losses, reduction)


def mae(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """The absolute error, |p - y|; its slope is 0 where they agree.  Arguments as for `mse`.

    >>> mae([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    return reduce([autograd_lite.abs(p - y) for p, y in pairs(prediction, target)], reduction)


def huber(prediction: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Squared near the target, linear beyond `delta` (Huber 1964): d*d/2 for d = |p - y| <= delta, else delta*(d - delta/2).

    Parameters
    ----------
    prediction, target, reduction
        As for `mse`.
    delta : float, default 1.0
        Above 0.

    Examples
    --------
    >>> huber(1.5, 1.0), huber(4.0, 1.0), huber(4.0, 1.0, delta=2.0)
    (0.125, 2.5, 4.0)
    """
    if delta.__class__ is not float or not 0.0 < delta < 1e300:  # asked once for each sample, so the usual case is short
        POSITIVE.check("delta", delta)
    losses = []
    for p, y in pairs(prediction, target):
        # One formula for both pieces, so that a recorded graph is right on either side, without the corner of abs at 0, and of
        # terms that only one side of them has: a product of the two would make 0 * inf of an endless error.
        error = p - y
        near = autograd_lite.clamp(error, -delta, delta)
        beyond = autograd_lite.relu(error - delta) + autograd_lite.relu(-delta - error)
        losses.append(0.5 * near * near + delta * beyond)
    return reduce(losses, reduction)
