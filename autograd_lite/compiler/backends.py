"""Which targets can run a kernel here, and the one a name stands for."""

import importlib.util
import logging
import warnings
from dataclasses import replace
from functools import cache
from typing import Any

from autograd_lite.compiler.checks import PLACE, checked
from autograd_lite.compiler.errors import CompileError
from autograd_lite.compiler.kernel import Code, Kernel, tolerant
from autograd_lite.compiler.memory import COMPILED, require
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.python_target import compile_python
from autograd_lite.compiler.ties import guards_outside, with_margins
from autograd_lite.engine.locks import generating
from autograd_lite.hints import needed

_log = logging.getLogger("autograd_lite")
BACKENDS = ("auto", "python", "llvm")


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
        _generator()
        return "llvm"
    if backend == "llvm":
        needed("llvmlite", "machine code needs", "jit")
    _log.info('compiled to Python source; machine code is faster still: pip install "autograd-lite[jit]"')
    return "python"


def _generator() -> Any:
    """The room that makes machine code, with everything that it imports: while it is, nobody forks, for a child would wait for
    ever for a module that a thread of its parent was about to import."""
    with generating:
        from autograd_lite.compiler import llvm

        return llvm


def compile_kernel(kernel: Kernel, backend: str = "auto", threads: int = 1) -> Code:
    """Compile for a target.  What machine code cannot do falls back to Python source under "auto", with a warning."""
    chosen = resolve(backend)
    require(len(kernel.program), COMPILED[chosen], f"compiling {kernel.program.name}")
    if chosen == "llvm":
        compile_llvm, ready = _generator().compile_llvm, _ready(kernel)
        try:
            code: Code = compile_llvm(ready, threads=threads)
            if code.batch is not None:
                code.batch.tolerant = cache(lambda: compile_llvm(tolerant(ready)).batch)
            return code
        except CompileError as error:
            if backend == "llvm":
                raise
            warnings.warn(f"no machine code for {kernel.program.name}, Python source instead: {error}", stacklevel=2)
    if kernel.program.loops.sizes:  # their sums are rounded in another way than the eager engine's
        kernel = with_margins(kernel)
    return compile_python(checked(kernel, machine=False, tested=kernel.program.results))


def _ready(kernel: Kernel) -> Kernel:
    """The kernel with all its guards; that results are finite is one where there are many samples, elsewhere it is looked at."""

    def ready(one: Kernel, inputs: Any) -> Kernel:
        program, tested = one.program, one.program.results if inputs is None else []
        if kernel.mapped:
            program, tested = replace(program, checks=sorted({*program.checks, *tested})), []
        return checked(with_margins(replace(one, program=program), inputs), machine=True, tested=tested)

    return guards_outside(kernel, ready, PLACE)


def _optimized(kernel: Kernel) -> Kernel:
    return replace(kernel, program=optimize(kernel.program))
