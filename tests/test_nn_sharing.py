"""What is recorded for one training is shared with others that are made alike, and with no others."""

import random

import pytest

from autograd_lite import Value, nn
from autograd_lite.compiler import paths, sharing

ROWS = [[random.Random(k).uniform(-1, 1) for _ in range(3)] for k in range(24)]
CLASSES = [k % 3 for k in range(24)]


@pytest.fixture
def recordings(monkeypatch):
    """How often a loss is recorded."""
    count, plain = [], paths.capture

    def counted(*given, **options):
        count.append(1)
        return plain(*given, **options)

    monkeypatch.setattr(paths, "capture", counted)
    sharing._kept.clear()
    return count


def trained(engine="python", seed=0, activation="tanh", optimizer=lambda m: nn.optim.Adam(m, lr=0.02), rows=ROWS, **options):
    model = nn.MLP(3, [4, 3], activation=activation, seed=seed)
    given = {"loss": "cross_entropy", "epochs": 3, "batch_size": 5, "engine": engine} | options
    history = nn.fit(model, rows, CLASSES, optimizer=optimizer(model), **given)
    return history.losses, [p.data for p in model.parameters()]


@pytest.mark.parametrize("engine", ["python", "llvm"])
def test_the_same_is_recorded_once_and_counts_for_its_own_numbers(recordings, engine):
    other_rows = [[x * x - y for x, y in zip(row, row[1:] + row[:1], strict=True)] for row in ROWS]
    made = [(seed, rows) for seed in (1, 2) for rows in (ROWS, other_rows)]
    found = [trained(engine, seed, rows=rows) for seed, rows in made]
    assert len(recordings) == 1
    for (seed, rows), (losses, numbers) in zip(made, found, strict=True):
        expected = trained("eager", seed, rows=rows)
        assert losses == pytest.approx(expected[0], rel=1e-10)
        assert numbers == pytest.approx(expected[1], rel=1e-8, abs=1e-12)


OTHERS = [
    {"activation": "relu"},
    {"optimizer": lambda m: nn.optim.Adam(m, lr=0.02, betas=(0.8, 0.99), eps=1e-6)},
    {"optimizer": lambda m: nn.optim.Adam(m, lr=0.02, weight_decay=0.1)},
    {"optimizer": lambda m: nn.optim.SGD(m, lr=0.1, momentum=0.9, nesterov=True)},
    {"optimizer": lambda m: nn.optim.SGD(m, lr=0.1, momentum=0.9, dampening=0.5, maximize=True)},
    {"optimizer": lambda m: nn.optim.Adagrad(m, lr=0.1, initial_accumulator_value=0.5)},
    {"regularizer": nn.L2(0.01)},
    {"regularizer": nn.L2(0.02)},
    {"regularizer": nn.L1(0.02)},
    {"sample_weight": [1.0 + k % 2 for k in range(24)]},
    {"loss": nn.CrossEntropyLoss()},
]


@pytest.mark.parametrize("engine", ["python", "llvm"])
def test_what_differs_has_programs_of_its_own(recordings, engine):
    trained(engine)
    for _ in range(2):  # the second time from what is kept
        for other in OTHERS:
            losses, numbers = trained(engine, **other)
            expected = trained("eager", **other)
            assert losses == pytest.approx(expected[0], rel=1e-10), other
            assert numbers == pytest.approx(expected[1], rel=1e-8, abs=1e-12), other
    assert len(recordings) == 1 + len(OTHERS)


def test_what_a_function_of_the_users_has_read_unseen_is_read_again(recordings, tmp_path):
    import numpy as np

    file = tmp_path / "scale.txt"

    def loss(logits, target):
        return sum((one - target) ** 2 for one in logits) * float(np.loadtxt(file))

    first = []
    for scale in (1.0, 3.0):
        file.write_text(str(scale))
        first.append(trained(loss=loss, epochs=1, batch_size=None)[0][0])
    assert first[1] == pytest.approx(3 * first[0])


