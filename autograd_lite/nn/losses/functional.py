"""Losses as functions: the prediction first, then the target, then how to reduce.

A prediction is a number (a Value, usually), a list of numbers, or a list of lists: one sample or several; the target has
the same shape, except that a target of `cross_entropy` and `nll` is the index of a class.  `reduction` is "mean" (of all
elements, as in PyTorch), "sum" or "none" (a list).

The functions that a sigmoid or a softmax would saturate take its *input*, the logit: so nothing overflows, and no digit is
lost where a probability is next to 0 or 1.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import autograd_lite
from autograd_lite.engine.functions import log_softmax_at
from autograd_lite.engine.node import Node

#: Above this probability 1 - p has lost ten of its sixteen digits.
_SATURATED = 1.0 - 1e-6
#: What PyTorch gives for log(0), and the slope it gives there.
_LARGEST, _STEEPEST = 100.0, 1e12


def mse(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """The squared error, (p - y)**2.

    Parameters
    ----------
    prediction, target : number, list or list of lists
        Of the same shape.
    reduction : {"mean", "sum", "none"}

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
    return reduce([(p - y) ** 2 for p, y in _pairs(prediction, target)], reduction)


def mae(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """The absolute error, |p - y|; its slope is 0 where they agree.  Arguments as for `mse`.

    >>> mae([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    return reduce([autograd_lite.abs(p - y) for p, y in _pairs(prediction, target)], reduction)


def huber(prediction: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Squared near the target, linear beyond `delta` (Huber 1964): d*d/2 for d = |p - y| <= delta, else delta*(d - delta/2).

    >>> huber(1.5, 1.0), huber(4.0, 1.0), huber(4.0, 1.0, delta=2.0)
    (0.125, 2.5, 4.0)
    """
    if not delta > 0.0:
        raise ValueError(f"delta is above 0, not {delta!r}")
    losses = []
    for p, y in _pairs(prediction, target):
        # One formula for both pieces, so that a recorded graph is right on either side: near = min(d, delta).
        distance = autograd_lite.abs(p - y)
        near = autograd_lite.clamp(distance, 0.0, delta)
        losses.append(near * (distance - 0.5 * near))
    return reduce(losses, reduction)


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
    return reduce([_bce(p, y) for p, y in _pairs(prediction, target)], reduction)


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
    return reduce([_bce_with_logits(z, y) for z, y in _pairs(logit, target)], reduction)


def cross_entropy(logits: Any, target: Any, reduction: str = "mean") -> Any:
    """Softmax cross-entropy: minus the log-probability of the right class, from the logits.

    Parameters
    ----------
    logits : list of numbers, or list of such lists
        One number for each class, for one sample or for several.
    target : int, or list of int, or list of such lists
        The index of the right class; or, as long as a row of logits, the classes' probabilities, one-hot for instance.
        A flat list beside one row of logits is one target of probabilities if it is as long as the row.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError
        If a target is neither the index of a class nor probabilities that add up to 1.

    Examples
    --------
    >>> cross_entropy([0.0, 0.0], 1), cross_entropy([1000.0, 0.0], 1)
    (0.6931471805599453, 1000.0)
    >>> cross_entropy([[0.0, 0.0], [0.0, 1000.0]], [0, 1], "sum")
    0.6931471805599453
    >>> cross_entropy([0.0, 0.0], [0, 1])
    0.6931471805599453
    """
    shares = _shares(logits, target)
    if shares is None:
        return reduce([-log_softmax_at(k, row) for row, k in _classes(logits, target)], reduction)
    rows = _rows(logits)
    _same(len(rows), len(shares))
    return reduce([_soft(row, share) for row, share in zip(rows, shares, strict=True)], reduction)


def _shares(logits: Any, target: Any) -> list[Any] | None:
    """The targets as rows of probabilities; None if they are indices of classes."""
    if not _is_list(logits) or not len(logits) or not _is_list(target) or not len(target):
        return None
    if _is_list(target[0]):
        return list(target)
    return [target] if not _is_list(logits[0]) and len(logits) == len(target) > 1 else None


def _soft(row: Any, share: Any) -> Any:
    numbers = [float(one) for one in share] if _is_list(share) and len(share) == len(row) else []
    if not numbers or not all(0.0 <= one <= 1.0 for one in numbers) or abs(sum(numbers) - 1.0) > 1e-6:
        raise ValueError(f"a target is the index of a class or {len(row)} probabilities that add up to 1, not {share!r}")
    # A class without a share has no term: 0 times an infinite surprise would be nan.
    return -_total([one * log_softmax_at(k, row) for k, one in enumerate(numbers) if one])


def _total(terms: list[Any]) -> Any:
    """The terms' sum; a single one stays as it is."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def nll(log_probabilities: Any, target: Any, reduction: str = "mean") -> Any:
    """Minus the log-probability of the right class, from log-probabilities (`log_softmax`).  Arguments as `cross_entropy`.

    >>> from autograd_lite import log_softmax
    >>> nll(log_softmax([0.0, 0.0]), 1)
    0.6931471805599453
    """
    return reduce([-row[k] for row, k in _classes(log_probabilities, target)], reduction)


def hinge(score: Any, target: Any, reduction: str = "mean") -> Any:
    """max(0, 1 - y * score) for y = -1 or 1: nothing to pay once the score is on the right side by 1.

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
    for s, y in _pairs(score, target):
        if y not in (-1, 1):
            raise ValueError(f"the hinge loss takes targets -1 and 1, not {y!r}; use bce_with_logits for 0 and 1")
        losses.append(autograd_lite.relu(1.0 - y * s))
    return reduce(losses, reduction)


def kl_div(log_prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """The Kullback-Leibler divergence of log-probabilities from target probabilities: the sum of y * (log y - log q).

    Parameters
    ----------
    log_prediction : list of numbers, or list of such lists
        log q, one distribution or several.
    target : of the same shape
        y; a 0 counts nothing.
    reduction : {"mean", "sum", "none"}
        Over the distributions ("mean" is what PyTorch calls "batchmean").

    Examples
    --------
    >>> from math import log
    >>> kl_div([log(0.5), log(0.5)], [0.5, 0.5])
    0.0
    >>> round(kl_div([log(0.5), log(0.5)], [1.0, 0.0]), 6)
    0.693147
    """
    rows = _rows(log_prediction)
    targets = _rows(target)
    _same(len(rows), len(targets))
    losses = []
    for row, aims in zip(rows, targets, strict=True):
        terms = [autograd_lite.xlogy(y, y) - y * q for q, y in _pairs(row, aims)]
        losses.append(autograd_lite.sum(terms))
    return reduce(losses, reduction)


def reduce(losses: list[Any], reduction: str) -> Any:
    """The mean or the sum of the losses, or the list of them.

    Raises
    ------
    ValueError
        If the reduction is unknown, or there is nothing to average.
    """
    if reduction == "none":
        return losses
    if reduction not in ("mean", "sum"):
        raise ValueError(f'a reduction is "mean", "sum" or "none", not {reduction!r}')
    if len(losses) == 1:
        return losses[0]
    return autograd_lite.mean(losses) if reduction == "mean" else autograd_lite.sum(losses)


def _bce(p: Any, y: Any) -> Any:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"binary cross-entropy takes probabilities, not {float(p)!r}; bce_with_logits takes any number")
    _check_binary(y)
    if p > _SATURATED and isinstance(p, Node) and p.op == "sigmoid":
        return _bce_with_logits(p.args[0], y)
    if y == 1.0:
        return _minus_log(p)
    if y == 0.0:
        return _minus_log(1.0 - p)
    return y * _minus_log(p) + (1.0 - y) * _minus_log(1.0 - p)


def _minus_log(p: Any) -> Any:
    if p > 0.0:
        return -autograd_lite.log(p)
    return _LARGEST - _STEEPEST * p


def _bce_with_logits(z: Any, y: Any) -> Any:
    _check_binary(y)
    if y == 1.0:
        return autograd_lite.softplus(-z)
    if y == 0.0:
        return autograd_lite.softplus(z)
    return y * autograd_lite.softplus(-z) + (1.0 - y) * autograd_lite.softplus(z)


def _check_binary(y: Any) -> None:
    if not 0.0 <= y <= 1.0:
        raise ValueError(f"binary cross-entropy takes targets between 0 and 1, not {y!r}; use hinge for -1 and 1")


def _is_list(thing: Any) -> bool:
    return not isinstance(thing, Node) and hasattr(thing, "__len__") and not isinstance(thing, str | bytes | dict)


def _rows(thing: Any) -> Sequence[Any]:
    """`thing` as a list of rows: a single row is a list of one."""
    return thing if len(thing) and _is_list(thing[0]) else [thing]


def _pairs(prediction: Any, target: Any) -> Iterable[tuple[Any, Any]]:
    """The numbers of both, side by side, however deep the lists."""
    if not _is_list(prediction):
        if _is_list(target):
            _same(1, len(target))
            target = target[0]
        return ((prediction, target),)
    if not _is_list(target):
        _same(len(prediction), 1)
        return _pairs(prediction[0], target)
    _same(len(prediction), len(target))
    if not any(map(_is_list, prediction)) and not any(map(_is_list, target)):
        return zip(prediction, target, strict=True)
    return [pair for p, y in zip(prediction, target, strict=True) for pair in _pairs(p, y)]


def _same(predictions: int, targets: int) -> None:
    if predictions != targets:
        raise ValueError(f"{predictions} predictions but {targets} targets: there is one target for each prediction")


def _classes(logits: Any, target: Any) -> Iterable[tuple[Any, int]]:
    """Rows and the indices of their classes."""
    if not _is_list(logits) or not len(logits):
        raise ValueError(
            f"one number for each class is needed, a list of two or more; not {logits!r}; bce_with_logits takes a single one"
        )
    rows = _rows(logits)
    targets = target if _is_list(target) else [target]
    _same(len(rows), len(targets))
    for row, k in zip(rows, targets, strict=True):
        if not 0 <= k < len(row) or int(k) != k:
            raise ValueError(f"the target is the index of a class, from 0 to {len(row) - 1}, not {k!r}")
        yield row, int(k)
