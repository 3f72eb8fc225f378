"""Which targets can run a kernel here, and the one a name stands for."""

import importlib.util
import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.compiler.errors import CompileError, missing_extra
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.memory import COMPILED, require
from autograd_lite.compiler.python_target import compile_python
from autograd_lite.compiler.ties import with_margins

_log = logging.getLogger("autograd_lite")
BACKENDS = ("auto", "python", "llvm")


@dataclass
class Code:
    """A kernel that can be run.

    Attributes
    ----------
    backend : str
    source : str
        What was generated: Python, or LLVM's language.
    function : callable
        `function(shared, samples)` gives `(sums, rows)`, or the number of a guard that did not hold, or of the margin of one.
    """

    backend: str
    source: str
    function: Callable[[Sequence[float], Sequence[Sequence[float]]], Any]


def resolve(backend: str) -> str:
    """The target for a name; "auto" is "llvm" where llvmlite is installed, and "python" elsewhere.

    Raises
    ------
    ValueError
        For an unknown name.
    ImportError
        For "llvm" without llvmlite.

    Examples
    --------
    >>> resolve("python")
    'python'
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend is one of {', '.join(map(repr, BACKENDS))}, not {backend!r}")
    if backend == "python":
        return backend
    if importlib.util.find_spec("llvmlite") is not None:
        return "llvm"
    if backend == "llvm":
        raise missing_extra("llvmlite", "jit", "machine code")
    _log.info('compiled to Python source; machine code is faster still: pip install "autograd-lite[jit]"')
    return "python"


def compile_kernel(kernel: Kernel, backend: str = "auto", threads: int = 1) -> Code:
    """Compile for a target.  What machine code cannot do falls back to Python source under "auto", with a warning."""
    chosen = resolve(backend)
    require(len(kernel.program), COMPILED[chosen], f"compiling {kernel.program.name}")
    if chosen == "llvm":
        from autograd_lite.compiler.llvm import compile_llvm

        try:
            compiled = compile_llvm(with_margins(kernel), threads=threads)
            return Code("llvm", compiled.source, compiled.function)
        except CompileError as error:
            if backend == "llvm":
                raise
            warnings.warn(f"no machine code for {kernel.program.name}, Python source instead: {error}", stacklevel=2)
    code = compile_python(kernel)
    return Code("python", code.source, code.function)


__all__ = ["BACKENDS", "Code", "compile_kernel", "resolve"]
