"""Kernels over batches in machine code, block by block, wherever the numbers of the samples are in memory.

A block is some samples in a row, or of a list of places.  Columns in which its samples lie one behind the other are read where
they are, others are gathered first, a block at a time.  Where a kernel meets a guard that does not hold, another one says which
samples of the block hold all of them: these are gathered and computed, and the places of the others are noted.  So one sample that
goes another way costs its block a second run, and the others nothing.
"""

from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ctypes import CFUNCTYPE, c_int64, c_void_p, cast
from functools import cache
from struct import Struct
from typing import Any

from autograd_lite.compiler.kernel import Code, Kernel
from autograd_lite.compiler.llvm.batch_code import JOB, batch_text
from autograd_lite.compiler.llvm.native import load

#: `batch(job, begin, end)` gives the sample it has come to: `end`, or where there is no room for what is left.
_BATCH = CFUNCTYPE(c_int64, c_void_p, c_int64, c_int64)
#: Samples of a block, of at most so many numbers and of more, which are gathered column by column.  Sums of blocks are added in
#: order, so that the result is the same for any number of threads.
_FEW, _BLOCK, _SMALL_BLOCK = 8, 2048, 256
#: Places are noted for so many blocks at once.
_NOTED = 4


class Batch:
    """A kernel that runs over batches.

    Parameters
    ----------
    kernel : Kernel
    function : ctypes function
        Its machine code.
    lanes : int
        How many samples that computes at once.
    threads : int
        How many parts of a batch are computed at once.
    """

    def __init__(self, kernel: Kernel, function: Any, lanes: int, threads: int) -> None:
        self.function, self.threads = function, threads  # the code lives as long as the function
        self.summed, self.each = kernel.summed, kernel.each
        self.block = _BLOCK if kernel.mapped <= _FEW else _SMALL_BLOCK
        #: Makes the code that says which samples hold all guards.
        self.holding: Callable[[], Code] | None = None
        self._run = _batch(lanes)
        width, each = kernel.mapped, kernel.each
        size = 8 * (self.block + (width + each + 1) * (self.block + lanes))
        self._same = width, each, kernel.summed, self.block, size, _NOTED * self.block, self.address
        self._nothing = array("d", [0.0])  # where there are no sums

    @property
    def address(self) -> int:
        """Of the machine code."""
        return cast(self.function, c_void_p).value or 0

    def __call__(
        self, shared: int, cells: Sequence[int], inputs: int, total: int, places: "array[int] | None" = None
    ) -> "tuple[list[float], array[int], array[int]]":
        """Run over samples, and write their results.

        Parameters
        ----------
        shared : int
            The address of the numbers that all samples share.
        cells : sequence of int
            Where the addresses of arrays are (`vectors.cells`): the first has a row of `total` numbers for each result, the others
            have the inputs.
        inputs : int
            The address of three numbers for each input: which array, where it begins there, how far its samples are apart, in bytes.
        total : int
        places : array of int, optional
            Which of the samples, if not all `total` of them.

        Returns
        -------
        tuple of (list of float, array of int, array of int)
            The sums, the places of samples that go another way, and of those for which the two kernels disagree, by rounding.
        """
        count, listed = (total, 0) if places is None else (len(places), places.buffer_info()[0])
        summed, threads = self.summed, self.threads
        sums = array("d", bytes(8 * summed * -(-count // self.block))) if summed else self._nothing
        # Bytes that nobody else has seen yet, so the function may write into them.
        job = _packed(len(cells))(
            *self._same, total, shared, inputs, listed, sums.buffer_info()[0], 0, 0, 0, 0, 0, 0, *cells
        )
        if threads > 1 and count > self.block:
            each = self.block * -(-count // (self.block * threads))
            with ThreadPoolExecutor(threads) as pool:
                jobs = [(bytes(bytearray(job)), begin, min(begin + each, count)) for begin in range(0, count, each)]
                parts = [*pool.map(self._part, *zip(*jobs, strict=True))]
            left, unsure = (sum(some, _NONE) for some in zip(*parts, strict=True))
        else:
            left, unsure = self._part(job, 0, count)
        return [sum(sums[k::summed]) for k in range(summed)], left, unsure

    def rows(self, shared: Sequence[float], samples: Sequence[Sequence[float]]) -> Any:
        """The same for samples in rows of numbers: their sums and results, or 0 where a guard does not hold."""
        numbers, given = array("d", shared or [0.0]), [array("d", column) for column in zip(*samples, strict=True)]
        count, width = len(samples), len(given)
        table = array("d", bytes(8 * count * self.each))
        addresses = array("q", [one.buffer_info()[0] for one in (table, *given)])
        cells = [addresses.buffer_info()[0] + 8 * k for k in range(width + 1)]
        inputs = array("q", [number for k in range(width) for number in (k + 1, 0, 8)])
        sums, left, unsure = self(numbers.buffer_info()[0], cells, inputs.buffer_info()[0], count)
        if left or unsure:
            return 0
        return sums, [*zip(*[table[k : k + count] for k in range(0, len(table), count)], strict=True)]

    def _part(self, job: bytes, begin: int, end: int) -> "tuple[array[int], array[int]]":
        """Some of the samples; gives what is left, and what is not sure."""
        at = self._run(job, begin, end)
        if at == end:
            return _NONE, _NONE
        if self.holding is None:
            return _NONE, array("q", range(at, end))
        left, unsure, size, holding = array("q"), array("q"), _NOTED * self.block, self.holding().batch
        noted, given = array("q", bytes(16 * (1 + size))), array("q", job)
        given[_HOLDING], given[_LEFT] = holding.address, noted.buffer_info()[0]
        while 0 <= at < end:
            noted[0] = noted[1] = 0
            at = self._run(given.buffer_info()[0], at, end)
            left.extend(noted[2 : 2 + noted[0]])
            unsure.extend(noted[2 + size : 2 + size + noted[1]])
        if at < 0:
            raise MemoryError(f"there is no memory for a block of {self.block} samples")
        return left, unsure


_HOLDING, _LEFT = JOB.index("holding"), JOB.index("left")
_NONE = array("q")


@cache
def _packed(cells: int) -> Callable[..., bytes]:
    """A job as memory, with so many cells behind it."""
    return Struct(f"{len(JOB) + cells}q").pack


@cache
def _batch(lanes: int) -> Any:
    """The function for kernels that compute so many samples at once."""
    return load(batch_text(lanes)).function(_BATCH, "batch")
