"""Schedules of the learning rate, with PyTorch's names and arguments: made on an optimizer, stepped once an epoch.

A schedule is a function of the number of steps done so far (`factor` or `rate`), so it can be asked for any step; only
`ReduceLROnPlateau` has to remember what it saw.  `interval` tells `fit` when to step: "epoch" or, for `OneCycleLR`, "step".
"""

import math
from collections.abc import Callable, Mapping, Sequence
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


class LambdaLR(LRScheduler):
    """The rate times a function of the step.

    Parameters
    ----------
    optimizer : Optimizer
    lr_lambda : callable
        From the number of steps done to a factor.
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float]) -> None:
        self.lr_lambda = lr_lambda
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        return base * self.lr_lambda(epoch)


class StepLR(LRScheduler):
    """The rate times `gamma` every `step_size` steps.

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
        self.step_size, self.gamma = _positive("step_size", step_size), gamma
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        return base * self.gamma ** (epoch // self.step_size)


class ExponentialLR(LRScheduler):
    """The rate times `gamma` in every step."""

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = gamma
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        return base * self.gamma**epoch


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the rate down to `eta_min` in `T_max` steps (and up again after; Loshchilov and Hutter 2017).

    >>> from autograd_lite import Value
    >>> from autograd_lite.nn.optim import SGD
    >>> schedule = CosineAnnealingLR(SGD([Value(0.0)], lr=1.0), T_max=4)
    >>> [round(schedule.rate(1.0, k), 4) for k in range(5)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:  # noqa: N803
        self.T_max, self.eta_min = _positive("T_max", T_max), eta_min
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
    end_factor : float, default 1.0
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
        self.start_factor, self.end_factor, self.total_iters = (
            start_factor,
            end_factor,
            _positive("total_iters", total_iters),
        )
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        part = min(epoch, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * part)


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
    >>> descent = SGD([Value(0.0)], lr=1.0)
    >>> parts = [LinearLR(descent, 0.5, total_iters=2), ExponentialLR(descent, 0.5)]
    >>> schedule = SequentialLR(descent, parts, milestones=[2])
    >>> [schedule.rate(1.0, k) for k in range(5)]
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int]) -> None:
        if len(milestones) != len(schedulers) - 1 or list(milestones) != sorted(milestones):
            raise ValueError(f"{len(schedulers)} schedules take {len(schedulers) - 1} rising milestones, not {milestones!r}")
        if any(isinstance(one, ReduceLROnPlateau) or one.optimizer is not optimizer for one in schedulers):
            raise ValueError("the schedules in a row are functions of the step, all on the same optimizer")
        self.schedulers, self.milestones = list(schedulers), list(milestones)
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        turn = sum(epoch >= milestone for milestone in self.milestones)
        begin = self.milestones[turn - 1] if turn else 0
        return self.schedulers[turn].rate(base, epoch - begin)


class OneCycleLR(LRScheduler):
    """Up from max_lr / div_factor to `max_lr`, then down to a fraction of where it began (Smith and Topin 2018).

    The momentum (or Adam's first beta) goes the other way.  It is stepped after every update, not after every epoch.

    Parameters
    ----------
    optimizer : Optimizer
    max_lr : float
    total_steps : int, optional
        Or give `epochs` and `steps_per_epoch`.
    pct_start : float, default 0.3
        The part of the steps that goes up.
    anneal_strategy : {"cos", "linear"}
    cycle_momentum : bool, default True
    base_momentum, max_momentum : float, default 0.85, 0.95
    div_factor, final_div_factor : float, default 25.0, 1e4
        It begins at max_lr / div_factor and ends at that over final_div_factor.
    three_phase : bool, default False
        Down to where it began in as many steps as it went up, then down to the end.
    """

    interval = "step"

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR has to know its length: give total_steps, or epochs and steps_per_epoch")
            total_steps = epochs * steps_per_epoch
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f'anneal_strategy is "cos" or "linear", not {anneal_strategy!r}')
        if not 0.0 <= pct_start <= 1.0:
            raise ValueError(f"pct_start is between 0 and 1, not {pct_start!r}")
        self.total_steps = _positive("total_steps", total_steps)
        self._anneal = _cosine if anneal_strategy == "cos" else _straight
        low, end = max_lr / div_factor, max_lr / div_factor / final_div_factor
        up = pct_start * total_steps - 1.0
        if three_phase:
            self._ends = [up, 2.0 * pct_start * total_steps - 2.0, total_steps - 1.0]
            self._lrs, self._momenta = [low, max_lr, low, end], [max_momentum, base_momentum, max_momentum, max_momentum]
        else:
            self._ends = [up, total_steps - 1.0]
            self._lrs, self._momenta = [low, max_lr, end], [max_momentum, base_momentum, max_momentum]
        defaults = optimizer.defaults
        self._momentum = ("betas" if "betas" in defaults else "momentum") if cycle_momentum else None
        if self._momentum is not None and self._momentum not in defaults:
            raise ValueError(f"{type(optimizer).__name__} has no momentum to cycle: give cycle_momentum=False")
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        return self._at(self._lrs, epoch)

    def _at(self, stations: Sequence[float], step: int) -> float:
        if step > self.total_steps:
            raise ValueError(f"the cycle has {self.total_steps} steps, and this would be step {step}")
        begin = 0.0
        for k, end in enumerate(self._ends):
            if step <= end or k == len(self._ends) - 1:
                return self._anneal(stations[k], stations[k + 1], (step - begin) / (end - begin) if end > begin else 1.0)
            begin = end
        raise AssertionError("a cycle has at least one phase")

    def _set(self) -> None:
        super()._set()
        for group in self.optimizer.param_groups:
            momentum = self._at(self._momenta, self.last_epoch)
            if self._momentum == "betas":
                group["betas"] = (momentum, group["betas"][1])
            elif self._momentum == "momentum":
                group["momentum"] = momentum


