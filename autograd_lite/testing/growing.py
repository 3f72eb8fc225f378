"""Random expression graphs, inside every domain by construction.

A graph is grown at a point: an operation is chosen, then operands among the nodes whose *values* it accepts, so nothing has
to be thrown away.  What chooses is an argument: Python's `random` for benchmarks and long runs, hypothesis where a failing
graph is to be shrunk (`strategies.py`).
"""

import random
from collections.abc import Iterable, Sequence
from typing import Protocol

from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, compile_condition, compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.testing.graphs import Graph, Operation
from autograd_lite.testing.slopes import at_kink

#: Results and slopes beyond this are not made, so that a thousand operations do not overflow.
LARGEST = 1e4
#: How near to a kink a smooth graph comes, relative to its numbers.
CLEARANCE = 1e-2

#: The simplest first, which is what hypothesis shrinks to.
_FIRST = ("add", "mul", "sub", "neg", "div", "pow", "exp", "log", "sin", "cos", "tanh", "relu", "sum", "max", "dot")
#: Not differentiable in what they mostly depend on, or only there for the derivatives of others.
_LEFT_OUT = frozenset({"where", "polygamma", "sinc_derivative", "copysign", "floordiv"})


class Choices(Protocol):
    """Where decisions come from; Python's `random.Random` is one."""

    def randrange(self, stop: int, /) -> int:
        """A number from 0 to stop - 1; 0 is the simplest."""
        ...

    def uniform(self, a: float, b: float, /) -> float:
        """A float between two others."""
        ...


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
        Keep away from kinks and jumps; if not, an operation may be at a kink, but never at a jump, where nothing is a derivative.
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
    choices = random.Random(seed)
    point = [choices.uniform(-3.0, 3.0) for _ in range(variables)]
    return grow([choices] * operations, point, chosen(primitives, smooth), smooth=smooth, sharing=sharing)


def chosen(given: Iterable[str] | None, smooth: bool) -> list[str]:
    """The primitives to choose from: those given, or all.

    Raises
    ------
    ValueError
        If one of them is not in the table, or there are none.
    """
    names = primitives(smooth) if given is None else list(given)
    unknown = [name for name in names if name not in RULES]
    if unknown:
        raise ValueError(f"there is no primitive called {unknown[0]!r}")
    if not names:
        raise ValueError("no primitive is given to choose from")
    return names


def grow(
    steps: Iterable[Choices], point: Sequence[float], names: Sequence[str], *, smooth: bool = True, sharing: bool = True
) -> Graph:
    """A graph out of decisions, for each operation its own; see `random_graph`."""
    point = [_rounded(x) for x in point]
    variables = len(point)
    values, made = list(point), []
    free = list(range(variables))  # of a tree: what has not been used
    for choices in steps:
        operation = _operation(choices, RULES[names[choices.randrange(len(names))]], values, free if not sharing else None)
        result = None if operation is None else _result(operation, values, smooth)
        if operation is None or result is None:
            continue
        made.append(operation)
        values.append(result)
        free = [k for k in free if k < variables or k not in operation.operands] + [len(values) - 1]
    if not made:
        made.append(Operation("mul" if "mul" in names else "add", (0, 0)))
        values.append(values[0] * values[0])
    return _trimmed(_joined(made, values, variables), point)


def _operation(choices: Choices, rule: Rule, values: Sequence[float], free: Sequence[int] | None) -> Operation | None:
    """An operation on operands whose values lie in its box; None if no variable fits."""
    boxes = list(rule.box)
    if rule.variadic:
        count = 2 * (1 + choices.randrange(2)) if rule.name == "dot" else 2 + choices.randrange(2)
        boxes = [*boxes[:-1], *[boxes[-1]] * count]
    operands: list[int | float] = []
    known = list(range(len(values)) if free is None else free)
    for place, (low, high) in enumerate(boxes):
        if low == high:
            operands.append(low)
            continue
        low, high = max(low, -LARGEST), min(high, LARGEST)
        # Where the row has no derivative, as `where` in its condition, stands a number: nothing would flow to a node.
        derived = rule.partials[min(place, len(rule.partials) - 1)] != "none"
        fitting = [k for k in known if derived and low <= values[k] <= high]
        # One more choice than there are nodes: a constant.
        chosen = choices.randrange(len(fitting) + 1)
        if chosen < len(fitting):
            operands.append(fitting[chosen])
            if free is not None:
                known.remove(fitting[chosen])
        else:
            operands.append(
                _rounded(choices.uniform(max(low, -3.0) if high > -3.0 else low, min(high, max(3.0, low + 1.0))))
            )
    operation = Operation(rule.name, tuple(operands))
    return operation if operation.uses else None


def _result(operation: Operation, values: Sequence[float], smooth: bool) -> float | None:
    """The value of an operation, or None if it would be undefined, huge, at a jump, or at a kink where none is wanted."""
    rule = RULES[operation.name]
    args = [values[x] if x.__class__ is int else x for x in operation.operands]
    try:
        if rule.domain and not compile_condition(rule, rule.domain, FLOATS)(None, *args):
            return None
        compiled = compile_rule(rule, FLOATS)
        out = compiled.forward(*args)
        slopes = [slope for slope in compiled.partials(out, *args) if slope is not None]
        if not all(abs(x) <= LARGEST for x in (out, *slopes)):  # nan is not, either
            return None
        if (smooth or rule.jump) and at_kink(rule, out, args, CLEARANCE if smooth else 0.0):
            return None
    except (*ARITHMETIC_ERRORS, TypeError):
        return None
    return float(out)


def _rounded(x: float) -> float:
    """Few digits: easier to read, as good a point as any."""
    return float(f"{x:.4g}")


def _joined(made: list[Operation], values: list[float], variables: int) -> list[Operation]:
    """The operations, with those that nothing uses added up at the end."""
    used = {x for operation in made for x in operation.uses}
    loose = [k for k in range(variables, variables + len(made)) if k not in used]
    total = loose.pop()
    while loose:
        made = [*made, Operation("add", (total, loose.pop()))]
        total = variables + len(made) - 1
    return made


def _trimmed(made: list[Operation], point: list[float]) -> Graph:
    """Without the variables that are not used."""
    used = {x for operation in made for x in operation.uses}
    kept = [k for k in range(len(point)) if k in used]
    place = {old: new for new, old in enumerate(kept)} | {len(point) + k: len(kept) + k for k in range(len(made))}
    moved = [Operation(one.name, tuple(place[x] if x.__class__ is int else x for x in one.operands)) for one in made]
    return Graph(tuple(point[k] for k in kept), tuple(moved))
