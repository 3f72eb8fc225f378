"""Laws that derivatives obey, ready to be used as tests: each raises a `LawError` (an AssertionError) where it is broken.

Both sides of a law are computed in floats, so they may differ by rounding; how much is found out by trying (`rounding.py`).
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from operator import add
from typing import Any

from autograd_lite.engine.closures import refuse
from autograd_lite.engine.common import apply
from autograd_lite.engine.copying import operand_order
from autograd_lite.engine.value import Value, topological_order
from autograd_lite.replay import replay
from autograd_lite.testing.calling import Call
from autograd_lite.testing.rounding import UNIT, allowed_by_rounding
from autograd_lite.testing.sweep import sweep
from autograd_lite.transforms import jvp
from autograd_lite.transforms.tree import unflatten


class LawError(AssertionError):
    """A law does not hold: the message has both sides."""


class _Gradient:
    """The gradient of a function, and how far rounding may take it."""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any]) -> None:
        self.call = Call(f, args)
        self.inputs, self.root = self.call.record()
        for node in topological_order(self.root):
            refuse(node, "the laws of derivatives need not hold")
        self.root.backward()
        self.value = float(self.root.data)
        self.slopes = [float(leaf.grad) for leaf in self.inputs]
        self.allowed = allowed_by_rounding(self.root, self.inputs)

    def is_equal(self, law: str, expected: Sequence[float]) -> None:
        """Raise if another way to the same gradient gave other numbers."""
        __tracebackhide__ = True  # pytest shows the test, not this
        _same(law, self.call.names, self.slopes, expected, self.allowed)


def _same(law: str, names: Sequence[str], left: Sequence[float], right: Sequence[float], allowed: Sequence[float]) -> None:
    __tracebackhide__ = True  # pytest shows the test, not this
    for name, one, other, slack in zip(names, left, right, allowed, strict=True):
        if not all(map(math.isfinite, (one, other, slack))):
            continue
        if not abs(one - other) <= slack + 4.0 * UNIT * (abs(one) + abs(other)) + 1e-290:
            raise LawError(
                f"{law} does not hold in {name}: {one!r} on the left, {other!r} on the right; "
                f"rounding explains {slack:.1g}, not {abs(one - other):.1g}"
            )


def _combination(
    law: str, f: Callable[..., Any], g: Callable[..., Any], args: Sequence[Any], combine: Callable[[Any, Any], Any],
    slope: Callable[[float, float, float, float], float],
) -> None:  # fmt: skip
    """(combine(f, g))' is `slope` of f, f', g and g'."""
    __tracebackhide__ = True  # pytest shows the test, not this
    one, two = _Gradient(f, args), _Gradient(g, args)
    whole = _Gradient(lambda *xs: combine(f(*xs), g(*xs)), args)
    whole.is_equal(law, [slope(one.value, p, two.value, q) for p, q in zip(one.slopes, two.slopes, strict=True)])


def linearity(f: Callable[..., Any], g: Callable[..., Any], *args: Any, a: float = 2.0, b: float = -3.0) -> None:
    """(a f + b g)' = a f' + b g'.

    >>> from autograd_lite import exp, sin
    >>> linearity(sin, exp, 0.5)
    """
    law = "linearity, (a f + b g)' = a f' + b g',"
    _combination(law, f, g, args, lambda u, v: a * u + b * v, lambda u, p, v, q: a * p + b * q)


def product_rule(f: Callable[..., Any], g: Callable[..., Any], *args: Any) -> None:
    """(f g)' = f' g + f g'.

    >>> from autograd_lite import exp, sin
    >>> product_rule(sin, exp, 0.5)
    """
    law = "the product rule, (f g)' = f' g + f g',"
    _combination(law, f, g, args, lambda u, v: u * v, lambda u, p, v, q: p * v + u * q)


