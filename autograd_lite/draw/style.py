"""How a picture is to look, as one thing that every part of the drawing reads, and the marks a caller puts on nodes."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite import Value
from autograd_lite.draw.digraph import Digraph
from autograd_lite.draw.numbers import literal
from autograd_lite.draw.themes import Theme, theme_named
from autograd_lite.structure import Box

FONT = "Helvetica,Arial,sans-serif"
RANKDIRS = ("LR", "TB", "RL", "BT")


@dataclass(frozen=True)
class Mark:
    """What is drawn about one node by request.

    Attributes
    ----------
    color : str
        Of a thick outline; empty for none.
    fill : str
        Of the box; empty for the usual one.
    note : str
        A line of text below.
    """

    color: str = ""
    fill: str = ""
    note: str = ""


@dataclass(frozen=True)
class Style:
    """The options of a drawing, checked.

    Attributes
    ----------
    theme : Theme
    rankdir : str
    digits : int
        Significant digits of numbers.
    local_grads : bool
        Whether edges carry the local derivatives.
    grads : bool
        Whether boxes carry gradients.
    marks : dict of Value to Mark
    path : frozenset of pairs of Value
        The highlighted edges, from operand to result.
    """

    theme: Theme
    rankdir: str = "LR"
    digits: int = 4
    local_grads: bool = False
    grads: bool = True
    marks: Mapping[Value, Mark] = field(default_factory=dict)
    path: frozenset[tuple[Value, Value]] = frozenset()

    def check_marks(self, boxes: Iterable[Box]) -> None:
        """See that what is marked or highlighted is in the graph.

        Raises
        ------
        ValueError
            If it is not.
        """
        if not self.marks:
            return
        there = {node for box in boxes for node in box.nodes}
        for node in self.marks:
            if node not in there:
                raise ValueError(f"{node!r} is to be marked or highlighted, but the graph that is drawn does not have it")

    def sheet(self, format: str, caption: str = "") -> Digraph:
        """An empty drawing."""
        theme = self.theme
        font = {"fontname": FONT, "fontsize": "11", "fontcolor": theme.ink}
        below = {"label": literal(caption), "labelloc": "b", "fontcolor": theme.faint} if caption else {}
        return Digraph(
            format=format,
            graph_attr={
                "rankdir": self.rankdir, "bgcolor": theme.paper, "nodesep": "0.2", "ranksep": "0.35", "pad": "0.15",
                "fontname": FONT, "fontsize": "10", **below,
            },
            node_attr={**font, "shape": "plain", "color": theme.line},
            edge_attr={**font, "color": theme.line, "arrowsize": "0.7", "fontsize": "9"},
        )  # fmt: skip


def make_style(
    theme: str = "light",
    rankdir: str = "LR",
    digits: int = 4,
    local_grads: bool = False,
    grads: bool = True,
    marks: Mapping[Value, Any] | None = None,
    path: Sequence[Value] = (),
) -> Style:
    """A Style from the arguments of `draw_dot`, and the highlighted path, in which each node is an operand of the next or the
    other way round.

    Raises
    ------
    ValueError
        If an option is none of those there are.
    TypeError
        If a mark is on something else than a Value, or is neither a colour nor a mapping.
    """
    if rankdir not in RANKDIRS:
        raise ValueError(f"rankdir is {', '.join(RANKDIRS[:-1])} or {RANKDIRS[-1]}, not {rankdir!r}")
    if not 1 <= digits <= 17:
        raise ValueError(f"digits is from 1 to 17, not {digits!r}")
    checked = {node: _mark(node, mark) for node, mark in (marks or {}).items()}
    colours = theme_named(theme)
    edges = frozenset(_edge(one, two) for one, two in itertools.pairwise(path))
    for node in path:
        checked[node] = checked.get(node) or Mark(color=colours.accent)
    return Style(colours, rankdir, digits, local_grads, grads, checked, edges)


def _mark(node: Any, mark: Any) -> Mark:
    if not isinstance(node, Value):
        raise TypeError(f"marks maps Values to colours; {node!r:.60} is no Value")
    if isinstance(mark, str):
        return Mark(color=mark)
    if isinstance(mark, Mark):
        return mark
    if isinstance(mark, Mapping) and set(mark) <= {"color", "fill", "note"}:
        return Mark(**mark)
    raise TypeError(f"a mark is a colour such as 'red', or a mapping with color, fill, note; not {mark!r:.60}")


def _edge(one: Value, two: Value) -> tuple[Value, Value]:
    """A step of the path, from operand to result."""
    return (one, two) if any(parent is one for parent in two.parents) else (two, one)


__all__ = ["FONT", "RANKDIRS", "Mark", "Style", "make_style"]
