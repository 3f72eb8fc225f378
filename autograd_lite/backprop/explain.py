r"""`explain(loss, x)`: a derivative as the sum over paths of products of local derivatives, in words, numbers and LaTeX.

The number itself is computed as back-propagation does; the paths are counted exactly and the largest listed.  `explain(x)` after a
`backward()` explains the gradient that pass gave to x.
"""

import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import TypeVar

from autograd_lite import GraphError, Value
from autograd_lite.backprop.formulas import Formula, Writer, as_formula, product, total
from autograd_lite.backprop.notation import latex_name
from autograd_lite.backprop.paths import Count, Path, big, count_paths, edges_with_places, largest_paths, reaching
from autograd_lite.backprop.steps import Edge, sweep
from autograd_lite.backprop.why_zero import scale, why_zero
from autograd_lite.engine.closures import pullback_of
from autograd_lite.engine.passes import last_root
from autograd_lite.formatting import short_float
from autograd_lite.structure.names import Names, d
from autograd_lite.structure.snapshot import Snapshot, checked_root
from autograd_lite.terminal import clean

T = TypeVar("T")

#: A path with more factors than this is shown with its middle left out.
LONG = 9

#: So many paths are shown where every one is 0.
_ZEROS = 3
#: So many backward rules are told of.
_RULES = 5
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
        graph = Snapshot.of(root, "explaining")
        order, self._names = graph.order, graph.names
        if node not in self._names:
            self._names = Names([node, *order])  # the first of two with one label keeps it
        self._writer = Writer(self._names)
        self.counted: Count = count_paths(order, node)
        within = reaching(order, node)
        self.paths: list[Path] = largest_paths(order, node, limit, within)
        self.complete = self.counted.paths == len(self.paths)
        self.value, ruled = _derivative(order, node)
        # The edges on a path from the root: one multiplication each, but for those of the root, where dL/dL = 1.
        on_paths = (p in within for one in order if one in within and one is not root for _, p, _ in edges_with_places(one))
        self.backprop_multiplications = sum(on_paths) if root in within and root is not node else 0
        self.expanded_multiplications = self.counted.multiplications
        self.notes: list[str] = [*self._rules(ruled, within), *self._noted(order)]

    def _rules(self, ruled: Iterable[Edge], within: set[Value]) -> Iterator[str]:
        """What backward rules on the paths make of the gradient that arrives; the factors on the paths are told from that."""
        for edge in islice((one for one in ruled if one.parent in within), _RULES):
            passed = f"cotangent {short_float(edge.upstream)} -> {short_float(edge.share)}"
            yield f"backward rule of {edge.node._op}: {passed} (to {self._names[edge.parent]}), not by a local derivative"

    def _noted(self, order: list[Value]) -> list[str]:
        notes = []
        if self.value == 0.0:
            notes += why_zero(self.root, order, self.node, self.paths, self._names)
        elif self.value != self.value:
            top = self._names[self.root]
            notes.append(f"a factor or a product is nan: post_mortem({top}) finds where it began")
        elif self.paths:
            notes += scale(self.value, self.paths[0], self._names)
        if self.node.is_constant:
            notes.append(f"{self.name} is a constant (detached, or requires_grad=False): backward() gives it no gradient")
        elif self.node.has_grad and abs(float(self.node.grad) - self.value) > 1e-9 * (abs(self.value) + 1e-300):
            notes.append(
                f"{self.name}.grad is {short_float(self.node.grad)}, not this: it holds what other backward passes added "
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
        lines = [f"{self.derivative} = {short_float(self.value)}"]
        if self.count != 0:
            plural = "s" if self.count != 1 else ""
            lines[0] += f", the sum over {self.counted} path{plural} from {self._names[self.root]} back to {self.name}"
        is_zero = self.value == 0.0
        if is_zero:
            lines += self.notes  # the answer first; the paths only show it
        # Of many paths that are all 0 a few say as much as all.
        shown = self.paths[:_ZEROS] if is_zero and not any(path.product for path in self.paths) else self.paths
        for k, path in enumerate(shown, 1):
            lines += [f"  {k}. {' <- '.join(elided(path.nodes, self._names.__getitem__))}", f"     {self._multiplied(path)}"]
        if self.count is None or self.count > len(shown):
            rest = big(self.count - len(shown)) if self.count is not None else str(self.counted)
            lines.append(f"  ... and {rest} more, none of them larger")
        formula = self.symbolic if self.paths and self.complete else "..."
        if formula != "..." and len(formula) <= _READABLE:
            lines.append(f"  as a formula: {self.derivative} = {formula}")
        return "\n".join([*lines, *([] if is_zero else self.notes), *self._cost()])

    def _multiplied(self, path: Path) -> str:
        """The factors of a path by name and as numbers, and what they come to."""
        names = elided(list(pairwise(path.nodes)), lambda edge: "/".join(d(self._names[node]) for node in edge))
        sides = [" * ".join(names), " * ".join(elided(path.factors, short_float))]
        return " = ".join(sides + ([short_float(path.product)] if len(path.factors) > 1 else []))

    def _cost(self) -> list[str]:
        ours, theirs = self.backprop_multiplications, self.expanded_multiplications
        if not self.paths or theirs == 0:
            return []
        if theirs is not None and theirs <= ours:
            return [f"multiplications: {theirs:,}; nothing is shared, so back-propagation saves none"]
        each = "beyond counting" if theirs is None else big(theirs)
        return [f"multiplications: back-propagation {ours:,}, every path by itself {each}"]

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    # --- formulas ----------------------------------------------------------------------------------------------------

    @property
    def symbolic(self) -> str:
        """The derivative as a formula: the partials of the table with the operands put in, e.g. `2 * (w * x + b - y) * x`.

        Where not every path is listed, or one is very long (or passes an operation of very many operands, or one with a backward
        rule of its own, which is no formula), the rest of the sum is `...`.
        """
        whole = self._formula(10 * LONG)
        if whole is not None:
            return str(whole)
        terms = [str(product(self._slopes(path))) for path in self.paths if _writable(path, 10 * LONG)]
        return joined([*terms, "..."])

    def _formula(self, longest: int) -> Formula | None:
        """The sum over all paths; None if they are not all listed, or one is too long to be written."""
        if not self.complete or not all(_writable(path, longest) for path in self.paths):
            return None
        return as_formula(total(product(self._slopes(path)) for path in self.paths))

    def _slopes(self, path: Path) -> list[Formula]:
        return [self._writer.slope(node, place) for node, place in zip(path.nodes, path.places, strict=False)]

    @property
    def latex(self) -> str:
        r"""The chain rule in LaTeX: the partials by name, as formulas, and as numbers."""
        left, value = self._partial((self.root, self.node)), as_formula(self.value).latex
        if not self.paths or self.root is self.node:
            return f"{left} = {value}"
        more = [] if self.complete else [r"\cdots"]
        chains = [_latex_product(list(pairwise(path.nodes)), self._partial) for path in self.paths]
        numbers = [_latex_product(path.factors, _latex_factor) for path in self.paths]
        # A line for each path, unless the whole sum is short enough for one.
        is_long = len(self.paths) > 1 and sum(len(path.factors) for path in self.paths) > LONG
        between = r" \\ &\quad + " if is_long else " + "
        formula = self._formula(LONG)
        lines = [f"{left} &= {joined([*chains, *more], between)}"]
        lines += [f"&= {formula.latex}"] if formula is not None else []
        lines += [f"&= {joined([*numbers, *more], between)}", f"&= {value}"]
        return r"\begin{aligned}" + r" \\ ".join(dict.fromkeys(lines)) + r"\end{aligned}"

    def _partial(self, edge: tuple[Value, Value]) -> str:
        above, below = (latex_name(self._names[node]) for node in edge)
        return rf"\frac{{\partial {above}}}{{\partial {below}}}"

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
        root = last_root()
        if root is None:
            raise GraphError(
                f"explain({clean(node.label) or 'x'}) explains the gradient that the last backward() gave, and there was none, or its "
                f"graph is gone: call loss.backward() first, or explain(loss, {clean(node.label) or 'x'})"
            )
        return Explanation(root, node, limit)
    root = checked_root(loss, "explaining")
    if isinstance(x, str):
        return Explanation(root, Snapshot.of(root, "explaining").names.find(x), limit)
    return Explanation(root, checked_root(x, "explaining"), limit)


def _writable(path: Path, longest: int) -> bool:
    """Whether a path has no more factors than `longest`, none measured, and none that is a formula of very many operands."""
    return len(path.factors) <= longest and all(
        pullback_of(node) is None and (len(node.args) <= _WIDE or node.op == "sum") for node in path.nodes[:-1]
    )


def _derivative(order: Sequence[Value], target: Value) -> tuple[float, list[Edge]]:
    """Back-propagation beside the nodes, along detached ones too; and the edges on which a backward rule was asked."""
    found, ruled = 1.0 if target is order[-1] else 0.0, []
    for edge in sweep(reversed(order), {order[-1]: 1.0}.get, constants=True):
        if edge.parent is target:
            found = edge.after
        if pullback_of(edge.node) is not None:
            ruled.append(edge)
    return found, ruled


def elided(things: Sequence[T], shown: Callable[[T], str], dots: str = "...") -> list[str]:
    """What is shown for each; of many the middle ones are left out.

    >>> elided(range(20), str)
    ['0', '1', '2', '3', '...', '16', '17', '18', '19']
    """
    if len(things) <= LONG:
        return [shown(one) for one in things]
    half = LONG // 2
    return [*map(shown, things[:half]), dots, *map(shown, things[-half:])]


def joined(terms: Sequence[str], between: str = " + ") -> str:
    """Terms as a sum; those that begin with a minus are taken away.

    >>> joined(["x", "-2 * y"])
    'x - 2 * y'
    """
    return between.join(terms).replace("+ -", "- ")


def _latex_product(things: Sequence[T], shown: Callable[[T], str]) -> str:
    return r" \cdot ".join(elided(things, shown, r"\cdots")).replace(r"\cdot \cdots \cdot", r"\cdots")


def _latex_factor(value: float) -> str:
    text = as_formula(value).latex
    return rf"\left({text}\right)" if text.startswith("-") else text
