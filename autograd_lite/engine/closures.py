"""Operations whose backward pass is a function of the gradient, and no product with slopes: a `Pullback`.

There are two kinds.  By hand, as in micrograd: `out = Value(t, (x,), "tanh")`, then `out._backward = f`, where the closure `f` adds
to `x.grad` what `out.grad` brings it.  And functions with a backward rule of their own, `custom_vjp` (in `extend`).  Backward
passes call either with the gradient that arrives.  There is no local derivative to record, so who wants to show one has it
measured; what would compute with it refuses.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.errors import GraphError
from autograd_lite.engine.methods import methods
from autograd_lite.engine.value import CONSTANT, Value, record

#: What `Value.op` of an operation by hand begins with; the rest is the name it was given.
MARK = "closure "
#: Every operation with a pullback, as long as it lives: whether there is any is asked before each backward pass.
_alive: weakref.WeakSet[Value] = weakref.WeakSet()
_NOWHERE = float("nan")


class OpenRuleError(Exception):
    """A backward rule gave a Value that takes a gradient, for whoever wants to hear of it: as a number that would be lost."""


class Pullback:
    """What an operation makes of its gradient; it stands in the slot that is free where the operands are a tuple."""

    #: Whether there is something to call, whether transforms may, and whether the result is in the graph by other operations, too.
    is_known = is_pure = True
    is_recorded = False
    #: Whether a tangent cannot go through, for want of slopes.
    is_one_way = True
    #: Within how many functions `forward` of other rules it was recorded: first, second, ... derivatives are taken by it.
    depth = 0

    def parts(self, node: Value, grad: Any) -> Sequence[Any]:
        """What goes to each of `node.parents`, in order; None for nothing, which is not 0."""
        raise NotImplementedError

    def again(self, node: Value, args: Sequence[Any]) -> tuple[Any, Any]:
        """The result for these operands as a Value, with a graph that has no rule, and what `parts_with_graph` needs."""
        return self.refuse(node, "its derivative cannot be differentiated")  # type: ignore[no-any-return]

    def parts_with_graph(self, node: Value, grad: Any, saved: Any) -> Sequence[Any]:
        """The same as `parts`, as Values that can be differentiated in turn."""
        raise NotImplementedError

    def refuse(self, node: Value, consequence: str) -> Any:
        """Raise the error for what would need local derivatives, or the operation's text."""
        raise NotImplementedError

    def copied(self) -> Pullback:
        """The pullback of a copy of the node."""
        return self


def pullback_of(node: Value) -> Any:
    """The pullback of `node`; None if it passes its gradient on by slopes, as almost all do."""
    return node._db if node._a.__class__ is tuple else None


def are_pullbacks() -> bool:
    """Whether any operation has a pullback."""
    return bool(_alive)


def refuse(node: Value, consequence: str) -> None:
    """Raise an error that says so if `node` has a pullback in place of slopes."""
    pullback = pullback_of(node)
    if pullback is not None:
        pullback.refuse(node, consequence)


def adopt(node: Value, op: str, operands: Sequence[Any], pullback: Pullback, inlined: Sequence[Any] = ()) -> None:
    """Make `node` the result of the operation `op` on `operands`; an edge leads to each that is a Value.

    `inlined` is, where it was recorded, the result by other operations, which no gradient goes through.
    """
    node._rule, node._a, node._b = op, (*operands, *inlined), None
    node._da = (*[_NOWHERE if isinstance(x, Value) else None for x in operands], *[None] * len(inlined))
    node._db = pullback
    _alive.add(node)


def made(kind: type[Any], op: str, operands: Sequence[Any], data: float, pullback: Pullback, inlined: Sequence[Any]) -> Any:
    """A new node; see `adopt`."""
    node = record(op, data, None, None, None, None, kind)
    adopt(node, op, operands, pullback, inlined)
    for observer in modes.observers.get():
        observer(node)
    return node


#: While a backward rule is recorded, to be differentiated in turn, the name of its function.
_kept: ContextVar[str] = ContextVar("kept", default="")


@contextmanager
def keeping(name: str) -> Iterator[None]:
    """Inside, a Value that is turned into a float is an error: its part in the derivative of the rule of `name` would be lost."""
    with modes.special_mode():
        token = _kept.set(name)
        try:
            yield
        finally:
            _kept.reset(token)


def check_kept() -> None:
    """Refuse to turn a Value into a float where its graph must be kept."""
    if _kept.get():
        raise NotImplementedError(
            f"the derivative of {_kept.get()} is to be differentiated, or recorded with Values, and its forward or backward "
            "function turns a Value into a float, as math.exp(x) does: use autograd_lite.exp(x) and the like there"
        )


def rebuilt(node: Value) -> None:
    """Tell that `node` is a copy, and may have a pullback."""
    pullback = pullback_of(node)
    if pullback is not None:
        node._db = pullback.copied()
        _alive.add(node)


