"""What the pictures of losses share: heights over a grid, a map of them, and the trail of a descent."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.plot.labels import short
from autograd_lite.plot.scales import LARGEST, padded

#: Two coordinates.
Point = Sequence[float]
Loss = Callable[[float, float], float]
Range = tuple[float, float]
#: Both grids and the losses over them, as `heights` gives them.
Terrain = tuple[Any, Any, Any]

#: From low to high: where one path is drawn, and where many are, in colours of their own.
WATER = ("#F7FAFD", "#D9E7F4", "#B4D0E8", "#8AB4D9", "#6096C6", "#3F77AC")
LAND = ("#FFFFFF", "#F0F1F3", "#E2E4E8", "#D2D6DB", "#C1C6CD", "#AEB5BE")


def grid(low: float, high: float, count: int) -> list[float]:
    """`count` numbers from `low` to `high`.

    >>> grid(0.0, 1.0, 3)
    [0.0, 0.5, 1.0]
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"a range goes from a number to a larger one, not from {low!r} to {high!r}")
    return [low + (high - low) * k / (count - 1) for k in range(count)]


def heights(loss: Loss, x_range: Range, y_range: Range, resolution: int) -> Terrain:
    """Both grids, and the loss on them; nan where it is no number."""
    import numpy as np

    across, up = grid(*x_range, resolution), grid(*y_range, resolution)
    table = np.array([[height(loss, (a, b)) for a in across] for b in up], dtype=float)
    if not np.isfinite(table).any():
        raise ValueError("the loss is not a number that can be drawn anywhere in this range: finite, and up to 1e100")
    return across, up, np.where(np.isfinite(table), table, math.nan)


def height(loss: Callable[..., float], point: Point) -> float:
    """The loss at a point; inf or nan where it is no number that can be drawn."""
    try:
        found = float(loss(*point))
    except OverflowError:
        return math.inf
    return found if abs(found) <= LARGEST else math.inf * found


def reach(points: Sequence[Point], axis: int, margin: float = 0.12) -> Range:
    """A range that holds one coordinate of all points, with a margin.

    >>> reach([(0.0, 5.0), (10.0, 5.0)], 0, margin=0.1)
    (-1.0, 11.0)
    """
    values = [point[axis] for point in points if math.isfinite(point[axis])]
    if not values:
        raise ValueError("there is nothing to draw: give points with finite coordinates")
    return padded(values, margin)


def descent(loss: Callable[..., float], path: Sequence[Point]) -> str:
    """What a path does, in words; nothing of no path.

    >>> descent(lambda x, y: x * x + y * y, [(1.0, 1.0), (0.1, 0.2)])
    '1 step from a loss of 2 to 0.05'
    """
    if not path:
        return ""
    count = len(path) - 1
    return (
        f"{count} step{'s' if count != 1 else ''} from a loss of {height(loss, path[0]):.3g} to {height(loss, path[-1]):.3g}"
    )


def draw_map(
    ax: Any, terrain: Terrain, colours: Sequence[str] = WATER, *, named: bool = True, path: Sequence[Point] = ()
) -> None:
    """A map of `heights`: the lower the paler, with lines of equal loss.

    Parameters
    ----------
    ax : matplotlib Axes
    terrain : Terrain
    colours : sequence of str
        From low to high.
    named : bool, default True
        Whether the loss is written on the lines.
    path : sequence of (float, float), optional
        Points near which nothing is written.
    """
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    across, up, table = terrain
    lowest, highest = float(np.nanmin(table)), float(np.nanmax(table))
    # By a root of the height over the lowest point, so that both the floor and the slopes have shades of their own.
    depth = np.ma.masked_invalid(((table - lowest) / ((highest - lowest) or 1.0)) ** 0.4)
    ax.contourf(across, up, depth, levels=16, cmap=LinearSegmentedColormap.from_list("loss", colours), zorder=0)
    if levels := round_levels(lowest, highest):
        style = {"colors": "white", "linewidths": 0.9, "linestyles": "solid", "zorder": 1}
        lines = ax.contour(across, up, np.ma.masked_invalid(table), levels=levels, **style)
        if named:
            _name_lines(ax, lines, path)
    ax.grid(visible=False)
    ax.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))


def _name_lines(ax: Any, lines: Any, path: Sequence[Point]) -> None:
    """Write the losses on their lines, but not where the path runs or another one is written."""
    place, inch = ax.transData.transform, ax.figure.dpi
    taken = [(*place(point), 0.16 * inch) for point in path]  # points, and how near nothing may be written
    for text in ax.clabel(lines, fontsize=8, fmt="%g", colors=["#1B3A57"], inline=False):
        x, y = place(text.get_position())
        if any(math.hypot(x - a, y - b) < room for a, b, room in taken):
            text.remove()
        else:
            text.set(zorder=2, bbox={"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.7})
            taken.append((x, y, 0.5 * inch))


def round_levels(lowest: float, highest: float, count: int = 8) -> list[float]:
    """Losses between two to draw lines at: each 2.5 times as high above the lowest as the one before, in few digits.

    >>> round_levels(0.0, 100.0, 4)
    [4.0, 10.0, 25.0, 63.0]
    >>> round_levels(7.0, 7.01, 2)
    [7.0025, 7.0063]
    """
    span = highest - lowest
    if not (math.isfinite(span) and span > 0.0):
        return []
    steps = [span * 2.5 ** -(k + 0.5) for k in range(count)]
    # Two digits of what is above the lowest: of the loss itself they might say the same for all.
    found = {round(lowest + step, 1 - math.floor(math.log10(step))) for step in steps}
    return sorted(level for level in found if lowest < level < highest)


def trail(ax: Any, points: Sequence[Point], paint: str, label: str = "", *, dots: bool = True, line: bool = True) -> None:
    """The steps of a descent, on a map or in perspective: a line, dots, or both, the start marked by a ring, the end by a square."""
    if not points:
        return
    start, end = ([[coordinate] for coordinate in points[k]] for k in (0, -1))
    coordinates = list(zip(*points, strict=True))
    size = 5.0 if dots and len(points) <= 80 else 0.0
    if line:
        ax.plot(*coordinates, color="white", lw=3.4, zorder=3, solid_capstyle="round")
    style = {"lw": 1.8 if line else 0.0, "marker": "o", "ms": size, "mec": "white", "mew": 0.6, "solid_capstyle": "round"}
    ax.plot(*coordinates, color=paint, zorder=4, label=short(label, 40) or None, **style)
    ax.plot(*start, marker="o", ms=9, mfc="white", mec=paint, mew=2, zorder=5, ls="")
    ax.plot(*end, marker="s", ms=7.5, color=paint, mec="white", mew=1, zorder=6, ls="")
