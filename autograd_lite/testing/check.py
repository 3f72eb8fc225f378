"""`check_grad`: is the gradient the derivative?

Three questions, each answered by something that shares no code with what it checks:

1. Are the slopes recorded with each operation right?  Against the operation's own text in other numbers (`local.py`): to the
   last digits, whatever the function does with them.
2. Did the backward pass multiply and add them up?  Against a sweep written here.
3. Does the graph stand for the function?  Against differences of the function itself, along one direction that moves every
   argument (along each of them with `fast_mode=False`).

The first and second are exact, so a mistake in the fourth digit of one slope among thousands is found; the third is as
exact as differences are, and finds what was never recorded.  One that fails says which argument, and which operation.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.engine.graph import operand_order
from autograd_lite.engine.node import Node
from autograd_lite.engine.source import record_source, source_of
from autograd_lite.replay import replay
from autograd_lite.rules import RULES
from autograd_lite.testing.calling import Call
from autograd_lite.testing.local import LocalFault, LocalKink, at_kink, check_node, is_slope_nearby, unsettled
from autograd_lite.testing.numeric import Estimate, differentiate
from autograd_lite.testing.report import FAIL, INCONCLUSIVE, PASS, ArgumentCheck, Report
from autograd_lite.transforms import grad

#: What the backward pass may be off by, in units of the sum of the sizes of all its products.
ROUNDING = 1e-13
_TOO_ROUGH = (
    "differences of the function are too rough to compare with; next to the point it does exactly what was recorded, and every "
    "recorded slope is right"
)


class GradientError(AssertionError):
    """A gradient is not the derivative; `.report` has what was found."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


