"""Every row of the table against mpmath: values and first derivatives over the whole domain, and second ones
of rows with kinks or of many arguments; `test_rules_law.py` goes to the special points.

Values are held to 5 units in the last place and partials to 1e-13 relative, where the function is that well conditioned.  What an
error of a few ulp in an argument does to the exact result is allowed on top for the rows in `MIXED` and those of any number of arguments:
near a zero of a derivative, and where terms cancel, a float algorithm is judged by that.
"""

import math
import random

import pytest
from refusals import refused

pytest.importorskip("mpmath")
from mpmath import mp, mpf
from references import REFERENCES
from references import exactly as exact

from autograd_lite import RULES, Value
from autograd_lite.engine.common import apply
from autograd_lite.rules.evaluate import compile_condition, compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.ieee import IEEE
from autograd_lite.rules.special import sinc_derivative

EPS = 2.0**-52
TINY = 2.2250738585072014e-308

#: Arguments beyond the box or at its difficult places: large, tiny, next to an edge, next to a zero.
HARD = {
    "exp": [-745.0, -1e-300, 709.7],
    "expm1": [1e-300, -1e-10, -50.0, 709.0],
    "log": [5e-300, 1.0 - 2**-53, 1.0 + 2**-52, 1e308],
    "log1p": [1e-300, -1e-12, -1.0 + 2**-53, 1e308],
    "logit": [1e-300, 0.25, 0.5 - 1e-12, 0.5 + 1e-12, 1.0 - 2**-53],
    "sqrt": [1e-308, 1e308],
    "cbrt": [-1e-308, 1e308, -8.0],
    "sin": [1e15, 1e-300, 3.141592653589793, -1e6],
    "cos": [1e15, 1e-300, 1.5707963267948966],
    "tan": [1e15, 1e-300, 1.5707963267948966],
    "asin": [1.0 - 2**-53, -1.0 + 2**-53, 1e-300],
    "acos": [1.0 - 2**-53, -1.0 + 2**-53, 1e-300],
    "atan": [1e150, 1e-300, -1e20],
    "asec": [1.0 + 2**-52, -1.0 - 2**-52, 1e300, -3.0],
    "acsc": [1.0 + 2**-52, -1.0 - 2**-52, 1e150, -3.0],
    "acot": [1e150, -1e-150],
    "asinh": [1e300, -1e300, 1e-300],
    "acosh": [1.0 + 2**-52, 1e300],
    "atanh": [1.0 - 2**-53, 1e-300, -0.9999999],
    "asech": [1e-300, 1.0 - 2**-53, 0.5],
    "acsch": [1e-150, -1e150],
    "acoth": [1.0 + 2**-52, 1e150, -1.5],
    "sinh": [710.0, 1e-300, -710.0],
    "cosh": [710.0, 1e-300],
    "tanh": [20.0, -50.0, 350.0, 1e-300],
    "sech": [700.0, -700.0, 1e-300],
    "csch": [700.0, 1e-150, -1.0],
    "coth": [1e-150, 20.0, -5.0],
    "sigmoid": [1000.0, -700.0, 40.0, -40.0, 1e-300],
    "log_sigmoid": [1000.0, -1000.0, 40.0, 700.0, 1e-300],
    "softplus": [1000.0, -700.0, 40.0, -40.0, 1e-300],
    "silu": [1000.0, -700.0, 1e-300],
    "gelu": [1000.0, -37.0, -10.0, 1e-300],
    "ndtr": [40.0, -37.0, -10.0, -1.0, 1e-300],
    "erf": [1e-300, 5.9, -26.0],
    "erfc": [1e-300, 26.0, -5.0],
    "erfinv": [1e-300, 1.0 - 2**-53, -1.0 + 2**-53, 0.5, 1e-9],
    "erfcinv": [1e-300, 1e-20, 1.0 - 2**-53, 1.0 + 2**-52, 1.999999],
    "gamma": [1e-300, 170.0, -1.5, -20.5],
    "lgamma": [1e-300, 1e300, 3.7],
    "digamma": [1e-300, 1e300, 1.4616321449683622, 1.46, 1.5, -0.4, -7.3],
    "hypot": [(1e300, 1e300), (1e-300, 1e-300), (3e200, -4.0)],
    "atan2": [(1e300, 1e300), (1e-300, 1e-300), (3.0, -4.0), (-1e200, 1.0)],
    "pow": [(1e-300, 1.01), (10.0, -300.0), (1e-10, 1e-300), (1.0 + 1e-9, 1e9), (1e300, 0.25), (2.0, 1000.0), (-3.0, 5.0)],
    "div": [(1e300, 1e-5), (1e-300, 1e5), (1e-200, 1e100)],
    "logaddexp": [(1000.0, 1000.0), (-1000.0, -1000.0), (700.0, -700.0), (0.0, -600.0), (1.0, 1.0)],
    "logsumexp": [(1000.0, 1000.0), (-1000.0, -1001.0, -999.0), (0.0, -600.0)],
    "softmax": [(0.0, 1000.0, 1000.0), (1.0, -1000.0, -999.0), (0.0, 0.0, -600.0)],
    "log_softmax": [(0.0, 1000.0, 1000.0), (0.0, 100.0, 50.0), (1.0, 0.0, -600.0)],
    "sinpi": [1e15 + 0.5, 1e-300, 0.5, 100.25],
    "cospi": [1e15, 1e-300, 0.5, 100.25],
    "sinc": [1e-8, 0.3, 1.0, 2.5, 1e3],
    "softsign": [1e300, -1e-300],
    "mod": [(-7.5, 2.0), (1e300, 3.0), (5.0, -3.0)],
    "fmod": [(-7.5, 2.0), (5.0, -3.0)],
    "remainder": [(-7.5, 2.0), (8.9, 3.0)],
    "reciprocal": [1e300, -1e-300, 3.0],
    "xlogx": [1e-300, 1.0 - 2**-53, 0.36787944117144233, 1e300],
    "log1mexp": [-1e-300, -0.6931471805599453, -40.0, -700.0],
    "log2mexp": [-700.0, 1e-300, -1e-9, 0.35, 0.69314718, 0.6931471805599452, 0.6931471805599453],
    "logexpm1": [1e-300, 0.4, 0.6931471805599452, 0.6931471805599453, 0.6931471805599454, 1.1, 40.0, 1000.0],
    "log1psq": [1e-160, 1.0, -1.0, 1e150, -1e300],
    "logsubexp": [(1000.0, -1000.0), (-1000.0, -1001.0), (1.0, 1.0 + 2**-52), (-3.0, 2.0), (0.0, 1e-300)],
    "mod2pi": [1e22, -1e-3, 6.283185307179586, 6.283185307179587, 1e300, -6.283185307179586, 355.0 * 2, 5e-324],
    "sind": [30.0, 29.999999999999996, 45.0, 180.0 + 2**-45, 1e15 + 0.25, 1e300, 359.99999999999994, 1e-300, -150.0, 20.0],
    "cosd": [60.0, 60.00000000000001, 90.0 + 2**-46, 1e15 + 0.25, 1e22, 1e-300, -120.0, 269.99999999999994, 110.0],
    "tand": [45.0, 90.0 + 2**-46, 1e15 + 0.25, 1e-300, 135.0, 179.99999999999997],
    "secd": [60.0, 90.0 + 2**-46, 1e15 + 0.25, 1e-7],
    "cscd": [30.0, 90.0, 180.0 + 2**-45, 1e15 + 0.25, 1e-150, 90.0000001],
    "cotd": [45.0, 90.0, 180.0 + 2**-45, 1e15 + 0.25, 1e-150],
    "asind": [0.5, 0.5 + 2**-53, -0.5, 1.0 - 2**-53, 1e-300],
    "acosd": [0.5, 0.5 + 2**-53, -0.5, 1.0 - 2**-53, -1.0 + 2**-53, 1e-300],
    "atand": [1.0, 1e150, 1e-300, -1e20],
    "asecd": [2.0, -2.0, 1.5, 1.0 + 2**-52, -1.0 - 2**-52, 1e300, -3.0],
    "acscd": [2.0, -2.0, 1.5, 1.0 + 2**-52, -1.0 - 2**-52, 1e150, -3.0],
    "acotd": [1.0, 1e150, -1e-150],
    "trigamma": [1e-150, 1e150, 1.5, -0.4, -7.3, -20.5],
    "celu": [(-1e-300, 1.0), (-40.0, 0.5), (1e300, 2.0), (-1.0, 2.0)],
    "mish": [1000.0, -700.0, 1e-300, -1.1924],
    "hard_sigmoid": [-3.0 + 2**-51, 3.0 - 2**-51, 1e-300, 1e300],
    "hard_swish": [-3.0 + 2**-51, 3.0 - 2**-51, -1.5 + 2**-52, 1e-300, 1e300],
}


