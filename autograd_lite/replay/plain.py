"""Two systems of the standard library: plain floats, as the engine computes, and exact fractions."""

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

from autograd_lite.engine.numbers import as_float
from autograd_lite.replay.system import System, rounding_functions
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.ieee import IEEE


@lru_cache(maxsize=2)
def floats(numbers: Any = FLOATS) -> System:
    """Plain floats: the same arithmetic as the recording, at other inputs perhaps; nan and infinities in place of errors with `IEEE`."""
    return System(numbers.name, numbers.functions, numbers.operators, key="float", number=as_float, checks_domain=False)


def ieee_floats() -> System:
    """Plain floats with nan and infinities where Python raises."""
    return floats(IEEE)


class NotRationalError(ArithmeticError):
    """An operation left the rational numbers."""


def _power(x: Any, y: Any) -> Fraction:
    if y != int(y):
        raise NotRationalError(f"{x} ** {y} is not rational: fractions have whole exponents only")
    return Fraction(x) ** int(y)


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
    floor, trunc, nearest = (lambda x, to=to: Fraction(to(x)) for to in (math.floor, math.trunc, round))
    return System(
        "the system of fractions",
        {**rounding_functions(Fraction(1), floor, trunc, nearest), "pow": _power},
        key="fraction",
        number=as_fraction,
        constants={"none": None, "inf": math.inf},
        literal=Fraction,
        infinite=False,
    )
