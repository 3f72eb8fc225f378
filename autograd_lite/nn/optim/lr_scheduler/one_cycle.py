"""`OneCycleLR`: once up and down, stepped after every update."""

import itertools
import math
from collections.abc import Mapping
from typing import Any

from autograd_lite.nn.arguments import FRACTION, PART, POSITIVE, check_count
from autograd_lite.nn.optim.lr_scheduler.schedule import LRScheduler
from autograd_lite.nn.optim.optimizer import Optimizer


class OneCycleLR(LRScheduler):
    """Up from max_lr / div_factor to `max_lr`, then down to a fraction of where it began (Smith and Topin 2018).

    Whatever moved the rate in between is forgotten.

    The momentum (or Adam's first beta) goes the other way.  It is stepped after every update, not after every epoch.

    Parameters
    ----------
    optimizer : Optimizer
    max_lr : float
        The same for every group.
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
            total_steps = check_count("epochs", epochs) * check_count("steps_per_epoch", steps_per_epoch)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f'anneal_strategy is "cos" or "linear", not {anneal_strategy!r}')
        PART.check("pct_start", pct_start, "a fraction of the steps")
        POSITIVE.check_all(max_lr=max_lr, div_factor=div_factor, final_div_factor=final_div_factor)
        FRACTION.check_all(base_momentum=base_momentum, max_momentum=max_momentum)
        self.total_steps = check_count("total_steps", total_steps)
        self._anneal = _cosine if anneal_strategy == "cos" else _straight
        low, up = max_lr / div_factor, pct_start * total_steps - 1.0
        #: The corners of the curve: at which step, the rate there, and the momentum.
        self._corners = [
            (0.0, low, max_momentum),
            (up, max_lr, base_momentum),
            (2.0 * up, low, max_momentum),
            (total_steps - 1.0, low / final_div_factor, max_momentum),
        ]
        if not three_phase:
            del self._corners[2]
        defaults = optimizer.defaults
        self._momentum = ("betas" if "betas" in defaults else "momentum") if cycle_momentum else None
        if self._momentum is not None and self._momentum not in defaults:
            raise ValueError(f"{type(optimizer).__name__} has no momentum to cycle: give cycle_momentum=False")
        for group in optimizer.param_groups:
            group["initial_lr"] = low
        super().__init__(optimizer)

    def rate(self, base: float, epoch: int) -> float:
        """See `LRScheduler.rate`."""
        return self._at(epoch)[0]

    def moved(self, lr: float, base: float, epoch: int) -> float:
        """See `LRScheduler.moved`."""
        return self.rate(base, epoch)

    def _at(self, step: int) -> tuple[float, float]:
        """The rate and the momentum after so many steps."""
        if step > self.total_steps:
            raise ValueError(f"the cycle has {self.total_steps} steps, and this would be step {step}")
        phases = itertools.pairwise(self._corners)
        before, after = next(phase for phase in phases if step <= phase[1][0] or phase[1] is self._corners[-1])
        part = (step - before[0]) / (after[0] - before[0]) if after[0] > before[0] else 1.0
        return self._anneal(before[1], after[1], part), self._anneal(before[2], after[2], part)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See `LRScheduler.load_state_dict`."""
        super().load_state_dict(state)
        self._set_momentum()

    def _read(self, state: Mapping[str, Any]) -> tuple[dict[str, Any], list[float]]:
        kept, rates = super()._read(state)
        self._at(kept["last_epoch"])  # refuses a step beyond the cycle
        return kept, rates

    def _set(self, epoch: int) -> None:
        super()._set(epoch)
        self._set_momentum()

    def _set_momentum(self) -> None:
        momentum = self._at(self.last_epoch)[1]
        for group in self.optimizer.param_groups:
            if self._momentum == "betas":
                group["betas"] = (momentum, group["betas"][1])
            elif self._momentum == "momentum":
                group["momentum"] = momentum


def _cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) / 2.0 * (1.0 + math.cos(math.pi * part))


def _straight(start: float, end: float, part: float) -> float:
    # After its last step PyTorch's straight line goes on: below a rate of 0, and above a momentum of 1.
    return start + (end - start) * min(part, 1.0)
