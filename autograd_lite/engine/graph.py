"""Questions about a whole graph."""

from collections.abc import Sequence

from autograd_lite.engine.value import Value, topological_order


def has_path(root: Value, node: Value) -> bool:
    """Whether a gradient can flow from `root` back to `node`.

    >>> a, b = Value(1.0), Value(2.0)
    >>> has_path(a * 2, a), has_path(a * 2, b)
    (True, False)
    """
    return any(one is node for one in topological_order(root))


def cycle_in(order: Sequence[Value]) -> Value | None:
    """A node that is, through a change made by hand, among its own ancestors; None in a proper graph.

    Parameters
    ----------
    order : sequence of Value
        What `topological_order` gave, of one root or of several.

    Examples
    --------
    >>> a = Value(1.0); b = a * 2.0; c = b + a
    >>> cycle_in(topological_order(c)) is None
    True
    >>> b._a = c  # by hand
    >>> cycle_in(topological_order(c)) is b
    True
    """
    place = {id(node): k for k, node in enumerate(order)}
    for k, node in enumerate(order):
        if any(place[id(operand)] >= k for operand, _ in node.edges):
            return node
    return None
