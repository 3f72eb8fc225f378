"""`Dataset`: rows of numbers, what to learn from them, and the names of both.

Plain lists of floats, since a `Value` network eats one row at a time; NumPy is neither needed nor refused (`arrays.py`
reads it).  The checks are done here once, so that nothing behind this door meets a ragged row or a nan.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from autograd_lite.data.columns import Column, input_names
from autograd_lite.data.errors import DataError
from autograd_lite.terminal import printable

Task = Literal["classification", "regression"]


@dataclass(frozen=True)
class Dataset:
    """A table of numbers with a target.

    Parameters
    ----------
    name : str
    x : list of list of float
        One row for a sample; all rows of one width, all numbers finite.
    y : list
        The target of each row: the index of its class, an int, or the number to predict.
    feature_names : tuple of str, optional
        A name for each column of `x`; "x1", "x2", ... if left out.
    class_names : tuple of str, optional
        For classification; "0", "1", ... if left out.
    task : {"classification", "regression"}
    target_name : str, default "target"
    description : str
        A sentence for people.
    complete : bool, default False
        Whether the rows are all there are (a truth table): there is nothing to hold out then.
    columns : tuple of Column, optional
        What the features were before they were numbers; a column of numbers for each if left out.  Later rows are read the
        same way by them.
    notes : tuple of str, optional
        What was decided when the data were read, in sentences for people.

    Raises
    ------
    DataError
        If the rows differ in width, a number is not finite, a target is not an index of a class, or the features are not the
        inputs of the columns.

    Examples
    --------
    >>> cats = Dataset("cats", [[4.1, 30.0], [5.0, 34.0]], [0, 1], ("kg", "cm"), ("kitten", "cat"))
    >>> len(cats), cats.n_features, cats.class_counts
    (2, 2, {'kitten': 1, 'cat': 1})
    """

    name: str
    x: list[list[float]] = field(repr=False)
    y: list[float] = field(repr=False)
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    task: Task = "classification"
    target_name: str = "target"
    description: str = field(default="", repr=False)
    complete: bool = field(default=False, repr=False)
    columns: tuple[Column, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.task not in ("classification", "regression"):
            raise DataError(f"task is 'classification' or 'regression', not {self.task!r}", source=self.name)
        if not self.x:
            raise DataError("there are no rows", source=self.name)
        if len(self.x) != len(self.y):
            raise DataError(f"{len(self.x)} rows but {len(self.y)} targets", source=self.name)
        if not all(hasattr(row, "__len__") and not isinstance(row, str) for row in self.x):
            raise DataError(
                "x is a list of rows, each a list of numbers: [[v] for v in x] for one feature", source=self.name
            )
        width = len(self.x[0])
        if width == 0:
            raise DataError("the rows are empty: at least one feature is needed", source=self.name)
        if not self.feature_names:
            found = input_names(self.columns) or tuple(f"x{k + 1}" for k in range(width))
            object.__setattr__(self, "feature_names", found)
        if len(self.feature_names) != width:
            raise DataError(f"{len(self.feature_names)} names for {width} features", source=self.name)
        if not self.columns:
            object.__setattr__(self, "columns", tuple(map(Column, self.feature_names)))
        elif input_names(self.columns) != tuple(self.feature_names):
            raise DataError("the features are not the inputs of the columns", source=self.name)
        for k, row in enumerate(self.x):
            if len(row) != width:
                raise DataError(f"row {k} has {len(row)} numbers, row 0 has {width}", source=self.name)
            if (j := _wrong(row)) is not None:
                raise self._not_a_number(k, row[j], self.feature_names[j])
        if self.task == "classification":
            self._check_classes()
        elif (i := _wrong(self.y)) is not None:
            raise self._not_a_number(i, self.y[i], self.target_name)

    def _not_a_number(self, row: int, found: object, column: str) -> DataError:
        return DataError(f"row {row} holds {found!r}: only finite numbers train", source=self.name, column=column)

    def _check_classes(self) -> None:
        if any(not isinstance(label, int) or label < 0 for label in self.y):
            raise DataError("the targets of a classification are class indices: 0, 1, 2, ... as int", source=self.name)
        most = int(max(self.y))
        if not self.class_names:
            object.__setattr__(self, "class_names", tuple(str(k) for k in range(most + 1)))
        if most >= len(self.class_names):
            raise DataError(f"class {most} has no name: there are {len(self.class_names)} class names", source=self.name)

    def __len__(self) -> int:
        return len(self.x)

    def __iter__(self) -> Iterator[tuple[list[float], float]]:
        return iter(zip(self.x, self.y, strict=True))

    @property
    def n_features(self) -> int:
        """The width of a row."""
        return len(self.feature_names)

    @property
    def n_classes(self) -> int:
        """The number of classes; 0 for a regression."""
        return len(self.class_names) if self.task == "classification" else 0

    @property
    def labels(self) -> list[int]:
        """The class index of each row, for a classification."""
        if self.task != "classification":
            raise DataError("a regression has no class labels; its targets are in .y", source=self.name)
        return [int(label) for label in self.y]

    @property
    def class_counts(self) -> dict[str, int]:
        """How many rows each class has."""
        counts = Counter(self.labels)
        return {name: counts[k] for k, name in enumerate(self.class_names)}

    def subset(self, indices: Sequence[int]) -> "Dataset":
        """The rows at `indices`, in that order.

        >>> Dataset("d", [[1.0], [2.0], [3.0]], [0, 1, 0]).subset([2, 0]).x
        [[3.0], [1.0]]
        """
        return replace(self, x=[self.x[i] for i in indices], y=[self.y[i] for i in indices])

    def with_rows(self, x: list[list[float]]) -> "Dataset":
        """The same targets with other rows: scaled ones, for instance."""
        names = self.feature_names if x and len(x[0]) == self.n_features else ()
        return replace(self, x=x, feature_names=names, columns=())

    def __str__(self) -> str:
        if self.task == "regression":
            what = f"{min(self.y):.4g} to {max(self.y):.4g}"
        elif self.n_classes > 12:
            what = f"{self.n_classes} classes"
        else:
            what = ", ".join(f"{name} {count}" for name, count in self.class_counts.items())
        head = f"{self.name}: {len(self)} rows, {self.n_features} features, {self.task} of"
        return printable(f"{head} {self.target_name} ({what})")


def _wrong(numbers: Sequence[float]) -> int | None:
    """The place of the first that is no finite number, if there is one."""
    try:
        # A nan or an infinity survives the sum: one look at all of them instead of one at each.
        if math.isfinite(sum(numbers)):
            return None
    except (TypeError, OverflowError):
        pass
    for k, number in enumerate(numbers):
        try:
            if not math.isfinite(number):
                return k
        except (TypeError, OverflowError):
            return k
    return None
