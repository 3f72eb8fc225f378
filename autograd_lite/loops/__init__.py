"""Loops of numbers: `scan`, `fori_loop` and `while_loop`, with JAX's names and meaning."""

from autograd_lite.loops.scan import scan
from autograd_lite.loops.whole import fori_loop, while_loop

__all__ = ["fori_loop", "scan", "while_loop"]
