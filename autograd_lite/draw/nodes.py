"""A graph node by node: the boxes of Values, the operations between them, the edges."""

from collections.abc import Sequence

from autograd_lite import Value
from autograd_lite.draw.digraph import Digraph
from autograd_lite.draw.style import Mark, Style
from autograd_lite.draw.text import clip, literal, markup
from autograd_lite.engine.closures import pullback_of
from autograd_lite.formatting import short


def add_nodes(dot: Digraph, order: Sequence[Value], style: Style) -> None:
    """Draw `order`, a graph in topological order, into `dot`.

    Value k of the order is the DOT node "n<k>", its operation "n<k>op"; whoever animates the picture finds them by that.
    """
    names = {node: f"n{k}" for k, node in enumerate(order)}
    for node in order:
        dot.node(names[node], label=value_table(node, style))
        if not node.is_leaf:
            _add_operation(dot, node, names, style)


def _add_operation(dot: Digraph, node: Value, names: dict[Value, str], style: Style) -> None:
    theme = style.theme
    name, operation = names[node], f"{names[node]}op"
    on_path = [(operand, node) in style.edges for operand in node.args]
    by_rule = pullback_of(node) is not None
    dot.node(
        operation, label=literal(f"{node._op}\n{own_rule(node.op)}".strip()), shape="box",
        style="rounded,filled,dashed" if by_rule else "rounded,filled", fillcolor=theme.operation,
        color=theme.accent if any(on_path) else theme.line, margin="0.1,0.03", height="0.28", width="0.28",
    )  # fmt: skip
    dot.edge(operation, name, **style.line(any(on_path)))
    for k, (operand, slope) in enumerate(zip(node.args, node.arg_grads, strict=True)):
        if slope is not None:
            label = literal(short(slope, style.digits)) if style.local_grads else ""
            dot.edge(names[operand], operation, label=label, **style.line(on_path[k]))
        elif not isinstance(operand, Value):
            dot.node(
                f"{name}c{k}", label=literal(short(operand, style.digits)), shape="box", color=theme.faint,
                fontcolor=theme.faint, fillcolor=theme.group, style="filled", fontsize="10", height="0.2", width="0.2",
                margin="0.06,0.03", penwidth="0.5",
            )  # fmt: skip
            dot.edge(f"{name}c{k}", operation, color=theme.faint)
        elif operand in names:  # no gradient flows back: the branch of a where() not taken, a condition
            dot.edge(names[operand], operation, style="dashed", color=theme.faint)
        else:
            number = short(operand.data, style.digits)
            label = literal(f"{clip(operand.label)} = {number}" if operand.label else number)
            dot.node(
                f"{name}skip{k}", label=label, shape="box", style="dashed", color=theme.faint, fontcolor=theme.faint,
                height="0.25", width="0.3", margin="0.08,0.03",
            )  # fmt: skip
            dot.edge(f"{name}skip{k}", operation, style="dashed", color=theme.faint)


def own_rule(op: str) -> str:
    """How an operation came by a backward rule of its own, which drawings say, with a dashed outline; empty if it has none.

    >>> own_rule("closure tanh"), own_rule("custom_vjp clip"), own_rule("tanh")
    ('by hand', 'custom_vjp', '')
    """
    kind, mark, _ = op.partition(" ")
    return {"closure": "by hand"}.get(kind, kind) if mark else ""


def value_table(node: Value, style: Style) -> str:
    """The box of a node as one of DOT's HTML-like labels: name, number, gradient."""
    cells = [f"data {short(node.data, style.digits)}"]
    if node.is_constant:
        cells.append(style.faint("constant"))
    elif style.grads:
        cells.append(f"grad {short(node.grad, style.digits)}" if node.has_grad else style.faint("grad not computed"))
    if node.label:
        cells.insert(0, f"<B>{markup(clip(node.label, 200))}</B>")
    theme = style.theme
    fill = theme.group if node.is_constant else theme.leaf if node.is_leaf else theme.value
    return table([cells], fill, style, style.marks.get(node))


def table(rows: Sequence[Sequence[str]], fill: str, style: Style, mark: Mark | None = None) -> str:
    """A table of ready-made markup; a row shorter than the longest is stretched."""
    mark = mark or Mark()
    width = max(len(row) for row in rows)
    lines = []
    for row in rows:
        cells = []
        for k, cell in enumerate(row):
            span = width - len(row) + 1 if k == len(row) - 1 else 1
            stretch = f' COLSPAN="{span}"' if span > 1 else ""
            cells.append(f'<TD BGCOLOR="{markup(mark.fill or fill)}"{stretch}>{cell}</TD>')
        lines.append(f"<TR>{''.join(cells)}</TR>")
    if mark.note:
        lines.append(f'<TR><TD BORDER="0" COLSPAN="{width}"><I>{markup(mark.note)}</I></TD></TR>')
    outline = f'BORDER="3" COLOR="{markup(mark.color)}"' if mark.color else f'BORDER="0" COLOR="{style.theme.line}"'
    return f'<<TABLE {outline} CELLBORDER="1" CELLSPACING="0" CELLPADDING="5">{"".join(lines)}</TABLE>>'
