"""Schedules that are one curve: by a function, by stairs, exponential, cosine, straight."""

import math
from collections.abc import Callable, Sequence

from autograd_lite.nn.arguments import NOT_NEGATIVE, PART, POSITIVE, Range, check_count
from autograd_lite.nn.optim.lr_scheduler.schedule import LRScheduler, rising
from autograd_lite.nn.optim.optimizer import Optimizer


class LambdaLR(LRScheduler):
    """The rate times a function of the step; whatever moved the rate in between is forgotten, as with PyTorch.

    Parameters
    ----------
    optimizer : Optimizer
    lr_lambda : callable
        From the number of steps done to a factor.
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float]) -> None:
        if not callable(lr_lambda):
            raise TypeError(f"lr_lambda is a function of the number of steps, such as lambda k: 0.95**k; not {lr_lambda!r}")
        self.lr_lambda = lr_lambda
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        return base * self.lr_lambda(epoch)

    def moved(self, lr: float, base: float, epoch: int) -> float:
        """See `LRScheduler.moved`."""
        return self.rate(base, epoch)


class StepLR(LRScheduler):
    """The rate times `gamma` every `step_size` steps.

    Parameters
    ----------
    optimizer : Optimizer
    step_size : int
    gamma : float, default 0.1

    Examples
    --------
    >>> from autograd_lite import Value
    >>> from autograd_lite.nn.optim import SGD
    >>> schedule = StepLR(SGD([Value(0.0)], lr=1.0), step_size=2, gamma=0.5)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size, self.gamma = check_count("step_size", step_size), gamma
        POSITIVE.check("gamma", gamma)
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        return base * self.gamma ** (epoch // self.step_size)


class MultiStepLR(LRScheduler):
    """The rate times `gamma` at each of some steps.

    Parameters
    ----------
    optimizer : Optimizer
    milestones : list of int
        Rising.
    gamma : float, default 0.1

    Examples
    --------
    >>> from autograd_lite import Value
    >>> from autograd_lite.nn.optim import SGD
    >>> schedule = MultiStepLR(SGD([Value(0.0)], lr=1.0), milestones=[2, 3], gamma=0.5)
    >>> [schedule.rate(1.0, k) for k in range(5)]
    [1.0, 1.0, 0.5, 0.25, 0.25]
    """

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        POSITIVE.check("gamma", gamma)
        self.milestones, self.gamma = rising(milestones), gamma
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        return base * self.gamma ** sum(epoch >= milestone for milestone in self.milestones)


class ExponentialLR(LRScheduler):
    """The rate times `gamma` in every step.

    >>> from autograd_lite import Value
    >>> from autograd_lite.nn.optim import SGD
    >>> schedule = ExponentialLR(SGD([Value(0.0)], lr=1.0), gamma=0.5)
    >>> [schedule.rate(1.0, k) for k in range(4)]
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        POSITIVE.check("gamma", gamma)
        self.gamma = gamma
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        return base * self.gamma**epoch


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the rate down to `eta_min` in `T_max` steps (and up again after; Loshchilov and Hutter 2017).

    Parameters
    ----------
    optimizer : Optimizer
    T_max : int
    eta_min : float, default 0.0

    Examples
    --------
    >>> from autograd_lite import Value
    >>> from autograd_lite.nn.optim import SGD
    >>> schedule = CosineAnnealingLR(SGD([Value(0.0)], lr=1.0), T_max=4)
    >>> [round(schedule.rate(1.0, k), 4) for k in range(5)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:  # noqa: N803
        self.T_max, self.eta_min = check_count("T_max", T_max), eta_min
        self.floor = eta_min
        NOT_NEGATIVE.check("eta_min", eta_min)
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        return self.eta_min + (base - self.eta_min) * (1.0 + math.cos(math.pi * epoch / self.T_max)) / 2.0


class LinearLR(LRScheduler):
    """The rate times a factor that goes in a straight line from `start_factor` to `end_factor`: a warm-up.

    Parameters
    ----------
    optimizer : Optimizer
    start_factor : float, default 1/3
        Above 0, where nothing would be learned, and at most 1.
    end_factor : float, default 1.0
        At most 1.
    total_iters : int, default 5
        Steps until `end_factor` is reached, where it stays.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> from autograd_lite.nn.optim import SGD
    >>> schedule = LinearLR(SGD([Value(0.0)], lr=1.0), start_factor=0.25, total_iters=3)
    >>> [schedule.rate(1.0, k) for k in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1.0 / 3.0, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        Range(0.0, 1.0, open_low=True).check("start_factor", start_factor)
        PART.check("end_factor", end_factor)
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = check_count("total_iters", total_iters)
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        part = min(epoch, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * part)
