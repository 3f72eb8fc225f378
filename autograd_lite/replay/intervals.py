"""Intervals: every result is an interval that is certain to contain the true one, rounding included.

Arithmetic, sqrt, exp, log, sine and cosine are mpmath's interval functions.  The others are enclosed from what is known of
their shape: a monotone function lies between its values at the ends, computed with more digits and widened by more than
their error.  A comparison that the interval leaves open gives the hull of both branches; an interval that reaches outside
an operation's domain raises.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from autograd_lite.replay.multiprecision import GUARD, constants, import_mpmath
from autograd_lite.replay.multiprecision import functions as point_functions
from autograd_lite.replay.system import System, exactly, rounding_functions
from autograd_lite.rules.conditions import CONDITIONS

_INCREASING = (
    "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "erf", "erfinv", "exp2", "expm1", "log10", "log1p", "log2", "ndtr",
    "sinh", "tanh",
)  # fmt: skip
_DECREASING = ("acos", "erfc", "erfcinv")


class Enclosures:
    """The functions on intervals, in a context `iv` of mpmath; `mp` computes at points, with more digits."""

    def __init__(self, iv: Any, mp: Any) -> None:
        self.iv = iv
        self.mp = mp
        self.at = point_functions(mp)

    # --- building intervals ------------------------------------------------------------------------------------------

    def interval(self, low: Any, high: Any) -> Any:
        """The interval between two points of `mp`, taken as exact."""
        return self.iv.make_mpf((self.mp.convert(low)._mpf_, self.mp.convert(high)._mpf_))

    def ends(self, x: Any) -> tuple[Any, Any]:
        """The two ends as points of `mp`."""
        low, high = self.iv.convert(x)._mpi_
        return self.mp.make_mpf(low), self.mp.make_mpf(high)

    def hull(self, x: Any, y: Any) -> Any:
        """The smallest interval with both in it; `none`, a derivative that does not exist, counts 0."""
        (a, b), (c, d) = self.ends(0 if x is None else x), self.ends(0 if y is None else y)
        return self.interval(min(a, c), max(b, d))

    @property
    def slack(self) -> Any:
        """More than a computed point can be wrong by, relative to it."""
        return self.mp.ldexp(1, 8 - self.mp.prec)

    def around(self, low: Any, high: Any, least: int = 0) -> Any:
        """An interval from computed points, widened by more than they can be wrong; `least` adds an error that is absolute."""
        return self.interval(low - (abs(low) + least) * self.slack, high + (abs(high) + least) * self.slack)

    # --- monotone functions ------------------------------------------------------------------------------------------

    def monotone(self, name: str, falling: bool = False) -> Callable[[Any], Any]:
        """A function that increases (or decreases), from its values at the ends."""
        at = self.at[name]

        def enclosed(x: Any) -> Any:
            low, high = map(at, self.ends(x))
            return self.around(high, low) if falling else self.around(low, high)

        return enclosed

    def stepwise(self, name: str) -> Callable[..., Any]:
        """A function that never decreases and whose values at points are exact."""
        at = self.at[name]

        def enclosed(x: Any, *rest: Any) -> Any:
            low, high = self.ends(x)
            options = [self.ends(option)[0] for option in rest]
            return self.interval(at(low, *options), at(high, *options))

        return enclosed

    # --- the others --------------------------------------------------------------------------------------------------

    def tan(self, x: Any) -> Any:
        """The tangent, increasing between its poles."""
        low, high = self.ends(x)
        if self.mp.floor(low / self.mp.pi + 0.5) != self.mp.floor(high / self.mp.pi + 0.5):
            raise ValueError("the interval contains a pole of the tangent")
        return self.around(self.mp.tan(low), self.mp.tan(high))

    def cosh(self, x: Any) -> Any:
        """The hyperbolic cosine: even, increasing from 0."""
        low, high = self.ends(abs(self.iv.convert(x)))
        return self.around(self.mp.cosh(low), self.mp.cosh(high))

    def valley(self, function: Callable[[Any], Any], x: Any) -> Any:
        """gamma or its logarithm on the positive axis: down to 1.4616..., then up."""
        low, high = self.positive(x)
        bottom = self.mp.findroot(self.mp.digamma, 1.4616321449683623)
        ends = [function(low), function(high)]
        return self.around(function(bottom) if low < bottom < high else min(ends), max(ends), least=1)

    def polygamma(self, n: Any, x: Any) -> Any:
        """The n-th derivative of digamma above 0: monotone, falling for odd n and rising for even n."""
        order = int(self.ends(n)[0])
        ends = [self.mp.psi(order, end) for end in self.positive(x)]
        return self.around(min(ends), max(ends), least=1)  # digamma is 0 near 1.46: an absolute error too

    def positive(self, x: Any) -> tuple[Any, Any]:
        """The two ends, both above 0."""
        low, high = self.ends(x)
        if low <= 0:
            raise NotImplementedError("gamma functions have intervals above 0 only")
        return low, high

    def sinc_derivative(self, n: Any, x: Any) -> Any:
        """By the mean value theorem: f(middle) plus the bound pi**(n+1) / (n+2) on the next derivative times the way."""
        order = int(self.ends(n)[0])
        low, high = self.ends(x)
        middle = (low + high) / 2
        reach = (high - low) / 2 * self.mp.pi ** (order + 1) / (order + 2)
        slack = self.slack
        value = self.at["sinc_derivative"](order, middle)
        bound = self.mp.pi**order / (order + 1) * (1 + slack)
        reach = reach * (1 + slack) + (abs(value) + bound) * slack
        return self.interval(max(value - reach, -bound), min(value + reach, bound))

    def power(self, x: Any, y: Any) -> Any:
        """x ** y: a whole exponent, or a base that is not negative."""
        x, y = self.iv.convert(x), self.iv.convert(y)
        low, high = self.ends(y)
        if low == high and self.mp.isint(low):
            return x ** int(low)
        first, last = self.ends(x)
        if first < 0:
            raise ValueError("a base that may be negative takes whole exponents only")
        if first > 0:
            return self.iv.exp(y * self.iv.log(x))
        if low <= 0:
            raise ZeroDivisionError("0 to an exponent that may be 0 or negative")
        top = self.ends(self.iv.exp(y * self.iv.log(self.interval(last, last))))[1] if last > 0 else self.mp.zero
        return self.interval(0, max(top, 1) if last > 1 else top)

    def hypot(self, x: Any, y: Any) -> Any:
        """sqrt(x*x + y*y)."""
        return self.iv.sqrt(self.iv.convert(x) ** 2 + self.iv.convert(y) ** 2)

    def atan2(self, y: Any, x: Any) -> Any:
        """The angle; the whole turn if the interval meets the cut on the negative axis."""
        (x_low, x_high), (y_low, y_high) = self.ends(x), self.ends(y)
        atan = self.monotone("atan")
        if x_low > 0:
            return atan(y / x)
        if y_low > 0:
            return self.iv.pi / 2 - atan(x / y)
        if y_high < 0:
            return -self.iv.pi / 2 - atan(x / y)
        if x_high < 0 and y_low >= 0:
            return self.iv.pi + atan(y / x)
        return self.iv.pi * self.interval(-1, 1)

    def copysign(self, x: Any, y: Any) -> Any:
        """abs(x) with the sign of y."""
        size = abs(self.iv.convert(x))
        low, high = self.ends(y)
        return size if low >= 0 else -size if high < 0 else self.hull(size, -size)

    def extreme(self, choose: Callable[..., Any]) -> Callable[..., Any]:
        """The largest or the smallest: that of the ends."""

        def enclosed(*xs: Any) -> Any:
            pairs = [self.ends(x) for x in (xs[0] if len(xs) == 1 else xs)]
            return self.interval(choose(low for low, _ in pairs), choose(high for _, high in pairs))

        return enclosed

    # --- conditions: True, False, or None for may be -----------------------------------------------------------------

    def less(self, x: Any, y: Any, *, or_equal: bool = False) -> bool | None:
        """Whether x < y (or x <= y) for all points, for none, or None."""
        (a, b), (c, d) = self.ends(x), self.ends(y)
        if or_equal:
            return True if b <= c else False if a > d else None
        return True if b < c else False if a >= d else None

    def equal(self, x: Any, y: Any) -> bool | None:
        """Whether x = y: certain only between points."""
        (a, b), (c, d) = self.ends(x), self.ends(y)
        if b < c or d < a:
            return False
        return True if a == b == c == d else None

    def select(self, condition: bool | None, if_true: Callable[[], Any], if_false: Callable[[], Any]) -> Any:
        """One branch, or the hull of both if the condition is open."""
        if condition is None:
            return self.hull(if_true(), if_false())
        return if_true() if condition else if_false()

    def functions(self) -> dict[str, Callable[..., Any]]:
        """All of them by name."""
        iv = self.iv
        floor, trunc, nearest = map(self.stepwise, ("floor", "trunc", "round"))
        degrees = self.constants()["degrees_per_radian"]
        return rounding_functions(iv.mpf(1), floor, trunc, nearest) | {
            **{name: getattr(iv, name) for name in ("cos", "exp", "log", "sin", "sqrt")},
            **{name: self.monotone(name) for name in _INCREASING},
            **{name: self.monotone(name, falling=True) for name in _DECREASING},
            "_and": partial(_settled, False), "_or": partial(_settled, True), "_not": _not,
            "_eq": self.equal, "_ne": lambda x, y: _not(self.equal(x, y)), "_lt": self.less,
            "_le": lambda x, y: self.less(x, y, or_equal=True), "_gt": lambda x, y: self.less(y, x),
            "_ge": lambda x, y: self.less(y, x, or_equal=True), "_select": self.select,
            "_truth": lambda x: _not(self.equal(x, 0)),
            "abs": lambda x: abs(iv.convert(x)), "atan2": self.atan2, "copysign": self.copysign, "cosh": self.cosh,
            "cospi": lambda x: iv.cos(iv.pi * x), "degrees": lambda x: x * degrees,
            "digamma": lambda x: self.polygamma(0, x), "gamma": partial(self.valley, self.mp.gamma), "hypot": self.hypot,
            "int": lambda x: int(self.ends(x)[0]), "lgamma": partial(self.valley, self.at["lgamma"]), "max": self.extreme(max),
            "min": self.extreme(min), "polygamma": self.polygamma, "pow": self.power, "radians": lambda x: x / degrees,
            "round": nearest, "sign": self.stepwise("sign"), "sinc_derivative": self.sinc_derivative,
            "sinpi": lambda x: iv.sin(iv.pi * x), "tan": self.tan,
        }  # fmt: skip

    def constants(self) -> dict[str, Any]:
        """The named constants as intervals around them."""
        exact = {"inf", "nan", "none"}
        return {
            name: value if value is None else self.interval(value, value) if name in exact else self.around(value, value)
            for name, value in constants(self.mp).items()
        }


def _settled(by: bool, *conditions: Callable[[], bool | None]) -> bool | None:
    """Conditions of which one that is `by` settles the matter: False for `and`, True for `or`."""
    found = [condition() for condition in conditions]
    return by if by in found else None if None in found else not by


def _not(condition: bool | None) -> bool | None:
    return None if condition is None else not condition


@lru_cache(maxsize=16)
def intervals(digits: int) -> System:
    """mpmath's intervals with ends of this many digits."""
    mpmath = import_mpmath()
    iv, mp = mpmath.MPIntervalContext(), mpmath.MPContext()
    iv.dps = digits
    mp.dps = digits + GUARD
    enclosures = Enclosures(iv, mp)
    point = exactly(iv.mpf, "_mpi_", "_mpf_")

    def number(x: Any) -> Any:
        if not isinstance(x, tuple | list):
            return point(x)
        if len(x) != 2:
            raise TypeError(f"an interval is given by its two ends, (low, high), not by {x!r}")
        (low, _), (_, high) = (enclosures.ends(point(end)) for end in x)
        if low > high:
            raise ValueError(f"an interval is given as (low, high), and {x[0]} is above {x[1]}")
        return enclosures.interval(low, high)

    return System(
        f"intervals with {digits} digits",
        enclosures.functions(),
        key="interval",
        number=number,
        constants=enclosures.constants(),
        literal=iv.mpf,
        rewriter=CONDITIONS,
        working=partial(mp.workdps, digits + GUARD),
        guarded=frozenset({"pow"}),  # its domain has three cases, and an interval may lie in two of them
        infinite=False,
    )
