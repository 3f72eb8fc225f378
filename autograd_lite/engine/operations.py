"""The operations of the table as methods of `Value` and as functions of the same names, made by a loop.

A function takes Values and gives a Value, takes numbers and gives a number.  What a type checker and an editor see of this file
is `operations.pyi`, which `tools/generate.py` writes.  Functions of any number of arguments, `clamp` and `where` are in `functions.py`.
"""

import linecache
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from autograd_lite.engine import value
from autograd_lite.engine.common import apply
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES, Rule

#: Rows that are operators of Python: the name of the special method.
OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "div": "truediv", "pow": "pow", "mod": "mod", "floordiv": "floordiv", "neg": "neg",
    "abs": "abs",
}  # fmt: skip


def documentation(rule: Rule) -> str:
    """What `help()` says about an operation."""
    defined = f" Defined for {rule.domain}." if rule.domain else ""
    slope = f" Slope: {rule.convention}." if rule.convention else ""
    return rule.doc + defined + slope


def parameters(rule: Rule, first: str, second: str) -> str:
    """What a method or function of that row takes; a parameter with a default keeps the name it has in the row.

    >>> parameters(RULES["elu"], "self", "other"), parameters(RULES["hypot"], "self", "other")
    ('self, alpha=1.0', 'self, other')
    """
    rest = [f"{name}={rule.defaults[name]!r}" if name in rule.defaults else second for name in rule.arguments[1:]]
    return ", ".join([first, *rest])


def of_the_table() -> Iterator[Rule]:
    """The rows of one and two arguments."""
    return (rule for rule in RULES.values() if not rule.variadic and rule.arity <= 2)


def methods_of(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """Name, parameters and result of each method that a row makes."""
    given = parameters(rule, "self", "other")
    operands = ", ".join(one.partition("=")[0] for one in given.split(", "))
    result = f"value.{'unary' if rule.arity == 1 else 'binary'}({rule.name!r}, {operands})"
    if rule.name == "pow":  # Python hands the modulus of pow(x, y, m) on
        yield "__pow__", "self, other, *modulus", f"apply('pow', self, other, *modulus) if modulus else {result}"
    elif rule.name in OPERATORS:
        yield f"__{OPERATORS[rule.name]}__", given, result
    if rule.name in OPERATORS and rule.arity == 2:
        yield f"__r{OPERATORS[rule.name]}__", given, f"value.binary({rule.name!r}, other, self)"
    names = [rule.name] if rule.name not in OPERATORS or rule.name in {"abs", "pow"} else []
    for name in (*names, *rule.aliases):
        yield name, given, result


def functions_of(rule: Rule) -> Iterator[tuple[str, str, str]]:
    """Name, parameters and result of each function that a row makes."""
    given = parameters(rule, rule.arguments[0], rule.arguments[-1])
    first, *rest = rule.arguments
    recorded, tested = f"{first}.{rule.name}({', '.join(rest)})", f"isinstance({first}, Value)"
    if rule.name in OPERATORS and rule.name != "abs":
        recorded = f" {rule.symbol} ".join(rule.arguments) if rest else f"{rule.symbol}{first}"
        tested = f"isinstance({first}, Value) or isinstance({rule.arguments[-1]}, Value)"
    for name in (rule.name, *rule.aliases):
        yield name, given, f"{recorded} if {tested} else apply({rule.name!r}, {', '.join(rule.arguments)})"


def _made(made: Iterable[tuple[str, tuple[str, str, str]]], title: str) -> dict[str, Any]:
    """The functions with that documentation, name, parameters and result; a debugger can show their lines."""
    text = "".join(f"def {name}({given}):\n    {doc!r}\n    return {result}\n" for doc, (name, given, result) in made)
    title = str(Path(__file__).with_name(title))  # a file of this package, to whoever looks for the line of a user
    scope = {"Value": Value, "apply": apply, "value": value, "__name__": __name__}
    linecache.cache[title] = (len(text), None, text.splitlines(keepends=True), title)
    found: dict[str, Any] = {}
    exec(compile(text, title, "exec"), scope, found)
    return found


for _name, _function in _made(
    ((documentation(rule), one) for rule in of_the_table() for one in methods_of(rule)), "<methods made from the table>"
).items():
    _function.__qualname__ = f"Value.{_name}"
    if _name not in vars(Value):  # the operators of `value.py`, and whatever the fast twin has
        setattr(Value, _name, _function)

FUNCTIONS = _made(
    ((documentation(rule), one) for rule in of_the_table() for one in functions_of(rule)), "<functions made from the table>"
)
globals().update(FUNCTIONS)

__all__ = list(FUNCTIONS)
