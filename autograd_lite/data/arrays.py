"""Data that is in memory already: lists, NumPy arrays, pandas frames.

Recognised by what they offer (`columns`, `to_numpy`, `tolist`), so neither library is imported here.  Columns of texts become
what they become in a file (`columns.py`); a frame may also say which of its columns are categorical, and in which order.
"""

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Any, Literal

from autograd_lite.data.columns import Column, categories_of, input_names, joined, too_many
from autograd_lite.data.dataset import Dataset, Task
from autograd_lite.data.encoding import encode_labels, label_text
from autograd_lite.data.errors import DataError, quoted
from autograd_lite.data.numerals import no_number, reads_as_number


def from_arrays(
    x: Any,
    y: Any,
    *,
    name: str = "data",
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    task: Task | None = None,
    missing: Literal["error", "drop"] = "error",
    columns: Sequence[Column] | None = None,
) -> Dataset:
    """A `Dataset` of rows and targets in memory.

    Parameters
    ----------
    x : sequence of rows, 2-D array or DataFrame
        Numbers; columns of texts become categories where they would in a file (see `read_csv`), and categorical columns of a
        frame always do, in the order of its categories.
    y : sequence, 1-D array or Series
        Numbers, or class labels of any kind.  The classes of a categorical Series keep the order of its categories.
    name : str, default "data"
    feature_names : sequence of str, optional
        The frame's columns, or x1, x2, ..., if left out.
    class_names : sequence of str, optional
        Names for the labels 0, 1, 2, ...; `y` holds these numbers then.
    task : {"classification", "regression"}, optional
        If left out: texts, booleans and ints are classes, floats are quantities.
    missing : {"error", "drop"}, default "error"
        Whether a row in which a cell or the target is None, nan or NA is an error or is left out.
    columns : sequence of Column, optional
        What the columns hold, as an earlier data set has them in `.columns`; of a frame only these are read.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If `x` is not a table of finite numbers and categories, or `y` does not have a target for each row; with the row,
        counted from 0, and the column.

    Examples
    --------
    >>> from_arrays([[1, 2], [3, 4]], ["no", "yes"]).y
    [0, 1]
    >>> from_arrays([["red", 1], ["blue", 2], ["red", 3], ["blue", 4]], [0, 0, 1, 1]).feature_names
    ('x1=red', 'x2')
    >>> import numpy as np
    >>> from_arrays(np.eye(2), np.array([0.5, 1.5])).task
    'regression'
    """
    if missing not in ("error", "drop"):
        raise DataError(f"missing is 'error' or 'drop', not {missing!r}")
    cells, names, declared = _cells(x, name, columns)
    names = list(feature_names or names)
    targets = _listed(y, "y", name)
    notes = []
    if missing == "drop" and len(cells) == len(targets):
        kept = [not any(map(_is_missing, (*row, target))) for row, target in zip(cells, targets, strict=True)]
        left_out = kept.count(False)
        cells, targets = (list(compress(values, kept)) for values in (cells, targets))
        if left_out and not cells:
            raise DataError("every row has a missing cell", source=name)
        if left_out:
            notes.append(f"{left_out} {'row' if left_out == 1 else 'rows'} with missing cells left out")
    _check_targets(targets, name)
    known = _columns(cells, names, declared, name) if columns is None else tuple(columns)
    notes += [column.describe() for column in known if column.categories and columns is None]
    rows = _rows(cells, known, names, name)
    facts: dict[str, Any] = {
        "target_name": str(getattr(y, "name", None) or "target"),
        "columns": known,
        "notes": tuple(notes),
    }
    inputs = input_names(known) if known else tuple(names)
    chosen = task or ("classification" if class_names is not None else _task(targets))
    if chosen == "regression":
        numbers = [_float(value, name, k, facts["target_name"]) for k, value in enumerate(targets)]
        return Dataset(name, rows, numbers, inputs, task="regression", **facts)
    if class_names is not None:
        return Dataset(name, rows, _indices(targets, name), inputs, tuple(class_names), **facts)
    indices, classes = _encoded(y, targets)
    return Dataset(name, rows, list(indices), inputs, classes, **facts)


