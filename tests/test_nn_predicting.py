"""`predict`: the same answer whatever was asked before, from any number of threads, and for whatever a model answers with."""

import gc
import math
import os
import sys
import threading

import pytest
from refusals import refused

from autograd_lite import Value, grad, jit, nn, scan, vmap
from autograd_lite.nn.training import predicting
from autograd_lite.replay import replay

np = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")


@pytest.fixture
def at_once(monkeypatch):
    """Everything is worth compiling."""
    monkeypatch.setattr(predicting, "_IN_ALL", 0.0)
    monkeypatch.setattr(predicting, "_AT_ONCE", 0.0)


class Answering(nn.Module):
    """A model that answers with what a function makes of two numbers."""

    def __init__(self, made):
        self.made, self.body = made, nn.MLP(3, [2], activation="tanh", seed=0)

    def forward(self, x):
        return self.made(*self.body(x))


MADE = {
    "tuple": lambda a, b: (a, b),
    "list": lambda a, b: [a, b],
    "nested": lambda a, b: ([a, b], (b, a)),
    "number": lambda a, b: a * b,
    "one": lambda a, b: (a,),
}


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("name", MADE)
def test_an_answer_has_one_shape_before_and_after_it_is_compiled(name, count, monkeypatch):
    model, rows = Answering(MADE[name]), np.random.default_rng(0).normal(size=(count, 3))
    eager, listed = nn.predict(model, rows), nn.predict(model, rows.tolist())
    assert len(eager) == len(listed) == count
    monkeypatch.setattr(predicting, "_IN_ALL", 0.0)
    monkeypatch.setattr(predicting, "_AT_ONCE", 0.0)
    compiled, again = nn.predict(model, rows), nn.predict(model, rows.tolist())
    assert (type(compiled), compiled.shape, type(again)) == (type(eager), eager.shape, type(listed))
    np.testing.assert_allclose(compiled, eager, rtol=1e-13)
    np.testing.assert_allclose(np.asarray(again), np.asarray(listed), rtol=1e-13)


def test_what_is_no_answer_is_refused_in_both(at_once):
    for answer in ({"a": 1.0}, None, "yes"):
        model = Answering(lambda a, b, answer=answer: answer)
        with refused(TypeError, "a number, or lists of numbers", type(answer).__name__):
            nn.predict(model, np.ones((4, 3)))


def in_threads(count, work):
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60.0)
        assert not thread.is_alive()


