"""`Value`: a node with the operations.  The methods are generated from the table of primitives (`generate.py`); what a
node is and what can be asked of it stands in `node.py`.

Every method has the same three parts: compute the result and the local derivatives on floats, store both in a new node;
when arithmetic raises, or an operand is neither a Value nor a float, leave it to the common path in `record.py`.
"""

from __future__ import annotations

from math import inf as INF
from math import nan as NAN
from math import pi as PI
from math import pow as _pow
from types import ModuleType
from typing import Any

from autograd_lite.engine import modes
from autograd_lite.engine.node import Node
from autograd_lite.engine.record import ARITHMETIC_ERRORS
from autograd_lite.engine.record import apply as _apply

# [imports generated from the table of primitives: begin]
from autograd_lite.rules.floats import (
    abs,
    acos,
    acosd,
    acosh,
    acot,
    acsc,
    asec,
    asin,
    asind,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    ceil,
    copysign,
    cos,
    cosd,
    cosh,
    cospi,
    cotd,
    csch,
    degrees,
    digamma,
    erf,
    erfc,
    erfcinv,
    erfinv,
    exp,
    exp2,
    expm1,
    floor,
    fmod,
    gamma,
    hypot,
    lgamma,
    log,
    log2,
    log10,
    log1mexp,
    log1p,
    max,
    ndtr,
    polygamma,
    radians,
    remainder,
    round,
    sech,
    sigmoid,
    sign,
    sin,
    sinc_derivative,
    sind,
    sinh,
    sinpi,
    softplus,
    sqrt,
    tan,
    tand,
    tanh,
    trunc,
)

LN2 = 0.6931471805599453
LN2_REST = 2.3190468138462996e-17
LN10 = 2.302585092994046
TWO_OVER_SQRT_PI = 1.1283791670955126
ONE_OVER_SQRT_2PI = 0.3989422804014327
DEGREES_PER_RADIAN = 57.29577951308232
# [imports generated from the table of primitives: end]

_new = object.__new__
#: Whether any mode is on (see `modes.py`); read on every operation.
_special = False


def _set_special(active: bool) -> None:
    global _special
    _special = active


modes.on_change(_set_special)


def _operator(name: str, x: Any, y: Any) -> Any:
    """The common path for an operator.  An array answers for itself, element by element, through NumPy's protocol; for
    what is not a number Python is told so, which lets the other operand try, and refuses with a message otherwise."""
    other = y if isinstance(x, Node) else x
    if getattr(other, "shape", ()) != ():
        return NotImplemented
    return _apply(name, x, y)


def _functions() -> ModuleType:
    from autograd_lite.engine import functions

    return functions


