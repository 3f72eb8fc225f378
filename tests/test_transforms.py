"""grad, value_and_grad, vjp, jvp, jacobians, Hessians: what goes in, what comes out, and how they nest."""

import math
from collections import Counter, OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value

numbers = st.floats(-3, 3)


# --- numbers in, numbers out -----------------------------------------------------------------------------------------


def test_a_number_gives_a_plain_float() -> None:
    slope = ag.grad(lambda x: x * x)
    assert slope(3.0) == 6.0
    assert type(slope(3)) is float
    assert type(slope(np.float64(3.0))) is float
    assert type(ag.value_and_grad(lambda x: x * x)(3)[0]) is float


def test_a_value_gives_a_value_with_a_graph_and_keeps_its_grad() -> None:
    x = Value(3.0, "x")
    slope = ag.grad(lambda y: y**3)(x)
    assert isinstance(slope, Value)
    assert slope.data == 27.0
    assert not x.has_grad
    slope.backward()
    assert x.grad == 18.0


def test_a_value_from_outside_makes_the_gradient_a_value_too() -> None:
    """Otherwise the product below would be differentiated as if its second factor were a constant."""
    w = Value(2.0)
    z = w * ag.grad(lambda y: w * y)(1.0)
    z.backward()
    assert w.grad == 4.0
    assert type(ag.grad(lambda y: ag.stop_gradient(w) * y)(1.0)) is float


