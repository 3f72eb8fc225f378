"""An optimizer's own `update` in the form of a program, and its state carried in and out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import autograd_lite
from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.training.eager import EagerEngine


class RecordedUpdate:
    """An optimizer's update as `compile_step` takes it, and its state between the two.

    The optimizer's own `update` is recorded, with a dictionary that holds Values.  What it keeps of a parameter is found by
    letting it take two steps on a number; `step`, the count of steps, is the same for all parameters and goes in as a rate.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        # A momentum that is in force may change from step to step, so it goes in as a rate.
        cycled = optimizer.cycled
        self.cycled = cycled if cycled and self.group[cycled] else None
        # The others are what the optimizer was made with, and not what they are by now: so a training that is resumed takes
        # the same steps in the program, and the same outside of it, as one that was never stopped.
        self.kept = {key: value for key, value in optimizer.defaults.items() if key not in ("lr", self.cycled)}
        if "initial_lr" in self.group:  # where a schedule began
            self.kept["initial_lr"] = self.group["initial_lr"]
        state: dict[str, Any] = {}
        group = {**self.kept, **{key: self.group[key] for key in ("lr", self.cycled) if key is not None}}
        for _ in range(2):
            self._moved(0.5, 0.25, state, group)
        if not all(isinstance(value, int | float) for value in state.values()):
            raise TypeError("a state that is not numbers")
        self.counts = "step" in state
        self.keys = [key for key in state if key != "step"]
        #: How many steps have been taken.
        self.steps = 0
        #: Whether the next step of every parameter is its first.
        self.fresh = False
        #: Whether a first step is another formula than one from zeros.
        self.begins = self._begins()

    @classmethod
    def of(cls, eager: EagerEngine) -> "RecordedUpdate | None":
        """The update of a training, if it can be in a program."""
        optimizer = eager.optimizer
        clips = eager.clip_norm is not None or eager.clip_value is not None
        if clips or optimizer.needs_closure or len(optimizer.param_groups) > 1:
            return None
        try:
            return cls(optimizer)
        except (TypeError, ValueError, NotImplementedError, LookupError):
            return None

    @property
    def group(self) -> dict[str, Any]:
        """The options, which may be those of another group by now."""
        return self.optimizer.param_groups[0]

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """The optimizer without its groups and its state: what an update reads there would be frozen into the program."""
        space = vars(self.optimizer)
        hidden = {name: space.pop(name) for name in ("param_groups", "_state")}
        try:
            yield
        except AttributeError as error:
            raise TypeError(f"an update that reads more than it is given: {error}") from error
        finally:
            space.update(hidden)

    def _moved(self, p: Any, g: Any, state: dict[str, Any], group: Mapping[str, Any]) -> Any:
        with self._apart():
            return self.optimizer.update(p, g, state, group)

    def options(self) -> dict[str, Any]:
        """Its part of a `Recipe`."""
        known_by = (repr(self.kept), self.counts, self.cycled, self.begins, *self.keys)
        return {"update": self._update, "slots": len(self.keys), "rates": tuple(self.rates()), "known_by": known_by}

    def _begins(self) -> bool:
        from autograd_lite.compiler.capture import capture
        from autograd_lite.transforms.tree import NUMBER

        zeros: dict[str, Any] = dict.fromkeys(self.keys, 0.0) | ({"step": 0} if self.counts else {})
        given = {**self.kept, **{key: self.group[key] for key in ("lr", self.cycled) if key is not None}}
        known = []
        for state in ({}, zeros):
            program = capture(
                lambda p, g, s=state: self._results(p, g, s, given), [NUMBER] * 2, [1.0] * 2, check=False
            ).program
            known.append((program.ops, program.args, program.outputs))
        return known[0] != known[1]

    def _results(self, p: Any, g: Any, state: dict[str, Any], group: Mapping[str, Any]) -> tuple[Any, ...]:
        """The new number and the new state."""
        new = self._moved(p, -g if group.get("maximize") else g, state, group)
        return (new, *[state[key] for key in self.keys])

    def _momenta(self) -> tuple[Any, ...]:
        """The numbers of the option that may change."""
        if self.cycled is None:
            return ()
        given = self.group[self.cycled]
        return given if isinstance(given, tuple) else (given,)

    def _update(self, p: Any, g: Any, *rest: Any) -> Any:
        kept, rates = rest[: len(self.keys)], rest[len(self.keys) :]
        state = dict(zip(self.keys, kept, strict=True))
        group = {**self.kept, "lr": rates[0]}
        if self.counts:
            state["step"] = rates[1]
        if self.cycled is not None:
            momenta = tuple(0.5 * double for double in rates[1 + self.counts : len(rates) - self.begins])
            group[self.cycled] = momenta if isinstance(self.group[self.cycled], tuple) else momenta[0]
        results = self._results(p, g, state, group)
        if self.begins:
            first = self._results(p, g, {}, group)
            results = tuple([autograd_lite.where(rates[-1], one, other) for one, other in zip(first, results, strict=True)])
        return results if self.keys else results[0]

    def unchanged(self) -> bool:
        """Whether the options are those that were recorded, and a momentum is still in force."""
        group = self.group
        in_force = self.cycled is None or bool(group.get(self.cycled))
        return in_force and {key: group[key] for key in group if key not in ("params", "lr", self.cycled)} == self.kept

    def columns(self) -> list[Any] | None:
        """The state as `CompiledStep.state` has it; None where some parameters have one and others none."""
        known = self.optimizer.columns
        if known and known.keys() == {*self.keys, *["step"][: self.counts]}:
            self.steps = known.get("step", self.steps)
            return [known[key] for key in self.keys]
        self.fresh = self.optimizer.is_fresh
        if self.fresh:
            self.steps = 0
            return [[0.0] * len(self.optimizer.params) for _ in self.keys]
        states = self.optimizer.remembered()
        if self.counts:
            counts: set[Any] = {state.get("step") for state in states}
            if len(counts) > 1 or None in counts:
                return None
            self.steps = counts.pop()
        try:
            return [[float(state[key]) for state in states] for key in self.keys]
        except KeyError:
            return None

    def rates(self) -> dict[str, float]:
        """The rates of the next step."""
        rates = {"lr": float(self.group["lr"])}
        if self.counts:
            rates["step"] = float(self.steps)
        # Doubled, since an update is recorded with 1 for every number, and where a beta is 1, 1 - beta divides.
        rates |= {f"momentum{k}": 2.0 * float(number) for k, number in enumerate(self._momenta())}
        return rates | ({"first": float(self.fresh)} if self.begins else {})

    def count(self) -> None:
        """Note that a step was taken."""
        self.steps += 1
        self.fresh = False

    def write(self, columns: Sequence[Any]) -> None:
        """Take the state back."""
        if not self.fresh:
            steps = {"step": self.steps} if self.counts else {}
            self.optimizer.remember({**dict(zip(self.keys, columns, strict=True)), **steps})
