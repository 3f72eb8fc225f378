"""The samples of a batch, and how a program is run over them: where their numbers are in memory, or as lists of numbers.

Machine code takes arrays as they lie, whatever their strides; Python source, and everything where NumPy is not installed, takes rows.
"""

import math
from array import array
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from autograd_lite.compiler.jitted import Variant
from autograd_lite.compiler.vectors import CELL, readable
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS

#: Results for each sample, filled in place: an array with a row for each result, or a list with a tuple for each sample.
Table = Any


class Samples:
    """Samples of a batch.

    Parameters
    ----------
    count : int
    shared : array of float
        The numbers that all of them share.
    blocks : list of ndarray, optional
        Of doubles, with an axis for the numbers of a sample and one for the samples.
    rows : list of list of float, optional
        The same where NumPy is not installed: the numbers of each sample.
    """

    def __init__(
        self, count: int, shared: "array[float]", blocks: list[Any] | None = None, rows: list[list[float]] | None = None
    ) -> None:
        self.count, self.shared, self.blocks = count, shared, blocks
        #: What `inputs` speaks of; None where NumPy is not installed.
        self.arrays = blocks
        if rows is not None:
            self.rows = rows

    @cached_property
    def rows(self) -> Sequence[Sequence[float]]:
        """The numbers of each sample."""
        columns = [column for block in self.blocks or () for column in block.tolist()]
        return list(zip(*columns, strict=True)) if columns else [()] * self.count

    def row(self, k: int) -> Sequence[float]:
        """The numbers of a sample."""
        if self.arrays is None:
            return self.rows[k]
        return [number for block in self.blocks or () for number in block[:, k].tolist()]

    def table(self, width: int) -> Table:
        """Room for so many results of each sample."""
        if self.arrays is None:
            return [(0.0,) * width] * self.count
        import numpy as np

        return np.empty((width, self.count))

    def write(self, table: Table, places: Sequence[int] | None, rows: Sequence[Sequence[float]]) -> None:
        """Write the results of samples, all or those at some places."""
        if self.arrays is not None:
            if table.size:
                table.T[slice(None) if places is None else places] = rows
            return
        for place, row in zip(range(self.count) if places is None else places, rows, strict=True):
            table[place] = tuple(row)

    def run(
        self, variant: Variant, table: Table, places: "array[int] | None" = None
    ) -> "tuple[list[float], array[int], array[int]]":
        """Run the program of a variant over samples, all or those at some places, and write their results into the table.

        Returns
        -------
        tuple of (list of float, array of int, array of int)
            The sums, the places of samples that go another way, and of those that the guards take for its own and the program does not.
        """
        outside = variant.captured.numbers()
        shared = self.shared + array("d", outside) if outside else self.shared
        batch = variant.code.batch
        if batch is None or self.arrays is None or not readable():
            return self._by_rows(variant, shared, table, places)
        where = [id(table) + CELL, *[id(one) + CELL for one in self.arrays]]
        return batch(shared.buffer_info()[0], where, self.inputs.buffer_info()[0], self.count, places)  # type: ignore[no-any-return]

    @cached_property
    def inputs(self) -> "array[int]":
        """For each number of a sample which block it is in, counted from 1, where it begins there, how far the samples are apart."""
        found = array("q")
        for k, one in enumerate(self.blocks or (), start=1):
            row, step = one.strides
            for j in range(len(one)):
                found.extend((k, j * row, step))
        return found

    def _by_rows(
        self, variant: Variant, shared: Sequence[float], table: Table, places: Sequence[int] | None
    ) -> "tuple[list[float], array[int], array[int]]":
        """As `run`, on rows: all at once, and if that does not go each by itself."""
        left = array("q")
        found = _together(variant, shared, self.rows if places is None else [self.rows[place] for place in places])
        if found is not None:
            self.write(table, places, found[1])
            return found[0], left, left
        sums = [0.0] * variant.kernel.summed
        for place in range(self.count) if places is None else places:
            alone = _together(variant, shared, [self.rows[place]])
            if alone is None:
                left.append(place)
                continue
            self.write(table, [place], alone[1])
            sums = [total + one for total, one in zip(sums, alone[0], strict=True)]
        return sums, left, array("q")


def _together(
    variant: Variant, shared: Sequence[float], rows: Sequence[Sequence[float]]
) -> tuple[list[float], Sequence[Sequence[float]]] | None:
    """Rows in one run: the sums, and results for each sample; None if a guard fails or something is not finite."""
    try:
        found = variant.code.function(shared, rows)
    except ARITHMETIC_ERRORS:
        return None
    if found.__class__ is int:
        return None
    sums, each = found
    kernel = variant.kernel
    if not kernel.mapped:  # nothing depends on the sample: the program ran once, and all results are in one list
        sums, each = [len(rows) * total for total in sums[: kernel.summed]], [tuple(sums[kernel.summed :])] * len(rows)
    each = each if kernel.each else [()] * len(rows)
    finite = all(map(math.isfinite, sums)) and all(math.isfinite(number) for row in each for number in row)
    return (sums, each) if finite else None
