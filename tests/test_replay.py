"""The same graph in other numbers.  The oracle is the numerical derivative of the forward texts in 60 digits."""

import decimal
import math
import random
from decimal import Decimal
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import RULES, DomainError, GraphError, Value
from autograd_lite.engine.common import apply
from autograd_lite.replay import UnsupportedOperationError, replay

NAMES = [name for name in RULES if name not in {"where"}]
#: The derivative in a whole-number argument does not exist; the table says `none`.
SMOOTH = [name for name in NAMES if not RULES[name].kink]


def points(name: str, count: int = 4) -> list[list[float]]:
    """Points in the box of a rule, the same every time, shrunk where a box is wider than the oracle can follow."""
    rule = RULES[name]
    boxes = [*rule.box[: rule.arity], *([rule.box[-1]] * 4 if rule.variadic else [])]
    draw = random.Random(name)

    def one(low: float, high: float) -> float:
        low, high = max(low, -30.0), min(high, 30.0)
        return low if low == high else draw.uniform(low, high)

    return [[one(low, high) for low, high in boxes] for _ in range(count)]


def graph(name: str, point: list[float]) -> tuple[Value, list[Value]]:
    leaves = [Value(x) for x in point]
    return apply(name, *leaves), leaves


def close(x: object, y: object, tolerance: float, floor: float = 1e-300) -> bool:
    x, y = mpmath.mpf(x), mpmath.mpf(y)
    return abs(x - y) <= max(tolerance * max(abs(x), abs(y)), mpmath.mpf(floor))


@pytest.mark.parametrize("name", NAMES)
def test_mpmath_gives_the_recorded_value_and_gradient_with_more_digits(name: str) -> None:
    for point in points(name):
        root, leaves = graph(name, point)
        root.backward()
        fine = replay(root, numbers="mpmath", digits=40)
        assert close(fine.value, root.data, 1e-13)
        for leaf in leaves:
            assert close(fine.grad(leaf), leaf.grad, 1e-11)


@pytest.mark.parametrize("name", [name for name in SMOOTH if name not in {"sum", "prod", "dot", "max", "min"}])
def test_the_derivative_in_many_digits_is_the_derivative_of_the_forward_text(name: str) -> None:
    for point in points(name, 2):
        root, leaves = graph(name, point)
        fine = replay(root, numbers="mpmath", digits=60)
        context = fine.value.context
        for leaf, x, partial in zip(leaves, point, [*RULES[name].partials, *["*"] * 4], strict=False):
            if partial == "none" or not math.isfinite(x):
                continue
            with context.workdps(60):
                h = context.mpf(10) ** -20 * max(abs(x), 1)
                above, below = (replay(root, "mpmath", {leaf: x + step}, 60).value for step in (h, -h))
                numeric = (above - below) / (2 * h)
            assert close(fine.grad(leaf), numeric, 1e-25, 1e-35), (point, leaf)


@pytest.mark.parametrize("name", NAMES)
def test_decimal_agrees_with_mpmath(name: str) -> None:
    root, leaves = graph(name, points(name, 1)[0])
    fine, decimals = (replay(root, numbers=numbers, digits=30) for numbers in ("mpmath", "decimal"))
    assert isinstance(decimals.value, Decimal)
    assert close(fine.value, str(decimals.value), 1e-28)
    for leaf in leaves:
        assert close(fine.grad(leaf), str(decimals.grad(leaf)), 1e-27, 1e-30)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"erfinv", "erfcinv"}])
def test_complex_steps_find_the_derivatives_without_using_them(name: str) -> None:
    for point in points(name):
        root, leaves = graph(name, point)
        root.backward()
        steps = replay(root, numbers="complex_step")
        assert close(steps.value, root.data, 1e-12)
        for leaf, partial in zip(leaves, [*RULES[name].partials, *["*"] * 4], strict=False):
            if partial != "none":
                assert steps.grad(leaf) == pytest.approx(leaf.grad, rel=1e-10, abs=1e-18)


@pytest.mark.parametrize("name", ["erfinv", "erfcinv"])
def test_complex_steps_say_what_they_lack(name: str) -> None:
    with refused(UnsupportedOperationError, "node 2 of 2", f"{name}(", "complex"):
        replay(apply(name, Value(0.5)), numbers="complex_step")


