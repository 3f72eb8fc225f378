"""What takes the steps of a training: the eager engine, or the training step as a compiled program.

Both do the same, within rounding.  The compiled one has the whole step in the program (forward, backward, penalty and the
optimizer's update) where it can; where something in the step is only there in Python (clipping, parameter groups, a line
search), the program gives loss and gradient, and Python does the rest.  Whatever it cannot do, the eager engine does.
"""

import logging
import math
from collections.abc import Callable, Sequence
from typing import Any

import autograd_lite
from autograd_lite.nn.losses import functional, modules
from autograd_lite.nn.losses.names import correct_for
from autograd_lite.nn.optim.clip import clip_grad_norm_, clip_grad_value_, grad_norm
from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.training.samples import Samples
from autograd_lite.nn.training.step import Step

_log = logging.getLogger("autograd_lite")

ENGINES = ("auto", "eager", "python", "llvm")

#: "auto" compiles from so many parameters times samples times epochs on: a few seconds of eager training.
WORTHWHILE = 3_000_000


class EagerEngine:
    """Takes each step by recording and walking a graph."""

    name = "eager"

    def __init__(self, step: Step, samples: Samples) -> None:
        self.step = step
        self.rows, self.targets = samples

    def begin_epoch(self) -> None:
        """Nothing to prepare."""

    def take(self, batch: Sequence[int]) -> tuple[float, int]:
        """One step on these samples: the loss before it, and how many answers were right."""
        return self.step([self.rows[k] for k in batch], [self.targets[k] for k in batch])

    def end_epoch(self) -> None:
        """Nothing to write back."""


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
        form = _Form(step)
        self.update = _Update.of(step)
        rows = [form.sample(row, target) for row, target in zip(*samples, strict=True)]
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

    def take(self, batch: Sequence[int]) -> tuple[float, int]:
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
        return loss, round(self._hits * len(batch))

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

    def _again(self, batch: Sequence[int]) -> tuple[float, int]:
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


class UnsuitableError(Exception):
    """A training that cannot be compiled; the message says why."""


class _Form:
    """The loss of one sample in the form of a program: targets as numbers to compute with, right answers as a number."""

    def __init__(self, step: Step) -> None:
        self.model, function = step.model, step.loss
        kind = type(function).function if isinstance(function, modules.Loss) else function
        self.classes = kind in (functional.cross_entropy, functional.nll)
        if self.classes and function is not kind:
            raise UnsuitableError("a loss over classes with options of its own")
        self._loss = _CLASSES[kind] if self.classes else function
        self._hit: Callable[[Any, Any], Any] | None = None
        if step.correct is not None:
            if step.correct is not correct_for(function):
                raise UnsuitableError("a `correct` of one's own, which only Python can call")
            self._hit = _class_hit if self.classes else _HITS[kind]
        self.metrics = int(self._hit is not None)
        self._count = 0  # of the classes, known from the first prediction

    def sample(self, row: list[Any], target: Any) -> tuple[Any, Any]:
        """A row and its target, classes one-hot."""
        if not self.classes:
            return row, target
        if not self._count:
            self._count = len(self.model(row))
        count = self._count
        target = target[0] if isinstance(target, list | tuple) and len(target) == 1 else target
        if not isinstance(target, int | float) or target != int(target) or not 0 <= target < count:
            raise UnsuitableError(f"a target that is not the index of one of {count} classes: {target!r}")
        return row, [float(k == target) for k in range(count)]

    def loss(self, row: Any, target: Any) -> Any:
        """The loss, and whether the answer is right (1 or 0) if that is asked."""
        prediction = self.model(row)
        loss = self._loss(prediction, target)
        return loss if self._hit is None else [loss, self._hit(prediction, target)]


def _cross_entropy(logits: Any, target: Any) -> Any:
    return autograd_lite.logsumexp(*logits) - autograd_lite.dot(target, logits)


def _nll(log_probabilities: Any, target: Any) -> Any:
    return -autograd_lite.dot(target, log_probabilities)


_CLASSES: dict[Any, Callable[[Any, Any], Any]] = {functional.cross_entropy: _cross_entropy, functional.nll: _nll}


def _agree(p: Any, y: Any) -> Any:
    """1 if both are above 0 or neither is."""
    return 1.0 - autograd_lite.abs(autograd_lite.step(p) - autograd_lite.step(y))


def _one(thing: Any) -> Any:
    return thing[0] if isinstance(thing, list | tuple) else thing


def _class_hit(scores: Any, target: Any) -> Any:
    return 1.0 - autograd_lite.step(autograd_lite.max(*scores) - autograd_lite.dot(target, scores))


