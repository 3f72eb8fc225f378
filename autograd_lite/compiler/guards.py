"""Whether numbers go a program's way through the branches, asked without running the rest of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.python_target import compile_python
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS


def guard_check(program: Program) -> Callable[[Sequence[float]], bool]:
    """A function of the inputs: whether all guards hold, by Python source, so to a last bit; compiled when first asked.

    An input for which a guard cannot be computed, or one of the operations `checks` raises, does not go this way: recorded
    there, the function says what is wrong, or takes another way.

    >>> from autograd_lite.compiler.program import Builder, Guard
    >>> b = Builder(); x = b.input("x")
    >>> check = guard_check(b.finish([x], [Guard(b.emit("gt", x, b.const(1.0)), True, "a line")]))
    >>> check([2.0]), check([0.5])
    (True, False)
    """
    if not (program.guards or program.checks or program.guarded):
        return lambda inputs: True
    only = replace(program, outputs=[], slopes={}, rules={}, loops=replace(program.loops, blocks=[]))
    compiled: list[Callable[..., object]] = []

    def holds(inputs: Sequence[float]) -> bool:
        if not compiled:
            compiled.append(compile_python(Kernel(optimize(only), len(program.names), 0)).function)
        try:
            return not isinstance(compiled[0](inputs, ()), int)
        except ARITHMETIC_ERRORS:
            return False

    return holds
