"""`LRScheduler`, which sets the learning rate of every group from the number of steps done so far, and one schedule after another."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from autograd_lite.nn.arguments import NOT_NEGATIVE, check_count, counted, state_of
from autograd_lite.nn.optim.optimizer import Optimizer


class LRScheduler:
    """Base of the schedules: sets every group's "lr" when it is made and after every `step`.

    Where a rate is not what the schedule made of it, because another schedule or a plateau moves it as well, or because its group
    was added later, the schedule moves it on from where it is, in proportion, as PyTorch's do.

    Parameters
    ----------
    optimizer : Optimizer

    Examples
    --------
    >>> from autograd_lite import Value
    >>> from autograd_lite.nn.optim import SGD
    >>> from autograd_lite.nn.optim.lr_scheduler import ExponentialLR, StepLR
    >>> descent = SGD([Value(0.0)], lr=1.0)
    >>> schedules = [ExponentialLR(descent, 0.5), StepLR(descent, 2, gamma=0.5)]
    >>> for _ in range(2):
    ...     for schedule in schedules:
    ...         schedule.step()
    >>> descent.lr
    0.125
    """

    #: When `fit` steps it: after every "epoch" or after every "step".
    interval = "epoch"
    #: The attributes that have to be kept, beside the number of the step, to go on as if never interrupted.
    remembered: ClassVar[tuple[str, ...]] = ()
    #: The rate that the curve falls to and rises from, which the proportion is of.
    floor = 0.0

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule is of an optimizer, not of {type(optimizer).__name__}")
        self.optimizer = optimizer
        self.base_lrs: list[float] = []
        self.last_epoch = 0
        self._set(0)

    def rate(self, base: float, epoch: int) -> float:
        """The learning rate after `epoch` steps, for a group that began with `base`."""
        raise NotImplementedError(f"{type(self).__name__} does not say what the rate is: define rate()")

    def moved(self, lr: float, base: float, epoch: int) -> float:
        """The learning rate after `epoch` steps of a group that began with `base`, and whose rate is `lr` before this step."""
        before, now = self._steps(base, epoch)
        if lr == before:
            return now
        moved = now - before
        if before == now == self.floor:  # nothing is left for a proportion to show in: it is that of another base
            before, now = self._steps(base + 1.0, epoch)
        if before == now:
            return lr
        if before == self.floor:
            return max(lr + moved, 0.0)
        return max(self.floor + (lr - self.floor) * ((now - self.floor) / (before - self.floor)), 0.0)

    def _steps(self, base: float, epoch: int) -> tuple[float, float]:
        """The rate before a step and after it."""
        return self.rate(base, epoch - 1) if epoch else base, self.rate(base, epoch)

    def step(self, metric: float | None = None) -> None:
        """One step further (`metric` is for the one schedule that looks at it)."""
        self._set(self.last_epoch + 1)

    def _set(self, epoch: int) -> None:
        """Move to a step: all rates, or none if one of them would make no sense."""
        groups = self.optimizer.param_groups
        self.base_lrs += [group.setdefault("initial_lr", group["lr"]) for group in groups[len(self.base_lrs) :]]
        rates = [self.moved(group["lr"], base, epoch) for base, group in zip(self.base_lrs, groups, strict=True)]
        for lr in rates:
            NOT_NEGATIVE.check(f"the learning rate of {type(self).__name__} after {counted(epoch, 'step')}", lr)
        for group, lr in zip(groups, rates, strict=True):
            group["lr"] = lr
        self.last_epoch = epoch

    def get_last_lr(self) -> list[float]:
        """The learning rate of each group now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """What has to be kept to go on as if never interrupted, the rates of the groups included."""
        kept = {name: getattr(self, name) for name in ("last_epoch", "base_lrs", *self.remembered)}
        return {"scheduler": type(self).__name__, **kept, "base_lrs": list(self.base_lrs), "lrs": self.get_last_lr()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave, and set the rates; nothing changes unless it fits.

        Raises
        ------
        ValueError
            If it is of another kind of schedule, or of an optimizer with another number of groups.
        """
        with state_of(self):
            kept, rates = self._read(state)
        vars(self).update(kept)
        for group, lr in zip(self.optimizer.param_groups, rates, strict=False):
            group["lr"] = lr

    def _read(self, state: Mapping[str, Any]) -> tuple[dict[str, Any], list[float]]:
        """What to remember, and the rates of the groups, all of it fit to go on from."""
        if not isinstance(state, Mapping) or state.get("scheduler") != type(self).__name__:
            raise ValueError(f"this is not the state of {type(self).__name__}")
        kept, groups = {name: state[name] for name in self.remembered}, self.optimizer.param_groups
        epoch, bases = check_count("last_epoch", state["last_epoch"], 0), list(state["base_lrs"])
        rates = list(state.get("lrs", ()))  # earlier versions wrote none: the state of the optimizer has them
        for name, numbers in (("base_lrs", bases), ("lrs", rates)):
            if len(numbers) > len(groups):
                raise ValueError(
                    f"the {name} of the state are of {len(numbers)} parameter groups, the optimizer has {len(groups)}: "
                    "add the groups first"
                )
            NOT_NEGATIVE.check_all(**{f"{name}[{k}]": number for k, number in enumerate(numbers)})
        return {**kept, "last_epoch": epoch, "base_lrs": bases}, rates

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
        schedule, begin = self._turn(epoch)
        return schedule.rate(base, epoch - begin)

    def moved(self, lr: float, base: float, epoch: int) -> float:
        """See `LRScheduler.moved`; a turn begins at its own rate, whatever the one before has left."""
        schedule, begin = self._turn(epoch)
        return schedule.rate(base, 0) if epoch == begin else schedule.moved(lr, base, epoch - begin)

    def _turn(self, epoch: int) -> tuple[LRScheduler, int]:
        """Whose turn it is after `epoch` steps, and since when."""
        turn = sum(epoch >= milestone for milestone in self.milestones)
        return self.schedulers[turn], self.milestones[turn - 1] if turn else 0


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
