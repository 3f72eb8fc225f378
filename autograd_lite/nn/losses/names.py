"""Losses by name, and for each what counts as a right answer."""

from collections.abc import Callable
from typing import Any

from autograd_lite.nn.losses import binary, classes, modules, regression
from autograd_lite.nn.losses.shapes import is_list, pairs
from autograd_lite.nn.unknown import unknown

#: The losses that can be named, as in `fit(loss="mse")`.
LOSSES: dict[str, Callable[..., Any]] = {
    "mse": regression.mse,
    "mae": regression.mae,
    "huber": regression.huber,
    "bce": binary.bce,
    "bce_with_logits": binary.bce_with_logits,
    "cross_entropy": classes.cross_entropy,
    "nll": classes.nll,
    "hinge": binary.hinge,
    "kl_div": classes.kl_div,
}


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

    >>> correct_for(binary.bce_with_logits)(-0.3, 0.0), correct_for(classes.cross_entropy)([1.0, 3.0], 1)
    (True, True)
    """
    if isinstance(loss, modules.Loss):
        loss = type(loss).function
    return _CORRECT.get(loss)


def _all_sides(edge: float, target_edge: float) -> Callable[[Any, Any], bool]:
    """Right if prediction and target are on the same side of their edges; with several outputs, if all of them are."""

    def correct(prediction: Any, target: Any) -> bool:
        if not is_list(prediction) and not is_list(target):
            return bool((prediction > edge) == (target > target_edge))
        return all((p > edge) == (y > target_edge) for p, y in pairs(prediction, target))

    return correct


def _class_correct(prediction: Any, target: Any) -> bool:
    numbers = [float(one) for one in prediction]
    if is_list(target) and len(target) == len(numbers) > 1:  # one-hot, or probabilities
        shares = [float(one) for one in target]
        return numbers.index(max(numbers)) == shares.index(max(shares))
    return numbers.index(max(numbers)) == int(target[0] if is_list(target) else target)


_CORRECT: dict[Callable[..., Any], Callable[[Any, Any], bool]] = {
    binary.bce: _all_sides(0.5, 0.5),
    binary.bce_with_logits: _all_sides(0.0, 0.5),
    binary.hinge: _all_sides(0.0, 0.0),
    classes.cross_entropy: _class_correct,
    classes.nll: _class_correct,
}
