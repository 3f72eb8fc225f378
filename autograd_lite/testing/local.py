"""The slope of one operation in one operand, found without the table's partials.

The forward text of the operation is evaluated with a complex step: exact to rounding, nothing is subtracted.  Where that
disagrees with the recorded slope, or is not to be had, the same text in eighty digits decides; where there is no text (a
primitive given as a Python function), plain differences do.
"""

import math
import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from autograd_lite.engine.node import Node
from autograd_lite.replay import system
from autograd_lite.replay.complex_step import STEP
from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.evaluate import compile_condition, compile_forward, compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.testing.numeric import EPSILON, RAISED, UNKNOWN, Estimate, differentiate

#: What a recorded slope may be off by, relative to it: the rounding of a dozen operations, and nothing a mistake could hide in.
SLACK = 1e-11
#: Operands so far apart that more than this is needed are not looked at: it would take seconds.
MOST_DIGITS = 240
_FAILED = (*RAISED, NotImplementedError, TypeError, ArithmeticError)


class _OutsideError(Exception):
    """A difference would leave the domain."""


class LocalFault(NamedTuple):
    """An operation whose recorded slope is not the derivative.

    Attributes
    ----------
    node : Value
    place : int
        Which operand.
    recorded : float
        What the backward pass multiplies by.
    numeric : Estimate
        What differences say.
    """

    node: Any
    place: int
    recorded: float
    numeric: Estimate


class LocalKink(NamedTuple):
    """An operation recorded where it has no derivative, with a slope that lies between those of the two sides."""

    node: Any
    place: int
    recorded: float
    left: float
    right: float


def check_node(node: Any) -> tuple[list[LocalFault], list[LocalKink]]:
    """What is wrong with the slopes of one node, and where it sits on a kink."""
    rule = RULES[node.op]
    args = [float(arg) for arg in node.args]
    faults: list[LocalFault] = []
    kinks: list[LocalKink] = []
    sharp = at_kink(rule, node.data, args)
    for place, (operand, recorded) in enumerate(zip(node.args, node.arg_grads, strict=True)):
        if not isinstance(operand, Node) or _undifferentiated(rule, place):
            continue
        slope = 0.0 if recorded is None else recorded
        if not sharp:
            numeric = _complex_step(rule, args, place)
            if _agree(slope, numeric):
                continue
            numeric = _best(rule, args, place, 0)
            if not math.isfinite(slope) and not _settled(numeric):
                continue  # an edge with an infinite slope, or one beyond what a float holds
            if _agree(slope, numeric):
                continue
        left, right = (_best(rule, args, place, side) for side in (-1, 1))
        if sharp or not _meet(left, right):
            low, high = min(left.value, right.value), max(left.value, right.value)
            slack = left.error + right.error + SLACK * max(abs(low), abs(high))
            if sharp and len(args) > 1 and not low - slack <= slope <= high + slack:
                # A kink of several operands at once (clamp(x, x, x)): one of them moved alone does not show it all.
                around = [low, high, *(slopes[place] for slopes in slopes_around(rule, args))]
                low, high = min(around), max(around)
                left, right = Estimate(low, 0.0), Estimate(high, 0.0)
            if low - slack <= slope <= high + slack:
                if high - low > slack:
                    kinks.append(LocalKink(node, place, slope, left.value, right.value))
                continue
            if not (math.isfinite(low) and math.isfinite(high)) or rule.jump:
                continue  # an edge or a jump: there is nothing to compare with
            numeric = Estimate(left.value if abs(left.value - slope) < abs(right.value - slope) else right.value, slack)
        elif sharp:
            continue
        if math.isfinite(numeric.value) and numeric.error < math.inf:
            faults.append(LocalFault(node, place, slope, numeric))
    return faults, kinks


def unsettled(node: Any) -> bool:
    """Whether there is an operand off all kinks whose slope nothing could be compared with."""
    rule = RULES[node.op]
    args = [float(arg) for arg in node.args]
    if at_kink(rule, node.data, args):
        return False
    for place, operand in enumerate(node.args):
        if isinstance(operand, Node) and not _undifferentiated(rule, place):
            if math.isfinite(_complex_step(rule, args, place).value):
                continue
            if not any(math.isfinite(_best(rule, args, place, side).value) for side in (0, -1, 1)):
                return True
    return False


def is_slope_nearby(node: Any) -> bool:
    """Whether the slopes of an operation at a kink are, all together, its gradient at a point next to it."""
    args = [float(arg) for arg in node.args]
    recorded = [0.0 if slope is None else slope for slope in node.arg_grads]
    return any(
        all(abs(a - b) <= 1e-5 * max(abs(a), abs(b)) for a, b in zip(recorded, slopes, strict=True))
        for slopes in slopes_around(RULES[node.op], args)
    )


