"""How predictions and targets are laid side by side, and how the losses of samples become one number.

A prediction is a number (a Value, usually), a list of numbers, or a list of lists: one sample or several.  The target has the
same shape; a list of one and a number count as the same.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import autograd_lite
from autograd_lite.engine.value import Value
from autograd_lite.nn.arguments import counted


def reduce(losses: list[Any], reduction: str) -> Any:
    """The mean or the sum of the losses, or the list of them.

    Raises
    ------
    ValueError
        If the reduction is unknown, or there is nothing to average.
    """
    if reduction == "none":
        return losses
    check_reduction(reduction)
    if len(losses) == 1:
        return losses[0]
    if not losses:
        raise ValueError("there is nothing to compare: the prediction is an empty list")
    return autograd_lite.mean(losses) if reduction == "mean" else autograd_lite.sum(losses)


def check_reduction(reduction: str) -> None:
    """Refuse what is no reduction.

    Raises
    ------
    ValueError
        Naming those there are.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f'a reduction is "mean", "sum" or "none", not {reduction!r}')


def is_list(thing: Any) -> bool:
    """Whether it is a list of some kind, an array included."""
    return not isinstance(thing, Value) and hasattr(thing, "__len__") and not isinstance(thing, str | bytes | dict)


def rows(thing: Any) -> Sequence[Any]:
    """`thing` as a list of rows: a single row is a list of one."""
    return thing if len(thing) and is_list(thing[0]) else [thing]


def pairs(prediction: Any, target: Any) -> Iterable[tuple[Any, Any]]:
    """The numbers of both, side by side, however deep the lists.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> list(pairs([[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]))
    [(1.0, 5.0), (2.0, 6.0), (3.0, 7.0), (4.0, 8.0)]
    >>> list(pairs([1.0], 5.0))
    [(1.0, 5.0)]
    """
    if not is_list(prediction):
        if is_list(target):
            same(1, len(target))
            return pairs(prediction, target[0])
        return ((prediction, target),)
    if not is_list(target):
        same(len(prediction), 1)
        return pairs(prediction[0], target)
    same(len(prediction), len(target))
    if not any(map(is_list, prediction)) and not any(map(is_list, target)):
        return zip(prediction, target, strict=True)
    return [pair for p, y in zip(prediction, target, strict=True) for pair in pairs(p, y)]


def same(predictions: int, targets: int) -> None:
    """Refuse another number of targets than of predictions.

    Raises
    ------
    ValueError
        Giving both.
    """
    if predictions != targets:
        raise ValueError(
            f"{counted(predictions, 'prediction')} but {counted(targets, 'target')}: there is one target for each prediction"
        )
