"""The command `graph`: where it draws, how it looks, and what it says when it cannot."""

import sys

import pytest

from autograd_lite.cli import main
from autograd_lite.draw.themes import THEMES

LOSS = ["L = (w*x + b - y)**2", "w=2", "x=3", "b=1", "y=5"]


@pytest.fixture
def run(capsys):
    def command(*argv):
        code = main(["graph", *map(str, argv)])
        return code, *capsys.readouterr()

    return command


def test_dot_and_text_go_to_standard_output(run):
    assert run(*LOSS)[1].startswith("digraph")
    code, out, err = run(*LOSS, "--format", "tree")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "L = v3 ** 2.0 = 4.0   grad 1.0"
    assert run(*LOSS, "--format", "table")[1].splitlines()[0].split() == [
        "node", "op", "operands", "value", "local", "derivatives", "gradient",
    ]  # fmt: skip
    assert len(run(*LOSS, "--format", "tree", "--limit", "3")[1].splitlines()) <= 4


def test_svg_goes_to_standard_output(run):
    pytest.importorskip("pygraphviz")
    code, out, _ = run(*LOSS, "--format", "svg", "--theme", "dark")
    assert code == 0
    assert "<svg" in out
    assert THEMES["dark"].paper in out


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<?xml"), ("PNG", b"\x89PNG"), ("pdf", b"%PDF"), ("gv", b"digraph")])
def test_the_ending_says_how_it_is_written(run, tmp_path, ending, start):
    if ending != "gv":
        pytest.importorskip("pygraphviz")
    code, out, err = run(*LOSS, "-o", tmp_path / f"loss.{ending}")
    assert (code, out) == (0, "")
    assert "8 nodes, value 4.0" in err
    assert (tmp_path / f"loss.{ending}").read_bytes().startswith(start)


def test_looks(run):
    out = run(*LOSS, "--rankdir", "TB", "--theme", "dark", "--local-grads", "--digits", "2")[1]
    assert "rankdir=TB" in out
    assert THEMES["dark"].ink in out
    assert 'label="-1"' in out or "label=-1" in out
    assert "data 0.14" in run("x/7", "x=1", "--digits", "2")[1]
    assert "data 0.142857" in run("x/7", "x=1", "--digits", "6")[1]


def test_highlight_marks_the_shortest_path(run):
    accent = THEMES["light"].accent
    out = run("h = w*x; L = sin(h) + w", "w=1", "x=2", "--highlight", "w")[1]
    assert sum(accent in line and "->" in line for line in out.splitlines()) == 2  # into the +, and out of it
    out = run("h = w*x; L = sin(h) + w", "w=1", "x=2", "--highlight", "x")[1]
    assert sum(accent in line and "->" in line for line in out.splitlines()) == 6
    assert run("h = w*x; L = sin(h)", "w=1", "x=2", "--highlight", "h")[0] == 0
    assert run("x", "x=1", "--highlight", "x")[0] == 0


def test_detail_and_limit(run):
    terms = " + ".join(f"x*{k}" for k in range(2, 60))
    whole = run(terms, "x=1", "--detail", "all")[1]
    folded = run(terms, "x=1", "--detail", "sums")[1]
    assert whole.count("->") > folded.count("->")
    assert "of 58 terms" in folded
    assert "of 58 terms" in run(terms, "x=1", "--limit", "70")[1]
    code, _, err = run(terms, "x=1", "--detail", "all", "--limit", "70")
    assert code == 1
    assert "leave --detail out, or raise --limit" in err
    assert "draw_dot" not in err


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (["-o", "f.bmp"], 2, "-o takes a file that ends in .svg, .png, .pdf, .dot"),
        (["-o", ""], 2, "not ''"),
        (["-o", "f.svg", "--format", "dot"], 2, "the ending of 'f.svg'"),
        (["-o", "/nowhere/at/all/f.dot"], 1, "cannot be written: there is no folder"),
        (["--theme", "pink"], 2, "pink"),
        (["--detail", "some"], 2, "some"),
        (["--digits", "99"], 2, "99 is not in the range 1<=x<=17"),
        (["--limit", "0"], 2, "0 is not in the range x>=1"),
        (["--highlight", "z"], 2, "the formula has w, x, b, y, L"),
        (["--highlight", ""], 2, "--highlight ''"),
    ],
)
def test_what_is_refused(run, argv, code, says):
    found, out, err = run(*LOSS, *argv)
    assert (found, out) == (code, "")
    assert says in err
    assert "Traceback" not in err


def test_a_path_that_no_gradient_takes(run):
    code, _, err = run("where(x > 0, x, w)", "x=1", "w=2", "--highlight", "w")
    assert code == 2
    assert "no gradient flows" in err


def test_a_folder_is_no_file_and_may_be_read_only(run, tmp_path):
    (tmp_path / "folder.dot").mkdir()
    code, _, err = run(*LOSS, "-o", tmp_path / "folder.dot")
    assert code == 1
    assert "is a folder" in err


def test_without_graphviz_dot_still_works(run, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    code, _, err = run(*LOSS, "-o", tmp_path / "f.svg")
    assert code == 1
    assert "autograd-lite[draw]" in err
    assert run(*LOSS, "-o", tmp_path / "f.dot")[0] == 0