def test_a_function_that_ignores_its_argument_has_gradient_zero() -> None:
    assert ag.grad(lambda x: 5.0)(1.0) == 0.0
    assert ag.grad(lambda x, y: y * 2.0)(1.0, 3.0) == 0.0
    assert ag.jacobian(lambda v: [1.0, v[0]])([2.0]) == [[0.0], [1.0]]
    assert ag.hessian(lambda v: v[0])([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert ag.value_and_grad(lambda x: 7)(1.0) == (7.0, 0.0)


def test_the_identity() -> None:
    assert ag.grad(lambda x: x)(5.0) == 1.0
    assert ag.jacobian(lambda v: v)([1.0, 2.0]) == [[1.0, 0.0], [0.0, 1.0]]
    x = Value(5.0)
    assert ag.grad(lambda y: y)(x).data == 1.0


def test_argnums() -> None:
    def f(x: Value, y: Value, z: Value) -> Value:
        return x * y * y * z

    assert ag.grad(f)(2.0, 3.0, 5.0) == 45.0
    assert ag.grad(f, 1)(2.0, 3.0, 5.0) == 60.0
    assert ag.grad(f, -1)(2.0, 3.0, 5.0) == 18.0
    assert ag.grad(f, (0, 2))(2.0, 3.0, 5.0) == (45.0, 18.0)
    assert ag.grad(f, [2])(2.0, 3.0, 5.0) == (18.0,)
    assert ag.grad(f, 1)(2.0, 3.0, z=5.0) == 60.0


def test_other_arguments_are_passed_as_they_are() -> None:
    def f(x: Value, mode: str, *, scale: float) -> Value:
        return x * scale if mode == "times" else x

    assert ag.grad(f)(1.0, "times", scale=7.0) == 7.0


def test_as_a_decorator_it_keeps_name_and_docstring() -> None:
    @ag.grad
    def cube(x: Value) -> Value:
        """x to the third."""
        return x**3

    assert cube(2.0) == 12.0
    assert (cube.__name__, cube.__doc__) == ("cube", "x to the third.")
    for transform in (ag.value_and_grad, ag.jacobian, ag.jacfwd, ag.hessian, ag.derivative):
        assert transform(math.sin).__name__ == "sin"


def test_has_aux() -> None:
    def f(x: Value) -> tuple[Value, dict[str, object]]:
        return x * x, {"twice": 2 * x, "word": "hello", "list": [x, (x,)]}

    slope, aux = ag.grad(f, has_aux=True)(3.0)
    assert (slope, aux) == (6.0, {"twice": 6.0, "word": "hello", "list": [3.0, (3.0,)]})
    assert type(aux["twice"]) is float
    (value, aux), slope = ag.value_and_grad(f, has_aux=True)(Value(3.0))
    assert (value.data, slope.data, type(aux["twice"])) == (9.0, 6.0, Value)
    value, pullback, aux = ag.vjp(f, 3.0, has_aux=True)
    assert (value, pullback(1.0), aux["twice"]) == (9.0, (6.0,), 6.0)


# --- structures ------------------------------------------------------------------------------------------------------

Point = namedtuple("Point", ["x", "y"])


def test_the_gradient_has_the_shape_of_the_argument() -> None:
    def f(p: dict[str, object]) -> Value:
        return p["w"][0] * p["w"][1] + p["b"] * p["at"].x + p["at"].y * p["pair"][0] + p["array"].sum()

    given = {"w": [2.0, 3.0], "b": 5.0, "at": Point(7.0, 11.0), "pair": (13.0,), "array": np.ones((2, 2))}
    slope = ag.grad(f)(given)
    assert slope["w"] == [3.0, 2.0]
    assert (slope["b"], slope["at"], slope["pair"]) == (7.0, Point(5.0, 13.0), (11.0,))
    assert isinstance(slope["at"], Point)
    assert slope["array"].tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert slope["array"].dtype == float


def test_object_arrays_of_values() -> None:
    xs = np.array([Value(1.0), Value(2.0)], dtype=object)
    slope = ag.grad(lambda v: (v * v).sum())(xs)
    assert slope.shape == (2,)
    assert [type(each) for each in slope] == [Value, Value]
    assert [each.data for each in slope] == [2.0, 4.0]
    assert not xs[0].has_grad


def test_empty_structures() -> None:
    assert ag.grad(lambda v: 1.0)([]) == []
    assert ag.jacobian(lambda v: [])([1.0]) == []


def test_jacobians_in_the_shapes_of_result_and_argument() -> None:
    def f(v: dict[str, Value]) -> tuple[Value, list[Value]]:
        return v["a"] * v["b"], [v["a"], v["b"] ** 2]

    expected = ({"a": 3.0, "b": 2.0}, [{"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 6.0}])
    for jacobian in (ag.jacobian, ag.jacrev, ag.jacfwd):
        assert jacobian(f)({"a": 2.0, "b": 3.0}) == expected


def test_jacobians_of_arrays_are_arrays() -> None:
    a = np.arange(6.0).reshape(2, 3)
    for jacobian in (ag.jacrev, ag.jacfwd):
        assert np.array_equal(jacobian(lambda v: a @ v)(np.ones(3)), a)
        assert jacobian(lambda v: np.outer(v, v))(np.ones(2)).shape == (2, 2, 2)
        assert jacobian(lambda t: t * np.ones(3))(2.0).tolist() == [1.0, 1.0, 1.0]
        assert jacobian(lambda v: v.sum())(np.ones(3)).tolist() == [1.0, 1.0, 1.0]
    assert np.array_equal(ag.hessian(lambda v: v @ a[:, :2] @ v)(np.ones(2)), a[:, :2] + a[:, :2].T)


def test_hessians_of_several_arguments_are_blocks() -> None:
    blocks = ag.hessian(lambda x, y: x * x * y, (0, 1))(3.0, 5.0)
    assert blocks == ((10.0, 6.0), (6.0, 0.0))
    assert ag.hessian(lambda p: p["x"] ** 2 * p["y"])({"x": 3.0, "y": 5.0}) == {
        "x": {"x": 10.0, "y": 6.0},
        "y": {"x": 6.0, "y": 0.0},
    }


# --- nesting ---------------------------------------------------------------------------------------------------------


def test_perturbations_are_not_confused() -> None:
    """Siskind and Pearlmutter's example, and others of its family."""
    assert ag.grad(lambda x: x * ag.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert ag.grad(lambda x: x * ag.grad(lambda y: x * y)(x))(3.0) == 6.0
    assert ag.grad(lambda x: x * ag.grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert ag.grad(lambda x: ag.grad(lambda y: y * y * x)(x))(3.0) == 12.0
    assert ag.derivative(lambda x: x * ag.derivative(lambda y: x + y)(1.0))(1.0) == 1.0
    assert ag.jvp(lambda x: x * ag.jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,)) == (1.0, 1.0)
    assert ag.jacfwd(lambda x: x * ag.grad(lambda y: x * y)(1.0))(3.0) == 6.0
    assert ag.grad(lambda x: x * ag.derivative(lambda y: x * y * y, 2)(1.0))(3.0) == 12.0


@pytest.mark.parametrize("outer", [ag.grad, ag.jacfwd, ag.jacrev, ag.derivative])
@pytest.mark.parametrize("inner", [ag.grad, ag.jacfwd, ag.jacrev, ag.derivative])
def test_any_two_nest(outer: object, inner: object) -> None:
    assert outer(inner(lambda x: ag.sin(x) * x))(0.7) == pytest.approx(2 * math.cos(0.7) - 0.7 * math.sin(0.7))


def test_a_value_from_an_inner_transform_keeps_its_graph() -> None:
    def f(x: Value) -> Value:
        value, slope = ag.value_and_grad(lambda y: x * y * y)(2.0)
        return value * slope  # 4x * 4x

    assert ag.grad(f)(3.0) == 96.0
    assert type(ag.grad(f)(3.0)) is float


def test_a_gradient_step_can_be_differentiated() -> None:
    """A hypergradient: how the loss after one step depends on the learning rate."""

    def loss(w: Value) -> Value:
        return (w - 1.0) ** 2

    def after(rate: Value) -> Value:
        w = 3.0
        return loss(w - rate * ag.grad(loss)(w))

    # loss after = (2 - 4 rate)**2
    assert ag.grad(after)(0.1) == pytest.approx(-8 * (2 - 0.4))


def test_hessian_inside_a_gradient() -> None:
    third = ag.grad(lambda x: ag.hessian(lambda v: v[0] ** 3 * v[1])([x, 2.0])[0][0])
    assert third(5.0) == 12.0


def test_inside_no_grad_they_still_work_but_lead_nowhere() -> None:
    x = Value(3.0)
    with ag.no_grad():
        assert ag.grad(lambda y: y * y)(3.0) == 6.0
        slope = ag.grad(lambda y: y * y)(x)
        assert ag.hessian(lambda y: y**3)(2.0) == 12.0
        assert ag.hvp(lambda y: y**3, (2.0,), (1.0,)) == 12.0
        assert ag.derivative(ag.exp, 3)(0.0) == 1.0
        assert ag.vjp(lambda y: y * y, 3.0)[1](1.0) == (6.0,)
    assert (slope.data, slope.requires_grad) == (6.0, False)


def test_stop_gradient() -> None:
    assert ag.grad(lambda x: x * ag.stop_gradient(x))(3.0) == 3.0
    assert ag.derivative(lambda x: x * ag.stop_gradient(x) ** 2, 2)(3.0) == 0.0


def test_long_chains_need_no_stack() -> None:
    def f(x: Value) -> Value:
        for _ in range(20_000):
            x = x * 1.0001
        return x

    assert ag.grad(f)(1.0) == pytest.approx(1.0001**20_000)
    assert ag.jvp(f, (1.0,), (1.0,))[1] == pytest.approx(1.0001**20_000)
    assert ag.derivative(f, 2)(1.0) == 0.0
    assert ag.grad(ag.grad(f))(1.0) == 0.0


# --- vjp and jvp -----------------------------------------------------------------------------------------------------


@given(numbers, numbers, numbers, numbers)
def test_forward_and_reverse_are_adjoint(x: float, y: float, a: float, b: float) -> None:
    """<u, J v> = <J^T u, v>."""

    def f(v: list[Value]) -> list[Value]:
        return [ag.sin(v[0]) * v[1], ag.exp(v[0] - v[1]), v[1]]

    _, moved = ag.jvp(f, ([x, y],), ([a, b],))
    _, pullback = ag.vjp(f, [x, y])
    (back,) = pullback([1.0, -2.0, 0.5])
    assert moved[0] - 2 * moved[1] + 0.5 * moved[2] == pytest.approx(back[0] * a + back[1] * b, rel=1e-9, abs=1e-9)


@given(numbers, numbers, numbers, numbers)
def test_the_hessian_is_symmetric_and_hvp_is_its_product(x: float, y: float, a: float, b: float) -> None:
    def f(v: list[Value]) -> Value:
        return ag.tanh(v[0] * v[1]) + ag.exp(v[0]) * ag.cos(v[1]) + ag.hypot(v[0], v[1] + 4.0)

    h = ag.hessian(f)([x, y])
    assert h[0][1] == pytest.approx(h[1][0], rel=1e-9, abs=1e-12)
    product = ag.hvp(f, ([x, y],), ([a, b],))
    assert product == pytest.approx([h[0][0] * a + h[0][1] * b, h[1][0] * a + h[1][1] * b], rel=1e-9, abs=1e-9)
    assert np.allclose(ag.jacfwd(ag.grad(f))([x, y]), h, rtol=1e-9, atol=1e-12)


def test_a_pullback_may_be_called_often_and_differentiated() -> None:
    value, pullback = ag.vjp(lambda x, y: x * y, 2.0, 3.0)
    assert (value, pullback(1.0), pullback(10.0)) == (6.0, (3.0, 2.0), (30.0, 20.0))
    seed = Value(5.0)
    (slope, _) = pullback(seed)
    slope.backward()
    assert seed.grad == 3.0


def test_hvp_of_several_arguments() -> None:
    assert ag.hvp(lambda x, y: x * x * y, (3.0, 5.0), (1.0, 0.0)) == (10.0, 6.0)
    assert ag.hvp(lambda p: p["x"] ** 3, ({"x": 2.0},), ({"x": 1.0},)) == {"x": 12.0}


def test_tangents_that_are_values() -> None:
    t = Value(2.0)
    _, moved = ag.jvp(lambda x: x * x, (3.0,), (t,))
    moved.backward()
    assert (moved.data, t.grad) == (12.0, 6.0)


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: None, ("None", "number", "return")),
        (lambda x: [x, x], ("list", "one number", "jacobian", "has_aux=True")),
        (lambda x: (x, x), ("tuple", "one number", "has_aux=True")),
        (lambda x: {"loss": x}, ("dict", "one number", "jacobian")),
        (lambda x: np.array([x, x]), ("ndarray", "one number", "jacobian")),
        (lambda x: "text", ("'text'", "number", "Value")),
        (lambda x: 1j, ("1j", "number")),
    ],
)
def test_what_a_function_may_not_return(f: object, message: tuple[str, ...]) -> None:
    for transform in (ag.grad, ag.value_and_grad, ag.hessian):
        with refused(TypeError, *message):
            transform(f)(1.0)


def test_what_a_jacobian_refuses() -> None:
    with refused(TypeError, "result", "NoneType", "number"):
        ag.jacobian(lambda x: [x, None])(1.0)


def test_arguments_that_are_not_numbers() -> None:
    with refused(TypeError, "argument 0", "str", "number", "'text'"):
        ag.grad(lambda x: x)("text")
    with refused(TypeError, "argument 1", "NoneType", "number"):
        ag.grad(lambda x, y: x, 1)(1.0, {"a": [1.0, None]})


def test_argnums_out_of_range_and_malformed() -> None:
    with refused(ValueError, "argnums=2", "1 positional argument"):
        ag.grad(lambda x: x, 2)(1.0)
    with refused(ValueError, "'y'", "position"):
        ag.grad(lambda x, y: x * y, 1)(1.0, y=2.0)
    with refused(ValueError, "argnums", "(0, -2)"):
        ag.grad(lambda x, y: x * y, (0, -2))(1.0, 2.0)
    for wrong in ("x", 1.5, True, [0.5]):
        with refused(TypeError, "argnums", wrong if not isinstance(wrong, list) else 0.5):
            ag.grad(lambda x: x, wrong)(1.0)


def test_the_wrong_number_of_arguments_is_pythons_own_error() -> None:
    with refused(TypeError, "'y'"):
        ag.grad(lambda x, y: x * y)(1.0)


def test_calling_it_on_a_result() -> None:
    x = Value(2.0)
    with refused(TypeError, "function", "Value", "grad(f)(x)", "grad(f(x))"):
        ag.grad(x * x)


def test_shapes_that_do_not_match() -> None:
    with refused(ValueError, "tangent 0", "argument 0", "[number]", "[number, number]"):
        ag.jvp(lambda v: v[0], ([1.0, 2.0],), ([1.0],))
    with refused(ValueError, "cotangent", "result", "number", "[number, number]"):
        ag.vjp(lambda x: [x, x], 1.0)[1](1.0)
    with refused(ValueError, "jvp", "1 arguments", "2 tangents"):
        ag.jvp(lambda x: x, (1.0,), (1.0, 1.0))
    with refused(TypeError, "hvp", "primals", "tuple", 1.0):
        ag.hvp(lambda x: x, 1.0, 1.0)
    with refused(TypeError, "has_aux=True", "(number, anything)", "Value"):
        ag.grad(lambda x: x, has_aux=True)(1.0)


def test_an_error_inside_is_not_swallowed() -> None:
    with refused(ag.DomainError, "log", "x = -1.0", "x > 0"):
        ag.grad(lambda x: ag.log(x))(-1.0)
    with pytest.raises(KeyError):
        ag.grad(lambda p: p["missing"])({"x": 1.0})


def test_dicts_of_every_kind_keep_their_kind() -> None:
    parameters = defaultdict(list, w=2.0, b=1.0)
    slopes = ag.grad(lambda p: p["w"] ** 2 + 3.0 * p["b"])(parameters)
    assert (slopes, type(slopes), slopes.default_factory) == ({"w": 4.0, "b": 3.0}, defaultdict, list)
    assert ag.grad(lambda p: p["w"] ** 2)(Counter(w=2)) == Counter({"w": 4.0})
    assert ag.grad(lambda p: p["w"] ** 2)(OrderedDict(w=2.0)) == OrderedDict(w=4.0)
