"""`Snapshot`: a graph walked through once, for all who show it: its order, its names, its edges, and what it folds to.

A page, a drawing and an explanation of one graph ask the same questions.  Each answer is found when it is first asked for and
kept, so that it is found once; labels may be given later (`names` notices), edges may not change meanwhile.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Self

from autograd_lite import GraphError, Value, topological_order
from autograd_lite.engine.closures import measure
from autograd_lite.engine.graph import cycle_in
from autograd_lite.structure.boxes import Box
from autograd_lite.structure.folding import Folding, single_boxes
from autograd_lite.structure.layers import fold_layers
from autograd_lite.structure.names import Names
from autograd_lite.structure.repeats import fold_repeats, fold_rows

#: How coarse a graph can be seen, from the finest to the coarsest.
DETAILS = ("all", "sums", "neurons", "layers", "repeats", "rows")
#: Up to so many nodes a graph is checked for cycles when stepping through it begins; above, where a cycle would be stepped on.
CHECKED = 100_000

_COARSER = {"layers": fold_layers, "repeats": fold_repeats, "rows": fold_rows}


class Edge(NamedTuple):
    """An edge of the backward pass: `parent.grad += node.grad * slope`, where `parent` is operand number `argument` of `node`."""

    node: Value
    parent: Value
    slope: float
    argument: int


class Snapshot:
    """A graph as it is now.

    Parameters
    ----------
    root : Value or list of Value
        The result, or the results.
    doing : str, default "this"
        What starts from it, for the error.
    check_up_to : float, default inf
        Graphs of more nodes are not checked for cycles.

    Attributes
    ----------
    roots : list of Value
    order : list of Value
        The nodes in topological order.

    Raises
    ------
    TypeError
        If `root` is not a Value.
    ValueError
        If there is no root.
    GraphError
        If the graph has a cycle, which only a change by hand can make.

    Examples
    --------
    >>> w, x = Value(-2.0, label="w"), Value(5.0, label="x")
    >>> graph = Snapshot(w * x + 1.0)
    >>> len(graph), [graph.names[node] for node in graph.order], [edge.slope for edge in graph.edges()]
    (4, ['w', 'x', 'v1', 'v2'], [1.0, 5.0, -2.0])
    """

    def __init__(self, root: Value | Sequence[Value], doing: str = "this", check_up_to: float = math.inf) -> None:
        self.roots: list[Value] = list(root) if isinstance(root, list | tuple) else [root]  # type: ignore[list-item]
        if not self.roots:
            raise ValueError("there is no Value in the list")
        for one in self.roots:
            if not isinstance(one, Value):
                raise not_a_result(one, doing)
        self.order = topological_order(*self.roots)
        cyclic = cycle_in(self.order) if len(self.order) <= check_up_to else None
        if cyclic is not None:
            raise cycle_error(cyclic)
        measure(self.order, dict.fromkeys(self.roots, 1.0))
        self._boxes: dict[str, list[Box]] = {}
        self._folding: Folding | None = None

    @classmethod
    def of(cls, root: Any, doing: str = "stepping") -> Self:
        """The graph of one Value; where it is very large cycles are left to be found later."""
        return cls(checked_root(root, doing), doing, CHECKED)

    def __len__(self) -> int:
        return len(self.order)

    def __contains__(self, node: object) -> bool:
        return node in self.place

    @property
    def root(self) -> Value:
        """The result; of several the last."""
        return self.roots[-1]

    @cached_property
    def place(self) -> dict[Value, int]:
        """For each node its number in `order`."""
        return {node: k for k, node in enumerate(self.order)}

    @cached_property
    def names(self) -> Names:
        """What the nodes are called."""
        return Names(self.order)

    def edges(self) -> Iterator[Edge]:
        """The edges in the order of the backward pass; those to constants, which keep no gradient, are left out."""
        for node in reversed(self.order):
            for k, (operand, slope) in enumerate(zip(node.args, node.arg_grads, strict=True)):
                if slope is not None and not operand.is_constant:
                    yield Edge(node, operand, slope, k)

    def boxes(self, detail: str) -> list[Box]:
        """The graph as boxes: `detail` is one of `DETAILS`, each of which includes those before it."""
        if detail not in self._boxes:
            if detail == "all":
                self._boxes[detail] = single_boxes(self.order)
            elif detail in _COARSER:
                self._boxes[detail] = _COARSER[detail](self.boxes(DETAILS[DETAILS.index(detail) - 1]))
            else:
                self._boxes[detail] = self.folding(detail).boxes()
        return self._boxes[detail]

    def folding(self, detail: str) -> Folding:
        """What is folded of "sums", or of "neurons", decided but not built."""
        if self._folding is None or (self._folding.neurons and detail == "sums"):
            self._folding = Folding(self.order, self.roots)
        if detail == "neurons" and not self._folding.neurons:
            self._folding.find_neurons()
        return self._folding


def checked_root(root: Any, doing: str) -> Value:
    """`root` if it is a Value; otherwise a TypeError that says what is wanted."""
    if isinstance(root, Value):
        return root
    if isinstance(root, list | tuple) and any(isinstance(one, Value) for one in root):
        raise TypeError(f"{doing} starts from one Value, not a {type(root).__name__} of them; sum them, or choose one")
    raise not_a_result(root, doing)


def not_a_result(given: object, doing: str) -> TypeError:
    """The error for something else than a Value where a graph is to be drawn, stepped through or explained.

    >>> print(not_a_result(abs, "stepping"))
    stepping starts from a Value, not a function; call it first: f(x)
    """
    if hasattr(given, "parameters") and callable(given):
        return TypeError(
            f"{doing} starts from a Value, not a network; draw_network(model) draws one, and model(x) or the loss is a Value"
        )
    if callable(given):
        return TypeError(f"{doing} starts from a Value, not a function; call it first: f(x)")
    return TypeError(f"{doing} starts from a Value, the result of the computation; not {type(given).__name__} {given!r:.60}")


def cycle_error(node: Value) -> GraphError:
    """The exception for a node that is among its own ancestors."""
    return GraphError(
        f"the graph has a cycle through {node!r}: it is among its own operands' ancestors. Operations never make one, so "
        "operands were changed by hand; without an order there is no backward pass"
    )
