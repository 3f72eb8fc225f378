"""The primitives as functions: `exp(x)` takes a Value and gives a Value, takes a number and gives a number.

The functions of one and two arguments are generated from the table of primitives (`generate.py`).
"""

import math
from collections.abc import Iterable
from typing import Any, TypeVar, overload

from autograd_lite.engine import modes
from autograd_lite.engine.node import Node
from autograd_lite.engine.record import ARITHMETIC_ERRORS, make_node
from autograd_lite.engine.record import apply as _apply
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import compile_rule
from autograd_lite.rules.floats import FLOATS

N = TypeVar("N", Value, float)
_special = False


def _set_special(active: bool) -> None:
    global _special
    _special = active


modes.on_change(_set_special)


# [functions generated from the table of primitives: begin]
@overload
def add(x: float, y: float) -> float: ...
@overload
def add(x: Value, y: Value | float) -> Value: ...
@overload
def add(x: float, y: Value) -> Value: ...
def add(x: Any, y: Any) -> Any:
    r"""x + y."""
    return Value.__add__(x, y) if isinstance(x, Value) else _apply("add", x, y)


@overload
def sub(x: float, y: float) -> float: ...
@overload
def sub(x: Value, y: Value | float) -> Value: ...
@overload
def sub(x: float, y: Value) -> Value: ...
def sub(x: Any, y: Any) -> Any:
    r"""x - y."""
    return Value.__sub__(x, y) if isinstance(x, Value) else _apply("sub", x, y)


@overload
def mul(x: float, y: float) -> float: ...
@overload
def mul(x: Value, y: Value | float) -> Value: ...
@overload
def mul(x: float, y: Value) -> Value: ...
def mul(x: Any, y: Any) -> Any:
    r"""x * y."""
    return Value.__mul__(x, y) if isinstance(x, Value) else _apply("mul", x, y)


@overload
def div(x: float, y: float) -> float: ...
@overload
def div(x: Value, y: Value | float) -> Value: ...
@overload
def div(x: float, y: Value) -> Value: ...
def div(x: Any, y: Any) -> Any:
    r"""x / y. Defined for y != 0."""
    return Value.__truediv__(x, y) if isinstance(x, Value) else _apply("div", x, y)


@overload
def pow(x: float, y: float) -> float: ...
@overload
def pow(x: Value, y: Value | float) -> Value: ...
@overload
def pow(x: float, y: Value) -> Value: ...
def pow(x: Any, y: Any) -> Any:
    r"""x to the power y, on the reals: a negative base takes whole exponents only. Defined for x > 0 or (x == 0 and y >= 0) or (x < 0 and y == floor(y)). Slope: d/dx x**0 is 0; d/dy 0**y is 0; d/dy is nan for a negative base."""
    return Value.__pow__(x, y) if isinstance(x, Value) else _apply("pow", x, y)


@overload
def mod(x: float, y: float) -> float: ...
@overload
def mod(x: Value, y: Value | float) -> Value: ...
@overload
def mod(x: float, y: Value) -> Value: ...
def mod(x: Any, y: Any) -> Any:
    r"""x % y: the remainder with the sign of y. Defined for y != 0 and abs(x) < inf. Slope: the slope to the right of the jump."""
    return Value.__mod__(x, y) if isinstance(x, Value) else _apply("mod", x, y)


@overload
def floordiv(x: float, y: float) -> float: ...
@overload
def floordiv(x: Value, y: Value | float) -> Value: ...
@overload
def floordiv(x: float, y: Value) -> Value: ...
def floordiv(x: Any, y: Any) -> Any:
    r"""x // y: the quotient rounded down. Defined for y != 0. Slope: 0 everywhere."""
    return Value.__floordiv__(x, y) if isinstance(x, Value) else _apply("floordiv", x, y)


def neg(x: N) -> N:
    r"""-x."""
    return Value.__neg__(x) if isinstance(x, Value) else _apply("neg", x)


def abs(x: N) -> N:
    r"""The absolute value. Slope: 0 at 0."""
    return Value.__abs__(x) if isinstance(x, Value) else _apply("abs", x)


absolute = abs
fabs = abs


def reciprocal(x: N) -> N:
    r"""1 / x. Defined for x != 0."""
    return Value.reciprocal(x) if isinstance(x, Value) else _apply("reciprocal", x)


def exp(x: N) -> N:
    r"""e to the power x."""
    return Value.exp(x) if isinstance(x, Value) else _apply("exp", x)


def exp2(x: N) -> N:
    r"""2 to the power x."""
    return Value.exp2(x) if isinstance(x, Value) else _apply("exp2", x)


def exp10(x: N) -> N:
    r"""10 to the power x."""
    return Value.exp10(x) if isinstance(x, Value) else _apply("exp10", x)


