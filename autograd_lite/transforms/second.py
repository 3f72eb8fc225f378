"""Second derivatives: `hessian` and `hvp`, sweeps over the graph of a gradient."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.engine.functions import dot
from autograd_lite.transforms.forward import matched
from autograd_lite.transforms.registry import transformed
from autograd_lite.transforms.reverse import scalar
from autograd_lite.transforms.trace import Argnums, Sweep, check_callable, is_absent, record, recording
from autograd_lite.transforms.tree import branch


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
    return transformed(_hessian, f, argnums)


def _hessian(f: Callable[..., Any], argnums: Argnums, /, *args: Any, **kwargs: Any) -> Any:
    trace = record(f, argnums, args, kwargs)
    sweep = Sweep([scalar(trace.result)], trace)
    with recording(trace.no_grad):
        slopes = [Sweep([slope], trace) for slope in sweep.reverse_graph()]
        rows = [each.reverse_graph() if sweep.graph else each.reverse() for each in slopes]
    outer = trace.trees[0] if trace.single else branch((), trace.trees)
    return trace.jacobian(outer, rows)


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
    trace = record(f, 0 if len(primals) == 1 else range(len(primals)), primals, {})
    vector = trace.direction(tangents)
    sweep = Sweep([scalar(trace.result)], trace, vector)
    with recording(trace.no_grad):
        kept = [pair for pair in zip(sweep.reverse_graph(), vector, strict=True) if not is_absent(pair[1])]
        along = Sweep([dot(*map(list, zip(*kept, strict=True))) if kept else 0.0], trace)
        product = along.reverse_graph() if sweep.graph else along.reverse()
    return trace.in_shape(product)
