"""A rule's texts walked as syntax trees, so that evaluating one writes operations instead of computing numbers.

The texts are Python expressions.  Arithmetic on a `Symbol` writes an operation by itself; what Python would decide on the
spot (`a if c else b`, comparisons, `and`, a condition in a comprehension) is rewritten into calls that write a `select`.
A decision between plain numbers, or on constants, is still made on the spot: `x ** 2` has no use for the case of exponent 0.
"""

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.operations import ARITHMETIC_ERRORS, COMPARISONS, TRUTHS, evaluate
from autograd_lite.compiler.program import Builder
from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.operators import Operators
from autograd_lite.rules.rule import CONSTANTS
from autograd_lite.rules.special import products_of_others


class Symbol(Operators):
    """The result of an operation that is being written: stands for a number in a text."""

    __slots__ = ("builder", "index")

    def __init__(self, builder: Builder, index: int) -> None:
        self.builder = builder
        self.index = index

    @property
    def number(self) -> float | None:
        """The number, if it is a constant."""
        return self.builder.number(self.index)

    @property
    def is_truth(self) -> bool:
        """Whether it is a comparison's result."""
        return self.builder.ops[self.index] in TRUTHS

    def write(self, name: str, *operands: Any) -> Any:
        """The operation on symbols and numbers."""
        return write(name, *operands)

    def __int__(self) -> int:
        number = self.number
        if number is None:
            raise UnsupportedOperation("the index of softmax must be a plain number in a compiled program")
        return int(number)

    def __bool__(self) -> bool:
        raise TypeError("a decision in a text was not rewritten")


@dataclass(frozen=True)
class Sometimes:
    """A derivative that exists only where `present` holds; elsewhere there is no edge."""

    value: Any
    present: Any


def lift(builder: Builder, thing: Any) -> int:
    """The index for a symbol or a plain number."""
    return thing.index if isinstance(thing, Symbol) else builder.const(thing)


def write(op: str, *operands: Any) -> Any:
    """An operation on symbols and numbers; among numbers and constants it is computed at once."""
    builder = None
    numbers: list[Any] = []
    for operand in operands:
        if isinstance(operand, Symbol):
            builder = operand.builder
            numbers.append(operand.number)
        else:
            numbers.append(operand)
    if None not in numbers:
        try:
            return evaluate(op, numbers)
        except ARITHMETIC_ERRORS:
            pass
    if builder is None:
        return evaluate(op, numbers, ieee=True)
    return Symbol(builder, builder.emit(op, *[lift(builder, operand) for operand in operands]))


def truth(thing: Any) -> Any:
    """`thing` as a truth: a number is true if it is not 0."""
    if not isinstance(thing, Symbol):
        return bool(thing)
    return thing if thing.is_truth else write("ne", thing, 0.0)


def _compare(op: str, x: Any, y: Any) -> Any:
    return write(op, x, y) if isinstance(x, Symbol) or isinstance(y, Symbol) else COMPARISONS[op](x, y)


def _and(*parts: Callable[[], Any]) -> Any:
    return _logic("and", parts)


def _or(*parts: Callable[[], Any]) -> Any:
    return _logic("or", parts)


def _logic(op: str, parts: Sequence[Callable[[], Any]]) -> Any:
    """Parts after one that settles the matter are not looked at, as in Python."""
    settles = op == "or"
    known: Any = None
    for part in parts:
        found = truth(part())
        if isinstance(found, bool):
            if found is settles:
                return found
            continue
        known = found if known is None else write(op, known, found)
    return (not settles) if known is None else known


def _not(thing: Any) -> Any:
    thing = truth(thing)
    return (not thing) if isinstance(thing, bool) else write("not", thing)


def select(condition: Any, x: Callable[[], Any], y: Callable[[], Any]) -> Any:
    """`x() if condition else y()`; `Sometimes` if one of them is None."""
    condition = truth(condition)
    if isinstance(condition, bool):
        return x() if condition else y()
    (a, a_present), (b, b_present) = _edge(x()), _edge(y())
    if a_present is True and b_present is True:
        return write("select", condition, a, b)
    present = _or(
        lambda: _and(lambda: condition, lambda: a_present), lambda: _and(lambda: _not(condition), lambda: b_present)
    )
    if present is False:
        return None
    return Sometimes(b if a_present is False else a if b_present is False else write("select", condition, a, b), present)


def _edge(slope: Any) -> tuple[Any, Any]:
    """A derivative, and where there is one: always, never or sometimes."""
    if slope is None:
        return None, False
    return (slope.value, slope.present) if isinstance(slope, Sometimes) else (slope, True)


