"""Programs as Python source, with no dependency.

The source is meant to be read and stepped through.  A loop is printed as a loop.  It is registered with `linecache`, so a debugger
shows it.
"""

import itertools
import linecache
import weakref
from dataclasses import replace

from autograd_lite.compiler.kernel import Code, Kernel
from autograd_lite.compiler.passes import optimize, text_form
from autograd_lite.compiler.program import unrolled
from autograd_lite.compiler.python_loops import LoopWriter, has_loops_for
from autograd_lite.compiler.python_writer import Writer

_serial = itertools.count()
#: Written out by the text of the table; the others of any number of arguments have a function in Python.
_EXPANDED = frozenset({"softmax", "log_softmax", "logsumexp"})


def compile_python(kernel: Kernel, ieee: bool | str = False) -> Code:
    """Turn a kernel into a Python function.

    Parameters
    ----------
    kernel : Kernel
    ieee : bool or "slopes", default False
        Answer with infinities and nan where Python raises; "slopes" for all but the program's checks.

    Examples
    --------
    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); w, x = b.input("w"), b.input("x")
    >>> code = compile_python(Kernel(b.finish([b.emit("tanh", b.emit("mul", w, x))]), shared=1, summed=1))
    >>> print(code.source, end="")
    def program(shared, samples):
        w, = shared
        s0 = 0.0
        rows = []
        for x, in samples:
            s0 += tanh(w * x)
        return [s0], rows
    >>> code.function([1.0], [[0.0], [0.5]])
    ([0.46211715726000974], [])
    """
    program = kernel.program
    if program.loops.sizes and not has_loops_for(kernel):
        program = optimize(unrolled(program), lambda op: None)
    if not _EXPANDED.isdisjoint(program.ops):
        program = optimize(program, lambda op: text_form(op) if op in _EXPANDED else None)
    looped = bool(program.loops.sizes)
    kernel = replace(kernel, program=program, values=0 if looped else kernel.values)
    writer = (LoopWriter if looped else Writer)(kernel, ieee)
    source = writer.source()
    filename = f"<compiled {program.name} {next(_serial)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), writer.namespace)
    function = writer.namespace["program"]
    weakref.finalize(function, linecache.cache.pop, filename, None)
    return Code("python", source, function, values=kernel.values > 0)
