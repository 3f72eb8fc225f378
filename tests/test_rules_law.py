"""One law for the whole table: value, first, second and third derivative at and beside every special point, against mpmath.

Special are 0 and denormals, the ends of the domain, poles from both sides, ties, what is huge, and wherever a text of the row compares with
a number: on it and on both sides.  The derivatives are asked for twice: by back-propagating through gradients, and as power series.
"""

import ast
import functools
import itertools
import math

import pytest
import sympy
from mpmath import mp, mpf
from references import REFERENCES, SLOPES, differentiated, exactly

from autograd_lite import RULES, Value, atan2, celu, derivative, grad, hessian, jit, nn
from autograd_lite.engine.common import apply
from autograd_lite.rules.evaluate import compile_condition, compile_rule
from autograd_lite.rules.ieee import IEEE
from autograd_lite.rules.rule import CONSTANTS

EPS, TINY, LARGEST = 2.0**-52, 2.0**-1022, mpf(2) ** 1024 * (1 - mpf(2) ** -54)
SPECIAL = [0.0, 5e-324, 1e-160, 1e-8, 0.3, 1.0, 1.7, 40.0, 745.0, 1.5e154, 1e300]
MORE = [1e-310, 1e-17, 9.0, 1e16, 1e-300, 1e-100, 1e-3, 0.7, 3.3, 20.0, 37.0, 300.0, 700.0, 1e5, 1e100, 1e154, 1e200, 8e307]
ONE = [name for name, rule in RULES.items() if rule.arity == 1 and not rule.variadic]
#: (row, order) and where it does not hold, with the reason.
EXCEPTIONS = {
    # 30 * (asin(x) / asin(0.5)) for the sake of exact degrees: the quotient has few digits.
    ("asind", 0): lambda x: 0 < abs(x) < 1e-307,
    # ndtr has no digits there; the value is below the smallest normal number.
    ("gelu", 0): lambda x: -39.0 < x < -37.0,
    # One step of the float moves these waves by more than a turn.
    **{
        (name, n): (lambda x: abs(x) > 1e15)
        for name in ("sin", "cos", "tan", "sec", "csc", "cot", "sinc")
        for n in (1, 2, 3)
    },
    **{
        (name, n): (lambda x: abs(x) > 1e15)
        for name in ("sinpi", "cospi", "sind", "cosd", "tand", "secd", "cscd", "cotd")
        for n in range(4)
    },
}


def literals(rule):
    """The numbers that the texts of a row compare with."""
    numbers = {name: value for name, value in CONSTANTS.items() if value is not None and math.isfinite(value)}
    for text in filter(None, [rule.forward, *rule.partials, rule.domain, *(text for _, text in rule.let)]):
        sides = [
            side
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Compare)
            for side in (node.left, *node.comparators)
        ]
        for side in sides:
            if not {node.id for node in ast.walk(side) if isinstance(node, ast.Name)} - set(numbers):
                yield float(eval(ast.unparse(side), {"__builtins__": {}}, numbers))


def points(rule, special):
    """The special numbers of a row of one argument, within its domain."""
    edges = {1.0, *literals(rule)}
    found = {*special, *edges, *(math.nextafter(edge, way) for edge in edges for way in (-math.inf, math.inf))}
    return [x for x in sorted({*found, *(-x for x in found)}) if within(rule, x)]


def within(rule, *args):
    return not rule.domain or compile_condition(rule, rule.domain, IEEE)(None, *args)


def on_kink(rule, args):
    """On a kink, or so near that a rounded difference of the reference would cross it."""
    if not rule.kink:
        return rule.name == "softsign" and abs(args[0]) < 1e-300  # its second derivative jumps
    kink = compile_condition(rule, rule.kink, IEEE)(compile_rule(rule, IEEE).forward(*args), *args)
    return abs(kink) < 1e-12 * (1.0 + max(map(abs, args)))


