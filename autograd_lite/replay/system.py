"""What a number system must say so that a graph can be replayed in it, and what most of them share."""

import ast
import operator
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial, reduce
from typing import Any

from autograd_lite.engine.numbers import as_float
from autograd_lite.rules.evaluate import NumberSystem
from autograd_lite.rules.special import products_of_others


class UnsupportedOperationError(NotImplementedError):
    """A number system does not have an operation of the graph; the message names the first one and its place."""


def _same(x: Any) -> Any:
    return x


@dataclass(frozen=True, eq=False, kw_only=True)
class System(NumberSystem):
    """A number system a graph can be replayed in: what the texts of the table mean in it, and what its numbers are.

    Functions that the table expresses by others need not be among its functions: they are compiled from their rows.

    Parameters
    ----------
    key : str
        As it is asked for: "fraction", "mpmath", ...; the name is for messages.
    number : callable
        Makes a number of this system from what a leaf holds or a user gives.  Floats are taken exactly.
    constant : callable, optional
        As `number`, for plain floats recorded as operands.
    seed : callable, optional
        The number 1, where a backward pass starts, given the value of the root (an array of ones for an array).
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

    Examples
    --------
    >>> rationals = System("rationals", {}, key="fraction", number=Fraction, literal=Fraction)
    >>> rationals.functions["relu"](Fraction(-1, 2)), "exp" in rationals.functions
    (Fraction(0, 1), False)
    """

    operators: Mapping[Any, str] = field(
        default_factory=lambda: {ast.Pow: "pow", ast.Mod: "mod", ast.FloorDiv: "floordiv"}, kw_only=False
    )
    key: str
    number: Callable[[Any], Any]
    constant: Callable[[float], Any] | None = None
    seed: Callable[[Any], Any] | None = None
    working: Callable[[], AbstractContextManager[Any]] = nullcontext
    finish: Callable[[Any], Any] = _same
    checks_domain: bool = True
    guarded: frozenset[str] = frozenset()
    infinite: bool = True
    multiply: Callable[[Any, Any], Any] = operator.mul
    add: Callable[[Any, Any], Any] = operator.add
    rows: bool = True


def exactly(make: Callable[..., Any], *native: str) -> Callable[[Any], Any]:
    """The maker of a system's numbers out of fractions, floats, ints, texts, what is recorded, and the system's own numbers.

    Parameters
    ----------
    make : callable
        Takes floats, ints, texts and the system's own numbers.
    *native : str
        Attributes by which the system's own numbers are known.

    Examples
    --------
    >>> exactly(Fraction, "numerator")("1/3")
    Fraction(1, 3)
    """

    def number(x: Any) -> Any:
        if isinstance(x, Fraction):
            return make(x.numerator) / x.denominator
        own = isinstance(x, float | int | str) or any(hasattr(x, attribute) for attribute in native)
        return make(x if own else as_float(x))

    return number


def rounding_functions(
    one: Any, floor: Callable[[Any], Any], trunc: Callable[[Any], Any], nearest: Callable[[Any], Any]
) -> dict[str, Callable[..., Any]]:
    """What needs no more of numbers than + - * /, an order, and rounding to whole ones: down, towards 0, and to the nearest."""

    def round_(x: Any, ndigits: Any = 0) -> Any:
        shift = (one * 10) ** int(ndigits)
        return nearest(x * shift) / shift

    return {
        "abs": abs, "ceil": lambda x: -floor(-x), "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x), "detach": _same,
        "floor": floor, "floordiv": lambda x, y: floor(x / y), "fmod": lambda x, y: x - y * trunc(x / y),
        "fsum": lambda xs: sum(xs, one * 0), "max": max, "min": min, "mod": lambda x, y: x - y * floor(x / y),
        "prod": partial(reduce, operator.mul), "products_of_others": partial(products_of_others, one=one),
        "remainder": lambda x, y: x - y * nearest(x / y), "round": round_, "sign": lambda x: one * ((x > 0) - (x < 0)),
        "trunc": trunc,
    }  # fmt: skip


def named_constants(pi: Any, ln2: Any, ln10: Any, inf: Any, nan: Any, sqrt: Callable[[Any], Any]) -> dict[str, Any]:
    """The named constants of the table to a system's precision, not the floats nearest to them (so nothing is left of log 2)."""
    return {
        "pi": pi, "ln2": ln2, "ln2_rest": ln2 * 0, "ln10": ln10, "inf": inf, "nan": nan, "none": None,
        "two_over_sqrt_pi": 2 / sqrt(pi), "one_over_sqrt_2pi": 1 / sqrt(2 * pi), "degrees_per_radian": 180 / pi,
    }  # fmt: skip
