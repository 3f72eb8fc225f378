"""The slope of one operation in one operand, found without the table's partials.

The forward text of the operation is evaluated with a complex step: exact to rounding, nothing is subtracted.  Where that
is not to be had, or is in doubt, the same text in eighty digits decides; where there is no text (a primitive given as a Python
function), plain differences do.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.replay import system
from autograd_lite.replay.complex_step import STEP
from autograd_lite.rules import Rule
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, compile_condition, compile_forward
from autograd_lite.rules.floats import FLOATS
from autograd_lite.testing.numeric import EPSILON, UNKNOWN, Estimate, differentiate

#: Operands so far apart that more than this is needed are not looked at: it would take seconds.
MOST_DIGITS = 240
#: What a text may raise in other numbers than those it was written for.
_FAILED = (*ARITHMETIC_ERRORS, NotImplementedError, TypeError, ArithmeticError)


class _OutsideError(Exception):
    """A difference would leave the domain."""


def by_complex_step(rule: Rule, args: Sequence[float], place: int) -> Estimate:
    """The slope by a complex step; `UNKNOWN` where the text cannot be evaluated so.

    >>> from autograd_lite.rules import RULES
    >>> by_complex_step(RULES["mul"], [2.0, 3.0], 0).value
    3.0
    """
    numbers: list[Any] = list(args)
    numbers[place] = complex(args[place], STEP)
    try:
        return Estimate(complex(compile_forward(rule, system("complex_step"))(*numbers)).imag / STEP, 0.0)
    except _FAILED:
        return UNKNOWN


def by_differences(rule: Rule, args: Sequence[float], place: int, side: int = 0) -> Estimate:
    """The slope by differences in many digits, or else in floats: from both sides, or from the right (1) or the left (-1)."""
    found = _in_digits(rule, args, place, side)
    return _in_floats(rule, args, place, side) if found is None else found


def slopes_around(rule: Rule, args: Sequence[float]) -> list[tuple[float, ...]]:
    """The gradients of an operation at points around one, every operand moved a little.

    >>> from autograd_lite.rules import RULES
    >>> sorted(set(slopes_around(RULES["maximum"], [2.0, 2.0])))
    [(0.0, 1.0), (1.0, 0.0)]
    """
    rng = random.Random(0)
    found = []
    for _ in range(24):
        point = [x + rng.uniform(-1e-7, 1e-7) * max(abs(x), 1e-3) for x in args]
        slopes = tuple(by_complex_step(rule, point, place).value for place in range(len(args)))
        if all(map(math.isfinite, slopes)):
            found.append(slopes)
    return found


def at_kink(rule: Rule, out: float, args: Sequence[float], nearness: float = 0.0) -> bool:
    """Whether an operation is not differentiable exactly here, or at a point as near as said.

    >>> from autograd_lite.rules import RULES
    >>> at_kink(RULES["relu"], 0.0, [0.0]), at_kink(RULES["relu"], 1.0, [1.0]), at_kink(RULES["max"], 2.0, [2.0, 2.0])
    (True, False, True)
    """
    if rule.name in ("max", "min"):
        return sum(abs(x - out) <= nearness * (1.0 + abs(out)) for x in args) > 1
    if not rule.kink:
        return False
    try:
        return bool(abs(compile_condition(rule, rule.kink, FLOATS)(out, *args)) <= nearness)
    except _FAILED:
        return False


def _in_digits(rule: Rule, args: Sequence[float], place: int, side: int) -> Estimate | None:
    """Differences of the text in many digits, at two tiny steps; None where mpmath or the text is missing."""
    # The step is small beside every operand and beside 1: the length on which periodic functions and remainders change.
    scale = min([1.0, *(abs(arg) for arg in args if arg)])
    most = max(1.0, *map(abs, args))
    # In steps of 160, so that few texts are compiled.
    digits = 80 + 160 * math.ceil((math.log10(most) - math.log10(scale)) / 160) if math.isfinite(most) else MOST_DIGITS + 1
    if digits > MOST_DIGITS:
        return UNKNOWN
    try:
        high = system("mpmath", digits)
        forward = compile_forward(rule, high)
    except (ImportError, NotImplementedError):
        return None
    try:
        with high.working():
            value, error = _two_differences(_moved(rule, args, place, forward, high), high, scale, side, digits)
    except _OutsideError:
        return UNKNOWN
    except _FAILED:  # it is defined there, but not to be had in many digits
        return None
    if not math.isfinite(value) or error > 1e-3 * abs(value) + 1e-6 * min(abs(args[place]), 1.0):
        return UNKNOWN  # the slope runs away: an edge, a jump
    return Estimate(value, error + 4.0 * EPSILON * abs(value))


def _moved(rule: Rule, args: Sequence[float], place: int, forward: Callable[..., Any], high: Any) -> Callable[[Any], Any]:
    """The operation as a function of how far one operand is moved; it raises outside the domain."""
    inside = compile_condition(rule, rule.domain, high) if rule.domain else None
    numbers = [high.number(arg) for arg in args]

    def at(offset: Any) -> Any:
        moved = [*numbers[:place], numbers[place] + offset, *numbers[place + 1 :]]
        if inside is not None and not inside(None, *moved):
            raise _OutsideError
        return forward(*moved)

    return at


def _two_differences(at: Callable[[Any], Any], high: Any, scale: float, side: int, digits: int) -> tuple[float, float]:
    """The slope at 0 from a tiny step, and how far a larger one and what the digits cannot resolve put it in doubt."""
    slopes = []
    for exponent in (-24, -27):
        step = high.number(scale) * high.number(10) ** exponent
        top = at(-step if side < 0 else step)
        bottom = at(high.number(0.0)) if side else at(-step)
        slopes.append((top - bottom) / (step * (side or 2)))
    # What the digits carried cannot resolve: the slope of a function that is flat to its last digit.
    noise = float((abs(top) + abs(bottom)) / step * high.number(10) ** (2 - digits))
    return float(slopes[1]), abs(float(slopes[0] - slopes[1])) + noise


def _in_floats(rule: Rule, args: Sequence[float], place: int, side: int) -> Estimate:
    forward = compile_forward(rule, FLOATS)
    scale = max(abs(args[place]), 1e-3)

    def at(t: float) -> float:
        return float(forward(*args[:place], args[place] + scale * t, *args[place + 1 :]))

    found = differentiate(at, side=side)
    return Estimate(found.value / scale, 4.0 * found.error / scale)
