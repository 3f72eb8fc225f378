"""Descents over one number: the loss of a weight with the steps on it, and valleys that end in different places."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd_lite.plot.figure import GREY, axes_on, colour
from autograd_lite.plot.labels import beside, finish, legend
from autograd_lite.plot.scales import drawable
from autograd_lite.plot.terrain import descent, grid, height, trail


def loss_over_weight(
    loss: Callable[[float], float],
    low: float,
    high: float,
    *,
    path: Sequence[float] = (),
    slope: Callable[[float], float] | None = None,
    title: str = "",
    note: str = "",
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
        The derivative of the loss; tangents are drawn at the first three steps.
    title : str, optional
        What the path does, if left out.
    note : str, optional
        A line under the title.
    weight : str
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
    ax = axes_on(ax, 6.8, 4.6)
    _, _, bottom, top = _curve(ax, loss, grid(low, high, 300), colour(0), 2.2)
    spread = top - bottom or 1.0
    ax.set(xlim=(low, high), ylim=(bottom - 0.08 * spread, top + 0.08 * spread))
    if slope is not None:
        for w in path[:3]:
            _tangent(ax, w, height(loss, (w,)), slope(w), (high - low) / spread)
    if path:
        trail(ax, list(zip(path, _drawn(loss, path), strict=True)), colour(1), line=False)
    title = title or descent(loss, [(w,) for w in path]) or f"Loss over the weight {weight}"
    return finish(ax, title, weight, "loss", note=note)


def _curve(
    ax: Any, function: Callable[[float], float], points: list[float], paint: str, width: float
) -> tuple[list[float], list[float], float, float]:
    """Draw a function; gives the points and its heights there, the lowest and the highest."""
    heights = _drawn(function, points)
    ax.plot(points, heights, color=paint, lw=width)
    finite = list(filter(math.isfinite, heights))
    return points, heights, min(finite), max(finite)


def _drawn(function: Callable[[float], float], points: Sequence[float]) -> list[float]:
    """The heights over `points`, nan where there is none that can be drawn."""
    found = drawable([height(function, (x,)) for x in points])
    if not any(map(math.isfinite, found)):
        raise ValueError("the function is not a number that can be drawn anywhere in this range: finite, and up to 1e100")
    return found


def _tangent(ax: Any, w: float, height: float, slope: float, scale: float) -> None:
    """A tangent as long on the paper wherever it is, with its slope beside it."""
    half = 0.17 * scale / math.hypot(1.0, slope * scale) / scale  # as a part of the width
    left, right = ax.get_xlim()
    step = half * (right - left)
    ax.plot([w - step, w + step], [height - slope * step, height + slope * step], color=colour(2), lw=1.6, zorder=2)
    side = 1 if slope < 0 else -1
    style = {"fontsize": 9.5, "color": colour(2), "ha": "left" if side > 0 else "right", "va": "bottom"}
    beside(ax, f"slope {slope:.3g}", (w, height), (12 * side, 4), **style)


def optima(
    function: Callable[[float], float],
    low: float,
    high: float,
    runs: Mapping[str, Sequence[float]],
    *,
    title: str = "",
    note: str = "",
    ax: Any = None,
) -> Any:
    """A function with several valleys, and descents that end in different ones.

    Parameters
    ----------
    function : callable
    low, high : float
    runs : mapping of str to sequence of float
        For each name the points a descent went through.
    title : str, optional
        How many optima there are, if left out.
    note : str, optional
        A line under the title.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = optima(lambda x: x**4 - x**2, -1.2, 1.2, {"left": [-0.1, -0.5]})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['global optimum', 'local optimum']
    """
    ax = axes_on(ax, 7.4, 4.6)
    points, heights, bottom, top = _curve(ax, function, grid(low, high, 501), GREY, 2)
    valleys = [k for k in range(1, len(points) - 1) if heights[k - 1] > heights[k] <= heights[k + 1]]
    deepest = min(valleys, key=heights.__getitem__, default=None)
    for k in valleys:
        what, weight = ("global", "bold") if k == deepest else ("local", "normal")
        style = {"ha": "center", "va": "top", "fontsize": 10, "fontweight": weight}
        beside(ax, f"{what} optimum", (points[k], heights[k]), (0, -14), **style)
    for k, (name, path) in enumerate(runs.items()):
        trail(ax, [(x, height(function, (x,))) for x in path], colour(k), label=name, line=False)
    spread = top - bottom or 1.0
    ax.set(xlim=(low, high), ylim=(bottom - 0.18 * spread, top + 0.06 * spread))
    legend(ax, loc="best")
    count = f"{len(valleys)} optim{'a' if len(valleys) != 1 else 'um'}"
    return finish(ax, title or f"A function with {count}", "x", "f(x)", note=note)
