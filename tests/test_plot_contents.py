"""The numbers in the pictures are the numbers given: lines, dots, bars and titles."""

import math

import pytest
from refusals import refused

pytest.importorskip("matplotlib")

from matplotlib.colors import to_hex

from autograd_lite import plot
from autograd_lite.plot.terrain import round_levels

CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def lines(ax):
    return [[list(map(float, point)) for point in line.get_xydata()] for line in ax.get_lines()]


def title(figure, panel=0):
    return figure.axes[panel].get_title(loc="left")


def end_names(ax):
    """The names at the ends of the lines of some axes, from the lowest up."""
    found = [text for text in ax.texts if text.get_position()[0] == 6]
    return [text.get_text() for text in sorted(found, key=lambda text: text.xy[1])]


def test_training_and_validation_are_named_where_they_end():
    figure = plot.training_curves(
        [3.0, 1.0], validation_losses=[3.0, 2.0], accuracies=[0.5, 0.6], validation_accuracies=[0.5, 0.4]
    )
    assert end_names(figure.axes[0]) == ["training", "validation"]
    assert end_names(figure.axes[1]) == []
    assert lines(figure.axes[1]) == [[[1.0, 0.5], [2.0, 0.6]], [[1.0, 0.5], [2.0, 0.4]]]


def test_a_sweep_says_which_rate_gets_lowest_and_where_each_ends():
    runs = {0.01: [4.0, 3.0], 0.1: [4.0, 0.5], 1.0: [4.0, 1.0], 9.0: [4.0, 8.0]}
    figure = plot.learning_rate_sweep(runs)
    left, right = figure.axes
    assert title(figure) == "A learning rate of 0.1 gets lowest"
    assert lines(left) == [[[0.0, losses[0]], [1.0, losses[1]]] for losses in runs.values()]
    assert end_names(left) == ["0.1", "1", "0.01", "9 (diverges)"]
    assert lines(right)[0] == [[0.01, 3.0], [0.1, 0.5], [1.0, 1.0]]
    assert [text.get_text() for text in right.texts] == ["diverges", "the loss all start from"]


def test_a_fit_goes_through_what_the_model_answers():
    figure = plot.regression_fit(lambda rows: [2 * row[0] for row in rows], [[0.0], [4.0]], [0.1, 7.9])
    (curve,) = lines(figure.axes[0])
    assert curve[0] == [0.0, 0.0]
    assert curve[-1] == [4.0, 8.0]
    assert figure.axes[0].collections[0].get_offsets().tolist() == [[0.0, 0.1], [4.0, 7.9]]


def test_rows_are_full_and_held_out_rows_hollow():
    held_out = ([[0.5, 0.5], [0.2, 0.2], [0.1, 0.3]], [1, 1, 0])
    figure = plot.decision_boundary(lambda rows: [0.5] * len(rows), CORNERS, [0, 0, 0, 1], held_out=held_out, resolution=5)
    dots = {}
    for found in figure.axes[0].collections:
        if len(found.get_offsets()):
            hollow = to_hex(found.get_facecolor()[0]) == "#ffffff"
            dots.setdefault(hollow, []).append(len(found.get_offsets()))
    assert dots == {False: [3, 1], True: [1, 2]}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["0", "1", "hollow: held out"]


def test_two_classes_have_a_scale_and_more_have_none():
    two = plot.decision_boundary(
        lambda rows: [0.2] * len(rows), CORNERS, [0, 1, 0, 1], class_names=["no", "yes"], resolution=5
    )
    assert [ax.get_ylabel() for ax in two.axes] == ["x2", "probability of yes"]
    three = plot.decision_boundary(lambda rows: [[0.2, 0.3, 0.5]] * len(rows), CORNERS, [0, 1, 2, 1], resolution=5)
    assert len(three.axes) == 1


def test_a_place_where_all_classes_are_equal_is_white():
    figure = plot.decision_boundary(lambda rows: [0.5] * len(rows), CORNERS, [0, 1, 1, 0], resolution=5)
    assert figure.axes[0].get_images()[0].get_array().min() == 1.0


def test_the_steps_of_a_descent_lie_on_the_loss():
    figure = plot.loss_over_weight(lambda w: w * w, -2, 2, path=[1.5, -1.0, 0.5], slope=lambda w: 2 * w)
    assert title(figure) == "2 steps from a loss of 2.25 to 0.25"
    assert [[1.5, 2.25], [-1.0, 1.0], [0.5, 0.25]] in lines(figure.axes[0])
    assert [text.get_text() for text in figure.axes[0].texts] == ["slope 3", "slope -2", "slope 1"]
    for (x1, y1), (x2, y2) in lines(figure.axes[0])[1:4]:  # the tangents
        middle = (x1 + x2) / 2
        assert (y2 - y1) / (x2 - x1) == pytest.approx(2 * middle)
        assert (y1 + y2) / 2 == pytest.approx(middle**2)


