"""The facts of a graph that a page shows: nodes, edges in the order of the backward pass, groups that open and close.

Up to `FULL` nodes a page holds every node, and its script repeats the additions and multiplications of the backward pass in
the same order on the same doubles: the gradients on the page are those of `backward()` to the bit, at every step.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from autograd_lite import RULES, Value
from autograd_lite.backprop.formulas import Writer
from autograd_lite.backprop.names import Names, clean
from autograd_lite.backprop.paths import edges_with_places
from autograd_lite.backprop.steps import make_forward_step
from autograd_lite.engine.node import CONSTANT, Node
from autograd_lite.structure import DETAILS, Box, leaf_roles, summarize

#: Graphs of more nodes are shown as boxes, with steps for whole boxes.
FULL = 1500
#: So many boxes are laid out at once; a finer view than that is not offered.
DRAWN = 250
#: Up to so many nodes the local derivatives are written as formulas, too.
_FORMULAS = 400
_LONGEST = 60

#: What the views of a graph are called.
_VIEWS = {
    "all": "every operation",
    "sums": "sums folded",
    "neurons": "neurons folded",
    "layers": "layers folded",
    "repeats": "repeats folded",
    "rows": "rows folded",
}


def drawn_whole(root: Value, order: list[Value]) -> bool:
    """Whether a page of this graph holds every node: there are not too many, and some view of them can be drawn."""
    if len(order) > FULL:
        return False
    return len(order) <= DRAWN or len(summarize(root, "repeats").boxes) <= DRAWN


def graph_data(root: Value, order: list[Value], gradient: float, limit: int) -> dict[str, Any]:
    """All of a graph as plain data.

    Parameters
    ----------
    root : Value
    order : list of Value
        Its graph in topological order.
    gradient : float
        Where the backward pass starts.
    limit : int
        The first view is the finest with so many boxes at most.

    Returns
    -------
    dict
        `atoms` (the nodes), `edges` ([node, parent, slope, formula, place of the operand] in the order of the backward pass),
        `plain` (edges without a gradient), `forward` (the operations in order), `items` and `views` (groups).
    """
    names = Names(order)
    place: dict[Node, int] = {node: k for k, node in enumerate(order)}
    writer = Writer(names) if len(order) <= _FORMULAS else None
    edges = []
    for node in reversed(order):
        for argument, parent, slope in edges_with_places(node):
            if parent._rule == CONSTANT:
                continue  # it keeps no gradient, so the backward pass has no step for it
            formula = writer.slope(node, argument).text if writer else ""
            short_enough = formula if len(formula) <= _LONGEST else ""
            edges.append([place[node], place[parent], float(slope), short_enough, argument])
    plain = [
        [place[node], place[argument]]
        for node in order
        for argument, slope in zip(node.args, node.arg_grads, strict=True)
        if isinstance(argument, Node) and argument in place and (slope is None or argument._rule == CONSTANT)
    ]
    items, views, start = _groups(root, place, limit)
    return {
        "kind": "graph",
        "root": place[root],
        "seed": float(gradient),
        "atoms": [_atom(node, names, place) for node in order],
        "edges": edges,
        "plain": plain,
        "forward": [k for k, node in enumerate(order) if not node.is_leaf],
        "items": items,
        "views": views,
        "start": start,
        "note": "",
    }


def _atom(node: Value, names: Mapping[Node, str], place: Mapping[Node, int]) -> dict[str, Any]:
    atom: dict[str, Any] = {"name": names[node], "data": float(node.data)}
    if node.is_leaf:
        return {**atom, "kind": "leaf" if node.requires_grad else "constant"}
    step = make_forward_step(node, names, 0)
    rule = RULES.get(node.op)
    symbol = node.op if rule is None else rule.symbol or rule.name
    # An operand is the number of a node in a list, or itself a number: what the page computes with when one is changed.
    args = [
        [place[arg]] if isinstance(arg, Node) and arg in place else float(arg.data if isinstance(arg, Node) else arg)
        for arg in node.args
    ]
    return {
        **atom,
        "kind": "operation",
        "op": symbol,
        "formula": step.formula,
        "numbers": step.numbers,
        "key": node.op,
        "args": args,
    }


def _groups(root: Value, place: Mapping[Node, int], limit: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """The groups that views show closed, each with what it opens into; a group is numbered from the number of nodes on."""
    items: list[dict[str, Any]] = []
    known: dict[frozenset[int], int] = {frozenset([k]): k for k in place.values()}
    of = {k: k for k in place.values()}  # the finest group yet that each node is in
    views: list[dict[str, Any]] = []
    for detail in DETAILS:
        if detail == "rows":
            break  # rows are drawn with cycles, which only a graph too large for this needs
        shown = []
        now = dict(of)
        boxes = summarize(root, detail).boxes
        roles = plural_roles(boxes)
        for box in boxes:
            inside = [place[node] for node in box.nodes]
            key = frozenset(inside)
            if key not in known:
                known[key] = len(place) + len(items)
                items.append({**group_facts(box, roles.get(box, "")), "inside": list(dict.fromkeys(of[k] for k in inside))})
            shown.append(known[key])
            now.update(dict.fromkeys(inside, known[key]))
        of = now
        if not views or len(shown) < len(views[-1]["shown"]):
            views.append({"name": detail, "label": _VIEWS[detail], "shown": shown})
    drawable = [view for view in views if len(view["shown"]) <= DRAWN]
    start = next((k for k, view in enumerate(drawable) if len(view["shown"]) <= limit), len(drawable) - 1)
    return items, drawable, start


def plural_roles(boxes: Iterable[Box]) -> dict[Box, str]:
    """What leaves are for, where a neuron or a layer tells: "weights", "biases", "inputs"."""
    plural = {"weight": "weights", "bias": "biases", "input": "inputs"}
    return {box: plural[role] for box, role in leaf_roles(boxes).items()}


def group_facts(box: Box, role: str = "") -> dict[str, Any]:
    """What is said of a box: its title, and what it is; `role` is what leaves are for."""
    count = f"{box.count:,} \N{MULTIPLICATION SIGN} " if box.count > 1 else ""
    name = "the rest" if box.kind == "rest" else clean(box.name)
    activation = box.op or "linear"
    what = {
        "leaves": f"{len(box.nodes):,} {role or 'values'}",
        "leaf": f"{len(box.nodes):,} {role or 'values'}" if len(box.nodes) > 1 else "",
        "sum": f"{count}sum of {sum(one.times for one in box.inputs) // box.count:,} terms",
        "products": f"{count}sum of products",
        "neuron": f"{count}neuron, {activation}",
        "layer": f"{count}layer of {box.units:,}, {activation}",
        "operation": f"{count}{box.op}",
        "group": f"{len(box.nodes):,} nodes",
        "rest": f"{len(box.nodes):,} nodes further from the result",
    }[box.kind]
    return {"title": name or what or "value", "about": what if name else "", "kind": box.kind, "size": len(box.nodes)}


__all__ = ["DRAWN", "FULL", "drawn_whole", "graph_data", "group_facts", "plural_roles"]
