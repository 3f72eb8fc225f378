"""A function of one sample, compiled and run for many: `jit(vmap(f))` and `jit(f, in_axes=...)`."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd_lite.compiler.arguments import NUMBER, Fixed, Structure, builder_of, put_together, size_of
from autograd_lite.compiler.axes import Axes, Batch, Numbers
from autograd_lite.compiler.capture import VALUE, Captured
from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.jitted import Jitted, Variant, holds, plain
from autograd_lite.compiler.kernel import Kernel, arranged
from autograd_lite.compiler.operations import ARITHMETIC_ERRORS
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.stacking import stacked
from autograd_lite.compiler.vmap import Mapped

Rows = list[list[float]]


class Batched(Jitted):
    """A compiled function that takes many samples at once, and adds up values and gradients of what they share; see `jit`."""

    def __init__(self, function: Callable[..., Any], in_axes: Axes, reduction: str, **options: Any) -> None:
        super().__init__(function, **options)
        self.mapped = Mapped(function, in_axes, 0)
        self.reduction = reduction

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The results for all samples: a list of them, or sums where a derivative was compiled."""
        batch = self.mapped.split(args, kwargs)
        numbers = batch.numbers(self.static)
        if self._inside(numbers.shared) or any(self._inside(row) for row in numbers.rows):
            return self._plainly(args, kwargs)
        shared = plain(numbers.shared)
        rows = [plain(row) for row in numbers.rows]
        self._numbers = numbers
        variants = self._of((tuple(numbers.structures), tuple(numbers.many), self._frozen()))
        if not variants:
            self._compile(variants, numbers.structures, numbers.of(shared, rows[0]))
        if self._within(variants):
            return self._plainly(args, kwargs)
        sums, each = self._over(variants, shared, rows)
        return self._result(variants[0].captured, batch, sums, each)

    def _plainly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The function without compiling it, for a derivative that is taken from outside."""
        raise TraceError(
            f"{self.__name__} is compiled with in_axes and adds up over the samples, so it cannot be differentiated from "
            f"outside: differentiate inside, jit(value_and_grad({self.__name__}), in_axes=...), or use vmap"
        )

    def _result(self, captured: Captured, batch: Batch, sums: list[float], each: Sequence[Sequence[float]]) -> Any:
        if self.reduction == "mean":
            sums = [total / batch.count for total in sums]
        return _Assembly(self._plan(captured), sums, each).part(captured.structure)

    def _plan(self, captured: Captured) -> "_Plan":
        return _Plan(captured, self._numbers)

    def _over(self, variants: list[Variant], shared: list[float], rows: Rows) -> tuple[list[float], list[Sequence[float]]]:
        plan = self._plan(variants[0].captured)
        return self._sums(variants[0], shared, rows) or self._by_ways(variants, shared, rows, plan)

    def _by_ways(
        self, variants: list[Variant], shared: list[float], rows: Rows, plan: "_Plan"
    ) -> tuple[list[float], list[Sequence[float]]]:
        """The samples that go one way through the branches together, way by way."""
        ways: dict[int, list[int]] = {}
        for n, row in enumerate(rows):
            numbers = self._numbers.of(shared, row)
            way = next((k for k, variant in enumerate(variants) if variant.follows(numbers)), len(variants))
            if way == len(variants):
                self._compile(variants, self._numbers.structures, numbers)
            ways.setdefault(way, []).append(n)
        totals = [0.0] * len(plan.sums)
        each: list[Sequence[float]] = [()] * len(rows)
        for k, members in ways.items():
            sums, mine = self._in_halves(variants, variants[k], shared, [rows[n] for n in members], plan)
            totals = [total + number for total, number in zip(totals, sums, strict=True)]
            for n, one in zip(members, mine, strict=False):
                each[n] = one
        return totals, each if plan.rows else []

    def _in_halves(
        self, variants: list[Variant], variant: Variant, shared: list[float], rows: Rows, plan: "_Plan"
    ) -> tuple[list[float], list[Sequence[float]]]:
        """By one variant, but for the samples that are ties, errors or not finite, which are found by halving."""
        found = self._sums(variant, shared, rows)
        if found is not None:
            return found
        if len(rows) == 1:
            return self._one(variants, shared, rows[0], plan)
        half = len(rows) // 2
        parts = [self._in_halves(variants, variant, shared, some, plan) for some in (rows[:half], rows[half:])]
        totals = [one + other for one, other in zip(parts[0][0], parts[1][0], strict=True)]
        return totals, [*parts[0][1], *parts[1][1]]

    def _sums(self, variant: Variant, shared: list[float], rows: Rows) -> tuple[list[float], list[Sequence[float]]] | None:
        """The whole batch in one run; None if it takes different branches, or something in it is not finite."""
        try:
            found = variant.code.function([*shared, *[leaf.data for leaf in variant.captured.outside]], rows)
        except ARITHMETIC_ERRORS:
            return None
        if found.__class__ is int:
            return None
        sums, each = found
        finite = all(map(math.isfinite, sums)) and all(math.isfinite(number) for row in each for number in row)
        return (sums, each) if finite else None

    def _one(
        self, variants: list[Variant], shared: list[float], row: list[float], plan: "_Plan"
    ) -> tuple[list[float], list[Sequence[float]]]:
        """A single sample: by another variant if one has an answer, or by the eager engine, whose errors and infinities count."""
        structures, numbers = self._numbers.structures, self._numbers.of(shared, row)
        for variant in variants:
            part = self._sums(variant, shared, [row])
            if part is not None:
                return part
        if not any(holds(variant, numbers) for variant in variants):
            part = self._sums(self._compile(variants, structures, numbers), shared, [row])
            if part is not None:
                return part
        results = self._eager(structures, numbers)[1]
        return [results[k] for k in plan.sums], [[results[k] for k in plan.rows]] if plan.rows else []

    def _kernel(self, captured: Captured) -> Kernel:
        many = self._numbers.many
        places = range(len(captured.program.names))
        shared = [k for k in places if k >= len(many) or not many[k]]
        program = arranged(captured.program, [*shared, *[k for k in places if k < len(many) and many[k]]])
        plan = self._plan(captured)
        program.outputs = [program.outputs[k] for k in (*plan.sums, *plan.rows)]
        return Kernel(optimize(program), len(shared), len(plan.sums))


class BatchedMap(Batched):
    """A compiled `vmap`: nothing is added up."""

    def __init__(self, mapped: Mapped, **options: Any) -> None:
        super().__init__(mapped.function, mapped.in_axes, "sum", **options)
        self.mapped = mapped

    def _plainly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.mapped(*args, **kwargs)

    def _plan(self, captured: Captured) -> "_Plan":
        return _Plan(captured, None)

    def _result(self, captured: Captured, batch: Batch, sums: list[float], each: Sequence[Sequence[float]]) -> Any:
        build = builder_of(captured.structure)
        if not each:  # a function without numbers in its result
            each = [[]] * batch.count
        return stacked([build(list(row)) for row in each], self.mapped.out_axes, batch.arrays)


class _Plan:
    """Which results are added up over the samples, values and gradients of what they share, and which are kept for each."""

    def __init__(self, captured: Captured, numbers: Numbers | None) -> None:
        self.summed: list[bool] = []
        seen: dict[int, int] = {}
        for of in captured.of_argument:
            if numbers is None or of is None:
                self.summed.append(False)
            elif of == VALUE:
                self.summed.append(True)
            else:  # the gradient of an argument has a number for each of its numbers, in their order
                start, size = numbers.starts[of]
                k = seen.get(of, 0)
                seen[of] = k + 1
                self.summed.append(not numbers.many[start + k % size])
        self.sums = [k for k, summed in enumerate(self.summed) if summed]
        self.rows = [k for k, summed in enumerate(self.summed) if not summed]


class _Assembly:
    """Puts a result together: what is summed as it is, what is not as a list with an entry for each sample."""

    def __init__(self, plan: _Plan, sums: Sequence[float], each: Sequence[Sequence[float]]) -> None:
        self.summed, self.sums, self.each = plan.summed, iter(sums), each
        self.place = self.column = 0

    def part(self, structure: Structure) -> Any:
        """The next part of the result, which has this structure."""
        if isinstance(structure, Fixed):
            return structure.thing
        size = size_of(structure)
        kinds = set(self.summed[self.place : self.place + size])
        if kinds == {True}:
            self.place += size
            return put_together(structure, self.sums)
        if kinds == {False}:
            first = self.column
            self.place, self.column = self.place + size, first + size
            return [put_together(structure, iter(row[first : first + size])) for row in self.each]
        parts: Iterator[Any] = iter([self.part(one) for one in structure[-1]])
        return put_together((*structure[:-1], (NUMBER,) * len(structure[-1])), parts)


__all__ = ["Batched", "BatchedMap"]
