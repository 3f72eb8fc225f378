"""Optimizers raced: the ways they take from one start on one surface, still and moving."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_lite.plot.figure import INK, colour, marker, new_figure
from autograd_lite.plot.labels import finish, legend_below, name_ends, short
from autograd_lite.plot.scales import logarithmic, padded, spans_orders
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
    race = _Race(loss, paths, x_range, y_range, goal, resolution, (11.4, 5.0))
    for k, (name, path) in enumerate(race.paths.items()):
        trail(race.map, path, colour(k), label=name, dots=False)
        race.chart.plot(race.losses[name], color=colour(k), lw=1.8)
    name_ends(race.chart, race.losses)
    finish(race.map, title or _winner(loss, paths), *names, note=note)
    return finish(race.chart, "Loss, step by step", "step", "loss")


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
    from matplotlib.animation import FuncAnimation
    from matplotlib.lines import Line2D

    race = _Race(loss, paths, x_range, y_range, goal, resolution, (9.6, 4.6))
    artists, handles = [], []
    for k, name in enumerate(race.paths):
        line = {"color": colour(k), "lw": 1.8}
        head: dict[str, Any] = {"color": colour(k), "marker": marker(k), "mec": "white"}
        artists.append([
            *race.map.plot([], [], zorder=4, **line), *race.map.plot([], [], ms=8.5, ls="", zorder=6, **head),
            *race.chart.plot([], [], **line), *race.chart.plot([], [], ms=6, ls="", zorder=6, clip_on=False, **head),
        ])  # fmt: skip
        handles.append(Line2D([], [], ms=8, label=short(name, 24), **head))
    counter = race.chart.annotate("", (0.98, 0.96), xycoords="axes fraction", ha="right", va="top", fontsize=11, color=INK)
    finish(race.map, title or "Optimizers from one start", *names)
    figure = finish(race.chart, "Loss, step by step", "step", "loss")
    legend_below(figure, handles)
    longest = max(map(len, race.paths.values()))

    def draw(frame: int) -> list[Any]:
        reached = round(frame * (longest - 1) / (frames - 1))
        for (line, head, curve, dot), (name, path) in zip(artists, race.paths.items(), strict=True):
            part = path[: reached + 1]
            losses = race.losses[name][: reached + 1]
            line.set_data(*zip(*part, strict=True))
            head.set_data(*zip(part[-1], strict=True))
            curve.set_data(range(len(losses)), losses)
            dot.set_data([len(losses) - 1], losses[-1:])
        counter.set_text(f"step {reached}")
        return [counter, *(artist for mover in artists for artist in mover)]

    # Every frame has the layout of the last: it is worked out once.
    draw(frames - 1)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return FuncAnimation(figure, draw, frames=frames, interval=80, repeat_delay=1500, blit=False)


class _Race:
    """What the still and the moving picture begin with: a map with the goal on it, and a chart that holds all losses."""

    def __init__(
        self,
        loss: Loss,
        paths: Paths,
        x_range: Range | None,
        y_range: Range | None,
        goal: Point | None,
        resolution: int,
        size: tuple[float, float],
    ) -> None:
        self.paths = _finite(loss, paths)
        self.losses = {name: [height(loss, point) for point in path] for name, path in self.paths.items()}
        points = [point for path in self.paths.values() for point in path] + ([goal] if goal is not None else [])
        ranges = x_range or reach(points, 0), y_range or reach(points, 1)
        self.map, self.chart = new_figure(*size).subplots(1, 2, width_ratios=(6, 5))
        draw_map(self.map, heights(loss, *ranges, resolution), LAND, named=False)
        if goal is not None:
            self.map.plot(*goal, marker="*", ms=17, color="#F5C518", mec=INK, mew=1, ls="", zorder=7)
        self._fix_limits([value for series in self.losses.values() for value in series])

    def _fix_limits(self, values: list[float]) -> None:
        """Limits and scale that hold all losses, whatever part of them is drawn yet."""
        low, high = min(values), max(values)
        self.chart.set_xlim(0, max(*map(len, self.losses.values()), 2) - 1)
        if spans_orders(values):
            logarithmic(self.chart.yaxis, values)
            self.chart.set_ylim(low / (high / low) ** 0.06, high * (high / low) ** 0.06)
        else:
            self.chart.set_ylim(padded(values, 0.06))


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
            raise ValueError(f"the path of {name!r} has no finite point: {path[0]}")
    return drawn


def _winner(loss: Loss, paths: Paths) -> str:
    """Who ended lowest, in words."""
    steps = max(map(len, paths.values())) - 1
    ends = {name: height(loss, path[-1]) for name, path in paths.items()}
    best = min(ends, key=lambda name: ends[name] if math.isfinite(ends[name]) else math.inf)
    after = f"After {steps} step{'s' if steps != 1 else ''}"
    return f"{after} {short(best, 30)} is lowest" if math.isfinite(ends[best]) else f"{after} all have diverged"
