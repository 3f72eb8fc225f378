"""A part of the runs, as it can be sent to another process: code, data and starts, and no functions of anybody's."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite.compiler.llvm.columns import ColumnCode
from autograd_lite.compiler.networks import TOLD

#: What is found of each run, in the order of the columns.
FOUND = ("final_loss", "accuracy", "epochs_to_target", "diverged_at", "first_loss", "mean_loss", "inverse_loss")


@dataclass
class Job:
    """Some networks, to be trained.

    Attributes
    ----------
    code : ColumnCode
    samples : ndarray
        A row of numbers for each.
    rates, starts : ndarray
        A column for each network.
    epochs : int
    target : float
        nan for none.
    """

    code: ColumnCode
    samples: Any
    rates: Any
    starts: Any
    epochs: int
    target: float

    def __call__(self) -> tuple[Any, Any]:
        """Train them: `FOUND`, a column for each network, and the parameters."""
        rows = self.code([*self.samples.ravel(), self.target], np.concatenate([self.rates, self.starts]))
        parameters, rest = np.split(rows, [len(self.starts)])
        waiting, lived, first, total, inverse = rest[: len(TOLD)]
        loss, *right = rest[len(TOLD) :] / len(self.samples)
        with np.errstate(invalid="ignore"):
            lost = (lived < self.epochs) | ~np.isfinite(loss)
            end = np.where(loss <= self.target, self.epochs, np.nan)
            found = [
                np.where(lost, np.nan, loss),
                np.where(lost, np.nan, right[0] if right else np.nan),
                np.where(waiting < lived, waiting, end),
                np.where(lost, lived, np.nan),
                first,
                np.where(lost, np.nan, total / self.epochs),
                inverse,
            ]
        return np.array(found), parameters
