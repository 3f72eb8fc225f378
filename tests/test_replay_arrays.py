"""One replay, many points: the oracle is the eager engine, point by point."""

import random
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import RULES, Value
from autograd_lite.engine.common import apply
from autograd_lite.replay import replay

NAMES = [name for name in RULES if name != "where"]


@pytest.mark.parametrize("name", NAMES)
def test_every_primitive_at_many_points_as_one_by_one(name: str) -> None:
    rule = RULES[name]
    boxes = [*rule.box[: rule.arity], *([rule.box[-1]] * 4 if rule.variadic else [])]
    draw = random.Random(name)
    columns = []
    for (low, high), partial in zip(boxes, [*rule.partials, *["*"] * 4], strict=False):
        low, high = max(low, -40.0), min(high, 40.0)
        columns.append([low] if low == high or partial == "none" else [draw.uniform(low, high) for _ in range(30)])
    leaves = [Value(column[0]) if len(column) > 1 else column[0] for column in columns]
    root = apply(name, *leaves)
    inputs = {leaf: np.array(column) for leaf, column in zip(leaves, columns, strict=True) if isinstance(leaf, Value)}
    run = replay(root, "numpy", inputs)
    for k in range(30):
        point = [Value(column[k]) if len(column) > 1 else column[0] for column in columns]
        eager = apply(name, *point)
        eager.backward()
        assert run.value[k] == pytest.approx(eager.data, rel=1e-12, abs=1e-300)
        for leaf, one in zip(leaves, point, strict=True):
            if isinstance(leaf, Value):
                assert run.grad(leaf)[k] == pytest.approx(one.grad, rel=1e-11, abs=1e-14)


def test_points_broadcast() -> None:
    x, y, w = Value(1.0), Value(2.0), Value(3.0)
    run = replay(x * y + w, "numpy", {x: np.arange(3.0).reshape(3, 1), y: np.arange(4.0)})
    assert run.value.shape == (3, 4)
    assert run.value[2, 3] == 9.0
    assert run.grad(x).shape == (3, 4)
    assert (run.grad(x) == np.arange(4.0)).all()
    assert (run.grad(w) == np.ones((3, 4))).all()


def test_a_list_will_do_for_an_array() -> None:
    x = Value(1.0)
    assert replay(x * x, "numpy", {x: [1, 2, 3]}).value.tolist() == [1.0, 4.0, 9.0]


def test_without_arrays_numbers_come_out() -> None:
    x = Value(3.0)
    run = replay(ag.exp(x), "numpy")
    assert isinstance(run.value, float)
    assert isinstance(run.grad(x), float)


def test_each_point_takes_its_own_branch() -> None:
    x = Value(1.0)
    points = np.array([-2.0, 0.0, 3.0])
    assert replay(ag.relu(x), "numpy", {x: points}).grad(x).tolist() == [0.0, 0.0, 1.0]
    assert replay(ag.abs(x), "numpy", {x: points}).grad(x).tolist() == [-1.0, 0.0, 1.0]
    big = np.array([-1000.0, 0.0, 1000.0])
    assert replay(ag.sigmoid(x), "numpy", {x: big}).value.tolist() == [0.0, 0.5, 1.0]


def test_the_branch_not_taken_gives_no_nan() -> None:
    """An infinite slope times no gradient at all is nothing, not nan: the fault of where() in many array libraries."""
    x = Value(4.0)
    y = ag.where(ag.step(x), ag.sqrt(x), 2.0 * x)
    run = replay(y, "numpy", {x: np.array([4.0, 0.0, -1.0])})
    assert run.value.tolist() == [2.0, 0.0, -2.0]
    assert run.grad(x).tolist() == [0.25, 2.0, 2.0]


def test_the_branch_not_taken_gives_no_nan_on_the_other_side_either() -> None:
    x = Value(-1.0)
    y = ag.where(ag.step(-x), 2.0 * x, ag.sqrt(ag.abs(x)) + ag.log(ag.abs(x)))
    run = replay(y, "numpy", {x: np.array([4.0, -1.0, -3.0])})
    assert run.grad(x).tolist() == [0.5, 2.0, 2.0]
    only = ag.where(1.0 - ag.abs(ag.sign(x)), 3.0, ag.sqrt(x * x))
    run = replay(only, "numpy", {x: np.array([0.0, 2.0])})
    assert run.value.tolist() == [3.0, 2.0]
    assert run.grad(x).tolist() == [0.0, 1.0]


def test_where_inside_where() -> None:
    x = Value(1.0)
    inner = ag.where(ag.step(x - 2.0), ag.log(x), ag.sqrt(x))
    outer = ag.where(ag.step(x), inner, -x)
    run = replay(outer, "numpy", {x: np.array([4.0, 1.0, 0.0, -3.0])})
    assert run.grad(x).tolist() == [0.25, 0.5, -1.0, -1.0]


def test_outside_the_domain_there_is_nan_and_no_warning() -> None:
    x = Value(1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = replay(ag.log(x) / x, "numpy", {x: np.array([-1.0, 0.0, 1.0])})
        run.grad(x)
    assert np.isnan(run.value[0])
    assert run.value[1] == -np.inf
    assert run.value[2] == 0.0


def test_what_is_not_an_array_of_numbers_is_refused() -> None:
    x = Value(1.0)
    with refused(TypeError, "real", "<U1"):
        replay(x * 2, "numpy", {x: np.array(["a", "b"])})
    with refused(TypeError, "complex"):
        replay(x * 2, "numpy", {x: 1j})


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_sums_are_as_good_as_the_eager_ones(numbers: list[float]) -> None:
    leaves = [Value(number) for number in numbers]
    run = replay(ag.sum(leaves), "numpy", {leaves[0]: np.array([numbers[0]] * 3)})
    assert run.value.tolist() == pytest.approx([ag.sum(numbers)] * 3, rel=3e-16, abs=1e-300)


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=20), st.floats(-2, 2), st.floats(-2, 2))
def test_a_neuron_at_many_points(xs: list[float], w: float, b: float) -> None:
    x, weight, bias = Value(0.0), Value(w), Value(b)
    root = ag.softplus(ag.relu(weight * x + bias) - ag.tanh(x))
    run = replay(root, "numpy", {x: np.array(xs)})
    for k, number in enumerate(xs):
        one, v, c = Value(number), Value(w), Value(b)
        eager = ag.softplus(ag.relu(v * one + c) - ag.tanh(one))
        eager.backward()
        assert run.value[k] == pytest.approx(eager.data, rel=1e-12)
        assert [run.grad(leaf)[k] for leaf in (x, weight, bias)] == pytest.approx([one.grad, v.grad, c.grad], rel=1e-11)
