"""Primitives declared by users: checked at the door, and then in every reader."""

import math
from collections.abc import Iterator
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import RULES, Value
from autograd_lite.extend import primitives as custom
from autograd_lite.extend.check import WrongPartialError, check_partials
from autograd_lite.rules.rule import Rule

SOFTSTEP = ("softstep", "x", "x / (1.0 + x * x)", ["(1.0 - x * x) / (1.0 + x * x) ** 2"])


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Every test leaves the table as it found it."""
    before = dict(RULES)
    yield
    for name in list(custom._declared):
        ag.unregister(name)
    assert before == RULES


def test_one_line_is_a_primitive() -> None:
    softstep = ag.primitive(*SOFTSTEP)
    x = Value(2.0, "x")
    y = softstep(x)
    y.backward()
    assert (y.data, y.op, y.parents) == (0.4, "softstep", (x,))
    assert x.grad == pytest.approx(-3.0 / 25.0)
    assert softstep(2.0) == 0.4
    assert (softstep.__name__, "softstep" in RULES) == ("softstep", True)


def test_a_text_has_every_derivative() -> None:
    softstep = ag.primitive(*SOFTSTEP)
    for n in range(1, 6):
        true = float(mpmath.diff(lambda x: x / (1 + x * x), 0.7, n))
        assert ag.derivative(softstep, n)(0.7) == pytest.approx(true, rel=1e-9)
    assert ag.grad(ag.grad(softstep))(0.7) == pytest.approx(float(mpmath.diff(lambda x: x / (1 + x * x), 0.7, 2)))


def test_a_text_is_in_every_number_system() -> None:
    softstep = ag.primitive(*SOFTSTEP)
    x = Value(2.0)
    y = softstep(x)
    assert ag.replay(y, "fraction").value == Fraction(2, 5)
    assert ag.replay(y, "fraction").grad(x) == Fraction(-3, 25)
    assert ag.replay(y, "numpy", {x: np.array([0.0, 1.0])}).grad(x).tolist() == [1.0, 0.0]
    for numbers in ("float", "mpmath", "decimal", "complex_step"):
        assert float(ag.replay(y, numbers).grad(x)) == pytest.approx(-0.12)
    with ag.ieee():
        assert softstep(Value(math.inf)).data != softstep(Value(1.0)).data


def test_texts_may_use_other_declared_primitives() -> None:
    ag.primitive(*SOFTSTEP)
    double = ag.primitive("doublestep", "x", "softstep(softstep(x))", [
        "(1.0 - softstep(x) ** 2) / (1.0 + softstep(x) ** 2) ** 2 * (1.0 - x * x) / (1.0 + x * x) ** 2"
    ])  # fmt: skip
    true = float(mpmath.diff(lambda x: (x / (1 + x * x)) / (1 + (x / (1 + x * x)) ** 2), 0.3, 2))
    assert ag.derivative(double, 2)(0.3) == pytest.approx(true)
    x = Value(0.5)
    assert ag.replay(double(x), "fraction").value == Fraction(2, 5) / (1 + Fraction(4, 25))


def test_several_arguments_defaults_and_any_number() -> None:
    power = ag.primitive("shifted_power", "x n", "(x + n) ** 2", ["2.0 * (x + n)", "2.0 * (x + n)"], defaults={"n": 1.0})
    x = Value(2.0)
    assert (power(x).data, power(x, 2.0).data, power(x, n=3.0).data) == (9.0, 16.0, 25.0)
    with refused(TypeError, "shifted_power", "'m'"):
        power(x, m=2.0)
    with refused(TypeError, "shifted_power", 2):
        power(x, 1.0, 2.0)
    energy = ag.primitive("energy", "*xs", "0.5 * fsum(x * x for x in xs)", ["xs"])
    a, b = Value(3.0), Value(4.0)
    energy(a, b).backward()
    assert (energy(a, b).data, a.grad, b.grad) == (12.5, 3.0, 4.0)


def test_a_function_with_its_partials() -> None:
    @ag.primitive(partials=[lambda x, y: 1.0 / (1.0 + math.exp(y - x)), lambda out, x, y: math.exp(y - out)])
    def smooth_max(x: float, y: float) -> float:
        """The logarithm of the sum of exponentials."""
        return math.log(math.exp(x) + math.exp(y))

    x, y = Value(1.0), Value(2.0)
    smooth_max(x, y).backward()
    assert x.grad == pytest.approx(1 / (1 + math.e))
    assert x.grad + y.grad == pytest.approx(1.0)
    assert smooth_max.__doc__ == "The logarithm of the sum of exponentials."
    assert RULES["smooth_max"].args == "x y"
    assert ag.grad(smooth_max)(1.0, 2.0) == x.grad


def test_a_function_says_what_it_lacks() -> None:
    @ag.primitive(partials=[lambda x: math.cos(x)])
    def sine(x: float) -> float:
        return math.sin(x)

    with refused(NotImplementedError, "sine", "differentiable=True"):
        ag.grad(ag.grad(sine))(1.0)
    with refused(NotImplementedError, "sine()", "mpmath"):
        ag.replay(sine(Value(1.0)), "mpmath")
    assert ag.replay(sine(Value(1.0))).value == math.sin(1.0)


def test_partials_that_take_values_have_second_derivatives() -> None:
    sine = ag.primitive("sine", forward=math.sin, args="x", partials=[ag.cos], differentiable=True)
    assert ag.grad(ag.grad(sine))(1.0) == -math.sin(1.0)
    assert ag.derivative(sine, 1)(1.0) == math.cos(1.0)


def test_custom_vjp_is_spelled_as_in_jax() -> None:
    @ag.custom_vjp
    def product(x: float, y: float) -> float:
        """x times y."""
        return x * y

    x, y = Value(2.0), Value(3.0)
    with refused(TypeError, "product.defvjp(forward, backward)"):
        product(x, y)
    product.defvjp(lambda x, y: (x * y, (x, y)), lambda saved, g: (g * saved[1], g * saved[0]))
    product(x, y).backward()
    assert (product(2.0, 3.0), x.grad, y.grad) == (6.0, 3.0, 2.0)
    assert product.__doc__ == "x times y."


def test_custom_vjp_can_bend_the_gradient_when_told_not_to_check() -> None:
    """Gradient reversal, as domain adaptation uses it."""

    @ag.custom_vjp
    def reverse(x: float) -> float:
        return x

    reverse.defvjp(lambda x: (x, None), lambda _, g: (-g,), check=False)
    x = Value(2.0)
    (reverse(x) * 3.0).backward()
    assert x.grad == -3.0


def test_a_backward_that_returns_too_little_is_told() -> None:
    @ag.custom_vjp
    def product(x: float, y: float) -> float:
        return x * y

    product.defvjp(lambda x, y: (x * y, None), lambda _, g: (g,))
    with refused(TypeError, "product", "tuple of 2", "tuple of 1"):
        product(Value(1.0), Value(2.0)).backward()


@pytest.mark.parametrize("wrong", ["(1.0 - x * x)", "-(1.0 - x * x) / (1.0 + x * x) ** 2", "0.0",
                                   "1.001 * (1.0 - x * x) / (1.0 + x * x) ** 2"])  # fmt: skip
def test_a_wrong_partial_is_refused_with_the_numbers(wrong: str) -> None:
    with refused(WrongPartialError, "softstep", "in x", wrong, "at x = "):
        ag.primitive("softstep", "x", "x / (1.0 + x * x)", [wrong])
    assert "softstep" not in RULES
    ag.primitive(*SOFTSTEP)  # and the name is free


def test_a_wrong_partial_of_a_function_is_refused() -> None:
    with refused(WrongPartialError, "times", "in y"):
        ag.primitive("times", forward=lambda x, y: x * y, partials=[lambda x, y: y, lambda x, y: y])


def test_a_function_outside_its_domain_asks_for_it() -> None:
    with refused(ValueError, "half_log", "ValueError", "x = -", "domain='x > 0'"):
        ag.primitive("half_log", "x", "0.5 * log(x)", ["0.5 / x"])
    half_log = ag.primitive("half_log", "x", "0.5 * log(x)", ["0.5 / x"], domain="x > 0", remedy="keep x above 0")
    with refused(ag.DomainError, "half_log", "x = -1.0", "x > 0"):
        half_log(Value(-1.0))


def test_kinks_are_stepped_around() -> None:
    bend = ag.primitive("bend", "x", "x if x > 0.0 else 0.5 * x", ["1.0 if x > 0.0 else 0.5"], kink="x")
    assert bend(Value(-1.0)).local_grads == (0.5,)
    assert ag.replay(bend(Value(1.0)), "interval", {}).value == 1


@pytest.mark.parametrize("name", ["tanh", "expit", "softmax", "pi", "len", "out", "mean", "fsum"])
def test_taken_names_are_refused(name: str) -> None:
    with refused(ValueError, repr(name), "taken"):
        ag.primitive(name, "x", "x + 1.0", ["1.0"])


@pytest.mark.parametrize("name", ["two words", "_hidden", "lambda", "1x", ""])
def test_names_python_would_not_take_are_refused(name: str) -> None:
    with refused(ValueError, repr(name), "name"):
        ag.primitive(name, "x", "x + 1.0", ["1.0"])


def test_a_name_is_declared_once() -> None:
    ag.primitive(*SOFTSTEP)
    with refused(ValueError, "unregister('softstep')"):
        ag.primitive(*SOFTSTEP)
    ag.unregister("softstep")
    with refused(ValueError, "'softstep'"):
        ag.unregister("softstep")
    with refused(ValueError, "'tanh'"):
        ag.unregister("tanh")
    x = Value(1.0)
    with refused(ValueError, "'softstep'"):
        ag.engine.common.apply("softstep", x)


def test_a_method_on_request() -> None:
    ag.primitive(*SOFTSTEP, method=True)
    assert Value(2.0).softstep().data == 0.4
    ag.unregister("softstep")
    assert not hasattr(Value, "softstep")
    with refused(ValueError, "'item'", "Value"):
        ag.primitive("item", "x", "x + 1.0", ["1.0"], method=True)


def test_mistakes_in_the_texts() -> None:
    with refused(ValueError, "broken", "'x +'"):
        ag.primitive("broken", "x", "x +", ["1.0"])
    with refused(ValueError, "broken", "1 argument", "2 partials"):
        ag.primitive("broken", "x", "x + 1.0", ["1.0", "1.0"])
    with refused(ValueError, "broken", "'y'"):
        ag.primitive("broken", "x", "x + y", ["1.0"])
    with refused(ValueError, "broken", "2 arguments", "box", 1):
        ag.primitive("broken", "x y", "x + y", ["1.0", "1.0"], box=[(0.0, 1.0)])
    with refused(TypeError, "names", "arguments"):
        ag.primitive("broken", forward="x + 1.0", partials=["1.0"])
    with refused(TypeError, "texts", "functions"):
        ag.primitive("broken", "x", "x + 1.0", [lambda x: 1.0])
    with refused(TypeError, "texts", "functions"):
        ag.primitive("broken", "x", math.sin, ["cos(x)"])
    with refused(TypeError, "position"):
        ag.primitive("broken", forward=lambda *xs: 1.0, partials=[lambda *xs: 1.0])


# --- the guard itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(RULES))
def test_the_guard_accepts_every_row_of_the_table(name: str) -> None:
    check_partials(RULES[name])


MUTATIONS = {"scaled": "1.001 * ({})", "sign": "-({})", "zero": "0.0 * ({})"}


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if not rule.variadic])
def test_the_guard_catches_every_wrong_partial_of_the_table(name: str, mutation: str) -> None:
    rule = RULES[name]
    for k, partial in enumerate(rule.partials):
        if partial == "0.0" or "none" in partial:
            continue
        facts = {field: getattr(rule, field) for field in ("let", "domain", "box", "kink", "defaults")}
        partials = (*rule.partials[:k], MUTATIONS[mutation].format(partial), *rule.partials[k + 1 :])
        with pytest.raises(WrongPartialError):
            check_partials(Rule(rule.name, rule.args, rule.forward, partials, **facts))


def test_a_box_without_a_smooth_point_is_told() -> None:
    with refused(ValueError, "rough", "derivative in x"):
        check_partials(Rule("rough", "x", "x", ("1.0",), kink="0.0 * x", box=((1.0, 2.0),)))
    with refused(ValueError, "nowhere", "(-2.0, -1.0)", "x > 0"):
        check_partials(Rule("nowhere", "x", "log(x)", ("1.0 / x",), domain="x > 0", box=((-2.0, -1.0),)))


def test_an_error_names_the_arguments_before_a_starred_one() -> None:
    scaled = ag.primitive(
        "scaled_sum", "n *xs", "fsum(xs) / n", ["-out / n", "[1.0 / n for x in xs]"], box=((0.5, 2.0), (-3.0, 3.0))
    )
    try:
        with refused(ag.DivisionByZeroError, "n = 0.0", "label 'n'", "xs[0] = 1.0", "xs[1] = 2.0"):
            scaled(Value(0.0, "n"), 1.0, 2.0)
    finally:
        ag.unregister("scaled_sum")