def expm1(x: N) -> N:
    r"""exp(x) - 1, accurate near 0."""
    return Value.expm1(x) if isinstance(x, Value) else _apply("expm1", x)


def log(x: N) -> N:
    r"""The natural logarithm. Defined for x > 0."""
    return Value.log(x) if isinstance(x, Value) else _apply("log", x)


def log2(x: N) -> N:
    r"""The logarithm to base 2. Defined for x > 0."""
    return Value.log2(x) if isinstance(x, Value) else _apply("log2", x)


def log10(x: N) -> N:
    r"""The logarithm to base 10. Defined for x > 0."""
    return Value.log10(x) if isinstance(x, Value) else _apply("log10", x)


def log1p(x: N) -> N:
    r"""log(1 + x), accurate near 0. Defined for x > -1."""
    return Value.log1p(x) if isinstance(x, Value) else _apply("log1p", x)


def sqrt(x: N) -> N:
    r"""The square root. Defined for x >= 0. Slope: inf at 0."""
    return Value.sqrt(x) if isinstance(x, Value) else _apply("sqrt", x)


def cbrt(x: N) -> N:
    r"""The real cube root. Slope: inf at 0."""
    return Value.cbrt(x) if isinstance(x, Value) else _apply("cbrt", x)


@overload
def hypot(x: float, y: float) -> float: ...
@overload
def hypot(x: Value, y: Value | float) -> Value: ...
@overload
def hypot(x: float, y: Value) -> Value: ...
def hypot(x: Any, y: Any) -> Any:
    r"""sqrt(x*x + y*y) without overflow. Slope: 0 at the origin."""
    return Value.hypot(x, y) if isinstance(x, Value) else _apply("hypot", x, y)


@overload
def logaddexp(x: float, y: float) -> float: ...
@overload
def logaddexp(x: Value, y: Value | float) -> Value: ...
@overload
def logaddexp(x: float, y: Value) -> Value: ...
def logaddexp(x: Any, y: Any) -> Any:
    r"""log(exp(x) + exp(y)) without overflow."""
    return Value.logaddexp(x, y) if isinstance(x, Value) else _apply("logaddexp", x, y)


@overload
def xlogy(x: float, y: float) -> float: ...
@overload
def xlogy(x: Value, y: Value | float) -> Value: ...
@overload
def xlogy(x: float, y: Value) -> Value: ...
def xlogy(x: Any, y: Any) -> Any:
    r"""x * log(y), and 0 where x is 0. Defined for y > 0 or x == 0. Slope: -inf in x at (0, 0)."""
    return Value.xlogy(x, y) if isinstance(x, Value) else _apply("xlogy", x, y)


@overload
def xlog1py(x: float, y: float) -> float: ...
@overload
def xlog1py(x: Value, y: Value | float) -> Value: ...
@overload
def xlog1py(x: float, y: Value) -> Value: ...
def xlog1py(x: Any, y: Any) -> Any:
    r"""x * log(1 + y), and 0 where x is 0. Defined for y > -1 or x == 0. Slope: -inf in x at (0, -1)."""
    return Value.xlog1py(x, y) if isinstance(x, Value) else _apply("xlog1py", x, y)


def xlogx(x: N) -> N:
    r"""x * log(x), and 0 where x is 0. Defined for x >= 0. Slope: -inf at 0."""
    return Value.xlogx(x) if isinstance(x, Value) else _apply("xlogx", x)


def log1mexp(x: N) -> N:
    r"""log(1 - exp(x)), accurate at both ends. Defined for x < 0."""
    return Value.log1mexp(x) if isinstance(x, Value) else _apply("log1mexp", x)


def log2mexp(x: N) -> N:
    r"""log(2 - exp(x)), accurate near log(2) too. Defined for x <= 0.6931471805599453."""
    return Value.log2mexp(x) if isinstance(x, Value) else _apply("log2mexp", x)


def logexpm1(x: N) -> N:
    r"""log(exp(x) - 1) without overflow, the inverse of softplus. Defined for x > 0."""
    return Value.logexpm1(x) if isinstance(x, Value) else _apply("logexpm1", x)


def log1psq(x: N) -> N:
    r"""log(1 + x*x) without overflow."""
    return Value.log1psq(x) if isinstance(x, Value) else _apply("log1psq", x)


@overload
def logsubexp(x: float, y: float) -> float: ...
@overload
def logsubexp(x: Value, y: Value | float) -> Value: ...
@overload
def logsubexp(x: float, y: Value) -> Value: ...
def logsubexp(x: Any, y: Any) -> Any:
    r"""log(abs(exp(x) - exp(y))) without overflow. Defined for x != y."""
    return Value.logsubexp(x, y) if isinstance(x, Value) else _apply("logsubexp", x, y)


