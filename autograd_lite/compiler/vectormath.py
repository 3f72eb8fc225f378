"""exp, expm1, log, log1p and tanh in arithmetic alone, so that they run on all lanes of a vector at once.

Each is a form in the operations of a program.  So what two functions of the same number share (tanh and its derivative share
the exponential) is computed once, by the same pass that shares anything else.

The methods are the classical ones (Tang 1989, with the constants of FreeBSD's msun and of Cephes): reduce to a small interval by a power of
two, a polynomial there, put the power back.  All are within 2 units in the last place; the tests say how far exactly.
"""

import math
from collections.abc import Sequence
from typing import Any

from autograd_lite.compiler.lowering import choose, polynomial
from autograd_lite.compiler.operations import SHIFT
from autograd_lite.compiler.passes import Form
from autograd_lite.compiler.symbols import write

_LN2_HIGH = 6.93147180369123816490e-01  # the last 21 bits are zero, so that times a small whole number it is exact
_LN2_LOW = 1.90821492927058770002e-10
_SMALLEST_NORMAL = 2.0**-1022
#: (log((1+s)/(1-s)) - 2s) / s as a polynomial in s^2.
_LOG = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
    1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
)  # fmt: skip

#: (exp(2 r) - 1 - 2 r) / (2 r^2) for |r| <= log(2) / 4 as a polynomial, with errors that are even: 3e-18 in r^2 times that.
_TAIL = (
    1.0, 0.6666666666666674, 0.33333333333280063, 0.13333333333306016, 0.04444444457045663, 0.012698412734759818,
    0.0031745928865341733, 0.0007054651739658724, 0.0001414443836787532, 2.5715215093823693e-05,
)  # fmt: skip


def _clamped(x: Any, low: float, high: float) -> Any:
    x = choose("gt", x, high, high, x)
    return choose("lt", x, low, low, x)


def _reduced(half: Any) -> tuple[Any, Any, Any]:
    """k, shifted as `power2` has it, and r and a far smaller rest with exp(2 * half) = 2**k * (1 + 2 * (rest + r))."""
    shifted = half * (2.0 / math.log(2.0)) + SHIFT
    k = shifted - SHIFT
    r = (half - k * (0.5 * _LN2_HIGH)) - k * (0.5 * _LN2_LOW)
    return shifted, r, r * r * _in_pairs(_TAIL, r)


def _in_pairs(coefficients: Sequence[float], x: Any) -> Any:
    """The sum of `coefficients[k] * x**k`, by Estrin's rule: as many products as by Horner's, few of which wait for another."""
    if len(coefficients) == 1:
        return coefficients[0]
    pairs = [x * high + low for low, high in zip(coefficients[::2], coefficients[1::2], strict=False)]
    return _in_pairs([*pairs, *coefficients[len(pairs) * 2 :]], x * x)


def _of_exp(x: Any) -> tuple[Any, Any, Any]:
    """k, r and a rest with exp(x) = 2**k * (1 + 2 * (rest + r))."""
    shifted, r, rest = _reduced(0.5 * _clamped(x, -1000.0, 1000.0))
    return shifted - SHIFT, r, rest


def _exp(x: Any) -> Any:
    k, r, rest = _of_exp(x)
    return write("scale2", 1.0 + 2.0 * (rest + r), k)


def _expm1(x: Any) -> Any:
    # 2^k (1 + q) - 1 = 2^k (q + (1 - 2^-k)); for k = 0 that is q itself, for large k the 2^-k vanishes.
    k, r, rest = _of_exp(x)
    missing = 0.5 - write("scale2", 0.5, -choose("gt", k, 60.0, 60.0, k))
    found = choose("lt", k, -60.0, -1.0, write("scale2", 2.0 * (rest + (r + missing)), k))
    return choose("eq", x, 0.0, x, found)  # the sign of zero


def _around_e(x: Any) -> tuple[Any, Any]:
    """b = (e - 1) / 2 and 1 / (b + 1) for e = exp(2|x|), which tanh and its derivative share; |x| beyond 354 counts as that."""
    size = write("abs", x)
    shifted, r, rest = _reduced(choose("gt", size, 354.0, 354.0, size))
    power = write("power2", shifted)
    b = power * (rest + r) + (0.5 * power - 0.5)
    return b, 1.0 / (b + 1.0)


def _tanh(x: Any) -> Any:
    # b / (b + 1); the quotient gets back what its division and its divisor have rounded off.
    b, inverse = _around_e(x)
    quotient = b * inverse
    rest = (b - quotient) - quotient * b
    return write("copysign", rest * inverse + quotient, x)


def _sech_squared(x: Any) -> Any:
    # e / (b + 1)^2; beyond 354 it is below 1e-306.
    _, inverse = _around_e(x)
    return choose("gt", write("abs", x), 354.0, 0.0, inverse * (2.0 - inverse))


def _log_of_normal(x: Any) -> Any:
    """For 0 < x < inf: x = m * 2**k, f = m - 1, and log(1 + f) by the series in s = f / (2 + f)."""
    tiny = write("lt", x, _SMALLEST_NORMAL)
    scaled = choose("lt", x, _SMALLEST_NORMAL, x * 2.0**54, x)
    k = write("exponent", scaled) - write("select", tiny, 54.0, 0.0)
    f = write("mantissa", scaled) - 1.0
    s = f / (2.0 + f)
    z = s * s
    series = polynomial(_LOG, z)
    half = 0.5 * f * f
    return k * _LN2_HIGH - ((half - (s * (half + z * series) + k * _LN2_LOW)) - f)


def _log(x: Any) -> Any:
    found = choose("eq", x, math.inf, x, _log_of_normal(x))
    found = choose("eq", x, 0.0, -math.inf, found)
    return choose("lt", x, 0.0, math.nan, choose("ne", x, x, x, found))


def _log1p(x: Any) -> Any:
    # u = 1 + x loses what does not fit; d log(u) = du / u puts it back.
    u = 1.0 + x
    found = _log(u) - ((u - 1.0) - x) / u
    found = choose("eq", u, 1.0, x, found)
    found = choose("eq", x, math.inf, x, found)
    return choose("eq", x, -1.0, -math.inf, found)


VECTOR_FORMS: dict[str, Form] = {
    "exp": _exp, "expm1": _expm1, "tanh": _tanh, "log": _log, "log1p": _log1p, "sech_squared": _sech_squared,
}  # fmt: skip
