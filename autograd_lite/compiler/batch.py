"""A function of one sample, compiled and run for many: `jit(vmap(f))` and `jit(f, in_axes=...)`."""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from operator import add
from typing import Any

from autograd_lite.compiler.assembling import Layout, layout, listed
from autograd_lite.compiler.axes import Axes
from autograd_lite.compiler.capture import VALUE, Captured, capture
from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.flat import FlatBatch, flattened
from autograd_lite.compiler.jitted import Entry, Jitted, Variant
from autograd_lite.compiler.kernel import Kernel, arranged, chosen
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.samples import Samples, Table
from autograd_lite.compiler.stacking import other_structure
from autograd_lite.compiler.straight import NOWHERE, straight_batch
from autograd_lite.compiler.tracer import session_of_call
from autograd_lite.compiler.vmap import ImaginedSample, Mapped, OfSample
from autograd_lite.engine import modes
from autograd_lite.transforms.tree import NUMBER, Branch, Static, TreeDef, offsets, size, unflatten

#: So many layouts of arguments are known.
_MOST = 64


class Batched(Jitted):
    """A compiled function that takes many samples at once, and adds up values and gradients of what they share; see `jit`."""

    summing = True

    def __init__(self, function: Callable[..., Any], in_axes: Axes, reduction: str, **options: Any) -> None:
        super().__init__(function, **options)
        self.mapped = Mapped(function, in_axes, 0)
        self.reduction = reduction

    def _given(self) -> tuple[Any, ...]:
        return (self.function, self.mapped.in_axes, self.reduction)

    def _long(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The results for all samples: a list or an array of them, or sums where a derivative was compiled."""
        batch = self.mapped.split(args, kwargs)
        flat = flattened(batch if batch.count else batch.imagined(), self.static)
        flat.count = batch.count
        samples = flat.samples()
        if session_of_call.get() is not None or flat.own and self._inside(flat.given):
            return self._plainly(args, kwargs)
        entry = self._entry(flat.shape, flat.structures)
        if not batch.count:
            return self._of_none(entry, flat, samples)
        if not entry.variants:
            with OfSample(0):
                self._compile(entry, flat.structures, flat.sample(samples.shared, samples.row(0)))
        if self._within(entry.variants):
            return self._plainly(args, kwargs)
        found = self._computed(entry, flat, samples)
        if not (kwargs or self.static):
            self._straight = self._path(entry, args, replace(flat, shared=[], own=[]))
        return found

    def _path(self, entry: Entry, args: tuple[Any, ...], flat: FlatBatch) -> Any:
        """The short way for batches that lie like this one, from the second of them on."""
        axes = self.mapped.in_axes if isinstance(self.mapped.in_axes, tuple | list) else [self.mapped.in_axes] * len(args)
        if entry.variants[0].code.batch is None or not all(isinstance(axis, int | None) for axis in axes):
            return None
        if flat.count < 2:  # how far its samples are apart is not to be seen in one
            return None
        lies = tuple([(getattr(arg, "strides", None), getattr(arg, "dtype", None)) for arg in args])
        if lies not in entry.paths and len(entry.paths) >= _MOST:
            entry.paths.clear()
        path = entry.paths.setdefault(lies, NOWHERE)
        if path is NOWHERE:
            entry.paths[lies] = None
        elif path is None:
            path = entry.paths[lies] = straight_batch(entry, args, axes, partial(self._computed, entry, flat))
        return None if path is NOWHERE else path

    def _plainly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The function without compiling it, for a derivative that is taken from outside."""
        raise TraceError(
            f"{self.__name__} is compiled with in_axes and adds up over the samples, so it cannot be differentiated from "
            f"outside: differentiate inside, jit(value_and_grad({self.__name__}), in_axes=...), or use vmap"
        )

    def _of_none(self, entry: Entry, flat: FlatBatch, samples: Samples) -> Any:
        """The result for no samples, whose structure is that for an imagined one."""
        if self.reduction == "mean":
            raise ValueError("the mean over a batch of size 0 is not defined: reduction='sum' gives 0, or give samples")
        captured = entry.variants[0].captured if entry.variants else None
        if captured is None:
            numbers = flat.sample(samples.shared, samples.row(0))
            with ImaginedSample(self.__name__):
                captured = capture(self.function, flat.structures, numbers, self.check, entry.watch)
        plan = _Plan(captured, flat, self.summing)
        return self._result(plan, [0.0] * len(plan.sums), samples.table(len(plan.rows)), flat, 0)

    def _result(self, plan: "_Plan", sums: list[float], table: Table, flat: FlatBatch, count: int) -> Any:
        sums = [total / count for total in sums] if self.reduction == "mean" else sums
        return _Assembly(plan, sums, table, flat.arrays).part(plan.structure)

    def _plan_of(self, variant: Variant, flat: FlatBatch) -> "_Plan":
        if variant.plan is None:
            variant.plan = _Plan(variant.captured, flat, self.summing)
        return variant.plan  # type: ignore[no-any-return]

    def _computed(self, entry: Entry, flat: FlatBatch, samples: Samples) -> Any:
        """The result: of each sample by the program of its way through the branches, or by the eager engine."""
        variants, found, k = entry.variants, _Results(samples), 0
        while found.left is None or found.left:
            if k < len(variants) and not modes.observed():
                found.run(variants[k], self._plan_of(variants[k], flat))
                k += 1
                continue
            place = found.left[0] if found.left else 0
            numbers = flat.sample(samples.shared, samples.row(place))
            with OfSample(place):
                another = not modes.observed() and all(variant.failing(numbers) for variant in variants)
                if another and not self._full(entry):
                    self._compile(entry, flat.structures, numbers)
                else:
                    self._ask(entry, flat, found, numbers)
        if found.differ or found.plan is None:
            raise self._difference(flat, samples)
        return self._result(found.plan, found.sums, found.table, flat, samples.count)

    def _ask(self, entry: Entry, flat: FlatBatch, found: "_Results", numbers: list[float]) -> None:
        """The first sample of what is left by the eager engine."""
        structure, results = self._eager(flat.structures, numbers)
        place = found.take_first()
        plans = [self._plan_of(one, flat) for one in entry.variants if one.captured.structure == structure]
        if not plans:
            raise other_structure(entry.variants[0].captured.structure, structure, f"sample {place}")
        table = found.table_for(plans[0])
        found.samples.write(table, [place], [[results[k] for k in plans[0].rows]])
        found.add(plans[0], table, [results[k] for k in plans[0].sums])

    def _difference(self, flat: FlatBatch, samples: Samples) -> ValueError:
        """The error that says which sample has a result of another structure than the first."""
        first: TreeDef | None = None
        for place in range(samples.count):
            structure, _ = self._eager(flat.structures, flat.sample(samples.shared, samples.row(place)))
            first = first or structure
            if structure != first:
                break
        return other_structure(first or structure, structure, f"sample {place}")

    def _kernel(self, captured: Captured, entry: Entry) -> Kernel:
        structures, runs = entry.shape
        flat = FlatBatch(0, False, list(structures), list(runs))
        mapped, places = flat.mapped, range(len(captured.program.names))
        shared = [k for k in places if k >= len(mapped) or not mapped[k]]
        program = arranged(captured.program, [*shared, *[k for k in places if k < len(mapped) and mapped[k]]])
        plan = _Plan(captured, flat, self.summing)
        program = chosen(program, [*plan.sums, *plan.rows])
        return Kernel(optimize(program), len(shared), len(plan.sums))


class BatchedMap(Batched):
    """A compiled `vmap`: nothing is added up."""

    summing = False

    def __init__(self, mapped: Mapped, **options: Any) -> None:
        super().__init__(mapped.function, mapped.in_axes, "sum", **options)
        self.mapped = mapped

    def _given(self) -> tuple[Any, ...]:
        return (self.mapped,)

    def _plainly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.mapped(*args, **kwargs)

    def _result(self, plan: "_Plan", sums: list[float], table: Table, flat: FlatBatch, count: int) -> Any:
        if plan.layout is None:
            plan.layout = layout(plan.structure, self.mapped.out_axes)
        return plan.layout.filled(table, flat.arrays)


class _Plan:
    """Which results are added up over the samples, values and gradients of what they share, and which are kept for each."""

    def __init__(self, captured: Captured, flat: FlatBatch, summing: bool) -> None:
        self.structure = captured.structure
        #: How the table of the results becomes one, once that is asked.
        self.layout: Layout | None = None
        self.summed = [False] * len(captured.of_argument)
        if summing:
            starts, mapped = offsets(flat.structures), flat.mapped
            seen: Counter[int] = Counter()
            for k, of in enumerate(captured.of_argument):
                if of == VALUE:
                    self.summed[k] = True
                elif of is not None:  # the gradient of an argument has a number for each of its numbers, in their order
                    self.summed[k] = not mapped[starts[of] + seen[of] % (starts[of + 1] - starts[of])]
                    seen[of] += 1
        self.sums = [k for k, summed in enumerate(self.summed) if summed]
        self.rows = [k for k, summed in enumerate(self.summed) if not summed]


class _Results:
    """The results of a batch, as far as they are known.

    Attributes
    ----------
    plan : _Plan
    sums : list of float
    table : Table
    left : array of int, optional
        The samples without results; None for all.
    """

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.left: array[int] | None = None
        self.sums: list[float] = []
        self.table: Table = None
        self.plan: _Plan | None = None
        self.differ = False

    def table_for(self, plan: _Plan) -> Table:
        """The table, or a new one for results of another structure, which may turn out to be those of no sample."""
        same = self.plan is not None and self.plan.structure == plan.structure
        return self.table if same else self.samples.table(len(plan.rows))

    def run(self, variant: Variant, plan: _Plan) -> None:
        """Run a program over what is left."""
        before, table = self.left, self.table_for(plan)
        sums, self.left = self.samples.run(variant, table, before)
        if len(self.left) < (self.samples.count if before is None else len(before)):
            self.add(plan, table, sums)

    def take_first(self) -> int:
        """The first sample without results, which has some now."""
        first, self.left = (
            (0, array("q", range(1, self.samples.count))) if self.left is None else (self.left[0], self.left[1:])
        )
        return first

    def add(self, plan: _Plan, table: Table, sums: list[float]) -> None:
        """Samples that have results now, in this table."""
        if self.plan is None:
            self.plan, self.table, self.sums = plan, table, sums
        else:
            self.differ |= plan.structure != self.plan.structure
            self.sums = [*map(add, self.sums, sums)]


class _Assembly:
    """Puts a result together: what is summed as it is, what is not as a list or an array with an entry for each sample."""

    def __init__(self, plan: _Plan, sums: Sequence[float], table: Table, arrays: bool) -> None:
        self.summed, self.sums, self.table, self.arrays = plan.summed, iter(sums), table, arrays
        self.place = self.column = 0

    def part(self, structure: TreeDef) -> Any:
        """The next part of the result, which has this structure."""
        if isinstance(structure, Static):
            return structure.thing
        count = size(structure)
        kinds = set(self.summed[self.place : self.place + count])
        if len(kinds) != 1 and isinstance(structure, Branch):
            parts = [self.part(child) for child in structure.children]
            return unflatten(structure._replace(children=(NUMBER,) * len(parts)), parts)
        self.place += count
        if kinds == {True}:
            return unflatten(structure, list(islice(self.sums, count)))
        first, self.column = self.column, self.column + count
        return listed(structure, self.table, first, self.arrays)
