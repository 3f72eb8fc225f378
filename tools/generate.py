"""Writes the two files of `autograd_lite/engine` that are derived from the table of primitives and from `value.py`:

_fast.py         the operators that most graphs are made of, and the backward pass, written out
operations.pyi   the methods and functions of `operations.py` as a type checker and an editor see them

python tools/generate.py           write
python tools/generate.py --check   say whether the files are fresh; exit code 1 if not
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograd_lite.engine import functions, operations, value
from autograd_lite.engine.operations import OPERATORS, documentation, functions_of, methods_of, of_the_table
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.evaluate import rewrite

ENGINE = Path(value.__file__).parent
#: The operations that most graphs are made of; all others are made by a loop in `operations.py`.
HOT = ("add", "sub", "mul", "div", "pow", "neg", "exp", "log", "tanh", "relu")
#: Of these, what cannot raise on floats.
SAFE = {"add", "sub", "mul", "neg", "relu"}

# --- _fast.py -----------------------------------------------------------------------------------------------------------

FAST = '''\
"""The fast twin of `value.py`, generated from the table of primitives and from `value.py` itself by `tools/generate.py`.

The same, written out, without a call, a tuple or a loop over operands where it is hot; a test holds the two equal to the bit.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from math import exp, log, nan, tanh
from math import pow as _pow
from typing import Any

from autograd_lite.engine import modes, value
from autograd_lite.engine.methods import methods
from autograd_lite.engine.value import CONSTANT, Value, instead
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS
from autograd_lite.rules.floats import FLOATS

_new = object.__new__
sech = FLOATS.functions["sech"]
special = False
modes.switched.append(sys.modules[__name__])


def _edges(node: Value) -> list[tuple[Value, float]]:
    first, second = node._da, node._db
    if first.__class__ is tuple:
        return [(operand, slope) for operand, slope in zip(node._a, first, strict=True) if slope is not None]
    if second is None:
        return [] if first is None else [(node._a, first)]
    return [(node._b, second)] if first is None else [(node._a, first), (node._b, second)]


@methods
class _Fast(Value):
    __slots__ = ()

    edges = property(_edges, doc=Value.edges.__doc__)

{methods}


{functions}


