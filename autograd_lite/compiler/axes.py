"""Batches as `vmap` has them: which parts of the arguments change from sample to sample.

Lists and arrays are what can be mapped: axis 0 of a list is its entries, axis 1 those of its entries.  Tuples and dicts are
containers, as in JAX: an axis given for one holds for everything in it.  So a function that returns a tuple, as
`value_and_grad` does, gives a tuple of batches; and a batch may come as `{"x": [...], "y": [...]}`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from autograd_lite.engine.arrays import unmasked
from autograd_lite.engine.value import Value
from autograd_lite.transforms.tree import NUMBER, TreeDef, branch, unflatten

#: A position, None, or containers of them.
Axes = Any


@dataclass(frozen=True)
class Part:
    """A part of an argument: `shared` by all samples, or with one of the `entries` for each; `place` says where it was given."""

    shared: Any = None
    entries: Any = None
    place: str = ""


@dataclass(frozen=True)
class Batch:
    """Arguments taken apart by their axes.

    Attributes
    ----------
    trees : tuple of TreeDef
        For each argument its containers, with a leaf for each part.
    parts : list of Part
    count : int
        The samples.
    arrays : bool
        Whether a part that is mapped is an array: then results are.
    """

    trees: tuple[TreeDef, ...]
    parts: list[Part]
    count: int
    arrays: bool

    def sample(self, k: int) -> tuple[Any, ...]:
        """The arguments for one sample."""
        parts = [part.shared if part.entries is None else part.entries[k] for part in self.parts]
        return unflatten(branch((), self.trees), parts)  # type: ignore[no-any-return]

    def imagined(self) -> "Batch":
        """One sample of ones in place of none, for the structure of what comes out."""
        parts = [part if part.entries is None else replace(part, entries=part.entries.imagined()) for part in self.parts]
        return replace(self, parts=parts, count=1)


def split(args: Sequence[Any], in_axes: Axes, names: Sequence[str]) -> Batch:
    """Take arguments apart by their axes.

    Parameters
    ----------
    args : sequence
    in_axes : int, None or sequence of Axes
    names : sequence of str
        What to call the arguments.

    Raises
    ------
    ValueError
        If axes do not fit the arguments, or each other.
    TypeError
        If an axis is something else, or what is to be mapped cannot be.
    """
    if not args:
        raise ValueError(
            "vmap wrapped function must be passed at least one argument containing an array, got empty *args=()"
        )
    if isinstance(in_axes, tuple | list) and len(in_axes) != len(args):
        raise ValueError(
            "vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional arguments passed to "
            f"the function, but got len(in_axes)={len(in_axes)}, len(args)={len(args)}"
        )
    axes = in_axes if isinstance(in_axes, tuple | list) else [in_axes] * len(args)
    parts: list[Part] = []
    trees = [_split(arg, axis, f"argument {name}", parts) for arg, axis, name in zip(args, axes, names, strict=True)]
    sizes: dict[int, list[str]] = {}
    for one in parts:
        if one.entries is not None:
            sizes.setdefault(len(one.entries), []).append(one.place)
    if not sizes:
        raise ValueError("vmap must have at least one non-None value in in_axes")
    if len(sizes) > 1:
        raise ValueError(
            "vmap got inconsistent sizes for array axes to be mapped:\n" + ";\n".join(map(_size, sizes.items()))
        )
    (count,) = sizes
    return Batch(tuple(trees), parts, count, any(isinstance(one.entries, Entries) for one in parts))


def _size(pair: tuple[int, list[str]]) -> str:
    size, places = pair
    if len(places) == 1:
        return f"  * one axis had size {size}: {places[0]}"
    return f"  * some axes ({len(places)} of them) had size {size}, e.g. {places[0]}"


def check_axes(axes: Axes, what: str) -> None:
    """Refuse what is no position, None, or container of them."""
    if isinstance(axes, tuple | list | dict):
        for one in axes.values() if isinstance(axes, dict) else axes:
            check_axes(one, what)
    elif axes is not None and (not isinstance(axes, int) or isinstance(axes, bool)):
        raise TypeError(
            f"vmap {what} must be an int, None, or (nested) container with those types as leaves, but got {axes!r}"
        )


class Entries(Sequence[Any]):
    """The entries of an array along its first axis: numbers, if it has no other."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, k: Any) -> Any:
        return self._entries[k]

    @cached_property
    def _entries(self) -> Any:
        return self.array.tolist() if self.array.ndim == 1 else self.array

    def imagined(self) -> "Entries":
        """One entry of ones."""
        return Entries(self.array.sum(0, keepdims=True) * 0 + 1)


