"""A function of one sample, compiled and run for many: `jit(f, in_axes=...)`."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd_lite.compiler.arguments import NUMBER, Fixed, Structure, put_together, size_of, take_apart
from autograd_lite.compiler.capture import VALUE, Captured
from autograd_lite.compiler.jit import Jitted, Variant
from autograd_lite.compiler.kernel import Kernel, arranged
from autograd_lite.compiler.operations import ARITHMETIC_ERRORS
from autograd_lite.compiler.passes import optimize
from autograd_lite.engine.node import Node

Rows = list[list[float]]


class Batched(Jitted):
    """A compiled function that takes many samples at once; see `jit`."""

    def __init__(
        self, function: Callable[..., Any], in_axes: Sequence[int | None] | int, reduction: str, **options: Any
    ) -> None:
        super().__init__(function, **options)
        axes = (in_axes,) if isinstance(in_axes, int) else tuple(in_axes)
        if not all(axis is None or (axis == 0 and not isinstance(axis, bool)) for axis in axes) or not any(
            axis == 0 for axis in axes
        ):
            raise ValueError(
                f"in_axes is 0 for an argument that holds one entry for each sample and None for one that all samples "
                f"share, at least one of them 0; not {in_axes!r}"
            )
        self.in_axes = in_axes
        self.reduction = reduction

    def __call__(self, *args: Any) -> Any:
        """The results for all samples: a list of them, or sums where a derivative was compiled."""
        axes = (self.in_axes,) * len(args) if isinstance(self.in_axes, int) else tuple(self.in_axes)
        if len(axes) != len(args):
            raise TypeError(f"in_axes has {len(axes)} entries, and {self.__name__} was called with {len(args)} arguments")
        mapped = [axis is not None for axis in axes]
        count = _count(args, mapped)
        shared: list[Any] = []
        firsts: list[Structure] = []
        rows: Rows = [[] for _ in range(count)]
        for k, (arg, many) in enumerate(zip(args, mapped, strict=True)):
            firsts.append(_rows(arg, k, rows) if many else take_apart(arg, shared, k in self.static))
        shared = [one.data if isinstance(one, Node) else float(one) for one in shared]
        self._layout = (mapped, [size_of(first) for first in firsts])
        variants = self._known.setdefault((tuple(firsts), self._frozen()), [])
        return self._over(variants, firsts, shared, rows)

    def _over(self, variants: list[Variant], structures: list[Structure], shared: list[float], rows: Rows) -> Any:
        if not variants:
            self._compile(variants, structures, self._numbers(shared, rows[0]))
        plan = _Plan(variants[0].captured, self._layout[0])
        sums, each = self._sums(variants[0], shared, rows) or self._one_by_one(variants, structures, shared, rows, plan)
        if self.reduction == "mean":
            sums = [total / len(rows) for total in sums]
        return plan.assemble(variants[0].captured.structure, sums, each)

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

    def _one_by_one(
        self, variants: list[Variant], structures: list[Structure], shared: list[float], rows: Rows, plan: "_Plan"
    ) -> tuple[list[float], list[Sequence[float]]]:
        """Each sample by the variant for its branches; by the eager engine where the arithmetic fails."""
        totals = [0.0] * plan.summed
        each: list[Sequence[float]] = []
        for row in rows:
            for variant in variants:
                part = self._sums(variant, shared, [row])
                if part is not None:
                    break
            else:
                part = self._new(variants, structures, shared, row, plan)
            totals = [total + number for total, number in zip(totals, part[0], strict=True)]
            each += part[1]
        return totals, each

    def _new(
        self, variants: list[Variant], structures: list[Structure], shared: list[float], row: list[float], plan: "_Plan"
    ) -> tuple[list[float], list[Sequence[float]]]:
        """A sample that no variant has an answer for: another branch, or an error or infinity that is the engine's."""
        numbers = self._numbers(shared, row)
        known = any(self._holds(variant, shared, row) for variant in variants)
        if not known:
            part = self._sums(self._compile(variants, structures, numbers), shared, [row])
            if part is not None:
                return part
        results = self._eager(structures, numbers)[1]
        return [results[k] for k in plan.sums], [[results[k] for k in plan.rows]] if plan.rows else []

    def _holds(self, variant: Variant, shared: list[float], row: list[float]) -> bool:
        """Whether the sample goes the variant's way through the branches."""
        values = variant.program.values([*shared, *[leaf.data for leaf in variant.captured.outside], *row])
        return all(bool(values[guard.index]) is guard.expected for guard in variant.program.guards)

    def _numbers(self, shared: list[float], row: list[float]) -> list[float]:
        """The numbers of one sample and the shared ones in the order of the arguments."""
        of_shared, of_row = iter(shared), iter(row)
        return [next(of_row if many else of_shared) for many, size in zip(*self._layout, strict=True) for _ in range(size)]

    def _kernel(self, captured: Captured) -> Kernel:
        mapped, sizes = self._layout
        many = [m for m, size in zip(mapped, sizes, strict=True) for _ in range(size)]
        places = range(len(captured.program.names))
        shared = [k for k in places if k >= len(many) or not many[k]]
        program = arranged(captured.program, [*shared, *[k for k in places if k < len(many) and many[k]]])
        plan = _Plan(captured, mapped)
        program.outputs = [program.outputs[k] for k in (*plan.sums, *plan.rows)]
        return Kernel(optimize(program), len(shared), plan.summed)


