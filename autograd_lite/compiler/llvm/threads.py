"""The runner for several threads, by the name it had when it was a class of its own."""

from autograd_lite.compiler.llvm.train import LlvmRunner as ThreadedRunner

__all__ = ["ThreadedRunner"]
