"""A kit for testing derivatives: one's own, this engine's, another engine's.

>>> from autograd_lite import sin
>>> from autograd_lite.testing import check_grad
>>> check_grad(lambda x: x * sin(x), 2.0).verdict
'pass'

- `check_grad(f, *args)` checks a gradient and, if it is wrong, finds the operation.
- `check_derivative(f, df, *args)` checks a derivative written by hand, `check_engine(engine, f, *args)` another engine's.
- `given_derivative(df, domain)` makes a property-based test of a function in one line.
- `laws` has what all derivatives obey; `check_laws(f, *args)` tries all that is about one function.
- `strategies` are hypothesis strategies for points, expressions, graphs and networks; `random_graph(seed)` needs no hypothesis.
- In pytest the fixture `assert_grad` is there by itself.
"""

from autograd_lite.testing import laws
from autograd_lite.testing.adapters import Engine, check_derivative, check_engine, torch_engine, value_engine
from autograd_lite.testing.check import GradientError, check_grad, check_operation, gradcheck, gradgradcheck
from autograd_lite.testing.decorators import given_derivative
from autograd_lite.testing.graphs import Graph
from autograd_lite.testing.growing import random_graph
from autograd_lite.testing.laws import LawError, check_laws
from autograd_lite.testing.report import Report

__all__ = [
    "Engine", "GradientError", "Graph", "LawError", "Report", "check_derivative", "check_engine", "check_grad", "check_laws",
    "check_operation", "given_derivative", "gradcheck", "gradgradcheck", "laws", "random_graph", "torch_engine",
    "value_engine",
]  # fmt: skip
