"""A gradient against differences of the function, along each argument: the table of a report, and the verdict by it.

Nothing needs to be known of the function but its numbers, so this serves derivatives from anywhere.
"""

import math
from collections.abc import Callable, Sequence

from autograd_lite.testing.numeric import Estimate, differentiate
from autograd_lite.testing.report import FAIL, INCONCLUSIVE, PASS, ArgumentCheck, Report


class Comparison:
    """The comparison of one gradient with differences, told to a report.

    Parameters
    ----------
    value : callable
        The function, from as many numbers as the point has to one.
    numbers : sequence of float
        The point.
    report : Report
        Has value and gradient; gets the verdict, the table of arguments and the notes.
    rtol, atol : float
        What the gradient may differ by, besides the error bound of the differences.
    """

    def __init__(
        self, value: Callable[[Sequence[float]], float], numbers: Sequence[float], report: Report, rtol: float, atol: float
    ) -> None:
        self.value, self.numbers, self.report, self.rtol, self.atol = value, numbers, report, rtol, atol
        self.gradient = list(report.gradient.values())

    def is_repeatable(self) -> bool:
        """Whether the function gives its number again at the same point; if not, the check has failed."""
        here, again = self.report.value, self.value(self.numbers)
        if again == here or (math.isnan(again) and math.isnan(here)):
            return True
        self.report.verdict = FAIL
        self.report.notes.append(
            f"{self.report.function} is not deterministic: it gave {here!r}, and then {again!r} at the same point; "
            "seed its random numbers inside, or pass them as arguments"
        )
        return False

    def along_each_argument(self) -> None:
        """Differences along each argument: the table, and the verdict by it."""
        verdicts = [self.report.verdict]
        for k, (name, slope) in enumerate(self.report.gradient.items()):
            scale = max(abs(self.numbers[k]), 1e-2)
            axis = [scale if j == k else 0.0 for j in range(len(self.numbers))]
            numeric, verdict = self._judge(name, slope, scale, axis)
            allowed = self.allowed(numeric, abs(slope))
            self.report.arguments.append(ArgumentCheck(name, self.numbers[k], slope, numeric, allowed))
            verdicts.append(self.second_thought(axis) if verdict == FAIL else verdict)
        self.report.verdict = max(verdicts, key=(PASS, INCONCLUSIVE, FAIL).index)

    def differences(self, direction: Sequence[float], side: int = 0) -> Estimate:
        """The derivative along a direction: from both sides, or from the right (1) or the left (-1) alone."""
        return differentiate(
            lambda t: self.value([x + t * d for x, d in zip(self.numbers, direction, strict=True)]), side=side
        )

    def allowed(self, numeric: Estimate, size: float) -> float:
        """How far a slope may be from the differences; `size` is that of what was added up for it."""
        return 4.0 * numeric.error + self.rtol * max(size, abs(numeric.value)) + self.atol + 1e-300

    def second_thought(self, axis: Sequence[float]) -> str:
        """The verdict where differences along an axis contradict the slope."""
        return FAIL

    def without_slope(self, name: str, slope: float, found: Sequence[Estimate], scale: float) -> str:
        """The verdict on nan or inf: wrong where differences are sure of a number, from both sides or the one there is."""

        resolution = 1e-12 * abs(self.report.value) / scale

        def sure(one: Estimate) -> bool:
            return one.error <= 1e-3 * abs(one.value) + resolution

        central, *sides = found
        there = [one for one in sides if one.error < math.inf]
        if sure(central) or (there and all(map(sure, there))):
            self.report.notes.append(f"the gradient of {name} is {slope!r} where the function has a slope")
            return FAIL
        self.report.notes.append(f"the gradient of {name} is {slope!r}, and differences give no number to compare it with")
        return INCONCLUSIVE

    # --- one argument --------------------------------------------------------------------------------------------------

    def _judge(self, name: str, slope: float, scale: float, axis: Sequence[float]) -> tuple[Estimate, str]:
        """Differences along one argument, and what they say of its slope."""

        def unscaled(side: int) -> Estimate:
            found = self.differences(axis, side)
            return Estimate(found.value / scale, found.error / scale)

        central = unscaled(0)
        if not math.isfinite(slope):
            return central, self.without_slope(name, slope, (central, unscaled(-1), unscaled(1)), scale)
        sharp = central.error <= 1e-4 * max(abs(central.value), abs(slope)) + 1e-9
        if sharp and abs(slope - central.value) <= self.allowed(central, abs(slope)):
            return central, PASS
        left, right = unscaled(-1), unscaled(1)
        found = self._between(name, slope, central, left, right) or self._one_sided(name, slope, left, right)
        if found is not None:
            return found
        if sharp:
            return central, FAIL
        self.report.notes.append("the function jumps here, is too rough, or leaves its domain: differences tell nothing")
        return central, INCONCLUSIVE

    def _slack(self, left: Estimate, right: Estimate) -> float:
        return left.error + right.error + self.atol + 1e-6 * max(abs(left.value), abs(right.value))

    def _between(
        self, name: str, slope: float, central: Estimate, left: Estimate, right: Estimate
    ) -> tuple[Estimate, str] | None:
        """The verdict where both sides have a slope, and at a kink they differ; None where they tell too little."""
        low, high = min(left.value, right.value), max(left.value, right.value)
        if not (math.isfinite(low) and math.isfinite(high)):
            return None
        slack = self._slack(left, right)
        told = slack <= 1e-2 * (abs(slope) + max(abs(low), abs(high))) + 1e-9
        nearest = central if central.error < math.inf else right
        if not low - slack <= slope <= high + slack:
            return (nearest, FAIL) if told else None
        if high - low <= 2.0 * slack:
            return nearest, PASS if told else INCONCLUSIVE
        self.report.notes.append(f"a kink in {name}: any slope from {low:.6g} to {high:.6g} is accepted")
        side = min(left, right, key=lambda one: abs(one.value - slope))
        return Estimate(side.value, abs(side.value - slope) + slack), PASS

    def _one_sided(self, name: str, slope: float, left: Estimate, right: Estimate) -> tuple[Estimate, str] | None:
        """The verdict at an edge, where one side alone has a slope; None where neither has."""
        for one, lacking in ((right, "left"), (left, "right")):
            if math.isfinite(one.value) and one.error < 1e-3 * abs(one.value) + 1e-9:
                x = self.numbers[list(self.report.gradient).index(name)]
                self.report.notes.append(
                    f"to the {lacking} of {name} = {x!r} the function is not defined, or jumps; the other side was taken"
                )
                slack = self._slack(left, right)
                agrees = one.holds(slope, slack if math.isfinite(slack) else 1e-6 * abs(one.value) + self.atol)
                return one, PASS if agrees else FAIL
        return None
