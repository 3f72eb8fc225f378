"""Pictures of what is degenerate, diverged or tiny: drawn without a warning, or refused with a sentence."""

import math

import pytest

pytest.importorskip("matplotlib")

from hypothesis import given, settings
from hypothesis import strategies as st
from test_plot import saved

from autograd_lite import plot

INF, NAN = math.inf, math.nan
UNIT = ((-1.0, 1.0), (-1.0, 1.0))
CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def bowl(x, y):
    return x * x + y * y


def cliff(x, y):
    """Nothing on one side, and a number too large for a float on the other."""
    return NAN if x < 0 else 10.0 ** (400 * y) if y > 0.5 else x


DRAWN = {
    "one epoch": lambda: plot.training_curves([0.5]),
    "one epoch of four": lambda: plot.training_curves(
        [0.5], validation_losses=[0.4], accuracies=[1.0], validation_accuracies=[0.0]
    ),
    "a loss that diverged": lambda: plot.training_curves([1.0, 1e300, INF, NAN], validation_losses=[1.0, NAN]),
    "no finite loss": lambda: plot.training_curves([NAN, NAN]),
    "a loss of 0": lambda: plot.training_curves([1.0, 0.0]),
    "equal losses": lambda: plot.training_curves([1.0, 1.0, 1.0]),
    "losses of all sizes": lambda: plot.training_curves([1e300, 1.0, 1e-300], validation_losses=[1e-300] * 3),
    "accuracy alone at 0": lambda: plot.training_curves([1.0, 1.0], accuracies=[0.0, 0.0]),
    "shorter validation": lambda: plot.training_curves([3.0, 2.0, 1.0], validation_losses=[2.0]),
    "one rate": lambda: plot.learning_rate_sweep({0.1: [1.0, 0.5]}),
    "one step": lambda: plot.learning_rate_sweep({0.1: [1.0], 1.0: [1.0]}),
    "rates that all diverge": lambda: plot.learning_rate_sweep({1.0: [1.0, INF], 2.0: [1.0, NAN]}),
    "one point": lambda: plot.regression_fit(lambda rows: [0.0] * len(rows), [[1.0]], [2.0]),
    "a flat loss": lambda: plot.loss_over_weight(lambda w: 1.0, 0, 1, path=[0.5], slope=lambda w: 0.0),
    "a step up": lambda: plot.loss_over_weight(lambda w: float(w > 0), -1, 1, path=[0.5, -0.5], slope=lambda w: 1e9),
    "a pole": lambda: plot.loss_over_weight(lambda w: INF if w == 0 else 1 / abs(w), -1, 1, path=[-1.0, 0.0]),
    "no valley": lambda: plot.optima(lambda x: x, 0, 1, {"down": [0.5, 0.4]}),
    "a flat surface": lambda: plot.loss_surface(lambda x, y: 1.0, *UNIT, path=[(0, 0)], resolution=5),
    "a cliff": lambda: plot.loss_surface(cliff, *UNIT, path=[(0.1, 0.9), (0.5, 0.0)], resolution=9),
    "a path outside": lambda: plot.loss_surface(bowl, *UNIT, path=[(5, 5), (3, 3)], resolution=5),
    "a path that stays": lambda: plot.loss_surface(bowl, *UNIT, path=[(0.5, 0.5)] * 3, resolution=5),
    "a tiny surface": lambda: plot.loss_surface(lambda x, y: 1e-300 * bowl(x, y), *UNIT, resolution=5),
    "a map alone": lambda: plot.loss_surface(bowl, *UNIT, resolution=5, solid=False),
    "a race of one": lambda: plot.optimizer_race(bowl, {"a": [(1.0, 1.0)]}, resolution=5),
    "a race on the spot": lambda: plot.optimizer_race(bowl, {"a": [(0.0, 0.0)] * 3, "b": [(0.0, 0.0)]}, resolution=5),
    "a race over a cliff": lambda: plot.optimizer_race(cliff, {"a": [(0.9, 0.2), (0.5, 0.9)]}, resolution=9),
    "one class": lambda: plot.decision_boundary(lambda rows: [[1.0]] * len(rows), CORNERS, [0] * 4, resolution=5),
    "one row": lambda: plot.decision_boundary(lambda rows: [0.3] * len(rows), [[1.0, 1.0]], [1], resolution=5),
    "equal rows": lambda: plot.decision_boundary(lambda rows: [0.5] * len(rows), [[2.0, 2.0]] * 3, [0, 1, 0], resolution=5),
    "twelve classes": lambda: plot.decision_boundary(
        lambda rows: [[1 / 12] * 12 for _ in rows], [[k % 4, k // 4] for k in range(12)], list(range(12)), resolution=5
    ),
    "a class that does not occur": lambda: plot.decision_boundary(
        lambda rows: [[0.2, 0.5, 0.3]] * len(rows), CORNERS, [0, 0, 1, 1], class_names=["a", "b", "c"], resolution=5
    ),
    "long names": lambda: plot.confusion_matrix([0, 1, 2], [0, 1, 2], class_names=["a" * 30, "b" * 30, "c"]),
    "a matrix of one class": lambda: plot.confusion_matrix([0, 0], [0, 0]),
    "one number": lambda: plot.histograms({"a": [2.5]}),
    "only zeros": lambda: plot.histograms({"a": [0.0, 0.0], "b": [0.0]}),
    "an empty layer": lambda: plot.histograms({"a": [], "b": [1.0, -1.0]}),
    "layers of all sizes": lambda: plot.histograms({"a": [1e-300, -2e-300], "b": [1e300, -1e300]}, xlabel="x"),
    "negative alone": lambda: plot.histograms({"a": [-1.0, -2.0]}),
    "numbers near the end of floats": lambda: plot.histograms({"a": [1.7e308, -1.0, 2.0]}),
    "one size": lambda: plot.gradient_comparison(
        [1], numerical_errors=[0.0], backprop_errors=[0.0], numerical_cost=[2], backprop_cost=[2]
    ),
    "one step h": lambda: plot.step_sizes([0.1], {"central": [0.0]}),
    "one layer": lambda: plot.multiplication_counts([1], backprop=[2], expanded=[0]),
    "counts beyond floats": lambda: plot.multiplication_counts([1, 2], backprop=[2, 4], expanded=[10, 10**400]),
}

LONG = "a name of any length " * 20
NAMED_AT_LENGTH = {
    "curves": lambda: plot.training_curves([1.0, 0.5], title=LONG, note=LONG),
    "boundary": lambda: plot.decision_boundary(
        lambda rows: [0.2] * len(rows),
        CORNERS,
        [0, 1, 1, 0],
        class_names=[LONG, LONG],
        feature_names=[LONG, LONG],
        resolution=5,
    ),
    "matrix": lambda: plot.confusion_matrix([0, 1, 2], [0, 1, 1], class_names=[LONG] * 3, note=LONG),
    "curve": lambda: plot.regression_fit(
        lambda rows: [0.0] * len(rows), [[1.0], [2.0]], [2.0, 1.0], xlabel=LONG, ylabel=LONG
    ),
    "layers": lambda: plot.histograms({LONG: [1.0], LONG + "2": [3.0]}, title=LONG, xlabel=LONG),
    "race": lambda: plot.optimizer_race(bowl, {LONG: [(1.0, 1.0), (0.5, 0.5)]}, names=(LONG, LONG), resolution=5),
    "surface": lambda: plot.loss_surface(bowl, *UNIT, names=(LONG, LONG), title=LONG, note=LONG, resolution=5),
    "panels": lambda: plot.boundary_grid(
        {LONG: {"predict": lambda rows: [0.2] * len(rows), "x": CORNERS, "y": [0, 1, 1, 0], "resolution": 5}}, title=LONG
    ),
}


@pytest.mark.parametrize("name", NAMED_AT_LENGTH)
def test_names_of_any_length_leave_room_for_the_picture(name):
    figure = NAMED_AT_LENGTH[name]()
    assert saved(figure)
    assert figure.axes[0].get_position().width > 0.25
    assert figure.axes[0].get_position().height > 0.25


@pytest.mark.parametrize("name", DRAWN)
def test_it_is_drawn_without_a_warning(name):
    assert saved(DRAWN[name]()).startswith(b"\x89PNG")


REFUSED = {
    "no epochs": lambda: plot.training_curves([]),
    "no rates": lambda: plot.learning_rate_sweep({}),
    "a descent from 0": lambda: plot.learning_rate_sweep({0.1: [0.0, 0.0], 0.2: [0.0, 0.0]}),
    "a rate of 0": lambda: plot.learning_rate_sweep({0.0: [1.0, 0.5]}),
    "a run without steps": lambda: plot.learning_rate_sweep({0.1: []}),
    "a range backwards": lambda: plot.loss_surface(bowl, (1, -1), (0, 1)),
    "no loss anywhere": lambda: plot.loss_surface(lambda x, y: NAN, *UNIT, resolution=5),
    "a huge surface": lambda: plot.loss_surface(lambda x, y: 1e300 * bowl(x + 2, y), *UNIT, resolution=5),
    "a race from beyond": lambda: plot.optimizer_race(cliff, {"a": [(0.9, 0.9), (0.5, 0.0)]}, resolution=9),
    "no loss on a line": lambda: plot.loss_over_weight(lambda w: NAN, 0, 1),
    "no points": lambda: plot.regression_fit(lambda rows: [], [], []),
    "points of two numbers": lambda: plot.regression_fit(lambda rows: [], [[1, 2]], [1]),
    "fewer targets": lambda: plot.regression_fit(lambda rows: [0.0] * len(rows), [[1], [2]], [1]),
    "no rows": lambda: plot.decision_boundary(lambda rows: [], [], []),
    "fewer labels": lambda: plot.decision_boundary(lambda rows: [0.5] * len(rows), CORNERS, [0]),
    "fewer answers": lambda: plot.decision_boundary(lambda rows: [0.5], CORNERS, [0, 1, 0, 1]),
    "answers that are no numbers": lambda: plot.decision_boundary(lambda rows: [NAN] * len(rows), CORNERS, [0, 1, 0, 1]),
    "negative labels": lambda: plot.confusion_matrix([-1, 0], [0, 0]),
    "no sizes": lambda: plot.gradient_comparison(
        [], numerical_errors=[], backprop_errors=[], numerical_cost=[], backprop_cost=[]
    ),
    "fewer errors than sizes": lambda: plot.gradient_comparison(
        [1, 2], numerical_errors=[0.1], backprop_errors=[0.0, 0.0], numerical_cost=[2, 4], backprop_cost=[2, 2]
    ),
    "no steps": lambda: plot.step_sizes([], {"central": []}),
    "fewer errors than steps": lambda: plot.step_sizes([0.1, 0.2], {"central": [0.1]}),
    "no depths": lambda: plot.multiplication_counts([], backprop=[], expanded=[]),
    "fewer counts": lambda: plot.multiplication_counts([1, 2], backprop=[1], expanded=[1, 2]),
    "an unknown scale": lambda: plot.histograms({"a": [1.0]}, scale="cubic"),
    "an empty path": lambda: plot.plane_of_path([]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_a_sentence(name):
    with pytest.raises(ValueError, match=r"\w+ \w+") as caught:
        REFUSED[name]()
    assert caught.traceback[-1].path.parent.name == "plot", "the error comes from us, not from the depths of a library"


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0), min_size=1, max_size=5), st.lists(st.floats(0, 1), max_size=5))
def test_any_history_can_be_drawn(losses, accuracies):
    assert saved(plot.training_curves(losses, accuracies=accuracies))


@settings(max_examples=10, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), st.lists(st.floats(-1e100, 1e100), max_size=5), min_size=1, max_size=3))
def test_any_numbers_can_be_drawn_by_layer(by_layer):
    if any(by_layer.values()):
        assert saved(plot.histograms(by_layer))
