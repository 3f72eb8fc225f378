"""When to stop: rules that look at nothing but the history, so that a resumed run stops where an undisturbed one does."""

import math
from dataclasses import dataclass

from autograd_lite.nn.arguments import NOT_NEGATIVE, POSITIVE, Range, check_count, counted
from autograd_lite.nn.training.history import History

_NO_RULE = "None for no such rule"


@dataclass(frozen=True)
class StoppingRules:
    """The rules of `fit`; None means that a rule is not in force."""

    epochs: int
    target_loss: float | None = None
    patience: int | None = None
    min_delta: float = 0.0
    grad_norm: float | None = None
    max_seconds: float | None = None

    def __post_init__(self) -> None:
        check_count("epochs", self.epochs)
        NOT_NEGATIVE.check("min_delta", self.min_delta)
        NOT_NEGATIVE.check_all(_NO_RULE, grad_norm=self.grad_norm)
        POSITIVE.check_all(_NO_RULE, max_seconds=self.max_seconds)
        Range(-math.inf).check_all(_NO_RULE, target_loss=self.target_loss)
        if self.patience is not None:
            check_count("patience", self.patience, instead="None waits for ever")

    def check(self, history: History) -> tuple[str, str] | None:
        """The name of the rule that says stop, and a sentence; None to go on.

        >>> StoppingRules(100, patience=2).check(History(losses=[1.0, 0.5, 0.6, 0.7]))
        ('patience', 'no improvement for 2 epochs')
        """
        if not history.losses:
            return None
        monitored = history.monitored
        if self.target_loss is not None and monitored[-1] <= self.target_loss:
            return "target_loss", f"the loss reached {self.target_loss:g}"
        if self.grad_norm is not None and history.grad_norms and history.grad_norms[-1] <= self.grad_norm:
            return "grad_norm", f"the norm of the gradient reached {self.grad_norm:g}"
        if self.patience is not None and waited(monitored, self.min_delta) >= self.patience:
            return "patience", f"no improvement for {counted(self.patience, 'epoch')}"
        if self.max_seconds is not None and history.seconds >= self.max_seconds:
            return "max_seconds", f"{self.max_seconds:g} seconds are over"
        if history.epochs >= self.epochs:
            return "epochs", "the one epoch is done" if self.epochs == 1 else f"all {self.epochs} epochs are done"
        return None


def waited(losses: list[float], min_delta: float = 0.0) -> int:
    """How many of the last losses were no improvement, by more than `min_delta`, on the best before them.

    >>> waited([1.0, 0.5, 0.6, 0.7]), waited([1.0, 0.95, 0.93], min_delta=0.1)
    (2, 2)
    """
    best, count = math.inf, 0
    for loss in losses:
        if loss < best - min_delta:
            best, count = loss, 0
        else:
            count += 1
    return count
