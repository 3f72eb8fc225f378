"""Where a stepper stands: everything that can be seen of it without moving it."""

from typing import Any

from autograd_lite import Value
from autograd_lite.backprop.shown import gradient_of, gradient_table, step_table
from autograd_lite.backprop.steps import ForwardStep, Step
from autograd_lite.backprop.stops import Breakpoint, Stops
from autograd_lite.backprop.tables import Table
from autograd_lite.backprop.walk import Happened, Walk


class View:
    """The half of a stepper that looks.

    Parameters
    ----------
    walk : Walk
    """

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self.root, self.names = walk.root, walk.names
        self._stops = Stops(walk)
        self._last: Happened | None = None
        self._closed = False

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
        return None if self._last is None else self._walk.record(self._last, self.k)

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
            text += "; " + ", ".join(f"{self.names[node]}.grad = {gradient_of(node)}" for node in watched)
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
        shown = order if limit is None or len(order) <= limit else order[-limit:]
        title = f"gradients of {self.names[self.root]} now"
        if len(shown) < len(order):
            title += f", the last {len(shown)} of {len(order):,} nodes"
        return gradient_table(shown, self.names, title)

    def _open(self) -> None:
        if self._closed:
            raise RuntimeError("this stepper is closed; stepper(loss) opens a new one")


__all__ = ["View"]
