"""Trees put together again and again: `unflatten` for one treedef, written out as Python."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import Any

from autograd_lite.transforms.tree import NUMBER, Branch, Leaf, Static, TreeDef, array_of, size, unflatten

#: Trees of more containers than that are not written out: Python reads expressions up to some depth, and their text takes a while.
_MOST = 50


def builder(treedef: TreeDef, arrays: bool = False) -> Callable[[Sequence[Any]], Any]:
    """A function that gives for leaves what `unflatten` gives for the treedef and them; it trusts that there are as many.

    For leaves in an array, `arrays`, the arrays in the result are views of that.

    >>> from autograd_lite.transforms.tree import flatten
    >>> build = builder(flatten((1.0, {"w": [2.0, 3.0]}), "x")[1])
    >>> build([10.0, 20.0, 30.0])
    (10.0, {'w': [20.0, 30.0]})
    """
    names: dict[str, Any] = {}
    return eval(f"lambda leaves: {expression(treedef, names, arrays)}", names)  # type: ignore[no-any-return]


def expression(treedef: TreeDef, names: dict[str, Any], arrays: bool = False) -> str:
    """The text of what `builder` gives, for `leaves`.

    Parameters
    ----------
    treedef : TreeDef
    names : dict
        Takes what the text refers to.
    arrays : bool, default False
        The leaves are in an array, and arrays in the result are views of it.
    """
    names |= {"array_of": array_of, "whole_tree": partial(unflatten, treedef)}
    if _containers(treedef) > _MOST:
        return f"whole_tree(leaves{'.tolist()' * arrays})"
    if arrays and isinstance(treedef, Leaf) and treedef.shape is not None:
        return f"leaves.reshape({treedef.shape})" if len(treedef.shape) > 1 else "leaves"
    return _written(treedef, count(), names, arrays)


def _containers(treedef: TreeDef) -> int:
    """How many containers there are in a tree, about."""
    if not isinstance(treedef, Branch) or treedef.children.count(NUMBER) == len(treedef.children):
        return 1
    return 1 + sum(map(_containers, treedef.children))


def _written(treedef: TreeDef, places: Iterator[int], names: dict[str, Any], arrays: bool) -> str:
    """The expression for a tree, which takes its leaves from the next places; what cannot be written gets a name."""

    def named(thing: Any) -> str:
        name = f"c{len(names)}"
        names[name] = thing
        return name

    def some(number: int) -> str:
        first, *_, last = [next(places) for _ in range(number)] * 2 or [0, -1]
        return f"leaves[{first}:{last + 1}]"

    if treedef is NUMBER:
        return f"leaves.item({next(places)})" if arrays else f"leaves[{next(places)}]"
    if isinstance(treedef, Leaf):
        inside = some(size(treedef))
        return f"{inside}.reshape({treedef.shape})" if arrays else f"array_of({inside}, {treedef.shape})"
    if isinstance(treedef, Static):
        return named(treedef.thing)
    if treedef.keys is not None:
        pairs = [
            f"{named(key)}: {_written(child, places, names, arrays)}"
            for key, child in zip(treedef.keys, treedef.children, strict=True)
        ]
        display = f"{{{', '.join(pairs)}}}"
        return display if treedef.kind is dict else f"{named(treedef.kind)}({display})"
    if len(treedef.children) > 3 and treedef.children.count(NUMBER) == len(treedef.children):
        inside = f"*{some(len(treedef.children))}{'.tolist()' * arrays}"
    else:
        inside = ", ".join([_written(child, places, names, arrays) for child in treedef.children])
    if treedef.kind is list:
        return f"[{inside}]"
    if treedef.kind is tuple:
        return f"({inside}{',' * bool(inside)})"
    return f"{named(treedef.kind)}({inside if hasattr(treedef.kind, '_fields') else f'[{inside}]'})"
