"""Cells of a table as numbers and labels, and the words for a cell that is neither.

Columns are converted whole, at the speed of `float`; only when that fails is the table gone through cell by cell, to find
the first one that is wrong and say what is wrong with it.
"""

import math
from collections.abc import Sequence

from autograd_lite.data.dataset import Task
from autograd_lite.data.encoding import encode_labels
from autograd_lite.data.errors import DataError, quoted
from autograd_lite.data.table import Table, is_number

#: What people write into a cell that has no value.
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a"})
#: More different whole numbers than this are quantities, not classes.
MOST_CLASSES = 20


def rows_of_numbers(table: Table, columns: Sequence[int]) -> list[list[float]]:
    """The cells of `columns` as floats, row by row.

    Raises
    ------
    DataError
        With the line and the column of the first cell that is missing, a text, or not finite.
    """
    converted = [_whole_column([row[k] for row in table.rows]) for k in columns]
    found = [column for column in converted if column is not None]
    if len(found) == len(converted):
        return list(map(list, zip(*found, strict=True)))
    return [[_number(table, i, k) for k in columns] for i in range(len(table.rows))]


def target(table: Table, goal: int, task: Task | None) -> tuple[list[float], tuple[str, ...], Task]:
    """The numbers of the column to predict, the names of its classes, and the task.

    Texts are class labels; so are few different whole numbers, unless `task` says otherwise.
    """
    name = table.header[goal]
    cells = [row[goal] for row in table.rows]
    different = set(cells)  # few, where they are labels: each is looked at once

    def complain(wrong: set[str], problem: str) -> DataError:
        i = next(i for i, cell in enumerate(cells) if cell in wrong)
        return DataError(problem.format(quoted(cells[i])), source=table.source, line=table.lines[i], column=name)

    if absent := set(filter(is_missing, different)):
        raise complain(absent, "the target is missing; fill it in or delete the row")
    texts = {cell for cell in different if not reads_as_number(cell)}
    if texts and task != "classification":
        # A few texts among many different numbers are slips in a column of quantities.
        slips = len(different) > MOST_CLASSES and sum(cell in texts for cell in cells) < len(cells) / 2
        if task == "regression" or slips:
            raise complain(texts, "{} is not a number")
    if not texts and task != "classification":
        numbers = [row[0] for row in rows_of_numbers(table, [goal])]
        count = len(set(numbers))
        whole = all(number.is_integer() for number in numbers)
        if task == "regression" or not whole or count > MOST_CLASSES or 2 * count > len(numbers):
            return numbers, (), "regression"
    labels: list[str] | list[float] = cells if texts else [row[0] for row in rows_of_numbers(table, [goal])]
    indices, classes = encode_labels(labels)
    if len(classes) < 2:
        problem = f"every row is of the class {quoted(classes[0])}: there is nothing to tell apart"
        raise DataError(problem, source=table.source, column=name)
    return list(indices), classes, "classification"


def known_classes(table: Table, goal: int, classes: Sequence[str]) -> list[float]:
    """For each cell of the column `goal` the index of its class among `classes`."""
    index: dict[str, float] = {name: k for k, name in enumerate(classes)}
    found: list[float] = []
    for row, line in zip(table.rows, table.lines, strict=True):
        cell = row[goal]
        label = cell if cell in index else _plain(cell)
        if label not in index:
            problem = f"{quoted(cell)} is not a class the model knows; they are {', '.join(classes)}"
            raise DataError(problem, source=table.source, line=line, column=table.header[goal])
        found.append(index[label])
    return found


def without_missing(table: Table, columns: Sequence[int]) -> Table:
    """The rows of `table` that have a value in each of `columns`."""
    kept = [i for i, row in enumerate(table.rows) if not any(is_missing(row[k]) for k in columns)]
    if not kept:
        raise DataError("every row has a missing cell", source=table.source)
    return Table(table.source, table.header, [table.rows[i] for i in kept], [table.lines[i] for i in kept])


def is_missing(cell: str) -> bool:
    """Whether the cell says that there is no value.

    >>> is_missing("N/A"), is_missing("0")
    (True, False)
    """
    return len(cell) <= 4 and cell.lower() in MISSING


def reads_as_number(cell: str) -> bool:
    """Whether a cell is a number, finite or not, and not a way to say that there is none.

    >>> reads_as_number("-1.5e3"), reads_as_number("1_000"), reads_as_number("nan")
    (True, False, False)
    """
    # Python takes 1_000 for a number; in a file it is more likely a slip.
    return "_" not in cell and is_number(cell) and not is_missing(cell)


def _whole_column(cells: list[str]) -> list[float] | None:
    """The cells as floats, or None if some cell is not, or may not be, a finite number."""
    try:
        numbers = list(map(float, cells))
    except ValueError:
        return None
    # A nan or an infinity survives every sum; a sum that overflows without one is looked at again cell by cell.
    return numbers if math.isfinite(sum(numbers)) and "_" not in "".join(cells) else None


def _number(table: Table, i: int, k: int) -> float:
    """The number in row `i`, column `k`, or an error that says what is there instead."""
    cell = table.rows[i][k]
    if reads_as_number(cell) and math.isfinite(float(cell)):
        return float(cell)
    if is_missing(cell):
        written = "empty" if not cell else f"{cell!r}, which stands for a missing number"
        problem = f"the cell is {written}; fill it in, delete the row, or drop such rows"
    elif reads_as_number(cell):
        problem = f"{quoted(cell)} is not a finite number"
    elif not any(reads_as_number(row[k]) for row in table.rows):
        problem = (
            f"this column holds texts such as {quoted(cell)}; a network needs numbers: "
            "replace each text by a number, or leave the column out (ignore)"
        )
    else:
        hint = " (write a decimal point, not a comma)" if reads_as_number(cell.replace(",", ".")) else ""
        problem = f"{quoted(cell)} is not a number{hint}"
    raise DataError(problem, source=table.source, line=table.lines[i], column=table.header[k])


def _plain(cell: str) -> str:
    """A whole number as the class names write it: 1.0 and 01 are 1."""
    if not reads_as_number(cell) or not float(cell).is_integer():
        return cell
    return str(int(float(cell)))
