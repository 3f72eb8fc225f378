"""`jit`: what is recorded, when it is recorded again, and what is refused."""

import contextlib
import copy
import importlib.util
import logging
import math
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value, grad, hessian, sin, tanh, value_and_grad
from autograd_lite.compiler import CompiledStep, TraceError, compile_step, jit, vmap
from autograd_lite.engine.modes import observing

BACKENDS = [
    "python",
    pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="llvmlite")),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS)


def test_it_is_recorded_once(backend):
    calls = []

    def f(x):
        calls.append(x)
        return sin(x) * x

    compiled = jit(f, backend=backend, check=False)
    assert compiled(0.5) == pytest.approx(f(0.5), rel=1e-15)
    seen = len(calls)
    assert compiled(1.5) == pytest.approx(math.sin(1.5) * 1.5, rel=1e-15)
    assert len(calls) == seen
    assert len(compiled.variants) == 1


def test_it_is_called_like_the_function(backend):
    """Name, doc and module; what has no name of its own is called by its type."""

    def half(x):
        """A half of x."""
        return 0.5 * x

    for compiled in (jit(half, backend=backend), jit(vmap(half), backend=backend), jit(half, backend=backend, in_axes=0)):
        assert (compiled.__name__, compiled.__doc__, compiled.__module__) == ("half", "A half of x.", __name__)
        compiled([1.0, 2.0] if hasattr(compiled, "mapped") else 1.0)
        assert compiled.program.name == "half"
    for called in (vmap(half), grad(half), jit(value_and_grad(half), backend=backend)):
        assert (called.__name__, called.__doc__, called.__module__) == ("half", "A half of x.", __name__)

    class Twice:
        """Two times."""

        def __call__(self, x):
            return 2.0 * x

    compiled = jit(Twice(), backend=backend)
    assert (compiled.__name__, compiled.__doc__, compiled(1.5), compiled.program.name) == (
        "Twice",
        "Two times.",
        3.0,
        "Twice",
    )
    first, second = jit(lambda *xs: xs[0] * xs[1], backend=backend), jit(Twice().__call__, backend=backend)
    first(1.0, 2.0), second(1.0)
    assert (first.program.names, second.program.names) == (["xs[0]", "xs[1]"], ["x"])


def test_structures_of_arguments(backend):
    compiled = jit(lambda p: sum((x * x for x in p["w"]), p["b"]), backend=backend)
    assert compiled({"w": [1.0, 2.0], "b": 3.0}) == 8.0
    assert compiled({"w": [1.0, 2.0, 3.0], "b": 0.0}) == 14.0
    assert len(compiled.variants) == 2
    assert jit(lambda x: [x, (x * 2.0, {"y": x})], backend=backend)(3.0) == [3.0, (6.0, {"y": 3.0})]


def test_derivatives_of_all_kinds(backend):
    def f(x, y):
        return tanh(x * y) + x**3 * y

    point = (0.7, -1.3)
    assert jit(grad(f, (0, 1)), backend=backend)(*point) == pytest.approx(grad(f, (0, 1))(*point), rel=1e-13)
    value, slopes = jit(value_and_grad(f, (0, 1)), backend=backend)(*point)
    assert value == pytest.approx(f(*point), rel=1e-13)
    assert slopes == pytest.approx(grad(f, (0, 1))(*point), rel=1e-13)

    def curved(v):
        return f(v[0], v[1])

    for row, exact in zip(
        jit(lambda v: hessian(curved)(v), backend=backend)(list(point)), hessian(curved)(list(point)), strict=True
    ):
        assert row == pytest.approx(exact, rel=1e-12)


def test_a_branch_is_a_guard(backend):
    def f(x):
        return x * x if x > 1.0 else 3.0 * x - 1.0

    compiled = jit(value_and_grad(f), backend=backend)
    for x in (2.0, 0.5, 3.0, -1.0, 1.0):
        assert compiled(x) == value_and_grad(f)(x)
    assert len(compiled.variants) == 2


