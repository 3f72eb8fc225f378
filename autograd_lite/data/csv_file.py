"""A CSV file as a data set: numbers and categories for features, numbers or class labels for the target; anything else is
an error that names the line and the column."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from autograd_lite.data import cells
from autograd_lite.data.columns import Column, input_names
from autograd_lite.data.dataset import Dataset, Task
from autograd_lite.data.errors import DataError
from autograd_lite.data.numerals import Mark
from autograd_lite.data.table import Table, read_table

Missing = Literal["error", "drop"]


def read_csv(
    path: str | Path,
    target: str,
    *,
    ignore: Collection[str] = (),
    task: Task | None = None,
    missing: Missing = "error",
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: Mark | None = None,
    columns: Sequence[Column] | None = None,
    class_names: Sequence[str] | None = None,
) -> Dataset:
    """Read a CSV file whose first line names the columns.

    A feature column in which no cell is a number, of at most 20 different texts, each in two rows on average, is read as
    categories: an input for each text, or one input for two texts (see `Column`).

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
    encoding, delimiter, decimal : str, optional
        See `read_table`.
    columns : sequence of Column, optional
        The features to read, and their categories, as an earlier data set has them in `.columns`; other columns of the file
        are not looked at.
    class_names : sequence of str, optional
        The classes, in the order of an earlier data set.

    Returns
    -------
    Dataset
        What was decided while reading is told in its `notes`.

    Raises
    ------
    DataError
        With the line and the column, for a cell that is missing, not a finite number, or no known category; for a column of
        too many different texts, or of dates or percentages; and for all that `read_table` refuses.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "cats.csv"
    >>> _ = path.write_text("kg,coat,kind\\n4.5,grey,cat\\n0.9,grey,kitten\\n5.1,red,cat\\n1.1,red,kitten\\n")
    >>> cats = read_csv(path, "kind")
    >>> print(cats)
    cats: 4 rows, 2 features, classification of kind (cat 2, kitten 2)
    >>> cats.feature_names, cats.x[0], cats.notes
    (('kg', 'coat=red'), [4.5, 0.0], ('coat: grey or red, one input (1 for red)',))
    """
    if task not in (None, "classification", "regression"):
        raise DataError(f"task is 'classification' or 'regression', not {task!r}")
    _check_missing(missing)
    table = read_table(path, encoding=encoding, delimiter=delimiter, decimal=decimal)
    goal = table.index(target, "target column")
    wanted = _wanted(table, goal, ignore) if columns is None else [table.index(column.name) for column in columns]
    if missing == "drop":
        complete = cells.without_missing(table, [*wanted, goal])
        left_out = len(table.rows) - len(complete.rows)
        table = complete
    else:
        left_out = 0
    numeric = [k for k, column in zip(wanted, columns or [], strict=True) if not column.categories] if columns else wanted
    table = cells.with_decimal_mark(table, [*numeric, goal])
    known = cells.columns_of(table, wanted) if columns is None else tuple(columns)
    x = cells.rows_of_inputs(table, wanted, known)
    if not class_names:
        y, classes, kind = cells.target(table, goal, task)
    else:
        y, classes, kind = read_targets(table, target, class_names), tuple(class_names), "classification"
    notes = [column.describe() for column in known if column.categories and columns is None]
    if table.decimal == "," and decimal is None:
        notes.insert(0, "the numbers are read with a decimal comma")
    if left_out:
        notes.insert(0, f"{left_out} {'row' if left_out == 1 else 'rows'} with missing cells left out")
    return Dataset(
        Path(path).stem,
        x,
        y,
        input_names(known),
        classes,
        kind,
        target_name=target,
        description=f"the file {path}",
        columns=known,
        notes=tuple(notes),
    )


def read_features(
    path: str | Path | Table,
    columns: Sequence[str | Column],
    *,
    missing: Missing = "error",
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: Mark | None = None,
) -> tuple[list[list[float]], Table]:
    """Some columns of a CSV file, in the order asked for: what a trained model needs to predict.

    Parameters
    ----------
    path : str, Path or Table
        A file, or what `read_table` has read.
    columns : sequence of str or Column
        The `columns` of the data set that was learned from, which know their categories; a name is a column of numbers.
    missing : {"error", "drop"}, default "error"
        Whether a row with an empty cell in one of these columns is an error or is left out.
    encoding, delimiter, decimal : str, optional
        See `read_table`; of a table that has been read they are known.

    Returns
    -------
    (list of list of float, Table)
        A row of numbers for each row of the table, and the table, without the rows that were left out.

    Raises
    ------
    DataError
        As `read_csv`; other columns are not looked at.
    """
    _check_missing(missing)
    if isinstance(path, Table):
        table = path if decimal is None else replace(path, decimal=decimal)
    else:
        table = read_table(path, encoding=encoding, delimiter=delimiter, decimal=decimal)
    known = [Column(column) if isinstance(column, str) else column for column in columns]
    places = [table.index(column.name) for column in known]
    if missing == "drop":
        table = cells.without_missing(table, places)
    table = cells.with_decimal_mark(table, [k for k, column in zip(places, known, strict=True) if not column.categories])
    return cells.rows_of_inputs(table, places, known), table


def read_targets(table: Table, target: str, classes: Sequence[str]) -> list[float]:
    """The column `target` of a file as a model knows it: the index of one of `classes`, or a number if there are none.

    Raises
    ------
    DataError
        For a label that is none of the classes.
    """
    goal = table.index(target, "target column")
    if not classes:
        table = cells.with_decimal_mark(table, [goal])
        return [row[0] for row in cells.rows_of_numbers(table, [goal])]
    return cells.known_classes(table, goal, classes)


def _wanted(table: Table, goal: int, ignore: Collection[str]) -> list[int]:
    """The places of all columns but the target and those to ignore."""
    ignore = [ignore] if isinstance(ignore, str) else ignore
    left_out = {table.index(name, "column to ignore") for name in ignore}
    if goal in left_out:
        raise DataError(f"column {table.header[goal]!r} is both the target and ignored", source=table.source)
    wanted = [k for k in range(len(table.header)) if k != goal and k not in left_out]
    if not wanted:
        raise DataError("no column is left to predict from", source=table.source)
    return wanted


def _check_missing(missing: str) -> None:
    if missing not in ("error", "drop"):
        raise DataError(f"missing is 'error' or 'drop', not {missing!r}")
