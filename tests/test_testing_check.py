"""`check_grad`: what it passes, what it fails, and what it says."""

import math
import random

import pytest
from hypothesis import given, settings
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value, nn, primitive, relu, sin, sqrt, stop_gradient, tanh, unregister
from autograd_lite.testing import (
    GradientError,
    check_derivative,
    check_grad,
    check_laws,
    check_operation,
    given_derivative,
    gradcheck,
    gradgradcheck,
    random_graph,
)
from autograd_lite.testing.numeric import differentiate
from autograd_lite.testing.strategies import Network, graphs, mlps

pytest.importorskip("mpmath")


def failing(f, *args, **options):
    report = check_grad(f, *args, raise_exception=False, **options)
    assert report.verdict == "fail"
    return str(report)


@pytest.fixture
def wrong_cube():
    yield primitive("wrong_cube", "x", "x * x * x", ["2.9 * x * x"], check=False)
    unregister("wrong_cube")


# --- what passes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: x * x, (3.0,)),
        (lambda x, y: sin(x) * y, (0.5, -2.0)),
        (lambda p: p["w"][0] * p["x"] + p["w"][1], ({"w": [2.0, 1.0], "x": 3.0},)),
        (lambda x: ag.log(x), (1e-9,)),
        (lambda x: ag.log(x), (1e-300,)),
        (lambda x: ag.exp(x), (700.0,)),
        (lambda x: sin(1e6 * x) + 1e8, (1.0,)),  # too rough for differences
        (lambda x, y: 1e9 * x + 1e-9 * y, (1.0, 1.0)),
        (lambda x: x if x > 0 else 2 * x, (-1.0,)),
        (lambda x: ag.digamma(x), (1.4616321449683622,)),  # the slope is not small where the value is
    ],
)
def test_right_gradients_pass(f, args):
    assert check_grad(f, *args)
    assert check_grad(f, *args, fast_mode=False).verdict in ("pass", "inconclusive")


def test_numpy_arrays_are_arguments():
    np = pytest.importorskip("numpy")
    assert check_grad(lambda x: (x * x).sum(), np.array([[1.0, 2.0], [3.0, 4.0]]))


def test_values_given_are_left_alone():
    x = Value(2.0)
    x.grad = 7.0
    check_grad(lambda x: x * x, x)
    assert (x.data, x.grad) == (2.0, 7.0)


@settings(max_examples=60, deadline=None)
@given(graphs(smooth=False))
def test_random_graphs_pass(graph):
    assert check_grad(graph, *graph.point, raise_exception=False).verdict != "fail"


@settings(max_examples=40, deadline=None)
@given(mlps())
def test_random_networks_pass(network):
    assert check_grad(network, network.parameters, raise_exception=False).verdict != "fail" or "kink" in str(
        check_grad(network, network.parameters, raise_exception=False)
    )


def test_second_and_third_derivatives():
    assert gradgradcheck(lambda x, y: tanh(x * y) + x**3, 0.3, -1.2)
    assert check_grad(lambda x: tanh(x), 1.0, order=3)
    assert gradcheck is check_grad


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: 3 * x, (2.0,)),
        (lambda x: x, (2.0,)),
        (relu, (2.0,)),
        (relu, (-2.0,)),
        (abs, (-0.5,)),
        (lambda x: ag.step(x), (0.5,)),
        (lambda s: nn.hinge(s, 1), (0.3,)),
        (lambda s: nn.hinge(s, -1), (-3.0,)),
        (lambda x, y: 2 * x - y, (1.0, 0.5)),
        (lambda v: ag.max(v) + ag.sum(v), ([1.0, 0.5],)),
        (lambda x: ag.clamp(x, 0.0, 1.0), (0.5,)),
        (lambda x, y: x * y, (1.0, 0.5)),
    ],
)
@pytest.mark.parametrize("order", [2, 3])
def test_a_derivative_may_be_constant(f, args, order):
    assert gradgradcheck(f, *args, order=order)


