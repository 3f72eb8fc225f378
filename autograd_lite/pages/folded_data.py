"""The facts of a graph too large for a page to hold: boxes in place of nodes, and one step for all edges between two boxes.

Values, slopes and gradients are told as ranges, with a few members by name.  The gradients are computed here, edge by edge in the
order of the backward pass; the page shows the range of a box once all that feeds it has been passed on.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from autograd_lite import Value
from autograd_lite.backprop.names import Names
from autograd_lite.backprop.steps import edges
from autograd_lite.engine.node import Node
from autograd_lite.pages.graph_data import group_facts, plural_roles
from autograd_lite.pages.parts import find_parts
from autograd_lite.structure import summarize

#: So many members of a box are listed with their numbers.
_LISTED = 12
_LISTED_OF_PART = 4
#: So many bars show how the numbers of a box are spread.
_BARS = 24
#: Edges between parts of boxes; a page with more would be slow.
_FINE = 6000


def folded_data(root: Value, order: list[Value], gradient: float, limit: int) -> dict[str, Any]:
    """A large graph as plain data; the keys are those of `graph_data`, with ranges for numbers.

    Parameters
    ----------
    root : Value
    order : list of Value
    gradient : float
    limit : int
        The most boxes.

    Returns
    -------
    dict
    """
    summary = summarize(root, "auto", limit)
    names = Names(order)
    of = {node: k for k, box in enumerate(summary.boxes) for node in box.nodes}
    roles = plural_roles(summary.boxes)
    parts = find_parts(summary.boxes, roles, names)
    # A node by the finest thing that shows it: a part of a box, or else the box.
    finest = dict(of)
    for k, part in enumerate(parts):
        finest.update(dict.fromkeys(part.nodes, len(summary.boxes) + k))
    grads: dict[Value, float] = {root: float(gradient)}
    flows: dict[tuple[int, int], _Flow] = {}
    fine: dict[tuple[int, int], _Flow] = {}
    for node in reversed(order):
        upstream = grads.get(node, 0.0)
        here = of[node]
        for parent, slope in edges(node):
            product = upstream * slope
            grads[parent] = grads.get(parent, 0.0) + product
            if of[parent] != here:
                flow = flows.get((here, of[parent]))
                if flow is None:
                    flow = flows[here, of[parent]] = _Flow()
                flow.add(slope, product)
                ends = finest[node], finest[parent]
                if parts and ends != (here, of[parent]):
                    fine.setdefault(ends, _Flow()).add(slope, product)
    if len(fine) > _FINE:
        parts, fine = [], {}
    atoms = []
    taken: dict[str, int] = {}
    for box in summary.boxes:
        shown = box.outputs or box.nodes
        facts = group_facts(box, roles.get(box, ""))
        # Boxes go by their names alone in the lines of the steps, so these tell weights from biases, and are all different.
        name = f"{facts['title']} {roles[box]}" if facts["about"] and roles.get(box) else facts["title"]
        if box is summary.boxes[of[root]] and box.count == 1 and not box.name:
            name, facts["about"] = names[root], facts["title"]
        taken[name] = taken.get(name, 0) + 1
        name = name if taken[name] == 1 else f"{name} ({taken[name]})"
        kind = "leaf" if box.kind in ("leaf", "leaves") else "operation"
        if kind == "leaf" and not any(node.requires_grad for node in shown[:1]):
            kind = "constant"
        numbers = _numbers(shown, grads, names)
        atoms.append(
            {"name": name, "about": facts["about"], "kind": kind, "group": box.kind, "size": len(box.nodes), **numbers}
        )
    # A box passes on when all that it feeds has passed on to it; where rows are folded that can only be so for the first.
    ordered = sorted(flows.items(), key=lambda flow: (-flow[0][0], flow[0][1]))
    return {
        "kind": "folded",
        "root": of[root],
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
                **_numbers(part.outputs or part.nodes, grads, names, _LISTED_OF_PART),
            }
            for part in parts
        ],
        "flows": [[above, below, flow.slopes] for (above, below), flow in sorted(fine.items())],
        "forward": [k for k, box in enumerate(summary.boxes) if atoms[k]["kind"] == "operation"],
        "items": [],
        "views": [{"name": summary.detail, "label": "folded", "shown": list(range(len(atoms)))}],
        "start": 0,
        "note": f"{summary}. A step here stands for all edges between two boxes; numbers are ranges. "
        + ("A + opens a box. " if parts else "")
        + "For single operations, make the page of one sample.",
    }


def _numbers(
    shown: list[Value], grads: Mapping[Value, float], names: Mapping[Node, str], listed: int = _LISTED
) -> dict[str, Any]:
    """What is told of the values and gradients of some nodes."""
    return {
        "data": spread(float(node.data) for node in shown),
        "grad": spread(grads[node] for node in shown if node in grads),
        "bars": histogram(float(node.data) for node in shown),
        "grad_bars": histogram(grads[node] for node in shown if node in grads),
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


def spread(numbers: Iterable[float]) -> list[float] | None:
    """The smallest and the largest; nan if there is one, None of no numbers.

    >>> spread([2.0, -1.0, 0.5]), spread([])
    ([-1.0, 2.0], None)
    """
    found = list(numbers)
    if not found:
        return None
    if any(number != number for number in found):
        return [math.nan, math.nan]
    return [min(found), max(found)]


def histogram(numbers: Iterable[float], bars: int = _BARS) -> dict[str, Any] | None:
    """How many of the numbers lie in each of some equal intervals, and how many are exactly 0; None of fewer than three numbers.

    What is not finite is in no interval, and is counted by itself.

    >>> histogram([0.0, 0.0, 1.0, 4.0, float("nan")], bars=4)
    {'counts': [2, 1, 0, 1], 'low': 0.0, 'high': 4.0, 'zeros': 2, 'wild': 1, 'all': 5}
    """
    found = list(numbers)
    tame = [number for number in found if math.isfinite(number)]
    if len(tame) < 3:
        return None
    low, high = min(tame), max(tame)
    counts = [0] * bars
    # Halves: the difference of two large numbers need not be a number.
    width = high / 2 - low / 2
    if width:
        for number in tame:
            counts[min(bars - 1, int(bars * ((number / 2 - low / 2) / width)))] += 1
    else:
        counts = [len(tame)]
    zeros = sum(number == 0.0 for number in tame)
    return {"counts": counts, "low": low, "high": high, "zeros": zeros, "wild": len(found) - len(tame), "all": len(found)}


__all__ = ["folded_data", "histogram", "spread"]
