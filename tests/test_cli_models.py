"""Saved networks and checkpoints on the command line: what fits is used, what does not is refused in one line, and nothing changes."""

import json
import math
import random
import subprocess
import sys
import time

import pytest

from autograd_lite import nn
from autograd_lite.cli import main

FORMATS = ("model.json", "model.safetensors")


@pytest.fixture
def run(capsys):
    def run_main(*argv):
        code = main([str(item) for item in argv])
        found = capsys.readouterr()
        return code, found.out, found.err

    return run_main


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A network in both formats, and a checkpoint of its training."""
    folder = tmp_path_factory.mktemp("saved")
    for name in FORMATS:
        if name.endswith(".safetensors"):
            pytest.importorskip("safetensors")
        options = ["--epochs", "1", "--hidden", "3", "--n", "30", "--quiet", "--checkpoint", str(folder / "state.json")]
        assert main(["train", "blobs", *options, "--save", str(folder / name)]) == 0
    (folder / "new.csv").write_text("x1,x2\n1,2\n0,-1\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", FORMATS)
def test_nn_load_reads_what_train_saved(saved, name):
    model, columns = nn.load(saved / name), nn.load_metadata(saved / name)["columns"]
    assert model.config() == {"nin": 2, "nouts": [3, 3], "activation": "tanh", "output_activation": "linear"}
    assert columns["features"] == ["x1", "x2"]
    assert columns["classes"] == ["blob 1", "blob 2", "blob 3"]


def test_both_formats_answer_alike(run, saved):
    first, second = (run("predict", saved / name, saved / "new.csv") for name in FORMATS)
    assert first == second
    assert first[0] == 0


def test_the_answers_are_those_of_the_network_by_hand(run, saved):
    """Scaled by the saved numbers, through the loaded network, softmax: the same probability."""
    model, columns = nn.load(saved / "model.json"), nn.load_metadata(saved / "model.json")["columns"]
    scaler = columns["scaler"]
    row = [(x - a) / b for x, a, b in zip((1.0, 2.0), scaler["shift"], scaler["scale"], strict=True)]
    powers = [math.exp(output.data) for output in model(row)]
    label, chance = run("predict", saved / "model.json", saved / "new.csv")[1].splitlines()[1].split(",")[2:]
    assert label == columns["classes"][powers.index(max(powers))]
    assert float(chance) == pytest.approx(max(powers) / sum(powers), abs=1e-6)


def test_columns_that_do_not_fit_the_network_are_refused(run, saved, tmp_path):
    whole = json.loads((saved / "model.json").read_text("utf-8"))
    columns = whole["metadata"]["columns"]
    path = tmp_path / "model.json"
    damage = {
        "features": (["x1"], ["x1", "x1"], "x1", [1, 2], None),
        "classes": (["a", "a", "b"], ["a"], [], ["a", "b"], {"a": 1}, None),
        "scaler": (None, {}, {"shift": [0.0], "scale": [1.0]}, {"shift": [0.0, 0.0], "scale": [1.0, 0.0]}, [1]),
    }
    for key, values in damage.items():
        for value in values:
            path.write_text(json.dumps({**whole, "metadata": {"columns": {**columns, key: value}}}))
            code, out, err = run("evaluate", path, "blobs")
            assert (code, out, err.count("\n")) == (1, "", 1), (key, value, err)
            assert str(path) in err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "neither JSON nor safetensors"),
        (b"\x80\x04K\x01.", "neither JSON nor safetensors"),
        (b"{" + b"[" * 200_000, "not valid JSON"),
        (b"[]", "neither"),
        (b"{}", "no model"),
        (b'{"format": "autograd-lite model 1", "layers": [1]}', "earlier version"),
    ],
)
@pytest.mark.parametrize(
    "command", [["evaluate", "FILE", "blobs"], ["predict", "FILE", "new.csv"], ["train", "blobs", "--resume", "FILE"]]
)
def test_other_files_are_refused(run, tmp_path, monkeypatch, saved, content, says, command):
    monkeypatch.chdir(saved)
    path = tmp_path / "model.json"
    path.write_bytes(content)
    code, out, err = run(*[path if word == "FILE" else word for word in command])
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert says in err or command[0] == "train"


def test_models_of_other_ways_of_saving_say_what_is_missing(run, saved, tmp_path):
    nn.save(nn.MLP(2, [1], seed=0), tmp_path / "plain.json")
    assert "does not say which columns it reads" in run("predict", tmp_path / "plain.json", saved / "new.csv")[2]
    code, _, err = run("predict", saved / "state.json", saved / "new.csv")
    assert code == 1
    assert "--resume" in err


def test_where_it_cannot_be_saved_is_known_before_training(run, tmp_path):
    for path, code, says in (
        (tmp_path / "model.pkl", 2, ".json or .safetensors"),
        (tmp_path / "none" / "model.json", 1, "no folder"),
    ):
        found, out, err = run("train", "moons", "--save", path)
        assert (found, out, err.count("\n")) == (code, "", 1)
        assert says in err
    assert "is a folder" in run("train", "moons", "--checkpoint", tmp_path)[2]


def test_a_model_meets_a_file_that_does_not_fit(run, saved, tmp_path):
    model, path = saved / "model.json", tmp_path / "data.csv"
    for content, says in (("a,b\n1,2\n", "no column 'x1'"), ("x1,x2\n1,two\n", "line 2"), ("", "empty")):
        path.write_text(content)
        code, _, err = run("predict", model, path)
        assert code == 1
        assert says in err
    path.write_text("x1,x2,target\n1,2,blob 9\n")
    assert "not a class" in run("evaluate", model, path)[2]


def test_a_model_meets_a_data_set_that_does_not_fit(run, saved):
    for name, says in (("iris", "has other columns"), ("moons", "is about upper, lower"), ("xor", "has other columns")):
        code, out, err = run("evaluate", saved / "model.json", name)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert says in err


def test_numbers_out_of_range_are_one_line(run, saved, tmp_path):
    whole = json.loads((saved / "model.json").read_text("utf-8"))
    whole["architecture"]["activation"] = "linear"
    whole["tensors"] = {name: _map(lambda _: 1e300, tensor) for name, tensor in whole["tensors"].items()}
    path = tmp_path / "model.json"
    path.write_text(json.dumps(whole))
    for command in (["predict", path, saved / "new.csv"], ["evaluate", path, "blobs"]):
        code, out, err = run(*command)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert "out of range" in err


# --- two hundred damaged files -----------------------------------------------------------------------------------------


def _map(change, tensor):
    return [_map(change, one) for one in tensor] if isinstance(tensor, list) else change(tensor)


ODD = (
    None,
    True,
    -1,
    0,
    1e999,
    10**400,
    "",
    "x" * 1000,
    "../../etc/passwd",
    [],
    [[]],
    {},
    {"kind": "MLP"},
    [1.0, "a"],
    math.nan,
)


def _paths(thing, path=()):
    """Every place in a JSON document."""
    found = [path] if path else []
    items = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, value in items:
        found += _paths(value, (*path, key))
    return found


def _damaged_document(content, draw):
    """One place of the document deleted or set to something odd."""
    document = json.loads(content)
    places = _paths(document)
    # As often high up, where the structure is, as among the many numbers.
    high = [place for place in places if len(place) <= 3]
    *way, last = draw.choice(high if draw.random() < 0.7 else places)
    inside = document
    for key in way:
        inside = inside[key]
    if draw.random() < 0.3:
        del inside[last]
    else:
        inside[last] = draw.choice(ODD)
    return json.dumps(document).encode()


def _damaged_bytes(content, draw):
    """Cut off, or bytes changed, left out or put in."""
    kind = draw.randrange(4)
    if kind == 0:
        return content[: draw.randrange(len(content))]
    found = bytearray(content)
    for _ in range(draw.choice((1, 3, 30))):
        place = draw.randrange(len(found))
        if kind == 1:
            found[place] = draw.randrange(256)
        elif kind == 2:
            del found[place]
        else:
            found.insert(place, draw.randrange(256))
    return bytes(found)


def _damaged(content, draw):
    if content.startswith(b"{") and draw.random() < 0.6:
        return _damaged_document(content, draw)
    return _damaged_bytes(content, draw)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("seed", range(4))
def test_a_hundred_damaged_models_for_each_command(run, saved, tmp_path, name, seed):
    """Refused in one line, or whole after all (a digit of a weight has changed): never a traceback, and nothing is written."""
    draw, path, answers = random.Random(seed), tmp_path / name, tmp_path / "answers.csv"
    content = (saved / name).read_bytes()
    answers.write_text("before")
    refused = 0
    for _ in range(25):
        damaged = _damaged(content, draw)
        path.write_bytes(damaged)
        code, out, err = run("predict", path, saved / "new.csv", "-o", answers)
        assert code in (0, 1), err
        if code == 1:
            refused += 1
            assert (out, err.count("\n"), answers.read_text()) == ("", 1, "before")
            assert len(err) < 1000
        else:
            assert len(answers.read_text().splitlines()) == 3
            answers.write_text("before")
        code, out, err = run("evaluate", path, "blobs", "--json")
        assert code in (0, 1), err
        if code == 1:
            assert (out, err.count("\n")) == ("", 1)
        else:
            json.loads(out.splitlines()[-1], parse_constant=pytest.fail)
        assert path.read_bytes() == damaged
    assert refused >= 12


@pytest.mark.parametrize("name", ["state.json", *FORMATS])
@pytest.mark.parametrize("seed", range(3))
def test_two_hundred_damaged_files_to_go_on_from(run, saved, tmp_path, name, seed):
    draw, path, model = random.Random(seed), tmp_path / name, tmp_path / "new.json"
    content = (saved / name).read_bytes()
    model.write_text("before")
    refused = 0
    for k in range(25):
        damaged = _damaged(content, draw) if k else content
        path.write_bytes(damaged)
        code, _, err = run(
            "train", "blobs", "--epochs", 2, "--hidden", 3, "--n", 30, "--resume", path, "--save", model, "--quiet"
        )
        assert code in (0, 1), err
        assert code == 0 or k, err
        if code == 1:
            refused += 1
            assert (err.count("\n"), model.read_text()) == (1, "before"), err
        else:
            nn.load(model)  # a checkpoint, too, whose damage is in what the run does not need
            model.write_text("before")
        assert path.read_bytes() == damaged
    assert refused >= 12


@pytest.mark.long
def test_a_killed_training_goes_on_to_the_bit(tmp_path):
    """kill -9 in the middle, then resume: the weights of an undisturbed run."""
    whole, part, state = tmp_path / "whole.json", tmp_path / "part.json", tmp_path / "state.json"
    options = ["train", "moons", "--epochs", "60", "--engine", "eager", "--seed", "3", "--quiet"]
    base = [sys.executable, "-m", "autograd_lite"]
    subprocess.run([*base, *options, "--save", str(whole)], check=True, capture_output=True)
    with subprocess.Popen(
        [*base, *options, "--checkpoint", str(state)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as killed:
        while not state.exists() and killed.poll() is None:
            time.sleep(0.01)
        time.sleep(0.3)
        killed.kill()
    command = [*base, *options, "--resume", str(state), "--save", str(part), "--json"]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    assert json.loads(found.stdout.splitlines()[-1])["epochs"] == 60
    assert json.loads(part.read_text("utf-8"))["tensors"] == json.loads(whole.read_text("utf-8"))["tensors"]
