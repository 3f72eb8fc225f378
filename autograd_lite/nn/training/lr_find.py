"""`lr_find`: try rising learning rates for a while and look where the loss falls fastest (Smith 2017)."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.passes import restore_grads, saved_grads
from autograd_lite.nn.losses.names import loss_function
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.training.checkpoint import TrainingState
from autograd_lite.nn.training.data import TrainingData
from autograd_lite.nn.training.eager import EagerEngine
from autograd_lite.nn.training.errors import TrainingError
from autograd_lite.nn.training.fit import optimizer_of
from autograd_lite.nn.training.samples import read_samples


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
    optimizer: Optimizer | str,
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
    optimizer : Optimizer or str
        Of the model, or its name as for `fit`; it, the model and its dropout are afterwards as they were.
    start, end : float
        The first and the last rate, 0 < start < end.
    steps : int, default 60
        At least 3.  It ends early once the loss is above the lowest by three times its size, or not finite.
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
    optimizer = optimizer_of(optimizer, model)
    samples = read_samples(xs, ys)
    data = TrainingData(samples, batch_size=batch_size, seed=seed)
    engine = EagerEngine(model, loss_function(loss), optimizer, samples)
    state, parameters = TrainingState(model, optimizer), model.parameters()
    weights, before, grads = model.state_dict(), state.to_dict(), saved_grads(parameters)
    found = LRFinder([], [], None)
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.train()
        rates = (start * (end / start) ** (k / (steps - 1)) for k in range(steps))
        for rate, smoothed in _tried(engine, data, rates, smoothing):
            found.lrs.append(rate)
            found.losses.append(smoothed)
            lowest = min(found.losses)
            if smoothed > lowest + 3.0 * abs(lowest):
                break
    finally:
        for module, mode in modes:
            module.training = mode
        model.load_state_dict(weights)
        state.restore(before)
        restore_grads(parameters, grads)
    found.suggestion = _steepest(found.lrs, found.losses)
    return found


def _tried(
    engine: EagerEngine, data: TrainingData, rates: Iterable[float], smoothing: float
) -> Iterator[tuple[float, float]]:
    """A step at each rate, and the running mean of the losses; it ends where a number is no number any more."""
    mean = 0.0
    dealt = itertools.chain.from_iterable(map(data.batches, itertools.count(1)))
    for k, (rate, batch) in enumerate(zip(rates, dealt, strict=False), 1):
        for group in engine.optimizer.param_groups:
            group["lr"] = rate
        try:
            loss, _ = engine.take(batch)
        except TrainingError:
            return
        mean = smoothing * mean + (1.0 - smoothing) * loss
        # The mean began at 0; this takes that out again.
        yield rate, mean / (1.0 - smoothing**k)


def _steepest(lrs: list[float], losses: list[float]) -> float | None:
    """Where the loss falls fastest before its lowest point; the rates are evenly spaced in their logarithm."""
    lowest = losses.index(min(losses)) if losses else 0
    falls = [(losses[k + 1] - losses[k - 1], lrs[k]) for k in range(1, lowest)]
    fall, rate = min(falls, default=(0.0, 0.0))
    return rate if fall < 0.0 else None
