"""The primitives on plain floats, with Python's own policy: what `math` raises for, raises.

Here stands what the texts of the table bottom out in: `math`, builtins, and `special`.  All other functions are expressions of
these, compiled from their rows.
"""

import ast
import math
from collections.abc import Callable, Iterable
from typing import Any

from autograd_lite.rules import special
from autograd_lite.rules.evaluate import NumberSystem


def power(x: float, y: float) -> float:
    """x ** y on the reals: a negative base with a fractional exponent raises instead of giving a complex number."""
    try:
        return math.pow(x, y)
    except ValueError:
        if x == 0.0:
            raise ZeroDivisionError("0.0 cannot be raised to a negative power") from None
        raise


def _nan_or(choose: Callable[[Iterable[float]], float]) -> Callable[..., float]:
    """`max` or `min`, of numbers or of one list, that do not lose a nan: Python's do, wherever it is not the first."""

    def chosen(*xs: Any) -> float:
        numbers = xs if len(xs) > 1 or isinstance(xs[0], float) else xs[0]
        return math.nan if any(map(math.isnan, numbers)) else choose(numbers)

    return chosen


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda x: float(function(x))


#: The functions that texts bottom out in, by name.
INTRINSICS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(math, name)
        for name in (
            "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "copysign", "cos", "cosh", "degrees", "erf", "erfc",
            "exp", "exp2", "expm1", "fmod", "gamma", "hypot", "log", "log10", "log1p", "log2", "prod", "radians",
            "remainder", "sin", "sinh", "sqrt", "tan", "tanh",
        )
    },
    **{
        name: getattr(special, name)
        for name in (
            "cospi", "digamma", "erfcinv", "erfinv", "fsum", "lgamma", "ndtr", "polygamma", "sign", "sinc_derivative", "sinpi",
        )
    },
    "abs": abs, "max": _nan_or(max), "min": _nan_or(min), "pow": power,
    "floor": _whole(math.floor), "ceil": _whole(math.ceil), "trunc": _whole(math.trunc),
    "round": lambda x, ndigits=0.0: round(x, int(ndigits)),
    "detach": lambda x: x,  # a number is a constant already
}  # fmt: skip

#: Floats as a number system.
FLOATS = NumberSystem("floats", INTRINSICS, {ast.Pow: "pow"}, rows=True)
