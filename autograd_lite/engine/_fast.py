"""The fast twin of `value.py`, generated from the table of primitives and from `value.py` itself by `tools/generate.py`.

The same, written out, without a call, a tuple or a loop over operands where it is hot; a test holds the two equal to the bit.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from math import exp, log, nan, tanh
from math import pow as _pow
from typing import Any

from autograd_lite.engine import modes, value
from autograd_lite.engine.methods import methods
from autograd_lite.engine.value import CONSTANT, Value, instead
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS
from autograd_lite.rules.floats import FLOATS

_new = object.__new__
sech = FLOATS.functions["sech"]
special = False
modes.switched.append(sys.modules[__name__])


def _edges(node: Value) -> list[tuple[Value, float]]:
    first, second = node._da, node._db
    if first.__class__ is tuple:
        return [(operand, slope) for operand, slope in zip(node._a, first, strict=True) if slope is not None]
    if second is None:
        return [] if first is None else [(node._a, first)]
    return [(node._b, second)] if first is None else [(node._a, first), (node._b, second)]


@methods
class _Fast(Value):
    __slots__ = ()

    edges = property(_edges, doc=Value.edges.__doc__)

    def __add__(self, other: Value | float) -> Value:
        'x + y.'
        if not special and self.__class__ is Value:
            if other.__class__ is Value:
                node = _new(Value)
                node._number = self._number + other._number
                node.label = ""
                node._grad = None
                node._rule = "add"
                node._a = self
                node._b = other
                node._da = 1.0
                node._db = 1.0
                return node
            if other.__class__ is float or other.__class__ is int:
                try:
                    y = float(other)
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("add", self, other)
                node = _new(Value)
                node._number = self._number + y
                node.label = ""
                node._grad = None
                node._rule = "add"
                node._a = self
                node._b = y
                node._da = 1.0
                node._db = None
                return node
        return instead["operation"]("add", self, other)

    def __radd__(self, other: Value | float) -> Value:
        'x + y.'
        if not special and self.__class__ is Value:
            if other.__class__ is float or other.__class__ is int:
                try:
                    x = float(other)
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("add", other, self)
                node = _new(Value)
                node._number = x + self._number
                node.label = ""
                node._grad = None
                node._rule = "add"
                node._a = x
                node._b = self
                node._da = None
                node._db = 1.0
                return node
        return instead["operation"]("add", other, self)

    def __sub__(self, other: Value | float) -> Value:
        'x - y.'
        if not special and self.__class__ is Value:
            if other.__class__ is Value:
                node = _new(Value)
                node._number = self._number - other._number
                node.label = ""
                node._grad = None
                node._rule = "sub"
                node._a = self
                node._b = other
                node._da = 1.0
                node._db = -1.0
                return node
            if other.__class__ is float or other.__class__ is int:
                try:
                    y = float(other)
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("sub", self, other)
                node = _new(Value)
                node._number = self._number - y
                node.label = ""
                node._grad = None
                node._rule = "sub"
                node._a = self
                node._b = y
                node._da = 1.0
                node._db = None
                return node
        return instead["operation"]("sub", self, other)

    def __rsub__(self, other: Value | float) -> Value:
        'x - y.'
        if not special and self.__class__ is Value:
            if other.__class__ is float or other.__class__ is int:
                try:
                    x = float(other)
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("sub", other, self)
                node = _new(Value)
                node._number = x - self._number
                node.label = ""
                node._grad = None
                node._rule = "sub"
                node._a = x
                node._b = self
                node._da = None
                node._db = -1.0
                return node
        return instead["operation"]("sub", other, self)

    def __mul__(self, other: Value | float) -> Value:
        'x * y.'
        if not special and self.__class__ is Value:
            if other.__class__ is Value:
                node = _new(Value)
                x = self._number
                y = other._number
                node._number = x * y
                node.label = ""
                node._grad = None
                node._rule = "mul"
                node._a = self
                node._b = other
                node._da = y
                node._db = x
                return node
            if other.__class__ is float or other.__class__ is int:
                try:
                    y = float(other)
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("mul", self, other)
                node = _new(Value)
                node._number = self._number * y
                node.label = ""
                node._grad = None
                node._rule = "mul"
                node._a = self
                node._b = y
                node._da = y
                node._db = None
                return node
        return instead["operation"]("mul", self, other)

    def __rmul__(self, other: Value | float) -> Value:
        'x * y.'
        if not special and self.__class__ is Value:
            if other.__class__ is float or other.__class__ is int:
                try:
                    x = float(other)
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("mul", other, self)
                node = _new(Value)
                node._number = x * self._number
                node.label = ""
                node._grad = None
                node._rule = "mul"
                node._a = x
                node._b = self
                node._da = None
                node._db = x
                return node
        return instead["operation"]("mul", other, self)

    def __truediv__(self, other: Value | float) -> Value:
        'x / y. Defined for y != 0.'
        if not special and self.__class__ is Value:
            if other.__class__ is Value:
                try:
                    x = self._number
                    y = other._number
                    out = x / y
                    d0 = 1.0 / y
                    d1 = -out / y
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("div", self, other)
                node = _new(Value)
                node._number = out
                node.label = ""
                node._grad = None
                node._rule = "div"
                node._a = self
                node._b = other
                node._da = d0
                node._db = d1
                return node
            if other.__class__ is float or other.__class__ is int:
                try:
                    x = self._number
                    y = float(other)
                    out = x / y
                    d0 = 1.0 / y
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("div", self, other)
                node = _new(Value)
                node._number = out
                node.label = ""
                node._grad = None
                node._rule = "div"
                node._a = self
                node._b = y
                node._da = d0
                node._db = None
                return node
        return instead["operation"]("div", self, other)

    def __rtruediv__(self, other: Value | float) -> Value:
        'x / y. Defined for y != 0.'
        if not special and self.__class__ is Value:
            if other.__class__ is float or other.__class__ is int:
                try:
                    x = float(other)
                    y = self._number
                    out = x / y
                    d1 = -out / y
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("div", other, self)
                node = _new(Value)
                node._number = out
                node.label = ""
                node._grad = None
                node._rule = "div"
                node._a = x
                node._b = self
                node._da = None
                node._db = d1
                return node
        return instead["operation"]("div", other, self)

    def __pow__(self, other: Value | float, *modulus: float) -> Value:
        'x to the power y, on the reals: a negative base takes whole exponents only. Defined for x > 0 or (x == 0 and y >= 0) or (x < 0 and y == floor(y)). Slope: d/dx x**0 is 0; d/dy 0**y is 0; d/dy is nan for a negative base.'
        if not special and self.__class__ is Value and not modulus:
            if other.__class__ is Value:
                try:
                    x = self._number
                    y = other._number
                    out = _pow(x, y)
                    d0 = y * out / x if x and -1e-09 < y < 1e-09 else 0.0 if y == 0.0 else y * _pow(x, y - 1.0) if x or y > 1.0 or y < 0.0 else _pow(x, y - 1.0) if y < 1.0 else 1.0 - (y - 1.0) / 5e-324
                    d1 = 0.0 - x / 5e-324 if x == 0.0 and 0.0 < y <= 1.0 else 0.0 if x == 0.0 and y >= 0.0 else out * nan if x < 0.0 else out * log(x)
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("pow", self, other, *modulus)
                node = _new(Value)
                node._number = out
                node.label = ""
                node._grad = None
                node._rule = "pow"
                node._a = self
                node._b = other
                node._da = d0
                node._db = d1
                return node
            if other.__class__ is float or other.__class__ is int:
                try:
                    x = self._number
                    y = float(other)
                    out = _pow(x, y)
                    d0 = y * out / x if x and -1e-09 < y < 1e-09 else 0.0 if y == 0.0 else y * _pow(x, y - 1.0) if x or y > 1.0 or y < 0.0 else _pow(x, y - 1.0) if y < 1.0 else 1.0 - (y - 1.0) / 5e-324
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("pow", self, other, *modulus)
                node = _new(Value)
                node._number = out
                node.label = ""
                node._grad = None
                node._rule = "pow"
                node._a = self
                node._b = y
                node._da = d0
                node._db = None
                return node
        return instead["operation"]("pow", self, other, *modulus)

    def __rpow__(self, other: Value | float) -> Value:
        'x to the power y, on the reals: a negative base takes whole exponents only. Defined for x > 0 or (x == 0 and y >= 0) or (x < 0 and y == floor(y)). Slope: d/dx x**0 is 0; d/dy 0**y is 0; d/dy is nan for a negative base.'
        if not special and self.__class__ is Value:
            if other.__class__ is float or other.__class__ is int:
                try:
                    x = float(other)
                    y = self._number
                    out = _pow(x, y)
                    d1 = 0.0 - x / 5e-324 if x == 0.0 and 0.0 < y <= 1.0 else 0.0 if x == 0.0 and y >= 0.0 else out * nan if x < 0.0 else out * log(x)
                except ARITHMETIC_ERRORS:
                    return instead["operation"]("pow", other, self)
                node = _new(Value)
                node._number = out
                node.label = ""
                node._grad = None
                node._rule = "pow"
                node._a = x
                node._b = self
                node._da = None
                node._db = d1
                return node
        return instead["operation"]("pow", other, self)

    def __neg__(self) -> Value:
        '-x.'
        if not special and self.__class__ is Value:
            node = _new(Value)
            node._number = -self._number
            node.label = ""
            node._grad = None
            node._rule = "neg"
            node._a = self
            node._b = None
            node._da = -1.0
            node._db = None
            return node
        return instead["operation"]("neg", self)

    def exp(self) -> Value:
        'e to the power x.'
        if not special and self.__class__ is Value:
            try:
                x = self._number
                out = exp(x)
            except ARITHMETIC_ERRORS:
                return instead["operation"]("exp", self)
            node = _new(Value)
            node._number = out
            node.label = ""
            node._grad = None
            node._rule = "exp"
            node._a = self
            node._b = None
            node._da = out
            node._db = None
            return node
        return instead["operation"]("exp", self)

    def log(self) -> Value:
        'The natural logarithm. Defined for x > 0.'
        if not special and self.__class__ is Value:
            try:
                x = self._number
                out = log(x)
                d0 = 1.0 / x
            except ARITHMETIC_ERRORS:
                return instead["operation"]("log", self)
            node = _new(Value)
            node._number = out
            node.label = ""
            node._grad = None
            node._rule = "log"
            node._a = self
            node._b = None
            node._da = d0
            node._db = None
            return node
        return instead["operation"]("log", self)

    def tanh(self) -> Value:
        'The hyperbolic tangent.'
        if not special and self.__class__ is Value:
            try:
                x = self._number
                out = tanh(x)
                d0 = _pow(sech(x), 2)
            except ARITHMETIC_ERRORS:
                return instead["operation"]("tanh", self)
            node = _new(Value)
            node._number = out
            node.label = ""
            node._grad = None
            node._rule = "tanh"
            node._a = self
            node._b = None
            node._da = d0
            node._db = None
            return node
        return instead["operation"]("tanh", self)

    def relu(self) -> Value:
        'max(0, x). Slope: 0 at 0.'
        if not special and self.__class__ is Value:
            node = _new(Value)
            x = self._number
            d0 = 0.0 if x <= 0.0 else 1.0
            node._number = 0.0 if x <= 0.0 else x
            node.label = ""
            node._grad = None
            node._rule = "relu"
            node._a = self
            node._b = None
            node._da = d0
            node._db = None
            return node
        return instead["operation"]("relu", self)


def topological_order(*roots: Value, ends: Iterable[Value]=()) -> list[Value]:
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
            if node._da.__class__ is tuple:
                for operand, slope in zip(node._a[::-1], node._da[::-1]):
                    if slope is not None:
                        if operand not in seen:
                            stack.append(operand)
            else:
                if node._db is not None:
                    operand = node._b
                    if operand not in seen:
                        stack.append(operand)
                if node._da is not None:
                    operand = node._a
                    if operand not in seen:
                        stack.append(operand)
    return order


def backward(root: Value, gradient: float=1.0) -> None:
    """Back-propagation.  When the loop comes to a node its gradient is complete, because all its users came before it.

    Paths add up, hence `+=`.  If anything stops it on the way (Ctrl-C), every gradient is as it was.
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
            grad = node._grad
            slope = node._da
            if slope.__class__ is tuple:
                for operand, slope in zip(node._a, slope):
                    if slope is not None:
                        operand._grad += grad * slope
            else:
                if slope is not None:
                    operand = node._a
                    operand._grad += grad * slope
                slope = node._db
                if slope is not None:
                    operand = node._b
                    operand._grad += grad * slope
        for node, grad in constants:
            node._grad = grad
    except BaseException:
        for node, grad in zip(order, before, strict=True):
            node._grad = grad
        raise


value.topological_order, value.backward = topological_order, backward
