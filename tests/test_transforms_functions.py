"""Classical test functions of optimisation: gradient and Hessian against sympy; and published examples."""

import copy
import inspect
import itertools
import math
import pickle
from functools import partial

import numpy as np
import pytest
import sympy

import autograd_lite as ag
from autograd_lite import Value

# Each function is written once and read with two libraries: `m` is autograd_lite or sympy.
FUNCTIONS = {
    "sphere": lambda m, v: sum(x * x for x in v),
    "rosenbrock": lambda m, v: sum(100 * (y - x * x) ** 2 + (1 - x) ** 2 for x, y in itertools.pairwise(v)),
    "himmelblau": lambda m, v: (v[0] ** 2 + v[1] - 11) ** 2 + (v[0] + v[1] ** 2 - 7) ** 2,
    "beale": lambda m, v: sum((c - v[0] * (1 - v[1] ** k)) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))),
    "booth": lambda m, v: (v[0] + 2 * v[1] - 7) ** 2 + (2 * v[0] + v[1] - 5) ** 2,
    "matyas": lambda m, v: 0.26 * (v[0] ** 2 + v[1] ** 2) - 0.48 * v[0] * v[1],
    "three-hump camel": lambda m, v: 2 * v[0] ** 2 - 1.05 * v[0] ** 4 + v[0] ** 6 / 6 + v[0] * v[1] + v[1] ** 2,
    "goldstein-price": lambda m, v: (
        1 + (v[0] + v[1] + 1) ** 2
        * (19 - 14 * v[0] + 3 * v[0] ** 2 - 14 * v[1] + 6 * v[0] * v[1] + 3 * v[1] ** 2)
    ) * (
        30 + (2 * v[0] - 3 * v[1]) ** 2
        * (18 - 32 * v[0] + 12 * v[0] ** 2 + 48 * v[1] - 36 * v[0] * v[1] + 27 * v[1] ** 2)
    ),
    "ackley": lambda m, v: (
        -20 * m.exp(-0.2 * m.sqrt(sum(x * x for x in v) / len(v))) - m.exp(sum(m.cos(2 * math.pi * x) for x in v) / len(v))
    ),
    "rastrigin": lambda m, v: 10 * len(v) + sum(x * x - 10 * m.cos(2 * math.pi * x) for x in v),
    "griewank": lambda m, v: (
        sum(x * x for x in v) / 4000 - math.prod(m.cos(x / math.sqrt(k)) for k, x in enumerate(v, 1)) + 1
    ),
    "levy 13": lambda m, v: (
        m.sin(3 * math.pi * v[0]) ** 2 + (v[0] - 1) ** 2 * (1 + m.sin(3 * math.pi * v[1]) ** 2)
        + (v[1] - 1) ** 2 * (1 + m.sin(2 * math.pi * v[1]) ** 2)
    ),
    "easom": lambda m, v: -m.cos(v[0]) * m.cos(v[1]) * m.exp(-((v[0] - math.pi) ** 2) - (v[1] - math.pi) ** 2),
    "mccormick": lambda m, v: m.sin(v[0] + v[1]) + (v[0] - v[1]) ** 2 - 1.5 * v[0] + 2.5 * v[1] + 1,
    "styblinski-tang": lambda m, v: sum(x**4 - 16 * x**2 + 5 * x for x in v) / 2,
    "branin": lambda m, v: (
        (v[1] - 5.1 / (4 * math.pi**2) * v[0] ** 2 + 5 / math.pi * v[0] - 6) ** 2
        + 10 * (1 - 1 / (8 * math.pi)) * m.cos(v[0]) + 10
    ),
    "powell": lambda m, v: (
        (v[0] + 10 * v[1]) ** 2 + 5 * (v[2] - v[3]) ** 2 + (v[1] - 2 * v[2]) ** 4 + 10 * (v[0] - v[3]) ** 4
    ),
    "wood": lambda m, v: (
        100 * (v[0] ** 2 - v[1]) ** 2 + (v[0] - 1) ** 2 + (v[2] - 1) ** 2 + 90 * (v[2] ** 2 - v[3]) ** 2
        + 10.1 * ((v[1] - 1) ** 2 + (v[3] - 1) ** 2) + 19.8 * (v[1] - 1) * (v[3] - 1)
    ),
    "trid": lambda m, v: sum((x - 1) ** 2 for x in v) - sum(x * y for x, y in itertools.pairwise(v)),
}  # fmt: skip
POINT = (0.7, -1.2, 0.4, 1.1)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradient_and_hessian_against_sympy(name: str) -> None:
    f = FUNCTIONS[name]
    count = 4 if name in {"powell", "wood"} else 3 if name in {"sphere", "rosenbrock", "ackley", "griewank", "trid"} else 2
    symbols = sympy.symbols(f"x:{count}")
    expression = f(sympy, symbols)
    at = {symbol: sympy.Float(x, 30) for symbol, x in zip(symbols, POINT, strict=False)}
    point = list(POINT[:count])

    def g(v: list[Value]) -> Value:
        return f(ag, v)

    gradient = [float(sympy.diff(expression, s).subs(at).evalf(25)) for s in symbols]
    hessian = [[float(sympy.diff(expression, s, t).subs(at).evalf(25)) for t in symbols] for s in symbols]
    assert ag.grad(g)(point) == pytest.approx(gradient, rel=1e-10, abs=1e-10)
    assert np.allclose(ag.hessian(g)(point), hessian, rtol=1e-9, atol=1e-9)
    assert np.allclose(ag.jacfwd(ag.jacrev(g))(point), hessian, rtol=1e-9, atol=1e-9)
    vector = [1.0, -2.0, 0.5, 3.0][:count]
    assert ag.hvp(g, (point,), (vector,)) == pytest.approx(list(np.array(hessian) @ vector), rel=1e-8, abs=1e-8)


