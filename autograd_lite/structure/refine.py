"""Which places of a graph look alike: colour refinement, on plain lists.

The graph comes as a key for each place (its operation, say) and, for each place, the places it is computed from, each with a
role.  Two ways to compare:

- `classes`: places are alike if everything below them is alike and everything above them is alike (as sets).  Exact
  repeats fall together: the hundred samples of a batch, the neurons of a layer.
- `neighbourhoods`: places are alike if they are alike as far as so many steps away.  Repeats in a row fall together as
  well: the steps of a recurrent network, a loop of an iterative method.

Both are linear in the edges for each round, iterative, and independent of what the keys mean.
"""

from collections.abc import Hashable, Sequence

Operands = Sequence[Sequence[tuple[Hashable, int]]]


def classes(keys: Sequence[Hashable], operands: Operands, rounds: int = 8) -> list[int]:
    """Number the places so that two have the same number if they are the same computation in the same position.

    Parameters
    ----------
    keys : sequence of hashable
        What a place is by itself.
    operands : sequence of sequences of (role, place)
        What each place is computed from; places come after their operands.
    rounds : int, default 8
        The most passes down and up.  The numbering is refined until it is stable, which two rounds do in ordinary graphs.

    Returns
    -------
    list of int
        A class for each place, numbered from 0 in order of first appearance.

    Examples
    --------
    Two leaves, squared each, and their sum; then a leaf that only the sum uses:

    >>> classes(["leaf", "leaf", "square", "square", "leaf", "sum"],
    ...         [[], [], [("x", 0)], [("x", 1)], [], [("x", 2), ("x", 3), ("x", 4)]])
    [0, 0, 1, 1, 2, 3]
    """
    users = _users(operands)
    colours = _numbered(keys)
    count = len(set(colours))
    for _ in range(rounds):
        upward: list[int] = []
        table: dict[Hashable, int] = {}
        for place, incoming in enumerate(operands):
            seen = frozenset([(role, upward[source]) for role, source in incoming])
            upward.append(table.setdefault((colours[place], seen), len(table)))
        downward = [0] * len(keys)
        table = {}
        for place in range(len(keys) - 1, -1, -1):
            seen = frozenset([(role, downward[user]) for role, user in users[place]])
            downward[place] = table.setdefault((upward[place], seen), len(table))
        colours = downward
        if len(table) in (count, len(keys)):  # stable, or nothing is alike
            break
        count = len(table)
    return _numbered(colours)


def neighbourhoods(keys: Sequence[Hashable], operands: Operands, radius: int = 1) -> list[int]:
    """Number the places so that two have the same number if they look alike up to `radius` edges away.

    Parameters
    ----------
    keys, operands
        As for `classes`; the order of the places does not matter.
    radius : int, default 1

    Returns
    -------
    list of int

    Examples
    --------
    A chain of five equal steps: its two ends differ from its middle.

    >>> neighbourhoods(["leaf"] + ["tanh"] * 5, [[]] + [[("x", k)] for k in range(5)])
    [0, 1, 2, 2, 2, 3]
    """
    users = _users(operands)
    colours = _numbered(keys)
    for _ in range(radius):
        colours = _numbered([
            (
                colour,
                frozenset([(role, colours[source]) for role, source in operands[place]]),
                frozenset([(role, colours[user]) for role, user in users[place]]),
            )
            for place, colour in enumerate(colours)
        ])  # fmt: skip
    return colours


def _users(operands: Operands) -> list[list[tuple[Hashable, int]]]:
    users: list[list[tuple[Hashable, int]]] = [[] for _ in operands]
    for place, incoming in enumerate(operands):
        for role, source in incoming:
            users[source].append((role, place))
    return users


def _numbered(things: Sequence[Hashable]) -> list[int]:
    table: dict[Hashable, int] = {}
    return [table.setdefault(thing, len(table)) for thing in things]
