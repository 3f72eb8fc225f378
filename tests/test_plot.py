"""Pictures: what is drawn is what was given, in figures that need no display."""

import io
import math
import os
import subprocess
import sys
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

matplotlib = pytest.importorskip("matplotlib")

from autograd_lite import plot  # noqa: E402
from autograd_lite.plot.scales import spans_orders  # noqa: E402

CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def saved(figure, kind="png"):
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(stream, format=kind, dpi=50)
    return stream.getvalue()


def surface(x, y):
    return x * x + 3 * y * y


PATH = [(0.9, 0.5), (0.3, 0.1), (0.1, 0.0)]
RANGES = ((-1.0, 1.0), (-1.0, 1.0))
PANEL = {"predict": lambda rows: [0.25] * len(rows), "x": CORNERS, "y": [0, 1, 1, 0], "resolution": 8}

ONE_OF_EACH = {
    "training_curves": lambda: plot.training_curves(
        [1.0, 0.1, 0.001], validation_losses=[1.0, 0.5, 0.2], accuracies=[0.1, 0.5, 1.0]
    ),
    "learning_rate_sweep": lambda: plot.learning_rate_sweep({0.1: [1.0, 0.0], 5.0: [1.0, 90.0, math.inf], 0.2: [1.0, 0.1]}),
    "regression_fit": lambda: plot.regression_fit(lambda rows: [row[0] for row in rows], [[0.0], [1.0]], [0.0, 1.0]),
    "decision_boundary": lambda: plot.decision_boundary(
        lambda rows: [[0.2, 0.3, 0.5]] * len(rows), CORNERS, [0, 1, 2, 0], resolution=8
    ),
    "boundary_grid": lambda: plot.boundary_grid(dict.fromkeys("abcd", PANEL), title="four"),
    "loss_over_weight": lambda: plot.loss_over_weight(lambda w: w * w, -1, 1, path=[0.9, 0.4], slope=lambda w: 2 * w),
    "optima": lambda: plot.optima(lambda x: x**4 - x**2, -1.2, 1.2, {"left": [-0.1, -0.5], "right": [0.1, 0.6]}),
    "loss_surface": lambda: plot.loss_surface(surface, *RANGES, path=PATH, resolution=8),
    "optimizer_race": lambda: plot.optimizer_race(
        surface, {"sgd": PATH, "adam": PATH[::-1]}, *RANGES, goal=(0, 0), resolution=8
    ),
    "histograms": lambda: plot.histograms({"layer 1": [0.0, 0.0, 0.5], "layer 2": [-0.5, 0.2]}, title="t", xlabel="x"),
    "confusion_matrix": lambda: plot.confusion_matrix([0, 1, 2, 2], [0, 1, 2, 1], class_names=["one", "two", "a long name"]),
    "trainability_map": lambda: plot.trainability_map(
        [0.1, 1.0, 10.0], [1.0, 2.0], [[1, 2, 3], [4, 5, 6]], [[True, True, False], [False, True, False]], note="a note"
    ),
    "success_map": lambda: plot.success_map([0.1, 1.0], [1.0, 2.0], [[0.0, 0.5], [0.2, 0.9]], xlabel="rate", ylabel="scale"),
    "learned_starts": lambda: plot.learned_starts(
        {"2 neurons": [3, math.nan, 7], "8 neurons": [2, 2]},
        20,
        note="400 starts each, one hidden layer of tanh, learning rate 0.3",
    ),
    "gradient_comparison": lambda: plot.gradient_comparison(
        [1, 10], numerical_errors=[1e-9, 1e-8], backprop_errors=[0.0, 1e-16], numerical_cost=[2, 20], backprop_cost=[2, 2]
    ),
    "step_sizes": lambda: plot.step_sizes([1e-1, 1e-3, 1e-9], {"forward": [0.1, 1e-3, 1e-7], "central": [1e-2, 1e-6, 1e-7]}),
    "multiplication_counts": lambda: plot.multiplication_counts([1, 2, 3], backprop=[5, 10, 15], expanded=[5, 50, 500]),
}


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_every_picture_is_a_figure_that_can_be_written(name):
    figure = ONE_OF_EACH[name]()
    from matplotlib.figure import Figure

    assert isinstance(figure, Figure)
    assert saved(figure).startswith(b"\x89PNG")
    assert b"<svg" in saved(figure, "svg")


def test_every_function_that_draws_is_tried():
    counting = {"multiplications", "numerical_gradient", "plane_of_path", "random_plane"}
    moving = {"optimizer_race_animation", "save_movie"}
    assert {name for name in plot.__all__ if name.islower()} - counting - moving == set(ONE_OF_EACH)


def test_a_notebook_shows_a_figure_without_pyplot():
    assert plot.training_curves([1.0, 0.5])._repr_png_().startswith(b"\x89PNG")


def test_no_window_system_and_no_pyplot_are_needed():
    code = (
        "import sys; from autograd_lite import plot; plot.training_curves([1.0, 0.5])._repr_png_();"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "MPLBACKEND")}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


