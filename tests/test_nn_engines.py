"""Training with a compiled step takes the steps that eager training takes."""

import importlib.util
import logging
import math
import random

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import nn
from autograd_lite.nn import optim
from autograd_lite.nn.training import engines

BACKENDS = [
    "python",
    pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="llvmlite")),
]
XS = [[((k * 7) % 11) / 11, ((k * 5) % 13) / 13] for k in range(40)]
YS = [float(a + b > 1.0) for a, b in XS]


def train(engine, make=None, loss="bce_with_logits", model=None, ys=None, **options):
    classes = {"cross_entropy": [int(y) for y in YS], "hinge": [2.0 * y - 1.0 for y in YS]}
    ys = classes.get(loss, YS) if ys is None else ys
    model = model or nn.MLP(2, [4, 2 if loss == "cross_entropy" else 1], activation="tanh", seed=0)
    make = make or (lambda model: optim.Adam(model, lr=0.05))
    optimizer = make(model)
    settings = {"epochs": 6, "batch_size": 7, "seed": 3, **options}
    history = nn.fit(model, XS, ys, loss=loss, optimizer=optimizer, engine=engine, **settings)
    return history, model, optimizer


def assert_the_same(eager, compiled, rel=1e-9):
    for name in ("losses", "accuracies", "grad_norms", "learning_rates", "val_losses", "val_accuracies"):
        assert getattr(compiled[0], name) == pytest.approx(getattr(eager[0], name), rel=rel, abs=1e-12), name
    assert list(compiled[1].state_dict().values()) == pytest.approx(list(eager[1].state_dict().values()), rel=rel, abs=1e-12)
    for one, other in zip(compiled[2].state, eager[2].state, strict=True):
        assert one.keys() == other.keys()
        if not any(isinstance(value, list) for value in other.values()):
            assert one == pytest.approx(other, rel=rel, abs=1e-12)


MAKERS = {
    "sgd": lambda m: optim.SGD(m, lr=0.1),
    "nesterov": lambda m: optim.SGD(m, lr=0.1, momentum=0.9, nesterov=True),
    "weight decay": lambda m: optim.SGD(m, lr=0.1, momentum=0.5, dampening=0.1, weight_decay=0.01),
    "maximize": lambda m: optim.SGD(m, lr=0.01, maximize=True),
    "adagrad": lambda m: optim.Adagrad(m, lr=0.05, lr_decay=0.1),
    "rmsprop": lambda m: optim.RMSprop(m, lr=0.01, centered=True, momentum=0.5),
    "adadelta": lambda m: optim.Adadelta(m),
    "adam": lambda m: optim.Adam(m, lr=0.05),
    "amsgrad": lambda m: optim.Adam(m, lr=0.05, amsgrad=True, weight_decay=0.01),
    "adamw": lambda m: optim.AdamW(m, lr=0.05),
    "groups": lambda m: optim.SGD([{"params": m.layers[0], "lr": 0.2}, {"params": m.layers[1]}], lr=0.1, momentum=0.5),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_every_optimizer(make, backend):
    assert_the_same(train("eager", make), train(backend, make))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_line_search(backend):
    def make(model):
        return optim.LBFGS(model, line_search_fn="strong_wolfe", max_iter=5)

    # The search branches on the last bits.
    assert_the_same(train("eager", make, batch_size=None, epochs=3), train(backend, make, batch_size=None, epochs=3), 1e-4)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "bce_with_logits", "hinge", "cross_entropy"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_loss(loss, backend):
    assert_the_same(train("eager", loss=loss), train(backend, loss=loss))


class LogProbabilities(nn.Module):
    def __init__(self):
        self.inner = nn.MLP(2, [4, 3], activation="tanh", seed=0)

    def forward(self, x):
        return ag.log_softmax(self.inner(x))


SHARES = [[0.0, 1.0 - y, y] if k % 3 else [0.2, 0.5, 0.3] for k, y in enumerate(YS)]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("loss", "make", "ys"),
    [
        ("bce", lambda: nn.MLP(2, [4, 1], activation="tanh", output_activation="sigmoid", seed=0), [0.1 + 0.8 * y for y in YS]),
        ("nll", LogProbabilities, [int(y) for y in YS]),
        ("kl_div", LogProbabilities, SHARES),
        ("cross_entropy", lambda: nn.MLP(2, [4, 3], activation="tanh", seed=0), SHARES),
        ("cross_entropy", lambda: nn.MLP(2, [4, 2], activation="tanh", seed=0), [[1.0 - y, y] for y in YS]),
        ("cross_entropy", lambda: nn.MLP(2, [4, 2], seed=0), [[1.0 - y, y] if k % 2 else int(y) for k, y in enumerate(YS)]),
        ("bce_with_logits", lambda: nn.MLP(2, [4, 3], activation="tanh", seed=0), [[y, 1.0 - y, float(k % 2)] for k, y in enumerate(YS)]),
        # All scores are equal at first: the first class counts as the answer.
        ("cross_entropy", lambda: nn.MLP(2, [4, 3], seed=0, init="zeros"), [k % 3 for k in range(40)]),
        ("cross_entropy", lambda: nn.MLP(2, [4, 3], seed=0, init="zeros"), SHARES),
    ],
    ids=["bce", "nll", "kl_div", "probabilities", "one-hot", "mixed", "labels", "ties", "ties of probabilities"],
)  # fmt: skip
def test_targets_of_every_kind(loss, make, ys, backend):
    eager, compiled = train("eager", loss=loss, model=make(), ys=ys), train(backend, loss=loss, model=make(), ys=ys)
    assert_the_same(eager, compiled)
    assert compiled[0].accuracies == eager[0].accuracies


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_losses_as_modules(reduction, backend):
    for loss, ys, outputs in (
        (nn.CrossEntropyLoss, [int(y) for y in YS], 2),
        (nn.BCEWithLogitsLoss, YS, 1),
        (nn.HuberLoss, YS, 1),
    ):
        runs = [
            train(engine, loss=loss(reduction), ys=ys, model=nn.MLP(2, [4, outputs], activation="tanh", seed=0))
            for engine in ("eager", backend)
        ]
        assert_the_same(*runs)


