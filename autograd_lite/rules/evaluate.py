"""From a rule's text to a function in some number system.

A number system says what the function names and the operators in a text mean: for plain floats `exp` is `math.exp`, for
`Value`s it is the function that records a node, and so on.  Everything that needs the *meaning* of a row comes through
`compile_rule`; everything that needs its *text* (drawings, source code) reads the row itself.
"""

import ast
import itertools
import linecache
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from autograd_lite.rules.rule import CONSTANTS, Rule
from autograd_lite.rules.special import products_of_others
from autograd_lite.rules.table import RULES

#: What arithmetic on floats raises where a result is undefined or too large.
ARITHMETIC_ERRORS = (ValueError, ZeroDivisionError, OverflowError)
_serial = itertools.count()


@dataclass(frozen=True, eq=False)
class NumberSystem:
    """A number system: the meaning of names, and of operators that are not simply Python's.

    Parameters
    ----------
    name : str
        For error messages and file names.
    functions : mapping of str to callable
        What a function name in a text calls.
    operators : mapping of ast operator class to str
        Operators to be replaced by a call of the function of that name.
    constants : mapping of str to number, optional
        What the named constants (`pi`, `ln2`, ...) are; a name that is missing cannot be used.  Floats if left out.
    literal : callable, optional
        Makes a number of this system out of a float written in a text.  Left out, the float stays as it is.
    rewriter : ast.NodeTransformer, optional
        Rewrites a text beyond its operators: a system of arrays needs `a if c else b` as a call, for example.
    rows : bool, default False
        Whether a function that is missing, but a row of the table, is compiled from the row.

    Examples
    --------
    >>> from fractions import Fraction
    >>> rationals = NumberSystem("rationals", {})
    >>> from autograd_lite.rules import RULES
    >>> compile_rule(RULES["div"], rationals).partials(Fraction(2, 3), Fraction(2), Fraction(3))
    (0.3333333333333333, Fraction(-2, 9))
    """

    name: str
    functions: Mapping[str, Callable[..., Any]]
    operators: Mapping[Any, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=lambda: CONSTANTS)
    literal: Callable[[float], Any] | None = None
    rewriter: ast.NodeTransformer | None = None
    rows: bool = False

    def __post_init__(self) -> None:
        if self.rows:
            object.__setattr__(self, "functions", _WithRows(self))


class _WithRows(dict[str, Callable[..., Any]]):
    """The functions of a number system: its own, which may still grow in number, and those compiled from their rows."""

    def __init__(self, numbers: NumberSystem) -> None:
        super().__init__()
        self._numbers, self._own = numbers, numbers.functions

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._own or (name in RULES and not RULES[str(name)].is_intrinsic)

    def __missing__(self, name: str) -> Callable[..., Any]:
        return self._own[name] if name in self._own else compile_forward(RULES[name], self._numbers)


@dataclass(frozen=True)
class CompiledRule:
    """A rule in one number system: `forward(*args)`, `partials(out, *args)` (a tuple), and both in one go."""

    forward: Callable[..., Any]
    partials: Callable[..., tuple[Any, ...]]
    value_and_partials: Callable[..., tuple[Any, tuple[Any, ...]]]


class _Operators(ast.NodeTransformer):
    """Replaces the operators of a number system by calls."""

    def __init__(self, operators: Mapping[Any, str]) -> None:
        self.operators = operators

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        name = self.operators.get(type(node.op))
        if name is None or (isinstance(node.left, ast.Call) and getattr(node.left.func, "id", "") == "len"):
            return node  # half of `len(xs)` is a position, not a number of the system
        return ast.Call(ast.Name(name, ast.Load()), [node.left, node.right], [])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        name = self.operators.get(type(node.op))
        return node if name is None else ast.Call(ast.Name(name, ast.Load()), [node.operand], [])


class _Literals(ast.NodeTransformer):
    """Collects the floats written in a text, putting a name in place of each."""

    def __init__(self) -> None:
        self.found: dict[str, float] = {}

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, float):
            return node  # ints count things: positions, whole exponents
        name = f"_literal_{len(self.found)}"
        self.found[name] = node.value
        return ast.Name(name, ast.Load())


def rewrite(text: str, operators: Mapping[Any, str]) -> str:
    """The text with the given operators written as calls.

    >>> rewrite("sech(x) ** 2", {ast.Pow: "pow"})
    'pow(sech(x), 2)'
    """
    return ast.unparse(_Operators(operators).visit(ast.parse(text, mode="eval")))


class _Curved(ast.NodeTransformer):
    """Decides `x if curved else y`: the same number, x of which is written to be differentiated and y to be computed."""

    def __init__(self, curved: Any) -> None:
        self.curved = curved

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        return node if getattr(node.test, "id", "") != "curved" else node.body if self.curved else node.orelse


def _translated(text: str, numbers: NumberSystem) -> str:
    """The text as the number system needs it, its own literals still in place."""
    tree: ast.AST = _Curved(numbers.constants.get("curved")).visit(ast.parse(text, mode="eval"))
    tree = _Operators(numbers.operators).visit(tree)
    return ast.unparse(numbers.rewriter.visit(tree) if numbers.rewriter else tree)


