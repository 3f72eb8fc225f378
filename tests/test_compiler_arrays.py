"""Programs over arrays of NumPy's and JAX's, against the eager engine; training over eight devices."""

import importlib.util
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import RULES, Value, nn, value_and_grad
from autograd_lite.compiler import UnsupportedOperation, to_arrays
from autograd_lite.engine.common import apply
from autograd_lite.testing import random_graph

np = pytest.importorskip("numpy")
JAX = pytest.param("jax.numpy", marks=pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="needs JAX"))
NAMESPACES = ["numpy", JAX]


@pytest.fixture(autouse=True)
def _double():
    if importlib.util.find_spec("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)


@pytest.mark.parametrize("xp", NAMESPACES)
@pytest.mark.parametrize("name", sorted(RULES))
def test_every_operation_of_the_table(name, xp):
    rule, rng = RULES[name], random.Random(name)
    fixed = [0.0] if name in ("softmax", "log_softmax") else [1.0] if name in ("polygamma", "sinc_derivative") else []
    after = [2.0] if name == "round" else []
    arity = 4 if rule.variadic else len(rule.arguments) - len(fixed) - len(after)

    def call(*x):
        return apply(name, *fixed, *x, *after)

    rows, exact = [], []
    while len(rows) < 20:
        row = [rng.uniform(-2.5, 2.5) if rng.random() < 0.8 else rng.uniform(1.0, 1.5) for _ in range(arity)]
        try:
            exact.append(float(call(*map(Value, row))))
        except (ValueError, ArithmeticError):
            continue
        rows.append(row)
    if xp != "numpy" and name in ("erfcinv", "remainder", "round", "sinc", "sinc_derivative"):
        with refused(UnsupportedOperation, xp, "'sinc_derivative'" if name == "sinc" else repr(name)):
            to_arrays(call, *rows[0], xp=xp)
        return
    f = to_arrays(call, *rows[0], xp=xp)
    found = f(*np.array(rows).T)
    assert np.asarray(found).tolist() == pytest.approx(exact, rel=1e-11, abs=1e-14)


@pytest.mark.parametrize("xp", NAMESPACES)
def test_random_graphs_and_their_gradients(xp):
    for seed in range(200 if xp == "numpy" else 25):
        graph = random_graph(seed, operations=4, smooth=seed % 2 > 0)
        both = value_and_grad(lambda *x, graph=graph: graph(*x), tuple(range(len(graph.point))))
        value, slopes = both(*graph.point)
        try:
            found, found_slopes = to_arrays(both, *graph.point, xp=xp)(*graph.point)
        except UnsupportedOperation:
            assert xp != "numpy"
            continue
        largest = max(map(abs, [value, *slopes, 1.0]))
        assert [float(found), *map(float, found_slopes)] == pytest.approx([value, *slopes], rel=1e-9, abs=1e-10 * largest), (
            graph
        )


@pytest.mark.parametrize("xp", NAMESPACES)
def test_parameters_and_a_batch(xp):
    model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
    parameters = model.parameters()

    def loss(x, y):
        return (model(x) - y) ** 2

    f = to_arrays(loss, [0.0, 0.0], 0.0, xp=xp, parameters=parameters, gradient=True)
    rng = np.random.default_rng(0)
    xs, ys = rng.normal(size=(7, 2)), rng.normal(size=7)
    values, slopes = f(np.array([p.data for p in parameters]), xs, ys)
    for k in range(7):
        for parameter in parameters:
            parameter.grad = 0.0
        exact = loss(list(xs[k]), float(ys[k]))
        exact.backward()
        assert float(values[k]) == pytest.approx(exact.data, rel=1e-12)
        found = [float(np.broadcast_to(slope, 7)[k]) for slope in slopes]
        assert found == pytest.approx([p.grad for p in parameters], rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("xp", NAMESPACES)
def test_infinities_and_nan_propagate(xp):
    f = to_arrays(lambda x: [ag.exp(x), 1.0 / x, ag.tanh(x), ag.relu(x)], 1.0, xp=xp)
    found = [np.asarray(one).tolist() for one in f(np.array([0.0, -np.inf, 1e4]))]
    assert found == [[1.0, 0.0, np.inf], [np.inf, -0.0, 1e-4], [0.0, -1.0, 1.0], [0.0, 0.0, 1e4]]
    assert np.isnan(np.asarray(f(np.array([np.nan]))[2])).all()


def test_structures_of_arguments():
    f = to_arrays(lambda p: {"s": p["a"][0] * p["b"], "t": p["a"][1]}, {"a": [1.0, 2.0], "b": 3.0})
    found = f({"a": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": np.array([10.0, 20.0])})
    assert found["s"].tolist() == [10.0, 60.0]
    assert found["t"].tolist() == [2.0, 4.0]
    g = to_arrays(lambda v: v[0][0] * v[1][1], np.ones((2, 2)))
    assert g(np.arange(8.0).reshape(2, 2, 2)).tolist() == [0.0, 28.0]


def test_what_is_refused():
    f = to_arrays(lambda v, x: v[0] * x, [1.0, 2.0], 0.0)
    with refused(ValueError, "argument 0", 3, 2):
        f([1.0, 2.0, 3.0], 1.0)
    with refused(TypeError, "2 arguments", 1):
        f([1.0, 2.0])
    with refused(UnsupportedOperation, "branches", "test_compiler_arrays.py:", "autograd_lite.where"):
        to_arrays(lambda x: x if x > 0.0 else -x, 1.0)
    with refused(ValueError, "xp", "'numpy'", "'jax.numpy'", "'torch'"):
        to_arrays(lambda x: x, 1.0, xp="torch")
    with refused(ValueError, "gradient=True", "parameters=[...]"):
        to_arrays(lambda x: x, 1.0, gradient=True)
    w = Value(1.0)
    with refused(ValueError, "1 parameters", "2 numbers"):
        to_arrays(lambda x: w * x, 1.0, parameters=[w])([1.0, 2.0], 1.0)


@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="needs JAX")
def test_jit_vmap_and_derivative_of_jax():
    import jax

    f = to_arrays(lambda x, y: ag.sin(x) * y + ag.relu(x), 0.5, 0.5, xp="jax.numpy")
    assert float(jax.jit(f)(0.7, 2.0)) == pytest.approx(float(f(0.7, 2.0)), rel=1e-14)
    xs = np.linspace(-1.0, 1.0, 5)
    assert np.asarray(jax.vmap(f, (0, None))(xs, 2.0)).tolist() == pytest.approx([float(f(x, 2.0)) for x in xs], rel=1e-14)
    ours = value_and_grad(lambda x, y: ag.sin(x) * y + ag.relu(x))(0.7, 2.0)[1]
    assert float(jax.grad(f)(0.7, 2.0)) == pytest.approx(ours, rel=1e-14)


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="needs JAX")
def test_eight_devices_give_the_losses_of_one():
    script = Path(__file__).parent.parent / "examples" / "eight_devices.py"
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, env={**os.environ, **flags}, timeout=300)
    assert run.returncode == 0, run.stderr
    lines = [line.split() for line in run.stdout.splitlines() if line.strip() and line.split()[0].isdigit()]
    assert "8 devices" in run.stdout
    assert len(lines) >= 5
    for _, eager, one, eight in lines:
        assert float(one) == pytest.approx(float(eager), rel=1e-9)
        assert float(eight) == pytest.approx(float(eager), rel=1e-9)