def test_a_path_is_drawn_on_the_map_and_on_the_landscape():
    path = [(0.9, 0.5), (0.3, 0.1), (0.1, 0.0)]
    figure = plot.loss_surface(lambda x, y: x * x + y, (-1, 1), (-1, 1), path=path, names=("w", "b"), resolution=9)
    flat, relief = figure.axes
    assert title(figure) == "2 steps from a loss of 1.31 to 0.01"
    assert (flat.get_xlabel(), flat.get_ylabel(), relief.get_zlabel()) == ("w", "b", "loss")
    assert [list(point) for point in path] in lines(flat)
    drawn = [[tuple(map(float, point)) for point in zip(*line.get_data_3d(), strict=True)] for line in relief.get_lines()]
    assert [(x, y, x * x + y) for x, y in path] in drawn
    surface = relief.collections[0]
    assert all(line.get_zorder() > surface.get_zorder() for line in relief.get_lines()), "the surface hides the path"
    assert not relief.computed_zorder


def test_the_landscape_is_seen_from_the_end_of_the_path():
    for start in ((1, 0), (0, 1), (-1, 0.5), (0.3, -0.8)):
        figure = plot.loss_surface(lambda x, y: x * x + y * y, (-1, 1), (-1, 1), path=[start, (0, 0)], resolution=5)
        towards = math.radians(figure.axes[1].azim)
        # The eye is on the other side of the middle than the start.
        assert math.cos(towards) * start[0] + math.sin(towards) * start[1] < 0


def test_a_race_ends_with_a_name_for_each_line_at_its_loss():
    paths = {"a": [(1.0, 0.0), (0.5, 0.0)], "b": [(1.0, 0.0), (0.1, 0.0)], "c": [(1.0, 0.0), (2.0, 0.0)]}
    figure = plot.optimizer_race(lambda x, y: x * x + y * y, paths, goal=(0.0, 0.0), resolution=9)
    assert title(figure) == "After 1 step b is lowest"
    assert end_names(figure.axes[1]) == ["b", "a", "c"]
    assert lines(figure.axes[1]) == [[[0.0, 1.0], [1.0, end]] for end in (0.25, pytest.approx(0.01), 4.0)]


def test_bars_count_the_numbers_of_each_layer():
    by_layer = {"a": [0.1, 0.2, -0.3, 0.0], "b": [0.5, 0.5]}
    figure = plot.histograms(by_layer)
    assert [sum(bar.get_height() for bar in ax.patches) for ax in figure.axes] == [3, 2]
    assert "25% exactly 0" in figure.axes[0].texts[0].get_text()
    assert {ax.get_xscale() for ax in figure.axes} == {"linear"}


def test_layers_of_different_sizes_are_drawn_by_magnitude():
    figure = plot.histograms({"a": [1e-4, -3e-4], "b": [-1.0, 2.0]}, xlabel="gradient")
    assert {ax.get_xscale() for ax in figure.axes} == {"log"}
    assert [sum(bar.get_height() for bar in ax.patches) for ax in figure.axes] == [2, 2]
    for ax, size in zip(figure.axes, (math.sqrt(5) * 1e-4, math.sqrt(2.5)), strict=True):
        assert ax.get_lines()[0].get_xdata()[0] == pytest.approx(size)
    assert figure.axes[-1].get_xlabel() == "size of the gradient (line: root mean square)"
    assert plot.histograms({"a": [1e-4], "b": [1.0]}, scale="linear").axes[0].get_xscale() == "linear"


def test_both_ways_to_a_gradient_are_drawn_under_their_names():
    figure = plot.gradient_comparison(
        [1, 10], numerical_errors=[1e-9, 2e-9], backprop_errors=[0.0, 3e-16], numerical_cost=[2, 20], backprop_cost=[2, 2]
    )
    left, right = figure.axes
    assert title(figure) == "Error at 10 parameters: 2e-09 against 3e-16"
    assert title(figure, 1) == "Cost at 10 parameters: 20 against 2"
    assert lines(left)[:2] == [[[1.0, 1e-9], [10.0, 2e-9]], [[1.0, 2**-53], [10.0, 3e-16]]]
    assert lines(right) == [[[1.0, 2.0], [10.0, 20.0]], [[1.0, 2.0], [10.0, 2.0]]]
    assert end_names(left) == end_names(right) == ["back-propagation", "numerical"]


