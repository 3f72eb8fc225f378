"""Where a running stepper stops: at a node, at an operation, on a condition, or when a watched gradient changes."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autograd_lite import RULES, Value
from autograd_lite.backprop.steps import Edge, ForwardStep, Step
from autograd_lite.backprop.walk import Walk
from autograd_lite.expression import NODE_CONSTANTS, ExpressionError, NodeExpression
from autograd_lite.formatting import short_float
from autograd_lite.structure.names import Names
from autograd_lite.terminal import printable

Condition = Callable[[Any], Any]
#: What a condition written as a text may ask of the step just made.
_FIELDS = ("upstream", "local", "product", "before", "after", "k", "node", "parent")


@dataclass(frozen=True, repr=False)
class Stop:
    """Why and where `run` stopped.  False at the end of the pass, true anywhere else.

    Attributes
    ----------
    reason : str
        In words.
    k : int
        The number of steps made since the start.
    step : Step or ForwardStep or None
        The last one made, if any.
    at_end : bool
        Whether nothing is left to do.
    """

    reason: str
    k: int
    step: Step | ForwardStep | None = None
    at_end: bool = False

    def __bool__(self) -> bool:
        return not self.at_end

    def __str__(self) -> str:
        return f"{self.reason} (after step {self.k})" if self.step is None else f"{self.step}\n{self.reason} (step {self.k})"

    __repr__ = __str__


@dataclass
class Breakpoint:
    """A place to stop.

    Attributes
    ----------
    what : str
        In words.
    number : int
        For `clear(number)`.
    at : int or None
        The number of steps after which to stop: for a node, when its gradient is complete.
    op : str
        Stop before a node of this operation passes its gradient on.
    condition : callable or None
        Stop after a step for which it holds.
    watched : Value or None
        Stop after a step that changed this node's gradient.
    """

    what: str
    number: int = 0
    at: int | None = None
    op: str = ""
    condition: Condition | None = field(default=None, repr=False)
    watched: Value | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.number}: {self.what}"

    __repr__ = __str__

    def reached(self, walk: Walk) -> str:
        """Why to stop after the step just made, in words; empty if there is no reason to."""
        entering, happened = walk.entering, walk.last
        if self.at == walk.k:
            return self.what
        if self.op and entering is not None and entering.op == self.op:
            return f"{self.what}: value {short_float(entering.data)}, gradient {short_float(entering.grad)}"
        # Records are for reading; making one takes longer than the step.
        if self.condition is not None and happened is not None and self.condition(walk.record(happened, walk.k)):
            return self.what
        if isinstance(happened, Edge) and happened.parent is self.watched:
            step = walk.record(happened, walk.k)
            return f"{self.what}: {step.change}" if isinstance(step, Step) else ""
        return ""


def breakpoint_at(where: Any, walk: Walk, prefix: str = "") -> Breakpoint:
    """A place to stop from what a user gives: a node or its name, the name of an operation, a condition.

    Parameters
    ----------
    where : Value, str or callable
    walk : Walk
    prefix : str, optional
        Before its words.

    Raises
    ------
    LookupError
        If a name is neither a node nor an operation of the graph.
    ExpressionError
        If a text is not a condition.
    """
    if isinstance(where, str):
        try:
            where = walk.names.find(where)
        except LookupError as unknown:
            op = operation_called(where)
            there = sorted({node.op for node in walk.order if node.op})
            if op in there:
                return Breakpoint(f"{prefix}operation {where}", op=op)
            if op:
                listed = printable(", ".join(there)) or "no operations"
                raise LookupError(f"there is no {op} in this graph; there are {listed}") from None
            if where.replace("_", "a").isalnum():
                close = difflib.get_close_matches(where, RULES, n=1)
                hint = f" (there is {close[0]})" if close else ""
                raise LookupError(f"{unknown.args[0]}; nor is it an operation{hint}") from None
    if isinstance(where, Value):
        return Breakpoint(f"{prefix}{walk.names[walk.node(where)]} complete", at=walk.moment(where))
    text = where if isinstance(where, str) else getattr(where, "__name__", "a condition")
    return Breakpoint(f"{prefix}{text}", condition=as_condition(where, walk.names))


def as_condition(given: Any, names: Names) -> Condition:
    """A function of the step from a function or a text.

    A text is an expression of node names and the fields of the step: `abs(product) > 10`, `w.grad != 0`.
    """
    if callable(given):
        return given  # type: ignore[no-any-return]
    if not isinstance(given, str):
        raise TypeError(f"a condition is a function of the step, or a text such as 'abs(product) > 10'; not {given!r:.60}")
    nodes: dict[str, Any] = {}
    try:
        expression = NodeExpression(given)
        for name in expression.variables:
            if name not in _FIELDS and (name not in NODE_CONSTANTS or name in names.values()):
                nodes[name] = names.find(name)
    except (ExpressionError, LookupError) as error:
        raise ExpressionError(f"condition {given!r}: {getattr(error, 'message', error.args[0])}") from None
    asked = [name for name in expression.variables if name in _FIELDS]

    def holds(step: Any) -> bool:
        if asked and not isinstance(step, Step):
            return False  # it is about the backward pass, and this is a step of the forward pass
        return bool(expression.evaluate({**nodes, **{name: getattr(step, name) for name in asked}}.__getitem__))

    return holds


def operation_called(name: str) -> str:
    """The name of an operation in the table, from its name, symbol or alias; empty if there is none such.

    >>> operation_called("*"), operation_called("tanh"), operation_called("arcsin"), operation_called("w")
    ('mul', 'tanh', 'asin', '')
    """
    found = (rule.name for rule in RULES.values() if name and name in (rule.name, rule.symbol, *rule.aliases))
    return next(found, "")
