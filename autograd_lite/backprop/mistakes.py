"""The wrong-backprop lab: the classic mistakes, run beside the right algorithm on one's own graph.

"Why a topological sort?"  Because a node must have everything before it passes anything on; on `b = a + a; c = b + b` the
algorithms that do not wait are wrong, and the first node at which they are is named.  None of them touches a `.grad`.
"""

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from autograd_lite import Value
from autograd_lite.backprop.steps import edges
from autograd_lite.formatting import short_float
from autograd_lite.structure.names import d
from autograd_lite.structure.snapshot import Snapshot, checked_root
from autograd_lite.terminal import Table

Grads = dict[Value, float]
#: Plain recursion visits every path; beyond so many visits it is given up.
_PATIENCE = 200_000


@dataclass(frozen=True)
class Algorithm:
    """A way to go back through a graph; as it stands, back-propagation.

    Attributes
    ----------
    reason : str
        What is wrong with it.
    luck : str
        Why it may be right on some graph all the same.
    nodes : callable
        From a topological order to the nodes that pass their gradients on, one after the other.
    share : callable
        What goes on, from the gradient that arrives and the local derivative.
    put : callable
        The gradient of the parent, from what it has and what arrives.
    passes : int
        How often all of it is done.
    """

    reason: str = ""
    luck: str = "no intermediate result is used twice in a way that matters; try b = a + a; c = b + b"
    nodes: Callable[[Sequence[Value]], Iterable[Value]] = reversed
    share: Callable[[float, float], float] = operator.mul
    put: Callable[[float, float], float] = operator.add
    passes: int = 1

    def __call__(self, order: Sequence[Value]) -> Grads:
        """The gradient of every node of `order` with this algorithm."""
        grads = dict.fromkeys(order, 0.0)
        for _ in range(self.passes):
            grads[order[-1]] = 1.0
            for node in self.nodes(order):
                for parent, slope in edges(node):
                    grads[parent] = self.put(grads[parent], self.share(grads[node], slope))
        return grads


def _as_met(order: Sequence[Value]) -> Iterator[Value]:
    """Breadth first from the root, each node once: one that is met early passes on what it has by then."""
    queue, seen = [order[-1]], {order[-1]}
    for node in queue:
        yield node
        fresh = dict.fromkeys(parent for parent, _ in edges(node) if parent not in seen)
        queue += fresh
        seen.update(fresh)


def _as_recursion_visits(order: Sequence[Value]) -> Iterator[Value]:
    """Each node whenever any gradient arrives: it passes on all that has come so far, and what came before goes twice."""
    stack = [order[-1]]
    for _ in range(_PATIENCE):
        if not stack:
            return
        node = stack.pop()
        yield node
        stack += [parent for parent, _ in reversed(edges(node))]


#: The mistakes by name.
MISTAKES: dict[str, Algorithm] = {
    "no topological sort": Algorithm(
        "a node passes its gradient on before all of it has arrived",
        "no node is reached before all of its gradient is; try b = a * a; c = b + b * 2",
        nodes=_as_met,
    ),
    "plain recursion": Algorithm(
        "a node passes on all it has whenever more arrives, so what came first goes down again", nodes=_as_recursion_visits
    ),
    "forward order": Algorithm("nodes pass their gradients on before they have any", nodes=iter),
    "= instead of +=": Algorithm("only the last use of a node counts", put=lambda before, more: more),
    "no zeroing between passes": Algorithm(
        "the gradients of the last pass are still there, and are passed on again", "no gradient is left over", passes=2
    ),
    "missing factor": Algorithm(
        "the local derivative is not multiplied by the gradient that arrives",
        "every factor that is left out is 1",
        share=lambda upstream, local: local,
    ),
}


@dataclass(frozen=True)
class Mistake:
    """One wrong algorithm on one graph.

    Attributes
    ----------
    name, reason : str
    grads : dict of Value to float
        What it gives.
    first : Value or None
        The first node, from the root on, whose gradient is wrong; None if it happens to be right on this graph.
    """

    name: str
    reason: str
    grads: Grads
    first: Value | None


