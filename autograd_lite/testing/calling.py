"""Calling a function under test: fresh Values for its arguments, names for them, and a clear word about what it returns."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.transforms.signature import parameters
from autograd_lite.transforms.tree import Branch, branch, flatten, leaf_names, unflatten


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
        if isinstance(f, Value) or not callable(f):
            given = "the Value it returned" if isinstance(f, Value) else repr(f)
            raise TypeError(
                f"the first argument is the function to check, not {given}: check_grad(f, x), not check_grad(f(x))"
            )
        args = args or getattr(f, "point", ())  # a `Graph` knows where it was grown
        if not args:
            raise TypeError("give the point at which to check: check_grad(f, 0.5)")
        self.f = f
        self.args = tuple(args)
        flat = [flatten(arg, f"argument {k}") for k, arg in enumerate(args)]
        #: Of all arguments, as a tuple.
        self.tree: Branch = branch(self.args, [tree for _, tree in flat])
        self.given: list[Any] = [one for found, _ in flat for one in found]
        self.numbers = [float(one) for one in self.given]
        if not self.numbers:
            raise TypeError("the arguments hold no number: there is nothing to differentiate with respect to")
        words = parameters(f, len(args))
        self.names = [name for word, tree in zip(words, self.tree.children, strict=True) for name in leaf_names(tree, word)]

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
        try:
            result = self.f(*unflatten(self.tree, inputs))
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
        return ", ".join(map(repr, unflatten(self.tree, self.numbers if numbers is None else numbers)))

    def _one_value(self, result: Any) -> Any:
        if isinstance(result, Value):
            return result
        if getattr(result, "shape", None) == () and isinstance(getattr(result, "item", lambda: None)(), Value):
            return result.item()
        raise refusal(self.name, result, "a Value, as autograd_lite.sin(x) does and math.sin(x) does not")


def refusal(name: str, result: Any, wanted: str) -> TypeError:
    """The error that says what the function of that name returned, and what it has to return instead."""
    wanted = f"it has to return {wanted}"
    if result is None:
        return TypeError(f"{name} returned None: is a `return` missing? {wanted}")
    if isinstance(result, int | float) and not isinstance(result, bool):
        return TypeError(
            f"{name} returned the plain number {result!r}, which nothing connects with its arguments: either it ignores them, "
            f"or it leaves the engine on the way (by float(x), x.data, math.sin(x)); {wanted}"
        )
    if hasattr(result, "__len__") and not isinstance(result, str):
        return TypeError(
            f"{name} returned a {type(result).__name__} of {len(result)}; a check takes one number. Check one element, "
            f"lambda *args: {name}(*args)[0], or a sum of them with different weights; {wanted}"
        )
    return TypeError(f"{name} returned a {type(result).__name__}, {result!r}; {wanted}")
