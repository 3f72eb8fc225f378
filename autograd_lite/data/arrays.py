"""Data that is in memory already: lists, NumPy arrays, pandas frames.

Recognised by what they offer (`columns`, `tolist`), so neither library is imported here.
"""

from collections.abc import Sequence
from typing import Any

from autograd_lite.data.dataset import Dataset, Task
from autograd_lite.data.encoding import encode_labels
from autograd_lite.data.errors import DataError


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
        Numbers, or class labels of any kind.
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
        If `x` is not a table of finite numbers, or `y` does not have a target for each row.

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
    rows = _rows(x, name)
    targets = _listed(y)
    if any(isinstance(target, list | tuple) for target in targets):
        raise DataError("y is a flat list, one target for each row; a column of shape (n, 1) is y.ravel()", source=name)
    chosen = task or _task(targets)
    if chosen == "regression":
        numbers = [_float(target, name, f"target {k}") for k, target in enumerate(targets)]
        return Dataset(name, rows, numbers, tuple(feature_names or ()), task="regression")
    if class_names is not None:
        labels = [int(label) for label in targets]
        return Dataset(name, rows, list(labels), tuple(feature_names or ()), tuple(class_names))
    indices, classes = encode_labels([int(label) if isinstance(label, bool) else label for label in targets])
    return Dataset(name, rows, list(indices), tuple(feature_names or ()), classes)


def _listed(values: Any) -> list[Any]:
    """`values` as a list of Python objects: NumPy's and pandas' scalars become ints and floats."""
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    return list(values.tolist() if hasattr(values, "tolist") else values)


def _rows(x: Any, name: str) -> list[list[float]]:
    rows = _listed(x)
    if rows and not isinstance(rows[0], list | tuple) and not hasattr(rows[0], "tolist"):
        raise DataError(
            "x is a table, one row for each sample; a single feature is [[v] for v in x], or x.reshape(-1, 1)", source=name
        )
    return [[_float(cell, name, f"x[{i}][{j}]") for j, cell in enumerate(_listed(row))] for i, row in enumerate(rows)]


def _float(cell: Any, name: str, place: str) -> float:
    if isinstance(cell, str | bytes):
        raise DataError(f"{place} is the text {cell!r}; numbers are needed", source=name)
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise DataError(f"{place} is {cell!r} of type {type(cell).__name__}; numbers are needed", source=name) from None


def _task(targets: list[Any]) -> Task:
    return "regression" if targets and all(isinstance(target, float) for target in targets) else "classification"