def holds(got, wanted, order, moved):
    """Within 5 units in the last place; a derivative within 1e-13 (1e-12 from the second on), or what rounding an argument does."""
    if mp.fabs(wanted) >= LARGEST:
        return math.isinf(got) and (got > 0.0) == (wanted > 0)
    error = mp.fabs(mpf(got) - wanted) if math.isfinite(got) else mp.inf
    relative = [5 * EPS, 1e-13, 1e-12, 1e-12][order] * mp.fabs(wanted)
    below = TINY if order > 1 else 2e-323  # what came below the smallest normal number on the way
    return error <= relative + below or error <= relative + 4 * EPS * moved()


def checked(name, special):
    rule, wrong, count = RULES[name], [], 0
    for x in points(rule, special):
        value = exactly(name, (x,))
        if value is not None and mp.fabs(value) >= LARGEST:
            continue  # an error that says so
        for order in range(4):
            wanted = exactly(name, (x,), (order,)) if order else value
            if wanted is None or (order and on_kink(rule, (x,))):
                break
            if (name, order) in EXCEPTIONS and EXCEPTIONS[name, order](x):
                continue
            moved = functools.cache(lambda x=x, n=order + 1: mp.fabs(mpf(x) * (exactly(name, (x,), (n,)) or 0)))
            ways = [differentiated(functools.partial(apply, name), (x,), (0,) * order)] if order else [apply(name, x)]
            if order > 1:
                ways.append(derivative(lambda v: apply(name, v), order)(x))
            count += 1
            wrong += [(order, x, got, mp.nstr(wanted, 17)) for got in ways if not holds(got, wanted, order, moved)]
    assert not wrong, (name, len(wrong), wrong[:5])
    assert count > 12, count


#: Rows whose references take long.
SLOW = {"erfcinv", "gelu", "log1mexp", "ndtr", "erfinv", "gamma", "lgamma", "digamma", "trigamma"}


@pytest.mark.parametrize("name", ONE)
def test_of_one_argument(name):
    checked(name, SPECIAL[::3] if name in SLOW else SPECIAL)


@pytest.mark.long
@pytest.mark.parametrize("name", ONE)
def test_of_one_argument_at_more_points(name):
    checked(name, [*SPECIAL, *MORE])


@pytest.mark.parametrize("name", SLOPES)
def test_closed_forms_are_the_derivatives_of_the_references(name):
    for x in (0.3, 0.71):
        args = (2.0, x) if name == "polygamma" else (x + (name == "acoth"),)
        with mp.workdps(60):
            wanted = mp.diff(REFERENCES[name], tuple(map(mpf, args)), (0,) * (len(args) - 1) + (1,))
            assert mp.almosteq(SLOPES[name](*map(mpf, args)), wanted, mpf(10) ** -20)


# --- two arguments ---------------------------------------------------------------------------------------------------------

X, Y = sympy.symbols("x y", real=True)
PAIRS = {
    "div": X / Y, "pow": X**Y, "hypot": sympy.sqrt(X**2 + Y**2), "xlogy": X * sympy.log(Y), "xlog1py": X * sympy.log(1 + Y),
    "logaddexp": X + sympy.log(1 + sympy.exp(Y - X)), "logsubexp": X + sympy.log(1 - sympy.exp(Y - X)), "atan2": sympy.atan(X / Y),
}  # fmt: skip
NUMBERS = [0.0, 1e-100, 1e-8, 0.3, 1.0, 1.0 + EPS, 40.0, 700.0, 1e5, 1.5e154]
ORDERS = [orders for orders in itertools.product(range(4), repeat=2) if sum(orders) <= 3]


@functools.cache
def formula(name, orders):
    """A derivative by sympy, as a function of mpmath's numbers."""
    expression = PAIRS[name]
    for symbol, order in zip((X, Y), orders, strict=True):
        expression = sympy.diff(expression, symbol, order) if order else expression
    return sympy.lambdify((X, Y), expression, "mpmath")


