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

#: (exp(r) - 1 - r - r^2 / 2) / r^3, which is not far from its Taylor series.
_TAIL = tuple(1.0 / math.factorial(n) for n in range(3, 14))


def _clamped(x: Any, low: float, high: float) -> Any:
    x = choose("gt", x, high, high, x)
    return choose("lt", x, low, low, x)


def _expm1_of_rest(x: Any, k: Any) -> Any:
    """q with exp(x) = 2**k * (1 + q)."""
    high, low = x - k * _LN2_HIGH, k * _LN2_LOW
    r = high - low
    rest = (high - r) - low  # what r has no digits for
    return r + (r * r * (0.5 + r * _in_pairs(_TAIL, r)) + rest)


def _in_pairs(coefficients: Sequence[float], x: Any) -> Any:
    """The sum of `coefficients[k] * x**k`, by Estrin's rule: as many products as by Horner's, few of which wait for another."""
    if len(coefficients) == 1:
        return coefficients[0]
    pairs = [x * high + low for low, high in zip(coefficients[::2], coefficients[1::2], strict=False)]
    return _in_pairs([*pairs, *coefficients[len(pairs) * 2 :]], x * x)


def _reduced(x: Any) -> tuple[Any, Any]:
    """k and q with exp(x) = 2**k * (1 + q)."""
    x = _clamped(x, -1000.0, 1000.0)
    k = write("rint", x * (1.0 / math.log(2.0)))
    return k, _expm1_of_rest(x, k)


def _exp(x: Any) -> Any:
    k, q = _reduced(x)
    return write("scale2", 1.0 + q, k)


def _expm1(x: Any) -> Any:
    # 2^k (1 + q) - 1 = 2^k (q + (1 - 2^-k)); for k = 0 that is q itself, for large k the 2^-k vanishes.
    k, q = _reduced(x)
    missing = 1.0 - write("scale2", 1.0, -choose("gt", k, 60.0, 60.0, k))
    found = choose("lt", k, -60.0, -1.0, write("scale2", q + missing, k))
    return choose("eq", x, 0.0, x, found)  # the sign of zero


def _powers_of_e(x: Any) -> tuple[Any, Any, Any]:
    """e - 1, e + 1 and -1 / (e + 1) for e = exp(2|x|), which tanh and its derivative share; |x| beyond 354 counts as that."""
    twice = 2.0 * write("abs", x)
    twice = choose("gt", twice, 708.0, 708.0, twice)
    k = write("rint", twice * (1.0 / math.log(2.0)))
    power = write("power2", k)
    below = power * _expm1_of_rest(twice, k) + (power - 1.0)
    above = below + 2.0
    return below, above, -1.0 / above


def _tanh(x: Any) -> Any:
    # (e - 1) / (e + 1), all with the other sign.  Near 0 the quotient gets back what its division and its divisor have rounded
    # off; elsewhere 1 - 2 / (e + 1) loses nothing.
    below, above, inverse = _powers_of_e(x)
    quotient = below * inverse
    rest = quotient * ((2.0 - above) + below) + (quotient * above + below)
    large = write("gt", write("abs", x), 0.625)
    return write("copysign", write("select", large, 1.0 + 2.0 * inverse, rest * inverse + quotient), x)


def _sech_squared(x: Any) -> Any:
    # 4 e / (e + 1)^2; beyond 354 it is below 1e-306.
    _, _, inverse = _powers_of_e(x)
    return choose("gt", write("abs", x), 354.0, 0.0, (-4.0 * inverse) * (1.0 + inverse))


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
