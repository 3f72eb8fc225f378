r"""`explain(loss, x)`: a derivative as the sum over paths of products of local derivatives, in words, numbers and LaTeX.

The number itself is computed as back-propagation does; the paths are counted exactly and the largest listed.  `explain(x)` after a
`backward()` explains the gradient that pass gave to x.
"""

import html
from itertools import pairwise
from typing import Any

from autograd_lite import GraphError, Value
from autograd_lite.backprop.chains import LONG, chain_rule, elided, joined, number, partial
from autograd_lite.backprop.names import Names, checked_order, checked_root, d, short
from autograd_lite.backprop.paths import Count, Path, big, count_paths, edges_with_places, largest_paths, reaching
from autograd_lite.backprop.writing import Writer
from autograd_lite.backprop.written import Written, as_written, product, total
from autograd_lite.backprop.zero import scale, why_zero
from autograd_lite.engine import backward as engine
from autograd_lite.engine.node import CONSTANT

#: So many paths are shown where every one is 0.
_ZEROS = 3
#: A formula longer than this stands in `symbolic` only, not in the text.
_READABLE = 400
#: The slope of an operation of more operands is no formula for people, and takes long to be written.
_WIDE = 300


class Explanation:
    """The derivative of `root` with respect to `node`, explained; shows itself in a prompt and in a notebook.

    Attributes
    ----------
    root, node : Value
    value : float
        The derivative, as back-propagation computes it.
    count : int or None
        The exact number of paths; None only where it has more than some 9,800 digits (`counted.log10` then says how many).
    paths : list of Path
        The largest of them, all if `complete`.
    complete : bool
        Whether every path is listed.
    notes : list of str
        Why it is zero, vanishing or exploding, and what else is worth knowing.
    backprop_multiplications, expanded_multiplications : int
        For this derivative alone: one for each edge on a path, against every path by itself (None if beyond counting).
    """

    def __init__(self, root: Value, node: Value, limit: int = 10) -> None:
        self.root, self.node = root, node
        order = checked_order(root, "explaining")
        self._names = Names(order)
        if node not in self._names:
            self._names = Names([node, *order])  # the first of two with one label keeps it
        self._writer = Writer(self._names)
        self.counted: Count = count_paths(order, node)
        within = reaching(order, node)
        self.paths: list[Path] = largest_paths(order, node, limit, within)
        self.complete = self.counted.paths == len(self.paths)
        self.value = _derivative(order, node, within)
        # The edges on a path from the root: one multiplication each, but for those of the root, where dL/dL = 1.
        on_paths = (p in within for one in order if one in within and one is not root for _, p, _ in edges_with_places(one))
        self.backprop_multiplications = sum(on_paths) if root in within and root is not node else 0
        self.expanded_multiplications = self.counted.multiplications
        self.notes: list[str] = self._noted(order)

    def _noted(self, order: list[Value]) -> list[str]:
        notes = []
        if self.value == 0.0:
            notes += why_zero(self.root, order, self.node, self.paths, self._names)
        elif self.value != self.value:
            top = self._names[self.root]
            notes.append(f"a factor or a product is nan: post_mortem({top}) finds where it began")
        elif self.paths:
            notes += scale(self.value, self.paths[0], self._names)
        if self.node._rule == CONSTANT:
            notes.append(f"{self.name} is a constant (detached, or requires_grad=False): backward() gives it no gradient")
        elif self.node.has_grad and abs(float(self.node.grad) - self.value) > 1e-9 * (abs(self.value) + 1e-300):
            notes.append(
                f"{self.name}.grad is {short(self.node.grad)}, not this: it holds what other backward passes added "
                "(zero_grad() forgets it), a hook's replacement, or was set by hand"
            )
        return notes

    @property
    def count(self) -> int | None:
        """The exact number of paths."""
        return self.counted.paths

    @property
    def name(self) -> str:
        """What the node is called."""
        return self._names[self.node]

    @property
    def derivative(self) -> str:
        """`dL/dw`."""
        return f"{d(self._names[self.root])}/{d(self.name)}"

    # --- text --------------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The explanation in words and numbers."""
        if self.root is self.node:
            return f"{self.derivative} = 1.0, the derivative of a node with respect to itself, where back-propagation starts"
        lines = [f"{self.derivative} = {short(self.value)}"]
        if self.count != 0:
            plural = "s" if self.count != 1 else ""
            lines[0] += f", the sum over {self.counted} path{plural} from {self._names[self.root]} back to {self.name}"
        is_zero = self.value == 0.0
        if is_zero:
            lines += self.notes  # the answer first; the paths only show it
        # Of many paths that are all 0 a few say as much as all.
        shown = self.paths[:_ZEROS] if is_zero and not any(path.product for path in self.paths) else self.paths
        for k, path in enumerate(shown, 1):
            lines += [
                f"  {k}. {self._route(path)}",
                f"     {self._factors(path)} = {self._numbers(path)}" + self._product(path),
            ]
        if self.count is None or self.count > len(shown):
            rest = big(self.count - len(shown)) if self.count is not None else str(self.counted)
            lines.append(f"  ... and {rest} more, none of them larger")
        formula = self.symbolic if self.paths and self.complete else ""
        if formula and formula != "..." and len(formula) <= _READABLE:
            lines.append(f"  as a formula: {self.derivative} = {formula}")
        lines += [] if is_zero else self.notes
        lines.append(self._cost())
        return "\n".join(line for line in lines if line)

    def _cost(self) -> str:
        if not self.paths or self.expanded_multiplications == 0:
            return ""
        if self.expanded_multiplications is None:
            return (
                f"multiplications: back-propagation {self.backprop_multiplications:,}, every path by itself beyond counting"
            )
        if self.expanded_multiplications <= self.backprop_multiplications:
            return f"multiplications: {self.expanded_multiplications:,}; nothing is shared, so back-propagation saves none"
        return (
            f"multiplications: back-propagation {self.backprop_multiplications:,}, "
            f"every path by itself {big(self.expanded_multiplications)}"
        )

    def _route(self, path: Path) -> str:
        return " <- ".join(elided(path.nodes, self._names.__getitem__))

    def _factors(self, path: Path) -> str:
        return " * ".join(elided(list(pairwise(path.nodes)), lambda edge: "/".join(d(self._names[n]) for n in edge)))

    def _numbers(self, path: Path) -> str:
        return " * ".join(elided(path.factors, short))

    def _product(self, path: Path) -> str:
        return f" = {short(path.product)}" if len(path.factors) > 1 else ""

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    # --- formulas ----------------------------------------------------------------------------------------------------

    @property
    def symbolic(self) -> str:
        """The derivative as a formula: the partials of the table with the operands put in, e.g. `2 * (w * x + b - y) * x`.

        Where not every path is listed, or one is very long (or passes an operation of very many operands), the rest of the
        sum is `...`.
        """
        whole = self._formula(10 * LONG)
        if whole is not None:
            return str(whole)
        terms = [str(product(self._slopes(path))) for path in self.paths if _writable(path, 10 * LONG)]
        return joined([*terms, "..."])

    def _formula(self, longest: int) -> Written | None:
        """The sum over all paths; None if they are not all listed, or one is too long to be written."""
        if not self.complete or not all(_writable(path, longest) for path in self.paths):
            return None
        return as_written(total(product(self._slopes(path)) for path in self.paths))

    def _slopes(self, path: Path) -> list[Any]:
        return [self._writer.slope(node, place) for node, place in zip(path.nodes, path.places, strict=False)]

    @property
    def latex(self) -> str:
        r"""The chain rule in LaTeX: the partials by name, as formulas, and as numbers."""
        if not self.paths or self.root is self.node:
            return f"{partial(self.root, self.node, self._names)} = {number(self.value)}"
        return chain_rule(self.paths, self.complete, self._names, self._formula(LONG), self.value)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def _repr_html_(self) -> str:
        return f"<pre style='white-space:pre-wrap'>{html.escape(self.text)}</pre>"


