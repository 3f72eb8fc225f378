"""`fit`: forward, loss, backward, update; repeated until a stopping rule holds."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from autograd_lite.nn.losses.names import correct_for, loss_function
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.optim import OPTIMIZERS
from autograd_lite.nn.optim.lr_scheduler import LRScheduler
from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.training.errors import TrainingError
from autograd_lite.nn.training.history import History
from autograd_lite.nn.training.interrupt import Interrupt
from autograd_lite.nn.training.predicting import evaluate
from autograd_lite.nn.training.progress import Progress, ProgressLine
from autograd_lite.nn.training.samples import batches, read_samples, split
from autograd_lite.nn.training.step import Step
from autograd_lite.nn.training.stopping import StoppingRules


def fit(
    model: Module,
    xs: Any,
    ys: Any,
    *,
    loss: str | Callable[[Any, Any], Any],
    optimizer: Optimizer | str = "sgd",
    lr: float | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    validation: float | tuple[Any, Any] | None = None,
    correct: Callable[[Any, Any], bool] | None = None,
    regularizer: Callable[[Module], Any] | None = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    scheduler: LRScheduler | None = None,
    target_loss: float | None = None,
    patience: int | None = None,
    min_delta: float = 0.0,
    grad_norm: float | None = None,
    max_seconds: float | None = None,
    restore_best: bool = False,
    callbacks: Iterable[Callable[[int, History], Any]] = (),
    progress: Progress = "auto",
) -> History:
    """Train `model` until a stopping rule holds.

    Parameters
    ----------
    model : Module
        Called with one row of `xs`.
    xs : sequence of rows of float
        Lists, or an array or table of NumPy or pandas.
    ys : sequence of targets
        One for each row, as the loss wants them.
    loss : str or callable
        A name of `nn.LOSSES`, or loss(prediction, target) for one sample; the mean over a batch is minimised.
    optimizer : Optimizer or str, default "sgd"
        A name of `nn.optim.OPTIMIZERS` makes one with its defaults and `lr`.
    lr : float, optional
        The learning rate, for an optimizer given by name.
    epochs : int, default 100
        The most passes over the data.
    batch_size : int, optional
        Samples for each update: all of them if left out, 1 for online learning.
    shuffle : bool, default True
        Deal the batches anew in each epoch, from `seed`.
    seed : int, default 0
    validation : (xs, ys) or float, optional
        Data to watch and not to train on; a fraction takes it out of `xs` and `ys`.
    correct : callable, optional
        correct(prediction, target): whether an answer is right, for the accuracy; known for the losses of classification.
    regularizer : callable, optional
        A penalty of the model, added to the loss of each batch, such as `nn.L2(1e-4)`.
    clip_norm, clip_value : float, optional
        The longest gradient, the largest partial derivative; longer and larger ones are clipped.
    scheduler : LRScheduler, optional
        Of the optimizer; it is stepped once an epoch, or once an update if it is made for that.
    target_loss : float, optional
        Stop when the loss (the validation loss, if there is one) of an epoch is at or below it.
    patience : int, optional
        Stop after so many epochs without an improvement (of the validation loss, if there is one) by more than `min_delta`.
    grad_norm : float, optional
        Stop when the norm of the gradient is at or below it.
    max_seconds : float, optional
        Stop after the epoch in which this time is over.
    restore_best : bool, default False
        Leave the model as it was after the epoch with the lowest (validation) loss.
    callbacks : iterable of callable, optional
        callback(epoch, history) after each epoch, numbered from 1; one that returns True ends training.
    progress : bool or "auto", default "auto"
        A line on stderr; "auto" if that is a terminal.

    Returns
    -------
    History
        Ctrl-C ends training after the step that is being done; the model stays as it is then, the history has the epochs
        that were completed.

    Raises
    ------
    ValueError, TypeError
        If an argument makes no sense.
    TrainingError
        If the loss or a gradient becomes nan or infinite; it names the operation where that began, and has the history.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
    >>> xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> history = nn.fit(model, xs, ys, loss="bce_with_logits", optimizer="adam", lr=0.1, target_loss=0.05, epochs=500)
    >>> history.reason, history.accuracies[-1]
    ('the loss reached 0.05', 1.0)
    """
    samples = read_samples(xs, ys)
    held_out = None
    if isinstance(validation, float | int):
        samples, held_out = split(samples, validation, seed)
    elif validation is not None:
        held_out = read_samples(*validation, "validation")
    rows, targets = samples
    size = len(rows) if batch_size is None else batch_size
    if isinstance(size, bool) or not hasattr(size, "__index__") or size < 1:
        raise ValueError(f"batch_size is a whole number, at least 1; not {batch_size!r}")
    rules = StoppingRules(epochs, target_loss, patience, min_delta, grad_norm, max_seconds)
    function = loss_function(loss)
    correct = correct or correct_for(function)
    optimizer = _optimizer(optimizer, model, lr)
    step = Step(model, function, optimizer, correct, regularizer, clip_norm, clip_value)
    history = History()
    best: dict[str, float] | None = None
    line = ProgressLine(epochs, progress)
    model.train()
    start = time.perf_counter() - history.seconds
    try:
        with Interrupt() as interrupt:
            while not history.stopped:
                epoch = history.epochs + 1
                total, right, met = 0.0, 0, 0
                for batch in batches(len(rows), size, shuffle=shuffle, seed=seed, epoch=epoch):
                    batch_loss, batch_right = step([rows[k] for k in batch], [targets[k] for k in batch])
                    total += batch_loss * len(batch)
                    right += batch_right
                    met += len(batch)
                    rate = optimizer.lr
                    if scheduler is not None and scheduler.interval == "step":
                        scheduler.step()
                    history.seconds = time.perf_counter() - start
                    line.update(history, epoch - 1 + met / len(rows))
                    if interrupt.asked:
                        break
                if interrupt.asked and met < len(rows):
                    history.stopped, history.reason = "interrupted", f"interrupted in epoch {epoch}"
                    break
                history.losses.append(total / len(rows))
                if correct is not None:
                    history.accuracies.append(right / len(rows))
                history.grad_norms.append(step.norm)
                history.learning_rates.append(rate)
                if held_out is not None:
                    val_loss, val_accuracy = evaluate(model, *held_out, loss=function, correct=correct)
                    history.val_losses.append(val_loss)
                    if val_accuracy is not None:
                        history.val_accuracies.append(val_accuracy)
                if scheduler is not None and scheduler.interval == "epoch":
                    scheduler.step(history.monitored[-1])
                history.seconds = time.perf_counter() - start
                if restore_best and history.best_epoch == epoch:
                    best = model.state_dict()
                asked = [bool(callback(epoch, history)) for callback in callbacks]
                ended = rules.check(history)
                if ended is not None:
                    history.stopped, history.reason = ended
                elif any(asked):
                    history.stopped, history.reason = "callback", "a callback asked to stop"
                elif interrupt.asked:
                    history.stopped, history.reason = "interrupted", f"interrupted after epoch {epoch}"
    except TrainingError as error:
        error.history = history
        raise
    if best is not None:
        model.load_state_dict(best)
    line.close(history)
    return history


def _optimizer(optimizer: Optimizer | str, model: Module, lr: float | None) -> Optimizer:
    if isinstance(optimizer, str):
        if optimizer.lower() not in OPTIMIZERS:
            raise ValueError(f"there is no optimizer called {optimizer!r}; there are {', '.join(OPTIMIZERS)}")
        options: dict[str, Any] = {} if lr is None else {"lr": lr}
        return OPTIMIZERS[optimizer.lower()](model, **options)
    if lr is not None:
        raise ValueError(f"lr={lr!r} goes with an optimizer given by name; {type(optimizer).__name__} has its own lr")
    return optimizer
