"""Rows of numbers that lie one after the other in memory: a data set without a Python object for each number."""

import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, overload


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

    @classmethod
    def of(cls, thing: Any) -> "Matrix | None":
        """The rows of an array with two axes of real numbers that doubles hold, NumPy's or like it; None of anything else."""
        if hasattr(thing, "to_numpy"):  # pandas
            thing = thing.to_numpy()
        kind = getattr(getattr(thing, "dtype", None), "kind", "")
        if kind not in "fiub" or not kind or len(thing.shape) != 2 or not all(thing.shape) or thing.dtype.itemsize > 8:
            return None
        numbers = array("d")
        numbers.frombytes(thing.astype("=f8", order="C").tobytes())
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

    def little_endian(self) -> bytes:
        """The numbers as bytes, the same on every machine."""
        numbers = self.numbers
        if sys.byteorder == "big":
            numbers = array("d", numbers)
            numbers.byteswap()
        return numbers.tobytes()