def test_errors_over_steps_and_multiplications_over_layers():
    figure = plot.step_sizes([0.1, 0.01], {"central": [1e-3, 1e-5]}, backprop_error=1e-16)
    assert lines(figure.axes[0])[0] == [[0.1, 1e-3], [0.01, 1e-5]]
    assert end_names(figure.axes[0]) == ["back-propagation", "central"]
    figure = plot.multiplication_counts([1, 2], backprop=[8, 40], expanded=[14, 130])
    assert lines(figure.axes[0]) == [[[1.0, 8.0], [2.0, 40.0]], [[1.0, 14.0], [2.0, 130.0]]]
    assert end_names(figure.axes[0]) == ["back-propagation", "every weight's\nformula, expanded"]


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (3.0, 3.001), (-5.0, 1e6), (0.0, 1e-30)])
def test_levels_lie_between_the_ends_and_rise(low, high):
    levels = round_levels(low, high)
    assert len(levels) >= 1
    assert levels == sorted(set(levels))
    assert all(low < level < high for level in levels)
    assert round_levels(low, low) == round_levels(math.nan, high) == []


def test_where_nothing_ends_in_a_number_nothing_is_lowest():
    nan = math.nan
    assert title(plot.learning_rate_sweep({0.1: [4.0, nan], 1.0: [4.0, 90.0]})) == "All learning rates diverge"
    assert "diverged" in title(plot.optimizer_race(lambda x, y: x * x + y * y, {"a": [(1.0, 1.0), (nan, nan)]}))
    for x, y, answer in (([[0.0], [1.0]], [0.0, 1.0], nan), ([[nan], [1.0]], [0.0, 1.0], 0.5), ([[0.0]], [nan], 0.5)):
        with refused(ValueError, "finite"):
            plot.regression_fit(lambda rows, answer=answer: [answer] * len(rows), x, y)


def test_a_map_has_a_pixel_for_each_training_in_its_colour_and_shade():
    x, y = [0.1, 1.0, 10.0], [1.0, 2.0]
    figure = plot.trainability_map(x, y, [[1, 2, 3], [9, 8, 7]], [[True, True, True], [False, False, True]])
    (image,) = figure.axes[0].get_images()
    pixels = image.get_array()
    assert pixels.shape == (2, 3, 3)
    blue = pixels[..., 2] > pixels[..., 0]
    assert blue.tolist() == [[True, True, True], [False, False, True]]
    light = pixels.sum(axis=2)
    assert light[0, 0] < light[0, 1] < light[0, 2] < light[1, 2]
    assert light[1, 1] < light[1, 0]
    left, right, bottom, top = image.get_extent()
    assert (left, right, bottom, top) == pytest.approx((-1.5, 1.5, -0.15, 0.45), abs=0.01)
    assert figure.axes[0].get_title(loc="left") == "67% of 6 networks can be trained"


@pytest.mark.parametrize("span", [(0.1, 1000.0), (0.3, 3.0), (2.5, 4.0), (1.2345, 1.2346)])
def test_numbers_on_the_axis_of_a_map_tell_places_apart(span):
    axis = plot.trainability_map(list(span), [1.0, 2.0], [[1, 2], [3, 4]], [[True] * 2] * 2).axes[0].xaxis
    names = [axis.get_major_formatter()(place, 0) for place in axis.get_majorticklocs()]
    assert 2 <= len(names) == len(set(names))
    for name, place in zip(names, axis.get_majorticklocs(), strict=True):
        assert abs(math.log10(float(name)) - place) < 0.02 * math.log10(span[1] / span[0])


def test_a_map_refuses_what_is_no_map():
    with refused(ValueError, 2, 1):
        plot.trainability_map([0.1, 1.0], [1.0], [[1, 2], [3, 4]], [[True] * 2] * 2)
    for x in ([0.0, 1.0], [1.0, 1.0], [2.0, 1.0], [1.0, math.inf], [1.0, math.nan]):
        with refused(ValueError, "logarithmic"):
            plot.success_map(x, [1.0], [[0.1, 0.2]], xlabel="x", ylabel="y")


def test_the_share_of_starts_rises_where_they_have_learned():
    figure = plot.learned_starts({"all": [2, 4, math.nan, 4]}, 10)
    (line,) = figure.axes[0].get_lines()
    assert line.get_xdata().tolist() == [0, 2, 4, 4, 10]
    assert line.get_ydata().tolist() == [0, 0.25, 0.5, 0.75, 0.75]
    with refused(ValueError, "all"):
        plot.learned_starts({"all": []}, 10)
