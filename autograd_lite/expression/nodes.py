"""Expressions about a graph that is there: `w.grad * 2`, `abs(product) > 1e3`, as typed at a prompt or given as a condition.

The same parser and the same machine as for formulas; names are nodes, a node has attributes, and comparisons are true or false.
"""

import ast
import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from autograd_lite.engine.value import Value
from autograd_lite.expression.evaluating import Runnable
from autograd_lite.expression.functions import CONSTANTS, Function
from autograd_lite.expression.parsing import Instruction

_ATTRIBUTES = ("data", "grad", "has_grad", "is_leaf", "label", "op", "requires_grad")
_THERE_ARE = f"of a node there are {', '.join(f'.{name}' for name in _ATTRIBUTES)}"
_INDICES = (ast.Constant, ast.UnaryOp, ast.Tuple, ast.Name)
_CHECKS = (float, int, math.isfinite, math.isinf, math.isnan)
#: What these names mean where no node has them.
NODE_CONSTANTS = {**CONSTANTS, "nan": math.nan}


class NodeExpression(Runnable):
    """An expression about the nodes of a graph.

    Parameters
    ----------
    text : str
        Numbers, names of nodes, `name.grad` and the like, arithmetic, comparisons, `and`, `or`, `not`, `a if c else b`, and the
        functions of the table.

    Raises
    ------
    ExpressionError
        For anything else.

    Examples
    --------
    >>> w = Value(3.0); w.grad = 2.0
    >>> NodeExpression("w.data - 0.1 * w.grad").evaluate({"w": w}.__getitem__)
    2.8
    >>> NodeExpression("w > 1 and not w.is_leaf").evaluate({"w": w}.__getitem__)
    False
    """

    more_functions: ClassVar[Mapping[str, Function]] = {
        call.__name__: Function(call.__name__, call, ("x",), 1) for call in _CHECKS
    }

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(text.split()))

    def evaluate(self, find: Callable[[str], Any]) -> Any:
        """The result; a node by itself stands for its number within arithmetic, and is returned as it is when it is all.

        Parameters
        ----------
        find : callable
            From a name to what it means.  Where it raises a LookupError the name is a constant (`pi`, `e`, `inf`, `nan`), or the
            error is raised.
        """

        def found(name: str) -> Any:
            try:
                return find(name)
            except LookupError:
                if name in NODE_CONSTANTS:
                    return NODE_CONSTANTS[name]
                raise

        return self.run(found)

    def number(self, operand: Any, step: Instruction) -> Any:
        """An operand where one number is needed: of a node its number."""
        return operand.data if isinstance(operand, Value) else super().number(operand, step)

    # --- what it accepts beside what a formula may contain -----------------------------------------------------------------

    def _statement(self, statement: ast.stmt, is_last: bool) -> None:
        if not isinstance(statement, ast.Expr):
            raise self.error(statement, "only an expression can be evaluated here, such as w.grad or 2 * w")
        super()._statement(statement, is_last)

    def _parts(self, node: ast.expr) -> list[Any]:
        match node:
            case ast.Attribute(value=inside, attr=name) if name in _ATTRIBUTES:
                return [inside, Instruction("call", partial(self._attribute, node, name), 1, node, takes_lists=True)]
            case ast.Attribute() | ast.Subscript():
                # One name; ast.unparse spells an index as labels do: ws[0].
                return [partial(self._name, node, self._dotted(node))]
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return [ast.IfExp(operand, ast.Constant(False), ast.Constant(True))]
            case ast.BoolOp(op=op, values=values):
                is_and = isinstance(op, ast.And)
                found: ast.expr = ast.Constant(is_and)
                for value in reversed(values):
                    branches = (found, ast.Constant(False)) if is_and else (ast.Constant(True), found)
                    found = ast.IfExp(value, *branches)
                return [found]
            case _:
                return super()._parts(node)

    def _constant(self, node: ast.expr, value: Any) -> Any:
        return value if isinstance(value, bool | str) else super()._constant(node, value)

    def _name(self, node: ast.expr, name: str) -> None:
        self._variables.setdefault(name)
        self.steps.append(Instruction("name", name, 0, node))

    def _comparison(self, node: ast.Compare) -> list[Any]:
        return self._compared(node, bool)

    def _dotted(self, node: ast.expr) -> str:
        part = node
        while isinstance(part, ast.Attribute | ast.Subscript):
            if isinstance(part, ast.Attribute) and part.attr.startswith("_"):
                raise self.error(node, f".{part.attr} is private; {_THERE_ARE}")
            if isinstance(part, ast.Subscript) and not isinstance(part.slice, _INDICES):
                raise self.error(node, f"{ast.unparse(part)}: an index is a number")
            part = part.value
        if not isinstance(part, ast.Name):
            raise self.error(node, f"{ast.unparse(part)} has no attributes here; {_THERE_ARE}")
        return ast.unparse(node)

    def _attribute(self, node: ast.Attribute, name: str, owner: Any) -> Any:
        if not isinstance(owner, Value):
            raise self.error(node, f"{ast.unparse(node.value)} is not a node, so it has no .{name}")
        found = getattr(owner, name)
        return found.data if isinstance(found, Value) else found
