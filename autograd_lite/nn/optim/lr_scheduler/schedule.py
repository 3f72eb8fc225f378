"""`LRScheduler`: sets the learning rate of every group from the number of steps done so far."""

from collections.abc import Mapping
from typing import Any

from autograd_lite.nn.optim.optimizer import Optimizer


class LRScheduler:
    """Base of the schedules: sets every group's "lr" when it is made and after every `step`.

    Parameters
    ----------
    optimizer : Optimizer
    """

    #: When `fit` steps it: after every "epoch" or after every "step".
    interval = "epoch"

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule is of an optimizer, not of {type(optimizer).__name__}")
        self.optimizer = optimizer
        self.base_lrs = [group.setdefault("initial_lr", group["lr"]) for group in optimizer.param_groups]
        self.last_epoch = 0
        self._set()

    def rate(self, base: float, epoch: int) -> float:
        """The learning rate after `epoch` steps, for a group that began with `base`."""
        raise NotImplementedError(f"{type(self).__name__} does not say what the rate is: define rate()")

    def step(self, metric: float | None = None) -> None:
        """One step further (`metric` is for the one schedule that looks at it)."""
        self.last_epoch += 1
        self._set()

    def _set(self) -> None:
        for base, group in zip(self.base_lrs, self.optimizer.param_groups, strict=True):
            group["lr"] = self.rate(base, self.last_epoch)

    def get_last_lr(self) -> list[float]:
        """The learning rate of each group now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """What has to be kept to go on as if never interrupted."""
        return {"scheduler": type(self).__name__, "last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave, and set the rates.

        Raises
        ------
        ValueError
            If it is of another kind of schedule.
        """
        if not isinstance(state, Mapping) or state.get("scheduler") != type(self).__name__:
            raise ValueError(f"this is not the state of {type(self).__name__}")
        self.last_epoch, self.base_lrs = state["last_epoch"], list(state["base_lrs"])
        self._set()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(step {self.last_epoch}, lr {self.optimizer.lr:g})"
