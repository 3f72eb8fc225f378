"""Conditions in the texts of the table, for number systems in which a comparison has no plain yes or no.

In an array some points go one way and some the other, an interval can lie on both sides, and in a program the answer is known
when it runs.  For these systems `a if x > 0 else b` is rewritten to `_select(_gt(x, 0), lambda: a, lambda: b)`, and each says what
the calls mean.  A slope that one branch has and the other has not (`none` in a text: there is no edge) is a `Masked` one.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "_lt", ast.LtE: "_le", ast.Gt: "_gt", ast.GtE: "_ge", ast.Eq: "_eq", ast.NotEq: "_ne",
}  # fmt: skip


class Conditions(ast.NodeTransformer):
    """Rewrites conditional expressions, comparisons, `and`, `or`, `not`, and the `if` of a sum over a generator.

    The calls it writes: `_select(condition, if_true, if_false)`, the two branches as functions without arguments; `_and` and
    `_or` of conditions as functions without arguments, so that one that settles the matter may be the last that is looked at;
    `_not(condition)`; `_lt`, `_le`, `_gt`, `_ge`, `_eq`, `_ne` of two numbers; and `_truth(x)` for a number that stands as a
    condition.

    >>> tree = CONDITIONS.visit(ast.parse("0.0 if x <= 0.0 or y else x", mode="eval"))
    >>> ast.unparse(tree)
    '_select(_or(lambda: _le(x, 0.0), lambda: _truth(y)), lambda: 0.0, lambda: x)'
    """

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        return _call("_select", self._condition(node.test), _later(self.visit(node.body)), _later(self.visit(node.orelse)))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        sides = [self.visit(side) for side in (node.left, *node.comparators)]
        pairs = [
            _call(_COMPARISONS[type(op)], left, right)
            for op, left, right in zip(node.ops, sides[:-1], sides[1:], strict=True)
        ]
        return pairs[0] if len(pairs) == 1 else _call("_and", *map(_later, pairs))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        return _call(
            "_and" if isinstance(node.op, ast.And) else "_or", *[_later(self._condition(one)) for one in node.values]
        )

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if isinstance(node.op, ast.Not):
            return _call("_not", self._condition(node.operand))
        return self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        if node.ifs:
            raise NotImplementedError("a condition in a generator can only be rewritten inside fsum")
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        # fsum(a for x in xs if c): the elements for which the condition fails count 0.
        summed = node.args if getattr(node.func, "id", "") == "fsum" else []
        for elements in (argument for argument in summed if isinstance(argument, ast.GeneratorExp | ast.ListComp)):
            for loop in elements.generators:
                for test in loop.ifs:
                    elements.elt = ast.IfExp(test, elements.elt, ast.Constant(0.0))
                loop.ifs = []
        return self.generic_visit(node)

    def _condition(self, node: ast.expr) -> ast.expr:
        """A condition: what is not one by its form is a number that counts as true unless it is 0."""
        is_condition = isinstance(node, ast.Compare | ast.BoolOp) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        )
        visited: ast.expr = self.visit(node)
        return visited if is_condition else _call("_truth", visited)


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def _later(body: ast.expr) -> ast.Lambda:
    return ast.Lambda(ast.arguments([], [], None, [], [], None, []), body)


#: The rewriter itself: it keeps no state.
CONDITIONS = Conditions()


@dataclass(frozen=True)
class Masked:
    """A slope, or a gradient, that is there only where `present` holds; elsewhere there is no edge."""

    value: Any
    present: Any


def mask_of(slope: Any) -> tuple[Any, Any]:
    """A slope and where it is there: True for everywhere, False for nowhere, or a condition.

    >>> mask_of(2.0), mask_of(None), mask_of(Masked(2.0, [True, False]))
    ((2.0, True), (None, False), (2.0, [True, False]))
    """
    if slope is None:
        return None, False
    return (slope.value, slope.present) if isinstance(slope, Masked) else (slope, True)


def select_slope(x: Any, y: Any, choose: Callable[[Any, Any], Any], present: Callable[[Any, Any], Any]) -> Any:
    """One of two numbers or slopes by an open condition; `Masked` if only one of them has an edge, None if neither has.

    Parameters
    ----------
    x, y : number, Masked or None
    choose : callable
        The first of two numbers where the condition holds, else the second.
    present : callable
        The same for two conditions, either of which may be plain True or False.
    """
    (a, in_a), (b, in_b) = mask_of(x), mask_of(y)
    if in_a is True and in_b is True:
        return choose(a, b)
    if in_a is False and in_b is False:
        return None
    there = present(in_a, in_b)
    return Masked(b if in_a is False else a if in_b is False else choose(a, b), there)
