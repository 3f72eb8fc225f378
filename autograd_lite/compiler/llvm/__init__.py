"""Machine code: a kernel printed in LLVM's language, compiled by llvmlite, kept in memory and on disk."""

from autograd_lite.compiler.llvm.run import compile_llvm
from autograd_lite.compiler.llvm.train import LlvmRunner

__all__ = ["LlvmRunner", "compile_llvm"]