value.topological_order, value.backward = topological_order, backward
'''


#: What a loop over `node.edges` comes to, and one from the last edge to the first, where `node` and what it has are locals.
LOOPS = {
    "node.edges": """\
slope = node._da
if slope.__class__ is tuple:
    for operand, slope in zip(node._a, slope):
        if slope is not None:
            BODY
else:
    if slope is not None:
        operand = node._a
        BODY
    slope = node._db
    if slope is not None:
        operand = node._b
        BODY
""",
    "reversed(node.edges)": """\
if node._da.__class__ is tuple:
    for operand, slope in zip(node._a[::-1], node._da[::-1]):
        if slope is not None:
            BODY
else:
    if node._db is not None:
        operand = node._b
        BODY
    if node._da is not None:
        operand = node._a
        BODY
""",
}


class _Inlined(ast.NodeTransformer):
    """Writes loops over the edges of a node out."""

    def __init__(self) -> None:
        self.body: list[ast.stmt] = []

    def visit_For(self, loop: ast.For) -> ast.AST | list[ast.stmt]:
        if ast.unparse(loop.iter) not in LOOPS:
            return self.generic_visit(loop)
        self.body = loop.body
        hoisted = "grad = node._grad\n" if "node._grad" in ast.unparse(loop.body[0]) else ""
        written = self.generic_visit(ast.parse(hoisted + LOOPS[ast.unparse(loop.iter)]))
        return written.body  # type: ignore[attr-defined, no-any-return]

    def visit_Expr(self, statement: ast.Expr) -> Any:
        if ast.unparse(statement) != "BODY":
            return statement
        return [ast.parse(ast.unparse(one).replace("node._grad", "grad")).body[0] for one in self.body]


def definition(name: str) -> Any:
    """The syntax tree of a function or class of `value.py`."""
    tree = ast.parse(inspect.getsource(value))
    return next(node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name)


def twin_of(name: str) -> str:
    """The source of a function of `value.py` with its loops over edges written out."""
    return ast.unparse(_Inlined().visit(definition(name)))


def operators() -> Iterator[str]:
    """The hot methods, each doing what `value.unary` and `value.binary` do for its row."""
    for rule in map(RULES.__getitem__, HOT):
        name = f"__{OPERATORS[rule.name]}__" if rule.name in OPERATORS else rule.name
        if rule.arity == 1:
            yield from _method(rule, f"{name}(self)", "self", [("self", "")])
        else:
            more, modulus = (", *modulus: float", ", *modulus") if rule.name == "pow" else ("", "")
            yield from _method(
                rule,
                f"{name}(self, other: Value | float{more})",
                f"self, other{modulus}",
                [("self", "other"), ("self", "y")],
            )
            yield from _method(
                rule, f"{name.replace('__', '__r', 1)}(self, other: Value | float)", "other, self", [("x", "self")]
            )


def _method(rule: Rule, head: str, operands: str, cases: list[tuple[str, str]]) -> Iterator[str]:
    """A method; for each case what is stored as operands, where x or y is the number that `other` is."""
    yield f"def {head} -> Value:"
    yield f"    {documentation(rule)!r}"
    yield f"    if not special and self.__class__ is Value{' and not modulus' if 'modulus' in operands else ''}:"
    for made in cases:
        number = "x" in made or "y" in made
        indent = " " * (8 if rule.arity == 1 else 12)
        if rule.arity == 2:
            kinds = "other.__class__ is float or other.__class__ is int" if number else "other.__class__ is Value"
            yield f"        if {kinds}:"
        yield from (indent + line for line in _case(rule, operands, made))
    yield f'    return instead["operation"]("{rule.name}", {operands})'
    yield ""


def _case(rule: Rule, operands: str, made: tuple[str, str]) -> Iterator[str]:
    """The lines for one kind of operands; a partial that nobody asked for is not computed."""
    partials = [rewrite(text, {ast.Pow: "_pow"}) for text in rule.partials]
    simple = [isinstance(ast.parse(text, mode="eval").body, ast.Constant | ast.Name | ast.UnaryOp) for text in partials]
    lines, slopes = [], ["None", "None"]
    for k, (name, operand) in enumerate(zip(rule.arguments, made, strict=False)):
        lines.append(f"{name} = float(other)" if operand == name else f"{name} = {operand}._number")
        if operand != name:
            slopes[k] = partials[k] if simple[k] else f"d{k}"
    lines.append(f"out = {rewrite(rule.forward, {ast.Pow: '_pow'})}")
    lines += [f"d{k} = {partials[k]}" for k in (0, 1) if slopes[k] == f"d{k}"]
    facts = ("out", '""', "None", f'"{rule.name}"', made[0], made[1] or "None", *slopes)
    slots = ("_number", "label", "_grad", "_rule", "_a", "_b", "_da", "_db")
    stored = [f"node.{slot} = {fact}" for slot, fact in zip(slots, facts, strict=True)]
    raising, rest = lines, stored
    if rule.name in SAFE:
        compact = _without_single_uses([*lines, *stored])
        raising = [line for line in compact if line.endswith("float(other)")]  # an int may be too large
        rest = [line for line in compact if line not in raising]
    if raising:
        yield "try:"
        yield from (f"    {line}" for line in raising)
        yield "except ARITHMETIC_ERRORS:"
        yield f'    return instead["operation"]("{rule.name}", {operands})'
    yield "node = _new(Value)"
    yield from rest
    yield "return node"


def _without_single_uses(lines: list[str]) -> list[str]:
    """The lines without variables that are used only once; that saves a few hundredths of an addition."""
    for name in ("x", "y", "out"):
        (value,) = [line.partition(" = ")[2] for line in lines if line.startswith(f"{name} = ")] or [name]
        rest = [line for line in lines if not line.startswith(f"{name} = ")]
        if sum(len(re.findall(rf"\b{name}\b", line)) for line in rest) == 1:
            lines = [re.sub(rf"\b{name}\b", value, line) for line in rest]
    return lines


# --- operations.pyi -----------------------------------------------------------------------------------------------------

STUB = '''\
"""What `operations.py` and the files beside it make when they are imported; generated from the table by `tools/generate.py`."""

