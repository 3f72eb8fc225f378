"""Down to what a machine has: every operation of the table written out in a small core, for C and for machine code.

The core is arithmetic, comparisons, `select`, and functions that every C library has.  Most rows come down to it by their own
text.  The few below have a form here that computes the same number with one exponential where the text, which is free to
look at one branch only, would need two; and Python's `%`, `//` and `sum` are spelled out.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import reduce
from operator import mul
from typing import Any

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.loops import Body
from autograd_lite.compiler.operations import rule_of
from autograd_lite.compiler.passes import Form, optimize, text_form
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.symbols import Symbol, select, write

#: What C has as a function of the same meaning: our name and C's.
LIBRARY = {
    op: op
    for op in (
        "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "erf", "erfc", "exp", "exp2", "expm1",
        "fmod", "hypot", "lgamma", "log", "log10", "log1p", "log2", "pow", "remainder", "sin", "sinh", "tan", "tanh",
    )
} | {"gamma": "tgamma"}  # fmt: skip
#: What is a function in C and one instruction of a processor: our name and C's.
INSTRUCTIONS = {op: op for op in ("sqrt", "floor", "ceil", "trunc", "rint", "copysign")} | {"abs": "fabs"}
#: What every machine has besides; comparisons and logic have no text to be written out by.
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "select", "sum", "fsum"})
#: What has no counterpart in C, and no short form in what has: functions of Python, with so many arguments.
CALLBACKS = {"digamma": 1, "polygamma": 2, "erfinv": 1, "erfcinv": 1, "sinc_derivative": 2, "round": 2}


def _exp_of_minus_abs(x: Any) -> Any:
    """exp(-|x|): never overflows, and the same for x and -x, so that what uses it for both computes it once."""
    return write("exp", -write("abs", x))


def choose(op: str, x: Any, y: Any, a: Any, b: Any) -> Any:
    """a where the comparison of x and y holds, else b."""
    return select(write(op, x, y), lambda: a, lambda: b)


def _nan_or(op: str, x: Any, best: Any) -> Any:
    """x where the comparison holds or x is nan, else what was best so far."""
    return select(write("or", write(op, x, best), write("ne", x, x)), lambda: x, lambda: best)


def polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """The sum of `coefficients[k] * x**k`, by Horner's rule."""
    return reduce(lambda total, coefficient: total * x + coefficient, coefficients[::-1])


def _sigmoid(x: Any) -> Any:
    # What 1 + e rounds off goes back in: without that it is 2.2 units in the last place, at -2.7.
    e = _exp_of_minus_abs(x)
    whole = 1.0 + e
    lost = e - (whole - 1.0)
    right = write("ge", x, 0.0)
    y = write("select", right, 1.0, e) / whole
    return y - y * (write("select", right, y, 1.0 - y) * lost)


def _softplus(x: Any) -> Any:
    tail = write("log1p", _exp_of_minus_abs(x))
    return choose("gt", x, 0.0, x + tail, tail)


def _log_sigmoid(x: Any) -> Any:
    tail = write("log1p", _exp_of_minus_abs(x))
    return choose("ge", x, 0.0, -tail, x - tail)


def _sech(x: Any) -> Any:
    e = _exp_of_minus_abs(x)
    return 2.0 * e / (1.0 + e * e)


def _sign(x: Any) -> Any:
    return choose("gt", x, 0.0, 1.0, choose("lt", x, 0.0, -1.0, x * 0.0))


#: The square root of 1/2 in three parts, the first of 26 bits.
_SQRT_HALF = math.sqrt(0.5)
_HALF_HIGH = math.ldexp(round(math.ldexp(_SQRT_HALF, 26)), -26)
_HALF_LOW = _SQRT_HALF - _HALF_HIGH
_HALF_TAIL = -4.833646656726457e-17


def _ndtr(x: Any) -> Any:
    # erfc magnifies the rounding of z by 2 z^2, a thousand units in the last place at -37: what the product rounds off, found
    # by cutting x at 20 binary places so that its products are exact, goes back in by a Newton step.
    y = write("abs", x)
    z = y * _SQRT_HALF
    high = write("rint", y * 2.0**20) * 2.0**-20
    low = y - high
    rest = ((high * _HALF_HIGH - z) + high * _HALF_LOW) + (low * _SQRT_HALF + y * _HALF_TAIL)
    tail = write("erfc", x * -_SQRT_HALF)
    slope = 2.0 / math.sqrt(math.pi) * write("exp", -(z * z)) / tail
    far = write("and", write("lt", x, -1.0), write("gt", tail, 0.0))
    return 0.5 * write("select", far, tail * (1.0 - slope * rest), tail)


def _mod(x: Any, y: Any) -> Any:
    """Python's remainder has the sign of the divisor."""
    rest = write("fmod", x, y)
    negative, down = write("lt", rest, 0.0), write("lt", y, 0.0)
    same = write("or", write("and", negative, down), write("not", write("or", negative, down)))
    shifted = select(same, lambda: rest, lambda: rest + y)
    return choose("eq", rest, 0.0, write("copysign", 0.0, y), shifted)


