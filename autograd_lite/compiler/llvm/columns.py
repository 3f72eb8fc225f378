"""A kernel as code that can be sent to another process, and run there on columns of numbers."""

from array import array
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.batches import BATCH, batch_text, packed
from autograd_lite.compiler.llvm.native import load, natural_lanes
from autograd_lite.compiler.llvm.run import kernel_module

#: The code generator does not try hard for a longer text: it takes a tenth of the time, and the code runs three quarters as fast.
_LONG = 1_000_000


@dataclass(frozen=True)
class ColumnCode:
    """The text of a kernel, and what it takes: see `Kernel`.

    Attributes
    ----------
    text : str
    effort : int
    lanes, mapped, summed, each : int
    """

    text: str
    effort: int
    lanes: int
    mapped: int
    summed: int
    each: int

    @classmethod
    def of(cls, kernel: Kernel) -> "ColumnCode":
        """The code for a kernel, which must not have guards."""
        lanes = natural_lanes()
        text = kernel_module(kernel, lanes).text(batch_text(kernel))
        return cls(text, 0 if len(text) > _LONG else 2, lanes, kernel.mapped, kernel.summed, kernel.each)

    def __call__(self, shared: Any, columns: Any) -> Any:
        """A row for each result, of numbers that all samples share and a matrix with a row for each of their own."""
        import numpy as np

        missing = max(0, self.lanes - columns.shape[1])  # a vector is filled with the first
        columns = np.concatenate([columns[:, :1].repeat(missing, axis=1), columns], axis=1, dtype=float)
        shared, found = np.ascontiguousarray(shared, dtype=float), np.empty((self.each, columns.shape[1]))
        at, sums = array("q", [found.ctypes.data, columns.ctypes.data]), array("d", bytes(8 * (self.summed + 1)))
        apart, step = columns.strides
        inputs = array("q", [number for k in range(self.mapped) for number in (1, k * apart, step)])
        cells = [at.buffer_info()[0], at.buffer_info()[0] + 8]
        job = packed(len(cells))(inputs.buffer_info()[0], columns.shape[1], self.each, cells[0], *cells)
        _function(self)(shared.ctypes.data, job, 0, columns.shape[1], sums.buffer_info()[0])
        return found[:, missing:]


@lru_cache(8)
def _function(code: ColumnCode) -> Any:
    return load(code.text, code.effort).function(BATCH, "batch")
