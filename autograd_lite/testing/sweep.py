"""A backward pass that shares no code with the engine's, to check it by: the recorded slopes, multiplied and added up."""

import operator
from collections.abc import Callable, Iterable
from typing import Any


def sweep(
    root: Any,
    order: Iterable[Any],
    edges: Callable[[Any], Iterable[tuple[Any, float]]] = lambda node: node.edges,
    product: Callable[[float, float], float] = operator.mul,
) -> tuple[dict[Any, float], dict[Any, float]]:
    """The gradient of every node that the root depends on, and the sizes of all that was added up for it.

    Parameters
    ----------
    root : Value
    order : iterable of Value
        The operations, each before its operands.
    edges : callable, optional
        The operands and slopes of a node; as recorded if left out.
    product : callable, optional
        How a gradient is multiplied by a slope.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> x = Value(3.0)
    >>> y = x * x - x
    >>> gradients, sizes = sweep(y, [y, y.parents[0]])
    >>> gradients[x], sizes[x]
    (5.0, 7.0)
    """
    gradients, sizes = {root: 1.0}, {root: 1.0}
    for node in order:
        if node in gradients:
            for operand, slope in edges(node):
                gradients[operand] = gradients.get(operand, 0.0) + product(gradients[node], slope)
                sizes[operand] = sizes.get(operand, 0.0) + sizes[node] * abs(slope)
    return gradients, sizes
