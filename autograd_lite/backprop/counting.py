"""How many multiplications back-propagation saves: it multiplies once for each edge, the expanded formulas once for each edge of
each path.

The convention on both sides: a multiplication by dL/dL = 1 is not counted, so a single edge costs nothing and a path of m edges
costs m - 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from autograd_lite import Value
from autograd_lite.backprop.names import Names, checked_order
from autograd_lite.backprop.paths import big, path_counts
from autograd_lite.backprop.steps import edges
from autograd_lite.backprop.tables import Table
from autograd_lite.engine.node import CONSTANT


@dataclass(frozen=True, repr=False)
class Multiplications:
    """What one pass costs for all leaves, and what their derivatives cost written out one by one.

    Attributes
    ----------
    backprop : int
        Multiplications of one backward pass, which gives the derivative with respect to every node.
    expanded : int or None
        Multiplications of the derivatives of all leaves, each written out as a sum over paths; None if beyond counting.
    paths : int or None
        The number of paths from the root to all leaves.
    leaves : int
    """

    backprop: int
    expanded: int | None
    paths: int | None
    leaves: int
    table: Table

    @property
    def saved(self) -> int | None:
        """The difference."""
        return None if self.expanded is None else self.expanded - self.backprop

    def __str__(self) -> str:
        if self.expanded is None:
            return f"back-propagation: {self.backprop:,} multiplications; the expanded formulas: beyond counting"
        times = (
            f", {big(self.expanded // self.backprop)} times as many"
            if self.backprop and self.expanded > self.backprop
            else ""
        )
        return (
            f"back-propagation: {self.backprop:,} multiplications for {_leaves(self.leaves)}; their derivatives "
            f"written out over {big(self.paths or 0)} paths: {big(self.expanded)}{times}"
        )

    __repr__ = __str__


def _leaves(count: int) -> str:
    return "the only leaf" if count == 1 else f"all {count:,} leaves"


def multiplications(loss: Value) -> Multiplications:
    """Count the multiplications of one backward pass against those of each leaf's derivative written out.

    Parameters
    ----------
    loss : Value

    Returns
    -------
    Multiplications
        `.table` has a row for each leaf.

    Examples
    --------
    >>> x = Value(0.5, label="x"); y = x
    >>> for _ in range(10):
    ...     y = y * y
    >>> count = multiplications(y)
    >>> count.backprop, count.expanded, count.paths
    (18, 9216, 1024)
    """
    order = checked_order(loss, "counting")
    count_edges = sum(len(edges(node)) for node in order)
    names = Names(order)
    paths: int | None = 0
    expanded: int | None = 0
    leaves = 0
    rows = []
    for node, count in path_counts(order):
        if not node.is_leaf or node._rule == CONSTANT or node is loss:
            continue
        leaves += 1
        cost = count.multiplications
        if count.paths is None or cost is None or paths is None or expanded is None:
            paths = expanded = None
        else:
            paths, expanded = paths + count.paths, expanded + cost
        rows.append([names[node], str(count), "beyond counting" if cost is None else big(cost)])
    table = Table(["leaf", "paths", "multiplications"], rows[::-1], right={1, 2})
    return Multiplications(count_edges - len(edges(loss)), expanded, paths, leaves, table)


@dataclass(frozen=True)
class Growth:
    """The counts as a network grows deeper.

    Attributes
    ----------
    depths : list of int
    backprop, expanded : list of int
        Multiplications at each depth.
    table : Table
    """

    depths: list[int]
    backprop: list[int]
    expanded: list[int]
    table: Table

    def __str__(self) -> str:
        return str(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def multiplications_by_depth(depths: Iterable[int] = range(1, 9), width: int = 4) -> Growth:
    """The counts for networks of `width` sigmoid neurons in each of `depth` layers, fully connected, and a squared error.

    Parameters
    ----------
    depths : iterable of int
    width : int, default 4
        1 is a plain chain, y = g(f(x)) and so on.

    Examples
    --------
    >>> print(multiplications_by_depth([1, 2, 3], width=2))
    multiplications for a network 2 neurons wide
    depth  back-propagation  expanded  times
    -----  ----------------  --------  -----
        1                23        51      2
        2                41       175      4
        3                59       507      9
    """
    found = Growth([], [], [], Table([], []))
    rows = []
    for depth in depths:
        if depth < 1 or width < 1:
            raise ValueError(f"a network has at least one layer of one neuron, not depth {depth}, width {width}")
        count = multiplications(_network(depth, width))
        assert count.expanded is not None
        found.depths.append(depth)
        found.backprop.append(count.backprop)
        found.expanded.append(count.expanded)
        times = count.expanded / count.backprop if count.backprop else 1.0
        rows.append([str(depth), f"{count.backprop:,}", big(count.expanded), f"{times:,.0f}"])
    title = f"multiplications for a network {width} neuron{'s' if width > 1 else ''} wide"
    table = Table(["depth", "back-propagation", "expanded", "times"], rows, title=title, right={0, 1, 2, 3})
    return Growth(found.depths, found.backprop, found.expanded, table)


def _network(depth: int, width: int) -> Value:
    """A network of small fixed weights; only its shape is counted."""
    units = [Value(0.5, requires_grad=False) for _ in range(width)]
    for _ in range(depth):
        layer = []
        for _ in range(width):
            total = Value(0.1)
            for unit in units:
                total = total + Value(0.3) * unit
            layer.append(total.sigmoid())
        units = layer
    output = Value(0.1)
    for unit in units:
        output = output + Value(0.3) * unit
    return (output - 1.0) ** 2


__all__ = ["Growth", "Multiplications", "multiplications", "multiplications_by_depth"]