class ReduceLROnPlateau(LRScheduler):
    """The rate times `factor` when a metric has not improved for more than `patience` steps.

    Parameters
    ----------
    optimizer : Optimizer
    mode : {"min", "max"}
        Whether lower or higher is better.
    factor : float, default 0.1
        Below 1.
    patience : int, default 10
    threshold : float, default 1e-4
        By how much it has to improve to count.
    threshold_mode : {"rel", "abs"}
        As a part of the best, or as a difference.
    cooldown : int, default 0
        Steps to wait after a reduction before counting again.
    min_lr : float, default 0.0
    eps : float, default 1e-8
        Reductions smaller than this are not made.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> from autograd_lite.nn.optim import SGD
    >>> schedule = ReduceLROnPlateau(SGD([Value(0.0)], lr=1.0), factor=0.5, patience=1)
    >>> for loss in (1.0, 0.9, 0.9, 0.9):
    ...     schedule.step(loss)
    >>> schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float = 0.0,
        eps: float = 1e-8,
    ) -> None:
        if not factor < 1.0:
            raise ValueError(f"factor is below 1, not {factor!r}")
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(f'mode is "min" or "max", threshold_mode "rel" or "abs"; not {mode!r} and {threshold_mode!r}')
        self.mode, self.factor, self.patience, self.threshold = mode, factor, patience, threshold
        self.threshold_mode, self.cooldown, self.min_lr, self.eps = threshold_mode, cooldown, min_lr, eps
        self.best: float | None = None
        self.num_bad_epochs = self.cooldown_counter = 0
        super().__init__(optimizer)

    def _set(self) -> None:
        """The rate is changed where a plateau is found, and nowhere else."""

    def step(self, metric: float | None = None) -> None:
        """Look at the metric.

        Raises
        ------
        ValueError
            If there is none.
        """
        if metric is None:
            raise ValueError("ReduceLROnPlateau looks at a metric: schedule.step(loss)")
        self.last_epoch += 1
        if self.best is None or self._better(float(metric), self.best):
            self.best, self.num_bad_epochs = float(metric), 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group in self.optimizer.param_groups:
                reduced = max(group["lr"] * self.factor, self.min_lr)
                if group["lr"] - reduced > self.eps:
                    group["lr"] = reduced
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0

    def _better(self, metric: float, best: float) -> bool:
        sign = 1.0 if self.mode == "max" else -1.0
        margin = self.threshold * (best if self.threshold_mode == "rel" else 1.0)
        return metric > best + margin if sign > 0.0 else metric < best - margin

    def state_dict(self) -> dict[str, Any]:
        """See `LRScheduler.state_dict`."""
        return {
            **super().state_dict(),
            "best": self.best,
            "num_bad_epochs": self.num_bad_epochs,
            "cooldown_counter": self.cooldown_counter,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See `LRScheduler.load_state_dict`."""
        super().load_state_dict(state)
        self.best, self.num_bad_epochs = state["best"], state["num_bad_epochs"]
        self.cooldown_counter = state["cooldown_counter"]


def _cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) / 2.0 * (1.0 + math.cos(math.pi * part))


def _straight(start: float, end: float, part: float) -> float:
    return start + (end - start) * part


def _positive(name: str, number: int) -> int:
    if isinstance(number, bool) or not hasattr(number, "__index__") or number < 1:
        raise ValueError(f"{name} is a whole number of steps, at least 1; not {number!r}")
    return int(number)