def test_rosenbrocks_published_derivatives() -> None:
    """At (-1.2, 1), where every comparison of optimisers starts (More, Garbow and Hillstrom, 1981)."""

    def f(v: list[Value]) -> Value:
        return FUNCTIONS["rosenbrock"](ag, v)

    start = [-1.2, 1.0]
    assert ag.value_and_grad(f)(start) == (pytest.approx(24.2), pytest.approx([-215.6, -88.0]))
    assert np.allclose(ag.hessian(f)(start), [[1330.0, 480.0], [480.0, 200.0]])
    assert ag.grad(f)([1.0, 1.0]) == [0.0, 0.0]


def test_minima_are_where_they_are_published() -> None:
    minima = {
        "himmelblau": [3.0, 2.0],
        "beale": [3.0, 0.5],
        "booth": [1.0, 3.0],
        "goldstein-price": [0.0, -1.0],
        "branin": [math.pi, 2.275],
        "easom": [math.pi, math.pi],
        "wood": [1.0, 1.0, 1.0, 1.0],
        "mccormick": [-0.54719755119, -1.54719755119],
    }
    for name, point in minima.items():
        slope = ag.grad(lambda v, f=FUNCTIONS[name]: f(ag, v))(point)
        assert slope == pytest.approx([0.0] * len(point), abs=1e-6), name


def test_newtons_method_finds_rosenbrocks_minimum() -> None:
    def f(v: np.ndarray) -> Value:
        return 100 * (v[1] - v[0] ** 2) ** 2 + (1 - v[0]) ** 2

    v = np.array([-1.2, 1.0])
    for _ in range(7):
        v = v - np.linalg.solve(ag.hessian(f)(v), ag.grad(f)(v))
    assert v == pytest.approx([1.0, 1.0], abs=1e-9)


# --- published examples of HIPS/autograd and JAX, with the names changed ----------------------------------------------


def test_the_first_example_of_hips_autograd() -> None:
    def tanh(x: Value) -> Value:
        y = ag.exp(-2.0 * x)
        return (1.0 - y) / (1.0 + y)

    grad_tanh = ag.grad(tanh)
    assert grad_tanh(1.0) == pytest.approx(0.41997434161402603)
    assert (tanh(1.0001) - tanh(0.9999)) / 0.0002 == pytest.approx(0.41997434264973155)
    assert ag.derivative(tanh, 4)(1.0) == pytest.approx(ag.derivative(ag.tanh, 4)(1.0))


