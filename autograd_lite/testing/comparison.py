"""Does the recorded graph stand for the function? A gradient against differences of the function itself.

Differences come from calling the function, never from its graph, so they see what was not recorded. Where they contradict slopes
that are right one by one, the reasons are looked at in turn: a kink, a jump, an edge of the domain, a function too rough.
"""

import math
import random
from collections.abc import Sequence
from typing import Any

from autograd_lite.replay import replay
from autograd_lite.rules import RULES
from autograd_lite.testing.calling import Call
from autograd_lite.testing.local import at_kink, is_slope_nearby, unsettled
from autograd_lite.testing.numeric import Estimate, differentiate
from autograd_lite.testing.report import FAIL, INCONCLUSIVE, PASS, ArgumentCheck, Report

_TOO_ROUGH = (
    "differences of the function are too rough to compare with; next to the point it does exactly what was recorded, and every "
    "recorded slope is right"
)


class Comparison:
    """The comparison of one recorded gradient with differences, told to a report.

    Parameters
    ----------
    call : Call
        The function and the point.
    inputs : sequence of Value
        The leaves that stand for the numbers of the point, after the backward pass.
    nodes : sequence of Value
        The recorded operations.
    report : Report
        Gets the verdict, the table of arguments and the notes; its faults and kinks are read.
    rtol, atol : float
        See `check_grad`.
    """

    def __init__(
        self, call: Call, inputs: Sequence[Any], nodes: Sequence[Any], report: Report, rtol: float, atol: float
    ) -> None:
        self.call, self.inputs, self.nodes, self.report = call, inputs, nodes, report
        self.rtol, self.atol = rtol, atol
        self.root, self.gradient = report.root, [leaf.grad for leaf in inputs]

    def along_one_direction(self) -> None:
        """Differences along one direction in which every argument makes about the same difference."""
        scales = [max(abs(x), 1e-2) for x in self.call.numbers]
        shares = sorted(s for s in (abs(g) * x for g, x in zip(self.gradient, scales, strict=True)) if 0.0 < s < math.inf)
        middle = shares[len(shares) // 2] if shares else 1.0
        rng = random.Random(0)
        direction = [
            rng.choice((-1.0, 1.0)) * rng.uniform(0.5, 1.0) * min(x, middle / abs(g) if g else x)
            for g, x in zip(self.gradient, scales, strict=True)
        ]
        if not all(map(math.isfinite, direction)) or not all(map(math.isfinite, self.gradient)):
            self.along_each_argument()
            return
        analytic = math.fsum(g * d for g, d in zip(self.gradient, direction, strict=True))
        size = math.fsum(abs(g * d) for g, d in zip(self.gradient, direction, strict=True))
        numeric = self._differences(direction)
        allowed = self._allowed(numeric, size)
        if numeric.error < 1e-5 * size + 1e-300 and abs(analytic - numeric.value) <= allowed:
            return
        if not self.kinked() and self._is_what_was_recorded(direction):
            self.report.notes.append(_TOO_ROUGH)
            return
        self.along_each_argument()

    def along_each_argument(self) -> None:
        """Differences along each argument: the table, and the verdict by it."""
        verdicts = []
        for k, (name, x, analytic) in enumerate(zip(self.call.names, self.call.numbers, self.gradient, strict=True)):
            scale = max(abs(x), 1e-2)
            axis = [scale if j == k else 0.0 for j in range(len(self.inputs))]
            numeric, verdict = self._judge(analytic, scale, axis)
            allowed = self._allowed(numeric, abs(analytic))
            self.report.arguments.append(ArgumentCheck(name, x, analytic, numeric, allowed))
            if verdict == FAIL and not self.report.faults:
                verdict = self._second_thought(axis)
            verdicts.append(verdict)
        if FAIL in verdicts:
            self.report.verdict = FAIL
        elif INCONCLUSIVE in verdicts:
            self.report.verdict = INCONCLUSIVE

    def _second_thought(self, axis: Sequence[float]) -> str:
        """Whether the differences are to be believed, where they contradict slopes that are right one by one."""
        if not self.kinked():
            if any(RULES[node.op].jump and unsettled(node) for node in self.nodes):
                self.report.notes.append("the function jumps again and again nearer to the point than differences can see")
                return INCONCLUSIVE
            if not self._is_what_was_recorded(axis):
                return FAIL
            self.report.notes.append(_TOO_ROUGH)
            return PASS
        if any(RULES[node.op].jump for node in self.nodes if self._at_kink(node)):
            self.report.notes.append("the function jumps here: it has no derivative")
            return INCONCLUSIVE
        kinked = [node for node in self.nodes if self._at_kink(node)]
        if len(kinked) == 1 and is_slope_nearby(kinked[0]) and self._is_what_was_recorded(axis):
            self.report.notes.append("at a kink of several operands the gradient is that of a point next to it")
            return PASS
        return FAIL

    def _judge(self, analytic: float, scale: float, axis: Sequence[float]) -> tuple[Estimate, str]:
        """Differences along one argument, and what they say of a slope."""

        def unscaled(found: Estimate) -> Estimate:
            return Estimate(found.value / scale, found.error / scale)

        numeric = unscaled(self._differences(axis))
        if not math.isfinite(analytic):
            self.report.notes.append(f"a slope is {analytic!r}: there is nothing to compare it with")
            return numeric, INCONCLUSIVE
        if abs(analytic - numeric.value) <= self._allowed(numeric, abs(analytic)) and self._sharp(numeric, analytic):
            return numeric, PASS
        left, right = (unscaled(self._differences(axis, side)) for side in (-1, 1))
        low, high = min(left.value, right.value), max(left.value, right.value)
        slack = left.error + right.error + self.atol + 1e-6 * max(abs(low), abs(high))
        if math.isfinite(low) and math.isfinite(high):
            told = slack <= 1e-2 * (abs(analytic) + max(abs(low), abs(high))) + 1e-9
            if low - slack <= analytic <= high + slack:
                if high - low > 2.0 * slack:
                    self.report.notes.append(
                        f"a kink of {self.call.name}: any slope from {low:.6g} to {high:.6g} is accepted"
                    )
                    side = left if abs(left.value - analytic) < abs(right.value - analytic) else right
                    return Estimate(side.value, abs(side.value - analytic) + slack), PASS
                return (numeric if numeric.error < math.inf else right), PASS if told else INCONCLUSIVE
            if told:
                return (numeric if numeric.error < math.inf else right), FAIL
        for one, word in ((right, "left"), (left, "right")):
            if math.isfinite(one.value) and one.error < 1e-3 * abs(one.value) + 1e-9:
                self.report.notes.append(
                    f"to the {word} of the point the function is not defined, or jumps; the other side was taken"
                )
                agrees = one.holds(analytic, slack if math.isfinite(slack) else 1e-6 * abs(one.value) + self.atol)
                return one, PASS if agrees else FAIL
        if self._sharp(numeric, analytic):
            return numeric, FAIL
        self.report.notes.append("the function jumps here, is too rough, or leaves its domain: differences tell nothing")
        return numeric, INCONCLUSIVE

    # --- differences ---------------------------------------------------------------------------------------------------

    def _differences(self, direction: Sequence[float], side: int = 0) -> Estimate:
        numbers = self.call.numbers

        def along(t: float) -> float:
            return self.call.value([x + t * d for x, d in zip(numbers, direction, strict=True)])

        return differentiate(along, side=side)

    def _allowed(self, numeric: Estimate, size: float) -> float:
        return 4.0 * numeric.error + self.rtol * max(size, abs(numeric.value)) + self.atol + 1e-300

    def _sharp(self, numeric: Estimate, analytic: float) -> bool:
        """Whether the differences are exact enough to tell a right slope from a wrong one."""
        return numeric.error <= 1e-4 * max(abs(numeric.value), abs(analytic)) + 1e-9

    def kinked(self) -> bool:
        """Whether an operation was at a kink or a jump."""
        return any(map(self._at_kink, self.nodes))

    def _at_kink(self, node: Any) -> bool:
        return at_kink(RULES[node.op], node.data, [float(arg) for arg in node.args])

    def _is_what_was_recorded(self, direction: Sequence[float]) -> bool:
        """Whether the function gives, next to the point, exactly what the recorded graph gives there, with settled slopes."""
        compared = False
        if any(map(unsettled, self.nodes)):
            return False
        for t in (1e-9, -1e-9, 3e-13):
            numbers = [x + t * d for x, d in zip(self.call.numbers, direction, strict=True)]
            try:
                here = self.call.value(numbers)
                graph = replay(self.root, inputs=dict(zip(self._reached(), self._pick(numbers), strict=True))).value
            except (ValueError, ArithmeticError, NotImplementedError):
                continue
            if here != graph and not (math.isnan(here) and math.isnan(graph)):
                return False
            compared = True
        return compared

    def _reached(self) -> list[Any]:
        return [leaf for leaf in self.inputs if leaf.has_grad]

    def _pick(self, numbers: Sequence[float]) -> list[float]:
        return [number for leaf, number in zip(self.inputs, numbers, strict=True) if leaf.has_grad]