@lru_cache(maxsize=4096)
def compile_rule(rule: Rule, numbers: NumberSystem) -> CompiledRule:
    """Compile the texts of `rule` for a number system.

    Parameters
    ----------
    rule : Rule
    numbers : NumberSystem

    Returns
    -------
    CompiledRule

    Raises
    ------
    NotImplementedError
        If the number system lacks a function the rule needs; the message names both.
    """
    head, forward = ", ".join(rule.args.split()), _translated(rule.forward, numbers)
    partials = _tuple_of_partials(rule, numbers, None)
    source = (
        f"def forward({head}):\n{_bindings(rule, numbers, forward)}    return {forward}\n"
        f"def partials(out, {head}):\n{_bindings(rule, numbers, partials, given=True)}    return ({partials})\n"
        f"def value_and_partials({head}):\n{_bindings(rule, numbers, forward + partials)}    out = {forward}\n"
        f"    return out, ({partials})\n"
    )
    namespace = _compiled(rule, source, numbers, "rule")
    return CompiledRule(namespace["forward"], namespace["partials"], namespace["value_and_partials"])


@lru_cache(maxsize=4096)
def compile_forward(rule: Rule, numbers: NumberSystem) -> Callable[..., Any]:
    """Only the result: all that a system needs which lacks what the partials call."""
    forward = _translated(rule.forward, numbers)
    source = f"def forward({', '.join(rule.args.split())}):\n{_bindings(rule, numbers, forward)}    return {forward}\n"
    function: Callable[..., Any] = _compiled(rule, source, numbers, "forward of")["forward"]
    return function


@lru_cache(maxsize=8192)
def compile_partials(rule: Rule, wanted: tuple[bool, ...], numbers: NumberSystem) -> Callable[..., tuple[Any, ...]]:
    """The partials of the wanted arguments only, None standing for the others, as a function of `out` and the arguments.

    A partial that nobody asked for is not computed: it may cost, and it may not exist in the number system (the slope of
    `x ** 2` in the exponent is a logarithm, which no fraction has).  For a starred argument the last flag counts for all.

    >>> from autograd_lite.rules import RULES
    >>> from autograd_lite.rules.floats import FLOATS
    >>> compile_partials(RULES["pow"], (True, False), FLOATS)(9.0, 3.0, 2.0)
    (6.0, None)
    """
    partials = _tuple_of_partials(rule, numbers, wanted)
    head = ", ".join(["out", *rule.args.split()])
    source = f"def partials({head}):\n{_bindings(rule, numbers, partials, given=True)}    return ({partials})\n"
    function: Callable[..., tuple[Any, ...]] = _compiled(rule, source, numbers, "partials of")["partials"]
    return function


@lru_cache(maxsize=4096)
def compile_condition(rule: Rule, text: str, numbers: NumberSystem) -> Callable[..., Any]:
    """A function of the arguments and `out` for a text of `rule` beside forward and partials: its kink or its domain.

    >>> from autograd_lite.rules import RULES
    >>> from autograd_lite.rules.ieee import IEEE
    >>> compile_condition(RULES["log"], RULES["log"].domain, IEEE)(None, -1.0)
    False
    """
    parameters = ", ".join(rule.args.split())
    source = f"def condition(out, {parameters}):\n    return {_translated(text, numbers)}\n"
    condition: Callable[..., Any] = _compiled(rule, source, numbers, "condition of")["condition"]
    return condition


def _bindings(rule: Rule, numbers: NumberSystem, texts: str, given: bool = False) -> str:
    """The lines that bind what `texts` name of what `let` shares: in some systems a result that nobody needs costs.

    Where `out` is given, what the forward text is the name of (`top` of `max`) is there already.
    """
    lines = ""
    for name, text in reversed(rule.let):
        if re.search(rf"\b{name}\b", texts + lines):
            bound = "out" if given and name == rule.forward else _translated(text, numbers)
            lines = f"    {name} = {bound}\n{lines}"
    return lines


def _tuple_of_partials(rule: Rule, numbers: NumberSystem, wanted: tuple[bool, ...] | None) -> str:
    """The inside of a tuple display: the partials, a starred argument's spread out."""
    parts = []
    for k, text in enumerate(rule.partials):
        starred = rule.variadic and k == len(rule.partials) - 1
        if wanted is not None and not wanted[k]:
            parts.append("*[None for _ in " + rule.arguments[-1] + "]" if starred else "None")
        else:
            parts.append(f"*({_translated(text, numbers)})" if starred else _translated(text, numbers))
    return "".join(f"{part}, " for part in parts)


def _compiled(rule: Rule, source: str, numbers: NumberSystem, title: str) -> dict[str, Any]:
    """The functions that `source` defines; `source` is registered so that a debugger and a traceback can show its lines."""
    literals = _Literals()
    if numbers.literal is not None:
        source = ast.unparse(ast.fix_missing_locations(literals.visit(ast.parse(source))))
    namespace = _namespace(rule, source, {*rule.arguments, *(name for name, _ in rule.let), "out", *literals.found}, numbers)
    if numbers.literal is not None:
        namespace.update({name: numbers.literal(number) for name, number in literals.found.items()})
    filename = f"<{title} {rule.name} on {numbers.name} {next(_serial)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), namespace)
    return namespace


def _namespace(rule: Rule, source: str, bound: set[str], numbers: NumberSystem) -> dict[str, Any]:
    """What the names in `source` mean; a missing one is an error here, never a zero later."""
    namespace: dict[str, Any] = {"__builtins__": {}, "len": len, "zip": zip, "enumerate": enumerate, "int": int}
    namespace["products_of_others"] = products_of_others
    tree = ast.parse(source)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = bound | {node.id for node in names if isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}  # of functions that a rewriter writes
    for node in names:
        if node.id in bound:
            continue
        if node.id in numbers.functions:
            namespace[node.id] = numbers.functions[node.id]
        elif node.id in numbers.constants:
            namespace[node.id] = numbers.constants[node.id]
        elif node.id not in namespace:
            called = "" if node.id in CONSTANTS else "()"
            raise NotImplementedError(f"{rule.name} needs {node.id}{called}, which {numbers.name} does not have")
    return namespace