def explain(loss: Value, x: Value | str | None = None, *, limit: int = 10) -> Explanation:
    """Explain a derivative: `explain(loss, x)`, or `explain(x)` after `loss.backward()`.

    Parameters
    ----------
    loss : Value
        What is differentiated; `x` if it is the only argument.
    x : Value or str, optional
        With respect to which node, or its name.
    limit : int, default 10
        The most paths to list; their number is exact whatever the limit.

    Returns
    -------
    Explanation
        With `.text`, `.latex`, `.symbolic`, `.count`, `.paths`, `.notes`.

    Raises
    ------
    GraphError
        For `explain(x)` if no backward pass has been run, or its graph is gone.
    TypeError
        If one of them is not a Value.
    LookupError
        If no node of the graph has the name.

    Examples
    --------
    >>> w, x, b, y = Value(-2.0, "w"), Value(5.0, "x"), Value(3.0, "b"), Value(-8.0, "y")
    >>> L = (w * x + b - y) ** 2; L.label = "L"
    >>> print(explain(L, w))
    dL/dw = 10.0, the sum over 1 path from L back to w
      1. L <- v3 <- v2 <- v1 <- w
         dL/dv3 * dv3/dv2 * dv2/dv1 * dv1/dw = 2.0 * 1.0 * 1.0 * 5.0 = 10.0
      as a formula: dL/dw = 2 * (w * x + b - y) * x
    multiplications: 3; nothing is shared, so back-propagation saves none
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise ValueError(f"limit is the number of paths to list, a whole number from 1; not {limit!r:.60}")
    if x is None:
        node = checked_root(loss, "explaining")
        root = engine.last_root()
        if root is None:
            raise GraphError(
                f"explain({node.label or 'x'}) explains the gradient that the last backward() gave, and there was none, or its "
                f"graph is gone: call loss.backward() first, or explain(loss, {node.label or 'x'})"
            )
        return Explanation(root, node, limit)
    root = checked_root(loss, "explaining")
    if isinstance(x, str):
        return Explanation(root, Names(checked_order(root, "explaining")).find(x), limit)
    return Explanation(root, checked_root(x, "explaining"), limit)


def _writable(path: Path, longest: int) -> bool:
    """Whether a path has no more factors than `longest`, and none that is a formula of very many operands."""
    return len(path.factors) <= longest and all(len(node.args) <= _WIDE or node.op == "sum" for node in path.nodes[:-1])


def _derivative(order: list[Value], target: Value, within: set[Value]) -> float:
    """Back-propagation beside the nodes."""
    if order[-1] not in within:
        return 0.0
    grads: dict[Any, float] = {order[-1]: 1.0}
    for node in reversed(order):
        if node is target:
            break
        if node in within and node in grads:
            for _, parent, slope in edges_with_places(node):
                grads[parent] = grads.get(parent, 0.0) + grads[node] * slope
    return grads.get(target, 0.0)


__all__ = ["Explanation", "explain"]