def quotient_rule(f: Callable[..., Any], g: Callable[..., Any], *args: Any) -> None:
    """(f / g)' = (f' g - f g') / g**2, where g is not 0.

    >>> from autograd_lite import exp, sin
    >>> quotient_rule(sin, exp, 0.5)
    """
    law = "the quotient rule, (f / g)' = (f' g - f g') / g**2,"
    if Call(g, args).record()[1].data != 0.0:
        _combination(law, f, g, args, lambda u, v: u / v, lambda u, p, v, q: p / v - u / v * (q / v))


def chain_rule(outer: Callable[[Any], Any], f: Callable[..., Any], *args: Any) -> None:
    """outer(f)' = outer'(f) f', for an `outer` of one number.

    >>> from autograd_lite import exp, sin
    >>> chain_rule(exp, sin, 0.5)
    """
    inner = _Gradient(f, args)
    slope = _Gradient(outer, [inner.value]).slopes[0]
    whole = _Gradient(lambda *xs: outer(f(*xs)), args)
    whole.is_equal("the chain rule, g(f)' = g'(f) f',", [slope * p for p in inner.slopes])


def hessian_symmetry(f: Callable[..., Any], *args: Any) -> None:
    """The second derivative in x and y is that in y and x.

    >>> hessian_symmetry(lambda x, y: x * x * y ** 3, 0.5, 2.0)
    """
    call = Call(f, args)
    inputs, root = call.record()
    root.backward(create_graph=True)
    rows, slack = [], []
    for slope in [leaf.grad for leaf in inputs]:
        row = allowed = [0.0] * len(inputs)
        if isinstance(slope, Value) and not slope.is_leaf:
            for leaf in inputs:
                leaf.zero_grad()
            slope.backward()
            row, allowed = [float(leaf.grad) for leaf in inputs], allowed_by_rounding(slope, inputs)
        rows.append(row)
        slack.append(allowed)
    for j in range(len(inputs)):
        for k in range(j):
            names = [f"{call.names[j]} and {call.names[k]}"]
            _same("the symmetry of the Hessian", names, [rows[j][k]], [rows[k][j]], [slack[j][k] + slack[k][j]])


def forward_equals_reverse(f: Callable[..., Any], *args: Any) -> None:
    """A derivative along a direction, pushed forwards, is the gradient times the direction.

    >>> from autograd_lite import sin
    >>> forward_equals_reverse(lambda x, y: sin(x * y), 0.5, 2.0)
    """
    there = _Gradient(f, args)
    weights = [1.0 / (k + 1.5) * (-1) ** k for k in range(len(there.slopes))]
    direction, point = unflatten(there.call.tree, weights), unflatten(there.call.tree, there.call.numbers)
    pushed = float(jvp(f, point, direction)[1])
    pulled = math.fsum(g * w for g, w in zip(there.slopes, weights, strict=True))
    slack = math.fsum(s * abs(w) for s, w in zip(there.allowed, weights, strict=True))
    _same("forward mode = reverse mode", ["the direction"], [pushed], [pulled], [slack])


def any_order(f: Callable[..., Any], *args: Any, orders: int = 5, seed: int = 0) -> None:
    """Whichever valid order the nodes are gone through in, the gradients are the same.

    Parameters
    ----------
    orders : int, default 5
        How many random topological orders are tried.
    seed : int, default 0

    Examples
    --------
    >>> any_order(lambda x, y: (x + y) * (x - y) * x, 2.0, 3.0)
    """
    there = _Gradient(f, args)
    rng = random.Random(seed)
    nodes = [node for node in operand_order(there.root) if not node.is_leaf]
    for _ in range(orders):
        grads, _ = sweep(there.root, _random_order(rng, nodes))
        law = "any valid order of backward gives the same gradient, which"
        there.is_equal(law, [grads.get(leaf, 0.0) for leaf in there.inputs])


def _random_order(rng: random.Random, nodes: Sequence[Any]) -> Iterator[Any]:
    """The operations in a random order, each after all that use its result."""
    users = Counter(operand for node in nodes for operand, _ in node.edges)
    ready = [node for node in nodes if not users[node]]
    while ready:
        node = ready.pop(rng.randrange(len(ready)))
        yield node
        for operand, _ in node.edges:
            users[operand] -= 1
            if not users[operand] and not operand.is_leaf:
                ready.append(operand)


