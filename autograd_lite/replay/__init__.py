"""The same graph in other numbers: exact fractions, fifty digits, guaranteed intervals, a thousand points at once.

A recorded graph is names of operations and how they hang together; what the operations *mean* stands in the table of
primitives as text.  Read with another number system, the text gives the value and the gradients in that system.

>>> from autograd_lite import Value
>>> from autograd_lite.replay import replay
>>> x = Value(3.0)
>>> y = (x * x + 1) / x
>>> exact = replay(y, numbers="fraction")
>>> exact.value, exact.grad(x)
(Fraction(10, 3), Fraction(8, 9))
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.replay.run import Replay
from autograd_lite.replay.system import System, UnsupportedOperationError

#: Where each number system is found, and whether it wants to know the number of digits.
_SYSTEMS: dict[str, tuple[str, str, bool]] = {
    "float": ("plain", "floats", False),
    "fraction": ("plain", "fractions", False),
    "mpmath": ("multiprecision", "multiprecision", True),
    "decimal": ("decimals", "decimals", True),
    "interval": ("intervals", "intervals", True),
    "complex_step": ("complex_step", "complex_step", False),
    "numpy": ("arrays", "arrays", False),
}


def system(name: str, digits: int = 50) -> System:
    """The number system of that name.

    Raises
    ------
    ValueError
        If there is none, or the number of digits is not positive.
    ImportError
        If it needs a package that is not installed.

    Examples
    --------
    >>> system("fraction").number(0.25)
    Fraction(1, 4)
    """
    if name not in _SYSTEMS:
        raise ValueError(f"there are no numbers called {name!r}; there are: {', '.join(map(repr, _SYSTEMS))}")
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise ValueError(f"digits is a whole number, 1 or more, not {digits!r}")
    module, function, takes_digits = _SYSTEMS[name]
    make: Callable[..., System] = getattr(import_module(f"autograd_lite.replay.{module}"), function)
    return make(digits) if takes_digits else make()


def replay(root: Any, numbers: str = "float", inputs: Mapping[Any, Any] | None = None, digits: int = 50) -> Replay:
    """Evaluate the graph under `root` again in other numbers, or at other inputs.

    Parameters
    ----------
    root : Value
    numbers : str, default "float"
        - "float": as the engine computes.
        - "fraction": exact; only where every operation is rational.
        - "mpmath", "decimal": any number of digits.
        - "interval": intervals that are certain to contain the true result; an input may be a pair (low, high).
        - "complex_step": derivatives by complex steps, which use no partial of the table.
        - "numpy": arrays, many points in one replay; inputs may be arrays that broadcast, `.grad` is the derivative at
          each point, and a point outside a domain gives nan there.
    inputs : mapping of leaf (or its label) to number, optional
        New values for some leaves; the others keep their number.  A float, also one recorded in the graph, is taken as
        the exact binary number it is.
    digits : int, default 50
        Decimal digits, where the system has a choice.

    Returns
    -------
    Replay
        With `.value`, `.grad(node)`, `.values`, `.grads`.

    Raises
    ------
    UnsupportedOperationError
        Naming the first operation of the graph that the system does not have.
    DomainError
        If an operation leaves its domain at the new inputs.

    Notes
    -----
    Linear in the size of the graph, and not recursive.  What Python decided while the graph was recorded (an `if` on a
    comparison) is not in the graph and stays decided; `relu`, `abs`, `maximum`, `where` on a recorded condition and the
    like are operations, and choose anew.

    Examples
    --------
    >>> from autograd_lite import Value, exp
    >>> x = Value(1.0)
    >>> print(replay(exp(x), numbers="mpmath", digits=30).grad(x))
    2.71828182845904523536028747135
    """
    if not isinstance(root, Value):
        raise TypeError(f"replay takes the Value at the end of a recorded graph, not {type(root).__name__}")
    if numbers == "complex_step":
        from autograd_lite.replay.complex_step import ComplexStepReplay

        return ComplexStepReplay(root, system(numbers), inputs or {})
    return Replay(root, system(numbers, digits), inputs or {})


def __getattr__(name: str) -> Any:
    """The rounding report and the count of operations, loaded when first asked for."""
    if name in {"RoundingReport", "rounding_report"}:
        return getattr(import_module("autograd_lite.replay.rounding"), name)
    if name in {"OperationCount", "operation_count"}:
        return getattr(import_module("autograd_lite.replay.counting"), name)
    raise AttributeError(f"module 'autograd_lite.replay' has no attribute {name!r}")


class _Callable(ModuleType):
    """Makes `autograd_lite.replay(y)` work, although a sub-package hides the function of the same name up there."""

    def __call__(self, *args: Any, **options: Any) -> Replay:
        return replay(*args, **options)


sys.modules[__name__].__class__ = _Callable

__all__ = [
    "OperationCount", "Replay", "RoundingReport", "UnsupportedOperationError", "operation_count", "replay",
    "rounding_report", "system",
]  # fmt: skip
