"""`check_grad`: is the gradient the derivative?

Three questions, each answered by something that shares no code with what it checks:

1. Are the slopes recorded with each operation right?  Against the operation's own text in other numbers (`local.py`): to the
   last digits, whatever the function does with them.
2. Did the backward pass multiply and add them up?  Against the kit's own (`sweep.py`).
3. Does the graph stand for the function?  Against differences of the function itself (`recorded.py`), along one direction
   that moves every argument (along each of them with `fast_mode=False`).

The first and second are exact, so a mistake in the fourth digit of one slope among thousands is found; the third is as
exact as differences are, and finds what was never recorded.  One that fails says which argument, and which operation.
"""

import math
from collections.abc import Callable
from typing import Any

from autograd_lite.engine.closures import measure, pullback_of
from autograd_lite.engine.common import apply
from autograd_lite.engine.copying import operand_order
from autograd_lite.engine.functions import dot
from autograd_lite.engine.value import Value
from autograd_lite.structure.source import record_source, source_of
from autograd_lite.testing.calling import Call
from autograd_lite.testing.local import check_node
from autograd_lite.testing.recorded import RecordedComparison
from autograd_lite.testing.report import FAIL, INCONCLUSIVE, PASS, Report
from autograd_lite.testing.sweep import sweep
from autograd_lite.transforms import grad
from autograd_lite.transforms.tree import flatten

#: What the backward pass may be off by, in units of the sum of the sizes of all its products.
ROUNDING = 1e-13


class GradientError(AssertionError):
    """A gradient is not the derivative; `.report` has what was found."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


def raised(report: Report, raise_exception: bool) -> Report:
    """The report; an error with it if it says "fail" and errors are wanted."""
    __tracebackhide__ = True  # pytest shows the test, not this
    if raise_exception and report.verdict == FAIL:
        raise GradientError(report)
    return report


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
    __tracebackhide__ = True  # pytest shows the test, not this
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
    return raised(report, raise_exception)


def gradgradcheck(f: Callable[..., Any], *args: Any, **options: Any) -> Report:
    """Check first and second derivatives: `check_grad` with `order=2`.

    >>> from autograd_lite import tanh
    >>> gradgradcheck(lambda x, y: tanh(x * y), 0.3, -1.2).verdict
    'pass'
    """
    __tracebackhide__ = True  # pytest shows the test, not this
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
    __tracebackhide__ = True  # pytest shows the test, not this
    check_grad(lambda *values: apply(name, *values), *args)


def _slope(call: Call) -> Callable[..., Any]:
    """The derivatives of a function, added up with different weights: one number again."""
    weights = [1.0 / (k + 1.5) for k in range(len(call.numbers))]
    gradient = grad(call.f, tuple(range(len(call.args))))

    def slope(*args: Any) -> Any:
        slopes = [one for part in gradient(*args) for one in flatten(part, "the gradient")[0]]
        total = dot(slopes, weights)
        first = flatten(args, "the arguments")[0][0]
        # A gradient may be constant, as that of 3 * x; as a sum with nothing of the argument it hangs together with it all the
        # same, and whether it is constant differences will tell.
        return first * 0.0 + total

    slope.__name__ = f"the gradient of {call.name}"
    return slope


class _Check:
    """One check in the making."""

    def __init__(self, call: Call, rtol: float, atol: float) -> None:
        self.call, self.rtol, self.atol = call, rtol, atol
        self.inputs, self.root = call.record()
        self.root.backward()
        order = operand_order(self.root)
        measure(order, {self.root: 1.0})
        self.nodes = [node for node in order if not node.is_leaf]
        gradient = {name: leaf.grad for name, leaf in zip(call.names, self.inputs, strict=True)}
        self.report = Report(
            PASS, call.name, call.point(), self.root.data, gradient, operations=len(self.nodes), root=self.root
        )

    def run(self, fast: bool) -> Report:
        report = self.report
        comparison = RecordedComparison(self.call, self.inputs, self.nodes, report, self.rtol, self.atol)
        if not comparison.is_repeatable():
            return report
        self._dependence()
        self._operations()
        sums_are_right = self._sums()
        if report.rules:
            self._tell_rules()
        elif fast and not report.faults and sums_are_right:
            comparison.along_one_direction()
        else:
            comparison.along_each_argument()
        if report.faults:
            self._place_faults()
        elif report.verdict == FAIL and sums_are_right and not report.rules:
            self._explain_difference(bool(report.kinks or comparison.kinked()))
        if report.faults or not sums_are_right:
            report.verdict = FAIL
        for kink in report.kinks:
            low, high = sorted((kink.left, kink.right))
            numbers = ", ".join(f"{float(arg):g}" for arg in kink.node.args)
            report.notes.append(
                f"{kink.node.op}({numbers}) is at a kink: any slope from {low:g} to {high:g} is accepted; {kink.recorded:g} is used"
            )
        return report

    # --- the three questions -------------------------------------------------------------------------------------------

    def _dependence(self) -> None:
        given = [one for one in self.call.given if isinstance(one, Value)]
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

    def _operations(self) -> None:
        for node in self.nodes:
            faults, kinks = check_node(node)
            if pullback_of(node) is None:
                self.report.faults += faults
            else:
                self.report.rules += faults
            self.report.kinks += kinks

    def _sums(self) -> bool:
        """Whether the backward pass added up what the recorded slopes say."""
        right = True
        sums, sizes = sweep(self.root, reversed(self.nodes))
        for (name, found), leaf in zip(self.report.gradient.items(), self.inputs, strict=True):
            expected, size = sums.get(leaf, 0.0), sizes.get(leaf, 0.0)
            if not math.isfinite(size) or not math.isfinite(expected):
                continue
            if not abs(found - expected) <= ROUNDING * (len(self.nodes) + 8) * size:
                right = False
                self.report.notes.append(
                    f"the backward pass gave {found!r} for {name}, but the recorded slopes add up to {expected!r}: a hook, "
                    "or a backward of one's own, changes gradients on the way"
                )
        return right

    # --- what to say ---------------------------------------------------------------------------------------------------

    def _tell_rules(self) -> None:
        """Backward rules that are not the derivative, by accident or on purpose: then there is nothing to compare the whole with."""
        report = self.report
        meant = [not pullback_of(fault.node).owner.check for fault in report.rules]
        report.verdict = INCONCLUSIVE if all(meant) else FAIL
        for fault, on_purpose in zip(report.rules, meant, strict=True):
            name, upstream = fault.node._op, float(fault.node.grad)
            told = (
                ", as it is meant to (it was declared with check=False): the gradient is that of the rule"
                if on_purpose
                else f"; if it is meant to, say so where it is declared: {name}.defvjp(forward, backward, check=False)"
            )
            report.notes.append(
                f"the backward rule of {name} makes {fault.recorded * upstream:.6g} of a gradient of {upstream:.6g} in operand "
                f"{fault.place}, where the derivative, {fault.numeric}, makes {fault.numeric.value * upstream:.6g}{told}"
            )

    def _explain_difference(self, kinked: bool) -> None:
        if kinked:
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
