"""Laws that derivatives obey, ready to be used as tests: each raises a `LawError` (an AssertionError) where it is broken.

Both sides of a law are computed in floats, so they may differ by rounding; how much is found out by trying (`rounding.py`).
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.engine.graph import operand_order
from autograd_lite.engine.node import Node
from autograd_lite.engine.record import apply
from autograd_lite.engine.value import Value
from autograd_lite.replay import replay
from autograd_lite.testing.calling import Call
from autograd_lite.testing.rounding import UNIT, allowed_by_rounding, sizes_of_sums
from autograd_lite.transforms import jvp
from autograd_lite.transforms.tree import unflatten


class LawError(AssertionError):
    """A law does not hold: the message has both sides."""


class _Gradient:
    """The gradient of a function, and the sizes of what was added up for it."""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any]) -> None:
        self.call = Call(f, args)
        self.inputs, self.root = self.call.record()
        self.root.backward()
        self.value = float(self.root.data)
        self.slopes = [float(leaf.grad) for leaf in self.inputs]
        sizes = sizes_of_sums(self.root)
        self.sizes = [sizes.get(leaf, 0.0) for leaf in self.inputs]
        self.allowed = allowed_by_rounding(self.root, self.inputs, sizes)


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


def linearity(f: Callable[..., Any], g: Callable[..., Any], *args: Any, a: float = 2.0, b: float = -3.0) -> None:
    """(a f + b g)' = a f' + b g'.

    >>> from autograd_lite import exp, sin
    >>> linearity(sin, exp, 0.5)
    """
    one, two = _Gradient(f, args), _Gradient(g, args)
    both = _Gradient(lambda *xs: a * f(*xs) + b * g(*xs), args)
    expected = [a * p + b * q for p, q in zip(one.slopes, two.slopes, strict=True)]
    _same("linearity, (a f + b g)' = a f' + b g',", one.call.names, both.slopes, expected, both.allowed)


def product_rule(f: Callable[..., Any], g: Callable[..., Any], *args: Any) -> None:
    """(f g)' = f' g + f g'.

    >>> from autograd_lite import exp, sin
    >>> product_rule(sin, exp, 0.5)
    """
    one, two = _Gradient(f, args), _Gradient(g, args)
    both = _Gradient(lambda *xs: f(*xs) * g(*xs), args)
    expected = [p * two.value + one.value * q for p, q in zip(one.slopes, two.slopes, strict=True)]
    _same("the product rule, (f g)' = f' g + f g',", one.call.names, both.slopes, expected, both.allowed)


def quotient_rule(f: Callable[..., Any], g: Callable[..., Any], *args: Any) -> None:
    """(f / g)' = (f' g - f g') / g**2, where g is not 0.

    >>> from autograd_lite import exp, sin
    >>> quotient_rule(sin, exp, 0.5)
    """
    one, two = _Gradient(f, args), _Gradient(g, args)
    if two.value == 0.0:
        return
    both = _Gradient(lambda *xs: f(*xs) / g(*xs), args)
    expected = [p / two.value - one.value / two.value * (q / two.value) for p, q in zip(one.slopes, two.slopes, strict=True)]
    _same("the quotient rule, (f / g)' = (f' g - f g') / g**2,", one.call.names, both.slopes, expected, both.allowed)


def chain_rule(outer: Callable[[Any], Any], f: Callable[..., Any], *args: Any) -> None:
    """outer(f)' = outer'(f) f', for an `outer` of one number.

    >>> from autograd_lite import exp, sin
    >>> chain_rule(exp, sin, 0.5)
    """
    inner = _Gradient(f, args)
    slope = _Gradient(outer, [inner.value]).slopes[0]
    both = _Gradient(lambda *xs: outer(f(*xs)), args)
    expected = [slope * p for p in inner.slopes]
    _same("the chain rule, g(f)' = g'(f) f',", both.call.names, both.slopes, expected, both.allowed)


def hessian_symmetry(f: Callable[..., Any], *args: Any) -> None:
    """The second derivative in x and y is that in y and x.

    >>> hessian_symmetry(lambda x, y: x * x * y ** 3, 0.5, 2.0)
    """
    call = Call(f, args)
    inputs, root = call.record()
    root.backward(create_graph=True)
    slopes = [leaf.grad for leaf in inputs]
    rows, slack = [], []
    for slope in slopes:
        for leaf in inputs:
            leaf.zero_grad()
        if not isinstance(slope, Node) or slope.is_leaf:
            rows.append([0.0] * len(inputs))
            slack.append([0.0] * len(inputs))
            continue
        slope.backward()
        rows.append([float(leaf.grad) for leaf in inputs])
        slack.append(allowed_by_rounding(slope, inputs, sizes_of_sums(slope)))
    for j in range(len(inputs)):
        for k in range(j):
            names = f"{call.names[j]} and {call.names[k]}"
            _same("the symmetry of the Hessian", [names], [rows[j][k]], [rows[k][j]], [slack[j][k] + slack[k][j]])


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
        waiting = dict.fromkeys([*nodes, *there.inputs], 0)
        for node in nodes:
            for operand, slope in zip(node.args, node.arg_grads, strict=True):
                if slope is not None:
                    waiting[operand] = waiting.get(operand, 0) + 1
        grads: dict[Any, float] = {there.root: 1.0}
        ready = [node for node in nodes if not waiting[node]]
        while ready:
            node = ready.pop(rng.randrange(len(ready)))
            for operand, slope in zip(node.args, node.arg_grads, strict=True):
                if slope is None:
                    continue
                grads[operand] = grads.get(operand, 0.0) + grads.get(node, 0.0) * slope
                waiting[operand] -= 1
                if not waiting[operand] and not operand.is_leaf:
                    ready.append(operand)
        found = [grads.get(leaf, 0.0) for leaf in there.inputs]
        _same(
            "any valid order of backward gives the same gradient, which",
            there.call.names,
            there.slopes,
            found,
            there.allowed,
        )


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
    reached = [(name, leaf) for name, leaf in zip(there.call.names, there.inputs, strict=True) if leaf in again.nodes]
    allowed = dict(zip(there.call.names, there.allowed, strict=True))
    names = [name for name, _ in reached]
    found = [float(again.grad(leaf)) for _, leaf in reached]
    slopes = [float(leaf.grad) for _, leaf in reached]
    _same("replay = eager", names, slopes, found, [allowed[name] for name in names])


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
        operands = [twins[arg] if isinstance(arg, Node) else arg for arg in node.args]
        twins[node] = _rewritten(node.op, operands)
    root = twins[there.root]
    if not isinstance(root, Node):
        return
    root.backward()
    found = [float(twins[leaf].grad) for leaf in there.inputs]
    _same("the gradient of the same function, written otherwise,", there.call.names, there.slopes, found, there.allowed)


def _rewritten(op: str, operands: Sequence[Any]) -> Any:
    if op == "sub":
        return operands[0] + (-operands[1])
    if op in ("add", "mul"):
        return apply(op, operands[1], operands[0])
    if op == "div":
        return operands[0] * (1.0 / operands[1])
    if op == "neg":
        return -1.0 * operands[0]
    if op == "sum":
        total = operands[0] + 0.0
        for one in operands[1:]:
            total = total + one
        return total
    return apply(op, *operands)


#: The laws about one function, by name.
LAWS: dict[str, Callable[..., None]] = {
    "hessian_symmetry": hessian_symmetry,
    "forward_equals_reverse": forward_equals_reverse,
    "any_order": any_order,
    "backward_twice": backward_twice,
    "rewriting": rewriting,
    "replay_equals_eager": replay_equals_eager,
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


__all__ = [
    "LAWS", "LawError", "any_order", "backward_twice", "chain_rule", "check_laws", "forward_equals_reverse",
    "hessian_symmetry", "linearity", "product_rule", "quotient_rule", "replay_equals_eager", "rewriting",
]  # fmt: skip
