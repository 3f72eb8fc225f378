"""Rows of the table as JavaScript, so that a page can compute again when a number is changed on it.

One more reader of the table: the texts of a rule are walked as syntax trees and written in the other language, what they call
bottoms out in `static/arithmetic.js`.  Nothing of a derivative is stated here.  A rule that needs what the browser's `Math`
does not have (gamma and its like), or whose edges depend on its numbers (`where`), cannot be written; then the page
shows what was recorded, as it is, and offers no change.
"""

import ast
import json
import math
from collections.abc import Iterable

from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.rule import CONSTANTS

#: What `static/arithmetic.js` defines, by the names that the texts use.
INTRINSICS = frozenset({
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh",
    "cospi", "degrees", "detach", "enumerate", "erf", "erfc", "exp", "exp2", "expm1", "floor", "floordiv", "fmod",
    "fsum", "hypot", "log", "log10", "log1p", "log2", "max", "min", "mod", "ndtr", "pow", "prod",
    "products_of_others", "radians", "remainder", "round", "sign", "sin", "sinh", "sinpi", "sqrt", "tan", "tanh",
    "trunc", "zip",
})  # fmt: skip

_OPERATORS = {ast.Sub: "-", ast.Div: "/"}
_CALLS = {ast.Add: "plus", ast.Mult: "times", ast.Pow: "pow", ast.Mod: "mod", ast.FloorDiv: "floordiv"}
_COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "===", ast.NotEq: "!=="}


class UntranslatableError(ValueError):
    """A rule that cannot be written in JavaScript; the message says why."""


def operations(names: Iterable[str]) -> str:
    """The named rules as a table in JavaScript.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    str
        `const OPERATIONS = {name: {forward, partials, text, args, level}, ...}`, and in `M` what these call.

    Raises
    ------
    UntranslatableError
        If one of them cannot be written; the message names it.

    Examples
    --------
    >>> print(operations(["div"]))
    const OPERATIONS = {};
    OPERATIONS["div"] = { forward: ($x, $y) => ($x / $y), partials: ($out, $x, $y) => [(1.0 / $y), ((-$out) / $y)],
      text: "<x> / <y>", args: ["x", "y"], level: 2 };
    >>> operations(["lgamma"])
    Traceback (most recent call last):
        ...
    autograd_lite.pages.javascript.UntranslatableError: lgamma calls lgamma, which a browser does not have
    """
    lines = ["const OPERATIONS = {};"]
    helpers: dict[str, str] = {}
    for name in sorted(set(names)):
        rule = RULES.get(name)
        if rule is None:
            raise UntranslatableError(f"{name} is not in the table of operations")
        writer = _Writer(rule, helpers)
        text = "" if rule.variadic else rule.text
        lines.append(
            f"OPERATIONS[{json.dumps(name)}] = {{ forward: {writer.forward()}, partials: {writer.partials()},\n"
            f"  text: {json.dumps(text)}, args: {json.dumps(rule.arguments)}, level: {rule.level} }};"
        )
    return "\n".join([*helpers.values(), *lines])


