"""Where the numbers of a straight program are found in one with loops that is being written."""

from collections.abc import Sequence
from math import prod
from typing import Any

from autograd_lite.compiler.grids import Place, steps
from autograd_lite.compiler.program import Builder, Program


class Split(Exception):
    """The steps of a colour have to be in more loops: a loop ends where so many of them are together.

    The part of the loop that is wanted begins at a round; None if all parts are.
    """

    def __init__(self, colour: int, period: int, part: int | None) -> None:
        super().__init__()
        self.colour, self.period, self.part = colour, period, part


class Found:
    """The old program, the new one, and what of the one is where in the other.

    Numbers are found at a *place*: a base, which is the inputs or a step of the new program, and the number of the input, or of the
    round in each loop of the step.  A list of them has a shape and the way from one to the next besides, for it may be in several loops.

    Parameters
    ----------
    program : Program
        The old one.
    splits : dict of int to set of int
        For colours of steps after how many of them loops end.
    """

    def __init__(self, program: Program, splits: dict[int, set[int]]) -> None:
        self.old, self.b, self.splits = program, Builder(), splits
        self.b.names = program.names
        #: Where an old step is found.
        self.found: dict[int, Place] = {}
        #: For a new step its loops, each with the colour of its steps and how many of these are in one round.
        self.loops: dict[int, list[tuple[int, int, int]]] = {}
        self._known: dict[Any, int] = {}

    def place(self, arg: int) -> Place:
        """Where an operand is."""
        op, args = self.old.ops[arg], self.old.args[arg]
        if op == "input":
            return ("input", (), ()), args
        if op == "block":
            ((loop, stride),) = args[1]
            return ("input", (self.old.loops.sizes[loop],), ((stride,),)), args[:1]
        return (("const", (), ()), ()) if op == "const" else self.found[arg]

    def size(self, loop: int) -> int:
        """How many rounds a loop has."""
        return self.b.loops.sizes[loop]

    def number(self, arg: int) -> Any:
        """What tells a step of the old program from others of its colour: a number, or where it is."""
        return repr(self.old.args[arg][0]) if self.old.ops[arg] == "const" else self.place(arg)

    def aligned(self, base: int, start: Sequence[int], sizes: Sequence[int], ways: Sequence[Sequence[int]]) -> Any:
        """For each loop of a step that goes along with one of these rounds the place of that; None if any goes another way.

        Parameters
        ----------
        base : int
            The step.
        start : sequence of int
            The number of the first round in each of its loops.
        sizes, ways : sequence
            How many rounds there are, and for each of them how far the step's loops go.

        Returns
        -------
        dict of int to int, None or Split
            The last if parts of a loop go along.
        """
        found: dict[int, int] = {}
        split: Split | None = None
        for axis, (loop, colour, inner) in enumerate(self.loops[base]):
            along = {place: way[axis] for place, way in enumerate(ways) if way[axis]}
            if not along:
                continue
            place = min(along, key=lambda place: abs(along[place]))
            far, count, size = along.pop(place), sizes[place], self.size(loop)
            if place in found.values():
                return None
            if not along and (far, count, start[axis]) == (1, size, 0):
                found[axis] = place
                continue
            part = count if far == 1 else far
            if (
                not inner
                or not 1 < part < size
                or any(one % part for one in (size, start[axis] * (far == 1), *along.values()))
            ):
                return None
            whole = far == 1 and count * prod(sizes[one] for one in along) == size
            split = Split(colour, inner * part, None if whole else start[axis])
        if split is not None and split.period in self.splits[split.colour]:
            return None
        return split or found

    def moved(self, step: int, start: Sequence[int], loops: dict[int, int]) -> int:
        """A step in a round of those of its loops that are not given, in the loops that are given in place of the others.

        Parameters
        ----------
        step : int
        start : sequence of int
            The round in each of its loops.
        loops : dict of int to int
            For places among its loops.
        """
        renamed = {}
        for axis, (loop, _, _) in enumerate(self.loops[step]):
            if axis not in loops:
                step = self._emit("item", step, self.b.const(float(start[axis])), over=loop)
            elif loops[axis] != loop:
                renamed[loop] = loops[axis]
        while renamed:
            free = [loop for loop, new in renamed.items() if new not in self.b.loops.of(step)]
            loop = free[0] if free else next(iter(renamed))
            new = renamed.pop(loop)
            if not free:  # two that change places
                spare = self.b.loops.add(self.size(loop))
                new, renamed[spare] = spare, new
            step = self._emit("along", step, over=(loop, new))
        return step

    def _emit(self, op: str, *args: int, over: Any) -> int:
        """A step that only says where numbers are, each once."""
        key = op, args, over
        if key not in self._known:
            self._known[key] = self.b.emit(op, *args, over=over)
        return self._known[key]

    def leaf(self, op: str, *args: Any) -> int:
        """Inputs, or the number of a round, each once."""
        if (op, args) not in self._known:
            self._known[op, args] = self.b.append(op, args)
        return self._known[op, args]

    def one(self, arg: int) -> int:
        """A step of the old program by itself."""
        return self.column([arg], (), ())

    def column(self, args: Sequence[int], shape: tuple[int, ...], loops: Sequence[int]) -> int:
        """Steps of the old program, one for each round of some loops, as one."""
        if self.old.ops[args[0]] == "const":
            numbers = [self.old.args[arg][0] for arg in args]
            if all(repr(number) == repr(numbers[0]) for number in numbers):
                return self.b.const(numbers[0])
            if len(shape) == 1 and numbers == list(range(len(numbers))):
                return self.leaf("position", loops[0])
        else:
            places = [self.place(arg) for arg in args]
            ways = steps([numbers for _, numbers in places], shape)
            found = self.whole(places[0], shape, ways, loops) if len({kind for kind, _ in places}) == 1 else None
            if found is not None:
                return found
        size = len(args) // shape[0]
        parts = [self.column(args[k : k + size], shape[1:], loops[1:]) for k in range(0, len(args), size)]
        return parts[0] if len(set(parts)) == 1 else self.b.emit("stack", *parts, over=loops[0])

    def whole(self, place: Place, shape: tuple[int, ...], ways: Any, loops: Sequence[int]) -> int | None:
        """What is found from a place on, each round of some loops so far from the last; None if that is not one step."""
        (base, _, _), start = place
        if base == "input":
            strides = tuple((loop, way[0]) for loop, way in zip(loops, ways, strict=True) if way[0])
            return self.leaf("block", *start, strides) if strides else self.leaf("input", *start)
        along = self.aligned(base, start, shape, ways)
        return self.moved(base, start, {axis: loops[k] for axis, k in along.items()}) if isinstance(along, dict) else None
