"""What `Value.backward` does where the plain pass of `value.py` is not enough: hooks, operations by hand, gradients with a graph."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from autograd_lite.engine import modes, value
from autograd_lite.engine.closures import are_pullbacks, contributions, pullback_of
from autograd_lite.engine.common import apply, partials_of
from autograd_lite.engine.facts import constant_of
from autograd_lite.engine.hooks import after_hooks, has_hooks
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value, instead, topological_order

_last = threading.local()


def last_root() -> Value | None:
    """The node `backward()` was last called on in this thread; None if there was none or it is gone."""
    return getattr(_last, "root", lambda: None)()


def saved_grads(nodes: Iterable[Value]) -> list[Any]:
    """The gradient of each node, None where there is none: what `restore_grads` puts back."""
    return [node._grad for node in nodes]


def restore_grads(nodes: Iterable[Value], grads: Iterable[Any]) -> None:
    """Give each node the gradient that `saved_grads` found; None is "no gradient yet"."""
    for node, grad in zip(nodes, grads, strict=True):
        node._grad = grad


def _backward(root: Value, gradient: Any, create_graph: bool) -> None:
    """See `Value.backward`."""
    if not create_graph or not isinstance(gradient, Value):
        gradient = as_float(gradient)
    for observer in modes.backward_observers.get():
        observer(root)
    if create_graph:
        _add(root, gradients(root, gradient if isinstance(gradient, Value) else constant_of(type(root), gradient)))
    elif has_hooks() or are_pullbacks():
        _add(root, _one_node_at_a_time(root, gradient))
    else:
        with modes.writing:
            value.backward(root, gradient)
    _last.root = weakref.ref(root)


instead["backward"] = _backward


def _one_node_at_a_time(root: Value, gradient: float) -> dict[Value, float]:
    """What `value.backward` adds, with hooks and closures.  No node is touched meanwhile: a hook may do what it likes, such as
    make a pass of its own or wait for one of another thread."""
    order = topological_order(root)
    grads = {root: 0.0 + gradient}
    for node in reversed(order):
        if node in grads:
            if not node.is_constant:
                grads[node] = after_hooks(node, grads[node])
            for operand, part in contributions(node, grads[node]):
                grads[operand] = grads.get(operand, 0.0) + part
    return grads


def _add(root: Value, grads: dict[Value, Any]) -> None:
    """Give the nodes under `root` their gradients: leaves add them to what they have, and constants take none."""
    order = [node for node in topological_order(root) if not node.is_constant]
    with modes.writing:
        before = saved_grads(order)
        try:
            for node in order:
                grad = grads.get(node, 0.0)
                node._grad = grad if not node.is_leaf or node._grad is None else node._grad + grad
        except BaseException:
            restore_grads(order, before)
            raise


def propagate(order: Sequence[Value], grads: dict[Value, float], closed: bool = False) -> None:
    """Back-propagation into a dict: pushes `grads` back over `order`, operations in topological order, to their operands.

    Where hooks and backward rules have a say a node that nothing comes to, which is not 0, passes nothing on.
    """
    if not has_hooks() and not are_pullbacks():
        for node in reversed(order):
            grad = grads[node]
            for operand, slope in node.edges:
                grads[operand] += grad * slope
        return
    reached = {node for node, grad in grads.items() if grad}
    for node in reversed(order):
        if node in reached:
            grads[node] = after_hooks(node, grads[node])
            for operand, part in contributions(node, grads[node], closed):
                grads[operand] += part
                reached.add(operand)


def gradients(root: Any, gradient: Any, inputs: Iterable[Any] | None = None) -> dict[Any, Any]:
    """The gradients of what is under `root` as Values with a graph of their own, without touching `.grad`.

    The partials are evaluated again, on the nodes themselves instead of their numbers, so that they can be differentiated
    in turn; each node's partials once, however many nodes share it.

    Parameters
    ----------
    root : Value
    gradient : Value or float
        The derivative of whatever comes after with respect to `root`.
    inputs : iterable of Value, optional
        Only the gradients of these are wanted: the walk ends at them, and skips what does not depend on them.

    Returns
    -------
    dict of Value to Value or float
        For each node that a gradient reaches.
    """
    ends = set(inputs or ())
    order = [node for node in topological_order(root, ends=ends) if not node.is_leaf]
    reached = _reached(order, ends) if ends else None
    twins = without_rules(order)
    grads: dict[Any, Any] = {root: gradient}
    for node in reversed(order):
        grad = grads.get(node)
        if grad is None:
            continue
        grad = grads[node] = after_hooks(node, grad)
        for operand, step in _steps(node, grad, reached, twins):
            known = grads.get(operand)
            grads[operand] = step if known is None else known + step
    for end in grads.keys() - set(order):
        grads[end] = after_hooks(end, grads[end])
    return grads


def without_rules(order: Sequence[Any]) -> dict[Any, Any]:
    """For what depends on a backward rule the same once more, without it; for the rule itself (result, what it keeps).

    This pass takes the rule.  Whoever differentiates the gradient in turn goes through what the rule's functions recorded.
    """
    twins: dict[Any, Any] = {}
    for node in order if are_pullbacks() else ():
        args = [twins.get(arg, arg) if isinstance(arg, Value) else arg for arg in node.args]
        pullback = pullback_of(node)
        if pullback is not None:
            out, twins[pullback] = pullback.again(node, args)
            twins[node] = out if isinstance(out, Value) else constant_of(Value, out)
        elif any(arg is not twin for arg, twin in zip(node.args, args, strict=True)):
            twins[node] = apply(node.op, *args)
    return twins


def _steps(node: Any, grad: Any, reached: set[Any] | None, twins: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """What `node` adds, as Values, to the gradients of those operands that are among `reached`; None: of all."""
    pullback = pullback_of(node)
    if pullback is not None:
        parts = zip(node.parents, pullback.parts_with_graph(node, grad, twins[pullback]), strict=True)
        yield from [pair for pair in parts if pair[1] is not None and (reached is None or pair[0] in reached)]
        return
    operands = node.args
    edges = [
        slope is not None and (reached is None or operand in reached)
        for operand, slope in zip(operands, node.arg_grads, strict=True)
    ]
    for operand, edge, slope in zip(operands, edges, partials_of(twins.get(node, node), edges), strict=True):
        if edge and slope is not None:
            yield operand, grad if slope.__class__ is float and slope == 1.0 else grad * slope


def _reached(order: list[Any], ends: set[Any]) -> set[Any]:
    """The ends, and of the nodes in `order` those that depend on one."""
    reached = set(ends)
    for node in order:
        if any(operand in reached for operand, _ in node.edges):
            reached.add(node)
    return reached
