"""Checkpoints: all that training needs to go on, to the bit, as if it had never been stopped.

A checkpoint is a model file in JSON (`nn.load` reads it as any other) with one entry more, "training": the state of the
optimizer and the schedule, the history, the state of modules that draw random numbers, and the best weights so far.
The order of the samples is not in it, because it is a function of the seed and the number of the epoch.
"""

import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autograd_lite.files import discard_leftovers, write_atomically
from autograd_lite.nn.arguments import check_count, is_finite
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.optim.lr_scheduler import LRScheduler
from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.saving.files import Path_, contents_of, read, set_tensors
from autograd_lite.nn.saving.formats import ModelFileError, flatten, to_json
from autograd_lite.nn.training.data import TrainingData
from autograd_lite.nn.training.history import History
from autograd_lite.terminal import printable, said

#: The settings that are digests, and what of.
_DIGESTS = {"data": "rows, targets or weights", "validation_data": "validation data"}


@dataclass(frozen=True)
class TrainingState:
    """What training changes."""

    model: Module
    optimizer: Optimizer
    scheduler: LRScheduler | None = None

    def to_dict(self) -> dict[str, Any]:
        """All of it but the weights, as plain data: a copy."""
        return {
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "extra_states": [module.get_extra_state() for module in self.model.modules()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `to_dict` gave.

        Raises
        ------
        ValueError
            If it is of other things, or only one of the two has a schedule.
        """
        if (self.scheduler is None) != (state["scheduler"] is None):
            which = "with" if self.scheduler is None else "without"
            raise ModelFileError(f"it was written {which} a schedule of the learning rate")
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        # After the schedule, which sets rates: the optimizer knows what they were, a plateau's reductions included.
        self.optimizer.load_state_dict(state["optimizer"])
        for module, extra in zip(self.model.modules(), state["extra_states"], strict=True):
            if extra is not None and type(module).set_extra_state is Module.set_extra_state:
                raise ModelFileError(f"what it says of {type(module).__name__} is that of another kind of module")
            if (
                extra is not None or module.get_extra_state() is not None
            ):  # which one of somebody's own may not have at first
                module.set_extra_state(extra)


@dataclass
class Checkpoints:
    """Where training is kept, how often, and where it goes on from; see `fit`."""

    path: Path_ | None = None
    every: int | None = None
    resume: bool | Path_ = False
    _due_at: float = field(default=-math.inf, init=False, repr=False)  # by `time.perf_counter`

    def __post_init__(self) -> None:
        if self.every is not None:
            check_count("checkpoint_every", self.every)
        if self.resume is True and self.path is None:
            raise ValueError("resume=True goes on from a checkpoint: say checkpoint=path, or resume=path")

    @property
    def source(self) -> Path_ | None:
        """The file to go on from; None to begin anew."""
        if self.resume is True:
            return self.path if self.path is not None and os.path.exists(self.path) else None
        return None if self.resume is False else self.resume

    def due(self, history: History) -> bool:
        """Whether one is to be written after this epoch."""
        if self.path is None or history.stopped:
            return self.path is not None
        if self.every is None:
            return time.perf_counter() >= self._due_at
        return history.epochs % self.every == 0

    def write(self, state: TrainingState, history: History, best: Mapping[str, float] | None, data: TrainingData) -> None:
        """Write where training is, in the place of an earlier checkpoint, in one move."""
        assert self.path is not None
        start = time.perf_counter()
        contents = contents_of(state.model)
        contents.training = {
            "settings": data.settings,
            "history": history.to_dict(),
            **state.to_dict(),
            "best": None if best is None else dict(best),
        }
        write_atomically(self.path, to_json(contents))
        end = time.perf_counter()
        # A compiled epoch can be shorter than the writing of it; so at most a twentieth of the time goes into writing.
        self._due_at = end + 19.0 * (end - start)

    def read(self, state: TrainingState, data: TrainingData) -> tuple[History, dict[str, float] | None]:
        """Put everything back as it was when the checkpoint to go on from was written, if there is one.

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
        path = self.source
        if path is None:
            return History(), None
        contents = read(path)
        weights, before = state.model.state_dict(), state.to_dict()
        try:
            training = contents.training
            if training is None:
                raise ModelFileError("it is a saved model, no checkpoint: nn.load reads it")
            _check_settings(training["settings"], data.settings)
            history = History.from_dict(training["history"])
            best = training["best"]
            if best is not None and best.keys() != weights.keys():
                raise ModelFileError("its best weights are those of another model")
            if best is not None and not all(map(is_finite, best.values())):
                raise ModelFileError("its best weights are not all finite numbers")
            set_tensors(state.model, {name: flatten(name, tensor) for name, tensor in contents.tensors.items()})
            state.restore(training)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
            state.model.load_state_dict(weights)
            state.restore(before)
            reason = f"it has no {error}" if isinstance(error, KeyError) else said(error)
            raise ModelFileError(f"{printable(os.fspath(path))} cannot be resumed: {reason}") from error
        discard_leftovers(path)
        return history, best


def _check_settings(was: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    for name, value in settings.items():
        if name in _DIGESTS:
            if was.get(name, value) != value:  # earlier versions wrote none
                raise ModelFileError(
                    f"it was trained with other {_DIGESTS[name]} than are given now: "
                    "give those of the first run, or start anew with another file"
                )
        elif was[name] != value:
            raise ModelFileError(f"it is of a training with {name} = {was[name]!r}, this one has {value!r}")
