"""A line search for the strong Wolfe conditions: far enough down, and the slope flat enough (Nocedal and Wright, 3.5)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import mul

from autograd_lite.rules.special import fsum

#: Sufficient decrease, and how much of the slope may be left.
_DECREASE, _FLATNESS = 1e-4, 0.9


@dataclass(frozen=True)
class Point:
    """A point on the line: where, the value, the gradient, the slope along the line."""

    t: float
    value: float
    grad: list[float]
    slope: float


def dot(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The dot product of two vectors of numbers."""
    return fsum(map(mul, xs, ys))


def strong_wolfe(
    evaluate: Callable[[float], Point], start: Point, t: float, size: float, most: int = 25, tolerance: float = 1e-9
) -> tuple[Point, int]:
    """A point on the line that satisfies the strong Wolfe conditions, or the best one that was met.

    Where the value or the slope is nan or infinite it looked too far, and comes back.

    Parameters
    ----------
    evaluate : callable
        From a place on the line to the point there.
    start : Point
        At 0, with a slope below 0.
    t : float
        The place to try first.
    size : float
        The largest component of the direction; an interval is small when its length times this is below `tolerance`.
    most : int, default 25
        How many places are tried after the first.

    Returns
    -------
    (Point, int)
        The point, and the number of evaluations.
    """

    def tried(t: float) -> Point:
        point = evaluate(t)
        usable = math.isfinite(point.value) and math.isfinite(point.slope)
        return point if usable else Point(t, math.inf, point.grad, 0.0)

    before, here = start, tried(t)
    trials = 0
    # First go further until a point with the wanted properties must lie in between.
    while trials < most:
        if _too_high(here, start) or (trials > 1 and here.value >= before.value):
            break
        if _flat(here, start):
            return here, trials + 1
        if here.slope >= 0.0:
            break
        bounds = (here.t + 0.01 * (here.t - before.t), here.t * 10.0)
        before, here = here, tried(_cubic_minimum(before, here, bounds))
        trials += 1
    else:
        before = start
    # Then narrow the bracket down; `low` is the lower end.
    ends = [before, here]
    low = 0 if before.value <= here.value else 1
    stuck = False
    while trials < most and abs(ends[1].t - ends[0].t) * size >= tolerance:
        t, stuck = _inside(ends, stuck)
        new = tried(t)
        trials += 1
        if _too_high(new, start) or new.value >= ends[low].value:
            ends[1 - low] = new
            low = 0 if ends[0].value <= ends[1].value else 1
            continue
        done = _flat(new, start)
        if not done and new.slope * (ends[1 - low].t - ends[low].t) >= 0.0:
            ends[1 - low] = ends[low]
        ends[low] = new
        if done:
            break
    return ends[low], trials + 1


def _too_high(point: Point, start: Point) -> bool:
    return point.value > start.value + _DECREASE * point.t * start.slope


def _flat(point: Point, start: Point) -> bool:
    return abs(point.slope) <= -_FLATNESS * start.slope


def _inside(ends: Sequence[Point], stuck: bool) -> tuple[float, bool]:
    """Where to look next between the ends, kept off them when that would gain little twice in a row."""
    t = _cubic_minimum(ends[0], ends[1])
    left, right = sorted((ends[0].t, ends[1].t))
    margin = 0.1 * (right - left)
    if min(right - t, t - left) >= margin:
        return t, False
    if not stuck and left < t < right:
        return t, True
    return (right - margin if abs(t - right) < abs(t - left) else left + margin), False


def _cubic_minimum(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """The minimum of the cubic through two points with their slopes, within bounds (the points, if left out)."""
    if a.t > b.t:
        a, b = b, a
    low, high = bounds or (a.t, b.t)
    try:
        mean = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.t - b.t)
        root = math.sqrt(mean * mean - a.slope * b.slope)
        t = b.t - (b.t - a.t) * ((b.slope + root - mean) / (b.slope - a.slope + 2.0 * root))
    except (ValueError, ZeroDivisionError):  # there is no minimum, or the cubic is a straight line
        t = math.nan
    return (low + high) / 2.0 if math.isnan(t) else min(max(t, low), high)
