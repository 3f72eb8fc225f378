"""`History`: what happened in training, one entry an epoch, and why it ended."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from autograd_lite.nn.arguments import NOT_NEGATIVE, counted
from autograd_lite.terminal import measure


@dataclass
class History:
    """What happened: one entry an epoch, and why it ended.

    Attributes
    ----------
    losses : list of float
        The mean loss over each epoch, as the samples were met (penalties included).
    accuracies : list of float
        The fraction of samples that were answered right, as they were met, each as often as it counts; empty for a regression.
    val_losses, val_accuracies : list of float
        The same on the validation data, after each epoch; empty without.
    grad_norms : list of float
        The Euclidean norm of the last gradient of each epoch.
    learning_rates : list of float
        Of the first parameter group, in the last step of each epoch.
    stopped : str
        Which rule ended it: "epochs", "target_loss", "patience", "grad_norm", "max_seconds", "callback", "interrupted"; ""
        while it runs.
    reason : str
        The same as a sentence.
    seconds : float
        How long it took, earlier runs that were resumed included.

    Examples
    --------
    >>> history = History(losses=[0.7, 0.2, 0.3])
    >>> history.epochs, history.best_epoch, history.loss
    (3, 2, 0.3)
    """

    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    val_losses: list[float] = field(default_factory=list)
    val_accuracies: list[float] = field(default_factory=list)
    grad_norms: list[float] = field(default_factory=list)
    learning_rates: list[float] = field(default_factory=list)
    stopped: str = ""
    reason: str = ""
    seconds: float = 0.0

    @property
    def epochs(self) -> int:
        """The number of epochs that were run to their end."""
        return len(self.losses)

    @property
    def loss(self) -> float:
        """The loss of the last epoch; nan before the first."""
        return self.losses[-1] if self.losses else float("nan")

    @property
    def monitored(self) -> list[float]:
        """What patience looks at: the validation losses if there are any, else the losses."""
        return self.val_losses or self.losses

    @property
    def best_epoch(self) -> int:
        """The epoch (from 1) with the lowest monitored loss, nan being none; 0 before the first."""
        known = [(loss, epoch) for epoch, loss in enumerate(self.monitored, 1) if not math.isnan(loss)]
        return min(known)[1] if known else 0

    @property
    def measures(self) -> list[str]:
        """The newest numbers with their names, as texts; what is not measured is left out."""
        names = ("loss", "accuracy", "validation loss", "validation accuracy")
        lists = zip(names, (self.losses, self.accuracies, self.val_losses, self.val_accuracies), strict=True)
        return [measure(name, values[-1]) for name, values in lists if values]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "History":
        """Take back what `to_dict` gave.

        Raises
        ------
        ValueError
            If something in it is not what it should be.
        """
        new = cls()
        for one in fields(cls):
            value: Any = state[one.name]
            kind = type(getattr(new, one.name))
            numbers = value if kind is list and isinstance(value, list) else [value] if kind is float else []
            if (not isinstance(value, kind) and kind is not float) or not all(type(x) in (int, float) for x in numbers):
                raise ValueError(f"the {one.name} of a history cannot be {str(value)[:40]!r}")
            setattr(new, one.name, [float(number) for number in value] if kind is list else kind(value))
        for name in ("grad_norms", "learning_rates"):
            if len(getattr(new, name)) != new.epochs:
                raise ValueError(f"the history has {new.epochs} losses, but {len(getattr(new, name))} {name}")
        NOT_NEGATIVE.check("seconds", new.seconds)
        if any(
            map(math.isnan, new.losses + new.accuracies + new.learning_rates)
        ):  # training ends before one of these is nan
            raise ValueError("the losses, accuracies and rates of a history are numbers, and one is nan")
        return new

    def __str__(self) -> str:
        parts = [counted(self.epochs, "epoch"), *self.measures]
        if self.losses:
            parts[1] = f"loss {self.losses[0]:.4g} -> {self.losses[-1]:.4g}"
        return ", ".join(parts) + (f"; {self.reason}" if self.reason else "")
