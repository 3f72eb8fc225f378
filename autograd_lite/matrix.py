"""Rows of numbers that lie one after the other in memory: a data set without a Python object for each number."""

import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, overload

from autograd_lite.engine.arrays import unmasked


class Matrix(Sequence[list[float]]):
    """Rows of floats, all as wide; a row is a list, made when it is asked for.

    Parameters
    ----------
    numbers : array of float
        Row after row.
    width : int
        At least 1.

    Examples
    --------
    >>> rows = Matrix(array("d", [1.0, 2.0, 3.0, 4.0]), 2)
    >>> len(rows), rows[1], rows.chosen([1, 1])[0]
    (2, [3.0, 4.0], [3.0, 4.0])
    """

    __slots__ = ("numbers", "width")

    def __init__(self, numbers: "array[float]", width: int) -> None:
        self.numbers, self.width = numbers, width

    @staticmethod
    def fits(thing: Any) -> bool:
        """Whether something is an array with two axes of real numbers that doubles hold, NumPy's or like it, and not empty."""
        kind, shape = getattr(getattr(thing, "dtype", None), "kind", ""), getattr(thing, "shape", ())
        return kind != "" and kind in "fiub" and len(shape) == 2 and all(shape) and thing.dtype.itemsize <= 8

    @classmethod
    def of(cls, thing: Any) -> "Matrix | None":
        """The rows of an array, or of a table that pandas made; None of anything else."""
        thing = unmasked(thing.to_numpy() if hasattr(thing, "to_numpy") else thing)
        if not cls.fits(thing):
            return None
        numbers = array("d")
        numbers.frombytes(thing.astype("=f8", order="C", copy=False).data.cast("B"))
        return cls(numbers, thing.shape[1])

    def __len__(self) -> int:
        return len(self.numbers) // self.width

    @overload
    def __getitem__(self, k: int) -> list[float]: ...
    @overload
    def __getitem__(self, k: slice) -> list[list[float]]: ...
    def __getitem__(self, k: Any) -> Any:
        if isinstance(k, slice):
            return [self[one] for one in range(*k.indices(len(self)))]
        if not -len(self) <= k < len(self):
            raise IndexError(f"row {k} of {len(self)}")
        first = k % len(self) * self.width
        return self.numbers[first : first + self.width].tolist()

    def chosen(self, places: Iterable[int]) -> "Matrix":
        """Some of the rows."""
        numbers, width = array("d"), self.width
        for k in places:
            numbers += self.numbers[k * width : (k + 1) * width]
        return Matrix(numbers, width)

    def array(self) -> Any:
        """The same memory as an array of NumPy's, if that is installed; else a list of the rows."""
        try:
            import numpy as np
        except ImportError:
            return list(self)
        return np.frombuffer(self.numbers).reshape(-1, self.width)

    def is_finite(self) -> bool:
        """Whether no number is nan or infinite."""
        table = self.array()
        if isinstance(table, list):
            return all(map(math.isfinite, self.numbers))
        return bool(-math.inf < table.min() and table.max() < math.inf)

    def little_endian(self) -> bytes:
        """The numbers as bytes, the same on every machine."""
        numbers = self.numbers
        if sys.byteorder == "big":
            numbers = array("d", numbers)
            numbers.byteswap()
        return numbers.tobytes()
