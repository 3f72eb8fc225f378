"""Machine code: what is particular to it, against the eager engine."""

import math
import random

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.compiler import compile_step, jit
from autograd_lite.testing import random_graph

pytest.importorskip("llvmlite")

PENALTIES = {
    "squares in a chain": lambda ps: 0.01 * sum(p * p for p in ps),
    "dot": lambda ps: 0.3 * ag.dot(ps, ps),
    "absolute values": lambda ps: 0.1 * ag.sum([ag.abs(p) for p in ps]),
    "a term that is 1 at 0": lambda ps: ag.sum([ag.exp(p) for p in ps]) / 7.0,
    "a function of the sum": lambda ps: ag.sqrt(ag.sum([p * p for p in ps])),
    "some of them": lambda ps: 0.1 * ag.sum([p * p for p in ps[1:]]),
    "one of them twice": lambda ps: ag.sum([p * p for p in [*ps, ps[0]]]),
    "another term": lambda ps: ag.sum([p * p for p in ps[1:]]) + ps[0] ** 4,
    "neighbours": lambda ps: ag.sum([p * q for p, q in zip(ps, ps[1:], strict=False)]),
}


@pytest.mark.parametrize("count", [2, 8, 37])
@pytest.mark.parametrize("name", PENALTIES)
def test_penalties(name, count):
    """In vectors or not, the numbers next to the parameters (sums, metrics, Values from outside) stay as they are."""
    rng = random.Random(name)
    ps = [Value(rng.uniform(-1.0, 1.0)) for _ in range(count)]
    outside = Value(0.7)

    def loss(x):
        return [outside * ag.sum(ps) * x, 3.0 * x]

    step = compile_step(loss, ps, (1.0,), penalty=lambda: PENALTIES[name](ps), metrics=1, backend="llvm")
    step.load([(1.0,), (2.0,)])
    total, slopes = step.gradient()
    eager = 1.5 * loss(1.0)[0] + PENALTIES[name](ps)
    eager.backward()
    assert total == pytest.approx(eager.data, rel=1e-14)
    assert slopes == pytest.approx([p.grad for p in ps], rel=1e-13, abs=1e-16)
    before = [p.data for p in ps]
    losses = step.run(2, lr=0.125)
    assert step.metrics == [4.5]
    assert losses[0] == total
    for p, old, slope in zip(ps, before, slopes, strict=True):
        p.data = old - 0.125 * slope
    assert losses[1] == pytest.approx(1.5 * loss(1.0)[0].data + PENALTIES[name](ps).data, rel=1e-13)
    assert math.isfinite(losses[1])
    assert ("@rest(" in step.source) == (name in list(PENALTIES)[:4])


def hinge_network(seed, backend="llvm", **changed):
    """A network with a hinge, compiled: whose backward pass is nothing for samples far enough on their side."""
    rng = random.Random(seed)
    first = [[Value(rng.uniform(-1.0, 1.0)) for _ in range(2)] for _ in range(6)]
    second = [[Value(rng.uniform(-1.0, 1.0)) for _ in range(6)] for _ in range(6)]
    last = [Value(rng.uniform(0.5, 1.0)) for _ in range(6)]
    for name, number in changed.items():
        {"first": first, "second": second}[name][0][0].data = number

    def loss(x, y):
        h = [ag.relu(w[0] * x[0] + w[1] * x[1]) for w in first]
        h = [ag.relu(ag.dot(w, h)) for w in second]
        return ag.relu(1.0 - y * ag.dot(last, h))

    parameters = [p for row in (*first, *second, last) for p in row]
    return loss, parameters, compile_step(loss, parameters, ([1.0, 1.0], 1.0), backend=backend)


@pytest.mark.parametrize("far", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("count", [1, 8, 21])
def test_backward_passes_that_are_skipped(far, count):
    """Groups of samples without a slope, with some, and with all; the gradients are those of the eager engine."""
    rng = random.Random(count)
    loss, parameters, step = hinge_network(count)
    assert "flat:" in step.source
    data = []
    for _ in range(count):
        size = 1000.0 if rng.random() < far else 0.1
        data.append(([rng.uniform(0.5, 1.0) * size, -rng.uniform(0.5, 1.0) * size], 1.0))
    step.load(data)
    total, slopes = step.gradient()
    eager = ag.mean([loss(*sample) for sample in data])
    eager.backward()
    assert total == pytest.approx(eager.data, rel=1e-13, abs=1e-300)
    assert slopes == pytest.approx([p.grad for p in parameters], rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("changed", [{"second": -math.inf}, {"second": -1e308}, {"first": 1e300}])
def test_a_skipped_backward_pass_with_factors_that_are_not_finite(changed):
    """0 * inf is nan, in a backward pass that would be skipped too."""
    for seed in range(6):
        found = {}
        for backend in ("python", "llvm"):
            step = hinge_network(seed, backend, **changed)[2]
            step.load([([1e10, 1e10], 1.0)] * 9)
            total, slopes = step.gradient()
            found[backend] = [math.isfinite(number) for number in (total, *slopes)]
        assert found["llvm"] == found["python"]


@pytest.mark.parametrize("axes", [None, 0])
@pytest.mark.parametrize("longest", [1, 7, 30])
def test_programs_cut_into_parts(monkeypatch, longest, axes):
    """Parts of a few steps, with results handed on in memory whose places are used again, truths among them."""
    monkeypatch.setattr("autograd_lite.compiler.llvm.emit.longest_part", lambda size: longest)
    for seed in range(12):
        graph = random_graph(seed, 25)
        count = len(graph.point)
        f = ag.value_and_grad(
            lambda *x, graph=graph: graph(*x) + ag.where(x[0] > 0.3, x[0], 2.0) * x[0], tuple(range(count))
        )
        whole, slopes = f(*graph.point)
        if axes is None:
            value, found = jit(f, backend="llvm")(*graph.point)
        else:
            each = jit(f, backend="llvm", in_axes=0)(*[[x] * 11 for x in graph.point])
            value, found = each[0] / 11, list(each[1][10])
        size = abs(whole) + max(map(abs, slopes)) + 1.0
        assert value == pytest.approx(whole, rel=1e-12, abs=1e-13 * size)
        assert found == pytest.approx(list(slopes), rel=1e-10, abs=1e-12 * size)


def test_a_long_program_is_computed_sample_by_sample(monkeypatch):
    """The forward pass of each sample comes right before its backward pass, whose places in memory then serve the next."""
    from autograd_lite.compiler.kernel import Kernel
    from autograd_lite.compiler.llvm.layout import layout

    def loss(ws):
        return ag.sum([ag.tanh(ag.sin(w * float(k)) * ag.cos(w * 0.5 + k)) for k in range(1, 60) for w in ws])

    f = jit(ag.value_and_grad(loss), backend="python")
    f([0.1, 0.2, 0.3])
    program = f.program
    cut = layout(Kernel(program, 3, len(program.outputs)), 100)
    assert sorted(step for part in cut.parts for step in part) == [
        k for k, op in enumerate(program.ops) if op not in ("input", "const")
    ]
    done: set[int] = set()
    for part in cut.parts:
        for step in part:
            assert all(arg in done for arg in program.operands(step) if program.ops[arg] not in ("input", "const"))
            done.add(step)
    assert len(cut.parts) > 10
    monkeypatch.setattr("autograd_lite.compiler.llvm.layout.late", lambda program, steps: steps)
    as_recorded = layout(Kernel(program, 3, len(program.outputs)), 100)
    assert cut.size - 177 < 0.25 * (as_recorded.size - 177)  # 177 are the terms of the loss, wanted at the end
