"""The slope of one operation in one operand, found without the table's partials.

The forward text of the operation is evaluated with a complex step: exact to rounding, nothing is subtracted.  Where that
disagrees with the recorded slope, or is not to be had, the same text in fifty digits decides; where there is no text (a
primitive given as a Python function), plain differences do.
"""

import math
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
_FAILED = (*RAISED, NotImplementedError, TypeError, ArithmeticError)


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
            if _agree(slope, numeric) or not math.isfinite(slope):
                continue
            numeric = _best(rule, args, place, 0)
            if _agree(slope, numeric):
                continue
        left, right = (_best(rule, args, place, side) for side in (-1, 1))
        if sharp or not _meet(left, right):
            low, high = min(left.value, right.value), max(left.value, right.value)
            slack = left.error + right.error + SLACK * max(abs(low), abs(high))
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


@cache
def _kink(rule: Rule) -> Callable[..., Any]:
    return compile_condition(rule, rule.kink, FLOATS)


def _undifferentiated(rule: Rule, place: int) -> bool:
    """Whether the table says that there is no derivative in this argument anywhere (a count, an index, a condition)."""
    text = rule.partials[min(place, len(rule.partials) - 1)]
    return text == "none" or (rule.name == "where" and place == 0)


def _agree(slope: float, numeric: Estimate) -> bool:
    return numeric.holds(slope, SLACK * max(abs(slope), abs(numeric.value)) + 1e-290)


def _meet(left: Estimate, right: Estimate) -> bool:
    return right.holds(left.value, left.error + 1e-6 * max(abs(left.value), abs(right.value)))


@cache
def _complex_forward(rule: Rule) -> Callable[..., Any]:
    return compile_forward(rule, system("complex_step").numbers)


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
    try:
        high = system("mpmath", 80)
        forward = compile_forward(rule, high.numbers)
    except (ImportError, NotImplementedError):
        return None
    inside = compile_condition(rule, rule.domain, high.numbers) if rule.domain else None
    x = args[place]
    slopes = []
    try:
        with high.working():
            numbers = [high.number(arg) for arg in args]

            def at(offset: Any) -> Any:
                moved = [*numbers[:place], numbers[place] + offset, *numbers[place + 1 :]]
                if inside is not None and not inside(None, *moved):
                    raise ValueError("out of the domain")
                return forward(*moved)

            for exponent in (-24, -27):
                step = high.number(max(abs(x), 1e-290)) * high.number(10) ** exponent
                top = at(-step if side < 0 else step)
                bottom = at(high.number(0.0)) if side else at(-step)
                slopes.append((top - bottom) / (step * (side or 2)))
            # What the digits carried cannot resolve: the slope of a function that is flat to its last digit.
            noise = float((abs(top) + abs(bottom)) / step * high.number(10) ** -78)
            difference = abs(float(slopes[0] - slopes[1])) + noise
            value = float(slopes[1])
    except NotImplementedError:
        return None
    except _FAILED:
        return UNKNOWN
    if not math.isfinite(value) or difference > 1e-3 * abs(value) + 1e-6 * abs(x):
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
