"""Scaling of features: what is measured on the training rows is applied to every other row.

A network's weights start small and equal in size, so it learns from columns of one size; a column in metres beside one
in thousands of euros is learned badly, or not at all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from autograd_lite.data.errors import DataError

Method = Literal["standard", "minmax", "none"]


@dataclass(frozen=True)
class Scaler:
    """An affine map of each column, `(value - shift) / scale`; made by `Scaler.fit`.

    Parameters
    ----------
    shift, scale : tuple of float
        One for each column; no scale is 0.

    Examples
    --------
    >>> scaler = Scaler.fit([[0.0, 7.0], [4.0, 7.0]])
    >>> scaler.transform([[2.0, 7.0], [6.0, 8.0]])
    [[0.0, 0.0], [2.0, 1.0]]
    >>> scaler.inverse([[2.0, 1.0]])
    [[6.0, 8.0]]
    """

    shift: tuple[float, ...]
    scale: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.shift) != len(self.scale):
            raise DataError(f"{len(self.shift)} shifts but {len(self.scale)} scales")
        for k, (shift, scale) in enumerate(zip(self.shift, self.scale, strict=True)):
            if not (math.isfinite(shift) and math.isfinite(scale)) or scale == 0.0:
                raise DataError(
                    f"column {k} cannot be shifted by {shift!r} and divided by {scale!r}: "
                    "its numbers and their range must be finite, and no scale is 0"
                )

    @classmethod
    def fit(cls, rows: Sequence[Sequence[float]], method: Method = "standard") -> "Scaler":
        """Measure `rows`, the training rows.

        Parameters
        ----------
        rows : sequence of sequence of float
        method : {"standard", "minmax", "none"}
            To mean 0 and standard deviation 1 (of the population, as scikit-learn does), to the interval [0, 1], or as
            they are.

        Returns
        -------
        Scaler
            A column that does not vary is only shifted.

        Raises
        ------
        DataError
            If there are no rows, they differ in width, or a number or the range of a column is not finite.
        """
        if not rows:
            raise DataError("there are no rows to measure")
        width = len(rows[0])
        for k, row in enumerate(rows):
            if len(row) != width:
                raise DataError(f"row {k} has {len(row)} numbers, row 0 has {width}")
        columns = list(zip(*rows, strict=True))
        for k, column in enumerate(columns):
            if not all(map(math.isfinite, column)):
                raise DataError(f"column {k} holds a number that is not finite")
        if method == "none":
            return cls((0.0,) * len(columns), (1.0,) * len(columns))
        if method == "minmax":
            low = tuple(min(column) for column in columns)
            return cls(low, tuple(_width(max(column) - least) for column, least in zip(columns, low, strict=True)))
        if method != "standard":
            raise DataError(f"scaling is 'standard', 'minmax' or 'none', not {method!r}")
        shift = tuple(_mean(column) for column in columns)
        return cls(shift, tuple(_deviation(column, mean) for column, mean in zip(columns, shift, strict=True)))

    def transform(self, rows: Sequence[Sequence[float]]) -> list[list[float]]:
        """`rows`, scaled."""
        return [self.transform_row(row) for row in rows]

    def transform_row(self, row: Sequence[float]) -> list[float]:
        """One row, scaled."""
        self._check(row)
        return [(value - a) / b for value, a, b in zip(row, self.shift, self.scale, strict=True)]

    def inverse(self, rows: Sequence[Sequence[float]]) -> list[list[float]]:
        """Scaled `rows` in the units they came in."""
        for row in rows:
            self._check(row)
        return [[value * b + a for value, a, b in zip(row, self.shift, self.scale, strict=True)] for row in rows]

    def _check(self, row: Sequence[float]) -> None:
        if len(row) != len(self.shift):
            raise DataError(f"a row of {len(row)} numbers, but the scaler was fitted on {len(self.shift)} columns")

    def to_dict(self) -> dict[str, list[float]]:
        """The numbers, for a file.

        >>> Scaler((0.5,), (2.0,)).to_dict()
        {'shift': [0.5], 'scale': [2.0]}
        """
        return {"shift": list(self.shift), "scale": list(self.scale)}

    @classmethod
    def from_dict(cls, numbers: Mapping[str, Any]) -> "Scaler":
        """The scaler that `to_dict` described."""
        try:
            return cls(tuple(float(v) for v in numbers["shift"]), tuple(float(v) for v in numbers["scale"]))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"a scaler is two lists of numbers, 'shift' and 'scale' ({error})") from None


def _mean(column: Sequence[float]) -> float:
    """The mean; of a column that does not vary its value, to the bit."""
    if min(column) == max(column):
        return column[0]
    # Divided before it is summed, so that the sum of huge numbers does not overflow.
    return math.fsum(value / len(column) for value in column)


def _deviation(column: Sequence[float], mean: float) -> float:
    """The standard deviation; 1 if the column does not vary."""
    # Measured in units of the largest deviation, so that squares neither overflow nor vanish.
    unit = max(abs(value - mean) for value in column)
    if unit == 0.0:
        return 1.0
    return unit * math.sqrt(math.fsum(((value - mean) / unit) ** 2 for value in column) / len(column))


def _width(width: float) -> float:
    return width if width > 0.0 else 1.0