def test_a_derivative_that_was_recorded_as_constant_and_is_not():
    cube = primitive("frozen_cube", "x", "x * x * x", ["3.0 * detach(x) * detach(x)"], check=False)
    try:
        assert gradgradcheck(cube, 2.0, raise_exception=False).verdict == "fail"
    finally:
        unregister("frozen_cube")


@pytest.mark.parametrize("order", [0, -1, 1.5, True])
def test_orders_that_make_no_sense(order):
    with refused(ValueError, "order", 1, repr(order)):
        check_grad(lambda x: x, 1.0, order=order)


# --- what fails, and the diagnosis --------------------------------------------------------------------------------------------


def test_the_wrong_operation_is_named(wrong_cube):
    def f(x, y):
        a = sin(x * y)
        b = wrong_cube(a + 1.0)  # the line to be found
        return tanh(b) * y

    text = failing(f, 0.5, 2.0)
    line = f.__code__.co_firstlineno + 2
    assert "the wrong operation: wrong_cube(1.8414709848078965)" in text
    assert f"test_testing_check.py, line {line}, in f" in text
    assert "to reproduce: check_operation('wrong_cube', 1.8414709848078965)" in text
    assert "times what is allowed" in text
    with refused(GradientError, "wrong_cube", "1.8414709848078965"):
        check_operation("wrong_cube", 1.8414709848078965)


def test_a_mistake_far_below_what_differences_show_is_found():
    op = primitive("nearly", "x", "x * x", ["2.00000001 * x"], check=False)
    try:
        # Its share in the whole is a millionth of a millionth.
        text = failing(lambda x, y: 1e-6 * op(x) + 1e6 * y, 1.0, 1.0)
        assert "nearly(1.0)" in text
    finally:
        unregister("nearly")


@pytest.mark.parametrize(("slope", "shown"), [("(x - x) / (x - x)", "nan"), ("1.0 / (x - x)", "inf")])
def test_a_slope_that_is_no_number_is_wrong_where_there_is_one(slope, shown):
    broken = primitive("broken_square", "x", "x * x", [slope], check=False)

    def f(x):
        with ag.ieee():
            return broken(x) + x

    try:
        report = check_grad(f, 2.0, raise_exception=False)
    finally:
        unregister("broken_square")
    assert report.verdict == "fail"
    assert [(fault.node.op, fault.numeric.value) for fault in report.faults] == [("broken_square", 4.0)]
    assert f"is recorded as {shown}; differences give 4 " in str(report)


@pytest.mark.parametrize("name", ["sqrt", "cbrt", "asin", "acosh"])
def test_an_infinite_slope_at_an_edge_is_not_called_wrong(name):
    x = {"sqrt": 0.0, "cbrt": 0.0}.get(name, 1.0)

    def f(x):
        with ag.ieee():
            return getattr(ag, name)(x)

    report = check_grad(f, x, raise_exception=False)
    assert report.verdict == "inconclusive"
    assert "cannot be told" in str(report)


def test_every_wrong_operation_is_listed_and_no_other(wrong_cube):
    report = check_grad(lambda x: wrong_cube(sin(x)) + wrong_cube(x) * x, 0.7, raise_exception=False)
    assert [fault.node.op for fault in report.faults] == ["wrong_cube", "wrong_cube"]


def test_an_error_is_an_assertion_error_with_its_report(wrong_cube):
    with pytest.raises(AssertionError) as caught:
        check_grad(wrong_cube, 2.0)
    assert caught.value.report.verdict == "fail"
    assert not caught.value.report


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * math.sin(x.data),
        lambda x: x * stop_gradient(x),
        lambda x: x + Value(x.data**2),
    ],
)
def test_what_was_not_recorded_is_noticed(f):
    assert "part of the function was not recorded" in failing(f, 1.3)


def test_hooks_that_change_gradients_are_noticed():
    def f(x):
        y = x * x
        y.register_hook(lambda gradient: 2.0 * gradient)
        return y * 3.0

    assert "a hook" in failing(f, 1.0)


