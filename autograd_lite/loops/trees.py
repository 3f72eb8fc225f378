"""What goes through a loop: a carry whose structure stays, entries along axis 0 that come in, results that are put together.

As for `vmap`, lists and arrays hold the entries, and tuples and dicts are containers around them.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.arrays import unmasked
from autograd_lite.engine.facts import constant_of
from autograd_lite.engine.value import Value
from autograd_lite.transforms.tree import (
    NUMBER,
    Branch,
    Leaf,
    Static,
    TreeDef,
    array_of,
    branch,
    describe,
    offsets,
    partition,
    tree_map,
    unflatten,
)  # fmt: skip

#: The treedef of None, where there is no carry or no result.
NOTHING = Static(None)


def numbers_of(tree: Any, what: str) -> tuple[list[Any], TreeDef]:
    """The numbers of `tree`, truths among them, and its treedef; `what` is what an error calls it.

    >>> numbers_of({"n": 0, "done": True}, "init")[1] == numbers_of({"n": 0.5, "done": 2.0}, "init")[1]
    True
    """
    if tree.__class__ is Value:
        return [tree], NUMBER
    if tree is None:
        return [], NOTHING
    try:
        return partition(tree_map(_number, tree))
    except TypeError as error:
        raise TypeError(f"{what}: {error}") from None


def as_values(numbers: Sequence[Any]) -> list[Any]:
    """Values in place of plain numbers, constants."""
    return [number if isinstance(number, Value) else constant_of(Value, number) for number in numbers]


def _number(thing: Any) -> Any:
    """A truth as a number, anything else as it is."""
    return float(thing) if isinstance(thing, bool) or getattr(getattr(thing, "dtype", None), "name", "") == "bool" else thing


def matching(model: TreeDef, tree: Any, word: str, of: str) -> list[Any]:
    """The numbers of `tree` as Values, which must have the structure `model`; a dict may have its keys in another order.

    Raises
    ------
    TypeError
        With the place where the two part, which begins with `word`; `of` says what the model is that of.
    """
    numbers, given = numbers_of(tree, word)
    if given == model:
        return as_values(numbers)
    found = _difference(model, given, word)
    if found is not None:
        place, one, other = found
        raise TypeError(
            f"{place} is {describe(other)} where {of} has {describe(one)}: each step returns the same lists, tuples, dicts and "
            "arrays of numbers"
        )
    return as_values(numbers_of(_in_order(model, tree), word)[0])


def _difference(one: TreeDef, other: TreeDef, place: str) -> tuple[str, TreeDef, TreeDef] | None:
    """The first place where two treedefs differ, with what is there; None if there is none but the order of keys."""
    if not isinstance(one, Branch) or not isinstance(other, Branch) or one.kind != other.kind:
        return None if one == other else (place, one, other)
    keys, more = (each.keys or range(len(each.children)) for each in (one, other))
    if set(keys) != set(more):
        return place, one, other
    there = dict(zip(more, other.children, strict=True))
    pairs = zip(keys, one.children, strict=True)
    return next((d for key, child in pairs if (d := _difference(child, there[key], f"{place}[{key!r}]"))), None)


def _in_order(model: TreeDef, tree: Any) -> Any:
    """The tree with the keys of its dicts in the order of the model's."""
    if not isinstance(model, Branch):
        return tree
    keys = model.keys or range(len(model.children))
    inner = {key: _in_order(child, tree[key]) for key, child in zip(keys, model.children, strict=True)}
    return inner if model.keys else [*inner.values()]


def is_recorded() -> bool:
    """Whether the loop is being recorded for a compiler: then everything stays a Value."""
    return modes.substitute.get() is not None


def moves(leaves: Sequence[Any]) -> bool:
    """Whether a gradient can flow to one of these Values."""
    return is_recorded() or any(leaf.requires_grad for leaf in leaves)


def settled(leaves: Sequence[Any]) -> list[Any]:
    """Values without a gradient, without the operations that they came from: a long loop of numbers keeps nothing."""
    return [leaf if leaf.is_constant else leaf.detach() for leaf in leaves]