def points(name, count=25):
    """Arguments of a row: random ones from its box, on a logarithmic scale where it spans many, and the hard ones."""
    rule = RULES[name]
    rng = random.Random(name)

    def draw(low, high):
        if low == high:
            return low
        if rng.random() < 0.5:
            return rng.uniform(low, high)
        if low > 0:
            return min(high, max(low, low * (high / low) ** rng.random()))
        bound = max(-low, high)
        return min(high, max(low, rng.choice((-1.0, 1.0)) * bound * 10.0 ** rng.uniform(-12, 0)))

    found = []
    for _ in range(count):
        box = list(rule.box)
        if rule.variadic:
            extra = 2 * rng.randint(1, 2) if name == "dot" else rng.randint(1, 4)
            box = box[: rule.arity] + [box[-1]] * extra
        found.append(tuple(draw(*interval) for interval in box))
    return found + [args if isinstance(args, tuple) else (args,) for args in HARD.get(name, [])]


def moved_by_rounding(name, args, orders=None):
    """How far the exact result moves when an argument moves by one unit in the last place."""
    middle = exact(name, args, orders)
    total = mpf(0)
    for k, a in enumerate(args):
        if name in {"softmax", "log_softmax", "sinc_derivative", "polygamma", "round", "where"} and k == 0:
            continue
        near = list(args)
        near[k] = math.nextafter(a, 0.0) if a else 5e-324
        total += mp.fabs(exact(name, tuple(near), orders) - middle)
    return total


