"""The samples of a batch, and how a program is run over them: where their numbers are in memory, or as lists of numbers.

Machine code takes arrays as they lie, whatever their strides; Python source, and everything where NumPy is not installed, takes rows.
"""

import math
from array import array
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from autograd_lite.compiler.axes import entries
from autograd_lite.compiler.vectors import block, readable
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
        self.arrays: Sequence[Any] | None = blocks
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
            table.T[slice(None) if places is None else places] = rows
            return
        for place, row in zip(range(self.count) if places is None else places, rows, strict=True):
            table[place] = tuple(row)

    def run(self, variant: Any, table: Table, places: "array[int] | None" = None) -> "tuple[list[float], array[int]]":
        """Run the program of a variant over samples, all or those at some places, and write their results into the table.

        Returns
        -------
        tuple of (list of float, array of int)
            The sums, and the places of samples that go another way.
        """
        outside = variant.captured.numbers()
        shared = self.shared + array("d", outside) if outside else self.shared
        batch = variant.code.batch
        if batch is None or self.arrays is None or not readable():
            return self._by_rows(variant, shared, table, places)
        return batch(shared.buffer_info()[0], self, table, places)  # type: ignore[no-any-return]

    def part(self, places: Any) -> "Samples":
        """Those at some places, gathered."""
        return Samples(len(places), self.shared, [_gathered(block, places) for block in self.blocks or ()])

    @cached_property
    def inputs(self) -> "array[int]":
        """For each number of a sample which block it is in, counted from 1, where it begins there, how far samples are apart, in bytes."""
        found = array("q")
        for k, one in enumerate(self.blocks or (), start=1):
            row, step = one.strides
            for j in range(len(one)):
                found.extend((k, j * row, step))
        return found

    def _by_rows(
        self, variant: Any, shared: Sequence[float], table: Table, places: Sequence[int] | None
    ) -> "tuple[list[float], array[int]]":
        """As `run`, on rows: all at once, and if that does not go each by itself."""
        left = array("q")
        found = _together(variant, shared, self.rows if places is None else [self.rows[place] for place in places])
        if found is not None:
            self.write(table, places, found[1])
            return found[0], left
        sums = [0.0] * variant.kernel.summed
        for place in range(self.count) if places is None else places:
            alone = _together(variant, shared, [self.rows[place]])
            if alone is None:
                left.append(place)
                continue
            self.write(table, [place], alone[1])
            sums = [total + one for total, one in zip(sums, alone[0], strict=True)]
        return sums, left


class Placed(Samples):
    """Samples of which it is known where they are in some arrays, which are taken apart only if that is needed."""

    def __init__(
        self, count: int, shared: "array[float]", arrays: Sequence[Any], axes: Sequence[int], inputs: "array[int]"
    ) -> None:
        self.count, self.shared, self.arrays, self.axes, self.inputs = count, shared, arrays, axes, inputs

    @cached_property
    def blocks(self) -> list[Any]:  # type: ignore[override]
        return blocks_of(self.arrays or (), self.axes)


def blocks_of(arrays: Sequence[Any], axes: Sequence[int]) -> list[Any]:
    """The numbers of samples that lie along axes of arrays."""
    return [block(entries(one, axis))[0] for one, axis in zip(arrays, axes, strict=True)]  # type: ignore[index]


def inputs_of(arrays: Sequence[Any], axes: Sequence[int]) -> "array[int] | None":
    """What `Samples.inputs` is for samples along axes of arrays; None if their numbers do not lie as they do there."""
    import numpy as np

    blocks = blocks_of(arrays, axes)
    if not all(map(np.may_share_memory, blocks, arrays)):
        return None
    inputs = Samples(0, array("d"), blocks).inputs
    for k in range(0, len(inputs), 3):
        block, one = blocks[inputs[k] - 1], arrays[inputs[k] - 1]
        inputs[k + 1] += _address(block) - _address(one)
    return inputs


def _address(one: Any) -> int:
    return one.__array_interface__["data"][0]  # type: ignore[no-any-return]


def _gathered(block: Any, places: Any) -> Any:
    """The numbers of the samples at some places; NumPy takes rows faster than columns."""
    import numpy as np

    if block.T.flags.c_contiguous:
        return block.T.take(places, 0).T
    found = np.empty((len(block), len(places)))
    for row, column in zip(found, block, strict=True):
        row[...] = column[places]
    return found


def _together(
    variant: Any, shared: Sequence[float], rows: Sequence[Sequence[float]]
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
