"""Branches on Values in compiled training steps: never the derivative of another branch; and the limit on memory."""

import importlib.util
import math
import random
import tracemalloc

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value, grad, jit, nn, value_and_grad, vmap
from autograd_lite.compiler import GuardError, MemoryLimitError, compile_step, memory_limit
from autograd_lite.compiler.step_kernels import Interrupted

LLVM = pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite"))
BACKENDS = ["python", LLVM]


class Bent:
    """A model of one input whose unit, and whose loss, branch in Python; and the same trained eagerly."""

    def __init__(self):
        self.w, self.b = Value(0.9, label="w"), Value(-0.4, label="b")
        self.parameters = [self.w, self.b]

    def loss(self, x, y):
        out = self.w * x + self.b
        if out < 0.0:
            out = 0.1 * out
        error = out - y
        if abs(error) < 0.5:
            return error * error
        return abs(error) - 0.25

    def numbers(self):
        return [one.data for one in self.parameters]

    def eager(self, data, batches, lr):
        losses = []
        for batch in batches:
            loss = ag.mean([self.loss(*data[k]) for k in batch])
            for one in self.parameters:
                one.grad = 0.0
            loss.backward()
            for one in self.parameters:
                one.data -= lr * one.grad
            losses.append(loss.data)
        return losses


def sines(count=24):
    rng = random.Random(3)
    xs = [rng.uniform(-2.0, 2.0) for _ in range(count)]
    return [(x, math.sin(2.0 * x)) for x in xs]


def step_of(model, backend, data, **options):
    step = compile_step(model.loss, model.parameters, data[0], backend=backend, **options)
    step.load(data)
    return step


@pytest.mark.parametrize("backend", BACKENDS)
def test_branches_that_flip_in_the_middle_of_a_run(backend):
    """Hundreds of steps in one run; samples cross both branches as the parameters move."""
    data, (mine, other) = sines(), (Bent(), Bent())
    step = step_of(mine, backend, data)
    found = step.run(400, lr=0.2)
    expected = other.eager(data, [range(len(data))] * 400, 0.2)
    assert found == pytest.approx(expected, rel=1e-9)
    assert mine.numbers() == pytest.approx(other.numbers(), rel=1e-9)
    assert 4 <= len(step.programs) <= 8  # two sides of the unit, three of the loss, as far as they occur


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("sync", [True, False])
def test_mini_batches_over_many_epochs(backend, sync):
    data, rng, (mine, other) = sines(), random.Random(0), (Bent(), Bent())
    step = step_of(mine, backend, data)
    batches = [rng.sample(range(len(data)), 5) for _ in range(300)]
    found = []
    for k in range(0, 300, 30):
        found += step.run(batches[k : k + 30], lr=0.1, sync=sync)
    step.sync()
    assert found == pytest.approx(other.eager(data, batches, 0.1), rel=1e-9)
    assert mine.numbers() == pytest.approx(other.numbers(), rel=1e-9)


