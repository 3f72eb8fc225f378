"""The loop of document and lecture: forward, loss, backward, update, until a stopping rule holds."""

import contextlib
import gc
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import autograd_lite
from autograd_lite.nn.module import Module


class Optimizer(Protocol):
    """What `fit` needs of an optimizer."""

    def zero_grad(self) -> None: ...  # noqa: D102
    def step(self) -> None: ...  # noqa: D102


@dataclass
class History:
    """What happened: one entry an epoch, and why it ended.

    Attributes
    ----------
    losses : list of float
        The mean loss over each epoch.
    accuracies : list of float
        The fraction of samples that `correct` accepted; empty without it.
    grad_norms : list of float
        The Euclidean norm of the last gradient of each epoch.
    reason : str
        Which stopping rule ended it.
    seconds : float
        How long it took.
    """

    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    grad_norms: list[float] = field(default_factory=list)
    reason: str = ""
    seconds: float = 0.0

    @property
    def epochs(self) -> int:
        """The number of epochs that were run."""
        return len(self.losses)


def fit(
    model: Module,
    xs: Sequence[Sequence[float]],
    ys: Sequence[Any],
    *,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    epochs: int = 100,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    target_loss: float | None = None,
    patience: int | None = None,
    min_delta: float = 0.0,
    grad_norm: float | None = None,
    correct: Callable[[Any, Any], bool] | None = None,
    on_epoch: Callable[[int, History], None] | None = None,
) -> History:
    """Train `model` until a stopping rule holds.

    Parameters
    ----------
    model : Module
        Called with one row of `xs`.
    xs : sequence of rows of float
    ys : sequence of targets
        As many as rows.
    loss : callable
        loss(prediction, target) for one sample.
    optimizer : Optimizer
    epochs : int, default 100
        The most passes over the data.
    batch_size : int, optional
        Samples for each update; all of them if not given.
    shuffle : bool, default True
        Draw the batches anew each epoch, from `seed`.
    target_loss : float, optional
        Stop when the loss of an epoch is at or below it.
    patience : int, optional
        Stop after so many epochs without an improvement by more than `min_delta`.
    grad_norm : float, optional
        Stop when the norm of the gradient is at or below it.
    correct : callable, optional
        correct(prediction, target): whether a prediction counts as right, for the accuracy.
    on_epoch : callable, optional
        Called after each epoch with its number (from 1) and the history so far.

    Returns
    -------
    History
        Ctrl-C ends training after the step, with the model and the history as they are then.

    Raises
    ------
    ValueError
        If there are no samples, or as many targets as rows there are not.
    FloatingPointError
        If the loss is nan or infinite; the parameters are those before that step.
    """
    if not xs or len(xs) != len(ys):
        raise ValueError(f"training takes at least one row and a target for each; not {len(xs)} rows and {len(ys)} targets")
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"a batch has at least 1 sample, not {batch_size}")
    history = History()
    rng = random.Random(seed)
    order = list(range(len(xs)))
    size = batch_size or len(xs)
    best, waited = math.inf, 0
    parameters = model.parameters()
    start = time.perf_counter()
    history.reason = f"all {epochs} epochs done"
    for epoch in range(1, epochs + 1):
        if shuffle and size < len(xs):
            rng.shuffle(order)
        total, right, interrupted = 0.0, 0, False
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            try:
                with _without_collector():
                    batch_loss, batch_right = _step(model, xs, ys, batch, loss, optimizer, correct)
            except KeyboardInterrupt:
                interrupted = True
                break
            total += batch_loss * len(batch)
            right += batch_right
        if interrupted:
            history.reason = "interrupted"
            break
        history.losses.append(total / len(xs))
        if correct is not None:
            history.accuracies.append(right / len(xs))
        history.grad_norms.append(math.sqrt(math.fsum(p.grad * p.grad for p in parameters)))
        history.seconds = time.perf_counter() - start
        if on_epoch is not None:
            on_epoch(epoch, history)
        waited = 0 if history.losses[-1] < best - min_delta else waited + 1
        best = min(best, history.losses[-1])
        if target_loss is not None and history.losses[-1] <= target_loss:
            history.reason = f"the loss reached {target_loss:g}"
            break
        if grad_norm is not None and history.grad_norms[-1] <= grad_norm:
            history.reason = f"the norm of the gradient reached {grad_norm:g}"
            break
        if patience is not None and waited >= patience:
            history.reason = f"no improvement for {patience} epochs"
            break
    history.seconds = time.perf_counter() - start
    return history


def _step(
    model: Any,
    xs: Sequence[Any],
    ys: Sequence[Any],
    batch: list[int],
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    correct: Callable[[Any, Any], bool] | None,
) -> tuple[float, int]:
    predictions = [model(xs[k]) for k in batch]
    mean = autograd_lite.mean([loss(p, ys[k]) for p, k in zip(predictions, batch, strict=True)])
    if not math.isfinite(mean.data):
        raise FloatingPointError(f"the loss is {mean.data}: a smaller learning rate or scaled inputs usually help")
    optimizer.zero_grad()
    mean.backward()
    optimizer.step()
    right = sum(bool(correct(p, ys[k])) for p, k in zip(predictions, batch, strict=True)) if correct else 0
    return mean.data, right


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Graphs have no cycles, so reference counts free them; the collector would only walk them again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
