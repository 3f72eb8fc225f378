"""The loss over two weights, or over a plane through many: a landscape, its map, and the way down on both."""

import math
from collections.abc import Sequence
from typing import Any

from autograd_lite.plot.figure import colour, new_figure
from autograd_lite.plot.labels import finish, short
from autograd_lite.plot.terrain import WATER, Loss, Point, Range, Terrain, descent, draw_map, height, heights, trail


def loss_surface(
    loss: Loss,
    x_range: Range,
    y_range: Range,
    *,
    path: Sequence[Point] = (),
    title: str = "",
    note: str = "",
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
        The weights a descent went through.  In perspective it is drawn over the landscape, never hidden by it, and the
        landscape is turned so that one looks from the end of the path towards its start.
    title : str, optional
        What the path does, if left out.
    note : str, optional
        A line under the title.
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
    title = title or descent(loss, path) or f"Loss over {names[0]} and {names[1]}"
    figure = new_figure(11.4, 4.9) if solid else new_figure(6.0, 5.2)
    flat = figure.add_subplot(1, 2, 1) if solid else figure.add_subplot()
    terrain = heights(loss, x_range, y_range, resolution)
    draw_map(flat, terrain, path=path)
    trail(flat, path, colour(1))
    finish(flat, title, *names, note=note)
    if solid:
        relief = figure.add_subplot(1, 2, 2, projection="3d", computed_zorder=False)
        _relief(relief, terrain, path, loss)
        relief.set(xlabel=short(names[0], 24), ylabel=short(names[1], 24), zlabel="loss")
        finish(relief)
    return figure


def _relief(ax: Any, terrain: Terrain, path: Sequence[Point], loss: Loss) -> None:
    """The landscape in perspective, and the path over it."""
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    across, up, table = terrain
    mesh: Any = np.meshgrid(across, up)
    paint = LinearSegmentedColormap.from_list("loss", WATER)
    ax.plot_surface(*mesh, table, cmap=paint, linewidth=0.25, edgecolor="#FFFFFF90", rcount=36, ccount=36, zorder=1)
    inside = [p for p in path if across[0] <= p[0] <= across[-1] and up[0] <= p[1] <= up[-1]]
    trail(ax, [(*point, height(loss, point)) for point in inside], colour(1))
    ax.view_init(elev=36, azim=_bearing(inside, across, up))
    ax.set_box_aspect((1, 1, 0.72), zoom=1.05)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.get_major_locator().set_params(nbins=5)
        axis.set_pane_color("#F6F7F9")
    ax.tick_params(labelsize=8, pad=1)


def _bearing(path: Sequence[Point], across: Sequence[float], up: Sequence[float]) -> float:
    """From where to look: from the end of the path, a little to the side, so that its start is on the far slope."""
    if len(path) < 2:
        return -58.0
    x = (path[-1][0] - path[0][0]) / (across[-1] - across[0])
    y = (path[-1][1] - path[0][1]) / (up[-1] - up[0])
    return math.degrees(math.atan2(y, x)) - 25.0 if math.hypot(x, y) > 1e-9 else -58.0
