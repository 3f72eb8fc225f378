"""The standard library's `decimal`, to any number of digits.

Arithmetic, roots, exponentials, logarithms and powers are `decimal`'s own; the functions it does not have are computed by
mpmath in as many digits, and that is needed only where a graph has one of them.
"""

import ast
import decimal
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache, partial, reduce
from operator import mul
from typing import Any

from autograd_lite.engine.node import as_float
from autograd_lite.replay.multiprecision import GUARD
from autograd_lite.replay.system import System, make_numbers
from autograd_lite.rules.floats import INTRINSICS
from autograd_lite.rules.special import products_of_others


def _rounded(rounding: str) -> Callable[[Decimal], Decimal]:
    return lambda x: x.to_integral_value(rounding)


def _power(x: Decimal, y: Decimal) -> Decimal:
    if y == 0:
        return Decimal(1)
    if x == 0 and y < 0:
        raise ZeroDivisionError("0 to a negative power")
    return x**y


def _sum(xs: Iterable[Decimal]) -> Decimal:
    return sum(xs, Decimal(0))


def _sign(x: Decimal) -> Decimal:
    return Decimal((x > 0) - (x < 0))


def _round(x: Decimal, ndigits: Decimal = Decimal(0)) -> Decimal:
    shift = Decimal(10) ** int(ndigits)
    return (x * shift).to_integral_value(ROUND_HALF_EVEN) / shift


_floor, _trunc, _nearest = _rounded(ROUND_FLOOR), _rounded(ROUND_DOWN), _rounded(ROUND_HALF_EVEN)

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "ceil": _rounded(ROUND_CEILING),
    "copysign": lambda x, y: x.copy_sign(y),
    "detach": lambda x: x,
    "exp": Decimal.exp,
    "floor": _floor,
    "floordiv": lambda x, y: _floor(x / y),
    "fmod": lambda x, y: x - y * _trunc(x / y),
    "fsum": _sum,
    "log": Decimal.ln,
    "log10": Decimal.log10,
    "max": max,
    "min": min,
    "mod": lambda x, y: x - y * _floor(x / y),
    "pow": _power,
    "prod": lambda xs: reduce(mul, xs),
    "products_of_others": partial(products_of_others, one=Decimal(1)),
    "remainder": lambda x, y: x - y * _nearest(x / y),
    "round": _round,
    "sign": _sign,
    "sqrt": Decimal.sqrt,
    "trunc": _trunc,
}


def _by_mpmath(name: str, digits: int) -> Callable[..., Decimal]:
    def function(*args: Decimal) -> Decimal:
        from autograd_lite.replay.multiprecision import multiprecision

        system = multiprecision(digits + GUARD)
        with system.working():
            result = system.numbers.functions[name](*(system.number(str(arg)) for arg in args))
            return +Decimal(result.context.nstr(result, digits + 2 * GUARD, strip_zeros=False))

    return function


def _pi() -> Decimal:
    """By the arithmetic-geometric mean (Gauss, Salamin, Brent): each round doubles the digits."""
    a, b, t, power = Decimal(1), 1 / Decimal(2).sqrt(), Decimal("0.25"), 1
    while abs(a - b) > Decimal(10) ** (4 - decimal.getcontext().prec):
        a, b, t, power = (a + b) / 2, (a * b).sqrt(), t - power * ((a - b) / 2) ** 2, 2 * power
    return (a + b) ** 2 / (4 * t)


def _constants(digits: int) -> dict[str, Any]:
    with _context(digits + 2 * GUARD):
        pi = _pi()
        return {
            "pi": pi,
            "inf": Decimal("Infinity"),
            "nan": Decimal("NaN"),
            "ln2": Decimal(2).ln(),
            "ln2_rest": Decimal(0),
            "ln10": Decimal(10).ln(),
            "two_over_sqrt_pi": 2 / pi.sqrt(),
            "one_over_sqrt_2pi": 1 / (2 * pi).sqrt(),
            "degrees_per_radian": 180 / pi,
            "none": None,
        }


def _context(precision: int) -> AbstractContextManager[Any]:
    return decimal.localcontext(decimal.Context(prec=precision, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN))


@lru_cache(maxsize=16)
def decimals(digits: int) -> System:
    """`Decimal`s of this many digits."""
    functions = {name: _by_mpmath(name, digits) for name in INTRINSICS} | _FUNCTIONS
    numbers = make_numbers(
        f"decimal with {digits} digits",
        functions,
        operators={ast.Pow: "pow", ast.Mod: "mod", ast.FloorDiv: "floordiv"},
        constants=_constants(digits),
        literal=Decimal,
    )

    def number(x: Any) -> Decimal:
        if isinstance(x, Fraction):
            return Decimal(x.numerator) / x.denominator
        return Decimal(x) if isinstance(x, Decimal | float | int | str) else Decimal(as_float(x))

    def finish(x: Decimal) -> Decimal:
        with _context(digits):
            return +x

    return System(
        "decimal", numbers, number, lambda value: Decimal(1), working=partial(_context, digits + GUARD), finish=finish
    )


__all__ = ["decimals"]