def of_two(name, args, orders):
    before = None
    for digits in (60, 250, 800):
        with mp.workdps(digits):
            try:
                now = mp.re(formula(name, orders)(*map(mpf, args)))
            except ZeroDivisionError:  # what is not 0 has no digits yet
                continue
            if now and before is not None and mp.fabs(now - before) <= mpf(10) ** -20 * mp.fabs(now):
                return now
            before = now
    return mpf(0) if before is not None and mp.fabs(before) < mpf(10) ** -400 else None


#: Where slopes are a convention, or beyond the largest float on the way: a base or a logarithm's argument that is not above 0, and
#: the neighbourhood of the origin, or of a zero divisor, where second derivatives are near 1e308.
DEFINED = {
    "pow": lambda x, y: x > 0.0 and abs(y) < 1e3 and abs(y * math.log(x)) < 300.0,
    "xlogy": lambda x, y: y > 0.0,
    "xlog1py": lambda x, y: y > -1.0,
    "hypot": lambda x, y: bool(x or y),
    "atan2": lambda x, y: x >= y > 0.0 or -x >= y > 0.0 or y > abs(x),
    "logsubexp": lambda x, y: x > y,
}


@pytest.mark.parametrize("name", PAIRS)
def test_of_two_arguments(name):
    """All derivatives up to the third, mixed ones too, at ties and beside them and where one is nothing beside the other."""
    rule, wrong, count = RULES[name], [], 0
    pairs = [(x, y) for x in NUMBERS for y in NUMBERS] + [(-x, y) for x in NUMBERS[3:] for y in (0.3, 1.0, 40.0)]
    pairs += [(x, -y) for x in (0.3, 1.0) for y in NUMBERS[2:8]]
    for place, args in enumerate(pairs):
        if not within(rule, *args) or not DEFINED.get(name, lambda x, y: True)(*args):
            continue
        for orders in ORDERS[place % 3 :: 3] if abs(args[0] - args[1]) > 1.0 else ORDERS:
            wanted = of_two(name, args, orders)
            if wanted is None:
                continue
            count += 1
            path = (0,) * orders[0] + (1,) * orders[1]
            got = differentiated(functools.partial(apply, name), args, path)
            raised = [(orders[0] + 1, orders[1]), (orders[0], orders[1] + 1)]

            def moved(args=args, raised=raised):
                return sum(mp.fabs(mpf(a) * (of_two(name, args, o) or 0)) for a, o in zip(args, raised, strict=True))

            if not holds(got, wanted, sum(orders), moved):
                wrong.append((path, args, got, mp.nstr(wanted, 17)))
    assert not wrong, (name, len(wrong), wrong[:5])
    assert count > 60, count


@pytest.mark.parametrize(("name", "size"), [("atan2", 1e-102), ("hypot", 1e-153), ("pow", 1e-153)])
def test_third_derivatives_down_to_where_they_may_be_nan(name, size):
    """What docs/guarantees.md excepts begins no sooner than it says."""
    for ratio, factor in itertools.product((0.3, 1.0, 1.5, 7.0), (1.0, 1e3)):
        args = (ratio * factor * size, 0.25 * ratio if name == "pow" else size * factor)
        for path in itertools.product((0, 1), repeat=3):
            wanted, got = (
                of_two(name, args, (3 - sum(path), sum(path))),
                differentiated(functools.partial(apply, name), args, path),
            )
            assert holds(got, wanted, 3, lambda: 0) or abs(wanted) > 1e308, (args, path, got, mp.nstr(wanted, 17))


@functools.cache
def of_logits(path):
    """A derivative of logsumexp by sympy: with one more, of the softmax probability of that place."""
    places = sympy.symbols("x:3", real=True)
    expression = sympy.log(sum(map(sympy.exp, places)))
    for k in path:
        expression = sympy.diff(expression, places[k])
    return sympy.lambdify(places, expression, "mpmath")