def _floordiv(x: Any, y: Any) -> Any:
    """As CPython does it: the exact multiple below, divided, then rounded to the whole number it must be."""
    quotient = (x - _mod(x, y)) / y
    floor = write("floor", quotient)
    whole = choose("gt", quotient - floor, 0.5, floor + 1.0, floor)
    signed = choose("eq", quotient, 0.0, write("copysign", 0.0, x / y), whole)
    return choose("eq", y, 0.0, x / y, signed)


def _sinpi(x: Any) -> Any:
    r = write("fmod", write("abs", x), 2.0)
    turned = choose("gt", r, 1.0, -1.0, 1.0)  # not at 1, where the result is 0.0 and not -0.0
    r = choose("gt", r, 1.0, r - 1.0, r)
    r = choose("gt", r, 0.5, 1.0 - r, r)
    wave = choose("le", r, 0.25, write("sin", math.pi * r), write("cos", math.pi * (0.5 - r)))
    return write("copysign", 1.0, x) * turned * wave


def _cospi(x: Any) -> Any:
    r = write("fmod", write("abs", x), 2.0)
    r = choose("gt", r, 1.0, 2.0 - r, r)
    near, far = write("cos", math.pi * r), -write("cos", math.pi * (1.0 - r))
    return choose("le", r, 0.25, near, choose("lt", r, 0.75, write("sin", math.pi * (0.5 - r)), far))


def _dot(*xs: Any) -> Any:
    half = len(xs) // 2
    return write("sum", *[x * y for x, y in zip(xs[:half], xs[half:], strict=True)])


#: Forms for the core.
_FORMS: dict[str, Form] = {
    "sigmoid": _sigmoid, "softplus": _softplus, "log_sigmoid": _log_sigmoid, "sech": _sech, "sign": _sign, "ndtr": _ndtr,
    "mod": _mod, "floordiv": _floordiv, "sinpi": _sinpi, "cospi": _cospi, "dot": _dot, "prod": lambda *xs: reduce(mul, xs),
    "max": lambda *xs: reduce(lambda best, x: _nan_or("gt", x, best), xs),
    "min": lambda *xs: reduce(lambda best, x: _nan_or("lt", x, best), xs),
    "degrees": lambda x: x * (180.0 / math.pi), "radians": lambda x: x * (math.pi / 180.0),
}  # fmt: skip


def _square(x: Symbol, y: Symbol) -> Any:
    """A product; that of sech with itself, the derivative of tanh, under a name of its own."""
    b = x.builder
    if x.index == y.index and b.ops[x.index] == "sech":
        return Symbol(b, b.emit("sech_squared", b.args[x.index][0]))
    return x * y


def _round(x: Symbol, decimals: Symbol) -> Any:
    """To the nearest whole number, halves to even, is one instruction; to decimals it is not."""
    return write("rint", x) if decimals.number == 0.0 else write("round", x, decimals)


def lowered(program: Program, forms: dict[str, Form] | None = None, keep: Collection[str] = ()) -> Program:
    """The program in the core.

    Parameters
    ----------
    program : Program
    forms : dict, optional
        A target's own forms, before those of the core.
    keep : collection of str, optional
        Operations that the target has itself, so that they are left as they are.

    Examples
    --------
    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); x = b.input("x")
    >>> lowered(b.finish([b.emit("sigmoid", x), b.emit("sigmoid", b.emit("neg", x))])).counts()
    {'sub': 6, 'mul': 4, 'select': 4, 'div': 2, 'ge': 2, 'neg': 2, 'abs': 1, 'add': 1, 'exp': 1}
    """
    if program.loops.has_scans:
        over = {
            step: replace(one, program=lowered(one.program, forms, keep)) if isinstance(one, Body) else one
            for step, one in program.loops.over.items()
        }
        program = replace(program, loops=replace(program.loops, over=over))
    chosen = {op: form for op, form in {**_FORMS, "round": _round, **(forms or {})}.items() if op not in keep}
    core = _ARITHMETIC.union(CALLBACKS, LIBRARY, INSTRUCTIONS, keep)

    def form_of(op: str) -> Form | None:
        rule = rule_of(op)
        if op in chosen or op in core or rule is None:
            return chosen.get(op)
        if rule.forward.startswith(f"{rule.name}("):
            raise UnsupportedOperation(f"{op} is a function of Python's; backend='python' can call it, this target cannot")
        return text_form(op)

    if "sech_squared" in chosen and "sech" in program.ops:
        program = optimize(program, {"mul": _square}.get)
    # A form may use operations that have forms themselves: once more, until nothing is left to write out.
    while any(
        op != "round" and form_of(op) is not None
        for op in dict.fromkeys(op for step, op, _ in program.computed() if not program.is_native(step))
    ):
        program = optimize(program, form_of)
    return program
