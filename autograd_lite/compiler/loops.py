"""Loops in a program: a step may stand for many, one for each round of the loops it is in.

A program stays a straight line of steps.  Beside it stands in which loops each step is: the products `w[j, i] * x[i]` of a layer
are one step in the loops of j and i, their sums over i one step in the loop of j.  What a step does is what it does to numbers; so
the rows of the table, the passes and the derivative are the same with loops as without.  Some operations are about loops themselves:

    block (place, ((loop, stride), ...))   the inputs at place + stride * round, one for each round: a matrix, say
    position (loop)                        the number of the round
    sum x ...  over                        all rounds of a loop together, and further operands once; so fsum, dot, max, min,
                                           logsumexp, softmax, log_softmax, and, or
    item x k  over                         what x was in round k of a loop
    stack x0 x1 ...  over                  in round k the k-th of these
    along x  over                          x, with the rounds of another loop of the same length in place of one of its own

A loop whose rounds follow each other, in which something is carried along, has a program of its own, its `Body`:

    scan x0 x1 ...  over                   the rounds of a body, on what is carried, what each round takes, and what they share
    carried x  over                        one of the numbers that a scan carried, after the last round
    given x  over                          what each round of a scan gave, in that loop
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress, product
from operator import ne
from typing import Any

#: A function of so many numbers is written with loops: below that a straight line runs faster.
WORTH_LOOPS = 1000
#: ... of so many times as many in Python source, where that straight line is still one function.
IN_PYTHON = 1.5
#: What only says where numbers are found: in or out of a loop.
MOVED = frozenset({"item", "stack", "along"})
#: What is about a loop with a body.
SCANS = frozenset({"scan", "carried", "given"})
#: What every target with loops has for itself: it is not written out by a row of the table.
LOOPED = MOVED | SCANS | {"sum", "fsum", "dot", "max", "min", "and", "or"}
#: Operations on any number of operands, and how many operands stand before those.
OF_MANY = {"sum": 0, "fsum": 0, "dot": 0, "max": 0, "min": 0, "logsumexp": 0, "softmax": 1, "log_softmax": 1}
#: Strides by loop: a number is found at a place, and by each so far from there in each round.
Strides = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Block:
    """Results that one step gives: in each round the one at `place + stride * round`; several blocks may add up in a place."""

    step: int
    place: int
    strides: Strides


def places(block: Block, sizes: Sequence[int]) -> list[int]:
    """All places of a block.

    >>> places(Block(7, 10, ((0, 5), (1, 1))), [2, 3])
    [10, 11, 12, 15, 16, 17]
    """
    found = [block.place]
    for loop, stride in block.strides:
        found = [place + k * stride for place in found for k in range(sizes[loop])]
    return found


def moved(block: Block, new: Mapping[int, int], sizes: Sequence[int]) -> tuple[int, Strides] | None:
    """Where a block is, when each of its places has moved; None if that is no block any more.

    >>> moved(Block(7, 10, ((0, 1),)), {10: 4, 11: 2, 12: 0}, [3])
    (4, ((0, -2),))
    """
    far = tuple((loop, stride) for loop, stride in block.strides if sizes[loop] > 1)
    where = [new.get(place) for place in places(replace(block, strides=far), sizes)]
    if None in where:
        return None
    place = new[block.place]
    strides = tuple((loop, new[block.place + stride] - place) for loop, stride in far)
    return (place, strides) if where == places(Block(-1, place, strides), sizes) else None


@dataclass(frozen=True)
class Part:
    """One of the results of a scan: its number, and the loop of what each round gave; in further loops all at `k + stride * round`."""

    k: int
    loop: int = -1
    strides: Strides = ()

    def places(self, sizes: Sequence[int]) -> list[int]:
        """The numbers of all that it is."""
        return places(Block(-1, self.k, self.strides), sizes)


@dataclass(frozen=True, eq=False)
class Body:
    """What a scan does in a round.

    Attributes
    ----------
    program : Program
        From the numbers that are carried, those that each round takes, and those that all share, to the next ones that are
        carried, and what the round gives.
    carried, taken : int
        How many there are of the first, and of the second.
    loop : int
        The loop of the rounds in the program that the scan is in.
    backwards : bool
        Whether the last round comes first.
    """

    program: Any
    carried: int
    taken: int
    loop: int
    backwards: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Body) and self._key() == other._key() and self.program.is_same(other.program)

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return (self.carried, self.taken, self.loop, self.backwards, len(self.program))

    def order(self, size: int) -> range:
        """The numbers of the rounds, as they come."""
        return range(size)[:: -1 if self.backwards else 1]

    @property
    def is_guarded(self) -> bool:
        """Whether something in a round has to be looked at, whatever becomes of its results."""
        return bool(self.program.guards or self.program.checks or self.program.guarded)


@dataclass
class Loops:
    """The loops of a program.

    Attributes
    ----------
    sizes : list of int
        How many rounds each has.
    axes : dict of int to tuple of int
        For a step that is in loops those, in order.
    over : dict of int to int
        For a step that is about one loop that one; for `along` the loop that was and the one that takes its place; for a scan its
        body, for its results which `Part` they are.
    blocks : list of Block
        Results that are found by strides; the others are `Program.outputs`, where -1 stands for these.
    """

    sizes: list[int] = field(default_factory=list)
    axes: dict[int, tuple[int, ...]] = field(default_factory=dict)
    over: dict[int, Any] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def add(self, size: int) -> int:
        """A new loop."""
        self.sizes.append(size)
        return len(self.sizes) - 1

    @property
    def has_scans(self) -> bool:
        """Whether there is a loop with a body."""
        return any(isinstance(over, Body) for over in self.over.values())

    def of(self, step: int) -> tuple[int, ...]:
        """The loops a step is in."""
        return self.axes.get(step, ())

    def place(self, step: int, op: str, args: tuple[Any, ...], over: Any) -> None:
        """Note in which loops a new step is."""
        if op == "block":
            axes = {loop for loop, _ in args[1]}
        elif op == "position":
            axes = {args[0]}
        elif op == "along":
            old, new = over
            axes = set(self.of(args[0])) - {old} | {new}
        else:
            axes = {loop for arg in args for loop in self.of(arg)}
            if op == "stack":
                axes.add(over)
            elif op == "scan":
                axes.discard(over.loop)
            elif op == "given":
                axes |= {over.loop, *[loop for loop, _ in over.strides]}
            elif over is not None:
                axes.discard(over)
        if axes:
            self.axes[step] = tuple(sorted(axes))
        if over is not None:
            self.over[step] = over

    def ends(self, place: int, strides: Strides) -> tuple[int, int]:
        """The first and the last of the places that strides lead to."""
        far = [stride * (self.sizes[loop] - 1) for loop, stride in strides]
        return place + sum(min(one, 0) for one in far), place + sum(max(one, 0) for one in far)

    def rounds(self, axes: Sequence[int]) -> Iterator[dict[int, int]]:
        """The rounds of loops inside each other: for each loop its number."""
        for numbers in product(*[range(self.sizes[loop]) for loop in axes]):
            yield dict(zip(axes, numbers, strict=True))

    def renumbered(self, new: Sequence[int]) -> "Loops":
        """The same loops where the step that was k is `new[k]` now (-1: none)."""
        return Loops(
            self.sizes,
            {new[step]: axes for step, axes in self.axes.items() if new[step] >= 0},
            {new[step]: loop for step, loop in self.over.items() if new[step] >= 0},
            [Block(new[one.step], one.place, one.strides) for one in self.blocks],
        )


def at(strides: Strides, rounds: dict[int, int]) -> int:
    """How far strides lead in a round.

    >>> at(((0, 10), (3, 1)), {0: 2, 3: 5})
    25
    """
    return sum(stride * rounds[loop] for loop, stride in strides)


class Shifts:
    """Where numbers go that lie one after the other: those of a block have to stay together.

    Parameters
    ----------
    new : sequence of int
        For each place the new one; -1 for a number that is left out.

    Examples
    --------
    >>> shifts = Shifts([5, 6, 7, -1, 0, 1])
    >>> [shifts.of(*ends) for ends in ((0, 2), (4, 5), (3, 3), (0, 1), (2, 4))]
    [5, -4, None, 5, 'torn']
    """

    def __init__(self, new: Sequence[int]) -> None:
        self._by = [None if one < 0 else one - place for place, one in enumerate(new)]
        self._cuts = [*compress(range(1, len(new)), map(ne, self._by[1:], self._by))]

    def of(self, first: int, last: int) -> Any:
        """How far all places from one to another move; None if they are left out, "torn" if not all move alike."""
        if bisect_right(self._cuts, first) != bisect_right(self._cuts, last):
            return "torn"
        return self._by[first]
