"""`fit`: forward, loss, backward, update; repeated until a stopping rule holds."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd_lite.nn.arguments import unknown
from autograd_lite.nn.losses.names import correct_for, loss_function
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.optim import OPTIMIZERS
from autograd_lite.nn.optim.lr_scheduler import LRScheduler
from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.training.checkpoint import Checkpoints
from autograd_lite.nn.training.data import TrainingData
from autograd_lite.nn.training.eager import EagerEngine
from autograd_lite.nn.training.history import History
from autograd_lite.nn.training.progress import Progress
from autograd_lite.nn.training.run import Run
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
    validation: float | tuple[Any, ...] | None = None,
    sample_weight: Sequence[float] | None = None,
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
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int | None = None,
    resume: bool | str | os.PathLike[str] = False,
    engine: str = "auto",
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
    validation : (xs, ys) or (xs, ys, weights) or float, optional
        Data to watch and not to train on; a fraction takes it out of `xs` and `ys`.
    sample_weight : sequence of float, optional
        What each sample counts, in the loss and in the accuracy: with 2 as much as two of the others, with 0 nothing.
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
    checkpoint : path, optional
        A file to keep the state of training in, written in one move; it is a model file in JSON, too (`nn.load`).
    checkpoint_every : int, optional
        After how many epochs it is written anew; and at the end.  If left out: after the first epoch, and then as often as takes a
        twentieth of the time.
    resume : bool or path, default False
        Go on from a checkpoint, to the bit: True from `checkpoint` if that file exists, a path from another one.  Model,
        optimizer and data must be made as they were for the first run; other data are refused.
    engine : {"auto", "eager", "python", "llvm"}, default "auto"
        What takes the steps.  "python" and "llvm" compile the training step (the latter needs llvmlite) and give the same
        history within rounding; "auto" compiles where that pays, by the number of parameters, samples and epochs, and takes
        the eager engine for whatever cannot be compiled.  What was compiled is said in the log at debug level.

    Returns
    -------
    History
        Ctrl-C ends training after the step that is being done; the model stays as it is then, the history has the epochs
        that were completed.

    Raises
    ------
    ValueError, TypeError
        If an argument makes no sense.
    ModelFileError
        If what is to be resumed is damaged, of another training or of other data.
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
    if not isinstance(model, Module):
        raise TypeError(f"fit trains a Module, such as nn.MLP(2, [8, 1]); not {type(model).__name__}")
    data = TrainingData.read(xs, ys, sample_weight, validation, batch_size=batch_size, shuffle=shuffle, seed=seed)
    function, mover = loss_function(loss), optimizer_of(optimizer, model, lr)
    if scheduler is not None and scheduler.optimizer is not mover:
        raise ValueError("the scheduler is of another optimizer: make it of the one that is given as optimizer=")
    right = correct or correct_for(function)
    return Run(
        EagerEngine(model, function, mover, data.samples, right, regularizer, clip_norm, clip_value),
        data,
        StoppingRules(epochs, target_loss, patience, min_delta, grad_norm, max_seconds),
        Checkpoints(checkpoint, checkpoint_every, resume),
        scheduler,
        restore_best,
        tuple(callbacks),
        engine,
    )(progress)


def optimizer_of(optimizer: Optimizer | str, model: Module, lr: float | None = None) -> Optimizer:
    """The optimizer that is given, or one of the model by its name."""
    if isinstance(optimizer, str):
        if optimizer.lower() not in OPTIMIZERS:
            raise ValueError(unknown("optimizer", optimizer, OPTIMIZERS))
        options: dict[str, Any] = {} if lr is None else {"lr": lr}
        return OPTIMIZERS[optimizer.lower()](model, **options)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"optimizer is a name, or an optimizer of the model, as in optimizer=nn.optim.SGD(model, lr=0.1); not {optimizer!r}"
        )
    if lr is not None:
        raise ValueError(f"lr={lr!r} goes with an optimizer given by name; {type(optimizer).__name__} has its own lr")
    return optimizer
