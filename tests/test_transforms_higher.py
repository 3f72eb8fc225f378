"""Derivatives of higher order: by power series, by nesting, by create_graph; the oracle is mpmath or sympy."""

import math
import random

import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import RULES, Value
from autograd_lite.engine.common import apply
from autograd_lite.replay import replay

SMOOTH = [name for name, rule in RULES.items() if rule.arity == 1 and not rule.variadic and not rule.kink]


def oracle(name: str, x: float, order: int) -> float:
    """The derivative of the forward text: a central difference with a tiny step, in 150 digits."""
    root = apply(name, leaf := Value(x))
    context = replay(root, "mpmath", digits=150).value.context
    with context.workdps(150):
        h = context.mpf(10) ** -15
        steps = [context.mpf(x) + (context.mpf(order) / 2 - k) * h for k in range(order + 1)]
        values = [replay(root, "mpmath", {leaf: t}, 150).value for t in steps]
    with context.workdps(150):
        terms = [(-1) ** k * math.comb(order, k) * value for k, value in enumerate(values)]
        return float(context.fsum(terms) / h**order)


@pytest.mark.parametrize("name", SMOOTH)
def test_every_smooth_primitive_to_the_fifth_order(name: str) -> None:
    ((low, high),) = RULES[name].box
    low, high = max(low, -2.0), min(high, 2.0)
    draw = random.Random(name)
    for order in (2, 3, 5):
        x = draw.uniform(low + 0.1 * (high - low), high - 0.1 * (high - low))
        true = oracle(name, x, order)
        assert ag.derivative(lambda t: apply(name, t), order)(x) == pytest.approx(true, rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("name", SMOOTH)
def test_nesting_and_power_series_agree(name: str) -> None:
    ((low, high),) = RULES[name].box
    x = 0.3 * max(low, -2.0) + 0.7 * min(high, 2.0)

    def f(t: Value) -> Value:
        return apply(name, t)

    nested = f
    for order in range(1, 5):
        nested = ag.grad(nested)
        assert nested(x) == pytest.approx(ag.derivative(f, order)(x), rel=1e-8, abs=1e-9)


def test_the_ninth_derivative_of_tanh() -> None:
    with mpmath.workdps(60):
        true = float(mpmath.diff(mpmath.tanh, 1, 9))
    assert ag.derivative(ag.tanh, 9)(1.0) == pytest.approx(true, rel=1e-14)
    nested = ag.tanh
    for _ in range(9):
        nested = ag.grad(nested)
    assert nested(1.0) == pytest.approx(true, rel=1e-12)


def test_the_work_of_a_power_series_grows_slowly() -> None:
    """Counted in operations on coefficients: nesting would multiply it by three with every order."""

    def work(order: int) -> int:
        x = Value(1.0)
        # With a Value every operation on a coefficient is a node that the result may refer to.
        return len(ag.topological_order(ag.derivative(ag.tanh, order)(x)))

    assert work(20) < 8 * work(10)


def test_a_hundredth_derivative() -> None:
    assert ag.derivative(ag.exp, 100)(0.5) == pytest.approx(math.exp(0.5), rel=1e-12)
    assert ag.derivative(ag.sin, 100)(0.5) == pytest.approx(math.sin(0.5), rel=1e-12)
    assert ag.derivative(lambda x: 1 / x, 100)(2.0) == pytest.approx(math.factorial(100) / 2.0**101, rel=1e-12)


def test_taylor_coefficients() -> None:
    assert ag.taylor(ag.exp, 0.0, 5) == pytest.approx([1 / math.factorial(k) for k in range(6)])
    assert ag.taylor(lambda x: x**3, 2.0, 4) == [8.0, 12.0, 6.0, 1.0, 0.0]
    assert ag.taylor(lambda x: [x, 1.0], 2.0, 1) == [[2.0, 1.0], [1.0, 0.0]]


def test_orders_zero_and_one() -> None:
    assert ag.derivative(ag.sin, 0)(0.5) == math.sin(0.5)
    assert ag.derivative(ag.sin)(0.5) == math.cos(0.5)
    assert ag.derivative(lambda x: 3.0, 2)(1.0) == 0.0
    assert ag.derivative(lambda x: x, 2)(1.0) == 0.0


def test_a_curve_is_differentiated_component_by_component() -> None:
    curve = ag.derivative(lambda t: {"x": ag.cos(t), "y": [ag.sin(t), t]}, 2)(0.3)
    assert curve == {"x": pytest.approx(-math.cos(0.3)), "y": [pytest.approx(-math.sin(0.3)), 0.0]}


def test_of_a_value_it_is_a_value_with_a_graph() -> None:
    x = Value(0.7)
    second = ag.derivative(ag.tanh, 2)(x)
    assert isinstance(second, Value)
    second.backward()
    assert x.grad == pytest.approx(ag.derivative(ag.tanh, 3)(0.7), rel=1e-12)


def test_parameters_from_outside_are_seen_through() -> None:
    w = Value(1.5)
    third = ag.derivative(lambda x: ag.sin(w * x), 3)(0.4)  # -w**3 cos(w x)
    third.backward()
    u = 1.5 * 0.4
    assert third.data == pytest.approx(-(1.5**3) * math.cos(u))
    assert w.grad == pytest.approx(-3 * 1.5**2 * math.cos(u) + 1.5**3 * math.sin(u) * 0.4)


def test_piecewise_functions_and_reductions() -> None:
    def f(x: Value) -> Value:
        parts = [ag.relu(x) * x, ag.maximum(x, 2.0) ** 2, ag.abs(x) ** 3, ag.where(x > 0, x**4, 0.0)]
        return ag.sum(parts) + ag.prod(parts[:2]) + ag.dot([x, x * x], [x, 3.0]) + ag.logsumexp([x, 2 * x, x * x])

    def g(x: sympy.Symbol) -> sympy.Expr:
        return (
            (x**2 + 4 + x**3 + x**4)
            + 4 * x**2
            + x**2
            + 3 * x**2
            + sympy.log(sympy.exp(x) + sympy.exp(2 * x) + sympy.exp(x**2))
        )

    t = sympy.Symbol("t")
    for order in range(1, 6):
        true = float(sympy.diff(g(t), t, order).subs(t, 0.8))
        assert ag.derivative(f, order)(0.8) == pytest.approx(true, rel=1e-10)


def test_where_the_slope_is_infinite() -> None:
    assert ag.derivative(ag.sqrt)(0.0) == math.inf
    assert ag.derivative(lambda x: ag.abs(x), 2)(0.0) == 0.0
    assert not math.isfinite(ag.derivative(ag.sqrt, 2)(0.0))


def test_refusals() -> None:
    with refused(ValueError, "derivative", 0, -1):
        ag.derivative(ag.sin, -1)
    for wrong in (1.5, True, "2"):
        with refused(TypeError, "derivative", "n", wrong):
            ag.derivative(ag.sin, wrong)
    with refused(TypeError, "one number", "[number, number]"):
        ag.derivative(lambda v: v[0], 2)([1.0, 2.0])
    with refused(ag.RangeError, "200!", "float", "taylor(f, x, n)"):
        ag.derivative(lambda x: 1 / x, 200)(1.0)
    with refused(TypeError, "NoneType", "number", "return"):
        ag.derivative(lambda x: None)(1.0)


# --- backward(create_graph=True) -------------------------------------------------------------------------------------

X, Y = sympy.symbols("x y")
EXPRESSIONS = [
    (lambda x, y: ag.sin(x * y) * ag.exp(-x), sympy.sin(X * Y) * sympy.exp(-X)),
    (lambda x, y: ag.tanh(x) / (1 + y * y), sympy.tanh(X) / (1 + Y**2)),
    (lambda x, y: x**y + ag.log(x + y), X**Y + sympy.log(X + Y)),
    (lambda x, y: ag.sqrt(x * x + y * y) ** 3, sympy.sqrt(X**2 + Y**2) ** 3),
    (lambda x, y: ag.hypot(x, y) * ag.atan2(y, x), sympy.sqrt(X**2 + Y**2) * sympy.atan(Y / X)),
    (lambda x, y: ag.sigmoid(x - y) * ag.softplus(y), sympy.log(1 + sympy.exp(Y)) / (1 + sympy.exp(Y - X))),
    (lambda x, y: ag.erf(x) + ag.gelu(y) * x, sympy.erf(X) + Y * (1 + sympy.erf(Y / sympy.sqrt(2))) / 2 * X),
    (lambda x, y: ag.prod([x, y, x, y]) + ag.dot([x, y], [y, y]), X**2 * Y**2 + X * Y + Y**2),
    (lambda x, y: ag.logsumexp([x, y, x * y]), sympy.log(sympy.exp(X) + sympy.exp(Y) + sympy.exp(X * Y))),
    (lambda x, y: ag.softmax([x, y])[0] * ag.log_softmax([x, y])[1],
     1 / (1 + sympy.exp(Y - X)) * sympy.log(1 / (1 + sympy.exp(X - Y)))),
    (lambda x, y: 2.0**x % 10.0 + abs(-y) ** 2.5, 2**X + Y ** sympy.Rational(5, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("f", "expression"), EXPRESSIONS)
def test_create_graph_to_the_third_order_against_sympy(f: object, expression: sympy.Expr) -> None:
    x, y = Value(0.8), Value(1.3)
    at = {X: sympy.Float(0.8, 30), Y: sympy.Float(1.3, 30)}

    def differentiate(value: Value, with_respect_to: Value) -> Value:
        x.zero_grad()
        y.zero_grad()
        value.backward(create_graph=True)
        slope = with_respect_to.grad
        return slope if isinstance(slope, Value) else Value(slope, requires_grad=False)

    for variables in ([X], [Y], [X, X], [X, Y], [Y, X], [Y, Y], [X, Y, X], [Y, Y, X], [X, X, X], [Y, Y, Y]):
        value = f(x, y)
        for variable in variables:
            value = differentiate(value, x if variable is X else y)
        true = float(sympy.diff(expression, *variables).subs(at).evalf(25))
        assert value.data == pytest.approx(true, rel=1e-9, abs=1e-12), variables


def test_create_graph_accumulates_in_leaves_as_backward_does() -> None:
    x = Value(2.0)
    y = x**3
    y.backward(create_graph=True)
    y.backward(create_graph=True)
    assert x.grad.data == 24.0
    slope = x.grad
    x.zero_grad()
    slope.backward()
    assert x.grad == 24.0


def test_a_gradient_penalty() -> None:
    """The square of a gradient as part of the loss: second derivatives in one training step."""
    w, x = Value(0.5), Value(2.0)
    out = ag.tanh(w * x)
    out.backward(create_graph=True)
    penalty = x.grad**2  # (w sech^2(w x))^2
    for leaf in (w, x):
        leaf.zero_grad()
    penalty.backward()
    t = sympy.Symbol("t")
    true = float(sympy.diff((t * sympy.sech(t * 2) ** 2) ** 2, t).subs(t, 0.5))
    assert w.grad == pytest.approx(true)


@given(st.floats(-2, 2), st.floats(0.5, 2))
def test_create_graph_and_grad_agree(a: float, b: float) -> None:
    def f(x: Value, y: Value) -> Value:
        return ag.exp(x / y) * ag.cos(x) + y**x

    x, y = Value(a), Value(b)
    f(x, y).backward(create_graph=True)
    assert (x.grad.data, y.grad.data) == pytest.approx(ag.grad(f, (0, 1))(a, b), rel=1e-12)
    mixed = ag.grad(ag.grad(f, 0), 1)(a, b)
    slope = x.grad
    x.zero_grad()
    y.zero_grad()
    slope.backward()
    assert y.grad == pytest.approx(mixed, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 3000])
def test_many_terms_and_factors_need_no_stack(count: int) -> None:
    rates = [k / count for k in range(1, count + 1)]
    total = math.fsum(rates)
    # exp(r t) for each rate: their product is exp(total t), and log of it total t.
    by_product = ag.taylor(lambda t: ag.prod([ag.exp(t * (r / total)) for r in rates]), 0.5, 3)
    assert by_product == pytest.approx([math.exp(0.5) / math.factorial(k) for k in range(4)], rel=1e-10)
    weights = [math.exp(0.5 * r) for r in rates]
    whole = math.fsum(weights)
    mean = math.fsum(r * w for r, w in zip(rates, weights, strict=True)) / whole
    variance = math.fsum((r - mean) ** 2 * w for r, w in zip(rates, weights, strict=True)) / whole
    # The second derivative of a cumulant generating function is the variance.
    second = ag.derivative(lambda t: ag.logsumexp([t * r for r in rates]), 2)(0.5)
    assert second == pytest.approx(variance, rel=1e-9, abs=1e-12)


def test_a_product_through_zero_by_power_series() -> None:
    assert ag.taylor(lambda t: ag.prod([t, t + 1.0, t * 2.0, 3.0]), 0.0, 4) == [0.0, 0.0, 6.0, 6.0, 0.0]