def test_loops_that_branch_are_bounded(backend):
    def f(x):
        while x > 1.0:
            x = x * 0.5
        return x

    compiled = jit(f, backend=backend, max_variants=3)
    assert [compiled(x) for x in (0.5, 1.5, 3.0)] == [0.5, 0.75, 0.75]
    with pytest.warns(RuntimeWarning, match=r"f took 3 .*test_compiler_jit.py:.*while x > 1.0:.*max_variants=6"):
        assert compiled(100.0) == f(100.0)
    assert (compiled(200.0), compiled.eager_calls) == (f(200.0), 2)  # it is said once
    xs = [0.7, *[1.5 * 2.0**k for k in range(9)], 0.9]
    batched = jit(vmap(f), backend=backend, max_variants=3)
    with pytest.warns(RuntimeWarning, match="3 different ways"):
        assert batched(xs) == [f(x) for x in xs]
    assert batched.eager_calls == 7


def test_never_a_silently_wrong_derivative(backend):
    """At random points of a function full of branches, compiled and eager agree."""

    def f(x, y):
        if x > y:
            x, y = y, x
        if abs(x) < 1.0:
            return sin(x) * y
        return x * y if y < 2.0 else x + y * y

    compiled, rng = jit(value_and_grad(f, (0, 1)), backend=backend), random.Random(0)
    for _ in range(300):
        point = rng.uniform(-3.0, 3.0), rng.uniform(-3.0, 3.0)
        value, slopes = value_and_grad(f, (0, 1))(*point)
        found, found_slopes = compiled(*point)
        assert (found, *found_slopes) == pytest.approx((value, *slopes), rel=1e-13, abs=1e-15)


def test_changed_closures_are_noticed(backend):
    factor, table = 2.0, {"w": Value(3.0)}

    def f(x):
        return factor * table["w"] * x

    compiled = jit(f, backend=backend)
    assert compiled(1.0) == 6.0
    factor = 5.0
    assert compiled(1.0) == 15.0
    table["w"].data = 1.0
    assert compiled(1.0) == 5.0


def test_random_numbers_are_refused(backend):
    with pytest.raises(TraceError):
        jit(lambda x: x * random.random(), backend=backend)(1.0)


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: x * math.sin(float(x)), "float()"),
        (lambda x: x * Value(float(x.data) * 2.0), ".data"),
    ],
)
def test_leaving_the_graph_is_refused(backend, f, words):
    with refused(TraceError, words, "test_compiler_jit.py:"):
        jit(f, backend=backend)(1.0)


def test_infinite_and_undefined_numbers_are_the_eager_engines(backend):
    compiled = jit(lambda x: ag.log(x), backend=backend)
    assert compiled(2.0) == math.log(2.0)
    with refused(ag.DomainError, "log", "x = -1.0", "x > 0"):
        compiled(-1.0)
    assert jit(lambda x: x * 2.0, backend=backend)(math.inf) == math.inf
    assert math.isnan(jit(lambda x: x * 2.0, backend=backend)(math.nan))
    with pytest.raises(ag.DivisionByZeroError):
        jit(lambda x: 1.0 / x, backend=backend)(0.0)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 31])
def test_batches_of_any_size(backend, count):
    """Samples that fill up a vector do not reach the sums."""
    rng = random.Random(count)
    xs = [rng.uniform(-1.0, 1.0) for _ in range(count)]

    def loss(w, x):
        return (tanh(w * x) - x) ** 2

    value, slope = jit(value_and_grad(loss), in_axes=(None, 0), backend=backend)(0.7, xs)
    pairs = [value_and_grad(loss)(0.7, x) for x in xs]
    assert value == pytest.approx(math.fsum(one for one, _ in pairs), rel=1e-12)
    assert slope == pytest.approx(math.fsum(one for _, one in pairs), rel=1e-12)
    assert jit(lambda x: x * x, in_axes=0, backend=backend)(xs) == [x * x for x in xs]


