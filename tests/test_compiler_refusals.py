"""What cannot be compiled, and what must not be compiled silently: each with an error that names the place, or an answer that is right."""

import copy
import importlib
import importlib.util
import math
import random
import threading
import warnings
from decimal import Decimal
from fractions import Fraction
from functools import partial
from types import SimpleNamespace

import pytest
from refusals import refused, says

import autograd_lite as ag
from autograd_lite import Value, grad, jit, sin, value_and_grad, vmap
from autograd_lite.compiler import TraceError, UnsupportedOperation, compile_step, to_arrays, to_c

LLVM = pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite"))
BACKENDS = ["python", LLVM]
UNTOUCHED = vars(Value)["data"]
HERE = "test_compiler_refusals.py:"

# --- functions that leave the graph ------------------------------------------------------------------------------------------

table, scale = [1.0, 2.0, 3.0], 2.0


def own_gradient(x):
    y = x * x
    y.backward()
    return x.grad


def hooked(y):
    y.register_hook(lambda gradient: 2.0 * gradient)
    return y * y


LEAVING = {
    "float": (lambda x: x * float(x), ("float()",)),
    "math": (lambda x: math.sin(x), ("float()",)),
    "data": (lambda x: x * x.data, (".data",)),
    "item": (lambda x: x * x.item(), (".item()",)),
    "int": (lambda x: x * int(x), ("int()",)),
    "index": (lambda x: x * table[x], ("index", "static_argnums")),
    "range": (lambda x: sum(x for _ in range(x)), ("index", "static_argnums")),
    "own gradient": (own_gradient, (".grad", "value_and_grad")),
    "local slopes": (lambda x: x * (x * x).local_grads[0], (".local_grads",)),
    "all slopes": (lambda x: x * (x * x).arg_grads[0], (".arg_grads",)),
    "edges": (lambda x: x * (x * x).edges[0][1], (".edges",)),
    "formatting": (lambda x: x * float(f"{x:.3f}"), ("'.3f'",)),
    "repr": (lambda x: x * len(repr(x)), ("text", "repr()")),
    "str": (lambda x: x * len(str([x])), ("text", "repr()")),
    "f-string": (lambda x: x * len(f"{x}"), ("text", "f-string")),
    "print": (lambda x: print(x) or x, ("text", "print")),
    "hook": (lambda x: hooked(x * x), ("register_hook()", "custom_vjp")),
    "has_grad": (lambda x: x * x.has_grad, (".has_grad",)),
    "assignment": (lambda x: setattr(x, "data", 3.0) or x, ("assigning", ".data")),
    "array of floats": (
        lambda x: importlib.import_module("numpy").array([x], dtype=float)[0],
        ("float()",),
    ),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", LEAVING)
def test_leaving_the_graph(name, backend):
    """The error names the line and what to write instead; the function itself works as ever."""
    if name == "array of floats":
        pytest.importorskip("numpy")
    f, words = LEAVING[name]
    for make in (lambda f: jit(f, backend=backend), lambda f: jit(grad(f), backend=backend)):
        with refused(TraceError, *words) as caught:
            make(f)(1.0)
        assert HERE in str(caught.value) or "method" in str(caught.value)
        assert "where()" in str(caught.value)
    with refused(TraceError, *words):
        jit(vmap(f), backend=backend)([1.0, 2.0])
    if name == "own gradient":
        assert f(Value(1.0)) == 2.0


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: None, ("None", "return")),
        (lambda x: "a", ("'a'", "number")),
        (lambda x: (y for y in [x]), ("<generator", "number")),
        (lambda x: copy.copy(x) * 2.0, ("no_grad()", "copied")),
        (lambda x: copy.deepcopy(x) * 2.0, ("no_grad()", "copied")),
        (lambda x: ag.no_grad()(lambda: x * x)(), ("no_grad()", "copied")),
    ],
)
def test_results_that_are_no_numbers_of_the_graph(f, words, backend):
    with refused(TraceError, *words):
        jit(f, backend=backend)(1.0)


