"""Expressions typed at the prompt or given as conditions: `w.grad * 2`, `abs(product) > 1e3`.

Python's parser reads them and a closed list of what is allowed evaluates them; nothing is executed.  Names are nodes of the
graph, and, in conditions, the fields of the step just made.
"""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from autograd_lite.engine.node import Node

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: math.pow,
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs, "max": max, "min": min, "round": round, "float": float, "int": int,
    **{name: getattr(math, name) for name in (
        "ceil", "cos", "cosh", "erf", "exp", "expm1", "fabs", "floor", "hypot", "isfinite", "isinf", "isnan", "log", "log10",
        "log1p", "log2", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
    )},
}  # fmt: skip
#: What these names mean where no node has them.
CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "True": True, "False": False}
_ATTRIBUTES = ("data", "grad", "has_grad", "is_leaf", "label", "op", "requires_grad")
_LONGEST, _DEEPEST = 2000, 100


class AskError(ValueError):
    """An expression that cannot be evaluated here; the message says why."""


class Question:
    """A checked expression.

    Parameters
    ----------
    text : str
        Numbers, names, `name.grad`, arithmetic, comparisons, `and`, `or`, `not`, `a if c else b`, and the functions of `math`.

    Raises
    ------
    AskError
        For anything else.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> w = Value(3.0); w.grad = 2.0
    >>> Question("w.data - 0.1 * w.grad").answer({"w": w}.__getitem__)
    2.8
    >>> Question("__import__('os')")
    Traceback (most recent call last):
    autograd_lite.backprop.asking.AskError: '__import__' is not a function here; there are abs, max, min, exp, log, sqrt, ...
    """

    def __init__(self, text: str) -> None:
        self.text = " ".join(text.split())
        if not self.text:
            raise AskError("there is nothing to evaluate; type an expression such as w.grad or 2 * w")
        if len(self.text) > _LONGEST:
            raise AskError(f"the expression is longer than {_LONGEST} characters")
        try:
            self._tree = ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else str(error)
            raise AskError(f"{self.text!r} is not an expression: {reason}") from None
        _check(self._tree)

    def answer(self, find: Callable[[str], Any]) -> Any:
        """The value, with `find(name)` for what a name means; it raises a LookupError for one that means nothing.

        A node by itself stands for its number within arithmetic, and is returned as it is when it is all there is.
        """
        return _evaluate(self._tree, find)

    @property
    def names(self) -> list[str]:
        """What `find` will be asked for."""
        found: list[str] = []
        pending: list[ast.AST] = [self._tree]
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Name):
                found.append(node.id)
            elif isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr not in _ATTRIBUTES):
                found.append(ast.unparse(node))
            elif isinstance(node, ast.Call):
                pending += node.args
            else:
                pending += ast.iter_child_nodes(node)
        return found

    def __repr__(self) -> str:
        return f"Question({self.text!r})"


def _check(tree: ast.expr) -> None:
    pending: list[tuple[ast.expr, int]] = [(tree, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > _DEEPEST:
            raise AskError("the expression is nested too deeply")
        inner: list[ast.expr] = []
        match node:
            case ast.Constant(value=bool() | int() | float() | str()) | ast.Name():
                pass
            case ast.Attribute(value=inside, attr=name):
                if name not in _ATTRIBUTES:
                    _dotted_or_refuse(node)
                else:
                    inner = [inside]
            case ast.Subscript():
                _dotted_or_refuse(node)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                inner = [left, right]
            case ast.UnaryOp(op=unary, operand=operand) if type(unary) in _UNARY:
                inner = [operand]
            case ast.BoolOp(values=values):
                inner = values
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARE for op in ops):
                inner = [left, *others]
            case ast.IfExp(test=test, body=body, orelse=orelse):
                inner = [test, body, orelse]
            case ast.Call(func=function, args=args, keywords=[]):
                name = function.id if isinstance(function, ast.Name) else ast.unparse(function)
                if name not in _FUNCTIONS:
                    raise AskError(f"{name!r} is not a function here; there are abs, max, min, exp, log, sqrt, ...")
                inner = args
            case _:
                raise AskError(f"{ast.unparse(node)!r} is more than this prompt evaluates: numbers, node names, arithmetic")
        pending += [(part, depth + 1) for part in inner]


def _dotted_or_refuse(node: ast.expr) -> None:
    """Labels such as `layer1.w[0]` are one name; anything else with a dot or an index is refused."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            raise AskError(f".{node.attr} is private; of a node there are {', '.join('.' + name for name in _ATTRIBUTES)}")
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant | ast.Tuple | ast.UnaryOp | ast.Name):
            raise AskError(f"{ast.unparse(node)!r}: an index is a number")
        node = node.value
    if not isinstance(node, ast.Name):
        raise AskError(f"{ast.unparse(node)!r} has no attributes here; of a node there are .grad, .data, .op, .label")


def _evaluate(tree: ast.expr, find: Callable[[str], Any]) -> Any:
    def number(part: ast.expr) -> Any:
        found = _evaluate(part, find)
        return found.data if isinstance(found, Node) else found

    match tree:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return _named(name, find)
        case ast.Attribute(value=inside, attr=name) if name in _ATTRIBUTES:
            found = _evaluate(inside, find)
            if not isinstance(found, Node):
                raise AskError(f"{ast.unparse(inside)} is not a node, so it has no .{name}")
            value = getattr(found, name)
            return value.data if isinstance(value, Node) else value
        case ast.Attribute() | ast.Subscript():
            # ast.unparse spells an index as labels do: ws[0].
            return _named(ast.unparse(tree), find)
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](number(left), number(right))
        case ast.UnaryOp(op=unary, operand=operand):
            return _UNARY[type(unary)](number(operand))
        case ast.BoolOp(op=ast.And(), values=values):
            return all(number(value) for value in values)
        case ast.BoolOp(values=values):
            return any(number(value) for value in values)
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [number(side) for side in (left, *others)]
            return all(_COMPARE[type(op)](x, y) for op, x, y in zip(ops, sides, sides[1:], strict=False))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _evaluate(body if number(test) else orelse, find)
        case ast.Call(func=ast.Name(id=name), args=args):
            return _FUNCTIONS[name](*[number(arg) for arg in args])
    raise AskError(f"{ast.unparse(tree)!r} is more than this prompt evaluates")


def _named(name: str, find: Callable[[str], Any]) -> Any:
    try:
        return find(name)
    except LookupError:
        if name in CONSTANTS:
            return CONSTANTS[name]
        raise


def ask(text: str, find: Callable[[str], Any]) -> Any:
    """The value of `text`.

    Raises
    ------
    AskError
        Also where arithmetic fails or a name means nothing; the message says which.
    """
    try:
        return Question(text).answer(find)
    except LookupError as error:
        raise AskError(str(error.args[0]) if error.args else str(error)) from None
    except (ArithmeticError, TypeError) as error:
        raise AskError(f"{text}: {error}") from None
    except ValueError as error:
        raise error if isinstance(error, AskError) else AskError(f"{text}: {error}") from None


__all__ = ["CONSTANTS", "AskError", "Question", "ask"]