class _None(list[Any]):
    """No entries, of a list along an axis."""

    def __init__(self, one: Any) -> None:
        super().__init__()
        self.one = one

    def imagined(self) -> list[Any]:
        """One entry of ones."""
        return [self.one]


def _split(thing: Any, axis: Axes, place: str, parts: list[Part]) -> TreeDef:
    """The treedef of the containers in an argument; its parts are appended."""
    if axis is None or (isinstance(axis, int) and not isinstance(thing, tuple | dict)):
        parts.append(Part(thing) if axis is None else Part(None, entries(thing, axis), f"axis {axis} of {place}"))
        return NUMBER
    inner = axes_inside(axis, thing)
    if inner is None:
        raise ValueError(
            f"vmap in_axes specification must be a tree prefix of the corresponding value, got specification {axis!r} "
            f"for {place}, {described(thing)}"
        )
    return branch(thing, [_split(thing[key], one, f"{place}[{key!r}]", parts) for key, one in inner.items()])


def axes_inside(axes: Axes, container: Any) -> dict[Any, Axes] | None:
    """For each key (or position) of a container the axes that are given for what is there; None if they do not fit it."""
    keys = list(container) if isinstance(container, dict) else range(len(container) if hasattr(container, "__len__") else 0)
    if isinstance(axes, int):
        return dict.fromkeys(keys, axes)
    if isinstance(axes, dict):
        fits = isinstance(container, dict) and container.keys() == axes.keys()
        return {key: axes[key] for key in keys} if fits else None
    fits = isinstance(container, tuple | list) and len(container) == len(axes)
    return dict(zip(keys, axes, strict=True)) if fits else None


def described(thing: Any) -> str:
    """What a thing is, for an error message."""
    if isinstance(thing, dict):
        return f"a dict of {', '.join(map(repr, thing))}"
    return f"a {type(thing).__name__}" + (f" of {len(thing)}" if isinstance(thing, tuple | list) else "")


def rank(thing: Any) -> int:
    """How many axes there are: of an array, or of lists in lists."""
    if hasattr(thing, "shape"):
        return len(thing.shape)
    return 1 + rank(thing[0]) if isinstance(thing, list) and thing else int(isinstance(thing, list))


def entries(thing: Any, axis: int) -> Sequence[Any]:
    """The entries of a list or an array along an axis.

    >>> entries([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], 1)
    [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]
    """
    axes = rank(thing)
    if not isinstance(thing, list | str | Value) and not hasattr(thing, "shape") and hasattr(thing, "__getitem__"):
        return entries(list(thing), axis)  # a range, a column of a table
    if not -axes <= axis < axes:
        of = f"its shape is {tuple(thing.shape)}" if hasattr(thing, "shape") else f"it is {thing!r:.60}"
        raise ValueError(
            f"vmap was requested to map its argument along axis {axis}, which implies that its rank should be at least "
            f"{axis + 1 if axis >= 0 else -axis}, but is only {axes} ({of}); in_axes=None is for what all samples share"
        )
    if hasattr(thing, "shape"):
        import numpy as np

        found = np.asarray(thing.detach() if hasattr(thing, "detach") else unmasked(thing))
        return Entries(np.moveaxis(found, axis, 0) if axis else found)
    return _entries(thing, axis % axes) or _None(_ones(thing, axis % axes))


def _ones(thing: list[Any], axis: int) -> Any:
    """An entry of ones along an axis where a list has none."""
    return [_ones(one, axis - 1) for one in thing] if axis else 1.0


def _entries(thing: list[Any], axis: int) -> list[Any]:
    if axis == 0:
        return thing
    inner = [_entries(one, axis - 1) for one in thing]
    lengths = sorted({len(one) for one in inner})
    if len(lengths) > 1:
        raise ValueError(f"vmap was requested to map axis {axis} of a list in which that has different lengths: {lengths}")
    return [list(one) for one in zip(*inner, strict=True)]
