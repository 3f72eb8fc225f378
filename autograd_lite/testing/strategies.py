"""Hypothesis strategies: points in the domain of a primitive, random expressions and graphs, small networks with data.

What fails shrinks: to few operations, the simplest ones, on the first variable.  A `Graph` prints as Python to be pasted,
and `draw_dot(graph.record()[1])` draws it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from autograd_lite.engine.common import apply
from autograd_lite.engine.functions import dot
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import compile_condition
from autograd_lite.rules.floats import FLOATS
from autograd_lite.testing.graphs import Graph
from autograd_lite.testing.growing import LARGEST, chosen, grow
from autograd_lite.testing.growing import primitives as primitive_names


class _Gene:
    """The decisions for one operation, drawn before it is known what they decide: so any operation can be left out again.

    Three drawn numbers in all: hypothesis takes an element out of the middle of a list only if it is no longer than that.
    """

    def __init__(self, primitive: int, picks: int, number: float) -> None:
        self._primitive, self._picks, self._number = primitive, picks, number
        self._first = True

    def randrange(self, stop: int, /) -> int:
        if self._first:
            self._first = False
            return self._primitive % stop
        self._picks, pick = divmod(self._picks, _PICKS)
        return pick % stop

    def uniform(self, a: float, b: float, /) -> float:
        number = self._number
        self._number = 1.0 if number != 1.0 else 2.0  # a second constant is a simple one
        return number if a <= number <= b else a + (b - a) * (number + 3.0) / 6.0


#: An operand is one of so many nodes, most.
_PICKS = 12
_NUMBER = st.floats(-3.0, 3.0, allow_subnormal=False)


def _genes(count: int) -> st.SearchStrategy[_Gene]:
    """Which of `count` primitives, which operands, which constant."""
    return st.builds(_Gene, st.integers(0, count - 1), st.integers(0, _PICKS**4 - 1), _NUMBER)


def primitives(smooth: bool = True) -> st.SearchStrategy[str]:
    """Names of primitives, the simplest first.

    Parameters
    ----------
    smooth : bool, default True
        Without those that have kinks or jumps.
    """
    return st.sampled_from(primitive_names(smooth))


@st.composite
def arguments(draw: Any, primitive: str, *, elements: int = 3, wide: bool = False) -> tuple[float, ...]:
    """Arguments in the domain of a primitive.

    Parameters
    ----------
    primitive : str
        Its name.
    elements : int, default 3
        How many a starred argument stands for (twice as many for `dot`).
    wide : bool, default False
        From all of the box of the table, up to 1e300 for some; else not beyond 10,000, where differences are telling.

    Returns
    -------
    strategy of tuple of float

    Raises
    ------
    ValueError
        If there is no such primitive.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(arguments("log"), lambda point: True)
    (1.0,)
    """
    if primitive not in RULES:
        raise ValueError(f"there is no primitive called {primitive!r} in the table; autograd_lite.RULES lists all")
    rule = RULES[primitive]
    boxes = list(rule.box)
    if rule.variadic:
        boxes = [*boxes[:-1], *[boxes[-1]] * (2 * elements if primitive == "dot" else elements)]
    point = []
    for low, high in boxes:
        if not wide:
            low, high = max(low, -LARGEST), min(high, LARGEST)
            low = 1e-4 if 0.0 < low < 1e-4 else low
        point.append(draw(st.floats(low, high, allow_subnormal=False)))
    if rule.domain:
        assume(compile_condition(rule, rule.domain, FLOATS)(None, *point))
    return tuple(point)


def graphs(
    *,
    min_size: int = 1,
    max_size: int = 8,
    variables: int = 3,
    primitives: Iterable[str] | None = None,
    smooth: bool = True,
    sharing: bool = True,
) -> st.SearchStrategy[Graph]:
    """Expression graphs in which results are used any number of times, each with a point inside all domains.

    Parameters
    ----------
    min_size, max_size : int, default 1 and 8
        Operations tried; those whose result would be huge or undefined are left out.
    variables : int, default 3
        At most.
    primitives : iterable of str, optional
        What they are made of; all if left out.
    smooth : bool, default True
        Away from kinks and jumps.
    sharing : bool, default True
        False for trees, see `expressions`.

    Returns
    -------
    strategy of Graph

    Examples
    --------
    >>> from hypothesis import find
    >>> find(graphs(primitives=["tanh", "mul"]), lambda graph: "tanh" in graph.names_used())
    import autograd_lite as ag
    def f(x):
        a = ag.tanh(x)
        return a
    f(0.0)
    """
    names = chosen(primitives, smooth)
    return st.builds(
        lambda steps, point: grow(steps, point, names, smooth=smooth, sharing=sharing),
        st.lists(_genes(len(names)), min_size=min_size, max_size=max_size),
        st.lists(_NUMBER, min_size=1, max_size=variables),
    )


def expressions(**options: Any) -> st.SearchStrategy[Graph]:
    """Expression trees: as `graphs`, with the same options, but every intermediate result is used once."""
    return graphs(**options, sharing=False)


@dataclass(frozen=True)
class Network:
    """A small fully connected network and data for it; called with its parameters it gives the mean squared error.

    Attributes
    ----------
    sizes : tuple of int
        Inputs, then units of each layer.
    parameters : list of float
        For each unit its weights and its bias.
    xs : tuple of tuples of float
    ys : tuple of float
    activation : {"tanh", "relu"}
    """

    sizes: tuple[int, ...]
    parameters: list[float]
    xs: tuple[tuple[float, ...], ...]
    ys: tuple[float, ...]
    activation: str

    __name__ = "loss"

    @property
    def point(self) -> tuple[list[float]]:
        """The arguments of a call: `check_grad(network)` checks it there."""
        return (self.parameters,)

    def __call__(self, parameters: Any) -> Any:
        """The mean over the data of (output - target)**2."""
        total: Any = 0.0
        for x, y in zip(self.xs, self.ys, strict=True):
            total = total + (self.output(parameters, x) - y) ** 2
        return total / len(self.ys)

    def output(self, parameters: Any, x: Iterable[Any]) -> Any:
        """The output for one row."""
        rest, values = iter(parameters), list(x)
        for depth, width in enumerate(self.sizes[1:], 2):
            sums = []
            for _ in range(width):
                weights = [next(rest) for _ in values]
                sums.append(dot(weights, values) + next(rest))
            values = sums if depth == len(self.sizes) else [apply(self.activation, one) for one in sums]
        return values[0]


@st.composite
def mlps(draw: Any, *, max_inputs: int = 2, max_width: int = 3, max_layers: int = 2, max_rows: int = 3) -> Network:
    """Small networks with data, to be called with `network.parameters`.

    Parameters
    ----------
    max_inputs, max_width, max_layers, max_rows : int
        The most inputs, units a hidden layer, layers, and rows of data.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(mlps(), lambda network: True)
    Network(sizes=(1, 1), parameters=[0.0, 0.0], xs=((0.0,),), ys=(0.0,), activation='tanh')
    """
    small = st.floats(-2.0, 2.0, allow_subnormal=False)
    hidden = draw(st.lists(st.integers(1, max_width), max_size=max_layers - 1))
    sizes = (draw(st.integers(1, max_inputs)), *hidden, 1)
    count = sum((nin + 1) * nout for nin, nout in pairwise(sizes))
    parameters = draw(st.lists(small, min_size=count, max_size=count))
    rows = draw(st.lists(st.tuples(*[small] * sizes[0], small), min_size=1, max_size=max_rows))
    xs, ys = tuple(row[:-1] for row in rows), tuple(row[-1] for row in rows)
    return Network(sizes, parameters, xs, ys, draw(st.sampled_from(("tanh", "relu"))))


def domain(given: Any) -> st.SearchStrategy[Any]:
    """A strategy for one argument: a strategy as it is, a pair (low, high) as floats between them.

    >>> domain((0.0, 1.0))
    floats(min_value=0.0, max_value=1.0, allow_nan=False, allow_infinity=False)
    """
    if isinstance(given, st.SearchStrategy):
        return given
    if isinstance(given, tuple) and len(given) == 2 and all(isinstance(one, int | float) for one in given):
        low, high = map(float, given)
        if not low < high or math.isnan(low + high):
            raise ValueError(f"a domain is (low, high) with low below high, not {given!r}")
        return st.floats(low, high, allow_nan=False, allow_infinity=False)
    raise TypeError(f"a domain is a pair (low, high) or a hypothesis strategy, not {given!r}")