def test_random_functions_are_noticed():
    assert "is not deterministic" in failing(lambda x: x * random.random(), 1.0)


def test_second_derivatives_can_be_wrong_alone():
    op = primitive("stiff", "x", lambda x: x**3, [lambda x: 3.0 * float(x) ** 2], differentiable=True, check=False)
    try:
        assert check_grad(lambda x: op(x), 2.0)
        assert check_grad(lambda x: op(x) * x, 2.0, order=2, raise_exception=False).verdict == "fail"
    finally:
        unregister("stiff")


# --- kinks, jumps, edges --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "says"),
    [
        (lambda x: relu(x), 0.0, "any slope from 0 to 1 is accepted; 0 is used"),
        (lambda x: abs(x) + x * x, 0.0, "any slope from -1 to 1 is accepted; 0 is used"),
        (lambda x: ag.maximum(x, 1.0), 1.0, "is at a kink"),
        (lambda x: ag.max(x, 1.0, 0.5), 1.0, "is at a kink"),
        (lambda x: x if x > 0 else 2 * x, 0.0, "any slope from 1 to 2 is accepted"),
    ],
)
def test_any_slope_of_a_kink_is_accepted(f, x, says):
    report = check_grad(f, x)
    assert report
    assert says in str(report)


def test_a_tie_that_makes_no_difference_before_steps_of_even_width():
    """Differences take the stairs for a slope; but next to the point the gradient is the same, so it is believed."""
    report = check_grad(lambda z: ag.round(ag.degrees(ag.minimum(z, z))), 2.274)
    assert report.gradient == {"z": 0.0}
    assert abs(report.arguments[0].numeric.value) > 50.0
    assert "a point next to it" in str(report)


def test_a_part_that_was_not_recorded_beside_a_kink_is_found():
    report = check_grad(lambda z: ag.minimum(z, z) + 0.5 * z.data, 2.0, raise_exception=False)
    assert report.verdict == "fail"


def test_a_slope_outside_the_kink_is_not():
    op = primitive("leaning", "x", "abs(x)", ["1.5 if x >= 0.0 else -1.0"], kink="x", check=False)
    try:
        report = check_grad(lambda x: op(x), 0.0, raise_exception=False)
        assert report.verdict == "fail"
        assert [fault.numeric.value for fault in report.faults] == [1.0]  # the side that is nearer to 1.5
    finally:
        unregister("leaning")


def test_allowed_slopes_that_do_not_fit_together():
    assert "together they are not a slope of the function" in failing(lambda x: relu(x) - relu(-x), 0.0)


@pytest.mark.parametrize(
    ("f", "x"), [(lambda x: sqrt(x), 0.0), (lambda x: ag.step(x) + x, 0.0), (lambda x: ag.floor(x) * x, 2.0)]
)
def test_where_there_is_no_derivative_it_says_so(f, x):
    assert check_grad(f, x).verdict == "inconclusive"


# --- bad input --------------------------------------------------------------------------------------------------------------------


def changes(x):
    x.data = 3.0
    return x * x


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: None, ("None", "return")),
        (lambda x: [x, x], ("list of 2", "[0]")),
        (lambda x: (x,), ("tuple of 1",)),
        (lambda x: {"loss": x}, ("dict of 1",)),
        (lambda x: 3.0, ("3.0", "x.data")),
        (lambda x: math.sin(x), ("math.sin(x)", "autograd_lite.sin")),
        (lambda x: "a", ("str", "'a'", "Value")),
        (lambda x: True, ("bool", True, "Value")),
        (lambda x: Value(3.0), ("arguments", "detach()")),
        (changes, ("changes", "argument x")),
    ],
)
def test_functions_that_cannot_be_checked(f, message):
    with refused(TypeError, *message):
        check_grad(f, 1.0)