def logit(x: N) -> N:
    r"""log(x / (1 - x)), the inverse of sigmoid. Defined for 0 < x < 1."""
    return Value.logit(x) if isinstance(x, Value) else _apply("logit", x)


def sin(x: N) -> N:
    r"""The sine, x in radians. Defined for abs(x) < inf."""
    return Value.sin(x) if isinstance(x, Value) else _apply("sin", x)


def cos(x: N) -> N:
    r"""The cosine, x in radians. Defined for abs(x) < inf."""
    return Value.cos(x) if isinstance(x, Value) else _apply("cos", x)


def tan(x: N) -> N:
    r"""The tangent, x in radians. Defined for abs(x) < inf."""
    return Value.tan(x) if isinstance(x, Value) else _apply("tan", x)


def sec(x: N) -> N:
    r"""1 / cos(x). Defined for abs(x) < inf."""
    return Value.sec(x) if isinstance(x, Value) else _apply("sec", x)


def csc(x: N) -> N:
    r"""1 / sin(x). Defined for x != 0 and abs(x) < inf."""
    return Value.csc(x) if isinstance(x, Value) else _apply("csc", x)


def cot(x: N) -> N:
    r"""1 / tan(x). Defined for x != 0 and abs(x) < inf."""
    return Value.cot(x) if isinstance(x, Value) else _apply("cot", x)


def asin(x: N) -> N:
    r"""The inverse sine, in [-pi/2, pi/2]. Defined for -1 <= x <= 1. Slope: inf at -1 and 1."""
    return Value.asin(x) if isinstance(x, Value) else _apply("asin", x)


arcsin = asin


def acos(x: N) -> N:
    r"""The inverse cosine, in [0, pi]. Defined for -1 <= x <= 1. Slope: -inf at -1 and 1."""
    return Value.acos(x) if isinstance(x, Value) else _apply("acos", x)


arccos = acos


def atan(x: N) -> N:
    r"""The inverse tangent, in [-pi/2, pi/2]."""
    return Value.atan(x) if isinstance(x, Value) else _apply("atan", x)


arctan = atan


@overload
def atan2(y: float, x: float) -> float: ...
@overload
def atan2(y: Value, x: Value | float) -> Value: ...
@overload
def atan2(y: float, x: Value) -> Value: ...
def atan2(y: Any, x: Any) -> Any:
    r"""The angle of the point (x, y), in [-pi, pi]; the arguments in math's order. Slope: nan at the origin; on the cut the one-sided slope."""
    return Value.atan2(y, x) if isinstance(y, Value) else _apply("atan2", y, x)


arctan2 = atan2


def asec(x: N) -> N:
    r"""The inverse secant, in [0, pi]. Defined for abs(x) >= 1. Slope: inf at -1 and 1."""
    return Value.asec(x) if isinstance(x, Value) else _apply("asec", x)


def acsc(x: N) -> N:
    r"""The inverse cosecant, in [-pi/2, pi/2]. Defined for abs(x) >= 1. Slope: -inf at -1 and 1."""
    return Value.acsc(x) if isinstance(x, Value) else _apply("acsc", x)


def acot(x: N) -> N:
    r"""The inverse cotangent, atan(1 / x). Defined for x != 0."""
    return Value.acot(x) if isinstance(x, Value) else _apply("acot", x)


def sinpi(x: N) -> N:
    r"""sin(pi * x), exact at whole numbers. Defined for abs(x) < inf."""
    return Value.sinpi(x) if isinstance(x, Value) else _apply("sinpi", x)


def cospi(x: N) -> N:
    r"""cos(pi * x), exact at half numbers. Defined for abs(x) < inf."""
    return Value.cospi(x) if isinstance(x, Value) else _apply("cospi", x)


def sinc(x: N) -> N:
    r"""sin(pi x) / (pi x), and 1 at 0: NumPy's normalised sinc. Defined for abs(x) < inf."""
    return Value.sinc(x) if isinstance(x, Value) else _apply("sinc", x)


@overload
def sinc_derivative(n: float, x: float) -> float: ...
@overload
def sinc_derivative(n: Value, x: Value | float) -> Value: ...
@overload
def sinc_derivative(n: float, x: Value) -> Value: ...
def sinc_derivative(n: Any, x: Any) -> Any:
    r"""The n-th derivative of sinc at x (no derivative in n). Defined for abs(x) < inf and n >= 0 and n == floor(n)."""
    return Value.sinc_derivative(n, x) if isinstance(n, Value) else _apply("sinc_derivative", n, x)


def degrees(x: N) -> N:
    r"""Radians to degrees."""
    return Value.degrees(x) if isinstance(x, Value) else _apply("degrees", x)


rad2deg = degrees


def radians(x: N) -> N:
    r"""Degrees to radians."""
    return Value.radians(x) if isinstance(x, Value) else _apply("radians", x)


