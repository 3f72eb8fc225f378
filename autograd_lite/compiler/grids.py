"""Nests of loops found in a row of places: which of them follow each other as the rounds of loops inside each other do."""

import math
from collections.abc import Collection, Iterator, Sequence
from operator import sub
from typing import Any

#: What kind of place it is, and its numbers.
Place = tuple[Any, tuple[int, ...]]
#: The first of its places in the row, and how many rounds each loop has, from the outermost to the innermost.
Grid = tuple[int, tuple[int, ...]]
#: A grid that may become part of one: its first place, its shape, its pattern, and the numbers it starts at.
_Part = tuple[int, tuple[int, ...], Any, tuple[int, ...]]


def grids(places: Sequence[Place], periods: Collection[int] = ()) -> list[Grid]:
    """The places in parts, each of which is a nest: in every round of a loop all numbers are the same way further.

    Parameters
    ----------
    places : sequence of (kind, numbers)
    periods : collection of int
        Loops do not go on where so many places are together, but are the rounds of another one.

    Examples
    --------
    >>> grids([("w", (10 * row + column,)) for row in range(3) for column in range(4)])
    [(0, (3, 4))]
    >>> grids([("w", (k,)) for k in range(12)] + [("x", (0,))], periods=[4])
    [(0, (3, 4)), (12, ())]
    """
    parts: list[_Part] = [(k, (), kind, numbers) for k, (kind, numbers) in enumerate(places)]
    while True:
        merged = list(_merged(parts, periods))
        if len(merged) == len(parts):
            return [(first, shape) for first, shape, _, _ in parts]
        parts = merged


def _merged(parts: Sequence[_Part], periods: Collection[int]) -> Iterator[_Part]:
    """The parts, those that follow each other as one."""
    start = 0
    while start < len(parts):
        count, step = _reach(parts, start, periods)
        if count == 2 and _reach(parts, start + 1, periods)[0] > 2:  # two always follow each other somehow
            count = 1
        first, shape, pattern, numbers = parts[start]
        yield parts[start] if count == 1 else (first, (count, *shape), (step, pattern), numbers)
        start += count


def _reach(parts: Sequence[_Part], start: int, periods: Collection[int]) -> tuple[int, tuple[int, ...]]:
    """How many parts from here on follow each other, and how far."""
    size = math.prod(parts[start][1])
    end = min([len(parts), *[start + period // size for period in periods if size < period]])
    step: tuple[int, ...] = ()
    for k in range(start + 1, end):
        if parts[k][1:3] != parts[start][1:3]:
            return k - start, step
        now = tuple(map(sub, parts[k][3], parts[k - 1][3]))
        if k > start + 1 and now != step:
            return k - start, step
        step = now
    return max(1, end - start), step


def steps(numbers: Sequence[tuple[int, ...]], shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """For each loop of a grid how far the numbers of its places go from round to round.

    >>> steps([(0, 7), (1, 7), (5, 7), (6, 7)], (2, 2))
    [(5, 0), (1, 0)]
    """
    return [tuple(map(sub, numbers[inner], numbers[0])) for inner in inside(shape)]


def inside(shape: tuple[int, ...]) -> list[int]:
    """For each loop how many rounds all that are in it have together.

    >>> inside((2, 3, 4))
    [12, 4, 1]
    """
    return [math.prod(shape[depth + 1 :]) for depth in range(len(shape))]


def refined(
    shape: tuple[int, ...], finer: tuple[int, ...], steps: Sequence[tuple[int, ...]]
) -> list[tuple[int, ...]] | None:
    """The steps of a grid written with more loops; None if it cannot be.

    >>> refined((16,), (4, 4), [(2,)])
    [(8,), (2,)]
    """
    old, found = dict(zip(inside(shape), steps, strict=True)), []
    last: tuple[int, ...] | None = None
    for inner in reversed(inside(finer)):
        if inner in old:
            base, last = inner, old[inner]
        if last is None or inner % base:
            return None
        found.append(tuple(inner // base * number for number in last))
    return found[::-1] if {math.prod(shape), *old} <= {math.prod(finer), *inside(finer)} else None