def close(got, wanted, relative, allowance):
    """Whether a float is the exact number within a relative bound, or within a rounding of the arguments."""
    if mp.fabs(wanted) > 1.7e308:
        return math.isinf(got)
    error = mp.fabs(mpf(got) - wanted)
    if error <= relative * mp.fabs(wanted) + TINY:
        return True
    return allowance is not None and error <= 4 * allowance() + relative * mp.fabs(wanted)


#: Jumps and corners, where a difference across the kink means nothing.
KINKED = {name for name, rule in RULES.items() if rule.kink} | {"max", "min"}


def test_every_row_has_a_reference():
    assert set(REFERENCES) >= set(RULES)


@pytest.mark.parametrize("name", list(REFERENCES))
def test_value(name):
    rule = RULES[name]
    for args in points(name):
        wanted = exact(name, args)
        got = compile_rule(rule, FLOATS).forward(*args)
        generous = rule.variadic or name in {
            "logaddexp",
            "lgamma",
            "sinc",
            "sinc_derivative",
            "pow",
            "logsubexp",
            "xlogy",
            "mod",
            "gamma",
        }
        allowance = (lambda args=args: moved_by_rounding(name, args)) if generous else None
        assert close(got, wanted, 5 * EPS, allowance), f"{name}{args}: {got!r}, exactly {mp.nstr(wanted, 20)}"


@pytest.mark.parametrize("name", list(REFERENCES))
def test_partials(name):
    rule = RULES[name]
    for args in points(name):
        if near_kink(rule, args):
            continue
        values = [Value(a) for a in args]
        node = apply(name, *values)
        for k, got in enumerate(node.arg_grads):
            if got is None or math.isnan(got):
                assert got is None or (name, k) == ("pow", 1)
                continue
            orders = tuple(int(j == k) for j in range(len(args)))
            wanted = exact(name, args, orders)
            allowance = lambda args=args, orders=orders: moved_by_rounding(name, args, orders)  # noqa: E731
            assert close(got, wanted, 1e-13, allowance if name in MIXED or rule.variadic else None), (
                f"d{name}/d{k} at {args}: {got!r}, exactly {mp.nstr(wanted, 20)}"
            )


#: Rows whose derivative has zeros inside the domain, or a difference of arguments: the mixed bound.
MIXED = {"silu", "gelu", "gamma", "digamma", "lgamma", "sinc", "sinc_derivative", "polygamma", "logaddexp", "pow", "cot", "tan",
         "sec", "csc", "xlogy", "mod", "fmod", "remainder", "xlogx", "mish", "logsubexp"}  # fmt: skip