deg2rad = radians


def mod2pi(x: N) -> N:
    r"""The angle x brought into [0, 2 pi], by the true pi: as far out as sin and cos see it. Defined for abs(x) < inf. Slope: 1 everywhere."""
    return Value.mod2pi(x) if isinstance(x, Value) else _apply("mod2pi", x)


def sind(x: N) -> N:
    r"""The sine, x in degrees; exact at multiples of 30 where the sine is. Defined for abs(x) < inf."""
    return Value.sind(x) if isinstance(x, Value) else _apply("sind", x)


def cosd(x: N) -> N:
    r"""The cosine, x in degrees; exact at multiples of 30 where the cosine is. Defined for abs(x) < inf."""
    return Value.cosd(x) if isinstance(x, Value) else _apply("cosd", x)


def tand(x: N) -> N:
    r"""The tangent, x in degrees; exact at multiples of 45. Defined for abs(x) < inf and fmod(abs(x), 180.0) != 90.0."""
    return Value.tand(x) if isinstance(x, Value) else _apply("tand", x)


def secd(x: N) -> N:
    r"""1 / cosd(x). Defined for abs(x) < inf and fmod(abs(x), 180.0) != 90.0."""
    return Value.secd(x) if isinstance(x, Value) else _apply("secd", x)


def cscd(x: N) -> N:
    r"""1 / sind(x). Defined for abs(x) < inf and fmod(x, 180.0) != 0.0."""
    return Value.cscd(x) if isinstance(x, Value) else _apply("cscd", x)


def cotd(x: N) -> N:
    r"""1 / tand(x). Defined for abs(x) < inf and fmod(x, 180.0) != 0.0."""
    return Value.cotd(x) if isinstance(x, Value) else _apply("cotd", x)


def asind(x: N) -> N:
    r"""The inverse sine in degrees, in [-90, 90]. Defined for -1 <= x <= 1. Slope: inf at -1 and 1."""
    return Value.asind(x) if isinstance(x, Value) else _apply("asind", x)


def acosd(x: N) -> N:
    r"""The inverse cosine in degrees, in [0, 180]. Defined for -1 <= x <= 1. Slope: -inf at -1 and 1."""
    return Value.acosd(x) if isinstance(x, Value) else _apply("acosd", x)


def atand(x: N) -> N:
    r"""The inverse tangent in degrees, in [-90, 90]."""
    return Value.atand(x) if isinstance(x, Value) else _apply("atand", x)


def asecd(x: N) -> N:
    r"""The inverse secant in degrees, in [0, 180]. Defined for abs(x) >= 1. Slope: inf at -1 and 1."""
    return Value.asecd(x) if isinstance(x, Value) else _apply("asecd", x)


def acscd(x: N) -> N:
    r"""The inverse cosecant in degrees, in [-90, 90]. Defined for abs(x) >= 1. Slope: -inf at -1 and 1."""
    return Value.acscd(x) if isinstance(x, Value) else _apply("acscd", x)


def acotd(x: N) -> N:
    r"""The inverse cotangent in degrees, atand(1 / x). Defined for x != 0."""
    return Value.acotd(x) if isinstance(x, Value) else _apply("acotd", x)


def sinh(x: N) -> N:
    r"""The hyperbolic sine."""
    return Value.sinh(x) if isinstance(x, Value) else _apply("sinh", x)


def cosh(x: N) -> N:
    r"""The hyperbolic cosine."""
    return Value.cosh(x) if isinstance(x, Value) else _apply("cosh", x)


def tanh(x: N) -> N:
    r"""The hyperbolic tangent."""
    return Value.tanh(x) if isinstance(x, Value) else _apply("tanh", x)


def sech(x: N) -> N:
    r"""1 / cosh(x)."""
    return Value.sech(x) if isinstance(x, Value) else _apply("sech", x)


def csch(x: N) -> N:
    r"""1 / sinh(x). Defined for x != 0."""
    return Value.csch(x) if isinstance(x, Value) else _apply("csch", x)


def coth(x: N) -> N:
    r"""1 / tanh(x). Defined for x != 0."""
    return Value.coth(x) if isinstance(x, Value) else _apply("coth", x)


def asinh(x: N) -> N:
    r"""The inverse hyperbolic sine."""
    return Value.asinh(x) if isinstance(x, Value) else _apply("asinh", x)


arcsinh = asinh


def acosh(x: N) -> N:
    r"""The inverse hyperbolic cosine. Defined for x >= 1. Slope: inf at 1."""
    return Value.acosh(x) if isinstance(x, Value) else _apply("acosh", x)


arccosh = acosh


def atanh(x: N) -> N:
    r"""The inverse hyperbolic tangent. Defined for -1 < x < 1."""
    return Value.atanh(x) if isinstance(x, Value) else _apply("atanh", x)


