"""The facts of a graph too large for a page to hold: boxes in place of nodes, and one step for all edges between two boxes.

Values, slopes and gradients are told as ranges, with a few members by name.  The gradients are computed here, edge by edge in the
order of the backward pass; the page shows the range of a box once all that feeds it has been passed on.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograd_lite import Value
from autograd_lite.backprop.steps import sweep
from autograd_lite.pages.graph_data import group_facts
from autograd_lite.pages.parts import Part, find_parts
from autograd_lite.structure import Box, Snapshot, leaf_roles, plural, summarize

#: So many members of a box are listed with their numbers.
_LISTED = 12
_LISTED_OF_PART = 4
#: So many bars show how the numbers of a box are spread.
_BARS = 24
#: Edges between parts of boxes; a page with more would be slow.
_FINE = 6000


def folded_data(graph: Snapshot, gradient: float, limit: int) -> dict[str, Any]:
    """A large graph as plain data; the keys are those of `graph_data`, with ranges for numbers.

    Parameters
    ----------
    graph : Snapshot
        Of one root.
    gradient : float
    limit : int
        The most boxes.

    Returns
    -------
    dict
    """
    summary = summarize(graph, "auto", limit)
    boxes = summary.boxes
    parts = find_parts(boxes, graph.names)
    of = {node: k for k, box in enumerate(boxes) for node in box.nodes}
    grads, flows, part_flows = _backward(graph, gradient, of, parts)
    if len(part_flows) > _FINE:
        parts, part_flows = [], {}
    root = of[graph.root]
    atoms = [
        {**facts, **_numbers(box.outputs or box.nodes, grads, graph.names)}
        for box, facts in zip(boxes, _box_facts(boxes, root, graph.names[graph.root]), strict=True)
    ]
    # A box passes on when all that it feeds has passed on to it; where rows are folded that can only be so for the first.
    ordered = sorted(flows.items(), key=lambda flow: (-flow[0][0], flow[0][1]))
    return {
        "kind": "folded",
        "root": root,
        "seed": float(gradient),
        "atoms": atoms,
        "edges": [[above, below, flow.slopes, flow.products, flow.times] for (above, below), flow in ordered],
        "plain": [],
        "parts": [
            {
                "atom": part.box,
                "name": part.name,
                "about": part.about,
                "size": len(part.nodes),
                **_numbers(part.outputs or part.nodes, grads, graph.names, _LISTED_OF_PART),
            }
            for part in parts
        ],
        "flows": [[above, below, flow.slopes] for (above, below), flow in sorted(part_flows.items())],
        "forward": [k for k, atom in enumerate(atoms) if atom["kind"] == "operation"],
        "items": [],
        "views": [{"name": summary.detail, "label": "folded", "shown": list(range(len(atoms)))}],
        "start": 0,
        "note": f"{summary}. A step here stands for all edges between two boxes; numbers are ranges. "
        + ("A + opens a box. " if parts else "")
        + "For single operations, make the page of one sample.",
    }


def _backward(
    graph: Snapshot, gradient: float, of: Mapping[Value, int], parts: Sequence[Part]
) -> tuple[dict[Value, float], dict[tuple[int, int], "_Flow"], dict[tuple[int, int], "_Flow"]]:
    """The gradients, what flows between boxes, and what flows between their parts (numbered after the boxes)."""
    finest = dict(of)
    first = 1 + max(of.values())
    for k, part in enumerate(parts, first):
        finest.update(dict.fromkeys(part.nodes, k))
    grads: dict[Value, float] = {graph.root: float(gradient)}
    flows: dict[tuple[int, int], _Flow] = defaultdict(_Flow)
    part_flows: dict[tuple[int, int], _Flow] = defaultdict(_Flow)
    for edge in sweep(reversed(graph.order), dict(grads).get):
        node, parent, slope, product = edge.node, edge.parent, edge.local, edge.share
        grads[parent] = edge.after
        if of[node] != of[parent]:
            flows[of[node], of[parent]].add(slope, product)
            ends = finest[node], finest[parent]
            if max(ends) >= first:
                part_flows[ends].add(slope, product)
    return grads, flows, part_flows


def _box_facts(boxes: Sequence[Box], root: int, root_name: str) -> Iterator[dict[str, Any]]:
    """What each box is.  Boxes go by their names alone in the lines of the steps: these tell weights from biases, and differ."""
    roles = leaf_roles(boxes)
    taken: Counter[str] = Counter()
    for k, box in enumerate(boxes):
        role = roles.get(box, "")
        facts = group_facts(box, role)
        name, about = facts["title"], facts["about"]
        if k == root and box.count == 1 and not box.name:
            name, about = root_name, name
        elif about and role:
            name = f"{name} {plural(role)}"
        taken[name] += 1
        name = name if taken[name] == 1 else f"{name} ({taken[name]})"
        kind = "leaf" if box.kind in ("leaf", "leaves") else "operation"
        if kind == "leaf" and not any(node.requires_grad for node in (box.outputs or box.nodes)[:1]):
            kind = "constant"
        yield {"name": name, "about": about, "kind": kind, "group": box.kind, "size": len(box.nodes)}


def _numbers(
    shown: list[Value], grads: Mapping[Value, float], names: Mapping[Value, str], listed: int = _LISTED
) -> dict[str, Any]:
    """What is told of the values and gradients of some nodes."""
    values = [float(node.data) for node in shown]
    known = [grads[node] for node in shown if node in grads]
    return {
        "data": spread(values),
        "grad": spread(known),
        "bars": histogram(values),
        "grad_bars": histogram(known),
        "members": [[names[node], float(node.data), grads.get(node)] for node in shown[:listed]],
        "shown": len(shown),
    }


class _Flow:
    """All edges between two boxes."""

    __slots__ = ("high", "low", "steepest", "times", "weakest")

    def __init__(self) -> None:
        self.low = self.weakest = math.inf
        self.high = self.steepest = -math.inf
        self.times = 0

    def add(self, slope: float, product: float) -> None:
        self.times += 1
        self.weakest, self.steepest = min(self.weakest, slope), max(self.steepest, slope)
        self.low, self.high = min(self.low, product), max(self.high, product)

    @property
    def slopes(self) -> list[float]:
        return [self.weakest, self.steepest]

    @property
    def products(self) -> list[float]:
        return [self.low, self.high]


def spread(numbers: Sequence[float]) -> list[float] | None:
    """The smallest and the largest; nan if there is one, None of no numbers.

    >>> spread([2.0, -1.0, 0.5]), spread([])
    ([-1.0, 2.0], None)
    """
    if any(map(math.isnan, numbers)):
        return [math.nan, math.nan]
    return [min(numbers), max(numbers)] if numbers else None


def histogram(numbers: Sequence[float], bars: int = _BARS) -> dict[str, Any] | None:
    """How many of the numbers lie in each of some equal intervals, and how many are exactly 0; None of fewer than three numbers.

    What is not finite is in no interval, and is counted by itself.

    >>> histogram([0.0, 0.0, 1.0, 4.0, float("nan")], bars=4)
    {'counts': [2, 1, 0, 1], 'low': 0.0, 'high': 4.0, 'zeros': 2, 'wild': 1, 'all': 5}
    """
    finite = [number for number in numbers if math.isfinite(number)]
    if len(finite) < 3:
        return None
    low, high = min(finite), max(finite)
    counts = [len(finite)]
    # Halves: the difference of two large numbers need not be a number.
    width = high / 2 - low / 2
    if width:
        counts = [0] * bars
        for number in finite:
            counts[min(bars - 1, int(bars * ((number / 2 - low / 2) / width)))] += 1
    wild = len(numbers) - len(finite)
    return {"counts": counts, "low": low, "high": high, "zeros": finite.count(0.0), "wild": wild, "all": len(numbers)}
