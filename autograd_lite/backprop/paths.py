"""The paths of a graph: counted exactly without walking them, and the largest of them listed.

A derivative is the sum over all paths of the products of the local derivatives on them, and there can be more paths than atoms
in the universe; back-propagation never walks one.  Counting them takes one integer for each node; listing starts with those that
contribute most, by a best-first search that never enters a path it does not list.
"""

import heapq
import itertools
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from autograd_lite import Value

#: Integers beyond so many bits are not carried through the graph: the count is then given as a logarithm.
LARGEST_BITS = 1 << 15


@dataclass(frozen=True, repr=False)
class Path:
    """One path from the root back to a node.

    Attributes
    ----------
    nodes : tuple of Value
        The root first.
    places : tuple of int
        For each edge, which operand of its node it leads to.
    factors : tuple of float
        The local derivatives on the edges.
    product : float
        Of the factors, multiplied from the root on; what this path contributes to the derivative.
    """

    nodes: tuple[Value, ...]
    places: tuple[int, ...]
    factors: tuple[float, ...]
    product: float

    def __repr__(self) -> str:
        return f"<path of {len(self.factors)} edges, product {self.product!r}>"


@dataclass(frozen=True)
class Count:
    """How many paths there are, and how long they are together.

    Attributes
    ----------
    paths : int or None
        Exact; None if it has more than some 9,800 digits.
    edges : int or None
        The sum of their lengths.
    log10 : float
        The logarithm of `paths`, -inf for none.
    """

    paths: int | None
    edges: int | None
    log10: float

    @property
    def multiplications(self) -> int | None:
        """To multiply out every path by itself: one less than its edges, each."""
        return None if self.paths is None or self.edges is None else max(0, self.edges - self.paths)

    def and_further(self, others: "Count") -> "Count":
        """These paths and, each with one more edge, those of another node."""
        if self.paths is not None and others.paths is not None and self.edges is not None and others.edges is not None:
            paths, edges = self.paths + others.paths, self.edges + others.edges + others.paths
            if paths.bit_length() <= LARGEST_BITS:
                return Count(paths, edges, math.log10(paths))
        low, high = sorted((self.log10, others.log10))
        return Count(None, None, high + math.log10(1.0 + 10.0 ** (low - high)))

    def __str__(self) -> str:
        return big(self.paths) if self.paths is not None else f"about 10^{self.log10:,.0f}"


def big(number: int) -> str:
    """A whole number in full, or, beyond 15 digits, its size.

    >>> big(1234567), big(2**100)
    ('1,234,567', 'about 1.27e+30')
    """
    if number < 10**15:
        return f"{number:,}"
    return f"about {Decimal(number):.2e}"


def count_paths(order: list[Value], target: Value) -> Count:
    """The number of paths from the last node of `order` to `target`, by dynamic programming.

    >>> from autograd_lite import Value, topological_order
    >>> x = y = Value(1.0)
    >>> for _ in range(200):
    ...     y = y + y
    >>> count_paths(topological_order(y), x).paths == 2**200
    True
    """
    none = Count(0, 0, -math.inf)
    counts = {order[-1]: Count(1, 0, 0.0)}
    for node in reversed(order):
        count = counts.pop(node)
        if node is target:
            return count
        for _, parent, _ in edges_with_places(node):
            counts[parent] = counts.get(parent, none).and_further(count)
    return none


def reaching(order: list[Value], target: Value) -> set[Value]:
    """The nodes of `order` from which a path leads to `target`, itself included if it is there."""
    found: set[Any] = set()
    for node in order:
        if node is target or (found and any(parent in found for _, parent, _ in edges_with_places(node))):
            found.add(node)
    return found


def edges_with_places(node: Value) -> list[tuple[int, Value, float]]:
    """For each edge of a node the place of the operand, the operand and the local derivative."""
    return [(k, arg, d) for k, (arg, d) in enumerate(zip(node.args, node.arg_grads, strict=True)) if d is not None]


def largest_paths(order: list[Value], target: Value, limit: int, within: set[Value] | None = None) -> list[Path]:
    """The paths from the last node of `order` to `target` with the largest products, at most `limit` of them.

    Where all of them are listed, or products are equal, they come in the order of the operands.  `within` is what
    `reaching` gives, where it is known already.
    """
    root = order[-1]
    within = reaching(order, target) if within is None else within
    if root not in within or limit < 1:
        return []
    ahead: dict[Any, float] = {target: 0.0}
    for node in order:
        if node in within and node is not target:
            ahead[node] = max(_size(d) + ahead[p] for _, p, d in edges_with_places(node) if p in within)
    # A prefix is a linked list (node, place, factor, rest); the search is best-first with an exact bound, so every prefix
    # that is taken up belongs to a path that will be listed.
    ties = itertools.count()
    heap: list[tuple[float, int, float, Any, Any]] = [(-ahead[root], next(ties), 0.0, root, None)]
    found: list[Path] = []
    while heap and len(found) < limit:
        _, _, size, node, prefix = heapq.heappop(heap)
        while node is not target:
            options = [(k, p, d) for k, p, d in edges_with_places(node) if p in within]
            best = max(range(len(options)), key=lambda i: (_size(options[i][2]) + ahead[options[i][1]], -i))
            for i, (place, parent, slope) in enumerate(options):
                if i != best:
                    reached = size + _size(slope)
                    heapq.heappush(
                        heap, (-(reached + ahead[parent]), next(ties), reached, parent, (node, place, slope, prefix))
                    )
            place, parent, slope = options[best]
            size += _size(slope)
            prefix = (node, place, slope, prefix)
            node = parent
        found.append(_path(node, prefix))
    return found


def _size(slope: float) -> float:
    """The logarithm of a factor's size; a nan counts as the largest, to be seen first."""
    if slope != slope:
        return 1e9
    return math.log(abs(slope)) if slope not in (0.0, math.inf, -math.inf) else -1e9 if slope == 0.0 else 1e8


def _path(end: Value, prefix: Any) -> Path:
    nodes, places, factors = [end], [], []
    while prefix is not None:
        node, place, slope, prefix = prefix
        nodes.append(node)
        places.append(place)
        factors.append(slope)
    factors.reverse()
    product = 1.0
    for factor in factors:
        product *= factor
    return Path(tuple(reversed(nodes)), tuple(reversed(places)), tuple(factors), product)
