"""Machine code for programs with loops: nests of loops over arrays, and contractions."""

from autograd_lite.compiler.llvm.loops.functions import looped_functions
from autograd_lite.compiler.llvm.loops.products import within_samples

__all__ = ["looped_functions", "within_samples"]
