"""Derivatives by differences, in plain floats, each with a bound for its error.

Central differences at shrinking steps, extrapolated to step 0 (Richardson 1911); the table of extrapolations also tells how
far they can be trusted, which is Ridders' idea (Advances in Engineering Software 4, 1982, 75).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS

EPSILON = 2.0**-52


class Estimate(NamedTuple):
    """A number and how far it may be off.

    >>> Estimate(2.0, 0.5).holds(2.4), Estimate(2.0, 0.5).holds(2.6)
    (True, False)
    """

    value: float
    error: float

    def holds(self, number: float, slack: float = 0.0) -> bool:
        """Whether the number is within the error (and `slack`) of the estimate."""
        return abs(number - self.value) <= self.error + slack

    def __str__(self) -> str:
        return f"{self.value:.12g} (+- {self.error:.1g})"


#: Nothing could be told.
UNKNOWN = Estimate(math.nan, math.inf)


def differentiate(f: Callable[[float], float], x: float = 0.0, *, side: int = 0) -> Estimate:
    """The derivative of `f` at `x`.

    Parameters
    ----------
    f : callable
        Of one float.
    x : float
    side : {0, 1, -1}
        From both sides, or from the right or the left alone.

    Returns
    -------
    Estimate
        `UNKNOWN` where `f` raises, however small the step.

    Examples
    --------
    >>> import math
    >>> there = differentiate(math.sin, 1.0)
    >>> abs(there.value - math.cos(1.0)) <= there.error < 1e-10
    True
    >>> differentiate(abs, 0.0, side=1).value, differentiate(abs, 0.0, side=-1).value
    (1.0, -1.0)
    """
    best, step = UNKNOWN, 2.0**-5  # halved until the extrapolation stops getting better
    row: list[float] = []
    worse = 0
    try:
        here = f(x) if side else 0.0
    except ARITHMETIC_ERRORS:
        return UNKNOWN
    for _ in range(14):
        low, high = (x, x + side * step) if side else (x - step, x + step)
        if low == high:
            break
        try:
            bottom, top = (here if side else f(low)), f(high)
            slope = (top - bottom) / (high - low)
        except ARITHMETIC_ERRORS:
            slope = math.nan
        if not math.isfinite(slope):
            step, row = step / 4.0, []
            continue
        noise = 4.0 * EPSILON * max(abs(top), abs(bottom)) / abs(high - low)
        above, row, power = row, [slope], 1.0
        for previous in above:
            power *= 2.0 if side else 4.0
            row.append((power * row[-1] - previous) / (power - 1.0))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - previous)) + noise
            if error <= best.error:
                best = Estimate(row[-1], error)
        if above:
            worse = worse + 1 if abs(row[-1] - above[-1]) > 2.0 * best.error else 0
            if best.error <= 8.0 * noise or worse >= 3:
                break
        step /= 2.0
    return best
