"""Calling a function so that it can be differentiated, and the sweeps over what it recorded.

A transform gives the function new nodes in place of its arguments, which belong to nobody else: so it differentiates with
respect to *this* use of the argument only (no perturbation confusion), stops walking where the function began, and never
writes to a `.grad` that a user can see.

A number becomes a leaf.  A Value becomes `value * 1.0`, a node of its own with an edge to the Value: the derivative is then
a graph that an outer transform, or `backward()`, differentiates in turn.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, reduce
from itertools import count, islice
from operator import add
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.closures import OpenRuleError, are_pullbacks, pullback_of
from autograd_lite.engine.common import number_of, partials_of
from autograd_lite.engine.functions import dot
from autograd_lite.engine.hooks import after_hooks, has_hooks
from autograd_lite.engine.passes import gradients, propagate, without_rules
from autograd_lite.engine.value import Value, topological_order
from autograd_lite.terminal import clean
from autograd_lite.transforms.tree import Leaf, TreeDef, array_of, branch, fill, flatten, like, size, unflatten

Argnums = int | Sequence[int]
#: What it is called in an error.
RESULT = "the result of the function"
#: Whether a function is being called here to be differentiated; whoever hands out plain numbers in place of Values must not then.
differentiating: ContextVar[bool] = ContextVar("differentiating", default=False)
#: Whether Values only stand for the numbers of a call here, and numbers come out of it.
for_numbers: ContextVar[bool] = ContextVar("for_numbers", default=False)


@dataclass(frozen=True)
class Trace:
    """A function's call, recorded.

    Attributes
    ----------
    inputs : list of Value
        The nodes given to the function in place of the numbers of its arguments.
    trees : list of TreeDef
        The shape of each argument that is differentiated.
    single : bool
        Whether that is one by its number, so that what is made for it does not come in a tuple.
    result : object
        What the function returned.
    nested : bool
        Whether an argument was a Value: then results are Values too.
    no_grad : bool
        Whether the call stands in a `no_grad` block: then nothing outside can be differentiated through it.
    """

    inputs: list[Any]
    trees: list[TreeDef]
    single: bool
    result: Any
    nested: bool
    no_grad: bool

    def returned(self, number: Any) -> Any:
        """A result as the caller should see it: a float for numbers, a Value for Values."""
        if self.no_grad or not isinstance(number, Value):
            plain = number_of(number)
            return Value(plain, requires_grad=False) if self.nested else plain
        return number_of(number) if not self.nested and number.is_constant else number

    def in_shape(self, slopes: Sequence[Any]) -> Any:
        """One number for each input, in the shape of the arguments: a tuple of them if there are several."""
        shaped = unflatten(branch((), self.trees), [self.returned(slope) for slope in slopes])
        return shaped[0] if self.single else shaped

    def jacobian(self, tree: TreeDef, rows: Sequence[Sequence[Any]]) -> Any:
        """The rows of a Jacobian (one for each number in the result) in the shape of result and arguments."""
        rest = iter([[self.returned(number) for number in row] for row in rows])

        def block(leaf: Leaf) -> Any:
            mine = [next(rest) for _ in range(size(leaf))]
            blocks = fill(branch((), self.trees), partial(_block, leaf, mine, count()))
            return blocks[0] if self.single else blocks

        return fill(tree, block)

    def direction(self, tangents: Sequence[Any]) -> list[Any]:
        """The numbers of tangents, one for each argument and in its shape."""
        pairs = enumerate(zip(self.trees, tangents, strict=True))
        return [one for k, (tree, tangent) in pairs for one in like(tree, tangent, f"tangent {k}", f"argument {k}")]


def _block(leaf: Leaf, rows: Sequence[Sequence[Any]], columns: Iterator[int], inner: Leaf) -> Any:
    """The derivatives of a leaf of the result with respect to a leaf of an argument: two arrays are joined into one."""
    mine = list(islice(columns, size(inner)))
    numbers = [row[k] for row in rows for k in mine]
    if leaf.shape is None and inner.shape is None:
        return numbers[0]
    return array_of(numbers, (*(leaf.shape or ()), *(inner.shape or ())))


def check_callable(f: Any, name: str, argument: str = "x") -> None:
    """Refuse what is not a function, with the likely slip in mind: the result of a call given instead."""
    if not callable(f):
        got = f"{f!r}" if not isinstance(f, Value) else "a Value"
        raise TypeError(f"{name} takes a function, not {got}: {name}(f)({argument}), not {name}(f({argument}))")


def places(argnums: Argnums, args: Sequence[Any], kwargs: dict[str, Any]) -> list[int]:
    """`argnums` as positions counted from 0, checked against the arguments given."""
    if isinstance(argnums, bool) or not isinstance(argnums, int | Sequence) or isinstance(argnums, str):
        raise TypeError(f"argnums is a position or a sequence of positions, not {argnums!r}")
    wanted = [argnums] if isinstance(argnums, int) else list(argnums)
    found = []
    for place in wanted:
        if isinstance(place, bool) or not isinstance(place, int):
            raise TypeError(f"argnums holds positions of arguments (whole numbers), not {place!r}")
        if not -len(args) <= place < len(args):
            given = f"{len(args)} positional argument{'' if len(args) == 1 else 's'}"
            hint = (
                f"; pass {' and '.join(map(repr, kwargs))} by position to differentiate with respect to it" if kwargs else ""
            )
            raise ValueError(f"argnums={argnums!r}, but the function was called with {given}{hint}")
        found.append(place % len(args))
    if len(set(found)) != len(found):
        raise ValueError(f"argnums={argnums!r} names an argument twice")
    return found


def record(f: Callable[..., Any], argnums: Argnums, args: Sequence[Any], kwargs: dict[str, Any]) -> Trace:
    """Call `f` with new nodes for the arguments that `argnums` names."""
    args = list(args)
    no_grad = not modes.recording.get()
    inputs: list[Any] = []
    trees: list[TreeDef] = []
    nested = False
    with recording(no_grad):
        for place in places(argnums, args, kwargs):
            numbers, tree = flatten(args[place], f"argument {place}")
            nested = nested or any(isinstance(number, Value) for number in numbers)
            nodes = [_fresh(number, no_grad) for number in numbers]
            args[place] = unflatten(tree, nodes)
            inputs += nodes
            trees.append(tree)
        token = differentiating.set(True)
        try:
            result = f(*args, **kwargs)
        finally:
            differentiating.reset(token)
    for node in inputs:
        if node.is_leaf:
            node.requires_grad = False  # its part is played: for whoever walks by later it is a constant
    return Trace(inputs, trees, isinstance(argnums, int), result, nested, no_grad)


def recording(no_grad: bool) -> AbstractContextManager[None]:
    """Records inside even if the surroundings do not, as a derivative needs a graph."""
    return modes.enable_grad() if no_grad else nullcontext()


def _fresh(number: Any, no_grad: bool) -> Any:
    """A new node for an argument."""
    if not isinstance(number, Value):
        return Value(number)
    if no_grad or (modes.substitute.get() is None and not number.requires_grad):
        return Value(number_of(number), number.label)  # nothing outside can be differentiated through it
    node: Any = number * 1.0
    node.label = number.label
    return node


def is_absent(weight: Any) -> bool:
    """Whether a tangent or a cotangent that was given is 0: then what it weighs has no part in the derivative, however steep.

    A Value that takes a gradient is a variable, whatever its number, and so is an argument of a function that is recorded.

    >>> is_absent(0.0), is_absent(2.0), is_absent(Value(0.0)), is_absent(Value(0.0, requires_grad=False))
    (True, False, False, True)
    """
    if isinstance(weight, Value):
        constant = weight.is_constant or (for_numbers.get() and not differentiating.get())
        return constant and modes.substitute.get() is None and number_of(weight) == 0.0
    return bool(weight == 0.0)


class Sweep:
    """What lies between the inputs and some results, found once, to be swept as often as needed.

    Parameters
    ----------
    results : sequence of Value or number
    trace : Trace
        Of the call that gave them.
    others : sequence of Value or number, optional
        What the derivatives depend on besides.

    Attributes
    ----------
    order : list of Value
        The operations in topological order.
    graph : bool
        Whether derivatives must be Values: an argument or one of `others` was one, or a result depends on one from outside.
    """

    def __init__(self, results: Sequence[Any], trace: Trace, others: Sequence[Any] = ()) -> None:
        self.results = results
        self.trace = trace
        self.inputs = trace.inputs
        roots = [result for result in results if isinstance(result, Value)]
        whole = topological_order(*roots, ends=self.inputs)
        self.order = [node for node in whole if not node.is_leaf]
        self._leaves = [node for node in whole if node.is_leaf]
        self._open = any(not leaf.is_constant for leaf in self._leaves)
        self.graph = self._as_graph(others)
        self.one_way = self._one_way() if are_pullbacks() or has_hooks() else None

    def _one_way(self) -> Any:
        """A node that changes gradients on the way back, so that only a reverse sweep can pass; None if there is none."""
        for node in self.order:
            pullback = pullback_of(node)
            if pullback is not None and not pullback.is_pure:
                pullback.refuse(node, "it cannot be differentiated by a transform")
        nodes = (*self.order, *self.inputs)
        return next((node for node in nodes if getattr(pullback_of(node), "is_one_way", False) or has_hooks(node)), None)

    def check_forward(self) -> None:
        """Refuse a sweep that goes forwards where gradients are changed on the way back."""
        if self.one_way is not None:
            node = self.one_way
            what = f"{clean(node.label or node._op) or 'an argument'} has a {'hook' if has_hooks(node) else 'backward rule'}"
            raise NotImplementedError(
                f"{what}, which says what happens to a gradient on the way back, not to a tangent on the way forward: "
                "use grad, vjp, jacrev, hessian or hvp"
            )

    def _as_graph(self, others: Sequence[Any]) -> bool:
        values = self.trace.nested or self._open or any(isinstance(one, Value) for one in others)
        return values and not self.trace.no_grad

    def values(self) -> list[Any]:
        """The results as the caller should see them."""
        if not self.graph:
            return [self.trace.returned(float(result)) for result in self.results]
        twins = without_rules(self.order)
        return [self.trace.returned(twins.get(one, one) if isinstance(one, Value) else one) for one in self.results]

    def reverse(self, seeds: Sequence[Any] = (1.0,)) -> list[Any]:
        """For each input the derivative of the results, weighted by the seeds; a result whose seed is 0 takes no part."""
        if any(map(is_absent, seeds)):
            kept = [pair for pair in zip(self.results, seeds, strict=True) if not is_absent(pair[1])]
            return Sweep([result for result, _ in kept], self.trace).reverse([seed for _, seed in kept])
        if self.graph or self._as_graph(seeds):
            return self.reverse_graph(seeds)
        grads: dict[Any, float] = dict.fromkeys([*self.order, *self._leaves, *self.inputs], 0.0)
        for result, seed in zip(self.results, seeds, strict=True):
            if isinstance(result, Value):
                grads[result] += float(seed)
        try:
            propagate(self.order, grads, closed=not self.trace.no_grad)
        except OpenRuleError:
            return self.reverse_graph(seeds)
        return [after_hooks(node, grads[node]) for node in self.inputs]

    def reverse_graph(self, seeds: Sequence[Any] = (1.0,)) -> list[Any]:
        """As `reverse`, but as Values with a graph in any case (a plain float where the derivative is a constant)."""
        one = len(self.results) == 1
        result, seed = (self.results[0], seeds[0]) if one else (dot(self.results, seeds), 1.0)
        grads = gradients(result, seed, self.inputs) if isinstance(result, Value) else {}
        return [grads.get(node, 0.0) for node in self.inputs]

    def forward(self, tangents: Sequence[Any]) -> list[Any]:
        """For each result its derivative along a direction, forwards through the recorded slopes, or again as a graph.

        An input whose tangent is 0 does not move: what depends on such inputs alone has no tangent, which is not a tangent of 0,
        since that times an infinite slope is nan.
        """
        self.check_forward()
        given = zip(self.inputs, tangents, strict=True)
        moved: dict[Any, Any] = {x: t if self.graph else float(t) for x, t in given if not is_absent(t)}
        for node in self.order:
            edges = [slope is not None and arg in moved for arg, slope in zip(node.args, node.arg_grads, strict=True)]
            if any(edges):
                slopes = partials_of(node, edges) if self.graph and pullback_of(node) is None else node.arg_grads
                pairs = zip(node.args, edges, slopes, strict=True)
                steps = [moved[arg] * slope for arg, edge, slope in pairs if edge and slope is not None]
                moved[node] = reduce(add, steps if steps and self.graph else [0.0, *steps])
        return [moved.get(result, 0.0) if isinstance(result, Value) else 0.0 for result in self.results]
