"""A CSV file as a data set: numbers for features, numbers or class labels for the target; anything else is an error that
names the line and the column."""

import math
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Literal

from autograd_lite.data.dataset import Dataset, Task
from autograd_lite.data.encoding import encode_labels
from autograd_lite.data.errors import DataError
from autograd_lite.data.table import Table, read_table

#: What people write into a cell that has no value.
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a"})
#: More different whole numbers than this are quantities, not classes.
_MOST_CLASSES = 20


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
    left_out = {table.index(name, "column to ignore") for name in ignore}
    if goal in left_out:
        raise DataError(f"column {target!r} is both the target and ignored", source=table.source)
    wanted = [k for k in range(len(table.header)) if k != goal and k not in left_out]
    if not wanted:
        raise DataError("no column is left to predict from", source=table.source)
    if missing == "drop":
        table = _without_missing(table, [*wanted, goal])
    x = _columns_as_numbers(table, wanted)
    y, classes, kind = _target(table, goal, task)
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
    return _columns_as_numbers(table, [table.index(name, "column") for name in names]), table


def read_targets(table: Table, target: str, classes: Sequence[str]) -> list[float]:
    """The column `target` of a file as a model knows it: the index of one of `classes`, or a number if there are none.

    Raises
    ------
    DataError
        For a label that is none of the classes.
    """
    goal = table.index(target, "target column")
    if not classes:
        return [row[0] for row in _columns_as_numbers(table, [goal])]
    index = {name: k for k, name in enumerate(classes)}
    found: list[float] = []
    for cell, line in _cells(table, goal):
        label = cell if cell in index else _plain(cell)
        if label not in index:
            raise DataError(
                f"{cell!r} is not a class the model knows; they are {', '.join(classes)}",
                source=table.source,
                line=line,
                column=target,
            )
        found.append(index[label])
    return found


def _cells(table: Table, column: int) -> list[tuple[str, int]]:
    return [(row[column], line) for row, line in zip(table.rows, table.lines, strict=True)]


def _columns_as_numbers(table: Table, columns: list[int]) -> list[list[float]]:
    return [
        [_number(row[k], lambda problem, k=k, line=line: _at(table, line, k, problem)) for k in columns]  # type: ignore[misc]
        for row, line in zip(table.rows, table.lines, strict=True)
    ]


def _at(table: Table, line: int, column: int, problem: str) -> DataError:
    name = table.header[column]
    if problem == "text" and not any(_reads_as_number(cell) for cell, _ in _cells(table, column)):
        return DataError(
            f"this column holds texts such as {_short(table.rows[0][column])}; a network needs numbers: "
            "replace each text by a number, or leave the column out (ignore)",
            source=table.source,
            line=line,
            column=name,
        )
    if problem == "text":
        cell = table.rows[table.lines.index(line)][column]
        hint = " (write a decimal point, not a comma)" if _reads_as_number(cell.replace(",", ".")) else ""
        problem = f"{_short(cell)} is not a number{hint}"
    return DataError(problem, source=table.source, line=line, column=name)


def _number(cell: str, error: Callable[[str], DataError]) -> float:
    if cell.lower() in MISSING:
        written = "empty" if not cell else f"{cell!r}, which stands for a missing number"
        raise error(f"the cell is {written}; fill it in, delete the row, or drop such rows")
    if not _reads_as_number(cell):
        raise error("text")
    number = float(cell)
    if not math.isfinite(number):
        raise error(f"{_short(cell)} is not a finite number")
    return number


def _reads_as_number(cell: str) -> bool:
    # Python takes 1_000 for a number; in a file it is more likely a slip.
    if "_" in cell:
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return cell.lower() not in MISSING


def _target(table: Table, goal: int, task: Task | None) -> tuple[list[float], tuple[str, ...], Task]:
    """The target's numbers, the names of its classes, and the task."""
    name = table.header[goal]
    cells = _cells(table, goal)
    for cell, line in cells:
        if cell.lower() in MISSING:
            raise DataError(
                "the target is missing; fill it in or delete the row", source=table.source, line=line, column=name
            )
    texts = [(cell, line) for cell, line in cells if not _reads_as_number(cell)]
    if texts and task != "classification":
        # A few texts among many different numbers are slips in a column of quantities.
        slips = len(texts) < len(cells) / 2 and len({cell for cell, _ in cells}) > _MOST_CLASSES
        if task == "regression" or slips:
            raise DataError(f"{_short(texts[0][0])} is not a number", source=table.source, line=texts[0][1], column=name)
    if not texts and task != "classification":
        numbers = [row[0] for row in _columns_as_numbers(table, [goal])]
        different = len(set(numbers))
        whole = all(number.is_integer() for number in numbers)
        if task == "regression" or not whole or different > _MOST_CLASSES or 2 * different > len(numbers):
            return numbers, (), "regression"
    labels = [cell if texts else float(cell) for cell, _ in cells]
    indices, classes = encode_labels(labels)
    if len(classes) < 2:
        raise DataError(
            f"every row is of the class {_short(classes[0])}: there is nothing to tell apart",
            source=table.source,
            column=name,
        )
    return list(indices), classes, "classification"


def _without_missing(table: Table, columns: list[int]) -> Table:
    kept = [
        (row, line)
        for row, line in zip(table.rows, table.lines, strict=True)
        if not any(row[k].lower() in MISSING for k in columns)
    ]
    if not kept:
        raise DataError("every row has a missing cell", source=table.source)
    return Table(table.source, table.header, [row for row, _ in kept], [line for _, line in kept])


def _plain(cell: str) -> str:
    """A whole number as the class names write it: 1.0 and 01 are 1."""
    return (
        str(int(float(cell))) if _reads_as_number(cell) and math.isfinite(float(cell)) and float(cell).is_integer() else cell
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
