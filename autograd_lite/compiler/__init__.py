"""The scalar graph as a program: recorded once, simplified, and printed as Python, machine code or C.

A recorded graph is a straight line of operations.  Written down with its derivative, it runs without Python's objects around
each number.  The public names, which stay as they are:

- `jit(f)` compiles a function, `jit(grad(f))` its derivative;
- `vmap(f)` maps a function of one sample over a batch, `jit(vmap(f))` compiles that, `jit(value_and_grad(f), in_axes=...)`
  adds up values and gradients over the batch;
- `compile_step(loss, parameters, example)` compiles a training step, with the update, for `run` and `load`;
- `to_c(f, *example)` gives a C file, `to_onnx` a model in ONNX, `to_arrays` a function of NumPy's or JAX's arrays;
- `Program` is what all of them are made from: `print(program)` lists it;
- `TraceError`, `GuardError`, `UnsupportedOperation`, `CompileError` and `MemoryLimitError` say why something could not be
  compiled; `memory_limit` allows more or less memory.
"""

from autograd_lite.compiler.arrays_target import ArrayFunction, to_arrays
from autograd_lite.compiler.c_target import to_c
from autograd_lite.compiler.compile_step import compile_step
from autograd_lite.compiler.errors import CompileError, GuardError, MemoryLimitError, TraceError, UnsupportedOperation
from autograd_lite.compiler.jit import jit
from autograd_lite.compiler.jitted import Jitted
from autograd_lite.compiler.memory import memory_limit
from autograd_lite.compiler.onnx_target import to_onnx
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.step import CompiledStep
from autograd_lite.compiler.vmap import Mapped, vmap

__all__ = [
    "ArrayFunction", "CompileError", "CompiledStep", "GuardError", "Jitted", "Mapped", "MemoryLimitError", "Program", "TraceError",
    "UnsupportedOperation", "compile_step", "jit", "memory_limit", "to_arrays", "to_c", "to_onnx", "vmap",
]  # fmt: skip
