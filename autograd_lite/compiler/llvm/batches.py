"""Kernels over batches in machine code, wherever the numbers of the samples are in memory.

All samples are run at once, those that sums are added up for in parts.  Where a guard does not hold, the kernel says which sample it
has come to, and one without guards goes on, which says for which samples they hold; the places of the others are noted.  How many samples
these are grows while the guards go on failing.  So one sample that goes another way costs little, and many cost one more run.
"""

from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ctypes import CFUNCTYPE, c_int64, c_void_p, memset
from functools import cache, partial
from itertools import chain
from struct import Struct
from typing import Any

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.native import Library
from autograd_lite.compiler.llvm.syntax import loop
from autograd_lite.compiler.vectors import CELL

_Found = tuple[list[float], "array[int]"]
#: `batch(shared, job, begin, end, sums)` gives the sample it has come to: `end`, or before it one of those for which a guard does not hold.
BATCH = CFUNCTYPE(c_int64, c_void_p, c_void_p, c_int64, c_int64, c_void_p)
_JOB = (("inputs", "ptr"), ("total", "i64"), ("number", "i64"), ("last.cell", "ptr"))
#: Samples that are added up at once: these sums are added in order, so that the result is the same for any number of threads.
_BLOCK = 2048
#: How many samples are looked at where a guard does not hold: the first time, and the most.
_FIRST, _MOST = 2048, 1 << 14


def batch_text(kernel: Kernel) -> str:
    """The function that runs the function of a kernel on some samples.

    A job is the address of three numbers for each input (which array, where it begins there, how far its samples are apart, in bytes),
    how many numbers the rows of results have, how many of them there are, and where the addresses of arrays are: of one for the
    result behind these, of those rows, and of those with the inputs.
    """
    inputs = loop("input", "entry", [
        "  %array.at = getelementptr inbounds [3 x i64], ptr %inputs, i64 %input.k",
        "  %offset.at = getelementptr inbounds i64, ptr %array.at, i64 1",
        "  %stride.at = getelementptr inbounds i64, ptr %array.at, i64 2",
        "  %array = load i64, ptr %array.at",
        "  %offset = load i64, ptr %offset.at",
        "  %stride = load i64, ptr %stride.at",
        "  %cell.at = getelementptr inbounds ptr, ptr %cells, i64 %array",
        "  %cell = load ptr, ptr %cell.at",
        "  %data = load ptr, ptr %cell",
        "  %base = getelementptr i8, ptr %data, i64 %offset",
        "  %base.at = getelementptr inbounds [2 x i64], ptr %rows, i64 %input.k",
        "  %apart.at = getelementptr inbounds i64, ptr %base.at, i64 1",
        "  store ptr %base, ptr %base.at",
        "  store i64 %stride, ptr %apart.at",
    ], "found", kernel.mapped)  # fmt: skip
    results = loop("result", "found", [
        "  %row = mul i64 %result.k, %total",
        "  %there = getelementptr double, ptr %table, i64 %row",
        "  %inside = icmp ult i64 %result.k, %number",
        "  %column = select i1 %inside, ptr %there, ptr %last",
        "  %column.at = getelementptr inbounds ptr, ptr %each, i64 %result.k",
        "  store ptr %column, ptr %column.at",
    ], "call", kernel.each)  # fmt: skip
    return "\n".join([
        "define i64 @batch(ptr %shared, ptr %job, i64 %begin, i64 %end, ptr %sums) nounwind {",
        "entry:",
        f"  %rows = alloca [{2 * kernel.mapped} x i64]",
        f"  %each = alloca [{max(1, kernel.each)} x ptr]",
        "  %come.at = alloca i64",
        "  store i64 %begin, ptr %come.at",
        *[f"  %{name}.at = getelementptr inbounds i64, ptr %job, i64 {k}" for k, (name, _) in enumerate(_JOB)],
        *[f"  %{name} = load {kind}, ptr %{name}.at" for name, kind in _JOB],
        f"  %cells = getelementptr inbounds i64, ptr %job, i64 {len(_JOB)}",
        "  br label %input",
        *inputs,
        "found:",
        "  %table.cell = load ptr, ptr %cells",
        "  %table = load ptr, ptr %table.cell",
        "  %last = load ptr, ptr %last.cell",
        f"  br label %{'result' if kernel.each else 'call'}",
        *(results if kernel.each else []),
        "call:",
        "  %from = inttoptr i64 %begin to ptr",
        "  %flip = call i64 @kernel(ptr %shared, ptr %shared, ptr %rows, ptr %from, ptr %come.at, i64 %end, ptr %sums, ptr %each)",
        "  %good = icmp slt i64 %flip, 0",
        "  %come = load i64, ptr %come.at",
        "  %at = select i1 %good, i64 %end, i64 %come",
        "  ret i64 %at",
        "}",
    ])  # fmt: skip


