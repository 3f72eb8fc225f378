"""Back-propagation: from a node to everything it was computed from, in reverse topological order.

    for node in reversed(order):                  the gradient of `node` is complete here: all that use it came before
        for parent, slope in node's edges:        slope = d node / d parent, recorded in the forward pass
            parent.grad += node.grad * slope      the chain rule; += because paths add up

The rest of this file is what makes that safe and fast: leaves accumulate and inner nodes start afresh; an exception on the
way (a hook that raises, Ctrl-C) leaves every gradient as it was.
"""

import contextlib
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.graph import visit
from autograd_lite.engine.node import CONSTANT, Node, constant_of

Hook = Callable[[float], float | None]
_hooks: "weakref.WeakKeyDictionary[Node, dict[int, Hook]]" = weakref.WeakKeyDictionary()
_last_root: "weakref.ref[Node] | None" = None


def last_root() -> Any:
    """The node `backward()` was last called on; None if there was none or it is gone."""
    return None if _last_root is None else _last_root()


def backward(root: Node, gradient: float = 1.0) -> None:
    """Fill in the gradients of `root` and everything it was computed from; see `Value.backward`."""
    global _last_root
    for observer in modes.backward_observers.get():
        observer(root)
    inner: list[Any] = []
    leaves: list[Any] = []
    visit(root, inner, leaves, set())
    before_inner = [node._grad for node in inner]
    before_leaves = [node._grad for node in leaves]
    try:
        for node in inner:
            node._grad = 0.0
        for node in leaves:
            if node._grad is None:
                node._grad = 0.0
        if inner:
            root._grad = gradient
        elif root._rule != CONSTANT:
            root._grad += gradient
        if _hooks:
            _propagate_with_hooks(inner, leaves, before_leaves)
        else:
            _propagate(inner)
        for node, grad in zip(leaves, before_leaves, strict=True):
            if node._rule == CONSTANT:
                node._grad = grad
    except BaseException:
        _restore(inner, before_inner)
        _restore(leaves, before_leaves)
        raise
    _last_root = weakref.ref(root)


def _propagate(inner: list[Any]) -> None:
    for node in reversed(inner):
        grad = node._grad
        slope = node._da
        if slope.__class__ is tuple:
            for operand, d in zip(node._a, slope, strict=True):
                if d is not None:
                    operand._grad += grad * d
            continue
        if slope is not None:
            node._a._grad += grad * slope
        slope = node._db
        if slope is not None:
            node._b._grad += grad * slope


def _propagate_with_hooks(inner: list[Any], leaves: list[Any], before: list[Any]) -> None:
    """As `_propagate`, one node at a time; a leaf's hook sees what this pass adds, not what had accumulated."""
    for leaf in leaves:
        if leaf in _hooks and leaf is not (inner[-1] if inner else leaf):
            leaf._grad = 0.0
    for node in reversed(inner):
        node._grad = after_hooks(node, node._grad)
        _propagate([node])
    for leaf, earlier in zip(leaves, before, strict=True):
        if leaf in _hooks and leaf._rule != CONSTANT:
            added = leaf._grad if inner else leaf._grad - (earlier or 0.0)
            leaf._grad = (earlier or 0.0) + after_hooks(leaf, added)


def has_hooks(node: Node | None = None) -> bool:
    """Whether `node` has a hook at present; without one, whether any node has."""
    return bool(_hooks) if node is None else node in _hooks


any_hooks = has_hooks


def saved_grads(nodes: Iterable[Any]) -> list[Any]:
    """The gradient of each node, None where there is none: what `restore_grads` puts back."""
    return [node._grad for node in nodes]


def restore_grads(nodes: Iterable[Any], grads: Iterable[Any]) -> None:
    """Give each node the gradient that `saved_grads` found; None is "no gradient yet"."""
    for node, grad in zip(nodes, grads, strict=True):
        node._grad = grad


