"""Boxes as their author wants them: a function names the group of each node, a depth says which groups are opened."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from autograd_lite import Value
from autograd_lite.structure.boxes import Box, Input, merge_inputs
from autograd_lite.structure.folding import is_activation
from autograd_lite.structure.names import shared_name

#: Gives a node's group as a dotted path, "encoder.layer1"; None or "" for a node in no group.
Grouping = Callable[[Value], str | None]


def contract(
    boxes: Sequence[Box], group: Grouping, depth: int | None = None
) -> tuple[list[Box], dict[Box, tuple[str, ...]]]:
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
    boxes : list of Box
        Those closed have the kind "group" and the path as their name.
    frames : dict of Box to tuple of str
        For boxes in groups that are open: their groups, the outermost first.

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
    >>> contract(summarize(y, "all").boxes, lambda node: "" if node is x else "unit", depth=1)[0]
    [<group 'unit' of 3 nodes>, <leaf 'x' of 1 nodes>]
    """
    if depth is not None and depth < 1:
        raise ValueError(f"depth is how many levels of groups to open, at least 1; not {depth!r}")
    closed: dict[tuple[str, ...], Box] = {}
    frames: dict[Box, tuple[str, ...]] = {}
    of: dict[Box, Box] = {}
    result = []
    for box in boxes:
        path = _path(group(box.nodes[-1]))
        if depth is None or len(path) < depth:
            of[box] = replace(box)  # a copy: its inputs become others, and the caller's boxes are to stay as they are
            if path:
                frames[of[box]] = path
            result.append(of[box])
            continue
        whole = closed.get(path[:depth])
        if whole is None:
            whole = closed[path[:depth]] = Box("group", "", [], [], name=".".join(path[:depth]))
            if depth > 1:
                frames[whole] = path[: depth - 1]
            result.append(whole)
        whole.nodes += box.nodes
        whole.units = len(whole.nodes)
        of[box] = whole
    inputs: dict[Box, list[Input]] = {box: [] for box in result}
    outputs: dict[Box, dict[Value, None]] = {box: {} for box in closed.values()}
    for box in boxes:
        new = of[box]
        for source, role, times in box.inputs:
            whole = of[source]
            if whole is not new:
                inputs[new].append(Input(whole, "input" if new in outputs else role, times))
                if whole in outputs:
                    outputs[whole].update(dict.fromkeys(source.outputs))
    last = of[boxes[-1]]
    if last in outputs:
        outputs[last].update(dict.fromkeys(boxes[-1].outputs))
    for box in result:
        box.inputs = merge_inputs(inputs[box])
    for box, used in outputs.items():
        box.outputs = list(used)
    return result, frames


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


__all__ = ["Grouping", "contract", "groups_by_label"]
