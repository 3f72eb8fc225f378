"""What is computed in which nest of loops.

What depends on the sample has the samples of a chunk as its last loop, so that they lie together and a vector holds some of
them; other steps are vectors along a loop in which most of what they need lies together.  Steps in the same loops share a nest,
whose results stay in registers; one that another nest needs is stored.  `item`, `along` and inputs by strides are not computed
at all: they say where to look.  A sum of products that is not a matrix times a matrix is an ordinary fold.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.loops.memory import Memory
from autograd_lite.compiler.llvm.loops.products import factors, product, summed_only
from autograd_lite.compiler.llvm.loops.views import SAMPLE, Contraction, Nest, View
from autograd_lite.compiler.loops import Body, Strides
from autograd_lite.compiler.places import given_once

#: So many numbers are carried from round to round in registers.
MOST_CARRIED = 64


class Plan(Memory):
    """The nests of a kernel, in order, and the memory they need.

    Parameters
    ----------
    kernel : Kernel
        Its program is in the core, and has loops.
    weighted, stored : bool
        As in `Schedule`.
    chunk : int
        The most samples that are computed together.
    table : bool
        As in `Schedule`.
    name : str
        Of the function.
    place_rounds : callable
        Gives a scan whose body has loops to nests of this plan (`bodies.py`).
    """

    def __init__(
        self,
        kernel: Kernel,
        weighted: bool,
        stored: bool,
        chunk: int,
        table: bool,
        name: str,
        place_rounds: Callable[..., None],
    ) -> None:
        self.name, self.place_rounds = name, place_rounds
        if 0 in kernel.program.loops.sizes:
            raise UnsupportedOperation("there is no machine code for a loop of no rounds; backend='python' has it")
        super().__init__(kernel, weighted, chunk, table)
        self.stored = stored
        #: For a scan the steps that are its results; and where it keeps what it carries.
        self.parts: dict[int | None, list[int]] = {}
        self.carried: dict[int | None, tuple[View, int]] = {}
        #: For loops the nests of steps that are in these.
        self._open: dict[tuple[tuple[int, ...], bool], list[int]] = {}
        #: For loops, and whether it depends on the sample, the nest that hands on what others have computed.
        self._late: dict[tuple[tuple[int, ...], bool], Nest] = {}
        #: Products that are computed with their sum.
        self._absorbed: set[int] = set()
        self._sinks, users = self._results(), self.program.users()
        for step, op, args in self.program.computed():
            self._place(step, op, args, users[step])
        self._hand_out()
        for nest in self.nests:
            for step in self.fetched(nest):
                self.view(step)
        for nest in self.nests:
            self._turn_inwards(nest)
        self.nests[:0] = self._first

    # --- steps -------------------------------------------------------------------------------------------------------

    def _place(self, step: int, op: str, args: tuple[int, ...], users: list[int]) -> None:
        """Give a step to a nest."""
        if self.is_alias(step):
            self.level[step] = self.level.get(args[0], -1)
        elif summed_only(self, step, users, self._sinks.get(step, ())):
            self._absorbed.add(step)
        elif op == "stack":
            self._stack(step, args, self.loops.over[step])
        elif op == "scan":
            self._scan(step, self.loops.over[step])
        elif op in ("carried", "given"):
            self.level[step] = self.level[args[0]]
            self.parts[args[0]].append(step)
            rounds = self.nests[self.level[step]].rounds
            if rounds is not None:
                self._views[step] = rounds.result(op, self.loops.over[step])
        elif step in self.loops.over and op != "item":
            if not self._contract(step, args, self.loops.over[step]):
                self._fold(step, args, self.loops.over[step])
        else:
            self._elementwise(step, args)

    def _elementwise(self, step: int, args: tuple[int, ...]) -> None:
        """In the first nest in the same loops that comes behind all it needs."""
        axes, depends, earliest = self.axes(step), self.depends[step], 0
        for place, arg in enumerate(args):
            looked_into = place == 0 and self.program.ops[step] == "item"
            beside = arg in self.inside and self.axes(arg) == axes and self.depends[arg] == depends and not looked_into
            earliest = max(earliest, self.level.get(arg, -1) + (not beside))
        level = next((level for level in self._open.get((axes, depends), ()) if level >= earliest), None)
        if level is None:
            level = self.add_nest(step, axes)
            self._open.setdefault((axes, depends), []).append(level)
        self.nests[level].steps.append(step)
        self.inside.add(step)
        self.level[step] = level

    def add_nest(self, step: int, loops: tuple[int, ...], vector: int | None = None, **what: Any) -> int:
        """A new nest for a step; gives its number."""
        if vector is None and loops and not what:
            vector = loops[-1]
        self.nests.append(Nest(loops, vector, not self.depends[step], **what))
        self.level[step] = len(self.nests) - 1
        return self.level[step]

    def _stack(self, step: int, args: tuple[int, ...], over: int) -> None:
        if all(self.program.ops[arg] == "const" for arg in args):
            self._views[step] = self.table([self.program.args[arg][0] for arg in args], over)
            return
        self.add_nest(step, tuple(axis for axis in self.axes(step) if axis != over))
        view = self.view(step)
        for turn, arg in enumerate(args):
            one = self.view(arg).fixed(over, turn) if over in self.axes(arg) else arg
            self.nests[-1].stores.append((one, view.fixed(over, turn)))

    def _scan(self, step: int, body: Body) -> None:
        """A nest of its own: of rounds in registers, or of nests if the body has loops."""
        self.parts[step] = []
        if body.program.loops.sizes:
            self.place_rounds(self, step, body)
            return
        axes = self.axes(step)
        self.add_nest(step, axes, axes[-1] if axes else None, scan=step)
        if body.carried > MOST_CARRIED:
            self.carried[step] = self.array(body.carried, axes)

    def _contract(self, step: int, args: tuple[int, ...], over: int) -> bool:
        """A sum of products as a product of matrices, if it is one."""
        pair, axes = factors(self, step, self._absorbed), self.axes(step)
        found = product(self, pair, over, axes) if pair else None
        if found is None:
            return False
        left, right, m, n = found
        self.contiguous[step] = n
        rest = () if self.program.ops[step] == "dot" else args[1:]
        self.add_nest(step, axes)
        view = self.view(step)
        if rest:  # is there before the products are added
            self.nests[-1].stores.append((rest[0], view))
        else:
            self.nests.pop()
        call = Contraction(view, self.view(left), self.view(right), m, n, over, bool(rest))
        self.add_nest(step, tuple(axis for axis in axes if axis not in (m, n)), call=call)
        return True

    def _fold(self, step: int, args: tuple[int, ...], over: int) -> None:
        """A step over a loop: the samples are the lanes, or a loop along which the numbers lie together."""
        axes, inner = self.axes(step), [arg for arg in args if over in self.axes(arg) and not self.is_simple(arg)]
        lying = [axis for axis in (over, *axes) if not inner or self.view(inner[0]).stride(axis) == 1]
        vector = SAMPLE if SAMPLE in axes else lying[0] if lying else over
        outer = tuple(axis for axis in axes if axis != vector)
        self.add_nest(step, (*outer, *([vector] if vector != over else []), over), vector, fold=step)

    # --- results -----------------------------------------------------------------------------------------------------

    def _results(self) -> dict[int, list[tuple[str, View]]]:
        """For a step what becomes of it: added up, stored, or added to what each sample has."""
        outputs, summed = self.program.outputs, self.kernel.summed
        #: Whether sums, and results of each sample, begin as zeros, to which blocks are added.
        self.sums_cleared = self.stored and not given_once(outputs, self.loops, 0, summed)
        self.each_cleared = not given_once(outputs, self.loops, summed, len(outputs))
        single = "stores" if self.stored else "sums"
        added_up = "stores" if self.stored and not self.sums_cleared else "sums"
        added = "adds" if self.each_cleared else "stores"
        found: dict[int, list[tuple[str, View]]] = {}
        for place, step in enumerate(outputs):
            if step >= 0:
                view = View("%sums", place) if place < summed else self._each(place - summed)
                found.setdefault(step, []).append((single if place < summed else "stores", view))
        for one in self.loops.blocks:
            if one.place < summed:
                sink = (added_up, View("%sums", one.place, one.strides))
            else:
                sink = (added, self._each(one.place - summed, one.strides))
            found.setdefault(one.step, []).append(sink)
        return found

    def _each(self, place: int, strides: Strides = ()) -> View:
        """Where results of each sample are."""
        if self.apart:
            return View("%here", place, strides)
        return View("%each", place, (*strides, (SAMPLE, self.kernel.each)))

    def _hand_out(self) -> None:
        """Give every result to the nest it is computed in, or to one of its own."""
        for step, sinks in self._sinks.items():
            for kind, view in sinks:
                if step in self._absorbed:
                    self._add_up(step, view)
                    continue
                loops = sorted(axis for axis, _ in view.strides if axis != SAMPLE)
                depends = self.depends[step] or view.base in ("%each", "%here") or view.stride(SAMPLE) != 0
                getattr(self._nest_for(step, loops, depends), kind).append((step, view))
        for number, guard in enumerate(self.program.guards):
            self._nest_for(guard.index, self.loops.of(guard.index), self.depends[guard.index]).checks.append(
                (guard.index, number)
            )

    def _nest_for(self, step: int, loops: Sequence[int], depends: bool) -> Nest:
        """The nest that has a step in its registers in these loops, or a new one that finds it in memory."""
        axes = self.sampled(loops, depends)
        nest = self.nests[self.level[step]] if step in self.inside else None
        if nest is not None and nest.loops == axes and nest.once is not depends:
            return nest
        if (axes, depends) not in self._late:
            self._late[axes, depends] = Nest(axes, axes[-1] if axes else None, not depends)
            self.nests.append(self._late[axes, depends])
        return self._late[axes, depends]

    def _add_up(self, step: int, view: View) -> None:
        """A sum over the samples of a product that is needed for nothing else."""
        x, y = self.program.args[step]
        found = product(self, (x, y), SAMPLE, self.loops.of(step), view)
        assert found is not None
        left, right, m, n = found
        call = Contraction(view, self.view(left), self.turned(right, n), m, n, SAMPLE, True)
        self.nests.append(Nest(tuple(axis for axis, _ in view.strides if axis not in (m, n)), None, False, call=call))

    # --- nests -------------------------------------------------------------------------------------------------------

    def fetched(self, nest: Nest) -> Iterator[int]:
        """The steps that a nest finds in memory."""
        inside = set(nest.steps)
        for step in [one for one in (nest.fold, nest.scan) if one is not None] or nest.steps:
            for place, arg in enumerate(self.program.operands(step)):
                looked_into = place == 0 and self.program.ops[step] == "item"
                if looked_into or (arg not in inside and not self.is_simple(arg)):
                    yield arg
        for one, _ in (*nest.stores, *nest.sums, *nest.adds, *nest.checks):
            if not isinstance(one, View) and one not in inside and one != nest.fold and not self.is_simple(one):
                yield one

    def views(self, nest: Nest) -> list[View]:
        """All that a nest looks at or stores."""
        call = nest.call
        return [
            *[self.view(step) for step in self.fetched(nest)],
            *[view for _, view in (*nest.stores, *nest.sums, *nest.adds)],
            *[one for one, _ in nest.stores if isinstance(one, View)],
            *([call.to, call.left, call.right] if call is not None else []),
            *[self.view(step) for step in self.parts.get(nest.scan, [])],
            *([self.carried[nest.scan][0]] if nest.scan in self.carried else []),
        ]

    def _turn_inwards(self, nest: Nest) -> None:
        """Where there is no sample, the loop along which most lies together becomes the innermost."""
        if SAMPLE not in nest.loops and nest.fold is None and nest.loops and nest.vector is not None:
            views = self.views(nest)
            nest.vector = max(nest.loops[::-1], key=lambda axis: sum(view.stride(axis) == 1 for view in views))
            nest.loops = (*[axis for axis in nest.loops if axis != nest.vector], nest.vector)
