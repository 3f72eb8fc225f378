"""The compiled engine: takes each step of a training by a program.

The whole step is in the program (forward, backward, penalty and the optimizer's update) where that can be; where something in
it is only there in Python (clipping, parameter groups, a line search), the program gives loss and gradient, and Python does the
rest.  When a number goes wrong, the epoch is done again by the eager engine, which says what is wrong.
"""

import logging
import math
from collections.abc import Sequence
from typing import Any

from autograd_lite.nn.optim.clip import clip_grad_norm_, clip_grad_value_, grad_norm
from autograd_lite.nn.training.eager import EagerEngine
from autograd_lite.nn.training.errors import UnsuitableError
from autograd_lite.nn.training.recorded_loss import RecordedLoss
from autograd_lite.nn.training.recorded_update import RecordedUpdate
from autograd_lite.nn.training.samples import Samples
from autograd_lite.nn.training.step import Step

_log = logging.getLogger("autograd_lite")


class CompiledEngine:
    """Takes each step by a compiled program; see `compile_step`.

    Parameters
    ----------
    step : Step
    samples : Samples
    backend : {"auto", "python", "llvm"}

    Raises
    ------
    UnsuitableError
        If the training cannot be compiled, saying why.
    """

    def __init__(self, step: Step, samples: Samples, backend: str) -> None:
        from autograd_lite.compiler import CompileError, GuardError, TraceError, compile_step

        self.step = step
        self.eager = EagerEngine(step, samples)
        self.failed = False
        form = RecordedLoss(step, samples)
        self.update = RecordedUpdate.of(step)
        rows = form.samples()
        parameters = [one for one in step.optimizer.params if one.requires_grad]
        regularizer = step.regularizer
        penalty = None if regularizer is None else lambda: regularizer(step.model)
        try:
            self.compiled = compile_step(
                form.loss, parameters, rows[0], penalty=penalty, backend=backend, metrics=form.metrics,
                **(self.update.options() if self.update else {}),
            )  # fmt: skip
            if self.compiled.unreached:
                name = parameters[self.compiled.unreached[0]].label or "a parameter"
                raise UnsuitableError(f"the loss does not depend on {name}, which is left as it is")
            self.compiled.load(rows)
        except (CompileError, TraceError, GuardError, TypeError, ValueError, ArithmeticError) as error:
            raise UnsuitableError(f"{type(error).__name__}: {error}") from error
        self.name = self.compiled.backend
        self._broken = GuardError
        self.parameters = parameters
        self.metrics = form.metrics
        self._weighed = samples.weights is not None
        self._hits = 0.0  # the part of the last batch that was right
        self._inside = False  # whether the newest parameters are in the program, not in the Values
        self._before: Any = None
        self._done: list[Sequence[int]] = []
        _log.debug(
            "compiled the training step for %s: %d operations, %.2f s",
            self.name,
            self.compiled.program.size,
            self.compiled.seconds,
        )

    def begin_epoch(self) -> None:
        """Remember where the epoch began, to go back there if a number goes wrong."""
        self._before = [one.data for one in self.parameters], [dict(one) for one in self.step.optimizer.state]
        self._done = []

    def take(self, batch: Sequence[int]) -> tuple[float, float]:
        """See `EagerEngine.take`."""
        if self.failed:
            return self.eager.take(batch)
        try:
            loss = self._step(batch)
        except self._broken as error:
            _log.debug("training goes on eager: %s", error)
            loss = math.nan
        if not math.isfinite(loss):
            return self._again(batch)
        self._done.append(batch)
        hits = self._hits * len(batch)
        return loss, hits if self._weighed else round(hits)

    def _step(self, batch: Sequence[int]) -> float:
        optimizer, update = self.step.optimizer, self.update
        if update is not None and update.unchanged() and (self._inside or update.ready()):
            if not self._inside:
                self.compiled.state = update.columns()
                self.compiled.refresh()
                self._inside = True
            (loss,) = self.compiled.run([batch], sync=False, **update.rates())
            update.count()
            self._note_hits()
            return loss
        self.end_epoch()
        first: list[float] = []

        def closure() -> float:
            loss, slopes = self.compiled.gradient(batch)
            for parameter, slope in zip(self.parameters, slopes, strict=True):
                parameter.grad = slope
            self.step.norm = grad_norm(optimizer.params)
            if not first:  # a line search evaluates more often; what counts is how the step found things
                self._note_hits()
            first.append(loss)
            return loss

        optimizer.zero_grad()
        if optimizer.needs_closure:
            optimizer.step(closure)
        elif math.isfinite(closure()):
            if not math.isfinite(self.step.norm):
                return math.nan
            if self.step.clip_value is not None:
                clip_grad_value_(optimizer.params, self.step.clip_value)
            if self.step.clip_norm is not None:
                clip_grad_norm_(optimizer.params, self.step.clip_norm)
            optimizer.step()
        return first[0]

    def _note_hits(self) -> None:
        if self.metrics:
            self._hits = self.compiled.metrics[0]

    def _again(self, batch: Sequence[int]) -> tuple[float, float]:
        """Go back to the beginning of the epoch, and take its steps with the eager engine, which says what is wrong."""
        numbers, states = self._before
        for parameter, number in zip(self.parameters, numbers, strict=True):
            parameter.data = number
        self.step.optimizer.state = states
        self.failed, self._inside = True, False
        for one in self._done:
            self.eager.take(one)
        return self.eager.take(batch)

    def end_epoch(self) -> None:
        """Bring parameters, the optimizer's state and the norm of the gradient to where Python looks for them."""
        if self.failed or not self._inside:
            return
        self.compiled.sync()
        assert self.update is not None
        self.update.write(self.compiled.state)
        slopes = self.compiled.slopes
        for parameter, slope in zip(self.parameters, slopes, strict=True):
            parameter.grad = slope
        self.step.norm = math.sqrt(math.fsum(slope * slope for slope in slopes))
        self._inside = False
