"""The fixture `assert_grad`, as a user meets it: a file with one test, run by pytest."""

import subprocess
import sys

import pytest

from autograd_lite import RULES, unregister

pytest_plugins = ["pytester"]

TEST = """
from autograd_lite import primitive, sin

swish = primitive("swish_by_hand", "x", "x / (1.0 + exp(-x))", ["1.0 / (1.0 + exp(-x)) + x * exp(-x)"], check=False)

def model(x, w):
    hidden = sin(w[0] * x)
    return swish(hidden) + w[1]

def test_model(assert_grad):
    assert_grad(model, 0.5, [2.0, 1.0])

def test_sine(assert_grad):
    assert assert_grad(lambda x: sin(x) * x, 0.5).verdict == "pass"
"""


@pytest.fixture
def run(pytester):
    (pytester.path / "test_mine.py").write_text(TEST, encoding="utf-8")
    yield lambda *options: str(pytester.runpytest_inprocess("-q", "-p", "no:randomly", *options).stdout)
    if "swish_by_hand" in RULES:
        unregister("swish_by_hand")


def test_a_failure_is_all_message(run):
    output = run()
    assert "1 failed, 1 passed" in output
    assert "check_grad: fail. model(0.5, [2.0, 1.0])" in output
    assert "the wrong operation: swish_by_hand(" in output
    assert "test_mine.py, line 8, in model" in output
    assert "pytest_plugin.py" not in output.partition("short test summary")[0]
    assert "the graph" not in output
    assert "\ntest_mine.py:11: in test_model\n" in output


BAD = """
from autograd_lite import Value, log

def outer(x):
    return log(x - 2.0)

def test_returns_nothing(assert_grad):
    assert_grad(lambda x: None, 0.5)

def test_raises(assert_grad):
    assert_grad(outer, 0.5)
"""


def test_bad_input_shows_the_users_lines_alone(run, pytester):
    (pytester.path / "test_mine.py").write_text(BAD, encoding="utf-8")
    output = run()
    assert "2 failed" in output
    assert "returned None: is a `return` missing?" in output
    assert "raised by outer(0.5), which was being checked" in output
    assert "return log(x - 2.0)" in output
    assert "test_mine.py:8: " in output
    assert "autograd_lite/" not in output


def test_the_graph_is_printed_when_asked_for(run):
    output = run("--grad-graph")
    assert "  v2 = sin(v1) = 0.841471   slopes: 0.540302" in output
    assert "<- wrong slope" in output
    assert output.partition("short test summary")[0].count("<- wrong slope") == 1


def test_the_graph_is_drawn_when_asked_for(run, pytester):
    pytest.importorskip("pygraphviz")
    output = run("--grad-svg", "pictures")
    assert "the graph is drawn in pictures/test_model.svg" in output
    svg = (pytester.path / "pictures" / "test_model.svg").read_text(encoding="utf-8")
    assert "wrong slope" in svg
    assert "swish_by_hand" in svg


def test_a_folder_that_cannot_be_made(run, pytester):
    (pytester.path / "taken").write_text("", encoding="utf-8")
    assert "the graph could not be drawn" in run("--grad-svg", "taken")


def test_the_plugin_costs_nothing_where_it_is_not_used():
    code = (
        "import sys, autograd_lite.pytest_plugin; print([m for m in ('numpy', 'hypothesis', 'mpmath') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