class _Decisions(ast.NodeTransformer):
    """Rewrites what Python would decide on the spot into calls."""

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        return _call("select_", node.test, _later(node.body), _later(node.orelse))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        sides = [node.left, *node.comparators]
        pairs = [
            _call("compare_", ast.Constant(_COMPARED[type(op)]), left, right)
            for op, left, right in zip(node.ops, sides, sides[1:], strict=False)
        ]
        return pairs[0] if len(pairs) == 1 else _call("and_", *map(_later, pairs))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        return _call("and_" if isinstance(node.op, ast.And) else "or_", *map(_later, node.values))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        return _call("not_", node.operand) if isinstance(node.op, ast.Not) else node

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        # `fsum(e for x in xs if c)`: an element that is left out adds 0.  No other text filters.
        self.generic_visit(node)
        for loop in node.generators:
            for condition in loop.ifs:
                node.elt = _call("select_", condition, _later(node.elt), _later(ast.Constant(0.0)))
            loop.ifs = []
        return node


_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}  # fmt: skip


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def _later(body: ast.expr) -> ast.Lambda:
    return ast.Lambda(ast.arguments([], [], None, [], [], None, []), body)


@dataclass(frozen=True)
class Texts:
    """A row of the table as functions that write operations.

    `forward(*symbols)` writes the result; `partials[k](out, *symbols)` the derivative with respect to argument k (for a
    starred argument a sequence of derivatives, one for each).
    """

    forward: Callable[..., Any]
    partials: tuple[Callable[..., Any], ...]


@lru_cache(maxsize=4096)
def texts(rule: Rule) -> Texts:
    """Compile the texts of a row for symbols.

    Raises
    ------
    UnsupportedOperation
        If a text calls something that has no row of its own.

    Examples
    --------
    >>> b = Builder(); x = Symbol(b, b.input("x"))
    >>> relu = texts(RULES["relu"]).forward(x)
    >>> [b.ops[i] for i in range(len(b.ops))]
    ['input', 'const', 'le', 'select']
    """
    bindings = [(name, _rewritten(text)) for name, text in rule.let]
    parameters = ", ".join(rule.args.split())
    lines = [f"def forward({parameters}):"]
    lines += [f"    {name} = {text}" for name, text in bindings]
    lines.append(f"    return {_rewritten(rule.forward)}")
    for k, partial in enumerate(rule.partials):
        text = _rewritten(partial)
        lines.append(f"def partial{k}(out, {parameters}):")
        lines += [f"    {name} = {binding}" for name, binding in _needed(text, bindings)]
        lines.append(f"    return {text}")
    source = "\n".join(lines) + "\n"
    namespace = _namespace(rule, source)
    exec(compile(source, f"<texts of {rule.name}>", "exec"), namespace)
    return Texts(namespace["forward"], tuple(namespace[f"partial{k}"] for k in range(len(rule.partials))))


def _rewritten(text: str) -> str:
    return ast.unparse(ast.fix_missing_locations(_Decisions().visit(ast.parse(text, mode="eval"))))


def _needed(text: str, bindings: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The bindings a text refers to, directly or through others."""
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    needed = []
    for name, binding in reversed(bindings):
        if name in names:
            needed.append((name, binding))
            names |= {node.id for node in ast.walk(ast.parse(binding)) if isinstance(node, ast.Name)}
    return needed[::-1]


def _writer(name: str) -> Callable[..., Any]:
    def function(*operands: Any) -> Any:
        if len(operands) == 1 and not isinstance(operands[0], Symbol | float | int):
            operands = tuple(operands[0])  # max(xs), fsum(x for x in xs)
        return write(name, *operands)

    return function


def _prod(factors: Iterable[Any]) -> Any:
    product: Any = None
    for factor in factors:
        product = factor if product is None else product * factor
    return 1.0 if product is None else product


_HELPERS: dict[str, Any] = {
    "select_": select, "compare_": _compare, "and_": _and, "or_": _or, "not_": _not, "len": len, "zip": zip,
    "enumerate": enumerate, "int": int, "products_of_others": products_of_others, "prod": _prod,
    "fsum": _writer("fsum"), "detach": _writer("detach"),
}  # fmt: skip


def _namespace(rule: Rule, source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__builtins__": {}, **_HELPERS}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Name) or node.id in namespace:
            continue
        if node.id in CONSTANTS:
            namespace[node.id] = CONSTANTS[node.id]
        elif node.id in RULES:
            namespace[node.id] = _writer(node.id)
        elif node.id in FLOATS.functions and node.id not in rule.arguments:
            raise UnsupportedOperation(
                f"{rule.name} calls {node.id}(), which has no row in the table and cannot be compiled; declare {rule.name} "
                f"with texts, primitive({rule.name!r}, {rule.args!r}, forward='...', partials=('...',)), or leave it uncompiled"
            )
    return namespace


__all__ = ["Sometimes", "Symbol", "lift", "select", "texts", "truth", "write"]
