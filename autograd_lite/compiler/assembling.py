"""Tables of results become what `vmap` gives: where each part of a result stands is found once, and arrays are views of the table."""

from dataclasses import dataclass
from typing import Any

from autograd_lite.compiler.axes import Axes, axes_inside
from autograd_lite.compiler.samples import Table
from autograd_lite.compiler.stacking import position, stacked
from autograd_lite.transforms.tree import NUMBER, Branch, Leaf, TreeDef, branch, offsets, size, unflatten


@dataclass(frozen=True)
class _Place:
    """A part of a result: rows of the table from `start` to `end`, as an array of a shape with the samples along `axis`.

    Without a shape it is put together sample by sample.
    """

    structure: TreeDef
    start: int
    end: int
    shape: tuple[int, ...] | None
    axis: Axes

    def of(self, table: Any, arrays: bool) -> Any:
        """The part, from an array of results."""
        if self.shape is None:
            rows = table[self.start : self.end].T.tolist()
            return _by_samples(self.structure, rows, self.axis, arrays)
        found = _moved(table, self, self.axis)
        return found if arrays or self.structure == Leaf(self.shape) and self.shape else found.tolist()


@dataclass(frozen=True)
class Layout:
    """Where the parts of a result are.

    Attributes
    ----------
    structure : TreeDef
        Of the result for one sample.
    axes : Axes
    tree : TreeDef
        The containers that stay outside, with a leaf for each part.
    places : list of _Place
    """

    structure: TreeDef
    axes: Axes
    tree: TreeDef
    places: list[_Place]

    def filled(self, table: Table, arrays: bool) -> Any:
        """The result for all samples."""
        if isinstance(table, list):
            return _by_samples(self.structure, table, self.axes, arrays)
        return unflatten(self.tree, [place.of(table, arrays) for place in self.places])


def layout(structure: TreeDef, axes: Axes) -> Layout:
    """How the results in a table become those of `vmap` with these axes.

    >>> import numpy as np
    >>> from autograd_lite.transforms.tree import partition
    >>> layout(partition((1.0, [2.0, 3.0]))[1], 0).filled(np.array([[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]), False)
    ([1.0, 4.0], [[2.0, 3.0], [5.0, 6.0]])
    """
    places: list[_Place] = []
    return Layout(structure, axes, _laid_out(structure, axes, 0, places), places)


def _laid_out(structure: TreeDef, axes: Axes, start: int, places: list[_Place]) -> TreeDef:
    shape = _shape(structure)
    if isinstance(axes, int) and shape is not None:
        axes = position(axes, len(shape) + 1)
    elif isinstance(structure, Branch) and axes is not None:
        container = unflatten(structure._replace(children=(NUMBER,) * len(structure.children)), structure.children)
        inner = axes_inside(axes, container) if not isinstance(container, list) or isinstance(axes, list) else None
        if inner is not None:
            starts = offsets(structure.children)
            triples = zip(structure.children, inner.values(), starts, strict=False)
            return branch(container, [_laid_out(child, axis, start + first, places) for child, axis, first in triples])
    places.append(_Place(structure, start, start + size(structure), shape if isinstance(axes, int) else None, axes))
    return NUMBER


def listed(structure: TreeDef, table: Table, start: int, arrays: bool) -> Any:
    """The results from row `start` on: a list with one for each sample; an array, if the arguments are arrays and it can be."""
    place = _Place(structure, start, start + size(structure), _shape(structure), 0)
    if isinstance(table, list):
        return [unflatten(structure, row[start : place.end]) for row in table]
    if place.shape is not None and arrays:
        return _moved(table, place, 0)
    return [unflatten(structure, row) for row in table[start : place.end].T.tolist()]


def _by_samples(structure: TreeDef, rows: list[Any], axes: Axes, arrays: bool) -> Any:
    """The results put together as those of a plain loop."""
    results = [unflatten(structure, row) for row in rows] or [unflatten(structure, [0.0] * size(structure))]
    return stacked(results, axes, arrays, none=not rows)


def _moved(table: Any, place: _Place, axis: int) -> Any:
    """The rows of a part as an array in which the samples go along an axis."""
    if not place.shape:
        return table[place.start]
    import numpy as np

    part = table[place.start : place.end]
    return np.moveaxis(part.reshape(*place.shape, part.shape[-1]), -1, axis)


def _shape(structure: TreeDef) -> tuple[int, ...] | None:
    """The shape of a number, of an array, and of lists in lists that are a table of numbers; None of anything else."""
    if isinstance(structure, Leaf):
        return structure.shape or ()
    if not isinstance(structure, Branch) or structure.kind is not list or not structure.children:
        return None
    first, *others = structure.children
    inner = _shape(first)
    if inner is None or not (first == NUMBER or isinstance(first, Branch)) or any(one != first for one in others):
        return None
    return (len(structure.children), *inner)
