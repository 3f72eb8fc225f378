"""A node of the graph: facts, no behaviour but what every reader of a graph needs.

`Node` knows how it was made (operation, operands in order, local derivatives) and nothing about operations; `Value`, in
`value.py`, adds those.  The layout is what makes the engine fast: what costs is not arithmetic but the containers that the
garbage collector must track, so an operation of one or two operands keeps them in slots, without a tuple or a list.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex, TypeVar

from autograd_lite.engine import modes
from autograd_lite.engine.errors import not_a_number
from autograd_lite.rules import RULES

if TYPE_CHECKING:
    from typing import Self

    from autograd_lite.engine.backward import Handle
    from autograd_lite.engine.value import Value

S = TypeVar("S", bound="Node")

#: In the slot `_rule` of a node that no operation made: a leaf that takes part, and one that does not.
LEAF = None
CONSTANT = "constant"


#: For who comes from micrograd and writes an operation as it is done there.
_OWN_OPERATION = "An operation of one's own takes a line: cube = primitive('cube', 'x', 'x * x * x', ['3 * x * x'])"

#: Whether any mode is on (see `modes.py`); only then are there observers to be told of a new leaf.
_special = False


def _set_special(active: bool) -> None:
    global _special
    _special = active


modes.on_change(_set_special)


def as_float(number: Any) -> float:
    """`number` as a float, refusing what only looks like one (texts, None, complex, arrays).

    >>> as_float(2)
    2.0
    """
    kind = number.__class__
    if kind is float:
        return number  # type: ignore[no-any-return]
    if kind is int or kind is bool:
        return float(number)
    if isinstance(number, Node):
        return float(number.data)
    if isinstance(number, str | bytes | bytearray | complex) or getattr(number, "shape", ()) != ():
        raise not_a_number(number)
    if not isinstance(number, SupportsFloat | SupportsIndex):
        raise not_a_number(number)
    try:
        return float(number)
    except TypeError:
        raise not_a_number(number) from None


class Node:
    """What `Value` is made of.

    Slots
    -----
    data : float
        The result of the forward computation.
    label : str
        A name for people; empty if there is none.
    _grad : float, Value or None
        None: no backward pass has reached this node yet.
    _rule : str or None
        The name of the operation in the table; `LEAF` or `CONSTANT` for a node no operation made.
    _a, _b
        The first and second operand, each a node or a plain number; `_a` is a tuple of all for three operands and more.
    _da, _db
        The local derivative with respect to each; None where there is no edge (a number, a branch not taken).
    """

    __slots__ = ("__weakref__", "_a", "_b", "_da", "_db", "_grad", "_rule", "data", "label")

    data: float
    label: str
    _grad: Any
    _rule: str | None
    _a: Any
    _b: Any
    _da: Any
    _db: Any

    def __init__(self, data: Any, label: str = "", *recorded: Any, requires_grad: bool = True) -> None:
        self.data = as_float(data)
        if recorded or not isinstance(label, str):
            raise TypeError(
                "a Value is made from a number and a label, Value(data, label='w'); operands and operation are recorded by "
                f"operations. {_OWN_OPERATION}"
            )
        self.label = label
        self._grad = None
        self._rule = LEAF if requires_grad else CONSTANT
        self._a = self._b = self._da = self._db = None
        if _special:
            for observer in modes.observers.get():
                observer(self)

    # --- the graph ---------------------------------------------------------------------------------------------------

    @property
    def op(self) -> str:
        """The name of the operation in the table of primitives; empty for a leaf."""
        return self._rule if self._rule is not LEAF and self._rule != CONSTANT else ""

    @property
    def args(self) -> tuple[Any, ...]:
        """The operands in order, as they were given: nodes and plain numbers."""
        if self.is_leaf:
            return ()
        if self._a.__class__ is tuple:
            return self._a
        return (self._a,) if self._b is None else (self._a, self._b)

    @property
    def arg_grads(self) -> tuple[float | None, ...]:
        """For each of `args` the local derivative; None where no gradient flows (a number, a branch not taken)."""
        if self.is_leaf:
            return ()
        if self._a.__class__ is tuple:
            return self._da  # type: ignore[no-any-return]
        return (self._da,) if self._b is None else (self._da, self._db)

    @property
    def parents(self) -> tuple["Value", ...]:
        """The nodes this one passes its gradient to, in order; `a + a` has `a` twice.

        >>> from autograd_lite import Value
        >>> a = Value(2.0, label="a")
        >>> [p.label for p in (a + a).parents], (a * 3.0).parents == (a,)
        (['a', 'a'], True)
        """
        return tuple(arg for arg, slope in zip(self.args, self.arg_grads, strict=True) if slope is not None)

    @property
    def local_grads(self) -> tuple[float, ...]:
        """For each of `parents` the local derivative, recorded when the node was made.

        >>> from autograd_lite import Value
        >>> (Value(2.0) * Value(3.0)).local_grads
        (3.0, 2.0)
        """
        return tuple(slope for slope in self.arg_grads if slope is not None)

    @property
    def edges(self) -> list[tuple["Value", float]]:
        """`parents` with `local_grads`: for each operand that takes a gradient the pair of it and the slope towards it.

        >>> from autograd_lite import Value
        >>> a = Value(2.0, label="a")
        >>> [(operand.label, slope) for operand, slope in (a * a).edges]
        [('a', 2.0), ('a', 2.0)]
        """
        return [(arg, slope) for arg, slope in zip(self.args, self.arg_grads, strict=True) if slope is not None]

    @property
    def is_constant(self) -> bool:
        """Whether this is a leaf that takes no gradient: `requires_grad=False`, or the result of `detach()`."""
        return self._rule == CONSTANT

    _prev = parents
    _children = parents
    _local_grads = local_grads

    @property
    def _op(self) -> str:
        """The operation as micrograd spells it: '+', '*', 'ReLU', 'tanh'."""
        rule = RULES.get(self.op)
        return self.op if rule is None else rule.symbol or rule.name

    @property
    def is_leaf(self) -> bool:
        """Whether no operation made this node."""
        return self._rule is LEAF or self._rule == CONSTANT

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient can flow here: a leaf unless it was detached, a result if any leaf below it does."""
        if self.is_leaf:
            return self._rule is LEAF
        from autograd_lite.engine.graph import topological_order

        return any(node._rule is LEAF for node in topological_order(self))

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not self.is_leaf:
            raise RuntimeError(
                f"requires_grad can be set on leaves only, and this is the result of {self.op}; "
                "use .detach() for a copy without a history"
            )
        self._rule = LEAF if wanted else CONSTANT

    @property
    def _backward(self) -> Any:
        """micrograd's name for what is no closure here."""
        raise AttributeError(
            f"a Value has no _backward: its local derivatives are recorded, see .local_grads. {_OWN_OPERATION}"
        )

    @_backward.setter
    def _backward(self, closure: Any) -> None:
        raise AttributeError(
            f"a Value takes no _backward: local derivatives are numbers here, not closures. {_OWN_OPERATION}"
        )

    # --- the gradient ------------------------------------------------------------------------------------------------

    @property
    def grad(self) -> Any:
        """The derivative of the node `backward()` was called on with respect to this one; 0.0 before any backward.

        `has_grad` tells a zero that was computed from one that was not.  A Value after `backward(create_graph=True)`.
        """
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = grad if grad is None or isinstance(grad, Node) else as_float(grad)

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def has_grad(self) -> bool:
        """Whether a backward pass (or an assignment) has set the gradient.

        >>> from autograd_lite import Value
        >>> a = Value(2.0); a.grad, a.has_grad
        (0.0, False)
        >>> (a * 0.0).backward(); a.grad, a.has_grad
        (0.0, True)
        """
        return self._grad is not None

    def zero_grad(self) -> None:
        """Forget the gradient: it reads 0.0 and counts as not computed."""
        self._grad = None

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

        Raises
        ------
        TypeError
            If `gradient` is not a number.

        Examples
        --------
        >>> from autograd_lite import Value
        >>> w, x, b = Value(-2.0), Value(5.0), Value(3.0)
        >>> f = w * x + b
        >>> f.backward()
        >>> f.data, w.grad, x.grad, b.grad
        (-7.0, 5.0, -2.0, 1.0)
        """
        from autograd_lite.engine import backward

        if create_graph:
            backward.backward_create_graph(self, gradient)
        else:
            backward.backward(self, as_float(gradient))

    def register_hook(self, hook: Callable[[float], float | None]) -> "Handle":
        """Call `hook(gradient)` in each backward pass when this node's gradient is complete; what it returns, if not
        None, replaces the gradient.

        Returns
        -------
        Handle
            `handle.remove()` takes the hook away; also a context manager.

        Examples
        --------
        >>> from autograd_lite import Value
        >>> x = Value(3.0); h = x * x
        >>> with h.register_hook(lambda g: 10 * g):
        ...     (h + 1).backward()
        >>> x.grad
        60.0
        """
        from autograd_lite.engine.backward import register_hook

        return register_hook(self, hook)

    def retain_grad(self) -> None:
        """Accepted for PyTorch's sake: every node keeps its gradient here."""

    def detach(self) -> "Self":
        """A constant with this node's number and label: no gradient flows through it.

        >>> from autograd_lite import Value
        >>> x = Value(3.0); (x * x.detach()).backward(); x.grad
        3.0
        """
        return constant_of(type(self), self.data, self.label)

    def item(self) -> float:
        """The number."""
        return self.data

    # --- as a number: conversions and comparisons leave the graph, and say so by giving plain numbers ------------------

    def __float__(self) -> float:
        """The number.  `math.exp(v)` comes through here and so gives a plain float *without a graph*: use `v.exp()` or
        `autograd_lite.exp(v)` to record the operation."""
        return float(self.data)

    def __int__(self) -> int:
        return int(self.data)

    def __bool__(self) -> bool:
        return bool(self.data)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Node):
            return bool(self.data == other.data)
        return bool(self.data == other) if _comparable(other) else NotImplemented

    def __lt__(self, other: Any) -> bool:
        if isinstance(other, Node):
            return bool(self.data < other.data)
        return bool(self.data < other) if _comparable(other) else NotImplemented

    def __le__(self, other: Any) -> bool:
        if isinstance(other, Node):
            return bool(self.data <= other.data)
        return bool(self.data <= other) if _comparable(other) else NotImplemented

    def __gt__(self, other: Any) -> bool:
        if isinstance(other, Node):
            return bool(self.data > other.data)
        return bool(self.data > other) if _comparable(other) else NotImplemented

    def __ge__(self, other: Any) -> bool:
        if isinstance(other, Node):
            return bool(self.data >= other.data)
        return bool(self.data >= other) if _comparable(other) else NotImplemented

    # By identity, as in PyTorch: a node is a place in a graph, and two with equal numbers are two.
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        grad = self.grad if not isinstance(self.grad, Node) else self.grad.data
        return f"{type(self).__name__}(data={float(self.data)!r}, grad={float(grad)!r}{label})"

    def _repr_svg_(self) -> str | None:
        """The graph of this node, for notebooks; None (they show the text then) without the drawing extra."""
        from autograd_lite.engine.display import picture

        return picture("graph", self)

    # --- copies ------------------------------------------------------------------------------------------------------

    def __copy__(self) -> "Self":
        twin: Self = copy_node(self, self._a, self._b)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> "Self":
        from autograd_lite.engine.graph import deepcopy_graph

        return deepcopy_graph(self, memo)

    def __reduce__(self) -> Any:
        from autograd_lite.engine.graph import reduce_node

        return reduce_node(self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        from autograd_lite.engine.numpy_bridge import array_ufunc

        return array_ufunc(ufunc, method, *inputs, **options)


def constant_of(kind: "type[S]", number: Any, label: str = "") -> "S":
    """A node of class `kind` that no operation made and that takes no gradient; a subclass's own `__init__` is not asked."""
    constant = object.__new__(kind)
    Node.__init__(constant, number, label, requires_grad=False)
    return constant


def copy_node(node: Any, a: Any, b: Any) -> Any:
    """A new node with the facts of `node` but other operands."""
    copy = object.__new__(type(node))
    for name in ("data", "label", "_grad", "_rule", "_da", "_db"):
        setattr(copy, name, getattr(node, name))
    copy._a, copy._b = a, b
    return copy


def _comparable(other: Any) -> bool:
    """Whether `other` is a number to compare with; Python decides what happens for the rest."""
    if other.__class__ is float or other.__class__ is int:  # the common case; the protocol below takes its time
        return True
    if isinstance(other, str | bytes | bytearray | complex) or getattr(other, "shape", ()) != ():
        return False
    return isinstance(other, SupportsFloat)