# --- Values from outside are left alone ---------------------------------------------------------------------------------------

CAPTURED = {
    "data": (lambda w: w.data, (".data",)),
    "float": (lambda w: float(w), ("float()",)),
    "math": (lambda w: math.sin(w), ("float()",)),
    "int": (lambda w: int(w), ("int()",)),
    "item": (lambda w: w.item(), (".item()",)),
    "formatting": (lambda w: float(f"{w:.3f}"), ("'.3f'",)),
    "repr": (lambda w: len(repr(w)), ("text", "repr()")),
    "hook": (lambda w: w.register_hook(abs) and 1.0, ("register_hook()",)),
    "assignment": (lambda w: setattr(w, "data", 2.0) or 1.0, ("assigning", ".data")),
    "gradient": (lambda w: w.grad, (".grad",)),
    "local slopes": (lambda w: (w * w).local_grads[0], (".local_grads",)),
    "copy": (lambda w: copy.copy(w), ("no_grad()", "copied")),
    "deep copy": (lambda w: copy.deepcopy(w), ("no_grad()", "copied")),
    "new Value": (lambda w: Value(w), ("float()",)),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", CAPTURED)
def test_a_number_of_a_captured_value_that_leaves_the_graph(name, backend):
    """Refused with the line, in the function that is recorded; the Value is as it was."""
    escape, words = CAPTURED[name]
    w = Value(2.0, label="w")
    with refused(TraceError, *words) as caught:
        jit(lambda x: x * w * escape(w), backend=backend)(1.0)
    if "copy" not in name:
        assert HERE in str(caught.value)
    assert (type(w), w.label, w.grad) == (Value, "w", 0.0)
    assert vars(Value)["data"] is UNTOUCHED
    assert (repr(w), float(w), f"{w:.1f}", w > 1.0) == ("Value(data=2.0, grad=0.0, label='w')", 2.0, "2.0", True)


def test_other_threads_see_plain_numbers_while_a_function_is_recorded():
    """Whatever is asked of a captured Value there: numbers and texts, the class, truth, comparison; a number may be set, too."""
    w, other, seen, kinds = Value(2.0, label="w"), Value(3.0), [], []

    def look():
        try:
            seen.append(
                (w.data, float(w), int(w), w.item(), repr(w), f"{w:.2f}", bool(w), w > 1.0, w == 2.0, w < other, w.grad)
            )
            assert copy.copy(w).data == copy.deepcopy(w).data == (w * 1.0).data == 2.0
            assert type(w * 3.0) is Value
            assert (w * 3.0).local_grads == (3.0,)
            other.data = 3.0
        except BaseException as error:
            seen.append(error)

    def f(x):
        kinds.append(type(w))
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        return x * w if w > 1.0 else x * other

    compiled = jit(f, backend="python")
    assert compiled(5.0) == 10.0
    assert len(seen) == len(kinds) == 3  # once, again to compare, and once with the comparison of `w` noticed
    assert set(kinds) == {Value}
    assert set(seen) == {(2.0, 2.0, 2, 2.0, "Value(data=2.0, grad=0.0, label='w')", "2.00", True, True, True, True, 0.0)}
    w.data = 0.5
    assert compiled(5.0) == 15.0


def test_two_functions_are_recorded_at_once():
    """They share a captured Value; one ends while the other is at it."""
    w, results, inside, go = Value(2.0), {}, threading.Event(), threading.Event()

    def slow(x):
        inside.set()
        assert go.wait(20)
        return x * w if w > 1.0 else x

    thread = threading.Thread(target=lambda: results.update(slow=jit(slow, backend="python")(5.0)))
    thread.start()
    assert inside.wait(20)
    quick = jit(lambda x: x + w if w > 1.0 else x, backend="python")
    assert quick(1.0) == 3.0
    go.set()
    thread.join()
    assert results == {"slow": 10.0}
    w.data = 0.0
    assert quick(1.0) == 1.0
    assert vars(Value)["data"] is UNTOUCHED


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "below",
    [lambda w: w < 1.0, lambda w: 1.0 > w, lambda w: Value(1.0) > w, lambda w: w * 2.0 < 2.0, lambda w: not w >= 1.0,  # noqa: SIM300
     lambda w: not ag.relu(w - 1.0), lambda w: min(w, 1.0) is w, lambda w: sorted([1.0, w])[0] is w],
)  # fmt: skip
def test_comparisons_of_captured_values_are_guards(below, backend):
    w = Value(0.5)
    f = jit(lambda x: x * w if below(w) else x + w, backend=backend)
    assert [f(3.0)] == [1.5]
    w.data = 2.0
    assert f(3.0) == 5.0


