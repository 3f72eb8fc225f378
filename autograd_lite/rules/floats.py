"""The primitives on plain floats, with Python's own policy: what `math` raises for, raises.

The first part is what the texts of the table bottom out in: `math`, builtins, and `special`.  The second part is generated
from the table: the functions that are expressions of those.
"""

import ast
import builtins
import math
from math import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    copysign,
    cos,
    cosh,
    degrees,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    fmod,
    gamma,
    hypot,
    lgamma,
    log,
    log1p,
    log2,
    log10,
    pi,
    prod,
    radians,
    remainder,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

from autograd_lite.rules.evaluate import Numbers
from autograd_lite.rules.special import (
    cospi,
    digamma,
    erfcinv,
    erfinv,
    fsum,
    ndtr,
    polygamma,
    sign,
    sinc_derivative,
    sinpi,
)

abs, max, min = builtins.abs, builtins.max, builtins.min


def pow(x: float, y: float) -> float:
    """x ** y on the reals: a negative base with a fractional exponent raises instead of giving a complex number."""
    try:
        return math.pow(x, y)
    except ValueError:
        if x == 0.0:
            raise ZeroDivisionError("0.0 cannot be raised to a negative power") from None
        raise


def floor(x: float) -> float:
    """Rounded down, as a float."""
    return float(math.floor(x))


def ceil(x: float) -> float:
    """Rounded up, as a float."""
    return float(math.ceil(x))


def trunc(x: float) -> float:
    """Rounded towards 0, as a float."""
    return float(math.trunc(x))


def round(x: float, ndigits: float = 0.0) -> float:
    """Rounded to a number of decimals, halves to even, as a float."""
    return builtins.round(x, int(ndigits))


def detach(x: float) -> float:
    """A number is a constant already."""
    return x


#: The functions that texts bottom out in.
INTRINSICS = (
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh", "cospi",
    "degrees", "detach", "digamma", "erf", "erfc", "erfcinv", "erfinv", "exp", "exp2", "expm1", "floor", "fmod", "fsum",
    "gamma", "hypot", "lgamma", "log", "log10", "log1p", "log2", "max", "min", "ndtr", "polygamma", "pow", "prod", "radians",
    "remainder", "round", "sign", "sin", "sinc_derivative", "sinh", "sinpi", "sqrt", "tan", "tanh", "trunc",
)  # fmt: skip


# [functions generated from the table of primitives: begin]
def reciprocal(x: float) -> float:
    """1 / x."""
    return 1.0 / x


def exp10(x: float) -> float:
    """10 to the power x."""
    return pow(10.0, x)


def logaddexp(x: float, y: float) -> float:
    """log(exp(x) + exp(y)) without overflow."""
    return max(x, y) + log1p(exp(-abs(x - y))) if x != y else x + 0.6931471805599453


def xlogy(x: float, y: float) -> float:
    """x * log(y), and 0 where x is 0."""
    return x * log(y) if x else 0.0


def xlog1py(x: float, y: float) -> float:
    """x * log(1 + y), and 0 where x is 0."""
    return x * log1p(y) if x else 0.0


def xlogx(x: float) -> float:
    """x * log(x), and 0 where x is 0."""
    return x * log(x) if x else 0.0


def log1mexp(x: float) -> float:
    """log(1 - exp(x)), accurate at both ends."""
    return log1p(-exp(x)) if x < -0.6931471805599453 else log(-expm1(x))


def log2mexp(x: float) -> float:
    """log(2 - exp(x)), accurate near log(2) too."""
    return log1p(-expm1(x)) if x < 0.35 else log(-2.0 * expm1(x - 0.6931471805599453 - 2.3190468138462996e-17))


def logexpm1(x: float) -> float:
    """log(exp(x) - 1) without overflow, the inverse of softplus."""
    return log(expm1(x)) if x < 0.4 else log1p(2.0 * expm1(x - 0.6931471805599453 - 2.3190468138462996e-17)) if x < 1.1 else x + log1p(-exp(-x))


def log1psq(x: float) -> float:
    """log(1 + x*x) without overflow."""
    return log1p(x * x) if abs(x) < 1.0 else 2.0 * log(abs(x)) + log1p(1.0 / (x * x))


def logsubexp(x: float, y: float) -> float:
    """log(abs(exp(x) - exp(y))) without overflow."""
    return max(x, y) + log1mexp(-abs(x - y))


def logit(x: float) -> float:
    """log(x / (1 - x)), the inverse of sigmoid."""
    return log(x / (1.0 - x)) if x < 0.25 else log1p((2.0 * x - 1.0) / (1.0 - x))


def sec(x: float) -> float:
    """1 / cos(x)."""
    return 1.0 / cos(x)


def csc(x: float) -> float:
    """1 / sin(x)."""
    return 1.0 / sin(x)


def cot(x: float) -> float:
    """1 / tan(x)."""
    return 1.0 / tan(x)


def asec(x: float) -> float:
    """The inverse secant, in [0, pi]."""
    return atan(sqrt(x - 1.0) * sqrt(x + 1.0)) if x >= 1.0 else pi - atan(sqrt(-1.0 - x) * sqrt(1.0 - x))