class Batch:
    """A kernel that runs over batches.

    Parameters
    ----------
    kernel : Kernel
    library : Library
        Its machine code.
    lanes : int
        How many samples that computes at once.
    threads : int
        How many parts of a batch are computed at once.
    """

    def __init__(self, kernel: Kernel, library: Library, lanes: int, threads: int) -> None:
        self.run = library.function(BATCH, "batch")
        self.summed, self.each, self.lanes, self.threads = kernel.summed, kernel.each, lanes, threads
        #: Makes a kernel without guards, see `kernel.tolerant`.
        self.tolerant: Callable[[], Batch] | None = None

    def __call__(self, shared: int, samples: Any, table: Any, places: Any = None) -> "_Found":
        """Run over samples, and write their results.

        Parameters
        ----------
        shared : int
            The address of the numbers that all samples share.
        samples : Samples
        table : ndarray
            With a row for each result.
        places : sequence of int, optional
            Which of the samples, if not all.

        Returns
        -------
        tuple of (list of float, array of int)
            The sums, and the places of samples that go another way.
        """
        import numpy as np

        if places is None and samples.count >= self.lanes:
            return self._whole(shared, samples, table, 0)
        places = np.asarray(range(samples.count) if places is None else places)
        missing = max(0, self.lanes - len(places))  # a vector is filled with the first
        places = np.concatenate([places[:1].repeat(missing), places]) if missing else places
        given, found = samples.part(places), np.empty((self.each, len(places)))
        sums, left = self._whole(shared, given, found, missing)
        for row, results in zip(table, found, strict=True):
            row[places] = results
        return sums, _listed([places[left]] if left else [])

    def rows(self, shared: Sequence[float], samples: Sequence[Sequence[float]]) -> Any:
        """The same for samples in rows of numbers: their sums and results, or 0 where a guard does not hold."""
        missing = max(0, self.lanes - len(samples))
        numbers = array("d", shared or [0.0])
        given = [array("d", column) for column in zip(*[*samples[:1]] * missing, *samples, strict=True)]
        count = missing + len(samples)
        table, sums = array("d", bytes(8 * (count * self.each + 1))), array("d", bytes(8 * (self.summed + 1)))
        addresses = array("q", [one.buffer_info()[0] for one in (table, *given)])
        cells = [addresses.buffer_info()[0] + 8 * k for k in range(len(addresses))]
        inputs = array("q", [number for k in range(len(given)) for number in (k + 1, 0, 8)])
        job = packed(len(cells))(inputs.buffer_info()[0], count, self.each, cells[0], *cells)
        if self.run(numbers.buffer_info()[0], job, missing, count, sums.buffer_info()[0]) < count:
            return 0
        columns = [table[k + missing : k + count] for k in range(0, self.each * count, count)]
        return sums[: self.summed].tolist(), [*zip(*columns, strict=True)]

    def _whole(self, shared: int, samples: Any, table: Any, begin: int) -> "_Found":
        """As `__call__`, for all samples but some at the beginning."""
        count, summed, threads, inputs = samples.count, self.summed, self.threads, samples.inputs
        cells = [id(one) + CELL for one in (table, *samples.arrays)]
        pack = partial(packed(len(cells)), inputs.buffer_info()[0], table.shape[1], self.each)
        sums = array("d", bytes(8 * summed * -(-count // _BLOCK))) if summed else _NOTHING
        if threads == 1 or count <= _BLOCK:
            left = self._part(shared, pack, cells, sums, begin, count)
        else:
            each = _BLOCK * -(-count // (_BLOCK * threads))
            starts, ends = [begin, *range(each, count, each)], [*range(each, count, each), count]
            with ThreadPoolExecutor(threads) as pool:
                left = [*chain(*pool.map(partial(self._part, shared, pack, cells, sums), starts, ends))]
        return [sum(sums[k::summed]) for k in range(summed)], _listed(left)

    def _part(
        self, shared: int, pack: Callable[..., bytes], cells: list[int], sums: "array[float]", begin: int, end: int
    ) -> list[Any]:
        """Some of the samples; gives the places of what is left."""
        left, size, summed, truths = list[Any](), _FIRST, self.summed, None
        job, ready = pack(cells[0], *cells), b""
        while begin < end:
            stop = min(begin - begin % _BLOCK + _BLOCK, end) if summed else end
            slot = sums.buffer_info()[0] + 8 * (begin // _BLOCK * summed)
            at = self.run(shared, job, begin, stop, slot)
            if at < stop:
                at, stop = (begin, stop) if summed else (at, min(at + size, stop))
                size = min(4 * size, _MOST)
                memset(slot, 0, 8 * summed)
                if truths is None:
                    import numpy as np

                    truths = np.zeros(end)
                    ready = pack(id(truths) + CELL, *cells)
                if self.tolerant is not None:
                    self.tolerant().run(shared, ready, at, stop, slot)
                left.append(at + (truths[at:stop] != 1.0).nonzero()[0])
            begin = stop
        return left


#: Where there are no sums, or places.
_NOTHING, _NOWHERE = array("d", [0.0]), array("q")


def _listed(parts: list[Any]) -> "array[int]":
    """Places, in arrays of NumPy's, as an array of Python's."""
    return array("q", b"".join([part.tobytes() for part in parts])) if parts else _NOWHERE


@cache
def packed(cells: int) -> Callable[..., bytes]:
    """A job as memory, with so many addresses of arrays."""
    return Struct(f"{len(_JOB) + cells}q").pack
