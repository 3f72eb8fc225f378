"""The texts of the table on symbols: evaluating one writes operations instead of computing numbers.

Arithmetic on a `Symbol` writes an operation by itself; what Python would decide on the spot (`a if c else b`, comparisons, `and`,
a condition in a comprehension) is rewritten into calls (`rules/conditions.py`) that write a `select`.  A decision between plain
numbers, or on constants, is still made on the spot: `x ** 2` has no use for the case of exponent 0.
"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import mul
from typing import Any

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.operations import COMPARISONS, evaluate
from autograd_lite.compiler.program import Builder
from autograd_lite.engine.common import wanted_partials
from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.conditions import Conditions, select_slope
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, NumberSystem, compile_forward, compile_partials
from autograd_lite.rules.operators import Operators
from autograd_lite.rules.rule import CURVED


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
        return self.builder.is_truth(self.index)

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


def lift(builder: Builder, thing: Any) -> int:
    """The index for a symbol or a plain number."""
    return thing.index if isinstance(thing, Symbol) else builder.const(thing)


def write(op: str, *operands: Any) -> Any:
    """An operation on symbols and numbers; among numbers and constants it is computed at once."""
    builder, known = None, True
    for operand in operands:
        if isinstance(operand, Symbol):
            builder = operand.builder
            known = known and builder.ops[operand.index] == "const"
    if known:
        numbers = [operand.number if isinstance(operand, Symbol) else operand for operand in operands]
        try:
            return evaluate(op, numbers)
        except ARITHMETIC_ERRORS:
            if builder is None:
                return evaluate(op, numbers, ieee=True)
    assert builder is not None
    steps = [one.index if isinstance(one, Symbol) else builder.const(one) for one in operands]
    return Symbol(builder, builder.emit(op, *steps))


def truth(thing: Any) -> Any:
    """`thing` as a truth: a number is true if it is not 0."""
    if not isinstance(thing, Symbol):
        return bool(thing)
    return thing if thing.is_truth else write("ne", thing, 0.0)


def _logic(op: str, *parts: Callable[[], Any]) -> Any:
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


_and, _or = partial(_logic, "and"), partial(_logic, "or")


def _not(thing: Any) -> Any:
    thing = truth(thing)
    return (not thing) if isinstance(thing, bool) else write("not", thing)


def select(condition: Any, x: Callable[[], Any], y: Callable[[], Any]) -> Any:
    """`x() if condition else y()`; `Masked` if one of them is None."""
    condition = truth(condition)
    if isinstance(condition, bool):
        return x() if condition else y()

    def present(in_x: Any, in_y: Any) -> Any:
        return _or(lambda: _and(lambda: condition, lambda: in_x), lambda: _and(lambda: _not(condition), lambda: in_y))

    return select_slope(x(), y(), partial(write, "select", condition), present)


def _writer(name: str) -> Callable[..., Any]:
    def function(*operands: Any) -> Any:
        if len(operands) == 1 and not isinstance(operands[0], Symbol | float | int | Rounds):
            operands = tuple(operands[0])  # max(xs), fsum(x for x in xs)
        return _folded(name, operands) if any(isinstance(one, Rounds) for one in operands) else write(name, *operands)

    return function


# --- lists with an entry for each round of a loop ------------------------------------------------------------------------


@dataclass(frozen=True)
class Rounds:
    """In a list of operands all that a step is in the rounds of a loop, one after the other."""

    symbol: Any
    loop: int


def rounds(operands: Sequence[Symbol], loop: Any) -> list[Any]:
    """The operands of a step: of one over a loop those in that loop stand for all rounds."""
    if loop is None:
        return list(operands)
    return [Rounds(one, loop) if loop in one.builder.loops.of(one.index) else one for one in operands]


def _folded(name: str, operands: Sequence[Any]) -> Any:
    """All operands together; those that are the same in each round of the loop are taken once."""
    inner: Any = [one for one in operands if isinstance(one, Rounds)]
    outer = [one for one in operands if not isinstance(one, Rounds)]
    builder, loop = inner[0].symbol.builder, inner[0].loop
    alike = [one for one in outer if not (isinstance(one, Symbol) and loop in builder.loops.of(one.index))]
    found = builder.emit(
        name, *[lift(builder, one.symbol) for one in inner], *[lift(builder, one) for one in alike], over=loop
    )
    rest = [one for one in outer if one not in alike]
    return write({"fsum": "sum"}.get(name, name), Symbol(builder, found), *rest) if rest else Symbol(builder, found)


def _each(function: Callable[..., Any], entries: Any) -> list[Any]:
    """`[function(x) for x in entries]`: of entries that are all rounds of a loop once, for any round."""
    found = []
    for entry in entries:
        parts = entry if isinstance(entry, tuple) else (entry,)
        loops = [part.loop for part in parts if isinstance(part, Rounds)]
        result = function(*[part.symbol if isinstance(part, Rounds) else part for part in parts])
        found.append(Rounds(result, loops[0]) if loops else result)
    return found


def _enumerated(entries: Sequence[Any]) -> list[tuple[Any, Any]]:
    def place(k: int, entry: Any) -> Any:
        if not isinstance(entry, Rounds):
            return k
        builder = entry.symbol.builder
        return Symbol(builder, builder.append("position", (entry.loop,)))

    return [(place(k, entry), entry) for k, entry in enumerate(entries)]


def _at(entries: Sequence[Any], k: Any) -> Any:
    """`entries[int(k)]`."""
    if not isinstance(entries[0], Rounds):
        if not (isinstance(k, Symbol) and k.builder.loops.of(k.index)):
            return entries[int(k)]
        found = entries[-1]
        for number, entry in enumerate(entries[:-1]):
            found = write("select", write("eq", k, float(number)), entry, found)
        return found
    of = entries[0]
    builder = of.symbol.builder
    return Symbol(builder, builder.emit("item", of.symbol.index, lift(builder, k), over=of.loop))


class _Lists(Conditions, ast.NodeTransformer):
    """Rewrites comprehensions, and places in lists that are found by a number, into calls as well."""

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return self._each(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self._each(node)

    def _each(self, node: Any) -> ast.expr:
        (loop,) = node.generators
        names: list[Any] = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
        parameters = ast.arguments([], [ast.arg(name.id) for name in names], None, [], [], None, [])
        return ast.Call(
            ast.Name("_each", ast.Load()), [ast.Lambda(parameters, self.visit(node.elt)), self.visit(loop.iter)], []
        )

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.slice, ast.Call) and getattr(node.slice.func, "id", "") == "int":
            return ast.Call(ast.Name("_at", ast.Load()), [self.visit(node.value), self.visit(node.slice.args[0])], [])
        return self.generic_visit(node)


class _Writers(dict[str, Callable[..., Any]]):
    """What the calls in a text write: besides conditions and sums, the operation of that name."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in RULES

    def __missing__(self, name: str) -> Callable[..., Any]:
        return _writer(name)


