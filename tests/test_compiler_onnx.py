"""Programs as ONNX models, run by onnxruntime, against the eager engine."""

import math
import random

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import RULES, nn, value_and_grad
from autograd_lite.compiler import UnsupportedOperation, to_onnx
from autograd_lite.engine.common import apply
from autograd_lite.testing import random_graph

np = pytest.importorskip("numpy")
pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")


def run(model, rows, dtype=np.float32):
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.array(rows, dtype=dtype)})[0].astype(float)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "gelu"])
def test_a_trained_network(activation):
    model = nn.MLP(2, [8, 8, 2], activation=activation, seed=0)
    xs = [[a, b] for a in (-1.0, 0.0, 0.3, 1.0) for b in (-0.7, 0.0, 1.0)]
    ag.mean([(y - a * b) ** 2 for a, b in xs for y in model([a, b])]).backward()
    for parameter in model.parameters():
        parameter.data -= 0.05 * parameter.grad
    exported = to_onnx(lambda x: model(x), [0.0, 0.0])
    kinds = [node.op_type for node in exported.graph.node]
    assert kinds.count("MatMul") == 3  # a layer is one product
    for found, x in zip(run(exported, xs), xs, strict=True):
        assert found.tolist() == pytest.approx([y.data for y in model(x)], rel=1e-6, abs=1e-6)


#: Operations whose derivative is another one, which ONNX lacks, too.
DERIVED = {"sinc": "sinc_derivative", "trigamma": "polygamma"}
UNSUPPORTED = {
    "digamma",
    "erfcinv",
    "erfinv",
    "gamma",
    "lgamma",
    "polygamma",
    "remainder",
    "round",
    "sinc",
    "sinc_derivative",
    "trigamma",
}


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_operation_of_the_table(name):
    rule, rng = RULES[name], random.Random(name)
    fixed = [0.0] if name in ("softmax", "log_softmax") else [1.0] if name in ("polygamma", "sinc_derivative") else []
    fixed_after = [2.0] if name == "round" else []
    arity = 4 if rule.variadic else len(rule.arguments) - len(fixed) - len(fixed_after)

    def call(*x):
        return apply(name, *fixed, *x, *fixed_after)

    rows, exact = [], []
    while len(rows) < 20:
        row = [
            float(np.float32(rng.uniform(-2.5, 2.5) if rng.random() < 0.8 else rng.uniform(1.0, 1.5))) for _ in range(arity)
        ]
        try:
            value = call(*row)
        except (ValueError, ArithmeticError):
            continue
        rows.append(row)
        exact.append(float(value))
    if name in UNSUPPORTED:
        with refused(UnsupportedOperation, "ONNX", repr(DERIVED.get(name, name)), "backend='python'"):
            to_onnx(call, *rows[0])
        return
    model = to_onnx(call, *rows[0])
    assert run(model, rows)[:, 0].tolist() == pytest.approx(exact, rel=2e-5, abs=1e-6)


def test_random_graphs_and_their_gradients():
    tried = 0
    for seed in range(60):
        graph = random_graph(seed, operations=4, smooth=True)
        both = value_and_grad(lambda *x, graph=graph: graph(*x), tuple(range(len(graph.point))))
        value, slopes = both(*graph.point)
        if max(map(abs, [value, *slopes])) > 1e3:
            continue  # float has six digits
        try:
            model = to_onnx(both, *graph.point)
        except UnsupportedOperation:
            continue
        found = run(model, [graph.point])[0].tolist()
        assert found == pytest.approx([value, *slopes], rel=1e-3, abs=1e-3), graph
        tried += 1
    assert tried >= 30


def test_special_numbers():
    model = to_onnx(lambda x, y: [ag.atan2(x, y), ag.copysign(x, y), ag.expm1(x), ag.hypot(x, y), ag.trunc(x)], 0.5, 0.5)
    rows = [(a, b) for a in (0.0, -0.0, 1.0, -1.5, math.inf, -math.inf, 1e-7) for b in (0.0, -0.0, 2.0, -2.0, math.inf)]
    for (a, b), found in zip(rows, run(model, rows), strict=True):
        exact = [math.atan2(a, b), math.copysign(a, b), math.expm1(a), math.hypot(a, b), float(np.trunc(a))]
        assert found.tolist() == pytest.approx(exact, rel=1e-6), (a, b)
    assert math.isnan(run(to_onnx(lambda x: ag.tanh(x), 0.5), [[math.nan]])[0, 0])


def test_results_that_do_not_depend_on_the_sample():
    model = to_onnx(lambda x: [x, 3.0, x * 2.0], 1.0)
    assert run(model, [[1.0], [2.0]]).tolist() == [[1.0, 3.0, 2.0], [2.0, 3.0, 4.0]]


def test_double():
    model = to_onnx(lambda x: ag.exp(x) * x, 1.0, dtype="double")
    assert run(model, [[0.7]], np.float64)[0, 0] == pytest.approx(math.exp(0.7) * 0.7, rel=1e-14)


def test_what_is_refused():
    with refused(UnsupportedOperation, "branches", "test_compiler_onnx.py:", "autograd_lite.where"):
        to_onnx(lambda x: x if x > 0.0 else -x, 1.0)
    with refused(ValueError, "dtype", "'float'", "'double'", "'half'"):
        to_onnx(lambda x: x, 1.0, dtype="half")
    with refused(ValueError, "number", "arguments"):
        to_onnx(lambda: 1.0)
