"""Arrays, and lists that are as regular, as doubles in memory: converted whole, and not at all where they lie right already."""

import importlib.util
from array import array
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

from autograd_lite.compiler.axes import Entries
from autograd_lite.engine.value import Value
from autograd_lite.transforms.tree import NUMBER, Branch, Leaf, TreeDef

#: The kinds of NumPy arrays whose entries are real numbers.
_REAL = frozenset("fiu")
_NUMBERS = frozenset({float, int})


@cache
def with_arrays() -> bool:
    """Whether NumPy is installed."""
    return importlib.util.find_spec("numpy") is not None


def vector(thing: Any) -> tuple[Any, TreeDef] | None:
    """The numbers of an array, one behind the other, and its treedef; None for anything else.

    >>> import numpy as np
    >>> vector(np.ones((2, 2), dtype=int))
    (array([1., 1., 1., 1.]), Leaf(shape=(2, 2)))
    """
    if not getattr(thing, "shape", ()) or not hasattr(thing, "dtype") or isinstance(thing, Value):
        return None
    import numpy as np

    found = np.asarray(thing.detach() if hasattr(thing, "detach") else thing)
    if found.dtype.kind not in _REAL:
        return None
    return np.ascontiguousarray(found, dtype=float).reshape(-1), Leaf(found.shape)


def block(entries: Sequence[Any]) -> tuple[Any, TreeDef] | None:
    """The entries of an array or a list as memory, and the treedef of one; None where that is not as regular as it has to be.

    The memory is an array of doubles with an axis for the numbers of an entry and one for the entries, of which those of one
    number lie one behind the other.

    >>> block([[1.0, 2], [3.0, 4], [5.0, 6]])[0]
    array([[1., 3., 5.],
           [2., 4., 6.]])
    """
    if isinstance(entries, Entries):
        found, tree = entries.array, Leaf(entries.array.shape[1:]) if entries.array.ndim > 1 else NUMBER
    else:
        listed = _regular(entries) if with_arrays() else None
        if listed is None:
            return None
        found, tree = listed
    if found.dtype.kind not in _REAL:
        return None
    return _in_columns(found.reshape(len(found), -1).T), tree


def of_rows(rows: list[list[Any]]) -> Any:
    """A list of plain numbers, or Values, for each entry, as `block` has it."""
    import numpy as np

    numbers = np.array([float(number) for row in rows for number in row])
    return _in_columns(numbers.reshape(len(rows), -1).T)


def _in_columns(found: Any) -> Any:
    """As doubles of this machine, of which those in a row lie one behind the other; as it is if they do."""
    import numpy as np

    ready = found.dtype == np.float64 and found.dtype.isnative and found.flags.aligned
    return found if ready and (found.strides[1] == 8 or found.shape[1] == 1) else np.array(found, dtype=float, order="C")


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
