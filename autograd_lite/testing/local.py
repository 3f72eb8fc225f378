"""Are the slopes that were recorded with one operation its derivatives?

Each is compared with one found without the table's partials (`slopes.py`); at a kink any slope between those of the sides is right.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from autograd_lite.engine.closures import pullback_of
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES, Rule
from autograd_lite.testing.numeric import Estimate, differentiate
from autograd_lite.testing.slopes import at_kink, by_complex_step, by_differences, slopes_around

#: What a recorded slope may be off by, relative to it: the rounding of a dozen operations, and nothing a mistake could hide in.
SLACK = 1e-11


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
    pullback = pullback_of(node)
    if pullback is not None:
        if not pullback.is_pure:
            pullback.refuse(node, "there is no rule to be tested")
        return list(_judged_rule(node, pullback)), []
    rule, args = RULES[node.op], _numbers(node)
    judge = _judge_kink if is_at_kink(node) else _judge_smooth
    faults: list[LocalFault] = []
    kinks: list[LocalKink] = []
    for place, slope in _recorded(node):
        found = judge(rule, args, place, slope)
        if isinstance(found, Estimate):
            faults.append(LocalFault(node, place, slope, found))
        elif found is not None:
            kinks.append(LocalKink(node, place, slope, *found))
    return faults, kinks


def _judged_rule(node: Any, pullback: Any) -> Iterator[LocalFault]:
    """Where a backward rule made something else of the gradient than the derivative of its function would."""
    for place, (operand, slope) in enumerate(zip(node.args, node.arg_grads, strict=True)):

        def at(x: float, place: int = place) -> float:
            args = _numbers(node)
            return float(pullback.value(*args[:place], x, *args[place + 1 :]))

        if isinstance(operand, Value):
            found = [differentiate(at, operand.data, side=side) for side in (0, -1, 1)]
            told = [one for one in found if one.error <= 1e-4 * abs(one.value) + 1e-9]
            low, high = (pick((one.value for one in told), default=slope) for pick in (min, max))
            slack = max((4.0 * one.error + 1e-9 * abs(one.value) for one in told), default=0.0)
            if told and not low - slack <= slope <= high + slack:
                yield LocalFault(node, place, slope, told[0])


def is_unsettled(node: Any) -> bool:
    """Whether there is an operand off all kinks whose slope nothing could be compared with."""
    if pullback_of(node) is not None:
        return False
    rule, args = RULES[node.op], _numbers(node)
    return not is_at_kink(node) and any(
        not math.isfinite(by_complex_step(rule, args, place).value)
        and not any(math.isfinite(by_differences(rule, args, place, side).value) for side in (0, -1, 1))
        for place, _ in _recorded(node)
    )


def is_at_kink(node: Any) -> bool:
    """Whether the operation was recorded where it is not differentiable."""
    return pullback_of(node) is None and at_kink(RULES[node.op], node.data, _numbers(node))


def _numbers(node: Any) -> list[float]:
    return [float(arg) for arg in node.args]


def _recorded(node: Any) -> Iterator[tuple[int, float]]:
    """The places of the operands that have a derivative, with the recorded one: 0 where there is no edge."""
    partials = RULES[node.op].partials
    for place, (operand, slope) in enumerate(zip(node.args, node.arg_grads, strict=True)):
        # A count, an index or a condition has none anywhere, says the table.
        undifferentiated = partials[min(place, len(partials) - 1)] == "none" or (node.op == "where" and place == 0)
        if isinstance(operand, Value) and not undifferentiated:
            yield place, 0.0 if slope is None else slope


#: What is found of a slope: None if it is right or nothing can be told, what it should be if it is wrong, and at a kink, where it is
#: allowed, the slopes of the two sides.
_Found = Estimate | tuple[float, float] | None


def _judge_smooth(rule: Rule, args: Sequence[float], place: int, slope: float) -> _Found:
    if _agree(slope, by_complex_step(rule, args, place)):
        return None
    central = by_differences(rule, args, place)
    if not math.isfinite(slope) and not _settled(central):
        return None  # an edge with an infinite slope, or one beyond what a float holds
    if _agree(slope, central):
        return None
    left, right = (by_differences(rule, args, place, side) for side in (-1, 1))
    if not _meet(left, right):
        return _between(rule, slope, left, right)
    return central if math.isfinite(central.value) and central.error < math.inf else None


def _judge_kink(rule: Rule, args: Sequence[float], place: int, slope: float) -> _Found:
    left, right = (by_differences(rule, args, place, side) for side in (-1, 1))
    found = _between(rule, slope, left, right)
    if len(args) == 1 or not isinstance(found, Estimate):
        return found
    # A kink of several operands at once (clamp(x, x, x)): one of them moved alone does not show it all.
    sides = [left.value, right.value, *(slopes[place] for slopes in slopes_around(rule, args))]
    return _between(rule, slope, Estimate(min(sides), left.error), Estimate(max(sides), right.error))


def _between(rule: Rule, slope: float, left: Estimate, right: Estimate) -> _Found:
    """What is found of a slope where the two sides have one each."""
    low, high = min(left.value, right.value), max(left.value, right.value)
    slack = left.error + right.error + SLACK * max(abs(low), abs(high))
    if low - slack <= slope <= high + slack:
        return (left.value, right.value) if high - low > slack else None
    if not (math.isfinite(low) and math.isfinite(high)) or rule.jump or not math.isfinite(slack):
        return None  # an edge or a jump: there is nothing to compare with
    return Estimate(min(left.value, right.value, key=lambda side: abs(side - slope)), slack)


def _agree(slope: float, numeric: Estimate) -> bool:
    # An infinite slope would be within a tolerance of its own making.
    return math.isfinite(slope) and numeric.holds(slope, SLACK * max(abs(slope), abs(numeric.value)) + 1e-290)


def _settled(numeric: Estimate) -> bool:
    """Whether there is a finite slope beyond doubt, which a recorded nan or inf then misses."""
    return numeric.error <= 1e-6 * abs(numeric.value) + 1e-30


def _meet(left: Estimate, right: Estimate) -> bool:
    return right.holds(left.value, left.error + 1e-6 * max(abs(left.value), abs(right.value)))
