"""Losses of two classes: binary cross-entropy of a probability or of its logit, and the hinge of a score.

What a sigmoid would saturate is better given as the sigmoid's *input*, the logit: nothing overflows then, and no digit is lost
where the probability is next to 0 or 1.
"""

from typing import Any

import autograd_lite
from autograd_lite.engine.value import Value
from autograd_lite.nn.losses.shapes import pairs, reduce

#: Above this probability 1 - p has lost ten of its sixteen digits.
_SATURATED = 1.0 - 1e-6
#: What PyTorch gives for log(0), and the slope it gives there.
_LARGEST, _STEEPEST = 100.0, 1e12
#: Targets with one term; of a target that is a Value the other has a slope, too.
_CERTAIN = (0.0, 1.0)


def bce(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """Binary cross-entropy of a probability, -(y log p + (1 - y) log(1 - p)), for y in [0, 1]; natural logarithm.

    A probability so near 1 that 1 - p has lost its digits is traced back to the sigmoid it came from, and the loss is
    computed from that sigmoid's input.  At a plain 0 or 1 on the wrong side the loss is 100 and its slope 1e12, PyTorch's
    stand-ins for infinity.

    Parameters
    ----------
    prediction : number, list or list of lists
        Probabilities.
    target : of the same shape
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError
        If a prediction or a target is not between 0 and 1.

    Examples
    --------
    >>> round(bce(0.873, 1.0), 4), bce(1.0, 0.0)
    (0.1358, 100.0)
    >>> from autograd_lite import Value
    >>> z = Value(40.0); loss = bce(z.sigmoid(), 0.0); loss.backward(); loss.data, z.grad
    (40.0, 1.0)
    """
    return reduce([_bce(p, y) for p, y in pairs(prediction, target)], reduction)


def bce_with_logits(logit: Any, target: Any, reduction: str = "mean") -> Any:
    """Binary cross-entropy of p = sigmoid(logit), computed from the logit: exact however near p is to 0 or 1.

    Parameters
    ----------
    logit : number, list or list of lists
    target : of the same shape
        In [0, 1].
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError
        If a target is not between 0 and 1.

    Examples
    --------
    >>> bce_with_logits(0.0, 1.0), bce_with_logits(1000.0, 0.0), bce_with_logits(-1000.0, 0.0)
    (0.6931471805599453, 1000.0, 0.0)
    """
    return reduce([_bce_with_logits(z, y) for z, y in pairs(logit, target)], reduction)


def hinge(score: Any, target: Any, reduction: str = "mean") -> Any:
    """max(0, 1 - y * score) for y = -1 or 1: nothing to pay once the score is on the right side by 1.

    Parameters
    ----------
    score : number, list or list of lists
    target : of the same shape
        -1 or 1.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError
        If a target is neither -1 nor 1.

    Examples
    --------
    >>> hinge(0.5, 1), hinge(2.0, 1), hinge(0.5, -1)
    (0.5, 0.0, 1.5)
    """
    losses = []
    for s, y in pairs(score, target):
        if y not in (-1, 1):
            raise ValueError(f"the hinge loss takes targets -1 and 1, not {y!r}; use bce_with_logits for 0 and 1")
        losses.append(autograd_lite.relu(1.0 - y * s))
    return reduce(losses, reduction)


def _bce(p: Any, y: Any) -> Any:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"binary cross-entropy takes probabilities, not {float(p)!r}; bce_with_logits takes any number")
    _check_binary(y)
    if p > _SATURATED and isinstance(p, Value) and p.op == "sigmoid":
        return _bce_with_logits(p.args[0], y)
    if not isinstance(y, Value) and y in _CERTAIN:
        return _minus_log(p) if y else _minus_log_of_rest(p)
    return y * _minus_log(p) + (1.0 - y) * _minus_log_of_rest(p)


def _minus_log(p: Any) -> Any:
    if p > 0.0:
        return -autograd_lite.log(p)
    return _LARGEST - _STEEPEST * p


def _minus_log_of_rest(p: Any) -> Any:
    if p < 1.0:
        return -autograd_lite.log1p(-p)
    return _LARGEST - _STEEPEST * (1.0 - p)


def _bce_with_logits(z: Any, y: Any) -> Any:
    _check_binary(y)
    if not isinstance(y, Value) and y in _CERTAIN:
        return autograd_lite.softplus(-z if y else z)
    # Either formula for all y; that of the nearer end does not cancel.
    if y > 0.5:
        return autograd_lite.softplus(-z) + (1.0 - y) * z
    return autograd_lite.softplus(z) - y * z


def _check_binary(y: Any) -> None:
    try:
        right = 0.0 <= y <= 1.0
    except TypeError:
        right = False
    if not right:
        raise ValueError(f"binary cross-entropy takes targets between 0 and 1, not {y!r}; use hinge for -1 and 1")
