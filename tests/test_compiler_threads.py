"""Training steps on several threads: the same result on every run, that of one thread within rounding."""

import importlib.util
import math
import random

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value, nn
from autograd_lite.compiler import GuardError, compile_step


def momentum(p, g, v, lr):
    v = 0.9 * v + g
    return p - lr * v, v


def trained(
    threads, *, backend="llvm", samples=37, batch=None, layers=(5, 1), penalty=True, steps=40, branches=False, seed=1
):
    """Losses, parameters, state and metrics after some steps."""
    model, rng = nn.MLP(2, list(layers), activation="tanh", seed=seed), random.Random(seed)
    parameters = model.parameters()
    data = [([rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)], rng.choice((0.0, 1.0))) for _ in range(samples)]

    def loss(x, y):
        error = model(x) - y
        if branches and error < 0.1:
            return [abs(error) * 0.5, error]
        return [error * error, error]

    step = compile_step(
        loss, parameters, data[0], backend=backend, threads=threads, update=momentum, state=1, metrics=1,
        penalty=(lambda: 1e-3 * ag.sum([p * p for p in parameters])) if penalty else None,
    )  # fmt: skip
    step.load(data)
    batches = steps if batch is None else [rng.sample(range(samples), batch) for _ in range(steps)]
    losses = step.run(batches, lr=0.05)
    return losses, [p.data for p in parameters], step.state[0], step.metrics, step.slopes


def flat(results):
    return [number for column in results for number in column]


@pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite")
@pytest.mark.parametrize("threads", [2, 3, 5])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch": 20},
        {"batch": 3},  # fewer samples than one vector: some threads have none
        {"samples": 1},
        {"samples": 300, "penalty": False},
        {"layers": (1,)},  # three parameters
        {"layers": (20, 10, 1)},
        {"branches": True},
        {"branches": True, "batch": 9},
    ],
    ids=str,
)
def test_every_run_gives_the_same(threads, options):
    first = trained(threads, **options)
    assert all(trained(threads, **options) == first for _ in range(3))
    assert flat(first) == pytest.approx(flat(trained(1, **options)), rel=1e-9, abs=1e-12)


@pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite")
def test_guards_that_fail_in_one_thread():
    """The steps before count, as with one thread."""
    found = []
    for threads in (1, 3):
        w = Value(1.0, label="w")

        def loss(x, w=w):
            return w * x if w * x > -0.5 else (w * x) ** 2

        step = compile_step(loss, [w], (1.0,), backend="llvm", threads=threads, max_variants=1)
        step.load([(0.01 * k,) for k in range(100)])
        with refused(GuardError, 1, "test_compiler_threads.py:", "max_variants=2") as caught:
            step.run(100, lr=0.1)
        found.append([*caught.value.losses, w.data])
    assert len(found[0]) > 10
    assert found[1] == pytest.approx(found[0], rel=1e-12)


def test_python_source_has_one_thread():
    assert trained(3, backend="python", steps=5) == trained(1, backend="python", steps=5)


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2", None])
def test_a_number_of_threads(threads):
    with refused(ValueError, "threads", "whole number", 1, repr(threads)):
        compile_step(lambda x: x, [], (1.0,), threads=threads, backend="python")


@pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite")
def test_values_that_are_not_finite_go_through():
    w = Value(1.0)
    step = compile_step(lambda x: w * x * 1e306, [w], (1.0,), backend="llvm", threads=2)
    step.load([(1.0,), (1000.0,)] * 8)
    assert step.run(1, lr=0.1) == [math.inf]
    step = compile_step(lambda x: ag.exp(w * x), [w], (1.0,), backend="llvm", threads=2)
    step.load([(1.0,), (1000.0,)] * 8)
    w.data = 1.0
    with pytest.raises(ag.RangeError, match="exp"):  # where the eager engine raises
        step.run(1, lr=0.1)
    assert w.data == 1.0


@pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite")
def test_one_thread_waits_for_nobody():
    """It is the same loop, without what several threads need: no counter to wait at, no parts to add up."""
    w = Value(1.0)
    for threads, waits in ((1, 0), (2, 4), (3, 4)):
        step = compile_step(lambda x: w * x, [w], (1.0,), backend="llvm", threads=threads)
        assert step.source.count("call void @wait(") == waits
