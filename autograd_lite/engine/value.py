"""A number that remembers how it was computed, and back-propagation through what it remembers.

The whole idea is in this file.  An operation computes its result *and* its local derivatives, by its row of the table (`rules`),
and `record` keeps both in a new node.  `backward` walks the nodes in reverse topological order and multiplies.  That is all.

Around it stand the files that know this one and that it does not know: `operations.py` makes the other methods from the table,
`common.py`, `modes.py`, `hooks.py`, `passes.py` ... do what is not plain.  By default `_fast.py`, generated, replaces the functions
of this file by the same, only faster; AUTOGRAD_LITE_ENGINE=readable in the environment runs this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from autograd_lite.engine.numbers import as_float
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, compile_rule
from autograd_lite.rules.floats import FLOATS

if TYPE_CHECKING:
    from autograd_lite.engine.operations import Methods
else:
    Methods = object  # the files around this one add their methods to Value itself; `operations.pyi` lists them

LEAF, CONSTANT = None, "constant"  # in place of an operation's name: a leaf that takes a gradient, and one that takes none
special = False  # set by `modes.py` while a mode is on in some thread: operations and new leaves are handed to `instead`
#: Filled by `common.py` ("operation", "new") and `passes.py` ("backward"): what is done where the plain path is not enough.
instead: dict[str, Callable[..., Any]] = {}


class Value(Methods):
    """A number that remembers how it was computed.

    Parameters
    ----------
    data : number
        Anything `float()` takes, except texts: ints, NumPy scalars, fractions; a TypeError says what else it was.
    label : str, optional
        A name for people: drawings, explanations and error messages use it.
    requires_grad : bool, default True
        False for a constant, which gets no gradient.

    Examples
    --------
    >>> w, x, b = Value(-2.0, label="w"), Value(5.0, label="x"), Value(3.0, label="b")
    >>> f = w * x + b
    >>> f.backward()
    >>> f.data, w.grad, x.grad, b.grad
    (-7.0, 5.0, -2.0, 1.0)
    """

    __slots__ = ("__weakref__", "_a", "_b", "_da", "_db", "_grad", "_number", "_rule", "label")

    _number: float  # the result of the forward computation; `.data` is in `facts.py`
    label: str
    _grad: Any  # None until a backward pass has been here
    _rule: str | None  # the operation's name in the table; LEAF or CONSTANT
    _a: Any  # the first operand, a Value or a plain number; `common.py` puts a tuple here for three operands and more
    _b: Any  # the second: two slots and not a tuple, which the garbage collector would have to track
    _da: Any  # the slope, or local derivative, d data / d _a; None where there is no edge: towards a plain number,
    _db: Any  # or the branch that `where` did not take; with a tuple of operands, a `Pullback` (`closures.py`)

    def __init__(self, data: Any, *given: Any, label: str = "", requires_grad: bool = True, **named: Any) -> None:
        self._number = data if data.__class__ is float else as_float(data)
        self.label, self._grad, self._rule = label, None, LEAF if requires_grad else CONSTANT
        self._a = self._b = self._da = self._db = None
        if special or given or named:  # a label by position, or micrograd's (children, op)
            instead["new"](self, *given, **named)

    @property
    def grad(self) -> Any:
        """The derivative of the node `backward()` was called on with respect to this one; 0.0 before (see `has_grad`)."""
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = grad if grad is None or isinstance(grad, Value) else as_float(grad)

    @property
    def edges(self) -> list[tuple[Value, float]]:
        """For each operand that is a Value and was used the pair of it and the slope, in order; `a * a` has `a` twice."""
        many = self._a.__class__ is tuple
        pairs = zip(self._a, self._da, strict=True) if many else ((self._a, self._da), (self._b, self._db))
        return [(operand, slope) for operand, slope in pairs if slope is not None]

    def backward(self, gradient: Any = 1.0, *, create_graph: bool = False, retain_graph: bool = True) -> None:
        """Fill in `.grad` of every node this one was computed from.

        Leaves accumulate over several calls, as in PyTorch; nodes in between start afresh, so calling it twice is right.
        Threads may call it at once, and hooks while a pass is on, over shared nodes, too: each pass is made as a whole.

        Parameters
        ----------
        gradient : float or Value, default 1.0
            The derivative of whatever comes after with respect to this node.
        create_graph : bool, default False
            Make the gradients Values with a graph of their own, to be differentiated again.
        retain_graph : bool, accepted for PyTorch's sake: a graph here is always kept.
        """
        instead["backward"](self, gradient, create_graph)  # in the plain case it ends in `backward` below

    def __add__(self, other: Value | float) -> Value:
        return binary("add", self, other)

    def __mul__(self, other: Value | float) -> Value:
        return binary("mul", self, other)

    # ... and so for every row of the table: `operations.py` makes the other operators, the methods and the functions in a loop.


# --- the forward pass: compute, and record ------------------------------------------------------------------------------
@cache
def compiled(rule: str) -> Callable[..., tuple[float, tuple[float, ...]]]:
    """The function that computes the result of an operation and its slopes, from its row of the table."""
    return compile_rule(RULES[rule], FLOATS).value_and_partials


def record(rule: str, out: float, a: Any, b: Any, da: Any, db: Any, kind: type[Value] = Value) -> Value:
    """A new node, of a subclass if `kind` is one: the number `out`, which `rule` made of `a` and `b`, and the slopes."""
    node = object.__new__(kind)
    node._number, node.label, node._grad, node._rule = out, "", None, rule
    node._a, node._b, node._da, node._db = a, b, da, db
    return node


def unary(rule: str, x: Value) -> Value:
    """The operation `rule` of the table on one Value."""
    if x.__class__ is Value and not special:
        try:
            out, (slope,) = compiled(rule)(x._number)
            return record(rule, out, x, None, slope, None)
        except ARITHMETIC_ERRORS:
            pass  # undefined, or infinitely steep, here: `common.py` finds out which
    return instead["operation"](rule, x)  # type: ignore[no-any-return]


def binary(rule: str, x: Any, y: Any) -> Value:
    """The operation `rule` on two operands, one of which may be a number: that one is kept as it is and has no slope."""
    left, right = x.__class__ is Value, y.__class__ is Value
    if (left or x.__class__ in (float, int)) and (right or y.__class__ in (float, int)) and not special:
        try:
            a, b = x if left else float(x), y if right else float(y)
            out, (dx, dy) = compiled(rule)(x._number if left else a, y._number if right else b)
            return record(rule, out, a, b, dx if left else None, dy if right else None)
        except ARITHMETIC_ERRORS:
            pass
    return instead["operation"](rule, x, y)  # type: ignore[no-any-return]


# --- the backward pass: the chain rule ----------------------------------------------------------------------------------
def topological_order(*roots: Value, ends: Iterable[Value] = ()) -> list[Value]:
    """Every node the roots were computed from, the roots included, each after all of its operands.

    A depth-first walk, which stops at `ends` and leaves them out.  Without recursion, so a chain may be a million long: on the
    stack, None says that the node below it is complete.  Reversed, it is an order for back-propagation.

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
            stack += (node, None)
            for operand, _ in reversed(node.edges):
                if operand not in seen:
                    stack.append(operand)
    return order


def backward(root: Value, gradient: float = 1.0) -> None:
    """Back-propagation.  When the loop comes to a node its gradient is complete, because all its users came before it.

    Paths add up, hence `+=`.  If anything stops it on the way (Ctrl-C), every gradient is as it was.
    """
    order = topological_order(root)
    before = [node._grad for node in order]
    constants = [(node, node._grad) for node in order if node._rule == CONSTANT]
    try:
        for node in order:
            if node._a is not None or node._grad is None:  # results of operations start afresh, leaves accumulate
                node._grad = 0.0
        root._grad += gradient
        for node in reversed(order):
            for operand, slope in node.edges:
                operand._grad += node._grad * slope
        for node, grad in constants:
            node._grad = grad
    except BaseException:
        for node, grad in zip(order, before, strict=True):
            node._grad = grad
        raise
