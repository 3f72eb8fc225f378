"""Circles, lines and texts at places of one's own, and two ways to write them down: SVG, and DOT with fixed positions.

SVG is written here, so that such a picture needs no Graphviz at all; PNG and PDF come from Graphviz (`neato`), which is told
every position and lays nothing out.
"""

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from autograd_lite.draw.digraph import Digraph
from autograd_lite.draw.text import literal, markup, printable

FONT = "Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Circle:
    """A circle; `about` is shown when a pointer rests on it."""

    x: float
    y: float
    radius: float
    fill: str
    color: str
    width: float = 1.0
    about: str = ""


@dataclass(frozen=True)
class Line:
    """A straight line between two points."""

    x1: float
    y1: float
    x2: float
    y2: float
    color: str
    width: float = 1.0
    dashed: bool = False
    about: str = ""


@dataclass(frozen=True)
class Text:
    """One line of text, centred in height at y; `halo` is the colour that keeps lines from running through it."""

    x: float
    y: float
    text: str
    color: str
    size: float = 11.0
    anchor: Literal["start", "middle", "end"] = "middle"
    bold: bool = False
    halo: str = ""


Shape = Circle | Line | Text


def text_width(text: str, size: float = 11.0) -> float:
    """How wide a text is, about; East Asian letters are as wide as they are high.

    >>> text_width("ab", 10.0), text_width("가", 10.0)
    (12.0, 10.0)
    """
    return sum(size if unicodedata.east_asian_width(letter) in "WF" else 0.6 * size for letter in text)


def svg_of(shapes: Sequence[Shape], width: float, height: float, paper: str, title: str) -> str:
    """The shapes, in their order, as an SVG file; `title` is what screen readers say."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_at(width)}" height="{_at(height)}" '
        f'viewBox="0 0 {_at(width)} {_at(height)}" role="img" font-family="{FONT}">',
        f"<title>{_escaped(title)}</title>",
        f'<rect width="100%" height="100%" fill="{paper}"/>',
    ]
    lines += [_element(shape) for shape in shapes]
    return "\n".join([*lines, "</svg>", ""])


def _element(shape: Shape) -> str:
    if isinstance(shape, Text):
        y = _at(shape.y + 0.35 * shape.size)
        place = f'x="{_at(shape.x)}" y="{y}" font-size="{_at(shape.size)}" fill="{shape.color}" text-anchor="{shape.anchor}"'
        bold = ' font-weight="bold"' if shape.bold else ""
        halo = f' stroke="{shape.halo}" stroke-width="6" paint-order="stroke"' if shape.halo else ""
        return f"<text {place}{bold}{halo}>{_escaped(shape.text)}</text>"
    if isinstance(shape, Circle):
        tag, dashes = "circle", ""
        place = f'cx="{_at(shape.x)}" cy="{_at(shape.y)}" r="{_at(shape.radius)}" fill="{shape.fill}"'
    else:
        tag, dashes = "line", ' stroke-dasharray="4 3"' if shape.dashed else ""
        place = f'x1="{_at(shape.x1)}" y1="{_at(shape.y1)}" x2="{_at(shape.x2)}" y2="{_at(shape.y2)}"'
    head = f'<{tag} {place} stroke="{shape.color}" stroke-width="{_at(shape.width)}"{dashes}'
    return f"{head}><title>{_escaped(shape.about)}</title></{tag}>" if shape.about else f"{head}/>"


def _at(number: float) -> str:
    """A coordinate, short."""
    return f"{round(number, 2):g}" if abs(number) < 1e5 else f"{number:.0f}"


def _escaped(text: str) -> str:
    return html.escape(printable(text).replace("\n", " "))


def dot_of(shapes: Sequence[Shape], height: float, paper: str) -> Digraph:
    """The shapes as DOT for `neato`; lines come below all else there."""
    dot = Digraph(
        engine="neato",
        format="png",
        graph_attr={
            "bgcolor": paper, "outputorder": "edgesfirst", "splines": "line", "pad": "0.15", "dpi": "96", "inputscale": "72",
        },
        node_attr={"fontname": "Helvetica,Arial,sans-serif", "fixedsize": "true", "style": "filled", "label": "", "margin": "0"},
        edge_attr={"arrowhead": "none", "headclip": "false", "tailclip": "false"},
    )  # fmt: skip
    ends: dict[tuple[float, float], str] = {}

    def place(x: float, y: float) -> str:
        return f"{_at(x)},{_at(height - y)}!"

    def end(x: float, y: float) -> str:
        if (x, y) not in ends:
            ends[x, y] = f"e{len(ends)}"
            dot.node(ends[x, y], pos=place(x, y), shape="point", width="0", height="0", style="invis")
        return ends[x, y]

    for k, shape in enumerate(shapes):
        match shape:
            case Line():
                style = "dashed" if shape.dashed else "solid"
                one, two = end(shape.x1, shape.y1), end(shape.x2, shape.y2)
                dot.edge(one, two, color=shape.color, penwidth=_at(shape.width), style=style)
            case Circle():
                size = f"{2 * shape.radius / 72:.4f}"
                dot.node(
                    f"s{k}", pos=place(shape.x, shape.y), shape="circle", width=size, height=size, fillcolor=shape.fill,
                    color=shape.color, penwidth=_at(shape.width),
                )  # fmt: skip
            case Text():
                # A box as wide as the text may be, at one side of which Graphviz sets it: it knows the width better.
                wide = text_width(shape.text, shape.size) if shape.anchor != "middle" else 0.0
                shift = {"start": wide / 2, "middle": 0.0, "end": -wide / 2}[shape.anchor]
                dot.node(
                    f"s{k}", label=_label(shape), pos=place(shape.x + shift, shape.y), shape="plaintext", fixedsize="false",
                    width=f"{wide / 72:.4f}", height="0", fontsize=_at(shape.size), fontcolor=shape.color,
                    style="filled" if shape.halo else "solid", fillcolor=shape.halo or "none",
                )  # fmt: skip
    return dot


def _label(text: Text) -> str:
    line = text.text.replace("\n", " ")
    if text.bold:
        return f"<<B>{markup(line)}</B>>"
    # A line that ends in \l or \r is set left or right; as it ends so, it is not taken for HTML either.
    return literal(line) if text.anchor == "middle" else str(literal(line)) + {"start": "\\l", "end": "\\r"}[text.anchor]
