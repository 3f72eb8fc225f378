"""Derivatives by the forward sweep: `jvp`, `jacfwd`.  The same recorded slopes, multiplied in the other order."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.transforms.registry import transformed
from autograd_lite.transforms.trace import RESULT, Argnums, Sweep, check_callable, record
from autograd_lite.transforms.tree import flatten, unflatten


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of `f`, and its derivative along a direction: J v.

    Parameters
    ----------
    f : callable
    primals : list or tuple
        The arguments.
    tangents : list or tuple
        The direction: for each argument something of its shape.

    Returns
    -------
    value, tangent
        Both in the shape of what `f` returns.

    Raises
    ------
    TypeError
        If `primals` or `tangents` is not a list or tuple.
    ValueError
        If they differ in shape.

    Examples
    --------
    >>> jvp(lambda x, y: [x * y, x + y], (2.0, 3.0), (1.0, 0.0))
    ([6.0, 5.0], [3.0, 1.0])
    """
    check_callable(f, "jvp")
    tangents = matched(primals, tangents, "jvp")
    trace = record(f, range(len(primals)), primals, {})
    outputs, tree = flatten(trace.result, RESULT)
    direction = trace.direction(tangents)
    sweep = Sweep(outputs, trace, direction)
    moved = [trace.returned(number) for number in sweep.forward(direction)]
    return unflatten(tree, sweep.values()), unflatten(tree, moved)


def jacfwd(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that computes the Jacobian of `f`, one forward sweep for each number in the argument.

    Parameters and result are those of `jacrev`; this one is the cheaper where the argument has fewer numbers than the
    result.

    Examples
    --------
    >>> jacfwd(lambda t: [t * t, t * t * t])(2.0)
    [4.0, 12.0]
    """
    check_callable(f, "jacfwd")
    return transformed(_jacobian, f, argnums)


def _jacobian(f: Callable[..., Any], argnums: Argnums, /, *args: Any, **kwargs: Any) -> Any:
    trace = record(f, argnums, args, kwargs)
    outputs, tree = flatten(trace.result, RESULT)
    sweep, count = Sweep(outputs, trace), len(trace.inputs)
    columns = [sweep.forward([float(j == k) for j in range(count)]) for k in range(count)]
    rows = [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in outputs]
    return trace.jacobian(tree, rows)


def matched(primals: Any, tangents: Any, name: str) -> Any:
    """`tangents`, after a check that there is one for each argument."""
    for given, what in ((primals, "primals"), (tangents, "tangents")):
        if not isinstance(given, list | tuple):
            raise TypeError(
                f"{name}(f, primals, tangents): {what} is a tuple with one entry for each argument, not {given!r}"
            )
    if len(primals) != len(tangents):
        raise ValueError(f"{name}: {len(primals)} arguments but {len(tangents)} tangents")
    return tangents