class Columns:
    """What a loop takes an entry of in each step.

    Attributes
    ----------
    tree : TreeDef
        A leaf for each column.
    columns : list of list, array or range
    sizes : dict of str to int
        For each its name and how many entries it has.
    arrays, values : bool
        Whether one is an array; whether an entry that was taken has held a Value.

    Examples
    --------
    >>> xs = Columns(([1.0, 2.0], {"a": range(5, 7)}), "xs")
    >>> xs.sizes, xs.at(1)
    ({'xs[0]': 2, "xs[1]['a']": 2}, (Value(data=2.0, grad=0.0), {'a': 6}))
    """

    def __init__(self, xs: Any, word: str) -> None:
        self.columns: list[Any] = []
        self.sizes: dict[str, int] = {}
        self.arrays = self.values = False
        self.tree = self._add(xs, word)

    def _add(self, thing: Any, place: str) -> TreeDef:
        if thing is None:
            return NOTHING
        if isinstance(thing, tuple | dict):
            keys = thing if isinstance(thing, dict) else range(len(thing))
            return branch(thing, [self._add(thing[key], f"{place}[{key!r}]") for key in keys])
        if getattr(thing, "shape", ()) != ():
            import numpy as np

            self.arrays, thing = True, np.asarray(thing.detach() if hasattr(thing, "detach") else unmasked(thing))
        elif not isinstance(thing, list | range):
            raise TypeError(
                f"{place} is {thing!r:.60}: a list or an array with an entry for each step, or length=n without xs"
            )
        self.sizes[place] = len(thing)
        self.columns.append(thing)
        return NUMBER

    def rows(self, count: int) -> list[list[Any]] | None:
        """For each of so many steps the numbers that it takes; None where they are not always of one structure."""
        parts = [_rows(column) for column in self.columns]
        if not parts:
            return [[]] * count
        return None if None in parts else [[*chain(*row)] for row in zip(*parts, strict=True)]

    def at(self, k: int) -> Any:
        """The entries of step `k`, Values but for the whole numbers of a range."""
        return unflatten(self.tree, [self._entry(column, column[k]) for column in self.columns])

    def imagined(self) -> Any:
        """The entries of a step where there is none: ones, in the shape that an array has; a whole number of a range."""
        return unflatten(self.tree, [self._entry(column, _one(column)) for column in self.columns])

    def _entry(self, column: Any, thing: Any) -> Any:
        if isinstance(column, range):
            return thing
        numbers, tree = numbers_of(thing, "an entry of xs")
        self.values = self.values or any(isinstance(number, Value) for number in numbers)
        return unflatten(tree, as_values(numbers))


def _rows(column: Any) -> list[list[Any]] | None:
    if getattr(column, "ndim", 0) == 1:
        column = column.tolist()
    if all(issubclass(kind, float | Value) for kind in {*map(type, column)}):
        return [[one] for one in column]
    found = [numbers_of(one, "an entry of xs") for one in column]
    return [numbers for numbers, _ in found] if all(tree == found[0][1] for _, tree in found) else None


def _one(column: Any) -> Any:
    if hasattr(column, "shape"):
        return array_of([1.0] * column[:0].sum(0).size, column.shape[1:]) if column.ndim > 1 else 1.0
    return column.start if isinstance(column, range) else 1.0


def stack(tree: TreeDef, rows: Sequence[Sequence[Any]], arrays: bool) -> Any:
    """The results of all steps as one: a list (an array, with `arrays`) in place of each number, array or list.

    Parameters
    ----------
    tree : TreeDef
        Of the result of a step.
    rows : sequence of sequence
        For each step its numbers.

    Examples
    --------
    >>> stack(partition((1.0, [2.0, 3.0]))[1], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], False)
    ([1.0, 4.0], [[2.0, 3.0], [5.0, 6.0]])
    """
    if isinstance(tree, Static):
        return tree.thing
    if isinstance(tree, Branch) and (tree.keys is not None or issubclass(tree.kind, tuple)):  # type: ignore[arg-type]
        starts = offsets(tree.children)
        parts = zip(tree.children, starts, starts[1:], strict=False)
        inner = [stack(child, [row[start:end] for row in rows], arrays) for child, start, end in parts]
        return unflatten(tree._replace(children=(NUMBER,) * len(inner)), inner)
    shape = _shape(tree)
    if shape is not None and (arrays or (isinstance(tree, Leaf) and tree.shape is not None)):
        return array_of([number for row in rows for number in row], (len(rows), *shape))
    return [unflatten(tree, row) for row in rows]


def _shape(tree: TreeDef) -> tuple[int, ...] | None:
    """The shape of a number, an array, or lists of equal ones; None of anything else."""
    if isinstance(tree, Branch):
        shapes = {_shape(child) for child in tree.children}
        inner = shapes.pop() if len(shapes) == 1 else None
        return None if inner is None or tree.keys is not None else (len(tree.children), *inner)
    return (tree.shape or ()) if isinstance(tree, Leaf) else None