arctanh = atanh


def asech(x: N) -> N:
    r"""The inverse hyperbolic secant. Defined for 0 < x <= 1. Slope: -inf at 1."""
    return Value.asech(x) if isinstance(x, Value) else _apply("asech", x)


def acsch(x: N) -> N:
    r"""The inverse hyperbolic cosecant. Defined for x != 0."""
    return Value.acsch(x) if isinstance(x, Value) else _apply("acsch", x)


def acoth(x: N) -> N:
    r"""The inverse hyperbolic cotangent. Defined for abs(x) > 1."""
    return Value.acoth(x) if isinstance(x, Value) else _apply("acoth", x)


def erf(x: N) -> N:
    r"""The error function."""
    return Value.erf(x) if isinstance(x, Value) else _apply("erf", x)


def erfc(x: N) -> N:
    r"""1 - erf(x), accurate for large x."""
    return Value.erfc(x) if isinstance(x, Value) else _apply("erfc", x)


def erfinv(x: N) -> N:
    r"""The inverse of erf. Defined for -1 < x < 1."""
    return Value.erfinv(x) if isinstance(x, Value) else _apply("erfinv", x)


def erfcinv(x: N) -> N:
    r"""The inverse of erfc. Defined for 0 < x < 2."""
    return Value.erfcinv(x) if isinstance(x, Value) else _apply("erfcinv", x)


def ndtr(x: N) -> N:
    r"""The standard normal distribution function."""
    return Value.ndtr(x) if isinstance(x, Value) else _apply("ndtr", x)


def gamma(x: N) -> N:
    r"""The gamma function. Defined for x > 0 or x != floor(x)."""
    return Value.gamma(x) if isinstance(x, Value) else _apply("gamma", x)


def lgamma(x: N) -> N:
    r"""log(abs(gamma(x))). Defined for x > 0 or x != floor(x)."""
    return Value.lgamma(x) if isinstance(x, Value) else _apply("lgamma", x)


def digamma(x: N) -> N:
    r"""The derivative of lgamma. Defined for x > 0 or x != floor(x)."""
    return Value.digamma(x) if isinstance(x, Value) else _apply("digamma", x)


def trigamma(x: N) -> N:
    r"""The derivative of digamma. Defined for x > 0 or x != floor(x)."""
    return Value.trigamma(x) if isinstance(x, Value) else _apply("trigamma", x)


@overload
def polygamma(n: float, x: float) -> float: ...
@overload
def polygamma(n: Value, x: Value | float) -> Value: ...
@overload
def polygamma(n: float, x: Value) -> Value: ...
def polygamma(n: Any, x: Any) -> Any:
    r"""The n-th derivative of digamma at x (no derivative in n). Defined for n >= 0 and n == floor(n) and (x > 0 or x != floor(x))."""
    return Value.polygamma(n, x) if isinstance(n, Value) else _apply("polygamma", n, x)


def relu(x: N) -> N:
    r"""max(0, x). Slope: 0 at 0."""
    return Value.relu(x) if isinstance(x, Value) else _apply("relu", x)


@overload
def leaky_relu(x: float, negative_slope: float = ...) -> float: ...
@overload
def leaky_relu(x: Value, negative_slope: Value | float = ...) -> Value: ...
@overload
def leaky_relu(x: float, negative_slope: Value) -> Value: ...
def leaky_relu(x: Any, negative_slope: Any = 0.01) -> Any:
    r"""x above 0, negative_slope * x below. Slope: negative_slope at 0."""
    return Value.leaky_relu(x, negative_slope) if isinstance(x, Value) else _apply("leaky_relu", x, negative_slope)


@overload
def elu(x: float, alpha: float = ...) -> float: ...
@overload
def elu(x: Value, alpha: Value | float = ...) -> Value: ...
@overload
def elu(x: float, alpha: Value) -> Value: ...
def elu(x: Any, alpha: Any = 1.0) -> Any:
    r"""x above 0, alpha * (exp(x) - 1) below. Slope: alpha at 0."""
    return Value.elu(x, alpha) if isinstance(x, Value) else _apply("elu", x, alpha)


def selu(x: N) -> N:
    r"""The self-normalising ELU of Klambauer et al. (2017). Slope: the slope below 0."""
    return Value.selu(x) if isinstance(x, Value) else _apply("selu", x)


@overload
def celu(x: float, alpha: float = ...) -> float: ...
@overload
def celu(x: Value, alpha: Value | float = ...) -> Value: ...
@overload
def celu(x: float, alpha: Value) -> Value: ...
def celu(x: Any, alpha: Any = 1.0) -> Any:
    r"""x above 0, alpha * (exp(x / alpha) - 1) below (no derivative in alpha, as in PyTorch; alpha * elu(x / alpha) has one). Slope: 1 at 0."""
    return Value.celu(x, alpha) if isinstance(x, Value) else _apply("celu", x, alpha)


