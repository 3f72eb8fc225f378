"""`Run`: one training from its first epoch, or from a checkpoint, to the rule that ends it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite.nn.optim.lr_scheduler import LRScheduler
from autograd_lite.nn.training.checkpoint import Checkpoints, TrainingState
from autograd_lite.nn.training.compiled import CompiledEngine
from autograd_lite.nn.training.data import TrainingData
from autograd_lite.nn.training.eager import ADVICE, EagerEngine
from autograd_lite.nn.training.engines import make_engine
from autograd_lite.nn.training.errors import TrainingError, out_of_range
from autograd_lite.nn.training.history import History
from autograd_lite.nn.training.interrupt import Interrupt
from autograd_lite.nn.training.predicting import Assessment
from autograd_lite.nn.training.progress import Progress, ProgressLine
from autograd_lite.nn.training.stopping import StoppingRules


@dataclass
class Run:
    """One training: what `fit` was given, in groups, and how far it is."""

    eager: EagerEngine
    data: TrainingData
    rules: StoppingRules
    checkpoints: Checkpoints
    scheduler: LRScheduler | None
    restore_best: bool
    callbacks: Sequence[Callable[[int, History], Any]]
    engine: str
    history: History = field(default_factory=History, init=False)
    best: dict[str, float] | None = field(default=None, init=False)
    assess: Assessment = field(init=False)

    def __call__(self, progress: Progress) -> History:
        """Train until a rule holds."""
        model, state = self.eager.model, TrainingState(self.eager.model, self.eager.optimizer, self.scheduler)
        history, self.best = self.checkpoints.read(state, self.data)
        # The rules may be others now: what ended the earlier run may not end this one.
        history.stopped = history.reason = ""
        self.history = history
        if self.data.held_out is not None:
            self.assess = Assessment(model, self.data.held_out, self.eager.loss, self.eager.correct)
        line = ProgressLine(self.rules.epochs, progress, history)
        model.train()
        start = time.perf_counter() - history.seconds
        self._stop(self.rules.check(history))
        try:
            with Interrupt() as interrupt:
                engine = make_engine(self.engine, self.eager, self.rules.epochs)
                try:
                    while not history.stopped:
                        if not self._epoch(engine, interrupt, line, start):
                            self._stop(("interrupted", f"interrupted in epoch {history.epochs + 1}"))
                            break
                        self._after(engine, interrupt, state, start)
                finally:
                    engine.settle()
        except TrainingError as error:
            error.history = history
            raise
        if self.restore_best and self.best is not None:
            model.load_state_dict(self.best)
        line.close(history)
        return history

    def _after(self, engine: EagerEngine | CompiledEngine, interrupt: Interrupt, state: TrainingState, start: float) -> None:
        """What comes after an epoch; parameters are brought to where Python looks for them only if something of it looks."""
        history = self.history
        if self.data.held_out is not None or self.callbacks or self.restore_best or self.scheduler is not None:
            engine.settle()
        asked = self._after_epoch(start)
        self._stop(self.rules.check(history))
        if interrupt.asked:
            self._stop(("interrupted", f"interrupted after epoch {history.epochs}"))
        elif asked:
            self._stop(("callback", "a callback asked to stop"))
        if self.checkpoints.due(history):
            engine.settle()
            self.checkpoints.write(state, history, self.best, self.data)

    def _epoch(self, engine: EagerEngine | CompiledEngine, interrupt: Interrupt, line: ProgressLine, start: float) -> bool:
        """One pass over the samples; False if Ctrl-C cut it short, and then it is not in the history."""
        history, optimizer, count = self.history, self.eager.optimizer, len(self.data.samples)
        total, right, met, rate = 0.0, 0.0, 0, 0.0
        epoch = history.epochs + 1
        engine.begin_epoch()
        for batch in self.data.batches(epoch):
            rate = optimizer.lr
            loss, correct = engine.take(batch)
            total += loss * len(batch)
            right += correct
            met += len(batch)
            if self.scheduler is not None and self.scheduler.interval == "step":
                self.scheduler.step()
            history.seconds = time.perf_counter() - start
            line.update(history, epoch - 1 + met / count)
            if interrupt.asked and met < count:
                return False
        engine.end_epoch(epoch)
        history.losses.append(total / count)
        if self.eager.correct is not None:
            history.accuracies.append(right / count)
        history.grad_norms.append(self.eager.norm)
        history.learning_rates.append(rate)
        return True

    def _after_epoch(self, start: float) -> bool:
        """Validation, schedule, best weights, callbacks; whether a callback asked to stop."""
        history, model = self.history, self.eager.model
        if self.data.held_out is not None:
            try:
                loss, accuracy = self.assess()
            except (ValueError, ArithmeticError) as error:
                if not out_of_range(error, map(model, self.data.held_out.rows)):
                    raise
                where = " ".join(getattr(error, "__notes__", []))
                raise TrainingError(
                    f"the validation after epoch {history.epochs} failed {where}: {error} {ADVICE}"
                ) from error
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
