"""Floats as IEEE 754, NumPy and PyTorch have them: no exceptions, but infinities and nan.

`math` and Python's `/`, `//`, `%` and `**` raise where the standard gives an infinity or nan.  This number system answers
instead.  It serves `with ieee():`, and every partial derivative that is infinite or undefined where the value is fine
(`sqrt` at 0): a value that is defined never raises because its derivative is not.
"""

import ast
import math
from collections.abc import Callable, Mapping
from functools import wraps
from math import copysign, inf, isnan, nan

from autograd_lite.rules.evaluate import NumberSystem
from autograd_lite.rules.floats import INTRINSICS


def div(x: float, y: float) -> float:
    """x / y; an infinity, or nan for 0/0, where y is 0."""
    if y:
        return x / y
    return nan if x == 0.0 or isnan(x) or isnan(y) else copysign(inf, x) * copysign(1.0, y)


def pow_(x: float, y: float) -> float:
    """x ** y; an infinity at 0 ** negative or beyond the largest float, nan for a fractional power of a negative."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0.0 and math.fmod(y, 2.0) else inf
    except ValueError:
        if x == 0.0 and y < 0.0:
            return copysign(inf, x) if abs(math.fmod(y, 2.0)) == 1.0 else inf
        return nan


def mod(x: float, y: float) -> float:
    """x % y; nan where y is 0."""
    return x % y if y else nan


def floordiv(x: float, y: float) -> float:
    """x // y; an infinity, or nan for 0/0, where y is 0."""
    return x // y if y else div(x, y)


def _total(
    function: Callable[..., float], overflow: Callable[..., float], pole: Callable[..., float]
) -> Callable[..., float]:
    """`function` with an answer where it would raise: `overflow(*args)` or `pole(*args)`."""

    @wraps(function)
    def total(*args: float) -> float:
        try:
            return function(*args)
        except OverflowError:
            return overflow(*args)
        except (ValueError, ZeroDivisionError):
            return pole(*args)

    return total


def _nan(*args: float) -> float:
    return nan


def _infinite(*args: float) -> float:
    return inf


def _signed(x: float, *rest: float) -> float:
    return copysign(inf, x)


def _itself(x: float, *rest: float) -> float:
    return x


def _log_pole(x: float) -> float:
    return -inf if x == 0.0 else nan


def _polygamma_pole(n: float, x: float) -> float:
    """Beside 0, where it is as (-1 / x) ** (n + 1)."""
    return inf if n % 2 == 1.0 else -copysign(inf, x)


def _edge(at: float) -> Callable[[float], float]:
    """Infinite at the two ends of (-at, at)."""
    return lambda x: copysign(inf, x) if abs(x) == at else nan


#: (answer on overflow, answer at a pole or outside the domain) for the functions where nan would be wrong.
_ANSWERS: Mapping[str, tuple[Callable[..., float], Callable[..., float]]] = {
    **dict.fromkeys(("exp", "exp2", "expm1", "cosh", "hypot"), (_infinite, _nan)),
    **dict.fromkeys(("log", "log2", "log10"), (_infinite, _log_pole)),
    **dict.fromkeys(("sinh", "degrees"), (_signed, _nan)),
    **dict.fromkeys(("floor", "ceil", "trunc", "round"), (_itself, _itself)),
    "log1p": (_infinite, lambda x: -inf if x == -1.0 else nan),
    "atanh": (_infinite, _edge(1.0)),
    "erfinv": (_infinite, _edge(1.0)),
    "erfcinv": (_infinite, lambda x: inf if x == 0.0 else -inf if x == 2.0 else nan),
    "gamma": (_infinite, lambda x: copysign(inf, x) if x == 0.0 else nan),
    "lgamma": (_infinite, lambda x: inf if x <= 0.0 else nan),
    "digamma": (_infinite, lambda x: -copysign(inf, x) if x == 0.0 else nan),
    "polygamma": (_polygamma_pole, lambda n, x: _polygamma_pole(n, x) if x == 0.0 else nan),
    "fmod": (_nan, _nan),
    "remainder": (_nan, _nan),
}


#: IEEE floats as a number system.
IEEE = NumberSystem(
    "IEEE floats",
    {
        **{name: _total(function, *_ANSWERS.get(name, (_nan, _nan))) for name, function in INTRINSICS.items()},
        **{"div": div, "pow": pow_, "mod": mod, "floordiv": floordiv},
    },
    {ast.Div: "div", ast.Pow: "pow", ast.Mod: "mod", ast.FloorDiv: "floordiv"},
    rows=True,
)