def test_what_the_function_raises_comes_through_with_the_point():
    with pytest.raises(ag.DomainError) as caught:
        check_grad(lambda x: ag.log(x - 5.0), 1.5)
    assert "raised by <lambda>(1.5), which was being checked" in caught.value.__notes__


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((lambda x: x,), ("point", "check_grad(f, 0.5)")),
        ((Value(2.0), 1.0), ("function", "Value")),
        ((lambda x: x, []), ("arguments", "no number")),
    ],
)
def test_calls_that_make_no_sense(args, message):
    with refused(TypeError, *message):
        check_grad(*args)


def test_dependent_and_unused_arguments_are_noted():
    a = Value(2.0)
    assert "the same Value was given twice" in str(check_grad(lambda x, y: x * y, a, a))
    assert "computed from others" in str(check_grad(lambda x: x * x, a * 2.0))
    assert "independent of y" in str(check_grad(lambda x, y: x * x, 1.0, 2.0))


# --- differences, derivatives by hand -------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(graphs(variables=1, max_size=4))
def test_the_error_bound_of_differences_holds(graph):
    mpmath = pytest.importorskip("mpmath")
    if len(graph.point) != 1:
        return
    from autograd_lite.replay import replay

    leaves, root = graph.record()
    exact = float(replay(root, numbers="mpmath", digits=40).grad(leaves[0]))
    try:
        found = differentiate(graph, graph.point[0])
    except TypeError:
        return
    assert mpmath.isfinite(exact)
    # An estimate that knows nothing says so by its error.
    assert abs(found.value - exact) <= 100.0 * found.error + 1e-9 * abs(exact) or found.error > 1e-6 * abs(exact)


def test_derivatives_by_hand():
    assert check_derivative(math.exp, math.exp, 1.0)
    assert check_derivative(lambda x, y: x * y, lambda x, y: (y, x), 2.0, 3.0)
    assert check_derivative(lambda x: sin(x), math.cos, 1.0)
    with refused(GradientError, "fail", "0.540302305868"):
        check_derivative(lambda x: sin(x), lambda x: math.sin(x), 1.0)
    with refused(TypeError, "2 arguments", "1 numbers"):
        check_derivative(lambda x, y: x * y, lambda x, y: y, 2.0, 3.0)


@given_derivative(lambda x: 2.0 * x * math.cos(x * x), (-3.0, 3.0))
def test_sine_of_square(x):
    return math.sin(x * x)


@given_derivative(lambda x, y: (y, x), (-10, 10), (-10, 10))
def test_product_of_values(x, y):
    return x * y


@given_derivative(None, (0.1, 5.0), max_examples=20)
def test_only_back_propagation(x):
    return ag.log(x) * x


def test_a_wrong_derivative_on_a_domain():
    @given_derivative(lambda x: 2.0 * x if x < 1.0 else 2.1 * x, (-3.0, 3.0))
    def square(x):
        return x * x

    with pytest.raises(GradientError):
        square()
    with refused(TypeError, "given_derivative(df, (-1.0, 1.0))"):
        given_derivative(math.cos)
    with refused(ValueError, "(low, high)", "(3.0, -3.0)"):
        given_derivative(math.cos, (3.0, -3.0))
    with refused(TypeError, "(low, high)", "3.0"):
        given_derivative(math.cos, 3.0)


def test_random_graphs_are_the_same_for_a_seed():
    assert random_graph(11) == random_graph(11) != random_graph(12)


def test_a_graph_is_checked_where_it_was_grown():
    graph = random_graph(5, operations=4)
    assert check_grad(graph).verdict == "pass"
    assert check_grad(graph).point == check_grad(graph, *graph.point).point
    check_laws(graph)
    network = Network((1, 1), [0.5, 0.25], ((1.0,),), (2.0,), "tanh")
    assert check_grad(network).gradient == pytest.approx({"parameters[0]": -2.5, "parameters[1]": -2.5})
    with refused(TypeError, "point", "check_grad(f, 0.5)"):
        check_grad(lambda x: x * x)
