"""`Runs`: what became of many trainings, a row for each."""

import csv
import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from autograd_lite.files import write_result
from autograd_lite.many.grid import Grid
from autograd_lite.terminal import Table

_SHOWN = 12
#: The columns that are shown.
_TOLD = ("final_loss", "accuracy", "epochs_to_target", "diverged_at")


class Runs:
    """A table of runs: the settings of each, and what was found.

    Columns are arrays with a number for each run: the settings of the grid, then

    - `final_loss` and, where the loss knows what is right, `accuracy`: of the trained network; nan if it has diverged;
    - `epochs_to_target`: the number of steps after which the loss was first at the target; nan if it never was;
    - `diverged_at`: the number of steps after which the loss was no finite number; nan if it always was one;
    - `first_loss`: before the first step; `mean_loss`: over all steps;
    - `inverse_loss`: the sum of 1 / loss over all steps, as long as the loss was finite.

    Attributes
    ----------
    columns : dict of str to ndarray
        As scikit-learn's `cv_results_`; `pandas.DataFrame(runs.columns)` takes it.
    shape : tuple of int
        How many values of each setting there are: `runs["final_loss"].reshape(runs.shape)`.
    parameters : ndarray or None
        A row with the trained parameters of each run, if they were asked for.

    Examples
    --------
    >>> found = {"final_loss": [0.0, np.nan], "epochs_to_target": [7, np.nan], "diverged_at": [np.nan, 3]}
    >>> Runs(Grid.of({"lr": [0.1, 9.0]}), {name: np.array(column) for name, column in found.items()}).summary()
    '2 runs: 1 reached the target, after 7 epochs in the median; 1 diverged'
    """

    def __init__(self, grid: Grid, found: dict[str, Any], parameters: Any = None) -> None:
        self.columns: dict[str, Any] = {name: grid.column(name) for name in grid.values} | found
        self.shape, self.parameters = grid.shape, parameters

    def __len__(self) -> int:
        return len(self.columns["final_loss"])

    def __getitem__(self, name: str) -> Any:
        if name not in self.columns:
            raise KeyError(f"there is no column {name!r}; there are {', '.join(self.columns)}")
        return self.columns[name]

    @property
    def diverged(self) -> Any:
        """For each run whether its loss stopped being a finite number."""
        return ~np.isnan(self.columns["diverged_at"])

    @property
    def converged(self) -> Any:
        """For each run whether it ended below where it began."""
        return self.columns["final_loss"] < self.columns["first_loss"]

    def best(self) -> int:
        """The number of the run with the lowest final loss.

        Raises
        ------
        ValueError
            If all have diverged.
        """
        if self.diverged.all():
            raise ValueError("every run has diverged: try lower learning rates")
        return int(np.nanargmin(self.columns["final_loss"]))

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write all rows to a file; what there is none of is an empty cell."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        rows = zip(*[column.tolist() for column in self.columns.values()], strict=True)
        writer.writerows(["" if cell != cell else cell for cell in row] for row in rows)
        return write_result(path, text.getvalue(), "runs.csv")

    def summary(self) -> str:
        """What can be said of all runs."""
        reached = self.columns["epochs_to_target"]
        reached, diverged = reached[~np.isnan(reached)], int(self.diverged.sum())
        told = (
            f"{len(reached):,} reached the target, after {np.median(reached):g} epochs in the median; "
            if len(reached)
            else ""
        )
        return f"{len(self):,} run{'s' * (len(self) != 1)}: {told}{f'{diverged:,}' if diverged else 'none'} diverged"

    def __str__(self) -> str:
        """The first rows, with what can be said of all of them above."""
        settings = list(self.columns)[: len(self.shape)]
        names = [*settings, *[name for name in _TOLD if not np.isnan(self.columns[name]).all()]]
        shown = [[_cell(self.columns[name][k]) for name in names] for k in range(min(_SHOWN, len(self)))]
        more = f"\n... {len(self) - _SHOWN:,} more" if len(self) > _SHOWN else ""
        return f"{Table(names, shown, title=self.summary(), right=range(len(names)))}{more}"

    __repr__ = __str__


def _cell(number: Any) -> str:
    return "" if number != number else f"{number:.4g}" if isinstance(number, float) else str(number)
