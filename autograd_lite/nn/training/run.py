"""`Run`: one training from its first epoch, or from a checkpoint, to the rule that ends it."""

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autograd_lite.files import discard_leftovers
from autograd_lite.nn.optim.lr_scheduler import LRScheduler
from autograd_lite.nn.training.checkpoint import read_checkpoint, write_checkpoint
from autograd_lite.nn.training.engines import CompiledEngine, EagerEngine, make_engine
from autograd_lite.nn.training.errors import TrainingError
from autograd_lite.nn.training.history import History
from autograd_lite.nn.training.interrupt import Interrupt
from autograd_lite.nn.training.predicting import assess
from autograd_lite.nn.training.progress import Progress, ProgressLine
from autograd_lite.nn.training.samples import Samples, batches
from autograd_lite.nn.training.step import Step
from autograd_lite.nn.training.stopping import StoppingRules


@dataclass
class Run:
    """The state of one training, and its loop; the arguments are those of `fit`."""

    step: Step
    samples: Samples
    held_out: Samples | None
    batch_size: int
    shuffle: bool
    seed: int
    rules: StoppingRules
    scheduler: LRScheduler | None = None
    restore_best: bool = False
    callbacks: Sequence[Callable[[int, History], Any]] = ()
    checkpoint: str | os.PathLike[str] | None = None
    checkpoint_every: int | None = None
    engine: str = "eager"
    history: History = field(default_factory=History)
    best: dict[str, float] | None = None
    _due_at: float = field(default=-math.inf, init=False, repr=False)  # when the next checkpoint is, by `time.perf_counter`
    _engine: EagerEngine | CompiledEngine = field(init=False, repr=False)

    def resume(self, path: str | os.PathLike[str]) -> None:
        """Go on where the checkpoint at `path` was written."""
        self.history, self.best = read_checkpoint(
            path, self.step.model, self.step.optimizer, self.scheduler, self._settings()
        )
        discard_leftovers(path)
        # The rules may be others now: what ended the earlier run may not end this one.
        self.history.stopped = self.history.reason = ""

    def __call__(self, progress: Progress) -> History:
        """Train until a rule holds."""
        history, model = self.history, self.step.model
        line = ProgressLine(self.rules.epochs, progress, history)
        model.train()
        start = time.perf_counter() - history.seconds
        self._stop(self.rules.check(history))
        try:
            with Interrupt() as interrupt:
                self._engine = make_engine(self.engine, self.step, self.samples, self.rules.epochs)
                while not history.stopped:
                    complete = self._epoch(interrupt, line, start)
                    if not complete:
                        self._stop(("interrupted", f"interrupted in epoch {history.epochs + 1}"))
                        break
                    asked = self._after_epoch(start)
                    self._stop(self.rules.check(history))
                    if interrupt.asked:
                        self._stop(("interrupted", f"interrupted after epoch {history.epochs}"))
                    elif asked:
                        self._stop(("callback", "a callback asked to stop"))
                    if self.checkpoint is not None and (history.stopped or self._due()):
                        self._write_checkpoint(self.checkpoint)
        except TrainingError as error:
            error.history = history
            raise
        if self.restore_best and self.best is not None:
            model.load_state_dict(self.best)
        line.close(history)
        return history

    def _epoch(self, interrupt: Interrupt, line: ProgressLine, start: float) -> bool:
        """One pass over the samples; False if Ctrl-C cut it short, and then it is not in the history."""
        engine, count = self._engine, len(self.samples)
        step, history = self.step, self.history
        total, right, met, rate = 0.0, 0.0, 0, 0.0
        epoch = history.epochs + 1
        engine.begin_epoch()
        for batch in batches(count, self.batch_size, shuffle=self.shuffle, seed=self.seed, epoch=epoch):
            rate = step.optimizer.lr
            loss, correct = engine.take(batch)
            total += loss * len(batch)
            right += correct
            met += len(batch)
            if self.scheduler is not None and self.scheduler.interval == "step":
                self.scheduler.step()
            history.seconds = time.perf_counter() - start
            line.update(history, epoch - 1 + met / count)
            if interrupt.asked and met < count:
                engine.end_epoch()
                return False
        engine.end_epoch()
        history.losses.append(total / count)
        if step.correct is not None:
            history.accuracies.append(right / count)
        history.grad_norms.append(step.norm)
        history.learning_rates.append(rate)
        return True

    def _after_epoch(self, start: float) -> bool:
        """Validation, schedule, best weights, callbacks; whether a callback asked to stop."""
        history, model = self.history, self.step.model
        if self.held_out is not None:
            loss, accuracy = assess(model, self.held_out, self.step.loss, self.step.correct)
            history.val_losses.append(loss)
            if accuracy is not None:
                history.val_accuracies.append(accuracy)
        if self.scheduler is not None and self.scheduler.interval == "epoch":
            self.scheduler.step(history.monitored[-1])
        history.seconds = time.perf_counter() - start
        if self.restore_best and history.best_epoch == history.epochs:
            self.best = model.state_dict()
        asked = [bool(callback(history.epochs, history)) for callback in self.callbacks]
        return any(asked)

    def _stop(self, why: tuple[str, str] | None) -> None:
        if why is not None and not self.history.stopped:
            self.history.stopped, self.history.reason = why

    def _settings(self) -> dict[str, Any]:
        return {
            "samples": len(self.samples),
            "validation_samples": 0 if self.held_out is None else len(self.held_out),
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
            "seed": self.seed,
            **self._digests,
        }

    @cached_property
    def _digests(self) -> dict[str, str | None]:
        """What the data are known by: worked out once, and only for a checkpoint."""
        return {
            "data": self.samples.digest(),
            "validation_data": None if self.held_out is None else self.held_out.digest(),
        }

    def _due(self) -> bool:
        """Whether the checkpoint is to be written after this epoch."""
        if self.checkpoint_every is None:
            return time.perf_counter() >= self._due_at
        return self.history.epochs % self.checkpoint_every == 0

    def _write_checkpoint(self, path: str | os.PathLike[str]) -> None:
        start = time.perf_counter()
        write_checkpoint(
            path, self.step.model, self.step.optimizer, self.scheduler, self.history, self.best, self._settings()
        )
        end = time.perf_counter()
        # A compiled epoch can be shorter than the writing of it; so at most a twentieth of the time goes into writing.
        self._due_at = end + 19.0 * (end - start)
