"""What is computed in which nest of loops, and where what several nests need is kept in memory.

What depends on the sample has the samples of a chunk as its last loop, so that they lie together and a vector holds some of
them; other steps are vectors along the last loop they are in.  Steps in the same loops share a nest, whose results stay in
registers; one that another nest needs is stored.  `item`, `along` and inputs by strides are not computed at all: they say where
to look.  A sum of products over a loop that is not in the form of a matrix times a matrix is an ordinary fold.
"""

from collections.abc import Sequence

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.loops.views import SAMPLE, Contraction, Nest, View
from autograd_lite.compiler.operations import TRUTHS

#: What is written where it is used.
_SIMPLE = frozenset({"const", "position"})
_MOVED = frozenset({"item", "stack", "along"})
#: Samples that are computed together, if what is kept of them takes no more than so many numbers in memory.
CHUNKS, MOST = (64, 24, 8), 1 << 23


class Plan:
    """The nests of a kernel, in order, and the memory they need.

    Parameters
    ----------
    kernel : Kernel
        Its program is in the core, and has loops.
    weighted, stored : bool
        As in `Schedule`.
    chunk : int
        The most samples that are computed together.
    """

    def __init__(self, kernel: Kernel, weighted: bool, stored: bool, chunk: int) -> None:
        self.kernel, self.program, self.loops = kernel, kernel.program, kernel.program.loops
        if 0 in self.loops.sizes:
            raise UnsupportedOperation("there is no machine code for a loop of no rounds; backend='python' has it")
        self.weighted, self.stored, self.chunk = weighted, stored, chunk
        #: How far apart the rows of samples are: an odd number of the cache's lines, so that they spread over all of it.
        self.pitch = _spread(chunk)
        self.depends = self.program.depends(kernel.shared)
        self.truth: list[bool] = []
        for op, args in zip(self.program.ops, self.program.args, strict=True):
            self.truth.append(op in TRUTHS or (op in _MOVED and self.truth[args[0]]))
        self.sizes = list(self.loops.sizes)
        #: How many numbers are kept in memory.
        self.size = 0
        self.nests: list[Nest] = []
        self._first: list[Nest] = []
        #: Steps that are in the registers of their nest.
        self._inside: set[int] = set()
        self._open: dict[tuple[int, ...], list[int]] = {}
        self._level: dict[int, int] = {}
        self._views: dict[int, View] = {}
        #: For a step the loop that is to be contiguous where it is kept.
        self._last: dict[int, int] = {}
        self._users = self.program.users()
        self._sinks = self._results()
        self._absorbed: set[int] = set()
        self._inputs()
        for step, op, args in self.program.computed():
            self._place(step, op, args)
        self._hand_out()
        for nest in self.nests:
            self._look_up(nest)
        self.nests[:0] = self._first

    # --- where things are --------------------------------------------------------------------------------------------

    def axes(self, step: int) -> tuple[int, ...]:
        """The loops a step is in, with that of the samples."""
        return (*self.loops.of(step), *([SAMPLE] if self.depends[step] else []))

    def length(self, axis: int) -> int:
        """How many rounds a loop has; of the samples the most there may be."""
        return self.chunk if axis == SAMPLE else self.sizes[axis]

    def allot(self, axes: Sequence[int]) -> View:
        """New memory for numbers in loops, the last of which is contiguous."""
        strides, stride = [], 1
        for axis in reversed(axes):
            strides.append((axis, stride))
            stride *= self.pitch if axis == SAMPLE else self.sizes[axis]
        view = View("%memory", self.size, tuple(strides))
        self.size += -(-stride // 8) * 8
        return view

    def is_simple(self, step: int) -> bool:
        """Whether a step is written where it is used."""
        return self.program.ops[step] in _SIMPLE

    def view(self, step: int) -> View:
        """Where the numbers of a step are; one that is in registers only so far is stored from now on."""
        if step not in self._views:
            self._views[step] = self._found(step)
        return self._views[step]

    def _found(self, step: int) -> View:
        op, args = self.program.ops[step], self.program.args[step]
        if op == "input" or op == "block":
            return self._input(args[0], args[1] if op == "block" else ())
        if self.is_alias(step):
            source = self.view(args[0])
            if op == "along":
                return source.along(*self.loops.over[step])
            over = self.loops.over[step]
            return source.fixed(over, self._turn(args[1], over))
        axes = self.axes(step)
        if step in self._last:
            axes = (*[axis for axis in axes if axis != self._last[step]], self._last[step])
        view = self.allot(axes)
        if self.is_simple(step):
            self._first.append(Nest(axes, axes[-1] if axes else None, True, [step], [(step, view)]))
            return view
        nest = self.nests[self._level[step]]
        if nest.call is None and op != "stack":
            nest.stores.append((step, view))
        return view

    def _turn(self, place: int, over: int) -> int:
        number = self.program.args[place][0]
        if not -1.0 < number < self.sizes[over]:
            raise UnsupportedOperation(
                f"there is no round {number:g} in a loop of {self.sizes[over]}: an index from 0 to {self.sizes[over] - 1}"
            )
        return int(number)

    def is_alias(self, step: int) -> bool:
        """Whether a step only says where to look."""
        op, args = self.program.ops[step], self.program.args[step]
        return op == "along" or (op == "item" and self.program.ops[args[1]] == "const")

    def _input(self, place: int, strides: tuple[tuple[int, int], ...]) -> View:
        if place < self.kernel.shared:
            return View("%shared", place, strides)
        place -= self.kernel.shared
        if self.weighted and place == 0:
            return View("%weight", 0, ((SAMPLE, 1),))
        moved = tuple((axis, stride * self.pitch) for axis, stride in strides)
        return View("%inputs", (place - self.weighted) * self.pitch, (*moved, (SAMPLE, 1)))

    def _inputs(self) -> None:
        """The rows of a chunk, as they are in memory and turned round."""
        self.width = self.kernel.mapped - self.weighted
        if self.width > 0:
            axis = len(self.sizes)
            self.sizes.append(self.width)
            self.inputs = self.size
            self.size += self.width * self.pitch
            self.rows = View("%memory", self.size, ((SAMPLE, _spread(self.width)), (axis, 1)))
            self.size += _spread(self.width) * self.pitch
            turned = View("%inputs", 0, ((axis, self.pitch), (SAMPLE, 1)))
            self.nests.append(Nest((axis, SAMPLE), SAMPLE, False, stores=[(self.rows, turned)]))

    # --- nests -------------------------------------------------------------------------------------------------------

    def _place(self, step: int, op: str, args: tuple[int, ...]) -> None:
        """Give a step to a nest."""
        over = self.loops.over.get(step)
        if self.is_alias(step):
            self._level[step] = self._level.get(args[0], -1)
        elif step in self._absorbed or self._is_absorbed(step):
            self._absorbed.add(step)
            self._level[step] = max(self._level.get(arg, -1) for arg in args)
        elif op == "stack":
            self._stack(step, args, self.loops.over[step])
        elif over is not None and op != "item":
            self._fold(step, op, args, over)
        else:
            self._elementwise(step, args)

    def _elementwise(self, step: int, args: tuple[int, ...]) -> None:
        axes, earliest = self.axes(step), 0
        for arg in args:
            level = self._level.get(arg, -1)
            beside = arg in self._inside and self.axes(arg) == axes
            earliest = max(earliest, level if beside else level + 1)
        if self.program.ops[step] == "item":  # looks into memory
            earliest = max(earliest, self._level.get(args[0], -1) + 1)
        known = [level for level in self._open.get(axes, ()) if level >= earliest]
        if not known:
            self.nests.append(Nest(axes, axes[-1] if axes else None, not self.depends[step]))
            known = [len(self.nests) - 1]
            self._open.setdefault(axes, []).append(known[0])
        self.nests[known[0]].steps.append(step)
        self._inside.add(step)
        self._level[step] = known[0]

    def _stack(self, step: int, args: tuple[int, ...], over: int) -> None:
        axes = tuple(axis for axis in self.axes(step) if axis != over)
        self._add(Nest(axes, axes[-1] if axes else None, not self.depends[step]), step)
        view = self.view(step)
        for turn, arg in enumerate(args):
            if over in self.axes(arg):
                one: int | View = self.view(arg).fixed(over, turn)
            else:
                one = arg
            self.nests[-1].stores.append((one, view.fixed(over, turn)))

    def _add(self, nest: Nest, step: int) -> None:
        self.nests.append(nest)
        self._level[step] = len(self.nests) - 1

    def _fold(self, step: int, op: str, args: tuple[int, ...], over: int) -> None:
        once, axes = not self.depends[step], self.axes(step)
        factors = self._factors(step)
        if factors is not None:
            found = self._contraction(*factors, over, axes, None)
            if found is not None:
                left, right, m, n = found
                self._last[step] = n
                call = Contraction(View("", 0), self.view(left), self.view(right), m, n, over, False)
                self._add(Nest(tuple(axis for axis in axes if axis not in (m, n)), None, once, call=call), step)
                call.to = self.view(step)
                return
        if op == "dot" and not all(over in self.axes(arg) for arg in args):
            raise UnsupportedOperation(
                "there is no machine code for a dot product with a number; write sum(x * y for x in xs)"
            )
        inner = [arg for arg in args if over in self.axes(arg) and not self.is_simple(arg)]
        vector = over
        if SAMPLE in axes:
            vector = SAMPLE
        elif inner and self.view(inner[0]).stride(over) != 1:
            vector = next((axis for axis in axes if self.view(inner[0]).stride(axis) == 1), over)
        rest = [axis for axis in axes if axis != vector]
        self._add(Nest((*rest, *([vector] if vector != over else []), over), vector, once, fold=step), step)

    # --- products of matrices ----------------------------------------------------------------------------------------

    def _factors(self, step: int) -> tuple[int, int] | None:
        """What is multiplied before it is summed, if that is all that is done."""
        op, args = self.program.ops[step], self.program.args[step]
        if op == "dot" and len(args) == 2:
            return args[0], args[1]
        if op == "sum" and len(args) == 1 and args[0] in self._absorbed:
            x, y = self.program.args[args[0]]
            return x, y
        return None

    def _is_absorbed(self, step: int) -> bool:
        """Whether a product is needed for nothing but contractions."""
        if self.program.ops[step] != "mul":
            return False
        x, y = self.program.args[step]
        users, sinks = self._users[step], self._sinks.get(step, ())
        if len(users) == 1 and not sinks:
            user = users[0]
            over = self.loops.over.get(user)
            if self.program.ops[user] != "sum" or over is None or self.program.args[user] != (step,):
                return False
            return self._contraction(x, y, over, self.axes(user), None) is not None
        if users or not sinks or not self.depends[step]:
            return False
        return all(
            kind == "sums" and self._contraction(x, y, SAMPLE, self.loops.of(step), view) is not None for kind, view in sinks
        )

    def _contraction(
        self, x: int, y: int, k: int, axes: Sequence[int], to: View | None
    ) -> tuple[int, int, int | None, int] | None:
        """For a sum of x * y over k the left and right factor and the loops m and n of a product of matrices, if it is one."""
        if any(self.is_simple(one) or k not in self.axes(one) or self.truth[one] for one in (x, y)):
            return None
        if {*self.axes(x), *self.axes(y)} - {k} != set(axes if to is None else dict(to.strides)):
            return None
        for left, right in ((x, y), (y, x)):
            ours, theirs = self.axes(left), self.axes(right)
            for n in [axis for axis in theirs if axis not in ours]:
                if SAMPLE in axes and n != SAMPLE:
                    continue
                if (to is not None and to.stride(n) != 1) or (k != SAMPLE and not self._lies_along(right, n)):
                    continue
                rows = [axis for axis in ours if axis not in theirs]
                if to is not None:
                    rows = [axis for axis in rows if to.stride(axis) >= self.sizes[n]]
                m = max(rows, key=self.length) if rows else None
                return left, right, m, n
        return None

    def _lies_along(self, step: int, axis: int) -> bool:
        """Whether the numbers of a step lie together along a loop."""
        if step in self._inside and step not in self._views:
            return self.axes(step)[-1] == axis
        return self.view(step).stride(axis) == 1

    def _turned(self, step: int, n: int) -> View:
        """A step with the samples outside and loop n contiguous; but for the rows themselves that is made now."""
        view = self.view(step)
        if view.base == "%inputs" and view.stride(n) == self.pitch:
            moved = tuple((axis, stride // self.pitch) for axis, stride in view.strides if axis != SAMPLE)
            place = self.rows.place + view.place // self.pitch
            return View("%memory", place, (*moved, (SAMPLE, self.rows.stride(SAMPLE))))
        outer = [axis for axis in self.axes(step) if axis not in (n, SAMPLE)]
        block = _spread(self.sizes[n])
        strides, stride = [(n, 1), (SAMPLE, block)], block * self.pitch
        for axis in outer:
            strides.append((axis, stride))
            stride *= self.sizes[axis]
        to = View("%memory", self.size, tuple(strides))
        self.size += stride
        self.nests.append(Nest((*outer, SAMPLE, n), n, False, stores=[(view, to)]))
        return to

    # --- results -----------------------------------------------------------------------------------------------------

    def _results(self) -> dict[int, list[tuple[str, View]]]:
        """For a step what becomes of it: added up, stored, or added to what each sample has."""
        found: dict[int, list[tuple[str, View]]] = {}
        kernel, summed = self.kernel, self.kernel.summed
        for place, step in enumerate(self.program.outputs):
            if step >= 0 and place < summed:
                found.setdefault(step, []).append(("stores" if self.stored else "sums", View("%sums", place)))
            elif step >= 0:
                found.setdefault(step, []).append(("stores", View("%each", place - summed, ((SAMPLE, kernel.each),))))
        for one in self.loops.blocks:
            if one.place < summed:
                sink = ("sums", View("%sums", one.place, one.strides))
            else:
                sink = ("adds", View("%each", one.place - summed, (*one.strides, (SAMPLE, kernel.each))))
            found.setdefault(one.step, []).append(sink)
        return found

    def _hand_out(self) -> None:
        """Give every result to the nest it is computed in, or to one of its own."""
        for step, sinks in self._sinks.items():
            for kind, view in sinks:
                axes = [axis for axis, _ in view.strides if axis != SAMPLE]
                if step in self._absorbed:
                    self._product(step, view)
                    continue
                sampled = self.depends[step] or view.base == "%each"
                nest = self._nest_for(step, (*sorted(axes), *([SAMPLE] if sampled else [])))
                getattr(nest, kind).append((step, view))
        for number, guard in enumerate(self.program.guards):
            self._nest_for(guard.index, self.axes(guard.index)).checks.append((guard.index, number))

    def _nest_for(self, step: int, axes: tuple[int, ...]) -> Nest:
        """The nest that has a step in its registers in these loops, or a new one that finds it in memory."""
        level = self._level.get(step, -1)
        if step in self._inside and self.nests[level].loops == axes:
            return self.nests[level]
        self.nests.append(Nest(axes, axes[-1] if axes else None, SAMPLE not in axes))
        return self.nests[-1]

    def _product(self, step: int, view: View) -> None:
        """A sum over the samples of a product that is needed for nothing else."""
        x, y = self.program.args[step]
        found = self._contraction(x, y, SAMPLE, self.loops.of(step), view)
        assert found is not None
        left, right, m, n = found
        call = Contraction(view, self.view(left), self._turned(right, n), m, n, SAMPLE, True)
        outer = tuple(axis for axis, _ in view.strides if axis not in (m, n))
        self.nests.append(Nest(outer, None, False, call=call))

    def _look_up(self, nest: Nest) -> None:
        """Have everything stored that a nest finds in memory."""
        inside = set(nest.steps)
        wanted = [one for one, _ in (*nest.stores, *nest.sums, *nest.adds, *nest.checks) if not isinstance(one, View)]
        for step in nest.steps if nest.fold is None else [nest.fold]:
            wanted += self.program.operands(step)
        for step in wanted:
            if step not in inside and step != nest.fold and not self.is_simple(step):
                self.view(step)
        for step in nest.steps:
            if self.program.ops[step] == "item":
                self.view(self.program.args[step][0])


def _spread(width: int) -> int:
    """A width as an odd number of the cache's lines."""
    return 8 * (-(-width // 8) | 1)