def gelu(x: N) -> N:
    r"""x times the normal distribution function (the exact form, not the tanh one)."""
    return Value.gelu(x) if isinstance(x, Value) else _apply("gelu", x)


def silu(x: N) -> N:
    r"""x * sigmoid(x), also called swish."""
    return Value.silu(x) if isinstance(x, Value) else _apply("silu", x)


swish = silu


def mish(x: N) -> N:
    r"""x * tanh(softplus(x))."""
    return Value.mish(x) if isinstance(x, Value) else _apply("mish", x)


def hard_sigmoid(x: N) -> N:
    r"""relu6(x + 3) / 6: sigmoid in three straight lines. Slope: 0 at -3 and 3."""
    return Value.hard_sigmoid(x) if isinstance(x, Value) else _apply("hard_sigmoid", x)


hardsigmoid = hard_sigmoid


def hard_swish(x: N) -> N:
    r"""x * hard_sigmoid(x). Slope: 0 at -3 and 1 at 3."""
    return Value.hard_swish(x) if isinstance(x, Value) else _apply("hard_swish", x)


hardswish = hard_swish


def sigmoid(x: N) -> N:
    r"""1 / (1 + exp(-x))."""
    return Value.sigmoid(x) if isinstance(x, Value) else _apply("sigmoid", x)


expit = sigmoid


def log_sigmoid(x: N) -> N:
    r"""log(sigmoid(x)) without overflow."""
    return Value.log_sigmoid(x) if isinstance(x, Value) else _apply("log_sigmoid", x)


logsigmoid = log_sigmoid


def softplus(x: N) -> N:
    r"""log(1 + exp(x)) without overflow."""
    return Value.softplus(x) if isinstance(x, Value) else _apply("softplus", x)


def softsign(x: N) -> N:
    r"""x / (1 + abs(x))."""
    return Value.softsign(x) if isinstance(x, Value) else _apply("softsign", x)


def step(x: N) -> N:
    r"""The perceptron's step: 1 above 0, otherwise 0. Slope: 0 everywhere."""
    return Value.step(x) if isinstance(x, Value) else _apply("step", x)


def sign(x: N) -> N:
    r"""-1, 0 or 1. Slope: 0 everywhere."""
    return Value.sign(x) if isinstance(x, Value) else _apply("sign", x)


def floor(x: N) -> N:
    r"""Rounded down. Slope: 0 everywhere."""
    return Value.floor(x) if isinstance(x, Value) else _apply("floor", x)


def ceil(x: N) -> N:
    r"""Rounded up. Slope: 0 everywhere."""
    return Value.ceil(x) if isinstance(x, Value) else _apply("ceil", x)


def trunc(x: N) -> N:
    r"""Rounded towards 0. Slope: 0 everywhere."""
    return Value.trunc(x) if isinstance(x, Value) else _apply("trunc", x)


@overload
def round(x: float, ndigits: float = ...) -> float: ...
@overload
def round(x: Value, ndigits: Value | float = ...) -> Value: ...
@overload
def round(x: float, ndigits: Value) -> Value: ...
def round(x: Any, ndigits: Any = 0.0) -> Any:
    r"""Rounded to ndigits decimals, halves to even. Slope: 0 everywhere."""
    return Value.round(x, ndigits) if isinstance(x, Value) else _apply("round", x, ndigits)


rint = round


@overload
def copysign(x: float, y: float) -> float: ...
@overload
def copysign(x: Value, y: Value | float) -> Value: ...
@overload
def copysign(x: float, y: Value) -> Value: ...
def copysign(x: Any, y: Any) -> Any:
    r"""abs(x) with the sign of y. Slope: 0 at x = 0; 0 in y."""
    return Value.copysign(x, y) if isinstance(x, Value) else _apply("copysign", x, y)


@overload
def fmod(x: float, y: float) -> float: ...
@overload
def fmod(x: Value, y: Value | float) -> Value: ...
@overload
def fmod(x: float, y: Value) -> Value: ...
def fmod(x: Any, y: Any) -> Any:
    r"""C's remainder, with the sign of x. Defined for y != 0 and abs(x) < inf. Slope: the slope away from 0."""
    return Value.fmod(x, y) if isinstance(x, Value) else _apply("fmod", x, y)


@overload
def remainder(x: float, y: float) -> float: ...
@overload
def remainder(x: Value, y: Value | float) -> Value: ...
@overload
def remainder(x: float, y: Value) -> Value: ...
def remainder(x: Any, y: Any) -> Any:
    r"""IEEE 754's remainder, from the nearest multiple. Defined for y != 0 and abs(x) < inf. Slope: the slope of the piece that was taken."""
    return Value.remainder(x, y) if isinstance(x, Value) else _apply("remainder", x, y)