@pytest.mark.parametrize("engine", ["eager", *BACKENDS])
@pytest.mark.parametrize("bad", [[0.5, 0.6], [1.0], [1.0, 0.0, 0.0], 2, -1, 0.5, "cat", None])
def test_targets_that_are_refused(bad, engine):
    with refused(ValueError, "target", "class", bad if bad != [1.0] else 7):
        train(engine, loss="cross_entropy", ys=[bad] * 39 + [bad if bad != [1.0] else 7])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "options",
    [
        {"regularizer": nn.L2(1e-2)},
        {"regularizer": nn.L1(1e-2)},
        {"clip_norm": 0.1},
        {"clip_value": 0.01},
        {"validation": 0.25, "restore_best": True},
        {"batch_size": 1},
        {"batch_size": None},
        {"grad_norm": 0.05, "epochs": 40},
        {"target_loss": 0.6, "epochs": 40},
    ],
    ids=lambda options: ", ".join(options),
)
def test_every_option(options, backend):
    eager, compiled = train("eager", **options), train(backend, **options)
    assert_the_same(eager, compiled)
    assert compiled[0].reason == eager[0].reason


@pytest.mark.parametrize("backend", BACKENDS)
def test_schedules(backend):
    def run(engine, interval):
        made = []

        def make(model):
            made.append(optim.SGD(model, lr=0.3, momentum=0.5))
            return made[0]

        model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
        optimizer = make(model)
        scheduler = (
            optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.5, total_steps=36)
            if interval == "step"
            else optim.lr_scheduler.StepLR(optimizer, step_size=2)
        )
        return train(engine, lambda model: optimizer, model=model, scheduler=scheduler)

    for interval in ("step", "epoch"):
        assert_the_same(run("eager", interval), run(backend, interval))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "kind",
    [
        lambda m: optim.Adam(m, lr=0.05, amsgrad=True),
        lambda m: optim.SGD(m, lr=0.05, momentum=0.9, nesterov=True),
        lambda m: optim.SGD(m, lr=0.05),
        lambda m: optim.RMSprop(m, lr=0.01, momentum=0.5),
    ],
    ids=["adam", "nesterov", "sgd", "rmsprop"],
)
def test_a_cycle_of_the_momentum_stays_in_the_program(kind, backend, monkeypatch):
    calls = []

    def run(engine):
        model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
        optimizer = kind(model)
        original = optimizer.update
        monkeypatch.setattr(optimizer, "update", lambda *given: calls.append(None) or original(*given))
        schedule = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=40)
        return train(engine, lambda model: optimizer, model=model, scheduler=schedule)

    eager, in_python = run("eager"), len(calls)
    calls.clear()
    assert_the_same(eager, run(backend))
    assert in_python == 36 * 17
    assert len(calls) < 2 * 17  # the first step, and what recording takes


