"""Does the recorded graph stand for the function? Its gradient against differences of the function itself.

Differences come from calling the function, never from its graph, so they see what was not recorded. Where they contradict slopes
that are right one by one, the reasons are looked at in turn: a kink, a jump, a function too rough.
"""

import math
import random
from collections.abc import Sequence
from typing import Any

from autograd_lite.replay import replay
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS
from autograd_lite.testing.calling import Call
from autograd_lite.testing.comparison import Comparison
from autograd_lite.testing.local import is_at_kink, is_unsettled
from autograd_lite.testing.numeric import Estimate
from autograd_lite.testing.report import FAIL, INCONCLUSIVE, PASS, Report

_TOO_ROUGH = (
    "differences of the function are too rough to compare with; next to the point it does exactly what was recorded, and every "
    "recorded slope is right"
)


class RecordedComparison(Comparison):
    """The comparison of the gradient of a recorded graph with differences of the function.

    Parameters
    ----------
    call : Call
        The function and the point.
    inputs : sequence of Value
        The leaves that stand for the numbers of the point, after the backward pass.
    nodes : sequence of Value
        The recorded operations.
    report : Report
        See `Comparison`; its faults are read.
    rtol, atol : float
        See `check_grad`.
    """

    def __init__(
        self, call: Call, inputs: Sequence[Any], nodes: Sequence[Any], report: Report, rtol: float, atol: float
    ) -> None:
        super().__init__(call.value, call.numbers, report, rtol, atol)
        self.call, self.inputs, self.nodes = call, inputs, nodes

    def along_one_direction(self) -> None:
        """Differences along one direction in which every argument makes about the same difference."""
        scales = [max(abs(x), 1e-2) for x in self.numbers]
        shares = sorted(s for s in (abs(g) * x for g, x in zip(self.gradient, scales, strict=True)) if 0.0 < s < math.inf)
        middle = shares[len(shares) // 2] if shares else 1.0
        rng = random.Random(0)
        direction = [
            rng.choice((-1.0, 1.0)) * rng.uniform(0.5, 1.0) * min(x, middle / abs(g) if g else x)
            for g, x in zip(self.gradient, scales, strict=True)
        ]
        if not all(map(math.isfinite, [*direction, *self.gradient])):
            self.along_each_argument()
            return
        products = [g * d for g, d in zip(self.gradient, direction, strict=True)]
        slope, size = math.fsum(products), math.fsum(map(abs, products))
        numeric = self.differences(direction)
        if numeric.error < 1e-5 * size + 1e-300 and abs(slope - numeric.value) <= self.allowed(numeric, size):
            return
        if not self.kinked() and self._is_what_was_recorded(direction):
            self.report.notes.append(_TOO_ROUGH)
            return
        self.along_each_argument()

    def second_thought(self, axis: Sequence[float]) -> str:
        """Whether the differences are to be believed, where they contradict slopes that are right one by one."""
        if self.report.faults:
            return FAIL
        kinked = self.kinked()
        if any(RULES[node.op].jump for node in kinked):
            self.report.notes.append("the function jumps here: it has no derivative")
            return INCONCLUSIVE
        if not kinked and any(is_unsettled(node) and RULES[node.op].jump for node in self.nodes):
            self.report.notes.append("the function jumps again and again nearer to the point than differences can see")
            return INCONCLUSIVE
        if (kinked and not self._is_gradient_nearby()) or not self._is_what_was_recorded(axis):
            return FAIL
        self.report.notes.append("at a kink the gradient is that of a point next to it" if kinked else _TOO_ROUGH)
        return PASS

    def without_slope(self, name: str, slope: float, found: Sequence[Estimate], scale: float) -> str:
        """Nothing is told by a slope of nan or inf: where it is wrong, that is found operation by operation."""
        self.report.notes.append(f"the gradient of {name} is {slope!r}: there is nothing to compare it with")
        return INCONCLUSIVE

    def kinked(self) -> list[Any]:
        """The operations at a kink or a jump."""
        return [node for node in self.nodes if is_at_kink(node)]

    def _is_gradient_nearby(self) -> bool:
        """Whether the gradient is, in all arguments together, that of the function at a point next to the kink."""
        rng = random.Random(0)
        for _ in range(24):
            point = [x + rng.uniform(-1e-9, 1e-9) * max(abs(x), 1e-3) for x in self.numbers]
            try:
                leaves, root = self.call.record(point)
                root.backward()
            except ARITHMETIC_ERRORS:
                continue
            pairs = [(slope, leaf.grad) for slope, leaf in zip(self.gradient, leaves, strict=True)]
            if all(abs(a - b) <= 1e-5 * max(abs(a), abs(b)) for a, b in pairs):
                return True
        return False

    def _is_what_was_recorded(self, direction: Sequence[float]) -> bool:
        """Whether the function gives, next to the point, exactly what the recorded graph gives there, with settled slopes."""
        if any(map(is_unsettled, self.nodes)):
            return False
        compared = False
        for t in (1e-9, -1e-9, 3e-13):
            numbers = [x + t * d for x, d in zip(self.numbers, direction, strict=True)]
            reached = {leaf: number for leaf, number in zip(self.inputs, numbers, strict=True) if leaf.has_grad}
            try:
                here, graph = self.value(numbers), replay(self.report.root, inputs=reached).value
            except (ValueError, ArithmeticError, NotImplementedError):
                continue
            if here != graph and not (math.isnan(here) and math.isnan(graph)):
                return False
            compared = True
        return compared
