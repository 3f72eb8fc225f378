"""`summarize`: a graph as few boxes, as coarse as asked or as coarse as it takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from autograd_lite import Value
from autograd_lite.structure.boxes import Box
from autograd_lite.structure.nearest import keep_nearest
from autograd_lite.structure.snapshot import DETAILS, Snapshot

#: So many boxes are read without effort, and laid out in a second or two.
READABLE = 150


@dataclass(frozen=True)
class Summary:
    """A graph as boxes.

    Attributes
    ----------
    boxes : list of Box
        In topological order (where `detail` is "rows", of their first members).
    detail : str
        How coarse it is, one of `DETAILS`.
    nodes : int
        How many nodes the graph has.
    hidden : int
        How many of them are in no box but that of the kind "rest".
    """

    boxes: list[Box]
    detail: str
    nodes: int
    hidden: int = 0

    def __str__(self) -> str:
        if self.detail == "all":
            return f"{self.nodes:,} nodes"
        told = {
            "sums": "sums are folded",
            "neurons": "sums and neurons are folded",
            "layers": "neurons and layers are folded",
            "repeats": "neurons, layers and repeats are folded",
            "rows": "layers, repeats and rows of equal steps are folded",
        }[self.detail]
        rest = f"; {self.hidden:,} nodes further from the result are left out" if self.hidden else ""
        return f"{self.nodes:,} nodes in {len(self.boxes):,} boxes: {told}{rest}"


def summarize(root: Snapshot | Value | Sequence[Value], detail: str = "auto", limit: int = READABLE) -> Summary:
    """A graph as boxes.

    Parameters
    ----------
    root : Value, list of Value, or Snapshot
        The result, or the results; a snapshot keeps what it has found, and shares it.
    detail : {"auto", "all", "sums", "neurons", "layers", "repeats", "rows"}, default "auto"
        How coarse: single nodes; chains of additions folded; weighted sums and their activations folded to neurons;
        neurons on the same inputs folded to layers; equal parts drawn once; equal steps in a row drawn once.  Each
        includes those before it.  "auto" takes the finest that needs no more than `limit` boxes.
    limit : int, default 150
        For "auto".  Where the coarsest has more boxes still, only a third as many, those nearest to the result, are kept.

    Returns
    -------
    Summary

    Raises
    ------
    TypeError
        If `root` is not a Value.
    ValueError
        If `detail` is none of those listed, or there is no root.
    GraphError
        If the graph has a cycle, made by hand.

    Examples
    --------
    >>> x = [Value(float(k)) for k in range(100)]
    >>> loss = sum(xi * xi for xi in x)
    >>> print(summarize(loss))
    300 nodes in 3 boxes: neurons, layers and repeats are folded
    >>> [(box.kind, box.op, box.count) for box in summarize(loss).boxes]
    [('leaf', '', 100), ('operation', 'mul', 100), ('sum', '', 1)]
    """
    if detail not in ("auto", *DETAILS):
        raise ValueError(f"detail is auto, {', '.join(DETAILS[:-1])} or {DETAILS[-1]}, not {detail!r}")
    graph = root if isinstance(root, Snapshot) else Snapshot(root)
    if detail != "auto":
        return Summary(graph.boxes(detail), detail, len(graph))
    if limit < 1:
        raise ValueError(f"limit is the most boxes to draw, at least 1; not {limit!r}")
    for detail in DETAILS:
        # Counted before it is built: of a graph of a million nodes only the boxes that may be shown are made.
        many = len(graph) if detail == "all" else graph.folding(detail).visible if detail == "sums" else 0
        if many <= limit and len(graph.boxes(detail)) <= limit:
            return Summary(graph.boxes(detail), detail, len(graph))
    # No structure to speak of: the surroundings of the result, unmerged, tell more than a tangle of everything.
    kept = keep_nearest(graph.boxes("neurons"), max(1, limit // 3))
    return Summary(kept, "neurons", len(graph), len(kept[0].nodes))
