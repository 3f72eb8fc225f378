"""A CSV file as a data set: numbers for features, numbers or class labels for the target; anything else is an error that
names the line and the column."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

from autograd_lite.data import cells
from autograd_lite.data.dataset import Dataset, Task
from autograd_lite.data.errors import DataError
from autograd_lite.data.table import Table, read_table


def read_csv(
    path: str | Path,
    target: str,
    *,
    ignore: Collection[str] = (),
    task: Task | None = None,
    missing: Literal["error", "drop"] = "error",
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Dataset:
    """Read a CSV file whose first line names the columns.

    Parameters
    ----------
    path : str or Path
    target : str
        The name of the column to predict.  Texts in it are class labels; so are whole numbers of which there are at most
        20 different ones, each on two rows on average; other numbers make a regression.
    ignore : collection of str, optional
        Columns to leave out (names, identifiers).
    task : {"classification", "regression"}, optional
        Instead of the choice above.
    missing : {"error", "drop"}, default "error"
        Whether a row with an empty cell is an error or is left out.
    encoding, delimiter : str, optional
        See `read_table`.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        With the line and the column, for a cell that is missing or not a finite number, and for all that `read_table`
        refuses.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "cats.csv"
    >>> _ = path.write_text("kg,cm,kind\\n4.5,33,cat\\n0.9,14,kitten\\n5.1,35,cat\\n1.1,16,kitten\\n")
    >>> print(read_csv(path, "kind"))
    cats: 4 rows, 2 features, classification of kind (cat 2, kitten 2)
    """
    if task not in (None, "classification", "regression"):
        raise DataError(f"task is 'classification' or 'regression', not {task!r}")
    if missing not in ("error", "drop"):
        raise DataError(f"missing is 'error' or 'drop', not {missing!r}")
    table = read_table(path, encoding=encoding, delimiter=delimiter)
    goal = table.index(target, "target column")
    ignore = [ignore] if isinstance(ignore, str) else ignore
    left_out = {table.index(name, "column to ignore") for name in ignore}
    if goal in left_out:
        raise DataError(f"column {target!r} is both the target and ignored", source=table.source)
    wanted = [k for k in range(len(table.header)) if k != goal and k not in left_out]
    if not wanted:
        raise DataError("no column is left to predict from", source=table.source)
    if missing == "drop":
        table = cells.without_missing(table, [*wanted, goal])
    x = cells.rows_of_numbers(table, wanted)
    y, classes, kind = cells.target(table, goal, task)
    names = tuple(table.header[k] for k in wanted)
    return Dataset(Path(path).stem, x, y, names, classes, kind, target_name=target, description=f"the file {path}")


def read_features(
    path: str | Path,
    names: Sequence[str],
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> tuple[list[list[float]], Table]:
    """The columns `names` of a CSV file, in that order: what a trained model needs to predict.

    Returns
    -------
    (list of list of float, Table)
        A row of numbers for each row of the file, and the whole file as texts.

    Raises
    ------
    DataError
        As `read_csv`; other columns are not looked at.
    """
    table = read_table(path, encoding=encoding, delimiter=delimiter)
    return cells.rows_of_numbers(table, [table.index(name) for name in names]), table


def read_targets(table: Table, target: str, classes: Sequence[str]) -> list[float]:
    """The column `target` of a file as a model knows it: the index of one of `classes`, or a number if there are none.

    Raises
    ------
    DataError
        For a label that is none of the classes.
    """
    goal = table.index(target, "target column")
    if not classes:
        return [row[0] for row in cells.rows_of_numbers(table, [goal])]
    return cells.known_classes(table, goal, classes)
