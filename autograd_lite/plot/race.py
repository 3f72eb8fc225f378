"""Optimizers raced: the ways they take from one start on one surface, still and moving."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_lite.plot.figure import INK, colour, marker, new_figure
from autograd_lite.plot.labels import end_labels, finish, legend_below, short, use_fonts
from autograd_lite.plot.scales import logarithmic, spans_orders
from autograd_lite.plot.terrain import LAND, Loss, Point, Range, draw_map, height, heights, reach, trail

Paths = Mapping[str, Sequence[Point]]


def optimizer_race(
    loss: Loss,
    paths: Paths,
    x_range: Range | None = None,
    y_range: Range | None = None,
    *,
    goal: Point | None = None,
    title: str = "",
    note: str = "",
    names: tuple[str, str] = ("x", "y"),
    resolution: int = 120,
) -> Any:
    """The ways several optimizers take on one surface, and their losses step by step.

    Parameters
    ----------
    loss : callable
        From two numbers to the loss.
    paths : mapping of str to sequence of (float, float)
        For each optimizer the points it went through, all from the same start.  A path that ran away is drawn up to there.
    x_range, y_range : (float, float), optional
        The part to draw; what holds all paths and the goal, if left out.
    goal : (float, float), optional
        The minimum, marked by a star.
    title : str, optional
        Who gets lowest, if left out.
    note : str, optional
        A line under the title.
    names : (str, str)
        The names of the two numbers.
    resolution : int, default 120

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> ways = {"slow": [(1.0, 1.0), (0.9, 0.9)], "fast": [(1.0, 1.0), (0.1, 0.2)]}
    >>> figure = optimizer_race(lambda x, y: x * x + y * y, ways, goal=(0, 0), resolution=20)
    >>> figure.axes[0].get_title(loc="left")
    'After 1 step fast is lowest'
    """
    drawn = _finite(loss, paths)
    figure = new_figure(11.4, 5.0)
    left, right = figure.subplots(1, 2, width_ratios=(6, 5))
    ranges = _ranges(drawn, goal, x_range, y_range)
    draw_map(left, heights(loss, *ranges, resolution), LAND, named=False)
    for k, (name, path) in enumerate(drawn.items()):
        trail(left, path, colour(k), label=name, dots=False)
    _mark_goal(left, goal)
    finish(left, title or _winner(loss, paths), *names, note=note)
    losses = {name: [height(loss, point) for point in path] for name, path in drawn.items()}
    _loss_axes(right, losses)
    for k, values in enumerate(losses.values()):
        right.plot(values, color=colour(k), lw=1.8)
    end_labels(right, [(values[-1], name, colour(k)) for k, (name, values) in enumerate(losses.items())])
    return finish(right, "Loss, step by step", "step", "loss")


def optimizer_race_animation(
    loss: Loss,
    paths: Paths,
    x_range: Range | None = None,
    y_range: Range | None = None,
    *,
    goal: Point | None = None,
    title: str = "",
    names: tuple[str, str] = ("x", "y"),
    frames: int = 60,
    resolution: int = 120,
) -> Any:
    """The race as an animation, for `save_movie`, or `IPython.display.HTML(animation.to_jshtml())` in a notebook.

    Parameters
    ----------
    loss, paths, x_range, y_range, goal, title, names, resolution
        See `optimizer_race`.
    frames : int, default 60
        The first shows the start, the last the end.

    Returns
    -------
    matplotlib.animation.FuncAnimation

    Raises
    ------
    ValueError
        If there are fewer than two frames.
    """
    if frames < 2:
        raise ValueError(f"an animation has two frames or more, not {frames}")
    drawn = _finite(loss, paths)
    figure = new_figure(9.6, 4.6)
    from matplotlib.animation import FuncAnimation
    from matplotlib.lines import Line2D

    left, right = figure.subplots(1, 2, width_ratios=(6, 5))
    draw_map(left, heights(loss, *_ranges(drawn, goal, x_range, y_range), resolution), LAND, named=False)
    _mark_goal(left, goal)
    losses = {name: [height(loss, point) for point in path] for name, path in drawn.items()}
    _loss_axes(right, losses)
    movers = []
    for k in range(len(drawn)):
        style = {"color": colour(k), "lw": 1.8}
        head = {"color": colour(k), "marker": marker(k), "ms": 8.5, "mec": "white", "ls": "", "zorder": 6}
        movers.append([*left.plot([], [], zorder=4, **style), *left.plot([], [], **head), *right.plot([], [], **style)])
        movers[-1].extend(right.plot([], [], **{**head, "ms": 6, "clip_on": False}))
    longest = max(map(len, drawn.values()))
    counter = right.annotate("", (0.98, 0.96), xycoords="axes fraction", ha="right", va="top", fontsize=11, color=INK)
    finish(left, title or "Optimizers from one start", *names)
    finish(right, "Loss, step by step", "step", "loss")
    handles = [
        Line2D([], [], color=colour(k), marker=marker(k), mec="white", ms=8, label=short(name, 24))
        for k, name in enumerate(drawn)
    ]
    legend_below(figure, handles)
    use_fonts(figure)

    def draw(frame: int) -> list[Any]:
        reached = round(frame * (longest - 1) / (frames - 1))
        for (line, head, curve, dot), path, values in zip(movers, drawn.values(), losses.values(), strict=True):
            part = path[: reached + 1]
            line.set_data([p[0] for p in part], [p[1] for p in part])
            head.set_data([part[-1][0]], [part[-1][1]])
            curve.set_data(range(len(part)), values[: len(part)])
            dot.set_data([len(part) - 1], [values[len(part) - 1]])
        counter.set_text(f"step {reached}")
        return [counter, *(artist for mover in movers for artist in mover)]

    # Every frame has the layout of the last: it is worked out once.
    draw(frames - 1)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return FuncAnimation(figure, draw, frames=frames, interval=80, repeat_delay=1500, blit=False)


def _finite(loss: Loss, paths: Paths) -> dict[str, list[Point]]:
    """The paths as far as they and their losses are numbers."""
    if not paths or not all(paths.values()):
        raise ValueError("there is nothing to draw: give paths as {name: [(x, y), (x, y), ...]}")
    drawn: dict[str, list[Point]] = {}
    for name, path in paths.items():
        drawn[name] = []
        for point in path:
            if not (all(map(math.isfinite, point)) and math.isfinite(height(loss, point))):
                break
            drawn[name].append(point)
        if not drawn[name]:
            raise ValueError(f"the path of {name} has no finite point: {path[0]}")
    return drawn


def _ranges(paths: Paths, goal: Point | None, x_range: Range | None, y_range: Range | None) -> tuple[Range, Range]:
    points = [point for path in paths.values() for point in path] + ([goal] if goal is not None else [])
    return x_range or reach(points, 0), y_range or reach(points, 1)


def _winner(loss: Loss, paths: Paths) -> str:
    """Who ended lowest, in words."""
    steps = max(map(len, paths.values())) - 1
    ends = {name: height(loss, path[-1]) for name, path in paths.items()}
    best = min(ends, key=lambda name: ends[name] if math.isfinite(ends[name]) else math.inf)
    return f"After {steps} step{'s' if steps != 1 else ''} {short(best, 30)} is lowest"


def _mark_goal(ax: Any, goal: Point | None) -> None:
    if goal is not None:
        ax.plot(*goal, marker="*", ms=17, color="#F5C518", mec=INK, mew=1, ls="", zorder=7)


def _loss_axes(ax: Any, losses: Mapping[str, Sequence[float]]) -> None:
    """Limits and scale that hold all losses, whatever part of them is drawn yet."""
    values = [value for series in losses.values() for value in series]
    low, high = min(values), max(values)
    longest = max(map(len, losses.values()))
    ax.set_xlim(0, max(longest - 1, 1))
    if spans_orders(values):
        logarithmic(ax.yaxis, values)
        ax.set_ylim(low / (high / low) ** 0.06, high * (high / low) ** 0.06)
    else:
        margin = 0.06 * (high - low) or 1.0
        ax.set_ylim(low - margin, high + margin)
