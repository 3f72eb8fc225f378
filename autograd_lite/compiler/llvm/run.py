"""A kernel compiled to machine code, and called with Python's numbers."""

import ctypes
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

from autograd_lite.compiler.kernel import Code, Kernel
from autograd_lite.compiler.llvm.batches import Batch
from autograd_lite.compiler.llvm.emit import Module
from autograd_lite.compiler.llvm.native import load, natural_lanes

KERNEL = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 5, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
#: A kernel without samples: what is given to a function costs more than small programs do, so it is given one address or two.
#: What is returned where a result is not finite.
_INFINITE = 1 << 62
#: Other threads wait for programs up to that size, which takes less time than letting them go on.
_QUICK = 1000


def kernel_module(kernel: Kernel, lanes: int) -> Module:
    """The module for a kernel."""
    module = Module()
    module.add("kernel", kernel, lanes, contract=lanes > 1, stored=not kernel.mapped, table=bool(kernel.mapped))
    return module


def _single_text(kernel: Kernel) -> str:
    """Functions that run a kernel without samples on an array of its inputs, with the results behind them, or in an array of their
    own, given by the address of its address; a result that is not finite counts as a guard that does not hold."""
    return f"""\
define internal i64 @finite(ptr %results) nounwind {{
entry:
  br label %next
next:
  %k = phi i64 [ 0, %entry ], [ %k.next, %one ]
  %sum = phi double [ 0.0, %entry ], [ %sum.next, %one ]
  %more = icmp ult i64 %k, {kernel.summed}
  br i1 %more, label %one, label %done
one:
  %at = getelementptr double, ptr %results, i64 %k
  %it = load double, ptr %at
  %nothing = fmul double %it, 0.0
  %sum.next = fadd double %sum, %nothing
  %k.next = add i64 %k, 1
  br label %next
done:
  %good = fcmp oeq double %sum, 0.0
  %flip = select i1 %good, i64 -1, i64 {_INFINITE}
  ret i64 %flip
}}
define internal i64 @on(ptr %numbers, ptr %results) nounwind {{
  %flip = call i64 @kernel(ptr %numbers, ptr %numbers, ptr null, ptr null, ptr null, i64 1, ptr %results, ptr null)
  %holds = icmp slt i64 %flip, 0
  br i1 %holds, label %look, label %done
look:
  %finite = call i64 @finite(ptr %results)
  ret i64 %finite
done:
  ret i64 %flip
}}
define i64 @single(ptr %numbers) nounwind {{
  %results = getelementptr inbounds double, ptr %numbers, i64 {kernel.shared}
  %flip = call i64 @on(ptr %numbers, ptr %results)
  ret i64 %flip
}}
define i64 @whole(ptr %numbers, ptr %cell) nounwind {{
  %results = load ptr, ptr %cell
  %flip = call i64 @on(ptr %numbers, ptr %results)
  ret i64 %flip
}}"""


def compile_llvm(kernel: Kernel, lanes: int | None = None, threads: int = 1) -> Code:
    """Turn a kernel into machine code.

    Parameters
    ----------
    kernel : Kernel
    lanes : int, optional
        Samples computed at once; what the processor's registers hold if left out, and 1 if there are neither samples nor loops.
    threads : int, default 1
        How many parts of a batch are computed at once; the result does not depend on it.

    Raises
    ------
    ImportError
        If llvmlite is not installed.
    UnsupportedOperation, CompileError
        If it cannot be done; the Python target can.
    """
    if not kernel.mapped:
        kernel = Kernel(kernel.program, kernel.shared, len(kernel.program.outputs))
        lanes = natural_lanes() if kernel.program.loops.sizes else 1
    elif lanes is None:
        lanes = natural_lanes()
    module = kernel_module(kernel, lanes)
    text = module.text() if kernel.mapped else module.text(_single_text(kernel))
    library = load(text, module.effort)
    function = library.function(KERNEL, "kernel")
    if kernel.mapped:
        batch = Batch(kernel, function, lanes, threads)
        return Code("llvm", text, batch.rows, batch=batch)
    kind = ctypes.PYFUNCTYPE if kernel.program.size <= _QUICK and not kernel.program.loops.sizes else ctypes.CFUNCTYPE
    single = library.function(kind(ctypes.c_int64, ctypes.c_void_p), "single")
    whole = library.function(kind(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p), "whole")
    return Code("llvm", text, _single(kernel, single), single, whole)


def _single(kernel: Kernel, function: Any) -> Callable[..., Any]:
    """A call for a kernel without samples: numbers in, numbers out."""
    room = 8 * max(1, kernel.summed)
    packed = Struct(f"{kernel.shared}d{room}x").pack  # by far faster than an array of ctypes
    results, start = Struct(f"{kernel.summed}d").unpack_from, 8 * kernel.shared

    def run(shared: Sequence[float], samples: Sequence[Sequence[float]]) -> Any:
        # Bytes that nobody else has seen yet, so the results may be written into them: each call, each thread has its own.
        numbers = packed(*shared)
        flip = function(numbers)
        return (results(numbers, start), ()) if flip < 0 or flip == _INFINITE else flip

    return run
