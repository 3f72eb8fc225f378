"""Conditions as calls, for systems in which a comparison has no plain yes or no.

In an array some points go one way and some the other; an interval can lie on both sides.  So for these systems
`a if x > 0 else b` is rewritten to `_select(_gt(x, 0), lambda: a, lambda: b)`, and each says what its `_select` does.
"""

import ast

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "_lt",
    ast.LtE: "_le",
    ast.Gt: "_gt",
    ast.GtE: "_ge",
    ast.Eq: "_eq",
    ast.NotEq: "_ne",
}


class _Branches(ast.NodeTransformer):
    """Rewrites conditional expressions, comparisons, `and`, `or`, `not`, and the `if` of a sum over a generator.

    The calls it writes: `_select(condition, if_true, if_false)`, the two branches as functions without arguments; `_lt`,
    `_le`, `_gt`, `_ge`, `_eq`, `_ne`; `_and`, `_or`, `_not`; and `_truth(x)` for a number that stands as a condition.

    >>> tree = BRANCHES.visit(ast.parse("0.0 if x <= 0.0 else x", mode="eval"))
    >>> ast.unparse(tree)
    '_select(_le(x, 0.0), lambda: 0.0, lambda: x)'
    """

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        return _select(self._condition(node.test), self.visit(node.body), self.visit(node.orelse))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        sides = [self.visit(side) for side in (node.left, *node.comparators)]
        pairs = [
            _call(_COMPARISONS[type(op)], left, right)
            for op, left, right in zip(node.ops, sides[:-1], sides[1:], strict=True)
        ]
        return pairs[0] if len(pairs) == 1 else _call("_and", *pairs)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        return _call("_and" if isinstance(node.op, ast.And) else "_or", *map(self._condition, node.values))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.Not):
            return _call("_not", self._condition(node.operand))
        self.generic_visit(node)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        if node.ifs:
            raise NotImplementedError("a condition in a generator can only be rewritten inside fsum")
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        # fsum(a for x in xs if c): the elements for which the condition fails count 0.
        for argument in node.args if getattr(node.func, "id", "") == "fsum" else []:
            if isinstance(argument, ast.GeneratorExp | ast.ListComp):
                for loop in argument.generators:
                    for test in loop.ifs:
                        argument.elt = ast.IfExp(test, argument.elt, ast.Constant(0.0))
                    loop.ifs = []
        self.generic_visit(node)
        return node

    def _condition(self, node: ast.expr) -> ast.expr:
        """A condition: what is not one by its form is a number that counts as true unless it is 0."""
        is_condition = isinstance(node, ast.Compare | ast.BoolOp) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        )
        visited: ast.expr = self.visit(node)
        return visited if is_condition else _call("_truth", visited)


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def _select(condition: ast.expr, if_true: ast.expr, if_false: ast.expr) -> ast.Call:
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return _call("_select", condition, ast.Lambda(nothing, if_true), ast.Lambda(nothing, if_false))


#: The rewriter itself: it keeps no state.
BRANCHES = _Branches()

__all__ = ["BRANCHES"]
