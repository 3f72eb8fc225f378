"""Loss as a landscape: over one weight, over two, over a plane through many; and the ways down."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd_lite.plot.figure import GREY, axes_on, colour, finish, legend, marker, new_figure

#: Two coordinates.
Point = Sequence[float]


def loss_over_weight(
    loss: Callable[[float], float],
    low: float,
    high: float,
    *,
    path: Sequence[float] = (),
    slope: Callable[[float], float] | None = None,
    title: str = "",
    weight: str = "w",
    ax: Any = None,
) -> Any:
    """Loss over one weight, with the steps of a descent on it.

    Parameters
    ----------
    loss : callable
        From the weight to the loss.
    low, high : float
        The part to draw.
    path : sequence of float, optional
        The weights a descent went through.
    slope : callable, optional
        The derivative of the loss; tangents are drawn at the first steps.
    title, weight : str
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = loss_over_weight(lambda w: (w - 1) ** 2, -1, 3, path=[-0.5, 0.4, 0.8])
    >>> figure.axes[0].get_ylabel()
    'loss'
    """
    ax = axes_on(ax)
    grid = _grid(low, high, 300)
    heights = [loss(w) for w in grid]
    ax.plot(grid, heights, color=colour(0), lw=1.8)
    ax.grid(alpha=0.25)
    top, bottom = max(heights), min(heights)
    margin = 0.06 * (top - bottom or 1.0)
    ax.set(xlim=(low, high), ylim=(bottom - margin, top + margin))
    if slope is not None:
        reach = 0.08 * (high - low)
        for w in path[:4]:
            ends = (w - reach, w + reach)
            ax.plot(ends, [loss(w) + slope(w) * (end - w) for end in ends], color=colour(4), lw=2.2, alpha=0.9, zorder=2)
    _trail(ax, [(w, loss(w)) for w in path], colour(1))
    return finish(ax, title, weight, "loss")


def optima(
    function: Callable[[float], float],
    low: float,
    high: float,
    runs: Mapping[str, Sequence[float]],
    *,
    title: str = "The start decides which optimum is reached",
    ax: Any = None,
) -> Any:
    """A function with several valleys, and descents that end in different ones.

    Parameters
    ----------
    function : callable
    low, high : float
    runs : mapping of str to sequence of float
        For each name the points a descent went through.
    title : str
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    ax = axes_on(ax, 7.2, 4.4)
    grid = _grid(low, high, 500)
    heights = [function(x) for x in grid]
    ax.plot(grid, heights, color=GREY, lw=1.8)
    ax.grid(alpha=0.25)
    valleys = [k for k in range(1, len(grid) - 1) if heights[k - 1] > heights[k] <= heights[k + 1]]
    deepest = min(valleys, key=heights.__getitem__, default=None)
    spread = max(heights) - min(heights) or 1.0
    for k in valleys:
        name = "global optimum" if k == deepest else "local optimum"
        ax.annotate(
            name,
            (grid[k], heights[k]),
            xytext=(0, -20),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.8},
        )
    for k, (name, path) in enumerate(runs.items()):
        _trail(ax, [(x, function(x)) for x in path], colour(k), label=name)
    ax.set(xlim=(low, high), ylim=(min(heights) - 0.16 * spread, max(heights) + 0.06 * spread))
    legend(ax)
    return finish(ax, title, "x", "f(x)")


def loss_surface(
    loss: Callable[[float, float], float],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    path: Sequence[Point] = (),
    title: str = "",
    names: tuple[str, str] = ("w1", "w2"),
    resolution: int = 50,
    solid: bool = True,
) -> Any:
    """Loss over two weights: a landscape in perspective, its map beside it, and a descent on both.

    Parameters
    ----------
    loss : callable
        From two weights to the loss.
    x_range, y_range : (float, float)
    path : sequence of (float, float), optional
        The weights a descent went through.
    title : str, optional
    names : (str, str)
        The names of the weights.
    resolution : int, default 50
        The loss is computed at the square of it.
    solid : bool, default True
        False for the map alone.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> bowl = loss_surface(lambda a, b: a * a + b * b, (-1, 1), (-1, 1), path=[(0.9, 0.5), (0.1, 0.1)], resolution=10)
    >>> len(bowl.axes)
    2
    """
    import numpy as np

    across, up, heights = _heights(loss, x_range, y_range, resolution)
    figure = new_figure(10.4, 4.6) if solid else new_figure(5.8, 5.0)
    flat = figure.add_subplot(1, 2, 2) if solid else figure.add_subplot()
    shown = _squeezed(heights)
    flat.contourf(across, up, shown, levels=24, cmap="viridis_r", alpha=0.85)
    flat.contour(across, up, shown, levels=12, colors="white", linewidths=0.5, alpha=0.7)
    _trail(flat, path, colour(1))
    flat.set(xlim=x_range, ylim=y_range)
    finish(flat, "from above" if solid else title, *names)
    if solid:
        relief = figure.add_subplot(1, 2, 1, projection="3d")
        mesh: Any = np.meshgrid(across, up)
        relief.plot_surface(*mesh, heights, cmap="viridis_r", alpha=0.75, linewidth=0, antialiased=True)
        inside = [p for p in path if x_range[0] <= p[0] <= x_range[1] and y_range[0] <= p[1] <= y_range[1]]
        if inside:
            lifted = [loss(*p) + 0.01 * float(np.nanmax(heights) - np.nanmin(heights)) for p in inside]
            ways = ([p[0] for p in inside], [p[1] for p in inside], lifted)
            relief.plot(*ways, color=colour(1), lw=1.6, marker="o", ms=3, zorder=10)
        relief.view_init(elev=38, azim=-58)
        relief.set_box_aspect(None, zoom=0.88)
        for axis in (relief.xaxis, relief.yaxis, relief.zaxis):
            axis.get_major_locator().set_params(nbins=5)
        relief.tick_params(labelsize=8)
        relief.set(xlabel=names[0], ylabel=names[1], zlabel="loss")
        finish(relief, title)
    return figure


