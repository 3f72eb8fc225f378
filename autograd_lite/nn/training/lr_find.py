"""`lr_find`: try rising learning rates for a while and look where the loss falls fastest (Smith 2017)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd_lite.nn.losses.names import loss_function
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.training.errors import TrainingError
from autograd_lite.nn.training.samples import batches, read_samples
from autograd_lite.nn.training.step import Step


@dataclass
class LRFinder:
    """What was tried.

    Attributes
    ----------
    lrs, losses : list of float
        The rates, and the smoothed loss that each step found.
    suggestion : float or None
        The rate at which the loss fell fastest over the logarithm of the rate; None if it never fell.
    """

    lrs: list[float]
    losses: list[float]
    suggestion: float | None


def lr_find(
    model: Module,
    xs: Any,
    ys: Any,
    *,
    loss: str | Callable[[Any, Any], Any],
    optimizer: Optimizer,
    start: float = 1e-5,
    end: float = 10.0,
    steps: int = 60,
    batch_size: int | None = None,
    smoothing: float = 0.5,
    seed: int = 0,
) -> LRFinder:
    """Train for a few steps while the learning rate rises, each by the same factor; then put everything back.

    Parameters
    ----------
    model, xs, ys, loss, batch_size, seed
        As for `fit`.
    optimizer : Optimizer
        Of the model; it, the model and its dropout are afterwards as they were.
    start, end : float
        The first and the last rate, 0 < start < end.
    steps : int, default 60
        At least 3.  It ends early once the loss is four times the lowest, or not finite.
    smoothing : float, default 0.5
        In [0, 1): the weight of the past in the running mean of the losses.

    Raises
    ------
    ValueError
        If an argument makes no sense.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> model = nn.Linear(1, 1, seed=0)
    >>> xs, ys = [[-1.0], [0.0], [1.0]], [-1.0, 1.0, 3.0]
    >>> found = nn.lr_find(model, xs, ys, loss="mse", optimizer=nn.optim.SGD(model, lr=0.1))
    >>> 0.001 < found.suggestion < 1.0
    True
    """
    if not 0.0 < start < end < math.inf or steps < 3 or not 0.0 <= smoothing < 1.0:
        raise ValueError(
            f"lr_find takes 0 < start < end, steps >= 3 and 0 <= smoothing < 1; not {start!r}, {end!r}, {steps!r}, {smoothing!r}"
        )
    samples = read_samples(xs, ys)
    size = len(samples) if batch_size is None else batch_size
    if size < 1:
        raise ValueError(f"batch_size is a whole number, at least 1; not {batch_size!r}")
    step = Step(model, loss_function(loss), optimizer)
    undo = (
        model.state_dict(),
        optimizer.state_dict(),
        [(one, one.get_extra_state(), one.training) for one in model.modules()],
    )
    grads = [(one, one.grad if one.has_grad else None) for one in model.parameters()]
    lrs: list[float] = []
    losses: list[float] = []
    mean, epoch = 0.0, 0
    queue: list[Any] = []
    try:
        model.train()
        for k in range(steps):
            if not queue:
                epoch += 1
                queue = list(batches(len(samples), size, shuffle=True, seed=seed, epoch=epoch))
            batch = queue.pop(0)
            rate = start * (end / start) ** (k / (steps - 1))
            for group in optimizer.param_groups:
                group["lr"] = rate
            try:
                found, _ = step(samples.chosen(batch))
            except TrainingError:
                break
            mean = smoothing * mean + (1.0 - smoothing) * found
            lrs.append(rate)
            # The mean began at 0; this takes that out again.
            losses.append(mean / (1.0 - smoothing ** (k + 1)))
            if losses[-1] > 4.0 * min(losses):
                break
    finally:
        model.load_state_dict(undo[0])
        optimizer.load_state_dict(undo[1])
        for module, state, training in undo[2]:
            module.training = training
            if state is not None:
                module.set_extra_state(state)
        for parameter, grad in grads:
            parameter.zero_grad()
            if grad is not None:
                parameter.grad = grad
    return LRFinder(lrs, losses, _steepest(lrs, losses))


def _steepest(lrs: list[float], losses: list[float]) -> float | None:
    """Where the loss falls fastest before its lowest point; the rates are evenly spaced in their logarithm."""
    lowest = losses.index(min(losses)) if losses else 0
    falls = [(losses[k + 1] - losses[k - 1], lrs[k]) for k in range(1, lowest)]
    fall, rate = min(falls, default=(0.0, 0.0))
    return rate if fall < 0.0 else None
