"""The arguments of a function by name and by position."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any


def parameters(f: Callable[..., Any], count: int, unnamed: str = "argument {}") -> list[str]:
    """Names for the first `count` arguments of `f`; where it has none, `unnamed` with the position.

    >>> parameters(lambda x, *rest: x, 3)
    ['x', 'rest[0]', 'rest[1]']
    """
    names: list[str] = []
    try:
        found = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        found = []
    for parameter in found:
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{k}]" for k in range(count - len(names))]
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
    return (names + [unnamed.format(k) for k in range(len(names), count)])[:count]


def positional(f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Arguments given by name, in their places.

    Raises
    ------
    TypeError
        If the function has no such argument, or takes it by name alone.
    """
    bound = inspect.signature(f).bind(*args, **kwargs)
    if bound.kwargs:
        names = ", ".join(bound.kwargs)
        raise TypeError(
            f"compiled and mapped functions take their arguments by position; {names} can be given by name alone"
        )
    return bound.args
