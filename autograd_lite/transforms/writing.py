"""Trees put together again and again: `unflatten` for one treedef, written out as Python."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import Any

from autograd_lite.transforms.tree import NUMBER, Branch, Leaf, Static, TreeDef, array_of, size, unflatten

#: Trees of more containers than that are not written out: Python reads expressions up to some depth, and their text takes a while.
_MOST = 50


def builder(treedef: TreeDef) -> Callable[[Sequence[Any]], Any]:
    """A function that gives for leaves what `unflatten` gives for the treedef and them; it trusts that there are as many.

    >>> from autograd_lite.transforms.tree import flatten
    >>> build = builder(flatten((1.0, {"w": [2.0, 3.0]}), "x")[1])
    >>> build([10.0, 20.0, 30.0])
    (10.0, {'w': [20.0, 30.0]})
    """
    if _containers(treedef) > _MOST:
        return partial(unflatten, treedef)
    names: dict[str, Any] = {"array_of": array_of}
    text = _written(treedef, count(), names)
    return eval(f"lambda leaves: {text}", names)  # type: ignore[no-any-return]


def _containers(treedef: TreeDef) -> int:
    """How many containers there are in a tree, about."""
    if not isinstance(treedef, Branch) or treedef.children.count(NUMBER) == len(treedef.children):
        return 1
    return 1 + sum(map(_containers, treedef.children))


def _written(treedef: TreeDef, places: Iterator[int], names: dict[str, Any]) -> str:
    """The expression for a tree, which takes its leaves from the next places; what cannot be written gets a name."""

    def named(thing: Any) -> str:
        name = f"c{len(names)}"
        names[name] = thing
        return name

    def some(number: int) -> str:
        taken = [next(places) for _ in range(number)]
        return f"leaves[{taken[0]}:{taken[-1] + 1}]" if taken else "()"

    if treedef is NUMBER:
        return f"leaves[{next(places)}]"
    if isinstance(treedef, Leaf):
        return f"array_of({some(size(treedef))}, {treedef.shape})"
    if isinstance(treedef, Static):
        return named(treedef.thing)
    if treedef.keys is not None:
        pairs = [
            f"{named(key)}: {_written(child, places, names)}"
            for key, child in zip(treedef.keys, treedef.children, strict=True)
        ]
        display = f"{{{', '.join(pairs)}}}"
        return display if treedef.kind is dict else f"{named(treedef.kind)}({display})"
    if len(treedef.children) > 3 and treedef.children.count(NUMBER) == len(treedef.children):
        inside = f"*{some(len(treedef.children))}"
    else:
        inside = ", ".join([_written(child, places, names) for child in treedef.children])
    if treedef.kind is list:
        return f"[{inside}]"
    if treedef.kind is tuple:
        return f"({inside}{',' * bool(inside)})"
    return f"{named(treedef.kind)}({inside if hasattr(treedef.kind, '_fields') else f'[{inside}]'})"
