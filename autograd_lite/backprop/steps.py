"""The backward pass and the forward pass as records: one for each edge, one for each operation.

Each record is plain data and prints itself as one line, so that a loop over `steps(loss)` is a lecture on the chain rule.  The
stepper, the debugger and the drawings show the same records.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd_lite import RULES, Value
from autograd_lite.engine.closures import pullback_of, shares
from autograd_lite.formatting import short_float
from autograd_lite.rules.rule import fill
from autograd_lite.structure.names import d, operand_name
from autograd_lite.structure.snapshot import Snapshot
from autograd_lite.terminal import Table


class Edge(NamedTuple):
    """What happens on one edge of the backward pass: the facts a `Step` is made from; `before` is None for "no gradient yet"."""

    node: Value
    parent: Value
    upstream: Any
    local: float
    share: Any
    before: Any

    @property
    def after(self) -> Any:
        """The gradient of the parent when its share has been added."""
        return (0.0 if self.before is None else self.before) + self.share


def edges(node: Value) -> list[tuple[Value, float]]:
    """The parents of a node that keep a gradient, with the local derivatives; detached ones are left out."""
    return [edge for edge in node.edges if not edge[0].is_constant]


def flows(node: Value, upstream: Any) -> list[tuple[Value, float, Any]]:
    """For each edge of a node whose gradient is `upstream` the parent, the local derivative, and what is added to the parent's
    gradient: their product, or what a backward rule makes of the gradient, from which the local derivative is then told."""
    if pullback_of(node) is None:
        return [(parent, local, upstream * local) for parent, local in node.edges]
    pairs = zip(node.edges, shares(node, upstream), strict=True)
    return [(parent, (part or 0.0) / upstream if upstream else local, part or 0.0) for (parent, local), part in pairs]


def sweep(nodes: Iterable[Value], known: Callable[[Value], Any], skip: int = 0, constants: bool = False) -> Iterator[Edge]:
    """The backward pass, edge by edge, computed beside the nodes: it touches no `.grad` and calls no hook.

    Parameters
    ----------
    nodes : iterable of Value
        In reverse topological order.
    known : callable
        The gradient that a node has to begin with, or None.
    skip : int, default 0
        So many edges of the first node are left out.
    constants : bool, default False
        Whether to go along edges to constants, too, which keep no gradient.
    """
    grads: dict[Value, Any] = {}
    for node in nodes:
        upstream = (grads[node] if node in grads else known(node)) or 0.0
        ahead = [flow for flow in flows(node, upstream) if constants or not flow[0].is_constant]
        for parent, local, share in ahead[skip:] if skip else ahead:
            before = grads[parent] if parent in grads else known(parent)
            yield Edge(node, parent, upstream, local, share, before)
            grads[parent] = (0.0 if before is None else before) + share
        skip = 0


@dataclass(frozen=True, repr=False)
class Step:
    """One edge of the backward pass: parent.grad += upstream * local.

    Attributes
    ----------
    node, parent : Value
        The edge runs from `node` back to `parent`.
    names : tuple of str
        What the root, `node` and `parent` are called.
    upstream : float
        The gradient of `node`, complete.
    local : float
        d node / d parent, recorded in the forward pass.
    product : float
        What is added to the gradient of `parent`.
    before, after : float
        The gradient of `parent`.
    k : int
        The number of the step, from 1.
    first : bool
        Whether `parent` had no gradient yet (`before` is then 0.0, and shown as a bare 0).

    Examples
    --------
    >>> w, x = Value(-2.0, label="w"), Value(5.0, label="x")
    >>> f = w * x
    >>> f.label = "f"
    >>> for step in steps(f):
    ...     print(step)
    df/dw += df/df * df/dw = 1.0 * 5.0 = 5.0   (w.grad: 0 -> 5.0)
    df/dx += df/df * df/dx = 1.0 * -2.0 = -2.0   (x.grad: 0 -> -2.0)
    """

    node: Value
    parent: Value
    names: tuple[str, str, str]
    upstream: float
    local: float
    product: float
    before: float
    after: float
    k: int = 0
    first: bool = False

    @property
    def rule(self) -> str:
        """The chain rule for this edge: `dL/da += dL/de * de/da`."""
        root, node, parent = (d(name) for name in self.names)
        last = f"* {node}/{parent}" if self.by is None else f"by the backward rule of {self.by}"
        return f"{root}/{parent} += {root}/{node} {last}"

    @property
    def by(self) -> str | None:
        """What has a backward rule of its own, so that the gradient is not multiplied by a local derivative; None for the chain rule."""
        return self.node._op if pullback_of(self.node) is not None else None

    @property
    def numbers(self) -> str:
        """The same with numbers: `-2.0 * 3.0 = -6.0`, or `100.0 -> 1.0` by a backward rule."""
        how = f" * {short_float(self.local)} =" if self.by is None else " ->"
        return f"{short_float(self.upstream)}{how} {short_float(self.product)}"

    @property
    def change(self) -> str:
        """What happens to the parent's gradient: `a.grad: 0 -> -6.0`."""
        before = "0" if self.first else short_float(self.before)
        return f"{self.names[2]}.grad: {before} -> {short_float(self.after)}"

    def __str__(self) -> str:
        return f"{self.rule} = {self.numbers}   ({self.change})"

    __repr__ = __str__