def test_logistic_regression_of_the_hips_tutorial() -> None:
    def sigmoid(x: Value) -> Value:
        return 0.5 * (np.tanh(x / 2.0) + 1)

    def logistic_predictions(weights: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        return sigmoid(np.dot(inputs, weights))

    inputs = np.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
    targets = np.array([True, True, False, True])

    def training_loss(weights: np.ndarray) -> Value:
        preds = logistic_predictions(weights, inputs)
        label_probabilities = preds * targets.astype(float) + (1 - preds) * (1.0 - targets)
        return -np.sum(np.log(label_probabilities))

    training_gradient_fun = ag.grad(training_loss)
    weights = np.array([0.0, 0.0, 0.0])
    loss = training_loss(weights)
    assert loss == pytest.approx(4 * math.log(2))
    for _ in range(100):
        weights -= training_gradient_fun(weights) * 0.01
    assert training_loss(weights) < 0.8 * loss
    gradient = training_gradient_fun(weights)
    p = 1 / (1 + np.exp(-inputs @ weights))
    assert np.allclose(gradient, inputs.T @ (p - targets))


def test_the_sine_of_the_hips_examples_by_its_taylor_series() -> None:
    def taylor_sine(x: Value) -> Value:
        ans = curr_term = x
        i = 0
        while ag.abs(curr_term) > 1e-12:
            curr_term = -curr_term * x * x / ((2 * i + 3) * (2 * i + 2))
            ans = ans + curr_term
            i += 1
        return ans

    for x in (0.5, math.pi / 2, 3.0):
        assert ag.grad(taylor_sine)(x) == pytest.approx(math.cos(x), abs=1e-10)
        assert ag.grad(ag.grad(taylor_sine))(x) == pytest.approx(-math.sin(x), abs=1e-9)


def test_the_autodiff_cookbook_of_jax() -> None:
    def predict(w: np.ndarray, b: float, inputs: np.ndarray) -> np.ndarray:
        return 0.5 * (np.tanh((np.dot(inputs, w) + b) / 2) + 1)

    inputs = np.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
    targets = np.array([True, True, False, True])

    def loss(w: np.ndarray, b: float) -> Value:
        preds = predict(w, b, inputs)
        label_probs = preds * targets.astype(float) + (1 - preds) * (1.0 - targets)
        return -np.sum(np.log(label_probs))

    w, b = np.array([-0.3, 0.8, 0.1]), 0.2
    w_grad, b_grad = ag.grad(loss, (0, 1))(w, b)
    p = 1 / (1 + np.exp(-(inputs @ w + b)))
    assert np.allclose(w_grad, inputs.T @ (p - targets))
    assert b_grad == pytest.approx(float(np.sum(p - targets)))
    loss_value, (again, _) = ag.value_and_grad(loss, (0, 1))(w, b)
    assert loss_value == pytest.approx(float(-np.sum(np.log(np.where(targets, p, 1 - p)))))
    assert np.array_equal(again, w_grad)

    forward, backward = ag.jacfwd(lambda w: predict(w, b, inputs))(w), ag.jacrev(lambda w: predict(w, b, inputs))(w)
    assert forward.shape == backward.shape == (4, 3)
    assert np.allclose(forward, (p * (1 - p))[:, None] * inputs)
    assert np.allclose(forward, backward)
    hessian = ag.jacfwd(ag.jacrev(lambda w: loss(w, b)))(w)
    assert np.allclose(hessian, inputs.T @ ((p * (1 - p))[:, None] * inputs))


# --- copies ------------------------------------------------------------------------------------------------------------------


def cubed(x, n=3.0):
    return x**n


@ag.grad
def slope(x):
    """Of a square."""
    return x * x


class Law:
    rate = 3.0

    @partial(ag.grad, argnums=1)
    def slope(self, x):
        return self.rate * x * x


TRANSFORMED = {
    "grad": lambda f: ag.grad(f),
    "with options": lambda f: ag.grad(f, (0,)),
    "with aux": lambda f: ag.grad(paired, has_aux=True),
    "value_and_grad": lambda f: ag.value_and_grad(f),
    "jacrev": lambda f: ag.jacrev(f),
    "jacfwd": lambda f: ag.jacfwd(f),
    "hessian": lambda f: ag.hessian(f),
    "derivative": lambda f: ag.derivative(f, 2),
    "twice": lambda f: ag.grad(ag.grad(f)),
    "by name": lambda f: slope,
}


def paired(x):
    return x * x, "aux"


@pytest.mark.parametrize("f", [cubed, ag.tanh], ids=["cubed", "tanh"])
@pytest.mark.parametrize("name", TRANSFORMED)
def test_what_transforms_return_is_copied_and_pickled(name, f):
    one = TRANSFORMED[name](f)
    for again in (pickle.loads(pickle.dumps(one)), copy.copy(one), copy.deepcopy(one)):
        assert again(0.5) == one(0.5)
        assert again.__name__ == one.__name__
        assert pickle.loads(pickle.dumps(again))(0.5) == one(0.5)
        assert (again is one) is (one is slope)


def test_what_transforms_return_is_a_function_as_any_other():
    assert slope.__doc__ == "Of a square."
    assert str(inspect.signature(ag.grad(cubed))) == "(x, n=3.0)"
    assert Law().slope(2.0) == 12.0
    assert ag.grad(cubed)(2.0, n=2.0) == 4.0
    assert ag.derivative(cubed)(2.0, n=2.0) == 4.0
    assert ag.grad(lambda x, f, how: x * f * how)(2.0, f=3.0, how=4.0) == 12.0
    assert "cubed" in repr(ag.grad(cubed))