def backward_twice(f: Callable[..., Any], *args: Any) -> None:
    """A second backward on the same graph adds the same gradient again.

    Twice the gradient to the last bits only: the second pass adds its products to the sum of the first one by one.

    >>> backward_twice(lambda x, y: (x * y) * x, 2.0, 3.0)
    """
    there = _Gradient(f, args)
    there.root.backward()
    found = [float(leaf.grad) for leaf in there.inputs]
    _same("backward twice = 2 gradients", there.call.names, found, [2.0 * one for one in there.slopes], there.allowed)


def replay_equals_eager(f: Callable[..., Any], *args: Any) -> None:
    """The recorded graph evaluated again gives the same value and gradient, to the bit for the value.

    >>> from autograd_lite import sin
    >>> replay_equals_eager(lambda x, y: sin(x) / y, 0.5, 2.0)
    """
    there = _Gradient(f, args)
    again = replay(there.root)
    if again.value != there.value and not math.isnan(there.value):
        raise LawError(f"replay = eager does not hold: the function gave {there.value!r}, the replay {again.value!r}")
    grads = again.grads
    there.is_equal("replay = eager", [float(grads.get(leaf, 0.0)) for leaf in there.inputs])


def rewriting(f: Callable[..., Any], *args: Any) -> None:
    """Written otherwise (x - y as x + (-y), x / y as x * (1 / y), x * y as y * x, ...), the gradient is the same.

    >>> rewriting(lambda x, y: (x - y) / (x * y), 2.0, 3.0)
    """
    there = _Gradient(f, args)
    nodes = operand_order(there.root)
    twins: dict[Any, Any] = {leaf: Value(leaf.data) for leaf in there.inputs}
    for node in nodes:
        if node in twins:
            continue
        if node.is_leaf:
            twins[node] = Value(node.data, requires_grad=False)
            continue
        operands = [twins[arg] if isinstance(arg, Value) else arg for arg in node.args]
        twins[node] = _REWRITTEN.get(node.op, partial(apply, node.op))(*operands)
    root = twins[there.root]
    if not isinstance(root, Value):
        return
    root.backward()
    law = "the gradient of the same function, written otherwise,"
    there.is_equal(law, [float(twins[leaf].grad) for leaf in there.inputs])


#: Operations and another way to write each.
_REWRITTEN: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: apply("add", y, x),
    "sub": lambda x, y: x + (-y),
    "mul": lambda x, y: apply("mul", y, x),
    "div": lambda x, y: x * (1.0 / y),
    "neg": lambda x: -1.0 * x,
    "sum": lambda x, *xs: reduce(add, xs, x + 0.0),
}


#: The laws about one function, by name.
LAWS: dict[str, Callable[..., None]] = {
    law.__name__: law
    for law in (hessian_symmetry, forward_equals_reverse, any_order, backward_twice, rewriting, replay_equals_eager)
}


def check_laws(f: Callable[..., Any], *args: Any, without: Sequence[str] = ()) -> None:
    """All laws about one function.

    Parameters
    ----------
    f : callable
        As for `check_grad`.
    *args
        The point.
    without : sequence of str, optional
        Names of `LAWS` to leave out.

    Raises
    ------
    LawError
        Naming the law, the argument and both sides.

    Examples
    --------
    >>> from autograd_lite import tanh
    >>> check_laws(lambda x, w: tanh(w[0] * x + w[1]), 0.5, [2.0, -1.0])
    """
    __tracebackhide__ = True  # pytest shows the test, not this
    unknown = set(without) - set(LAWS)
    if unknown:
        raise ValueError(f"there is no law called {sorted(unknown)[0]!r}; there are {', '.join(LAWS)}")
    for name, law in LAWS.items():
        if name not in without:
            law(f, *args)
