"""Functions of one float that the standard library's `math` does not have, accurate to a few units in the last place.

Only floats here, no derivatives: those stand in the table.  `table.py` refers to these functions by name.
"""

import math
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache, reduce
from math import copysign, erf, erfc, exp, fabs, floor, log, log1p, pi, sqrt
from typing import Any, TypeVar

T = TypeVar("T")


def sinpi(x: float) -> float:
    """sin(pi * x), exact at multiples of 1/2 and accurate for large `x`, where pi * x would have lost its phase.

    >>> sinpi(1e15), sinpi(0.5), sinpi(1.5)
    (0.0, 1.0, -1.0)
    """
    return _wave(x, 0)


def cospi(x: float) -> float:
    """cos(pi * x), exact at multiples of 1/2.

    >>> cospi(0.5), cospi(1.0), cospi(1e15 + 1)
    (0.0, -1.0, -1.0)
    """
    return _wave(x, 1)


def _wave(x: float, quarters: int) -> float:
    """sin(pi * x), that many quarters of a turn ahead: the quarters nearest to x are taken off, which is exact."""
    if not math.isfinite(x):
        raise ValueError("math domain error")
    rest = math.remainder(x, 2.0)
    nearest = round(2.0 * rest)
    quarters += nearest
    angle = pi * (rest - 0.5 * nearest)
    wave = math.cos(angle) if quarters % 2 else math.sin(angle)
    return 0.0 - wave if quarters % 4 > 1 else wave


def sinc_derivative(n: float, x: float) -> float:
    """The n-th derivative of sin(pi x) / (pi x) at x; n = 0 is the function itself.

    Where |pi x| is small against n, the Taylor series; elsewhere the recurrence x f_n + n f_(n-1) = d^n sin(pi x) / pi,
    which is stable upwards there.

    >>> sinc_derivative(0, 0.0), sinc_derivative(1, 0.0)
    (1.0, 0.0)
    """
    n, u = int(n), pi * x
    scale = pi**n  # first: beyond 621, where it overflows, no loop is to begin
    if fabs(u) <= n + 1.0:
        # d^n/du^n of the sum of (-1)^k u^(2k) / (2k+1)! is that of (-1)^k u^(2k-n) / ((2k+1) (2k-n)!), from 2k >= n on.
        first = (n + 1) // 2
        terms, term = [], (-1.0) ** first * u ** (n % 2)
        for k in range(first, 2 * n + 20):
            terms.append(term / (2 * k + 1))
            term *= -u * u / ((2 * k + 1 - n) * (2 * k + 2 - n))
        return scale * fsum(terms)
    waves = (sinpi(x), cospi(x), -sinpi(x), -cospi(x))
    f = waves[0] / u
    for k in range(1, n + 1):
        f = (pi ** (k - 1) * waves[k % 4] - k * f) / x
    return f


def ndtr(x: float) -> float:
    """The standard normal distribution function, accurate in the far left tail too.

    erfc magnifies the rounding of -x / sqrt(2) by 2 z^2, a thousand units in the last place at x = -37.  So the part of
    -x / sqrt(2) that does not fit in a float is carried along and put back by one Newton term.

    >>> ndtr(0.0)
    0.5
    >>> ndtr(-37.0)
    5.725571222524577e-300
    """
    if not -40.0 < x <= -1.0:  # farther to the left it is 0
        return 0.5 * erfc(-x * _SQRT_HALF)
    z = -x * _SQRT_HALF
    rest = _product_error(-x, _SQRT_HALF, z) - x * _SQRT_HALF_TAIL
    tail = erfc(z)
    # d erfc = -2/sqrt(pi) exp(-z^2) dz; as a fraction of erfc(z) that is about -(z + sqrt(z^2 + 1.3)) dz.
    slope = 2.0 / sqrt(pi) * exp(-z * z) / tail if tail > 0.0 else 0.0
    return 0.5 * tail * (1.0 - slope * rest)


_SQRT_HALF = sqrt(0.5)
_SQRT_HALF_TAIL = -4.833646656726457e-17  # sqrt(1/2) - the float nearest to it


