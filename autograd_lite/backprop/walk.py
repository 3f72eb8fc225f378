"""The walk a stepper makes: the operations of the forward pass, if they are stepped, then the edges of the backward pass.

One number, `k`, says where it stands; what happened is kept as facts (a node, an edge) and made into a record that can be
printed only when somebody looks.
"""

from collections.abc import Iterator
from typing import Any, SupportsIndex

from autograd_lite import Value
from autograd_lite.backprop.names import Names
from autograd_lite.backprop.position import Edge, Position
from autograd_lite.backprop.steps import ForwardStep, Step, make_forward_step, make_step

#: A step of either pass: the node that was computed, or the edge that was gone along.
Happened = Value | Edge


class Walk:
    """Both passes over a graph as one sequence of moments, with the gradients of the nodes as they are at each.

    Parameters
    ----------
    root : Value
    gradient : float
        Where the backward pass starts, as for `backward`.
    forward : bool
        Whether the operations of the forward pass come first.

    Attributes
    ----------
    root : Value
    order : list of Value
        The graph, operands first.
    names : Names
    """

    def __init__(self, root: Value, gradient: float, forward: bool) -> None:
        self._position = Position(root, gradient)
        self.root = root
        self.order = self._position.order
        self.names = Names(self.order)
        self._forward = [node for node in self.order if not node.is_leaf] if forward else []
        self._computed = 0
        if not self._forward:
            self._position.seed()

    # --- where it stands ---------------------------------------------------------------------------------------------

    @property
    def k(self) -> int:
        """The number of steps made."""
        return self._computed + self._position.k

    @property
    def total(self) -> int:
        """The number of steps there are."""
        return len(self._forward) + self._position.total

    @property
    def is_forward(self) -> bool:
        """Whether the next step is one of the forward pass."""
        return self._computed < len(self._forward)

    @property
    def at_end(self) -> bool:
        """Whether every step has been made."""
        return not self.is_forward and self._position.at_end

    @property
    def entering(self) -> Value | None:
        """The node that is about to pass its gradient on, if none of it has gone yet."""
        return None if self.is_forward else self._position.entering

    @property
    def between_nodes(self) -> bool:
        """Whether a node is done and the next one not begun."""
        return self.is_forward or self._position.entering is not None

    def node(self, which: Any) -> Value:
        """The node of the graph for a node or a name; a LookupError if it is not in it."""
        if isinstance(which, str):
            return self.names.find(which)
        if not isinstance(which, Value):
            raise TypeError(f"a node is a Value or its name, not {type(which).__name__} {which!r:.60}")
        if which not in self.names:
            raise LookupError(
                f"{which.label or repr(which)} is not in the graph of {self.names[self.root]}: that was not computed from it, "
                "or only through detach(), float() or a branch that was not taken"
            )
        return which

    def moment(self, place: Any) -> int:
        """The number of steps after which `place` is reached: a number of steps, or a node, when its gradient is complete."""
        if isinstance(place, Value):
            return len(self._forward) + self._position.completed_after(self.node(place))
        if isinstance(place, bool) or not isinstance(place, SupportsIndex):
            raise TypeError(f"a place is a number of steps, a node or its name; not {place!r:.60}")
        k = place.__index__()
        if not 0 <= k <= self.total:
            raise IndexError(
                f"there are {self.total:,} steps: a place from 0 (the start) to {self.total} (the end), not {k}"
            )
        return k

    # --- moving ------------------------------------------------------------------------------------------------------

    def advance(self) -> Happened:
        """Make the next step; there must be one."""
        if not self.is_forward:
            return self._position.advance()
        node = self._forward[self._computed]
        self._computed += 1
        if not self.is_forward:
            self._position.seed()
        return node

    def retreat(self) -> Happened:
        """Undo the last step; there must be one."""
        if self._position.k:
            return self._position.retreat()
        if not self.is_forward:
            self._position.begin()
        self._computed -= 1
        return self._forward[self._computed]

    def begin(self) -> None:
        """Back to the start."""
        self._position.begin()
        self._computed = 0
        if not self._forward:
            self._position.seed()

    def restore(self) -> None:
        """Every gradient as it was before the walk began."""
        self._position.restore()

    # --- looking -----------------------------------------------------------------------------------------------------

    def record(self, happened: Happened, k: int) -> Step | ForwardStep:
        """What happened in step number `k`, to be shown."""
        if isinstance(happened, Value):
            return make_forward_step(happened, self.names, k)
        node, parent, upstream, local, before = happened
        return make_step(node, parent, (self.root, self.names), upstream, local, before, k)

    def upcoming(self) -> Happened | None:
        """What the next step will do; None at the end."""
        return self._forward[self._computed] if self.is_forward else self._position.upcoming()

    def behind(self) -> Iterator[Happened]:
        """The steps made, the last one first."""
        yield from self._position.behind()
        yield from reversed(self._forward[: self._computed])

    def ahead(self) -> Iterator[Happened]:
        """The steps to come."""
        yield from self._forward[self._computed :]
        if not self.is_forward:
            yield from self._position.ahead()
            return
        # Nothing has been seeded yet: the backward pass as it will be.
        self._position.seed()
        try:
            coming = list(self._position.ahead())
        finally:
            self._position.begin()
        yield from coming


__all__ = ["Happened", "Walk"]
