"""Arguments and results of any shape: numbers in lists, tuples, dicts and NumPy arrays, nested as one likes.

A `Tree` is the shape with the numbers taken out; `scalars` takes the numbers out, `build` puts others in.  An array is one
leaf of the tree with a shape of its own, as in JAX, so that the Jacobian of an array with respect to an array is an array.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from autograd_lite.engine.node import Node, as_float


@dataclass(frozen=True)
class Leaf:
    """A place for one number, or for an array of them if it has a shape."""

    shape: tuple[int, ...] | None = None

    @property
    def size(self) -> int:
        """How many numbers go here."""
        count = 1
        for length in self.shape or ():
            count *= length
        return count


@dataclass(frozen=True)
class Branch:
    """A container: what it is made with, its keys if it is a dict, and what is in it."""

    kind: Callable[..., Any]
    keys: tuple[Any, ...] | None
    children: "tuple[Leaf | Branch, ...]"


@dataclass(frozen=True)
class Tree:
    """The shape of a nested structure.

    Examples
    --------
    >>> tree, numbers = flatten({"w": [1.0, 2.0], "b": 3}, "the argument")
    >>> numbers
    [1.0, 2.0, 3]
    >>> tree.build([10.0, 20.0, 30.0])
    {'w': [10.0, 20.0], 'b': 30.0}
    """

    root: Leaf | Branch

    @property
    def leaves(self) -> list[Leaf]:
        """The leaves in order."""
        return list(_leaves(self.root))

    @property
    def size(self) -> int:
        """How many numbers the structure holds."""
        return sum(leaf.size for leaf in self.leaves)

    @property
    def is_number(self) -> bool:
        """Whether the structure is just one number."""
        return self.root == Leaf()

    def sizes(self) -> Any:
        """The nesting, with containers of one length taken for the same (a tuple may stand for a list)."""
        return _sizes(self.root)

    def describe(self) -> str:
        """The shape in words for an error message.

        >>> flatten({"a": [1.0, 2.0]}, "x")[0].describe()
        "{'a': [number, number]}"
        """
        return str(self.map(lambda leaf: _Word("number" if leaf.shape is None else f"array{leaf.shape}")))

    def build(self, scalars: Sequence[Any]) -> Any:
        """The structure with these numbers in it, in order."""
        rest = iter(scalars)
        return self.map(
            lambda leaf: next(rest) if leaf.shape is None else array_of([next(rest) for _ in range(leaf.size)], leaf.shape)
        )

    def map(self, function: Callable[[Leaf], Any]) -> Any:
        """The structure with `function(leaf)` at every leaf, called in order."""
        return _map(self.root, function)


class _Word(str):
    """A word that is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _sizes(node: Leaf | Branch) -> Any:
    if isinstance(node, Leaf):
        return node.shape
    return [(key, _sizes(child)) for key, child in zip(node.keys or range(len(node.children)), node.children, strict=True)]


def _leaves(node: Leaf | Branch) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    else:
        for child in node.children:
            yield from _leaves(child)


def _map(node: Leaf | Branch, function: Callable[[Leaf], Any]) -> Any:
    if isinstance(node, Leaf):
        return function(node)
    children = [_map(child, function) for child in node.children]
    if node.keys is not None:
        return node.kind(dict(zip(node.keys, children, strict=True)))
    if hasattr(node.kind, "_fields"):  # a named tuple takes its elements one by one
        return node.kind(*children)
    return node.kind(children)


def array_of(scalars: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """A NumPy array of that shape: of floats if all are floats, else of objects."""
    import numpy as np

    if all(isinstance(scalar, float) for scalar in scalars):
        return np.array(scalars, dtype=float).reshape(shape)
    array: Any = np.empty(len(scalars), dtype=object)
    array[:] = scalars
    return array.reshape(shape)


def flatten(thing: Any, what: str) -> tuple[Tree, list[Any]]:
    """The shape of `thing`, and its numbers: Values and plain numbers, in order.

    Parameters
    ----------
    thing : number, Value, list, tuple, dict or ndarray, nested
    what : str
        For the error message: "the argument", "the result of f".

    Raises
    ------
    TypeError
        If something in it is not a number.
    """
    scalars: list[Any] = []
    return Tree(_flatten(thing, what, scalars)), scalars


def _flatten(thing: Any, what: str, scalars: list[Any]) -> Leaf | Branch:
    if isinstance(thing, Node):
        scalars.append(thing)
        return Leaf()
    if isinstance(thing, dict):
        # A defaultdict takes what it fills gaps with first; every other dict is made from a mapping.
        kind = partial(type(thing), thing.default_factory) if isinstance(thing, defaultdict) else type(thing)
        return Branch(kind, tuple(thing), _children(thing.values(), what, scalars))
    if isinstance(thing, list | tuple):
        return Branch(type(thing), None, _children(thing, what, scalars))
    shape = getattr(thing, "shape", None)
    if shape is not None and hasattr(thing, "ravel") and shape != ():
        for element in thing.ravel().tolist():
            scalars.append(_number(element, what))
        return Leaf(tuple(shape))
    scalars.append(_number(thing, what))
    return Leaf()


def _children(things: Any, what: str, scalars: list[Any]) -> "tuple[Leaf | Branch, ...]":
    return tuple(_flatten(thing, what, scalars) for thing in things)


def _number(thing: Any, what: str) -> Any:
    if isinstance(thing, Node):
        return thing
    try:
        as_float(thing)
    except TypeError as error:
        raise TypeError(f"{what} holds {type(thing).__name__} where a number is expected: {error}") from None
    return thing


def numbers_in(thing: Any) -> Any:
    """`thing` with every Value in it replaced by its float, whatever else it holds."""
    if isinstance(thing, Node):
        return thing.data
    if isinstance(thing, dict):
        return {key: numbers_in(value) for key, value in thing.items()}
    if isinstance(thing, tuple) and hasattr(thing, "_fields"):
        return type(thing)(*map(numbers_in, thing))
    if isinstance(thing, list | tuple):
        return type(thing)(map(numbers_in, thing))
    if getattr(getattr(thing, "dtype", None), "kind", "") == "O":
        return array_of([numbers_in(element) for element in thing.ravel().tolist()], thing.shape)
    return thing


__all__ = ["Leaf", "Tree", "array_of", "flatten", "numbers_in"]
