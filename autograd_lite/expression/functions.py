"""The functions and constants an expression may name: the primitives of the table, under all their names."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine import functions
from autograd_lite.rules import RULES, Rule

#: The numbers with a name; a variable of that name hides it.
CONSTANTS: dict[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf}

#: Other languages' names, for the hint in an error or as a plain alias.
_ALIASES = {"ln": "log", "arctg": "atan", "tg": "tan", "power": "pow", "sgn": "sign", "heaviside": "step"}


@dataclass(frozen=True)
class Function:
    """A function that expressions may call.

    Parameters
    ----------
    name : str
        As it is in the table.
    call : callable
    parameters : tuple of str
        The names of its arguments; a last one with a star stands for any number.
    required : int
        How many of them cannot be left out.
    """

    name: str
    call: Callable[..., Any]
    parameters: tuple[str, ...]
    required: int

    @property
    def variadic(self) -> bool:
        """Whether it takes any number of arguments, or one list of them."""
        return self.parameters[-1].startswith("*")

    @property
    def takes_lists(self) -> bool:
        """Whether an argument may be a list, as in `dot([a, b], [c, d])`."""
        return self.variadic or self.name == "dot"

    def misfit(self, positional: int, keywords: Sequence[str]) -> str:
        """What is wrong with a call of so many arguments and these by name, in words; empty if nothing is.

        >>> functions_by_name()["exp"].misfit(2, ()), functions_by_name()["clamp"].misfit(1, ["low"])
        ('2 arguments', "an argument called 'low'")
        """
        names = [name for name in self.parameters if not name.startswith("*")]
        free = [name for name in names[positional:] if not self.variadic]
        wrong = [name for name in keywords if name not in free]
        if wrong:
            return f"an argument called {wrong[0]!r}"
        left_out = any(name in free and name not in keywords for name in names[: self.required])
        total = positional + len(keywords)
        if left_out or total == 0 or (not self.variadic and positional > len(names)):
            return f"{total} argument{'s' if total > 1 else ''}" if total else "no argument"
        return ""

    def signature(self) -> str:
        """How to call it.

        >>> functions_by_name()["leaky_relu"].signature()
        'leaky_relu(x, negative_slope=0.01)'
        """
        rule = RULES.get(self.name)
        defaults = rule.defaults if rule else {}
        return f"{self.name}({', '.join(f'{p}={defaults[p]:g}' if p in defaults else p for p in self.parameters)})"


def functions_by_name() -> dict[str, Function]:
    """Every function by every name it goes by, primitives added at run time included.

    >>> functions_by_name()["arcsin"].name
    'asin'
    """
    found: dict[str, Function] = {}
    for name, rule in RULES.items():
        call = getattr(functions, name, None)
        if call is not None:
            entry = _from_rule(rule, call)
            for alias in (name, *rule.aliases):
                found[alias] = entry
    found["mean"] = Function("mean", functions.mean, ("*xs",), 1)
    found["dot"] = Function("dot", functions.dot, ("xs", "ys"), 2)
    found["clamp"] = found["clip"] = Function("clamp", functions.clamp, ("x", "min", "max"), 1)
    for name in ("softmax", "log_softmax"):
        found[name] = Function(name, getattr(functions, name), ("*xs",), 1)
    for alias, name in _ALIASES.items():
        found.setdefault(alias, found[name])
    return found


def _from_rule(rule: Rule, call: Callable[..., Any]) -> Function:
    parameters = tuple(f"*{name}" if rule.variadic and k == rule.arity else name for k, name in enumerate(rule.arguments))
    return Function(rule.name, call, parameters, len(parameters) - len(rule.defaults))
