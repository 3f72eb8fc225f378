"""An optimizer's own `update` in the form of a program, and its state carried in and out."""

from typing import Any

from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.training.step import Step


class RecordedUpdate:
    """An optimizer's update as `compile_step` takes it, and its state between the two.

    The optimizer's own `update` is recorded, with a dictionary that holds Values.  What it keeps of a parameter is found by
    letting it take two steps on a number; `step`, the count of steps, is the same for all parameters and goes in as a rate.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.group = optimizer.param_groups[0]
        # What the optimizer was made with, and not what a schedule has made of it by now: so a training that is resumed takes
        # the same steps in the program, and the same outside of it, as one that was never stopped.
        self.kept = {key: value for key, value in optimizer.defaults.items() if key != "lr"}
        state: dict[str, Any] = {}
        for _ in range(2):
            optimizer.update(0.5, 0.25, state, optimizer.defaults)
        if not all(isinstance(value, int | float) for value in state.values()):
            raise TypeError("a state that is not numbers")
        self.counts = "step" in state
        self.keys = [key for key in state if key != "step"]
        self._steps = 0

    @classmethod
    def of(cls, step: Step) -> "RecordedUpdate | None":
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
        group = {**self.kept, "lr": rates[0]}
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
