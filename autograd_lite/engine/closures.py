"""Operations written by hand, as in micrograd: `out = Value(t, (x,), "tanh")`, then `out._backward = f`.

The closure `f` adds to `x.grad` what `out.grad` brings it.  Backward passes call it.  There is no local derivative to record, so who
wants to show one has it measured; what would compute with it (second derivatives, transforms, the compiler) refuses.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.errors import GraphError
from autograd_lite.engine.known import Known
from autograd_lite.engine.methods import methods
from autograd_lite.engine.value import Value

#: What `Value.op` of such an operation begins with; the rest is the name it was given.
MARK = "closure "
#: Every operation by hand, with its closure or, before it has one, None.
_closures = Known()


def operation_by_hand(node: Value, children: Any = (), op: Any = "", label: Any = "", **named: Any) -> None:
    """Make `node` what micrograd's constructor makes: `Value(data, _children=(), _op='', label='')`."""
    children, op = named.pop("_children", children), named.pop("_op", op)
    parents = tuple(dict.fromkeys(children)) if isinstance(children, tuple | list | set | frozenset) else (children,)
    texts = isinstance(op, str) and isinstance(label, str)
    if named or not texts or not all(isinstance(x, Value) for x in parents) or children.__class__ is Value:
        given = (
            f"{next(iter(named))}="
            if named
            else ", ".join(f"{x!r:.60}" for x in (children, op, label) if x.__class__ not in (tuple, str) or x)
        )
        raise TypeError(
            "a Value is made from a number and a label, Value(data, label='w'), or, for an operation by hand, as in micrograd: "
            f"Value(data, (x, y), 'op'), where x and y are Values; not with {given}"
        )
    node.label = label or node.label
    if parents:
        _adopt(node, parents, op)


def _adopt(node: Value, parents: Sequence[Value], op: str) -> None:
    node._rule, node._a, node._b, node._da, node._db = MARK + op, tuple(parents), None, (float("nan"),) * len(parents), None
    _closures[node] = None


def rebuilt(node: Value) -> None:
    """Tell that `node`, a copy, is an operation by hand; its original's closure is about the original."""
    if by_hand(node):
        _closures[node] = None


def by_hand(node: Value | None = None) -> bool:
    """Whether `node` is an operation written by hand; without one, whether there is any."""
    return bool(_closures) if node is None else node.op.startswith(MARK)


def refuse(node: Value, consequence: str) -> None:
    """Raise a GraphError if `node` is an operation written by hand."""
    if by_hand(node):
        raise GraphError(
            f"the operation {node._op!r} was written by hand, with _backward, so {consequence}; an operation of one's own that "
            "everything understands takes a line: cube = primitive('cube', 'x', 'x * x * x', ['3 * x * x'])"
        )


def contributions(node: Value, grad: Any) -> list[tuple[Value, Any]]:
    """What `node`, whose gradient is `grad`, adds to the gradient of each of its operands.

    >>> a = Value(3.0)
    >>> contributions(a * a, 10.0) == [(a, 30.0), (a, 30.0)]
    True
    """
    if not by_hand(node):
        return [(operand, grad * slope) for operand, slope in node.edges]
    closure = _closures.get(node)
    if closure is None:
        raise GraphError(
            f"the operation {node._op!r} was written by hand and has no backward rule: out._backward = f gives it one"
        )
    with modes.writing:
        before = [(x, x._grad) for x in (*node.parents, node)]
        try:
            for x, _ in before:
                x._grad = 0.0
            node._grad = grad
            closure()
            return [(x, x.grad) for x in node.parents]
        finally:
            for x, earlier in before:
                x._grad = earlier


def measure(order: Iterable[Value]) -> None:
    """Fill in the local derivatives of the operations by hand in `order`: what their closures make of a gradient of 1.

    They stay nan where there is no closure, or one that is not linear in the gradient, which has none.
    """
    for node in order if by_hand() else ():
        if _closures.get(node) is not None:
            tried = [[part / grad for _, part in contributions(node, grad)] for grad in (1.0, 1e6, -1e6)]
            agreed = [max(slopes) - min(slopes) <= 1e-9 * abs(slopes[0]) for slopes in zip(*tried, strict=True)]
            node._da = tuple(slope if same else float("nan") for slope, same in zip(tried[0], agreed, strict=True))


#: What `help` shows: the rest of what the constructor takes is for who writes micrograd's way.
Value.__init__.__signature__ = inspect.signature(lambda self, data, label="", *, requires_grad=True: None)  # type: ignore[attr-defined]


@methods
class _ByHand(Value):
    __slots__ = ()

    @property
    def _backward(self) -> Callable[[], object]:
        """micrograd's name: called, it adds to the gradient of each operand what this node brings it, once."""

        def push() -> None:
            for operand, part in contributions(self, self.grad):
                operand.grad = operand.grad + part

        return _closures.get(self) or push

    @_backward.setter
    def _backward(self, closure: Callable[[], object]) -> None:
        if not callable(closure):
            raise TypeError(f"_backward is a function without arguments, not {closure!r}")
        if self.is_leaf:
            raise GraphError(
                "a leaf has no backward rule; name the operands when it is made: out = Value(data, (x, y), 'op')"
            )
        if not by_hand(self):
            _adopt(self, tuple(dict.fromkeys(self.parents)), self._op)
        _closures[self] = closure
