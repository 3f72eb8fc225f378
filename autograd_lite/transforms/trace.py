"""Calling a function so that it can be differentiated, and the sweeps over what it recorded.

A transform gives the function new nodes in place of its arguments, which belong to nobody else: so it differentiates with
respect to *this* use of the argument only (no perturbation confusion), stops walking where the function began, and never
writes to a `.grad` that a user can see.

A number becomes a leaf.  A Value becomes `value * 1.0`, a node of its own with an edge to the Value: the derivative is then
a graph that an outer transform, or `backward()`, differentiates in turn.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.backward import after_hooks, any_hooks, gradients
from autograd_lite.engine.functions import dot
from autograd_lite.engine.graph import visit
from autograd_lite.engine.node import CONSTANT, LEAF, Node
from autograd_lite.engine.record import partials_of
from autograd_lite.engine.value import Value
from autograd_lite.transforms.tree import Tree, flatten

#: Whether a function is being called here to be differentiated; whoever hands out plain numbers in place of Values must not then.
differentiating: ContextVar[bool] = ContextVar("differentiating", default=False)


@dataclass(frozen=True)
class Trace:
    """A function's call, recorded.

    Attributes
    ----------
    inputs : list of Value
        The nodes given to the function in place of the numbers of its arguments.
    trees : list of Tree
        The shape of each argument that is differentiated.
    result : object
        What the function returned.
    nested : bool
        Whether an argument was a Value: then results are Values too.
    muted : bool
        Whether the call stands in a `no_grad` block: then nothing outside can be differentiated through it.
    """

    inputs: list[Any]
    trees: list[Tree]
    result: Any
    nested: bool
    muted: bool


def record(f: Callable[..., Any], places: Sequence[int], args: Sequence[Any], kwargs: dict[str, Any]) -> Trace:
    """Call `f` with new nodes for the arguments at `places`."""
    args = list(args)
    muted = not modes.recording.get()
    inputs: list[Any] = []
    trees: list[Tree] = []
    nested = False
    with recording(muted):
        for place in places:
            tree, numbers = flatten(args[place], f"argument {place}")
            nodes: list[Any] = []
            for number in numbers:
                if isinstance(number, Node):
                    nested = True
                    if not muted:
                        node: Any = number * 1.0  # type: ignore[operator]
                        node.label = number.label
                    else:
                        node = Value(number.data, number.label)
                else:
                    node = Value(number)
                nodes.append(node)
            args[place] = tree.build(nodes)
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
    return Trace(inputs, trees, result, nested, muted)


@contextmanager
def recording(muted: bool) -> Iterator[None]:
    """Records inside even if the surroundings do not, as a derivative needs a graph."""
    if muted:
        with modes.enable_grad():
            yield
    else:
        yield


class Sweep:
    """What lies between the inputs and some results, found once, to be swept as often as needed.

    Parameters
    ----------
    results : sequence of Value or number
    inputs : sequence of Value
    """

    def __init__(self, results: Sequence[Any], inputs: Sequence[Any]) -> None:
        self.results = results
        self.inputs = inputs
        self.order: list[Any] = []
        self._leaves: list[Any] = []
        seen = set(inputs)
        for result in results:
            if isinstance(result, Node) and result not in seen:
                seen.add(result)
                visit(result, self.order, self._leaves, seen)
        #: Whether a leaf that is not an input takes part: the derivative may depend on it, so it must be a graph.
        self.open = any(leaf._rule is LEAF for leaf in self._leaves)

    def numbers(self, seeds: Sequence[float] = (1.0,)) -> list[float]:
        """For each input the derivative of the results, weighted by the seeds: the recorded slopes, multiplied out."""
        grads: dict[Any, float] = dict.fromkeys(self.order, 0.0)
        grads.update(dict.fromkeys(self._leaves, 0.0))
        grads.update(dict.fromkeys(self.inputs, 0.0))
        for result, seed in zip(self.results, seeds, strict=True):
            if isinstance(result, Node):
                grads[result] += seed
        hooks = any_hooks()
        for node in reversed(self.order):
            grad = grads[node]
            if hooks:
                grad = after_hooks(node, grad)
            slope = node._da
            if slope.__class__ is tuple:
                for operand, d in zip(node._a, slope, strict=True):
                    if d is not None:
                        grads[operand] += grad * d
                continue
            if slope is not None:
                grads[node._a] += grad * slope
            slope = node._db
            if slope is not None:
                grads[node._b] += grad * slope
        if hooks:
            return [after_hooks(node, grads[node]) for node in self.inputs]
        return [grads[node] for node in self.inputs]

    def values(self, seeds: Sequence[Any] = (1.0,)) -> list[Any]:
        """As `numbers`, but as Values with a graph (a plain float where the derivative is a constant)."""
        if len(self.results) == 1:
            result, seed = self.results[0], seeds[0]
        else:
            result, seed = dot(self.results, seeds), 1.0
        grads = gradients(result, seed, self.inputs) if isinstance(result, Node) else {}
        return [grads.get(node, 0.0) for node in self.inputs]

    def push_numbers(self, tangents: Sequence[float]) -> list[float]:
        """For each result its derivative along a direction, forwards through the recorded slopes."""
        moved: dict[Any, float] = dict(zip(self.inputs, tangents, strict=True))
        for node in self.order:
            total = 0.0
            for operand, slope in zip(node.args, node.arg_grads, strict=True):
                if slope is not None and operand in moved:
                    total += moved[operand] * slope
            moved[node] = total
        return [moved.get(result, 0.0) if isinstance(result, Node) else 0.0 for result in self.results]

    def push_values(self, tangents: Sequence[Any]) -> list[Any]:
        """As `push_numbers`, but as Values with a graph."""
        moved: dict[Any, Any] = dict(zip(self.inputs, tangents, strict=True))
        for node in self.order:
            operands = node.args
            edges = [slope is not None and operand in moved for operand, slope in zip(operands, node.arg_grads, strict=True)]
            if not any(edges):
                continue
            total: Any = None
            for operand, edge, slope in zip(operands, edges, partials_of(node, edges), strict=True):
                if edge and slope is not None:
                    step = moved[operand] * slope
                    total = step if total is None else total + step
            moved[node] = 0.0 if total is None else total
        return [moved.get(result, 0.0) if isinstance(result, Node) else 0.0 for result in self.results]


def outward(trace: Trace, number: Any) -> Any:
    """A result as the caller should see it: a float for numbers, a Value for Values."""
    data = number.data if isinstance(number, Node) else float(number)
    if trace.muted or not isinstance(number, Node):
        return Value(data, requires_grad=False) if trace.nested else data
    if not trace.nested and number._rule == CONSTANT:
        return data
    return number


__all__ = ["Sweep", "Trace", "differentiating", "outward", "record", "recording"]