#: Symbols as a number system.
SYMBOLS = NumberSystem(
    "a compiled program",
    _Writers(
        {
            **{f"_{name}": partial(write, name) for name in COMPARISONS},
            "_select": select, "_and": _and, "_or": _or, "_not": _not, "_truth": truth,
            "detach": _writer("detach"), "fsum": _writer("fsum"), "prod": lambda xs: reduce(mul, xs),
            "_each": _each, "_at": _at, "enumerate": _enumerated,
        }
    ),
    rewriter=_Lists(),
)  # fmt: skip
#: The same where what is written is differentiated in turn.
CURVED_SYMBOLS = replace(SYMBOLS, constants=CURVED)


def forward_of(rule: Rule) -> Callable[..., Any]:
    """The forward text of a row as a function of symbols that writes the result.

    Raises
    ------
    UnsupportedOperation
        If the text calls something that has no row of its own.

    Examples
    --------
    >>> b = Builder(); x = Symbol(b, b.input("x"))
    >>> relu = forward_of(RULES["relu"])(x)
    >>> [b.ops[i] for i in range(len(b.ops))]
    ['input', 'const', 'le', 'select']
    """
    return _compiled(rule, compile_forward, rule, SYMBOLS)


def slopes_of(rule: Rule, edges: Sequence[bool], again: bool = False) -> Callable[..., tuple[Any, ...]]:
    """The partials of a row as a function of `out` and the symbols of its operands; None where no edge is wanted.

    `again` says that they are differentiated in turn.

    Raises
    ------
    UnsupportedOperation
        As `forward_of`.
    """
    return _compiled(rule, compile_partials, rule, wanted_partials(rule, edges), CURVED_SYMBOLS if again else SYMBOLS)


def _compiled(rule: Rule, compile_texts: Callable[..., Any], *texts: Any) -> Callable[..., Any]:
    try:
        return compile_texts(*texts)  # type: ignore[no-any-return]
    except NotImplementedError as error:
        raise UnsupportedOperation(
            f"{rule.name} calls what has no row in the table and cannot be compiled ({error}); declare {rule.name} with texts, "
            f"primitive({rule.name!r}, {rule.args!r}, forward='...', partials=('...',)), or leave it uncompiled"
        ) from None
