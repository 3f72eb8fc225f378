"""The wrong-backprop lab: the classic mistakes, run beside the right algorithm on one's own graph.

"Why a topological sort?"  Because a node must have everything before it passes anything on; on `b = a + a; c = b + b` the
algorithms that do not wait are wrong, and the first node at which they are is named.  None of them touches a `.grad`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite import Value
from autograd_lite.backprop.names import Names, checked_order, checked_root, d, short
from autograd_lite.backprop.steps import edges
from autograd_lite.backprop.tables import Table

Grads = dict[Any, float]


def right(order: Sequence[Any]) -> Grads:
    """Back-propagation: in reverse topological order, adding up."""
    grads: Grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for node in reversed(order):
        for parent, slope in edges(node):
            grads[parent] += grads[node] * slope
    return grads


def _without_order(order: Sequence[Any]) -> Grads:
    """Breadth first from the root, each node once: one that is met early passes on what it has by then."""
    grads: Grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    queue, seen = [order[-1]], {order[-1]}
    for node in queue:
        for parent, slope in edges(node):
            grads[parent] += grads[node] * slope
            if parent not in seen:
                seen.add(parent)
                queue.append(parent)
    return grads


#: Plain recursion visits every path; beyond so many visits it is given up.
_PATIENCE = 200_000


def _recursion(order: Sequence[Any]) -> Grads:
    """Each node passes its gradient on as soon as any of it arrives, all that has come so far: what came before goes twice."""
    grads: Grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    stack, visits = [order[-1]], 0
    while stack:
        node = stack.pop()
        visits += 1
        if visits > _PATIENCE:
            break
        below = []
        for parent, slope in edges(node):
            grads[parent] += grads[node] * slope
            below.append(parent)
        stack += reversed(below)
    return grads


def _assigning(order: Sequence[Any]) -> Grads:
    """`=` for `+=`: the last use wins."""
    grads: Grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for node in reversed(order):
        for parent, slope in edges(node):
            grads[parent] = grads[node] * slope
    return grads


def _without_zeroing(order: Sequence[Any]) -> Grads:
    """A second pass on top of the first: intermediate gradients are sent down again."""
    grads = right(order)
    grads[order[-1]] = 1.0
    for node in reversed(order):
        for parent, slope in edges(node):
            grads[parent] += grads[node] * slope
    return grads


def _without_upstream(order: Sequence[Any]) -> Grads:
    """The missing factor: local derivatives only, not times what arrives."""
    grads: Grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for node in reversed(order):
        for parent, slope in edges(node):
            grads[parent] += slope
    return grads


def _forward_order(order: Sequence[Any]) -> Grads:
    """The topological order, but not reversed: every node passes its gradient on before it has any."""
    grads: Grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for node in order:
        for parent, slope in edges(node):
            grads[parent] += grads[node] * slope
    return grads


#: The mistakes by name: the algorithm, and what is wrong with it.
MISTAKES: dict[str, tuple[Callable[[Sequence[Any]], Grads], str]] = {
    "no topological sort": (_without_order, "a node passes its gradient on before all of it has arrived"),
    "plain recursion": (
        _recursion,
        "a node passes on all it has whenever more arrives, so what came first goes down again",
    ),
    "forward order": (_forward_order, "nodes pass their gradients on before they have any"),
    "= instead of +=": (_assigning, "only the last use of a node counts"),
    "no zeroing between passes": (
        _without_zeroing,
        "the gradients of the last pass are still there, and are passed on again",
    ),
    "missing factor": (_without_upstream, "the local derivative is not multiplied by the gradient that arrives"),
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
    first: Any


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
        order = checked_order(root, "comparing algorithms")
        self._names = Names(order)
        self._order = order
        self.right = right(order)
        self.mistakes = []
        for name in names:
            algorithm, reason = MISTAKES[name]
            grads = algorithm(order)
            wrong = (node for node in reversed(order) if not _close(grads[node], self.right[node]))
            self.mistakes.append(Mistake(name, reason, grads, next(wrong, None)))

    @property
    def text(self) -> str:
        """A paragraph for each mistake."""
        root = self._names[self.root]
        lines = []
        for mistake in self.mistakes:
            if mistake.first is None:
                lines.append(f"{mistake.name}: right on this graph, by luck: {_luck(mistake.name)}")
                continue
            node = mistake.first
            name = self._names[node]
            below = f"{d(root)}/{d(name)}"
            wrong, correct = short(mistake.grads[node]), short(self.right[node])
            lines.append(f"{mistake.name}: wrong first at {name}, where it gives {below} = {wrong}; right is {correct}")
            lines.append(f"  {mistake.reason}{self._because(mistake, node)}")
        return "\n".join(lines)

    def _because(self, mistake: Mistake, node: Any) -> str:
        users = [
            (self._names[one], slope) for one in reversed(self._order) for parent, slope in edges(one) if parent is node
        ]
        if len(users) < 2 or mistake.name in ("missing factor", "forward order"):
            return ""
        terms = " + ".join(
            f"{short(self.right[one])} * {short(slope)}"
            for one in reversed(self._order) for parent, slope in edges(one) if parent is node
        )  # fmt: skip
        name = self._names[node]
        return f"; {name} is used {len(users)} times (by {', '.join(dict.fromkeys(user for user, _ in users))}): {terms}"

    def table(self) -> Table:
        """The gradient of every leaf by every algorithm."""
        leaves = [node for node in self._order if node.is_leaf]
        rows = [["right", *[short(self.right[leaf]) for leaf in leaves]]]
        for mistake in self.mistakes:
            marks = ["" if _close(mistake.grads[leaf], self.right[leaf]) else " x" for leaf in leaves]
            cells = [short(mistake.grads[leaf]) + mark for leaf, mark in zip(leaves, marks, strict=True)]
            rows.append([mistake.name, *cells])
        heads = ["algorithm", *[f"{d(self._names[self.root])}/{d(self._names[leaf])}" for leaf in leaves]]
        return Table(heads, rows, title="x: wrong", right=set(range(1, len(heads))))

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def _close(a: float, b: float) -> bool:
    return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))


def _luck(name: str) -> str:
    if name == "missing factor":
        return "every factor that is left out is 1"
    if name == "no zeroing between passes":
        return "no gradient is left over"
    if name == "no topological sort":
        return "no node is reached before all of its gradient is; try b = a * a; c = b + b * 2"
    return "no intermediate result is used twice in a way that matters; try b = a + a; c = b + b"


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


__all__ = ["MISTAKES", "Lab", "Mistake", "wrong_backprop"]