def check_grad(
    f: Callable[..., Any],
    *args: Any,
    order: int = 1,
    rtol: float = 1e-9,
    atol: float = 0.0,
    fast_mode: bool = True,
    raise_exception: bool = True,
) -> Report:
    """Check the gradient of a function at a point.

    Parameters
    ----------
    f : callable
        Takes numbers, or lists, tuples, dicts and arrays of them; returns one Value.
    *args
        The point.  Values count with their number; their graph and their `.grad` are left alone.
    order : int, default 1
        2 checks the second derivatives as well, 3 the third, and so on.
    rtol, atol : float
        What the gradient may differ from differences of the function, besides the error bound of the differences.  The
        operations themselves are checked to 1e-11.
    fast_mode : bool, default True
        Compare with differences along one direction that moves all arguments; False: along each of them.
    raise_exception : bool, default True
        Raise if the gradient is wrong; False: only report it.

    Returns
    -------
    Report
        With a verdict: "pass", "fail" or "inconclusive" (where differences tell nothing: at a jump, at an edge of the
        domain with an infinite slope).  A report is true if it says "pass".

    Raises
    ------
    GradientError
        An AssertionError: the argument, both derivatives, how far they are apart in units of what is allowed, the first
        operation whose slope is wrong, where it was computed, and a line that reproduces it.
    TypeError
        If `f` returns something other than one Value, or changes its arguments.

    Examples
    --------
    >>> from autograd_lite import primitive, sin, unregister
    >>> print(check_grad(lambda x, w: w[0] * sin(x) + w[1], 0.5, [2.0, 1.0]))
    check_grad: pass. <lambda>(0.5, [2.0, 1.0]) = 1.958851077208406

    A primitive with a wrong partial, declared unchecked:

    >>> cube = primitive("cube", "x", "x * x * x", ["2.0 * x * x"], check=False)
    >>> report = check_grad(lambda x: cube(x) + x, 2.0, raise_exception=False)
    >>> print(report)  # doctest: +ELLIPSIS, +NORMALIZE_WHITESPACE
    check_grad: fail. <lambda>(2.0) = 10.0
      argument  value  back-propagation  differences       off by
      x         2      9                 13 (+- ...
    <BLANKLINE>
      the wrong operation: cube(2.0) = 8.0, computed at ...
        its slope in operand 0 (x) is recorded as 8.0; differences give 12 (+- ...)
        to reproduce: check_operation('cube', 2.0)
    >>> unregister("cube")
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ValueError(f"order is a whole number, 1 or more, not {order!r}")
    call = Call(f, args)
    report = _Check(call, rtol, atol).run(fast_mode)
    for _ in range(order - 1):
        if report.verdict != PASS:
            break
        call = Call(_slope(call), args)
        inner, report = report, _Check(call, rtol, atol).run(fast_mode)
        report.notes = [*inner.notes, *report.notes]
    report.notes = list(dict.fromkeys(report.notes))
    if raise_exception and report.verdict == FAIL:
        raise GradientError(report)
    return report


def gradgradcheck(f: Callable[..., Any], *args: Any, **options: Any) -> Report:
    """Check first and second derivatives: `check_grad` with `order=2`.

    >>> from autograd_lite import tanh
    >>> gradgradcheck(lambda x, y: tanh(x * y), 0.3, -1.2).verdict
    'pass'
    """
    return check_grad(f, *args, **{"order": 2, **options})


def check_operation(name: str, *args: float) -> None:
    """Check the slopes of one primitive at one point.

    Parameters
    ----------
    name : str
        In the table of primitives.
    *args : float

    Raises
    ------
    GradientError
        If a slope is wrong.

    Examples
    --------
    >>> check_operation("atan2", 1.0, -2.0)
    """
    from autograd_lite.engine.record import apply

    check_grad(lambda *values: apply(name, *values), *args)


def _slope(call: Call) -> Callable[..., Any]:
    """The derivatives of a function, added up with different weights: one number again."""
    weights = [1.0 / (k + 1.5) for k in range(len(call.numbers))]
    gradient = grad(call.f, tuple(range(len(call.args))))

    def slope(*args: Any) -> Any:
        from autograd_lite import dot
        from autograd_lite.transforms.tree import flatten

        slopes = [one for part in gradient(*args) for one in flatten(part, "the gradient")[1]]
        total = dot(slopes, weights)
        first = flatten(args, "the arguments")[1][0]
        # A gradient without a graph is constant; as a sum with nothing of the argument it is one with a graph.
        return total if isinstance(total, Node) else first * 0.0 + total

    slope.__name__ = f"the gradient of {call.name}"
    return slope


class _Check:
    """One check in the making."""

    def __init__(self, call: Call, rtol: float, atol: float) -> None:
        self.call, self.rtol, self.atol = call, rtol, atol
        self.inputs, self.root = call.record()
        self.root.backward()
        self.gradient = [leaf.grad for leaf in self.inputs]
        self.report = Report(
            PASS, call.name, call.point(), self.root.data, dict(zip(call.names, self.gradient, strict=True)), root=self.root
        )
        self.nodes = [node for node in operand_order(self.root) if not node.is_leaf]
        self.report.operations = len(self.nodes)

    def run(self, fast: bool) -> Report:
        report = self.report
        if not self._same_again():
            return report
        self._dependence()
        self._operations()
        wrong_sums = self._sums()
        if fast and not report.faults and not wrong_sums:
            self._direction()
        else:
            self._arguments()
        if report.faults or wrong_sums:
            report.verdict = FAIL
        if report.faults:
            self._place_faults()
        for kink in report.kinks:
            low, high = sorted((kink.left, kink.right))
            numbers = ", ".join(f"{float(arg):g}" for arg in kink.node.args)
            report.notes.append(
                f"{kink.node.op}({numbers}) is at a kink: any slope from {low:g} to {high:g} is accepted; {kink.recorded:g} is used"
            )
        return report

    # --- what may be wrong with the function itself --------------------------------------------------------------------

    def _same_again(self) -> bool:
        value = self.call.value(self.call.numbers)
        if value == self.root.data or (math.isnan(value) and math.isnan(self.root.data)):
            return True
        self.report.verdict = FAIL
        self.report.notes.append(
            f"{self.call.name} is not deterministic: it gave {self.root.data!r}, and then {value!r} at the same point; "
            "seed its random numbers inside, or pass them as arguments"
        )
        return False

    def _dependence(self) -> None:
        given = [one for one in self.call.given if isinstance(one, Node)]
        if len({id(one) for one in given}) < len(given):
            self.report.notes.append("the same Value was given twice; it was checked as independent arguments")
        if any(not one.is_leaf for one in given):
            self.report.notes.append(
                "a Value that was computed from others was given; it was checked as an independent argument"
            )
        unused = [name for name, leaf in zip(self.call.names, self.inputs, strict=True) if not leaf.has_grad]
        if len(unused) == len(self.inputs):
            raise TypeError(
                f"{self.call.name} ignores its arguments: nothing connects its result with them. Does it use x.data, float(x) or "
                "detach()? Or are they looked up elsewhere, by the name of another variable?"
            )
        if unused:
            self.report.notes.append(f"the result was recorded as independent of {', '.join(unused)}")

    # --- the three questions -------------------------------------------------------------------------------------------

    def _operations(self) -> None:
        for node in self.nodes:
            faults, kinks = check_node(node)
            self.report.faults += faults
            self.report.kinks += kinks

    def _sums(self) -> bool:
        """Whether the backward pass added up something else than the recorded slopes say."""
        sums: dict[Any, float] = {self.root: 1.0}
        sizes: dict[Any, float] = {self.root: 1.0}
        for node in reversed(self.nodes):
            grad, size = sums.get(node), sizes.get(node, 0.0)
            if grad is None:
                continue
            for operand, slope in zip(node.args, node.arg_grads, strict=True):
                if slope is not None:
                    sums[operand] = sums.get(operand, 0.0) + grad * slope
                    sizes[operand] = sizes.get(operand, 0.0) + size * abs(slope)
        wrong = False
        for name, leaf, found in zip(self.call.names, self.inputs, self.gradient, strict=True):
            expected, size = sums.get(leaf, 0.0), sizes.get(leaf, 0.0)
            if not math.isfinite(size) or not math.isfinite(expected):
                continue
            if not abs(found - expected) <= ROUNDING * (len(self.nodes) + 8) * size:
                wrong = True
                self.report.notes.append(
                    f"the backward pass gave {found!r} for {name}, but the recorded slopes add up to {expected!r}: a hook, "
                    "or a backward of one's own, changes gradients on the way"
                )
        self.sizes = [sizes.get(leaf, 0.0) for leaf in self.inputs]
        return wrong

    def _direction(self) -> None:
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
            self._arguments()
            return
        analytic = math.fsum(g * d for g, d in zip(self.gradient, direction, strict=True))
        size = math.fsum(abs(g * d) for g, d in zip(self.gradient, direction, strict=True))
        numeric = self._differences(direction)
        allowed = self._allowed(numeric, size)
        if numeric.error < 1e-5 * size + 1e-300 and abs(analytic - numeric.value) <= allowed:
            return
        if not self._kinked() and self._is_what_was_recorded(direction):
            self.report.notes.append(_TOO_ROUGH)
            return
        self._arguments()

    def _arguments(self) -> None:
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
            if not self.report.faults and not any("hook" in note for note in self.report.notes):
                self._explain_difference()
        elif INCONCLUSIVE in verdicts:
            self.report.verdict = INCONCLUSIVE

    def _second_thought(self, axis: Sequence[float]) -> str:
        """Whether the differences are to be believed, where they contradict slopes that are right one by one."""
        if not self._kinked():
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

    def _kinked(self) -> bool:
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

    # --- what to say ---------------------------------------------------------------------------------------------------

    def _explain_difference(self) -> None:
        if self.report.kinks or self._kinked():
            self.report.notes.append(
                "every operation uses a slope that is allowed at its kink, but together they are not a slope of the function: "
                "check at a point off the kinks"
            )
        else:
            self.report.notes.append(
                "every recorded operation is right, so part of the function was not recorded: look for x.data, float(x), "
                "detach(), no_grad(), or a branch that is taken at this very point only"
            )

    def _place_faults(self) -> None:
        """Call the function again, watching where its nodes are made, and find the wrong ones among them."""
        with record_source():
            _, root = self.call.record()
        again = [node for node in operand_order(root) if not node.is_leaf]
        if len(again) == len(self.nodes):
            where = {node: source_of(twin) for node, twin in zip(self.nodes, again, strict=True)}
            self.report.places = {fault.node: str(where[fault.node]) for fault in self.report.faults if where[fault.node]}


gradcheck = check_grad

__all__ = ["GradientError", "LocalFault", "LocalKink", "check_grad", "check_operation", "gradcheck", "gradgradcheck"]
