"""Random expressions and expression graphs, inside every domain by construction.

A graph is grown at a point: an operation is chosen, then operands among the nodes whose *values* it accepts, so nothing has
to be thrown away.  What chooses is an argument: Python's `random` for benchmarks and long runs, hypothesis where a failing
graph is to be shrunk (`strategies.py`).
"""

import inspect
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from autograd_lite.engine.record import ARITHMETIC_ERRORS, apply
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.evaluate import compile_condition, compile_rule
from autograd_lite.rules.floats import FLOATS

#: Results and slopes beyond this are not made, so that a thousand operations do not overflow.
LARGEST = 1e4
#: How near to a kink a smooth graph comes, relative to its numbers.
CLEARANCE = 1e-2

#: The simplest first, which is what hypothesis shrinks to.
_FIRST = ("add", "mul", "sub", "neg", "div", "pow", "exp", "log", "sin", "cos", "tanh", "relu", "sum", "max", "dot")
#: Not differentiable in what they mostly depend on, or only there for the derivatives of others.
_LEFT_OUT = frozenset({"where", "polygamma", "sinc_derivative", "copysign", "floordiv"})


class Choices(Protocol):
    """Where decisions come from."""

    def index(self, count: int) -> int:
        """A number from 0 to count - 1; 0 is the simplest."""
        ...

    def number(self, low: float, high: float) -> float:
        """A float between two others."""
        ...


