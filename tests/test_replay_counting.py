"""The cheap gradient principle, counted."""

import itertools
import random

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import RULES, Value
from autograd_lite.engine.common import apply
from autograd_lite.replay import operation_count


def rosenbrock(xs: list[Value]) -> Value:
    return ag.sum([100.0 * (y - x * x) ** 2 + (1.0 - x) ** 2 for x, y in itertools.pairwise(xs)])


def speelpenning(xs: list[Value]) -> Value:
    product = xs[0]
    for x in xs[1:]:
        product = product * x
    return product


def neuron(xs: list[Value]) -> Value:
    return ag.tanh(ag.dot(xs, [0.1 * k for k in range(len(xs))]) + 0.5)


def softmax_loss(xs: list[Value]) -> Value:
    return ag.logsumexp(xs) - xs[0]


def mean_square(xs: list[Value]) -> Value:
    return ag.mean([(x - 1.0) ** 2 for x in xs])


FUNCTIONS = [rosenbrock, speelpenning, neuron, softmax_loss, mean_square]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_gradient_costs_at_most_five_times_the_value_whatever_the_number_of_inputs(f: object) -> None:
    ratios = []
    for n in (10, 100, 1000):
        draw = random.Random(n)
        count = operation_count(f([Value(draw.uniform(0.5, 1.5)) for _ in range(n)]))
        assert count.value_cost > n / 2
        ratios.append(count.ratio)
    assert max(ratios) <= 5.0
    assert ratios[2] < ratios[0] + 0.5  # and it does not grow


def test_the_count_is_the_count() -> None:
    x, y = Value(2.0), Value(3.0)
    count = operation_count(x * y + ag.sin(x))
    assert count.value == {"*": 1, "sin": 1, "+": 1}
    # x*y: two slopes times the gradient; sin: its cosine, times the gradient; +: two times 1; x is reached twice.
    assert count.gradient == {"*": 5, "cos": 1, "+": 1}
    assert count.value_cost == 12
    assert count.gradient_cost == 16
    assert str(count) == "value: 3 operations; gradient: 7 more; together 2.33 times the cost of the value"


def test_a_branch_costs_what_was_taken() -> None:
    assert operation_count(ag.relu(Value(2.0))).value == {"<=>": 1}


@pytest.mark.parametrize(
    "name",
    [name for name in RULES if name not in {"where", "copysign", "atan2", "celu", "hypot", "maximum", "minimum", "mish"}],
)
def test_each_row_of_the_table_is_within_the_bound(name: str) -> None:
    """All but these: atan2 asks hypot four times; celu above 0 is one comparison, and shares a quotient for below; copysign,
    maximum and minimum are themselves one or two operations; the slopes of hypot divide so that nothing overflows, and that of
    mish is written so that nothing cancels: 6.2 and 5.1 times."""
    rule = RULES[name]
    boxes = [*rule.box[: rule.arity], *([rule.box[-1]] * 6 if rule.variadic else [])]
    draw = random.Random(name)
    root = apply(name, *(Value(low if low == high else draw.uniform(max(low, -9.0), min(high, 9.0))) for low, high in boxes))
    assert operation_count(root).ratio <= 5.0


def test_a_number_is_refused() -> None:
    with refused(TypeError, "Value", "float"):
        operation_count(1.0)


def test_a_leaf_costs_nothing() -> None:
    assert operation_count(Value(1.0)).ratio == 1.0