_HITS: dict[Any, Callable[[Any, Any], Any]] = {
    functional.bce_with_logits: lambda p, y: _agree(_one(p), _one(y) - 0.5),
    functional.bce: lambda p, y: _agree(_one(p) - 0.5, _one(y) - 0.5),
    functional.hinge: lambda p, y: _agree(_one(p), _one(y)),
}


class _Update:
    """An optimizer's update as `compile_step` takes it, and its state between the two.

    The optimizer's own `update` is recorded, with a dictionary that holds Values.  What it keeps of a parameter is found by
    letting it take two steps on a number; `step`, the count of steps, is the same for all parameters and goes in as a rate.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.group = optimizer.param_groups[0]
        self.kept = {key: value for key, value in self.group.items() if key not in ("params", "lr")}
        state: dict[str, Any] = {}
        for _ in range(2):
            optimizer.update(0.5, 0.25, state, self.group)
        if not all(isinstance(value, int | float) for value in state.values()):
            raise TypeError("a state that is not numbers")
        self.counts = "step" in state
        self.keys = [key for key in state if key != "step"]
        self._steps = 0

    @classmethod
    def of(cls, step: Step) -> "_Update | None":
        """The update of a step, if it can be in a program."""
        optimizer = step.optimizer
        if (
            optimizer.needs_closure
            or len(optimizer.param_groups) > 1
            or step.clip_norm is not None
            or step.clip_value is not None
        ):
            return None
        if not all(one.requires_grad for one in optimizer.params):
            return None
        try:
            return cls(optimizer)
        except (TypeError, ValueError, NotImplementedError):
            return None

    def options(self) -> dict[str, Any]:
        """The arguments of `compile_step`."""
        names = ("lr", "step") if self.counts else ("lr",)
        return {"update": self._update, "state": len(self.keys), "rates": names}

    def _update(self, p: Any, g: Any, *rest: Any) -> Any:
        kept, rates = rest[: len(self.keys)], rest[len(self.keys) :]
        state = dict(zip(self.keys, kept, strict=True))
        if self.counts:
            state["step"] = rates[1]
        group = {**self.group, "lr": rates[0]}
        new = self.optimizer.update(p, -g if group.get("maximize") else g, state, group)
        return (new, *[state[key] for key in self.keys]) if self.keys else new

    def unchanged(self) -> bool:
        """Whether the options are those that were recorded."""
        return all(self.group[key] == value for key, value in self.kept.items())

    def ready(self) -> bool:
        """Whether every parameter has its state; the first step of many optimizers is another formula."""
        wanted = {*self.keys, "step"} if self.counts else set(self.keys)
        states = self.optimizer.state
        return all(wanted <= state.keys() for state in states) and (
            not self.counts or len({state["step"] for state in states}) == 1
        )

    def columns(self) -> list[list[float]]:
        """The state as `CompiledStep.state` has it."""
        if self.counts:
            self._steps = self.optimizer.state[0]["step"]
        return [[float(state[key]) for state in self.optimizer.state] for key in self.keys]

    def rates(self) -> dict[str, float]:
        """The rates of the next step."""
        rates = {"lr": float(self.group["lr"])}
        if self.counts:
            rates["step"] = float(self._steps)
        return rates

    def count(self) -> None:
        """Note that a step was taken."""
        if self.counts:
            self._steps += 1

    def write(self, columns: list[list[float]]) -> None:
        """Take the state back."""
        for key, column in zip(self.keys, columns, strict=True):
            for state, number in zip(self.optimizer.state, column, strict=True):
                state[key] = number
        if self.counts:
            for state in self.optimizer.state:
                state["step"] = self._steps


def make_engine(name: str, step: Step, samples: Samples, epochs: int) -> EagerEngine | CompiledEngine:
    """The engine of a training.

    Parameters
    ----------
    name : {"auto", "eager", "python", "llvm"}
    step : Step
    samples : Samples
    epochs : int

    Raises
    ------
    ValueError
        If there is no such engine, or the one asked for by name cannot do this training.
    """
    if name not in ENGINES:
        raise ValueError(f"engine is one of {', '.join(map(repr, ENGINES))}; not {name!r}")
    work = len(step.optimizer.params) * len(samples[0]) * epochs
    if name == "eager" or (name == "auto" and work < WORTHWHILE):
        return EagerEngine(step, samples)
    try:
        return CompiledEngine(step, samples, name)
    except UnsuitableError as error:
        if name != "auto":
            raise ValueError(f"engine={name!r} cannot do this training ({error}); engine='eager' can") from error
        _log.debug("training eager, since the step cannot be compiled: %s", error)
        return EagerEngine(step, samples)


__all__ = ["ENGINES", "CompiledEngine", "EagerEngine", "UnsuitableError", "make_engine"]
