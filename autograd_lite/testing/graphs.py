"""An expression graph as data: a function made of primitives, that can be called, recorded, printed as Python and shrunk."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine import functions
from autograd_lite.engine.common import apply
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES
from autograd_lite.rules.rule import fill


@dataclass(frozen=True)
class Operation:
    """A line of a graph: an operation and its operands, numbers of earlier lines (variables first) or floats."""

    name: str
    operands: tuple[int | float, ...]

    @property
    def uses(self) -> list[int]:
        """The earlier lines among the operands."""
        return [x for x in self.operands if isinstance(x, int)]


@dataclass(frozen=True)
class Graph:
    """A function of numbers made of primitives, and a point.

    Called with numbers or Values it computes its result; printed it is Python that does the same.

    Attributes
    ----------
    point : tuple of float
        Where it was grown: inside all domains.
    operations : tuple of Operation
        Operand k is variable k, or, from the number of variables on, the result of an operation.

    Examples
    --------
    >>> graph = Graph((2.0, 3.0), (Operation("mul", (0, 1)), Operation("add", (2, 0))))
    >>> graph(2.0, 3.0)
    8.0
    >>> graph
    import autograd_lite as ag
    def f(x, y):
        a = x * y
        b = a + x
        return b
    f(2.0, 3.0)
    """

    point: tuple[float, ...]
    operations: tuple[Operation, ...]

    __name__ = "f"

    def __call__(self, *args: Any) -> Any:
        """The result at `args`."""
        if len(args) != len(self.point):
            raise TypeError(f"this graph has {len(self.point)} variables; {len(args)} arguments were given")
        known = list(args)
        for operation in self.operations:
            known.append(apply(operation.name, *[known[x] if x.__class__ is int else x for x in operation.operands]))
        return known[-1]

    def record(self) -> tuple[list[Any], Any]:
        """The leaves and the result, recorded at the point."""
        leaves = [Value(x, label=name) for x, name in zip(self.point, self.variables, strict=True)]
        return leaves, self(*leaves)

    @property
    def variables(self) -> list[str]:
        """The names of the variables: x, y, z, then x3, x4, ..."""
        return [("x", "y", "z")[k] if k < 3 else f"x{k}" for k in range(len(self.point))]

    @property
    def __signature__(self) -> inspect.Signature:
        """So that reports call the arguments by the names of the variables."""
        return inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in self.variables])

    @property
    def source(self) -> str:
        """Python for the function and its call, to be pasted."""
        names = [*self.variables, *map(_letters, range(len(self.operations)))]
        lines = ["import autograd_lite as ag", f"def f({', '.join(self.variables)}):"]
        for k, operation in enumerate(self.operations):
            lines.append(f"    {names[len(self.point) + k]} = {_written(operation, names)}")
        return "\n".join([*lines, f"    return {names[-1]}", f"f({', '.join(map(repr, self.point))})"])

    def __repr__(self) -> str:
        return self.source

    def names_used(self) -> set[str]:
        """The primitives in it."""
        return {operation.name for operation in self.operations}


def _letters(k: int) -> str:
    """Names for lines: a, b, ... w without the f of the function, then v22, v23, ...; x, y, z are variables."""
    return "abcdeghijklmnopqrstuvw"[k] if k < 22 else f"v{k}"


def _written(operation: Operation, names: Sequence[str]) -> str:
    words = [names[x] if x.__class__ is int else repr(x) if x >= 0.0 else f"({x!r})" for x in operation.operands]
    rule = RULES[operation.name]
    if rule.text:
        return fill(rule.text, dict(zip(rule.arguments, words, strict=True)))
    if operation.name == "dot":
        half = len(words) // 2
        return f"ag.dot([{', '.join(words[:half])}], [{', '.join(words[half:])}])"
    if operation.name in ("softmax", "log_softmax"):
        return f"ag.{operation.name}({', '.join(words[1:])})[{int(operation.operands[0])}]"
    if operation.name in functions.__all__:
        return f"ag.{operation.name}({', '.join(words)})"
    return f"ag.engine.common.apply({', '.join([repr(operation.name), *words])})"
