"""A function of one sample, compiled and run for many: `jit(vmap(f))` and `jit(f, in_axes=...)`."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from autograd_lite.compiler.assembling import Layout, layout, listed
from autograd_lite.compiler.axes import Axes
from autograd_lite.compiler.capture import VALUE, Captured, capture
from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.flat import FlatBatch, flattened
from autograd_lite.compiler.jitted import Entry, Jitted, Variant
from autograd_lite.compiler.kernel import Kernel, arranged, chosen
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.routes import Routes
from autograd_lite.compiler.samples import Columns, Rows, Table
from autograd_lite.compiler.stacking import other_structure
from autograd_lite.compiler.vectors import packed, written
from autograd_lite.compiler.vmap import ImaginedSample, Mapped, OfSample
from autograd_lite.engine import modes
from autograd_lite.transforms.tree import NUMBER, Branch, Static, TreeDef, offsets, size, unflatten


class Batched(Jitted):
    """A compiled function that takes many samples at once, and adds up values and gradients of what they share; see `jit`."""

    def __init__(self, function: Callable[..., Any], in_axes: Axes, reduction: str, **options: Any) -> None:
        super().__init__(function, **options)
        self.mapped = Mapped(function, in_axes, 0)
        self.reduction = reduction
        self._routes = Routes()

    def _given(self) -> tuple[Any, ...]:
        return (self.function, self.mapped.in_axes, self.reduction)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The results for all samples: a list or an array of them, or sums where a derivative was compiled."""
        if self._gives_out(kwargs):
            return written(self(*args, **{name: kwargs[name] for name in kwargs if name != "out"}), kwargs["out"])
        flat, samples = self._routes.take(args, kwargs) or self._taken_apart(args, kwargs)
        if self._inside(flat.given):
            return self._plainly(args, kwargs)
        entry = self._entry(flat.shape, flat.structures)
        if not flat.count:
            return self._of_none(entry, flat, samples)
        if not entry.variants:
            with OfSample(0):
                self._compile(entry, flat.structures, flat.sample(packed(flat.shared), samples.row(0)))
        if self._within(entry.variants):
            return self._plainly(args, kwargs)
        part = self._part(entry.variants[0], flat, samples) or self._by_variant(entry, flat, samples)
        return self._result(part, flat)

    def _taken_apart(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[FlatBatch, Rows | Columns]:
        """The arguments as numbers, whatever they are; for none an imagined sample."""
        batch = self.mapped.split(args, kwargs)
        flat = flattened(batch if batch.count else batch.imagined(), self.static)
        flat.count = batch.count
        samples = flat.samples()
        if not kwargs and batch.count and not self.static:
            self._routes.note(args, self.mapped.in_axes, flat, samples)
        return flat, samples

    def _plainly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The function without compiling it, for a derivative that is taken from outside."""
        raise TraceError(
            f"{self.__name__} is compiled with in_axes and adds up over the samples, so it cannot be differentiated from "
            f"outside: differentiate inside, jit(value_and_grad({self.__name__}), in_axes=...), or use vmap"
        )

    def _of_none(self, entry: Entry, flat: FlatBatch, samples: Rows | Columns) -> Any:
        """The result for no samples, whose structure is that for an imagined one."""
        if self.reduction == "mean":
            raise ValueError("the mean over a batch of size 0 is not defined: reduction='sum' gives 0, or give samples")
        captured = entry.variants[0].captured if entry.variants else None
        if captured is None:
            numbers = flat.sample(packed(flat.shared), samples.row(0))
            with ImaginedSample(self.__name__):
                captured = capture(self.function, flat.structures, numbers, self.check, entry.watch)
        plan, none = self._plan(captured, flat), samples.where([False])
        return self._result(_Part(plan, none, [0.0] * len(plan.sums), none.table(len(plan.rows))), flat)

    def _numbers(self, flat: FlatBatch, captured: Captured) -> Any:
        """What all samples share: of the arguments, and the Values from outside as they are now."""
        return packed([*flat.shared, captured.numbers()])

    def _result(self, part: "_Part", flat: FlatBatch) -> Any:
        sums = [total / flat.count for total in part.sums] if self.reduction == "mean" else part.sums
        return _Assembly(part.plan, sums, part.table, flat.arrays).part(part.plan.structure)

    def _plan(self, captured: Captured, flat: FlatBatch) -> "_Plan":
        return _Plan(captured, flat)

    def _part(self, variant: Variant, flat: FlatBatch, samples: Rows | Columns, held: bool = False) -> "_Part | None":
        """The results of one variant for these samples; None if one of them is not its own, or somebody observes."""
        if modes.observed():
            return None
        if variant.plan is None:
            variant.plan = self._plan(variant.captured, flat)
        plan = variant.plan
        table = samples.table(len(plan.rows))
        sums = samples.run(variant, self._numbers(flat, variant.captured), table, held)
        return None if sums is None else _Part(plan, samples, sums, table)

    def _by_variant(self, entry: Entry, flat: FlatBatch, whole: Rows | Columns) -> "_Part":
        """Each sample by the program of its way through the branches, or by the eager engine."""
        parts: list[_Part] = []
        left, k = whole, 0
        while len(left):
            if k == len(entry.variants) or modes.observed():
                with OfSample(left.places[0]):
                    part = self._first(entry, flat, left)
                parts += [part] if part else []
                left = left.where([not part] + [True] * (len(left) - 1))
                continue
            variant, k = entry.variants[k], k + 1
            pieces, left = left.parted(left.holding(variant, self._numbers(flat, variant.captured)))
            parts += [part for piece in pieces for part in self._held(entry, variant, flat, piece)]
        return _joined(parts, whole)

    def _held(self, entry: Entry, variant: Variant, flat: FlatBatch, samples: Rows | Columns) -> "list[_Part]":
        """Samples that a variant holds; the eager engine has those that rounding decides another way in another program."""
        part = self._part(variant, flat, samples, held=True)
        if part is not None:
            return [part]
        if len(samples) == 1:
            return [self._asked(entry, flat, samples)]
        first = [k < len(samples) // 2 for k in range(len(samples))]
        halves = samples.where(first), samples.where([not one for one in first])
        return [part for half in halves for part in self._held(entry, variant, flat, half)]

    def _first(self, entry: Entry, flat: FlatBatch, samples: Rows | Columns) -> "_Part | None":
        """The first sample, which no variant takes, by the eager engine, if it is a tie or not finite; or a new variant for it."""
        numbers = flat.sample(packed(flat.shared), samples.row(0))
        if all(variant.failing(numbers) for variant in entry.variants):
            self._compile(entry, flat.structures, numbers)
            return None
        return self._asked(entry, flat, samples)

    def _asked(self, entry: Entry, flat: FlatBatch, samples: Rows | Columns) -> "_Part":
        """What the eager engine answers for the first sample."""
        structure, results = self._eager(flat.structures, flat.sample(packed(flat.shared), samples.row(0)))
        for variant in entry.variants:
            if variant.captured.structure == structure:
                plan, one = self._plan(variant.captured, flat), samples.where([True] + [False] * (len(samples) - 1))
                table = one.table(len(plan.rows))
                one.fill(table, [results[k] for k in plan.rows])
                return _Part(plan, one, [results[k] for k in plan.sums], table)
        raise other_structure(entry.variants[0].captured.structure, structure, f"sample {samples.places[0]}")

    def _kernel(self, captured: Captured, entry: Entry) -> Kernel:
        structures, runs = entry.shape
        flat = FlatBatch(0, False, list(structures), list(runs))
        mapped, places = flat.mapped, range(len(captured.program.names))
        shared = [k for k in places if k >= len(mapped) or not mapped[k]]
        program = arranged(captured.program, [*shared, *[k for k in places if k < len(mapped) and mapped[k]]])
        plan = self._plan(captured, flat)
        program = chosen(program, [*plan.sums, *plan.rows])
        return Kernel(optimize(program), len(shared), len(plan.sums))


class BatchedMap(Batched):
    """A compiled `vmap`: nothing is added up."""

    def __init__(self, mapped: Mapped, **options: Any) -> None:
        super().__init__(mapped.function, mapped.in_axes, "sum", **options)
        self.mapped = mapped

    def _given(self) -> tuple[Any, ...]:
        return (self.mapped,)

    def _plainly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.mapped(*args, **kwargs)

    def _plan(self, captured: Captured, flat: FlatBatch) -> "_Plan":
        return _Plan(captured, flat, summing=False)

    def _result(self, part: "_Part", flat: FlatBatch) -> Any:
        plan = part.plan
        if plan.layout is None:
            plan.layout = layout(plan.structure, self.mapped.out_axes)
        return plan.layout.filled(part.table, flat.arrays)


class _Plan:
    """Which results are added up over the samples, values and gradients of what they share, and which are kept for each."""

    def __init__(self, captured: Captured, flat: FlatBatch, summing: bool = True) -> None:
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


@dataclass
class _Part:
    """Some samples with their results: sums over them, and a table of what is kept for each."""

    plan: _Plan
    samples: Rows | Columns
    sums: list[float]
    table: Table


def _joined(parts: list[_Part], whole: Rows | Columns) -> _Part:
    """The parts of a batch as one."""
    parts.sort(key=lambda part: part.samples.places[0])
    plan = parts[0].plan
    for part in parts[1:]:
        if part.plan.structure != plan.structure:
            raise other_structure(plan.structure, part.plan.structure, f"sample {part.samples.places[0]}")
    table = whole.table(len(plan.rows))
    for part in parts:
        part.samples.put(table, part.table)
    return _Part(plan, whole, [sum(totals) for totals in zip(*[part.sums for part in parts], strict=True)], table)


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
