"""The standard library's `decimal`, to any number of digits.

Arithmetic, roots, exponentials, logarithms and powers are `decimal`'s own; the functions it does not have are computed by
mpmath in as many digits, and that is needed only where a graph has one of them.
"""

import decimal
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from functools import lru_cache, partial
from typing import Any

from autograd_lite.replay.multiprecision import GUARD
from autograd_lite.replay.system import System, exactly, named_constants, rounding_functions
from autograd_lite.rules.floats import INTRINSICS


def _power(x: Decimal, y: Decimal) -> Decimal:
    if y == 0:
        return Decimal(1)
    if x == 0 and y < 0:
        raise ZeroDivisionError("0 to a negative power")
    return x**y


def _functions(digits: int) -> dict[str, Callable[..., Any]]:
    floor, trunc, nearest = (
        partial(Decimal.to_integral_value, rounding=rounding) for rounding in (ROUND_FLOOR, ROUND_DOWN, ROUND_HALF_EVEN)
    )
    own: dict[str, Callable[..., Any]] = {
        "ceil": partial(Decimal.to_integral_value, rounding=ROUND_CEILING), "copysign": Decimal.copy_sign, "exp": Decimal.exp,
        "log": Decimal.ln, "log10": Decimal.log10, "pow": _power, "sqrt": Decimal.sqrt,
    }  # fmt: skip
    by_mpmath = {name: _by_mpmath(name, digits) for name in INTRINSICS}
    return by_mpmath | rounding_functions(Decimal(1), floor, trunc, nearest) | own


def _by_mpmath(name: str, digits: int) -> Callable[..., Decimal]:
    def function(*args: Decimal) -> Decimal:
        from autograd_lite.replay.multiprecision import multiprecision

        system = multiprecision(digits + GUARD)
        with system.working():
            result = system.functions[name](*(system.number(str(arg)) for arg in args))
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
        return named_constants(
            _pi(), Decimal(2).ln(), Decimal(10).ln(), Decimal("Infinity"), Decimal("NaN"), sqrt=lambda x: x.sqrt()
        )


def _context(precision: int) -> AbstractContextManager[Any]:
    return decimal.localcontext(decimal.Context(prec=precision, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN))


@lru_cache(maxsize=16)
def decimals(digits: int) -> System:
    """`Decimal`s of this many digits."""

    def finish(x: Decimal) -> Decimal:
        with _context(digits):
            return +x

    return System(
        f"decimal with {digits} digits",
        _functions(digits),
        key="decimal",
        number=exactly(Decimal, "as_tuple"),
        constants=_constants(digits),
        literal=Decimal,
        working=partial(_context, digits + GUARD),
        finish=finish,
    )
