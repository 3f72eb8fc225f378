"""`Box`: some nodes of a graph taken as one thing, and what it is computed from.

A summary of a graph is a list of boxes in topological order, the same kind of thing as the graph itself but coarser, so one
pass can read what another made: nodes to sums, sums to neurons, neurons to layers, layers to repeats.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd_lite import Value

#: What a box can be, from a single node to "everything else".
KINDS = ("leaf", "operation", "sum", "products", "neuron", "layer", "leaves", "group", "rest")


class Input(NamedTuple):
    """An edge between boxes.

    Attributes
    ----------
    source : Box
        Where the number comes from.
    role : str
        What it is there: the name of an argument ("x"), or "term", "weight", "input", "bias".
    times : int
        How many edges of the graph this one stands for.
    """

    source: "Box"
    role: str
    times: int = 1


@dataclass(eq=False, slots=True, repr=False)
class Box:
    """Some nodes of a graph taken as one thing.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    op : str
        The operation, as the table of primitives names it; for a neuron or a layer its activation, empty if it has none.
    nodes : list of Value
        What is inside, in topological order.
    outputs : list of Value
        Those of `nodes` that other boxes, or the reader of the graph, use.
    inputs : list of Input
        What it is computed from.
    constants : list of (str, float)
        Role and number of the operands that are plain numbers.
    units : int
        How many like things stand side by side inside: neurons of a layer, numbers of a set of leaves.
    count : int
        How many boxes like this one the graph has; it is drawn once for all of them.
    name : str
        What its author called it, if that can be told from labels.
    frame : tuple of str
        The groups it stands in, the outermost first, where its author named groups.

    Examples
    --------
    >>> from autograd_lite.structure import summarize
    >>> w, x, b = ([Value(float(k)) for k in range(n)] for n in (3, 3, 1))
    >>> y = sum((wi * xi for wi, xi in zip(w, x)), b[0]).tanh()
    >>> box = summarize(y, "neurons").boxes[-1]
    >>> box.kind, box.op, len(box.nodes), [input.role for input in box.inputs][:3]
    ('neuron', 'tanh', 7, ['bias', 'weight', 'input'])
    """

    kind: str
    op: str
    nodes: list[Value]
    outputs: list[Value]
    inputs: list[Input] = field(default_factory=list)
    constants: list[tuple[str, float]] = field(default_factory=list)
    units: int = 1
    count: int = 1
    name: str = ""
    frame: tuple[str, ...] = ()

    def __repr__(self) -> str:
        called = f" {self.name!r}" if self.name else ""
        return f"<{self.kind}{called} of {len(self.nodes):,} nodes{f', {self.count:,} alike' if self.count > 1 else ''}>"

    def shape(self) -> Hashable:
        """What two boxes must share to be drawn as one: everything but the numbers, the names and the place.

        An exponent is part of the operation: a square and a cube are two things.
        """
        roles = tuple(self.constants) if self.op == "pow" else tuple(role for role, _ in self.constants)
        return (self.kind, self.op, self.units, len(self.nodes), roles)


def merge_inputs(inputs: Iterable[Input]) -> list[Input]:
    """Edges with the same source and role as one, in order of first appearance."""
    total: dict[tuple[Box, str], int] = {}
    for source, role, times in inputs:
        key = (source, role)
        total[key] = total.get(key, 0) + times
    return [Input(source, role, times) for (source, role), times in total.items()]


def plural(role: str) -> str:
    """A role of several: "weights", "biases"."""
    return "biases" if role == "bias" else f"{role}s"


def leaf_roles(boxes: Iterable[Box]) -> dict[Box, str]:
    """What leaves are for, where neurons and layers tell, and agree: "weight", "bias" or "input".

    >>> from autograd_lite.structure import summarize
    >>> w, x, b = ([Value(float(k)) for k in range(n)] for n in (3, 3, 1))
    >>> boxes = summarize(sum((wi * xi for wi, xi in zip(w, x)), b[0]).tanh(), "neurons").boxes
    >>> list(leaf_roles(boxes).values())
    ['bias', 'weight', 'input', 'weight', 'input', 'weight', 'input']
    """
    found: dict[Box, set[str]] = {}
    for box in boxes:
        if box.kind in ("neuron", "layer"):
            for source, role, _ in box.inputs:
                if source.kind in ("leaf", "leaves"):
                    found.setdefault(source, set()).add(role)
    return {box: roles.pop() for box, roles in found.items() if len(roles) == 1}


def join(kind: str, op: str, team: Sequence[Box], **facts: Any) -> Box:
    """One box of all that is in some others; its inputs are all of theirs, for `rewire`."""
    return Box(
        kind, op, [node for box in team for node in box.nodes], [node for box in team for node in box.outputs],
        [one for box in team for one in box.inputs], **facts,
    )  # fmt: skip


def rewire(of: Mapping[Box, Box]) -> list[Box]:
    """The boxes that `of` leads to, once each, in order, with inputs that lead to them as well.

    Parameters
    ----------
    of : mapping of Box to Box
        For each box the one that it becomes or is part of, a copy or a new one, whose inputs are still the old boxes.
    """
    result = list(dict.fromkeys(of.values()))
    for box in result:
        box.inputs = merge_inputs([Input(of[source], role, times) for source, role, times in box.inputs])
    return result
