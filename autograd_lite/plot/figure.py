"""Where pictures are drawn: figures without a window, that show themselves in a notebook.

`pyplot` is not used: it keeps global state and may want a display.  A figure made here can be saved anywhere, by many
threads, and is freed when it is forgotten.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

#: Colours that people with the usual colour blindnesses can tell apart (Okabe and Ito, 2008), in an order of use.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C564B", "#6A3D9A", "#7F7F7F", "#B5BD00")
MARKERS = "osD^vPX<>*"
GREY = "#666666"

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


def colour(k: int) -> str:
    """The colour of the k-th thing, again from the first after the last."""
    return COLOURS[k % len(COLOURS)]


def marker(k: int) -> str:
    """The marker of the k-th thing."""
    return MARKERS[k % len(MARKERS)]


def matplotlib() -> Any:
    """The library, or an ImportError that says how to get it."""
    try:
        import matplotlib.figure
    except ImportError:
        raise ImportError('pictures need matplotlib, which is not installed: pip install "autograd-lite[plot]"') from None
    return matplotlib


@cache
def _figure_class() -> Any:
    library = matplotlib()

    class Picture(library.figure.Figure):  # type: ignore[misc, name-defined]
        """A figure that a notebook shows, `pyplot` or not."""

        def _repr_png_(self) -> bytes:
            import io

            stream = io.BytesIO()
            self.savefig(stream, format="png", dpi=110)
            return stream.getvalue()

    return Picture


@cache
def _fonts() -> list[str]:
    """The default font, then any installed one that has the letters it lacks."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in _WIDE_FONTS if name in installed)]


def new_figure(width: float = 6.4, height: float = 4.4) -> Any:
    """An empty figure, in inches."""
    matplotlib()
    return _figure_class()(figsize=(width, height), layout="constrained")


def axes_on(ax: Any, width: float = 6.4, height: float = 4.4, **options: Any) -> Any:
    """`ax`, or if it is None the axes of a new figure."""
    if ax is None:
        ax = new_figure(width, height).add_subplot(**options)
    return ax


def finish(ax: Any, title: str = "", xlabel: str = "", ylabel: str = "") -> Any:
    """Titles, a quiet frame, fonts that have the letters; gives the figure."""
    if title:
        ax.set_title(plain(title), fontsize=11)
    if xlabel:
        ax.set_xlabel(plain(xlabel))
    if ylabel:
        ax.set_ylabel(plain(ylabel))
    for side in ("top", "right"):
        if side in ax.spines:
            ax.spines[side].set_visible(False)
    figure = ax.figure
    use_fonts(figure)
    return figure


def use_fonts(figure: Any) -> None:
    """Let every text of `figure` fall back on a font that has its letters."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_fontfamily(_fonts())


def legend(ax: Any, **options: Any) -> None:
    """A legend, if anything in the axes has a label."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(**{"frameon": True, "framealpha": 0.9, "edgecolor": "none", "fontsize": 9, **options})


def plain(text: str) -> str:
    """`text` with nothing in it that matplotlib would take for mathematics.

    >>> print(plain("price in $"))
    price in \\$
    """
    return text.replace("\\$", "$").replace("$", "\\$")


def steps_of(values: Sequence[float]) -> list[int]:
    """1, 2, 3, ...: epochs are counted from one."""
    return list(range(1, len(values) + 1))
