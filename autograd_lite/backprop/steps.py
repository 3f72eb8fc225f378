"""An iterator over the backward pass: one record for each edge, which prints itself as a line of the chain rule."""

from collections.abc import Iterator
from dataclasses import dataclass

from autograd_lite import RULES, GraphError, Value, topological_order
from autograd_lite.engine.graph import find_cycle


@dataclass(frozen=True)
class Step:
    """One edge of the backward pass: parent.grad += upstream * local.

    Attributes
    ----------
    node, parent : Value
        The edge runs from `node` back to `parent`.
    names : tuple of str
        What `root`, `node` and `parent` are called.
    upstream : float
        The gradient of `node`, complete.
    local : float
        d node / d parent, recorded in the forward pass.
    product : float
        What is added to the gradient of `parent`.
    before, after : float
        The gradient of `parent`.

    Examples
    --------
    >>> w, x = Value(-2.0, label="w"), Value(5.0, label="x")
    >>> f = w * x
    >>> f.label = "f"
    >>> for step in steps(f):
    ...     print(step)
    df/dw += df/df * df/dw = 1.0 * 5.0 = 5.0   (w.grad: 0.0 -> 5.0)
    df/dx += df/df * df/dx = 1.0 * -2.0 = -2.0   (x.grad: 0.0 -> -2.0)
    """

    node: Value
    parent: Value
    names: tuple[str, str, str]
    upstream: float
    local: float
    product: float
    before: float
    after: float

    def __str__(self) -> str:
        root, node, parent = self.names
        numbers = f"{_short(self.upstream)} * {_short(self.local)} = {_short(self.product)}"
        change = f"({parent}.grad: {_short(self.before)} -> {_short(self.after)})"
        return f"d{root}/d{parent} += d{root}/d{node} * d{node}/d{parent} = {numbers}   {change}"


def steps(root: Value, gradient: float = 1.0) -> Iterator[Step]:
    """Back-propagate from `root`, yielding one `Step` for each edge, in the order in which they happen.

    The nodes' own `.grad` are left alone: the records carry the numbers.  Gradients start from zero, so the last `after` of
    each node is what `root.backward()` adds to it.

    Parameters
    ----------
    root : Value
    gradient : float, default 1.0
        As for `backward`.

    Raises
    ------
    TypeError
        If `root` is not a Value.
    GraphError
        If the graph has a cycle (made by hand).
    """
    order = _checked_order(root)
    names = name_nodes(order)
    grads = dict.fromkeys(order, 0.0)
    grads[root] = float(gradient)
    for node in reversed(order):
        upstream = grads[node]
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            if parent.is_leaf and not parent.requires_grad:
                continue
            product = upstream * local
            before = grads[parent]
            grads[parent] = before + product
            yield Step(
                node, parent, (names[root], names[node], names[parent]), upstream, local, product, before, grads[parent]
            )


def forward_lines(root: Value) -> Iterator[str]:
    """The forward pass as text, a line for each node: `d = a * b = 6.0`.

    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> for line in forward_lines(a * b + 1.0):
    ...     print(line)
    a = 2.0
    b = 3.0
    v1 = a * b = 6.0
    v2 = v1 + 1.0 = 7.0
    """
    order = _checked_order(root)
    names = name_nodes(order)
    for node in order:
        if node.is_leaf:
            yield f"{names[node]} = {_short(node.data)}"
            continue
        operands = [names.get(arg, _short(arg.data)) if isinstance(arg, Value) else _short(arg) for arg in node.args]
        rule = RULES[node.op]
        if rule.text and not rule.variadic:
            written = rule.text
            for argument, operand in zip(rule.arguments, operands, strict=True):
                written = written.replace(f"<{argument}>", operand)
        else:
            written = f"{node.op}({', '.join(operands)})"
        yield f"{names[node]} = {written} = {_short(node.data)}"


def name_nodes(order: list[Value]) -> dict[Value, str]:
    """A name for every node: its label, else v1, v2, ...; a label that two nodes share is told apart by a number.

    >>> name_nodes([Value(1.0, label="a"), Value(2.0), Value(3.0, label="a")]).values()
    dict_values(['a', 'v1', 'a_2'])
    """
    names: dict[Value, str] = {}
    labels = {node.label for node in order}
    taken: set[str] = set()
    counter = 0
    for node in order:
        if node.label:
            name, k = " ".join(node.label.split()) or "_", 1
            while name in taken:
                k += 1
                name = f"{' '.join(node.label.split())}_{k}"
        else:
            counter += 1
            while f"v{counter}" in labels:
                counter += 1
            name = f"v{counter}"
        taken.add(name)
        names[node] = name
    return names


def _checked_order(root: Value) -> list[Value]:
    if not isinstance(root, Value):
        raise TypeError(f"stepping starts from a Value, the result of the computation; not {type(root).__name__}")
    cyclic = find_cycle(root)
    if cyclic is not None:
        raise GraphError(
            f"the graph has a cycle through {cyclic!r}; operations never make one, so its operands were changed by hand"
        )
    return topological_order(root)


def _short(number: float) -> str:
    """Ten digits at most, and always recognisable as a float."""
    text = f"{float(number):.10g}"
    return text if any(c in text for c in ".enai") else f"{text}.0"
