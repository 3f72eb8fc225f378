"""`draw_dot`: the graph under a Value as DOT, node by node while it is small, as a summary when it is not.

A box for each Value, a rounded one for each operation, as in micrograd's drawings.  Plain numbers among the operands are
small grey boxes, drawn anew for each use: they are constants of the operation, not nodes of the graph.  A gradient that no
backward pass has computed says so; it is not 0.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from autograd_lite import Value
from autograd_lite.draw.boxes import add_boxes
from autograd_lite.draw.digraph import Digraph
from autograd_lite.draw.highlight import highlighted
from autograd_lite.draw.nodes import add_nodes
from autograd_lite.draw.style import Style
from autograd_lite.draw.themes import theme_named
from autograd_lite.structure import READABLE, Grouping, Snapshot, contract, groups_by_label, keep_nearest, summarize

#: Above so many nodes an unfolded picture takes minutes to lay out, and nobody can read it.
MOST = 2000


def trace(root: Value | Sequence[Value]) -> tuple[set[Value], set[tuple[Value, Value]]]:
    """The nodes under `root` and the edges (parent, child), as in micrograd.

    >>> a = Value(2.0)
    >>> nodes, edges = trace(a + a)
    >>> len(nodes), len(edges)
    (2, 1)
    """
    order = Snapshot(root).order
    return set(order), {(parent, node) for node in order for parent in node.parents}


def draw_dot(
    root: Value | Sequence[Value],
    format: str = "svg",
    rankdir: str = "LR",
    *,
    theme: str = "light",
    local_grads: bool = False,
    grads: bool = True,
    digits: int = 4,
    marks: Mapping[Value, Any] | None = None,
    highlight: Value | Sequence[Value] | None = None,
    detail: str = "auto",
    group: Grouping | Mapping[Value, str] | Literal["labels"] | None = None,
    depth: int | None = None,
    limit: int | None = None,
) -> Digraph:
    """Draw the graph under `root`.

    Parameters
    ----------
    root : Value or list of Value
        The result of the computation, or its results.
    format : str, default "svg"
        What `.render()` and `.pipe()` of the drawing make.
    rankdir : {"LR", "TB", "RL", "BT"}, default "LR"
        From left to right, top to bottom, ...
    theme : {"light", "dark"}
    local_grads : bool, default False
        Write the local derivative on each edge.
    grads : bool, default True
        Write the gradients into the boxes.
    digits : int, default 4
        Significant digits of the numbers.
    marks : mapping of Value to str or mapping, optional
        Nodes to outline, with a colour each ("red", "#d1242f"), or with any of `color`, `fill` and `note` (a line of text).
    highlight : Value or sequence of Value, optional
        A path to colour: from a node to the result, or from each of several nodes to the next; the shortest way is taken.
    detail : {"auto", "all", "sums", "neurons", "layers", "repeats", "rows"}, default "auto"
        How much is folded, see `structure.summarize`; "auto" folds what it takes to stay under `limit`, and says so below the
        picture.
    group : callable, mapping or "labels", optional
        The group of a Value, as a dotted path such as "encoder.layer1", or None; groups become frames, or boxes if closed.
        Instead of folding by structure.  "labels" takes the groups from the labels of the parameters, as `nn` gives
        them: "layer1.neuron2.w3" is in "layer1.neuron2".
    depth : int, optional
        Groups so deep are closed.  Left out: as deep as `limit` allows.
    limit : int, optional
        The most boxes to draw: 150 if left out, 2000 where `detail` is given.

    Returns
    -------
    graphviz.Digraph
        It shows itself in a notebook; `.source` is the DOT text; `.render()` and `.pipe()` work with the Graphviz program and
        with the one inside pygraphviz.

    Raises
    ------
    TypeError
        If `root` is not a Value.
    ValueError
        If an option is none of those listed, a marked node is not in the graph, or `detail` asks for more boxes than `limit`.
    GraphError
        If the graph has a cycle, made by hand.

    Examples
    --------
    >>> a = Value(2.0, label="a")
    >>> print(draw_dot(a * 3.0).source.splitlines()[0])
    digraph {
    """
    graph = Snapshot(root)
    style = Style(theme_named(theme), rankdir, digits, local_grads, grads, marks or {}, highlighted(graph, highlight))
    style.check(graph)
    if limit is not None and limit < 1:
        raise ValueError(f"limit is the most boxes to draw, at least 1; not {limit!r}")
    if group is not None:
        return _draw_groups(graph, format, style, detail, group, depth, limit or READABLE)
    if depth is not None:
        raise ValueError("depth closes groups, and needs group=, which names the group of each Value; see also detail=")
    if len(graph) <= ((limit or READABLE) if detail == "auto" else (limit or MOST) if detail == "all" else 0):
        dot = style.sheet(format)
        add_nodes(dot, graph.order, style)
        return dot
    summary = summarize(graph, detail, limit or READABLE)
    if detail != "auto" and len(summary.boxes) > (limit or MOST):
        raise ValueError(
            f"with detail={detail!r} the graph has {len(summary.boxes):,} boxes, which no picture shows legibly; leave detail out "
            f"(it folds sums, neurons, layers and repeats), draw a part of the graph, or raise the limit: "
            f"draw_dot(root, detail={detail!r}, limit={len(summary.boxes)})"
        )
    dot = style.sheet(format, f"{summary}.\nRanges are those of all that a box stands for.")
    add_boxes(dot, summary.boxes, style)
    return dot


make_dot = draw_dot


def _draw_groups(
    graph: Snapshot,
    format: str,
    style: Style,
    detail: str,
    group: Grouping | Mapping[Value, str] | Literal["labels"],
    depth: int | None,
    limit: int,
) -> Digraph:
    if isinstance(group, str):
        if group != "labels":
            raise ValueError(f"group is a function, a mapping or 'labels', not {group!r}")
        group = groups_by_label(graph.order)
    named: Grouping = group if callable(group) else group.get
    # What is in no group is not folded, but for chains of additions, of which a large graph has long ones.
    summary = summarize(graph, detail if detail != "auto" else "all" if len(graph) <= limit else "sums")
    boxes = contract(summary.boxes, named, depth)
    level = max(len(box.frame) for box in boxes) or 1
    while depth is None and len(boxes) > limit and level >= 1:
        boxes = contract(summary.boxes, named, level)
        level -= 1
    left_out = ""
    if len(boxes) > limit:
        boxes = keep_nearest(boxes, limit)
        left_out = f"; {boxes[0].units:,} of them, further from the result, are left out"
    folded = any(len(box.nodes) > 1 for box in boxes)
    dot = style.sheet(format, f"{len(graph):,} nodes in {len(boxes):,} boxes{left_out}." if folded else "")
    add_boxes(dot, boxes, style)
    return dot