from collections.abc import Callable
from typing import Any, Self, TypeVar, overload

from autograd_lite.engine.hooks import Handle
from autograd_lite.engine.value import Value
from autograd_lite.rules import Rule

OPERATORS: dict[str, str]
N = TypeVar("N", Value, float)

def documentation(rule: Rule) -> str: ...
def of_the_table() -> list[Rule]: ...
def methods_of(rule: Rule) -> list[tuple[str, str, str]]: ...
def functions_of(rule: Rule) -> list[tuple[str, str, str]]: ...

class Methods:
    """The methods that `Value` has besides those in `value.py`."""

    __slots__ = ()
'''


def stub() -> Iterator[str]:
    """The text of `operations.pyi`."""
    yield STUB.rstrip("\n")
    own = {node.name for node in definition("Value").body if isinstance(node, ast.FunctionDef)} | set(Value.__slots__)
    rows = {name: rule for rule in of_the_table() for name, *_ in methods_of(rule)}
    for name, member in vars(Value).items():
        if (
            name in own
            or name == "__hash__"
            or (name.startswith("__") and not callable(member))
            or not (callable(member) or isinstance(member, property))
        ):
            continue
        if name in rows and not getattr(member, "__module__", "").endswith("functions"):
            yield f"    def {name}(self{_second(rows[name], 'other')}) -> Value: ..."
        elif isinstance(member, property):
            yield "    @property"
            yield f"    def {name}(self) -> {_annotation(member.fget)}: ..."
            if member.fset is not None:
                yield f"    @{name}.setter"
                yield f"    def {name}(self, value: Any) -> None: ..."
        else:
            yield f"    def {name}{_signature(member)}: ..."
    yield ""
    functions = [(name, rule) for rule in of_the_table() for name, *_ in functions_of(rule)]
    for name, rule in functions:
        yield from _function_stub(name, rule)
    yield ""
    yield f"__all__ = {[name for name, _ in functions]}"


def _second(rule: Rule, name: str) -> str:
    if rule.arity == 1:
        return ""
    given = rule.arguments[1]
    return f", {given}: Value | float = ..." if given in rule.defaults else f", {name}: Value | float"


def _annotation(function: object) -> str:
    returned = inspect.signature(function).return_annotation  # type: ignore[arg-type]
    return returned if isinstance(returned, str) else inspect.formatannotation(returned)


def _signature(function: object) -> str:
    return str(inspect.signature(function)).replace("'", "").replace("self: Value", "self")  # type: ignore[arg-type]


def _function_stub(name: str, rule: Rule) -> Iterator[str]:
    x = rule.arguments[0]
    if rule.arity == 1:
        yield f"def {name}({x}: N) -> N: ..."
        return
    y = rule.arguments[1]
    optional = " = ..." if y in rule.defaults else ""
    for first, second, result in (
        ("float", "float", "float"),
        ("Value", "Value | float", "Value"),
        ("float", "Value", "Value"),
    ):
        yield "@overload"
        yield f"def {name}({x}: {first}, {y}: {second}{optional if second != 'Value' else ''}) -> {result}: ..."
    if getattr(functions, name) is not getattr(operations, name):  # one of any number of arguments
        yield "@overload"
        yield f"def {name}({x}: Value | float, {y}: Value | float, *more: Value | float) -> Any: ..."


# --- files --------------------------------------------------------------------------------------------------------------


def fresh() -> dict[Path, str]:
    """What the two files should say."""
    methods = "\n".join(f"    {line}".rstrip() for line in operators()).rstrip()
    functions = "\n\n\n".join(map(twin_of, ("topological_order", "backward")))
    fast = FAST.format(methods=methods, functions=functions)
    return {ENGINE / "_fast.py": fast, ENGINE / "operations.pyi": "\n".join(stub()) + "\n"}


def main(arguments: list[str]) -> int:
    """Write the generated parts, or with `--check` only compare."""
    stale = {path: text for path, text in fresh().items() if not path.exists() or path.read_text(encoding="utf-8") != text}
    for path, text in stale.items():
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        print(f"{path.name} " + ("is stale: run python tools/generate.py" if "--check" in arguments else "written"))
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
