"""How pictures look, as far as a machine can see it: every text inside the figure, none upon another, the same style
whatever the user's own is."""

import itertools
import warnings

import pytest

matplotlib = pytest.importorskip("matplotlib")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from matplotlib.colors import to_hex  # noqa: E402
from test_plot import ONE_OF_EACH, saved  # noqa: E402

from autograd_lite import plot  # noqa: E402
from autograd_lite.plot.labels import apart  # noqa: E402


def texts(figure):
    """Every text that is seen, and the box it fills, in pixels."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    labels = set()  # of ticks, also of those beyond the ends of an axis, which are not drawn
    drawn = set()
    for ax in figure.axes:
        if ax.name == "3d":  # its ticks are placed while it is drawn
            labels |= {id(text) for text in ax.findobj(matplotlib.text.Text)}
            continue
        for axis in (ax.xaxis, ax.yaxis):
            labels |= {id(label) for tick in (*axis.majorTicks, *axis.minorTicks) for label in (tick.label1, tick.label2)}
            drawn |= {id(label) for tick in axis._update_ticks() for label in (tick.label1, tick.label2)}
    found = []
    for text in figure.findobj(matplotlib.text.Text):
        if text.get_visible() and text.get_text().strip() and (id(text) not in labels or id(text) in drawn):
            found.append((text.get_text(), text.get_window_extent(renderer)))
    return found


def outside(figure):
    page = figure.bbox
    return [name for name, box in texts(figure) if box.x0 < 0 or box.y0 < 0 or box.x1 > page.x1 or box.y1 > page.y1]


def collisions(figure):
    """Pairs of texts of which one covers the other."""
    pairs = itertools.combinations(texts(figure), 2)
    return [(a, b) for (a, one), (b, other) in pairs if one.overlaps(other) and area(one, other) > 4.0]


def area(one, other):
    return (min(one.x1, other.x1) - max(one.x0, other.x0)) * (min(one.y1, other.y1) - max(one.y0, other.y0))


def draw(name):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = ONE_OF_EACH[name]()
    FigureCanvasAgg(figure)
    return figure


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_no_text_leaves_the_figure_or_covers_another(name):
    figure = draw(name)
    assert outside(figure) == []
    assert collisions(figure) == []


def test_these_checks_can_fail():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = plot.training_curves([1.0, 0.5])
    FigureCanvasAgg(figure)
    figure.text(0.5, 0.5, "one upon")
    figure.text(0.5, 0.5, "another")
    figure.text(0.97, 0.2, "beyond the edge")
    assert collisions(figure)
    assert "beyond the edge" in outside(figure)


@pytest.mark.parametrize("name", ["training_curves", "loss_surface", "decision_boundary"])
def test_the_style_is_the_same_whatever_the_users_is(name):
    ours = saved(ONE_OF_EACH[name]())
    theirs = {"axes.facecolor": "black", "text.color": "red", "font.size": 20, "axes.spines.top": True, "xtick.color": "red"}
    with matplotlib.rc_context(theirs), warnings.catch_warnings():
        assert saved(ONE_OF_EACH[name]()) == ours


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_axes_are_named_on_white(name):
    figure = draw(name)
    assert to_hex(figure.get_facecolor()) == "#ffffff"
    for ax in figure.axes:
        if ax.get_label() != "<colorbar>":
            assert ax.get_xlabel() or not ax.xaxis.get_tick_params()["labelbottom"]
            assert ax.get_ylabel()


def test_names_at_the_ends_of_lines_that_end_together_are_pushed_apart():
    figure = plot.learning_rate_sweep({rate: [1.0, 0.5 + rate / 1e6] for rate in range(1, 8)})
    assert len({text.get_text() for text in figure.axes[0].texts}) == 7
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    assert collisions(figure) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8).map(sorted), st.floats(0.01, 0.1))
def test_apart_keeps_order_and_distance_and_moves_nothing_without_need(heights, gap):
    for low, high in ((0.0, 1.0), (-9.0, 9.0)):
        moved = apart(heights, gap, low, high)
        assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(moved))
        assert low - 1e-9 <= moved[0] <= moved[-1] <= high + 1e-9
        if all(b - a >= gap + 1e-9 for a, b in itertools.pairwise(heights)):
            assert moved == pytest.approx(heights)
    assert sum(moved) == pytest.approx(sum(heights))  # where nothing is in the way
