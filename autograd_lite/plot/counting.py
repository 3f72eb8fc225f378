"""What a gradient costs, counted.

Two comparisons.  The numerical gradient evaluates the function twice for every parameter, back-propagation once forward
and once backward whatever their number.  And the expanded formula of a derivative multiplies along every path from the
result to a weight, where back-propagation multiplies once for every edge.
"""

from collections.abc import Callable, Sequence

from autograd_lite.engine import Value, topological_order


def numerical_gradient(function: Callable[[Sequence[float]], float], at: Sequence[float], step: float = 1e-5) -> list[float]:
    """The gradient by central differences, `(f(x + h) - f(x - h)) / 2h` for each coordinate: two evaluations each.

    Parameters
    ----------
    function : callable
        From a list of floats to a float.
    at : sequence of float
    step : float, default 1e-5

    Returns
    -------
    list of float

    Examples
    --------
    >>> [round(d, 6) for d in numerical_gradient(lambda v: v[0] * v[1], [2.0, 3.0])]
    [3.0, 2.0]
    """
    found = []
    point = list(at)
    for k, x in enumerate(at):
        point[k] = x + step
        above = function(point)
        point[k] = x - step
        found.append((above - function(point)) / (2 * step))
        point[k] = x
    return found


def multiplications(root: Value) -> tuple[int, int]:
    """How many products of local derivatives the gradient of `root` takes: by back-propagation, and expanded.

    Back-propagation multiplies an upstream gradient by a local derivative once for each edge.  Expanded, the derivative with
    respect to each leaf is a sum over all paths from the root, and a path of k edges takes k - 1 multiplications.

    Parameters
    ----------
    root : Value

    Returns
    -------
    (int, int)
        Exact, however many paths there are: they are counted edge by edge, not listed.

    Examples
    --------
    >>> x = Value(1.0)
    >>> y = x.tanh().tanh().tanh()
    >>> multiplications(y)
    (3, 2)
    """
    order = topological_order(root)
    # For each node the number of paths from the root to it, and the sum of their lengths.
    paths: dict[Value, int] = dict.fromkeys(order, 0)
    lengths: dict[Value, int] = dict.fromkeys(order, 0)
    paths[root] = 1
    edges = expanded = 0
    for node in reversed(order):
        for parent in node.parents:
            edges += 1
            paths[parent] += paths[node]
            lengths[parent] += lengths[node] + paths[node]
        if node.is_leaf and node is not root:
            expanded += lengths[node] - paths[node]
    return edges, expanded
