"""Two systems of the standard library: plain floats, as the engine computes, and exact fractions."""

import ast
import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

from autograd_lite.engine.node import as_float
from autograd_lite.replay.system import System, make_numbers
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.ieee import IEEE
from autograd_lite.rules.special import products_of_others


@lru_cache(maxsize=1)
def floats() -> System:
    """Plain floats: the same arithmetic as the recording, at other inputs perhaps."""
    return System("float", FLOATS, as_float, lambda value: 1.0, checks_domain=False)


@lru_cache(maxsize=1)
def ieee_floats() -> System:
    """Plain floats with nan and infinities where Python raises."""
    return System("float", IEEE, as_float, lambda value: 1.0, checks_domain=False)


class NotRationalError(ArithmeticError):
    """An operation left the rational numbers."""


def _power(x: Any, y: Any) -> Fraction:
    if y != int(y):
        raise NotRationalError(f"{x} ** {y} is not rational: fractions have whole exponents only")
    return Fraction(x) ** int(y)


def _copysign(x: Fraction, y: Fraction) -> Fraction:
    return abs(x) if y >= 0 else -abs(x)  # a fraction has no negative zero


def _round(x: Fraction, ndigits: Any = 0) -> Fraction:
    return Fraction(round(x, int(ndigits)))


def _rational(function: Callable[[Any], Any]) -> Callable[[Any], Fraction]:
    return lambda x: Fraction(function(x))


def _sum(xs: Iterable[Any]) -> Fraction:
    return sum(xs, Fraction(0))


def _sign(x: Fraction) -> Fraction:
    return Fraction((x > 0) - (x < 0))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "ceil": _rational(math.ceil),
    "copysign": _copysign,
    "detach": lambda x: x,
    "floor": _rational(math.floor),
    "floordiv": lambda x, y: Fraction(x // y),
    "fmod": lambda x, y: x - y * math.trunc(x / y),
    "fsum": _sum,
    "max": max,
    "min": min,
    "pow": _power,
    "prod": math.prod,
    "products_of_others": partial(products_of_others, one=Fraction(1)),
    "remainder": lambda x, y: x - y * round(x / y),
    "round": _round,
    "sign": _sign,
    "trunc": _rational(math.trunc),
}


def as_fraction(number: Any) -> Fraction:
    """A float as the fraction it is exactly; fractions, ints, decimals and texts as they stand.

    >>> as_fraction(0.1)
    Fraction(3602879701896397, 36028797018963968)
    >>> as_fraction("1/10")
    Fraction(1, 10)
    """
    if isinstance(number, Fraction | int | str | float) or hasattr(number, "as_integer_ratio"):
        return Fraction(number)
    return Fraction(as_float(number))


@lru_cache(maxsize=1)
def fractions() -> System:
    """Exact rational arithmetic: + - * / and what is made of them, whole powers, comparisons, rounding."""
    numbers = make_numbers(
        "the system of fractions",
        _FUNCTIONS,
        operators={ast.Pow: "pow", ast.FloorDiv: "floordiv"},
        constants={"none": None, "inf": math.inf},
        literal=Fraction,
    )
    return System("fraction", numbers, as_fraction, lambda value: Fraction(1), infinite=False)


__all__ = ["NotRationalError", "as_fraction", "floats", "fractions", "ieee_floats"]
