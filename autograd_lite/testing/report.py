"""What a check found, and how it is told."""

from dataclasses import dataclass, field
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.terminal import aligned, clean
from autograd_lite.testing.local import LocalFault, LocalKink
from autograd_lite.testing.numeric import Estimate

PASS, FAIL, INCONCLUSIVE = "pass", "fail", "inconclusive"


@dataclass(frozen=True)
class ArgumentCheck:
    """One number of the arguments: its derivative by back-propagation and by differences.

    Attributes
    ----------
    name : str
    value, analytic : float
    numeric : Estimate
    allowed : float
        How far the two may be apart: the error of the differences, and the tolerances.
    """

    name: str
    value: float
    analytic: float
    numeric: Estimate
    allowed: float

    @property
    def units(self) -> float:
        """The difference in units of what is allowed: above 1 is too much."""
        return abs(self.analytic - self.numeric.value) / self.allowed if self.allowed else float("inf")


@dataclass
class Report:
    """The outcome of `check_grad`; true if the check passed.

    Attributes
    ----------
    verdict : {"pass", "fail", "inconclusive"}
    function, point : str
        What was checked, and where.
    value : float
        Of the function.
    gradient : dict of str to float
        By back-propagation, under the names of the arguments.
    operations : int
        How many were recorded; the slopes of each were checked.
    arguments : list of ArgumentCheck
        Each derivative against differences of the function; filled in when something is wrong or when asked for.
    faults : list of LocalFault
        Operations whose slope is wrong, in the order in which they were computed.
    kinks : list of LocalKink
        Operations at a kink, where any slope between those of the sides is accepted.
    rules : list of LocalFault
        Calls of functions with a backward rule of their own (`custom_vjp`) that is not the derivative there.
    notes : list of str
        What else there is to know.
    """

    verdict: str
    function: str
    point: str
    value: float
    gradient: dict[str, float]
    operations: int = 0
    arguments: list[ArgumentCheck] = field(default_factory=list)
    faults: list[LocalFault] = field(default_factory=list)
    kinks: list[LocalKink] = field(default_factory=list)
    rules: list[LocalFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    places: dict[Any, str] = field(default_factory=dict, repr=False)
    root: Any = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return self.verdict == PASS

    def __str__(self) -> str:
        lines = [f"check_grad: {self.verdict}. {self.function}({self.point}) = {self.value!r}"]
        lines += self._table()
        for fault in self.faults:
            lines += ["", *self._fault(fault)]
        notes = self.notes
        if self.verdict == INCONCLUSIVE and not notes:
            notes = [
                "the function jumps or bends here, or differences are too rough: they cannot tell whether the slope is right"
            ]
        lines += [f"  note: {note}" for note in notes]
        return "\n".join(lines)

    def _table(self) -> list[str]:
        rows = [("argument", "value", "back-propagation", "differences", "off by")]
        for one in self.arguments:
            if one.units > 1.0:
                off = f"{one.units:.3g} times what is allowed"
            else:  # nan is not, nor does "ok" go with differences that may be anything
                told = one.units <= 1.0 and (self.verdict != INCONCLUSIVE or one.allowed <= 1e-2 * abs(one.analytic) + 1e-8)
                off = "ok" if told else "cannot be told"
            rows.append((one.name, f"{one.value:.12g}", f"{one.analytic:.12g}", str(one.numeric), off))
        return [f"  {line}" for line in aligned(rows)] if len(rows) > 1 else []

    def _fault(self, fault: LocalFault) -> list[str]:
        node, operand = fault.node, fault.node.args[fault.place]
        numbers = ", ".join(repr(float(arg)) for arg in node.args)
        label = f" ({clean(operand.label)})" if isinstance(operand, Value) and operand.label else ""
        place = f", computed at {self.places[node]}" if node in self.places else ""
        return [
            f"  the wrong operation: {node.op}({numbers}) = {node.data!r}{place}",
            f"    its slope in operand {fault.place}{label} is recorded as {fault.recorded!r}; differences give {fault.numeric}",
            f"    to reproduce: {reproduce(node)}",
        ]


def reproduce(node: Any) -> str:
    """A line of Python that checks the one operation of a node.

    >>> from autograd_lite import Value
    >>> print(reproduce(Value(2.0) * 3.0))
    check_operation('mul', 2.0, 3.0)
    """
    return f"check_operation({', '.join([repr(node.op), *[repr(float(arg)) for arg in node.args]])})"
