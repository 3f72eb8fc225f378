"""Trainings that go wrong: by every engine the same kind of error, which says what, and where; and nan that is not lost on the way."""

import contextlib
import importlib.util
import math
import random

import pytest
from refusals import refused, says

import autograd_lite as al
from autograd_lite import Value, nn, no_grad
from autograd_lite.cli import main
from autograd_lite.nn import optim

ENGINES = [
    "eager",
    "python",
    pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="llvmlite")),
]


def rows(seed, count, width):
    rng = random.Random(seed)
    return [[rng.gauss(0.0, 1.0) for _ in range(width)] for _ in range(count)], [rng.gauss(0.0, 1.0) for _ in range(count)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("batch", [None, 20])
def test_a_rate_that_is_far_too_high(engine, batch):
    """Sums of infinities of both signs on the way."""
    for seed in range(4):
        xs, ys = rows(seed, 60, 3)
        model = nn.MLP(3, [4, 1], activation="identity", seed=seed)
        with pytest.raises(nn.TrainingError) as caught:
            nn.fit(model, xs, ys, loss="mse", lr=10.0, epochs=200, batch_size=batch, engine=engine)
        assert caught.value.history.epochs > 0
        says(caught.value, "clip_norm=1.0")
        assert "first at" in str(caught.value) or "overflows at" in str(caught.value)
        assert all(math.isfinite(p.data) for p in model.parameters())


LOSSES = {
    "log": lambda p, t: al.log(p) * 2.0 + (p - t) ** 2,
    "sqrt": lambda p, t: al.sqrt(p) * 3.0,
    "exp": lambda p, t: -al.exp(p * p),
    "division": lambda p, t: t / (p - p + t * 0.0) if p > 2.0 else -p,
    "python's own": lambda p, t: -p * 10.0 ** (p.data * 100.0),
}


@pytest.mark.parametrize("engine", ["eager", "python"])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("options", [{}, {"batch_size": 1}, {"clip_norm": 1.0}, {"sample_weight": [1.0, 3.0]}], ids=str)
def test_a_loss_that_walks_out_of_its_domain(engine, loss, options):
    model = nn.Linear(1, 1, seed=0)
    model.neurons[0].w[0].data, model.neurons[0].b.data = 0.5, 1.0
    if loss is LOSSES["python's own"] and engine == "python":
        pytest.skip("what only Python can compute")
    with pytest.raises(nn.TrainingError):
        nn.fit(model, [[1.0], [2.0]], [1.0, 0.5], loss=loss, lr=0.3, epochs=300, engine=engine, **options)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_validation_that_leaves_the_domain_is_named(engine):
    model = nn.Linear(1, 1, seed=0)
    model.neurons[0].w[0].data, model.neurons[0].b.data = 1.0, 0.0
    with refused(nn.TrainingError, "epoch 1", "row 1", "log(x)") as caught:
        nn.fit(
            model, [[1.0], [2.0]], [1.0, 2.0], loss=lambda p, t: al.log(p) + t, lr=1e-9, epochs=5,
            validation=([[1.0], [-1.0]], [0.0, 0.0]), engine=engine,
        )  # fmt: skip
    assert caught.value.history.epochs == 1
    with refused(ValueError, "log(x)"):
        nn.evaluate(model, [[-1.0]], [0.0], loss=lambda p, t: al.log(p) + t)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_very_last_update_may_not_make_a_parameter_infinite(engine):
    model = nn.Linear(1, 1, seed=0)
    before = model.state_dict()
    with refused(nn.TrainingError, "neuron1.w1", -math.inf):
        nn.fit(model, [[1e150], [2.0]], [1.0, 2.0], loss="mse", lr=1e150, epochs=1, engine=engine)
    assert model.state_dict() == before


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("lr", [1e3, 1e200, 1e300])
def test_a_line_search_that_looks_too_far_comes_back(engine, lr):
    """By every engine; the first place it tries is far out of the range of floats."""
    xs, ys = rows(0, 8, 2)
    model = nn.MLP(2, [3, 1], activation="softplus", seed=0)
    optimizer = optim.LBFGS(model, lr=lr, max_eval=1000, line_search_fn="strong_wolfe")
    losses = nn.fit(model, xs, ys, loss="mse", optimizer=optimizer, epochs=3, engine=engine).losses
    assert all(map(math.isfinite, losses))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_weights_that_are_no_numbers_from_the_start(engine):
    model = nn.MLP(2, [2, 1], activation="identity", seed=0)
    first, second = model.layers[0].neurons[0].w
    first.data, second.data = math.inf, -math.inf
    with refused(nn.TrainingError, "layer1.neuron1.w1", math.inf):
        nn.fit(model, [[1.0, 1.0]], [1.0], loss="mse", engine=engine)


class Reckless(optim.Optimizer):
    """Raises on its way through the parameters."""

    def __init__(self, params):
        super().__init__(params, {"lr": 1.0})

    def update(self, data, grad, state, group):
        return data - 1.0 if not self.params[0].label.endswith("b") and data < 0.5 else data / 0.0


@pytest.mark.parametrize("engine", ["auto", "eager"])
def test_an_update_that_raises_moves_nothing(engine):
    model = nn.Linear(1, 1, seed=0)
    model.neurons[0].w[0].data, model.neurons[0].b.data = 0.0, 1.0
    before = model.state_dict()
    with refused(nn.TrainingError, "update", "zero"):
        nn.fit(model, [[1.0]], [1.0], loss="mse", optimizer=Reckless(model), engine=engine)
    assert model.state_dict() == before


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("optimizer", ["sgd", "lbfgs"])
def test_training_inside_no_grad_is_training(engine, optimizer):
    def losses(mode):
        model = nn.Linear(1, 1, seed=0)
        with mode():
            return nn.fit(
                model, [[1.0], [2.0]], [1.0, 2.0], loss="mse", optimizer=optimizer, lr=0.1, epochs=4, engine=engine
            ).losses

    found = losses(no_grad)
    assert found == losses(contextlib.nullcontext)
    assert found[-1] < found[0]


def test_nan_is_no_best_epoch():
    nan = math.nan
    assert nn.History(losses=[1.0] * 4, val_losses=[nan, 3.0, nan, 2.0]).best_epoch == 4
    assert nn.History(losses=[1.0] * 2, val_losses=[nan, nan]).best_epoch == 0
    assert nn.History(losses=[2.0, 1.0, 1.0]).best_epoch == 2


def test_a_validation_loss_that_is_nan_at_first():
    """It is kept as nan; the best weights, patience and a plateau look at the numbers."""
    model = nn.Linear(1, 1, seed=0)
    calls = []

    def loss(p, t):
        if isinstance(p, Value):
            return (p - t) ** 2
        calls.append(p)
        return math.nan if len(calls) == 1 else (p - t) ** 2

    optimizer = optim.SGD(model, lr=0.1)
    plateau = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    history = nn.fit(
        model, [[1.0]], [1.0], loss=loss, optimizer=optimizer, scheduler=plateau, epochs=5, validation=([[1.0]], [1.0]),
        restore_best=True, patience=3,
    )  # fmt: skip
    assert math.isnan(history.val_losses[0])
    assert (history.best_epoch, history.epochs, optimizer.lr) == (5, 5, 0.1)
    assert nn.evaluate(model, [[1.0]], [1.0], loss="mse")[0] == pytest.approx(history.val_losses[-1])


def test_losses_of_both_infinities_have_no_mean():
    model = nn.Linear(1, 1, seed=0)
    assert math.isnan(nn.evaluate(model, [[1.0], [2.0]], [1.0, -1.0], loss=lambda p, t: t * math.inf)[0])
    assert nn.evaluate(model, [[1.0], [2.0]], [1.0, 2.0], loss=lambda p, t: 1.5e308)[0] == math.inf


@pytest.mark.parametrize("loss", [loss for loss in nn.LOSSES if loss != "bce"])  # it refuses what is no probability
def test_a_prediction_that_is_nan_has_a_loss_that_is_nan(loss):
    pair = loss in ("cross_entropy", "nll", "kl_div")
    for target in ([0.5, 0.5],) if loss == "kl_div" else (0, 1) if pair or loss.startswith("bce") else (1, -1):
        for kind in (float, Value):
            prediction = [kind(math.nan), kind(-0.5)] if pair else kind(math.nan)
            # The log-probability of a class is a number whatever those of the others are.
            assert math.isnan(float(nn.LOSSES[loss](prediction, 0 if loss == "nll" else target)))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("held_out", [False, True])
def test_probabilities_that_become_nan(engine, held_out):
    """Sums of infinities of both signs before the last sigmoid, which the loss refuses as no probability."""
    model = nn.MLP(3, [4, 1], activation="identity", output_activation="sigmoid", seed=0)
    xs, _ = rows(0, 8, 3)
    ys = [float(k % 2) for k in range(8)]
    with refused(nn.TrainingError, math.nan, "probabilities"):
        nn.fit(
            model, xs, ys, loss="bce", engine=engine, lr=1e200, epochs=1 if held_out else 3, validation=(xs, ys) if held_out else None
        )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_given_wrong_is_no_breakdown(engine):
    model = nn.MLP(1, [3], seed=0)
    with refused(ValueError, "class", 3) as caught:
        nn.fit(model, [[1.0]], [0], loss="cross_entropy", validation=([[1.0]], [3]), engine=engine)
    assert not isinstance(caught.value, nn.TrainingError)


def test_a_prediction_that_is_nan_is_never_right():
    for loss, right, other in (
        ("bce_with_logits", 0.0, 1.0), ("hinge", -1, 1), ("cross_entropy", 0, 1), ("cross_entropy", [1.0, 0.0], [0.0, 1.0]),
    ):  # fmt: skip
        correct = nn.losses.names.correct_for(nn.LOSSES[loss])
        pair = loss == "cross_entropy"
        assert not correct([math.nan, 1.0] if pair else math.nan, right)
        assert not correct([1.0, math.nan] if pair else math.nan, other)
        assert correct([1.0, 0.0] if pair else -1.0, right)


def test_weights_of_samples_that_overflow_are_refused():
    with refused(ValueError, "weights", "divide"):
        nn.fit(nn.Linear(1, 1), [[1.0], [2.0]], [1.0, 2.0], loss="mse", sample_weight=[1e308, 1.7e308])


def test_rates_are_tried_for_losses_below_0_too():
    """A loss of -10 that goes on falling: nothing to stop for."""
    xs, ys = [[-1.0], [0.0], [1.0]], [-1.0, 1.0, 3.0]

    def found(shift):
        model = nn.Linear(1, 1, seed=0)
        return nn.lr_find(
            model, xs, ys, loss=lambda p, t: (p - t) ** 2 + shift, optimizer=optim.SGD(model), smoothing=0.0, end=0.1
        )

    below, above = found(-10.0), found(0.0)
    assert below.lrs == above.lrs
    assert len(below.lrs) == 60
    assert below.losses == pytest.approx([loss - 10.0 for loss in above.losses])
    assert below.suggestion == above.suggestion


@pytest.mark.parametrize("lr", ["10", "1e300"])
def test_the_command_line_says_what_broke_down(tmp_path, capsys, lr):
    path = tmp_path / "table.csv"
    xs, ys = rows(0, 60, 3)
    lines = [",".join(map(str, [*x, y])) for x, y in zip(xs, ys, strict=True)]
    path.write_text("a,b,c,y\n" + "\n".join(lines) + "\n", encoding="utf-8")
    options = ["--target", "y", "--lr", lr, "--optimizer", "sgd", "--activation", "linear", "--clip-norm", "1e300"]
    assert main(["train", str(path), *options]) != 0
    says(capsys.readouterr().err, "--lr", "layer2.neuron1.w1")