def encode_rows(x: Any, columns: Sequence[Column]) -> list[list[float]]:
    """Rows in memory as the inputs of a network that learned from `columns`.

    Parameters
    ----------
    x : sequence of rows, 2-D array or DataFrame
        Of a frame the columns are taken by name.
    columns : sequence of Column
        The `columns` of the data set that was learned from.

    Raises
    ------
    DataError
        With the row and the column of a cell that is missing, no finite number, or no known category.

    Examples
    --------
    >>> encode_rows([[4.5, "yes"]], [Column("kg"), Column("tame", ("no", "yes"))])
    [[4.5, 1.0]]
    """
    cells, _, _ = _cells(x, "x", columns)
    return _rows(cells, columns, [], "x")


def _cells(x: Any, name: str, columns: Sequence[Column] | None) -> tuple[list[list[Any]], list[str], dict[int, list[Any]]]:
    """The rows of `x`, the names of its columns if it has any, and the categories of those that a frame declares."""
    names, declared = [], {}
    if hasattr(x, "columns") and hasattr(x, "dtypes"):
        if columns is not None:
            absent = [column.name for column in columns if column.name not in x.columns]
            if absent:
                raise DataError(f"there is no column {absent[0]!r}", source=name)
            x = x[[column.name for column in columns]]
        names = [str(column) for column in x.columns]
        kinds = enumerate(x.dtypes)
        declared = {j: list(kind.categories) for j, kind in kinds if type(kind).__name__ == "CategoricalDtype"}
    rows = _listed(x, "x", name)
    if rows and not isinstance(rows[0], list | tuple) and not hasattr(rows[0], "tolist"):
        raise DataError(
            "x is a table, one row for each sample; a single feature is [[v] for v in x], or x.reshape(-1, 1)", source=name
        )
    return [_listed(row, f"row {i} of x", name) for i, row in enumerate(rows)], names, declared


def _columns(cells: list[list[Any]], names: list[str], declared: dict[int, list[Any]], name: str) -> tuple[Column, ...]:
    """What the columns hold; nothing if the rows are ragged or there are none, which `Dataset` complains about."""
    widths = set(map(len, cells))
    if len(widths) != 1 or not (width := widths.pop()) or (names and len(names) != width):
        return ()
    found = []
    for j in range(width):
        column = Column(names[j] if names else f"x{j + 1}")
        texts = [row[j] for row in cells if not _is_missing(row[j])]
        if j in declared:
            present = set(texts)
            column = Column(column.name, tuple(label_text(one) for one in declared[j] if one in present))
        elif texts and all(isinstance(text, str) for text in texts):
            if wrong := next((text for text in texts if reads_as_number(text) or no_number(text)), None):
                row = next(i for i, row in enumerate(cells) if row[j] == wrong)
                raise DataError(_is_text(wrong, row), source=name, column=column.name)
            column = Column(column.name, categories_of(texts))
            if not column.categories:
                raise DataError(f"{too_many(texts)}: leave the column out", source=name, column=column.name)
        found.append(column)
    input_names(found)  # no two alike
    return tuple(found)


def _rows(cells: list[list[Any]], columns: Sequence[Column], names: list[str], name: str) -> list[list[float]]:
    """The cells as what they become by `columns`; without columns, as numbers."""
    kinds = {type(cell) for row in cells for cell in row}
    if kinds <= {float} and not any(column.categories for column in columns):
        return cells
    if not columns:
        return [
            [_float(cell, name, i, names[j] if j < len(names) else f"x{j + 1}") for j, cell in enumerate(row)]
            for i, row in enumerate(cells)
        ]
    for i, row in enumerate(cells):
        if len(row) != len(columns):
            raise DataError(f"row {i} has {len(row)} cells for {len(columns)} columns", source=name)
    return joined([[_inputs(row[j], column, name, i) for i, row in enumerate(cells)] for j, column in enumerate(columns)])


