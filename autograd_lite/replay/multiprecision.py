"""Any number of digits, by mpmath: the oracle that the other systems and the rounding report lean on.

Each precision has a context of its own, so nothing here touches the precision that the user works with.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any

from autograd_lite.hints import needed
from autograd_lite.replay.system import System, exactly, named_constants, rounding_functions
from autograd_lite.rules.special import erfcinv as float_erfcinv

#: Digits computed beyond those asked for, so that the errors of many operations do not reach the last digit shown.
GUARD = 10


def import_mpmath() -> Any:
    """The module `mpmath`, or an error that says what to install."""
    return needed("mpmath", "a replay in many digits needs", "testing")


def _cbrt(mp: Any, x: Any) -> Any:
    return mp.cbrt(x) if x >= 0 else -mp.cbrt(-x)


def _trunc(mp: Any, x: Any) -> Any:
    return mp.floor(x) if x >= 0 else mp.ceil(x)


def _pow(mp: Any, x: Any, y: Any) -> Any:
    x, y = mp.convert(x), mp.convert(y)
    if x < 0 and not mp.isint(y):
        raise ValueError("a negative number to a fractional power")
    return x ** int(y) if mp.isint(y) and abs(y) < 1e9 else x**y


def _erfcinv(mp: Any, y: Any) -> Any:
    if y == 1:
        return mp.zero
    if y > 1:
        return -_erfcinv(mp, 2 - y)
    prec = mp.prec
    # Near y = 1 the result is as small as 1 - y, and as exact only if that many more digits are carried.
    with mp.workprec(prec + 20 + 2 * max(0, -mp.mag(1 - y))):
        x = mp.mpf(float_erfcinv(float(y))) if float(y) > 0 else mp.sqrt(-mp.log(y))
        for _ in range(100):  # Newton on log(erfc(x)), which is nearly a parabola however small y is
            tail = mp.erfc(x)
            step = mp.log(tail / y) * tail * mp.sqrt(mp.pi) / (2 * mp.exp(-x * x))
            x += step
            if abs(step) <= mp.ldexp(abs(x), -prec):
                break
        else:
            raise ArithmeticError(f"erfcinv did not converge at {y}")
    return +x


def _sinc_derivative(mp: Any, n: Any, x: Any) -> Any:
    """sum over k of (-1)^k u^(2k-n) / ((2k+1) (2k-n)!), u = pi x, times pi^n; the terms cancel, so more digits.

    Far out, where that takes too many, x f_n + n f_(n-1) = the n-th derivative of sin(pi x) / pi.
    """
    n = int(n)
    if abs(x) > n + 50:
        with mp.workprec(mp.prec + 20):
            sine, cosine = mp.sinpi(x), mp.cospi(x)
            waves = (sine, cosine, -sine, -cosine)
            total = sine / (mp.pi * x)
            for k in range(1, n + 1):
                total = (mp.pi ** (k - 1) * waves[k % 4] - k * total) / x
        return +total
    with mp.workprec(mp.prec + int(5 * abs(x)) + 20):
        u = mp.pi * x
        k = (n + 1) // 2
        term = (-1) ** k * u ** (2 * k - n) / mp.factorial(2 * k - n)
        total = mp.zero
        size = mp.one
        while k < n + abs(u) or abs(term) > mp.eps * size / (2 * k + 1):
            total += term / (2 * k + 1)
            size = max(size, abs(total))
            term *= -u * u / ((2 * k + 1 - n) * (2 * k + 2 - n))
            k += 1
        return total * mp.pi**n


def _polygamma(mp: Any, n: Any, x: Any) -> Any:
    """By reflection far left of 0, where mpmath goes step by step; the derivatives of cot are polynomials in it."""
    n = int(n)
    if n == 0 or mp.re(x) > -20:
        return mp.psi(n, x)
    with mp.workprec(mp.prec + 20 + max(0, mp.mag(x))):
        cot = mp.cospi(x) / mp.sinpi(x)
        powers = [0, 1]
        for _ in range(n):  # d/du p(cot u) = -p'(cot u) (1 + cot(u)^2)
            rise = [k * power for k, power in enumerate(powers)][1:]
            powers = [-a - b for a, b in zip([*rise, 0, 0], [0, 0, *rise], strict=True)]
        slope = mp.pi ** (n + 1) * mp.polyval(powers[::-1], cot)
        result = (-1) ** n * mp.psi(n, 1 - x) - slope
    return +result


def _fsum(mp: Any, xs: Iterable[Any]) -> Any:
    return mp.fsum([mp.convert(x) for x in xs])


_OWN: dict[str, Callable[..., Any]] = {
    "cbrt": _cbrt, "erfcinv": _erfcinv, "exp2": lambda mp, x: mp.mpf(2) ** x,
    "fmod": lambda mp, x, y: mp.sign(x) * (abs(x) % abs(y)), "fsum": _fsum,
    "lgamma": lambda mp, x: mp.re(mp.loggamma(x)), "log2": lambda mp, x: mp.log(x, 2),
    "ndtr": lambda mp, x: mp.erfc(-x / mp.sqrt(2)) / 2, "polygamma": _polygamma, "pow": _pow,
    "prod": lambda mp, xs: mp.fprod(xs), "sinc_derivative": _sinc_derivative,
}  # fmt: skip
#: Functions that mpmath has by the same name.
_SAME = (
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "cos", "cosh", "cospi", "degrees", "digamma",
    "erf", "erfc", "erfinv", "exp", "expm1", "floor", "gamma", "hypot", "log", "log10", "log1p", "radians", "sign",
    "sin", "sinh", "sinpi", "sqrt", "tan", "tanh",
)  # fmt: skip


def functions(mp: Any) -> dict[str, Callable[..., Any]]:
    """The intrinsic functions in the context `mp`; where mpmath would answer with a complex number, real ones."""
    found = rounding_functions(mp.one, mp.floor, partial(_trunc, mp), mp.nint)
    found |= {name: getattr(mp, name) for name in _SAME}
    return found | {name: partial(function, mp) for name, function in _OWN.items()}


def constants(mp: Any) -> dict[str, Any]:
    """The named constants of the table to the context's precision."""
    return named_constants(+mp.pi, +mp.ln2, +mp.ln10, mp.inf, mp.nan, mp.sqrt)


@lru_cache(maxsize=16)
def multiprecision(digits: int) -> System:
    """mpmath's numbers with this many decimal digits."""
    mp = import_mpmath().MPContext()
    with mp.workdps(digits + GUARD):
        named = constants(mp)
    mp.dps = digits  # what the numbers show; inside `working` the guard digits are back
    return System(
        f"mpmath with {digits} digits",
        functions(mp),
        key="mpmath",
        number=exactly(mp.mpf, "_mpf_"),
        constants=named,
        literal=mp.mpf,
        working=partial(mp.workdps, digits + GUARD),
        finish=lambda x: +x,
    )