@pytest.mark.parametrize("count", [2047, 2048, 2049, 5000])
def test_threads_do_not_change_the_result(backend, count):
    rng = random.Random(count)
    xs = [rng.uniform(-1.0, 1.0) for _ in range(count)]

    def loss(w, x):
        return (tanh(w * x) - x) ** 2

    one, *others = (jit(value_and_grad(loss), in_axes=(None, 0), backend=backend, threads=n)(0.7, xs) for n in (1, 2, 5))
    assert all(other == one for other in others)
    assert one[0] == pytest.approx(math.fsum((math.tanh(0.7 * x) - x) ** 2 for x in xs), rel=1e-12)
    assert jit(lambda x: x * x, in_axes=0, backend=backend, threads=2)(xs) == [x * x for x in xs]
    with refused(ValueError, "threads=2", 1, "batch", "vmap", "in_axes"):
        jit(loss, backend=backend, threads=2)


def test_an_empty_batch_and_shapes_that_differ(backend):
    compiled = jit(lambda x: x * x, in_axes=0, backend=backend)
    assert compiled([]) == []
    with pytest.raises((ValueError, TypeError)):
        compiled([1.0, [2.0]])


@pytest.mark.parametrize("given", [Value(1.0), 3.0, "f"])
def test_what_is_no_function(backend, given):
    with refused(TypeError, "function", "Value" if isinstance(given, Value) else repr(given), "jit(f)(x)"):
        jit(given, backend=backend)


def test_names_that_do_not_exist(backend):
    with refused(ValueError, "backend", "'auto'", "'python'", "'llvm'", "'cuda'"):
        jit(sin, backend="cuda")
    with refused(ValueError, "reduction", "'sum'", "'mean'", "'max'"):
        jit(sin, reduction="max", backend=backend)


def test_what_was_compiled_is_logged(backend, caplog):
    with caplog.at_level(logging.DEBUG, "autograd_lite"):
        jit(lambda x: x * x, backend=backend)(1.0)
    assert f"for {backend}: 1 operations" in caplog.text


# --- steps -------------------------------------------------------------------------------------------------------------------------


def line(backend, **options):
    w, b = Value(0.5, label="w"), Value(0.0, label="b")
    step = compile_step(lambda x, y: (w * x + b - y) ** 2, [w, b], (1.0, 2.0), backend=backend, **options)
    step.load([(float(k), 2.0 * k + 1.0) for k in range(9)])
    return w, b, step


def test_a_step_learns(backend):
    w, b, step = line(backend)
    losses = step.run(600, lr=0.03)
    assert isinstance(step, CompiledStep)
    assert losses[-1] < 1e-6 < losses[0]
    assert (w.data, b.data) == pytest.approx((2.0, 1.0), abs=1e-3)


def test_a_step_is_that_of_the_eager_engine(backend):
    w, b, step = line(backend, penalty=None)
    loss, slopes = step.gradient([0, 3, 8])
    total = ag.mean([(w * float(k) + b - (2.0 * k + 1.0)) ** 2 for k in (0, 3, 8)])
    total.backward()
    assert loss == pytest.approx(total.data, rel=1e-14)
    assert slopes == pytest.approx([w.grad, b.grad], rel=1e-14)


def test_runs_without_synchronizing(backend):
    w, _, step = line(backend)
    other, _, together = line(backend)
    together.run([[0, 1], [2, 3], [4]], lr=0.01)
    for batch in ([0, 1], [2, 3], [4]):
        step.run([batch], lr=0.01, sync=False)
    assert w.data == 0.5
    step.sync()
    assert w.data == other.data


def test_metrics_are_means_over_the_batch(backend):
    w = Value(1.0)
    step = compile_step(lambda x: [w * x, x * x], [w], (1.0,), metrics=1, backend=backend)
    step.load([(1.0,), (2.0,), (3.0,)])
    step.run([[0, 2]], lr=0.0)
    assert step.metrics == [5.0]
    assert step.slopes == [2.0]
    with refused(TypeError, "metrics=2", "3 numbers", 2):
        compile_step(lambda x: [w * x, x], [w], (1.0,), metrics=2, backend=backend)


