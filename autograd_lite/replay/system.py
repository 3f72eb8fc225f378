"""What a number system must say so that a graph can be replayed in it, and the library of functions that most share."""

import operator
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.evaluate import Numbers, compile_forward


class UnsupportedOperationError(NotImplementedError):
    """A number system does not have an operation of the graph; the message names the first one and its place."""


def _same(x: Any) -> Any:
    return x


@dataclass(frozen=True, eq=False)
class System:
    """A number system a graph can be replayed in.

    Parameters
    ----------
    name : str
        As it is asked for: "fraction", "mpmath", ...
    numbers : Numbers
        What the texts of the table mean in it.
    number : callable
        Makes a number of this system from what a leaf holds or a user gives.  Floats are taken exactly.
    seed : callable
        The number 1, where a backward pass starts, given the value of the root (an array of ones for an array).
    constant : callable, optional
        As `number`, for plain floats recorded as operands.
    working : callable, optional
        A context manager inside which everything is computed: a precision, silenced warnings.
    finish : callable, optional
        From a number as computed to the number as shown: rounded to the digits asked for.
    checks_domain : bool
        Whether the domain in the table is to be tested before each operation, because the functions do not raise by
        themselves.
    guarded : frozenset of str
        Operations whose functions check for themselves, although the others need it.
    infinite : bool
        Whether the system has infinities and nan, for slopes that are infinite.
    multiply, add : callable, optional
        How a backward pass multiplies a gradient by a slope, and adds two.
    """

    name: str
    numbers: Numbers
    number: Callable[[Any], Any]
    seed: Callable[[Any], Any]
    constant: Callable[[float], Any] | None = None
    working: Callable[[], AbstractContextManager[Any]] = nullcontext
    finish: Callable[[Any], Any] = _same
    checks_domain: bool = True
    guarded: frozenset[str] = frozenset()
    infinite: bool = True
    multiply: Callable[[Any, Any], Any] = operator.mul
    add: Callable[[Any, Any], Any] = operator.add


def is_intrinsic(rule: Rule) -> bool:
    """Whether the forward text is only a call of the function itself, which a number system must then bring along.

    >>> is_intrinsic(RULES["exp"]), is_intrinsic(RULES["sigmoid"])
    (True, False)
    """
    return rule.forward == f"{rule.name}({', '.join(rule.args.split())})"


class Library(dict[str, Callable[..., Any]]):
    """The functions of a number system; those that the table expresses by others are compiled from their rows.

    Examples
    --------
    >>> from fractions import Fraction
    >>> library = Library({})
    >>> library.numbers = Numbers("fractions", library, literal=Fraction)
    >>> library["relu"](Fraction(-1, 2)), "exp" in library
    (Fraction(0, 1), False)
    """

    numbers: Numbers

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__(functions)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (name in RULES and not is_intrinsic(RULES[str(name)]))

    def __missing__(self, name: str) -> Callable[..., Any]:
        return compile_forward(RULES[name], self.numbers)


def make_numbers(name: str, functions: Mapping[str, Callable[..., Any]], **options: Any) -> Numbers:
    """A `Numbers` with a `Library` of these functions."""
    library = Library(functions)
    library.numbers = Numbers(name, library, **options)
    return library.numbers


def missing(package: str, extra: str, purpose: str) -> ImportError:
    """The error for a package that is not installed."""
    return ImportError(f'{purpose} needs {package}, which is not installed: pip install "autograd-lite[{extra}]"')


__all__ = ["Library", "System", "UnsupportedOperationError", "is_intrinsic", "make_numbers", "missing"]
