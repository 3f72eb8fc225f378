"""A graph as text: a tree or a table for the terminal, Python that makes it again, LaTeX."""

import keyword
from collections.abc import Mapping
from typing import Any

from autograd_lite import Value
from autograd_lite.backprop.names import Names, checked_order, checked_root, clean, operand_name, short
from autograd_lite.backprop.spelling import latex_name
from autograd_lite.backprop.steps import formula
from autograd_lite.backprop.tables import Table
from autograd_lite.backprop.writing import Writer
from autograd_lite.engine.graph import operand_order
from autograd_lite.engine.node import Node
from autograd_lite.rules import RULES
from autograd_lite.rules.rule import fill


def to_text(root: Value, form: str = "tree", *, limit: int = 60) -> str:
    """Draw a graph with the characters of a terminal.

    Parameters
    ----------
    root : Value
    form : {"tree", "table"}, default "tree"
        A tree from the root down, in which a node that was shown before is only named; or a table in the order of the forward
        pass: operation, operands, value, local derivatives, gradient.
    limit : int, default 60
        The most lines; what is left out is counted.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If there is no such form.

    Examples
    --------
    >>> a = Value(2.0, label="a")
    >>> b = a * 3.0; b.label = "b"
    >>> L = b * b; L.label = "L"
    >>> L.backward()
    >>> print(to_text(L))
    L = b * b = 36.0   grad 1.0
    +-- b = a * 3.0 = 6.0   grad 12.0   (d/db 6.0)
    |   `-- a = 2.0   grad 36.0   (d/da 3.0)
    `-- b, see above   (d/db 6.0)
    >>> print(to_text(L, "table"))
    node  op   operands  value  local derivatives  gradient
    ----  ---  --------  -----  -----------------  --------
    a                      2.0                         36.0
    b     mul  a, 3.0      6.0  3.0, -                 12.0
    L     mul  b, b       36.0  6.0, 6.0                1.0
    """
    root = checked_root(root, "drawing")
    order = checked_order(root, "drawing")
    names = Names(order)
    if form == "table":
        return str(_table(order, names, limit))
    if form != "tree":
        raise ValueError(f"form is 'tree' or 'table', not {form!r}")
    return "\n".join(_tree(root, names, limit, len(order)))


def _tree(root: Value, names: Names, limit: int, count: int) -> list[str]:
    lines: list[str] = []
    shown: set[Any] = set()
    # (node, what stands before it, what stands before those below it, the local derivative on the way)
    stack: list[tuple[Any, str, str, float | None]] = [(root, "", "", None)]
    while stack:
        node, before, below, slope = stack.pop()
        if len(lines) == limit:
            lines.append(f"... {count - len(shown)} more nodes; to_text(root, limit={2 * limit}) shows more")
            break
        name = names[node]
        local = "" if slope is None else f"   (d/d{name} {short(slope)})"
        if node in shown and not node.is_leaf:
            lines.append(f"{before}{name}, see above{local}")
            continue
        shown.add(node)
        lines.append(f"{before}{_line(node, names)}   {_grad(node)}{local}")
        edges = [(arg, d) for arg, d in zip(node.args, node.arg_grads, strict=True) if d is not None]
        for k in reversed(range(len(edges))):
            arg, d = edges[k]
            last = k == len(edges) - 1
            stack.append((arg, below + ("`-- " if last else "+-- "), below + ("    " if last else "|   "), d))
    return lines


def _line(node: Any, names: Names) -> str:
    if node.is_leaf:
        return f"{names[node]} = {short(node.data)}"
    operands = [operand_name(arg, names) for arg in node.args]
    return f"{names[node]} = {formula(node.op, operands)} = {short(node.data)}"


def _grad(node: Any) -> str:
    return f"grad {short(node.grad)}" if node.has_grad else "grad not computed"


def graph_table(root: Value, limit: int = 60) -> Table:
    """A row for each node, in the order of the forward pass: what `to_text(root, "table")` writes."""
    order = checked_order(root, "drawing")
    return _table(order, Names(order), limit)


