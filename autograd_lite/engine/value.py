"""A number that remembers how it was computed, and back-propagation through what it remembers.

The whole idea is in this file.  An operation computes its result *and* its local derivatives, by its row of the table (`rules`),
and `record` keeps both in a new node.  `backward` walks the nodes in reverse topological order and multiplies.  That is all.

Around it, one file each: `operations.py` makes the methods and functions from the table, `facts.py` what else can be asked of a
node, `common.py` the path of whatever is not two plain numbers, `modes.py` no_grad and ieee, `hooks.py`, `create_graph.py`,
`copying.py`, `display.py`, `numpy_bridge.py`, `micrograd.py`, `custom.py`.  They know this file, it knows none of them.
`_fast.py`, generated, does the same as this file only faster; AUTOGRAD_LITE_ENGINE=readable in the environment leaves it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from autograd_lite.engine.numbers import as_float
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, compile_rule
from autograd_lite.rules.floats import FLOATS

if TYPE_CHECKING:
    from autograd_lite.engine.operations import Methods
else:
    Methods = object  # the files around this one add their methods to Value itself

#: In the slot `_rule` of a leaf, a node that no operation made: one that takes a gradient, and one that does not.
LEAF, CONSTANT = None, "constant"
#: While it is set, by `modes.py`, every operation and every new leaf is handed to `instead`.
special = False
#: What the files around this one do instead where the plain path is not enough: "operation", "new" and "backward".
instead: dict[str, Callable[..., Any]] = {}


class Value(Methods):
    """A number that remembers how it was computed.

    Parameters
    ----------
    data : number
        Anything `float()` takes, except texts: ints, NumPy scalars, fractions.
    label : str, optional
        A name for people: drawings, explanations and error messages use it.
    requires_grad : bool, default True
        False for a constant, which gets no gradient.

    Raises
    ------
    TypeError
        If `data` is not a number.

    Examples
    --------
    >>> w, x, b = Value(-2.0, label="w"), Value(5.0, label="x"), Value(3.0, label="b")
    >>> f = w * x + b
    >>> f.backward()
    >>> f.data, w.grad, x.grad, b.grad
    (-7.0, 5.0, -2.0, 1.0)
    """

    # One or two operands in slots and not in a tuple: what costs in Python is what the garbage collector has to track.
    # With more operands `_a` is the tuple of them and `_da` that of their slopes.
    __slots__ = ("__weakref__", "_a", "_b", "_da", "_db", "_grad", "_rule", "data", "label")

    data: float  #: the result of the forward computation
    label: str
    _grad: Any  #: None until a backward pass has been here
    _rule: str | None  #: the operation's name in the table; LEAF or CONSTANT
    _a: Any  #: the first operand, a Value or a plain number,
    _b: Any  #: and the second
    _da: Any  #: the local derivative, or slope, d data / d _a; None where no gradient flows: towards a number,
    _db: Any  #: or a branch not taken

    def __init__(self, data: Any, *given: Any, label: str = "", requires_grad: bool = True, **named: Any) -> None:
        self.data = data if data.__class__ is float else as_float(data)
        self.label, self._grad, self._rule = label, None, LEAF if requires_grad else CONSTANT
        self._a = self._b = self._da = self._db = None
        if special or given or named:
            instead["new"](self, *given, **named)

    @property
    def grad(self) -> Any:
        """The derivative of the node `backward()` was called on with respect to this one; 0.0 before any backward.

        `has_grad` tells a zero that was computed from one that was not.  A Value after `backward(create_graph=True)`.
        """
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = grad if grad is None or isinstance(grad, Value) else as_float(grad)

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def edges(self) -> list[tuple[Value, float]]:
        """For each operand that takes a gradient the pair of it and the slope towards it, in order; `a + a` has `a` twice.

        >>> a = Value(2.0, label="a")
        >>> [(operand.label, slope) for operand, slope in (a * a * 3.0).edges[0][0].edges]
        [('a', 2.0), ('a', 2.0)]
        """
        pairs = zip(self._a, self._da) if self._da.__class__ is tuple else ((self._a, self._da), (self._b, self._db))
        return [(operand, slope) for operand, slope in pairs if slope is not None]

    def backward(self, gradient: Any = 1.0, *, create_graph: bool = False, retain_graph: bool = True) -> None:
        """Fill in `.grad` of every node this one was computed from.

        Leaves accumulate over several calls, as in PyTorch; nodes in between start afresh, so calling it twice is right.

        Parameters
        ----------
        gradient : float or Value, default 1.0
            The derivative of whatever comes after with respect to this node.
        create_graph : bool, default False
            Make the gradients Values with a graph of their own, to be differentiated again.
        retain_graph : bool, default True
            Accepted for PyTorch's sake; a graph here is always kept.
        """
        instead["backward"](self, gradient, create_graph)

    # The operators; all other operations of the table become methods and functions in `operations.py`, in the same way.
    def __add__(self, other: Value | float) -> Value: return binary("add", self, other)  # fmt: skip
    def __radd__(self, other: float) -> Value: return binary("add", other, self)  # fmt: skip
    def __sub__(self, other: Value | float) -> Value: return binary("sub", self, other)  # fmt: skip
    def __rsub__(self, other: float) -> Value: return binary("sub", other, self)  # fmt: skip
    def __mul__(self, other: Value | float) -> Value: return binary("mul", self, other)  # fmt: skip
    def __rmul__(self, other: float) -> Value: return binary("mul", other, self)  # fmt: skip
    def __truediv__(self, other: Value | float) -> Value: return binary("div", self, other)  # fmt: skip
    def __rtruediv__(self, other: float) -> Value: return binary("div", other, self)  # fmt: skip
    def __pow__(self, other: Value | float) -> Value: return binary("pow", self, other)  # fmt: skip
    def __rpow__(self, other: float) -> Value: return binary("pow", other, self)  # fmt: skip
    def __neg__(self) -> Value: return unary("neg", self)  # fmt: skip


# --- the forward pass: compute, and record ------------------------------------------------------------------------------


class _Both(dict[str, Callable[..., Any]]):
    """For an operation the function that computes its result and its slopes, compiled from its row when it is first used."""

    def __missing__(self, rule: str) -> Callable[..., Any]:
        self[rule] = compile_rule(RULES[rule], FLOATS).both
        return self[rule]


both = _Both()


def record(rule: str, out: float, a: Any, b: Any, da: Any, db: Any, kind: type[Value] = Value) -> Value:
    """A new node: the number `out`, which the operation `rule` made of `a` and `b`, and its slopes towards them."""
    node = object.__new__(kind)
    node.data, node.label, node._grad, node._rule = out, "", None, rule
    node._a, node._b, node._da, node._db = a, b, da, db
    return node


def unary(rule: str, x: Value) -> Value:
    """The operation `rule` of the table on one Value."""
    if not special and x.__class__ is Value:
        try:
            out, (slope,) = both[rule](x.data)
            return record(rule, out, x, None, slope, None)
        except ARITHMETIC_ERRORS:
            pass  # undefined, or infinitely steep, here: the common path says which
    return instead["operation"](rule, x)  # type: ignore[no-any-return]


def binary(rule: str, x: Any, y: Any) -> Value:
    """The operation `rule` on two operands, one of which may be a number: that one is kept as it is and has no slope."""
    left, right = x.__class__ is Value, y.__class__ is Value
    if not special and (left or x.__class__ in (float, int)) and (right or y.__class__ in (float, int)):
        try:
            a, b = x if left else float(x), y if right else float(y)
            out, (dx, dy) = both[rule](x.data if left else a, y.data if right else b)
            return record(rule, out, a, b, dx if left else None, dy if right else None)
        except ARITHMETIC_ERRORS:
            pass
    return instead["operation"](rule, x, y)  # type: ignore[no-any-return]


# --- the backward pass: the chain rule ----------------------------------------------------------------------------------


def topological_order(*roots: Value, ends: Iterable[Value] = ()) -> list[Value]:
    """Every node the roots were computed from, the roots included, each after all of its operands.

    The walk stops at `ends`, which are left out.  It is depth first.  Without recursion, so a chain may be a million long: on the stack, None says that the node below it is
    complete.  Reversed, it is an order for back-propagation.

    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> [node.label or node.op for node in topological_order(a * b + a)]
    ['a', 'b', 'mul', 'add']
    """
    order: list[Value] = []
    seen = set(ends)
    stack: list[Any] = [*reversed(roots)]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            stack.append(node)
            stack.append(None)
            for operand, _ in reversed(node.edges):
                if operand not in seen:
                    stack.append(operand)
    return order


def backward(root: Value, gradient: float = 1.0) -> None:
    """Back-propagation.  When the loop comes to a node its gradient is complete, because all that use it came before it.

    Paths add up, hence `+=`.  Nodes in between start afresh and leaves accumulate.  If anything stops it on the way (Ctrl-C),
    every gradient is as it was.
    """
    order = topological_order(root)
    before = [node._grad for node in order]
    constants = [(node, node._grad) for node in order if node._rule == CONSTANT]
    try:
        for node in order:
            if node._a is not None or node._grad is None:
                node._grad = 0.0
        root._grad += gradient
        for node in reversed(order):
            for operand, slope in node.edges:
                operand._grad += node._grad * slope
    except BaseException:
        for node, grad in zip(order, before):
            node._grad = grad
        raise
    for node, grad in constants:
        node._grad = grad
