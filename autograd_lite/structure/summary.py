"""`summarize`: a graph as few boxes, as coarse as asked or as coarse as it takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autograd_lite import GraphError, Value, topological_order
from autograd_lite.engine.errors import not_a_result
from autograd_lite.engine.graph import cycle_in
from autograd_lite.structure.boxes import Box
from autograd_lite.structure.folding import Folder, fold_neurons, fold_sums, single_boxes
from autograd_lite.structure.layers import fold_layers
from autograd_lite.structure.repeats import fold_repeats, fold_rows, keep_nearest

#: From the finest to the coarsest.
DETAILS = ("all", "sums", "neurons", "layers", "repeats", "rows")

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


def summarize(root: Value | Sequence[Value], detail: str = "auto", limit: int = READABLE) -> Summary:
    """A graph as boxes.

    Parameters
    ----------
    root : Value or list of Value
        The result, or the results.
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
    order = checked_order(root)
    results = root if isinstance(root, Sequence) else [root]
    if detail != "auto":
        return Summary(_fold(order, detail, results), detail, len(order))
    if limit < 1:
        raise ValueError(f"limit is the most boxes to draw, at least 1; not {limit!r}")
    if len(order) <= limit:
        return Summary(single_boxes(order), "all", len(order))
    # A folder counts before it builds: of a graph of a million nodes only the boxes that may be shown are made.
    folder = Folder(order, results)
    folder.find_sums()
    if folder.visible <= limit:
        return Summary(folder.boxes(), "sums", len(order))
    folder.find_neurons()
    boxes = folder.boxes()
    if len(boxes) <= limit:
        return Summary(boxes, "neurons", len(order))
    for name, fold in _COARSER.items():
        boxes = fold(boxes)
        if len(boxes) <= limit:
            return Summary(boxes, name, len(order))
    # No structure to speak of: the surroundings of the result, unmerged, tell more than a tangle of everything.
    kept = keep_nearest(folder.boxes(), max(1, limit // 3))
    return Summary(kept, "neurons", len(order), len(kept[0].nodes))


def checked_order(root: Value | Sequence[Value]) -> list[Value]:
    """The topological order of a graph that is one.

    Raises
    ------
    TypeError, ValueError, GraphError
        As `summarize`.
    """
    roots: list[Value] = list(root) if isinstance(root, list | tuple) else [root]  # type: ignore[list-item]
    if not roots:
        raise ValueError("there is no Value in the list")
    for one in roots:
        if not isinstance(one, Value):
            raise not_a_result(one, "this")
    order = topological_order(*roots)
    cyclic = cycle_in(order)
    if cyclic is not None:
        raise GraphError(
            f"the graph has a cycle through {cyclic!r}; operations never make one, so its operands were changed by hand"
        )
    return order


_COARSER: dict[str, Callable[[list[Box]], list[Box]]] = {"layers": fold_layers, "repeats": fold_repeats, "rows": fold_rows}


def _fold(order: list[Value], detail: str, results: Sequence[Value]) -> list[Box]:
    if detail == "all":
        return single_boxes(order)
    if detail == "sums":
        return fold_sums(order, results)
    boxes = fold_neurons(order, results)
    for name, fold in _COARSER.items():
        if DETAILS.index(name) <= DETAILS.index(detail):
            boxes = fold(boxes)
    return boxes


__all__ = ["DETAILS", "READABLE", "Summary", "checked_order", "summarize"]
