"""From a rule's text to a function in some number system.

A number system says what the function names and the operators in a text mean: for plain floats `exp` is `math.exp`, for
`Value`s it is the function that records a node, and so on.  Everything that needs the *meaning* of a row comes through
`compile_rule`; everything that needs its *text* (drawings, source code) reads the row itself.
"""

import ast
import itertools
import linecache
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from autograd_lite.rules.rule import CONSTANTS, Rule
from autograd_lite.rules.special import products_of_others

_serial = itertools.count()


@dataclass(frozen=True, eq=False)
class Numbers:
    """A number system: the meaning of names, and of operators that are not simply Python's.

    Parameters
    ----------
    name : str
        For error messages and file names.
    functions : mapping of str to callable
        What a function name in a text calls.
    operators : mapping of ast operator class to str
        Operators to be replaced by a call of the function of that name.

    Examples
    --------
    >>> from fractions import Fraction
    >>> rationals = Numbers("rationals", {})
    >>> from autograd_lite.rules import RULES
    >>> compile_rule(RULES["div"], rationals).partials(Fraction(2, 3), Fraction(2), Fraction(3))
    (0.3333333333333333, Fraction(-2, 9))
    """

    name: str
    functions: Mapping[str, Callable[..., Any]]
    operators: Mapping[type[ast.operator], str] = field(default_factory=dict)


@dataclass(frozen=True)
class CompiledRule:
    """A rule in one number system: `forward(*args)`, `partials(out, *args)` (a tuple), and both in one go."""

    forward: Callable[..., Any]
    partials: Callable[..., tuple[Any, ...]]
    both: Callable[..., tuple[Any, tuple[Any, ...]]]


class _Operators(ast.NodeTransformer):
    """Replaces the operators of a number system by calls."""

    def __init__(self, operators: Mapping[type[ast.operator], str]) -> None:
        self.operators = operators

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        name = self.operators.get(type(node.op))
        if name is None:
            return node
        return ast.Call(ast.Name(name, ast.Load()), [node.left, node.right], [])


def rewrite(text: str, operators: Mapping[type[ast.operator], str]) -> str:
    """The text with the given operators written as calls.

    >>> rewrite("sech(x) ** 2", {ast.Pow: "pow"})
    'pow(sech(x), 2)'
    """
    return ast.unparse(_Operators(operators).visit(ast.parse(text, mode="eval")))


@lru_cache(maxsize=4096)
def compile_rule(rule: Rule, numbers: Numbers) -> CompiledRule:
    """Compile the texts of `rule` for a number system.

    Parameters
    ----------
    rule : Rule
    numbers : Numbers

    Returns
    -------
    CompiledRule

    Raises
    ------
    NotImplementedError
        If the number system lacks a function the rule needs; the message names both.
    """

    def text(source: str) -> str:
        return rewrite(source, numbers.operators)

    if rule.variadic:
        partials = "".join(f"{text(partial)}, " for partial in rule.partials[:-1]) + f"*({text(rule.partials[-1])}),"
    else:
        partials = "".join(f"{text(partial)}, " for partial in rule.partials)
    parameters = ", ".join(rule.args.split())
    bindings = "".join(f"    {name} = {text(source)}\n" for name, source in rule.let)
    source = (
        f"def forward({parameters}):\n{bindings}    return {text(rule.forward)}\n"
        f"def partials(out, {parameters}):\n{bindings}    return ({partials})\n"
        f"def both({parameters}):\n{bindings}    out = {text(rule.forward)}\n    return out, ({partials})\n"
    )
    bound = {*rule.arguments, *(name for name, _ in rule.let), "out"}
    namespace = _namespace(rule, source, bound, numbers)
    _execute(source, f"rule {rule.name} on {numbers.name}", namespace)
    return CompiledRule(namespace["forward"], namespace["partials"], namespace["both"])


@lru_cache(maxsize=4096)
def compile_condition(rule: Rule, text: str, numbers: Numbers) -> Callable[..., Any]:
    """A function of the arguments and `out` for a text of `rule` beside forward and partials: its kink or its domain.

    >>> from autograd_lite.rules import RULES
    >>> from autograd_lite.rules.ieee import IEEE
    >>> compile_condition(RULES["log"], RULES["log"].domain, IEEE)(None, -1.0)
    False
    """
    parameters = ", ".join(rule.args.split())
    source = f"def condition(out, {parameters}):\n    return {rewrite(text, numbers.operators)}\n"
    namespace = _namespace(rule, source, {*rule.arguments, "out"}, numbers)
    _execute(source, f"condition of {rule.name} on {numbers.name}", namespace)
    condition: Callable[..., Any] = namespace["condition"]
    return condition


def _namespace(rule: Rule, source: str, bound: set[str], numbers: Numbers) -> dict[str, Any]:
    """What the names in `source` mean; a missing one is an error here, never a zero later."""
    namespace: dict[str, Any] = {"__builtins__": {}, "len": len, "zip": zip, "enumerate": enumerate, "int": int}
    namespace["products_of_others"] = products_of_others
    names = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    bound = bound | {node.id for node in names if isinstance(node.ctx, ast.Store)}
    for node in names:
        if node.id in bound:
            continue
        if node.id in numbers.functions:
            namespace[node.id] = numbers.functions[node.id]
        elif node.id in CONSTANTS:
            namespace[node.id] = CONSTANTS[node.id]
        elif node.id not in namespace:
            raise NotImplementedError(f"{rule.name} needs {node.id}(), which {numbers.name} does not have")
    return namespace


def _execute(source: str, title: str, namespace: dict[str, Any]) -> None:
    """Run generated source, registered so that a debugger and a traceback can show its lines."""
    filename = f"<{title} {next(_serial)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), namespace)