def after_hooks(node: Node, grad: Any) -> Any:
    """The gradient of `node` after its hooks have seen it, and perhaps replaced it.

    Where gradients are Values (`create_graph`, nested transforms), a hook is given a Value and may return one.
    """
    for hook in list(_hooks.get(node, {}).values()):
        replaced = hook(grad)
        if replaced is None:
            continue
        if isinstance(replaced, Node) and isinstance(grad, Node):
            grad = replaced
        elif isinstance(replaced, float | int):
            grad = float(replaced)
        else:
            raise TypeError(f"a hook returns a number that replaces the gradient, or None; not {type(replaced).__name__}")
    return grad


def _restore(nodes: list[Any], grads: list[Any]) -> None:
    for node, grad in zip(nodes, grads, strict=True):
        node._grad = grad


class Handle(contextlib.AbstractContextManager["Handle"]):
    """Takes a hook away again: `remove()`, or leaving the `with` block."""

    def __init__(self, node: Node, key: int) -> None:
        self._node = weakref.ref(node)
        self._key = key

    def __repr__(self) -> str:
        node = self._node()
        there = node is not None and self._key in _hooks.get(node, {})
        return f"<a hook on {node!r}; .remove() takes it away>" if there else "<a hook that is gone>"

    def remove(self) -> None:
        """Take the hook away; twice is fine."""
        node = self._node()
        if node is None or node not in _hooks:
            return
        _hooks[node].pop(self._key, None)
        if not _hooks[node]:
            del _hooks[node]

    def __exit__(self, *exception: object) -> None:
        self.remove()


def register_hook(node: Node, hook: Hook) -> Handle:
    """See `Value.register_hook`."""
    if not callable(hook):
        raise TypeError(f"a hook is a function of the gradient, not {type(hook).__name__}")
    table = _hooks.setdefault(node, {})
    key = max(table, default=-1) + 1
    table[key] = hook
    return Handle(node, key)


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
    from autograd_lite.engine.record import partials_of

    inner: list[Any] = []
    leaves: list[Any] = []
    ends = set(inputs or ())
    if root not in ends:
        visit(root, inner, leaves, set(ends))
    reached = _reached(inner, ends or set(leaves))
    grads: dict[Any, Any] = {root: gradient}
    for node in reversed(inner):
        grad = grads.get(node)
        if grad is None:
            continue
        if _hooks:
            grad = grads[node] = after_hooks(node, grad)
        operands = node.args
        edges = [slope is not None and operand in reached for operand, slope in zip(operands, node.arg_grads, strict=True)]
        for operand, edge, slope in zip(operands, edges, partials_of(node, edges), strict=True):
            if not edge or slope is None:
                continue
            step = grad if slope.__class__ is float and slope == 1.0 else grad * slope
            known = grads.get(operand)
            grads[operand] = step if known is None else known + step
    if _hooks:
        for end in ends or leaves:
            if end in grads:
                grads[end] = after_hooks(end, grads[end])
    return grads


def _reached(inner: list[Any], ends: set[Any]) -> set[Any]:
    """The ends, and of the nodes in `inner` those that depend on one."""
    reached = set(ends)
    for node in inner:
        if any(operand in reached for operand in node.parents):
            reached.add(node)
    return reached


def backward_create_graph(root: Any, gradient: Any) -> None:
    """`backward(create_graph=True)`: as `backward`, but every gradient is a Value with its own graph."""
    global _last_root
    for observer in modes.backward_observers.get():
        observer(root)
    computed = gradients(root, gradient if isinstance(gradient, Node) else constant_of(type(root), gradient))
    inner: list[Any] = []
    leaves: list[Any] = []
    visit(root, inner, leaves, set())
    before_inner = [node._grad for node in inner]
    before_leaves = [node._grad for node in leaves]
    try:
        for node in inner:
            node._grad = computed.get(node, 0.0)
        for node in leaves:
            if node._rule != CONSTANT:
                step = computed.get(node, 0.0)
                node._grad = step if node._grad is None else node._grad + step
    except BaseException:
        _restore(inner, before_inner)
        _restore(leaves, before_leaves)
        raise
    _last_root = weakref.ref(root)
