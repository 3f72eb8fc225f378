"""The facts of a graph that a page shows: nodes, edges in the order of the backward pass, groups that open and close.

Up to `FULL` nodes a page holds every node, and its script repeats the additions and multiplications of the backward pass in
the same order on the same doubles: the gradients on the page are those of `backward()` to the bit, at every step.
"""

from typing import Any

from autograd_lite import Value
from autograd_lite.backprop.formulas import Writer
from autograd_lite.backprop.steps import make_forward_step, sweep
from autograd_lite.engine.closures import pullback_of
from autograd_lite.structure import DETAILS, Box, Snapshot, leaf_roles, plural
from autograd_lite.terminal import clean

#: Graphs of more nodes are shown as boxes, with steps for whole boxes.
FULL = 1500
#: So many boxes are laid out at once; a finer view than that is not offered.
DRAWN = 250
#: Up to so many nodes the local derivatives are written as formulas, too.
_FORMULAS = 400
_LONGEST = 60


def drawn_whole(graph: Snapshot) -> bool:
    """Whether a page of this graph holds every node: there are not too many, and some view of them can be drawn."""
    return len(graph) <= DRAWN or (len(graph) <= FULL and len(graph.boxes("repeats")) <= DRAWN)


def graph_data(graph: Snapshot, gradient: float, limit: int) -> dict[str, Any]:
    """All of a graph as plain data.

    Parameters
    ----------
    graph : Snapshot
        Of one root.
    gradient : float
        Where the backward pass starts.
    limit : int
        The first view is the finest with so many boxes at most.

    Returns
    -------
    dict
        `atoms` (the nodes), `edges` ([node, parent, slope, formula, place of the operand] in the order of the backward pass; sixth,
        where a backward rule says what is added, that),
        `plain` (edges without a gradient), `forward` (the operations in order), `items` and `views` (groups).
    """
    order, place = graph.order, graph.place
    writer = Writer(graph.names) if len(order) <= _FORMULAS else None
    edges = []
    passed = sweep(reversed(order), {graph.root: gradient}.get)
    for (node, parent, _, argument), edge in zip(graph.edges(), passed, strict=True):
        by_rule = pullback_of(node) is not None
        formula = f"backward rule of {node._op}" if by_rule else writer.slope(node, argument).text if writer else ""
        edges.append([
            place[node], place[parent], float(edge.local), formula if len(formula) <= _LONGEST else "", argument,
            *([float(edge.share)] if by_rule else []),
        ])  # fmt: skip
    plain = [
        [place[node], place[argument]]
        for node in order
        for argument, slope in zip(node.args, node.arg_grads, strict=True)
        if isinstance(argument, Value) and argument in place and (slope is None or argument.is_constant)
    ]
    items, views = _groups(graph)
    start = next((k for k, view in enumerate(views) if len(view["shown"]) <= limit), len(views) - 1)
    return {
        "kind": "graph",
        "root": place[graph.root],
        "seed": float(gradient),
        "atoms": [_atom(node, graph) for node in order],
        "edges": edges,
        "plain": plain,
        "forward": [k for k, node in enumerate(order) if not node.is_leaf],
        "items": items,
        "views": views,
        "start": start,
        "note": "",
    }


def _atom(node: Value, graph: Snapshot) -> dict[str, Any]:
    atom: dict[str, Any] = {"name": graph.names[node], "data": float(node.data)}
    if node.is_leaf:
        return {**atom, "kind": "constant" if node.is_constant else "leaf"}
    step = make_forward_step(node, graph.names, 0)
    # An operand is the number of a node in a list, or itself a number: what the page computes with when one is changed.
    args = [[graph.place[arg]] if isinstance(arg, Value) and arg in graph else float(arg) for arg in node.args]
    return {
        **atom, "kind": "operation", "op": node._op, "formula": step.formula, "numbers": step.numbers, "key": node.op,
        "args": args,
    }  # fmt: skip


def _groups(graph: Snapshot) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The groups that views show closed, each with what it opens into, and the views that can be drawn.

    A group is numbered from the number of nodes on.
    """
    items: list[dict[str, Any]] = []
    known: dict[frozenset[int], int] = {}
    nodes = len(graph)
    of = list(range(nodes))  # the finest group yet that each node is in
    views: list[dict[str, Any]] = [{"name": "all", "label": "every operation", "shown": of}]
    for detail in DETAILS[1:-1]:  # rows are drawn with cycles, which only a graph too large for this needs
        shown, now = [], list(of)
        boxes = graph.boxes(detail)
        roles = leaf_roles(boxes)
        for box in boxes:
            inside = [graph.place[node] for node in box.nodes]
            number = inside[0] if len(inside) == 1 else known.setdefault(frozenset(inside), nodes + len(items))
            if number == nodes + len(items):
                items.append({**group_facts(box, roles.get(box, "")), "inside": list(dict.fromkeys(of[k] for k in inside))})
            shown.append(number)
            for k in inside:
                now[k] = number
        of = now
        if len(shown) < len(views[-1]["shown"]):
            views.append({"name": detail, "label": f"{detail} folded", "shown": shown})
    return items, [view for view in views if len(view["shown"]) <= DRAWN]


def group_facts(box: Box, role: str = "") -> dict[str, Any]:
    """What is said of a box: its title, and what it is; `role` is what leaves are for."""
    count = times(box.count)
    leaves = f"{len(box.nodes):,} {plural(role or 'value')}"
    name = "the rest" if box.kind == "rest" else clean(box.name)
    activation = box.op or "linear"
    what = {
        "leaves": leaves,
        "leaf": leaves if len(box.nodes) > 1 else "",
        "sum": f"{count}sum of {sum(one.times for one in box.inputs) // box.count:,} terms",
        "products": f"{count}sum of products",
        "neuron": f"{count}neuron, {activation}",
        "layer": f"{count}layer of {box.units:,}, {activation}",
        "operation": f"{count}{box.op}",
        "group": f"{len(box.nodes):,} nodes",
        "rest": f"{len(box.nodes):,} nodes further from the result",
    }[box.kind]
    return {"title": name or what or "value", "about": what if name else "", "kind": box.kind, "size": len(box.nodes)}


def times(count: int) -> str:
    """How often something is there, before what it is; nothing for once."""
    return f"{count:,} \N{MULTIPLICATION SIGN} " if count > 1 else ""
