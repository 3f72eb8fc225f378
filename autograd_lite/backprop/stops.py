"""Where a running stepper stops: at a node, at an operation, on a condition, or when a watched gradient changes."""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from autograd_lite import RULES, Value
from autograd_lite.backprop.asking import CONSTANTS, AskError, Question
from autograd_lite.backprop.names import Names, short
from autograd_lite.backprop.position import Edge
from autograd_lite.backprop.steps import ForwardStep, Step
from autograd_lite.backprop.walk import Happened, Walk

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
    number : int
        For `clear(number)`.
    what : str
        In words.
    at : int or None
        The number of steps after which to stop: for a node, when its gradient is complete.
    op : str
        Stop before a node of this operation passes its gradient on.
    condition : callable or None
        Stop after a step for which it holds.
    watched : Value or None
        Stop after a step that changed this node's gradient.
    """

    number: int
    what: str
    at: int | None = None
    op: str = ""
    condition: Condition | None = field(default=None, repr=False)
    watched: Value | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.number}: {self.what}"

    __repr__ = __str__

    def reached(self, k: int, step: Any, upcoming: Value | None) -> str:
        """Why to stop here, in words; empty if there is no reason to.

        Parameters
        ----------
        k : int
            The number of steps made.
        step : Step or ForwardStep
            The last one.
        upcoming : Value or None
            The node whose edges come next, if none of them has been stepped over yet.
        """
        if self.at is not None and k == self.at:
            return self.what
        if self.op and upcoming is not None and upcoming.op == self.op:
            return f"{self.what}: value {short(upcoming.data)}, gradient {short(upcoming.grad)}"
        if self.condition is not None and self.condition(step):
            return self.what
        if self.watched is not None and isinstance(step, Step) and step.parent is self.watched:
            return f"{self.what}: {step.change}"
        return ""


class Stops(list[Breakpoint]):
    """The breakpoints and watches of a stepper, numbered from 1; a number is not used twice.

    Parameters
    ----------
    walk : Walk
    """

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        self._walk, self._given = walk, 0

    def add(self, where: Any) -> Breakpoint:
        """A breakpoint at a node, an operation or a condition."""
        return self._numbered(as_stop(where, self._walk))

    def watch(self, node: Any) -> Breakpoint:
        """A stop wherever the gradient of a node changes."""
        found = self._walk.node(node)
        return self._numbered(Breakpoint(0, f"watch {self._walk.names[found]}", watched=found))

    def clear(self, number: int | Breakpoint | None = None) -> None:
        """Take one away by its number, or all."""
        wanted = number.number if isinstance(number, Breakpoint) else number
        kept = [stop for stop in self if wanted is not None and stop.number != wanted]
        if wanted is not None and len(kept) == len(self):
            there = ", ".join(map(str, self)) or "there are none"
            raise LookupError(f"there is no breakpoint {wanted!r}: {there}")
        self[:] = kept

    def _numbered(self, stop: Breakpoint) -> Breakpoint:
        self._given += 1
        stop.number = self._given
        self.append(stop)
        return stop


def first_reason(stops: Iterable[Breakpoint], walk: Walk, happened: Happened) -> str:
    """Why to stop after what has just happened, in words; empty if there is no reason to."""
    record = None
    for stop in stops:
        # Records are for reading; making one takes longer than the step.
        watched = stop.watched is not None and isinstance(happened, Edge) and happened.parent is stop.watched
        if record is None and (watched or stop.condition is not None):
            record = walk.record(happened, walk.k)
        reason = stop.reached(walk.k, record, walk.entering)
        if reason:
            return reason
    return ""


def as_stop(where: Any, walk: Walk, number: int = 0, prefix: str = "") -> Breakpoint:
    """A place to stop from what a user gives: a node or its name, the name of an operation, a condition.

    Parameters
    ----------
    where : Value, str or callable
    walk : Walk
    number : int, default 0
        Of the breakpoint.
    prefix : str, optional
        Before its words.

    Raises
    ------
    LookupError
        If a name is neither a node nor an operation of the graph.
    AskError
        If a text is not a condition.
    """
    if isinstance(where, Value):
        at = walk.moment(where)
        return Breakpoint(number, f"{prefix}{walk.names[where]} complete", at=at)
    if isinstance(where, str):
        try:
            return as_stop(walk.names.find(where), walk, number, prefix)
        except LookupError as unknown:
            op = as_operation(where)
            there = sorted({node.op for node in walk.order if node.op}) if op else []
            if op in there:
                return Breakpoint(number, f"{prefix}operation {where}", op=op)
            if op:
                raise LookupError(
                    f"there is no {op} in this graph; there are {', '.join(there) or 'no operations'}"
                ) from None
            if where.replace("_", "a").isalnum():
                close = difflib.get_close_matches(where, RULES, n=1)
                hint = f" (there is {close[0]})" if close else ""
                raise LookupError(f"{unknown.args[0]}; nor is it an operation{hint}") from None
    condition = as_condition(where, walk.names)
    text = where if isinstance(where, str) else getattr(where, "__name__", "a condition")
    return Breakpoint(number, f"{prefix}{text}", condition=condition)


def as_condition(given: Any, names: Names) -> Condition:
    """A function of the step from a function or a text.

    A text is an expression of node names and the fields of the step: `abs(product) > 10`, `w.grad != 0`.
    """
    if isinstance(given, str):
        question = Question(given)
        asked = [name for name in question.names if name in _FIELDS]
        nodes: dict[str, Any] = {}
        for name in question.names:
            if name not in _FIELDS:
                try:
                    nodes[name] = names.find(name)
                except LookupError as error:
                    if name in CONSTANTS:
                        continue
                    raise AskError(f"condition {question.text!r}: {error.args[0]}") from None

        def holds(step: Any) -> bool:
            if asked and not isinstance(step, Step):
                return False  # it is about the backward pass, and this is a step of the forward pass
            return bool(question.answer({**nodes, **{name: getattr(step, name) for name in asked}}.__getitem__))

        return holds
    if not callable(given):
        raise TypeError(f"a condition is a function of the step, or a text such as 'abs(product) > 10'; not {given!r:.60}")
    return given  # type: ignore[no-any-return]


def as_operation(name: str) -> str:
    """The name of an operation in the table, from its name, symbol or alias; empty if there is none such.

    >>> as_operation("*"), as_operation("tanh"), as_operation("arcsin"), as_operation("w")
    ('mul', 'tanh', 'asin', '')
    """
    if name in RULES:
        return name
    for rule in RULES.values():
        if name and (name == rule.symbol or name in rule.aliases):
            return rule.name
    return ""


__all__ = ["Breakpoint", "Condition", "Stop", "Stops", "as_condition", "as_operation", "as_stop", "first_reason"]
