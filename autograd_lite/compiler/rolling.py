"""Loops found in a straight program: units of a layer that are the same but for the numbers they take.

Steps are coloured by what they compute, inputs left aside: operation and colours of the operands.  Steps of one colour whose operands
follow each other, in the inputs or in a loop that was found before, become one step in a loop; whatever it is that they compute.
What does not follow stays a step of its own, and is found in the others' loops by its number.

So the time of everything that comes after does not grow with the width of a layer.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from autograd_lite.compiler.lists import FEWEST, listed
from autograd_lite.compiler.loops import Block, Body, Part, Strides
from autograd_lite.compiler.operations import LEAVES
from autograd_lite.compiler.program import Builder, Guard, Program

#: One of which so many operations are left is not: a straight line of that many is compiled sooner than as many loops.
MOST_LOOPED = 600


def rolled(program: Program) -> Program:
    """The program with loops in place of what is alike, as far as there is any; it gives the same results.

    Sums are taken in the order of the loop, so a last bit may differ.

    Examples
    --------
    >>> b = Builder(); xs = [b.input(f"x{k}") for k in range(8)]
    >>> program = rolled(b.finish([b.emit("tanh", b.emit("mul", x, b.const(2.0))) for x in xs]))
    >>> program.counts(), program.loops.sizes
    ({'mul': 1, 'tanh': 1}, [8])
    """
    if program.rules:
        return replace(program, straight="a function with a backward rule of its own (custom_vjp) is not looked through")
    roller = _Roller(listed(program))
    return replace(roller.program(), straight=roller.straight())


# --- loops --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _In:
    """Where an old step is found: `step` of the new program, in round `k` of `loop`; by itself if there is none."""

    step: int
    loop: int = -1
    k: int = 0


class _Roller:
    """Writes the program again, all steps of a colour at a time."""

    def __init__(self, program: Program) -> None:
        self.old, self.b = program, Builder()
        self.b.names = program.names
        self.found: dict[int, _In] = {}
        self.single: dict[int, int] = {}
        self.leaves: dict[Any, int] = {}
        #: Steps that are alike and in no loop, as they follow no pattern.
        self.broken: list[list[int]] = []
        #: For each loop of the old program the one that it is now.
        self.loops: dict[int, int] = {}

    def program(self) -> Program:
        for members in self._classes():
            runs = [*self._runs(members)]
            if len(runs) == len(members) >= FEWEST:
                self.broken.append(members)
            for run in runs:
                self._write(run)
        old, b = self.old, self.b
        outputs, b.loops.blocks = self._outputs()
        guards: dict[tuple[int, bool], Guard] = {}
        for guard in old.guards:
            step = self._whole(guard.index, {one.index for one in old.guards if one.expected is guard.expected})
            guards.setdefault((step, guard.expected), replace(guard, index=step))
        checks = dict.fromkeys(self.found[step].step if step in self.found else self._one(step) for step in old.checks)
        return b.finish(outputs, guards.values(), name=old.name, checks=list(checks))

    def straight(self) -> str:
        """Why steps that are alike are in no loop; "" if there are none."""
        members, old = max(self.broken, key=len, default=[]), self.old
        if not members:
            return ""
        first = f"{len(members):,} times {old.ops[members[0]]}, alike but for operands that "
        for column in zip(*[old.args[step] for step in members], strict=True):
            places = [old.args[arg][0] for arg in column if old.ops[arg] in ("input", "block")]
            if len(places) == len(members) and len({y - x for x, y in pairwise(places)}) > 1:
                return f"{first}do not follow each other: inputs {', '.join(map(str, places[:4]))}, ..."
        return f"{first}are in no loop themselves, or in no common order"

    # --- what is alike ---------------------------------------------------------------------------------------------------

    def _classes(self) -> Iterator[list[int]]:
        """Steps of one colour, those first that others are made of."""
        old = self.old
        alive = old.needed([*old.roots, *old.checks])
        expected = {guard.index: guard.expected for guard in old.guards}
        known: dict[Any, int] = {}
        colours, heights = [0] * len(old), [0] * len(old)
        classes: dict[int, list[int]] = defaultdict(list)
        for step, (op, args) in enumerate(zip(old.ops, old.args, strict=True)):
            if op in LEAVES:
                key: Any = (op, args[1]) if op == "block" else op
            else:
                key = (op, old.loops.over.get(step), expected.get(step), *[colours[arg] for arg in args])
                if op in ("stack", "scan"):  # a list is like itself alone
                    key = (op, step)
                heights[step] = 1 + max([heights[arg] for arg in args], default=0)
                if alive[step]:
                    classes[known.setdefault(key, len(known))].append(step)
            colours[step] = known.setdefault(key, len(known))
        yield from sorted(classes.values(), key=lambda members: (heights[members[0]], members[0]))

    def _runs(self, members: list[int]) -> Iterator[list[int]]:
        """The members in parts, each of which follows one pattern in all operands."""
        start = 0
        while start < len(members):
            end = self._end(members, start)
            if end - start < FEWEST:
                end = start + 1
            yield members[start:end]
            start = end

    def _end(self, members: list[int], start: int) -> int:
        """Up to which member the operands follow those of the first two."""
        steps: list[Any] = []
        last, end = self._places(members[start]), start + 1
        while end < len(members):
            now = self._places(members[end])
            found = [_between(x, y) for x, y in zip(last, now, strict=True)]
            if None in found or (steps and found != steps):
                break
            steps, last, end = found, now, end + 1
        return end

    def _places(self, step: int) -> list[Any]:
        """For each operand in what kind of place it is found, and its number there."""
        if self.old.ops[step] == "stack":
            return []
        return [self._place(arg) for arg in self.old.args[step]]

    def _place(self, arg: int) -> Any:
        op, args = self.old.ops[arg], self.old.args[arg]
        if op in ("input", "block"):
            return (op, *args[1:]), args[0]
        if op == "const":
            return "const", args[0]
        if op == "position":
            return "same", arg
        where = self.found[arg]
        return (where.step, where.k) if where.loop >= 0 else ("same", where.step)

    # --- what is written -------------------------------------------------------------------------------------------------

    def _write(self, run: list[int]) -> None:
        """One step, or several as one in a loop."""
        op, b = self.old.ops[run[0]], self.b
        over: Any = self.old.loops.over.get(run[0])
        if op == "stack":
            self.found[run[0]] = _In(self._list(self.old.args[run[0]], over))
            return
        if op == "item" and self.old.ops[self.old.args[run[0]][1]] == "const":
            for step in run:
                of, k = self.old.args[step]
                self.found[step] = _In(self._one(of), self._same_loop(over), int(self.old.args[k][0]))
            return
        columns = list(zip(*[self.old.args[step] for step in run], strict=True))
        loop = -1 if len(run) == 1 else self._loop(columns, len(run))
        steps = [self._many(column, loop) for column in columns]
        written = b.emit(op, *steps, over=self._same(over))
        inside = loop in b.loops.of(written)  # not if it is the same in each round
        for k, step in enumerate(run):
            self.found[step] = _In(written, loop, k) if inside else _In(written)

    def _same(self, over: Any) -> Any:
        """What a step is about in the new program."""
        if isinstance(over, Body) or (isinstance(over, Part) and over.loop >= 0):
            return replace(over, loop=self._same_loop(over.loop))
        if isinstance(over, tuple):
            return tuple(map(self._same_loop, over))
        return self._same_loop(over) if isinstance(over, int) else over

    def _same_loop(self, loop: int) -> int:
        """A loop of the old program in the new one."""
        if loop not in self.loops:
            self.loops[loop] = self.b.loops.add(self.old.loops.sizes[loop])
        return self.loops[loop]

    def _list(self, args: Sequence[int], old: Any) -> int:
        """A list: a step whose rounds these are, all of them in order, or one after the other."""
        whole = self._family(args)
        if whole is not None and old not in self.loops:
            self.loops[old] = whole.loop
            return whole.step
        return self._many(args, self._same_loop(old))

    def _loop(self, columns: list[tuple[int, ...]], count: int) -> int:
        """A loop that the operands are in already, or a new one."""
        for column in columns:
            whole = self._family(column)
            if whole is not None:
                return whole.loop
        return self.b.loops.add(count)

    def _family(self, args: Sequence[int]) -> _In | None:
        """Where the first of these is, if they are all rounds of one step, in order."""
        first = self.found.get(args[0])
        if first is None or first.loop < 0 or len(args) != self.b.loops.sizes[first.loop]:
            return None
        return first if all(self.found.get(arg) == _In(first.step, first.loop, k) for k, arg in enumerate(args)) else None

    def _many(self, args: Sequence[int], loop: int) -> int:
        """One operand for each round of a loop as a step."""
        if loop < 0 or all(arg == args[0] for arg in args):
            return self._one(args[0])
        whole = self._family(args)
        if whole is not None:
            return whole.step if whole.loop == loop else self.b.emit("along", whole.step, over=(whole.loop, loop))
        kinds, numbers = zip(*map(self._place, args), strict=True)
        if kinds[0] in (("input",), "const") or isinstance(kinds[0], tuple):
            strides = {y - x for x, y in pairwise(numbers)}
            if len(set(kinds)) == len(strides) == 1:
                stride = strides.pop()
                if kinds[0] != "const":
                    inner = kinds[0][1] if kinds[0][0] == "block" else ()
                    return self._block(numbers[0], ((loop, stride), *self._strides(inner)))
                if (numbers[0], stride) == (0.0, 1.0):
                    return self._leaf("position", (loop,))
        steps = [self._one(arg) for arg in args]
        return steps[0] if len(set(steps)) == 1 else self.b.emit("stack", *steps, over=loop)

    def _one(self, arg: int) -> int:
        """A step of the old program by itself."""
        op, args = self.old.ops[arg], self.old.args[arg]
        if op == "input":
            return self._leaf("input", args)
        if op == "block":
            return self._block(args[0], self._strides(args[1]))
        if op == "const":
            return self.b.const(args[0])
        if op == "position":
            return self._leaf("position", (self._same_loop(args[0]),))
        where = self.found[arg]
        if where.loop < 0:
            return where.step
        if arg not in self.single:
            self.single[arg] = self.b.emit("item", where.step, self.b.const(float(where.k)), over=where.loop)
        return self.single[arg]

    def _strides(self, strides: Strides) -> Strides:
        return tuple((self._same_loop(loop), stride) for loop, stride in strides)

    def _block(self, place: int, strides: Strides) -> int:
        return self._leaf("block", (place, strides))

    def _leaf(self, op: str, args: tuple[Any, ...]) -> int:
        if (op, args) not in self.leaves:
            self.leaves[op, args] = self.b.append(op, args)
        return self.leaves[op, args]

    # --- what is wanted --------------------------------------------------------------------------------------------------

    def _whole(self, step: int, wanted: set[int]) -> int:
        """A step in its loop, if all its rounds are wanted; otherwise by itself."""
        where = self.found.get(step)
        return where.step if where is not None and self._members[where.step] <= wanted else self._one(step)

    @cached_property
    def _members(self) -> dict[int, set[int]]:
        members: dict[int, set[int]] = defaultdict(set)
        for step, where in self.found.items():
            members[where.step].add(step)
        return members

    def _outputs(self) -> tuple[list[int], list[Block]]:
        """The results: those that follow each other in a loop as a block."""
        outputs, blocks, rest = list[int](), list[Block](), list(self.old.outputs)
        while rest:
            where = self.found.get(rest[0])
            size = self.b.loops.sizes[where.loop] if where is not None and where.loop >= 0 else 0
            if where is not None and size and self._family(rest[:size]) is not None:
                blocks.append(Block(where.step, len(outputs), ((where.loop, 1),)))
                outputs += [-1] * size
                rest = rest[size:]
            else:
                outputs.append(self._one(rest.pop(0)))
        return outputs, blocks


def _between(x: Any, y: Any) -> Any:
    """How far the second place is from the first; None if it is of another kind."""
    (kind, at), (other, to) = x, y
    if kind != other:
        return None
    if kind == "const":
        return "const"
    if kind == "same":
        return 0 if at == to else None
    return to - at
