"""Derivatives by the reverse sweep: `grad`, `value_and_grad`, `vjp`, `jacrev`."""

from collections.abc import Callable
from typing import Any

from autograd_lite.transforms.registry import Derivative, transformed
from autograd_lite.transforms.trace import RESULT, Argnums, Sweep, check_callable, record
from autograd_lite.transforms.tree import flatten, like, numbers_in, unflatten


def grad(f: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """A function that computes the gradient of `f`.

    Parameters
    ----------
    f : callable
        Takes numbers, lists, tuples, dicts or arrays of them (nested), by position; returns one number.
    argnums : int or sequence of int, default 0
        Which positional arguments to differentiate with respect to; a sequence gives a tuple of gradients.
    has_aux : bool, default False
        Whether `f` returns a pair, the number to differentiate and something else to hand through.

    Returns
    -------
    callable
        Takes what `f` takes; returns the gradient, in the shape of the argument, and with `has_aux` the pair of that and
        the rest.  Numbers in, floats out; Values in, Values out, with a graph through which an outer `grad` or `backward`
        differentiates.  (Values out also where `f` refers to a Value from outside, since the gradient may depend on it;
        `stop_gradient` of that Value makes it a constant.)  `.grad` of those Values is left alone.

    Raises
    ------
    TypeError
        If `f` returns something that is not one number, or an argument holds something that is not a number.
    ValueError
        If `argnums` names an argument that was not given.

    Examples
    --------
    >>> grad(lambda x: x * x + 3 * x)(2.0)
    7.0
    >>> grad(lambda p: p["w"] * p["x"] + p["b"])({"w": -2.0, "x": 5.0, "b": 3.0})
    {'w': 5.0, 'x': -2.0, 'b': 1.0}

    A gradient inside a function that is differentiated:

    >>> grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0)
    1.0
    """
    check_callable(f, "grad")
    return transformed(_gradient, f, Derivative(f, argnums, has_aux, value=False))


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """A function that computes the value of `f` and its gradient, for the price of one call.

    Parameters, errors and shapes are those of `grad`; the result is `(value, gradient)`, with `has_aux` it is
    `((value, aux), gradient)`.

    Examples
    --------
    >>> value_and_grad(lambda x: x ** 3)(2.0)
    (8.0, 12.0)
    """
    check_callable(f, "grad")
    return transformed(_value_and_gradient, f, Derivative(f, argnums, has_aux, value=True))


def _value_and_gradient(f: Callable[..., Any], how: Derivative, /, *args: Any, **kwargs: Any) -> Any:
    trace = record(f, how.argnums, args, kwargs)
    result, aux = _pair(trace.result) if how.has_aux else (trace.result, None)
    sweep = Sweep([scalar(result)], trace)
    gradient = trace.in_shape(sweep.reverse())
    (value,) = sweep.values()
    if not how.has_aux:
        return value, gradient
    return (value, aux if sweep.graph else numbers_in(aux)), gradient


def _gradient(f: Callable[..., Any], how: Derivative, /, *args: Any, **kwargs: Any) -> Any:
    value, slopes = _value_and_gradient(f, how, *args, **kwargs)
    return (slopes, value[1]) if how.has_aux else slopes


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `f`, and the function that pulls a cotangent back: v -> v^T J.

    Parameters
    ----------
    f : callable
    *primals : number, list, tuple, dict or array, nested
        The arguments; `f` is differentiated with respect to all of them.
    has_aux : bool, default False
        Whether `f` returns a pair, the result and something to hand through, which comes third.

    Returns
    -------
    value
    pullback : callable
        Takes a cotangent in the shape of the result, gives a tuple with one gradient for each argument.

    Examples
    --------
    >>> value, pullback = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    >>> value, pullback([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    check_callable(f, "vjp")
    trace = record(f, range(len(primals)), primals, {})
    result, aux = _pair(trace.result) if has_aux else (trace.result, None)
    outputs, tree = flatten(result, RESULT)
    sweep = Sweep(outputs, trace)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        """The gradients of the arguments for this cotangent of the result."""
        seeds = like(tree, cotangent, "the cotangent", RESULT)
        return trace.in_shape(sweep.reverse(seeds))  # type: ignore[no-any-return]

    value = unflatten(tree, sweep.values())
    return (value, pullback, aux if sweep.graph else numbers_in(aux)) if has_aux else (value, pullback)


def jacrev(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that computes the Jacobian of `f`, one reverse sweep for each number in the result.

    Parameters
    ----------
    f : callable
        Returns a number, or lists, tuples, dicts and arrays of them.
    argnums : int or sequence of int, default 0

    Returns
    -------
    callable
        Its result has the shape of the result of `f`, with the shape of the argument in place of each number.  For an
        array of an array that is one array with both shapes, one after the other, as in JAX.

    Examples
    --------
    >>> jacrev(lambda v: [v[0] * v[1], v[0] + v[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """
    check_callable(f, "jacobian")
    return transformed(_jacobian, f, argnums)


def _jacobian(f: Callable[..., Any], argnums: Argnums, /, *args: Any, **kwargs: Any) -> Any:
    trace = record(f, argnums, args, kwargs)
    outputs, tree = flatten(trace.result, RESULT)
    return trace.jacobian(tree, [Sweep([output], trace).reverse() for output in outputs])


jacobian = jacrev


def scalar(result: Any) -> Any:
    """The result of a function that is to have a gradient, which must be one number."""
    if result is None:
        raise TypeError("the function returned None where a gradient needs a number: is a return statement missing?")
    if isinstance(result, list | tuple | dict) or getattr(result, "shape", ()) != ():
        raise TypeError(
            f"the function returned a {type(result).__name__}; a gradient needs one number. "
            "Use jacobian for several results, or has_aux=True for a pair (number, anything)"
        )
    try:
        flatten(result, RESULT)
    except TypeError:
        raise TypeError(f"the function returned {result!r}; a gradient needs a number or a Value") from None
    return result


def _pair(result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"with has_aux=True the function returns a pair (number, anything), not {type(result).__name__}")
    return result
