"""A graph as text: a tree or a table for the terminal, Python that makes it again, LaTeX."""

import keyword
import unicodedata
from collections.abc import Sequence
from typing import Any

import autograd_lite
from autograd_lite import RULES, Value
from autograd_lite.backprop.formulas import Writer
from autograd_lite.backprop.notation import latex_name
from autograd_lite.backprop.steps import formula, gradient_text
from autograd_lite.engine.closures import refuse
from autograd_lite.engine.copying import operand_order
from autograd_lite.formatting import short_float
from autograd_lite.structure.names import Names, operand_name
from autograd_lite.structure.snapshot import Snapshot
from autograd_lite.terminal import Table, clean


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
    if form == "table":
        return str(graph_table(root, limit))
    if form != "tree":
        raise ValueError(f"form is 'tree' or 'table', not {form!r}")
    graph = Snapshot.of(root, "drawing")
    return "\n".join(_tree(graph.order, graph.names, limit))


def _tree(order: Sequence[Value], names: Names, limit: int) -> list[str]:
    lines: list[str] = []
    shown: set[Value] = set()
    # (node, what stands before it, what stands before those below it, the local derivative on the way)
    stack: list[tuple[Value, str, str, str]] = [(order[-1], "", "", "")]
    while stack:
        node, before, below, local = stack.pop()
        name = names[node]
        if len(lines) == limit:
            lines.append(f"... {len(order) - len(shown)} more nodes; to_text(root, limit={2 * limit}) shows more")
            break
        if node in shown and not node.is_leaf:
            lines.append(f"{before}{name}, see above{local}")
            continue
        shown.add(node)
        computed = "" if node.is_leaf else f"{formula(node.op, [operand_name(arg, names) for arg in node.args])} = "
        lines.append(
            f"{before}{name} = {computed}{short_float(node.data)}   grad {gradient_text(node, 'not computed')}{local}"
        )
        branch, margin = "`-- ", "    "  # the last one first
        for parent, slope in reversed(node.edges):
            stack.append((parent, below + branch, below + margin, f"   (d/d{names[parent]} {short_float(slope)})"))
            branch, margin = "+-- ", "|   "
    return lines


def graph_table(root: Value, limit: int = 60) -> Table:
    """A row for each node, in the order of the forward pass: what `to_text(root, "table")` writes."""
    graph = Snapshot.of(root, "drawing")
    order, names = graph.order, graph.names
    rows = []
    for node in order[:limit]:
        operands = ", ".join(operand_name(arg, names) for arg in node.args)
        slopes = ", ".join("-" if slope is None else short_float(slope) for slope in node.arg_grads)
        rows.append([names[node], node.op, operands, short_float(node.data), slopes, gradient_text(node)])
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
    order = Snapshot.of(root, "writing").order
    whole: list[Any] = operand_order(root)  # with the branches that were not taken
    there = set(order)
    names = Names([*order, *(node for node in whole if node not in there)])
    name = name or _identifier(root.label or "f", {"ag"})
    taken: set[str] = {"ag", name}
    words: dict[Value, str] = {}
    lines = ["import autograd_lite as ag"]
    for node in whole:
        refuse(node, "it cannot be written as Python")
        word = name if node is root else _identifier(names[node], taken)
        words[node] = word
        taken.add(word)
        if node.is_leaf:
            label = f", label={node.label!r}" if node.label else ""
            constant = "" if node.requires_grad else ", requires_grad=False"
            lines.append(f"{word} = ag.Value({_number(node.data)}{label}{constant})")
            continue
        operands = [words[arg] if isinstance(arg, Value) else _number(arg) for arg in node.args]
        rule = RULES.get(node.op)
        if rule is not None and rule.text:
            text = formula(node.op, operands)
        elif rule is None or node.op in ("dot", "softmax", "log_softmax") or not hasattr(autograd_lite, node.op):
            text = f"ag.engine.common.apply({', '.join([repr(node.op), *operands])})"
        else:
            text = f"ag.{node.op}({', '.join(operands)})"
        lines.append(f"{word} = {text}")
    return "\n".join(lines)


def _identifier(label: str, taken: set[str]) -> str:
    # As Python reads names: "ﬁ" is "fi" there, and a raised 2 is none.
    word = "".join(c if f"_{c}".isidentifier() else "_" for c in unicodedata.normalize("NFKC", clean(label)))
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
    names = Snapshot.of(root, "writing").names
    called = latex_name(names[root])
    return called if root.is_leaf else (f"{called} = " if root.label else "") + Writer(names).operation(root).latex
