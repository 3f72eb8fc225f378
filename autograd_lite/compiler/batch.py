"""A function of one sample, compiled and run for many: `jit(vmap(f))` and `jit(f, in_axes=...)`."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from autograd_lite.compiler.axes import Axes, Batch, FlatBatch
from autograd_lite.compiler.capture import VALUE, Captured
from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.jitted import Entry, Jitted, Variant, plain
from autograd_lite.compiler.kernel import Kernel, arranged
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.stacking import other_structure, stacked
from autograd_lite.compiler.vmap import Mapped
from autograd_lite.engine import modes
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS
from autograd_lite.transforms.tree import NUMBER, Branch, Static, TreeDef, offsets, size, unflatten

Rows = list[list[float]]
#: Sums over the samples, and for each sample its own results.
Found = tuple[list[float], list[Sequence[float]]]


class Batched(Jitted):
    """A compiled function that takes many samples at once, and adds up values and gradients of what they share; see `jit`."""

    def __init__(self, function: Callable[..., Any], in_axes: Axes, reduction: str, **options: Any) -> None:
        super().__init__(function, **options)
        self.mapped = Mapped(function, in_axes, 0)
        self.reduction = reduction

    def _given(self) -> tuple[Any, ...]:
        return (self.function, self.mapped.in_axes, self.reduction)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The results for all samples: a list of them, or sums where a derivative was compiled."""
        batch = self.mapped.split(args, kwargs)
        flat = batch.flattened(self.static)
        if self._inside(flat.shared) or any(self._inside(row) for row in flat.rows):
            return self._plainly(args, kwargs)
        shared = plain(flat.shared)
        rows = [plain(row) for row in flat.rows]
        entry = self._entry((tuple(flat.structures), tuple(flat.mapped)), flat.structures)
        variants = entry.variants
        if not variants:
            self._compile(entry, flat.structures, flat.sample(shared, rows[0]))
        if self._within(variants):
            return self._plainly(args, kwargs)
        plan = self._plan(variants[0].captured, flat)
        found = self._sums(variants[0], shared, rows)
        if found is None:
            plan, found = self._by_variant(entry, flat, shared, rows)
        return self._result(plan, batch, *found)

    def _plainly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The function without compiling it, for a derivative that is taken from outside."""
        raise TraceError(
            f"{self.__name__} is compiled with in_axes and adds up over the samples, so it cannot be differentiated from "
            f"outside: differentiate inside, jit(value_and_grad({self.__name__}), in_axes=...), or use vmap"
        )

    def _result(self, plan: "_Plan", batch: Batch, sums: list[float], each: Sequence[Sequence[float]]) -> Any:
        if self.reduction == "mean":
            sums = [total / batch.count for total in sums]
        return _Assembly(plan, sums, each).part(plan.structure)

    def _plan(self, captured: Captured, flat: FlatBatch) -> "_Plan":
        return _Plan(captured, flat)

    def _by_variant(self, entry: Entry, flat: FlatBatch, shared: list[float], rows: Rows) -> tuple["_Plan", Found]:
        """The samples that go one way through the branches together."""
        variants = entry.variants
        members: dict[int, list[int]] = {}
        for n, row in enumerate(rows):
            numbers = flat.sample(shared, row)
            found = next((k for k, variant in enumerate(variants) if variant.follows(numbers)), len(variants))
            if found == len(variants):
                self._compile(entry, flat.structures, numbers)
            members.setdefault(found, []).append(n)
        plan = self._plan(variants[next(iter(members))].captured, flat)
        for k, mine in members.items():
            plan.check(variants[k].captured.structure, f"sample {mine[0]}")
        totals = [0.0] * len(plan.sums)
        each: list[Sequence[float]] = [()] * len(rows)
        for k, mine in members.items():
            sums, results = self._in_halves(entry, variants[k], shared, [rows[n] for n in mine], plan)
            totals = [total + number for total, number in zip(totals, sums, strict=True)]
            for n, one in zip(mine, results, strict=False):
                each[n] = one
        return plan, (totals, each if plan.rows else [])

    def _in_halves(self, entry: Entry, variant: Variant, shared: list[float], rows: Rows, plan: "_Plan") -> Found:
        """By one variant, but for the samples that are ties, errors or not finite, which are found by halving."""
        found = self._sums(variant, shared, rows)
        if found is not None:
            return found
        if len(rows) == 1:
            return self._one(entry, shared, rows[0], plan)
        half = len(rows) // 2
        parts = [self._in_halves(entry, variant, shared, some, plan) for some in (rows[:half], rows[half:])]
        totals = [one + other for one, other in zip(parts[0][0], parts[1][0], strict=True)]
        return totals, [*parts[0][1], *parts[1][1]]

    def _sums(self, variant: Variant, shared: list[float], rows: Rows) -> Found | None:
        """The whole batch in one run; None if it takes different branches, something in it is not finite, or somebody observes."""
        if modes.observed():
            return None
        try:
            found = variant.code.function([*shared, *variant.captured.numbers()], rows)
        except ARITHMETIC_ERRORS:
            return None
        if found.__class__ is int:
            return None
        sums, each = found
        finite = all(map(math.isfinite, sums)) and all(math.isfinite(number) for row in each for number in row)
        return (sums, each) if finite else None

    def _one(self, entry: Entry, shared: list[float], row: list[float], plan: "_Plan") -> Found:
        """A single sample: by another variant if one has an answer, or by the eager engine, whose errors and infinities count."""
        structures, numbers = plan.flat.structures, plan.flat.sample(shared, row)
        variants = list(entry.variants)
        if all(variant.failing(numbers) for variant in variants):
            variants = [self._compile(entry, structures, numbers)]
        for variant in variants:
            part = self._sums(variant, shared, [row])
            if part is not None:
                plan.check(variant.captured.structure, "a sample")
                return part
        structure, results = self._eager(structures, numbers)
        plan.check(structure, "a sample")
        return [results[k] for k in plan.sums], [[results[k] for k in plan.rows]] if plan.rows else []

    def _kernel(self, captured: Captured, entry: Entry) -> Kernel:
        structures, mapped = entry.shape
        places = range(len(captured.program.names))
        shared = [k for k in places if k >= len(mapped) or not mapped[k]]
        program = arranged(captured.program, [*shared, *[k for k in places if k < len(mapped) and mapped[k]]])
        plan = self._plan(captured, FlatBatch(list(structures), list(mapped), [], []))
        program.outputs = [program.outputs[k] for k in (*plan.sums, *plan.rows)]
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

    def _result(self, plan: "_Plan", batch: Batch, sums: list[float], each: Sequence[Sequence[float]]) -> Any:
        results = [unflatten(plan.structure, row) for row in each]
        return stacked(results, self.mapped.out_axes, batch.arrays)


class _Plan:
    """Which results are added up over the samples, values and gradients of what they share, and which are kept for each."""

    def __init__(self, captured: Captured, flat: FlatBatch, summing: bool = True) -> None:
        self.structure, self.flat = captured.structure, flat
        self.summed: list[bool] = []
        starts = offsets(flat.structures)
        seen: Counter[int] = Counter()
        for of in captured.of_argument:
            if not summing or of is None:
                self.summed.append(False)
            elif of == VALUE:
                self.summed.append(True)
            else:  # the gradient of an argument has a number for each of its numbers, in their order
                self.summed.append(not flat.mapped[starts[of] + seen[of] % (starts[of + 1] - starts[of])])
                seen[of] += 1
        self.sums = [k for k, summed in enumerate(self.summed) if summed]
        self.rows = [k for k, summed in enumerate(self.summed) if not summed]

    def check(self, structure: TreeDef, sample: str) -> None:
        """Refuse a sample whose result has another structure than that of the first."""
        if structure != self.structure:
            raise other_structure(self.structure, structure, sample)


class _Assembly:
    """Puts a result together: what is summed as it is, what is not as a list with an entry for each sample."""

    def __init__(self, plan: _Plan, sums: Sequence[float], each: Sequence[Sequence[float]]) -> None:
        self.summed, self.sums, self.each = plan.summed, iter(sums), each
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
        return [unflatten(structure, row[first : first + count]) for row in self.each]