@pytest.mark.parametrize("count", [2, 3])
def test_how_often_a_function_is_recorded(count):
    """Twice, to compare; a third time where a Value from outside may have been compared."""
    w, calls = Value(2.0), []

    def f(x):
        calls.append(x)
        return x * w if count == 2 or w > 1.0 else x

    assert jit(f, backend="python")(1.5) == 3.0
    assert len(calls) == count


# --- side effects, randomness, state ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_side_effects_happen_when_recording_and_not_again(backend):
    seen = []
    f = jit(lambda x: seen.append(1) or x * 2.0, backend=backend)
    f(1.0)
    count = len(seen)
    assert [f(x) for x in (1.0, 2.0)] == [2.0, 4.0]
    assert len(seen) == count


@pytest.mark.parametrize("backend", BACKENDS)
def test_randomness_and_state_are_noticed(backend):
    state = {"calls": 0}

    def counting(x):
        state["calls"] += 1
        return x * state["calls"]

    generator = random.Random(0)
    for f in (lambda x: x * random.random(), lambda x: generator.gauss(x, 1.0), counting):
        with refused(TraceError, "two different programs"):
            jit(f, backend=backend)(1.0)
    if importlib.util.find_spec("numpy"):
        import numpy as np

        with refused(TraceError, "two different programs"):
            jit(lambda x: x * np.random.default_rng().normal(), backend=backend)(1.0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_changed_numbers_outside(backend, monkeypatch):
    """Wherever a plain number stands, the next call has the new one."""
    local, entries, settings, owner = 2.0, [2.0, [3.0]], {"rate": 2.0}, SimpleNamespace(rate=2.0, other=1.0)

    def helper(x, default=(2.0,)):
        return x * scale * default[0]

    class Model:
        def __init__(self):
            self.rate = 2.0

        def inner(self, x):
            return x * self.rate

        def __call__(self, x):
            return self.inner(x)

    model = Model()
    functions = [
        lambda x: x * local,
        lambda x: x * entries[0] + entries[1][0],
        lambda x: x * settings["rate"],
        lambda x: x * owner.rate,
        lambda x: sum(x * table[k] for k in range(3)),
        lambda x: helper(x),
        model.__call__,
        model.inner,
        lambda x: model.inner(x),
    ]

    compiled = [jit(f, backend=backend) for f in functions]
    derived = [jit(value_and_grad(f), backend=backend) for f in functions]
    mapped = [jit(vmap(f), backend=backend) for f in functions]

    def check():
        for f, one, two, three in zip(functions, compiled, derived, mapped, strict=True):
            assert one(1.5) == f(1.5), f
            assert two(1.5) == value_and_grad(f)(1.5)
            assert three([1.5, 2.5]) == [f(1.5), f(2.5)]

    check()
    local, entries[0], entries[1][0], settings["rate"], owner.rate, model.rate = 5.0, 6.0, 7.0, 8.0, 9.0, 10.0
    monkeypatch.setitem(globals(), "scale", 11.0)
    table[0] = 12.0
    try:
        check()
        before = len(compiled[0].variants)
        check()
        assert len(compiled[0].variants) == before
    finally:
        table[0] = 1.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_callables_of_all_kinds(backend):
    """Models, bound methods, partial functions, built-in ones; methods that are compiled where they are defined."""
    model = ag.nn.MLP(2, [3, 1], activation="tanh", seed=0)
    x = [0.5, -1.0]
    exact = model(x).data
    for f in (model, model.__call__, partial(model), lambda x: model(x), jit(model, backend=backend)):
        assert jit(f, backend=backend)(x) == pytest.approx(exact, rel=1e-14)
        assert jit(vmap(f), backend=backend)([x, x]) == pytest.approx([exact] * 2, rel=1e-14)
    assert jit(lambda model, x: model(x), backend=backend)(model, x) == pytest.approx(exact, rel=1e-14)
    assert jit(partial(lambda a, x: a * x, 2.0), backend=backend)(1.5) == 3.0
    assert jit(abs, backend=backend)(-2.0) == 2.0

    class Line:
        def __init__(self, slope):
            self.slope = slope

        @jit
        def at(self, x):
            return self.slope * x

    one, other = Line(2.0), Line(3.0)
    assert [one.at(1.5), other.at(1.5), one.at(2.0)] == [3.0, 4.5, 4.0]
    one.slope = 5.0
    assert [one.at(1.5), other.at(1.5)] == [7.5, 4.5]


def test_arrays_outside():
    np = pytest.importorskip("numpy")
    weights = np.array([1.0, 2.0])
    f = jit(lambda x: x * weights[1], backend="python")
    assert f(3.0) == 6.0
    weights[1] = 5.0
    assert f(3.0) == 15.0


def test_structures_are_forgotten_in_the_end(monkeypatch):
    """A number outside that changes at every call makes a program each time; the memory for them is bounded."""
    monkeypatch.setattr(importlib.import_module("autograd_lite.compiler.jitted"), "_MOST_STRUCTURES", 5)
    rate = 0.0
    f = jit(lambda x: x * rate, backend="python", check=False)
    for k in range(20):
        rate = float(k)
        assert f(2.0) == 2.0 * k
    assert len(f.variants) == 5


# --- arguments ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_numbers_of_other_kinds(backend):
    f = jit(lambda x: x * 2.0, backend=backend)
    assert [f(x) for x in (1.5, 3, Fraction(1, 4))] == [3.0, 6.0, 0.5]
    assert len(f.variants) == 1
    with refused(TypeError, "real", "complex"):
        f(1j)
    np = pytest.importorskip("numpy")
    assert [f(x) for x in (np.float32(0.5), np.int64(2), np.array(1.5))] == [1.0, 4.0, 3.0]
    assert len(f.variants) == 1
    first = jit(lambda v: v[0] * 2.0, backend=backend)
    for array in (np.array(["a"]), np.array([1j]), np.array([True])):
        with refused(TypeError, "array", ".astype(float)"):
            first(array)
    assert first(np.array([1.5, 2.5], dtype=np.float16)) == 3.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_wrong_arguments_are_the_functions_own_errors(backend):
    f = jit(lambda x, y: x * y, backend=backend)
    for call, fact in ((lambda: f(1.0), "'y'"), (lambda: f(1.0, 2.0, 3.0), 3), (lambda: f(1.0, z=2.0), "'y'")):
        with refused(TypeError, fact):
            call()
    assert f(2.0, y=3.0) == f(y=3.0, x=2.0) == 6.0
    with refused(TypeError, "position", "power"):
        jit(lambda x, *, power: x**power, backend=backend)(1.0, power=2.0)
    with pytest.raises(IndexError):
        jit(lambda v: v[3], backend=backend)([1.0, 2.0])
    with pytest.raises(TypeError):
        jit(lambda x: x + "a", backend=backend)(1.0)
    assert jit(lambda v: ag.sum(v), backend=backend)([]) == ag.sum([])
    assert jit(value_and_grad(lambda x, y: x * y, 1), backend=backend)(x=2.0, y=3.0) == (6.0, 2.0)
    assert jit(vmap(lambda x, y: x * y), backend=backend)([1.0, 2.0], y=[3.0, 4.0]) == [3.0, 8.0]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan, 0.0, -1.0, 1e308, -1e308, 5e-324])
