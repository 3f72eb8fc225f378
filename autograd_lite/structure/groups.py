"""Boxes as their author wants them: a function names the group of each node, a depth says which groups are opened."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from autograd_lite import Value
from autograd_lite.structure.boxes import Box, join, rewire
from autograd_lite.structure.folding import is_activation
from autograd_lite.structure.names import shared_name

#: Gives a node's group as a dotted path, "encoder.layer1"; None or "" for a node in no group.
Grouping = Callable[[Value], str | None]


def contract(boxes: Sequence[Box], group: Grouping, depth: int | None = None) -> list[Box]:
    """Put boxes of one group together.

    Parameters
    ----------
    boxes : sequence of Box
        A summary; the group of a box is that of its last node.
    group : callable
        Takes a Value, gives its group's dotted path, or None.
    depth : int, optional
        Groups so deep are closed: one box each.  With 1, "a.b" and "a.c" are both in the one box "a".  None closes nothing.

    Returns
    -------
    list of Box
        Those closed have the kind "group" and the path as their name; `frame` of a box names the open groups around it.

    Raises
    ------
    TypeError
        If `group` gives something else than a text or None.
    ValueError
        If depth is less than 1.

    Examples
    --------
    >>> from autograd_lite.structure import summarize
    >>> w, x = Value(2.0, label="unit.w"), Value(3.0, label="x")
    >>> y = (w * x).tanh()
    >>> contract(summarize(y, "all").boxes, lambda node: "" if node is x else "unit", depth=1)
    [<group 'unit' of 3 nodes>, <leaf 'x' of 1 nodes>]
    """
    if depth is not None and depth < 1:
        raise ValueError(f"depth is how many levels of groups to open, at least 1; not {depth!r}")
    paths = {box: _path(group(box.nodes[-1])) for box in boxes}
    members: dict[Box | tuple[str, ...], list[Box]] = {}
    for box, path in paths.items():
        closed = depth is not None and len(path) >= depth
        members.setdefault(path[:depth] if closed else box, []).append(box)
    of: dict[Box, Box] = {}
    for key, inside in members.items():
        if isinstance(key, Box):
            new = replace(key, frame=paths[key])
        else:
            new = join("group", "", inside, name=".".join(key), frame=key[:-1])
            new.units = len(new.nodes)
        of.update(dict.fromkeys(inside, new))
    # What others read is an output of its group; what is read inside a group is no input of it.
    read = {source for box in boxes for source, _, _ in box.inputs if of[source] is not of[box]} | {boxes[-1]}
    for key, inside in members.items():
        if not isinstance(key, Box):
            whole = of[inside[0]]
            whole.outputs = [node for box in inside if box in read for node in box.outputs]
            whole.inputs = [one._replace(role="input") for one in whole.inputs if of[one.source] is not whole]
    return rewire(of)


def groups_by_label(order: Iterable[Value]) -> dict[Value, str]:
    """The group of each node as the dotted labels of parameters tell it: "layer1.neuron2" for "layer1.neuron2.w3".

    An operation on such parameters is in their group (in what their groups have in common, if they are of several), and so is a
    function of one number applied to its result, the activation.

    Parameters
    ----------
    order : iterable of Value
        In topological order.

    Examples
    --------
    >>> w, b, x = Value(2.0, label="unit.w"), Value(1.0, label="unit.b"), Value(3.0, label="x")
    >>> s = w * x; t = s + b; y = t.tanh(); z = y * 2.0
    >>> [groups_by_label([w, b, x, s, t, y, z]).get(node) for node in (w, x, s, t, y, z)]
    ['unit', None, 'unit', 'unit', 'unit', None]
    """
    groups: dict[Value, str] = {}
    for node in order:
        own = shared_name([node.label]) if node.label else ""
        if node.is_leaf or own:
            name = own
        else:
            dotted = [parent.label for parent in node.parents if parent.is_leaf and "." in parent.label]
            name = shared_name(dotted)
            if not dotted and is_activation(node) and not node.label:
                name = groups.get(node.parents[0], "")
        if name:
            groups[node] = name
    return groups


def _path(name: str | None) -> tuple[str, ...]:
    if name is None or name == "":
        return ()
    if not isinstance(name, str):
        raise TypeError(f"a group is named by a text like 'layer1.neuron2', or is None; not {type(name).__name__} {name!r}")
    return tuple(name.split("."))
