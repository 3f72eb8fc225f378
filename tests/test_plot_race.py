"""Optimizers raced: what is drawn of paths that run away, and animations as files."""

import base64
import json
import math
import re

import pytest
from refusals import refused

pytest.importorskip("matplotlib")
from PIL import Image

from autograd_lite import plot
from autograd_lite.plot import movies


def bowl(x, y):
    return x * x + 3 * y * y


PATHS = {"fast": [(0.9, 0.9), (0.0, 0.1)], "slow": [(0.9, 0.9), (0.8, 0.8), (0.7, 0.7)]}


@pytest.fixture
def race():
    animation = plot.optimizer_race_animation(bowl, PATHS, goal=(0, 0), frames=4, resolution=8)
    yield animation
    animation._draw_was_started = True  # matplotlib warns of animations that nobody looks at


def test_the_part_drawn_holds_every_path_and_the_goal():
    paths = {"a": [(-3.0, 0.0), (9.0, 7.0)], "b": [(-3.0, 0.0), (0.0, -5.0)]}
    ax = plot.optimizer_race(bowl, paths, goal=(0, 20), resolution=8).axes[0]
    for points in (*paths.values(), [(0, 20)]):
        for x, y in points:
            assert ax.get_xlim()[0] < x < ax.get_xlim()[1]
            assert ax.get_ylim()[0] < y < ax.get_ylim()[1]


def test_a_path_that_runs_away_is_drawn_up_to_there():
    away = [(0.9, 0.9), (2.0, 2.0), (math.inf, 3.0), (1.0, 1.0)]
    figure = plot.optimizer_race(bowl, {**PATHS, "away": away}, resolution=8)
    losses = figure.axes[1].get_lines()[-1].get_ydata()
    assert list(losses) == [bowl(0.9, 0.9), bowl(2.0, 2.0)]
    assert figure.axes[0].get_title(loc="left") == "After 3 steps fast is lowest"


def test_losses_that_overflow_end_a_path():
    figure = plot.optimizer_race(lambda x, y: x**2 + y**2, {"away": [(1.0, 1.0), (1e200, 1.0)]}, resolution=8)
    assert list(figure.axes[1].get_lines()[-1].get_ydata()) == [2.0]


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        ({}, ("paths", "name")),
        ({"a": []}, ("paths", "name")),
        ({"a": [(math.nan, 0.0)]}, ("path", "a", "finite", (math.nan, 0.0))),
    ],
)
def test_races_without_a_path(paths, said):
    with refused(ValueError, *said):
        plot.optimizer_race(bowl, paths)


def test_an_animation_begins_at_the_start_and_ends_at_the_ends(race):
    left, right = race._fig.axes[:2]

    def heads(ax):
        return [
            line.get_xydata()[-1].tolist() for line in ax.get_lines() if line.get_marker() in "os" and len(line.get_xydata())
        ]

    race._func(0)
    assert heads(left)[:2] == [[0.9, 0.9], [0.9, 0.9]]
    race._func(3)
    assert heads(left)[:2] == [[0.0, 0.1], [0.7, 0.7]]
    assert heads(right) == [[1.0, bowl(0.0, 0.1)], [2.0, bowl(0.7, 0.7)]]
    with refused(ValueError, "two frames", 1):
        plot.optimizer_race_animation(bowl, PATHS, frames=1)


def test_frames_of_a_gif_are_those_of_the_animation(race, tmp_path):
    expected = movies._with_one_palette(movies._frames(race, 40))
    plot.save_movie(race, tmp_path / "race.GIF", dpi=40, fps=10, hold=3)
    with Image.open(tmp_path / "race.GIF") as image:
        assert image.n_frames == 4
        for k, frame in enumerate(expected):
            image.seek(k)
            assert image.convert("RGB").tobytes() == frame.convert("RGB").tobytes()
        assert image.info["duration"] >= 3000


def test_paper_is_white_in_every_frame(race):
    for frame in movies._with_one_palette(movies._frames(race, 40)):
        assert frame.convert("RGB").getpixel((1, 1)) == (255, 255, 255)


def test_a_page_holds_every_frame_and_asks_for_nothing(race, tmp_path):
    plot.save_movie(race, tmp_path / "race.html", dpi=40, title="a < b")
    page = (tmp_path / "race.html").read_text()
    assert "<title>a &lt; b</title>" in page
    assert not re.findall(r"https?:", page)
    frames = json.loads(re.search(r"const frames = (\[.*?\]);", page)[1])
    assert len(frames) == 4
    assert all(base64.b64decode(frame.split(",")[1]).startswith(b"\x89PNG") for frame in frames)


def test_a_movie_of_another_kind(race, tmp_path):
    with refused(ValueError, ".gif", ".html", "race.mp4'"):
        plot.save_movie(race, tmp_path / "race.mp4")
    with refused(OSError, "nowhere"):
        plot.save_movie(race, tmp_path / "nowhere" / "race.gif", dpi=20)
