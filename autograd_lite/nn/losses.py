"""Losses of one sample: the prediction first, then the target.  `fit` takes their mean over a batch."""

from collections.abc import Sequence
from typing import Any

import autograd_lite
from autograd_lite.engine.functions import log_softmax_at


def mse(prediction: Any, target: Any) -> Any:
    """The squared error; for several outputs the mean of them.

    >>> mse(3.0, 1.0), mse([1.0, 2.0], [1.0, 4.0])
    (4.0, 2.0)
    """
    predictions, targets = _lists(prediction, target)
    return autograd_lite.mean([(p - t) ** 2 for p, t in zip(predictions, targets, strict=True)])


def bce_with_logits(logit: Any, target: float) -> Any:
    """Binary cross-entropy, -(y log p + (1 - y) log(1 - p)) with p = sigmoid(logit), for y in [0, 1]; natural logarithm.

    It is computed from the logit, so it neither overflows nor loses digits when p is near 0 or 1.

    >>> from math import log
    >>> round(bce_with_logits(log(0.873 / 0.127), 1.0), 4)
    0.1358
    """
    if not 0.0 <= target <= 1.0:
        raise ValueError(f"binary cross-entropy takes targets between 0 and 1, not {target!r}; use hinge for -1 and 1")
    if target == 1.0:
        return autograd_lite.softplus(-logit)
    if target == 0.0:
        return autograd_lite.softplus(logit)
    return target * autograd_lite.softplus(-logit) + (1.0 - target) * autograd_lite.softplus(logit)


def cross_entropy(logits: Sequence[Any], target: int) -> Any:
    """Softmax cross-entropy from logits: minus the log-probability of class `target`.

    >>> cross_entropy([1000.0, 0.0], 1), cross_entropy([0.0, 0.0], 1)
    (1000.0, 0.6931471805599453)
    """
    if int(target) != target or not 0 <= target < len(logits):
        raise ValueError(f"the target is a class from 0 to {len(logits) - 1}, not {target!r}")
    return -log_softmax_at(int(target), logits)


def hinge(score: Any, target: float) -> Any:
    """max(0, 1 - target * score) for a target of -1 or 1.

    >>> hinge(0.5, 1), hinge(2.0, 1), hinge(0.5, -1)
    (0.5, 0.0, 1.5)
    """
    if target not in (-1, 1):
        raise ValueError(f"the hinge loss takes targets -1 and 1, not {target!r}; use bce_with_logits for 0 and 1")
    return autograd_lite.relu(1.0 - target * score)


def _lists(prediction: Any, target: Any) -> tuple[list[Any], list[Any]]:
    predictions = list(prediction) if isinstance(prediction, list | tuple) else [prediction]
    targets = list(target) if isinstance(target, list | tuple) else [target]
    if len(predictions) != len(targets):
        raise ValueError(f"{len(predictions)} outputs but {len(targets)} targets")
    return predictions, targets
