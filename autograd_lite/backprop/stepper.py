"""Back-propagation with the hand on the brake: forward and back, one edge or one node at a time.

The nodes' own `.grad` are live: at every moment they are what they are at that moment of the backward pass, so whoever holds
`a` looks at `a.grad`.  Every answer prints itself in the plain prompt.
"""

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, SupportsIndex

from autograd_lite import Value
from autograd_lite.backprop.breakpoints import Breakpoint, Stop, breakpoint_at
from autograd_lite.backprop.steps import ForwardStep, Step, Steps, Undone, gradient_text, step_table
from autograd_lite.backprop.walk import Walk
from autograd_lite.formatting import short_float
from autograd_lite.terminal import Table

LEAVE = ("complete", "restore", "keep")
UNITS = ("edge", "node")


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
        self._walk = Walk(root, gradient, forward)
        self.root, self.names = self._walk.root, self._walk.names
        self._stops: list[Breakpoint] = []
        self._given = 0
        self._closed = False

    # --- looking ----------------------------------------------------------------------------------------------------

    @property
    def k(self) -> int:
        """The number of steps made, those of the forward pass included if it is stepped."""
        return self._walk.k

    @property
    def total(self) -> int:
        """The number of steps there are."""
        return self._walk.total

    @property
    def phase(self) -> str:
        """`"forward"` or `"backward"`."""
        return "forward" if self._walk.is_forward else "backward"

    @property
    def at_end(self) -> bool:
        """Whether every step has been made."""
        return self._walk.at_end

    @property
    def last(self) -> Step | ForwardStep | None:
        """The step just made; None at the start and after going back."""
        last = self._walk.last
        return None if last is None else self._walk.record(last, self.k)

    @property
    def upcoming(self) -> Step | ForwardStep | None:
        """The step that comes next; None at the end."""
        coming = self._walk.upcoming()
        return None if coming is None else self._walk.record(coming, self.k + 1)

    def __repr__(self) -> str:
        name = self.names[self.root]
        if self._closed:
            return f"<stepper of {name}, closed>"
        text = f"<stepper of {name}: step {self.k:,} of {self.total:,}"
        if self.total == 0:
            what = "the graph is this one leaf" if self.root.is_leaf else "nothing below it takes a gradient"
            text += f" ({what})"
        elif self.at_end:
            text += ", at the end"
        else:
            text += f", next {self.phase}: {self._next_line()}"
        watched = dict.fromkeys(stop.watched for stop in self._stops if stop.watched is not None)
        if watched:
            text += "; " + ", ".join(f"{self.names[node]}.grad = {gradient_text(node)}" for node in watched)
        if not self.k and self.total and not self.names.any_given:
            text += "; nothing has a label: label_all() takes those of your variables"
        return text + ">"

    def _next_line(self) -> str:
        """The step that comes next, without what it will change."""
        coming = self.upcoming
        return f"{coming.rule} = {coming.numbers}" if isinstance(coming, Step) else str(coming)

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """Breakpoints and watches, in the order of their numbers."""
        return tuple(self._stops)

    def node(self, which: Any) -> Value:
        """The node of the graph for a node or a name.

        Raises
        ------
        LookupError
            If it is not in the graph of the root.
        """
        return self._walk.node(which)

    def table(self, around: int | None = None) -> Table:
        """The steps as a table, done ones marked `*`; `around` limits it to so many on either side of here."""
        self._open()
        wide = self.total if around is None else around
        here = self.k
        made = zip(range(here, max(0, here - wide), -1), self._walk.behind(), strict=False)
        coming = zip(range(here + 1, here + wide + 1), self._walk.ahead(), strict=False)
        rows = [self._walk.record(happened, k) for k, happened in [*reversed(list(made)), *coming]]
        return step_table(rows, here, title=f"{self.names[self.root]}: step {here:,} of {self.total:,}")

    def gradients(self, limit: int | None = None) -> Table:
        """Every node with its value and its gradient at this moment; of many the `limit` nodes next to the root."""
        order = self._walk.order
        last = order if limit is None else order[-limit:]
        rest = "" if len(last) == len(order) else f", the last {len(last)} of {len(order):,} nodes"
        rows = [[self.names[node], node.op, short_float(node.data), gradient_text(node)] for node in last]
        heads = ["node", "op", "value", "gradient"]
        return Table(heads, rows, title=f"gradients of {self.names[self.root]} now{rest}", right={2, 3})

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
        for _ in range(checked_count(n)):
            while not self.at_end:
                made.append(self._walk.record(self._walk.advance(), self.k))
                if self.by == "edge" or self._walk.between_nodes:
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
        for _ in range(checked_count(n)):
            while self.k:
                k = self.k
                undone.append(self._walk.record(self._walk.retreat(), k))
                if self.by == "edge" or self._walk.between_nodes:
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
        if isinstance(place, Value | str):
            place = self.node(place)
        target = self._walk.moment(place)
        while self.k < target:
            self._walk.advance()
        while self.k > target:
            self._walk.retreat()
        reason = f"{self.names[place]}.grad is complete" if isinstance(place, Value) else f"next: {self._next_line()}"
        return self._end() if self.at_end else Stop(reason, self.k, self.last)

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
        stops = [*self._stops]
        if until is not None:
            goal = breakpoint_at(until, self._walk, "until ")
            if goal.at is not None and goal.at <= self.k:
                return Stop(f"{goal.what}: that was after step {goal.at} already; goto goes back", self.k, self.last)
            stops.append(goal)
        while not self.at_end:
            self._walk.advance()
            for reason in filter(None, (stop.reached(self._walk) for stop in stops)):
                return Stop(reason, self.k, self.last)
        return self._end()

    def finish(self) -> Stop:
        """Make all remaining steps, past breakpoints too."""
        self._open()
        while not self.at_end:
            self._walk.advance()
        return self._end()

    def reset(self) -> Stop:
        """Back to the start; breakpoints and watches stay."""
        self._open()
        self._walk.begin()
        return Stop(f"at the start, next: {self._next_line()}", 0) if not self.at_end else self._end()

    # --- stops -------------------------------------------------------------------------------------------------------

    def breakpoint(self, where: Any) -> Breakpoint:
        """Stop `run` at a node (its gradient is complete), an operation (before it passes its gradient on) or a condition.

        Parameters
        ----------
        where : Value, str or callable
            As for `run(until=...)`.
        """
        self._open()
        return self._numbered(breakpoint_at(where, self._walk))

    def watch(self, node: Value | str) -> Breakpoint:
        """Stop `run` whenever the gradient of `node` changes, and show it in the `repr`."""
        self._open()
        watched = self.node(node)
        return self._numbered(Breakpoint(f"watch {self.names[watched]}", watched=watched))

    def _numbered(self, stop: Breakpoint) -> Breakpoint:
        self._given += 1  # no number is used twice
        stop.number = self._given
        self._stops.append(stop)
        return stop

    def clear(self, number: int | Breakpoint | None = None) -> None:
        """Take away a breakpoint or watch by its number; all of them without one.

        Raises
        ------
        LookupError
            If there is none of that number.
        """
        wanted = number.number if isinstance(number, Breakpoint) else number
        kept = [] if wanted is None else [stop for stop in self._stops if stop.number != wanted]
        if wanted is not None and len(kept) == len(self._stops):
            raise LookupError(f"there is no breakpoint {wanted!r}: {', '.join(map(str, kept)) or 'there are none'}")
        self._stops = kept

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
                self._walk.restore()
        except BaseException:
            # A hook that raises: as in `backward`, every gradient is then what it was before.
            self._walk.restore()
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
            yield self._walk.record(self._walk.advance(), self.k)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self._closed:
            raise RuntimeError("this stepper is closed; stepper(loss) opens a new one")

    def _end(self) -> Stop:
        return Stop("at the end: the pass is complete", self.k, None, at_end=True)


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


def checked_count(n: Any) -> int:
    """A number of steps."""
    if isinstance(n, bool) or not isinstance(n, SupportsIndex) or n.__index__() < 1:
        raise ValueError(f"how many steps is a whole number from 1; not {n!r:.60}")
    return n.__index__()


def _choice(what: str, given: Any, choices: tuple[str, ...]) -> str:
    if given not in choices:
        raise ValueError(f"{what} is one of {', '.join(map(repr, choices))}; not {given!r:.60}")
    return str(given)
