"""A graph as DOT text: a box for each Value, a circle for each operation, as in micrograd's drawings.

Plain numbers among the operands are small grey boxes, drawn anew for each use: they are constants of the operation, not
nodes of the graph.  A gradient that no backward pass has computed says so; it is not 0.
"""

import html
from collections.abc import Mapping
from typing import Any

import graphviz

from autograd_lite import Value, topological_order
from autograd_lite.draw.render import svg_of

#: Above so many nodes a picture cannot be read, and laying it out takes minutes.
LIMIT = 2000

THEMES = {
    "light": {
        "ink": "#1f2328",
        "line": "#57606a",
        "fill": "#ffffff",
        "op": "#ddf4ff",
        "leaf": "#dafbe1",
        "faint": "#6e7781",
    },
    "dark": {"ink": "#e6edf3", "line": "#8b949e", "fill": "#161b22", "op": "#0c2d6b", "leaf": "#033a16", "faint": "#8b949e"},
}


class Digraph(graphviz.Digraph):  # type: ignore[misc]
    """`graphviz.Digraph` that shows itself in a notebook also where no `dot` program is installed."""

    def _repr_svg_(self) -> str:
        return svg_of(self.source)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, str]:
        return {"image/svg+xml": self._repr_svg_()}


def trace(root: Value) -> tuple[set[Value], set[tuple[Value, Value]]]:
    """The nodes under `root` and the edges (parent, child), as in micrograd.

    >>> a = Value(2.0)
    >>> nodes, edges = trace(a + a)
    >>> len(nodes), len(edges)
    (2, 1)
    """
    order = _order(root)
    return set(order), {(parent, node) for node in order for parent in node.parents}


def draw_dot(
    root: Value,
    format: str = "svg",
    rankdir: str = "LR",
    *,
    theme: str = "light",
    local_grads: bool = False,
    marks: Mapping[Value, str] | None = None,
    limit: int = LIMIT,
) -> Digraph:
    """Draw the graph under `root`.

    Parameters
    ----------
    root : Value
    format : str, default "svg"
        What `.render()` and `.pipe()` of the result make.
    rankdir : {"LR", "TB", "RL", "BT"}, default "LR"
        From left to right, top to bottom, ...
    theme : {"light", "dark"}
    local_grads : bool, default False
        Write the local derivative on each edge.
    marks : mapping of Value to colour, optional
        Nodes to outline, with a colour each ("red", "#d1242f").
    limit : int, default 2000
        The most nodes to draw.

    Returns
    -------
    graphviz.Digraph

    Raises
    ------
    TypeError
        If `root` is not a Value.
    ValueError
        If the graph has more nodes than `limit`, or an option is none of those listed.

    Examples
    --------
    >>> a = Value(2.0, label="a")
    >>> print(draw_dot(a * 3.0).source.splitlines()[0])
    digraph {
    """
    if rankdir not in {"LR", "TB", "RL", "BT"}:
        raise ValueError(f"rankdir is LR, TB, RL or BT, not {rankdir!r}")
    if theme not in THEMES:
        raise ValueError(f"theme is light or dark, not {theme!r}")
    order = _order(root)
    if len(order) > limit:
        raise ValueError(
            f"the graph has {len(order):,} nodes, which no picture shows legibly; draw a part of it (the graph of one "
            f"sample, one neuron), or raise the limit: draw_dot(root, limit={len(order)})"
        )
    colours = THEMES[theme]
    marks = marks or {}
    font = {"fontname": "Helvetica,Arial,sans-serif", "fontsize": "11", "fontcolor": colours["ink"]}
    dot = Digraph(
        format=format,
        graph_attr={"rankdir": rankdir, "bgcolor": "transparent" if theme == "light" else "#0d1117", "nodesep": "0.25"},
        node_attr={**font, "shape": "plain", "color": colours["line"]},
        edge_attr={**font, "color": colours["line"], "arrowsize": "0.7", "fontsize": "9"},
    )
    names = {id(node): f"n{k}" for k, node in enumerate(order)}
    for node in order:
        name = names[id(node)]
        dot.node(name, label=_table(node, colours, marks.get(node)))
        if node.is_leaf:
            continue
        operation = f"{name}op"
        dot.node(
            operation,
            label=graphviz.escape(node._op),
            shape="circle",
            style="filled",
            fillcolor=colours["op"],
            margin="0.03",
        )
        dot.edge(operation, name)
        for k, (operand, slope) in enumerate(zip(node.args, node.arg_grads, strict=True)):
            label = graphviz.escape(f"{slope:.4g}") if local_grads and slope is not None else ""
            if slope is not None:
                dot.edge(names[id(operand)], operation, label=label)
            elif isinstance(operand, Value):  # the branch of a where() that was not taken, or a parameter such as an order
                dot.node(
                    f"{name}skip{k}", label=_text(_shown(operand)), shape="box", fontcolor=colours["faint"], style="dashed"
                )
                dot.edge(f"{name}skip{k}", operation, style="dashed")
            else:
                dot.node(f"{name}c{k}", label=_text(f"{operand:.4g}"), shape="box", color=colours["faint"],
                         fontcolor=colours["faint"], height="0.2", width="0.2", margin="0.06,0.03")  # fmt: skip
                dot.edge(f"{name}c{k}", operation, color=colours["faint"])
    return dot


make_dot = draw_dot


def _order(root: Value) -> list[Value]:
    if not isinstance(root, Value):
        raise TypeError(f"a drawing starts from a Value, the result of the computation; not {type(root).__name__}")
    return topological_order(root)


def _shown(node: Value) -> str:
    return node.label or f"{node.data:.4g}"


def _text(text: str) -> str:
    """Text that DOT takes literally, whatever is in it."""
    literal: str = graphviz.escape(_printable(text).replace("&", "&amp;"))  # a kind of str that is never taken for HTML
    return literal


def _markup(text: str) -> str:
    r"""Text inside an HTML-like label, where Graphviz would still replace \N by the name of the node."""
    return html.escape(text).replace("\\", "\\\\")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _table(node: Value, colours: Mapping[str, str], mark: str | None) -> str:
    """The box of a node as one of DOT's HTML-like labels: name, number, gradient."""
    cells = []
    if node.label:
        cells.append(f"<B>{'<BR/>'.join(_markup(line) for line in _printable(node.label).split(chr(10)))}</B>")
    cells.append(f"data {float(node.data):.4g}")
    if node.is_leaf and not node.requires_grad:
        cells.append("constant")
    elif node.has_grad:
        cells.append(f"grad {float(node.grad):.4g}")
    else:
        cells.append("grad not computed")
    fill = colours["leaf"] if node.is_leaf and node.requires_grad else colours["fill"]
    outline = f' COLOR="{html.escape(mark)}"' if mark else ""
    border = "3" if mark else "1"
    row = "".join(f'<TD BGCOLOR="{fill}">{cell}</TD>' for cell in cells)
    frame = f'BORDER="{border if mark else 0}" CELLBORDER="1" CELLSPACING="0" CELLPADDING="5"{outline}'
    return f"<<TABLE {frame}><TR>{row}</TR></TABLE>>"


__all__ = ["LIMIT", "Digraph", "draw_dot", "make_dot", "trace"]
