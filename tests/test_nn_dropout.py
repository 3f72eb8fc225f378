"""What is drawn anew at each step is an input of a compiled one: a training with dropout is that of the eager engine."""

import random

import pytest

import autograd_lite as ag
from autograd_lite import nn, scan
from autograd_lite.compiler import loops

pytest.importorskip("llvmlite")
BACKENDS = ["llvm", "python"]


def dropping():
    shared = random.Random(7)
    layers = [nn.Linear(4, 8, seed=0), nn.Tanh(), nn.Dropout(0.5, seed=shared), nn.Linear(8, 8, seed=1), nn.ReLU()]
    return nn.Sequential(nn.Dropout(0.2, seed=3), *layers, nn.Dropout(0.4, seed=shared), nn.Linear(8, 3, seed=2))


class Recurrent(nn.Module):
    """Drops inputs before a loop, or what is carried inside of it."""

    def __init__(self, inside):
        self.inside, self.drop = inside, nn.Dropout(0.3, seed=2)
        self.cell, self.out = nn.Linear(4, 3, seed=0), nn.Linear(3, 3, seed=1)

    def forward(self, x):
        def body(h, one):
            h = [ag.tanh(number) for number in self.cell([one, *h])]
            return (self.drop(h) if self.inside else h), None

        return self.out(scan(body, [0.0] * 3, x if self.inside else self.drop(x))[0])


class Noisy(nn.Module):
    """A layer of one's own."""

    def __init__(self):
        self.generator, self.line = random.Random(4), nn.Linear(4, 3, seed=0)

    def forward(self, x):
        return self.line([one + 0.1 * (nn.random.uniform(self.generator) - 0.5) for one in x])


def generators(model):
    return [one for layer in model.modules() for one in vars(layer).values() if isinstance(one, random.Random)]


def trained(engine, make=dropping, optimizer="adam", lr=0.02, epochs=4, rows=20, **options):
    """All that a training leaves behind, and where its generators stand."""
    r, model = random.Random(0), make()
    xs, ys = [[r.uniform(-1, 1) for _ in range(4)] for _ in range(rows)], [r.randrange(3) for _ in range(rows)]
    how = {"loss": "cross_entropy", "optimizer": optimizer, "lr": lr, "epochs": epochs, "batch_size": 6, **options}
    try:
        history = nn.fit(model, xs, ys, engine=engine, **how)
    except nn.TrainingError as error:
        return [*error.history.losses, *[one.random() for one in generators(model)]]
    found = [*history.losses, *history.accuracies, *history.val_losses, *history.grad_norms]
    return [*found, *[one.data for one in model.parameters()], *[one.random() for one in generators(model)]]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"clip_norm": 0.1},
        {"validation": 0.3},
        {"sample_weight": [1, 2] * 10},
        {"optimizer": "lbfgs", "lr": 0.1},
        {"make": lambda: Recurrent(False)},
        {"make": lambda: Recurrent(True)},
        {"make": Noisy},
        {"regularizer": nn.L2(0.01), "batch_size": None, "epochs": 9},
    ],
)
def test_a_training_with_random_numbers_is_that_of_the_eager_engine(backend, options):
    assert trained(backend, **options) == pytest.approx(trained("eager", **options), rel=1e-9)


def test_in_loops_too(monkeypatch):
    monkeypatch.setattr("autograd_lite.compiler.paths.WORTH_LOOPS", 0)
    assert loops.WORTH_LOOPS > 0
    assert trained("llvm") == pytest.approx(trained("eager"), rel=1e-9)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_epoch_that_goes_wrong_is_done_again_with_the_same_numbers(backend):
    def make():
        return nn.Sequential(nn.Dropout(0.5, seed=1), nn.Linear(4, 3, seed=0), Exponential())

    right = trained("eager", make, lr=40.0, optimizer="sgd", epochs=30)
    assert len(right) < 30
    assert trained(backend, make, lr=40.0, optimizer="sgd", epochs=30) == pytest.approx(right, rel=1e-9)


class Exponential(nn.Module):
    def forward(self, x):
        return [ag.exp(one) for one in x]


CHANGES = {
    "another probability": lambda model: setattr(model[0], "p", 0.6),
    "no more": lambda model: model[0].eval(),
    "another generator": lambda model: setattr(model[0], "_rng", random.Random(99)),
    "somebody else draws": lambda model: model[0]._rng.random(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_callback_changes_counts(change):
    def run(engine):
        model = dropping()
        return trained(
            engine, lambda: model, callbacks=[lambda epoch, _: CHANGES[change](model) and None if epoch == 2 else None]
        )

    assert run("llvm") == pytest.approx(run("eager"), rel=1e-9)


def test_a_number_of_draws_that_depends_on_the_sample_is_left_to_the_eager_engine():
    class Sometimes(nn.Module):
        def __init__(self):
            self.drop, self.line = nn.Dropout(0.5, seed=1), nn.Linear(4, 3, seed=0)

        def forward(self, x):
            return self.line(self.drop(x) if x[0] > 0 else x)

    assert trained("auto", Sometimes) == pytest.approx(trained("eager", Sometimes), rel=1e-9)
    with pytest.raises(ValueError, match="random numbers that are not as many"):
        trained("llvm", Sometimes)