def shares(node: Value, grad: Any, closed: bool = False) -> Sequence[Any]:
    """What `node`, whose gradient is `grad`, adds to the gradient of each operand, in the order of `node.edges`; None for nothing.

    With `closed` an OpenRuleError is raised where a backward rule has the gradient depend on a Value from outside.
    """
    pullback = pullback_of(node)
    if pullback is None:
        return [grad * slope for _, slope in node.edges]
    parts = pullback.parts(node, grad)
    if closed and any(isinstance(part, Value) and part.requires_grad for part in parts):
        raise OpenRuleError
    return [part.data if isinstance(part, Value) else part for part in parts]


def contributions(node: Value, grad: Any, closed: bool = False) -> list[tuple[Value, Any]]:
    """The operands that `node`, whose gradient is `grad`, adds something to, each with what that is.

    >>> a = Value(3.0)
    >>> contributions(a * a, 10.0) == [(a, 30.0), (a, 30.0)]
    True
    """
    pairs = zip(node.parents, shares(node, grad, closed), strict=True)
    return [(operand, part) for operand, part in pairs if part is not None]


def measure(order: Sequence[Value], seeds: Mapping[Value, float]) -> None:
    """Fill in local derivatives to be shown: what the pullbacks in `order` make of a gradient, divided by it.

    That is the gradient that reaches them in a backward pass from `seeds`, for they need not be linear; 1 where none does.
    """
    grads = dict.fromkeys(order, 0.0) | dict(seeds)
    for node in reversed(order) if are_pullbacks() else ():
        pullback = pullback_of(node)
        if pullback is not None and pullback.is_known:
            grad = grads[node] or 1.0
            rest = iter(shares(node, grad))
            node._da = tuple(None if slope is None else (next(rest) or 0.0) / grad for slope in node._da)
        for operand, slope in node.edges:
            grads[operand] += grads[node] * slope


# --- by hand --------------------------------------------------------------------------------------------------------------


class _ByHand(Pullback):
    """A closure without arguments, which reads the node's gradient and adds to those of the operands; None before there is one."""

    def __init__(self, closure: Callable[[], object] | None = None) -> None:
        self.closure, self.is_pure = closure, False

    @property
    def is_known(self) -> bool:  # type: ignore[override]
        return self.closure is not None

    def parts(self, node: Value, grad: Any) -> list[Any]:
        if self.closure is None:
            raise GraphError(
                f"the operation {node._op!r} was written by hand and has no backward rule: out._backward = f gives it one"
            )
        with modes.writing:
            before = [(x, x._grad) for x in (*node.parents, node)]
            try:
                for x, _ in before:
                    x._grad = 0.0
                node._grad = grad
                self.closure()
                return [x.grad for x in node.parents]
            finally:
                for x, earlier in before:
                    x._grad = earlier

    def refuse(self, node: Value, consequence: str) -> None:
        raise GraphError(
            f"the operation {node._op!r} was written by hand, with _backward, so {consequence}; an operation of one's own that "
            "everything understands takes a line: cube = primitive('cube', 'x', 'x * x * x', ['3 * x * x'])"
        )

    def copied(self) -> _ByHand:
        return _ByHand()  # the closure is about the original

    def __reduce__(self) -> Any:
        return _ByHand, ()


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
    if label and node.label:
        raise TypeError(f"a Value has one label; two were given, {label!r:.60} and {node.label!r:.60}")
    if not node.label:
        node.label = label
    if parents and modes.recording.get():
        adopt(node, MARK + op, parents, _ByHand())
    elif parents:
        node._rule = CONSTANT  # as the result of any operation inside `no_grad`


#: What `help` shows: the rest of what the constructor takes is for who writes micrograd's way.
Value.__init__.__signature__ = inspect.signature(lambda self, data, label="", *, requires_grad=True: None)  # type: ignore[attr-defined]


@methods
class _WithClosures(Value):
    __slots__ = ()

    @property
    def _backward(self) -> Callable[[], object]:
        """micrograd's name: called, it adds to the gradient of each operand what this node brings it, once."""

        def push() -> None:
            for operand, part in contributions(self, self.grad):
                operand.grad = operand.grad + part

        pullback = pullback_of(self)
        return pullback.closure if isinstance(pullback, _ByHand) and pullback.closure else push

    @_backward.setter
    def _backward(self, closure: Callable[[], object]) -> None:
        if not callable(closure):
            raise TypeError(f"_backward is a function without arguments, not {closure!r}")
        if self.is_constant and not modes.recording.get():
            return  # inside `no_grad` there is no operation to have a rule
        if self.is_leaf:
            raise GraphError(
                "a leaf has no backward rule; name the operands when it is made: out = Value(data, (x, y), 'op')"
            )
        if not isinstance(pullback_of(self), _ByHand):
            adopt(self, MARK + self._op, tuple(dict.fromkeys(self.parents)), _ByHand())
        self._db.closure = closure