def test_numbers_that_are_not_finite_are_as_eager_has_them(backend, bad):
    functions = [
        lambda x: ag.exp(x), lambda x: x - x, lambda x: 1.0 / x, lambda x: ag.log(x), lambda x: ag.tanh(x) * x, lambda x: x**0.5,
        lambda x: ag.relu(x) + ag.max(x, 0.0), lambda x: ag.sigmoid(x), lambda x: x * x * 0.0, lambda x: ag.where(x > 0.0, x, -x),
    ]  # fmt: skip
    for f in functions:
        for make in (lambda f: f, value_and_grad):
            eager = (lambda f=f: f(Value(bad)).data) if make is not value_and_grad else (lambda f=f: value_and_grad(f)(bad))
            expected, found = outcome(eager), outcome(lambda: jit(make(f), backend=backend)(bad))
            batch = outcome(lambda: jit(vmap(make(f)), backend=backend)([1.0, bad]))
            assert same(found, expected), (found, expected)
            if isinstance(expected, type):
                assert batch is expected
            elif make is value_and_grad:
                assert same((batch[0][1], batch[1][1]), expected)
            else:
                assert same(batch[1], expected)


def outcome(call):
    try:
        return call()
    except ArithmeticError as error:
        return type(error)
    except ValueError as error:
        return type(error)


