"""Intervals contain what they say they contain: checked against points in many digits."""

import random

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import RULES, DomainError, Value
from autograd_lite.engine.common import apply
from autograd_lite.replay import UnsupportedOperationError, replay

NAMES = [name for name in RULES if name != "where"]


def ends(interval: object) -> tuple[object, object]:
    low, high = interval._mpi_
    return mpmath.make_mpf(low), mpmath.make_mpf(high)


def contains(interval: object, point: object) -> bool:
    low, high = ends(interval)
    return low <= point <= high


def draw_point(name: str, draw: random.Random) -> list[float]:
    rule = RULES[name]
    boxes = [*rule.box[: rule.arity], *([rule.box[-1]] * 4 if rule.variadic else [])]
    clipped = [(max(low, -20.0), min(high, 20.0)) for low, high in boxes]
    return [low if low == high else draw.uniform(low, high) for low, high in clipped]


@pytest.mark.parametrize("name", NAMES)
def test_a_point_is_enclosed_tightly(name: str) -> None:
    draw = random.Random(name)
    for _ in range(4):
        leaves = [Value(x) for x in draw_point(name, draw)]
        root = apply(name, *leaves)
        enclosed, fine = replay(root, "interval", digits=30), replay(root, "mpmath", digits=60)
        pairs = [(enclosed.value, fine.value), *((enclosed.grad(x), fine.grad(x)) for x in leaves)]
        for interval, exact in pairs:
            low, high = ends(interval)
            with mpmath.workdps(70):
                assert low <= exact + abs(exact) * mpmath.mpf(10) ** -55, name
                assert exact - abs(exact) * mpmath.mpf(10) ** -55 <= high, name
                assert high - low <= max(abs(exact), 1) * mpmath.mpf(10) ** -20, name


@pytest.mark.parametrize("name", NAMES)
def test_a_wide_interval_contains_the_points_in_it(name: str) -> None:
    """Values and gradients at points inside, also across kinks: the convention at a kink lies in the hull."""
    draw = random.Random(name)
    rule = RULES[name]
    for _ in range(3):
        point = draw_point(name, draw)
        if name in {"softmax", "log_softmax", "polygamma", "sinc_derivative", "round"}:
            fixed = 0 if name != "round" else 1
        else:
            fixed = -1
        width = 0.05 * draw.random()
        leaves = [Value(x) for x in point]
        root = apply(name, *leaves)
        inputs = {leaf: (x, x + width) for k, (leaf, x) in enumerate(zip(leaves, point, strict=True)) if k != fixed}
        try:
            enclosed = replay(root, "interval", inputs, digits=30)
            gradients = [enclosed.grad(leaf) for leaf in leaves]
        except (DomainError, UnsupportedOperationError):
            assert rule.domain or name in {"gamma", "lgamma", "digamma"} or "log" in str(rule.partials), name
            continue
        for _ in range(5):
            inner = {leaf: low + draw.random() * (high - low) for leaf, (low, high) in inputs.items()}
            at = replay(root, "mpmath", inner, digits=40)
            assert contains(enclosed.value, at.value), (name, inner)
            for gradient, leaf in zip(gradients, leaves, strict=True):
                assert contains(gradient, at.grad(leaf)), (name, inner)


def test_a_kink_inside_gives_every_slope() -> None:
    x = Value(1.0)
    run = replay(ag.relu(x), "interval", {x: (-1, 1)})
    assert ends(run.value) == (0, 1) or ends(run.value) == (-1, 1)
    assert ends(run.grad(x)) == (0, 1)
    assert ends(replay(ag.abs(x), "interval", {x: (-1, 2)}).value) == (0, 2)
    assert ends(replay(ag.abs(x), "interval", {x: (-1, 2)}).grad(x)) == (-1, 1)


def test_a_square_is_not_negative() -> None:
    x = Value(1.0)
    assert ends(replay(x**2, "interval", {x: (-1, 2)}).value) == (0, 4)


def test_decimal_texts_are_enclosed_not_rounded() -> None:
    x = Value(0.0)
    run = replay(x + 0.0, "interval", {x: "0.1"}, digits=20)
    with mpmath.workdps(60):
        assert ends(run.value)[0] < mpmath.mpf(1) / 10 < ends(run.value)[1]


def test_leaving_the_domain_even_in_part_is_an_error() -> None:
    x = Value(1.0)
    with refused(DomainError, "log(", "may", "x > 0"):
        replay(ag.log(x), "interval", {x: (-1, 1)})
    with refused(DomainError, "log(", "leaves", "x > 0"):
        replay(ag.log(x), "interval", {x: (-2, -1)})
    with refused(DomainError, "tan(", "pole"):
        replay(ag.tan(x), "interval", {x: (1, 2)})
    with pytest.raises(DomainError):
        replay(1.0 / x, "interval", {x: (-1, 1)})


def test_an_interval_is_two_ends_in_order() -> None:
    x = Value(1.0)
    with refused(ValueError, "(low, high)", "2 is above 1"):
        replay(x * 1.0, "interval", {x: (2, 1)})
    with refused(TypeError, "(low, high)", "(1, 2, 3)"):
        replay(x * 1.0, "interval", {x: (1, 2, 3)})


@given(
    st.lists(st.floats(-2, 2), min_size=3, max_size=3), st.floats(0, 0.5), st.lists(st.floats(0, 1), min_size=3, max_size=3)
)
def test_an_expression_over_a_box(corner: list[float], width: float, within: list[float]) -> None:
    leaves = [Value(x) for x in corner]
    x, y, z = leaves
    root = ag.tanh(x * y + z) * ag.exp(-x * x) + ag.relu(y - z) / (1.0 + ag.abs(x)) + ag.logsumexp(leaves)
    enclosed = replay(
        root, "interval", {leaf: (low, low + width) for leaf, low in zip(leaves, corner, strict=True)}, digits=20
    )
    inside = {leaf: min(low + width, low + t * width) for leaf, low, t in zip(leaves, corner, within, strict=True)}
    at = replay(root, "mpmath", inside, digits=40)
    assert contains(enclosed.value, at.value)
    for leaf in leaves:
        assert contains(enclosed.grad(leaf), at.grad(leaf))


@pytest.mark.parametrize(
    ("condition", "hull"),
    [
        ("x > 0.0 and x < 2.0", (0, 1)),
        ("x > 0.0 and x < 4.0", (1, 1)),
        ("x > 5.0 and x < 2.0", (0, 0)),
        ("x < 0.0 or x < 2.0", (0, 1)),
        ("x > 0.0 or x < 2.0", (1, 1)),
        ("not x > 2.0", (0, 1)),
    ],
)
def test_conditions_that_an_interval_leaves_open(condition: str, hull: tuple[int, int]) -> None:
    window = ag.primitive("window", "x", f"1.0 if {condition} else 0.0", ["0.0"], check=False)
    try:
        x = Value(1.5)
        assert ends(replay(window(x), "interval", {x: (1, 3)}).value) == hull
    finally:
        ag.unregister("window")