RATIONAL = [
    "add", "sub", "mul", "div", "mod", "floordiv", "neg", "abs", "relu", "leaky_relu", "softsign", "step", "sign", "floor",
    "ceil", "trunc", "round", "copysign", "fmod", "remainder", "maximum", "minimum", "clamp", "sum", "prod", "dot", "max",
    "min", "reciprocal", "hard_sigmoid", "hard_swish",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_fractions_are_exact_or_say_which_operation_is_not_rational(name: str) -> None:
    root, leaves = graph(name, points(name, 1)[0])
    if name not in RATIONAL and name != "pow":
        with refused(UnsupportedOperationError, f"node {len(leaves) + 1} of {len(leaves) + 1}", f"{name}("):
            replay(root, numbers="fraction")
        return
    if name == "pow":
        root = leaves[0] ** 3.0
    exact, fine = replay(root, numbers="fraction"), replay(root, numbers="mpmath", digits=200)
    for ours, theirs in [(exact.value, fine.value), *((exact.grad(x), fine.grad(x)) for x in leaves[:1])]:
        assert isinstance(ours, Fraction)
        context = theirs.context
        with context.workdps(200):
            assert abs(context.mpf(ours.numerator) / ours.denominator - theirs) <= abs(theirs) * context.mpf(10) ** -190


def test_a_fraction_of_a_fraction() -> None:
    x, y = Value(1.0, "x"), Value(3.0, "y")
    exact = replay(x / y + 0.5, numbers="fraction", inputs={"x": Fraction(1, 7), y: 2})
    assert exact.value == Fraction(1, 14) + Fraction(1, 2)
    assert (exact.grad(x), exact.grad(y)) == (Fraction(1, 2), Fraction(-1, 28))


def test_floats_are_taken_for_what_they_are() -> None:
    x = Value(0.1)
    assert replay(x + 0.2, numbers="fraction").value == Fraction(0.1) + Fraction(0.2) != Fraction(3, 10)


def test_the_first_operation_that_is_not_rational_is_named_with_its_place() -> None:
    x = Value(2.0)
    h = ag.exp(x * x)
    h.label = "h"
    with refused(UnsupportedOperationError, "node 3 of 4", "'h'", "exp(4)", "fractions"):
        replay(ag.sin(h), numbers="fraction")
    with refused(UnsupportedOperationError, "pow(2, 1/2)", "rational"):
        replay(x**0.5, numbers="fraction")
    with refused(UnsupportedOperationError, "node 2 of 3", "degrees(2)"):
        replay(ag.degrees(x) / 180.0, numbers="fraction").grad(x)


def test_a_slope_that_nobody_asks_for_need_not_exist() -> None:
    x, n = Value(3.0), Value(2.0, requires_grad=False)
    assert replay(x**n, numbers="fraction").grad(x) == 6
    y = Value(2.0)
    with refused(UnsupportedOperationError, "pow(3, 2)", "fractions"):
        replay(x**y, numbers="fraction").grad(y)


@pytest.mark.parametrize("text", ["pi * x", "x * ln2", "two_over_sqrt_pi * x"])
def test_named_constants_have_all_their_digits(text: str) -> None:
    times = ag.primitive("times_constant", "x", text, [text.replace(" * x", "").replace("x * ", "")])
    try:
        x = Value(1.0)
        with mpmath.workdps(45):
            true = {"pi": mpmath.pi, "ln2": mpmath.ln2, "two_over_sqrt_pi": 2 / mpmath.sqrt(mpmath.pi)}
            exact = +true[text.replace(" * x", "").replace("x * ", "")]
            for numbers in ("mpmath", "decimal"):
                assert abs(mpmath.mpf(str(replay(times(x), numbers, digits=40).value)) - exact) < mpmath.mpf(10) ** -39
            low, high = replay(times(x), "interval", digits=40).value._mpi_
            assert mpmath.make_mpf(low) < exact < mpmath.make_mpf(high)
    finally:
        ag.unregister("times_constant")


def test_sixty_digits_of_a_gradient() -> None:
    x = Value(1.0)
    with mpmath.workdps(60):
        assert abs(replay(ag.tanh(x), "mpmath", digits=60).grad(x) - mpmath.sech(1) ** 2) < mpmath.mpf(10) ** -59


def test_precisions_do_not_leak() -> None:
    before, prec = mpmath.mp.dps, decimal.getcontext().prec
    x = Value(2.0)
    short, long = (replay(ag.exp(x), "mpmath", digits=digits) for digits in (10, 80))
    replay(ag.exp(x), "decimal", digits=77)
    assert (mpmath.mp.dps, decimal.getcontext().prec) == (before, prec)
    assert len(str(short.value)) < 15 < 75 < len(str(long.value))


def test_the_other_branch_is_taken_at_other_inputs() -> None:
    x = Value(2.0, "x")
    y = ag.where(ag.step(x), x * 3, x.abs() * 5)
    for numbers in ("float", "fraction", "mpmath", "decimal", "interval", "numpy"):
        other = replay(y, numbers, {x: -2.0})
        assert other.value == 10, numbers
        assert other.grad(x) == -5, numbers
    assert replay(y, "complex_step", {x: -2.0}).grad(x) == -5


def test_every_node_can_be_asked() -> None:
    x, y = Value(2.0), Value(3.0)
    product = x * y
    root = product + x
    run = replay(root)
    assert [run[node] for node in (x, y, product, root)] == [2.0, 3.0, 6.0, 8.0]
    assert run.values == {x: 2.0, y: 3.0, product: 6.0, root: 8.0}
    assert run.grads == {x: 4.0, y: 2.0, product: 1.0, root: 1.0}
    assert repr(run) == "Replay(numbers='float', value=8.0, nodes=4)"


def test_no_path_is_zero_and_no_node_is_an_error() -> None:
    x, fixed, stranger = Value(2.0), Value(5.0, requires_grad=False), Value(1.0, "stranger")
    run = replay(ag.where(1.0, x, fixed))
    assert (run.grad(x), run.grad(fixed)) == (1.0, 0.0)
    with refused(GraphError, "stranger", "node"):
        run.grad(stranger)


def test_gradients_of_values_are_left_alone() -> None:
    x = Value(2.0)
    replay(x * x, "fraction").grad(x)
    assert not x.has_grad


def test_a_long_chain_needs_no_stack() -> None:
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y + 1.0
    assert replay(y, "fraction").value == 20_001
    assert replay(y, "fraction").grad(x) == 1


def test_errors_at_the_door() -> None:
    x = Value(2.0, "x")
    y = x * 1.0
    with refused(TypeError, "Value", "float"):
        replay(2.0)
    with refused(ValueError, "'fractions'", "'float'", "'fraction'", "'mpmath'"):
        replay(y, "fractions")
    with refused(ValueError, "digits", 1, 0):
        replay(y, "mpmath", digits=0)
    with refused(GraphError, "mul", "leaves"):
        replay(y, inputs={y: 1.0})
    with refused(GraphError, "data=1.0", "leaf"):
        replay(y, inputs={Value(1.0): 1.0})
    with refused(GraphError, "'z'", "'x'"):
        replay(y, inputs={"z": 1.0})
    with refused(TypeError, "1.0", "leaves", "labels"):
        replay(y, inputs={1.0: 1.0})


@pytest.mark.parametrize("numbers", ["mpmath", "decimal", "interval", "complex_step"])
def test_leaving_the_domain_is_an_error_in_every_system(numbers: str) -> None:
    x = Value(2.0, "x")
    with refused(DomainError, "node 2 of 2", "log(", "x > 0"):
        replay(ag.log(x), numbers, {x: -1.0})


def test_an_infinite_slope_is_infinite() -> None:
    x = Value(0.0)
    root = ag.sqrt(x)
    assert replay(root).grad(x) == math.inf
    assert replay(root, "mpmath").grad(x) == mpmath.inf
    assert replay(root, "decimal").grad(x) == Decimal("Infinity")
    assert mpmath.make_mpf(replay(root, "interval").grad(x)._mpi_[1]) == mpmath.inf


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from autograd_lite.replay import arrays, multiprecision

    for module, call, extra in (
        ("mpmath", multiprecision.import_mpmath, "testing"),
        ("numpy", arrays.arrays.__wrapped__, "data"),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        with refused(ImportError, f'pip install "autograd-lite[{extra}]"'):
            call()


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=6))
def test_a_float_replay_is_the_recording(numbers: list[float]) -> None:
    leaves = [Value(number) for number in numbers]
    root = ag.tanh(ag.sum(leaves)) * ag.prod(leaves) + ag.logsumexp(leaves)
    root.backward()
    run = replay(root)
    assert run.value == root.data
    assert [run.grad(leaf) for leaf in leaves] == pytest.approx([leaf.grad for leaf in leaves], rel=1e-15)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 50))
def test_fractions_obey_algebra_exactly(a: int, b: int, c: int) -> None:
    x, y, z = Value(float(a)), Value(float(b)), Value(float(c))
    left, right = replay((x + y) / z, "fraction"), replay(x / z + y / z, "fraction")
    assert left.value == right.value == Fraction(a + b, c)
    assert left.grad(z) == right.grad(z) == Fraction(-(a + b), c * c)