LED = [
    (0.0, 40.0, 1.0),
    (-2.0, 0.0, 15.0),
    (36.0, 0.0, 0.3),
    (0.0, 5.0, 0.0),
    (300.0, 0.0, -1.0),
    (1.0, 1.5, 0.3),
    (40.0, 40.0, 0.0),
]
#: Of numbers, and how many derivatives of logsumexp it is itself, at which place.
OF_LOGITS = {
    "logsumexp": (lambda *z: apply("logsumexp", *z), ()),
    "cross_entropy": (lambda *z: nn.cross_entropy(list(z), 1), ()),
    "softmax": (lambda *z: apply("softmax", 0.0, *z), (0,)),
}


@pytest.mark.parametrize("name", OF_LOGITS)
def test_where_one_logit_leads(name):
    """Second and third derivatives, eager, as series and compiled: the largest share is 1 minus the others."""
    function, place = OF_LOGITS[name]
    compiled: dict[object, object] = {}
    for turn, z in enumerate(LED):
        for path in itertools.combinations_with_replacement(range(3), 2 + turn % 2):
            whole = tuple(sorted((*place, *path)))
            with mp.workdps(400):
                wanted = of_logits(whole)(*map(mpf, z))
                moved = [abs(mpf(z[k]) * of_logits((*whole, k))(*map(mpf, z))) for k in range(3)]
            nested = functools.reduce(grad, path, function)
            ways = {"backwards": differentiated(function, z, path)}
            for backend in ("python", "llvm"):
                compiled.setdefault((path, backend), jit(nested, backend=backend))
                ways[backend] = compiled[path, backend](*z)
            if len(set(path)) == 1:
                k = path[0]
                ways["series"] = derivative(lambda v, z=z, k=k: function(*z[:k], v, *z[k + 1 :]), len(path))(z[k])
            wrong = {way: got for way, got in ways.items() if not holds(got, wanted, len(path), lambda m=moved: sum(m))}
            assert not wrong, (z, path, wrong, mp.nstr(wanted, 17))


def test_nan_is_never_lost():
    """By a row that chooses, or that has a 0 before it, wherever it stands."""
    nan = math.nan
    for name in ("max", "min", "maximum", "minimum", "xlogy", "xlog1py", "logaddexp", "logsumexp", "hypot", "sum", "dot"):
        for args in ((1.0, nan), (nan, 1.0), (0.0, nan), (nan, nan)):
            assert math.isnan(apply(name, *args)), (name, args)
            assert math.isnan(apply(name, *map(Value, args)).data), (name, args)
    for args in ((nan, 0.0, 1.0), (0.5, nan, 1.0), (5.0, nan, 1.0), (5.0, 0.0, nan), (0.5, 0.0, nan), (-5.0, 0.0, nan)):
        assert math.isnan(apply("clamp", *args)), args
    for k in range(3):
        numbers = [1.0, 2.0, 3.0]
        numbers[k] = nan
        assert all(math.isnan(apply(name, *numbers)) for name in ("max", "min"))
        assert all(math.isnan(apply("softmax", float(j), *numbers)) for j in range(3))


def test_infinities_among_logits():
    inf = math.inf
    assert apply("logsumexp", -inf, -inf) == -inf
    assert apply("logsumexp", inf, 0.0) == inf
    assert [apply("softmax", float(k), 1.0, inf) for k in (0, 1)] == [0.0, 1.0]
    assert [apply("log_softmax", float(k), 1.0, inf) for k in (0, 1)] == [-inf, 0.0]
    for x in (-inf, inf):
        assert apply("logsumexp", Value(x)).arg_grads == (1.0,)
        assert apply("logsumexp", Value(x), Value(x)).arg_grads == (0.5, 0.5)
        assert apply("logaddexp", Value(x), Value(x)).arg_grads == (0.5, 0.5)
    assert apply("logsumexp", Value(inf), Value(0.0)).arg_grads == (1.0, 0.0)