class _Plan:
    """Which results are added up over the samples and which are kept for each."""

    def __init__(self, captured: Captured, mapped: Sequence[bool]) -> None:
        self.kinds = [of == VALUE or (of is not None and not mapped[of]) for of in captured.of_argument]
        self.sums = [k for k, summed in enumerate(self.kinds) if summed]
        self.rows = [k for k, summed in enumerate(self.kinds) if not summed]
        self.summed = len(self.sums)

    def assemble(self, structure: Structure, sums: Sequence[float], each: Sequence[Sequence[float]]) -> Any:
        """The result: a part that is summed as it is, a part that is not as a list with an entry for each sample."""
        self._kinds, self._sums = iter(self.kinds), iter(sums)
        self._column = 0
        return self._part(structure, each)

    def _part(self, structure: Structure, each: Sequence[Sequence[float]]) -> Any:
        if isinstance(structure, Fixed):
            return structure.thing
        start = self._column + self._done
        kinds = set(self.kinds[start : start + size_of(structure)])
        if kinds == {True}:
            self._done += size_of(structure)
            return put_together(structure, self._sums)
        if kinds == {False}:
            first, size = self._column, size_of(structure)
            self._column += size
            return [put_together(structure, iter(row[first : first + size])) for row in each]
        parts: Iterator[Any] = iter([self._part(part, each) for part in structure[-1]])
        outer = (*structure[:-1], (NUMBER,) * len(structure[-1]))
        return put_together(outer, parts)

    _done = 0


def _count(args: Sequence[Any], mapped: Sequence[bool]) -> int:
    counts = {}
    for k, (arg, many) in enumerate(zip(args, mapped, strict=True)):
        if many:
            if isinstance(arg, str | dict | Node) or not hasattr(arg, "__len__"):
                raise TypeError(
                    f"argument {k} is mapped over the samples, so it is a sequence of them, not {type(arg).__name__}"
                )
            counts[k] = len(arg)
    if len(set(counts.values())) != 1:
        raise ValueError(
            f"the arguments hold different numbers of samples: {', '.join(f'{n} in argument {k}' for k, n in counts.items())}"
        )
    count = next(iter(counts.values()))
    if count == 0:
        raise ValueError("the batch is empty: there is no sample to run the function on")
    return count


def _rows(arg: Any, k: int, rows: Rows) -> Structure:
    """Append the numbers of each sample in an argument to its row; the structure of one sample."""
    first: Structure = None
    for n, sample in enumerate(arg):
        numbers: list[Any] = []
        structure = take_apart(sample, numbers)
        if n == 0:
            first = structure
        elif structure != first:
            raise ValueError(f"sample {n} of argument {k} has another shape than sample 0: {sample!r} against {arg[0]!r}")
        rows[n] += [one.data if isinstance(one, Node) else float(one) for one in numbers]
    return first


__all__ = ["Batched"]
