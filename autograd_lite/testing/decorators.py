"""`given_derivative`: a function, its derivative, a domain; one line makes it a test."""

import functools
from collections.abc import Callable
from typing import Any

from autograd_lite.testing.adapters import check_derivative
from autograd_lite.testing.check import check_grad


def given_derivative(
    derivative: Callable[..., Any] | None = None, *domains: Any, rtol: float = 1e-7, max_examples: int = 100
) -> Callable[[Callable[..., Any]], Callable[[], None]]:
    """Make a test of a function: on this domain, this is its derivative.

    Parameters
    ----------
    derivative : callable, optional
        Takes what the function takes; returns the derivative, or a tuple of the derivatives in each argument.  None: only
        check the gradient by back-propagation.
    *domains
        For each argument a pair (low, high) or a hypothesis strategy.
    rtol : float, default 1e-7
        How far the two may be apart.
    max_examples : int, default 100
        How many points are tried.

    Returns
    -------
    callable
        A decorator.  What it returns takes no arguments: pytest collects it if its name begins with `test`.  The function
        takes floats, or Values if it needs them; see `check_derivative`.

    Raises
    ------
    TypeError
        If no domain is given.

    Examples
    --------
    >>> import math
    >>> @given_derivative(lambda x: 2.0 * x * math.cos(x * x), (-3.0, 3.0))
    ... def test_sine_of_square(x):
    ...     return math.sin(x * x)
    >>> test_sine_of_square()

    >>> @given_derivative(lambda x, y: (y, 2.0 * x), (-1, 1), (-1, 1))
    ... def test_product(x, y):
    ...     return x * y
    >>> test_product()  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    autograd_lite.testing.check.GradientError: ...
    """
    from autograd_lite.testing.strategies import domain

    if not domains:
        raise TypeError("say where: given_derivative(df, (-1.0, 1.0)), a pair (low, high) or a strategy for each argument")
    chosen = [domain(one) for one in domains]

    def decorate(f: Callable[..., Any]) -> Callable[[], None]:
        from hypothesis import given, settings, strategies

        @settings(max_examples=max_examples, deadline=None)
        @given(strategies.tuples(*chosen))
        def run(point: tuple[Any, ...]) -> None:
            if derivative is None:
                check_grad(f, *point)
            else:
                check_derivative(f, derivative, *point, rtol=rtol)

        @functools.wraps(f)
        def test() -> None:
            run()

        # pytest would read the arguments of the wrapped function as the names of fixtures.
        del test.__wrapped__
        return test

    return decorate
