"""Whether numbers go a program's way through the branches, asked without running the rest of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Guard, Program
from autograd_lite.compiler.python_target import compile_python
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS


def guard_check(program: Program, guards: Sequence[Guard], checks: Sequence[int] = ()) -> Callable[[Sequence[float]], bool]:
    """A function of the inputs: whether these guards hold, by Python source, so to a last bit; compiled when first asked.

    An input for which a guard cannot be computed, or one of the operations `checks` raises, does not go this way: recorded
    there, the function says what is wrong, or takes another way.

    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); x = b.input("x")
    >>> program = b.finish([x], [Guard(b.emit("gt", x, b.const(1.0)), True, "a line")])
    >>> check = guard_check(program, program.guards)
    >>> check([2.0]), check([0.5])
    (True, False)
    """
    if not guards and not checks:
        return lambda inputs: True
    loops = replace(program.loops, blocks=[])
    only = replace(program, outputs=[], guards=list(guards), checks=list(checks), slopes={}, rules={}, loops=loops)
    compiled: list[Callable[..., object]] = []

    def holds(inputs: Sequence[float]) -> bool:
        if not compiled:
            compiled.append(compile_python(Kernel(optimize(only), len(program.names), 0)).function)
        try:
            return not isinstance(compiled[0](inputs, ()), int)
        except ARITHMETIC_ERRORS:
            return False

    return holds