@pytest.mark.parametrize("name", ["silu", "gelu", "mish", "softplus", "relu", "hard_swish"])
def test_slopes_of_activations_at_infinity(name):
    for x, slope in ((math.inf, 1.0), (-math.inf, 0.0)):
        node = apply(name, Value(x))
        assert node.arg_grads == (slope,)
        assert node.data == (x if slope else 0.0)


def test_a_slope_without_bound_stays_so_in_what_comes_after():
    """Not a constant with a derivative of 0: both ways, at a pole of the slope and where it is beyond the largest float."""
    root, tiny = RULES["sqrt"].name, 1e-200
    for f in (lambda v: apply(root, v), lambda v: v**0.5):
        assert grad(grad(f))(0.0) == derivative(f, 2)(0.0) == -math.inf
    coth = lambda v: apply("coth", v)  # noqa: E731
    node = apply("coth", Value(tiny))
    assert node.data == pytest.approx(1.0 / tiny, rel=1e-15)
    assert node.arg_grads == (-math.inf,)
    assert grad(grad(coth))(tiny) == derivative(coth, 2)(tiny) == math.inf


def test_lgamma_beside_its_zeros():
    zeros = [
        1.0,
        2.0,
        -2.4570247382208006,
        -2.7476826467274127,
        -3.143580888349980,
        -3.955294284858598,
        -5.991689,
        -15.0000000000007,
    ]
    beside = [1.0 + EPS, 1.0 - EPS / 2, 1.0000001, 1.9999999, 2.0 + 2 * EPS, -2.45702473822]
    for x in [*beside, *(math.nextafter(z, way) for z in zeros for way in (-math.inf, math.inf)), *zeros[2:]]:
        with mp.workdps(60):
            wanted = mp.re(mp.loggamma(mpf(x)))
        assert mp.fabs(apply("lgamma", x) - wanted) <= 5 * EPS * mp.fabs(wanted), x


def test_slopes_of_an_angle_whose_point_is_endless():
    """The closed form x / (x*x + y*y) goes to 0 along either axis and every diagonal, and so do its own slopes."""
    inf = math.inf
    for y, x in [
        (s * a, t * b) for a, b in ((inf, 1.0), (1.0, inf), (inf, inf), (0.0, inf)) for s in (1, -1) for t in (1, -1)
    ]:
        assert apply("atan2", Value(y), Value(x)).arg_grads == (0.0, 0.0), (y, x)
        for path in itertools.product((0, 1), repeat=2):
            assert differentiated(atan2, (y, x), path) == 0.0, (y, x, path)
    assert math.isnan(apply("atan2", Value(math.nan), Value(1.0)).arg_grads[0])


@pytest.mark.parametrize("name", ["erf", "erfc", "ndtr", "acosh"])
def test_slopes_that_die_out_stay_0_at_infinity(name):
    for x in (math.inf, 9e307, 1e154) if name == "acosh" else (math.inf, -math.inf, 9e307, -9e307, 1e154):
        for order in (1, 2, 3):
            wanted = 0.0 if math.isinf(x) else float(exactly(name, (x,), (order,)))
            assert differentiated(functools.partial(apply, name), (x,), (0,) * order) == pytest.approx(
                wanted, rel=1e-13, abs=2.3e-308
            )
            assert derivative(lambda v: apply(name, v), order)(x) == pytest.approx(wanted, rel=1e-13, abs=2.3e-308)
    assert math.isnan(grad(lambda v: apply(name, v))(math.nan))


