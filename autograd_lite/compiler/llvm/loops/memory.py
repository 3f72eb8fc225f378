"""Where the numbers of each step are: among the inputs, in an array of their own, or wherever another step's are."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.loops.views import SAMPLE, Nest, View
from autograd_lite.compiler.loops import MOVED, Strides
from autograd_lite.compiler.operations import TRUTHS

#: What is written where it is used.
_SIMPLE = frozenset({"const", "position"})


def spread(width: int) -> int:
    """A width as an odd number of the cache's lines, so that rows of it spread over all of the cache.

    >>> spread(5), spread(9), spread(64)
    (8, 24, 72)
    """
    return 8 * (-(-width // 8) | 1)


@dataclass
class Space:
    """What a kernel and the bodies of its scans share: how many numbers are kept, and arrays of constants by their names."""

    size: int = 0
    tables: dict[str, list[float]] = field(default_factory=dict)


class Memory:
    """The arrays of a kernel, each made when it is first looked for; see `Plan`.

    Attributes
    ----------
    nests : list of Nest
    level : dict of int to int
        For a step the number of its nest.
    inside : set of int
        Steps that are in the registers of their nest.
    contiguous : dict of int to int
        For a step the loop that is to be contiguous in its array, if that is not the last.
    """

    name = ""

    def __init__(self, kernel: Kernel, weighted: bool, chunk: int, table: bool) -> None:
        #: Whether the samples come one after the other, so that vectors run along other loops.
        self.apart = chunk == 1
        self.kernel, self.program, self.loops = kernel, kernel.program, kernel.program.loops
        self.weighted, self.chunk, self.in_table = weighted, chunk, table
        self.pitch = 1 if self.apart else spread(chunk)
        self.sizes, self.space = list(self.loops.sizes), self._whole_space()
        self.nests: list[Nest] = []
        self.level: dict[int, int] = {}
        self.inside: set[int] = set()
        self.contiguous: dict[int, int] = {}
        self.depends = self._depending()
        self.truth: list[bool] = []
        for op, args in zip(self.program.ops, self.program.args, strict=True):
            self.truth.append(op in TRUTHS or (op in MOVED and self.truth[args[0]]))
        self._views: dict[int, View] = {}
        #: Nests before all others, of steps that are simple but looked for in memory.
        self._first: list[Nest] = []
        self._take_rows()

    @property
    def size(self) -> int:
        """How many numbers are kept."""
        return self.space.size

    def _whole_space(self) -> Space:
        return Space()

    def _depending(self) -> list[bool]:
        """For each step whether it depends on the sample."""
        return self.program.depends(self.kernel.shared)

    def axes(self, step: int) -> tuple[int, ...]:
        """The loops a step is in, with that of the samples."""
        return self.sampled(self.loops.of(step), self.depends[step])

    def sampled(self, axes: Sequence[int], depends: bool) -> tuple[int, ...]:
        """These loops, and that of the samples, if it is one and something depends on it."""
        return (*axes, *([SAMPLE] if depends and not self.apart else []))

    def length(self, axis: int) -> int:
        """How many rounds a loop has; of the samples the most there may be."""
        return self.chunk if axis == SAMPLE else self.sizes[axis]

    def allot(self, axes: Sequence[int], row: int = 0) -> View:
        """New memory for numbers in loops, the last of which is contiguous; its rows may be longer than it."""
        strides, stride = [], 1
        for axis in reversed(axes):
            strides.append((axis, stride))
            stride *= self.pitch if axis == SAMPLE else row if row and axis == axes[-1] else self.sizes[axis]
        view = View("%memory", self.size, tuple(strides))
        self.space.size += -(-stride // 8) * 8
        return view

    def array(self, count: int, axes: Sequence[int]) -> tuple[View, int]:
        """New memory for so many numbers, each in loops; and how far they are from each other."""
        self.sizes.append(count)
        view = self.allot((len(self.sizes) - 1, *axes))
        return View(view.base, view.place, view.strides[:-1]), view.strides[-1][1]

    def table(self, numbers: list[float], axis: int) -> View:
        """Constants, one for each round of a loop."""
        name = f"@{self.name}.table{len(self.space.tables)}"
        self.space.tables[name] = numbers
        return View(name, 0, ((axis, 1),))

    def is_simple(self, step: int) -> bool:
        """Whether a step is written where it is used."""
        return self.program.ops[step] in _SIMPLE

    def is_alias(self, step: int) -> bool:
        """Whether a step only says where to look."""
        op, args = self.program.ops[step], self.program.args[step]
        return op == "along" or (op == "item" and self.program.ops[args[1]] == "const")

    def lies_along(self, step: int, axis: int) -> bool:
        """Whether the numbers of a step lie together along a loop."""
        if step in self.inside and step not in self._views:
            return self.axes(step)[-1] == axis
        return self.view(step).stride(axis) == 1

    def view(self, step: int) -> View:
        """Where the numbers of a step are; one that is in registers only so far is stored from now on."""
        if step not in self._views:
            self._views[step] = self._found(step)
        return self._views[step]

    def _found(self, step: int) -> View:
        op, args = self.program.ops[step], self.program.args[step]
        if op in ("input", "block"):
            return self._input(args[0], args[1] if op == "block" else ())
        if self.is_alias(step):
            source, over = self.view(args[0]), self.loops.over[step]
            return source.along(*over) if op == "along" else source.fixed(over, self._turn(args[1], over))
        axes, last = self.axes(step), self.contiguous.get(step)
        view = self.allot(axes if last is None else [*[axis for axis in axes if axis != last], last])
        if self.is_simple(step):
            self._first.append(Nest(axes, axes[-1] if axes else None, True, [step], [(step, view)]))
        else:
            nest = self.nests[self.level[step]]
            if step in self.inside or nest.fold == step:
                nest.stores.append((step, view))
        return view

    def _turn(self, place: int, over: int) -> int:
        """The number of a round that is known."""
        number, size = self.program.args[place][0], self.sizes[over]
        if not -1.0 < number < size:
            raise UnsupportedOperation(f"there is no round {number:g} in a loop of {size}: take one from 0 to {size - 1}")
        return int(number)

    def _input(self, place: int, strides: Strides) -> View:
        if place < self.kernel.shared:
            return View("%shared", place, strides)
        place -= self.kernel.shared
        if self.weighted and place == 0:
            return View("%weight", 0, self.along_samples(1))
        moved = tuple((axis, stride * self.pitch) for axis, stride in strides)
        base = "%inputs" if self.in_table or not self.apart else "%row"
        return View(base, (place - self.weighted) * self.pitch, (*moved, *self.along_samples(1)))

    def along_samples(self, stride: int) -> Strides:
        """How far it is from one sample to the next."""
        return () if self.apart else ((SAMPLE, stride),)

    def _take_rows(self) -> None:
        """Memory for the samples of a chunk, turned round and, if they come in rows, as they are; and for results in columns."""
        self.width = self.kernel.mapped - self.weighted
        if self.in_table:
            self.results = self.size
            self.space.size += -(-self.pitch * self.kernel.each // 8) * 8
        if self.width <= 0 or (self.apart and not self.in_table):
            return
        axis = len(self.sizes)
        self.sizes.append(self.width)
        self.inputs = self.allot(self.sampled((axis,), True)).place
        if self.in_table:
            return
        self.rows = self.allot((SAMPLE, axis), spread(self.width))
        turned = View("%inputs", 0, ((axis, self.pitch), (SAMPLE, 1)))
        self.nests.append(Nest((axis, SAMPLE), SAMPLE, False, stores=[(self.rows, turned)]))

    def turned(self, step: int, n: int) -> View:
        """A step with the samples outside and loop n contiguous; but for the rows themselves that is made now."""
        view = self.view(step)
        if view.base == "%inputs" and view.stride(n) == self.pitch and not self.in_table:
            moved = tuple((axis, stride // self.pitch) for axis, stride in view.strides if axis != SAMPLE)
            place = self.rows.place + view.place // self.pitch
            return View("%memory", place, (*moved, (SAMPLE, self.rows.stride(SAMPLE))))
        axes = (*[axis for axis in self.axes(step) if axis not in (n, SAMPLE)], SAMPLE, n)
        to = self.allot(axes, spread(self.sizes[n]))
        self.nests.append(Nest(axes, n, False, stores=[(view, to)]))
        return to
