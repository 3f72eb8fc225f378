"""The perceptron and its rule: Novikoff's bound on its mistakes, and what no straight line can do."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused

from autograd_lite import nn

CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]]
GATES = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "nand": [1, 1, 1, 0], "nor": [1, 0, 0, 0], "x": [0, 0, 1, 1]}


def answers(unit, xs):
    return [int(unit(x).data) for x in xs]


@pytest.mark.parametrize("gate", GATES)
def test_the_rule_learns_every_gate_that_a_line_can_be(gate):
    unit = nn.Perceptron(2)
    assert unit.learn(CORNERS, GATES[gate])[-1] == 0
    assert answers(unit, CORNERS) == GATES[gate]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(2, 25), st.integers(0, 10**6), st.sampled_from([0.25, 1.0, 8.0]))
def test_novikoffs_bound(dimension, count, seed, lr):
    """Novikoff 1962: at most (R / margin)**2 mistakes, whatever the order; from 0 the learning rate does not matter."""
    rng = random.Random(seed)
    normal = [rng.gauss(0.0, 1.0) for _ in range(dimension + 1)]
    size = math.hypot(*normal)
    margin = 0.1
    xs, ys = [], []
    while len(xs) < count:
        x = [rng.uniform(-2.0, 2.0) for _ in range(dimension)]
        distance = dot(normal, [*x, 1.0]) / size
        if abs(distance) >= margin:
            xs.append(x)
            ys.append(int(distance > 0.0))
    most = max(dot([*x, 1.0], [*x, 1.0]) for x in xs) / margin**2
    unit = nn.Perceptron(dimension)
    mistakes = unit.learn(xs, ys, lr=lr, epochs=math.ceil(most) + 1)
    assert sum(mistakes) <= most
    assert mistakes[-1] == 0
    assert answers(unit, xs) == ys


def dot(a, b):
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def test_the_rule_gives_up_on_xor():
    unit = nn.Perceptron(2)
    mistakes = unit.learn(CORNERS, [0, 1, 1, 0], epochs=60)
    assert len(mistakes) == 60
    assert min(mistakes) > 0
    # It goes round in circles (the cycling theorem, Minsky and Papert 1969): the weights stay small.
    assert max(abs(p.data) for p in unit.parameters()) <= 3.0


def test_two_layers_of_perceptrons_are_xor():
    nand, either = nn.Perceptron.from_weights([-1, -1], 1.5), nn.Perceptron.from_weights([1, 1], -0.5)
    both = nn.Perceptron.from_weights([1, 1], -1.5)
    assert [int(both([nand(x), either(x)]).data) for x in CORNERS] == [0, 1, 1, 0]


def test_gradient_descent_cannot_teach_it():
    unit = nn.Perceptron(2, init="uniform", seed=1)
    before = unit.state_dict()
    history = nn.fit(unit, CORNERS, GATES["and"], loss="mse", lr=0.5, epochs=5)
    assert unit.state_dict() == before
    assert history.grad_norms == [0.0] * 5


def test_one_correction_by_hand():
    unit = nn.Perceptron.from_weights([0.5, -0.5], 0.25)
    # w . x + b = 1.75, so the answer is 1; 0 was wanted: w -= lr * x, b -= lr.
    assert unit.learn([[2.0, -1.0]], [0], lr=0.5, epochs=1) == [1]
    assert [p.data for p in unit.parameters()] == [0.5 - 1.0, -0.5 + 0.5, 0.25 - 0.5]


def test_exactly_on_the_line_is_no():
    assert nn.Perceptron.from_weights([1.0], 0.0)([0.0]).data == 0.0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda unit: unit.learn(CORNERS, [0, 1, 1]), [4, 3]),
        (lambda unit: unit.learn(CORNERS, [-1, 1, 1, -1]), [0, 1, -1]),
        (lambda unit: unit.learn([[1.0]], [1]), ["2 inputs", 1]),
        (lambda unit: unit.learn(CORNERS, [0, 1, 1, 1], lr=0.0), ["lr", 0, 0.0]),
        (lambda unit: unit.learn(CORNERS, [0, 1, 1, 1], lr=math.nan), ["lr", 0, math.nan]),
        (lambda unit: unit.learn(CORNERS, [0, 1, 1, 1], epochs=0), ["epochs", 1, 0]),
        (lambda unit: unit.learn([], []), ["row", 0]),
        (lambda unit: unit.learn([[1.0, 2.0], [0.0, math.nan]], [1, 0]), ["row 1", math.nan]),
        (lambda unit: unit.learn([[math.inf, 2.0]], [1]), ["row 0", math.inf]),
        (lambda unit: nn.Perceptron(0), ["inputs", 1, 0]),
    ],
)
def test_refusals(call, said):
    unit = nn.Perceptron(2)
    with refused(ValueError, *said):
        call(unit)
    assert set(unit.state_dict().values()) == {0.0}
