"""How texts of programs with loops say where a number is: letters for loops, names for lists of inputs, moved steps seen through."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from autograd_lite.compiler.loops import MOVED, Strides
from autograd_lite.compiler.program import Program

_LETTERS = "ijknpqruvw"


class Indices:
    """The letters of the loops of a program; no two that meet in a step have the same.

    Parameters
    ----------
    program : Program
    taken : collection of str
        Names that are somebody else's.
    """

    def __init__(self, program: Program, taken: Collection[str] = ()) -> None:
        self.program, self.loops = program, program.loops
        beside: dict[int, set[int]] = defaultdict(set)
        groups = {self.space(step) for step in range(len(program))}
        groups |= {tuple(loop for loop, _ in block.strides) for block in self.loops.blocks}
        for group in groups:
            for loop in group:
                beside[loop].update(group)
        more = (f"i{k}" for k in range(len(self.loops.sizes) + len(taken) + 1))
        free = [name for name in (*_LETTERS, *more) if name not in taken]
        #: One that is always free where no loop is.
        self.first = free[0]
        self.letters: list[str] = []
        for loop in range(len(self.loops.sizes)):
            used = {self.letters[other] for other in beside[loop] if other < loop}
            self.letters.append(next(name for name in free if name not in used))

    def space(self, step: int) -> tuple[int, ...]:
        """The loops in which a step computes: those it is in, and the one it is over."""
        over = self.loops.over.get(step, ())
        return (*self.loops.of(step), *((over,) if isinstance(over, int) else over))

    def moved(self, step: int) -> bool:
        """Whether a step only says where to look."""
        op, args = self.program.ops[step], self.program.args[step]
        return op == "along" or (op == "item" and self.program.ops[args[1]] == "const")

    def place(self, step: int) -> tuple[int, dict[int, str]]:
        """The step that has the numbers of this one, and for each of its loops which round it is."""
        if not self.moved(step):
            return step, {loop: self.letters[loop] for loop in self.loops.of(step)}
        args, over = self.program.args[step], self.loops.over[step]
        old, new = over if isinstance(over, tuple) else (over, None)
        turn = str(int(self.program.args[args[1]][0])) if new is None else self.letters[new]
        source, rounds = self.place(args[0])
        return source, {loop: turn if text == self.letters[old] else text for loop, text in rounds.items()}

    def joins(self, step: int) -> list[int]:
        """The operands of a step that are computed in just the loops in which it takes them."""
        loops, over = self.loops, self.loops.over.get(step)
        if self.moved(step) or self.program.ops[step] == "stack":
            return []
        own, found = set(loops.of(step)), []
        for place, arg in enumerate(self.program.operands(step)):
            axes, item = set(loops.of(arg)), self.program.ops[step] == "item"
            within = axes == (own | {over} if over in axes else own)
            if within and self.program.ops[arg] not in MOVED and not (item and place == 0):
                found.append(arg)
        return found

    def counted(self, place: int, strides: Strides, rounds: Mapping[int, str] | None = None) -> str:
        """A place and strides as a sum, in rounds other than those of the letters where such are given.

        >>> from autograd_lite.compiler.program import Builder
        >>> b = Builder(); i, j = b.loops.add(3), b.loops.add(4); x = b.block(7, ((i, 4), (j, 1)))
        >>> indices = Indices(b.finish([]), {"i"})
        >>> indices.counted(7, ((i, 4), (j, 1))), indices.counted(7, ((i, 4), (j, 1)), {i: "2", j: "k"})
        ('4 * j + k + 7', 'k + 15')
        """
        found = [((rounds or {}).get(loop, self.letters[loop]), stride) for loop, stride in strides if stride]
        place += sum(int(turn) * stride for turn, stride in found if turn.isdecimal())
        terms = [turn if stride == 1 else f"{stride} * {turn}" for turn, stride in found if not turn.isdecimal()]
        return " + ".join([*terms, *([str(place)] if place or not terms else [])]).replace("+ -", "- ")


def straddles(program: Program, inputs: Iterable[int], outputs: Iterable[int] = ()) -> bool:
    """Whether a list of inputs, or of results, lies on both sides of one of these places."""
    loops = program.loops
    leaves = [args for op, args in zip(program.ops, program.args, strict=True) if op == "block"]
    given = [(block.place, block.strides) for block in loops.blocks]
    return any(
        first < cut <= last
        for lists, cuts in ((leaves, inputs), (given, outputs))
        for first, last in [loops.ends(*one) for one in lists]
        for cut in cuts
    )


def label(program: Program, step: int) -> str:
    """What an input is called, or what the labels of a list of inputs have in common; empty if that is nothing.

    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); b.names = [f"layer1.neuron{i}.w{j}" for i in range(3) for j in range(4)]
    >>> i, j = b.loops.add(3), b.loops.add(4); step = b.block(0, ((i, 4), (j, 1)))
    >>> label(b.finish([]), step)
    'layer1_neuron_w'
    """
    place, strides = (*program.args[step], ())[:2]
    first, last = [re.split(r"(\d+)", program.names[end]) for end in program.loops.ends(place, strides)]
    if not strides or len(first) != len(last) or first[::2] != last[::2]:
        return "" if strides else program.names[place]
    return re.sub(r"[\W_]+", "_", "".join(x for x, y in zip(first, last, strict=True) if x == y)).strip("_")
