"""Arguments and results of any shape: numbers in lists, tuples, dicts and NumPy arrays, nested as one likes.

The words are JAX's.  `flatten` takes a tree apart into its leaves, which are numbers, and a treedef, the shape without them;
`unflatten` puts other leaves in.  An array is one leaf of the treedef with a shape of its own, so that the Jacobian of an array
with respect to an array is an array.  A treedef is a tuple of tuples: hashable, and the key under which a compiled program is
found again.  `partition` is for whoever keeps what is not a number (None, a text, True, any other object) in the treedef.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice, product
from numbers import Complex
from typing import Any, NamedTuple

from autograd_lite.engine.arrays import argument, unmasked
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value

_FLOATS = frozenset({float})
_PLAIN = frozenset({float, int, bool, str})
#: The kinds of NumPy arrays that hold no real numbers: truths, complex numbers, texts, dates.
_NO_NUMBERS = frozenset("bcSUmM")


class Leaf(NamedTuple):
    """A place for one number, or for an array of them if it has a shape."""

    shape: tuple[int, ...] | None = None


class Branch(NamedTuple):
    """A container: what it is made with, its keys if it is a dict, and what is in it."""

    kind: Callable[..., Any]
    keys: tuple[Any, ...] | None
    children: "tuple[TreeDef, ...]"


class Static:
    """An object that is part of the treedef: compared by type, value (identity if it has no hash) and plain attributes."""

    __slots__ = ("key", "thing")

    def __init__(self, thing: Any) -> None:
        self.thing = thing
        attributes = getattr(thing, "__dict__", None)
        plain = [pair for pair in attributes.items() if pair[1].__class__ in _PLAIN] if attributes else []
        try:
            hash(thing)
            # 0.0 is not -0.0
            self.key: Any = (type(thing), repr(thing) if isinstance(thing, float | complex) else thing, *plain)
        except (TypeError, ValueError):  # the latter of a memoryview that may be written
            self.key = (type(thing), id(thing), *plain)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Static) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


TreeDef = Leaf | Branch | Static
#: The treedef of one number.
NUMBER = Leaf()


@dataclass(frozen=True)
class _Defaults:
    """Makes a defaultdict, which takes what it fills gaps with first."""

    kind: Callable[..., Any]
    factory: Any

    def __call__(self, pairs: Any) -> Any:
        return self.kind(self.factory, pairs)


# --- taking apart --------------------------------------------------------------------------------------------------------


def flatten(tree: Any, what: str) -> tuple[list[Any], TreeDef]:
    """The leaves of `tree`, Values and plain numbers in order, and its treedef.

    Parameters
    ----------
    tree : number, Value, list, tuple, dict or ndarray, nested
    what : str
        For the error message: "the argument", "the result of f".

    Raises
    ------
    TypeError
        If something in it is not a number.

    Examples
    --------
    >>> leaves, treedef = flatten({"w": [1.0, 2.0], "b": 3}, "the argument")
    >>> leaves
    [1.0, 2.0, 3]
    >>> unflatten(treedef, [10.0, 20.0, 30.0])
    {'w': [10.0, 20.0], 'b': 30.0}
    """
    leaves: list[Any] = []

    def leaf(thing: Any) -> TreeDef:
        try:
            return _number(thing, leaves)
        except TypeError as error:
            raise TypeError(f"{what} holds {type(thing).__name__} where a number is expected: {error}") from None

    return leaves, _walk(tree, leaf, leaves)


def partition(tree: Any, static: bool = False) -> tuple[list[Any], TreeDef]:
    """As `flatten`, with everything that is no number in the treedef; the numbers too if `static`.

    Raises
    ------
    TypeError
        If a number is complex, or an array holds something else than numbers.

    Examples
    --------
    >>> leaves, treedef = partition({"w": [1.0, 2.0], "mode": "train"})
    >>> leaves, unflatten(treedef, [10.0, 20.0])
    ([1.0, 2.0], {'w': [10.0, 20.0], 'mode': 'train'})
    """
    if static:
        return [], _walk(tree, Static)
    kind = tree.__class__
    if kind is float:
        return [tree], NUMBER
    if (kind is list or kind is tuple) and _FLOATS.issuperset(map(type, tree)):
        return list(tree), _row(kind, len(tree))
    leaves: list[Any] = []

    def leaf(thing: Any) -> TreeDef:
        if thing.__class__ is float or thing.__class__ is int or isinstance(thing, Value):
            leaves.append(thing)
            return NUMBER
        thing = _unboxed(thing)
        number = thing.__class__ is not bool and (isinstance(thing, Complex) or _is_array(thing))
        return _number(thing, leaves) if number else Static(thing)

    return leaves, _walk(tree, leaf, leaves)


def partition_all(trees: Sequence[Any], static: Collection[int] = ()) -> tuple[Sequence[Any], tuple[TreeDef, ...]]:
    """The leaves of several trees, the arguments of a function, and the treedef of each; those at the places in `static` are static.

    Where all that is given are floats in a tuple, that tuple are the leaves.

    >>> partition_all([2.0, 3, 4.0], static=[1])[0]
    [2.0, 4.0]
    """
    if not static and trees.__class__ is tuple:
        if _FLOATS.issuperset(map(type, trees)):
            return trees, _row(tuple, len(trees)).children
        if len(trees) == 1:
            leaves, treedef = partition(trees[0])
            return leaves, (treedef,)
    flat = [partition(tree, k in static) for k, tree in enumerate(trees)]
    return [leaf for leaves, _ in flat for leaf in leaves], tuple([treedef for _, treedef in flat])


def _walk(tree: Any, leaf: Callable[[Any], TreeDef], floats: list[Any] | None = None) -> TreeDef:
    """The treedef, with `leaf` asked for whatever is no container; lists of floats go to `floats` at once, if there is that."""
    if isinstance(tree, dict):
        return branch(tree, [_walk(child, leaf, floats) for child in tree.values()])
    if not isinstance(tree, list | tuple):
        return leaf(tree)
    if floats is not None and _FLOATS.issuperset(map(type, tree)):
        floats.extend(tree)
        return _row(tree.__class__, len(tree))
    return branch(tree, [_walk(child, leaf, floats) for child in tree])


@lru_cache(maxsize=1024)
def _row(kind: type[Any], count: int) -> Branch:
    """The treedef of a list or tuple of numbers: one object, so that samples of one shape are quickly found to be that."""
    return Branch(kind, None, (NUMBER,) * count)


def branch(container: Any, children: Iterable[TreeDef]) -> Branch:
    """The treedef of a container, given those of what is in it."""
    if isinstance(container, dict):
        kind: Callable[..., Any] = container.__class__
        if isinstance(container, defaultdict):
            kind = _Defaults(kind, container.default_factory)
        return Branch(kind, tuple(container), tuple(children))
    return Branch(container.__class__, None, tuple(children))


def _number(thing: Any, leaves: list[Any]) -> Leaf:
    """Append the numbers of one leaf."""
    thing = _unboxed(thing)
    if _is_array(thing):
        thing = argument(thing)
        if getattr(thing.dtype, "kind", "") in _NO_NUMBERS:
            raise TypeError(f"an array of {thing.dtype} holds no numbers to compute with; convert it with .astype(float)")
        leaves.extend(map(_checked, thing.ravel().tolist()))
        return Leaf(tuple(thing.shape))
    leaves.append(_checked(thing))
    return NUMBER


def _checked(number: Any) -> Any:
    return number if number.__class__ is int or isinstance(number, Value) else as_float(number)


def _is_array(thing: Any) -> bool:
    return getattr(thing, "shape", ()) != () and hasattr(thing, "ravel")


def _unboxed(thing: Any) -> Any:
    """What is in an array without axes."""
    boxed = getattr(thing, "shape", None) == () and hasattr(thing, "item") and not isinstance(thing, Complex)
    return unmasked(thing).item() if boxed else thing


# --- putting together ----------------------------------------------------------------------------------------------------


def unflatten(treedef: TreeDef, leaves: Sequence[Any]) -> Any:
    """The tree with these leaves in it, in order.

    Raises
    ------
    ValueError
        If it has another number of leaves.
    """
    if treedef is NUMBER and len(leaves) == 1:
        return leaves[0]
    if len(leaves) != size(treedef):
        raise ValueError(f"{describe(treedef)} has {size(treedef)} leaves, and {len(leaves)} were given")
    if (
        isinstance(treedef, Branch)
        and treedef.kind in (list, tuple)
        and treedef.children.count(NUMBER) == len(treedef.children)
    ):
        return treedef.kind(leaves)
    rest = iter(leaves)
    return fill(
        treedef,
        lambda leaf: next(rest) if leaf.shape is None else array_of(list(islice(rest, size(leaf))), leaf.shape),
    )


def fill(treedef: TreeDef, function: Callable[[Leaf], Any]) -> Any:
    """The tree with `function(leaf)` at every leaf, called in order."""
    if isinstance(treedef, Leaf):
        return function(treedef)
    if isinstance(treedef, Static):
        return treedef.thing
    children = [fill(child, function) for child in treedef.children]
    if treedef.keys is not None:
        return treedef.kind(dict(zip(treedef.keys, children, strict=True)))
    if hasattr(treedef.kind, "_fields"):  # a named tuple takes its elements one by one
        return treedef.kind(*children)
    return treedef.kind(children)


def compose(treedef: TreeDef, function: Callable[[Leaf], TreeDef]) -> TreeDef:
    """The treedef with the treedef `function(leaf)` in place of every leaf, called in order."""
    if isinstance(treedef, Branch):
        return treedef._replace(children=tuple([compose(child, function) for child in treedef.children]))
    return function(treedef) if isinstance(treedef, Leaf) else treedef


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """`tree` with `function(thing)` in place of everything in it that is no container."""
    things: list[Any] = []

    def leaf(thing: Any) -> TreeDef:
        things.append(function(thing))
        return NUMBER

    return unflatten(_walk(tree, leaf), things)


def array_of(leaves: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """A NumPy array of that shape: of floats if all are plain numbers, else of objects."""
    import numpy as np

    if all(isinstance(leaf, float | int) for leaf in leaves):
        return np.array(leaves, dtype=float).reshape(shape)
    array: Any = np.empty(len(leaves), dtype=object)
    array[:] = leaves
    return array.reshape(shape)


def numbers_in(tree: Any) -> Any:
    """`tree` with every Value in it replaced by its float, whatever else it holds."""
    return tree_map(_without_values, tree)


def _without_values(thing: Any) -> Any:
    if isinstance(thing, Value):
        return thing.data
    if getattr(getattr(thing, "dtype", None), "kind", "") == "O":
        return array_of([_without_values(element) for element in thing.ravel().tolist()], thing.shape)
    return thing


# --- questions -----------------------------------------------------------------------------------------------------------


def size(treedef: TreeDef) -> int:
    """How many numbers the tree holds."""
    if isinstance(treedef, Branch):
        plain = treedef.children.count(NUMBER)
        return plain if plain == len(treedef.children) else sum(map(size, treedef.children))
    return math.prod(treedef.shape or ()) if isinstance(treedef, Leaf) else 0


def offsets(treedefs: Iterable[TreeDef]) -> list[int]:
    """Where the numbers of each tree begin among those of all, and behind the last how many there are."""
    return list(accumulate(map(size, treedefs), initial=0))


def same_shape(one: TreeDef, other: TreeDef) -> bool:
    """Whether leaf stands for leaf, with containers of one length taken for the same (a tuple may stand for a list)."""
    if isinstance(one, Branch) and isinstance(other, Branch):
        fits = one.keys == other.keys and len(one.children) == len(other.children)
        return fits and all(map(same_shape, one.children, other.children))
    return one == other


def like(treedef: TreeDef, tree: Any, what: str, model: str) -> list[Any]:
    """The leaves of `tree`, which must have the shape of `treedef`.

    Raises
    ------
    ValueError
        If it has another; `what` and `model` say in it what the two are called.
    """
    leaves, given = flatten(tree, what)
    if not same_shape(given, treedef):
        raise ValueError(f"{what} must have the shape of {model}: {describe(given)} was given for {describe(treedef)}")
    return leaves


def describe(treedef: TreeDef) -> str:
    """The shape in words for an error message.

    >>> describe(flatten({"a": [1.0, 2.0]}, "x")[1])
    "{'a': [number, number]}"
    """
    return str(fill(treedef, lambda leaf: _Word("number" if leaf.shape is None else f"array{leaf.shape}")))


class _Word(str):
    """A word that is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def leaf_names(treedef: TreeDef, word: str) -> Iterator[str]:
    """What each number is called in a tree called `word`.

    >>> list(leaf_names(flatten({"a": [1.0, 2.0]}, "x")[1], "p"))
    ["p['a'][0]", "p['a'][1]"]
    """
    if isinstance(treedef, Branch):
        for key, child in zip(treedef.keys or range(len(treedef.children)), treedef.children, strict=True):
            yield from leaf_names(child, f"{word}[{key!r}]")
    elif isinstance(treedef, Leaf):
        places = product(*map(range, treedef.shape or ()))
        yield from [f"{word}[{', '.join(map(str, place))}]" if place else word for place in places]
