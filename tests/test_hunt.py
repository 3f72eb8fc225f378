"""The standing hunt: a short one each time, a long one, and whether it finds what is known to be wrong."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

from hunt import runner
from hunt.faults import FAULTS, put

ROOT = Path(__file__).parent.parent
#: Texts of each kind; the hunts of all kinds take ten seconds together.
FEW = {"engines": 8, "diverging": 6, "names": 4, "threads": 4, "functions": 40}


@pytest.mark.parametrize("kind", runner.KINDS)
def test_a_short_hunt_finds_nothing(kind):
    runner.judges.tally.clear()
    find = runner.hunt(kind, 0, FEW.get(kind, 20))
    assert find is None, f"\n{find}"
    assert runner.judges.tally["refused"] <= 3 * runner.judges.tally["compared"], runner.judges.tally


@pytest.mark.long
def test_a_long_hunt_finds_nothing():
    seconds = float(os.environ.get("AUTOGRAD_LITE_HUNT", "300"))
    finds = runner.hunt_for(seconds, random.randrange(10**6), list(runner.KINDS))
    assert not finds, "\n".join(map(str, finds))


@pytest.mark.long
@pytest.mark.parametrize("name", FAULTS)
def test_a_known_mistake_is_found(name):
    fault = FAULTS[name]
    assert runner.hunt(fault.kind, 1, 20) is None
    with fault.put():
        assert any(runner.hunt(fault.kind, seed, 250) for seed in range(10))


SOLVED = """xs = [[0.4, 0.5], [-1.7, -1.9], [1.3, -1.0]]
ys = [-0.5 * x + 0.1 * y - 0.3 for x, y in xs]


def train(engine):
    model = nn.MLP(2, [1])
    for parameter, number in zip(model.parameters(), {start}, strict=True):
        parameter.data = number
    return nn.fit(model, xs, ys, loss="mse", optimizer=nn.optim.Adagrad(model, lr=0.1), epochs=2, engine=engine), model


engines(train)
"""


def test_a_gradient_of_roundings_that_is_divided_by_itself_is_no_find():
    """Where the model is right from the start; elsewhere an update that is wrong in compiled code is one."""
    for start in ("(-0.5, 0.1, -0.3)", "(-0.4, 0.3, 0.2)"):
        runner.run(SOLVED.replace("{start}", start))
    other = put("nn.training.recorded_update:RecordedUpdate.rates", lambda rates: lambda self: {**rates(self), "lr": 0.101})
    with other, pytest.raises(AssertionError):
        runner.run(SOLVED.replace("{start}", start))


def wrong(monkeypatch):
    """A package whose square is wrong below -0.5, in compiled code alone."""
    monkeypatch.setitem(runner.judges.COMPILED, "jit", lambda f, **options: lambda x, y: float(f(x, y)) + (x < -0.5))


def test_a_find_is_small_and_the_same_for_the_same_seed(monkeypatch):
    wrong(monkeypatch)
    find = runner.hunt("leaks", 3, 100)
    assert find is not None
    assert find.text == runner.hunt("leaks", 3, 100).text
    assert find.text.count("check(") == 1
    assert len(find.text.splitlines()) < 14


def test_a_find_runs_where_it_is_pasted():
    text = "check = Ways(lambda x: x * x, 'jit(f)')\ncheck((2.0,))\nassert close(1.0, 2.0), 'a wrong number'"
    find = runner.Find("rows", 7, text, "AssertionError: a wrong number")
    done = subprocess.run([sys.executable, "-c", str(find)], cwd=ROOT, capture_output=True, text=True)
    assert "AssertionError: a wrong number" in done.stderr