def at_kink(rule: Rule, out: float, args: Sequence[float]) -> bool:
    """Whether the operation is not differentiable exactly here.

    >>> at_kink(RULES["relu"], 0.0, [0.0]), at_kink(RULES["relu"], 1.0, [1.0]), at_kink(RULES["max"], 2.0, [2.0, 2.0])
    (True, False, True)
    """
    if rule.name in ("max", "min"):
        return args.count(out) > 1
    if not rule.kink:
        return False
    try:
        return bool(_kink(rule)(out, *args) == 0.0)
    except _FAILED:
        return False


def slopes_around(rule: Rule, args: Sequence[float]) -> list[tuple[float, ...]]:
    """The gradients of an operation at points around one, every operand moved a little.

    >>> sorted(set(slopes_around(RULES["maximum"], [2.0, 2.0])))
    [(0.0, 1.0), (1.0, 0.0)]
    """
    rng = random.Random(0)
    found = []
    for _ in range(24):
        point = [x + rng.uniform(-1e-7, 1e-7) * max(abs(x), 1e-3) for x in args]
        slopes = tuple(_complex_step(rule, point, place).value for place in range(len(args)))
        if all(map(math.isfinite, slopes)):
            found.append(slopes)
    return found


@cache
def _kink(rule: Rule) -> Callable[..., Any]:
    return compile_condition(rule, rule.kink, FLOATS)


def _undifferentiated(rule: Rule, place: int) -> bool:
    """Whether the table says that there is no derivative in this argument anywhere (a count, an index, a condition)."""
    text = rule.partials[min(place, len(rule.partials) - 1)]
    return text == "none" or (rule.name == "where" and place == 0)


def _agree(slope: float, numeric: Estimate) -> bool:
    # An infinite slope would be within a tolerance of its own making.
    return math.isfinite(slope) and numeric.holds(slope, SLACK * max(abs(slope), abs(numeric.value)) + 1e-290)


def _settled(numeric: Estimate) -> bool:
    """Whether there is a finite slope beyond doubt, which a recorded nan or inf then misses."""
    return numeric.error <= 1e-6 * abs(numeric.value) + 1e-30


def _meet(left: Estimate, right: Estimate) -> bool:
    return right.holds(left.value, left.error + 1e-6 * max(abs(left.value), abs(right.value)))


@cache
def _complex_forward(rule: Rule) -> Callable[..., Any]:
    return compile_forward(rule, system("complex_step"))


def _complex_step(rule: Rule, args: Sequence[float], place: int) -> Estimate:
    numbers: list[Any] = list(args)
    numbers[place] = complex(args[place], STEP)
    try:
        result = _complex_forward(rule)(*numbers)
        return Estimate(complex(result).imag / STEP, 0.0)
    except _FAILED:
        return UNKNOWN


def _best(rule: Rule, args: Sequence[float], place: int, side: int) -> Estimate:
    """The best estimate there is: differences in many digits, else in floats."""
    found = _digits(rule, args, place, side)
    return _floats(rule, args, place, side) if found is None else found


def _digits(rule: Rule, args: Sequence[float], place: int, side: int) -> Estimate | None:
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
    inside = compile_condition(rule, rule.domain, high) if rule.domain else None
    slopes = []
    try:
        with high.working():
            numbers = [high.number(arg) for arg in args]

            def at(offset: Any) -> Any:
                moved = [*numbers[:place], numbers[place] + offset, *numbers[place + 1 :]]
                if inside is not None and not inside(None, *moved):
                    raise _OutsideError
                return forward(*moved)

            for exponent in (-24, -27):
                step = high.number(scale) * high.number(10) ** exponent
                top = at(-step if side < 0 else step)
                bottom = at(high.number(0.0)) if side else at(-step)
                slopes.append((top - bottom) / (step * (side or 2)))
            # What the digits carried cannot resolve: the slope of a function that is flat to its last digit.
            noise = float((abs(top) + abs(bottom)) / step * high.number(10) ** (2 - digits))
            difference = abs(float(slopes[0] - slopes[1])) + noise
            value = float(slopes[1])
    except _OutsideError:
        return UNKNOWN
    except _FAILED:  # it is defined there, but not to be had in many digits
        return None
    if not math.isfinite(value) or difference > 1e-3 * abs(value) + 1e-6 * min(abs(args[place]), 1.0):
        return UNKNOWN  # the slope runs away: an edge, a jump
    return Estimate(value, difference + 4.0 * EPSILON * abs(value))


def _floats(rule: Rule, args: Sequence[float], place: int, side: int) -> Estimate:
    forward = compile_rule(rule, FLOATS).forward
    scale = max(abs(args[place]), 1e-3)

    def at(t: float) -> float:
        return float(forward(*args[:place], args[place] + scale * t, *args[place + 1 :]))

    found = differentiate(at, side=side)
    return Estimate(found.value / scale, 4.0 * found.error / scale)


__all__ = ["SLACK", "LocalFault", "LocalKink", "at_kink", "check_node"]