def _table(order: list[Any], names: Names, limit: int) -> Table:
    rows = []
    for node in order[:limit]:
        operands = [operand_name(arg, names) for arg in node.args]
        slopes = ["-" if slope is None else short(slope) for slope in node.arg_grads]
        grad = short(node.grad) if node.has_grad else "-"
        rows.append(
            [
                names[node],
                node.op if not node.is_leaf else "",
                ", ".join(operands),
                short(node.data),
                ", ".join(slopes),
                grad,
            ]
        )
    title = "" if len(order) <= limit else f"the first {limit} of {len(order)} nodes"
    heads = ["node", "op", "operands", "value", "local derivatives", "gradient"]
    return Table(heads, rows, title=title, right={3, 5})


def to_python(root: Value, name: str = "") -> str:
    """Python that makes the graph again, to be pasted: the same operations in the same order, so the same bits.

    Parameters
    ----------
    root : Value
    name : str, optional
        Of the variable that holds the result; its label, or f, if left out.

    Returns
    -------
    str

    Examples
    --------
    >>> w, x = Value(-2.0, label="w"), Value(5.0, label="x")
    >>> print(to_python((w * x).tanh()))
    import autograd_lite as ag
    w = ag.Value(-2.0, label='w')
    x = ag.Value(5.0, label='x')
    v1 = w * x
    f = ag.tanh(v1)
    """
    import autograd_lite

    root = checked_root(root, "writing")
    order = checked_order(root, "writing")
    whole: list[Any] = operand_order(root)  # with the branches that were not taken
    if len(whole) > len(order):
        order = [*order, *set(whole).difference(order)]
    names = Names(order)
    name = name or _identifier(root.label or "f", {"ag"})
    taken: set[str] = {"ag", name}
    words: dict[Any, str] = {}
    lines = ["import autograd_lite as ag"]
    for node in whole:
        word = name if node is root else _identifier(names[node], taken)
        words[node] = word
        taken.add(word)
        if node.is_leaf:
            label = f", label={node.label!r}" if node.label else ""
            constant = "" if node.requires_grad else ", requires_grad=False"
            lines.append(f"{word} = ag.Value({_number(node.data)}{label}{constant})")
            continue
        operands = [words[arg] if isinstance(arg, Node) else _number(arg) for arg in node.args]
        rule = RULES.get(node.op)
        if rule is not None and rule.text:
            fenced = [f"({operand})" if operand.startswith("-") else operand for operand in operands]
            text = fill(rule.text, dict(zip(rule.arguments, fenced, strict=True)))
        elif rule is None or node.op in ("dot", "softmax", "log_softmax") or not hasattr(autograd_lite, node.op):
            text = f"ag.engine.record.apply({', '.join([repr(node.op), *operands])})"
        else:
            text = f"ag.{node.op}({', '.join(operands)})"
        lines.append(f"{word} = {text}")
    return "\n".join(lines)


def _identifier(label: str, taken: set[str]) -> str:
    word = "".join(c if c.isalnum() or c == "_" else "_" for c in clean(label))
    word = word if word.isidentifier() else f"v_{word}"
    while word in taken or keyword.iskeyword(word):
        word += "_"
    return word


def _number(number: float) -> str:
    return repr(number) if abs(number) < float("inf") else f"float('{number}')"


def to_latex(root: Value) -> str:
    r"""The formula of a graph in LaTeX, labelled intermediate results by their names.

    Parameters
    ----------
    root : Value

    Returns
    -------
    str
        `L = ...`, without dollar signs.

    Examples
    --------
    >>> w, x, b = Value(-2.0, label="w"), Value(5.0, label="x"), Value(3.0, label="b")
    >>> f = (w * x + b).tanh(); f.label = "f"
    >>> print(to_latex(f))
    f = \tanh(w \cdot x + b)
    """
    root = checked_root(root, "writing")
    names: Mapping[Node, str] = Names(checked_order(root, "writing"))
    left = f"{latex_name(names[root])} = " if root.label else ""
    return left + Writer(names).operation(root).latex if not root.is_leaf else latex_name(names[root])


__all__ = ["graph_table", "to_latex", "to_python", "to_text"]