def _product_error(a: float, b: float, product: float) -> float:
    """a * b - product, exactly (Dekker's splitting)."""
    a_high = a * 134217729.0
    a_high -= a_high - a
    b_high = b * 134217729.0
    b_high -= b_high - b
    a_low, b_low = a - a_high, b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def erfinv(y: float) -> float:
    """The inverse of erf on (-1, 1).  Winitzki's approximation, then Halley's iteration to the last digits.

    >>> erfinv(0.5)
    0.4769362762044699
    """
    if not -1.0 < y < 1.0:
        raise ValueError("math domain error")
    return copysign(_inverse_erf(fabs(y), 1.0 - fabs(y)), y)


def erfcinv(y: float) -> float:
    """The inverse of erfc on (0, 2); unlike erfinv(1 - y) it keeps its digits for tiny `y`.

    >>> round(erfcinv(1e-100), 10)
    15.0655747026
    """
    if not 0.0 < y < 2.0:
        raise ValueError("math domain error")
    return copysign(_inverse_erf(fabs(1.0 - y), min(y, 2.0 - y)), 1.0 - y)


def _inverse_erf(p: float, q: float) -> float:
    """x >= 0 with erf(x) = p and erfc(x) = q; only the smaller of the two, which is exact, is used to the last digit."""
    if p < 1e-9:
        return 0.5 * sqrt(pi) * p
    if q < 1e-300:  # erfc itself has few digits there: Newton's steps on the logarithm of its asymptotic series
        x = sqrt(-log(q))
        for _ in range(4):
            z = 0.5 / (x * x)
            series = 1.0 - z * (1.0 - 3.0 * z * (1.0 - 5.0 * z * (1.0 - 7.0 * z)))
            x += (log(series / (x * sqrt(pi))) - log(q) - x * x) / (2.0 * x + 1.0 / x)
        return x
    u = log1p(-p * p) if p < 0.9 else log(q) + log1p(p)
    t = 4.330746750799873 + 0.5 * u
    x = sqrt(max(sqrt(t * t - u / 0.147) - t, 0.0))
    for _ in range(8):  # three do, except in the far tail
        # erfc(x) - q is measured against the density, so that the step is right however small q is
        error = (erf(x) - p) if p < 0.5 else (q - erfc(x))
        step = error / (2.0 / sqrt(pi) * exp(-x * x))
        x -= step / (1.0 + x * step)
        if fabs(step) <= 1e-17 * x:
            break
    return x


def sign(x: float) -> float:
    """-1, 0 or 1; NaN for NaN."""
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x * 0.0


# --- the logarithm of gamma and its derivatives ------------------------------------------------------------------------

_BERNOULLI = (  # B_2, B_4, ... as numerator and denominator
    (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510), (43867, 798), (-174611, 330),
)  # fmt: skip
# The positive zero of digamma in two parts: the nearest float, and what is left.
_ROOT = 1.4616321449683622
_ROOT_TAIL = 9.549995429965697e-17


def lgamma(x: float) -> float:
    """log(abs(gamma(x))); beside its zeros, at 1, 2 and below -2, where terms cancel, by other means than `math.lgamma`.

    >>> lgamma(1.0), lgamma(1.0000001)
    (0.0, -5.772155829918508e-08)
    """
    if 0.7 < x < 2.7:
        center = 1.0 if x < 1.3 else 2.0
        return _taylor(0, center, x - center)
    if -0.3 < x <= 0.7:
        return (_taylor(0, 1.0, x) if x < 0.3 else _taylor(0, 2.0, x - 1.0)) - log(fabs(x))
    if 2.7 <= x < 5.0:
        return lgamma(x - 1.0) + log(x - 1.0)
    found = math.lgamma(x)
    return _in_digits(x)[0] if x < 0.0 and fabs(found) < 1.0 - x else found


def _in_digits(x: float) -> tuple[float, float]:
    """lgamma and digamma in fifty digits, a thousand times slower: by recurrence to 60, where Stirling's series has 36."""
    with localcontext(Context(prec=50)):
        y, product, inverses = Decimal(x), Decimal(1), Decimal(0)
        while y < 60:
            product, inverses, y = product * y, inverses + 1 / y, y + 1
        value = (y - Decimal("0.5")) * y.ln() - y + _HALF_LOG_2PI - abs(product).ln()
        slope = y.ln() - Decimal("0.5") / y - inverses
        for k, (p, q) in enumerate(_BERNOULLI, 1):
            term = Decimal(p) / (q * 2 * k) / y ** (2 * k - 1)
            value, slope = value + term / (2 * k - 1), slope - term / y
        return float(value), float(slope)


