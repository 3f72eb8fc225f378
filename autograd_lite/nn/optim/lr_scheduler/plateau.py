"""`ReduceLROnPlateau`: the one schedule that looks at how training goes."""

import math
from collections.abc import Mapping
from typing import Any

from autograd_lite.nn.arguments import NOT_NEGATIVE, Range, check_count, is_finite
from autograd_lite.nn.optim.lr_scheduler.schedule import LRScheduler
from autograd_lite.nn.optim.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    """The rate times `factor` when a metric has not improved for more than `patience` steps; nan is no improvement.

    Parameters
    ----------
    optimizer : Optimizer
    mode : {"min", "max"}
        Whether lower or higher is better.
    factor : float, default 0.1
        Above 0 and below 1.
    patience : int, default 10
    threshold : float, default 1e-4
        By how much it has to improve to count.
    threshold_mode : {"rel", "abs"}
        As a part of the best (of its size: unlike PyTorch's, a metric below 0 has to improve as well), or as a difference.
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

    remembered = ("best", "num_bad_epochs", "cooldown_counter")

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
        Range(0.0, 1.0, open_low=True, open_high=True).check("factor", factor)
        NOT_NEGATIVE.check_all(threshold=threshold, min_lr=min_lr, eps=eps)
        check_count("patience", patience, 0)
        check_count("cooldown", cooldown, 0)
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(f'mode is "min" or "max", threshold_mode "rel" or "abs"; not {mode!r} and {threshold_mode!r}')
        self.mode, self.factor, self.patience, self.threshold = mode, factor, patience, threshold
        self.threshold_mode, self.cooldown, self.min_lr, self.eps = threshold_mode, cooldown, min_lr, eps
        self.best: float | None = None
        self.num_bad_epochs = self.cooldown_counter = 0
        super().__init__(optimizer)

    def _set(self, epoch: int) -> None:
        """The rate is changed where a plateau is found, and nowhere else."""

    def _read(self, state: Mapping[str, Any]) -> tuple[dict[str, Any], list[float]]:
        kept, rates = super()._read(state)
        for name in ("num_bad_epochs", "cooldown_counter"):
            check_count(name, kept[name], 0)
        best = kept["best"]  # a metric that was better than others may be infinite
        if not (best is None or is_finite(best) or (isinstance(best, float) and math.isinf(best))):
            raise ValueError(f"the best is a number, or None before there is one; not {best!r}")
        return kept, rates

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
        metric = float(metric)
        if self._improves(metric):
            self.best, self.num_bad_epochs = metric, 0
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

    def _improves(self, metric: float) -> bool:
        lowest = self.mode == "min"
        if self.best is None:
            bound = math.inf if lowest else -math.inf
        elif self.threshold_mode == "abs":
            bound = self.best - self.threshold if lowest else self.best + self.threshold
        else:
            bound = self.best * (1.0 + self.threshold if lowest == (self.best < 0.0) else 1.0 - self.threshold)
        return metric < bound if lowest else metric > bound
