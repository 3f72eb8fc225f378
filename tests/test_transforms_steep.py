"""Infinite slopes: what does not move, or does not count, has no part in a derivative, forwards and backwards, eager and compiled."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value

#: Functions of one number with an infinite slope at a point where they are finite, each with its value there.
STEEP = {
    "sqrt": (ag.sqrt, 0.0, 0.0), "cbrt": (ag.cbrt, 0.0, 0.0), "asin": (ag.asin, 1.0, math.pi / 2), "acos": (ag.acos, -1.0, math.pi),
    "acosh": (ag.acosh, 1.0, 0.0), "asech": (ag.asech, 1.0, 0.0), "t ** .5": (lambda t: t**0.5, 0.0, 0.0),
    "t ** .3": (lambda t: t**0.3, 0.0, 0.0), "xlogy(t, 0)": (lambda t: ag.xlogy(t, 0.0), 0.0, 0.0),
    "sqrt(sin(t))": (lambda t: ag.sqrt(ag.sin(t)), 0.0, 0.0), "sqrt(sqrt(t))": (lambda t: ag.sqrt(ag.sqrt(t)), 0.0, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("backend", [None, "python"])
@pytest.mark.parametrize("name", STEEP)
def test_an_input_that_a_result_does_not_depend_on_has_derivative_0(name, backend) -> None:
    f, at, there = STEEP[name]
    way = (lambda f: f) if backend is None else (lambda f: ag.jit(f, backend=backend))
    (first, second), (low, high) = way(ag.jacfwd(lambda v: [2 * v[0], f(v[1])]))([1.0, at])
    assert (first, second, low) == (2.0, 0.0, 0.0)
    assert math.isinf(high)
    assert way(lambda x, y: ag.jvp(lambda x, y: x * x + f(y), (x, y), (1.0, 0.0)))(3.0, at) == (9.0 + there, 6.0)
    assert way(lambda x, y, t: ag.jvp(lambda x, y: x * x + f(y), (x, y), (1.0, t)))(3.0, at, 0.0) == (9.0 + there, 6.0)
    assert way(lambda v: ag.jvp(lambda v: [v[0], f(v[1])], (v,), ([1.0, -0.0],)))([1.0, at])[1] == [1.0, 0.0]
    assert way(lambda x, y: ag.vjp(lambda x, y: [x * x, f(y)], x, y)[1]([1.0, 0.0]))(3.0, at) == (6.0, 0.0)
    assert way(lambda v: ag.hvp(lambda v: v[0] ** 2 + v[1] * f(v[1]), (v,), ([1.0, 0.0],)))([1.0, at]) == [2.0, 0.0]


def test_second_order_along_a_direction() -> None:
    def f(v):
        return v[0] ** 2 + v[1] ** 1.5

    assert ag.hvp(f, ([1.0, 0.0],), ([1.0, 0.0],)) == [2.0, 0.0]
    assert ag.hvp(f, ([1.0, 0.0],), ([0.0, 0.0],)) == [0.0, 0.0]
    assert ag.hvp(f, ([1.0, 0.0],), ([3.0, 2.0],)) == [6.0, math.inf]
    assert ag.hessian(f)([1.0, 0.0]) == [[2.0, 0.0], [0.0, math.inf]]


def test_poles_under_ieee() -> None:
    with ag.ieee():
        for f, at in ((ag.log, 0.0), (ag.atanh, 1.0), (ag.log1p, -1.0), (lambda t: 1 / t, 0.0), (ag.erfinv, 1.0)):
            assert ag.jacfwd(lambda v, f=f: [2 * v[0], f(v[1])])([1.0, at])[0] == [2.0, 0.0]
            assert ag.jvp(lambda x, y, f=f: [x * x, f(y)], (3.0, at), (1.0, 0.0))[1] == [6.0, 0.0]


def test_a_tangent_that_is_a_variable_counts_even_where_it_is_0() -> None:
    """Its derivative is that of the function."""
    assert ag.grad(lambda t: ag.jvp(lambda x: x**3, (2.0,), (t,))[1])(0.0) == 12.0
    assert ag.jit(lambda t: ag.grad(lambda t: ag.jvp(lambda x: x**3, (2.0,), (t,))[1])(t), backend="python")(0.0) == 12.0
    t = Value(0.0)
    ag.jvp(lambda x: x**3, (2.0,), (t,))[1].backward()
    assert t.grad == 12.0
    jitted = ag.jit(lambda x, t: ag.jvp(lambda x: x**3, (x,), (t,))[1], backend="python")
    assert [jitted(2.0, t) for t in (0.0, 1.0, 0.0)] == [0.0, 12.0, 0.0]


def derivatives(f, at: float) -> list[float]:
    """The slope of a function of one number by every way there is."""
    found = [ag.grad(f)(at), ag.derivative(f)(at), ag.jvp(f, (at,), (1.0,))[1], ag.taylor(f, at, 1)[1], ag.jacrev(f)(at)]
    for graph in (False, True):
        x = Value(at)
        f(x).backward(create_graph=graph)
        found.append(float(x.grad))
    return [*found, *[ag.jit(way(f), backend="python")(at) for way in (ag.grad, ag.derivative, ag.jacfwd)]]


@pytest.mark.parametrize(
    ("f", "at", "slope"),
    [
        (lambda x: ag.where(x > 0, ag.sqrt(x), 0.0), 0.0, 0.0),  # the branch that is not taken is not there
        (lambda x: ag.where(x <= 0, x, ag.cbrt(x)), 0.0, 1.0),
        (lambda x: ag.where(x < 1, ag.asin(x), 2 * x), 1.0, 2.0),
        (lambda x: 0 * ag.sqrt(x), 0.0, math.nan),  # 0 times infinity, computed, is what IEEE says
        (lambda x: ag.sqrt(ag.relu(x)), -1.0, math.nan),
        (lambda x: ag.sqrt(x) * ag.sqrt(x), 0.0, math.nan),
        (lambda x: ag.sqrt(x), 0.0, math.inf),
    ],
)  # fmt: skip
def test_every_way_answers_alike(f, at, slope) -> None:
    assert derivatives(f, at) == pytest.approx([slope] * 10, nan_ok=True)


# --- the laws, on random functions -----------------------------------------------------------------------------------

ONE = (ag.sqrt, ag.cbrt, ag.asin, ag.sin, ag.relu, ag.tanh, lambda x: x**1.5, lambda x: 3.0 * x - 1.0)
TWO = (lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b, lambda a, b: ag.where(a < b, a, b * 2.0), ag.hypot)
choices = st.lists(st.tuples(st.integers(0, len(ONE) + len(TWO) - 1), st.integers(0, 99), st.integers(0, 99)), max_size=8)


def grown(plan):
    """A function of a list of three numbers: in each step an operation on what there is, where it is defined."""

    def f(v):
        known = list(v)
        for op, i, j in plan:
            a, b = known[i % len(known)], known[j % len(known)]
            try:
                known.append(ONE[op](a) if op < len(ONE) else TWO[op - len(ONE)](a, b))
            except ag.DomainError:
                known.append(a)
        return known[-3:]

    return f


def same(ours: float, theirs: float) -> bool:
    """Whether both are finite and equal, or neither is finite: inf - inf in one order of summation may be inf in the other."""
    if not math.isfinite(ours) or not math.isfinite(theirs):
        return not math.isfinite(ours) and not math.isfinite(theirs)
    return ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(choices, st.lists(st.sampled_from([0.0, 1.0, -1.0, 0.5]), min_size=3, max_size=3))
@example([(0, 1, 0), (len(ONE), 0, 3)], [1.0, 0.0, 0.5])
def test_forward_is_reverse_and_a_product_is_the_hessian_times_a_vector(plan, point) -> None:
    f = grown(plan)
    forward, reverse = ag.jacfwd(f)(point), ag.jacrev(f)(point)
    for k in range(3):
        axis = [float(j == k) for j in range(3)]
        assert all(same(a, row[k]) for a, row in zip(ag.jvp(f, (point,), (axis,))[1], reverse, strict=True))
        assert all(map(same, ag.vjp(f, point)[1](axis)[0], reverse[k]))
        assert all(map(same, forward[k], reverse[k]))
    whole = ag.hessian(lambda v: f(v)[-1])(point)
    for k in range(3):
        axis = [2.0 * (j == k) for j in range(3)]
        assert all(same(a, 2.0 * b) for a, b in zip(ag.hvp(lambda v: f(v)[-1], (point,), (axis,)), whole[k], strict=True))
