"""Where pictures are drawn: figures without a window, in one style, that show themselves in a notebook.

`pyplot` is not used: it keeps global state and may want a display.  A figure made here can be saved anywhere, by many
threads, and is freed when it is forgotten; the style is its own, so that it looks the same whatever `rcParams` say.
"""

import importlib
from functools import cache
from typing import Any

from autograd_lite.hints import needed

#: Colours that people with the usual colour blindnesses can tell apart (Okabe and Ito, 2008), in an order of use.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C564B", "#6A3D9A", "#7F7F7F", "#B5BD00")
MARKERS = "osD^vPX<>*"
INK, GREY, PALE = "#1F2328", "#5F6873", "#E3E7EB"

_STYLE = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.titlecolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "axes.unicode_minus": True,
    "font.size": 10,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "svg.hashsalt": "autograd_lite",  # the same picture is the same file
}


def colour(k: int) -> str:
    """The colour of the k-th thing, again from the first after the last."""
    return COLOURS[k % len(COLOURS)]


def marker(k: int) -> str:
    """The marker of the k-th thing."""
    return MARKERS[k % len(MARKERS)]


def matplotlib() -> Any:
    """The library, or an ImportError that says how to get it."""
    needed("matplotlib.figure", "pictures need", "plot")
    return importlib.import_module("matplotlib")


@cache
def _figure_class() -> Any:
    library = matplotlib()

    class Picture(library.figure.Figure):  # type: ignore[misc, name-defined]
        """A figure in our style that a notebook shows, `pyplot` or not."""

        def add_subplot(self, *args: Any, **options: Any) -> Any:
            with library.rc_context(_STYLE):
                return super().add_subplot(*args, **options)

        def draw(self, renderer: Any) -> None:
            # Ticks are made when they are needed, which may be now.
            with library.rc_context(_STYLE):
                super().draw(renderer)

        def _repr_png_(self) -> bytes:
            import io

            stream = io.BytesIO()
            self.savefig(stream, format="png", dpi=110)
            return stream.getvalue()

    return Picture


def new_figure(width: float = 6.4, height: float = 4.4) -> Any:
    """An empty figure, in inches."""
    library = matplotlib()
    with library.rc_context(_STYLE):
        figure = _figure_class()(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12, wspace=0.05, hspace=0.07)
    return figure


def axes_on(ax: Any, width: float, height: float) -> Any:
    """`ax`, or if it is None the axes of a new figure."""
    return new_figure(width, height).add_subplot() if ax is None else ax