@pytest.mark.parametrize("alpha", [1.0, 2.0, 0.5, 1e-3, 1e3])
def test_slopes_of_celu_in_alpha(alpha):
    """Against its closed forms, beside 0 where their terms cancel, and where exp(x / alpha) has died out."""
    for x in (
        -5e-324,
        -1e-20,
        -1e-9,
        -1e-3,
        -0.0099,
        -0.0101,
        -0.1,
        -1.0,
        -3.0,
        -40.0,
        -700.0,
        -1e5,
        -1e300,
        0.0,
        2.0,
        math.inf,
    ):
        with mp.workdps(60):
            t = min(mpf(x), mpf(0)) / mpf(alpha)
            slope, mixed, second = mp.expm1(t) - t * mp.exp(t), -t * mp.exp(t) / alpha, t * t * mp.exp(t) / alpha
        for path, wanted in (((1,), slope), ((0, 1), mixed), ((1, 0), mixed), ((1, 1), second)):
            assert differentiated(celu, (x, alpha), path) == pytest.approx(float(wanted), rel=1e-12, abs=TINY), (x, path)
    assert apply("celu", Value(-math.inf), Value(alpha)).arg_grads == (0.0, -1.0)
    assert [differentiated(celu, (-math.inf, alpha), p) for p in itertools.product((0, 1), repeat=2)] == [0.0] * 4
    assert apply("celu", -1.0, Value(0.0)).arg_grads == (None, -1.0)  # the limit from above


def test_a_sum_that_passes_the_largest_float_on_its_way():
    inf = math.inf
    for xs, wanted in (
        ([1e308, 1e308, -1e308], 1e308),
        ([-1e308, -1e308, 1e308, 5e-324], -1e308),
        ([1.7e308, 1.7e308, -1.7e308, -1.7e308, 5e-324], 5e-324),
        ([1e308, 1e308], inf),
        ([-1e308, -1e308], -inf),
        ([1e308, 1e308, -inf], -inf),
    ):
        assert apply("sum", *xs) == apply("sum", *map(Value, xs)).data == wanted
        assert apply("dot", *xs, *[1.0] * len(xs)) == wanted
    for xs in ([1e308, 1e308, inf, -inf], [1e308, 1e308, math.nan]):
        assert math.isnan(apply("sum", *xs))


@pytest.mark.parametrize("n", [622.0, 1e5, 1e9, 1e200])
def test_orders_of_sinc_that_overflow_say_so_at_once(n):
    for x in (0.0, 0.3, 1e3, 1e300):
        with pytest.raises(OverflowError):
            apply("sinc_derivative", n, x)


def test_mixed_slopes_where_a_logarithm_meets_0():
    """The limits of x**(y-1) * (1 + y*log(x)), and of 1 / y and 1 / (1 + y), in both orders and compiled."""
    inf = math.inf
    for name, args, wanted in (
        *(("pow", (0.0, y), [[-inf if y < 1.0 else 0.0, -inf], [-inf, 0.0]]) for y in (1e-3, 0.5, 1.0 - EPS, 1.0)),
        ("pow", (0.0, 2.0), [[2.0, 0.0], [0.0, 0.0]]),
        ("pow", (0.0, 1.5), [[inf, 0.0], [0.0, 0.0]]),
        *(("xlogy", (zero, 0.0), [[0.0, inf], [inf, 0.0]]) for zero in (0.0, -0.0)),
        ("xlog1py", (0.0, -1.0), [[0.0, inf], [inf, 0.0]]),
        ("xlogy", (0.0, 0.5), [[0.0, 2.0], [2.0, 0.0]]),
    ):
        found = hessian(lambda v, name=name: apply(name, v[0], v[1]))
        assert found(list(args)) == jit(found)(list(args)) == wanted, (name, args)
        assert [[differentiated(functools.partial(apply, name), args, (i, j)) for j in (0, 1)] for i in (0, 1)] == wanted, (
            name,
            args,
        )
    for y, slope in ((1.0, 1.0), (0.5, inf), (2.0, 0.0)):
        assert apply("pow", Value(0.0), Value(y)).arg_grads == (slope, 0.0)
    for nan in (Value(math.nan), math.nan):
        assert all(math.isnan(apply(name, Value(0.0), nan).arg_grads[0]) for name in ("pow", "xlogy", "xlog1py"))
