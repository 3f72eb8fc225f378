"""Training that was stopped, even by kill -9, goes on as if it had not been: the same weights to the bit."""

import json
import math
import os
import signal
import subprocess
import sys
import time

import pytest
from refusals import refused

from autograd_lite import Value, nn
from autograd_lite.nn.optim import OPTIMIZERS, lr_scheduler

XS = [[k / 7 - 1.0, (k * k % 11) / 5 - 1.0] for k in range(14)]
YS = [float(x * y > 0.0) for x, y in XS]

SCHEDULES = {
    "none": lambda optimizer: None,
    "step": lambda optimizer: lr_scheduler.StepLR(optimizer, 2, 0.5),
    "exponential": lambda optimizer: lr_scheduler.ExponentialLR(optimizer, 0.9),
    "cosine": lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 8),
    "linear": lambda optimizer: lr_scheduler.LinearLR(optimizer, total_iters=6),
    "one-cycle": lambda optimizer: lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=40),
    "plateau": lambda optimizer: lr_scheduler.ReduceLROnPlateau(optimizer, patience=1),
}


def train(epochs, optimizer="adam", schedule="none", dropout=False, **options):
    layers = [nn.Linear(2, 4, seed=0), nn.Tanh(), *([nn.Dropout(0.3, seed=5)] if dropout else []), nn.Linear(4, 1, seed=1)]
    model = nn.Sequential(*layers)
    made = OPTIMIZERS[optimizer](model, lr=0.05)
    history = nn.fit(
        model, XS, YS, loss="bce_with_logits", optimizer=made, scheduler=SCHEDULES[schedule](made), epochs=epochs,
        batch_size=None if optimizer == "lbfgs" else 4, seed=3, validation=0.2, restore_best=False, engine="eager", **options,
    )  # fmt: skip
    return model.state_dict(), history


def same_after_a_pause(path, **options):
    whole, story = train(8, **options)
    train(5, checkpoint=path, **options)
    weights, resumed = train(8, checkpoint=path, resume=True, **options)
    assert weights == whole
    for name in ("losses", "val_losses", "accuracies", "learning_rates"):
        assert getattr(resumed, name) == getattr(story, name)
    assert resumed.epochs == 8
    assert nn.load(path).state_dict() == whole


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_resumes_to_the_bit(optimizer, tmp_path):
    same_after_a_pause(tmp_path / "run.json", optimizer=optimizer)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_resumes_to_the_bit(schedule, tmp_path):
    same_after_a_pause(tmp_path / "run.json", optimizer="sgd", schedule=schedule)


def test_dropout_goes_on_drawing_where_it_was(tmp_path):
    same_after_a_pause(tmp_path / "run.json", dropout=True)


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    path = tmp_path / "run.json"
    train(2, checkpoint=path)
    with refused(nn.ModelFileError, str(path), "without", "schedule"):
        train(4, optimizer="sgd", schedule="step", resume=path)
    document = json.loads(path.read_text(encoding="utf-8"))
    for key in document["training"]:
        broken = {**document, "training": {name: value for name, value in document["training"].items() if name != key}}
        (tmp_path / "broken.json").write_text(json.dumps(broken), encoding="utf-8")
        with pytest.raises(nn.ModelFileError):
            train(4, resume=tmp_path / "broken.json")
    model = nn.Linear(2, 1, seed=0)
    nn.save(model, tmp_path / "plain.json")
    with refused(nn.ModelFileError, str(tmp_path / "plain.json"), "nn.load"):
        nn.fit(model, XS, [[y] for y in YS], loss="mse", resume=tmp_path / "plain.json")


def resumed(path, xs, ys, **options):
    model = nn.Linear(1, 1, seed=0)
    return nn.fit(model, xs, ys, loss="mse", epochs=3, checkpoint=path, resume=True, engine="eager", **options)


