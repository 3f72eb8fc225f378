"""Arrays, and lists that are as regular, as doubles in memory: converted whole, and not at all where they lie right already."""

import importlib.util
import sys
from array import array
from collections.abc import Iterator, Sequence
from ctypes import c_void_p
from functools import cache
from itertools import chain
from typing import Any

from autograd_lite.compiler.axes import Entries, axes_inside, described
from autograd_lite.engine.arrays import argument
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value
from autograd_lite.transforms.tree import NUMBER, Branch, Leaf, TreeDef, partition

#: The kinds of NumPy arrays whose entries are real numbers.
REAL = frozenset("fiu")
_NUMBERS = frozenset({float, int})
_NO_ARRAYS = frozenset({float, int, list, tuple, dict})


@cache
def with_arrays() -> bool:
    """Whether NumPy is installed."""
    return importlib.util.find_spec("numpy") is not None


def vector(thing: Any) -> tuple[Any, TreeDef] | None:
    """An array of real numbers as one of doubles, whatever its layout, and its treedef; None for anything else.

    >>> import numpy as np
    >>> vector(np.ones((1, 2), dtype=int))
    (array([[1., 1.]]), Leaf(shape=(1, 2)))
    """
    if not hasattr(thing, "dtype") or not getattr(thing, "shape", ()) or isinstance(thing, Value):
        return None
    import numpy as np

    if type(thing) is not np.ndarray:
        thing = np.asarray(thing.detach() if hasattr(thing, "detach") else argument(thing))
    return (in_doubles(thing), Leaf(thing.shape)) if thing.dtype.kind in REAL else None


def in_doubles(found: Any) -> Any:
    """An array as one of this machine's doubles: itself, if it is."""
    if found.dtype is _double():
        return found
    if found.dtype.itemsize > 8 and found.dtype.kind == "f":
        for number in found[abs(found) > sys.float_info.max].tolist():
            as_float(number)  # refuses what no float holds
    return found.astype(float)


@cache
def _double() -> Any:
    """The kind of this machine's doubles, the one object for it."""
    import numpy as np

    return np.dtype(float)


@cache
def readable() -> bool:
    """Whether an array has the address of its numbers where CPython's objects begin to differ; tried on one."""
    import numpy as np

    one = np.ones(1)
    return sys.implementation.name == "cpython" and (
        c_void_p.from_address(id(one) + CELL).value == one.__array_interface__["data"][0]
    )


#: Where an array has the address of its numbers: so many bytes behind its own.
CELL = object.__basicsize__


def with_array(args: Sequence[Any]) -> bool:
    """Whether one of them is an array."""
    return not _NO_ARRAYS.issuperset(map(type, args)) and any(hasattr(arg, "dtype") for arg in args)


def in_memory(args: Sequence[Any]) -> "tuple[array[float], tuple[TreeDef, ...]] | None":
    """The numbers of arguments of which one is an array, and their treedefs; None if none is, or another one holds no plain numbers."""
    numbers, trees, arrays = array("d"), list[TreeDef](), False
    for arg in args:
        if isinstance(arg, float):
            numbers.append(arg)
            trees.append(NUMBER)
            continue
        found = vector(arg)
        arrays = arrays or found is not None
        some, tree = found or partition(arg)
        if isinstance(some, list):
            if not _NUMBERS.issuperset(map(type, some)):
                return None
            numbers.extend(map(float, some))
        else:
            numbers.frombytes(some.tobytes())
        trees.append(tree)
    return (numbers, tuple(trees)) if arrays else None


