"""Data that is in memory already: lists, NumPy arrays, pandas frames.

Recognised by what they offer (`columns`, `to_numpy`, `tolist`), so neither library is imported here.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from autograd_lite.data.dataset import Dataset, Task
from autograd_lite.data.encoding import encode_labels
from autograd_lite.data.errors import DataError, quoted


def from_arrays(
    x: Any,
    y: Any,
    *,
    name: str = "data",
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    task: Task | None = None,
) -> Dataset:
    """A `Dataset` of rows and targets in memory.

    Parameters
    ----------
    x : sequence of rows, 2-D array or DataFrame
    y : sequence, 1-D array or Series
        Numbers, or class labels of any kind.  The classes of a categorical Series keep the order of its categories.
    name : str, default "data"
    feature_names : sequence of str, optional
        The frame's columns, or x1, x2, ..., if left out.
    class_names : sequence of str, optional
        Names for the labels 0, 1, 2, ...; `y` holds these numbers then.
    task : {"classification", "regression"}, optional
        If left out: texts, booleans and ints are classes, floats are quantities.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If `x` is not a table of finite numbers, or `y` does not have a target for each row; with the row, counted from 0,
        and the column.

    Examples
    --------
    >>> from_arrays([[1, 2], [3, 4]], ["no", "yes"]).y
    [0, 1]
    >>> import numpy as np
    >>> from_arrays(np.eye(2), np.array([0.5, 1.5])).task
    'regression'
    """
    if feature_names is None and hasattr(x, "columns"):
        feature_names = [str(column) for column in x.columns]
    rows = _rows(x, name, list(feature_names or ()))
    targets = _targets(y, name)
    title = str(getattr(y, "name", None) or "target")
    columns = tuple(feature_names or ())
    chosen = task or ("classification" if class_names is not None else _task(targets))
    if chosen == "regression":
        numbers = [_float(value, name, k, title) for k, value in enumerate(targets)]
        return Dataset(name, rows, numbers, columns, task="regression", target_name=title)
    if class_names is not None:
        return Dataset(name, rows, _indices(targets, name), columns, tuple(class_names), target_name=title)
    indices, classes = _encoded(y, targets)
    return Dataset(name, rows, list(indices), columns, classes, target_name=title)


def _rows(x: Any, name: str, columns: list[str]) -> list[list[float]]:
    rows = _listed(x, "x", name)
    if rows and not isinstance(rows[0], list | tuple) and not hasattr(rows[0], "tolist"):
        raise DataError(
            "x is a table, one row for each sample; a single feature is [[v] for v in x], or x.reshape(-1, 1)", source=name
        )
    cells = [_listed(row, f"row {i} of x", name) for i, row in enumerate(rows)]
    kinds = {type(cell) for row in cells for cell in row}
    if kinds <= {float}:
        return cells

    def column(j: int) -> str:
        return columns[j] if j < len(columns) else f"x{j + 1}"

    return [[_float(cell, name, i, column(j)) for j, cell in enumerate(row)] for i, row in enumerate(cells)]


def _targets(y: Any, name: str) -> list[Any]:
    targets = _listed(y, "y", name)
    if any(isinstance(target, list | tuple) for target in targets):
        raise DataError(
            "y is a flat list, one target for each row; a column of shape (n, 1) is y.ravel(), of a frame frame['name']",
            source=name,
        )
    for k, target in enumerate(targets):
        if _is_missing(target):
            raise DataError(f"the target of row {k} is missing ({target}); fill it in or drop the row", source=name)
    return targets


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
        problem = f"row {row} holds the text {quoted(str(cell))}; a network needs numbers"
        advice = "leave the column out, or make it numbers (pandas.get_dummies makes a column of 0 and 1 for each text)"
        raise DataError(f"{problem}: {advice}", source=name, column=column)
    if _is_missing(cell):
        raise DataError(f"row {row} is missing ({cell}); fill it in or drop the row", source=name, column=column)
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        problem = f"row {row} holds {quoted(str(cell))} of type {type(cell).__name__}; a network needs finite numbers"
        raise DataError(problem, source=name, column=column) from None


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