@pytest.mark.parametrize(
    ("xs", "ys", "options", "said"),
    [
        ([[0.0], [1.5]], [0.0, 1.0], {}, ["rows", "targets", "weights"]),
        ([[0.0], [1.0]], [0.0, 2.0], {}, ["rows", "targets", "weights"]),
        ([[1.0], [0.0]], [1.0, 0.0], {}, ["rows", "targets", "weights"]),
        ([[0.0], [1.0]], [0.0, 1.0], {"sample_weight": [1.0, 2.0]}, ["rows", "targets", "weights"]),
        ([[0.0], [1.0]], [0.0, 1.0], {"validation": ([[3.0]], [4.0])}, ["validation data"]),
    ],
)
def test_a_checkpoint_of_other_data_is_refused(tmp_path, xs, ys, options, said):
    path = tmp_path / "run.json"
    usual = {"validation": ([[3.0]], [3.0])}
    first = resumed(path, [[0.0], [1.0]], [0, 1], **usual)
    # Numbers of another type are the same data.
    assert resumed(path, [[0], [1]], [0.0, 1.0], **usual).losses == first.losses
    with refused(nn.ModelFileError, str(path), *said):
        resumed(path, xs, ys, **{**usual, **options})


def test_a_checkpoint_that_does_not_know_its_data_resumes(tmp_path):
    path = tmp_path / "run.json"
    resumed(path, [[0.0], [1.0]], [0.0, 1.0])
    document = json.loads(path.read_text(encoding="utf-8"))
    for name in ("data", "validation_data"):
        del document["training"]["settings"][name]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert resumed(path, [[0.0], [1.0]], [0.0, 1.0]).epochs == 3


def test_data_that_have_no_lasting_text_resume(tmp_path):
    class Target:
        number = 1.0

    def distance(prediction, target):
        return (prediction - target.number) ** 2

    for _ in range(2):
        history = nn.fit(
            nn.Linear(1, 1, seed=0), [[Value(2.0)]], [Target()], loss=distance, epochs=2, engine="eager",
            checkpoint=tmp_path / "run.json", resume=True,
        )  # fmt: skip
        assert history.epochs == 2


SCRIPT = """
import sys, time
sys.path.insert(0, {tests!r})
from test_nn_checkpoint import train
print("ready", flush=True)
_, history = train(400, checkpoint=sys.argv[1], dropout=True, schedule="cosine", callbacks=[lambda epoch, history: time.sleep(0.02)])
print(history.stopped, history.epochs, len(history.losses))
"""


def running(path, epochs):
    """A training in another process that has completed some epochs."""
    script = SCRIPT.format(tests=os.path.dirname(__file__))
    process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline and process.poll() is None:
        if path.exists() and len(json.loads(path.read_bytes())["training"]["history"]["losses"]) >= epochs:
            return process
        time.sleep(0.01)
    process.kill()
    raise AssertionError(process.communicate()[1].decode())


def test_killed_in_the_middle(tmp_path):
    path = tmp_path / "run.json"
    process = running(path, 3)
    process.kill()
    process.communicate()
    done = len(json.loads(path.read_bytes())["training"]["history"]["losses"])
    weights, history = train(done + 5, checkpoint=path, resume=True, dropout=True, schedule="cosine")
    whole, story = train(done + 5, dropout=True, schedule="cosine")
    assert weights == whole
    assert history.losses == story.losses
    assert os.listdir(tmp_path) == ["run.json"]


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path):
    path = tmp_path / "run.json"
    train(2, checkpoint=path)
    kept = [".run.json", "run.json.tmp", ".other.json.x1.tmp", ".run.jsonx.tmp"]
    for name in [".run.json.x1.tmp", ".run.json.y2.tmp", *kept]:
        (tmp_path / name).write_text("half")
    train(3, checkpoint=path, resume=True)
    assert sorted(os.listdir(tmp_path)) == sorted([*kept, "run.json"])


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_keeps_model_and_history(tmp_path):
    path = tmp_path / "run.json"
    process = running(path, 2)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors.decode()
    stopped, epochs, losses = output.decode().split()[-3:]
    assert stopped == "interrupted"
    # The file is that of the last epoch that was completed: an epoch cut in two could not be resumed to the bit.
    kept = json.loads(path.read_bytes())["training"]["history"]["losses"]
    assert len(kept) == int(epochs) == int(losses) < 400


def test_ctrl_c_within_this_process():
    def press(epoch, history):
        if epoch == 3:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    _, history = train(50, callbacks=[press])
    assert history.epochs == 3
    assert history.stopped == "interrupted"
    assert signal.getsignal(signal.SIGINT) is before