def near_kink(rule, args):
    if rule.name in {"max", "min"}:
        ordered = sorted(args)
        return len(args) > 1 and min(b - a for a, b in zip(ordered, ordered[1:], strict=False)) < 1e-6
    if not rule.kink:
        return False
    kink = kink_value(rule, args)
    return abs(kink) < 1e-9 * (1.0 + max(abs(a) for a in args)) or any(
        a == 0.0 for a, (low, high) in zip(args, boxes(rule, args), strict=True) if low != high
    )


def kink_value(rule, args):
    return compile_condition(rule, rule.kink, IEEE)(compile_rule(rule, FLOATS).forward(*args), *args)


OTHERS = [n for n in REFERENCES if n in KINKED or RULES[n].variadic or "none" in RULES[n].partials]


@pytest.mark.parametrize("name", OTHERS)
def test_second_derivatives_of_the_other_rows(name):
    """Rows of any number of arguments, and those with kinks or an argument without a derivative, away from the kinks."""
    rule = RULES[name]
    tested = 0
    for args in points(name, 12)[:12]:
        if any(abs(a) > 50.0 for a in args) or near_kink(rule, args):
            args = tuple(
                math.copysign(0.3 + abs(a) % 2.0, a) if low != high else a
                for a, (low, high) in zip(args, boxes(rule, args), strict=True)
            )
            if near_kink(rule, args) or not inside(rule, args):
                continue
        tested += 1
        for k in range(len(args)):
            leaves = [Value(a) for a in args]
            node = apply(name, *leaves)
            if node.arg_grads[k] is None:
                continue
            node.backward(create_graph=True)
            first = leaves[k].grad
            for leaf in leaves:
                leaf.zero_grad()
            if isinstance(first, Value):
                first.backward()
            for j in range(len(args)):
                if node.arg_grads[j] is None:
                    continue
                orders = [int(m == k) + int(m == j) for m in range(len(args))]
                with mp.workdps(60):
                    wanted = mp.diff(REFERENCES[name], tuple(map(mpf, args)), tuple(orders))
                got, scale = leaves[j].grad, 1 + abs(float(first))
                assert abs(got - wanted) <= 1e-9 * abs(wanted) + 1e-11 * scale, (name, args, orders, got, wanted)
    assert tested >= 3, name


def boxes(rule, args):
    return list(rule.box) + [rule.box[-1]] * (len(args) - len(rule.box))


def inside(rule, args):
    return all(low <= a <= high for a, (low, high) in zip(args, boxes(rule, args), strict=True))


@pytest.mark.parametrize("name", list(REFERENCES))
@pytest.mark.parametrize("change", ["sign", "1.001", "zero"])
def test_a_wrong_partial_is_caught(name, change):
    """The check of the partials must fail for every partial that is changed."""
    rule = RULES[name]
    for k in range(len(points(name)[0])):
        caught = relevant = False
        for args in points(name):
            if near_kink(rule, args):
                continue
            right = float_partials(rule, args)[k]
            if not right or math.isnan(right) or math.isinf(right):
                continue
            relevant = True
            wrong = {"sign": -right, "1.001": 1.001 * right, "zero": 0.0}[change]
            orders = tuple(int(j == k) for j in range(len(args)))
            wanted = exact(name, args, orders)
            allowance = lambda args=args, orders=orders: moved_by_rounding(name, args, orders)  # noqa: E731
            if not close(wrong, wanted, 1e-13, allowance if name in MIXED or rule.variadic else None):
                caught = True
                break
        assert caught or not relevant, (name, k, change)


def float_partials(rule, args):
    """The partials in plain floats; None where the arithmetic raises (an infinite slope)."""
    row = compile_rule(rule, FLOATS)
    try:
        return row.partials(row.forward(*args), *args)
    except (ValueError, ZeroDivisionError, OverflowError):
        return (None,) * len(args)


def test_sinc_derivatives_of_high_order():
    for n in range(6):
        for x in (0.0, 1e-9, 0.2, 1.0, 3.7, 12.25):
            with mp.workdps(60):
                wanted = mp.quad(lambda t: t**n * mp.cos(mp.pi * mpf(x) * t + n * mp.pi / 2), [0, 1]) * mp.pi**n
            assert abs(sinc_derivative(n, x) - wanted) <= 1e-12 * (1 + abs(wanted)), (n, x)


