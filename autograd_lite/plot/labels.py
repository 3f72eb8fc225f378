"""What is written into a picture: titles, names of axes, legends beside the data and not on it, names at the ends of lines."""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import cycle
from typing import Any

from autograd_lite.plot.figure import COLOURS, GREY, INK
from autograd_lite.terminal import printable

#: Fonts with Chinese, Japanese and Korean letters, where they are installed.
_WIDE_FONTS = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "Noto Sans CJK JP",
    "Microsoft YaHei",
    "Arial Unicode MS",
)


@cache
def _fonts() -> list[str]:
    """The default font, then any installed one that has the letters it lacks."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in _WIDE_FONTS if name in installed)]


def finish(ax: Any, title: str = "", xlabel: str = "", ylabel: str = "", note: str = "") -> Any:
    """A title, a line under it, names of the axes, fonts that have the letters; gives the figure."""
    width = ax.bbox.width / ax.figure.dpi  # in inches, before the layout
    if title:
        ax.set_title(
            short(title, int(14 * width)), loc="left", fontsize=11.5, fontweight="bold", color=INK, pad=22 if note else 8
        )
    if note:
        text = beside(ax, short(note, int(18 * width)), (0, 1), (0, 7), va="bottom", fontsize=9.5, color=GREY, **ON_AXES)
        text.set_in_layout(False)  # its height is the title's pad, and its length must not narrow the axes
    if xlabel:
        ax.set_xlabel(short(xlabel, 60))
    if ylabel:
        ax.set_ylabel(short(ylabel, 40))
    figure = ax.figure
    use_fonts(figure)
    return figure


def headline(figure: Any, title: str) -> Any:
    """A title over all panels of a figure; gives the figure."""
    if title:
        figure.suptitle(
            short(title, int(9 * figure.get_figwidth())), x=0.02, ha="left", fontsize=13, fontweight="bold", color=INK
        )
    use_fonts(figure)
    return figure


def beside(ax: Any, text: str, place: tuple[float, float], shift: tuple[float, float], **options: Any) -> Any:
    """Write `text` near a place, `shift` points away from it; `options` are those of `annotate`."""
    return ax.annotate(text, place, xytext=shift, textcoords="offset points", **{"fontsize": 9, **options})


#: A place on the axes, as parts of their width and height, where what is written may stand outside of them.
ON_AXES: dict[str, Any] = {"xycoords": "axes fraction", "annotation_clip": False}
#: A place by its part of the width and its y.
ON_LINE: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "color": GREY}


def use_fonts(figure: Any) -> None:
    """Let every text of `figure` fall back on a font that has its letters."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_fontfamily(_fonts())


def legend(ax: Any, **options: Any) -> None:
    """A legend, if anything in the axes has a label."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(**{"framealpha": 0.9, "edgecolor": "none", "facecolor": "white", "fontsize": 9, **options})


def legend_below(figure: Any, handles: Sequence[Any], columns: int = 5) -> None:
    """A legend under all panels of a figure, where it covers none of them."""
    figure.legend(
        handles=handles, loc="outside lower center", ncols=min(columns, len(handles)), frameon=False, fontsize=9.5,
        labelcolor=INK, handletextpad=0.4, columnspacing=1.6,
    )  # fmt: skip
    use_fonts(figure)


def name_ends(ax: Any, lines: Mapping[str, Sequence[float]], paints: Sequence[str] = COLOURS) -> None:
    """The names of lines at their ends, in the colours of the lines, as they are drawn from left to right."""
    end_labels(ax, [(values[-1], name, paint) for (name, values), paint in zip(lines.items(), cycle(paints), strict=False)])


def end_labels(ax: Any, ends: Sequence[tuple[float, str, str]], fontsize: float = 9.5) -> None:
    """Names at the right edge of the axes, each at the height of the line it names, pushed apart where they would overlap.

    Parameters
    ----------
    ax : matplotlib Axes
        With its limits and scales as they will be drawn.
    ends : sequence of (float, str, str)
        For each line its last y, its name and its colour.
    fontsize : float, default 9.5
    """
    ax.set_ylim(ax.get_ylim())  # from here on the limits are fixed
    to_axes = ax.transData + ax.transAxes.inverted()
    room = 0.85 * ax.bbox.height * 72 / ax.figure.dpi  # in points; the layout will take a part for the titles
    x = ax.get_xlim()[1]

    def height(y: float) -> float:
        """Of an end, in the axes; what cannot be drawn has left them upwards."""
        return min(1.0, max(0.0, float(to_axes.transform((x, y))[1]))) if math.isfinite(y) else 1.0

    wanted = sorted((height(y), text, paint) for y, text, paint in ends)
    heights = apart([wish for wish, _, _ in wanted], 1.35 * fontsize / room)
    for place, (_, text, paint) in zip(heights, wanted, strict=True):
        beside(ax, short(text, 48), (1, place), (6, 0), va="center", fontsize=fontsize, color=paint, **ON_AXES)


def apart(heights: Sequence[float], gap: float, low: float = 0.0, high: float = 1.0) -> list[float]:
    """Rising numbers moved as little as needs be so that neighbours are `gap` apart, between `low` and `high` if they fit.

    >>> [round(height, 2) for height in apart([0.0, 0.5, 0.52, 1.0], 0.1)]
    [0.0, 0.46, 0.56, 1.0]
    >>> [round(height, 2) for height in apart([0.0, 0.0], 0.1)]
    [0.0, 0.1]
    """

    def bottom(group: Sequence[float]) -> float:
        """Where a group begins whose centre is the mean of what its members wanted."""
        span = gap * (len(group) - 1)
        return max(low, min(high - span, sum(group) / len(group) - span / 2))

    # Neighbours that touch become one group.
    groups: list[list[float]] = []
    for height in heights:
        groups.append([height])
        while len(groups) > 1 and bottom(groups[-2]) + gap * len(groups[-2]) > bottom(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    return [bottom(group) + k * gap for group in groups for k in range(len(group))]


def short(text: str, most: int) -> str:
    """`text`, cut to `most` characters, with nothing in it that matplotlib would take for mathematics.

    Names in a file may be of any length, and hold anything.

    >>> print(short("petal length (cm)", 10), short("price in $", 10))
    petal len… price in \\$
    """
    text = printable(text, "\n")
    text = text if len(text) <= most else text[: most - 1] + "…"
    return text.replace("\\$", "$").replace("$", "\\$")
