"""Many networks at once against each of them trained alone by the eager engine; what diverges, what is resumed, what is refused."""

import math
import random
import sys
from functools import partial

import pytest
from refusals import refused

np = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

import autograd_lite as ag  # noqa: E402
from autograd_lite import Value, many, nn  # noqa: E402
from autograd_lite.compiler import networks  # noqa: E402
from autograd_lite.many import training  # noqa: E402

XOR = ([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
#: Grid of a run that is short and has everything: it learns, it does not, it diverges.
MIXED = {"lr": [0.3, 30.0], "seed": range(5)}


def xor(seed):
    return nn.MLP(2, [4, 1], activation="tanh", seed=seed)


def rows(runs):
    return [dict(zip(runs.columns, row, strict=True)) for row in table(runs).T.tolist()]


def table(runs):
    return np.array(list(runs.columns.values()))


def equal(one, other):
    return list(one.columns) == list(other.columns) and np.array_equal(table(one), table(other), equal_nan=True)


def alone(model, data, optimizer, epochs, loss):
    """What the eager engine makes of one network: its losses before each step, the loss and the accuracy behind them."""
    history = nn.fit(model, *data, loss=loss, optimizer=optimizer, epochs=epochs, engine="eager")
    return history.losses, *nn.evaluate(model, *data, loss=loss), [p.data for p in model.parameters()]


class Late(nn.optim.Optimizer):
    """Moves by gradients of earlier steps as well: what is kept is read after it could have been written."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    def update(self, data, grad, state, group):
        before, earlier = state.get("before", 0.0 * grad), state.get("earlier", 0.0 * grad)
        state["before"], state["earlier"] = grad, 2.0 * before
        return data - group["lr"] * (grad + 0.2 * earlier)


BLOBS = ([[math.sin(k), math.cos(3 * k)] for k in range(12)], [k % 3 for k in range(12)])
CASES = {
    "sgd": (xor, XOR, "mse", partial(nn.optim.SGD, lr=0.2)),
    "momentum, dampened": (xor, XOR, "mse", partial(nn.optim.SGD, lr=0.1, momentum=0.8, dampening=0.3, weight_decay=0.01)),
    "nesterov": (xor, XOR, "bce_with_logits", partial(nn.optim.SGD, lr=0.1, momentum=0.8, nesterov=True)),
    "adam": (xor, XOR, "bce_with_logits", partial(nn.optim.Adam, lr=0.05)),
    "adagrad": (xor, XOR, "huber", partial(nn.optim.Adagrad, lr=0.1)),
    "rmsprop": (xor, XOR, "mae", partial(nn.optim.RMSprop, lr=0.02)),
    "one's own": (xor, XOR, "mse", Late),
    "classes": (lambda seed: nn.MLP(2, [5, 3], seed=seed), BLOBS, "cross_entropy", partial(nn.optim.Adam, lr=0.05)),
    "linear": (lambda seed: nn.MLP(2, [1], seed=seed), (XOR[0], [-1, 1, 1, -1]), "hinge", partial(nn.optim.SGD, lr=0.1)),
}


@pytest.mark.parametrize("case", CASES)
def test_each_network_is_what_it_is_alone(case):
    make, data, loss, optimizer = CASES[case]
    runs = many.train(
        make, *data, {"seed": range(5)}, loss=loss, optimizer=optimizer, epochs=30, parameters=True, target=0.3
    )
    for k, row in enumerate(rows(runs)):
        model = make(k)
        losses, final, accuracy, numbers = alone(model, data, optimizer(model), 30, loss)
        assert runs.parameters[k] == pytest.approx(numbers, rel=1e-9, abs=1e-12)
        assert (row["first_loss"], row["final_loss"]) == pytest.approx((losses[0], final), rel=1e-9)
        assert row["mean_loss"] == pytest.approx(sum(losses) / 30, rel=1e-9)
        assert row["inverse_loss"] == pytest.approx(sum(1 / one for one in losses), rel=1e-9)
        assert row["accuracy"] == accuracy if accuracy is not None else math.isnan(row["accuracy"])
        reached = [step for step, one in enumerate([*losses, final]) if one <= 0.3]
        assert row["epochs_to_target"] == reached[0] if reached else math.isnan(row["epochs_to_target"])
    assert not runs.diverged.any()


def test_rates_of_layers_scales_and_momenta_differ_from_run_to_run():
    grid = {"scale": [0.5, 2.0], "lr:layer1": [0.01, 0.3], "lr:layer1.neuron2": [0.05], "lr": [0.1], "momentum": [0.0, 0.9]}
    runs = many.train(xor, *XOR, grid, loss="mse", epochs=12, parameters=True)
    assert len(runs) == 8
    for row, found in zip(rows(runs), runs.parameters, strict=True):
        model = xor(0)
        rates = []
        for name, parameter in model.named_parameters():
            parameter.data *= row["scale"]
            layer = "lr:layer1.neuron2" if name.startswith("layer1.neuron2") else "lr:layer1" if "layer1" in name else "lr"
            rates.append(row[layer])
        groups = [{"params": [p], "lr": rate} for p, rate in zip(model.parameters(), rates, strict=True)]
        mover = nn.optim.SGD(groups, momentum=row["momentum"])
        *_, numbers = alone(model, XOR, mover, 12, "mse")
        assert found == pytest.approx(numbers, rel=1e-9, abs=1e-12)


def test_data_sets_and_shapes_of_them_may_differ():
    sets = [XOR, ([[0, 1], [1, 0]], [0, 0]), ([[k / 10, 0.5] for k in range(7)], [k % 2 for k in range(7)])]
    runs = many.train(xor, None, None, {"data": sets, "seed": [3, 8]}, loss="mse", lr=0.2, epochs=15)
    assert runs["data"].tolist() == [0, 0, 1, 1, 2, 2]
    for k, row in enumerate(rows(runs)):
        model = xor(int(row["seed"]))
        _, final, *_ = alone(model, sets[k // 2], nn.optim.SGD(model, lr=0.2), 15, "mse")
        assert row["final_loss"] == pytest.approx(final, rel=1e-9)


@pytest.mark.parametrize(("most", "count"), [(300, 26), (2500, 13), (1, 1)])
def test_many_samples_are_a_loop(most, count, monkeypatch):
    monkeypatch.setattr(networks, "_MOST", most)
    rng = random.Random(count)
    rows = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(count)]
    data, make = (rows, [sum(row) for row in rows]), lambda seed: nn.MLP(3, [4, 3, 1], activation="tanh", seed=seed)
    optimizer = partial(nn.optim.Adam, lr=0.02)
    runs = many.train(make, *data, {"seed": range(3)}, loss="mse", optimizer=optimizer, epochs=4, parameters=True)
    for k in range(3):
        model = make(k)
        losses, final, _, numbers = alone(model, data, optimizer(model), 4, "mse")
        assert (runs["first_loss"][k], runs["final_loss"][k]) == pytest.approx((losses[0], final), rel=1e-9)
        assert runs.parameters[k] == pytest.approx(numbers, rel=1e-8, abs=1e-11)


def test_classes_in_loops_of_samples(monkeypatch):
    monkeypatch.setattr(networks, "_MOST", 200)
    make, (xs, ys) = (lambda seed: nn.MLP(2, [5, 3], seed=seed)), BLOBS
    runs = many.train(make, xs, ys, {"seed": [7]}, loss="cross_entropy", lr=0.1, epochs=6)
    model = make(7)
    _, final, accuracy, _ = alone(model, BLOBS, nn.optim.SGD(model, lr=0.1), 6, "cross_entropy")
    assert (runs["final_loss"][0], runs["accuracy"][0]) == pytest.approx((final, accuracy), rel=1e-9)


def test_what_diverges_is_nan_and_disturbs_nobody():
    runs = many.train(xor, *XOR, MIXED, loss="mse", epochs=200, target=0.1, parameters=True)
    assert runs.diverged.tolist() == [False] * 5 + [True] * 5
    assert np.isnan(runs["final_loss"]).tolist() == runs.diverged.tolist()
    assert runs.converged.tolist() == [True] * 5 + [False] * 5
    quiet = many.train(xor, *XOR, {"lr": [0.3], "seed": range(5)}, loss="mse", epochs=200, target=0.1, parameters=True)
    assert np.array_equal(runs.parameters[:5], quiet.parameters)
    assert np.array_equal(table(runs)[:, :5], table(quiet), equal_nan=True)
    # The step after which it is no number is that of the eager engine.
    model = xor(0)
    with pytest.raises(nn.TrainingError) as caught:
        nn.fit(model, *XOR, loss="mse", lr=30.0, epochs=200, engine="eager")
    assert abs(runs["diverged_at"][5] - caught.value.history.epochs) <= 1


def test_what_is_told_of_a_run_ends_where_it_diverges():
    """Also if the parameters come back, as they do here from a loss beyond the largest number."""

    class Far(nn.Module):
        def __init__(self, seed):
            self.w = Value(1.0 if seed else 1e160)

        def forward(self, x):
            return self.w * x[0]

    runs = many.train(Far, [[1.0]], [0.0], {"seed": [0, 1]}, loss="mse", lr=0.49, epochs=10, target=0.1)
    assert runs["diverged_at"][0] == 0
    assert math.isnan(runs["final_loss"][0])
    assert math.isnan(runs["epochs_to_target"][0])
    assert runs["inverse_loss"] == pytest.approx([0.0, sum(2500.0**k for k in range(10))], rel=1e-9)
    assert runs["epochs_to_target"][1] == 1
    found = many.train(xor, *XOR, {"lr": [30.0]}, loss="mse", epochs=200)
    with pytest.raises(nn.TrainingError) as caught:
        nn.fit(xor(0), *XOR, loss="mse", lr=30.0, epochs=200, engine="eager")
    losses = caught.value.history.losses
    assert found["inverse_loss"][0] == pytest.approx(sum(1 / one for one in losses), rel=1e-9)


def test_losses_that_are_no_numbers_from_the_start_have_diverged_at_0():
    class Logs(nn.Module):
        def __init__(self, seed):
            self.w = Value(1.0 - seed)

        def forward(self, x):
            return ag.log(self.w * x[0])

    runs = many.train(Logs, [[1.0]], [0.5], {"seed": [0, 1, 2]}, loss="mse", lr=0.1, epochs=50)
    assert runs["diverged_at"].tolist()[1:] == [0.0, 0.0]
    assert not runs.diverged[0]


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 40), st.integers(0, 25), st.sampled_from([64, 8, 17]))
def test_a_network_is_the_same_wherever_it_stands(count, place, part):
    """The k-th of any number of runs, in parts of any size."""
    whole = reference()
    place = place % count
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_PART", part)
        grid = {"seed": range(count)}
        some = many.train(xor, *XOR, grid, loss="mse", lr=4.0, epochs=60, target=0.1, parameters=True)
    assert np.array_equal(some.parameters[place], whole.parameters[place], equal_nan=True)
    assert np.array_equal(table(some)[:, place], table(whole)[:, place], equal_nan=True)


def reference(known={}):  # noqa: B006 - computed once
    if not known:
        grid = {"seed": range(40)}
        known[0] = many.train(xor, *XOR, grid, loss="mse", lr=4.0, epochs=60, target=0.1, parameters=True)
    return known[0]


def test_any_number_of_epochs():
    for epochs in (1, 2, 5, 31):
        runs = many.train(xor, *XOR, {"seed": [1]}, loss="mse", lr=0.2, epochs=epochs)
        model = xor(1)
        losses, final, *_ = alone(model, XOR, nn.optim.SGD(model, lr=0.2), epochs, "mse")
        assert runs["mean_loss"][0] == pytest.approx(sum(losses) / epochs, rel=1e-10)
        assert runs["final_loss"][0] == pytest.approx(final, rel=1e-10)


# --- resuming, other processes ---------------------------------------------------------------------------------------


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(training, "_PART", 3)
    monkeypatch.setattr(training, "_SECONDS", -1.0)


def run(file=None, **options):
    given = {"loss": "mse", "epochs": 40, "target": 0.1, "parameters": True, "file": file} | options
    return many.train(xor, *XOR, given.pop("grid", MIXED), **given)


def test_what_was_interrupted_goes_on(tmp_path, small_parts, monkeypatch):
    whole, file, calls = run(), tmp_path / "runs.npz", []
    original = training.Job.__call__

    def interrupted(job):
        calls.append(job.starts.shape[1])
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(job)

    monkeypatch.setattr(training.Job, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(file)
    again = run(file)
    assert calls == [3, 3, 3, 3, 1]  # the first two are not done again
    assert equal(again, whole)
    assert np.array_equal(again.parameters, whole.parameters, equal_nan=True)
    assert equal(run(file), whole)
    assert len(calls) == 5


def test_a_file_of_other_runs_is_refused(tmp_path):
    file = tmp_path / "runs.npz"
    run(file)
    others = [{"epochs": 41}, {"target": 0.2}, {"loss": "huber"}, {"optimizer": "adam"}, {"parameters": False}, {"seed": 1}]
    for other in [*others, {"grid": {"lr": [0.3, 31.0], "seed": range(5)}}]:
        with refused(ValueError, "of other runs"):
            run(file, **other)
    whole = file.read_bytes()
    for damaged in (b"", b"hello", whole[: len(whole) // 2]):
        file.write_bytes(damaged)
        with refused(ValueError, "no file of runs"):
            run(file)


def test_several_processes_give_the_same_table(small_parts):
    pytest.importorskip("joblib")
    import joblib

    with joblib.parallel_config(backend="threading"):
        assert equal(run(jobs=2), run())


def test_what_is_sent_holds_no_function_of_anybodys():
    import pickle

    plan = training.Plan(lambda seed: xor(seed), training.Grid.of(MIXED), *XOR, "mse", "sgd", None, 0, 40, 0.1)
    job = plan.job(0, np.arange(3))
    found, numbers = pickle.loads(pickle.dumps(job))()
    again, same = job()
    assert np.array_equal(found, again, equal_nan=True)
    assert np.array_equal(numbers, same)


def test_data_are_no_part_of_the_code():
    sets = [([[k, j] for j in range(rows)], [k] * rows) for k, rows in ((1, 4), (2, 4), (3, 3))]
    plan = training.Plan(xor, training.Grid.of({"data": sets}), None, None, "mse", "sgd", 0.1, 0, 10, 0.1)
    one, same, other = [code for code, _ in plan.codes]
    assert one is same
    assert one.text != other.text
    long = [
        training.Plan(xor, training.Grid.of({}), [[0.5, 1.0]] * rows, [1.0] * rows, "mse", "sgd", 0.1, 0, 10, 0.1)
        for rows in (30, 3000)
    ]
    sizes = [len(plan.codes[0][0].text) for plan in long]
    assert sizes[1] < 2 * sizes[0]


def test_without_joblib_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib", None)
    with refused(ImportError, 'pip install "autograd-lite[cluster]"'):
        run(jobs=2)


# --- the table -------------------------------------------------------------------------------------------------------


def test_the_table(tmp_path):
    runs = run()
    assert runs["final_loss"].reshape(runs.shape).shape == (2, 5)
    assert runs["seed"].tolist() == [0, 1, 2, 3, 4] * 2
    assert runs.best() == int(np.nanargmin(runs["final_loss"]))
    lines = runs.to_csv(tmp_path / "runs.csv").read_text().splitlines()
    assert lines[0].split(",") == list(runs.columns)
    assert len(lines) == 11
    assert lines[1].split(",")[:2] == ["0.3", "0"]
    assert float(lines[1].split(",")[2]) == runs["final_loss"][0]
    assert "10 runs" in str(runs)
    with refused(KeyError, "final_loss"):
        runs["loss"]
    with refused(ValueError, "every run has diverged"):
        run(grid={"lr": [1e9]}, epochs=100).best()


# --- refusals --------------------------------------------------------------------------------------------------------


class Other(nn.Module):
    def __init__(self, seed):
        self.w, self.shift = Value(0.5), float(seed)

    def forward(self, x):
        return self.w * x[0] + self.shift


class Branches(nn.Module):
    def __init__(self, seed):
        self.w = Value(0.5)

    def forward(self, x):
        return self.w * x[0] if self.w > 0.25 else self.w


class Before(nn.Module):
    def __init__(self, seed):
        self.w = Value(0.5)
        self._twice = [2.0 * self.w]

    def forward(self, x):
        return self.w * x[0] + self._twice[0]


def frozen(seed):
    model = xor(seed)
    model.layers[0].freeze()
    return model


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"make": nn.MLP(2, [1])}, TypeError, "lambda seed"),
        ({"make": lambda seed: 3}, TypeError, "gives int"),
        ({"make": Other}, ValueError, "differ in more than their parameters"),
        ({"make": Branches}, ag.compiler.TraceError, "where(condition, x, y)"),
        ({"make": Before}, ValueError, "compute it in the loss"),
        ({"make": frozen}, ValueError, "frozen"),
        (
            {"make": lambda seed: nn.Sequential(nn.Linear(2, 1, seed=seed), nn.Dropout(0.5))},
            ag.compiler.TraceError,
            "random",
        ),
        ({"grid": {"rate": [1.0]}}, ValueError, "lr"),
        ({"grid": [1, 2]}, TypeError, "dict"),
        ({"grid": {"seed": []}}, ValueError, "at least one"),
        ({"grid": {"seed": range(10**9)}}, ValueError, "1,000,000,000 runs"),
        ({"grid": {"seed": range(10**5), "lr": [k + 0.5 for k in range(2000)]}}, ValueError, "200,000,000 runs"),
        ({"grid": {"scale": [1.0, 0.0]}}, ValueError, "above 0"),
        ({"grid": {"lr": [-0.1]}}, ValueError, "at least 0"),
        ({"grid": {"lr": [math.nan]}}, ValueError, "at least 0"),
        ({"grid": {"lr": [math.inf]}}, ValueError, "at least 0"),
        ({"grid": {"momentum": [1.0]}}, ValueError, "below 1"),
        ({"grid": {"seed": [0.5]}}, TypeError, "whole number"),
        ({"grid": {"lr": ["a"]}}, TypeError, "number"),
        ({"grid": {"lr:layer9": [0.1]}}, ValueError, "layer1.neuron1.w1"),
        ({"grid": {"lr": [0.1]}, "lr": 0.2}, ValueError, "left out"),
        ({"grid": {"data": [XOR]}}, ValueError, "xs"),
        ({"grid": {"momentum": [0.1]}, "optimizer": "adam"}, ValueError, "no momentum"),
        ({"optimizer": "sdg"}, ValueError, "sgd"),
        ({"optimizer": "lbfgs"}, ValueError, "LBFGS"),
        ({"optimizer": 3}, TypeError, "optimizer"),
        ({"epochs": 0}, ValueError, "epochs"),
        ({"jobs": 0}, ValueError, "jobs"),
        ({"loss": "msa"}, ValueError, "mse"),
        ({"loss": nn.MSELoss(reduction="none")}, ValueError, "reduction"),
        ({"loss": "cross_entropy"}, ValueError, "one output"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(change, kind, says):
    given = {"make": xor, "grid": {"seed": range(3)}, "loss": "mse", "epochs": 3} | change
    with refused(kind, says):
        many.train(given.pop("make"), *XOR, given.pop("grid"), **given)


# --- other peers -----------------------------------------------------------------------------------------------------


def test_a_network_of_pytorchs_learns_the_same():
    torch = pytest.importorskip("torch")
    runs = many.train(xor, *XOR, {"lr": [0.05, 0.5], "seed": [4]}, loss="mse", epochs=40, parameters=True)
    for row, found in zip(rows(runs), runs.parameters, strict=True):
        numbers = torch.tensor([p.data for p in xor(4).parameters()], dtype=torch.float64, requires_grad=True)
        xs, ys = (torch.tensor(one, dtype=torch.float64) for one in XOR)
        for _ in range(40):
            weights = numbers[:12].reshape(4, 3)
            answers = torch.tanh(xs @ weights[:, :2].T + weights[:, 2]) @ numbers[12:16] + numbers[16]
            (slopes,) = torch.autograd.grad(((answers - ys) ** 2).mean(), numbers)
            numbers = (numbers - row["lr"] * slopes).detach().requires_grad_()
        assert found == pytest.approx(numbers.detach().numpy(), rel=1e-9)