@pytest.fixture
def hasty():
    """Threads take turns all the time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def dropping():
    return nn.Sequential(nn.Linear(2, 8, seed=0), nn.Dropout(0.5, seed=0), nn.Linear(8, 1, seed=1))


@pytest.mark.parametrize("worth", [math.inf, 0.0])
def test_threads_predict_without_dropout_and_leave_all_as_it_was(worth, hasty, monkeypatch):
    monkeypatch.setattr(predicting, "_IN_ALL", worth)
    monkeypatch.setattr(predicting, "_AT_ONCE", worth)
    model, rows, wrong = dropping(), [[0.1 * k, 1.0 - 0.1 * k] for k in range(60)], []
    first = model.train().modules()[1]
    right, part = nn.predict(model, rows), nn.predict(first, rows[:1])

    def work():
        for _ in range(4):
            wrong.append(nn.predict(model, rows) != pytest.approx(right, rel=1e-12))
            wrong.append(nn.predict(first, rows[:1])[0] != pytest.approx(part[0], rel=1e-12))

    in_threads(6, work)
    assert len(wrong) == 48
    assert not any(wrong)
    assert all(module.training for module in model.modules())
    assert gc.isenabled()


def test_a_model_may_wait_for_a_thread_that_predicts():
    class Waiting(nn.Module):
        def __init__(self):
            self.inner = dropping()

        def forward(self, x):
            found = []
            in_threads(2, lambda: found.append(nn.predict(self.inner, [[float(one) for one in x]])[0]))
            assert not self.inner.training
            return found[0] + found[1]

    model, rows = Waiting(), [[0.5, 1.0], [0.25, 0.0]]
    assert nn.predict(model, rows) == pytest.approx([2.0 * one for one in nn.predict(model.inner, rows)])
    assert model.inner.training


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_is_not_left_with_what_other_threads_of_its_parent_had_switched():
    model, begun, done = dropping(), threading.Event(), threading.Event()
    own = dropping()

    def work():
        with predicting.in_use(model), predicting.without_collector():
            begun.set()
            done.wait(60.0)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(60.0)
    with predicting.in_use(own):
        child = os.fork()
        if not child:
            os._exit(0 if model.training and gc.isenabled() and not own.training else 1)
    done.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
    assert model.training
    assert own.training


@pytest.mark.filterwarnings("ignore:max_iter")
@pytest.mark.parametrize("times", [1, 3])
def test_what_is_masked_is_refused_and_a_mask_of_nothing_is_none(times, at_once):
    pytest.importorskip("sklearn")
    from autograd_lite.estimators import MLPRegressor

    model, rows = nn.MLP(3, [2], seed=0), np.random.default_rng(0).normal(size=(6, 3))
    masked, whole = np.ma.masked_array(rows, mask=rows > 1.0), np.ma.array(rows)
    assert masked.mask.any()
    ys = rows[:, :2].tolist()
    two = Value(2.0)
    square, learned = two * two, MLPRegressor(max_iter=1).fit(rows, np.ones(6))
    double, product = jit(vmap(lambda x: x * 2.0)), jit(lambda v: v[0] * v[1])
    calls = [
        lambda x: nn.predict(model, x),
        lambda x: nn.evaluate(model, x, ys, loss="mse"),
        lambda x: nn.fit(model, x, ys, loss="mse", lr=0.01, epochs=1).losses,
        lambda x: double(x[:, 0]),
        lambda x: product(x[:, 0]),
        lambda x: vmap(lambda one: one * 2.0)(x[:, 0]),
        lambda x: product([x[0, 0], x[1, 0]]),
        lambda x: jit(lambda one: one * 2.0)(x[0, 0]),
        lambda x: grad(lambda v: v[0] * v[1])(x[:, 0]),
        lambda x: scan(lambda total, one: (total + one, total), 0.0, x[:, 0]),
        lambda x: replay(square, "numpy", {two: x[:, 0]}).value,
        lambda x: nn.fit(model, rows, x[:, :2], loss="mse", lr=0.01, epochs=1),
        lambda x: nn.evaluate(model, rows, ys, loss="mse", sample_weight=abs(x[:, 0])),
        lambda x: MLPRegressor(max_iter=1).fit(x, np.ones(6)),
        lambda x: learned.predict(x),
    ]
    masked[2, 0], masked[0, 0] = np.ma.masked, np.ma.masked
    for call in calls:
        for _ in range(times):
            call(rows)
            call(whole)
        with refused(TypeError, "masked"):
            call(masked)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_a_matrix_which_multiplies_otherwise_is_refused_whatever_was_called_before(backend):
    square, matrix = jit(lambda v: v * v, backend=backend), np.matrix(np.eye(2))
    for _ in range(2):
        for call, given in ((square, matrix), (square, [matrix]), (grad(lambda v: v[0, 0] * 2.0), matrix)):
            with refused(TypeError, "np.matrix", "np.asarray"):
                call(given)
        square(np.eye(2))


class Asking(nn.Module):
    """A model that asks what its numbers are."""

    def __init__(self, asked):
        self.asked, self.body = asked, nn.MLP(3, [1], seed=0)

    def forward(self, x):
        return self.body(x) * (2.0 if self.asked(x[0]) else 3.0)


ASKED = {
    "Value": lambda one: isinstance(one, Value),
    "float": lambda one: isinstance(one, float | int),
    "type": lambda one: type(one) is float,
    "set": lambda one: one in {0.0, 1.0},
}
ROWS = {"floats": [[1.0, 0.5, 0.0], [0.0, 0.25, 1.0]], "ints": [[1, 2, 3], [0, 2, 5]], "bools": [[True, False, True]] * 2}


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("asked", ASKED)
def test_a_model_that_asks_what_its_numbers_are_goes_one_way(asked, rows, monkeypatch):
    model, table = Asking(ASKED[asked]), np.array(ROWS[rows])
    forms = (table, table.tolist(), [(*row,) for row in ROWS[rows]], [*table])
    eager = [nn.predict(model, form) for form in forms]
    monkeypatch.setattr(predicting, "_IN_ALL", 0.0)
    monkeypatch.setattr(predicting, "_AT_ONCE", 0.0)
    for form, answers in zip(forms, eager, strict=True):
        assert nn.predict(model, form) == pytest.approx(answers, rel=1e-13)


@pytest.mark.parametrize("asked", ASKED)
def test_a_training_of_such_a_model_goes_one_way(asked):
    rows, ys = [[1.0, 0.5, 0.0], [0.0, 0.25, 1.0], [0.5, 0.5, 0.5]], [1.0, -1.0, 0.5]
    found = [
        nn.fit(Asking(ASKED[asked]), rows, ys, loss="mse", lr=0.05, epochs=3, engine=engine).losses
        for engine in ("eager", "python", "llvm")
    ]
    assert found[1] == pytest.approx(found[0], rel=1e-12)
    assert found[2] == pytest.approx(found[0], rel=1e-12)
