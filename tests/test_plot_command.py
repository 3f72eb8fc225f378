"""The command `plot`: every picture from the command line, without a display, and what it says when it cannot draw one."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("matplotlib")

from matplotlib.backends.backend_agg import FigureCanvasAgg
from test_plot_layout import collisions, outside, texts

from autograd_lite.cli import main
from autograd_lite.cli.gallery import PICTURES, descents, landscapes
from autograd_lite.data import SOURCES

NEEDS_SKLEARN = {"confusion"}


class Arguments:
    """What the command hands to a picture."""

    seed, target, quiet = 0, None, True
    x, y, pixels, iterations, jobs, resume = (0.1, 100.0), (0.01, 10.0), 24, 60, 1, None

    def __init__(self, dataset):
        self.dataset = dataset
        if dataset in SOURCES and "n" in SOURCES[dataset].options:
            self.n = 60  # what is drawn is the same with fewer points


@pytest.fixture
def plot(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = main(["plot", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_drawn_and_can_be_read(name, monkeypatch):
    monkeypatch.setattr(landscapes, "_ROWS", 8)
    if name in NEEDS_SKLEARN:
        pytest.importorskip("sklearn")
    figure = PICTURES[name].draw(Arguments(PICTURES[name].dataset))
    FigureCanvasAgg(figure)
    assert outside(figure) == []
    assert collisions(figure) == []
    assert not [text for text, _ in texts(figure) if "…" in text], "no name of ours is cut"
    if name not in ("gates", "xor", "gradients", "activations"):  # these have a title over all panels
        assert figure.axes[0].get_title(loc="left")
    else:
        assert figure.get_suptitle()


@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_picture_is_written_where_and_as_asked(plot, tmp_path, ending, start):
    code, _, err = plot("multiplications", "-o", f"m.{ending}")
    assert code == 0
    assert f"m.{ending}" in err
    assert (tmp_path / f"m.{ending}").read_bytes().startswith(start)


def test_the_file_is_named_as_the_picture_if_no_name_is_given(plot, tmp_path):
    assert plot("multiplications", "--quiet") == (0, "", "")
    assert (tmp_path / "multiplications.png").exists()


def test_the_same_seed_gives_the_same_file(plot, tmp_path):
    for name in ("a.svg", "b.svg"):
        assert plot("step-size", "-o", name)[0] == 0
    first, second = ((tmp_path / name).read_text().splitlines() for name in ("a.svg", "b.svg"))
    assert [line for line in first if "dc:date" not in line] == [line for line in second if "dc:date" not in line]


@pytest.mark.slow
def test_the_race_moves(plot, tmp_path, monkeypatch):
    monkeypatch.setattr(descents, "_STEPS", 16)
    assert plot("race", "-o", "race.gif")[0] == 0
    assert (tmp_path / "race.gif").read_bytes().startswith(b"GIF89a")
    assert (tmp_path / "race.gif").stat().st_size < 90_000


def test_a_zoom_into_the_boundary_is_resumed(plot, tmp_path):
    from PIL import Image

    given = ("--x", "1:12", "--y", "0.2:0.6", "--pixels", "20", "--iterations", "30", "--resume", "runs.npz")
    code, out, err = plot("trainability", *given, "-o", "zoom.png")
    assert (code, out) == (0, "")
    assert "run 400/400" in err
    kept = (tmp_path / "runs.npz").read_bytes()
    assert plot("trainability", *given, "-o", "again.png", "--quiet") == (0, "", "")
    assert len(kept) == len((tmp_path / "runs.npz").read_bytes())
    one, other = (Image.open(tmp_path / name) for name in ("zoom.png", "again.png"))
    assert one.tobytes() == other.tobytes()
    assert plot("trainability", *given[:-4], "--iterations", "31", "--resume", "runs.npz")[0] == 1


def test_all_draws_each_into_a_folder(plot, tmp_path, monkeypatch):
    from autograd_lite.cli.commands import plot as command

    few = {name: PICTURES[name] for name in ("multiplications", "step-size")}
    monkeypatch.setattr(command, "PICTURES", few)
    assert plot("all", "-o", tmp_path / "deep" / "pictures")[0] == 0
    assert {path.name for path in (tmp_path / "deep" / "pictures").iterdir()} == {f"{name}.png" for name in few}


def test_a_csv_file_of_ones_own(plot, tmp_path):
    rows = "".join(f"{k % 7},{k % 5},{'cat' if k % 7 > 3 else 'kitten'}\n" for k in range(40))
    (tmp_path / "cats.csv").write_text("kg,cm,kind\n" + rows)
    assert plot("confusion", "--dataset", "cats.csv", "--target", "kind")[0] == 0
    code, _, err = plot("confusion", "--dataset", "cats.csv")
    assert code == 2  # as `train` answers
    assert "--target with one of: kg, cm, kind" in err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "PICTURE"),
        (("rainbow",), 2, "multiplications"),
        (("gates", "-o", "gates.gif"), 2, "only the race is an animation"),
        (("gates", "-o", "gates.jpeg"), 2, ".png, .svg, .pdf"),
        (("gates", "-o", "no/where/gates.png"), 1, "there is no folder"),
        (("gates", "--dataset", "moons"), 2, "gates has data of its own"),
        (("all", "--dataset", "moons"), 2, "go with one picture"),
        (("all", "-o", "taken"), 1, "taken cannot be written"),
        (("boundary", "--dataset", "mons"), 1, "Did you mean 'moons'"),
        (("boundary", "--dataset", "moons", "--target", "x"), 2, "--target goes with a CSV file"),
        (("boundary", "--dataset", "toy"), 1, "toy has 4"),
        (("boundary", "--dataset", "sine"), 1, "sine is a regression"),
        (("regression", "--dataset", "moons"), 1, "depends on one input"),
        (("activations", "--dataset", "and"), 1, "no hidden layer"),
        (("boundary", "--dataset", "none.csv", "--target", "y"), 1, "no such file"),
        (("gates", "--pixels", "9"), 2, "--pixels goes with trainability, not with gates"),
        (("trainability", "--x", "10:1"), 2, "such as 0.1:10"),
        (("trainability", "--x", "0:1"), 2, "such as 0.1:10"),
        (("trainability", "--y", "a"), 2, "such as 0.1:10"),
        (("trainability", "--pixels", "1"), 2, "--pixels"),
        (("trainability", "--pixels", "3", "--resume", "taken", "--quiet"), 1, "taken is no file of runs"),
        (("trainability", "--resume", "no/where/runs"), 1, "there is no folder"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(plot, tmp_path, arguments, code, says):
    (tmp_path / "taken").write_text("")
    found, out, err = plot(*arguments)
    assert found == code
    assert says in err
    assert err.startswith("autograd-lite plot: ")
    assert err.count("\n") == 1
    assert out == ""
    assert {path.name for path in tmp_path.iterdir()} == {"taken"}


def test_help_lists_every_picture_with_a_line_about_it(plot):
    code, out, _ = plot("--help")
    assert code == 0
    for name, picture in PICTURES.items():
        assert f"{name} " in out
        assert picture.summary in out
    assert "autograd-lite plot race -o race.gif" in out


def test_no_display_is_needed_and_none_is_asked_for(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment["MPLBACKEND"] = "TkAgg"
    command = [sys.executable, "-m", "autograd_lite", "plot", "step-size", "-o", str(tmp_path / "s.png")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "s.png").exists()


def test_without_matplotlib_the_extra_is_named(plot, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for file in ("s.png", "race.gif"):
        code, _, err = plot("race" if file.endswith("gif") else "step-size", "-o", file)
        assert code == 1
        assert err == (
            'autograd-lite plot: pictures need matplotlib, which is not installed: pip install "autograd-lite[plot]"\n'
        )


def test_a_file_that_cannot_be_written(plot, tmp_path):
    (tmp_path / "taken.png").mkdir()
    code, _, err = plot("step-size", "-o", "taken.png")
    assert code == 1
    assert "taken.png cannot be written" in err
    assert err.count("\n") == 1
