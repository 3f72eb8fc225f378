"""What a notebook shows of a Value and of a network by itself.

Showing must not surprise: it never takes long, never raises, and gives way to the text where nothing can be drawn.
"""

from collections.abc import Sequence
from typing import Any

from autograd_lite import GraphError, Value
from autograd_lite.draw.boxes import add_boxes
from autograd_lite.draw.dot import draw_dot
from autograd_lite.draw.layout import GraphvizNotFoundError, layout
from autograd_lite.draw.network import draw_network
from autograd_lite.draw.shapes import Text, svg_of, text_width
from autograd_lite.draw.style import Style
from autograd_lite.draw.themes import theme_named
from autograd_lite.structure import nearest, surroundings

#: A graph up to this size is walked through and folded, which takes two or three seconds at most.
MOST = 100_000
#: Of a larger one so many nodes are shown.
NEAREST = 8


def graph_svg(node: Value) -> str | None:
    """The graph under `node` as a notebook shows it.

    Parameters
    ----------
    node : Value

    Returns
    -------
    str or None
        SVG: all of a graph, folded where it is large; of a graph of more than 100,000 nodes the surroundings of its result;
        the sentence that says what is wrong with a graph that is none.  None if there is nothing to lay a graph out with.
    """
    try:
        if len(nearest(node, lambda one: one.parents, MOST + 1)) <= MOST:
            return layout(draw_dot(node).source, "svg").decode("utf-8")
        style = Style(theme_named("light"))
        caption = (
            f"The {NEAREST} nodes nearest to the result, of more than {MOST:,}.\n"
            "draw_dot(...) takes the time to fold all of them."
        )
        dot = style.sheet("svg", caption)
        add_boxes(dot, surroundings(node, NEAREST), style)
        return layout(dot.source, "svg").decode("utf-8")
    except GraphvizNotFoundError:
        return None
    except GraphError as error:
        return _sentence([repr(node), f"not drawn: {error}"])


def network_svg(model: Any) -> str | None:
    """A module as a notebook shows it: drawn if it is made of fully connected layers, else None."""
    try:
        return draw_network(model).svg
    except (TypeError, ValueError):
        return None


def _sentence(lines: Sequence[str]) -> str:
    theme = theme_named("light")
    width = max(map(text_width, lines)) + 16
    shapes = [Text(8, 14 + 18 * k, line, theme.ink, anchor="start") for k, line in enumerate(lines)]
    return svg_of(shapes, width, 10 + 18 * len(lines), theme.paper, " ".join(lines))