class Lab:
    """The result of `wrong_backprop`; prints itself.

    Attributes
    ----------
    root : Value
    right : dict of Value to float
    mistakes : list of Mistake
    """

    def __init__(self, root: Value, names: Sequence[str]) -> None:
        self.root = root
        graph = Snapshot.of(root, "comparing algorithms")
        self._order, self._names = graph.order, graph.names
        self.right = Algorithm()(self._order)
        self.mistakes = []
        for name in names:
            grads = MISTAKES[name](self._order)
            wrong = (node for node in reversed(self._order) if not _close(grads[node], self.right[node]))
            self.mistakes.append(Mistake(name, MISTAKES[name].reason, grads, next(wrong, None)))

    @property
    def text(self) -> str:
        """A paragraph for each mistake."""
        lines = []
        for mistake in self.mistakes:
            node = mistake.first
            if node is None:
                lines.append(f"{mistake.name}: right on this graph, by luck: {MISTAKES[mistake.name].luck}")
                continue
            name, wrong, right = self._names[node], short_float(mistake.grads[node]), short_float(self.right[node])
            lines.append(
                f"{mistake.name}: wrong first at {name}, where it gives {self._derivative(node)} = {wrong}; right is {right}"
            )
            lines.append(f"  {mistake.reason}{self._because(mistake, node)}")
        return "\n".join(lines)

    def _derivative(self, node: Value) -> str:
        return f"{d(self._names[self.root])}/{d(self._names[node])}"

    def _because(self, mistake: Mistake, node: Value) -> str:
        """What the right gradient of a node that is used several times is a sum of."""
        uses = [(user, slope) for user in reversed(self._order) for parent, slope in edges(user) if parent is node]
        if len(uses) < 2 or mistake.name in ("missing factor", "forward order"):
            return ""
        terms = " + ".join(f"{short_float(self.right[user])} * {short_float(slope)}" for user, slope in uses)
        users = ", ".join(dict.fromkeys(self._names[user] for user, _ in uses))
        return f"; {self._names[node]} is used {len(uses)} times (by {users}): {terms}"

    def table(self) -> Table:
        """The gradient of every leaf by every algorithm."""
        leaves = [node for node in self._order if node.is_leaf]
        rows = [["right", *[short_float(self.right[leaf]) for leaf in leaves]]]
        for mistake in self.mistakes:
            marks = ["" if _close(mistake.grads[leaf], self.right[leaf]) else " x" for leaf in leaves]
            cells = [short_float(mistake.grads[leaf]) + mark for leaf, mark in zip(leaves, marks, strict=True)]
            rows.append([mistake.name, *cells])
        heads = ["algorithm", *map(self._derivative, leaves)]
        return Table(heads, rows, title="x: wrong", right=set(range(1, len(heads))))

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def _close(a: float, b: float) -> bool:
    return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))


def wrong_backprop(loss: Value, *mistakes: str) -> Lab:
    """Run the classic wrong versions of back-propagation beside the right one, on your own graph.

    Parameters
    ----------
    loss : Value
        Neither its `.grad` nor any other is touched.
    *mistakes : str
        Names from `MISTAKES`; all if left out.

    Returns
    -------
    Lab
        Prints which go wrong, where first, and why; `.table()` has the gradients of the leaves side by side.

    Raises
    ------
    ValueError
        If there is no such mistake.

    Examples
    --------
    >>> a = Value(3.0, label="a")
    >>> b = a + a; b.label = "b"
    >>> c = b + b; c.label = "c"
    >>> print(wrong_backprop(c, "= instead of +="))
    = instead of +=: wrong first at b, where it gives dc/db = 1.0; right is 2.0
      only the last use of a node counts; b is used 2 times (by c): 1.0 * 1.0 + 1.0 * 1.0
    >>> print(wrong_backprop(c, "plain recursion").mistakes[0].grads[a], "in the place of 4")
    8.0 in the place of 4
    """
    unknown = [name for name in mistakes if name not in MISTAKES]
    if unknown:
        raise ValueError(f"there is no mistake called {unknown[0]!r}; there are {', '.join(map(repr, MISTAKES))}")
    return Lab(checked_root(loss, "comparing algorithms"), mistakes or list(MISTAKES))
