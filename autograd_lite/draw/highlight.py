"""The path that is to be highlighted: between the nodes that were named, the shortest way along operands."""

import itertools
from collections.abc import Sequence
from typing import Any

from autograd_lite import Value
from autograd_lite.structure import Snapshot


def highlighted(graph: Snapshot, highlight: Value | Sequence[Value] | None) -> list[Value]:
    """The nodes of a path, each an operand of the next or the other way round.

    Parameters
    ----------
    graph : Snapshot
        What is drawn.
    highlight : Value or sequence of Value, optional
        One node: from it to the result.  Several: from each to the next; what is between them is filled in.

    Raises
    ------
    TypeError
        If something in it is no Value.
    ValueError
        If no way leads from one node to the next.
    Examples
    --------
    >>> w = Value(2.0, label="w"); h = w * 3.0; L = (h - 1.0) ** 2
    >>> [node.op for node in highlighted(Snapshot(L), w)]
    ['', 'mul', 'sub', 'pow']
    """
    if highlight is None:
        return []
    if isinstance(highlight, Value):
        paths = [path for path in (_shortest(highlight, end) for end in graph.roots) if path]
        if not paths:
            raise ValueError(f"{highlight!r} is to be highlighted, but no gradient flows to it from what is drawn")
        return min(paths, key=len)
    nodes: list[Any] = list(highlight) if isinstance(highlight, Sequence) else [highlight]
    for node in nodes:
        if not isinstance(node, Value):
            raise TypeError(f"highlight is a Value, or a list of Values that lie on a path; {node!r:.60} is none")
    path: list[Value] = nodes[:1]
    for one, two in itertools.pairwise(nodes):
        between = _shortest(one, two) or _shortest(two, one)[::-1]
        if not between:
            raise ValueError(f"the highlighted path goes from {one!r} to {two!r}, but neither was computed from the other")
        path += between[1:]
    return path


def _shortest(start: Value, end: Value) -> list[Value]:
    """The shortest path from a node to a result computed from it; empty if there is none."""
    if start is end:
        return [start]
    child: dict[Value, Value] = {}
    queue = [end]
    for node in queue:
        for parent in node.parents:
            if parent is not end and parent not in child:
                child[parent] = node
                queue.append(parent)
                if parent is start:
                    break
    found = [start] if start in child else []
    while found and found[-1] is not end:
        found.append(child[found[-1]])
    return found