@pytest.mark.parametrize("backend", BACKENDS)
def test_state_of_the_optimizer_survives_a_flip(backend):
    """Momentum: what has been taken before the flip is there behind it."""

    def update(p, g, v, lr):
        v = 0.9 * v + g
        return p - lr * v, v

    data, (mine, other) = sines(), (Bent(), Bent())
    step = step_of(mine, backend, data, update=update, state=1)
    losses = step.run(150, lr=0.05)
    velocity = [0.0, 0.0]
    for k in range(150):
        loss = ag.mean([other.loss(*one) for one in data])
        slopes = [0.0, 0.0]
        for one in other.parameters:
            one.grad = 0.0
        loss.backward()
        slopes = [one.grad for one in other.parameters]
        velocity = [0.9 * v + g for v, g in zip(velocity, slopes, strict=True)]
        for one, v in zip(other.parameters, velocity, strict=True):
            one.data -= 0.05 * v
        assert losses[k] == pytest.approx(loss.data, rel=1e-9)
    assert step.state[0] == pytest.approx(velocity, rel=1e-8)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_gradient_behind_a_flip(backend):
    data, mine = sines(), Bent()
    step = step_of(mine, backend, data)
    for w, b in [(0.9, -0.4), (-1.5, 0.3), (2.0, 2.0), (0.0, -1.0)]:
        mine.w.data, mine.b.data = w, b
        for batch in (None, [0, 3, 7], [5]):
            value, slopes = step.gradient(batch)
            chosen = data if batch is None else [data[k] for k in batch]
            for one in mine.parameters:
                one.grad = 0.0
            loss = ag.mean([mine.loss(*one) for one in chosen])
            loss.backward()
            assert value == pytest.approx(loss.data, rel=1e-12)
            assert slopes == pytest.approx([one.grad for one in mine.parameters], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_run_before_data_is_loaded(backend):
    """The error says which call is missing; after a data set of nothing it is the same."""
    step = compile_step(Bent().loss, [], (1.0, 2.0), backend=backend)
    for call in (lambda: step.run(1, lr=0.1), lambda: step.run([[0]], lr=0.1), step.gradient):
        with refused(ValueError, "data", "load(samples)"):
            call()
    with refused(ValueError, "no samples"):
        step.load([])


@pytest.mark.parametrize("backend", BACKENDS)
def test_ways_are_bounded(backend):
    """The error has the line, the losses of the steps before it, and the parameters are where those have taken them."""
    data, (mine, other) = sines(), (Bent(), Bent())
    step = step_of(mine, backend, data, max_variants=2)
    with refused(GuardError, 2, "test_compiler_guards.py:", "if out < 0.0:", "max_variants=4") as caught:
        step.run(400, lr=0.2)
    losses = caught.value.losses
    assert losses == pytest.approx(other.eager(data, [range(len(data))] * len(losses), 0.2), rel=1e-12)
    assert mine.numbers() == pytest.approx(other.numbers(), rel=1e-12)
    step = step_of(mine, backend, data, max_variants=8)
    assert len(step.run(10, lr=0.2)) == 10


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_error_behind_a_flip_is_the_engines(backend):
    """The new branch has no value at this point: the error names the operation, and the steps before it are done."""
    w = Value(1.0, label="w")

    def loss(x):
        return w * x if w > 0.25 else ag.log(w - 10.0)

    step = compile_step(loss, [w], (1.0,), backend=backend)
    step.load([(1.0,)])
    with refused(ag.DomainError, "log", "x = -10.0"):
        step.run(20, lr=0.5)
    assert w.data == 0.0


def test_a_branch_that_rounding_decides(monkeypatch):
    """Where machine code and the check disagree about a guard, nothing is made up."""
    data, mine = sines(), Bent()
    step = step_of(mine, "python", data)

    def run(chosen, table):
        raise Interrupted(0, 0, 0, [])

    monkeypatch.setattr(step._compiled(), "run", run)
    monkeypatch.setattr(step, "_compiled", lambda: step._runner)
    with refused(GuardError, "step 0", "test_compiler_guards.py:", "rounding", "where(condition, x, y)"):
        step.run(3, lr=0.1)


@pytest.mark.parametrize("engine", BACKENDS)
def test_fit_with_a_model_that_branches(engine):
    """The history is that of the eager engine, whatever the branches do."""

    class Ramp(nn.Module):
        def __init__(self, seed):
            super().__init__()
            self.inner = nn.MLP(1, [4, 1], activation="tanh", seed=seed)

        def __call__(self, x):
            out = self.inner(x)
            return out if out > 0.0 else 0.2 * out

    data = sines(12)
    histories = []
    for name in ("eager", engine):
        model = Ramp(seed=1)
        optimizer = nn.optim.SGD(model, lr=0.1)
        rows, targets = [[x] for x, _ in data], [y for _, y in data]
        history = nn.fit(model, rows, targets, loss="mse", optimizer=optimizer, epochs=15, engine=name)
        histories.append(history.losses)
    assert histories[1] == pytest.approx(histories[0], rel=1e-9)


# --- memory --------------------------------------------------------------------------------------------------------------------


def endless(x):
    while True:
        x = x * 1.0000001


def test_a_loop_without_end_is_stopped_before_the_memory_is_full():
    tracemalloc.start()
    try:
        with (
            memory_limit("20 MB"),
            refused(
                MemoryLimitError, "endless", "22,222", "20 MB", "memory_limit('40 MB')", "AUTOGRAD_LITE_MEMORY=40000000"
            ),
        ):
            jit(endless, backend="python")(1.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20e6


def test_the_message_says_what_to_do():
    with memory_limit(10**6), pytest.raises(MemoryLimitError) as caught:
        jit(endless)(1.0)
    for words in ("the limit is 1 MB", "vmap or in_axes", "memory_limit('2 MB')", "AUTOGRAD_LITE_MEMORY=2000000"):
        assert words in str(caught.value)


def long(count):
    def f(x):
        y = x
        for _ in range(count):
            y = ag.sin(y) * x
        return y

    return f


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_stage_has_its_limit(backend):
    """What may be recorded need not be compiled or differentiated; the eager engine still does it."""
    f, about = long(1000), {"python": "6.4 MB", "llvm": "4 MB"}[backend]
    with memory_limit("2.5 MB"):
        with refused(
            MemoryLimitError,
            "compiling f",
            "2,001",
            about,
            "2.5 MB",
            "memory_limit('5 MB')",
        ):
            jit(f, backend=backend)(0.5)
        with refused(MemoryLimitError, "derivative of f", "4.8 MB", "2.5 MB"):
            jit(grad(f), backend=backend)(0.5)
        exact = value_and_grad(f)(0.5)
    assert jit(value_and_grad(f), backend=backend)(0.5) == pytest.approx(exact, rel=1e-11, abs=1e-300)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_limit_of_a_step_and_of_a_batch(backend):
    w = Value(1.0)
    with memory_limit("1 MB"):
        with refused(MemoryLimitError, "1,111", "1 MB", "memory_limit('2 MB')"):
            compile_step(lambda x: long(1000)(w * x), [w], (1.0,), backend=backend)
        # A batch is a loop, however long: no limit to that.
        assert len(jit(vmap(long(3)), backend=backend)([0.5] * 5000)) == 5000


def test_the_environment_sets_the_limit(monkeypatch):
    from autograd_lite.compiler.memory import limit

    default = limit()
    assert default > 10**8
    monkeypatch.setenv("AUTOGRAD_LITE_MEMORY", "3 MiB")
    assert limit() == 3 * 2**20
    with memory_limit(5):
        assert limit() == 5
    assert limit() == 3 * 2**20
    monkeypatch.setenv("AUTOGRAD_LITE_MEMORY", "much")
    with refused(RuntimeError, "AUTOGRAD_LITE_MEMORY", "bytes", "'500 MB'", "'much'"):
        jit(lambda x: x, backend="python")(1.0)
    for size in (0, -1, "1 XB", "", True, None):
        with refused(ValueError, "limit", "bytes", "'500 MB'", repr(size)), memory_limit(size):
            pass


# --- ties ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_branch_that_rounding_would_decide_is_the_eager_engines(backend):
    """At the very point where both sides are equal, machine code may find another one larger: it is not asked."""

    def raised(x):
        return ag.exp(x) * ag.tanh(x) + ag.sin(x) * x

    for point in [0.1 + 0.05 * k for k in range(40)]:
        edge = raised(point)

        def f(x, edge=edge):
            y = raised(x)
            return 2.0 * y if y > edge else 5.0 * x * y

        compiled, both = jit(value_and_grad(f), backend=backend, check=False), value_and_grad(f)
        mapped = jit(vmap(both), backend=backend, check=False)
        near = [point, math.nextafter(point, 9.0), math.nextafter(point, 0.0), point + 0.1, point - 0.05, point]
        for x in near:
            assert compiled(x) == pytest.approx(both(x), rel=1e-13)
        values, slopes = mapped(near)
        assert list(zip(values, slopes, strict=True)) == [pytest.approx(both(x), rel=1e-13) for x in near]


@pytest.mark.parametrize("backend", BACKENDS)
def test_zeros_are_no_ties(backend):
    """A unit that is off has an output of 0 and stays compiled."""
    calls = []

    def f(w, x):
        calls.append(x)
        h = w * x
        return h * 2.0 if h > 0.0 else 0.1 * h

    compiled = jit(f, backend=backend)
    compiled(1.0, 0.0)
    recorded = len(calls)
    assert [compiled(w, 0.0) for w in (0.5, 2.0, -1.0)] == [0.0] * 3
    assert len(calls) == recorded
