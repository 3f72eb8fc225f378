"""From many equal boxes to one that says how many, and what to do when even that is not enough."""

from collections.abc import Callable, Sequence

from autograd_lite.structure.boxes import Box, Input, merge_inputs
from autograd_lite.structure.names import shared_name
from autograd_lite.structure.refine import Operands, classes, neighbourhoods


def fold_repeats(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that compute the same thing in the same position as one box each, with a count.

    The hundred samples of a batch become one sample "x100"; what they share (the weights) stays one.
    """
    return _quotient(boxes, classes)


def fold_rows(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that look alike from near by as one box each: a loop of a thousand steps becomes one step that feeds itself.

    The result can have cycles, which stand for "and so on"; the order of the boxes is that of their first members.
    """
    return _quotient(boxes, neighbourhoods)


def keep_nearest(boxes: Sequence[Box], limit: int) -> list[Box]:
    """The last box (the result) and those nearest to it, `limit` at most; one of the kind "rest" stands for all others."""
    near = {boxes[-1]: None}
    queue = [boxes[-1]]
    for box in queue:
        for source, _, _ in box.inputs:
            if source not in near and len(near) < limit:
                near[source] = None
                queue.append(source)
    far = [box for box in boxes if box not in near]
    rest = Box("rest", "", [node for box in far for node in box.nodes], [], units=len(far))
    kept = [box for box in boxes if box in near]
    for box in kept:
        box.inputs = merge_inputs(
            Input(one.source if one.source in near else rest, one.role, one.times) for one in box.inputs
        )
    return [rest, *kept] if far else kept


def _quotient(boxes: Sequence[Box], compare: Callable[[list[object], Operands], list[int]]) -> list[Box]:
    place = {box: k for k, box in enumerate(boxes)}
    operands = [[(role, place[source]) for source, role, _ in box.inputs] for box in boxes]
    numbers = compare([box.shape() for box in boxes], operands)
    teams: dict[int, list[Box]] = {}
    for number, box in zip(numbers, boxes, strict=True):
        teams.setdefault(number, []).append(box)
    if len(teams) == len(boxes):
        return list(boxes)
    merged = {number: _together(team) if len(team) > 1 else team[0] for number, team in teams.items()}
    of = {box: merged[number] for number, box in zip(numbers, boxes, strict=True)}
    for number, team in teams.items():
        edges = (Input(of[one.source], one.role, one.times) for box in team for one in box.inputs)
        merged[number].inputs = merge_inputs(edges)
    return list(merged.values())


def _together(team: list[Box]) -> Box:
    first = team[0]
    box = Box(first.kind, first.op, [], [], units=first.units, count=len(team))
    for one in team:
        box.nodes += one.nodes
        box.outputs += one.outputs
    box.constants = first.constants if all(one.constants == first.constants for one in team) else _ranges(team)
    names = [one.name for one in team]
    box.name = (
        names[0] if len(set(names)) == 1 else shared_name([f"{name}." if name and "." in name else name for name in names])
    )
    return box


def _ranges(team: list[Box]) -> list[tuple[str, float]]:
    """The constants of boxes whose numbers differ: the roles, with no number, which NaN stands for here."""
    return [(role, float("nan")) for role, _ in team[0].constants]


__all__ = ["fold_repeats", "fold_rows", "keep_nearest"]
