"""L-BFGS against the dense matrix of BFGS, and its line search against the conditions it is named after."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from refusals import refused
from test_nn_optim import START, loss, slopes

from autograd_lite import Value
from autograd_lite.nn import optim
from autograd_lite.nn.optim.line_search import Point, strong_wolfe


def closure_for(optimizer, function):
    def closure():
        optimizer.zero_grad()
        value = function(optimizer.params)
        value.backward()
        return value

    return closure


def bfgs(iterations, history, lr):
    """Dense BFGS (Nocedal and Wright 2006, eq. 6.17), its matrix built anew in each iteration from the last few pairs."""
    with mp.workdps(40):
        position, pairs, seen = mp.matrix(START), [], []
        gradient = mp.matrix(slopes(position))
        for k in range(iterations):
            if k == 0:
                step = -gradient * (min(mpf(1), 1 / mp.fsum(abs(g) for g in gradient)) * lr)
            else:
                s, y = pairs[-1]
                inverse = mp.eye(3) * ((y.T * s)[0] / (y.T * y)[0])
                for s, y in pairs:
                    rho = 1 / (y.T * s)[0]
                    left = mp.eye(3) - rho * s * y.T
                    inverse = left * inverse * left.T + rho * s * s.T
                step = -inverse * gradient * lr
            position = position + step
            after = mp.matrix(slopes(position))
            # Only pairs of positive curvature are kept.
            if ((after - gradient).T * step)[0] > mpf(1e-10):
                pairs = [*pairs, (step, after - gradient)][-history:]
            gradient = after
            seen.append([float(x) for x in position])
    return seen


@pytest.mark.parametrize("history", [1, 3, 100])
def test_the_two_loop_recursion_is_bfgss_matrix(history):
    params = [Value(number) for number in START]
    descent = optim.LBFGS(params, lr=0.3, max_iter=1, history_size=history, tolerance_change=0.0, tolerance_grad=0.0)
    mine = []
    for _ in range(25):
        descent.step(closure_for(descent, loss))
        mine.append([p.data for p in params])
    for a, b in zip(mine, bfgs(25, history, mpf(0.3)), strict=True):
        assert a == pytest.approx(b, rel=1e-9, abs=1e-9)


def test_one_step_of_many_iterations_is_many_steps_of_one():
    def run(steps, iterations):
        params = [Value(number) for number in START]
        descent = optim.LBFGS(params, max_iter=iterations, max_eval=1000, line_search_fn="strong_wolfe")
        for _ in range(steps):
            descent.step(closure_for(descent, loss))
        return [p.data for p in params]

    assert run(1, 6) == run(6, 1)


@settings(deadline=None)
@given(st.integers(1, 6), st.randoms(use_true_random=False))
def test_lbfgs_finds_the_minimum_of_any_bowl(size, rng):
    centre = [rng.uniform(-3.0, 3.0) for _ in range(size)]
    curvature = [10.0 ** rng.uniform(-1.0, 1.5) for _ in range(size)]

    def bowl(p):
        terms = [0.5 * c * (x - m) ** 2 for c, x, m in zip(curvature, p, centre, strict=True)]
        return sum(terms)

    params = [Value(rng.uniform(-3.0, 3.0)) for _ in range(size)]
    descent = optim.LBFGS(params, max_iter=100, max_eval=1000, line_search_fn="strong_wolfe", tolerance_change=1e-14)
    descent.step(closure_for(descent, bowl))
    assert [p.data for p in params] == pytest.approx(centre, abs=1e-5)


@settings(deadline=None)
@given(st.floats(-3.0, 3.0), st.floats(0.01, 20.0), st.floats(-2.0, 2.0), st.sampled_from([-0.5, 0.5]))
def test_the_line_search_meets_both_wolfe_conditions(start, t, tilt, curvature):
    """Nocedal and Wright 2006, eq. 3.7: enough decrease, and a flat slope; the second wherever it did not have to give up."""

    def at(t):
        x = start + t * way
        return Point(t, 0.25 * x**4 + curvature * x * x + tilt * x, [slope(x)], slope(x) * way)

    def slope(x):
        return x**3 + 2.0 * curvature * x + tilt

    way = -slope(start)
    assume(abs(way) > 1e-3)
    begin = at(0.0)
    found, evaluations = strong_wolfe(at, begin, t, abs(way))
    assert found.value <= begin.value + 1e-4 * found.t * begin.slope
    if curvature > 0.0 or evaluations <= 25:
        assert abs(found.slope) <= 0.9 * abs(begin.slope)


def test_a_closure_that_raises_leaves_the_parameters():
    params = [Value(number) for number in START]
    descent = optim.LBFGS(params, max_iter=5, line_search_fn="strong_wolfe")
    calls = []

    def closure():
        calls.append(None)
        if len(calls) == 3:
            raise OverflowError("too far")
        return closure_for(descent, loss)()

    with pytest.raises(OverflowError):
        descent.step(closure)
    assert [p.data for p in params] == list(START)


# --- numbers that are none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("where", ["loss", "first", "second"])
def test_what_is_no_number_is_named_and_nothing_moves(search, bad, where):
    """A gradient of [0, nan] is not flat."""
    params = [Value(1.0, label="first"), Value(2.0, label="second")]
    descent = optim.LBFGS(params, line_search_fn=search)

    def closure():
        descent.zero_grad()
        for p in params:
            p.grad = bad if p.label == where else 0.0
        return bad if where == "loss" else 0.0

    with refused(FloatingPointError, where, bad):
        descent.step(closure)
    assert [p.data for p in params] == [1.0, 2.0]


def test_an_iteration_that_arrives_at_nan_without_a_search_is_taken_back():
    x = Value(1.0, label="x")
    descent = optim.LBFGS([x], lr=1.0, max_iter=3)

    def closure():
        descent.zero_grad()
        x.grad = -1.0 if x.data == 1.0 else math.nan
        return 0.0

    with refused(FloatingPointError, "x", math.nan):
        descent.step(closure)
    assert x.data == 1.0


@settings(deadline=None)
@given(st.floats(0.5, 1e6), st.sampled_from([math.nan, math.inf, -math.inf]), st.booleans())
def test_a_search_that_looks_too_far_comes_back(t, bad, slope_too):
    """Beyond 1 the function is no number; its minimum is at 0.5."""

    def at(t):
        slope = 2.0 * (t - 0.5)
        return Point(t, (t - 0.5) ** 2, [slope], slope) if t < 1.0 else Point(t, bad, [bad], bad if slope_too else slope)

    found, evaluations = strong_wolfe(at, at(0.0), t, 1.0)
    assert found.value <= 0.25 + 1e-4 * found.t * -1.0
    assert abs(found.slope) <= 0.9
    assert evaluations <= 26


def test_gradients_whose_products_overflow_are_named():
    x, y = Value(1.0, label="x"), Value(1.0, label="y")
    descent = optim.LBFGS([x, y])

    def closure():
        descent.zero_grad()
        x.grad, y.grad = 1e200, -1e200
        return 0.0

    with refused(FloatingPointError, "L-BFGS", "direction"):
        descent.step(closure)
    assert (x.data, y.data) == (1.0, 1.0)


@settings(deadline=None)
@given(st.integers(1, 8), st.integers(1, 8), st.sampled_from([None, "strong_wolfe"]))
def test_no_more_evaluations_than_allowed(most, iterations, search):
    """As many as asked for, and one more only where a search has just begun."""
    params = [Value(number) for number in START]
    descent = optim.LBFGS(params, lr=0.01, max_iter=iterations, max_eval=most, line_search_fn=search)
    evaluate, calls = closure_for(descent, loss), []

    def closure():
        calls.append(None)
        return evaluate()

    descent.step(closure)
    assert len(calls) <= max(most + (search is not None), 2)


@pytest.mark.parametrize(
    ("lr", "function"), [(1.0, lambda p: 2.0 * p[0] - p[1]), (0.0, loss), (1.0, lambda p: p[0] ** 3 * 1e80)]
)
def test_a_search_along_a_straight_line_and_one_that_may_not_move(lr, function):
    params = [Value(number) for number in START]
    descent = optim.LBFGS(params, lr=lr, line_search_fn="strong_wolfe")
    before = float(function(params))
    descent.step(closure_for(descent, function))
    assert all(math.isfinite(p.data) for p in params)
    assert float(function(params)) <= before