def _inputs(cell: Any, column: Column, name: str, row: int) -> tuple[float, ...]:
    if not column.categories:
        return (_float(cell, name, row, column.name),)
    if _is_missing(cell):
        raise DataError(_no_value(cell, row), source=name, column=column.name)
    if (text := label_text(cell)) not in column.categories:
        raise DataError(f"row {row}: {column.unknown(text)}", source=name, column=column.name)
    return column.encode(text)


def _check_targets(targets: list[Any], name: str) -> None:
    if any(isinstance(target, list | tuple) for target in targets):
        raise DataError(
            "y is a flat list, one target for each row; a column of shape (n, 1) is y.ravel(), of a frame frame['name']",
            source=name,
        )
    for k, target in enumerate(targets):
        if _is_missing(target):
            problem = f"the target of row {k} is missing ({target}); fill it in, or drop such rows (missing='drop')"
            raise DataError(problem, source=name)


def _listed(values: Any, what: str, name: str) -> list[Any]:
    """`values` as a list of Python objects: NumPy's and pandas' scalars become ints and floats."""
    if hasattr(values, "toarray"):
        raise DataError(f"{what} is sparse; {what}.toarray() makes it a table of numbers", source=name)
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    found = values.tolist() if hasattr(values, "tolist") else values
    if not isinstance(found, Iterable) or isinstance(found, str | bytes):
        raise DataError(f"{what} is {quoted(str(found))}; a list or an array is needed", source=name)
    return list(found)


def _float(cell: Any, name: str, row: int, column: str) -> float:
    if isinstance(cell, str | bytes):
        raise DataError(_is_text(str(cell), row), source=name, column=column)
    if _is_missing(cell):
        raise DataError(_no_value(cell, row), source=name, column=column)
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        problem = f"row {row} holds {quoted(str(cell))} of type {type(cell).__name__}; a network needs finite numbers"
        raise DataError(problem, source=name, column=column) from None


def _is_text(text: str, row: int) -> str:
    """The message for a text that should be a number."""
    if reads_as_number(text):
        return f"row {row} holds the text {quoted(text)}; make the column numbers with float(text), or .astype(float)"
    if problem := no_number(text):
        return f"row {row} holds the text {quoted(text)}, which {problem}; or leave the column out"
    return (
        f"row {row} holds the text {quoted(text)} in a column of numbers; correct it or leave the column out "
        "(a column of texts alone is read as categories)"
    )


def _no_value(cell: Any, row: int) -> str:
    return f"row {row} is missing ({cell}); fill it in, or drop such rows (missing='drop')"


def _is_missing(value: Any) -> bool:
    """Whether `value` is None, a nan, or pandas' NA or NaT."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"  # it has no truth value, and neither has its comparison


def _task(targets: list[Any]) -> Task:
    return "regression" if targets and all(isinstance(target, float) for target in targets) else "classification"


def _indices(targets: list[Any], name: str) -> list[float]:
    """Class indices, from ints, booleans or whole floats."""
    for k, target in enumerate(targets):
        if not isinstance(target, int) and not (isinstance(target, float) and target.is_integer()):
            problem = (
                f"the target of row {k} is {quoted(str(target))}; with class_names the targets are the indices 0, 1, 2, ..."
            )
            raise DataError(problem, source=name)
    return [int(target) for target in targets]


def _encoded(y: Any, targets: list[Any]) -> tuple[list[int], tuple[str, ...]]:
    """The index of each label among the classes that occur, and their names."""
    categories = getattr(getattr(y, "dtype", None), "categories", None)
    if categories is None:
        return encode_labels([int(label) if isinstance(label, bool) else label for label in targets])
    present = set(targets)
    classes = [category for category in _listed(categories, "the categories", "y") if category in present]
    index = {category: k for k, category in enumerate(classes)}
    return [index[target] for target in targets], tuple(str(category) for category in classes)
