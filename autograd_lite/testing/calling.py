"""Calling a function under test: fresh Values for its arguments, names for them, and a clear word about what it returns."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd_lite.engine.node import Node
from autograd_lite.engine.value import Value
from autograd_lite.transforms.tree import Leaf, Tree, flatten


class Call:
    """A function and the point at which it is checked.

    Parameters
    ----------
    f : callable
    args : sequence
        Numbers, Values, and lists, tuples, dicts and arrays of them.

    Attributes
    ----------
    numbers : list of float
        All numbers of the arguments, in order.
    names : list of str
        What each is called: `x`, `w[0]`, `p['bias']`.
    """

    def __init__(self, f: Callable[..., Any], args: Sequence[Any]) -> None:
        if isinstance(f, Node) or not callable(f):
            given = "the Value it returned" if isinstance(f, Node) else repr(f)
            raise TypeError(
                f"the first argument is the function to check, not {given}: check_grad(f, x), not check_grad(f(x))"
            )
        args = args or getattr(f, "point", ())  # a `Graph` knows where it was grown
        if not args:
            raise TypeError("give the point at which to check: check_grad(f, 0.5)")
        self.f = f
        self.args = tuple(args)
        self.trees: list[Tree] = []
        self.numbers: list[float] = []
        self.given: list[Any] = []
        for k, arg in enumerate(args):
            tree, found = flatten(arg, f"argument {k}")
            self.trees.append(tree)
            self.given += found
            self.numbers += [one.data if isinstance(one, Node) else float(one) for one in found]
        if not self.numbers:
            raise TypeError("the arguments hold no number: there is nothing to differentiate with respect to")
        self.names = [
            name for word, tree in zip(parameters(f, len(args)), self.trees, strict=True) for name in _names(word, tree.root)
        ]

    @property
    def name(self) -> str:
        """The name of the function."""
        return getattr(self.f, "__name__", type(self.f).__name__)

    def record(self, numbers: Sequence[float] | None = None) -> tuple[list[Any], Any]:
        """The leaves and the result of one call.

        Raises
        ------
        TypeError
            If the result is not one Value.
        """
        numbers = self.numbers if numbers is None else numbers
        inputs = [Value(number, label=name) for number, name in zip(numbers, self.names, strict=True)]
        rest = iter(inputs)
        built = [tree.build([next(rest) for _ in range(tree.size)]) for tree in self.trees]
        try:
            result = self.f(*built)
        except Exception as error:
            error.add_note(f"raised by {self.name}({self.point(numbers)}), which was being checked")
            raise
        changed = [
            name for leaf, number, name in zip(inputs, numbers, self.names, strict=True) if leaf.data != number == number
        ]
        if changed:
            raise TypeError(
                f"{self.name} changes its argument {changed[0]}; a function that is checked leaves them as they are"
            )
        return inputs, self._one_value(result)

    def value(self, numbers: Sequence[float]) -> float:
        """The number that the function gives at other arguments."""
        return float(self.record(numbers)[1].data)

    def point(self, numbers: Sequence[float] | None = None) -> str:
        """The arguments as they would be typed."""
        rest = iter(self.numbers if numbers is None else numbers)
        return ", ".join(repr(tree.build([next(rest) for _ in range(tree.size)])) for tree in self.trees)

    def _one_value(self, result: Any) -> Any:
        if isinstance(result, Node):
            return result
        if getattr(result, "shape", None) == () and isinstance(getattr(result, "item", lambda: None)(), Node):
            return result.item()
        name = self.name
        if result is None:
            raise TypeError(f"{name} returned None: is a `return` missing?")
        if isinstance(result, bool) or not isinstance(result, int | float):
            if hasattr(result, "__len__") and not isinstance(result, str):
                raise TypeError(
                    f"{name} returned a {type(result).__name__} of {len(result)}; a check takes one number. Check one element, "
                    f"lambda *args: {name}(*args)[0], or a sum of them with different weights"
                )
            raise TypeError(f"{name} returned a {type(result).__name__}, {result!r}; it has to return a Value")
        raise TypeError(
            f"{name} returned the plain number {result!r}, which nothing connects with its arguments: either it ignores them, "
            "or it leaves Values on the way (by float(x), x.data, or math.sin(x) for autograd_lite.sin(x))"
        )


def parameters(f: Callable[..., Any], count: int) -> list[str]:
    """Names for the first `count` arguments of `f`.

    >>> parameters(lambda x, *rest: x, 3)
    ['x', 'rest[0]', 'rest[1]']
    """
    names: list[str] = []
    try:
        found = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        found = []
    for parameter in found:
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{k}]" for k in range(count - len(names))]
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
    return (names + [f"argument {k}" for k in range(len(names), count)])[:count]


def _names(word: str, node: Any) -> Iterator[str]:
    if isinstance(node, Leaf):
        if node.shape is None:
            yield word
        else:
            yield from (f"{word}[{', '.join(map(str, place))}]" for place in _places(node.shape))
        return
    keys = node.keys if node.keys is not None else range(len(node.children))
    for key, child in zip(keys, node.children, strict=True):
        yield from _names(f"{word}[{key!r}]", child)


def _places(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    places: list[tuple[int, ...]] = [()]
    for length in shape:
        places = [(*place, k) for place in places for k in range(length)]
    return places


__all__ = ["Call", "parameters"]
