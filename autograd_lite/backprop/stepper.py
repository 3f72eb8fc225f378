"""Back-propagation with the hand on the brake: forward and back, one edge or one node at a time.

The nodes' own `.grad` are live: at every moment they are what they are at that moment of the backward pass, so whoever holds
`a` looks at `a.grad`.  Every answer prints itself in the plain prompt.
"""

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self, SupportsIndex

from autograd_lite import Value
from autograd_lite.backprop.names import Names, short
from autograd_lite.backprop.position import Edge, Position
from autograd_lite.backprop.steps import ForwardStep, Step, make_forward_step, make_step
from autograd_lite.backprop.stops import Breakpoint, Stop, as_condition, as_operation
from autograd_lite.backprop.tables import Table

LEAVE = ("complete", "restore", "keep")
UNITS = ("edge", "node")


class Steps(list[Any]):
    """Several steps; prints a line each."""

    def __str__(self) -> str:
        return "\n".join(str(step) for step in self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return step_table(self)._repr_html_()


class Undone(Steps):
    """Steps that were taken back, the last one first."""

    def __str__(self) -> str:
        return "\n".join(f"undone: {step}" for step in self)

    __repr__ = __str__


class Stepper:
    """A backward pass that can be stepped through; made by `stepper(loss)`.

    Attributes
    ----------
    root : Value
    k : int
        The number of steps made.
    by : {"edge", "node"}
        What `next()` and `back()` count in; may be set at any time.
    leave : {"complete", "restore", "keep"}
        What `close()` and the end of a `with` block do.
    names : mapping of Value to str
        What the nodes are called; `names.find("v1")` is the way back.
    last, upcoming : Step, ForwardStep or None
        The step just made and the one that comes next.
    """

    def __init__(
        self, root: Value, gradient: float = 1.0, *, by: str = "edge", forward: bool = False, leave: str = "complete"
    ) -> None:
        _choice("leave", leave, LEAVE)
        _choice("by", by, UNITS)
        self.by, self.leave = by, leave
        self._position = Position(root, gradient)
        self.root = root
        self.names = Names(self._position.order)
        self._forward = [node for node in self._position.order if not node.is_leaf] if forward else []
        self._computed = 0
        self._stops: list[Breakpoint] = []
        self._numbers = 0
        self._last: Edge | Value | None = None
        self._closed = False
        if not self._forward:
            self._position.seed()

    # --- where one stands --------------------------------------------------------------------------------------------

    @property
    def k(self) -> int:
        """The number of steps made, those of the forward pass included if it is stepped."""
        return self._computed + self._position.k

    @property
    def total(self) -> int:
        """The number of steps there are."""
        return len(self._forward) + self._position.total

    @property
    def phase(self) -> str:
        """`"forward"` or `"backward"`."""
        return "forward" if self._computed < len(self._forward) else "backward"

    @property
    def at_end(self) -> bool:
        """Whether every step has been made."""
        return self.phase == "backward" and self._position.at_end

    @property
    def last(self) -> Step | ForwardStep | None:
        """The step just made; None at the start and after going back."""
        return None if self._last is None else self._record(self._last, self.k)

    @property
    def upcoming(self) -> Step | ForwardStep | None:
        """The step that comes next; None at the end."""
        if self.phase == "forward":
            return self._record(self._forward[self._computed], self.k + 1)
        edge = self._position.upcoming()
        return None if edge is None else self._record(edge, self.k + 1)

    def __repr__(self) -> str:
        name = self.names[self.root]
        if self._closed:
            return f"<stepper of {name}, closed>"
        text = f"<stepper of {name}: step {self.k} of {self.total}"
        if self.total == 0:
            what = "the graph is this one leaf" if self.root.is_leaf else "nothing below it takes a gradient"
            text += f" ({what})"
        elif self.at_end:
            text += ", at the end"
        else:
            coming = self.upcoming
            line = coming.rule + " = " + coming.numbers if isinstance(coming, Step) else str(coming)
            text += f", next {self.phase}: {line}"
        watched = [stop.watched for stop in self._stops if stop.watched is not None]
        if watched:
            text += "; " + ", ".join(f"{self.names[node]}.grad = {_grad(node)}" for node in watched)
        return text + ">"

    # --- moving ------------------------------------------------------------------------------------------------------

    def next(self, n: SupportsIndex = 1) -> Step | ForwardStep | Steps | Stop:
        """Make the next step, or the next `n`.

        Returns
        -------
        Step, ForwardStep, Steps or Stop
            What happened: one step by edge, several as a list; at the end of the pass a `Stop`, which is false.
        """
        self._open()
        made = Steps()
        for _ in range(_count(n)):
            while not self.at_end:
                made.append(self._record(self._advance(), self.k))
                if self._between():
                    break
        return made[0] if len(made) == 1 and self.by == "edge" else made if made else self._end()

    def back(self, n: SupportsIndex = 1) -> Steps | Stop:
        """Undo the last step, or the last `n`: gradients are again what they were, to the bit.

        Returns
        -------
        Steps or Stop
            The steps undone; a `Stop` at the start.
        """
        self._open()
        undone = Undone()
        for _ in range(_count(n)):
            while self.k:
                k = self.k
                undone.append(self._record(self._retreat(), k))
                if self._between():
                    break
        return undone or Stop("at the start: there is nothing to undo", 0)

    def goto(self, place: Any) -> Stop:
        """Go to a moment, forward or back.

        Parameters
        ----------
        place : int, Value or str
            The number of steps made; or a node (or its name): the moment its gradient is complete.

        Raises
        ------
        IndexError
            If there are not so many steps.
        LookupError
            If the node is not in the graph.
        """
        self._open()
        target, what = self._moment(place)
        while self.k < target:
            self._advance()
        while self.k > target:
            self._retreat()
        return self._stopped(what)

    def run(self, until: Any = None) -> Stop:
        """Go on to the next breakpoint or changed watch, to `until`, or to the end.

        Parameters
        ----------
        until : Value, str or callable, optional
            A node or its name: stop when its gradient is complete.  The name of an operation: stop before a node of it passes
            its gradient on.  A function of the step or an expression (`"abs(product) > 10"`): stop after a step for which
            it holds.

        Returns
        -------
        Stop
            Why it stopped; false at the end.
        """
        self._open()
        stops = list(self._stops)
        if until is not None:
            goal = self._as_stop(until, 0, "until ")
            if goal.at is not None and goal.at <= self.k:
                return Stop(f"{goal.what}: that was after step {goal.at} already; goto goes back", self.k, self.last)
            stops.append(goal)
        while not self.at_end:
            happened = self._advance()
            record = None
            for stop in stops:
                if record is None and (stop.condition is not None or stop.watched is not None):
                    record = self._record(happened, self.k)
                entering = self._position.entering if self.phase == "backward" else None
                reason = stop.reached(self.k, record, entering)
                if reason:
                    return self._stopped(reason)
        return self._end()

    def finish(self) -> Stop:
        """Make all remaining steps, past breakpoints too."""
        self._open()
        while not self.at_end:
            self._advance()
        return self._end()

    def reset(self) -> Stop:
        """Back to the start; breakpoints and watches stay."""
        self._open()
        self._position.begin()
        self._computed = 0
        self._last = None
        if not self._forward:
            self._position.seed()
        return Stop("at the start", 0)

    # --- stops -------------------------------------------------------------------------------------------------------

    def breakpoint(self, where: Any) -> Breakpoint:
        """Stop `run` at a node (its gradient is complete), an operation (before it passes its gradient on) or a condition.

        Parameters
        ----------
        where : Value, str or callable
            As for `run(until=...)`.
        """
        self._open()
        return self._add(self._as_stop(where, self._numbers + 1, ""))

    def watch(self, node: Value | str) -> Breakpoint:
        """Stop `run` whenever the gradient of `node` changes, and show it in the `repr`."""
        self._open()
        found = self.node(node)
        return self._add(Breakpoint(self._numbers + 1, f"watch {self.names[found]}", watched=found))

    def clear(self, number: int | Breakpoint | None = None) -> None:
        """Take away a breakpoint or watch by its number; all of them without one."""
        if number is None:
            self._stops.clear()
            return
        wanted = number.number if isinstance(number, Breakpoint) else number
        if all(stop.number != wanted for stop in self._stops):
            there = ", ".join(map(str, self._stops)) or "there are none"
            raise LookupError(f"there is no breakpoint {wanted!r}: {there}")
        self._stops = [stop for stop in self._stops if stop.number != wanted]

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """Breakpoints and watches, in the order of their numbers."""
        return tuple(self._stops)

    # --- looking -----------------------------------------------------------------------------------------------------

    def node(self, which: Any) -> Value:
        """The node of the graph for a node or a name.

        Raises
        ------
        LookupError
            If it is not in the graph of the root.
        """
        if isinstance(which, str):
            return self.names.find(which)
        if not isinstance(which, Value):
            raise TypeError(f"a node is a Value or its name, not {type(which).__name__} {which!r:.60}")
        if which not in self.names:
            called = which.label or repr(which)
            raise LookupError(
                f"{called} is not in the graph of {self.names[self.root]}: that was not computed from it, or only through "
                "detach(), float() or a branch that was not taken"
            )
        return which

    def table(self, around: int | None = None) -> Table:
        """The steps as a table, done ones with a tick; `around` limits it to so many on either side of here."""
        self._open()
        wide = self.total if around is None else around
        here = self.k
        rows: list[Step | ForwardStep] = []
        for k, edge in zip(range(here, max(0, here - wide), -1), self._behind(), strict=False):
            rows.insert(0, self._record(edge, k))
        for k, edge in zip(range(here + 1, here + wide + 1), self._ahead(), strict=False):
            rows.append(self._record(edge, k))
        return step_table(rows, here, title=f"{self.names[self.root]}: step {here} of {self.total}")

    def gradients(self) -> Table:
        """Every node with its value and its gradient at this moment."""
        order = self._position.order
        rows = [[self.names[n], n._op, short(n.data), _grad(n)] for n in order]
        return Table(
            ["node", "op", "value", "gradient"], rows, title=f"gradients of {self.names[self.root]} now", right={2, 3}
        )

    # --- leaving -----------------------------------------------------------------------------------------------------

    def close(self, leave: str | None = None) -> None:
        """Leave: complete the pass, restore the gradients from before the stepper, or keep them as they are now.

        Parameters
        ----------
        leave : {"complete", "restore", "keep"}, optional
            What `stepper(..., leave=...)` said if left out.
        """
        how = _choice("leave", self.leave if leave is None else leave, LEAVE)
        if self._closed:
            return
        try:
            if how == "complete":
                self.finish()
            elif how == "restore":
                self._position.restore()
        except BaseException:
            # A hook that raises: as in `backward`, every gradient is then what it was before.
            self._position.restore()
            raise
        finally:
            self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[Step | ForwardStep]:
        """Make the remaining steps, one at a time."""
        while not self.at_end:
            self._open()
            yield self._record(self._advance(), self.k)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _advance(self) -> Edge | Value:
        happened: Edge | Value
        if self._computed < len(self._forward):
            happened = self._forward[self._computed]
            self._computed += 1
            if self._computed == len(self._forward):
                self._position.seed()
        else:
            happened = self._position.advance()
        self._last = happened
        return happened

    def _retreat(self) -> Edge | Value:
        self._last = None
        if self._position.k:
            return self._position.retreat()
        if self._computed == len(self._forward):
            self._position.begin()
        self._computed -= 1
        return self._forward[self._computed]

    def _between(self) -> bool:
        """Whether this is a moment where `next` and `back` stop."""
        return self.by == "edge" or self.phase == "forward" or self._position.entering is not None

    def _behind(self) -> Iterator[Edge | Value]:
        yield from self._position.behind()
        yield from reversed(self._forward[: self._computed])

    def _ahead(self) -> Iterator[Edge | Value]:
        yield from self._forward[self._computed :]
        if self.phase == "forward":
            # Nothing has been seeded yet: the backward pass as it will be.
            self._position.seed()
            try:
                yield from list(self._position.ahead())
            finally:
                self._position.begin()
        else:
            yield from self._position.ahead()

    def _record(self, happened: Edge | Value, k: int) -> Step | ForwardStep:
        if isinstance(happened, Value):
            return make_forward_step(happened, self.names, k)
        node, parent, upstream, local, before = happened
        return make_step(node, parent, (self.root, self.names), upstream, local, before, k)

    def _moment(self, place: Any) -> tuple[int, str]:
        if isinstance(place, Value | str):
            found = self.node(place)
            at = len(self._forward) + self._position.completed_after(found)
            return at, f"{self.names[found]}.grad is complete"
        if isinstance(place, bool) or not isinstance(place, SupportsIndex):
            raise TypeError(f"a place is a number of steps, a node or its name; not {place!r:.60}")
        k = place.__index__()
        if not 0 <= k <= self.total:
            raise IndexError(f"there are {self.total} steps: a place from 0 (the start) to {self.total} (the end), not {k}")
        return k, "here"

    def _as_stop(self, where: Any, number: int, prefix: str) -> Breakpoint:
        if isinstance(where, Value):
            at, _ = self._moment(where)
            return Breakpoint(number, f"{prefix}{self.names[where]} complete", at=at)
        if isinstance(where, str):
            try:
                return self._as_stop(self.names.find(where), number, prefix)
            except LookupError as unknown:
                op = as_operation(where)
                if op:
                    return Breakpoint(number, f"{prefix}operation {where}", op=op)
                if where.replace("_", "a").isalnum():
                    raise LookupError(f"{unknown.args[0]}; nor is it an operation") from None
        condition = as_condition(where, self.names)
        text = where if isinstance(where, str) else getattr(where, "__name__", "a condition")
        return Breakpoint(number, f"{prefix}{text}", condition=condition)

    def _add(self, stop: Breakpoint) -> Breakpoint:
        self._numbers += 1
        self._stops.append(stop)
        return stop

    def _stopped(self, reason: str) -> Stop:
        return Stop(reason, self.k, self.last, self.at_end and reason == "")

    def _end(self) -> Stop:
        return Stop("at the end: the pass is complete", self.k, None, at_end=True)

    def _open(self) -> None:
        if self._closed:
            raise RuntimeError("this stepper is closed; stepper(loss) opens a new one")


def stepper(
    root: Value, gradient: float = 1.0, *, by: str = "edge", forward: bool = False, leave: str = "complete"
) -> Stepper:
    """Open the backward pass of `root` for stepping; the nodes' own `.grad` are live.

    Parameters
    ----------
    root : Value
        The loss: what would call `backward()`.
    gradient : float, default 1.0
        As for `backward`.
    by : {"edge", "node"}, default "edge"
        What `next()` and `back()` count in.
    forward : bool, default False
        Step through the operations of the forward pass first.
    leave : {"complete", "restore", "keep"}, default "complete"
        What leaving does, also by an exception: make the remaining steps, put every gradient back, or neither.

    Returns
    -------
    Stepper

    Raises
    ------
    TypeError
        If `root` is not a Value.
    GraphError
        If the graph has a cycle (made by hand).

    Examples
    --------
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> e = a * b; e.label = "e"
    >>> L = e * -2.0; L.label = "L"
    >>> s = stepper(L)
    >>> s
    <stepper of L: step 0 of 3, next backward: dL/de += dL/dL * dL/de = 1.0 * -2.0 = -2.0>
    >>> s.next()
    dL/de += dL/dL * dL/de = 1.0 * -2.0 = -2.0   (e.grad: 0 -> -2.0)
    >>> s.next()
    dL/da += dL/de * de/da = -2.0 * -3.0 = 6.0   (a.grad: 0 -> 6.0)
    >>> a.grad, b.has_grad
    (6.0, False)
    >>> s.back()
    undone: dL/da += dL/de * de/da = -2.0 * -3.0 = 6.0   (a.grad: 0 -> 6.0)
    >>> s.run()
    at the end: the pass is complete (after step 3)
    """
    return Stepper(root, gradient, by=by, forward=forward, leave=leave)


def step_table(rows: Iterable[Step | ForwardStep], here: int | None = None, title: str = "") -> Table:
    """Steps as a table; those up to `here` are marked as done."""
    cells = []
    for step in rows:
        mark = "" if here is None else "*" if step.k < here else ">" if step.k == here else ""
        if isinstance(step, Step):
            cells.append([mark, str(step.k), step.rule, step.numbers, step.change])
        else:
            line = f"{step.name} = {step.formula}"
            cells.append([mark, str(step.k), line, f"{step.numbers} = {short(step.node.data)}", step.local])
    return Table(["", "step", "rule", "numbers", "what changes"], cells, title=title, right={1}, drop_empty=True)


def _grad(node: Value) -> str:
    return short(node.grad) if node.has_grad else "-"


def _count(n: SupportsIndex) -> int:
    if isinstance(n, bool) or not isinstance(n, SupportsIndex) or n.__index__() < 1:
        raise ValueError(f"how many steps is a whole number from 1; not {n!r:.60}")
    return n.__index__()


def _choice(what: str, given: Any, choices: tuple[str, ...]) -> str:
    if given not in choices:
        raise ValueError(f"{what} is one of {', '.join(map(repr, choices))}; not {given!r:.60}")
    return str(given)


__all__ = ["Stepper", "Steps", "step_table", "stepper"]