def acsc(x: float) -> float:
    """The inverse cosecant, in [-pi/2, pi/2]."""
    return copysign(atan2(1.0, sqrt(abs(x) - 1.0) * sqrt(abs(x) + 1.0)), x)


def acot(x: float) -> float:
    """The inverse cotangent, atan(1 / x)."""
    return atan(1.0 / x)


def sinc(x: float) -> float:
    """sin(pi x) / (pi x), and 1 at 0: NumPy's normalised sinc."""
    return sinc_derivative(0.0, x)


def mod2pi(x: float) -> float:
    """The angle x brought into [0, 2 pi], by the true pi: as far out as sin and cos see it."""
    return x if 0.0 <= x <= 2.0 * pi else atan2(sin(x), cos(x)) if sin(x) >= 0.0 else pi + atan2(-sin(x), -cos(x))


def sind(x: float) -> float:
    """The sine, x in degrees; exact at multiples of 30 where the sine is."""
    rest = fmod(x, 360.0)
    angle = rest if abs(rest) <= 90.0 else copysign(180.0, rest) - rest if abs(rest) <= 270.0 else rest - copysign(360.0, rest)
    return sin(radians(angle)) if abs(angle) < 20.0 else copysign(cos(radians(90.0 - abs(angle))) if abs(angle) >= 45.0 else 0.5 + (sqrt(0.75) * sin(radians(abs(angle) - 30.0)) - pow(sin(radians(0.5 * abs(angle) - 15.0)), 2)), angle)


def cosd(x: float) -> float:
    """The cosine, x in degrees; exact at multiples of 30 where the cosine is."""
    return sind(90.0 - abs(fmod(x, 360.0)))


def tand(x: float) -> float:
    """The tangent, x in degrees; exact at multiples of 45."""
    return sind(x) / cosd(x)


def secd(x: float) -> float:
    """1 / cosd(x)."""
    return 1.0 / cosd(x)


def cscd(x: float) -> float:
    """1 / sind(x)."""
    return 1.0 / sind(x)


def cotd(x: float) -> float:
    """1 / tand(x)."""
    return cosd(x) / sind(x)


def asind(x: float) -> float:
    """The inverse sine in degrees, in [-90, 90]."""
    return 30.0 * (asin(x) / asin(0.5)) if -0.5 <= x <= 0.5 else degrees(asin(x))


def acosd(x: float) -> float:
    """The inverse cosine in degrees, in [0, 180]."""
    return 90.0 - asind(x) if -0.5 <= x <= 0.5 else degrees(acos(x))


def atand(x: float) -> float:
    """The inverse tangent in degrees, in [-90, 90]."""
    return degrees(atan(x))


def asecd(x: float) -> float:
    """The inverse secant in degrees, in [0, 180]."""
    return acosd(1.0 / x) if abs(x) >= 1.5 else degrees(asec(x))


def acscd(x: float) -> float:
    """The inverse cosecant in degrees, in [-90, 90]."""
    return asind(1.0 / x) if abs(x) >= 1.5 else degrees(acsc(x))


def acotd(x: float) -> float:
    """The inverse cotangent in degrees, atand(1 / x)."""
    return degrees(acot(x))


def sech(x: float) -> float:
    """1 / cosh(x)."""
    return 2.0 * exp(-abs(x)) / (1.0 + exp(-2.0 * abs(x)))


def csch(x: float) -> float:
    """1 / sinh(x)."""
    return copysign(2.0 * exp(-abs(x)) / -expm1(-2.0 * abs(x)), x)


def coth(x: float) -> float:
    """1 / tanh(x)."""
    return 1.0 / tanh(x)


def asech(x: float) -> float:
    """The inverse hyperbolic secant."""
    return atanh(sqrt((1.0 - x) * (1.0 + x))) if x > 0.5 else log((1.0 + sqrt((1.0 - x) * (1.0 + x))) / x)


def acsch(x: float) -> float:
    """The inverse hyperbolic cosecant."""
    return asinh(1.0 / x)


def acoth(x: float) -> float:
    """The inverse hyperbolic cotangent."""
    return copysign(0.5 * log1p(2.0 / (abs(x) - 1.0)), x)


def trigamma(x: float) -> float:
    """The derivative of digamma."""
    return polygamma(1.0, x)


def relu(x: float) -> float:
    """max(0, x)."""
    return 0.0 if x <= 0.0 else x


def leaky_relu(x: float, negative_slope: float = 0.01) -> float:
    """x above 0, negative_slope * x below."""
    return negative_slope * x if x <= 0.0 else x


def elu(x: float, alpha: float = 1.0) -> float:
    """x above 0, alpha * (exp(x) - 1) below."""
    return alpha * expm1(x) if x <= 0.0 else x


def selu(x: float) -> float:
    """The self-normalising ELU of Klambauer et al. (2017)."""
    return 1.0507009873554805 * x if x > 0.0 else 1.7580993408473766 * expm1(x)


