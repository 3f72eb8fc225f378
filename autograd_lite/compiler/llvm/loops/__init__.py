"""Machine code for programs with loops: nests of loops over arrays, and contractions."""

from autograd_lite.compiler.llvm.loops.functions import looped_functions

__all__ = ["looped_functions"]
