"""What can be asked of a node besides its gradient: how it was made, what it passes gradients to, its number.

Comparisons and conversions leave the graph, and say so by giving plain numbers.
"""

from __future__ import annotations

import operator
from typing import Any, Self

from autograd_lite.engine import value
from autograd_lite.engine.closures import check_kept
from autograd_lite.engine.methods import methods
from autograd_lite.engine.numbers import as_float, is_complex, is_scalar
from autograd_lite.engine.value import CONSTANT, LEAF, Value
from autograd_lite.rules import RULES


def constant_of(kind: type[Any], number: Any, label: str = "") -> Any:
    """A node of class `kind` that no operation made and that takes no gradient; a subclass's own `__init__` is not asked."""
    constant = object.__new__(kind)
    Value.__init__(constant, number, label=label, requires_grad=False)
    return constant


def _comparison(name: str) -> Any:
    compare = getattr(operator, name)

    def compared(self: Value, other: Any) -> Any:
        if isinstance(other, Value):
            return bool(compare(self.data, other.data))
        if other.__class__ is float or other.__class__ is int or (is_scalar(other) and hasattr(other, "__float__")):
            return bool(compare(self.data, other))
        return self.data == complex(other) if name == "eq" and is_complex(other) else NotImplemented

    return compared


@methods
class Facts(Value):
    """Properties and conversions."""

    __slots__ = ()

    # --- how it was made ----------------------------------------------------------------------------------------------------

    @property
    def op(self) -> str:
        """The name of the operation in the table of primitives; empty for a leaf."""
        return "" if self._rule is LEAF or self._rule == CONSTANT else self._rule or ""

    @property
    def args(self) -> tuple[Any, ...]:
        """The operands in order, as they were given: nodes and plain numbers."""
        if self._a.__class__ is tuple:
            return tuple(self._a)
        return () if self._a is None else (self._a,) if self._b is None else (self._a, self._b)

    @property
    def arg_grads(self) -> tuple[float | None, ...]:
        """For each of `args` the local derivative; None where there is no edge (a plain number, a branch not taken).

        A backward rule of one's own, a function of the gradient, has none: nan, until one is measured to be shown."""
        if self._a.__class__ is tuple:
            return tuple(self._da)
        return () if self._a is None else (self._da,) if self._b is None else (self._da, self._db)

    @property
    def parents(self) -> tuple[Value, ...]:
        """The nodes this one passes its gradient to, in order; `a + a` has `a` twice.

        >>> a = Value(2.0, label="a")
        >>> [p.label for p in (a + a).parents], (a * 3.0).parents == (a,)
        (['a', 'a'], True)
        """
        return tuple(operand for operand, _ in self.edges)

    @property
    def local_grads(self) -> tuple[float, ...]:
        """For each of `parents` the local derivative, recorded when the node was made.

        >>> (Value(2.0) * Value(3.0)).local_grads
        (3.0, 2.0)
        """
        return tuple(slope for _, slope in self.edges)

    _prev = parents  # micrograd's names, and microgpt's
    _children = parents
    _local_grads = local_grads

    @property
    def _op(self) -> str:
        """The operation as micrograd spells it: '+', '*', 'ReLU', 'tanh'."""
        rule = RULES.get(self.op)
        if rule is not None:
            return rule.symbol or rule.name
        kind, mark, name = self.op.partition(" ")
        return name if mark else kind  # "closure tanh"

    @property
    def is_leaf(self) -> bool:
        """Whether no operation made this node."""
        return self._rule is LEAF or self._rule == CONSTANT

    @property
    def is_constant(self) -> bool:
        """Whether this is a leaf that takes no gradient: `requires_grad=False`, or the result of `detach()`."""
        return self._rule == CONSTANT

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient can flow here: a leaf unless it was detached, a result if any leaf below it does."""
        seen, waiting = {self}, list[Any]([self])
        while waiting:
            node = waiting.pop()
            if node._rule is LEAF:
                return True
            new = [operand for operand, _ in node.edges if operand not in seen]
            seen.update(new)
            waiting += new
        return False

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not self.is_leaf:
            raise RuntimeError(
                f"requires_grad can be set on leaves only, and this is the result of {self.op}; "
                "use .detach() for a copy without a history"
            )
        self._rule = LEAF if wanted else CONSTANT

    # --- its gradient -------------------------------------------------------------------------------------------------------

    @property
    def has_grad(self) -> bool:
        """Whether a backward pass (or an assignment) has set the gradient.

        >>> a = Value(2.0); a.grad, a.has_grad
        (0.0, False)
        >>> (a * 0.0).backward(); a.grad, a.has_grad
        (0.0, True)
        """
        return self._grad is not None

    def zero_grad(self) -> None:
        """Forget the gradient: it reads 0.0 and counts as not computed; `del v.grad` is the same."""
        self._grad = None

    grad = Value.grad.deleter(zero_grad)  # type: ignore[attr-defined]

    def retain_grad(self) -> None:
        """Accepted for PyTorch's sake: every node keeps its gradient here."""

    def detach(self) -> Self:
        """A constant with this node's number and label: no gradient flows through it.

        >>> x = Value(3.0); (x * x.detach()).backward(); x.grad
        3.0
        """
        return constant_of(type(self), self.data, self.label)  # type: ignore[no-any-return]

    # --- as a number --------------------------------------------------------------------------------------------------------

    @property
    def data(self) -> float:
        """The number.  What is assigned becomes a float, as in the constructor, or is refused with a TypeError."""
        return self._number

    @data.setter
    def data(self, number: Any) -> None:
        self._number = number if number.__class__ is float else as_float(number)

    def item(self) -> float:
        """The number."""
        return self.data

    def __float__(self) -> float:
        """The number.  `math.exp(v)` comes through here and so gives a plain float *without a graph*: use `v.exp()` or
        `autograd_lite.exp(v)` to record the operation."""
        if value.special:
            check_kept()
        return float(self.data)

    def __int__(self) -> int:
        return int(float(self))

    def __bool__(self) -> bool:
        return bool(self.data)

    __eq__, __lt__, __le__, __gt__, __ge__ = map(_comparison, ("eq", "lt", "le", "gt", "ge"))
    # By identity, as in PyTorch: a node is a place in a graph, and two with equal numbers are two.
    __hash__ = object.__hash__
