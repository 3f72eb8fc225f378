"""The kit on other engines: it finds the faults they have, and those put into them."""

import math

import pytest
from refusals import refused

from autograd_lite import Value
from autograd_lite.testing import Engine, GradientError, check_derivative, check_engine, torch_engine, value_engine


def both(x, y):
    return x * y + x * x


def test_this_engine_by_the_same_road():
    assert check_engine(value_engine(Value), lambda x, y: (x * y).tanh() * x, 0.5, -1.5)


def test_micrograd_is_right_the_first_time():
    engine = pytest.importorskip("micrograd.engine")
    assert check_engine(value_engine(engine.Value, "micrograd"), both, 2.0, -3.0, twice=False)


def test_micrograd_second_backward_is_wrong():
    """It keeps the gradients of intermediate results, and sends them down again: 3 times the gradient instead of 2."""
    engine = pytest.importorskip("micrograd.engine")
    with refused(GradientError, "second backward", "of x"):
        check_engine(value_engine(engine.Value, "micrograd"), lambda x, y: (x * y + x) ** 2, 2.0, -3.0)


class Careless:
    """A micrograd-like engine in small, with a wrong rule for products if it is so told."""

    factor = 1.0

    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents

    def __mul__(self, other):
        return Careless(self.data * other.data, ((self, other.data * self.factor), (other, self.data)))

    def backward(self, seed=1.0):
        self.grad += seed
        for parent, slope in self.parents:
            parent.backward(seed * slope)


def test_a_wrong_rule_in_an_engine_of_ones_own():
    engine = value_engine(Careless)
    assert check_engine(engine, lambda x, y: x * y * x, 2.0, 3.0)
    Careless.factor = 1.0001
    try:
        report = check_engine(engine, lambda x, y: x * y * x, 2.0, 3.0, raise_exception=False)
    finally:
        Careless.factor = 1.0
    assert report.verdict == "fail"
    assert {one.name for one in report.arguments if one.units > 1.0} == {"x", "y"}


def test_an_engine_in_five_words():
    engine = Engine("by hand", lambda x: [x, 0.0], lambda r: r[0], lambda r: r[1](), lambda v: v[1])

    def square(v):
        def backward():
            v[1] += 2.0 * v[0]

        return [v[0] ** 2, backward]

    assert check_engine(engine, square, 3.0)


# --- with packages that are only there for the comparison ----------------------------------------------------------------------


def test_torch_is_right_and_a_wrong_backward_is_not():
    torch = pytest.importorskip("torch")

    class Cube(torch.autograd.Function):
        slope = 3.0

        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * Cube.slope * x**2

    engine = torch_engine()
    assert check_engine(engine, lambda x, y: torch.tanh(x * y) * x, 0.5, -1.5)
    assert check_engine(engine, lambda x, y: Cube.apply(x) * y, 0.5, -1.5)
    Cube.slope = 2.9
    with pytest.raises(GradientError) as caught:
        check_engine(engine, lambda x, y: Cube.apply(x) * y, 0.5, -1.5)
    assert [one.name for one in caught.value.report.arguments if one.units > 1.0] == ["x"]


def test_hips_autograd_is_right_and_a_wrong_vjp_is_not():
    autograd = pytest.importorskip("autograd")
    from autograd.extend import defvjp, primitive

    @primitive
    def cube(x):
        return x**3

    defvjp(cube, lambda out, x: lambda g: g * 3.0 * x**2)
    assert check_derivative(lambda x: cube(x) + x, autograd.grad(lambda x: cube(x) + x), 1.5)
    defvjp(cube, lambda out, x: lambda g: g * 3.0 * x)
    with pytest.raises(GradientError):
        check_derivative(lambda x: cube(x) + x, autograd.grad(lambda x: cube(x) + x), 1.5)


@pytest.mark.parametrize(
    ("f", "df", "x", "verdict"),
    [
        (abs, lambda x: 0.3, 0.0, "pass"),  # between -1 and 1
        (abs, lambda x: 1.3, 0.0, "fail"),
        (math.floor, lambda x: 0.0, 0.5, "pass"),
        (lambda x: math.copysign(1.0, x), lambda x: 5.0, 0.0, "inconclusive"),
    ],
)
def test_kinks_and_jumps_of_plain_functions(f, df, x, verdict):
    assert check_derivative(f, df, x, raise_exception=False).verdict == verdict


# --- slopes that are no numbers, and functions that cannot be checked --------------------------------------------------------


@pytest.mark.parametrize("slope", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("f", "x"),
    [(math.sin, 1.0), (abs, 0.0), (lambda x: 5.0 + max(x, 0.0), -1.0)],
    ids=["sine", "kink", "constant"],
)
def test_nan_and_inf_are_wrong_where_there_is_a_slope(f, x, slope):
    report = check_derivative(f, lambda x: slope, x, raise_exception=False)
    assert report.verdict == "fail"
    assert f"the gradient of x is {slope!r} where the function has a slope" in str(report)


@pytest.mark.parametrize("f", [math.sqrt, math.cbrt, lambda x: math.copysign(1.0, x)], ids=["sqrt", "cbrt", "jump"])
def test_an_infinite_slope_may_be_right_where_there_is_none(f):
    assert check_derivative(f, lambda x: math.inf, 0.0, raise_exception=False).verdict == "inconclusive"


def test_at_the_edge_of_the_domain_the_side_inside_counts():
    def f(x):
        return math.sin(x) if x >= 0.0 else math.log(-1.0)

    report = check_derivative(f, math.cos, 0.0)
    assert report
    assert "to the left of x = 0.0 the function is not defined" in str(report)
    assert check_derivative(f, lambda x: 1.001, 0.0, raise_exception=False).verdict == "fail"


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: None, ("None", "return")),
        (lambda x: 3.0, ("3.0", "Value")),
        (lambda x: [x, x], ("list of 2", "one")),
    ],
)
def test_functions_that_leave_the_engine(f, message):
    with refused(TypeError, *message):
        check_engine(value_engine(Value), f, 3.0)


@pytest.mark.parametrize(
    ("check", "call"),
    [
        (lambda: check_engine(value_engine(Value), abs), "check_engine(engine, f, 0.5)"),
        (lambda: check_derivative(abs, abs), "check_derivative(f, derivative, 0.5)"),
    ],
)
def test_no_point(check, call):
    with refused(TypeError, "point", call):
        check()


def test_a_function_that_counts_its_calls():
    calls = []

    def f(x):
        calls.append(x)
        return x * float(len(calls))

    report = check_engine(value_engine(Value), f, 3.0, raise_exception=False)
    assert report.verdict == "fail"
    assert "not deterministic" in str(report)


def test_an_argument_without_a_gradient_is_noted():
    engine = Engine("by hand", lambda x: [x, None], lambda r: r[0], lambda r: r[1](), lambda v: v[1])

    def first(v, w):
        def backward():
            v[1] = 1.0

        return [v[0], backward]

    report = check_engine(engine, first, 3.0, 4.0)
    assert report
    assert "no gradient reached w" in str(report)


def test_torch_nan_behind_where():
    """PyTorch multiplies the slope of the branch not taken, infinite, by 0: a known fault of its `where`."""
    torch = pytest.importorskip("torch")
    with refused(GradientError, "x", "nan", "has a slope"):
        check_engine(torch_engine(), lambda x: torch.where(x > 0.0, torch.sqrt(x), 2.0 * x), -1.0)
