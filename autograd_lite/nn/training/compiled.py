"""The compiled engine: takes each step of a training by a program.

The whole step is in the program (forward, backward, penalty and the optimizer's update) where that can be; where something in
it is only there in Python (clipping, parameter groups, a line search), the program gives loss and gradient, and Python does the
rest.  When a number goes wrong, the epoch is done again by the eager engine, which says what is wrong.
"""

import logging
import math
import time
from array import array
from collections.abc import Sequence
from operator import is_
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.hooks import has_hooks
from autograd_lite.engine.passes import restore_grads
from autograd_lite.engine.value import LEAF
from autograd_lite.nn.optim.clip import vector_norm
from autograd_lite.nn.optim.lbfgs import LBFGS
from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.training.eager import ADVICE, EagerEngine
from autograd_lite.nn.training.errors import TrainingError, UnsuitableError
from autograd_lite.nn.training.recorded_loss import RecordedLoss
from autograd_lite.nn.training.recorded_update import RecordedUpdate
from autograd_lite.terminal import clean

_log = logging.getLogger("autograd_lite")
#: The steps that are known; any other may do anything, at each step.
_STEPS = (Optimizer.step, LBFGS.step, Optimizer.zero_grad)
#: What of an optimizer is read anew at each step.
_REMEMBERED = ("state", "_state", "columns", "param_groups", "lr", "params", "state_dict")


