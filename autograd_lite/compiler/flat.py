"""A batch as numbers: those that all samples share, and for each sample its own, without a Python object for each in an array."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

from autograd_lite.compiler.axes import Batch, Part
from autograd_lite.compiler.samples import Samples
from autograd_lite.compiler.vectors import block, of_rows, packed, vector, with_arrays
from autograd_lite.transforms.tree import NUMBER, TreeDef, compose, partition, size


def flattened(batch: Batch, static: frozenset[int] = frozenset()) -> "FlatBatch":
    """The arguments as numbers; those at the places in `static` are part of the treedefs."""
    flat = FlatBatch(batch.count, batch.arrays)
    parts = iter(batch.parts)
    for place, tree in enumerate(batch.trees):
        fixed = place in static
        flat.structures.append(compose(tree, lambda leaf, fixed=fixed: flat.add(next(parts), fixed)))  # type: ignore[misc]
    return flat


@dataclass
class FlatBatch:
    """The numbers of a batch.

    Attributes
    ----------
    count : int
        The samples.
    arrays : bool
        Whether some of them are in an array.
    structures : list of TreeDef
        Of the arguments for one sample.
    runs : list of (int, bool)
        For each part how many numbers a sample has of it, and whether samples have one each.
    shared : list
        The numbers of each part that all samples share: a list, or an array.
    own : list
        The numbers of each part of which samples have their own: a list for each sample, or a block of memory (`vectors.block`).
    """

    count: int
    arrays: bool
    structures: list[TreeDef] = field(default_factory=list)
    runs: list[tuple[int, bool]] = field(default_factory=list)
    shared: list[Any] = field(default_factory=list, repr=False)
    own: list[Any] = field(default_factory=list, repr=False)

    def add(self, part: Part, static: bool) -> TreeDef:
        """Append the numbers of a part; gives its treedef for one sample."""
        if part.entries is None:
            numbers, tree = (None if static else vector(part.shared)) or partition(part.shared, static)
            self.shared.append(numbers)
        else:
            rows, tree = block(part.entries) or _rows(part)
            self.own.append(rows)
        self.runs.append((size(tree), part.entries is not None))
        return tree

    @cached_property
    def shape(self) -> tuple[Any, ...]:
        """What a program depends on: the structures, and which numbers are shared."""
        return tuple(self.structures), tuple(self.runs)

    @property
    def mapped(self) -> list[bool]:
        """For each number of a sample whether it is its own."""
        return [mapped for count, mapped in self.runs for _ in range(count)]

    @property
    def given(self) -> list[Any]:
        """The numbers that came as they are, and may be Values."""
        lists = [one for one in self.shared if isinstance(one, list)]
        return [*chain(*lists), *chain(*[row for rows in self.own if isinstance(rows, list) for row in rows])]

    def samples(self) -> Samples:
        """The numbers, as plain ones."""
        shared = packed(self.shared)
        if with_arrays():
            return Samples(self.count, shared, [of_rows(one) if isinstance(one, list) else one for one in self.own])
        rows = [[float(one) for part in row for one in part] for row in zip(*self.own, strict=True)]
        return Samples(self.count, shared, rows=rows)

    def sample(self, shared: Sequence[float], row: Sequence[float]) -> list[float]:
        """The numbers of one sample, in the order of the arguments."""
        of_shared, of_row = iter(shared), iter(row)
        return [next(of_row if mapped else of_shared) for mapped in self.mapped]


def _rows(part: Part) -> tuple[list[list[Any]], TreeDef]:
    """The numbers of a part for each sample, one sample after the other, and the treedef of one."""
    assert part.entries is not None
    rows: list[list[Any]] = []
    tree: TreeDef = NUMBER
    for n, entry in enumerate(part.entries):
        numbers, other = partition(entry)
        rows.append(numbers)
        if n == 0:
            tree = other
        elif isinstance(entry, bool) and isinstance(part.entries[0], bool) and other != tree:
            raise TypeError(
                f"truths that differ from sample to sample ({part.place}) are no numbers to compute with: a truth is fixed "
                "in the program. Give 1.0 and 0.0, an array as array.astype(float)"
            )
        elif other != tree:
            raise ValueError(
                f"sample {n} has another shape than sample 0 ({part.place}): {entry!r:.60} against {part.entries[0]!r:.60}"
            )
    return rows, tree