def block(entries: Sequence[Any]) -> tuple[Any, TreeDef] | None:
    """The entries of an array or a list as memory, and the treedef of one; None where that is not as regular as it has to be.

    The memory is an array of doubles with an axis for the numbers of an entry and one for the entries.

    >>> block([[1.0, 2], [3.0, 4], [5.0, 6]])[0]
    array([[1., 3., 5.],
           [2., 4., 6.]])
    """
    if isinstance(entries, Entries):
        found = entries.array
        tree: TreeDef = Leaf(found.shape[1:]) if found.ndim > 1 else NUMBER
    else:
        listed = _regular(entries) if with_arrays() else None
        if listed is None:
            return None
        found, tree = listed
    if found.dtype.kind not in REAL:
        if found.dtype.kind not in "Ob":  # those are looked at one by one
            raise TypeError(f"an array of {found.dtype} holds no numbers to compute with; convert it with .astype(float)")
        return None
    return in_doubles(found).reshape(len(found), -1).T, tree


def of_rows(rows: list[list[Any]]) -> Any:
    """A list of plain numbers, or Values, for each entry, as `block` has it."""
    import numpy as np

    numbers = np.array([float(number) for row in rows for number in row])
    return numbers.reshape(len(rows), -1).T


def _regular(entries: Sequence[Any]) -> tuple[Any, TreeDef] | None:
    """A list of numbers, or of lists or tuples of one length in which the same holds, as an array and the treedef of an entry."""
    import numpy as np

    kinds: list[tuple[type, int]] = []
    level, inside = entries, set(map(type, entries))
    while inside in ({list}, {tuple}):
        lengths = set(map(len, level))
        if len(lengths) > 1:
            return None
        kinds.append((inside.pop(), lengths.pop()))
        level = list(chain.from_iterable(level))
        inside = set(map(type, level))
    if not inside <= _NUMBERS:
        return None
    tree: TreeDef = NUMBER
    for kind, count in reversed(kinds):
        tree = Branch(kind, None, (tree,) * count)
    try:
        numbers = np.frombuffer(array("d", level)) if level else np.empty(0)
    except OverflowError:  # a whole number that no float holds: `float` says which
        return None
    return numbers.reshape(len(entries), *[count for _, count in kinds]), tree


def packed(chunks: Sequence[Any]) -> "array[float]":
    """Numbers, some of them in arrays, one behind the other.

    >>> packed([[1.0, 2], (), [3.0]])
    array('d', [1.0, 2.0, 3.0])
    """
    found = array("d")
    for chunk in chunks:
        if hasattr(chunk, "tobytes"):
            found.frombytes(chunk.tobytes())
        else:
            found.extend(map(float, chunk))
    return found


def written(result: Any, out: Any) -> Any:
    """Write a result into arrays that the caller has given, in the containers of the result; gives them.

    Raises
    ------
    TypeError, ValueError
        If they are not as the result is, before anything is written.
    """
    pairs = [*_pairs(result, out, "out")]
    for array_of_results, numbers in pairs:
        array_of_results[...] = numbers
    return out


def _pairs(result: Any, out: Any, place: str) -> Iterator[tuple[Any, Any]]:
    """Each array of `out` with what goes into it."""
    import numpy as np

    if isinstance(out, tuple | list | dict):
        inner = axes_inside(0, out) or {}
        if not isinstance(result, tuple | list | dict) or inner.keys() != (axes_inside(0, result) or {}).keys():
            raise ValueError(f"{place} is {described(out)}, and the result is {described(result)}")
        for key in inner:
            yield from _pairs(result[key], out[key], f"{place}[{key!r}]")
        return
    if not isinstance(out, np.ndarray):
        raise TypeError(f"{place} is a NumPy array, or containers of them as the result has, not {described(out)}")
    if out.dtype != np.float64:
        raise TypeError(f"{place} is an array of {out.dtype}; results are of float64: np.empty({out.shape})")
    try:
        numbers = np.asarray(result, dtype=float)
    except (TypeError, ValueError):  # containers of several shapes
        raise ValueError(f"{place} is {described(out)}, and the result is {described(result)}") from None
    if numbers.shape != out.shape:
        raise ValueError(f"{place} has the shape {out.shape}, and the result {numbers.shape}: np.empty({numbers.shape})")
    if not out.flags.writeable:
        raise ValueError(f"{place} is read-only: give an array that may be written, np.empty({numbers.shape})")
    yield out, numbers