def same(found, expected):
    if isinstance(expected, tuple):
        return isinstance(found, tuple) and all(same(x, y) for x, y in zip(found, expected, strict=True))
    if isinstance(expected, type) or isinstance(found, type):
        return found is expected
    return found == expected or (math.isnan(found) and math.isnan(expected)) or math.isclose(found, expected, rel_tol=1e-13)


# --- training steps -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("count", [1, 3, 8, 9])
def test_an_infinite_loss_is_infinite(backend, count):
    """Also where vectors are filled up: an infinity times a weight of 0 would be nan."""
    w = Value(1.0)
    step = compile_step(lambda x: w * x, [w], (1.0,), backend=backend)
    step.load([(1.0,)] * (count - 1) + [(math.inf,)])
    assert step.run(1, lr=0.1) == [math.inf]
    assert w.data == -math.inf
    step.load([(math.nan,)] * count)
    assert math.isnan(step.run(1, lr=0.1)[0])


def test_an_error_in_a_step_of_python_source():
    """The engine's own, with the sample and the step; the steps before are done."""
    w = Value(1.0)
    step = compile_step(lambda x: ag.log(w * x), [w], (1.0,), backend="python")
    step.load([(1.0,), (2.0,), (-1.0,)])
    with refused(ag.DomainError, "log") as caught:
        step.run([[0], [0, 1], [0, 2], [1]], lr=0.25)
    assert caught.value.__notes__ == ["in sample 2 of step 2; the parameters are those before that step"]
    one = 1.0 - 0.25
    assert w.data == one - 0.25 / one
    with refused(ag.DomainError, "log"):
        step.gradient([2])
    big = Value(1e200)
    step = compile_step(lambda x: big * x, [big], (1.0,), backend="python", update=lambda p, g, lr: p * p * lr + ag.exp(p))
    step.load([(1.0,)])
    with pytest.raises(OverflowError) as caught:
        step.run(1, lr=1.0)
    assert caught.value.__notes__ == ["in the derivative or the update of step 0; the parameters are those before it"]
    assert big.data == 1e200


# --- operations that a target does not have -------------------------------------------------------------------------------------


@pytest.fixture
def own():
    """A primitive that is a function of Python's, and one that is a text."""

    own_cube = ag.primitive("own_cube", forward=lambda x: x * x * x, partials=[lambda x: 3.0 * x * x])
    text = ag.primitive("own_text", "x", forward="x * x * x", partials=("3.0 * x * x",))
    yield own_cube, text
    ag.unregister("own_cube")
    ag.unregister("own_text")


