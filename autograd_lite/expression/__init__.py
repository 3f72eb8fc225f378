"""Formulas given as texts, as on a command line: `w*x + b` becomes a graph, and `__import__('os')` an error message.

>>> from autograd_lite.expression import Expression
>>> graph = Expression("sigmoid(w*x + b)").build(w=-2, x=1, b=2)
>>> graph.root.data
0.5
"""

from autograd_lite.expression.errors import ExpressionError, MissingVariablesError
from autograd_lite.expression.evaluating import Built, Expression, evaluate
from autograd_lite.expression.functions import CONSTANTS, functions_by_name
from autograd_lite.expression.nodes import NODE_CONSTANTS, NodeExpression

__all__ = [
    "CONSTANTS", "NODE_CONSTANTS", "Built", "Expression", "ExpressionError", "MissingVariablesError", "NodeExpression", "evaluate",
    "functions_by_name",
]  # fmt: skip
