"""Boxes as their author wants them: a function names the group of each node, a depth says which groups are opened."""

from collections.abc import Callable, Sequence

from autograd_lite import Value
from autograd_lite.structure.boxes import Box, Input, merge_inputs

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
            of[box] = box
            if path:
                frames[box] = path
            result.append(box)
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
                inputs[new].append(Input(whole, role if new is box else "input", times))
                if whole is not source:
                    outputs[whole].update(dict.fromkeys(source.outputs))
    last = of[boxes[-1]]
    if last in outputs:
        outputs[last].update(dict.fromkeys(boxes[-1].outputs))
    for box in result:
        box.inputs = merge_inputs(inputs[box])
    for box, used in outputs.items():
        box.outputs = list(used)
    return result, frames


def _path(name: str | None) -> tuple[str, ...]:
    if name is None or name == "":
        return ()
    if not isinstance(name, str):
        raise TypeError(f"a group is named by a text like 'layer1.neuron2', or is None; not {type(name).__name__} {name!r}")
    return tuple(name.split("."))


__all__ = ["Grouping", "contract"]