EXACT_DEGREES = {
    "sind": {0: 0, 30: 0.5, 90: 1, 150: 0.5, 180: 0, 210: -0.5, 270: -1, 330: -0.5, 360: 0, -30: -0.5},
    "cosd": {0: 1, 60: 0.5, 90: 0, 120: -0.5, 180: -1, 240: -0.5, 270: 0, 300: 0.5, 360: 1, -60: 0.5},
    "tand": {0: 0, 45: 1, 135: -1, 180: 0, 225: 1, 315: -1, -45: -1},
    "secd": {0: 1, 60: 2, 120: -2, 180: -1, -60: 2},
    "cscd": {30: 2, 90: 1, 150: 2, 210: -2, 270: -1},
    "cotd": {45: 1, 90: 0, 135: -1, 270: 0, -45: -1},
    "asind": {0: 0, 0.5: 30, 1: 90, -0.5: -30, -1: -90},
    "acosd": {0: 90, 0.5: 60, 1: 0, -0.5: 120, -1: 180},
    "atand": {0: 0, 1: 45, -1: -45, math.inf: 90, -math.inf: -90},
    "asecd": {1: 0, 2: 60, -1: 180, -2: 120, math.inf: 90},
    "acscd": {1: 90, 2: 30, -1: -90, -2: -30, math.inf: 0},
    "acotd": {1: 45, -1: -45, math.inf: 0},
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT_DEGREES)
def test_degrees_are_exact_where_the_result_is(name):
    for x, wanted in EXACT_DEGREES[name].items():
        assert apply(name, float(x)) == wanted, x


@pytest.mark.parametrize("name", ["sind", "cosd", "tand", "mod2pi"])
def test_a_huge_angle_is_reduced_exactly(name):
    rng = random.Random(name)
    for _ in range(30):
        x = rng.choice((-1.0, 1.0)) * 10.0 ** rng.uniform(3.0, 305.0)
        wanted = exact(name, (x,))
        assert close(apply(name, x), wanted, 5 * EPS, None), (x, apply(name, x), mp.nstr(wanted, 20))


SLOPES_BY_CONVENTION = [
    ("hard_sigmoid", -3.0, 0.0), ("hard_sigmoid", 3.0, 0.0), ("hard_swish", -3.0, 0.0), ("hard_swish", 3.0, 1.0),
    ("selu", 0.0, 1.0507009873554805 * 1.6732632423543772), ("celu", 0.0, 1.0), ("xlogx", 0.0, -math.inf), ("asind", 1.0, math.inf),
    ("acosd", -1.0, -math.inf), ("asecd", 1.0, math.inf), ("acscd", -1.0, -math.inf), ("mod2pi", 0.0, 1.0),
    ("logexpm1", 5e-324, math.inf), ("log1mexp", -math.inf, 0.0), ("logexpm1", math.inf, 1.0), ("log1psq", math.inf, 0.0),
    ("atand", math.inf, 0.0), ("hard_swish", -math.inf, 0.0), ("celu", -math.inf, 0.0), ("log2mexp", -math.inf, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "x", "slope"), SLOPES_BY_CONVENTION)
def test_slopes_at_kinks_and_ends(name, x, slope):
    node = apply(name, Value(x), *RULES[name].defaults.values())
    assert node.arg_grads[0] == pytest.approx(slope, rel=4 * EPS)


#: Rows of one argument that refuse nan, as the function of Python's that they are does.
REFUSE_NAN = {"sinpi", "cospi", "sinc", "erfinv", "erfcinv", "floor", "ceil", "trunc"}


@pytest.mark.parametrize("name", [n for n, rule in RULES.items() if rule.arity == 1 and not rule.variadic])
def test_nan_stays_nan(name):
    if name in REFUSE_NAN:
        with refused(ValueError, "nan"):
            apply(name, math.nan)
    else:
        assert math.isnan(apply(name, math.nan))


def test_both_sides_of_logsubexp():
    for x, y in ((1000.0, 999.0), (-1000.0, 5.0), (0.0, 1e-300), (math.inf, 1.0), (2.0, -math.inf)):
        assert apply("logsubexp", x, y) == apply("logsubexp", y, x)
    assert apply("logsubexp", 2.0, -math.inf) == 2.0
    with refused(ValueError, "logsubexp", "x != y", "x = 1.0"):
        apply("logsubexp", 1.0, 1.0)