def test_primitives_of_ones_own(own):
    """As a text it compiles everywhere; as a function of Python's the Python target calls it, and the others say so."""
    cube, text = own
    assert jit(lambda x: cube(x) * 2.0, backend="python")(2.0) == 16.0
    targets = [lambda f: to_c(f, 2.0)]
    if importlib.util.find_spec("llvmlite"):
        targets.append(lambda f: jit(f, backend="llvm")(2.0))
    if importlib.util.find_spec("numpy"):
        targets.append(lambda f: to_arrays(f, 2.0))
    for target in targets:
        with refused(UnsupportedOperation, "own_cube", "backend='python'"):
            target(lambda x: cube(x) * 2.0)
    with refused(UnsupportedOperation, "own_cube", "primitive('own_cube', 'x', "):
        jit(grad(lambda x: cube(x)), backend="python")(2.0)
    assert grad(lambda x: cube(x))(2.0) == 12.0
    assert jit(grad(lambda x: text(x)), backend="python")(2.0) == 12.0
    assert "x[0] * x[0]" in to_c(lambda x: text(x), 2.0)


def test_operations_that_c_and_arrays_do_not_have():
    with refused(UnsupportedOperation, "C", "'digamma'", "Python"):
        to_c(lambda x: ag.digamma(x) * 2.0, 1.5)
    with refused(UnsupportedOperation, "branches", HERE, "autograd_lite.where"):
        to_c(lambda x: x if x > 0.0 else -x, 1.5)
    pytest.importorskip("numpy")
    with refused(UnsupportedOperation, "branches", HERE):
        to_arrays(lambda x: x if x > 0.0 else -x, 1.5)


def test_onnx_says_what_it_does_not_have():
    pytest.importorskip("onnx")
    from autograd_lite.compiler import to_onnx

    with refused(UnsupportedOperation, "digamma"):
        to_onnx(lambda x: ag.digamma(x), 1.5)


def test_without_machine_code_there_is_python_source(monkeypatch):
    """`auto` falls back with a warning that says why; `llvm` by name raises; the result is there."""
    pytest.importorskip("llvmlite")
    from autograd_lite.compiler.llvm import run

    def refuse(*args, **options):
        raise UnsupportedOperation("there is no machine code for the operation 'sin'; backend='python' has it")

    monkeypatch.setattr(run, "kernel_module", refuse)

    def f(x):
        return sin(x)

    with pytest.warns(UserWarning, match="'sin'") as caught:
        found = jit(f)(1.0)
    says(caught[0].message, "machine code", "f", "Python")
    assert found == math.sin(1.0)
    with refused(UnsupportedOperation, "'sin'", "backend='python'"):
        jit(sin, backend="llvm")(1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert jit(sin, backend="python")(1.0) == math.sin(1.0)


def test_decimals_are_no_floats():
    """Not converted silently: they would lose digits."""
    with pytest.raises((TypeError, TraceError)):
        jit(lambda x: x * 2.0, backend="python")(Decimal("0.1"))


def test_training_goes_on_eager_where_it_cannot_be_compiled(own, monkeypatch):
    """By `auto`; asked for by name, it is an error that says why."""
    from autograd_lite import nn
    from autograd_lite.compiler import memory_limit

    cube, _ = own

    class Cubic(nn.Module):
        def __init__(self):
            self.w = Value(0.5, label="w")

        def forward(self, x):
            return cube(self.w * x[0])

    def train(engine, model):
        optimizer = nn.optim.SGD(model, lr=0.01)
        return nn.fit(model, [[1.0], [2.0]], [1.0, 2.0], loss="mse", optimizer=optimizer, epochs=3, engine=engine).losses

    monkeypatch.setattr(importlib.import_module("autograd_lite.nn.training.engines"), "fastest", lambda *sizes: "python")
    assert train("auto", Cubic()) == train("eager", Cubic())
    with refused(ValueError, "engine='python'", "own_cube"):
        train("python", Cubic())
    with memory_limit(1000):
        assert train("auto", nn.MLP(1, [3, 1], seed=0)) == train("eager", nn.MLP(1, [3, 1], seed=0))
        with refused(ValueError, "engine='python'", "limit", "1 kB"):
            train("python", nn.MLP(1, [3, 1], seed=0))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "slope",
    [
        "(y if x > 0 else none) if y > 0 else none",
        "none if y > 0 else (none if x > 0 else 2.0 * y)",
        "(y if x > 0 else none) if y > 0 else (x if x < -1 else none)",
        "(y if x > 0 else none) if y > 0 else 3.0",
        "(1.0 if x > 0 else none) if y > 0 else (none if x > 0 else 2.0)",
    ],
)
def test_a_slope_that_exists_only_sometimes_and_then_only_sometimes(slope, backend):
    """Where there is no edge nothing flows: as the eager engine, on every side of both conditions."""
    own = ag.primitive("own_sometimes", "x y", "x * y", [slope, "x"], check=False)
    try:

        def f(x, y):
            return own(x, y) * 2.0 + y

        compiled = jit(value_and_grad(f, (0, 1)), backend=backend)
        for point in ((0.5, 2.0), (-0.5, 2.0), (0.5, -2.0), (-0.5, -2.0), (-1.5, -2.0)):
            assert compiled(*point) == value_and_grad(f, (0, 1))(*point), point
    finally:
        ag.unregister("own_sometimes")