def test_checkpoints_take_a_twentieth_of_the_time_or_as_often_as_is_asked(tmp_path, monkeypatch):
    from autograd_lite.nn.training import checkpoint

    original, written = checkpoint.write_atomically, []

    def slow(path, raw):
        time.sleep(0.01)
        written.append(len(json.loads(raw)["training"]["history"]["losses"]))
        original(path, raw)

    monkeypatch.setattr(checkpoint, "write_atomically", slow)
    start = time.perf_counter()
    train(100, checkpoint=tmp_path / "paced.json")
    seconds = time.perf_counter() - start
    assert written[0] == 1
    assert written[-1] == 100
    assert 20.0 * 0.01 * (len(written) - 2) <= seconds  # but for the first and the last
    written.clear()
    train(9, checkpoint=tmp_path / "counted.json", checkpoint_every=4)
    assert written == [4, 8, 9]


def damages(training):
    """Places in what a checkpoint says of training, and what nothing would have written there."""
    yield ("history", "losses", 0), math.nan
    yield ("history", "accuracies", 0), math.nan
    yield ("history", "seconds"), -1.0
    yield ("scheduler", "best"), math.nan
    for name in ("num_bad_epochs", "cooldown_counter"):
        for bad in (-1, math.nan, None):
            yield ("scheduler", name), bad
    drop = next(k for k, one in enumerate(training["extra_states"]) if one is not None)
    yield ("extra_states", drop, 2), math.nan
    yield ("extra_states", drop), None
    yield ("extra_states", 0), {}
    for bad in (math.nan, "x", None, 10**400, [1.0]):
        yield ("best", [*training["best"]][-1]), bad
    yield ("optimizer", "state", 0), {"step": 3}
    yield ("optimizer", "state", 0), None
    yield ("optimizer", "param_groups"), 5


def test_a_damaged_checkpoint_is_refused_and_changes_nothing(tmp_path):
    def run(**options):
        optimizer = nn.optim.Adam(model, lr=0.05)
        schedule = lr_scheduler.ReduceLROnPlateau(optimizer)
        return nn.fit(
            model, XS, YS, loss="bce_with_logits", optimizer=optimizer, scheduler=schedule, restore_best=True, **options
        )

    path = tmp_path / "run.json"
    model = nn.Sequential(nn.Linear(2, 2, seed=0), nn.Dropout(0.3, seed=5), nn.Linear(2, 1, seed=1))
    run(epochs=3, checkpoint=path)
    text, before = path.read_text(), model.state_dict()
    for place, bad in damages(json.loads(text)["training"]):
        contents = json.loads(text)
        at = contents["training"]
        for part in place[:-1]:
            at = at[part]
        at[place[-1]] = bad
        path.write_text(json.dumps(contents))
        with pytest.raises(nn.ModelFileError):
            run(epochs=4, resume=path)
        assert model.state_dict() == before, place


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_part_of_a_state_is_refused(name):
    x = Value(1.0)
    optimizer = OPTIMIZERS[name]([x], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (x - 3.0) ** 4
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)
    good = optimizer.state_dict()
    for key in good["state"][0]:
        rest = {other: one for other, one in good["state"][0].items() if other != key}
        if rest:
            with refused(ValueError, "state"):
                optimizer.load_state_dict({**good, "state": [rest]})
            assert optimizer.state_dict() == good
    for bad in ([{}], 5, None, [None]):
        with refused(ValueError, "state"):
            optimizer.load_state_dict({**good, "param_groups": bad})
    optimizer.load_state_dict(json.loads(json.dumps(good)))
    assert optimizer.state_dict() == good


def test_what_is_no_state_is_refused_in_a_sentence():
    optimizer = nn.optim.SGD([Value(1.0)], lr=0.1)
    cycle = lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=4)
    before = cycle.state_dict()
    for bad in ({"scheduler": "OneCycleLR"}, {**before, "last_epoch": 9}, {**before, "base_lrs": None}):
        with refused(ValueError):
            cycle.load_state_dict(bad)
        assert cycle.state_dict() == before
    with refused(TypeError, "state", None):
        nn.Linear(1, 1).load_state_dict(None)