@overload
def maximum(x: float, y: float) -> float: ...
@overload
def maximum(x: Value, y: Value | float) -> Value: ...
@overload
def maximum(x: float, y: Value) -> Value: ...
def maximum(x: Any, y: Any) -> Any:
    r"""The larger of two; nan if either is. Slope: 1/2 each at a tie."""
    return Value.maximum(x, y) if isinstance(x, Value) else _apply("maximum", x, y)


@overload
def minimum(x: float, y: float) -> float: ...
@overload
def minimum(x: Value, y: Value | float) -> Value: ...
@overload
def minimum(x: float, y: Value) -> Value: ...
def minimum(x: Any, y: Any) -> Any:
    r"""The smaller of two; nan if either is. Slope: 1/2 each at a tie."""
    return Value.minimum(x, y) if isinstance(x, Value) else _apply("minimum", x, y)


__all__ = [
    "abs", "absolute", "acos", "acosd", "acosh", "acot", "acotd", "acoth", "acsc", "acscd", "acsch", "add", "arccos",
    "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "asec", "asecd", "asech", "asin", "asind", "asinh",
    "atan", "atan2", "atand", "atanh", "cbrt", "ceil", "celu", "clamp", "clip", "copysign", "cos", "cosd", "cosh",
    "cospi", "cot", "cotd", "coth", "csc", "cscd", "csch", "deg2rad", "degrees", "detach", "digamma", "div", "dot",
    "elu", "erf", "erfc", "erfcinv", "erfinv", "exp", "exp10", "exp2", "expit", "expm1", "fabs", "floor", "floordiv",
    "fmod", "gamma", "gelu", "hard_sigmoid", "hard_swish", "hardsigmoid", "hardswish", "hypot", "leaky_relu", "lgamma",
    "log", "log10", "log1mexp", "log1p", "log1psq", "log2", "log2mexp", "log_sigmoid", "log_softmax", "logaddexp",
    "logexpm1", "logit", "logsigmoid", "logsubexp", "logsumexp", "max", "maximum", "mean", "min", "minimum", "mish",
    "mod", "mod2pi", "mul", "ndtr", "neg", "polygamma", "pow", "prod", "rad2deg", "radians", "reciprocal", "relu",
    "remainder", "rint", "round", "sec", "secd", "sech", "selu", "sigmoid", "sign", "silu", "sin", "sinc",
    "sinc_derivative", "sind", "sinh", "sinpi", "softmax", "softplus", "softsign", "sqrt", "step", "stop_gradient",
    "sub", "sum", "swish", "tan", "tand", "tanh", "trigamma", "trunc", "where", "xlog1py", "xlogx", "xlogy",
]  # fmt: skip
# [functions generated from the table of primitives: end]


def _elements(name: str, xs: tuple[Any, ...]) -> list[Any]:
    """The arguments of a function of many: `f(a, b, c)` or `f([a, b, c])`."""
    if len(xs) == 1 and not isinstance(xs[0], Node | float | int) and isinstance(xs[0], Iterable):
        if isinstance(xs[0], str | bytes | dict):
            raise TypeError(f"{name} takes numbers or a list of them, not {type(xs[0]).__name__} {xs[0]!r}")
        return list(xs[0])
    return list(xs)


def _reduce(name: str, *operands: Any) -> Any:
    """Apply a primitive of any number of arguments: here for Values and floats, else by the common path."""
    if _special:
        return _apply(name, *operands)
    numbers: list[float] = []
    add = numbers.append
    recorded = False
    for operand in operands:
        kind = operand.__class__
        if kind is Value:
            recorded = True
            add(operand.data)
        elif kind is float:
            add(operand)
        else:
            return _apply(name, *operands)
    try:
        out, partials = compile_rule(RULES[name], FLOATS).both(*numbers)
    except ARITHMETIC_ERRORS:
        return _apply(name, *operands)
    return make_node(Value, name, operands, out, partials) if recorded else out


def sum(*xs: Any) -> Any:
    """The sum of any number of arguments, or of one list, as one node; the number is correctly rounded.

    Parameters
    ----------
    *xs : Value or number, or one iterable of them

    Returns
    -------
    Value, or float if no argument is a Value; 0.0 for none.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.sum([ag.Value(0.1)] * 10).data
    1.0
    """
    terms = _elements("sum", xs)
    return _reduce("sum", *terms) if terms else 0.0


def prod(*xs: Any) -> Any:
    """The product of any number of arguments, or of one list, as one node; zeros are no special case.

    Returns
    -------
    Value, or float if no argument is a Value; 1.0 for none.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> xs = [ag.Value(2.0), ag.Value(0.0), ag.Value(5.0)]
    >>> ag.prod(xs).backward(); [x.grad for x in xs]
    [0.0, 10.0, 0.0]
    """
    factors = _elements("prod", xs)
    return _reduce("prod", *factors) if factors else 1.0


