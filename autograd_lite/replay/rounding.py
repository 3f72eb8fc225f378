"""What rounding did to a computation: every node in floats against the same node in many digits."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.replay.multiprecision import multiprecision
from autograd_lite.replay.plain import ieee_floats
from autograd_lite.replay.run import Replay
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import compile_forward
from autograd_lite.terminal import clean


@dataclass(frozen=True)
class RoundingRow:
    """One node of a `RoundingReport`.

    Attributes
    ----------
    node : Value
    place : int
        Its position in the order of evaluation, from 1.
    computed : float
    exact : mpf
    ulps : float
        The error in units in the last place: what reached this node from all before it, and its own.
    own_ulps : float
        The error this operation made by itself, given the operands it got.
    grad : float or None
        The derivative of the root with respect to the node; None if no path leads there.
    grad_ulps : float or None
        Its error in units in the last place.
    """

    node: Any
    place: int
    computed: float
    exact: Any
    ulps: float
    own_ulps: float
    grad: float | None
    grad_ulps: float | None


@dataclass(frozen=True)
class RoundingReport(Sequence[RoundingRow]):
    """The rows of a rounding report, the worst value first; printed, it is a table."""

    rows: tuple[RoundingRow, ...]
    digits: int

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def worst(self) -> RoundingRow:
        """The row with the largest error."""
        return self.rows[0]

    def __str__(self) -> str:
        return "\n".join(self._lines(30))

    __repr__ = __str__

    def _lines(self, limit: int) -> Iterator[str]:
        if not self.rows:
            yield "no operation in this graph, so nothing was rounded"
            return
        yield f"floats against {self.digits} digits; errors in units in the last place (ulp), the worst value first"
        yield (
            f"{'node':>6}  {'operation':<14}{'label':<10}{'computed':>24}  {'exact':<30}"
            f"{'error':>10}{'own':>8}{'gradient':>10}"
        )
        for row in self.rows[:limit]:
            gradient = "-" if row.grad_ulps is None else _short(row.grad_ulps)
            exact = row.exact.context.nstr(row.exact, 22)
            yield (
                f"{row.place:>6}  {row.node.op:<14}{clean(row.node.label)[:9]:<10}{row.computed!r:>24}  {exact:<30}"
                f"{_short(row.ulps):>10}{_short(row.own_ulps):>8}{gradient:>10}"
            )
        if len(self.rows) > limit:
            yield f"       ... and {len(self.rows) - limit} more"


def rounding_report(root: Any, digits: int = 50) -> RoundingReport:
    """The rounding error of every operation of a graph, value and gradient: floats against many digits.

    The leaves, and the plain floats among the operands, are taken as exactly what they are.

    Parameters
    ----------
    root : Value
    digits : int, default 50

    Returns
    -------
    RoundingReport
        A sequence of `RoundingRow`, the worst first; `print` shows it as a table.

    Raises
    ------
    ImportError
        If mpmath is not installed.

    Examples
    --------
    Subtracting two nearly equal numbers makes no error of its own, and magnifies those that were there:

    >>> from autograd_lite import Value
    >>> x = Value(1e-5)
    >>> report = rounding_report(1 - x.cos())
    >>> report.worst.node.op, report.worst.ulps > 1e6, report.worst.own_ulps
    ('sub', True, 0.0)
    """
    if not isinstance(root, Value):
        raise TypeError(f"rounding_report takes the Value at the end of a recorded graph, not {type(root).__name__}")
    system = multiprecision(digits)
    computed = Replay(root, ieee_floats(), {})
    exact = Replay(root, system, {})
    values, wanted = computed.values, exact.values
    slopes, true_slopes = computed.grads, exact.grads
    rows = []
    for place, node in enumerate(exact.nodes, 1):
        if node.is_leaf:
            continue
        with system.working():
            operands = [system.number(values[arg] if isinstance(arg, Value) else arg) for arg in node.args]
            alone = compile_forward(RULES[node.op], system)(*operands)
            grad = slopes.get(node)
            rows.append(
                RoundingRow(
                    node=node,
                    place=place,
                    computed=values[node],
                    exact=wanted[node],
                    ulps=_ulps(values[node], wanted[node]),
                    own_ulps=_ulps(values[node], alone),
                    grad=grad,
                    grad_ulps=None if grad is None or node not in true_slopes else _ulps(grad, true_slopes[node]),
                )
            )
    rows.sort(key=lambda row: -row.ulps)
    return RoundingReport(tuple(rows), digits)


def _ulps(computed: float, exact: Any) -> float:
    """The distance in units in the last place of the exact number."""
    nearest = float(exact)
    if not math.isfinite(computed) or not math.isfinite(nearest):
        return 0.0 if computed == nearest or (computed != computed and nearest != nearest) else math.inf
    if computed == exact:
        return 0.0
    return float(abs(computed - exact) / math.ulp(nearest)) if exact else math.inf


def _short(ulps: float) -> str:
    return f"{ulps:.2f}" if ulps < 1000 else f"{ulps:.1e}"
