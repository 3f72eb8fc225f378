"""What the transforms return: functions that know what they were made of.

So they can be copied and pickled; and whoever wants to differentiate in another way, as a compiler does, finds the function itself.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, update_wrapper
from types import MethodType
from typing import Any


@dataclass(frozen=True)
class Derivative:
    """What a function computes that `grad` or `value_and_grad` returned.

    Parameters
    ----------
    function : callable
        What is differentiated.
    argnums : int or sequence of int
        With respect to which of its arguments.
    has_aux : bool
        Whether it returns a pair, of which the first is differentiated.
    value : bool
        Whether the value is wanted beside the gradient.
    """

    function: Callable[..., Any]
    argnums: int | Sequence[int]
    has_aux: bool
    value: bool


class Transformed(partial[Any]):
    """`computes(f, *settings, ...)`, with the name of `f`; a method where it stands in a class, as any function is."""

    def __get__(self, owner: Any, kind: type[Any] | None = None) -> Any:
        return self if owner is None else MethodType(self, owner)

    def __repr__(self) -> str:
        return f"<{self.func.__name__.strip('_')} of {self.args[0]!r}>"

    def __reduce__(self) -> Any:
        """Copied and pickled by the name that it has in its module, or by what it was made of."""
        return name_of(self) or (transformed, (self.func, *self.args))


def transformed(computes: Callable[..., Any], f: Callable[..., Any], *settings: Any) -> Transformed:
    """A function for its user: `computes`, a function of a module, with `f` and the settings as its first arguments."""
    made = Transformed(computes, f, *settings)
    update_wrapper(made, f, assigned=("__module__", "__name__", "__qualname__", "__doc__"), updated=())
    return made


def name_of(thing: Any) -> str | None:
    """The name by which a thing is found in its module; None if there is something else, as what a decorator was given."""
    name = getattr(thing, "__qualname__", "")
    found: Any = sys.modules.get(thing.__module__)
    for part in name.split("."):
        found = getattr(found, part, None)
    return name if found is thing else None


def derivative_of(function: Any) -> Derivative | None:
    """The derivative that `function` computes; None if it is not one that `grad` or `value_and_grad` returned.

    >>> from autograd_lite.transforms import grad
    >>> derivative_of(grad(abs)).function is abs, derivative_of(abs)
    (True, None)
    """
    settings = function.args if isinstance(function, Transformed) else ()
    return next((one for one in settings if isinstance(one, Derivative)), None)
