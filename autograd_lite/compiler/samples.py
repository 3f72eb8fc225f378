"""The samples of a batch, and how a program is run over them: numbers in memory where NumPy is installed, in lists elsewhere.

`Columns` has a column for each number of a sample, a pointer for machine code; an array is read where it lies if its samples lie
one behind the other, and is copied once if not.  `Rows` has a list of numbers for each sample, and does the same with those.
"""

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import compress, pairwise
from typing import Any

from autograd_lite.compiler.jitted import Variant
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS

#: Results for each sample, filled in place: an array with a row for each result, or a list with a tuple for each sample.
Table = Any
#: Samples in so many pieces are taken where they lie, and together from more.
_MOST_PIECES = 64


class Rows:
    """Samples as lists of numbers.

    Parameters
    ----------
    rows : list of list of float
    places : sequence of int, optional
        Which samples of the batch they are, if not all.
    """

    def __init__(self, rows: list[list[float]], places: Sequence[int] | None = None) -> None:
        self.rows = rows
        self.places = range(len(rows)) if places is None else places

    def __len__(self) -> int:
        return len(self.places)

    def row(self, k: int) -> list[float]:
        """The numbers of a sample."""
        return self.rows[k]

    def where(self, chosen: Sequence[bool]) -> "Rows":
        """Some of the samples."""
        return Rows([*compress(self.rows, chosen)], [*compress(self.places, chosen)])

    def parted(self, chosen: Sequence[bool]) -> "tuple[list[Rows], Rows]":
        """Those, in one piece or several, and the others."""
        return [self.where(chosen)] * any(chosen), self.where([not one for one in chosen])

    def table(self, width: int) -> Table:
        """Room for so many results of each sample."""
        return [(0.0,) * width] * len(self)

    def put(self, table: Table, part: Table) -> None:
        """Write the results of these samples into the table of the whole batch."""
        for place, row in zip(self.places, part, strict=True):
            table[place] = row

    def fill(self, table: Table, row: list[float]) -> None:
        """Write the results of the only sample."""
        table[0] = tuple(row)

    def run(self, variant: Variant, shared: Any, table: Table, held: bool = False) -> list[float] | None:
        """The sums over the samples, and the results of each into `table`; None if a guard fails or something is not finite.

        Where every sample is known to be `held` by the variant, a sum may be infinite.
        """
        found = _by_rows(variant, shared, self.rows, held)
        if found is None:
            return None
        sums, table[:] = found
        return sums

    def holding(self, variant: Variant, shared: Any) -> Sequence[bool]:
        """Which samples the program of a variant has an answer for."""
        return [_by_rows(variant, shared, [row]) is not None for row in self.rows]


class Columns:
    """Samples in memory.

    Parameters
    ----------
    blocks : list of ndarray
        Of doubles, with an axis for the numbers of a sample and one for the samples, which lie one behind the other.
    count : int
    places : ndarray or range, optional
        Which samples of the batch they are, if not all.
    """

    def __init__(self, blocks: list[Any], count: int, places: Any = None) -> None:
        self.blocks, self.count = blocks, count
        self.places = range(count) if places is None else places

    def __len__(self) -> int:
        return self.count

    def row(self, k: int) -> list[float]:
        """The numbers of a sample."""
        return [number for block in self.blocks for number in block[:, k].tolist()]

    def where(self, chosen: Any) -> "Columns":
        """Some of the samples."""
        import numpy as np

        mine = np.flatnonzero(chosen)
        places = mine + self.places.start if isinstance(self.places, range) else self.places[mine]
        return Columns([block.take(mine, 1) for block in self.blocks], len(mine), places)

    def parted(self, chosen: Any) -> "tuple[list[Columns], Columns]":
        """Those, in one piece or several, and the others."""
        import numpy as np

        truths = np.asarray(chosen, dtype=bool)
        changes: Any = np.flatnonzero(truths[1:] != truths[:-1]) + 1
        if len(changes) >= _MOST_PIECES:
            return [self.where(truths)], self.where(~truths)
        ends = [0, *changes.tolist(), self.count]
        pieces = [self._piece(start, end) for start, end in pairwise(ends) if truths[start]]
        return pieces, self.where(~truths)

    def _piece(self, start: int, end: int) -> "Columns":
        """The samples from one to another, where they lie."""
        return Columns([block[:, start:end] for block in self.blocks], end - start, self.places[start:end])

    def table(self, width: int) -> Table:
        """Room for so many results of each sample."""
        import numpy as np

        return np.empty((width, self.count))

    def put(self, table: Table, part: Table) -> None:
        """Write the results of these samples into the table of the whole batch."""
        places = self.places
        table[:, slice(places.start, places.stop) if isinstance(places, range) else places] = part

    def fill(self, table: Table, row: list[float]) -> None:
        """Write the results of the only sample."""
        table[:, 0] = row

    def run(self, variant: Variant, shared: Any, table: Table, held: bool = False) -> list[float] | None:
        """As `Rows.run`."""
        if variant.code.columns is not None:
            return self._by_address(variant.code, shared, table)
        found = _by_rows(variant, shared, self._as_rows(), held)
        if found is None:
            return None
        if table.size:
            table.T[:] = found[1]
        return found[0]

    def holding(self, variant: Variant, shared: Any) -> Any:
        """Which samples the program of a variant has an answer for."""
        if variant.code.holding is None:
            return Rows(self._as_rows()).holding(variant, shared)
        truths = self.table(1)
        self._by_address(variant.code.holding(), shared, truths)
        return truths[0] == 1.0

    def inputs(self) -> list[int]:
        """Where the columns begin."""
        return [place for block in self.blocks for place in addresses(block)]

    def _by_address(self, code: Any, shared: Any, table: Table) -> list[float] | None:
        found = code.columns(shared.buffer_info()[0], self.inputs(), self.count, addresses(table))
        return None if found.__class__ is int else found

    def _as_rows(self) -> list[Any]:
        columns = [column for block in self.blocks for column in block.tolist()]
        return list(zip(*columns, strict=True)) if columns else [()] * self.count


class Placed(Columns):
    """Samples of which it is known where they are, and whose arrays are looked at only if that is needed.

    Parameters
    ----------
    columns : list of int
        Where they begin.
    count : int
    blocks : callable
        Makes the blocks.
    """

    def __init__(self, columns: list[int], count: int, blocks: Callable[[], list[Any]]) -> None:
        self.columns, self.count, self.places, self._make = columns, count, range(count), blocks

    @cached_property
    def blocks(self) -> list[Any]:  # type: ignore[override]
        return self._make()

    def inputs(self) -> list[int]:
        return self.columns


def addresses(block: Any) -> list[int]:
    """Where the rows of a block begin."""
    start, step = block.__array_interface__["data"][0], block.strides[0]
    return [start + k * step for k in range(len(block))]


def _by_rows(
    variant: Variant, shared: Any, rows: Sequence[Sequence[float]], held: bool = False
) -> tuple[list[float], list[Any]] | None:
    """The whole batch in one run on rows: sums, and results for each sample."""
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
    if held or (all(map(math.isfinite, sums)) and all(math.isfinite(number) for row in each for number in row)):
        return sums, each
    return None