def test_parameters_in_another_order(recordings):
    for parts in (lambda m: m.parameters(), lambda m: m.parameters()[::-1]):
        model, other = nn.MLP(3, [4, 3], seed=3), nn.MLP(3, [4, 3], seed=3)
        for one, engine in ((model, "python"), (other, "eager")):
            adam = nn.optim.Adam(parts(one), lr=0.05)
            nn.fit(one, ROWS, CLASSES, loss="cross_entropy", optimizer=adam, epochs=2, batch_size=7, engine=engine)
        assert [p.data for p in model.parameters()] == pytest.approx([p.data for p in other.parameters()], rel=1e-8)
    assert len(recordings) == 2


def test_what_an_optimizer_remembers_is_there_when_it_is_looked_at():
    x = [Value(1.0), Value(2.0)]
    sgd = nn.optim.SGD(x, lr=0.1, momentum=0.9)
    sgd.columns.update(momentum_buffer=[0.5, -0.5], step=3)
    assert sgd.state == [{"momentum_buffer": 0.5, "step": 3}, {"momentum_buffer": -0.5, "step": 3}]
    assert not sgd.columns


@pytest.mark.parametrize(("loss", "outs"), [("cross_entropy", 3), ("bce_with_logits", 1), ("mse", 2)])
def test_predictions_and_losses_are_compiled_once_for_models_made_alike(monkeypatch, loss, outs):
    import numpy as np

    from autograd_lite.compiler import batch, jitted
    from autograd_lite.nn.training import predicting

    count, plain = [], jitted.capture
    for module in (jitted, batch):
        monkeypatch.setattr(module, "capture", lambda *given, **options: count.append(1) or plain(*given, **options))
    sharing._kept.clear()
    rng = np.random.default_rng(0)
    rows, weights = rng.normal(size=(40, 4)), rng.uniform(0.1, 2.0, 40)
    targets = {1: rng.integers(0, 2, 40), 2: rng.normal(size=(40, 2)), 3: rng.integers(0, 3, 40)}[outs]
    found, recorded = [], []
    for worth in (float("inf"), 0.0):
        monkeypatch.setattr(predicting, "_IN_ALL", worth)
        monkeypatch.setattr(predicting, "_AT_ONCE", 0.0)
        for seed in (1, 2, 3):
            model = nn.MLP(4, [5, outs], activation="tanh", seed=seed)
            found.append(nn.predict(model, rows).ravel().tolist())
            found += [
                [x for x in nn.evaluate(model, rows, targets, loss=loss, sample_weight=w) if x is not None]
                for w in (weights, None)
            ]
            recorded.append(len(count))
    half = len(found) // 2
    assert recorded == [0, 0, 0, *[recorded[-1]] * 3]
    assert recorded[-1] >= 3  # the model, its loss with weights and without
    for eager, compiled in zip(found[:half], found[half:], strict=True):
        assert compiled == pytest.approx(eager, rel=1e-12, abs=1e-14)


def test_an_epoch_goes_on_from_what_a_callback_has_made_of_the_state():
    found = []
    for engine in ("eager", "python", "llvm"):
        model = nn.MLP(3, [4, 3], seed=5)
        adam = nn.optim.Adam(model, lr=0.05)

        def callback(epoch, history, adam=adam, model=model):
            if epoch == 2:
                adam.state[1]["exp_avg"] = 0.5
            if epoch == 3:
                model.parameters()[0].data = 0.25

        options = {"loss": "cross_entropy", "epochs": 5, "batch_size": 7, "engine": engine}
        nn.fit(model, ROWS, CLASSES, optimizer=adam, callbacks=[callback], **options)
        found.append([p.data for p in model.parameters()] + [p.grad for p in model.parameters()])
        found[-1] += [number for state in adam.state for number in state.values()]
    for one in found[1:]:
        assert sorted(one) == pytest.approx(sorted(found[0]), rel=1e-8, abs=1e-12)