def test_unreached_parameters(backend):
    w, idle, punished = Value(1.0), Value(1.0), Value(1.0)
    step = compile_step(lambda x: w * x, [idle, w, punished], (1.0,), penalty=lambda: punished**2, backend=backend)
    assert step.unreached == [0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda step: step.run([[]], lr=0.1), ("batch 0", "empty")),
        (lambda step: step.run([[99]], lr=0.1), ("batch 0", "sample", 9)),
        (lambda step: step.run(-1, lr=0.1), ("steps", "negative", -1)),
        (lambda step: step.run(2, lr=[0.1]), ("lr", 1, "2 steps")),
        (lambda step: step.load([]), ("no samples",)),
        (lambda step: step.load([(1.0, 2.0), (1.0, [2.0, 3.0])]), ("sample 1", 3, 2, "(1.0, [2.0, 3.0])")),
    ],
)
def test_bad_input_of_a_step(backend, call, message):
    _, _, step = line(backend)
    with refused(ValueError, *message):
        call(step)
    with refused(TypeError, "lr", "rate"):
        step.run(1, rate=0.1)


def test_a_damaged_cache_is_ignored(backend, tmp_path, monkeypatch):
    if backend == "python":
        pytest.skip("only machine code is kept")
    from autograd_lite.compiler.llvm import native

    monkeypatch.setenv("AUTOGRAD_LITE_CACHE", str(tmp_path))
    monkeypatch.setattr(native, "_loaded", {})
    expected = jit(lambda x: sin(x) * 3.25, backend=backend)(1.0)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for damage in (b"", b"nonsense", files[0].read_bytes()[:-7]):
        for path in files:
            path.write_bytes(damage)
        native._loaded.clear()
        assert jit(lambda x: sin(x) * 3.25, backend=backend)(1.0) == expected
    monkeypatch.setenv("AUTOGRAD_LITE_CACHE", str(files[0]))  # a file where a folder should be
    native._loaded.clear()
    assert jit(lambda x: sin(x) * 3.25, backend=backend)(1.0) == expected


def test_a_step_says_what_it_is(backend):
    w = Value(1.0)
    assert repr(compile_step(lambda x: w * x, [w], (1.0,), backend=backend)) == (
        f"<a training step of 1 parameters, compiled for {backend}: .load(samples), then .run(steps, ...)>"
    )


# --- copies --------------------------------------------------------------------------------------------------------------------


@jit(backend="python")
def decorated(x):
    return x * 3.0


def cubed(x):
    return x**3.0


@grad
def slope_of_cube(x):
    return x**3.0


@pytest.mark.parametrize(
    ("make", "x"),
    [
        (lambda backend: jit(ag.tanh, backend=backend, max_variants=3), 0.5),
        (lambda backend: decorated, 0.5),
        (lambda backend: jit(vmap(ag.tanh), backend=backend), [0.5, 1.0]),
        (lambda backend: jit(ag.tanh, in_axes=0, reduction="mean", backend=backend), [0.5, 1.0]),
        (lambda backend: jit(ag.nn.MLP(1, [2, 1], seed=0), backend=backend), [0.5]),
        (lambda backend: jit(grad(cubed), backend=backend), 0.5),
        (lambda backend: jit(value_and_grad(ag.tanh), backend=backend), 0.5),
        (lambda backend: jit(grad(grad(cubed)), backend=backend), 0.5),
        (lambda backend: jit(vmap(grad(cubed)), backend=backend), [0.5, 1.0]),
        (lambda backend: jit(slope_of_cube, backend=backend), 0.5),
    ],
)
def test_compiled_functions_are_copied_and_pickled(make, x, backend):
    """By name if they have one, otherwise by what they were made of; before and after they are compiled."""
    one = make(backend)
    for again in (pickle.loads(pickle.dumps(one)), copy.copy(one), copy.deepcopy(one)):
        assert again(x) == one(x)
        assert pickle.loads(pickle.dumps(again))(x) == one(x)
        assert (again is one) is (one is decorated)
        assert (again.backend, again.max_variants) == (one.backend, one.max_variants)


