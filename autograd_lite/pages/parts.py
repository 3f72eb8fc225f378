"""What a box of a folded graph opens into: the neurons of a layer, each for all samples, with the weights that are its own.

A batch repeats one network, so the nodes of "100 x layer of 16" are those of 16 neurons for each of 100 samples.  Which are those
of one neuron is told by their places, and checked by the weights: in every sample they must be the same ones.  Where
that cannot be told, a box does not open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograd_lite import Value
from autograd_lite.pages.graph_data import times
from autograd_lite.structure import Box, leaf_roles, plural, shared_name

#: A box of more parts than this stays closed.
_MOST = 64


@dataclass
class Part:
    """Some nodes of a box.

    Attributes
    ----------
    box : int
        The number of the box.
    name, about : str
    nodes : list of Value
    outputs : list of Value
        Those that other boxes use.
    """

    box: int
    name: str
    about: str
    nodes: list[Value]
    outputs: list[Value]


def find_parts(boxes: Sequence[Box], names: Mapping[Value, str]) -> list[Part]:
    """The parts of all boxes that open.

    Parameters
    ----------
    boxes : sequence of Box
        In topological order.
    names : mapping of Value to str

    Returns
    -------
    list of Part

    Examples
    --------
    >>> from autograd_lite import nn
    >>> from autograd_lite.structure import Snapshot
    >>> model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    >>> loss = sum(model([0.1 * k, 1.0]) for k in range(5))
    >>> graph = Snapshot(loss)
    >>> boxes = graph.boxes("repeats")
    >>> parts = find_parts(boxes, graph.names)
    >>> [(part.name, part.about) for part in parts if part.about][:3]
    [('layer1.neuron1', '5 × neuron, tanh'), ('layer1.neuron2', '5 × neuron, tanh'), ('layer1.neuron1 weights', '2 weights')]
    """
    roles = leaf_roles(boxes)
    parameters = {node for box in boxes if roles.get(box) in ("weight", "bias") for node in box.nodes}
    parts: list[Part] = []
    of: dict[Value, int] = {}
    for k, box in enumerate(boxes):
        if box.kind == "layer":
            _add(_neurons(k, box, parameters, names), parts, of)
    users: dict[Value, set[int | None]] = {node: set() for node in parameters}
    for box in boxes:
        for node in box.nodes if box.kind == "layer" else ():
            for parent in node.parents:
                if parent in users:
                    users[parent].add(of.get(node))
    for k, box in enumerate(boxes):
        if box.kind in ("leaf", "leaves") and roles.get(box) in ("weight", "bias"):
            _add(_owned(k, box, users, parts, roles[box], names), parts, of)
    # What is computed from the weights alone, one by one, such as their squares.
    for k, box in enumerate(boxes):
        if box.kind == "operation" and box.count > 1 and len(box.nodes) == len(box.outputs):
            _add(_alike(k, box, of, parts), parts, of)
    return parts


def _add(found: list[Part], parts: list[Part], of: dict[Value, int]) -> None:
    if not 1 < len(found) <= _MOST:
        return
    for part in found:
        of.update(dict.fromkeys(part.nodes, len(parts)))
        parts.append(part)


def _neurons(k: int, box: Box, parameters: set[Value], names: Mapping[Value, str]) -> list[Part]:
    """A part for each neuron of a layer."""
    size, rest = divmod(len(box.nodes), box.units * box.count)
    if rest:
        return []
    outputs = set(box.outputs)
    found = []
    for j in range(box.units):
        slices = [box.nodes[size * (c * box.units + j) : size * (c * box.units + j + 1)] for c in range(box.count)]
        own = {frozenset(p for node in one for p in node.parents if p in parameters) for one in slices}
        if len(own) != 1:
            return []
        (weights,) = own
        nodes = [node for one in slices for node in one]
        name = shared_name([names[weight] for weight in weights if weight.label]) or f"neuron {j + 1}"
        about = f"{times(box.count)}neuron, {box.op or 'linear'}"
        found.append(Part(k, name, about, nodes, [node for node in nodes if node in outputs]))
    return found


def _owned(
    k: int, box: Box, users: Mapping[Value, set[int | None]], parts: Sequence[Part], role: str, names: Mapping[Value, str]
) -> list[Part]:
    """The weights of a layer, neuron by neuron."""
    owners: dict[int, list[Value]] = {}
    for leaf in box.nodes:
        if len(users[leaf]) != 1 or None in users[leaf]:
            return []
        (owner,) = users[leaf]
        assert owner is not None
        owners.setdefault(owner, []).append(leaf)
    found = []
    for owner, leaves in owners.items():
        if len(leaves) == 1:
            name, about = names[leaves[0]] if leaves[0].label else f"{parts[owner].name} {role}", ""
        else:
            name, about = f"{parts[owner].name} {plural(role)}", f"{len(leaves):,} {plural(role)}"
        found.append(Part(k, name, about, leaves, leaves))
    return found


def _alike(k: int, box: Box, of: Mapping[Value, int], parts: Sequence[Part]) -> list[Part]:
    """Equal operations on leaves, put together as those leaves are."""
    groups: dict[int, list[Value]] = {}
    for node in box.nodes:
        sources = {of.get(parent) for parent in node.parents}
        if len(sources) != 1:  # of several parts; or of none: a `where` between two plain numbers
            return []
        (source,) = sources
        if source is None or not parts[source].nodes[0].is_leaf:
            return []
        groups.setdefault(source, []).append(node)
    return [
        Part(k, times(len(nodes)) + box.op, f"of {parts[source].name}", nodes, nodes) for source, nodes in groups.items()
    ]
