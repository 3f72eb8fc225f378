"""Arguments taken apart into the numbers a program works on and a structure that stays the same from call to call.

The structure is hashable: it is the key under which a compiled program is found again.  Whatever is not a number (None, a
text, True, any other object) belongs to the structure, so a call with another one is another program.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from numbers import Real
from typing import Any

from autograd_lite.engine.node import Node, as_float

#: What a structure is made of: a place for a number, a container with its contents, an array, or a fixed object.
Structure = Any
NUMBER = "number"
_PLAIN = frozenset({float, int, bool, str})
_FLOATS = frozenset({float})


class Fixed:
    """An object that is part of the structure: compared by type, value (identity if it has no hash) and plain attributes."""

    __slots__ = ("key", "thing")

    def __init__(self, thing: Any) -> None:
        self.thing = thing
        attributes = getattr(thing, "__dict__", None)
        plain = [pair for pair in attributes.items() if pair[1].__class__ in _PLAIN] if attributes else []
        try:
            hash(thing)
            self.key: Any = (type(thing), thing, *plain)
        except TypeError:
            self.key = (type(thing), id(thing), *plain)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fixed) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def take_apart(thing: Any, numbers: list[Any], fixed: bool = False) -> Structure:
    """The structure of `thing`; its numbers (floats, ints, Values) are appended to `numbers`.

    Parameters
    ----------
    thing : object
    numbers : list
    fixed : bool, default False
        Take numbers as part of the structure too.

    Examples
    --------
    >>> numbers = []
    >>> structure = take_apart({"w": [1.0, 2.0], "mode": "train"}, numbers)
    >>> numbers, put_together(structure, iter([10.0, 20.0]))
    ([1.0, 2.0], {'w': [10.0, 20.0], 'mode': 'train'})
    """
    kind = thing.__class__
    if (kind is float or kind is int or isinstance(thing, Node)) and not fixed:
        numbers.append(thing)
        return NUMBER
    if kind is list or kind is tuple:
        if not fixed and _FLOATS.issuperset(map(type, thing)):
            numbers.extend(thing)
            return (kind, (NUMBER,) * len(thing))
        return (kind, tuple([take_apart(one, numbers, fixed) for one in thing]))
    if isinstance(thing, dict):
        return (kind, tuple(thing), tuple([take_apart(one, numbers, fixed) for one in thing.values()]))
    if isinstance(thing, tuple) and hasattr(thing, "_fields"):
        return (kind, tuple([take_apart(one, numbers, fixed) for one in thing]))
    shape = getattr(thing, "shape", None)
    if shape is not None and hasattr(thing, "ravel") and not fixed:
        if getattr(thing.dtype, "kind", "") not in "fiuO" and shape != ():
            raise TypeError(f"an array of {thing.dtype} holds no numbers to compute with; convert it with .astype(float)")
        if shape == ():
            numbers.append(float(thing))
            return NUMBER
        numbers.extend(thing.ravel().tolist())
        return ("array", tuple(shape))
    if isinstance(thing, Real | complex) and kind is not bool and not fixed:
        numbers.append(as_float(thing))  # a Fraction; a complex number is refused
        return NUMBER
    return Fixed(thing)


def put_together(structure: Structure, numbers: Iterator[Any]) -> Any:
    """A thing of this structure with other numbers in it; what `take_apart` took apart."""
    if structure is NUMBER:
        return next(numbers)
    if isinstance(structure, Fixed):
        return structure.thing
    if structure[0] == "array":
        return _array(structure[1], numbers)
    kind = structure[0]
    if len(structure) == 3:
        return kind(zip(structure[1], [put_together(one, numbers) for one in structure[2]], strict=True))
    inner = structure[1]
    flat = inner.count(NUMBER) == len(inner)
    parts = list(islice(numbers, len(inner))) if flat else [put_together(one, numbers) for one in inner]
    return kind(*parts) if hasattr(kind, "_fields") else kind(parts)


def _array(shape: tuple[int, ...], numbers: Iterator[Any]) -> Any:
    import numpy as np

    size = 1
    for length in shape:
        size *= length
    elements = [next(numbers) for _ in range(size)]
    if any(isinstance(element, Node) for element in elements):
        array: Any = np.empty(size, dtype=object)
        array[:] = elements
        return array.reshape(shape)
    return np.array(elements, dtype=float).reshape(shape)


def builder_of(structure: Structure) -> Callable[[list[float]], Any]:
    """`put_together` for one structure, quick for the usual results: a number, or a flat list or tuple of them."""
    if structure is NUMBER:
        return lambda numbers: numbers[0]
    if isinstance(structure, tuple) and structure[0] in (list, tuple) and all(part is NUMBER for part in structure[1]):
        return structure[0]  # type: ignore[no-any-return]
    return lambda numbers: put_together(structure, iter(numbers))


def size_of(structure: Structure) -> int:
    """How many numbers a structure holds."""
    if structure is NUMBER:
        return 1
    if isinstance(structure, Fixed):
        return 0
    if structure[0] == "array":
        size = 1
        for length in structure[1]:
            size *= length
        return size
    return sum(size_of(part) for part in structure[-1])


def positional(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Arguments given by name, in their places.

    Raises
    ------
    TypeError
        If the function has no such argument, or takes it by name alone.
    """
    bound = inspect.signature(function).bind(*args, **kwargs)
    if bound.kwargs:
        names = ", ".join(bound.kwargs)
        raise TypeError(
            f"compiled and mapped functions take their arguments by position; {names} can be given by name alone"
        )
    return bound.args


__all__ = ["NUMBER", "Fixed", "Structure", "builder_of", "positional", "put_together", "size_of", "take_apart"]