class _Writer(ast.NodeVisitor):
    """Writes the texts of one rule; the rules that it calls are written into `helpers`."""

    def __init__(self, rule: Rule, helpers: dict[str, str]) -> None:
        self.rule, self.helpers = rule, helpers

    def forward(self) -> str:
        return self._function(list(self.rule.arguments), self.text(self.rule.forward))

    def partials(self) -> str:
        if any("none" in text and text != "none" for text in self.rule.partials):
            raise UntranslatableError(f"{self.rule.name} has edges that depend on its numbers")
        parts = [self.text(text) for text in self.rule.partials]
        if self.rule.variadic:
            parts[-1] = f"...{parts[-1]}"
        return self._function(["out", *self.rule.arguments], f"[{', '.join(parts)}]")

    def _function(self, arguments: list[str], result: str) -> str:
        names = [f"${name}" for name in arguments]
        if self.rule.variadic:
            names[-1] = f"...{names[-1]}"
        bindings = "".join(f"const ${name} = {self.text(text)}; " for name, text in self.rule.let)
        return f"({', '.join(names)}) => {f'{{ {bindings}return {result}; }}' if bindings else result}"

    def text(self, text: str) -> str:
        return self.write(ast.parse(text, mode="eval").body)

    def write(self, node: ast.expr) -> str:
        written: str = self.visit(node)
        return written

    def generic_visit(self, node: ast.AST) -> str:
        raise UntranslatableError(f"{self.rule.name} uses {ast.unparse(node)!r}, which has no counterpart in JavaScript")

    def visit_Constant(self, node: ast.Constant) -> str:
        return repr(node.value)

    def visit_Name(self, node: ast.Name) -> str:
        if node.id not in CONSTANTS:
            return f"${node.id}"
        number = CONSTANTS[node.id]
        if number is None:
            return "null"
        return "NaN" if math.isnan(number) else "Infinity" if math.isinf(number) else repr(number)

    def visit_BinOp(self, node: ast.BinOp) -> str:
        left, right = self.write(node.left), self.write(node.right)
        if left.endswith(".length"):
            return f"Math.floor({left} / {right})"  # half of the operands
        if type(node.op) in _OPERATORS:
            return f"({left} {_OPERATORS[type(node.op)]} {right})"
        if not self.rule.variadic and isinstance(node.op, ast.Add | ast.Mult):
            return f"({left} {'+' if isinstance(node.op, ast.Add) else '*'} {right})"
        return f"M.{_CALLS[type(node.op)]}({left}, {right})"  # of lists, too

    def visit_UnaryOp(self, node: ast.UnaryOp) -> str:
        if not isinstance(node.op, ast.USub):
            raise UntranslatableError(f"{self.rule.name} uses {ast.unparse(node)!r}")
        return f"(-{self.write(node.operand)})"

    def visit_IfExp(self, node: ast.IfExp) -> str:
        return f"({self.truth(node.test)} ? {self.write(node.body)} : {self.write(node.orelse)})"

    def visit_Compare(self, node: ast.Compare) -> str:
        sides = [self.write(one) for one in (node.left, *node.comparators)]
        parts = [f"{a} {_COMPARISONS[type(op)]} {b}" for a, op, b in zip(sides, node.ops, sides[1:], strict=False)]
        return f"({' && '.join(parts)})"

    def visit_BoolOp(self, node: ast.BoolOp) -> str:
        sign = " && " if isinstance(node.op, ast.And) else " || "
        return f"({sign.join(map(self.truth, node.values))})"

    def truth(self, node: ast.expr) -> str:
        """A condition: a number is true unless it is 0, also nan, which JavaScript takes for false."""
        written = self.write(node)
        return written if isinstance(node, ast.Compare | ast.BoolOp) else f"({written} !== 0)"

    def visit_Call(self, node: ast.Call) -> str:
        assert isinstance(node.func, ast.Name)
        arguments = [self.write(one) for one in node.args]
        name = node.func.id
        if name == "len":
            return f"{arguments[0]}.length"
        if name == "int":
            return arguments[0]
        if name not in INTRINSICS and name not in self.helpers:
            rule = RULES.get(name)
            if rule is None or f"{name}(" in rule.forward:
                raise UntranslatableError(f"{self.rule.name} calls {name}, which a browser does not have")
            self.helpers[name] = ""  # takes its place, before what it is called by
            written = _Writer(rule, self.helpers).forward()
            del self.helpers[name]
            self.helpers[name] = f"M.{name} = {written};"
        return f"M.{name}({', '.join(arguments)})"

    def visit_GeneratorExp(self, node: ast.GeneratorExp | ast.ListComp) -> str:
        (loop,) = node.generators
        names = [one.id for one in ast.walk(loop.target) if isinstance(one, ast.Name)]
        target = f"${names[0]}" if isinstance(loop.target, ast.Name) else f"[{', '.join(f'${name}' for name in names)}]"
        chosen = "".join(f".filter(({target}) => {self.truth(test)})" for test in loop.ifs)
        return f"{self.write(loop.iter)}{chosen}.map(({target}) => {self.write(node.elt)})"

    visit_ListComp = visit_GeneratorExp  # noqa: N815

    def visit_Subscript(self, node: ast.Subscript) -> str:
        if not isinstance(node.slice, ast.Slice):
            return f"{self.write(node.value)}[{self.write(node.slice)}]"
        low = self.write(node.slice.lower) if node.slice.lower else "0"
        return f"{self.write(node.value)}.slice({low}{f', {self.write(node.slice.upper)}' if node.slice.upper else ''})"

    def visit_Tuple(self, node: ast.Tuple | ast.List) -> str:
        return f"[{', '.join(map(self.write, node.elts))}]"

    visit_List = visit_Tuple  # noqa: N815