@pytest.mark.parametrize("backend", BACKENDS)
def test_parameters_can_be_read_after_each_epoch(backend):
    model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
    seen = []
    train(backend, model=model, callbacks=[lambda epoch, history: seen.append(model.layers[0].neurons[0].w[0].data)])
    assert len(set(seen)) == 6
    assert seen[-1] == model.layers[0].neurons[0].w[0].data
    assert all(parameter.has_grad for parameter in model.parameters())


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_resumed_training_goes_on_to_the_bit(backend, tmp_path):
    whole = train(backend)
    train(backend, epochs=3, checkpoint=tmp_path / "state.json")
    again = train(backend, checkpoint=tmp_path / "state.json", resume=True)
    assert again[0].losses == whole[0].losses
    assert again[1].state_dict() == whole[1].state_dict()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("epochs", [1, 3, 5])
@pytest.mark.parametrize("kind", [optim.Adam, optim.SGD])
def test_a_cycle_of_the_momentum_is_resumed_to_the_bit(kind, backend, epochs, tmp_path):
    """Steps that the program takes and steps that Python takes are rounded apart: which is which must not depend on a pause."""

    def run(epochs, **options):
        model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
        optimizer = kind(model, lr=0.05)
        schedule = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.5, total_steps=60)
        return train(backend, lambda model: optimizer, model=model, scheduler=schedule, epochs=epochs, **options)

    whole = run(8)
    run(epochs, checkpoint=tmp_path / "state.json")
    again = run(8, checkpoint=tmp_path / "state.json", resume=True)
    assert again[0].losses == whole[0].losses
    assert again[1].state_dict() == whole[1].state_dict()


@pytest.mark.parametrize("backend", BACKENDS)
def test_numbers_that_go_wrong_are_explained_by_the_eager_engine(backend):
    def run(engine):
        model = nn.MLP(2, [4, 1], activation="relu", seed=0)
        with pytest.raises(nn.TrainingError) as caught:
            train(engine, lambda model: optim.SGD(model, lr=1e155), loss="mse", model=model)
        return str(caught.value), model.state_dict(), caught.value.history.losses

    eager, compiled = run("eager"), run(backend)
    assert compiled[0].split(":")[0] == eager[0].split(":")[0]
    assert compiled[1] == pytest.approx(eager[1])
    assert all(map(math.isfinite, compiled[1].values()))
    assert compiled[2] == pytest.approx(eager[2])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_branch_on_a_parameter_stays_compiled(backend, caplog):
    class Switch(nn.Module):
        def __init__(self):
            self.w = ag.Value(1.0)

        def forward(self, x):
            return self.w * x[0] if self.w > 0.5 else self.w * x[1] * 3.0

    def run(engine):
        return train(engine, lambda model: optim.SGD(model, lr=0.2), loss="mse", model=Switch(), ys=[-1.0] * 40)

    with caplog.at_level(logging.DEBUG, "autograd_lite"):
        assert_the_same(run("eager"), run(backend))
    assert "eager" not in caplog.text