# --- somebody looks on ---------------------------------------------------------------------------------------------------------


def overflowing(x):
    return x * 1e308 * 10.0 * 0.0


@pytest.mark.parametrize(
    ("make", "x"),
    [
        (lambda backend: jit(grad(overflowing), backend=backend), 2.0),
        (lambda backend: jit(lambda x: ag.relu(x * -1e308 * 10.0), backend=backend), 2.0),
        (lambda backend: jit(vmap(overflowing), backend=backend), [2.0, 3.0]),
        (lambda backend: jit(value_and_grad(overflowing), in_axes=0, backend=backend), [2.0, 3.0]),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_an_anomaly_is_found_in_what_is_compiled(make, x, before, backend):
    """By the eager engine, which makes the nodes that are looked at; outside of the block the program runs."""
    g = make(backend)
    if before:
        g(x)
    for _ in range(2):
        with ag.detect_anomaly(), refused(ag.backprop.AnomalyError, "mul gave", "inf", "test_compiler_jit.py"):
            g(x)
        g(x)
    assert len(g.variants) == 1


def test_what_is_observed_is_what_the_eager_engine_makes(backend):
    made = []
    g = jit(cubed, backend=backend)
    with observing(made.append):
        assert g(2.0) == 8.0
    assert [(type(node), node.op) for node in made] == [(Value, ""), (Value, "pow")]


def test_a_training_that_is_observed_is_not_compiled(backend):
    model = ag.nn.MLP(1, [1], seed=0)
    optimizer = ag.nn.optim.SGD(model.parameters(), lr=0.1)
    with ag.detect_anomaly(), refused(ValueError, backend, "detect_anomaly()", "eager"):
        ag.nn.fit(model, [[1.0]], [1.0], loss="mse", optimizer=optimizer, epochs=1, engine=backend)


def momentum(p, slope, v, lr):
    v = 0.9 * v + slope
    return p - lr * v, v


def test_steps_that_are_left_in_the_code_count_for_whatever_comes_next(backend):
    """A gradient, and a run that is synchronized, go on from there, and not from what the Values were before."""
    v = Value(1.0)

    def made(*syncs):
        v.data = 1.0
        step = compile_step(lambda x: (v - x) ** 2, [v], (1.0,), update=momentum, state=1, backend=backend)
        step.load([(3.0,), (4.0,)])
        return [
            (step.run(2, lr=0.1, sync=sync), step.gradient() if k == 1 else None) for k, sync in enumerate(syncs)
        ], v.data

    assert made(False, False, True) == made(True, True, True)


@pytest.mark.parametrize("sync", [True, False])
def test_steps_that_are_observed_are_the_eager_engines(backend, sync):
    """Nodes are made for whoever looks; parameters, state and metrics go on from where they are, in and out of the block."""

    def made(observed):
        w, b, scale = Value(0.5), Value(-0.2), Value(1.5)
        scale.grad = 7.0
        step = compile_step(
            lambda x, y: [(ag.tanh(w * x) * scale + b - y) ** 2 if x > 0.1 else b * b * x, x], [w, b], (1.0, 2.0), update=momentum,
            state=1, penalty=lambda: 0.1 * w * w, metrics=1, backend=backend,
        )  # fmt: skip
        step.load([(0.1 * k, 0.05 * k * k - 1.0) for k in range(6)])
        losses, nodes = [], []
        for k in range(6):
            with observing(nodes.append) if observed and k % 3 else contextlib.nullcontext():
                losses += [*step.run([[0, 1, 2], [3, 4, 5]] * 2, lr=0.1, sync=sync), step.gradient()[0]]
            losses += [*step.slopes, *step.metrics]
        step.sync()
        assert scale.grad == 7.0
        assert bool(nodes) is observed
        return [*losses, w.data, b.data, *step.state[0]]

    assert made(True) == pytest.approx(made(False), rel=1e-12, abs=1e-15)


def test_an_anomaly_is_found_in_a_step(backend):
    """In its loss and on the way back; the steps before it are done, the state with them."""
    w = Value(0.4)
    step = compile_step(lambda x: ag.sqrt(w * w) - 3.0 * w, [w], (1.0,), update=momentum, state=1, backend=backend)
    step.load([(1.0,)])
    step.run(3, lr=0.1)
    before, w.data, step.state = w.data, 0.4, [[0.0]]
    with ag.detect_anomaly():
        step.run(3, lr=0.1)
    assert w.data == pytest.approx(before, rel=1e-12)
    w.data, step.state = 0.2, [[0.0]]
    with ag.detect_anomaly(), refused(ag.backprop.AnomalyError, "test_compiler_jit.py"):
        step.run(5, lr=-0.1)
    assert (w.data, step.state) == (0.0, [[-2.0]])


def test_finite_results_whose_sum_is_not_are_the_programs(backend, monkeypatch):
    """Whether all are finite is asked of their sum first."""
    f = jit(lambda x, y: [x + y, x - y, -x], backend=backend)
    assert f(1.0, 2.0) == [3.0, -1.0, -1.0]
    monkeypatch.setattr(f, "_eager", None)
    assert f(1.7e308, 1e300) == [1.7e308 + 1e300, 1.7e308 - 1e300, -1.7e308]
    assert f(-1.7e308, 1e300) == [1e300 - 1.7e308, -1.7e308 - 1e300, 1.7e308]
    both = jit(lambda x: [x, x], backend=backend)
    assert both(1.7e308) == [1.7e308, 1.7e308]


def test_each_call_has_memory_of_its_own(backend):
    """Its result stays what it was when others follow, and threads do not see each other's numbers."""

    def f(x, y):
        return x * y + 2.0 * x

    compiled = jit(value_and_grad(f, argnums=(0, 1)), backend=backend)
    points = [(0.25 * k, 8.0 + 0.5 * k) for k in range(300)]
    expected = [(x * y + 2.0 * x, (y + 2.0, x)) for x, y in points]
    assert [compiled(*point) for point in points] == expected
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda point: compiled(*point), points * 10)) == expected * 10


@pytest.mark.parametrize("terms", [1, 40, 3000])
def test_numbers_from_outside_are_those_of_the_call(backend, terms):
    """Read once or where they are needed, in one function or in parts: whatever they are used for, a branch included."""
    once, often, bent, unused, out = (
        Value(0.1 * k + 0.3, label=name) for k, name in enumerate(["v1", "values", "", "m", "x"])
    )

    def f(x, y):
        total = once * x + tanh(often) * often + ag.relu(bent) * y + 0.0 * out
        for k in range(terms):
            total = total * 0.999 + sin(x * (0.1 * k + 1.0)) * often
        return [total if total < often else -total, out, unused if terms == 1 else y]

    compiled = jit(f, backend=backend)
    for k in range(4):
        for one in (once, often, bent, unused, out):
            one.data = 0.4 - 0.3 * k + one.data
        right = [float(one) for one in f(Value(0.3), Value(-0.2))]
        assert compiled(0.3, -0.2) == (right if backend == "python" else pytest.approx(right, rel=1e-12))


@pytest.mark.parametrize("given", [10**400, -(10**400), [1.0, 10**309]], ids=["int", "negative", "list"])
def test_what_no_float_holds_is_refused_as_by_the_eager_engine(given, backend):
    def total(x):
        return ag.sum(x) if isinstance(x, list) else x * 2.0

    compiled = jit(total, backend=backend)
    for _ in range(2):
        with pytest.raises(ag.RangeError):
            compiled(given)
        compiled([1.0, 2.0] if isinstance(given, list) else 2.0)
