"""How a picture is to look, as one thing that every part of the drawing reads, and the marks a caller puts on nodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite import Value
from autograd_lite.draw.digraph import Digraph
from autograd_lite.draw.text import literal
from autograd_lite.draw.themes import Theme
from autograd_lite.structure import Snapshot

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
        What a caller may give as a colour, or as a mapping, is a Mark here.
    path : sequence of Value
        The highlighted nodes, each an operand of the next or the other way round.

    Raises
    ------
    ValueError
        If an option is none of those there are.
    TypeError
        If a mark is on something else than a Value, or is neither a colour nor a mapping.
    """

    theme: Theme
    rankdir: str = "LR"
    digits: int = 4
    local_grads: bool = False
    grads: bool = True
    marks: Mapping[Value, Any] = field(default_factory=dict)
    path: Sequence[Value] = ()
    #: The highlighted edges, from operand to result.
    edges: frozenset[tuple[Value, Value]] = field(init=False)

    def __post_init__(self) -> None:
        if self.rankdir not in RANKDIRS:
            raise ValueError(f"rankdir is {', '.join(RANKDIRS[:-1])} or {RANKDIRS[-1]}, not {self.rankdir!r}")
        check_digits(self.digits)
        marks = {node: _mark(node, mark) for node, mark in self.marks.items()}
        for node in self.path:
            marks[node] = marks.get(node) or Mark(color=self.theme.accent)
        object.__setattr__(self, "marks", marks)
        object.__setattr__(self, "edges", frozenset(map(_edge, self.path, self.path[1:])))

    def check(self, graph: Snapshot) -> None:
        """See that what is marked or highlighted is in the graph.

        Raises
        ------
        ValueError
            If it is not.
        """
        for node in self.marks:
            if node not in graph:
                raise ValueError(f"{node!r} is to be marked or highlighted, but the graph that is drawn does not have it")

    def faint(self, text: str) -> str:
        """Markup of a lesser text."""
        return f'<FONT COLOR="{self.theme.faint}">{text}</FONT>'

    def line(self, highlighted: bool) -> dict[str, str]:
        """The attributes of an edge."""
        return {"color": self.theme.accent, "penwidth": "2.5"} if highlighted else {}

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


def check_digits(digits: int) -> None:
    """Refuse a number of significant digits that a float does not have."""
    if not 1 <= digits <= 17:
        raise ValueError(f"digits is from 1 to 17, not {digits!r}")


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