# --- what comes out of the graph by another way --------------------------------------------------------------------------------


def by_backward(node):
    z = Value(1.0)
    (z * node).backward()
    return z.grad


def by_a_hook(node):
    found = []
    z = Value(1.0)
    z.register_hook(found.append)
    (z * node).backward()
    return found[0]


def by_a_graph(node):
    z = Value(1.0)
    (z * node).backward(create_graph=True)
    return z.grad


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("read", [by_backward, by_a_hook, by_a_graph])
def test_a_backward_pass_inside_is_refused(read, backend):
    """Of an argument and of a captured Value: what it writes into a Value that is made inside would be frozen."""
    a = Value(2.0)
    for function in (lambda x: x * read(a), lambda x: read(x) * 3.0):
        with refused(TraceError, "backward()", "test_compiler_refusals.py", "value_and_grad"):
            jit(function, backend=backend)(3.0)
    assert jit(lambda x: x * read(Value(2.0)), backend=backend)(3.0) == 6.0  # of constants alone


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_captured_value_was_computed_from_is_read_or_refused(backend):
    """Its number as well: a captured result stays as it is, and what is evaluated again from its leaves does not."""
    a = Value(2.0)
    b = a * a
    assert jit(lambda x: x * b, backend=backend)(3.0) == 12.0
    for read in (
        lambda: ag.replay(b).value,
        lambda: b.parents[0].data,
        lambda: b.args[0].data,
        lambda: b.local_grads[0],
        lambda: b.edges[0][1],
        lambda: b.parents[0],
        lambda: b.args[0],
    ):
        with pytest.raises(TraceError):
            jit(lambda x, read=read: x * read(), backend=backend)(3.0)
    g = jit(lambda x: x * b.parents[0] + a, backend=backend)  # where it is found, it is read anew
    assert g(3.0) == 8.0
    a.data = 5.0
    assert g(3.0) == 20.0


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("keep", [lambda x: x, lambda x: x * x, lambda x: [x + 1.0]])
def test_an_argument_that_is_kept_for_the_next_call_is_refused(keep, backend):
    """Not taken for a Value from outside: which of the two calls is recorded is not the function's business."""
    kept = []

    def f(x):
        if kept:
            return (kept[-1][0] if isinstance(kept[-1], list) else kept[-1]) * x
        kept.append(keep(x))
        return x * 2.0

    g = jit(f, backend=backend)
    for _ in range(2):
        with refused(TraceError, "kept from an earlier call"):
            g(3.0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_kept_and_made_anew_at_each_call_is_not(backend):
    class Cell:
        def __call__(self, x):
            self.h = ag.tanh(x)
            return self.h * 2.0

    g = jit(Cell(), backend=backend)
    assert [g(x) for x in (0.5, 0.7)] == pytest.approx([2.0 * math.tanh(x) for x in (0.5, 0.7)], rel=1e-15)