_HALF_LOG_2PI = Decimal("0.91893853320467274178032973640561763986139747363778")


@lru_cache(maxsize=3)
def _coefficients(n: int, center: float) -> list[float]:
    """Of the powers from the first on: derivatives of polygamma's integral (n = 0: lgamma) or of digamma (n = 1)."""
    return [polygamma(n + k, center) / math.factorial(k + 1) for k in range(60)]


def _taylor(n: int, center: float, d: float) -> float:
    return d * reduce(lambda total, coefficient: total * d + coefficient, reversed(_coefficients(n, center))) + 0.0


def digamma(x: float) -> float:
    """The derivative of log(gamma(x)); beside its zeros to full relative accuracy.

    >>> round(digamma(1.0), 12)
    -0.577215664902
    """
    return polygamma(0.0, x)


def polygamma(n: float, x: float) -> float:
    """The n-th derivative of digamma at `x` (n = 0 is digamma, 1 trigamma), n a whole number below 150.

    Recurrence up to x >= 12 + n, then the asymptotic series (DLMF 5.11.2, 5.15.8); reflection (5.5.4) for `x` below -50.

    >>> polygamma(1, 1.0)
    1.6449340668482264
    """
    if n != int(n) or n < 0 or x == -math.inf or (x <= 0.0 and x == floor(x)):
        raise ValueError("math domain error")
    n = int(n)
    if x < -50.0:
        return (-1.0) ** n * polygamma(n, 1.0 - x) - _cotangent_derivative(n, x)
    if x == math.inf:
        return 0.0 if n else x
    if n == 0 and fabs(x - _ROOT) < 0.7:
        return _taylor(1, _ROOT, (x - _ROOT) - _ROOT_TAIL)
    factorial, start = math.factorial(n), x
    terms = []
    while x < 12.0 + n:
        terms.append(factorial * x ** (-n - 1) if n else 1.0 / x)
        x += 1.0
    terms += [math.factorial(n - 1) * x**-n if n else -log(x), 0.5 * factorial * x ** (-n - 1)]
    for k, (p, q) in enumerate(_BERNOULLI, 1):
        terms.append(p / q * math.factorial(2 * k + n - 1) / math.factorial(2 * k) * x ** (-2 * k - n))
    total = fsum(terms) if n % 2 else -fsum(terms)
    return _in_digits(start)[1] if n == 0 and start < 0.0 and fabs(total) < 1.0 else total


def _cotangent_derivative(n: int, x: float) -> float:
    """The n-th derivative of pi cot(pi x), as a polynomial in the cotangent (d cot = -pi (1 + cot^2))."""
    powers = [0, 1]
    for _ in range(n):
        slope = [k * c for k, c in enumerate(powers)][1:]
        powers = [-a - b for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
    cotangent = cospi(x) / sinpi(x)
    return pi ** (n + 1) * fsum(float(c) * cotangent**k for k, c in enumerate(powers))


def products_of_others(xs: Sequence[T], one: Any = 1.0) -> list[T]:
    """For each position the product of all the other elements, in one sweep from each side: no division, so zeros are
    no special case.  Any numbers that multiply will do; `one` is theirs.

    >>> products_of_others([2.0, 3.0, 0.0])
    [0.0, 0.0, 6.0]
    """
    if len(xs) < 2:
        return [one] * len(xs)
    before: list[Any] = [one, xs[0]]
    for x in xs[1:-1]:
        before.append(before[-1] * x)
    after: Any = xs[-1]
    for k in range(len(xs) - 2, 0, -1):
        before[k] = before[k] * after
        after = after * xs[k]
    before[0] = after
    return before


def fsum(xs: Iterable[float]) -> float:
    """The sum, correctly rounded, also where a part of it is beyond the largest float; infinities decide alone.

    >>> fsum([1e308, 1e308, -1e308]), fsum([1e308, 1e308, -math.inf]), fsum([1e308, 1e308])
    (1e+308, -inf, inf)
    """
    xs = tuple(xs)
    try:
        return math.fsum(xs)
    except (OverflowError, ValueError):
        endless = [x for x in xs if not math.isfinite(x)]
    total = float(sum(endless)) if endless else sum(map(Fraction, xs))
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf
