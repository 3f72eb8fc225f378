"""Checkpoints: all that training needs to go on, to the bit, as if it had never been stopped.

A checkpoint is a model file in JSON (`nn.load` reads it as any other) with one entry more, "training": the state of the
optimizer and the schedule, the history, the state of modules that draw random numbers, and the best weights so far.
The order of the samples is not in it, because it is a function of the seed and the number of the epoch.
"""

import os
from collections.abc import Mapping
from typing import Any

from autograd_lite.files import write_atomically
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.optim.lr_scheduler import LRScheduler
from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.saving.files import contents_of, read, set_tensors
from autograd_lite.nn.saving.formats import ModelFileError, flatten, to_json
from autograd_lite.nn.training.history import History

#: The settings that are digests, and what of.
_DIGESTS = {"data": "rows, targets or weights", "validation_data": "validation data"}


def write_checkpoint(
    path: str | os.PathLike[str],
    model: Module,
    optimizer: Optimizer,
    scheduler: LRScheduler | None,
    history: History,
    best: Mapping[str, float] | None,
    settings: Mapping[str, Any],
) -> None:
    """Write where training is, in the place of an earlier checkpoint, in one move.

    Parameters
    ----------
    settings : mapping
        What must be the same in the run that goes on: the data (by `Samples.digest`), the size of batches, the seed.
    """
    contents = contents_of(model)
    contents.training = {
        "settings": dict(settings),
        "history": history.to_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": None if scheduler is None else scheduler.state_dict(),
        "extra_states": [module.get_extra_state() for module in model.modules()],
        "best": None if best is None else dict(best),
    }
    write_atomically(path, to_json(contents))


def read_checkpoint(
    path: str | os.PathLike[str],
    model: Module,
    optimizer: Optimizer,
    scheduler: LRScheduler | None,
    settings: Mapping[str, Any],
) -> tuple[History, dict[str, float] | None]:
    """Put everything back as it was when the checkpoint was written.

    Returns
    -------
    (History, dict or None)
        The history, and the best weights so far.

    Raises
    ------
    ModelFileError
        If the file is damaged, no checkpoint, or of another training; nothing has changed then.
    OSError
        If it cannot be read.
    """
    contents = read(path)
    undo = (
        model.state_dict(),
        optimizer.state_dict(),
        None if scheduler is None else scheduler.state_dict(),
        [module.get_extra_state() for module in model.modules()],
    )
    try:
        training = contents.training
        if training is None:
            raise ModelFileError("it is a saved model, no checkpoint: nn.load reads it")
        was = training["settings"]
        for name, value in settings.items():
            if name in _DIGESTS:
                if was.get(name, value) != value:  # earlier versions wrote none
                    raise ModelFileError(
                        f"it was trained with other {_DIGESTS[name]} than are given now: "
                        "give those of the first run, or start anew with another file"
                    )
            elif was[name] != value:
                raise ModelFileError(f"it is of a training with {name} = {was[name]!r}, this one has {value!r}")
        history = History.from_dict(training["history"])
        best = training["best"]
        if best is not None and best.keys() != undo[0].keys():
            raise ModelFileError("its best weights are those of another model")
        set_tensors(model, {name: flatten(name, tensor) for name, tensor in contents.tensors.items()})
        _restore(model, optimizer, scheduler, training["optimizer"], training["scheduler"], training["extra_states"])
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        model.load_state_dict(undo[0])
        _restore(model, optimizer, scheduler, *undo[1:])
        raise ModelFileError(f"{os.fspath(path)} cannot be resumed: {_reason(error)}") from error
    return history, best


def _restore(
    model: Module,
    optimizer: Optimizer,
    scheduler: LRScheduler | None,
    optimizer_state: Any,
    scheduler_state: Any,
    extra_states: list[Any],
) -> None:
    if (scheduler is None) != (scheduler_state is None):
        raise ModelFileError(f"it was written {'with' if scheduler is None else 'without'} a schedule of the learning rate")
    if scheduler is not None:
        scheduler.load_state_dict(scheduler_state)
    # After the schedule, which sets rates: the optimizer knows what they were, a plateau's reductions included.
    optimizer.load_state_dict(optimizer_state)
    for module, state in zip(model.modules(), extra_states, strict=True):
        if state is not None:
            module.set_extra_state(state)


def _reason(error: Exception) -> str:
    return f"it has no {error}" if isinstance(error, KeyError) else str(error)
