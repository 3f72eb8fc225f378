"""The moving part of the stepper: which step comes next, doing it, undoing it to the bit.

Both passes are one sequence of moments: the operations of the forward pass, if they are stepped, then the edges of the backward
pass; one number, `k`, says where it stands.  The graph is walked once when it is opened; from then on a step or an undo touches
one edge: a graph of a million nodes steps as a graph of three does.  What a step overwrites is kept, so undoing puts back the
very same objects.  What happened is kept as facts (a node, an edge), and made into a record only when somebody looks.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, SupportsIndex

from autograd_lite import GraphError, Value
from autograd_lite.backprop.steps import Edge, ForwardStep, Step, edges, flows, make_forward_step, make_step, sweep
from autograd_lite.engine.hooks import after_hooks, has_hooks
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.passes import restore_grads, saved_grads
from autograd_lite.structure.snapshot import CHECKED, Snapshot, cycle_error
from autograd_lite.terminal import clean

#: A step of either pass: the node that was computed, or the edge that was gone along.
Happened = Value | Edge


class Walk:
    """A graph stopped at some moment of its two passes, with the gradients of the nodes as they are at that moment.

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
    last : Value or Edge or None
        The step just made; None at the start and after going back.
    """

    def __init__(self, root: Value, gradient: float, forward: bool) -> None:
        graph = Snapshot.of(root)
        self.root, self.order, self.names = root, graph.order, graph.names
        self._gradient = as_float(gradient)
        self._saved = saved_grads(self.order)
        self._forward = [node for node in self.order if not node.is_leaf] if forward else []
        self.begin()

    # --- the two ends ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The state before the first step: leaves keep what they have accumulated, nodes in between have nothing yet."""
        self.last: Happened | None = None
        self._computed = 0
        #: The edges done, each with its place: the index of its node, and which of the node's edges it is.
        self._made: list[tuple[int, int, Edge]] = []
        #: By the number of the step: what a node had before its hooks.
        self._before_hooks: dict[int, Any] = {}
        #: Leaves whose hooks have run at the end of the pass, with what they had before that.
        self._finished: list[tuple[Value, Any]] = []
        self._reached: set[Value] = set()
        #: Nodes that have passed their gradient on; only needed where cycles were not looked for.
        self._passed: set[Value] | None = set() if len(self.order) > CHECKED else None
        # A hook on a leaf sees what this pass adds, not what had accumulated before.
        before = list(zip(self.order, self._saved, strict=True))
        hooked = [(node, grad) for node, grad in before if has_hooks(node) and node.is_leaf] if has_hooks() else []
        self._earlier = {leaf: grad for leaf, grad in hooked if not leaf.is_constant}
        restore_grads(self.order, [grad if node.is_leaf and node not in self._earlier else None for node, grad in before])
        self._enter(len(self.order) - 1)
        if not self.is_forward:
            self._seed()

    def _seed(self) -> None:
        """dL/dL, the gradient the pass starts from."""
        if not self.root.is_constant:
            self.root.grad = self.root.grad + self._gradient
            if self.at_end:
                self._finish_leaves()

    def _enter(self, index: int) -> None:
        """Go to the first edge of the node at `index` of the order, or of the next one that has an edge."""
        self._place = 0
        self._shares: list[Any] | None = (
            None  # what goes along each edge of the node, once it has begun to pass its gradient on
        )
        while index >= 0 and not (found := edges(self.order[index])):
            index -= 1
        self._index, self._edges = index, found if index >= 0 else []

    def _finish_leaves(self) -> None:
        """The hooks of leaves, when the pass is complete."""
        for leaf, earlier in self._earlier.items():
            self._finished.append((leaf, _known(leaf)))
            leaf.grad = (earlier or 0.0) + after_hooks(leaf, leaf.grad)

    def restore(self) -> None:
        """Every gradient as it was before the walk began."""
        restore_grads(self.order, self._saved)

    # --- where it stands ---------------------------------------------------------------------------------------------

    @property
    def k(self) -> int:
        """The number of steps made."""
        return self._computed + len(self._made)

    @cached_property
    def total(self) -> int:
        """The number of steps there are."""
        return len(self._forward) + sum(len(edges(node)) for node in self.order)

    @property
    def is_forward(self) -> bool:
        """Whether the next step is one of the forward pass."""
        return self._computed < len(self._forward)

    @property
    def at_end(self) -> bool:
        """Whether every step has been made."""
        return not self.is_forward and self._index < 0

    @property
    def entering(self) -> Value | None:
        """The node that is about to pass its gradient on, if none of it has gone yet."""
        return self.order[self._index] if not self.is_forward and self._index >= 0 and not self._place else None

    @property
    def between_nodes(self) -> bool:
        """Whether a node is done and the next one not begun."""
        return self.is_forward or self.entering is not None

    def node(self, which: Any) -> Value:
        """The node of the graph for a node or a name; a LookupError if it is not in it."""
        if isinstance(which, str):
            return self.names.find(which)
        if not isinstance(which, Value):
            raise TypeError(f"a node is a Value or its name, not {type(which).__name__} {which!r:.60}")
        if which not in self.names:
            raise LookupError(
                f"{clean(which.label) or repr(which)} is not in the graph of {self.names[self.root]}: that was not computed from it, "
                "or only through detach(), float() or a branch that was not taken"
            )
        return which

    def moment(self, place: Any) -> int:
        """The number of steps after which `place` is reached: a number of steps, or a node, when its gradient is complete."""
        if isinstance(place, Value):
            target = self.node(place)
            parents = (parent for node in reversed(self.order) for parent, _ in edges(node))
            return len(self._forward) + max((k for k, parent in enumerate(parents, 1) if parent is target), default=0)
        if isinstance(place, bool) or not isinstance(place, SupportsIndex):
            raise TypeError(f"a place is a number of steps, a node or its name; not {place!r:.60}")
        k = place.__index__()
        if not 0 <= k <= self.total:
            raise IndexError(
                f"there are {self.total:,} steps: a place from 0 (the start) to {self.total} (the end), not {k}"
            )
        return k

    # --- one step ----------------------------------------------------------------------------------------------------

    def advance(self) -> Happened:
        """Make the next step; there must be one."""
        if self.is_forward:
            self.last = computed = self._forward[self._computed]
            self._computed += 1
            if not self.is_forward:
                self._seed()
            return computed
        node, (parent, local) = self.order[self._index], self._edges[self._place]
        self._check(node, parent)
        if not self._place and has_hooks(node):
            replaced, self._before_hooks[len(self._made)] = after_hooks(node, node.grad), node.grad
            node.grad = replaced
        if self._shares is None:
            self._shares = [flow[2] for flow in flows(node, node.grad) if not flow[0].is_constant]
        self.last = edge = Edge(node, parent, node.grad, local, self._shares[self._place], _known(parent))
        parent.grad = edge.after
        self._made.append((self._index, self._place, edge))
        self._reached.add(parent)
        self._place += 1
        if self._place == len(self._edges):
            if self._passed is not None:
                self._passed.add(node)
            self._enter(self._index - 1)
        if self._index < 0:
            try:
                self._finish_leaves()
            except BaseException:
                self.retreat()
                raise
        return edge

    def _check(self, node: Value, parent: Value) -> None:
        """Refuse a cycle, and to go on from gradients that something else wrote in between; those set by hand are taken."""
        if self._passed is not None and (parent is node or parent in self._passed):
            raise cycle_error(parent)
        ahead = bool(parent.grad) and not parent.is_leaf and parent not in self._reached
        if ahead or not node.has_grad:
            wrong = parent if node.has_grad else node
            raise GraphError(
                f"the gradient of {clean(wrong.label) or repr(wrong)} is not what this stepper left there: backward(), or another "
                "stepper, went over the graph since the last step. reset() starts again"
            )

    def retreat(self) -> Happened:
        """Undo the last step; there must be one."""
        for leaf, grad in self._finished:
            leaf.grad = grad
        self._finished, self.last = [], None
        if not self._made:
            computed = self._computed - 1
            if not self.is_forward:
                self.begin()
            self._computed = computed
            return self._forward[computed]
        self._index, self._place, edge = self._made.pop()
        self._edges, self._shares = edges(edge.node), None
        edge.parent.grad = edge.before
        if edge.before is None:
            self._reached.discard(edge.parent)
        if len(self._made) in self._before_hooks:
            edge.node.grad = self._before_hooks.pop(len(self._made))
        if self._passed is not None:
            self._passed.discard(edge.node)
        return edge

    # --- looking without moving ---------------------------------------------------------------------------------------

    def record(self, happened: Happened, k: int) -> Step | ForwardStep:
        """What happened in step number `k`, to be shown."""
        if isinstance(happened, Edge):
            return make_step(happened, self.root, self.names, k)
        return make_forward_step(happened, self.names, k)

    def upcoming(self) -> Happened | None:
        """What the next step will do; None at the end."""
        return next(self.ahead(), None)

    def behind(self) -> Iterator[Happened]:
        """The steps made, the last one first."""
        yield from (edge for *_, edge in reversed(self._made))
        yield from reversed(self._forward[: self._computed])

    def ahead(self) -> Iterator[Happened]:
        """The steps to come, computed beside the nodes."""
        yield from self._forward[self._computed :]
        seeded = {self.root: _known(self.root)}
        if self.is_forward and not self.root.is_constant:
            seeded[self.root] = self.root.grad + self._gradient
        nodes = (self.order[k] for k in range(self._index, -1, -1))
        yield from sweep(nodes, lambda node: seeded.get(node, _known(node)), skip=self._place)


def _known(node: Value) -> Any:
    """The gradient of a node; None where there is none."""
    return node.grad if node.has_grad else None
