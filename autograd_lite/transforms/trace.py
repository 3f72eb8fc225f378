"""Calling a function so that it can be differentiated, and the sweeps over what it recorded.

A transform gives the function new nodes in place of its arguments, which belong to nobody else: so it differentiates with
respect to *this* use of the argument only (no perturbation confusion), stops walking where the function began, and never
writes to a `.grad` that a user can see.

A number becomes a leaf.  A Value becomes `value * 1.0`, a node of its own with an edge to the Value: the derivative is then
a graph that an outer transform, or `backward()`, differentiates in turn.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.backward import after_hooks, any_hooks, gradients
from autograd_lite.engine.graph import visit
from autograd_lite.engine.node import CONSTANT, LEAF, Node
from autograd_lite.engine.record import partials_of
from autograd_lite.engine.value import Value
from autograd_lite.transforms.tree import Tree, flatten


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
    with _recording(muted):
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
        result = f(*args, **kwargs)
    for node in inputs:
        if node.is_leaf:
            node.requires_grad = False  # its part is played: for whoever walks by later it is a constant
    return Trace(inputs, trees, result, nested, muted)


@contextmanager
def _recording(muted: bool) -> Iterator[None]:
    """Records inside even if the surroundings do not, as a derivative needs a graph."""
    if muted:
        with modes.enable_grad():
            yield
    else:
        yield


class Sweep:
    """What lies between the inputs and one result, found once, to be swept as often as needed.

    Parameters
    ----------
    result : Value or number
    inputs : sequence of Value
    """

    def __init__(self, result: Any, inputs: Sequence[Any]) -> None:
        self.result = result
        self.inputs = inputs
        self.order: list[Any] = []
        self._leaves: list[Any] = []
        among = set(inputs)
        if isinstance(result, Node) and result not in among:
            visit(result, self.order, self._leaves, among)
        #: Whether a leaf that is not an input takes part: the derivative may depend on it, so it must be a graph.
        self.open = any(leaf._rule is LEAF for leaf in self._leaves)

    def numbers(self, seed: float = 1.0) -> list[float]:
        """The derivative of the result with respect to each input, as floats: the recorded slopes, multiplied out."""
        if not isinstance(self.result, Node):
            return [0.0] * len(self.inputs)
        grads: dict[Any, float] = dict.fromkeys(self.order, 0.0)
        grads.update(dict.fromkeys(self._leaves, 0.0))
        grads.update(dict.fromkeys(self.inputs, 0.0))
        grads[self.result] = seed
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

    def values(self, seed: Any = 1.0) -> list[Any]:
        """As `numbers`, but as Values with a graph (a plain float where the derivative is a constant)."""
        if not isinstance(self.result, Node):
            return [0.0] * len(self.inputs)
        grads = gradients(self.result, seed, self.inputs)
        return [grads.get(node, 0.0) for node in self.inputs]

    def push_numbers(self, tangents: Sequence[float]) -> float:
        """The derivative of the result along a direction, forwards through the recorded slopes."""
        if not isinstance(self.result, Node):
            return 0.0
        moved: dict[Any, float] = dict(zip(self.inputs, tangents, strict=True))
        for node in self.order:
            total = 0.0
            for operand, slope in zip(node.args, node.arg_grads, strict=True):
                if slope is not None:
                    total += moved.get(operand, 0.0) * slope
            moved[node] = total
        return moved.get(self.result, 0.0)

    def push_values(self, tangents: Sequence[Any]) -> Any:
        """As `push_numbers`, but as a Value with a graph."""
        if not isinstance(self.result, Node):
            return 0.0
        moved: dict[Any, Any] = dict(zip(self.inputs, tangents, strict=True))
        for node in self.order:
            operands = node.args
            if not any(isinstance(operand, Node) and operand in moved for operand in operands):
                continue
            total: Any = None
            for operand, slope in zip(operands, partials_of(node), strict=True):
                if slope is not None and operand in moved:
                    step = moved[operand] * slope
                    total = step if total is None else total + step
            if total is not None:
                moved[node] = total
        return moved.get(self.result, 0.0)


def outward(trace: Trace, number: Any) -> Any:
    """A result as the caller should see it: a float for numbers, a Value for Values."""
    data = number.data if isinstance(number, Node) else float(number)
    if trace.muted or not isinstance(number, Node):
        return Value(data, requires_grad=False) if trace.nested else data
    if not trace.nested and number._rule == CONSTANT:
        return data
    return number


__all__ = ["Sweep", "Trace", "outward", "record"]