def celu(x: float, alpha: float = 1.0) -> float:
    """x above 0, alpha * (exp(x / alpha) - 1) below (no derivative in alpha, as in PyTorch; alpha * elu(x / alpha) has one)."""
    return x if x > 0.0 else alpha * expm1(x / alpha) if alpha else 0.0 * x


def gelu(x: float) -> float:
    """x times the normal distribution function (the exact form, not the tanh one)."""
    return x * ndtr(x)


def silu(x: float) -> float:
    """x * sigmoid(x), also called swish."""
    return x * sigmoid(x)


def mish(x: float) -> float:
    """x * tanh(softplus(x))."""
    return x * tanh(softplus(x))


def hard_sigmoid(x: float) -> float:
    """relu6(x + 3) / 6: sigmoid in three straight lines."""
    return 0.0 if x <= -3.0 else 1.0 if x >= 3.0 else (x + 3.0) / 6.0


def hard_swish(x: float) -> float:
    """x * hard_sigmoid(x)."""
    return 0.0 if x <= -3.0 else x if x >= 3.0 else x * (x + 3.0) / 6.0


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + exp(-x)) if x >= 0.0 else exp(x) / (1.0 + exp(x))


def log_sigmoid(x: float) -> float:
    """log(sigmoid(x)) without overflow."""
    return -log1p(exp(-x)) if x >= 0.0 else x - log1p(exp(x))


def softplus(x: float) -> float:
    """log(1 + exp(x)) without overflow."""
    return x + log1p(exp(-x)) if x > 0.0 else log1p(exp(x))


def softsign(x: float) -> float:
    """x / (1 + abs(x))."""
    return x / (1.0 + abs(x))


def step(x: float) -> float:
    """The perceptron's step: 1 above 0, otherwise 0."""
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else x


def maximum(x: float, y: float) -> float:
    """The larger of two; nan if either is."""
    return x if x > y or x != x else y


def minimum(x: float, y: float) -> float:
    """The smaller of two; nan if either is."""
    return x if x < y or x != x else y


def clamp(x: float, low: float, high: float) -> float:
    """x, but not below low and not above high; high wins if the bounds cross."""
    return high if x > high or low > high else low if x < low else x


def where(condition: float, x: float, y: float) -> float:
    """x where the condition holds (is not 0), else y; the branch not taken gets no gradient at all."""
    return x if condition else y


#: The functions that are expressions of others.
COMPOSITES = (
    "acosd", "acot", "acotd", "acoth", "acsc", "acscd", "acsch", "asec", "asecd", "asech", "asind", "atand", "celu",
    "clamp", "cosd", "cot", "cotd", "coth", "csc", "cscd", "csch", "elu", "exp10", "gelu", "hard_sigmoid",
    "hard_swish", "leaky_relu", "log1mexp", "log1psq", "log2mexp", "log_sigmoid", "logaddexp", "logexpm1", "logit",
    "logsubexp", "maximum", "minimum", "mish", "mod2pi", "reciprocal", "relu", "sec", "secd", "sech", "selu",
    "sigmoid", "silu", "sinc", "sind", "softplus", "softsign", "step", "tand", "trigamma", "where", "xlog1py", "xlogx",
    "xlogy",
)  # fmt: skip

__all__ = [
    "COMPOSITES", "FLOATS", "INTRINSICS", "abs", "acos", "acosd", "acosh", "acot", "acotd", "acoth", "acsc", "acscd",
    "acsch", "asec", "asecd", "asech", "asin", "asind", "asinh", "atan", "atan2", "atand", "atanh", "cbrt", "ceil",
    "celu", "clamp", "copysign", "cos", "cosd", "cosh", "cospi", "cot", "cotd", "coth", "csc", "cscd", "csch",
    "degrees", "detach", "digamma", "elu", "erf", "erfc", "erfcinv", "erfinv", "exp", "exp10", "exp2", "expm1",
    "floor", "fmod", "fsum", "gamma", "gelu", "hard_sigmoid", "hard_swish", "hypot", "leaky_relu", "lgamma", "log",
    "log10", "log1mexp", "log1p", "log1psq", "log2", "log2mexp", "log_sigmoid", "logaddexp", "logexpm1", "logit",
    "logsubexp", "max", "maximum", "min", "minimum", "mish", "mod2pi", "ndtr", "polygamma", "pow", "prod", "radians",
    "reciprocal", "relu", "remainder", "round", "sec", "secd", "sech", "selu", "sigmoid", "sign", "silu", "sin",
    "sinc", "sinc_derivative", "sind", "sinh", "sinpi", "softplus", "softsign", "sqrt", "step", "tan", "tand", "tanh",
    "trigamma", "trunc", "where", "xlog1py", "xlogx", "xlogy",
]  # fmt: skip
# [functions generated from the table of primitives: end]

#: Plain floats as a number system.
FLOATS = Numbers(
    "floats",
    {name: globals()[name] for name in (*INTRINSICS, *COMPOSITES)},
    {ast.Pow: "pow"},
)
