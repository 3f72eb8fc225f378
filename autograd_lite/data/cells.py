"""Cells of a table as numbers, categories and labels, and the words for a cell that is none of these.

Columns are converted whole, at the speed of `float`; only where that fails is a column gone through cell by cell, to see
whether it holds categories, or to find the first cell that is wrong and say what is wrong with it.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from autograd_lite.data.columns import Column, categories_of, input_names, joined, too_many
from autograd_lite.data.dataset import Task
from autograd_lite.data.encoding import encode_labels
from autograd_lite.data.errors import DataError, quoted
from autograd_lite.data.numerals import Mark, decimal_mark, is_missing, no_number, reads_as_number, slip, with_point
from autograd_lite.data.table import Table
from autograd_lite.terminal import clean

#: More different whole numbers than this are quantities, not classes.
MOST_CLASSES = 20


def with_decimal_mark(table: Table, columns: Sequence[int]) -> Table:
    """The table with the decimal mark that its cells in `columns` are written with, unless it was given.

    Raises
    ------
    DataError
        If every comma may as well stand between thousands.
    """
    if table.decimal is not None:
        return table
    # Where everything reads with a point there is nothing to find out.
    doubtful = [k for k in columns if any("," in row[k] for row in table.rows)]
    mark = decimal_mark(row[k] for k in columns for row in table.rows) if doubtful else "."
    if mark is None:
        i, k = next((i, k) for i, row in enumerate(table.rows) for k in doubtful if decimal_mark([row[k]]) is None)
        cell = table.rows[i][k]
        meant = f"{cell.replace(',', '.')} or {cell.replace(',', '')}"
        advice = "write nothing between thousands, or have commas read as decimal marks (decimal=',')"
        problem = f"{quoted(cell)} may be {meant}: {advice}"
        raise DataError(problem, source=table.source, line=table.lines[i], column=table.header[k])
    return replace(table, decimal=mark)


def columns_of(table: Table, places: Sequence[int]) -> tuple[Column, ...]:
    """What the columns at `places` hold: numbers, or categories where no cell is a number and the texts are few.

    Raises
    ------
    DataError
        For texts that are too many, and for quantities that cannot be read (dates, percentages).
    """
    found = tuple(_column(table, k) for k in places)
    input_names(found)  # no two alike
    return found


def rows_of_inputs(table: Table, places: Sequence[int], columns: Sequence[Column]) -> list[list[float]]:
    """The cells at `places` as what they become by `columns`, row by row.

    Raises
    ------
    DataError
        With the line and the column of a cell that is missing, no finite number, or no known category.
    """
    if not any(column.categories for column in columns):
        return rows_of_numbers(table, places)
    return joined([_inputs(table, k, column) for k, column in zip(places, columns, strict=True)])


def rows_of_numbers(table: Table, columns: Sequence[int]) -> list[list[float]]:
    """The cells of `columns` as floats, row by row.

    Raises
    ------
    DataError
        With the line and the column of the first cell that is missing, a text, or not finite.
    """
    converted = [_whole_column(table, k) for k in columns]
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
        raise complain(absent, f"the target is missing; {_FILL_IN}")
    texts = {cell for cell in different if not reads_as_number(cell, table.decimal or ".")}
    if texts and task != "classification":
        # A few texts among many different numbers are slips in a column of quantities.
        slips = len(different) > MOST_CLASSES and sum(cell in texts for cell in cells) < len(cells) / 2
        if task == "regression" or slips:
            wrong = next(cell for cell in cells if cell in texts)
            raise complain({wrong}, "{} " + slip(wrong, table.decimal or "."))
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
        label = cell if cell in index else _plain(cell, table.decimal or ".")
        if label not in index:
            problem = f"{quoted(cell)} is not a class the model knows; they are {', '.join(map(clean, classes))}"
            raise DataError(problem, source=table.source, line=line, column=table.header[goal])
        found.append(index[label])
    return found


def without_missing(table: Table, columns: Sequence[int]) -> Table:
    """The rows of `table` that have a value in each of `columns`."""
    kept = [i for i, row in enumerate(table.rows) if not any(is_missing(row[k]) for k in columns)]
    if not kept:
        empty = [k for k in columns if all(is_missing(row[k]) for row in table.rows)]
        raise DataError(
            "every row has a missing cell" + ("; this column has no value at all" if empty else ""),
            source=table.source,
            column=table.header[empty[0]] if empty else None,
        )
    return replace(table, rows=[table.rows[i] for i in kept], lines=[table.lines[i] for i in kept])


_FILL_IN = "fill it in, delete the row, or drop such rows (missing='drop')"


def _column(table: Table, k: int) -> Column:
    """The column at `k`: of numbers, unless it holds few texts and no number."""
    name, mark = table.header[k], table.decimal or "."
    if _whole_column(table, k) is not None:
        return Column(name)
    present = [(row[k], line) for row, line in zip(table.rows, table.lines, strict=True) if not is_missing(row[k])]
    numbers = sum(reads_as_number(cell, mark) for cell, _ in present)
    leave_out = f"leave the column out (ignore=[{name!r}])"
    for cell, line in present:
        problem = None if reads_as_number(cell, mark) else slip(cell, mark) if numbers else no_number(cell, mark)
        if problem is None:
            continue
        if numbers:
            others = f", as {numbers} of the {len(present)} cells of this column are" if problem == "is not a number" else ""
            problem += f"{others}; correct it, or {leave_out}"
        else:
            problem += f"; or {leave_out}"
        raise DataError(f"{quoted(cell)} {problem}", source=table.source, line=line, column=name)
    if numbers or not present:
        return Column(name)
    texts = [cell for cell, _ in present]
    categories = categories_of(texts)
    if not categories:
        raise DataError(f"{too_many(texts)}: {leave_out}", source=table.source, line=present[0][1], column=name)
    return Column(name, categories)


def _inputs(table: Table, k: int, column: Column) -> list[tuple[float, ...]]:
    """The column at `k` as the inputs of `column`, row by row."""
    if not column.categories:
        return [(row[0],) for row in rows_of_numbers(table, [k])]
    known = {category: column.encode(category) for category in column.categories}
    found = []
    for row, line in zip(table.rows, table.lines, strict=True):
        cell = row[k]
        inputs = known.get(cell) or known.get(_plain(cell))
        if inputs is None:
            problem = _missing(cell) if is_missing(cell) else column.unknown(cell)
            raise DataError(problem, source=table.source, line=line, column=column.name)
        found.append(inputs)
    return found


def _whole_column(table: Table, k: int) -> list[float] | None:
    """The cells of column `k` as floats, or None if some cell is not, or may not be, a finite number."""
    cells: list[str] = [row[k] for row in table.rows]
    if table.decimal == ",":
        cells = [with_point(cell, ",") for cell in cells]
    try:
        numbers = list(map(float, cells))
    except ValueError:
        return None
    # A nan or an infinity survives every sum; a sum that overflows without one is looked at again cell by cell.
    return numbers if math.isfinite(sum(numbers)) and "_" not in "".join(cells) else None


def _number(table: Table, i: int, k: int) -> float:
    """The number in row `i`, column `k`, or an error that says what is there instead."""
    cell, mark = table.rows[i][k], table.decimal or "."
    if reads_as_number(cell, mark) and math.isfinite(number := float(with_point(cell, mark))):
        return number
    if is_missing(cell):
        problem = _missing(cell)
    elif reads_as_number(cell, mark):
        problem = f"{quoted(cell)} is not a finite number"
    else:
        problem = f"{quoted(cell)} {slip(cell, mark)}"
    raise DataError(problem, source=table.source, line=table.lines[i], column=table.header[k])


def _missing(cell: str) -> str:
    written = "empty" if not cell else f"{cell!r}, which stands for a missing value"
    return f"the cell is {written}; {_FILL_IN}"


def _plain(cell: str, mark: Mark = ".") -> str:
    """A whole number as the class names write it: 1.0 and 01 are 1."""
    if not reads_as_number(cell, mark) or not float(with_point(cell, mark)).is_integer():
        return cell
    return str(int(float(with_point(cell, mark))))
