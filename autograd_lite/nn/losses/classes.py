"""Losses over classes: softmax cross-entropy from logits, its half for log-probabilities, and the divergence of distributions."""

import functools
import operator
from collections.abc import Iterable
from typing import Any

import autograd_lite
from autograd_lite.engine.functions import log_softmax_at
from autograd_lite.engine.value import Value
from autograd_lite.nn.losses.shapes import is_list, pairs, reduce, rows, same


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
        Over the samples.

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
    given = rows(logits)
    same(len(given), len(shares))
    return reduce([_soft(row, share) for row, share in zip(given, shares, strict=True)], reduction)


def nll(log_probabilities: Any, target: Any, reduction: str = "mean") -> Any:
    """Minus the log-probability of the right class, from log-probabilities (`log_softmax`).

    Parameters
    ----------
    log_probabilities : list of numbers, or list of such lists
    target : int, or list of int
        The index of the right class.
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> from autograd_lite import log_softmax
    >>> nll(log_softmax([0.0, 0.0]), 1)
    0.6931471805599453
    """
    return reduce([-row[k] for row, k in _classes(log_probabilities, target)], reduction)


def kl_div(log_prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """The divergence of log-probabilities from target probabilities (Kullback and Leibler 1951): the sum of y * (log y - log q).

    Parameters
    ----------
    log_prediction : list of numbers, or list of such lists
        log q, one distribution or several.
    target : of the same shape
        y; a 0 counts nothing.
    reduction : {"mean", "sum", "none"}
        Over the distributions ("mean" is what PyTorch calls "batchmean").

    Raises
    ------
    ValueError
        If the shapes differ, or a target is below 0.

    Examples
    --------
    >>> from math import log
    >>> kl_div([log(0.5), log(0.5)], [0.5, 0.5])
    0.0
    >>> round(kl_div([log(0.5), log(0.5)], [1.0, 0.0]), 6)
    0.693147
    """
    if not is_list(log_prediction) or not is_list(target):
        raise ValueError(f"kl_div compares distributions, lists of log-probabilities and of probabilities; not {target!r}")
    given, aims = rows(log_prediction), rows(target)
    same(len(given), len(aims))
    losses = []
    for row, aim in zip(given, aims, strict=True):
        terms = []
        for q, y in pairs(row, aim):
            if not y >= 0.0:
                raise ValueError(f"the targets of kl_div are probabilities, at least 0; not {float(y)!r}")
            if isinstance(y, Value) or y:  # a plain 0 has no term: 0 times the logarithm of 0 would be nan
                terms.append(autograd_lite.xlogx(y) - y * q)
        losses.append(autograd_lite.sum(terms) if terms else 0.0)
    return reduce(losses, reduction)


def _shares(logits: Any, target: Any) -> list[Any] | None:
    """The targets as rows of probabilities; None if they are indices of classes."""
    if not is_list(logits) or not len(logits) or not is_list(target) or not len(target):
        return None
    if is_list(target[0]):
        return list(target)
    return [target] if not is_list(logits[0]) and len(target) > 1 else None


def probabilities(target: Any, count: int) -> list[Any]:
    """The target as one probability for each of `count` classes; a Value stays one.

    Raises
    ------
    ValueError
        If it is something else.
    """
    given = target if is_list(target) and len(target) == count else []
    numbers: list[Any] = [one if isinstance(one, Value) else float(one) for one in given]
    if not numbers or not all(0.0 <= one <= 1.0 for one in numbers) or abs(sum(numbers) - 1.0) > 1e-6:
        raise ValueError(f"a target is the index of a class or {count} probabilities that add up to 1; not {target!r}")
    return numbers


def class_index(target: Any, count: int) -> int:
    """The target as the index of one of `count` classes.

    Raises
    ------
    ValueError
        If it is something else.
    """
    try:
        index = int(target)
        right = index == target and 0 <= index < count
    except (TypeError, ValueError, OverflowError):  # a name, None, nan, infinity
        right = False
    if not right:
        raise ValueError(f"the target is the index of a class, from 0 to {count - 1}; not {target!r}")
    return index


def _soft(row: Any, share: Any) -> Any:
    # A plain 0 has no term: 0 times an infinite surprise would be nan.
    given = enumerate(probabilities(share, len(row)))
    terms = [one * log_softmax_at(k, row) for k, one in given if isinstance(one, Value) or one]
    return -functools.reduce(operator.add, terms)


def _classes(logits: Any, target: Any) -> Iterable[tuple[Any, int]]:
    """Rows with a number for each class, and the index of the right one."""
    if not is_list(logits) or not len(logits):
        raise ValueError(_TOO_FEW.format(logits))
    given, targets = rows(logits), target if is_list(target) else [target]
    same(len(given), len(targets))
    for row, k in zip(given, targets, strict=True):
        if len(row) < 2:
            raise ValueError(_TOO_FEW.format(row))
        yield row, class_index(k, len(row))


_TOO_FEW = "one number for each class is needed, a list of two or more; not {!r}; bce_with_logits takes a single one"
