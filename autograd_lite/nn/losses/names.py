"""Losses by name, and for each what counts as a right answer."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from autograd_lite.nn.arguments import unknown
from autograd_lite.nn.losses.binary import bce, bce_with_logits, hinge
from autograd_lite.nn.losses.classes import cross_entropy, kl_div, nll
from autograd_lite.nn.losses.modules import Loss
from autograd_lite.nn.losses.regression import huber, mae, mse
from autograd_lite.nn.losses.shapes import is_list, pairs

#: The losses that can be named, as in `fit(loss="mse")`.
LOSSES: dict[str, Callable[..., Any]] = {
    function.__name__: function for function in (mse, mae, huber, bce, bce_with_logits, cross_entropy, nll, hinge, kl_div)
}
#: For the losses of two classes the edges that part the classes, of predictions and of targets.
EDGES: dict[Callable[..., Any], tuple[float, float]] = {bce: (0.5, 0.5), bce_with_logits: (0.0, 0.5), hinge: (0.0, 0.0)}
#: The losses over classes, of which the highest score is the answer.
OVER_CLASSES = (cross_entropy, nll)


def loss_function(loss: str | Callable[..., Any]) -> Callable[..., Any]:
    """The function for a `loss` argument.

    Raises
    ------
    ValueError
        If there is no loss of that name.
    TypeError
        If it is neither a name nor a function.
    """
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise ValueError(f"{unknown('loss', loss, LOSSES)}, or give a function")
        return LOSSES[loss]
    if not callable(loss):
        raise TypeError(f"loss is a name or a function loss(prediction, target), not {loss!r}")
    return loss


def correct_for(loss: Callable[..., Any]) -> Callable[[Any, Any], bool] | None:
    """How to tell whether a prediction is right, under a loss of a classification; None for other losses.

    >>> correct_for(bce_with_logits)(-0.3, 0.0), correct_for(cross_entropy)([1.0, 3.0], 1)
    (True, True)
    """
    function = function_of(loss)
    return _same_sides(*EDGES[function]) if function in EDGES else _same_class if function in OVER_CLASSES else None


def function_of(loss: Callable[..., Any]) -> Callable[..., Any]:
    """The function of a loss that is given as a module; any other loss is one."""
    return type(loss).function if isinstance(loss, Loss) else loss


@cache
def _same_sides(edge: float, target_edge: float) -> Callable[[Any, Any], bool]:
    """Right if prediction and target are on the same side of their edges; with several outputs, if all of them are; nan is on none."""

    def correct(prediction: Any, target: Any) -> bool:
        return all(p == p and (p > edge) == (y > target_edge) for p, y in pairs(prediction, target))

    return correct


def _same_class(prediction: Any, target: Any) -> bool:
    numbers = [float(one) for one in prediction]
    if any(map(math.isnan, numbers)):
        return False
    if is_list(target) and len(target) == len(numbers) > 1:  # one-hot, or probabilities
        shares = [float(one) for one in target]
        return numbers.index(max(numbers)) == shares.index(max(shares))
    return numbers.index(max(numbers)) == int(target[0] if is_list(target) else target)