class RandomChoices:
    """Decisions by Python's `random`.

    >>> RandomChoices(0).index(1)
    0
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def index(self, count: int) -> int:
        """See `Choices`."""
        return self._random.randrange(count)

    def number(self, low: float, high: float) -> float:
        """See `Choices`."""
        return self._random.uniform(low, high)


@dataclass(frozen=True)
class Operation:
    """A line of a graph: an operation and its operands, numbers of earlier lines (variables first) or floats."""

    name: str
    operands: tuple[int | float, ...]


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
        text = rule.text
        for argument, word in zip(rule.arguments, words, strict=True):
            text = text.replace(f"<{argument}>", word)
        return text
    if operation.name == "dot":
        half = len(words) // 2
        return f"ag.dot([{', '.join(words[:half])}], [{', '.join(words[half:])}])"
    if operation.name in ("softmax", "log_softmax"):
        return f"ag.{operation.name}({', '.join(words[1:])})[{int(operation.operands[0])}]"
    import autograd_lite

    if hasattr(autograd_lite, operation.name):
        return f"ag.{operation.name}({', '.join(words)})"
    return f"ag.engine.record.apply({', '.join([repr(operation.name), *words])})"


def primitives(smooth: bool = True) -> list[str]:
    """The names of the primitives that random graphs are made of, the simplest first.

    Parameters
    ----------
    smooth : bool, default True
        Without those that have kinks or jumps.

    Examples
    --------
    >>> primitives()[:4], "relu" in primitives(), "relu" in primitives(smooth=False)
    (['add', 'mul', 'sub', 'neg'], False, True)
    """
    names = [*_FIRST, *[name for name in RULES if name not in _FIRST]]
    sharp = {"max", "min"} | {name for name, rule in RULES.items() if rule.kink or rule.jump}
    return [name for name in names if name not in _LEFT_OUT and not (smooth and name in sharp)]


def random_graph(
    seed: int,
    operations: int = 8,
    variables: int = 3,
    *,
    primitives: Iterable[str] | None = None,
    smooth: bool = True,
    sharing: bool = True,
) -> Graph:
    """A random expression graph: the same one for the same arguments, always.

    Parameters
    ----------
    seed : int
    operations : int, default 8
        How many there are, about.
    variables : int, default 3
        At most; those that were not used are left out.
    primitives : iterable of str, optional
        What it is made of; all if left out.
    smooth : bool, default True
        Keep away from kinks and jumps.
    sharing : bool, default True
        False for a tree, in which every intermediate result is used once.

    Returns
    -------
    Graph

    Examples
    --------
    >>> graph = random_graph(7, operations=3, variables=2)
    >>> graph == random_graph(7, operations=3, variables=2)
    True
    """
    if operations < 1 or variables < 1:
        raise ValueError("a graph has at least one variable and one operation")
    choices = RandomChoices(seed)
    point = [choices.number(-3.0, 3.0) for _ in range(variables)]
    return grow([choices] * operations, point, primitives=primitives, smooth=smooth, sharing=sharing)


def grow(
    steps: Iterable[Choices],
    point: Sequence[float],
    *,
    primitives: Iterable[str] | None = None,
    smooth: bool = True,
    sharing: bool = True,
) -> Graph:
    """A graph out of decisions, for each operation its own; see `random_graph`."""
    names = globals()["primitives"](smooth) if primitives is None else list(primitives)
    unknown = [name for name in names if name not in RULES]
    if unknown or not names:
        raise ValueError(
            f"there is no primitive called {unknown[0]!r}" if unknown else "no primitive is given to choose from"
        )
    point = [_rounded(x) for x in point]
    variables = len(point)
    values, made = list(point), []
    free = list(range(variables))  # of a tree: what has not been used
    for choices in steps:
        operation = _operation(choices, RULES[names[choices.index(len(names))]], values, free if not sharing else None)
        result = None if operation is None else _result(operation, values, smooth)
        if operation is None or result is None:
            continue
        made.append(operation)
        values.append(result)
        if not sharing:
            taken = [x for x in operation.operands if x.__class__ is int and x >= variables]
            free = [x for x in free if x not in taken]
        free.append(len(values) - 1)
    if not made:
        made.append(Operation("mul" if "mul" in names else "add", (0, 0)))
        values.append(values[0] * values[0])
    return _trimmed(_joined(made, values, variables), point)


def _operation(choices: Choices, rule: Rule, values: Sequence[float], free: Sequence[int] | None) -> Operation | None:
    """An operation on operands whose values lie in its box; None if no variable fits."""
    boxes = list(rule.box)
    if rule.variadic:
        count = 2 * (1 + choices.index(2)) if rule.name == "dot" else 2 + choices.index(2)
        boxes = [*boxes[:-1], *[boxes[-1]] * count]
    operands: list[int | float] = []
    left = None if free is None else list(free)
    for low, high in boxes:
        if low == high:
            operands.append(low)
            continue
        low, high = max(low, -LARGEST), min(high, LARGEST)
        known = range(len(values)) if left is None else left
        fitting = [k for k in known if low <= values[k] <= high]
        # One more choice than there are nodes: a constant.
        chosen = choices.index(len(fitting) + 1)
        if chosen < len(fitting):
            operands.append(fitting[chosen])
            if left is not None:
                left.remove(fitting[chosen])
        else:
            operands.append(_rounded(choices.number(max(low, -3.0) if high > -3.0 else low, min(high, max(3.0, low + 1.0)))))
    return Operation(rule.name, tuple(operands)) if any(x.__class__ is int for x in operands) else None


def _result(operation: Operation, values: Sequence[float], smooth: bool) -> float | None:
    """The value of an operation, or None if it would be undefined, huge, or at a kink."""
    rule = RULES[operation.name]
    args = [values[x] if x.__class__ is int else x for x in operation.operands]
    try:
        if rule.domain and not _condition(rule)(None, *args):
            return None
        compiled = compile_rule(rule, FLOATS)
        out = compiled.forward(*args)
        slopes = [slope for slope in compiled.partials(out, *args) if slope is not None]
        if not all(abs(x) <= LARGEST for x in (out, *slopes)):  # nan is not, either
            return None
        if smooth and _near_kink(rule, out, args):
            return None
    except (*ARITHMETIC_ERRORS, TypeError):
        return None
    return float(out)


def _near_kink(rule: Rule, out: float, args: Sequence[float]) -> bool:
    if rule.name in ("max", "min"):
        return sum(abs(x - out) <= CLEARANCE * (1.0 + abs(out)) for x in args) > 1
    return bool(rule.kink) and abs(_kink(rule)(out, *args)) <= CLEARANCE


@cache
def _condition(rule: Rule) -> Callable[..., Any]:
    return compile_condition(rule, rule.domain, FLOATS)


@cache
def _kink(rule: Rule) -> Callable[..., Any]:
    return compile_condition(rule, rule.kink, FLOATS)


def _rounded(x: float) -> float:
    """Few digits: easier to read, as good a point as any."""
    return float(f"{x:.4g}")


def _joined(made: list[Operation], values: list[float], variables: int) -> list[Operation]:
    """The operations, with those that nothing uses added up at the end."""
    used = {x for operation in made for x in operation.operands if x.__class__ is int}
    loose = [k for k in range(variables, variables + len(made)) if k not in used]
    total = loose[-1]
    for k in reversed(loose[:-1]):
        made = [*made, Operation("add", (total, k))]
        total = variables + len(made) - 1
    return made


def _trimmed(made: list[Operation], point: list[float]) -> Graph:
    """Without the variables that are not used."""
    used = {x for operation in made for x in operation.operands if x.__class__ is int}
    kept = [k for k in range(len(point)) if k in used]
    place = {old: new for new, old in enumerate(kept)} | {len(point) + k: len(kept) + k for k in range(len(made))}
    moved = [Operation(one.name, tuple(place[x] if x.__class__ is int else x for x in one.operands)) for one in made]
    return Graph(tuple(point[k] for k in kept), tuple(moved))


__all__ = ["Choices", "Graph", "Operation", "RandomChoices", "grow", "primitives", "random_graph"]
