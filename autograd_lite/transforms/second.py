"""Second derivatives: `hessian` and `hvp`, sweeps over the graph of a gradient."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from autograd_lite.engine.functions import dot
from autograd_lite.engine.node import Node
from autograd_lite.transforms.forward import matched
from autograd_lite.transforms.reverse import (
    Argnums,
    check_callable,
    in_shape,
    jacobian_in_shape,
    lifted,
    like,
    places,
    scalar,
)
from autograd_lite.transforms.trace import Sweep, record, recording
from autograd_lite.transforms.tree import Branch, Tree


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that computes the Hessian of `f`: the gradient once, as a graph, and a reverse sweep for each row.

    Parameters
    ----------
    f : callable
        Returns one number.
    argnums : int or sequence of int, default 0

    Returns
    -------
    callable
        Its result has the shape of the argument twice over: for a list of n numbers a list of n lists, for an array of
        shape (n,) one of shape (n, n).  A sequence of argnums gives a tuple of tuples, a block for each pair.

    Examples
    --------
    >>> hessian(lambda v: v[0] ** 2 * v[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    check_callable(f, "hessian")

    @wraps(f)
    def second(*args: Any, **kwargs: Any) -> Any:
        trace = record(f, places(argnums, args, kwargs), args, kwargs)
        sweep = Sweep([scalar(trace.result)], trace.inputs)
        with recording(trace.muted):
            slopes = [Sweep([slope], trace.inputs) for slope in sweep.values()]
            rows = [each.values() if lifted(trace, sweep) else each.numbers() for each in slopes]
        trees = trace.trees
        outer = trees[0] if isinstance(argnums, int) else Tree(Branch(tuple, None, tuple(tree.root for tree in trees)))
        return jacobian_in_shape(trace, argnums, outer, rows)

    return second


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of `f` times a vector, without the Hessian: two reverse sweeps, whatever the number of variables.

    Parameters
    ----------
    f : callable
        Returns one number.
    primals, tangents : list or tuple
        The arguments, and for each a vector of its shape.

    Returns
    -------
    The product in the shape of the argument; a tuple if there are several.

    Examples
    --------
    >>> hvp(lambda v: v[0] ** 2 * v[1], ([3.0, 5.0],), ([1.0, 0.0],))
    [10.0, 6.0]
    """
    check_callable(f, "hvp")
    tangents = matched(primals, tangents, "hvp")
    trace = record(f, range(len(primals)), primals, {})
    vector = [
        number
        for k, (argument, tangent) in enumerate(zip(trace.trees, tangents, strict=True))
        for number in like(argument, tangent, f"tangent {k}", f"argument {k}")
    ]
    sweep = Sweep([scalar(trace.result)], trace.inputs)
    lift = lifted(trace, sweep) or (any(isinstance(number, Node) for number in vector) and not trace.muted)
    with recording(trace.muted):
        slope = dot(sweep.values(), vector)
        along = Sweep([slope], trace.inputs)
        product = along.values() if lift else along.numbers()
    return in_shape(trace, 0 if len(primals) == 1 else range(len(primals)), product)


__all__ = ["hessian", "hvp"]
