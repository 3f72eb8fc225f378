"""`LRScheduler`, which sets the learning rate of every group from the number of steps done so far, and one schedule after another."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from autograd_lite.nn.arguments import check_count
from autograd_lite.nn.optim.optimizer import Optimizer


class LRScheduler:
    """Base of the schedules: sets every group's "lr" when it is made and after every `step`.

    Parameters
    ----------
    optimizer : Optimizer
    """

    #: When `fit` steps it: after every "epoch" or after every "step".
    interval = "epoch"
    #: The attributes that have to be kept, beside the number of the step, to go on as if never interrupted.
    remembered: ClassVar[tuple[str, ...]] = ()

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
        kept = {name: getattr(self, name) for name in self.remembered}
        return {"scheduler": type(self).__name__, "last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs), **kept}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave, and set the rates.

        Raises
        ------
        ValueError
            If it is of another kind of schedule.
        """
        if not isinstance(state, Mapping) or state.get("scheduler") != type(self).__name__:
            raise ValueError(f"this is not the state of {type(self).__name__}")
        kept = {name: state[name] for name in self.remembered}
        self.last_epoch, self.base_lrs = state["last_epoch"], list(state["base_lrs"])
        vars(self).update(kept)
        self._set()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(step {self.last_epoch}, lr {self.optimizer.lr:g})"


class SequentialLR(LRScheduler):
    """One schedule after the other: a warm-up and then something else.

    Parameters
    ----------
    optimizer : Optimizer
    schedulers : list of LRScheduler
        Each counts its steps from when its turn comes.
    milestones : list of int
        At which step each but the first has its turn; one fewer than there are schedules.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> from autograd_lite.nn.optim import SGD
    >>> from autograd_lite.nn.optim.lr_scheduler import ExponentialLR, LinearLR
    >>> descent = SGD([Value(0.0)], lr=1.0)
    >>> parts = [LinearLR(descent, 0.5, total_iters=2), ExponentialLR(descent, 0.5)]
    >>> schedule = SequentialLR(descent, parts, milestones=[2])
    >>> [schedule.rate(1.0, k) for k in range(5)]
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int]) -> None:
        if not schedulers or len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR takes one milestone fewer than schedules, not {len(schedulers)} schedules and {milestones!r}"
            )
        for one in schedulers:
            # A schedule that looks at what happened, or is stepped at another time, is no function of the step.
            if not isinstance(one, LRScheduler) or type(one).step is not LRScheduler.step or one.interval != "epoch":
                raise ValueError(f"the schedules in a row are functions of the epoch; {type(one).__name__} is none")
            if one.optimizer is not optimizer:
                raise ValueError("the schedules in a row are all of the same optimizer")
        self.schedulers, self.milestones = list(schedulers), rising(milestones)
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        turn = sum(epoch >= milestone for milestone in self.milestones)
        begin = self.milestones[turn - 1] if turn else 0
        return self.schedulers[turn].rate(base, epoch - begin)


def rising(milestones: Sequence[int]) -> list[int]:
    """The milestones as a list.

    Raises
    ------
    ValueError
        If they are no whole numbers, at least 1, each above the one before.
    """
    found = [check_count("a milestone", milestone) for milestone in milestones]
    if found != sorted(set(found)):
        raise ValueError(f"milestones rise, as in [30, 60]; not {milestones!r}")
    return found
