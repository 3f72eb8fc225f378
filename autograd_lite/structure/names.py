"""What things are called: a name for each node, and the name that several labels share."""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from autograd_lite import Value


def name_nodes(order: Iterable[Value]) -> dict[Value, str]:
    """A name for every node: its label, else v1, v2, ...; a label that two nodes share is told apart by a number.

    Line breaks and runs of spaces in a label become one space, so that a name stands on one line.

    Parameters
    ----------
    order : iterable of Value
        In the order in which names are given, usually a topological one.

    Returns
    -------
    dict of Value to str
        All different.

    Examples
    --------
    >>> list(name_nodes([Value(1.0, label="a"), Value(2.0), Value(3.0, label="a")]).values())
    ['a', 'v1', 'a_2']
    """
    order = list(order)
    labels = {" ".join(node.label.split()) for node in order if node.label}
    names: dict[Value, str] = {}
    taken: set[str] = set()
    next_number: dict[str, int] = {}
    counter = 0
    for node in order:
        label = " ".join(node.label.split())
        if label:
            name, k = label, next_number.get(label, 1)
            while name in taken or (k > 1 and name in labels):
                k += 1
                name = f"{label}_{k}"
            next_number[label] = k
        else:
            counter += 1
            while f"v{counter}" in labels:
                counter += 1
            name = f"v{counter}"
        taken.add(name)
        names[node] = name
    return names


def shared_name(labels: Sequence[str]) -> str:
    """The part that dotted labels have in common, whole components only; empty if there is none.

    >>> shared_name(["layer1.neuron1.w1", "layer1.neuron2.w1"])
    'layer1'
    >>> shared_name(["layer1.w", "layer2.w"]), shared_name(["w"]), shared_name([])
    ('', '', '')
    """
    if not labels or not all(labels):
        return ""
    first, last = (label.split(".")[:-1] for label in (min(labels), max(labels)))
    return ".".join(p for p, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))


__all__ = ["name_nodes", "shared_name"]