def mean(*xs: Any) -> Any:
    """The arithmetic mean of the arguments, or of one list: their sum over their count.

    Raises
    ------
    ValueError
        If there is nothing to average.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.mean([ag.Value(1.0), 2.0, 6.0]).data
    3.0
    """
    terms = _some("mean", xs)
    return _reduce("sum", *terms) / len(terms)


def dot(xs: Iterable[Any], ys: Iterable[Any]) -> Any:
    """The dot product of two sequences of the same length, as one node: a neuron's weighted sum.

    Parameters
    ----------
    xs, ys : sequence of Value or number

    Returns
    -------
    Value, or float if no element is a Value.

    Raises
    ------
    ValueError
        If the lengths differ.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> w = [ag.Value(2.0), ag.Value(-1.0)]
    >>> ag.dot(w, [3.0, 4.0]).backward(); [p.grad for p in w]
    [3.0, 4.0]
    """
    xs, ys = tuple(xs), tuple(ys)
    if len(xs) != len(ys):
        raise ValueError(f"dot takes two sequences of one length, not {len(xs)} and {len(ys)} elements")
    return _reduce("dot", *xs, *ys) if xs else 0.0


def max(*xs: Any) -> Any:
    """The largest of the arguments, or of one list; the gradient is shared equally at a tie.

    Raises
    ------
    ValueError
        If there is nothing to choose from.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> a, b = ag.Value(2.0), ag.Value(2.0)
    >>> ag.max(a, b, 1.0).backward(); a.grad, b.grad
    (0.5, 0.5)
    """
    return _reduce("max", *_some("max", xs))


def min(*xs: Any) -> Any:
    """The smallest of the arguments, or of one list; the gradient is shared equally at a tie.

    Raises
    ------
    ValueError
        If there is nothing to choose from.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> a, b = ag.Value(2.0), ag.Value(5.0)
    >>> ag.min([a, b]).backward(); a.grad, b.grad
    (1.0, 0.0)
    """
    return _reduce("min", *_some("min", xs))


def logsumexp(*xs: Any) -> Any:
    """log(exp(x1) + exp(x2) + ...) of the arguments or of one list, without overflow.

    Raises
    ------
    ValueError
        If there are none.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    return _reduce("logsumexp", *_some("logsumexp", xs))


def softmax(*xs: Any) -> list[Any]:
    """The softmax probabilities exp(xi) / (exp(x1) + exp(x2) + ...), one for each argument.

    Returns
    -------
    list of Value, or of float if no argument is a Value

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.softmax([1000.0, 1000.0])
    [0.5, 0.5]
    """
    logits = _some("softmax", xs)
    return [_reduce("softmax", float(i), *logits) for i in range(len(logits))]


def log_softmax(*xs: Any) -> list[Any]:
    """The logarithms of the softmax probabilities, without overflow and without cancellation near 0.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.log_softmax([100.0, 0.0])
    [-3.720075976020836e-44, -100.0]
    """
    logits = _some("log_softmax", xs)
    return [_reduce("log_softmax", float(i), *logits) for i in range(len(logits))]


def log_softmax_at(index: int, xs: Iterable[Any]) -> Any:
    """One of the logarithms of the softmax probabilities, as one node: what a cross-entropy needs.

    >>> log_softmax_at(1, [0.0, 0.0])
    -0.6931471805599453
    """
    return _reduce("log_softmax", float(index), *_some("log_softmax", (tuple(xs),)))


def _some(name: str, xs: tuple[Any, ...]) -> list[Any]:
    elements = _elements(name, xs)
    if not elements:
        raise ValueError(f"{name} needs at least one number")
    return elements


def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    """x, but not below `min` and not above `max` (None: no bound); the bounds are differentiable too.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.clamp(5.0, 0.0, 1.0), ag.clamp(5.0, min=0.0)
    (1.0, 5.0)
    """
    return _apply("clamp", x, -math.inf if min is None else min, math.inf if max is None else max)


clip = clamp


def where(condition: Any, x: Any, y: Any) -> Any:
    """x where the condition holds (is not 0), else y.

    The branch that is not taken gets no gradient: not even a nan from an infinite slope inside it.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> x = ag.Value(0.0)
    >>> ag.where(x > 0, x.sqrt(), 2 * x).backward(); x.grad
    2.0
    """
    return _apply("where", condition, x, y)


def detach(x: Any) -> Any:
    """A constant with the same number: no gradient flows through it.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> x = ag.Value(3.0)
    >>> (x * ag.stop_gradient(x)).backward(); x.grad
    3.0
    """
    return x.detach() if isinstance(x, Node) else x


stop_gradient = detach