def test_without_matplotlib_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with refused(ImportError, 'pip install "autograd-lite[plot]"'):
        plot.training_curves([1.0])


def test_names_with_dollars_and_korean_letters_are_drawn_as_they_are():
    figure = plot.decision_boundary(
        lambda rows: [0.5] * len(rows),
        CORNERS,
        [0, 1, 1, 0],
        class_names=["$5", "a$b$"],
        feature_names=["\\alpha $", "x_1^2"],
    )
    assert saved(figure)
    assert figure.legends[0].get_texts()[1].get_text() == "a\\$b\\$"


def test_a_given_axes_is_drawn_on():
    from matplotlib.figure import Figure

    figure = Figure()
    ax = figure.add_subplot()
    assert plot.loss_over_weight(lambda w: w, 0, 1, ax=ax) is figure
    assert len(ax.get_lines()) == 1


# --- what is drawn ---------------------------------------------------------------------------------------------------


def test_curves_hold_the_numbers_given():
    figure = plot.training_curves([3.0, 2.0, 1.0], accuracies=[0.5, 0.75, 1.0], validation_accuracies=[0.4, 0.5, 0.6])
    (loss,) = figure.axes[0].get_lines()
    assert figure.axes[0].get_title(loc="left") == "Loss goes from 3 to 1 in 3 epochs"
    assert loss.get_xydata().tolist() == [[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]
    assert [line.get_label() for line in figure.axes[1].get_lines()] == ["training", "validation"]
    with refused(ValueError, "nothing to draw"):
        plot.training_curves([])


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.floats(1.5, 100))
def test_an_axis_is_logarithmic_only_for_positive_numbers(values, factor):
    if spans_orders(values, factor):
        assert min(values) > 0
        assert max(values) / min(values) > factor


def test_a_diverged_rate_says_so():
    figure = plot.learning_rate_sweep({0.1: [4.0, 1.0], 3.0: [4.0, math.nan]})
    assert [line.get_label() for line in figure.axes[0].get_lines()] == ["0.1", "3 (diverges)"]


def test_the_boundary_separates_where_the_answer_changes():
    figure = plot.decision_boundary(lambda rows: [float(a > 0.25) for a, _ in rows], CORNERS, [0, 0, 1, 1], resolution=41)
    (image,) = figure.axes[0].get_images()
    paint = image.get_array()
    left, right, _, _ = image.get_extent()
    change = [left + (right - left) * k / 40 for k in range(40) if (paint[20][k] != paint[20][k + 1]).any()]
    assert len(change) == 1
    assert abs(change[0] - 0.25) < (right - left) / 40


def test_the_surest_places_have_the_deepest_colour():
    figure = plot.decision_boundary(
        lambda rows: [[0.34, 0.33, 0.33] if a < 0.5 else [1, 0, 0] for a, _ in rows], CORNERS, [0, 1, 2, 0], resolution=9
    )
    paint = figure.axes[0].get_images()[0].get_array()
    assert paint[4][0].sum() > paint[4][-1].sum()


def test_a_boundary_needs_two_inputs():
    with refused(ValueError, "two inputs", "two numbers"):
        plot.decision_boundary(lambda rows: [0.0], [[1.0]], [0])
    with refused(ValueError, "title", "'predict'", "'x'", "'y'"):
        plot.boundary_grid({})


def test_the_matrix_counts_every_pair():
    truth, answers = [0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0]
    figure = plot.confusion_matrix(truth, answers)
    cells = {(round(t.get_position()[1]), round(t.get_position()[0])): int(t.get_text()) for t in figure.axes[0].texts}
    assert len(cells) == 9
    assert {place: count for place, count in cells.items() if count} == {
        (0, 0): 1,
        (0, 1): 1,
        (1, 1): 1,
        (2, 2): 2,
        (2, 0): 1,
    }
    for bad in (([], []), ([0], [0, 1])):
        with refused(ValueError, f"{len(bad[0])} classes", f"{len(bad[1])} predictions"):
            plot.confusion_matrix(*bad)


def test_exact_zeros_are_counted():
    figure = plot.histograms({"a": [0.0, 0.0, 0.0, 1.0], "b": [1.0, math.nan]})
    assert "75% exactly 0" in figure.axes[0].texts[0].get_text()
    assert "1 number\n" in figure.axes[1].texts[0].get_text()
    with refused(ValueError, "layer", "finite"):
        plot.histograms({"a": [math.nan]})


def test_the_deepest_valley_is_the_global_one():
    figure = plot.optima(lambda x: x**4 - 2 * x**2 + 0.3 * x, -1.6, 1.6, {})
    places = {text.get_text(): text.xy[0] for text in figure.axes[0].texts}
    assert places["global optimum"] < 0 < places["local optimum"]


@pytest.mark.parametrize("ends", [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_ranges_that_are_none(ends):
    with refused(ValueError, "range", *ends):
        plot.loss_over_weight(lambda w: w, *ends)
