"""Known functions with known derivatives: DiffRules.jl's list, the test functions of optimisation, HIPS/autograd's examples.

Oracles: mpmath in fifty digits, sympy's symbolic derivatives, closed forms.
"""

import math
import random

import pytest

import autograd_lite as ag
from autograd_lite import Value, cos, derivative, exp, grad, hessian, log, sin, sqrt, tanh
from autograd_lite.testing import check_grad

mpmath = pytest.importorskip("mpmath")
sympy = pytest.importorskip("sympy")

# --- the functions of DiffRules.jl's list that Python's math module has (or writes as an operator) --------------------------------

ONE = {
    "abs": (-2.0, 3.0), "acos": (-0.9, 0.9), "acosh": (1.1, 9.0), "asin": (-0.9, 0.9), "asinh": (-3.0, 3.0),
    "atan": (-3.0, 3.0), "atanh": (-0.9, 0.9), "cbrt": (0.1, 5.0), "cos": (-4.0, 4.0), "cosh": (-3.0, 3.0),
    "degrees": (-9.0, 9.0), "erf": (-2.0, 2.0), "erfc": (-2.0, 2.0), "exp": (-5.0, 5.0), "exp2": (-5.0, 5.0),
    "expm1": (-2.0, 2.0), "gamma": (0.3, 6.0), "lgamma": (0.3, 9.0), "log": (0.1, 9.0), "log10": (0.1, 9.0),
    "log1p": (-0.9, 5.0), "log2": (0.1, 9.0), "radians": (-200.0, 200.0), "sin": (-4.0, 4.0), "sinh": (-3.0, 3.0),
    "sqrt": (0.1, 9.0), "tan": (-1.4, 1.4), "tanh": (-3.0, 3.0),
}  # fmt: skip
IN_MPMATH = {
    "abs": mpmath.fabs, "degrees": mpmath.degrees, "radians": mpmath.radians, "exp2": lambda x: mpmath.mpf(2) ** x,
    "lgamma": mpmath.loggamma, "log": mpmath.ln, "log2": lambda x: mpmath.log(x, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_argument(name):
    ours, exact = getattr(ag, name), IN_MPMATH.get(name) or getattr(mpmath, name)
    assert hasattr(math, name) or name == "abs"
    rng = random.Random(name)
    for _ in range(10):
        x = rng.uniform(*ONE[name])
        check_grad(lambda x: ours(x), x)
        with mpmath.workdps(50):
            value, slope = float(exact(mpmath.mpf(x))), float(mpmath.diff(exact, mpmath.mpf(x)).real)
        leaf = Value(x)
        out = ours(leaf)
        out.backward()
        assert out.data == pytest.approx(value, rel=1e-14)
        assert leaf.grad == pytest.approx(slope, rel=1e-13)


TWO = {
    "atan2": (mpmath.atan2, (-3.0, 3.0), (0.5, 3.0)),
    "hypot": (mpmath.hypot, (0.2, 3.0), (-3.0, -0.2)),
    "pow": (mpmath.power, (0.2, 3.0), (-2.0, 2.0)),
    "fmod": (lambda x, y: mpmath.fmod(x, y), (2.1, 2.9), (0.9, 1.0)),
    "copysign": (lambda x, y: abs(x) * mpmath.sign(y), (0.5, 2.0), (-2.0, -0.5)),
    "maximum": (max, (1.0, 2.0), (2.1, 3.0)),
    "minimum": (min, (1.0, 2.0), (2.1, 3.0)),
}


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_arguments(name):
    exact, first, second = TWO[name]
    rng = random.Random(name)
    for _ in range(10):
        x, y = rng.uniform(*first), rng.uniform(*second)
        check_grad(getattr(ag, name), x, y)
        with mpmath.workdps(50):
            slopes = [float(mpmath.diff(exact, (mpmath.mpf(x), mpmath.mpf(y)), n)) for n in ((1, 0), (0, 1))]
        assert list(grad(getattr(ag, name), (0, 1))(x, y)) == pytest.approx(slopes, rel=1e-12)


# --- test functions of optimisation, against sympy --------------------------------------------------------------------------------


def rosenbrock(*x):
    return sum(100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2 for a, b in zip(x, x[1:], strict=False))


def beale(x, y):
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def booth(x, y):
    return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2


def himmelblau(x, y):
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def goldstein_price(x, y):
    a = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    b = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    return a * b


def powell(a, b, c, d):
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def wood(a, b, c, d):
    return (
        100 * (b - a**2) ** 2 + (1 - a) ** 2 + 90 * (d - c**2) ** 2 + (1 - c) ** 2
        + 10.1 * ((b - 1) ** 2 + (d - 1) ** 2) + 19.8 * (b - 1) * (d - 1)
    )  # fmt: skip


def ackley(m, x, y):
    root = m.sqrt(0.5 * (x**2 + y**2))
    return -20 * m.exp(-0.2 * root) - m.exp(0.5 * (m.cos(2 * math.pi * x) + m.cos(2 * math.pi * y))) + 20 + math.e


def rastrigin(m, x, y):
    return 20 + x**2 - 10 * m.cos(2 * math.pi * x) + y**2 - 10 * m.cos(2 * math.pi * y)


def branin(m, x, y):
    return (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * m.cos(x) + 10


def easom(m, x, y):
    return -m.cos(x) * m.cos(y) * m.exp(-((x - math.pi) ** 2) - (y - math.pi) ** 2)


POLYNOMIALS = [(rosenbrock, 2), (rosenbrock, 5), (beale, 2), (booth, 2), (himmelblau, 2), (goldstein_price, 2), (powell, 4),
               (wood, 4)]  # fmt: skip


@pytest.mark.parametrize(("f", "size"), POLYNOMIALS)
def test_polynomials(f, size):
    compare(f, f, size)


@pytest.mark.parametrize("f", [ackley, rastrigin, branin, easom])
def test_with_exponentials(f):
    compare(lambda *x: f(ag, *x), lambda *x: f(sympy, *x), 2)


def compare(ours, theirs, size):
    names = sympy.symbols(f"x0:{size}")
    symbolic = theirs(*names)
    slopes = [sympy.lambdify(names, sympy.diff(symbolic, one), "mpmath") for one in names]
    curves = [[sympy.lambdify(names, sympy.diff(symbolic, one, two), "mpmath") for two in names] for one in names]
    rng = random.Random(size)
    for _ in range(5):
        point = [rng.uniform(-2.0, 2.0) for _ in names]
        check_grad(ours, *point)
        check_grad(ours, *point, order=2)
        with mpmath.workdps(40):
            exact = list(map(mpmath.mpf, point))
            gradient = [float(one(*exact)) for one in slopes]
            matrix = [[float(one(*exact)) for one in row] for row in curves]
        size_of = max(map(abs, gradient)) + 1.0
        assert list(grad(ours, tuple(range(size)))(*point)) == pytest.approx(gradient, rel=1e-9, abs=1e-12 * size_of)
        found = hessian(lambda x: ours(*x))(point)
        for row, exact_row in zip(found, matrix, strict=True):
            assert row == pytest.approx(exact_row, rel=1e-9, abs=1e-12 * max(abs(one) for row in matrix for one in row))


def test_rosenbrock_as_published():
    """The gradient and the Hessian of the classic form, and the minimum at (1, 1)."""
    x, y = -1.2, 1.0
    assert grad(rosenbrock, (0, 1))(x, y) == pytest.approx((-400 * x * (y - x * x) - 2 * (1 - x), 200 * (y - x * x)))
    assert hessian(lambda p: rosenbrock(*p))([x, y]) == [
        pytest.approx([1200 * x * x - 400 * y + 2, -400 * x]), pytest.approx([-400 * x, 200.0])
    ]  # fmt: skip
    assert grad(rosenbrock, (0, 1))(1.0, 1.0) == (0.0, 0.0)


# --- what HIPS/autograd's documentation shows, in this engine's names ---------------------------------------------------------------


def test_tanh_and_its_derivatives():
    def by_hand(x):
        y = exp(-2.0 * x)
        return (1.0 - y) / (1.0 + y)

    assert grad(by_hand)(1.0) == pytest.approx(0.41997434161402603)
    assert (by_hand(1.0001) - by_hand(0.9999)) / 0.0002 == pytest.approx(grad(by_hand)(1.0), rel=1e-7)
    f, exact = by_hand, lambda n: float(mpmath.diff(mpmath.tanh, 1.0, n))
    for n in range(1, 5):
        f = grad(f)
        assert f(1.0) == pytest.approx(exact(n), rel=1e-9)
    assert derivative(tanh, 6)(1.0) == pytest.approx(exact(6), rel=1e-6)


def test_logistic_regression():
    inputs = [[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]]
    targets = [True, True, False, True]

    def loss(weights):
        total = 0.0
        for row, target in zip(inputs, targets, strict=True):
            p = 0.5 * (tanh(ag.dot(weights, row)) + 1.0)
            total = total - log(p if target else 1.0 - p)
        return total

    weights = [0.0, 0.0, 0.0]
    assert check_grad(loss, weights)
    before = loss(weights)
    for _ in range(100):
        weights = [w - 0.1 * g for w, g in zip(weights, grad(loss)(weights), strict=True)]
    assert before == pytest.approx(4 * math.log(2.0))
    assert loss(weights) < 0.5 * before


def test_a_loop_and_a_branch():
    def taylor_sine(x):
        term = total = x
        k = 0
        while abs(term) > 1e-18:
            term = -term * x * x / ((2 * k + 3) * (2 * k + 2))
            total = total + term
            k += 1
        return total

    assert check_grad(taylor_sine, 0.9)
    assert grad(taylor_sine)(0.9) == pytest.approx(math.cos(0.9), rel=1e-14)
    assert grad(grad(taylor_sine))(0.9) == pytest.approx(-math.sin(0.9), rel=1e-13)


def test_a_gradient_inside_a_function():
    def f(x):
        return sin(x) * sqrt(x)

    def newton(x):
        return x - grad(f)(x) / grad(grad(f))(x)

    x = 1.5
    for _ in range(6):
        x = newton(x)
    assert grad(f)(x) == pytest.approx(0.0, abs=1e-12)
    assert check_grad(lambda x: newton(x), 1.5)
    assert cos(0.0) == 1.0