class Value(Node):
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
    >>> from autograd_lite import Value
    >>> a = Value(2.0, label="a")
    >>> b = Value(-3.0, label="b")
    >>> c = a * b + a**2
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (-2.0, 1.0, 2.0)
    """

    __slots__ = ()

    def __pos__(self) -> Value:
        return self

    def __divmod__(self, other: Value | float) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: float) -> tuple[Value, Value]:
        return other // self, other % self

    # Rounding stays in the graph (with slope 0), so that round(v), math.floor(v) and np.floor(v) agree; int(v) is a number.
    def __round__(self, ndigits: int | None = None) -> Value:
        return self.round(float(ndigits or 0))

    def __floor__(self) -> Value:
        return self.floor()

    def __ceil__(self) -> Value:
        return self.ceil()

    def __trunc__(self) -> Value:
        return self.trunc()

    # [methods generated from the table of primitives: begin]
    def __add__(self, other: Value | float) -> Value:
        r"""x + y."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            out = x + y
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "add"
            node._a = self
            node._b = other
            node._da = 1.0
            node._db = 1.0
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            out = x + y
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "add"
            node._a = self
            node._b = y
            node._da = 1.0
            node._db = None
            return node
        return _operator("add", self, other)

    def __radd__(self, other: float) -> Value:
        """x + y.  (The number first.)"""
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = float(other)
            y = self.data
            out = x + y
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "add"
            node._a = x
            node._b = self
            node._da = None
            node._db = 1.0
            return node
        return _operator("add", other, self)

    def __sub__(self, other: Value | float) -> Value:
        r"""x - y."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            out = x - y
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "sub"
            node._a = self
            node._b = other
            node._da = 1.0
            node._db = -1.0
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            out = x - y
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "sub"
            node._a = self
            node._b = y
            node._da = 1.0
            node._db = None
            return node
        return _operator("sub", self, other)

    def __rsub__(self, other: float) -> Value:
        """x - y.  (The number first.)"""
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = float(other)
            y = self.data
            out = x - y
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "sub"
            node._a = x
            node._b = self
            node._da = None
            node._db = -1.0
            return node
        return _operator("sub", other, self)

    def __mul__(self, other: Value | float) -> Value:
        r"""x * y."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            out = x * y
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "mul"
            node._a = self
            node._b = other
            node._da = y
            node._db = x
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            out = x * y
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "mul"
            node._a = self
            node._b = y
            node._da = y
            node._db = None
            return node
        return _operator("mul", self, other)

    def __rmul__(self, other: float) -> Value:
        """x * y.  (The number first.)"""
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = float(other)
            y = self.data
            out = x * y
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "mul"
            node._a = x
            node._b = self
            node._da = None
            node._db = x
            return node
        return _operator("mul", other, self)

    def __truediv__(self, other: Value | float) -> Value:
        r"""x / y. Defined for y != 0."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            try:
                out = x / y
                d0 = 1.0 / y
                d1 = -out / y
            except ARITHMETIC_ERRORS:
                return _operator("div", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "div"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            try:
                out = x / y
                d0 = 1.0 / y
            except ARITHMETIC_ERRORS:
                return _operator("div", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "div"
            node._a = self
            node._b = y
            node._da = d0
            node._db = None
            return node
        return _operator("div", self, other)

    def __rtruediv__(self, other: float) -> Value:
        """x / y.  (The number first.)"""
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = float(other)
            y = self.data
            try:
                out = x / y
                d1 = -out / y
            except ARITHMETIC_ERRORS:
                return _operator("div", other, self)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "div"
            node._a = x
            node._b = self
            node._da = None
            node._db = d1
            return node
        return _operator("div", other, self)

    def __pow__(self, other: Value | float) -> Value:
        r"""x to the power y, on the reals: a negative base takes whole exponents only. Defined for x > 0 or (x == 0 and y >= 0) or (x < 0 and y == floor(y)). Slope: d/dx x**0 is 0; d/dy 0**y is 0; d/dy is nan for a negative base."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            try:
                out = _pow(x, y)
                d0 = y * out / x if x and -0.5 < y < 0.5 else 0.0 if y == 0.0 else y * _pow(x, y - 1.0)
                d1 = 0.0 if x == 0.0 and y >= 0.0 else NAN if x < 0.0 else out * log(x)
            except ARITHMETIC_ERRORS:
                return _operator("pow", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "pow"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            try:
                out = _pow(x, y)
                d0 = y * out / x if x and -0.5 < y < 0.5 else 0.0 if y == 0.0 else y * _pow(x, y - 1.0)
            except ARITHMETIC_ERRORS:
                return _operator("pow", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "pow"
            node._a = self
            node._b = y
            node._da = d0
            node._db = None
            return node
        return _operator("pow", self, other)

    def __rpow__(self, other: float) -> Value:
        """x to the power y, on the reals: a negative base takes whole exponents only.  (The number first.)"""
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = float(other)
            y = self.data
            try:
                out = _pow(x, y)
                d1 = 0.0 if x == 0.0 and y >= 0.0 else NAN if x < 0.0 else out * log(x)
            except ARITHMETIC_ERRORS:
                return _operator("pow", other, self)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "pow"
            node._a = x
            node._b = self
            node._da = None
            node._db = d1
            return node
        return _operator("pow", other, self)
    pow = __pow__

    def __mod__(self, other: Value | float) -> Value:
        r"""x % y: the remainder with the sign of y. Defined for y != 0 and abs(x) < inf. Slope: the slope to the right of the jump."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            try:
                out = x % y
                d1 = (out - x) / y
            except ARITHMETIC_ERRORS:
                return _operator("mod", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "mod"
            node._a = self
            node._b = other
            node._da = 1.0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            try:
                out = x % y
            except ARITHMETIC_ERRORS:
                return _operator("mod", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "mod"
            node._a = self
            node._b = y
            node._da = 1.0
            node._db = None
            return node
        return _operator("mod", self, other)

    def __rmod__(self, other: float) -> Value:
        """x % y: the remainder with the sign of y.  (The number first.)"""
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = float(other)
            y = self.data
            try:
                out = x % y
                d1 = (out - x) / y
            except ARITHMETIC_ERRORS:
                return _operator("mod", other, self)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "mod"
            node._a = x
            node._b = self
            node._da = None
            node._db = d1
            return node
        return _operator("mod", other, self)

    def __floordiv__(self, other: Value | float) -> Value:
        r"""x // y: the quotient rounded down. Defined for y != 0. Slope: 0 everywhere."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            try:
                out = x // y
            except ARITHMETIC_ERRORS:
                return _operator("floordiv", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "floordiv"
            node._a = self
            node._b = other
            node._da = 0.0
            node._db = 0.0
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            try:
                out = x // y
            except ARITHMETIC_ERRORS:
                return _operator("floordiv", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "floordiv"
            node._a = self
            node._b = y
            node._da = 0.0
            node._db = None
            return node
        return _operator("floordiv", self, other)

    def __rfloordiv__(self, other: float) -> Value:
        """x // y: the quotient rounded down.  (The number first.)"""
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = float(other)
            y = self.data
            try:
                out = x // y
            except ARITHMETIC_ERRORS:
                return _operator("floordiv", other, self)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "floordiv"
            node._a = x
            node._b = self
            node._da = None
            node._db = 0.0
            return node
        return _operator("floordiv", other, self)

    def __neg__(self) -> Value:
        r"""-x."""
        if _special:
            return _apply("neg", self)
        x = self.data
        out = -x
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "neg"
        node._a = self
        node._b = None
        node._da = -1.0
        node._db = None
        return node

    def __abs__(self) -> Value:
        r"""The absolute value. Slope: 0 at 0."""
        if _special:
            return _apply("abs", self)
        x = self.data
        out = abs(x)
        d0 = sign(x)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "abs"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    abs = __abs__
    absolute = __abs__
    fabs = __abs__

    def reciprocal(self) -> Value:
        r"""1 / x. Defined for x != 0."""
        if _special:
            return _apply("reciprocal", self)
        x = self.data
        try:
            out = 1.0 / x
            d0 = -out * out
        except ARITHMETIC_ERRORS:
            return _apply("reciprocal", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "reciprocal"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def exp(self) -> Value:
        r"""e to the power x."""
        if _special:
            return _apply("exp", self)
        x = self.data
        try:
            out = exp(x)
        except ARITHMETIC_ERRORS:
            return _apply("exp", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "exp"
        node._a = self
        node._b = None
        node._da = out
        node._db = None
        return node

    def exp2(self) -> Value:
        r"""2 to the power x."""
        if _special:
            return _apply("exp2", self)
        x = self.data
        try:
            out = exp2(x)
            d0 = LN2 * out
        except ARITHMETIC_ERRORS:
            return _apply("exp2", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "exp2"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def exp10(self) -> Value:
        r"""10 to the power x."""
        if _special:
            return _apply("exp10", self)
        x = self.data
        try:
            out = _pow(10.0, x)
            d0 = LN10 * out
        except ARITHMETIC_ERRORS:
            return _apply("exp10", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "exp10"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def expm1(self) -> Value:
        r"""exp(x) - 1, accurate near 0."""
        if _special:
            return _apply("expm1", self)
        x = self.data
        try:
            out = expm1(x)
            d0 = exp(x)
        except ARITHMETIC_ERRORS:
            return _apply("expm1", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "expm1"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def log(self) -> Value:
        r"""The natural logarithm. Defined for x > 0."""
        if _special:
            return _apply("log", self)
        x = self.data
        try:
            out = log(x)
            d0 = 1.0 / x
        except ARITHMETIC_ERRORS:
            return _apply("log", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "log"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def log2(self) -> Value:
        r"""The logarithm to base 2. Defined for x > 0."""
        if _special:
            return _apply("log2", self)
        x = self.data
        try:
            out = log2(x)
            d0 = 1.0 / (LN2 * x)
        except ARITHMETIC_ERRORS:
            return _apply("log2", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "log2"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def log10(self) -> Value:
        r"""The logarithm to base 10. Defined for x > 0."""
        if _special:
            return _apply("log10", self)
        x = self.data
        try:
            out = log10(x)
            d0 = 1.0 / (LN10 * x)
        except ARITHMETIC_ERRORS:
            return _apply("log10", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "log10"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def log1p(self) -> Value:
        r"""log(1 + x), accurate near 0. Defined for x > -1."""
        if _special:
            return _apply("log1p", self)
        x = self.data
        try:
            out = log1p(x)
            d0 = 1.0 / (1.0 + x)
        except ARITHMETIC_ERRORS:
            return _apply("log1p", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "log1p"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def sqrt(self) -> Value:
        r"""The square root. Defined for x >= 0. Slope: inf at 0."""
        if _special:
            return _apply("sqrt", self)
        x = self.data
        try:
            out = sqrt(x)
            d0 = 0.5 / out
        except ARITHMETIC_ERRORS:
            return _apply("sqrt", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "sqrt"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def cbrt(self) -> Value:
        r"""The real cube root. Slope: inf at 0."""
        if _special:
            return _apply("cbrt", self)
        x = self.data
        try:
            out = cbrt(x)
            d0 = 1.0 / (3.0 * out * out)
        except ARITHMETIC_ERRORS:
            return _apply("cbrt", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "cbrt"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def hypot(self, other: Value | float) -> Value:
        r"""sqrt(x*x + y*y) without overflow. Slope: 0 at the origin."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            try:
                out = hypot(x, y)
                d0 = x / out if out else 0.0
                d1 = y / out if out else 0.0
            except ARITHMETIC_ERRORS:
                return _apply("hypot", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "hypot"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            try:
                out = hypot(x, y)
                d0 = x / out if out else 0.0
            except ARITHMETIC_ERRORS:
                return _apply("hypot", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "hypot"
            node._a = self
            node._b = y
            node._da = d0
            node._db = None
            return node
        return _apply("hypot", self, other)

    def logaddexp(self, other: Value | float) -> Value:
        r"""log(exp(x) + exp(y)) without overflow."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            try:
                out = max(x, y) + log1p(exp(-abs(x - y))) if x != y else x + LN2
                d0 = sigmoid(x - y) if x != y else 0.5
                d1 = sigmoid(y - x) if x != y else 0.5
            except ARITHMETIC_ERRORS:
                return _apply("logaddexp", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "logaddexp"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            try:
                out = max(x, y) + log1p(exp(-abs(x - y))) if x != y else x + LN2
                d0 = sigmoid(x - y) if x != y else 0.5
            except ARITHMETIC_ERRORS:
                return _apply("logaddexp", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "logaddexp"
            node._a = self
            node._b = y
            node._da = d0
            node._db = None
            return node
        return _apply("logaddexp", self, other)

    def xlogy(self, other: Value | float) -> Value:
        r"""x * log(y), and 0 where x is 0. Defined for y > 0 or x == 0. Slope: -inf in x at (0, 0)."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            try:
                out = x * log(y) if x else 0.0
                d0 = log(y)
                d1 = x / y if x != 0.0 or y > 0.0 else 0.0
            except ARITHMETIC_ERRORS:
                return _apply("xlogy", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "xlogy"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            try:
                out = x * log(y) if x else 0.0
                d0 = log(y)
            except ARITHMETIC_ERRORS:
                return _apply("xlogy", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "xlogy"
            node._a = self
            node._b = y
            node._da = d0
            node._db = None
            return node
        return _apply("xlogy", self, other)

    def xlog1py(self, other: Value | float) -> Value:
        r"""x * log(1 + y), and 0 where x is 0. Defined for y > -1 or x == 0. Slope: -inf in x at (0, -1)."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            try:
                out = x * log1p(y) if x else 0.0
                d0 = log1p(y)
                d1 = x / (1.0 + y) if x != 0.0 or y > -1.0 else 0.0
            except ARITHMETIC_ERRORS:
                return _apply("xlog1py", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "xlog1py"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            try:
                out = x * log1p(y) if x else 0.0
                d0 = log1p(y)
            except ARITHMETIC_ERRORS:
                return _apply("xlog1py", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "xlog1py"
            node._a = self
            node._b = y
            node._da = d0
            node._db = None
            return node
        return _apply("xlog1py", self, other)

    def xlogx(self) -> Value:
        r"""x * log(x), and 0 where x is 0. Defined for x >= 0. Slope: -inf at 0."""
        if _special:
            return _apply("xlogx", self)
        x = self.data
        try:
            out = x * log(x) if x else 0.0
            d0 = 1.0 + log(x)
        except ARITHMETIC_ERRORS:
            return _apply("xlogx", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "xlogx"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def log1mexp(self) -> Value:
        r"""log(1 - exp(x)), accurate at both ends. Defined for x < 0."""
        if _special:
            return _apply("log1mexp", self)
        x = self.data
        try:
            out = log1p(-exp(x)) if x < -LN2 else log(-expm1(x))
            d0 = exp(x) / expm1(x)
        except ARITHMETIC_ERRORS:
            return _apply("log1mexp", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "log1mexp"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def log2mexp(self) -> Value:
        r"""log(2 - exp(x)), accurate near log(2) too. Defined for x <= 0.6931471805599453."""
        if _special:
            return _apply("log2mexp", self)
        x = self.data
        try:
            out = log1p(-expm1(x)) if x < 0.35 else log(-2.0 * expm1(x - LN2 - LN2_REST))
            d0 = exp(x) / (expm1(x) - 1.0) if x < 0.35 else 0.5 * exp(x) / expm1(x - LN2 - LN2_REST)
        except ARITHMETIC_ERRORS:
            return _apply("log2mexp", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "log2mexp"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def logexpm1(self) -> Value:
        r"""log(exp(x) - 1) without overflow, the inverse of softplus. Defined for x > 0."""
        if _special:
            return _apply("logexpm1", self)
        x = self.data
        try:
            out = log(expm1(x)) if x < 0.4 else log1p(2.0 * expm1(x - LN2 - LN2_REST)) if x < 1.1 else x + log1p(-exp(-x))
            d0 = -1.0 / expm1(-x)
        except ARITHMETIC_ERRORS:
            return _apply("logexpm1", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "logexpm1"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def log1psq(self) -> Value:
        r"""log(1 + x*x) without overflow."""
        if _special:
            return _apply("log1psq", self)
        x = self.data
        try:
            out = log1p(x * x) if abs(x) < 1.0 else 2.0 * log(abs(x)) + log1p(1.0 / (x * x))
            d0 = 2.0 * x / (1.0 + x * x) if abs(x) < 1.0 else 2.0 / (x + 1.0 / x)
        except ARITHMETIC_ERRORS:
            return _apply("log1psq", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "log1psq"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def logsubexp(self, other: Value | float) -> Value:
        r"""log(abs(exp(x) - exp(y))) without overflow. Defined for x != y."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            try:
                out = max(x, y) + log1mexp(-abs(x - y))
                d0 = -1.0 / expm1(y - x)
                d1 = -1.0 / expm1(x - y)
            except ARITHMETIC_ERRORS:
                return _apply("logsubexp", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "logsubexp"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            try:
                out = max(x, y) + log1mexp(-abs(x - y))
                d0 = -1.0 / expm1(y - x)
            except ARITHMETIC_ERRORS:
                return _apply("logsubexp", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "logsubexp"
            node._a = self
            node._b = y
            node._da = d0
            node._db = None
            return node
        return _apply("logsubexp", self, other)

    def logit(self) -> Value:
        r"""log(x / (1 - x)), the inverse of sigmoid. Defined for 0 < x < 1."""
        if _special:
            return _apply("logit", self)
        x = self.data
        try:
            out = log(x / (1.0 - x)) if x < 0.25 else log1p((2.0 * x - 1.0) / (1.0 - x))
            d0 = 1.0 / (x * (1.0 - x))
        except ARITHMETIC_ERRORS:
            return _apply("logit", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "logit"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def sin(self) -> Value:
        r"""The sine, x in radians. Defined for abs(x) < inf."""
        if _special:
            return _apply("sin", self)
        x = self.data
        try:
            out = sin(x)
            d0 = cos(x)
        except ARITHMETIC_ERRORS:
            return _apply("sin", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "sin"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def cos(self) -> Value:
        r"""The cosine, x in radians. Defined for abs(x) < inf."""
        if _special:
            return _apply("cos", self)
        x = self.data
        try:
            out = cos(x)
        except ARITHMETIC_ERRORS:
            return _apply("cos", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "cos"
        node._a = self
        node._b = None
        node._da = -sin(x)
        node._db = None
        return node

    def tan(self) -> Value:
        r"""The tangent, x in radians. Defined for abs(x) < inf."""
        if _special:
            return _apply("tan", self)
        x = self.data
        try:
            out = tan(x)
            d0 = 1.0 + out * out
        except ARITHMETIC_ERRORS:
            return _apply("tan", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "tan"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def sec(self) -> Value:
        r"""1 / cos(x). Defined for abs(x) < inf."""
        if _special:
            return _apply("sec", self)
        x = self.data
        try:
            out = 1.0 / cos(x)
            d0 = out * tan(x)
        except ARITHMETIC_ERRORS:
            return _apply("sec", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "sec"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def csc(self) -> Value:
        r"""1 / sin(x). Defined for x != 0 and abs(x) < inf."""
        if _special:
            return _apply("csc", self)
        x = self.data
        try:
            out = 1.0 / sin(x)
            d0 = -out / tan(x)
        except ARITHMETIC_ERRORS:
            return _apply("csc", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "csc"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def cot(self) -> Value:
        r"""1 / tan(x). Defined for x != 0 and abs(x) < inf."""
        if _special:
            return _apply("cot", self)
        x = self.data
        try:
            out = 1.0 / tan(x)
            d0 = -1.0 - out * out
        except ARITHMETIC_ERRORS:
            return _apply("cot", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "cot"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def asin(self) -> Value:
        r"""The inverse sine, in [-pi/2, pi/2]. Defined for -1 <= x <= 1. Slope: inf at -1 and 1."""
        if _special:
            return _apply("asin", self)
        x = self.data
        try:
            out = asin(x)
            d0 = 1.0 / sqrt((1.0 - x) * (1.0 + x))
        except ARITHMETIC_ERRORS:
            return _apply("asin", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "asin"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    arcsin = asin

    def acos(self) -> Value:
        r"""The inverse cosine, in [0, pi]. Defined for -1 <= x <= 1. Slope: -inf at -1 and 1."""
        if _special:
            return _apply("acos", self)
        x = self.data
        try:
            out = acos(x)
            d0 = -1.0 / sqrt((1.0 - x) * (1.0 + x))
        except ARITHMETIC_ERRORS:
            return _apply("acos", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "acos"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    arccos = acos

    def atan(self) -> Value:
        r"""The inverse tangent, in [-pi/2, pi/2]."""
        if _special:
            return _apply("atan", self)
        x = self.data
        try:
            out = atan(x)
            d0 = 1.0 / (1.0 + x * x)
        except ARITHMETIC_ERRORS:
            return _apply("atan", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "atan"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    arctan = atan

    def atan2(self, other: Value | float) -> Value:
        r"""The angle of the point (x, y), in [-pi, pi]; the arguments in math's order. Slope: nan at the origin; on the cut the one-sided slope."""
        if other.__class__ is Value and not _special:
            y = self.data
            x = other.data
            try:
                size = hypot(x, y)
                out = atan2(y, x)
                d0 = x / size / size
                d1 = -y / size / size
            except ARITHMETIC_ERRORS:
                return _apply("atan2", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "atan2"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            y = self.data
            x = float(other)
            try:
                size = hypot(x, y)
                out = atan2(y, x)
                d0 = x / size / size
            except ARITHMETIC_ERRORS:
                return _apply("atan2", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "atan2"
            node._a = self
            node._b = x
            node._da = d0
            node._db = None
            return node
        return _apply("atan2", self, other)
    arctan2 = atan2

    def asec(self) -> Value:
        r"""The inverse secant, in [0, pi]. Defined for abs(x) >= 1. Slope: inf at -1 and 1."""
        if _special:
            return _apply("asec", self)
        x = self.data
        try:
            out = atan(sqrt(x - 1.0) * sqrt(x + 1.0)) if x >= 1.0 else PI - atan(sqrt(-1.0 - x) * sqrt(1.0 - x))
            d0 = 1.0 / (abs(x) * sqrt(abs(x) - 1.0) * sqrt(abs(x) + 1.0))
        except ARITHMETIC_ERRORS:
            return _apply("asec", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "asec"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def acsc(self) -> Value:
        r"""The inverse cosecant, in [-pi/2, pi/2]. Defined for abs(x) >= 1. Slope: -inf at -1 and 1."""
        if _special:
            return _apply("acsc", self)
        x = self.data
        try:
            out = copysign(atan2(1.0, sqrt(abs(x) - 1.0) * sqrt(abs(x) + 1.0)), x)
            d0 = -1.0 / (abs(x) * sqrt(abs(x) - 1.0) * sqrt(abs(x) + 1.0))
        except ARITHMETIC_ERRORS:
            return _apply("acsc", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "acsc"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def acot(self) -> Value:
        r"""The inverse cotangent, atan(1 / x). Defined for x != 0."""
        if _special:
            return _apply("acot", self)
        x = self.data
        try:
            out = atan(1.0 / x)
            d0 = -1.0 / (1.0 + x * x)
        except ARITHMETIC_ERRORS:
            return _apply("acot", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "acot"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def sinpi(self) -> Value:
        r"""sin(pi * x), exact at whole numbers. Defined for abs(x) < inf."""
        if _special:
            return _apply("sinpi", self)
        x = self.data
        try:
            out = sinpi(x)
            d0 = PI * cospi(x)
        except ARITHMETIC_ERRORS:
            return _apply("sinpi", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "sinpi"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def cospi(self) -> Value:
        r"""cos(pi * x), exact at half numbers. Defined for abs(x) < inf."""
        if _special:
            return _apply("cospi", self)
        x = self.data
        try:
            out = cospi(x)
            d0 = -PI * sinpi(x)
        except ARITHMETIC_ERRORS:
            return _apply("cospi", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "cospi"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def sinc(self) -> Value:
        r"""sin(pi x) / (pi x), and 1 at 0: NumPy's normalised sinc. Defined for abs(x) < inf."""
        if _special:
            return _apply("sinc", self)
        x = self.data
        try:
            out = sinc_derivative(0.0, x)
            d0 = sinc_derivative(1.0, x)
        except ARITHMETIC_ERRORS:
            return _apply("sinc", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "sinc"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def sinc_derivative(self, other: Value | float) -> Value:
        r"""The n-th derivative of sinc at x (no derivative in n). Defined for abs(x) < inf and n >= 0 and n == floor(n)."""
        if other.__class__ is Value and not _special:
            n = self.data
            x = other.data
            try:
                out = sinc_derivative(n, x)
                d1 = sinc_derivative(n + 1.0, x)
            except ARITHMETIC_ERRORS:
                return _apply("sinc_derivative", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "sinc_derivative"
            node._a = self
            node._b = other
            node._da = None
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            n = self.data
            x = float(other)
            try:
                out = sinc_derivative(n, x)
            except ARITHMETIC_ERRORS:
                return _apply("sinc_derivative", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "sinc_derivative"
            node._a = self
            node._b = x
            node._da = None
            node._db = None
            return node
        return _apply("sinc_derivative", self, other)

    def degrees(self) -> Value:
        r"""Radians to degrees."""
        if _special:
            return _apply("degrees", self)
        x = self.data
        out = degrees(x)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "degrees"
        node._a = self
        node._b = None
        node._da = DEGREES_PER_RADIAN
        node._db = None
        return node
    rad2deg = degrees

    def radians(self) -> Value:
        r"""Degrees to radians."""
        if _special:
            return _apply("radians", self)
        x = self.data
        out = radians(x)
        d0 = 1.0 / DEGREES_PER_RADIAN
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "radians"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    deg2rad = radians

    def mod2pi(self) -> Value:
        r"""The angle x brought into [0, 2 pi], by the true pi: as far out as sin and cos see it. Defined for abs(x) < inf. Slope: 1 everywhere."""
        if _special:
            return _apply("mod2pi", self)
        x = self.data
        try:
            out = x if 0.0 <= x <= 2.0 * PI else atan2(sin(x), cos(x)) if sin(x) >= 0.0 else PI + atan2(-sin(x), -cos(x))
        except ARITHMETIC_ERRORS:
            return _apply("mod2pi", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "mod2pi"
        node._a = self
        node._b = None
        node._da = 1.0
        node._db = None
        return node

    def sind(self) -> Value:
        r"""The sine, x in degrees; exact at multiples of 30 where the sine is. Defined for abs(x) < inf."""
        if _special:
            return _apply("sind", self)
        x = self.data
        try:
            rest = fmod(x, 360.0)
            angle = rest if abs(rest) <= 90.0 else copysign(180.0, rest) - rest if abs(rest) <= 270.0 else rest - copysign(360.0, rest)
            out = sin(radians(angle)) if abs(angle) < 20.0 else copysign(cos(radians(90.0 - abs(angle))) if abs(angle) >= 45.0 else 0.5 + (sqrt(0.75) * sin(radians(abs(angle) - 30.0)) - _pow(sin(radians(0.5 * abs(angle) - 15.0)), 2)), angle)
            d0 = cosd(x) / DEGREES_PER_RADIAN
        except ARITHMETIC_ERRORS:
            return _apply("sind", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "sind"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def cosd(self) -> Value:
        r"""The cosine, x in degrees; exact at multiples of 30 where the cosine is. Defined for abs(x) < inf."""
        if _special:
            return _apply("cosd", self)
        x = self.data
        try:
            out = sind(90.0 - abs(fmod(x, 360.0)))
            d0 = -sind(x) / DEGREES_PER_RADIAN
        except ARITHMETIC_ERRORS:
            return _apply("cosd", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "cosd"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def tand(self) -> Value:
        r"""The tangent, x in degrees; exact at multiples of 45. Defined for abs(x) < inf and fmod(abs(x), 180.0) != 90.0."""
        if _special:
            return _apply("tand", self)
        x = self.data
        try:
            out = sind(x) / cosd(x)
            d0 = (1.0 + out * out) / DEGREES_PER_RADIAN
        except ARITHMETIC_ERRORS:
            return _apply("tand", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "tand"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def secd(self) -> Value:
        r"""1 / cosd(x). Defined for abs(x) < inf and fmod(abs(x), 180.0) != 90.0."""
        if _special:
            return _apply("secd", self)
        x = self.data
        try:
            out = 1.0 / cosd(x)
            d0 = out * tand(x) / DEGREES_PER_RADIAN
        except ARITHMETIC_ERRORS:
            return _apply("secd", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "secd"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def cscd(self) -> Value:
        r"""1 / sind(x). Defined for abs(x) < inf and fmod(x, 180.0) != 0.0."""
        if _special:
            return _apply("cscd", self)
        x = self.data
        try:
            out = 1.0 / sind(x)
            d0 = -out * cotd(x) / DEGREES_PER_RADIAN
        except ARITHMETIC_ERRORS:
            return _apply("cscd", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "cscd"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def cotd(self) -> Value:
        r"""1 / tand(x). Defined for abs(x) < inf and fmod(x, 180.0) != 0.0."""
        if _special:
            return _apply("cotd", self)
        x = self.data
        try:
            out = cosd(x) / sind(x)
            d0 = (-1.0 - out * out) / DEGREES_PER_RADIAN
        except ARITHMETIC_ERRORS:
            return _apply("cotd", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "cotd"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def asind(self) -> Value:
        r"""The inverse sine in degrees, in [-90, 90]. Defined for -1 <= x <= 1. Slope: inf at -1 and 1."""
        if _special:
            return _apply("asind", self)
        x = self.data
        try:
            out = 30.0 * (asin(x) / asin(0.5)) if -0.5 <= x <= 0.5 else degrees(asin(x))
            d0 = DEGREES_PER_RADIAN / sqrt((1.0 - x) * (1.0 + x))
        except ARITHMETIC_ERRORS:
            return _apply("asind", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "asind"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def acosd(self) -> Value:
        r"""The inverse cosine in degrees, in [0, 180]. Defined for -1 <= x <= 1. Slope: -inf at -1 and 1."""
        if _special:
            return _apply("acosd", self)
        x = self.data
        try:
            out = 90.0 - asind(x) if -0.5 <= x <= 0.5 else degrees(acos(x))
            d0 = -DEGREES_PER_RADIAN / sqrt((1.0 - x) * (1.0 + x))
        except ARITHMETIC_ERRORS:
            return _apply("acosd", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "acosd"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def atand(self) -> Value:
        r"""The inverse tangent in degrees, in [-90, 90]."""
        if _special:
            return _apply("atand", self)
        x = self.data
        try:
            out = degrees(atan(x))
            d0 = DEGREES_PER_RADIAN / (1.0 + x * x)
        except ARITHMETIC_ERRORS:
            return _apply("atand", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "atand"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def asecd(self) -> Value:
        r"""The inverse secant in degrees, in [0, 180]. Defined for abs(x) >= 1. Slope: inf at -1 and 1."""
        if _special:
            return _apply("asecd", self)
        x = self.data
        try:
            out = acosd(1.0 / x) if abs(x) >= 1.5 else degrees(asec(x))
            d0 = DEGREES_PER_RADIAN / (abs(x) * sqrt(abs(x) - 1.0) * sqrt(abs(x) + 1.0))
        except ARITHMETIC_ERRORS:
            return _apply("asecd", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "asecd"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def acscd(self) -> Value:
        r"""The inverse cosecant in degrees, in [-90, 90]. Defined for abs(x) >= 1. Slope: -inf at -1 and 1."""
        if _special:
            return _apply("acscd", self)
        x = self.data
        try:
            out = asind(1.0 / x) if abs(x) >= 1.5 else degrees(acsc(x))
            d0 = -DEGREES_PER_RADIAN / (abs(x) * sqrt(abs(x) - 1.0) * sqrt(abs(x) + 1.0))
        except ARITHMETIC_ERRORS:
            return _apply("acscd", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "acscd"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def acotd(self) -> Value:
        r"""The inverse cotangent in degrees, atand(1 / x). Defined for x != 0."""
        if _special:
            return _apply("acotd", self)
        x = self.data
        try:
            out = degrees(acot(x))
            d0 = -DEGREES_PER_RADIAN / (1.0 + x * x)
        except ARITHMETIC_ERRORS:
            return _apply("acotd", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "acotd"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def sinh(self) -> Value:
        r"""The hyperbolic sine."""
        if _special:
            return _apply("sinh", self)
        x = self.data
        try:
            out = sinh(x)
            d0 = cosh(x)
        except ARITHMETIC_ERRORS:
            return _apply("sinh", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "sinh"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def cosh(self) -> Value:
        r"""The hyperbolic cosine."""
        if _special:
            return _apply("cosh", self)
        x = self.data
        try:
            out = cosh(x)
            d0 = sinh(x)
        except ARITHMETIC_ERRORS:
            return _apply("cosh", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "cosh"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def tanh(self) -> Value:
        r"""The hyperbolic tangent."""
        if _special:
            return _apply("tanh", self)
        x = self.data
        try:
            out = tanh(x)
            d0 = _pow(sech(x), 2)
        except ARITHMETIC_ERRORS:
            return _apply("tanh", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "tanh"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def sech(self) -> Value:
        r"""1 / cosh(x)."""
        if _special:
            return _apply("sech", self)
        x = self.data
        try:
            out = 2.0 * exp(-abs(x)) / (1.0 + exp(-2.0 * abs(x)))
            d0 = -out * tanh(x)
        except ARITHMETIC_ERRORS:
            return _apply("sech", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "sech"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def csch(self) -> Value:
        r"""1 / sinh(x). Defined for x != 0."""
        if _special:
            return _apply("csch", self)
        x = self.data
        try:
            out = copysign(2.0 * exp(-abs(x)) / -expm1(-2.0 * abs(x)), x)
            d0 = -out / tanh(x)
        except ARITHMETIC_ERRORS:
            return _apply("csch", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "csch"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def coth(self) -> Value:
        r"""1 / tanh(x). Defined for x != 0."""
        if _special:
            return _apply("coth", self)
        x = self.data
        try:
            out = 1.0 / tanh(x)
        except ARITHMETIC_ERRORS:
            return _apply("coth", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "coth"
        node._a = self
        node._b = None
        node._da = -_pow(csch(x), 2)
        node._db = None
        return node

    def asinh(self) -> Value:
        r"""The inverse hyperbolic sine."""
        if _special:
            return _apply("asinh", self)
        x = self.data
        try:
            out = asinh(x)
            d0 = 1.0 / hypot(1.0, x)
        except ARITHMETIC_ERRORS:
            return _apply("asinh", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "asinh"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    arcsinh = asinh

    def acosh(self) -> Value:
        r"""The inverse hyperbolic cosine. Defined for x >= 1. Slope: inf at 1."""
        if _special:
            return _apply("acosh", self)
        x = self.data
        try:
            out = acosh(x)
            d0 = 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0))
        except ARITHMETIC_ERRORS:
            return _apply("acosh", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "acosh"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    arccosh = acosh

    def atanh(self) -> Value:
        r"""The inverse hyperbolic tangent. Defined for -1 < x < 1."""
        if _special:
            return _apply("atanh", self)
        x = self.data
        try:
            out = atanh(x)
            d0 = 1.0 / ((1.0 - x) * (1.0 + x))
        except ARITHMETIC_ERRORS:
            return _apply("atanh", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "atanh"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    arctanh = atanh

    def asech(self) -> Value:
        r"""The inverse hyperbolic secant. Defined for 0 < x <= 1. Slope: -inf at 1."""
        if _special:
            return _apply("asech", self)
        x = self.data
        try:
            out = atanh(sqrt((1.0 - x) * (1.0 + x))) if x > 0.5 else log((1.0 + sqrt((1.0 - x) * (1.0 + x))) / x)
            d0 = -1.0 / (x * sqrt((1.0 - x) * (1.0 + x)))
        except ARITHMETIC_ERRORS:
            return _apply("asech", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "asech"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def acsch(self) -> Value:
        r"""The inverse hyperbolic cosecant. Defined for x != 0."""
        if _special:
            return _apply("acsch", self)
        x = self.data
        try:
            out = asinh(1.0 / x)
            d0 = -1.0 / (abs(x) * hypot(1.0, x))
        except ARITHMETIC_ERRORS:
            return _apply("acsch", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "acsch"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def acoth(self) -> Value:
        r"""The inverse hyperbolic cotangent. Defined for abs(x) > 1."""
        if _special:
            return _apply("acoth", self)
        x = self.data
        try:
            out = copysign(0.5 * log1p(2.0 / (abs(x) - 1.0)), x)
            d0 = 1.0 / ((1.0 - x) * (1.0 + x))
        except ARITHMETIC_ERRORS:
            return _apply("acoth", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "acoth"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def erf(self) -> Value:
        r"""The error function."""
        if _special:
            return _apply("erf", self)
        x = self.data
        try:
            out = erf(x)
            d0 = TWO_OVER_SQRT_PI * exp(-x * x)
        except ARITHMETIC_ERRORS:
            return _apply("erf", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "erf"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def erfc(self) -> Value:
        r"""1 - erf(x), accurate for large x."""
        if _special:
            return _apply("erfc", self)
        x = self.data
        try:
            out = erfc(x)
            d0 = -TWO_OVER_SQRT_PI * exp(-x * x)
        except ARITHMETIC_ERRORS:
            return _apply("erfc", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "erfc"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def erfinv(self) -> Value:
        r"""The inverse of erf. Defined for -1 < x < 1."""
        if _special:
            return _apply("erfinv", self)
        x = self.data
        try:
            out = erfinv(x)
            d0 = exp(out * out) / TWO_OVER_SQRT_PI
        except ARITHMETIC_ERRORS:
            return _apply("erfinv", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "erfinv"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def erfcinv(self) -> Value:
        r"""The inverse of erfc. Defined for 0 < x < 2."""
        if _special:
            return _apply("erfcinv", self)
        x = self.data
        try:
            out = erfcinv(x)
            d0 = -exp(out * out) / TWO_OVER_SQRT_PI
        except ARITHMETIC_ERRORS:
            return _apply("erfcinv", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "erfcinv"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def ndtr(self) -> Value:
        r"""The standard normal distribution function."""
        if _special:
            return _apply("ndtr", self)
        x = self.data
        try:
            out = ndtr(x)
            d0 = ONE_OVER_SQRT_2PI * exp(-0.5 * x * x)
        except ARITHMETIC_ERRORS:
            return _apply("ndtr", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "ndtr"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def gamma(self) -> Value:
        r"""The gamma function. Defined for x > 0 or x != floor(x)."""
        if _special:
            return _apply("gamma", self)
        x = self.data
        try:
            out = gamma(x)
            d0 = out * digamma(x)
        except ARITHMETIC_ERRORS:
            return _apply("gamma", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "gamma"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def lgamma(self) -> Value:
        r"""log(abs(gamma(x))). Defined for x > 0 or x != floor(x)."""
        if _special:
            return _apply("lgamma", self)
        x = self.data
        try:
            out = lgamma(x)
            d0 = digamma(x)
        except ARITHMETIC_ERRORS:
            return _apply("lgamma", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "lgamma"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def digamma(self) -> Value:
        r"""The derivative of lgamma. Defined for x > 0 or x != floor(x)."""
        if _special:
            return _apply("digamma", self)
        x = self.data
        try:
            out = digamma(x)
            d0 = polygamma(1.0, x)
        except ARITHMETIC_ERRORS:
            return _apply("digamma", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "digamma"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def trigamma(self) -> Value:
        r"""The derivative of digamma. Defined for x > 0 or x != floor(x)."""
        if _special:
            return _apply("trigamma", self)
        x = self.data
        try:
            out = polygamma(1.0, x)
            d0 = polygamma(2.0, x)
        except ARITHMETIC_ERRORS:
            return _apply("trigamma", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "trigamma"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def polygamma(self, other: Value | float) -> Value:
        r"""The n-th derivative of digamma at x (no derivative in n). Defined for n >= 0 and n == floor(n) and (x > 0 or x != floor(x))."""
        if other.__class__ is Value and not _special:
            n = self.data
            x = other.data
            try:
                out = polygamma(n, x)
                d1 = polygamma(n + 1.0, x)
            except ARITHMETIC_ERRORS:
                return _apply("polygamma", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "polygamma"
            node._a = self
            node._b = other
            node._da = None
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            n = self.data
            x = float(other)
            try:
                out = polygamma(n, x)
            except ARITHMETIC_ERRORS:
                return _apply("polygamma", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "polygamma"
            node._a = self
            node._b = x
            node._da = None
            node._db = None
            return node
        return _apply("polygamma", self, other)

    def relu(self) -> Value:
        r"""max(0, x). Slope: 0 at 0."""
        if _special:
            return _apply("relu", self)
        x = self.data
        out = 0.0 if x <= 0.0 else x
        d0 = 0.0 if x <= 0.0 else 1.0
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "relu"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def leaky_relu(self, negative_slope: Value | float = 0.01) -> Value:
        r"""x above 0, negative_slope * x below. Slope: negative_slope at 0."""
        other = negative_slope
        if other.__class__ is Value and not _special:
            x = self.data
            negative_slope = other.data
            out = negative_slope * x if x <= 0.0 else x
            d0 = negative_slope if x <= 0.0 else 1.0
            d1 = x if x <= 0.0 else 0.0
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "leaky_relu"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            negative_slope = float(other)
            out = negative_slope * x if x <= 0.0 else x
            d0 = negative_slope if x <= 0.0 else 1.0
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "leaky_relu"
            node._a = self
            node._b = negative_slope
            node._da = d0
            node._db = None
            return node
        return _apply("leaky_relu", self, other)

    def elu(self, alpha: Value | float = 1.0) -> Value:
        r"""x above 0, alpha * (exp(x) - 1) below. Slope: alpha at 0."""
        other = alpha
        if other.__class__ is Value and not _special:
            x = self.data
            alpha = other.data
            try:
                out = alpha * expm1(x) if x <= 0.0 else x
                d0 = alpha * exp(x) if x <= 0.0 else 1.0
                d1 = expm1(x) if x <= 0.0 else 0.0
            except ARITHMETIC_ERRORS:
                return _apply("elu", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "elu"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            alpha = float(other)
            try:
                out = alpha * expm1(x) if x <= 0.0 else x
                d0 = alpha * exp(x) if x <= 0.0 else 1.0
            except ARITHMETIC_ERRORS:
                return _apply("elu", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "elu"
            node._a = self
            node._b = alpha
            node._da = d0
            node._db = None
            return node
        return _apply("elu", self, other)

    def selu(self) -> Value:
        r"""The self-normalising ELU of Klambauer et al. (2017). Slope: the slope below 0."""
        if _special:
            return _apply("selu", self)
        x = self.data
        try:
            out = 1.0507009873554805 * x if x > 0.0 else 1.7580993408473766 * expm1(x)
            d0 = 1.0507009873554805 if x > 0.0 else 1.7580993408473766 * exp(x)
        except ARITHMETIC_ERRORS:
            return _apply("selu", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "selu"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def celu(self, alpha: Value | float = 1.0) -> Value:
        r"""x above 0, alpha * (exp(x / alpha) - 1) below (no derivative in alpha, as in PyTorch; alpha * elu(x / alpha) has one). Slope: 1 at 0."""
        other = alpha
        if other.__class__ is Value and not _special:
            x = self.data
            alpha = other.data
            try:
                out = x if x > 0.0 else alpha * expm1(x / alpha) if alpha else 0.0 * x
                d0 = 1.0 if x > 0.0 else exp(x / alpha) if alpha else 0.0
            except ARITHMETIC_ERRORS:
                return _apply("celu", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "celu"
            node._a = self
            node._b = other
            node._da = d0
            node._db = None
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            alpha = float(other)
            try:
                out = x if x > 0.0 else alpha * expm1(x / alpha) if alpha else 0.0 * x
                d0 = 1.0 if x > 0.0 else exp(x / alpha) if alpha else 0.0
            except ARITHMETIC_ERRORS:
                return _apply("celu", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "celu"
            node._a = self
            node._b = alpha
            node._da = d0
            node._db = None
            return node
        return _apply("celu", self, other)

    def gelu(self) -> Value:
        r"""x times the normal distribution function (the exact form, not the tanh one)."""
        if _special:
            return _apply("gelu", self)
        x = self.data
        try:
            out = x * ndtr(x)
            d0 = ndtr(x) + x * ONE_OVER_SQRT_2PI * exp(-0.5 * x * x)
        except ARITHMETIC_ERRORS:
            return _apply("gelu", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "gelu"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def silu(self) -> Value:
        r"""x * sigmoid(x), also called swish."""
        if _special:
            return _apply("silu", self)
        x = self.data
        try:
            out = x * sigmoid(x)
            d0 = sigmoid(x) * (1.0 + x * sigmoid(-x))
        except ARITHMETIC_ERRORS:
            return _apply("silu", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "silu"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    swish = silu

    def mish(self) -> Value:
        r"""x * tanh(softplus(x))."""
        if _special:
            return _apply("mish", self)
        x = self.data
        try:
            out = x * tanh(softplus(x))
            d0 = tanh(softplus(x)) + x * sigmoid(x) * _pow(sech(softplus(x)), 2)
        except ARITHMETIC_ERRORS:
            return _apply("mish", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "mish"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def hard_sigmoid(self) -> Value:
        r"""relu6(x + 3) / 6: sigmoid in three straight lines. Slope: 0 at -3 and 3."""
        if _special:
            return _apply("hard_sigmoid", self)
        x = self.data
        try:
            out = 0.0 if x <= -3.0 else 1.0 if x >= 3.0 else (x + 3.0) / 6.0
            d0 = 1.0 / 6.0 if -3.0 < x < 3.0 else 0.0
        except ARITHMETIC_ERRORS:
            return _apply("hard_sigmoid", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "hard_sigmoid"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    hardsigmoid = hard_sigmoid

    def hard_swish(self) -> Value:
        r"""x * hard_sigmoid(x). Slope: 0 at -3 and 1 at 3."""
        if _special:
            return _apply("hard_swish", self)
        x = self.data
        try:
            out = 0.0 if x <= -3.0 else x if x >= 3.0 else x * (x + 3.0) / 6.0
            d0 = 0.0 if x <= -3.0 else 1.0 if x >= 3.0 else (2.0 * x + 3.0) / 6.0
        except ARITHMETIC_ERRORS:
            return _apply("hard_swish", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "hard_swish"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    hardswish = hard_swish

    def sigmoid(self) -> Value:
        r"""1 / (1 + exp(-x))."""
        if _special:
            return _apply("sigmoid", self)
        x = self.data
        try:
            out = 1.0 / (1.0 + exp(-x)) if x >= 0.0 else exp(x) / (1.0 + exp(x))
            d0 = out * sigmoid(-x)
        except ARITHMETIC_ERRORS:
            return _apply("sigmoid", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "sigmoid"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    expit = sigmoid

    def log_sigmoid(self) -> Value:
        r"""log(sigmoid(x)) without overflow."""
        if _special:
            return _apply("log_sigmoid", self)
        x = self.data
        try:
            out = -log1p(exp(-x)) if x >= 0.0 else x - log1p(exp(x))
            d0 = sigmoid(-x)
        except ARITHMETIC_ERRORS:
            return _apply("log_sigmoid", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "log_sigmoid"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node
    logsigmoid = log_sigmoid

    def softplus(self) -> Value:
        r"""log(1 + exp(x)) without overflow."""
        if _special:
            return _apply("softplus", self)
        x = self.data
        try:
            out = x + log1p(exp(-x)) if x > 0.0 else log1p(exp(x))
            d0 = sigmoid(x)
        except ARITHMETIC_ERRORS:
            return _apply("softplus", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "softplus"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def softsign(self) -> Value:
        r"""x / (1 + abs(x))."""
        if _special:
            return _apply("softsign", self)
        x = self.data
        try:
            out = x / (1.0 + abs(x))
            d0 = 1.0 / _pow(1.0 + abs(x), 2)
        except ARITHMETIC_ERRORS:
            return _apply("softsign", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "softsign"
        node._a = self
        node._b = None
        node._da = d0
        node._db = None
        return node

    def step(self) -> Value:
        r"""The perceptron's step: 1 above 0, otherwise 0. Slope: 0 everywhere."""
        if _special:
            return _apply("step", self)
        x = self.data
        out = 1.0 if x > 0.0 else 0.0 if x <= 0.0 else x
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "step"
        node._a = self
        node._b = None
        node._da = 0.0
        node._db = None
        return node

    def sign(self) -> Value:
        r"""-1, 0 or 1. Slope: 0 everywhere."""
        if _special:
            return _apply("sign", self)
        x = self.data
        out = sign(x)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "sign"
        node._a = self
        node._b = None
        node._da = 0.0
        node._db = None
        return node

    def floor(self) -> Value:
        r"""Rounded down. Slope: 0 everywhere."""
        if _special:
            return _apply("floor", self)
        x = self.data
        try:
            out = floor(x)
        except ARITHMETIC_ERRORS:
            return _apply("floor", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "floor"
        node._a = self
        node._b = None
        node._da = 0.0
        node._db = None
        return node

    def ceil(self) -> Value:
        r"""Rounded up. Slope: 0 everywhere."""
        if _special:
            return _apply("ceil", self)
        x = self.data
        try:
            out = ceil(x)
        except ARITHMETIC_ERRORS:
            return _apply("ceil", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "ceil"
        node._a = self
        node._b = None
        node._da = 0.0
        node._db = None
        return node

    def trunc(self) -> Value:
        r"""Rounded towards 0. Slope: 0 everywhere."""
        if _special:
            return _apply("trunc", self)
        x = self.data
        try:
            out = trunc(x)
        except ARITHMETIC_ERRORS:
            return _apply("trunc", self)
        node = _new(Value)
        node.data = out
        node.label = ""
        node._grad = None
        node._rule = "trunc"
        node._a = self
        node._b = None
        node._da = 0.0
        node._db = None
        return node

    def round(self, ndigits: Value | float = 0.0) -> Value:
        r"""Rounded to ndigits decimals, halves to even. Slope: 0 everywhere."""
        other = ndigits
        if other.__class__ is Value and not _special:
            x = self.data
            ndigits = other.data
            try:
                out = round(x, ndigits)
            except ARITHMETIC_ERRORS:
                return _apply("round", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "round"
            node._a = self
            node._b = other
            node._da = 0.0
            node._db = None
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            ndigits = float(other)
            try:
                out = round(x, ndigits)
            except ARITHMETIC_ERRORS:
                return _apply("round", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "round"
            node._a = self
            node._b = ndigits
            node._da = 0.0
            node._db = None
            return node
        return _apply("round", self, other)
    rint = round

    def copysign(self, other: Value | float) -> Value:
        r"""abs(x) with the sign of y. Slope: 0 at x = 0; 0 in y."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            out = copysign(x, y)
            d0 = sign(x) * copysign(1.0, y)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "copysign"
            node._a = self
            node._b = other
            node._da = d0
            node._db = 0.0
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            out = copysign(x, y)
            d0 = sign(x) * copysign(1.0, y)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "copysign"
            node._a = self
            node._b = y
            node._da = d0
            node._db = None
            return node
        return _apply("copysign", self, other)

    def fmod(self, other: Value | float) -> Value:
        r"""C's remainder, with the sign of x. Defined for y != 0 and abs(x) < inf. Slope: the slope away from 0."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            try:
                out = fmod(x, y)
                d1 = (out - x) / y
            except ARITHMETIC_ERRORS:
                return _apply("fmod", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "fmod"
            node._a = self
            node._b = other
            node._da = 1.0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            try:
                out = fmod(x, y)
            except ARITHMETIC_ERRORS:
                return _apply("fmod", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "fmod"
            node._a = self
            node._b = y
            node._da = 1.0
            node._db = None
            return node
        return _apply("fmod", self, other)

    def remainder(self, other: Value | float) -> Value:
        r"""IEEE 754's remainder, from the nearest multiple. Defined for y != 0 and abs(x) < inf. Slope: the slope of the piece that was taken."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            try:
                out = remainder(x, y)
                d1 = (out - x) / y
            except ARITHMETIC_ERRORS:
                return _apply("remainder", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "remainder"
            node._a = self
            node._b = other
            node._da = 1.0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            try:
                out = remainder(x, y)
            except ARITHMETIC_ERRORS:
                return _apply("remainder", self, other)
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "remainder"
            node._a = self
            node._b = y
            node._da = 1.0
            node._db = None
            return node
        return _apply("remainder", self, other)

    def maximum(self, other: Value | float) -> Value:
        r"""The larger of two; nan if either is. Slope: 1/2 each at a tie."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            out = x if x > y or x != x else y
            d0 = 1.0 if x > y else 0.5 if x == y else 0.0
            d1 = 1.0 if y > x else 0.5 if x == y else 0.0
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "maximum"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            out = x if x > y or x != x else y
            d0 = 1.0 if x > y else 0.5 if x == y else 0.0
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "maximum"
            node._a = self
            node._b = y
            node._da = d0
            node._db = None
            return node
        return _apply("maximum", self, other)

    def minimum(self, other: Value | float) -> Value:
        r"""The smaller of two; nan if either is. Slope: 1/2 each at a tie."""
        if other.__class__ is Value and not _special:
            x = self.data
            y = other.data
            out = x if x < y or x != x else y
            d0 = 1.0 if x < y else 0.5 if x == y else 0.0
            d1 = 1.0 if y < x else 0.5 if x == y else 0.0
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "minimum"
            node._a = self
            node._b = other
            node._da = d0
            node._db = d1
            return node
        if (other.__class__ is float or other.__class__ is int) and not _special:
            x = self.data
            y = float(other)
            out = x if x < y or x != x else y
            d0 = 1.0 if x < y else 0.5 if x == y else 0.0
            node = _new(Value)
            node.data = out
            node.label = ""
            node._grad = None
            node._rule = "minimum"
            node._a = self
            node._b = y
            node._da = d0
            node._db = None
            return node
        return _apply("minimum", self, other)

    def clamp(self, min: Value | float | None = None, max: Value | float | None = None) -> Value:
        r"""x, but not below low and not above high; high wins if the bounds cross. Slope: 1 in x at either bound."""
        return _apply("clamp", self, -INF if min is None else min, INF if max is None else max)
    clip = clamp

    def where(self, condition: Value | float, other: Value | float) -> Value:
        """This value where the condition holds (is not 0), else `other`: PyTorch's order of arguments."""
        return _apply("where", condition, self, other)

    def sum(self, *others: Value | float) -> Any:
        """The sum, correctly rounded, as one node.  See `autograd_lite.sum`."""
        return _functions().sum((self, *others))

    def prod(self, *others: Value | float) -> Any:
        """The product as one node.  See `autograd_lite.prod`."""
        return _functions().prod((self, *others))

    def dot(self, *others: Value | float) -> Any:
        """The dot product of two vectors of one length, given one after the other, as one node.  See `autograd_lite.dot`."""
        return _functions().dot((self, *others))

    def max(self, *others: Value | float) -> Any:
        """The largest of any number of arguments.  See `autograd_lite.max`."""
        return _functions().max((self, *others))

    def min(self, *others: Value | float) -> Any:
        """The smallest of any number of arguments.  See `autograd_lite.min`."""
        return _functions().min((self, *others))

    def logsumexp(self, *others: Value | float) -> Any:
        """log(exp(x1) + exp(x2) + ...) without overflow.  See `autograd_lite.logsumexp`."""
        return _functions().logsumexp((self, *others))

    def softmax(self, *others: Value | float) -> Any:
        """The i-th of the softmax probabilities.  See `autograd_lite.softmax`."""
        return _functions().softmax((self, *others))

    def log_softmax(self, *others: Value | float) -> Any:
        """The logarithm of the i-th of the softmax probabilities.  See `autograd_lite.log_softmax`."""
        return _functions().log_softmax((self, *others))
    # [methods generated from the table of primitives: end]
