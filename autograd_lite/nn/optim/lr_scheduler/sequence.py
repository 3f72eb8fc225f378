"""`SequentialLR`: one schedule after the other."""

from collections.abc import Sequence

from autograd_lite.nn.optim.lr_scheduler.curves import rising
from autograd_lite.nn.optim.lr_scheduler.schedule import LRScheduler
from autograd_lite.nn.optim.optimizer import Optimizer


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
