"""From neurons to layers: boxes side by side on the same inputs become one."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace

from autograd_lite.structure.boxes import Box, join, rewire
from autograd_lite.structure.names import shared_name


def fold_layers(boxes: Sequence[Box]) -> list[Box]:
    """Neurons with the same inputs, weights apart, as one layer; leaves with the same users as one set.

    Only boxes at the same height (longest way up from a leaf) are put together, so what comes out has no cycle: every edge
    still leads from a lower box to a higher one.

    Parameters
    ----------
    boxes : sequence of Box
        In topological order.

    Returns
    -------
    list of Box
        In topological order.
    """
    layers = _layers(boxes)
    of = {**layers, **_sets_of_leaves(boxes, layers)}
    if not of:
        return list(boxes)
    height = _heights(boxes)
    # By height, which the members of a layer share: a layer stands after all that any of its neurons reads.
    return rewire({box: of.get(box) or replace(box) for box in sorted(boxes, key=height.__getitem__)})


def _heights(boxes: Sequence[Box]) -> dict[Box, int]:
    height: dict[Box, int] = {}
    for box in boxes:
        height[box] = 1 + max([height[source] for source, _, _ in box.inputs], default=-1)
    return height


def _layers(boxes: Sequence[Box]) -> dict[Box, Box]:
    """For each neuron that has others beside it: the layer they form."""
    neurons = [box for box in boxes if box.kind == "neuron"]
    height = _heights(boxes) if neurons else {}
    teams: dict[Hashable, list[Box]] = {}
    for box in neurons:
        fed = frozenset(source for source, role, _ in box.inputs if role == "input")
        constants = tuple(number for role, number in box.constants if role == "input")
        if fed or constants:
            teams.setdefault((height[box], fed, constants, box.shape()), []).append(box)
    return _joined(teams.values(), _layer)


def _sets_of_leaves(boxes: Sequence[Box], layers: dict[Box, Box]) -> dict[Box, Box]:
    """For each leaf that is used in the same places as others: the set they form."""
    users: dict[Box, set[tuple[Box, str]]] = {box: set() for box in boxes if box.kind == "leaf"}
    for box in boxes:
        for source, role, _ in box.inputs:
            if source in users:
                users[source].add((layers.get(box, box), role))
    teams: dict[Hashable, list[Box]] = {}
    for box, used in users.items():
        teams.setdefault((box.op, bool(box.name), frozenset(used)), []).append(box)
    return _joined(teams.values(), _leaves)


def _joined(teams: Iterable[list[Box]], form: Callable[[list[Box]], Box]) -> dict[Box, Box]:
    """For each box that is not alone in its team: what the team forms."""
    wholes = [(team, form(team)) for team in teams if len(team) > 1]
    return {box: whole for team, whole in wholes for box in team}


def _layer(team: list[Box]) -> Box:
    name = shared_name([f"{box.name}." if box.name else "" for box in team])
    layer = join("layer", team[0].op, team, constants=team[0].constants, units=len(team), name=name)
    # The inputs of a layer are counted once: they are the same for every neuron.
    inputs = [one for one in team[0].inputs if one.role == "input"]
    same = {(one.source, one.role) for one in inputs}
    layer.inputs = [one for one in layer.inputs if (one.source, one.role) not in same] + inputs
    return layer


def _leaves(team: list[Box]) -> Box:
    return join("leaves", team[0].op, team, units=len(team), name=shared_name([box.name for box in team]))
