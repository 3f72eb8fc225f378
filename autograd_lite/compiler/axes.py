"""Batches as `vmap` has them: which parts of the arguments change from sample to sample.

Lists and arrays are what can be mapped: axis 0 of a list is its entries, axis 1 those of its entries.  Tuples and dicts are
containers, as in JAX: an axis given for one holds for everything in it.  So a function that returns a tuple, as
`value_and_grad` does, gives a tuple of batches; and a batch may come as `{"x": [...], "y": [...]}`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite.compiler.arguments import Structure, size_of, take_apart
from autograd_lite.engine.node import Node

#: A position, None, or containers of them.
Axes = Any


@dataclass(frozen=True)
class Shared:
    """A part of an argument that all samples share."""

    thing: Any


@dataclass(frozen=True)
class Along:
    """A part that each sample has an entry of; `place` says where it was given."""

    entries: Sequence[Any]
    place: str


@dataclass(frozen=True)
class Parts:
    """A container of parts; `keys` if it is a dict."""

    kind: type[Any]
    keys: tuple[Any, ...] | None
    parts: "tuple[Part, ...]"


Part = Shared | Along | Parts


@dataclass(frozen=True)
class Batch:
    """Arguments, taken apart.

    Attributes
    ----------
    parts : list of Part
        One for each argument.
    count : int
        The samples.
    arrays : bool
        Whether a part that is mapped is an array: then results are.
    """

    parts: list[Part]
    count: int
    arrays: bool

    def sample(self, k: int) -> list[Any]:
        """The arguments for one sample."""
        return [_entry(part, k) for part in self.parts]

    def numbers(self, static: frozenset[int] = frozenset()) -> "Numbers":
        """The arguments as numbers in rows."""
        found = Numbers([], [], [], [[] for _ in range(self.count)])
        for place, part in enumerate(self.parts):
            start = len(found.many)
            found.structures.append(_structure(part, found, place in static))
            found.starts.append((start, len(found.many) - start))
        return found


@dataclass
class Numbers:
    """The numbers of a batch.

    Attributes
    ----------
    structures : list of Structure
        Of the arguments for one sample.
    many : list of bool
        For each number of those whether samples have one each.
    shared : list
        The ones that all samples share, in order.
    rows : list of list
        For each sample its own, in order.
    starts : list of pairs
        For each argument where its numbers begin among all, and how many they are.
    """

    structures: list[Structure]
    many: list[bool]
    shared: list[Any]
    rows: list[list[Any]]
    starts: list[tuple[int, int]] = field(default_factory=list)

    def of(self, shared: Sequence[float], row: Sequence[float]) -> list[float]:
        """The numbers of one sample, in the order of the arguments."""
        of_shared, of_row = iter(shared), iter(row)
        return [next(of_row if many else of_shared) for many in self.many]


def split(args: Sequence[Any], in_axes: Axes, name: Callable[[int], str]) -> Batch:
    """Take arguments apart by their axes.

    Parameters
    ----------
    args : sequence
    in_axes : int, None or sequence of Axes
    name : callable
        For an argument's position what to call it.

    Raises
    ------
    ValueError
        If axes do not fit the arguments, or each other, or the batch is empty.
    TypeError
        If an axis is something else, or what is to be mapped cannot be.
    """
    if not args:
        raise ValueError(
            "vmap wrapped function must be passed at least one argument containing an array, got empty *args=()"
        )
    if isinstance(in_axes, tuple | list):
        if len(in_axes) != len(args):
            raise ValueError(
                "vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional arguments passed to "
                f"the function, but got len(in_axes)={len(in_axes)}, len(args)={len(args)}"
            )
        axes = list(in_axes)
    else:
        axes = [in_axes] * len(args)
    parts = [_part(arg, axis, f"argument {name(k)}") for k, (arg, axis) in enumerate(zip(args, axes, strict=True))]
    mapped = [one for part in parts for one in _mapped(part)]
    if not mapped:
        raise ValueError("vmap must have at least one non-None value in in_axes")
    sizes: dict[int, list[str]] = {}
    for one in mapped:
        sizes.setdefault(len(one.entries), []).append(one.place)
    if len(sizes) > 1:
        raise ValueError(
            "vmap got inconsistent sizes for array axes to be mapped:\n" + ";\n".join(map(_size, sizes.items()))
        )
    count = len(mapped[0].entries)
    if count == 0:
        raise ValueError(
            f"vmap got an empty batch: {mapped[0].place} has size 0, so that there is no sample to run the function on"
        )
    return Batch(parts, count, any(isinstance(one.entries, _Rows) for one in mapped))


def _size(pair: tuple[int, list[str]]) -> str:
    size, places = pair
    if len(places) == 1:
        return f"  * one axis had size {size}: {places[0]}"
    return f"  * some axes ({len(places)} of them) had size {size}, e.g. {places[0]}"


def check_axes(axes: Axes, what: str) -> None:
    """Refuse what is no position, None, or container of them."""
    if axes is None or (isinstance(axes, int) and not isinstance(axes, bool)):
        return
    if isinstance(axes, tuple | list | dict):
        for one in axes.values() if isinstance(axes, dict) else axes:
            check_axes(one, what)
        return
    raise TypeError(f"vmap {what} must be an int, None, or (nested) container with those types as leaves, but got {axes!r}")


class _Rows(list[Any]):
    """The entries of an array."""


def _part(thing: Any, axis: Axes, place: str) -> Part:
    if axis is None:
        return Shared(thing)
    if isinstance(axis, int):
        if isinstance(thing, tuple | dict):
            keys = list(thing) if isinstance(thing, dict) else range(len(thing))
            return _parts(thing, [_part(thing[key], axis, f"{place}[{key!r}]") for key in keys])
        return Along(entries(thing, axis), f"axis {axis} of {place}")
    if isinstance(axis, dict):
        fits = isinstance(thing, dict) and thing.keys() == axis.keys()
        inner: list[Any] = [axis[key] for key in thing] if fits else []
    else:
        fits = isinstance(thing, tuple | list) and len(thing) == len(axis)
        inner = list(axis)
    if not fits:
        raise ValueError(
            f"vmap in_axes specification must be a tree prefix of the corresponding value, got specification {axis!r} "
            f"for {place}, {described(thing)}"
        )
    keys = list(thing) if isinstance(thing, dict) else range(len(thing))
    return _parts(thing, [_part(thing[key], one, f"{place}[{key!r}]") for key, one in zip(keys, inner, strict=True)])


def _parts(thing: Any, parts: list[Part]) -> Parts:
    return Parts(type(thing), tuple(thing) if isinstance(thing, dict) else None, tuple(parts))


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
    if not isinstance(thing, list | str | Node) and not hasattr(thing, "shape") and hasattr(thing, "__getitem__"):
        return entries(list(thing), axis)  # a range, a column of a table
    if not -axes <= axis < axes:
        of = f"its shape is {tuple(thing.shape)}" if hasattr(thing, "shape") else f"it is {_short(thing)}"
        raise ValueError(
            f"vmap was requested to map its argument along axis {axis}, which implies that its rank should be at least "
            f"{axis + 1 if axis >= 0 else -axis}, but is only {axes} ({of}); in_axes=None is for what all samples share"
        )
    if hasattr(thing, "shape"):
        import numpy as np

        moved = np.moveaxis(thing, axis, 0)
        return _Rows(moved.tolist() if moved.ndim == 1 else moved)
    return _entries(thing, axis % axes)


def _entries(thing: list[Any], axis: int) -> list[Any]:
    if axis == 0:
        return thing
    inner = [_entries(one, axis - 1) for one in thing]
    lengths = sorted({len(one) for one in inner})
    if len(lengths) > 1:
        raise ValueError(f"vmap was requested to map axis {axis} of a list in which that has different lengths: {lengths}")
    return [list(one) for one in zip(*inner, strict=True)]


def _short(thing: Any) -> str:
    text = repr(thing)
    return text if len(text) <= 60 else text[:57] + "..."


def _mapped(part: Part) -> Iterator[Along]:
    if isinstance(part, Along):
        yield part
    elif isinstance(part, Parts):
        for one in part.parts:
            yield from _mapped(one)


def _entry(part: Part, k: int) -> Any:
    if isinstance(part, Shared):
        return part.thing
    if isinstance(part, Along):
        return part.entries[k]
    return container(part.kind, part.keys, [_entry(one, k) for one in part.parts])


def container(kind: type[Any], keys: Sequence[Any] | None, things: Sequence[Any]) -> Any:
    """A container of a kind with these things in it, under these keys if it is a dict."""
    if keys is not None:
        return kind(zip(keys, things, strict=True))
    return kind(*things) if hasattr(kind, "_fields") else kind(things)


def _structure(part: Part, found: Numbers, fixed: bool) -> Structure:
    """The structure of a part for one sample; its numbers are appended to those found."""
    if isinstance(part, Shared):
        before = len(found.shared)
        structure = take_apart(part.thing, found.shared, fixed)
        found.many += [False] * (len(found.shared) - before)
        return structure
    if isinstance(part, Parts):
        parts = tuple([_structure(one, found, fixed) for one in part.parts])
        return (part.kind, part.keys, parts) if part.keys is not None else (part.kind, parts)
    first: Structure = None
    for n, (entry, row) in enumerate(zip(part.entries, found.rows, strict=True)):
        structure = take_apart(entry, row)
        if n == 0:
            first = structure
        elif structure != first:
            raise ValueError(
                f"sample {n} has another shape than sample 0 ({part.place}): {_short(entry)} against {_short(part.entries[0])}"
            )
    found.many += [True] * size_of(first)
    return first


__all__ = ["Axes", "Batch", "Numbers", "check_axes", "container", "described", "entries", "rank", "split"]