@dataclass(frozen=True, repr=False)
class ForwardStep:
    """One operation of the forward pass: a number and its local derivatives are recorded.

    Attributes
    ----------
    node : Value
    name : str
    formula : str
        The operation on names: `w * x`.
    k : int
        The number of the step, from 1.

    Examples
    --------
    >>> w, x = Value(-2.0, label="w"), Value(5.0, label="x")
    >>> print(next(forward_steps(w * x)))
    v1 = w * x = -2.0 * 5.0 = -10.0   (dv1/dw = 5.0, dv1/dx = -2.0)
    """

    node: Value
    name: str
    formula: str
    numbers: str
    slopes: tuple[tuple[str, float], ...]
    k: int = 0

    @property
    def local(self) -> str:
        """The local derivatives: `dv1/dw = 5.0, dv1/dx = -2.0`."""
        return ", ".join(f"{d(self.name)}/{d(name)} = {short_float(slope)}" for name, slope in self.slopes)

    def __str__(self) -> str:
        numbers = "" if self.numbers == self.formula else f" = {self.numbers}"
        return f"{self.name} = {self.formula}{numbers} = {short_float(self.node.data)}" + (
            f"   ({self.local})" if self.local else ""
        )

    __repr__ = __str__


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
    graph = Snapshot.of(root)
    order, names = graph.order, graph.names
    for k, edge in enumerate(sweep(reversed(order), {root: float(gradient)}.get), 1):
        yield make_step(edge, root, names, k)


def make_step(edge: Edge, root: Value, names: Mapping[Any, str], k: int) -> Step:
    """The record of an edge."""
    node, parent, upstream, local, share, before = edge
    product = float(share)
    start = 0.0 if before is None else float(before)
    called = (names[root], names[node], names[parent])
    return Step(node, parent, called, float(upstream), float(local), product, start, start + product, k, before is None)


def forward_steps(root: Value) -> Iterator[ForwardStep]:
    """The operations of the forward pass, which the backward pass goes through from the last to the first, one record each.

    Examples
    --------
    >>> a = Value(2.0, label="a")
    >>> for step in forward_steps(a * 3.0 + a):
    ...     print(step)
    v1 = a * 3.0 = 2.0 * 3.0 = 6.0   (dv1/da = 3.0)
    v2 = v1 + a = 6.0 + 2.0 = 8.0   (dv2/dv1 = 1.0, dv2/da = 1.0)
    """
    graph = Snapshot.of(root)
    order, names = graph.order, graph.names
    computed = (node for node in order if not node.is_leaf)
    for k, node in enumerate(computed, 1):
        yield make_forward_step(node, names, k)


def make_forward_step(node: Value, names: Mapping[Any, str], k: int) -> ForwardStep:
    """The record of an operation."""
    operands = [operand_name(arg, names) for arg in node.args]
    numbers = [short_float(arg.data if isinstance(arg, Value) else arg) for arg in node.args]
    slopes = tuple((names[parent], slope) for parent, slope in node.edges)
    return ForwardStep(node, names[node], formula(node.op, operands), formula(node.op, numbers), slopes, k)


def formula(op: str, operands: list[str]) -> str:
    """The operation `op` written on texts.

    >>> formula("mul", ["w", "x"]), formula("mul", ["w", "-2.0"]), formula("tanh", ["v1"]), formula("pow", ["-2.0", "2.0"])
    ('w * x', 'w * -2.0', 'tanh(v1)', '(-2.0) ** 2.0')
    """
    rule = RULES.get(op)
    if rule is None or not rule.text or rule.variadic:
        return f"{op.partition(' ')[2] or op}({', '.join(operands)})"  # of "closure tanh" the name
    # Only in front of a power or a sign a minus would be misread: -2.0 ** 2.0.
    fenced = [
        f"({one})" if one.startswith("-") and not place and rule.level >= 3 else one for place, one in enumerate(operands)
    ]
    return fill(rule.text, dict(zip(rule.arguments, fenced, strict=True)))


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
    graph = Snapshot.of(root)
    order, names = graph.order, graph.names
    for node in order:
        if node.is_leaf:
            yield f"{names[node]} = {short_float(node.data)}"
        else:
            step = make_forward_step(node, names, 0)
            yield f"{step.name} = {step.formula} = {short_float(node.data)}"


def gradient_text(node: Value, missing: str = "-") -> str:
    """The gradient of a node; `missing` where none has been computed.

    >>> gradient_text(Value(1.0))
    '-'
    """
    return short_float(node.grad) if node.has_grad else missing


class Steps(list[Any]):
    """Several steps; prints a line each."""

    def __str__(self) -> str:
        return "\n".join(str(step) for step in self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return step_table(self)._repr_html_()


class Undone(Steps):
    """Steps that were taken back, the last one first."""

    def __str__(self) -> str:
        return "\n".join(f"undone: {step}" for step in self)

    __repr__ = __str__


def step_table(rows: Iterable[Step | ForwardStep], here: int | None = None, title: str = "") -> Table:
    """Steps as a table; those up to step number `here` are marked as done."""
    cells = []
    for step in rows:
        mark = "" if here is None else "*" if step.k < here else ">" if step.k == here else ""
        if isinstance(step, Step):
            cells.append([mark, str(step.k), step.rule, step.numbers, step.change])
        else:
            line = f"{step.name} = {step.formula}"
            cells.append([mark, str(step.k), line, f"{step.numbers} = {short_float(step.node.data)}", step.local])
    first = 0 if any(mark for mark, *_ in cells) else 1
    heads = ["", "step", "rule", "numbers", "what changes"]
    return Table(heads[first:], [row[first:] for row in cells], title=title, right={1 - first}, named=False)