class CompiledEngine:
    """Takes each step by a compiled program; see `compile_step`.

    Parameters
    ----------
    eager : EagerEngine
        The same training, eager: what is not in the program is done there.
    backend : {"auto", "python", "llvm"}

    Raises
    ------
    UnsuitableError
        If the training cannot be compiled, saying why.
    """

    def __init__(self, eager: EagerEngine, backend: str) -> None:
        from autograd_lite.compiler.watch import Watch

        self.eager, self._backend = eager, backend
        self.failed = False
        # An optimizer's options are read at each step, and what it remembers is carried along; but not for anybody else.
        roots = (eager.model, eager.loss, eager.regularizer, eager.optimizer)
        self._watch = Watch(*roots, apart=eager.optimizer, ignoring=_REMEMBERED)
        self._inside = False  # whether the newest parameters are in the program, not in the Values
        self._before: Any = None
        self._done: list[Sequence[int]] = []
        self._compile()

    def _compile(self) -> None:
        """Make the program of a step, of everything as it is now."""
        from autograd_lite.compiler import CompileError, GuardError, TraceError
        from autograd_lite.compiler.step import CompiledStep

        if modes.observed():
            raise UnsuitableError("each operation is observed, as by detect_anomaly(), and a program has none")
        # A plain ValueError is what math.fsum raises for infinities; another path may have to be recorded, and cannot be.
        self._broken = (CompileError, TraceError, GuardError, UnsuitableError, ArithmeticError, ValueError)
        begin = time.perf_counter()
        try:
            recipe, samples, numbers = self._recipe()
            self.compiled = CompiledStep(recipe, self._watch, self._backend, follows=False)
            if self.compiled.unreached:
                name = clean(self.parameters[self.compiled.unreached[0]].label) or "a parameter"
                raise UnsuitableError(f"the loss does not depend on {name}, which is left as it is")
            self.compiled.load(samples, numbers)
            self._compiled_for, self._looked = self._condition(), True
        except (CompileError, TraceError, GuardError, TypeError, ValueError, ArithmeticError) as error:
            raise UnsuitableError(f"{type(error).__name__}: {error}") from error
        self.name = self.compiled.backend
        size, seconds = self.compiled.program.size, time.perf_counter() - begin
        _log.debug("compiled the training step for %s: %d operations, %.2f s", self.name, size, seconds)

    def _recipe(self) -> tuple[Any, Any, Any]:
        """What the step is recorded from, the samples, and their numbers if they are a matrix."""
        from autograd_lite.compiler.compile_step import descend
        from autograd_lite.compiler.step import Recipe

        eager = self.eager
        self._steps()
        draws = self._watch.state().draws
        recorded = RecordedLoss(eager.model, eager.loss, eager.correct, eager.samples, draws)
        self._generators = recorded.generators
        given = eager.optimizer.params
        self.parameters = [one for one in given if one._rule is LEAF]
        self.update = update = RecordedUpdate.of(eager) if len(self.parameters) == len(given) else None
        if has_hooks() and any(map(has_hooks, (*self._watch.state().values, *given))):
            raise UnsuitableError("a hook, which only Python can call")
        regularizer, (samples, numbers) = eager.regularizer, recorded.samples(eager.samples)
        options = update.options() if update else {"update": descend, "slots": 0, "rates": ("lr",)}
        penalty = None if regularizer is None else lambda: regularizer(eager.model)
        return (
            Recipe(recorded.loss, self.parameters, samples[0], penalty=penalty, metrics=recorded.metrics, **options),
            samples,
            numbers,
        )

    def _steps(self) -> list[Any]:
        """What moves the parameters; refused if the optimizer has a `step` or a `zero_grad` of its own."""
        optimizer = self.eager.optimizer
        steps = [getattr(getattr(optimizer, name), "__func__", None) for name in ("step", "zero_grad")]
        if not all(step in _STEPS for step in steps):
            raise UnsuitableError(f"a step of {type(optimizer).__name__}'s own, which only Python can take")
        return [*steps, *[vars(base).get(name) for base in type(optimizer).__mro__ for name in ("update", "displacement")]]

    def _condition(self) -> tuple[Sequence[Any], ...]:
        """All that the program depends on, to be compared by identity."""
        state, optimizer = self._watch.state(), self.eager.optimizer
        parameters = optimizer.params
        hooks = has_hooks() and any(map(has_hooks, (*state.values, *parameters)))
        rules = [one._rule for one in parameters]  # which says whether they take a gradient
        return (state, state.values, len(optimizer.param_groups), hooks, *self._steps()), parameters, rules

    def _follow(self) -> None:
        """Where a callback has changed what the program was made of, make another one; go on eager if there can be none."""
        from autograd_lite.compiler import TraceError

        try:
            now = self._condition()
            pairs = zip(now, self._compiled_for, strict=True)
            if all(len(one) == len(other) and all(map(is_, one, other)) for one, other in pairs):
                return
            self.eager.optimizer.zero_grad()
            self._compile()
        except (UnsuitableError, TraceError) as error:
            _log.debug("training goes on eager, since something was changed: %s", error)
            self.failed = True

    def begin_epoch(self) -> None:
        """See what has changed, if Python has had its turn; remember where the epoch began, to go back there if a number goes
        wrong."""
        if self.failed:
            return
        if not self._inside:
            if not self._looked:
                self._follow()
            self._looked = False
            self._enter()
        self._done = []
        self._drawn = [(one, one.getstate()) for one in dict.fromkeys(self._generators)]
        if self._inside:
            assert self.update is not None
            self._before = *self.compiled.peek(), self.update.steps, self.update.fresh
        else:
            self._before = (
                [one.data for one in self.parameters],
                [dict(one) for one in self.eager.optimizer.remembered()],
                None,
                False,
            )

    def _enter(self) -> bool:
        """Bring parameters and state into the program, if it takes the next step; whether they are there."""
        update = self.update
        if self._inside or self.failed or update is None or not update.unchanged():
            return self._inside
        columns = update.columns()
        if columns is not None:
            self.compiled.state = columns
            self.compiled.refresh()
            self._inside = True
        return self._inside

    def take(self, batch: Sequence[int]) -> tuple[float, float]:
        """See `EagerEngine.take`."""
        if self.failed:
            return self.eager.take(batch)
        try:
            loss, part = self._step(batch)
            if not math.isfinite(loss):
                raise FloatingPointError(f"the loss is {loss}")
        except self._broken as error:
            _log.debug("training goes on eager: %s", error)
            self._go_back()
            return self.eager.take(batch)
        self._done.append(batch)
        hits = part * len(batch)
        return loss, round(hits) if self.eager.samples.weights is None else hits

    def _step(self, batch: Sequence[int]) -> tuple[float, float]:
        """The loss, and the part of the batch that was right; the update is in the program if its options are as recorded."""
        update = self.update
        if update is None or not update.unchanged() or not self._enter():
            self.settle()
            return self.eager.update(lambda: self._gradients(batch))
        self._draw(batch)
        (loss,) = self.compiled.run([batch], sync=False, **update.rates())
        update.count()
        return loss, self._part()

    def _gradients(self, batch: Sequence[int]) -> tuple[float, float]:
        """Loss and gradients by the program, for an update in Python."""
        optimizer = self.eager.optimizer
        self._draw(batch)
        loss, slopes = self.compiled.gradient(batch)
        optimizer.zero_grad()
        self._set_gradients(slopes)
        # A line search may look too far, and comes back.
        if not optimizer.needs_closure and not (math.isfinite(loss) and math.isfinite(self.eager.norm)):
            raise FloatingPointError(f"the loss is {loss}, the norm of the gradient {self.eager.norm}")
        return loss, self._part()

    def _draw(self, batch: Sequence[int]) -> None:
        """The random numbers of each sample, in the order in which its forward pass draws them."""
        if self._generators:
            draws = [generator.random for generator in self._generators]
            for k in batch:
                self.compiled.put(k, array("d", [draw() for draw in draws]))

    def _set_gradients(self, slopes: Sequence[float]) -> None:
        restore_grads(self.parameters, slopes)
        self.eager.norm = vector_norm(slopes)

    def _part(self) -> float:
        """The part of the last batch that was right."""
        return self.compiled.metrics[0] if self.eager.correct is not None else 0.0

    def _go_back(self) -> None:
        """To the beginning of the epoch, and take its steps so far with the eager engine, which says what is wrong."""
        numbers, states, steps, fresh = self._before
        for generator, drawn in self._drawn:
            generator.setstate(drawn)
        for parameter, number in zip(self.parameters, numbers, strict=True):
            parameter.data = number
        if steps is None:
            self._remembered(states)
        else:
            assert self.update is not None
            self.update.steps, self.update.fresh = steps, fresh
            self._remembered([{} for _ in self.eager.optimizer.params])
            self.update.write(states)
        self.failed, self._inside = True, False
        for batch in self._done:
            self.eager.take(batch)

    def _remembered(self, states: Sequence[dict[str, Any]]) -> None:
        """What the optimizer is to remember, in the dicts that somebody may have."""
        for memory, state in zip(self.eager.optimizer.remembered(), states, strict=False):
            memory.clear()
            memory.update(state)

    def end_epoch(self, epoch: int) -> None:
        """Look at what the last step led to, which nothing has looked at if a program took it.

        Raises
        ------
        TrainingError
            If a parameter is not finite; they are as they were before the epoch then.
        """
        if self.failed or not self._inside:
            return
        numbers, _ = self.compiled.peek()
        self.eager.norm = vector_norm(self.compiled.slopes)
        if math.isfinite(sum(numbers)):
            return
        bad = next((k for k, number in enumerate(numbers) if not math.isfinite(number)), None)
        if bad is None:
            return
        name = clean(self.parameters[bad].label) or "a parameter"
        before = self._before[0]
        self.settle()
        for parameter, number in zip(self.parameters, before, strict=True):
            parameter.data = number
        raise TrainingError(f"an update of epoch {epoch} makes {name} {numbers[bad]}. {ADVICE}")

    def settle(self) -> None:
        """Bring parameters, gradients and the optimizer's state to where Python looks for them."""
        if self.failed or not self._inside:
            return
        self.compiled.sync()
        assert self.update is not None
        self.update.write(self.compiled.peek()[1])
        restore_grads(self.parameters, self.compiled.slopes)
        self._inside = False
