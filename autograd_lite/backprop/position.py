"""The moving part of the stepper: which edge comes next, doing it, undoing it to the bit.

One walk over the graph when it is opened, then every step and every undo touches one edge: a graph of a million nodes steps
as a graph of three does.  What a step overwrites is kept, so undoing puts back the very same objects.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from autograd_lite import GraphError, Value
from autograd_lite.backprop.names import CHECKED, checked_order, cycle_error
from autograd_lite.backprop.steps import edges
from autograd_lite.engine import backward as engine
from autograd_lite.engine.node import CONSTANT, as_float


class Edge(NamedTuple):
    """What one step did, or will do: the facts a `Step` is made from."""

    node: Value
    parent: Value
    upstream: Any
    local: float
    before: Any


class Position:
    """A backward pass stopped at some edge, with the gradients of the nodes as they are at that moment.

    Parameters
    ----------
    root : Value
    gradient : float
        Where the pass starts, as for `backward`.

    Attributes
    ----------
    k : int
        The number of edges done.
    """

    def __init__(self, root: Any, gradient: Any) -> None:
        self.order = checked_order(root)
        self.root: Value = root
        self.gradient = as_float(gradient)
        self._saved = [node._grad for node in self.order]
        self._done: set[int] | None = set() if len(self.order) > CHECKED else None
        self._total: int | None = None
        self.begin()

    # --- the two ends ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The state before the first step: leaves keep what they have accumulated, nodes in between have nothing yet."""
        self.k = 0
        self._overwritten: list[Any] = []
        self._hooked: dict[int, Any] = {}
        self._finished: list[tuple[Value, Any]] = []
        self._earlier: dict[Value, Any] = {}
        self._reached: set[Value] = set()
        if self._done is not None:
            self._done.clear()
        hooks = engine._hooks
        for node, saved in zip(self.order, self._saved, strict=True):
            if not node.is_leaf:
                node._grad = None
            else:
                node._grad = saved
                if hooks and node in hooks and node._rule != CONSTANT:
                    # A hook on a leaf sees what this pass adds, not what had accumulated before.
                    self._earlier[node] = saved
                    node._grad = None
        self._index = len(self.order)
        self._edges: list[tuple[Value, float]] = []
        self._place = 0
        self._settle()

    def seed(self) -> None:
        """dL/dL, the gradient the pass starts from."""
        if self.root._rule == CONSTANT:
            return
        start = 0.0 if self.root._grad is None or not self.root.is_leaf else self.root._grad
        self.root._grad = start + self.gradient
        if self.at_end:
            self._finish_leaves()

    def restore(self) -> None:
        """Every gradient as it was before the stepper was opened."""
        for node, saved in zip(self.order, self._saved, strict=True):
            node._grad = saved

    @property
    def at_end(self) -> bool:
        """Whether no edge is left."""
        return self._index < 0

    @property
    def total(self) -> int:
        """The number of edges."""
        if self._total is None:
            self._total = sum(len(edges(node)) for node in self.order)
        return self._total

    # --- one step ----------------------------------------------------------------------------------------------------

    @property
    def entering(self) -> Value | None:
        """The node whose edges come next, if none of them has been done."""
        return self.order[self._index] if self._index >= 0 and self._place == 0 else None

    def upcoming(self) -> Edge | None:
        """The edge that comes next."""
        if self._index < 0:
            return None
        node = self.order[self._index]
        parent, local = self._edges[self._place]
        return Edge(node, parent, 0.0 if node._grad is None else node._grad, local, parent._grad)

    def advance(self) -> Edge:
        """Do the next edge; there must be one."""
        node = self.order[self._index]
        parent, local = self._edges[self._place]
        if self._done is not None and (parent is node or id(parent) in self._done):
            raise cycle_error(parent)
        self._undisturbed(node, parent)
        upstream = node._grad
        if self._place == 0 and engine._hooks and node in engine._hooks:
            replaced = engine.after_hooks(node, upstream)
            self._hooked[self.k] = upstream
            node._grad = upstream = replaced
        before = parent._grad
        parent._grad = (0.0 if before is None else before) + upstream * local
        self._overwritten.append(before)
        self._reached.add(parent)
        self.k += 1
        self._place += 1
        if self._place == len(self._edges):
            if self._done is not None:
                self._done.add(id(node))
            self._settle()
            if self._index < 0:
                try:
                    self._finish_leaves()
                except BaseException:
                    self.retreat()
                    raise
        return Edge(node, parent, upstream, local, before)

    def _undisturbed(self, node: Value, parent: Value) -> None:
        """Refuse to go on from gradients that something else wrote in between; those set by hand are taken as they are."""
        gone = node._grad is None
        ahead = bool(parent._grad) and not parent.is_leaf and parent not in self._reached
        if gone or ahead:
            name = (node if gone else parent).label or repr(node if gone else parent)
            raise GraphError(
                f"the gradient of {name} is not what this stepper left there: backward(), or another stepper, went over the graph "
                "since the last step. reset() starts again"
            )

    def retreat(self) -> Edge:
        """Undo the last edge; there must be one."""
        for leaf, grad in self._finished:
            leaf._grad = grad
        self._finished = []
        if self._place == 0 or self._index < 0:
            self._index = max(self._index, -1) + 1
            while not (found := edges(self.order[self._index])):
                self._index += 1
            self._edges = found
            self._place = len(found)
            if self._done is not None:
                self._done.discard(id(self.order[self._index]))
        self._place -= 1
        self.k -= 1
        node = self.order[self._index]
        parent, local = self._edges[self._place]
        before = self._overwritten.pop()
        upstream = node._grad
        parent._grad = before
        if before is None:
            self._reached.discard(parent)
        if self.k in self._hooked:
            node._grad = self._hooked.pop(self.k)
        return Edge(node, parent, upstream, local, before)

    def completed_after(self, node: Value) -> int:
        """The number of steps after which the gradient of `node` is complete."""
        if node is self.root:
            return 0
        k = last = 0
        for one in reversed(self.order):
            for parent, _ in edges(one):
                k += 1
                if parent is node:
                    last = k
        return last

    # --- looking without moving ---------------------------------------------------------------------------------------

    def behind(self) -> Iterator[Edge]:
        """The edges done, the last one first."""
        index, place = self._index, self._place
        here = self._edges if index >= 0 else []
        for before in reversed(self._overwritten):
            while place == 0:
                index += 1
                here = edges(self.order[index])
                place = len(here)
            place -= 1
            node = self.order[index]
            parent, local = here[place]
            yield Edge(node, parent, node._grad, local, before)

    def ahead(self) -> Iterator[Edge]:
        """The edges to come, computed beside the nodes (the hooks, which only run once, are not called)."""
        grads: dict[Value, Any] = {}
        index, place = self._index, self._place
        while index >= 0:
            node = self.order[index]
            upstream = grads.get(node, node._grad) or 0.0
            for parent, local in edges(node)[place:]:
                before = grads.get(parent, parent._grad)
                yield Edge(node, parent, upstream, local, before)
                grads[parent] = (0.0 if before is None else before) + upstream * local
            index, place = index - 1, 0

    def _settle(self) -> None:
        """On to the next node that has an edge."""
        self._place = 0
        self._index -= 1
        while self._index >= 0:
            self._edges = edges(self.order[self._index])
            if self._edges:
                return
            self._index -= 1

    def _finish_leaves(self) -> None:
        """The hooks of leaves, when the pass is complete."""
        for leaf, earlier in self._earlier.items():
            added = leaf._grad
            self._finished.append((leaf, added))
            leaf._grad = (earlier or 0.0) + engine.after_hooks(leaf, 0.0 if added is None else added)


__all__ = ["Edge", "Position"]