def test_what_cannot_be_compiled_is_said():
    class Mine(nn.Module):
        def __init__(self):
            self.w, self.idle = ag.Value(1.0), ag.Value(1.0)

        def forward(self, x):
            return self.w * x[0]

    with refused(ValueError, "engine='python'", "loss", "parameter", "engine='eager'"):
        train("python", model=Mine(), loss="mse")
    with refused(ValueError, "engine='python'", "correct", "engine='eager'"):
        train("python", correct=lambda p, y: True)
    with refused(ValueError, "engine='python'", "random numbers", "engine='eager'"):
        train("python", model=nn.Sequential(nn.Linear(2, 4), Noise(), nn.Linear(4, 1)))
    with refused(ValueError, *engines.ENGINES, "gpu"):
        train("gpu")


class Noise(nn.Module):
    """Draws from a generator of its own, which only Python can ask."""

    def __init__(self):
        self.generator = random.Random(0)

    def forward(self, x):
        return [one + 0.1 * self.generator.random() for one in x]


class Logarithm(nn.Module):
    """Defined for a weight above 0 only."""

    def __init__(self):
        self.w = ag.Value(0.5, label="w")

    def forward(self, x):
        return ag.log(self.w) * x[0]


@pytest.mark.parametrize("engine", ["eager", *BACKENDS])
def test_an_operation_that_leaves_its_domain_is_told_with_the_history(engine):
    model = Logarithm()
    mover = optim.SGD(model, lr=0.1)
    with pytest.raises(nn.TrainingError) as caught:
        nn.fit(model, [[1.0]], [-9.0], loss="mae", optimizer=mover, epochs=9, engine=engine, progress=False)
    assert isinstance(caught.value.__cause__, ag.DomainError)
    assert caught.value.history.epochs >= 1
    assert model.w.data < 0.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_line_search_is_clipped_by_every_engine(backend):
    def run(engine, **options):
        return train(engine, lambda model: optim.LBFGS(model, lr=0.1, max_iter=2), batch_size=None, epochs=3, **options)

    clipped = run("eager", clip_norm=0.1)
    assert_the_same(clipped, run(backend, clip_norm=0.1))
    assert clipped[0].losses != run("eager")[0].losses


def test_auto_compiles_where_it_pays(monkeypatch, caplog):
    assert isinstance(made(train, "auto"), engines.EagerEngine)
    monkeypatch.setattr(engines, "UNNOTICED", 0.0)
    with caplog.at_level(logging.DEBUG, "autograd_lite"):
        assert isinstance(made(train, "auto"), engines.CompiledEngine)
    assert "compiled the training step for" in caplog.text
    noisy = nn.Sequential(nn.Linear(2, 4), Noise(), nn.Linear(4, 1))
    with caplog.at_level(logging.DEBUG, "autograd_lite"):
        assert isinstance(made(train, "auto", model=noisy), engines.EagerEngine)
    assert "training eager, since the step cannot be compiled" in caplog.text


def test_what_overflows_at_once_is_told_as_by_the_eager_engine():
    model = nn.Sequential(nn.Linear(1, 1, seed=0))
    for engine in ("eager", "python"):
        with pytest.raises(nn.TrainingError):
            nn.fit(model, [[1e200]], [1.0], loss="mse", epochs=1, engine=engine)


@pytest.mark.parametrize("size", [(1, 1, 1), (17, 4, 50), (17, 4, 5000), (337, 150, 40), (2410, 1348, 12), (2410, 10, 1)])
def test_the_engine_expected_to_be_fastest(size):
    parameters, samples, epochs = size
    seconds = {
        name: once + each * parameters + step * parameters * samples * epochs
        for name, (once, each, step) in engines.SECONDS.items()
    }
    chosen = engines.fastest(*size)
    assert seconds[chosen] <= engines.UNNOTICED or seconds[chosen] == min(seconds.values())


def made(function, *args, **options):
    """The engine that a training used."""
    found = []
    original = engines.make_engine
    from autograd_lite.nn.training import run

    def spy(*given):
        found.append(original(*given))
        return found[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "make_engine", spy)
        function(*args, **options)
    return found[0]
