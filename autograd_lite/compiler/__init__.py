"""The scalar graph as a program: recorded once, simplified, and printed as Python, machine code or C.

A recorded graph is a straight line of operations.  Written down with its derivative, it runs without Python's objects around
each number: `jit` compiles a function, `compile_step` a whole training step, `to_c` gives a C file.
"""

from autograd_lite.compiler.c_target import to_c
from autograd_lite.compiler.errors import CompileError, GuardError, TraceError, UnsupportedOperation
from autograd_lite.compiler.jit import Jitted, jit
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.step import CompiledStep, compile_step

__all__ = [
    "CompileError", "CompiledStep", "GuardError", "Jitted", "Program", "TraceError", "UnsupportedOperation", "compile_step",
    "jit", "to_c",
]  # fmt: skip
