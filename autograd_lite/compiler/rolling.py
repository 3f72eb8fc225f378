"""Loops found in a straight program: units of a layer, heads, positions, that are the same but for the numbers they take.

Steps are coloured by what they compute, inputs left aside: operation and colours of the operands.  Steps of one colour whose operands
follow each other, in the inputs or in loops that were found before, become one step in a nest of loops (`grids.py`); whatever it is
that they compute.  What does not follow stays a step of its own, and is found in the others' loops by its number.

Where a later step takes a part of a loop (a head: four of sixteen units), that loop becomes two, and all is begun again.

So the time of everything that comes after does not grow with the width of a layer, nor with the number of layers that are alike.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise, product
from math import prod
from typing import Any

from autograd_lite.compiler.found import Found, Split
from autograd_lite.compiler.grids import grids, inside, steps
from autograd_lite.compiler.lists import FEWEST, listed
from autograd_lite.compiler.loops import Block
from autograd_lite.compiler.nest import Nest
from autograd_lite.compiler.operations import LEAVES
from autograd_lite.compiler.program import Guard, Program

#: One of which more operations are left has to be in so many rounds each, for one in loops takes as long to compile as so many that
#: are not.
MOST_LOOPED, WORTH_ROUNDS = 600, 50


def rolled(program: Program, first: int = 0) -> Program:
    """The program with loops in place of what is alike, as far as there is any; it gives the same results.

    Sums are taken in the order of the loop, so a last bit may differ.

    Parameters
    ----------
    program : Program
        A straight line; one with scans stays as it is.
    first : int, default 0
        So many results are not the others': no block has some of both.

    Examples
    --------
    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); xs = [b.input(f"x{k}") for k in range(8)]
    >>> program = rolled(b.finish([b.emit("tanh", b.emit("mul", x, b.const(2.0))) for x in xs]))
    >>> program.counts(), program.loops.sizes
    ({'mul': 1, 'tanh': 1}, [8])
    """
    if program.rules:
        return replace(program, straight="a function with a backward rule of its own (custom_vjp) is not looked through")
    if program.loops.has_scans:
        return program
    program = listed(program)
    classes, splits = list(_classes(program)), defaultdict[int, set[int]](set)
    while True:
        try:
            roller = _Roller(program, splits)
            return replace(roller.program(classes, first), straight=roller.straight())
        except Split as split:
            splits[split.colour].add(split.period)


def _classes(program: Program) -> Iterator[tuple[int, list[int]]]:
    """The colours and their steps, those first that others are made of."""
    alive = program.needed([*program.roots, *program.checks])
    expected = {guard.index: guard.expected for guard in program.guards}
    known: dict[Any, int] = {}
    colours, heights = [0] * len(program), [0] * len(program)
    classes: dict[int, list[int]] = defaultdict(list)
    for step, (op, args) in enumerate(zip(program.ops, program.args, strict=True)):
        if op in LEAVES:
            key: Any = (op, *[(program.loops.sizes[loop], stride) for loop, stride in args[1]]) if op == "block" else op
        else:
            key = (op, step in program.loops.over, expected.get(step), *[colours[arg] for arg in args])
            heights[step] = 1 + max([heights[arg] for arg in args], default=0)
        colours[step] = known.setdefault(key, len(known))
        if op not in LEAVES and alive[step]:
            classes[colours[step]].append(step)
    yield from sorted(classes.items(), key=lambda pair: (heights[pair[1][0]], pair[1][0]))


class _Roller(Found):
    """Writes the program again, all steps of a colour at a time."""

    def __init__(self, program: Program, splits: dict[int, set[int]]) -> None:
        super().__init__(program, splits)
        #: What is alike and in no loop, as it follows no pattern: a text, how many, and each operand of all of them.
        self.broken: list[tuple[str, int, Sequence[Sequence[int]]]] = []

    def program(self, classes: Sequence[tuple[int, list[int]]], first: int) -> Program:
        for colour, members in classes:
            if self.old.ops[members[0]] == "stack":
                members = [step for step in members if not self._is_grid(step)]
            self._class(colour, members)
        old, b = self.old, self.b
        outputs, b.loops.blocks = self._outputs(first)
        guards: dict[tuple[int, bool], Guard] = {}
        for guard in old.guards:
            step = self._whole(guard.index, {one.index for one in old.guards if one.expected is guard.expected})
            guards.setdefault((step, guard.expected), replace(guard, index=step))
        checks = dict.fromkeys(self._base(step) if step in self.found else self.one(step) for step in old.checks)
        return b.finish(outputs, guards.values(), name=old.name, checks=list(checks))

    def _base(self, step: int) -> int:
        return self.found[step][0][0]  # type: ignore[no-any-return]

    def _is_grid(self, step: int) -> bool:
        """Whether a list is found in loops that there are, or in the inputs."""
        places = [self.place(arg) for arg in self.old.args[step]]
        (base, shape, _), first = places[0]
        if base == "const" or shape or any(kind != places[0][0] for kind, _ in places):
            return False
        (_, shape), *others = grids(places)
        if others:
            if FEWEST * len(others) >= len(places):
                args = self.old.args[step]
                self.broken.append((f"in a list of {len(args):,} results of {self.old.ops[args[0]]}", len(args), [args]))
            return False
        self.found[step] = (base, shape, tuple(steps([numbers for _, numbers in places], shape))), first
        return True

    # --- what is alike ---------------------------------------------------------------------------------------------------

    def _class(self, colour: int, members: Sequence[int]) -> None:
        """Write the steps of a colour, those that take the same numbers once."""
        old, ranks, first, keys = self.old, dict[Any, int](), dict[Any, int](), list[Any]()
        for step in members:
            kinds, numbers = zip(*map(self.place, old.args[step]), strict=True)
            consts = [old.args[arg][0] for arg in old.args[step] if old.ops[arg] == "const"]
            keys.append((ranks.setdefault(kinds, len(ranks)), sum(numbers, ()), tuple(map(repr, consts))))
            first.setdefault(keys[-1], step)
        order = list(first)
        parts = grids([key[:2] for key in order], self.splits[colour])
        if len(parts) > 1:  # in the order of their operands, if that gives fewer loops
            other = sorted(order, key=lambda key: (key[:2], tuple(map(float, key[2]))))
            found = grids([key[:2] for key in other], self.splits[colour])
            order, parts = (other, found) if len(found) < len(parts) else (order, parts)
        for start, shape in parts:
            self._grid(colour, [first[key] for key in order[start : start + prod(shape)]], shape)
        for step, key in zip(members, keys, strict=True):
            self.found.setdefault(step, self.found[first[key]])
        single = list(first.values())
        if len(set(map(self._base, single))) == len(single) >= FEWEST and old.ops[single[0]] != "stack":
            columns = list(zip(*[old.args[step] for step in single], strict=True))
            self.broken.append((f"{len(single):,} times {old.ops[single[0]]}, alike but for operands", len(single), columns))

    def straight(self) -> str:
        """Why what is alike is in no loop; "" if nothing is."""
        what, count, columns = max(self.broken, key=lambda one: one[1], default=("", 0, []))
        for column in columns:
            places = [self.old.args[arg][0] for arg in column if self.old.ops[arg] in ("input", "block")]
            if len(places) == count and len({y - x for x, y in pairwise(places)}) > 1:
                return f"{what} that do not follow each other: inputs {', '.join(map(str, places[:4]))}, ..."
        return what and f"{what} that are in no loop, or do not follow each other there"

    def _grid(self, colour: int, members: Sequence[int], shape: tuple[int, ...]) -> None:
        """Write a nest of steps as one, or as several where that cannot be."""
        old = self.old
        small = shape and len(members) < FEWEST
        columns = list(zip(*[old.args[step] for step in members], strict=True))
        nest = None if small else Nest(self, old.ops[members[0]], columns, shape)
        if nest is None or (nest.torn and len(shape) > 1):
            size = len(members) // shape[0]
            for start in range(0, len(members), size):
                self._grid(colour, members[start : start + size], shape[1:])
            return
        step, loops = nest.written()
        inner = dict(zip(nest.loops, inside(shape), strict=False))
        self.loops[step] = [(loop, colour, inner.get(loop, 0)) for loop in loops]
        for member, rounds in zip(members, product(*map(range, shape)), strict=True):
            turns = dict(zip(nest.loops, rounds, strict=False))
            numbers = tuple([turns.get(loop, 0) for loop in loops])
            if old.ops[member] == "stack":
                ways = tuple([int(loop not in turns) for loop in loops])
                self.found[member] = (step, (len(old.args[member]),), (ways,)), numbers
            else:
                self.found[member] = (step, (), ()), numbers

    # --- what is wanted --------------------------------------------------------------------------------------------------

    def _whole(self, step: int, wanted: set[int]) -> int:
        """A step in its loops, if all its rounds are wanted; otherwise by itself."""
        return self._base(step) if step in self.found and self._members[self._base(step)] <= wanted else self.one(step)

    @cached_property
    def _members(self) -> dict[int, set[int]]:
        members: dict[int, set[int]] = defaultdict(set)
        for step, ((base, shape, _), _) in self.found.items():
            if not shape:
                members[base].add(step)
        return members

    def _outputs(self, apart: int) -> tuple[list[int], list[Block]]:
        """The results: those that follow each other in loops as a block."""
        old, outputs, blocks = self.old, list[int](), list[Block]()
        places = [
            ((k < apart, step if step not in self.found else self.found[step][0]), self.found.get(step, ("", ()))[1])
            for k, step in enumerate(old.outputs)
        ]
        for first, shape in grids(places):
            here = range(first, first + prod(shape))
            numbers = [places[k][1] for k in here]
            if old.outputs[first] in self.found and len(here) >= FEWEST:
                base, ways = self._base(old.outputs[first]), steps(numbers, shape)
                along = self.aligned(base, numbers[0], shape, ways)
                if isinstance(along, dict) and len(along) == len(shape):
                    step = self.moved(base, numbers[0], {axis: self.loops[base][axis][0] for axis in along})
                    far = inside(shape)
                    blocks.append(
                        Block(step, first, tuple((self.loops[base][axis][0], far[k]) for axis, k in along.items()))
                    )
                    outputs += [-1] * len(here)
                    continue
            outputs += [self.one(old.outputs[k]) for k in here]
        return outputs, blocks
