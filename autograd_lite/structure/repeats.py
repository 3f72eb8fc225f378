"""From many equal boxes to one that says how many."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from autograd_lite.structure.boxes import Box, join, rewire
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


def _quotient(boxes: Sequence[Box], compare: Callable[[list[object], Operands], list[int]]) -> list[Box]:
    place = {box: k for k, box in enumerate(boxes)}
    operands = [[(role, place[source]) for source, role, _ in box.inputs] for box in boxes]
    numbers = compare([box.shape() for box in boxes], operands)
    alike: dict[int, list[Box]] = {}
    for number, box in zip(numbers, boxes, strict=True):
        alike.setdefault(number, []).append(box)
    if len(alike) == len(boxes):
        return list(boxes)
    merged = {number: _together(team) if len(team) > 1 else replace(team[0]) for number, team in alike.items()}
    return rewire({box: merged[number] for number, box in zip(numbers, boxes, strict=True)})


def _together(team: list[Box]) -> Box:
    first = team[0]
    constants = first.constants if all(one.constants == first.constants for one in team) else _ranges(team)
    names = {one.name for one in team}
    dotted = [f"{name}." if "." in name else name for name in names]
    name = first.name if len(names) == 1 else shared_name(dotted)
    return join(first.kind, first.op, team, constants=constants, units=first.units, count=len(team), name=name)


def _ranges(team: list[Box]) -> list[tuple[str, float]]:
    """The constants of boxes whose numbers differ: the roles, with no number, which NaN stands for here."""
    return [(role, float("nan")) for role, _ in team[0].constants]
