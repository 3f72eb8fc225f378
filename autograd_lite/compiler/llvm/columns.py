"""A kernel as code that can be sent to another process, and run there on columns of numbers."""

from array import array
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.batches import Batch
from autograd_lite.compiler.llvm.native import load, natural_lanes
from autograd_lite.compiler.llvm.run import KERNEL, kernel_module

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
        text = kernel_module(kernel, lanes).text()
        return cls(text, 0 if len(text) > _LONG else 2, lanes, kernel.mapped, kernel.summed, kernel.each)

    def __call__(self, shared: Any, columns: Any) -> Any:
        """A row for each result, of numbers that all samples share and a matrix with a row for each of their own."""
        import numpy as np

        columns, found = np.ascontiguousarray(columns, dtype=float), np.empty((self.each, columns.shape[1]))
        shared, (apart, step) = np.ascontiguousarray(shared, dtype=float), columns.strides
        at = array("q", [found.ctypes.data, columns.ctypes.data])
        inputs = array("q", [number for k in range(self.mapped) for number in (1, k * apart, step)])
        cells = [at.buffer_info()[0], at.buffer_info()[0] + 8]
        _batch(self)(shared.ctypes.data, cells, inputs.buffer_info()[0], columns.shape[1])
        return found


@lru_cache(8)
def _batch(code: ColumnCode) -> Batch:
    return Batch(cast(Any, code), load(code.text, code.effort).function(KERNEL, "kernel"), code.lanes, 1)