def optimizer_race(
    loss: Callable[[float, float], float],
    paths: Mapping[str, Sequence[Point]],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    goal: Point | None = None,
    title: str = "Optimizers on one surface",
    resolution: int = 120,
) -> Any:
    """The ways several optimizers take on one surface, and their losses step by step.

    Parameters
    ----------
    loss : callable
    paths : mapping of str to sequence of (float, float)
        For each optimizer the points it went through, all from the same start.
    x_range, y_range : (float, float)
    goal : (float, float), optional
        The minimum, marked by a star.
    title : str
    resolution : int, default 120

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(11.0, 4.8)
    left, right = figure.subplots(1, 2, width_ratios=(5, 4))
    _map(left, loss, x_range, y_range, goal, resolution)
    for k, (name, path) in enumerate(paths.items()):
        _trail(left, path, colour(k), label=name, numbered=False)
        right.plot([loss(*point) for point in path], color=colour(k), lw=1.6, label=name)
    left.set(xlim=x_range, ylim=y_range)
    legend(left, loc="best")
    finish(left, title, "x", "y")
    right.set_yscale("log")
    right.grid(alpha=0.25)
    finish(right, "Loss by step", "step", "loss")
    return figure


def optimizer_race_animation(
    loss: Callable[[float, float], float],
    paths: Mapping[str, Sequence[Point]],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    goal: Point | None = None,
    title: str = "Optimizers on one surface",
    frames: int = 60,
    resolution: int = 120,
) -> Any:
    """The race as an animation: `.save("race.gif", writer="pillow")`, or `.to_jshtml()` for a page.

    Parameters
    ----------
    loss, paths, x_range, y_range, goal, title, resolution
        See `optimizer_race`.
    frames : int, default 60

    Returns
    -------
    matplotlib.animation.FuncAnimation
    """
    figure = new_figure(5.8, 4.8)
    from matplotlib.animation import FuncAnimation

    ax = figure.add_subplot()
    _map(ax, loss, x_range, y_range, goal, resolution)
    trails = [ax.plot([], [], color=colour(k), lw=1.6, label=name)[0] for k, name in enumerate(paths)]
    heads = [ax.plot([], [], color=colour(k), marker=marker(k), ms=8, mec="white", ls="")[0] for k in range(len(paths))]
    ax.set(xlim=x_range, ylim=y_range)
    legend(ax, loc="best")
    finish(ax, title, "x", "y")
    longest = max(len(path) for path in paths.values())

    def draw(frame: int) -> list[Any]:
        reached = round(frame * (longest - 1) / max(frames - 1, 1)) + 1
        for trail, head, path in zip(trails, heads, paths.values(), strict=True):
            part = path[:reached]
            trail.set_data([p[0] for p in part], [p[1] for p in part])
            head.set_data([part[-1][0]], [part[-1][1]])
        return [*trails, *heads]

    return FuncAnimation(figure, draw, frames=frames, interval=80, blit=False)


def _map(ax: Any, loss: Any, x_range: tuple[float, float], y_range: tuple[float, float], goal: Any, resolution: int) -> None:
    across, up, heights = _heights(loss, x_range, y_range, resolution)
    ax.contourf(across, up, _squeezed(heights), levels=24, cmap="Greys", alpha=0.55)
    if goal is not None:
        ax.plot(*goal, marker="*", ms=16, color="gold", mec="black", ls="", zorder=6)


def _heights(loss: Any, x_range: tuple[float, float], y_range: tuple[float, float], resolution: int) -> tuple[Any, Any, Any]:
    import numpy as np

    across, up = _grid(*x_range, resolution), _grid(*y_range, resolution)
    heights = np.array([[loss(a, b) for a in across] for b in up], dtype=float)
    return across, up, heights


def _squeezed(heights: Any) -> Any:
    """The logarithm of the height over the lowest point: contours crowd where it is flat, as well as where it is steep."""
    import numpy as np

    above = heights - np.nanmin(heights)
    return np.log(above + 1e-3 * (np.nanmax(above) or 1.0))


def _grid(low: float, high: float, count: int) -> list[float]:
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"a range goes from a number to a larger one, not from {low!r} to {high!r}")
    return [low + (high - low) * k / (count - 1) for k in range(count)]


def _trail(ax: Any, points: Sequence[Point], paint: str, label: str = "", numbered: bool = True) -> None:
    """The steps of a descent: a line with dots, the start marked by a ring, the end by a square."""
    if not points:
        return
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    small = 4.5 if len(points) <= 60 and numbered else 0
    ax.plot(xs, ys, color=paint, lw=1.5, marker="o", ms=small, mec="white", mew=0.5, zorder=4, label=label or None)
    ax.plot(xs[:1], ys[:1], marker="o", ms=9, mfc="white", mec=paint, mew=2, zorder=5, ls="")
    ax.plot(xs[-1:], ys[-1:], marker="s", ms=7, color=paint, mec="white", mew=0.8, zorder=5, ls="")
