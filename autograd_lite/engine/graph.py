"""Walks over a graph.  All of them are iterative: a chain of a million operations needs no more stack than one.

`topological_order` is the one order that backward, drawing, stepping, explaining, copying and compiling share.
"""

import threading
import weakref
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from autograd_lite.engine.node import Node, copy_node

if TYPE_CHECKING:
    from autograd_lite.engine.value import Value

N = TypeVar("N", bound=Node)


def topological_order(*roots: N) -> "list[Value]":
    """Every node the roots were computed from, the roots included, each after all of its operands.

    Parameters
    ----------
    *roots : Value

    Returns
    -------
    list of Value
        In the order of a depth-first visit: reversed, it is an order for back-propagation.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> [node.label or node.op for node in topological_order(a * b + a)]
    ['a', 'b', 'mul', 'add']
    """
    order: list[Any] = []
    seen: set[Any] = set()
    for root in roots:
        if root not in seen:
            visit(root, order, order, seen)
    return order


def visit(root: Any, inner: list[Any], leaves: list[Any], seen: set[Any]) -> None:
    """Depth-first from `root`, appending results of operations to `inner` and leaves to `leaves` as they are completed.

    An edge is followed where there is a local derivative.  The path down is a list; a node of three operands and more
    stands in it as a pair with an iterator over its remaining operands.
    """
    path: list[Any] = []
    push, pop, see = path.append, path.pop, seen.add
    node = root
    see(node)
    while True:
        # `node` is seen for the first time: go down its first unseen operand, or complete it.
        slope = node._da
        if slope is not None:
            if slope.__class__ is tuple:
                push((node, iter([arg for arg, d in zip(node._a, slope, strict=True) if d is not None])))
            else:
                operand = node._a
                if operand not in seen:
                    see(operand)
                    push(node)
                    node = operand
                    continue
                if node._db is not None:
                    operand = node._b
                    if operand not in seen:
                        see(operand)
                        push(node)
                        node = operand
                        continue
                inner.append(node)
        elif node._db is not None:
            operand = node._b
            if operand not in seen:
                see(operand)
                push(node)
                node = operand
                continue
            inner.append(node)
        elif node._a is None:
            leaves.append(node)
        else:
            inner.append(node)
        # Go back up to the first node with an operand not seen yet.
        while path:
            node = path[-1]
            if node.__class__ is tuple:
                node, rest = node
                for operand in rest:
                    if operand not in seen:
                        see(operand)
                        break
                else:
                    inner.append(node)
                    pop()
                    continue
                node = operand
                break
            if node._db is not None:
                operand = node._b
                if operand not in seen:
                    see(operand)
                    node = operand
                    break
            inner.append(node)
            pop()
        else:
            return


def has_path(root: Node, node: Node) -> bool:
    """Whether a gradient can flow from `root` back to `node`.

    >>> from autograd_lite import Value
    >>> a, b = Value(1.0), Value(2.0)
    >>> has_path(a * 2, a), has_path(a * 2, b)
    (True, False)
    """
    return any(one is node for one in topological_order(root))


def cycle_in(order: "Sequence[Value]") -> "Value | None":
    """A node that is, through a change made by hand, among its own ancestors; None in a proper graph.

    Parameters
    ----------
    order : sequence of Value
        What `topological_order` gave, of one root or of several.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> a = Value(1.0); b = a * 2.0; c = b + a
    >>> cycle_in(topological_order(c)) is None
    True
    >>> b._a = c  # by hand
    >>> cycle_in(topological_order(c)) is b
    True
    """
    place = {id(node): k for k, node in enumerate(order)}
    for k, node in enumerate(order):
        if any(place[id(parent)] >= k for parent in node.parents):
            return node
    return None


def _operands(node: Node) -> list[Node]:
    """All operands that are nodes, edges or not (the branch of a `where` that was not taken has no edge)."""
    return [arg for arg in node.args if isinstance(arg, Node)]


def operand_order(root: Node, known: Collection[int] = ()) -> list[Node]:
    """As `topological_order`, but along every operand: what a copy must contain, and what evaluating again needs.

    The walk ends at nodes whose `id` is in `known`, which are left out.
    """
    order: list[Node] = []
    seen = {id(root)}
    path = [(root, iter(_operands(root)))]
    while path:
        node, rest = path[-1]
        for operand in rest:
            if id(operand) not in seen and id(operand) not in known:
                seen.add(id(operand))
                path.append((operand, iter(_operands(operand))))
                break
        else:
            order.append(node)
            path.pop()
    return order


def deepcopy_graph(root: N, memo: dict[int, Any]) -> N:
    """A copy of the whole graph under `root`, gradients and labels included; `copy.deepcopy` comes here."""
    # What has been copied is not walked through again: a list of all nodes of a chain takes one walk, not one for each.
    for node in operand_order(root, memo):
        a, b = node._a, node._b
        if a.__class__ is tuple:
            a = tuple(memo[id(arg)] if isinstance(arg, Node) else arg for arg in a)
        elif isinstance(a, Node):
            a = memo[id(a)]
        if isinstance(b, Node):
            b = memo[id(b)]
        copy = copy_node(node, a, b)
        if isinstance(node._grad, Node):
            copy._grad = node._grad.data
        memo[id(node)] = copy
    result: N = memo[id(root)]
    return result


# --- pickling --------------------------------------------------------------------------------------------------------
#
# Pickle follows references recursively, which a deep graph does not survive.  So the first node that is asked to reduce
# itself lists its ancestors in topological order; pickle then meets each of them before anything refers to it, its memo
# keeps what is shared shared, and no reference is ever deeper than one.  While such a list is being written its nodes
# reduce to their bare facts.  `_End` closes the list; it is the pickler that keeps it alive, so where pickling was broken
# off (Ctrl-C) it is gone, and the list counts no more.

_pending = threading.local()


class _End:
    """Closes the list of ancestors: reducing it ends the state in which nodes reduce to bare facts."""

    def __reduce__(self) -> tuple[Any, ...]:
        _pending.listed = None
        return (_end, ())


def _end() -> None:
    return None


def reduce_node(node: Node) -> tuple[Any, ...]:
    """What pickle is told of a node: how to rebuild it, after its ancestors."""
    # A gradient with a graph of its own leads back to this node; as in a deep copy its number is kept.
    grad = node._grad.data if isinstance(node._grad, Node) else node._grad
    facts = (type(node), node.data, node.label, grad, node._rule, node._a, node._b, node._da, node._db)
    listed = getattr(_pending, "listed", None)
    if listed is not None and id(node) in listed[1] and listed[0]() is not None:
        return (_rebuild, (None, *facts))
    ancestors = operand_order(node)[:-1]
    if not ancestors:
        return (_rebuild, (None, *facts))
    end = _End()
    _pending.listed = (weakref.ref(end), {id(ancestor) for ancestor in ancestors})
    return (_rebuild, ((*ancestors, end), *facts))


def _rebuild(ancestors: Any, kind: type[N], data: float, label: str, grad: Any, rule: str | None, *edges: Any) -> N:
    node = object.__new__(kind)
    node.data, node.label, node._grad, node._rule = data, label, grad, rule
    node._a, node._b, node._da, node._db = edges
    return node


__all__ = [
    "cycle_in",
    "deepcopy_graph",
    "has_path",
    "operand_order",
    "reduce_node",
    "topological_order",
    "visit",
]
