"""What each primitive should compute, said a second time and independently: in mpmath, at any precision.

A test checks that every row of the table has a reference.  Derivatives are differences of these in as many digits as it takes, or
of `SLOPES`, closed forms for what is slow or saturates (which are checked against differences); never from the table.
"""

import math

from mpmath import mp, mpf
from mpmath.libmp import NoConvergence

from autograd_lite import Value
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import compile_condition
from autograd_lite.rules.ieee import IEEE
from autograd_lite.rules.special import erfcinv


def _logsumexp(*xs):
    return mp.log(mp.fsum(mp.exp(x) for x in xs))


def _remainder(x, y):
    return x - y * mp.nint(x / y)


def _fmod(x, y):
    quotient = x / y
    return x - y * (mp.floor(quotient) if quotient >= 0 else mp.ceil(quotient))


def _sinc(x):
    return mp.sin(mp.pi * x) / (mp.pi * x) if x else mpf(1)


def _turned(x):
    """Degrees as radians; a whole number of half turns is taken off first, for the zeros to be exact."""
    halves = mp.nint(x / 180)
    return (x - 180 * halves) * mp.pi / 180 * (-1) ** (int(halves) % 2)


REFERENCES = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: mp.power(x, y),
    "mod": lambda x, y: x - y * mp.floor(x / y),
    "floordiv": lambda x, y: mp.floor(x / y),
    "neg": lambda x: -x,
    "abs": lambda x: mp.fabs(x),
    "reciprocal": lambda x: 1 / x,
    "exp": lambda x: mp.exp(x),
    "exp2": lambda x: mp.power(2, x),
    "exp10": lambda x: mp.power(10, x),
    "expm1": lambda x: mp.expm1(x),
    "log": lambda x: mp.log(x),
    "log2": lambda x: mp.log(x, 2),
    "log10": lambda x: mp.log10(x),
    "log1p": lambda x: mp.log1p(x),
    "sqrt": lambda x: mp.sqrt(x),
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(mp.fabs(x)),
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "logaddexp": _logsumexp,
    "xlogy": lambda x, y: x * mp.log(y),
    "xlog1py": lambda x, y: x * mp.log1p(y),
    "xlogx": lambda x: x * mp.log(x),
    "log1mexp": lambda x: mp.log(-mp.expm1(x)),
    "log2mexp": lambda x: mp.log(2 - mp.exp(x)),
    "logexpm1": lambda x: mp.log(mp.expm1(x)),
    "log1psq": lambda x: mp.log1p(x * x),
    "logsubexp": lambda x, y: mp.log(mp.fabs(mp.exp(x) - mp.exp(y))),
    "logit": lambda x: mp.log(x / (1 - x)),
    "sin": lambda x: mp.sin(x),
    "cos": lambda x: mp.cos(x),
    "tan": lambda x: mp.tan(x),
    "sec": lambda x: mp.sec(x),
    "csc": lambda x: mp.csc(x),
    "cot": lambda x: mp.cot(x),
    "asin": lambda x: mp.asin(x),
    "acos": lambda x: mp.acos(x),
    "atan": lambda x: mp.atan(x),
    "atan2": lambda y, x: mp.atan2(y, x),
    "asec": lambda x: mp.acos(1 / x),
    "acsc": lambda x: mp.asin(1 / x),
    "acot": lambda x: mp.atan(1 / x),
    "sinpi": lambda x: mp.sinpi(x),
    "cospi": lambda x: mp.cospi(x),
    "sinc": _sinc,
    "sinc_derivative": lambda n, x: mp.diff(_sinc, x, int(n)) if n else _sinc(x),
    "degrees": lambda x: x * 180 / mp.pi,
    "radians": lambda x: x * mp.pi / 180,
    "mod2pi": lambda x: x - 2 * mp.pi * mp.floor(x / (2 * mp.pi)),
    "sind": lambda x: mp.sin(_turned(x)),
    "cosd": lambda x: mp.sin(_turned(90 - x)),
    "tand": lambda x: mp.sin(_turned(x)) / mp.sin(_turned(90 - x)),
    "secd": lambda x: 1 / mp.sin(_turned(90 - x)),
    "cscd": lambda x: 1 / mp.sin(_turned(x)),
    "cotd": lambda x: mp.sin(_turned(90 - x)) / mp.sin(_turned(x)),
    "asind": lambda x: mp.asin(x) * 180 / mp.pi,
    "acosd": lambda x: mp.acos(x) * 180 / mp.pi,
    "atand": lambda x: mp.atan(x) * 180 / mp.pi,
    "asecd": lambda x: mp.acos(1 / x) * 180 / mp.pi,
    "acscd": lambda x: mp.asin(1 / x) * 180 / mp.pi,
    "acotd": lambda x: mp.atan(1 / x) * 180 / mp.pi,
    "sinh": lambda x: mp.sinh(x),
    "cosh": lambda x: mp.cosh(x),
    "tanh": lambda x: mp.tanh(x),
    "sech": lambda x: mp.sech(x),
    "csch": lambda x: mp.csch(x),
    "coth": lambda x: mp.coth(x),
    "asinh": lambda x: mp.asinh(x),
    "acosh": lambda x: mp.acosh(x),
    "atanh": lambda x: mp.atanh(x),
    "asech": lambda x: mp.acosh(1 / x),
    "acsch": lambda x: mp.asinh(1 / x),
    "acoth": lambda x: mp.atanh(1 / x),
    "erf": lambda x: mp.erf(x),
    "erfc": lambda x: mp.erfc(x),
    "erfinv": lambda x: _erfcinv(1 - x),
    "erfcinv": lambda x: _erfcinv(x),
    "ndtr": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "gamma": lambda x: mp.gamma(x),
    "lgamma": lambda x: mp.log(mp.fabs(mp.gamma(x))),
    "digamma": lambda x: mp.digamma(x),
    "polygamma": lambda n, x: mp.polygamma(int(n), x),
    "trigamma": lambda x: mp.polygamma(1, x),
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, s: x if x > 0 else s * x,
    "elu": lambda x, a: x if x > 0 else a * mp.expm1(x),
    "selu": lambda x: (
        mpf("1.0507009873554804934193349852946") * (x if x > 0 else mpf("1.6732632423543772848170429916717") * mp.expm1(x))
    ),
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "celu": lambda x, a: x if x > 0 else a * mp.expm1(x / a),
    "mish": lambda x: x * mp.tanh(mp.log1p(mp.exp(x))),
    "hard_sigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
    "hard_swish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "log_sigmoid": lambda x: -mp.log1p(mp.exp(-x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "softsign": lambda x: x / (1 + mp.fabs(x)),
    "step": lambda x: mpf(1) if x > 0 else mpf(0),
    "sign": lambda x: mp.sign(x),
    "floor": lambda x: mp.floor(x),
    "ceil": lambda x: mp.ceil(x),
    "trunc": lambda x: mp.floor(x) if x >= 0 else mp.ceil(x),
    "round": lambda x, n: mp.nint(x * mpf(10) ** n) / mpf(10) ** n,
    "copysign": lambda x, y: mp.fabs(x) * (1 if y > 0 else -1),
    "fmod": _fmod,
    "remainder": _remainder,
    "maximum": lambda x, y: max(x, y),
    "minimum": lambda x, y: min(x, y),
    "clamp": lambda x, low, high: min(max(x, low), high),
    "where": lambda c, x, y: x if c else y,
    "sum": lambda *xs: mp.fsum(xs),
    "prod": lambda *xs: mp.fprod(xs),
    "dot": lambda *xs: mp.fdot(xs[: len(xs) // 2], xs[len(xs) // 2 :]),
    "max": lambda *xs: max(xs),
    "min": lambda *xs: min(xs),
    "logsumexp": _logsumexp,
    "softmax": lambda i, *xs: mp.exp(xs[int(i)]) / mp.fsum(mp.exp(x) for x in xs),
    "log_softmax": lambda i, *xs: xs[int(i)] - _logsumexp(*xs),
}


#: The derivative in the only argument, or in the last of two, in closed form.
SLOPES = {
    "erf": lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
    "erfc": lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
    "ndtr": lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "gelu": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2 + x * mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "erfinv": lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(_erfcinv(1 - x) ** 2),
    "erfcinv": lambda x: -mp.sqrt(mp.pi) / 2 * mp.exp(_erfcinv(x) ** 2),
    "sind": lambda x: mp.sin(_turned(90 - x)) * mp.pi / 180,
    "cosd": lambda x: -mp.sin(_turned(x)) * mp.pi / 180,
    "sinpi": lambda x: mp.pi * mp.cospi(x),
    "cospi": lambda x: -mp.pi * mp.sinpi(x),
    "tanh": lambda x: mp.sech(x) ** 2,
    "coth": lambda x: -(mp.csch(x) ** 2),
    "sigmoid": lambda x: 1 / (2 + mp.exp(x) + mp.exp(-x)),
    "softplus": lambda x: 1 / (1 + mp.exp(-x)),
    "log_sigmoid": lambda x: 1 / (1 + mp.exp(x)),
    "silu": lambda x: 1 / (1 + mp.exp(-x)) + x / (2 + mp.exp(x) + mp.exp(-x)),
    "atan": lambda x: 1 / (1 + x * x),
    "acot": lambda x: -1 / (1 + x * x),
    "atand": lambda x: 180 / mp.pi / (1 + x * x),
    "acotd": lambda x: -180 / mp.pi / (1 + x * x),
    "acoth": lambda x: 1 / ((1 - x) * (1 + x)),
    "softsign": lambda x: 1 / (1 + abs(x)) ** 2,
    "lgamma": lambda x: mp.digamma(x),
    "gamma": lambda x: mp.gamma(x) * mp.digamma(x),
    "digamma": lambda x: mp.psi(1, x),
    "trigamma": lambda x: mp.psi(2, x),
    "polygamma": lambda n, x: mp.psi(int(n) + 1, x),
}


def _erfcinv(y):
    """From the float on, Newton's steps on the logarithm, each with twice the digits of the one before."""
    if y > 1:
        return -_erfcinv(2 - y)
    if y == 1:
        return mpf(0)
    digits, near = mp.dps, int(max(0, -mp.log10(1 - y)))
    x = mpf(erfcinv(max(float(y), 5e-324))) if y < 0.999 else mp.sqrt(mp.pi) / 2 * (1 - y)
    known = 4
    while known < digits + 10:
        known = 2 * known
        with mp.workdps(min(known, digits + 10) + near + 10):
            tail = mp.erfc(x)
            x += mp.log(tail / y) * tail * mp.sqrt(mp.pi) / 2 * mp.exp(x * x)
    return +x


def exactly(name, args, orders=None):
    """The reference, or a partial derivative of it, to 20 digits; None where there is none (a pole, a jump, another real branch).

    Differences with steps of 10**-15, 10**-30, ... (of 1 first, then of each argument), until two agree.
    """
    function, orders = REFERENCES[name], list(orders or [0] * len(args))
    if name in SLOPES and orders[-1]:
        function, orders = SLOPES[name], [*orders[:-1], orders[-1] - 1]
    tiny = int(max([0.0] + [-math.log10(abs(a)) for a in args if a]))
    large = max(map(abs, args)) > 20.0  # what saturates takes more digits than are tried for a plain 0
    plan = [(True, 15), (True, 30), (False, 15), (False, 30), (False, 60), (False, 120), (False, 240), (False, 480)]
    if not any(orders):
        plan = [(False, digits) for digits in (20, 60, 180, 540, 1600)]
    before = None
    for place, (absolute, size) in enumerate(plan):
        if absolute and (len(args) > 1 or not _holds_at_zero(name)):
            continue  # such a step over a pole may look smooth
        with mp.workdps(size * (sum(orders) + 2) + 20 + 2 * tiny):
            try:
                now = _difference(function, [mpf(a) for a in args], orders, size, absolute)
            except (ArithmeticError, ValueError, NoConvergence, TypeError):
                before = None
                continue
            if isinstance(now, mp.mpc):
                before = None
                continue
            if before is not None and mp.fabs(now - before) <= mpf(10) ** -20 * mp.fabs(now):
                if now or not large or place == len(plan) - 1:
                    return +now
            elif before is not None and max(mp.fabs(now), mp.fabs(before)) < mpf(10) ** -400:
                return mpf(0)
            before = now
    return None if before is None or mp.fabs(before) > mpf(10) ** -400 else mpf(0)


def _holds_at_zero(name):
    rule = RULES[name]
    return not rule.domain or compile_condition(rule, rule.domain, IEEE)(None, 0.0)


def _difference(function, numbers, orders, size, absolute):
    """The central difference of these orders; its error is of the order of the square of the step."""
    points = [(mpf(1), numbers)]
    for k, order in enumerate(orders):
        width = max(mp.fabs(numbers[k]), mpf(1)) if absolute else mp.fabs(numbers[k]) or mpf(1)
        step = width * mpf(10) ** -size
        if order:
            moves = [
                ((-1) ** j * mp.binomial(order, j) / step**order, (mpf(order) / 2 - j) * step) for j in range(order + 1)
            ]
            points = [(w * c, [*a[:k], a[k] + d, *a[k + 1 :]]) for w, a in points for c, d in moves]
    return mp.fsum(w * function(*a) for w, a in points)


def differentiated(function, numbers, path):
    """Back-propagated through gradients: first with respect to `numbers[path[0]]`, of that to `numbers[path[1]]`, ..."""
    leaves = [Value(number) for number in numbers]
    found = function(*leaves)
    for k in path:
        for leaf in leaves:
            leaf.zero_grad()
        if not isinstance(found, Value):
            return 0.0
        found.backward(create_graph=True)
        found = leaves[k].grad
    return float(found)
