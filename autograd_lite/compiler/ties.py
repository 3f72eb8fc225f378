"""Branches that rounding would decide: machine code does not take them, and the eager engine is asked.

Machine code has other exponentials than Python, and fuses products with sums.  Where the two sides of a comparison are equal
but for rounding, it may find another one larger than the eager engine does, and the derivative would be that of the branch next
door.  So each comparison that Python branched on gets a second guard: the sides differ by more than rounding.
"""

from dataclasses import replace

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.operations import COMPARISONS, LEAVES, TRUTHS
from autograd_lite.compiler.program import Builder, Guard

#: Two sides whose difference is less than this part of what was added up to them are a tie.
MARGIN = 2.0**-36
#: What gives the same number in every target.
_EXACT = TRUTHS | {"neg", "abs", "select", "detach", "floor", "ceil", "trunc", "relu", "sign", "step", "copysign"}
#: ... and where no product is fused with a sum, as it is over samples.
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "sqrt"})


def with_margins(kernel: Kernel) -> Kernel:
    """The kernel with guards, behind its own, that fail at a tie.

    Two zeros are no tie: that is a number that is not there, not one that was rounded.

    Examples
    --------
    >>> b = Builder(); x = b.input("x")
    >>> y = b.emit("exp", x)
    >>> guards = [Guard(b.emit("gt", y, b.const(2.0)), True, "here"), Guard(b.emit("gt", x, b.const(0.0)), True, "there")]
    >>> len(with_margins(Kernel(b.finish([y], guards), 1, 0)).program.guards)
    3
    """
    program, same = kernel.program, _EXACT if kernel.mapped else _EXACT | _ARITHMETIC
    if not program.guards:
        return kernel
    exact: list[bool] = []
    for op, args in zip(program.ops, program.args, strict=True):
        exact.append(op in LEAVES or (op in same and all(exact[arg] for arg in args)))
    compared = [
        (index, guard)
        for guard in program.guards
        if not exact[guard.index]
        for index in program.parts(guard.index, lambda k: program.ops[k] not in COMPARISONS)
        if not exact[index] and program.args[index][0] != program.args[index][1]
    ]
    if not compared:
        return kernel
    builder = Builder.of(program)
    margins = []
    for index, guard in compared:
        x, y = program.args[index]
        difference = builder.emit("abs", builder.emit("sub", x, y))
        size = builder.emit("mul", builder.const(MARGIN), builder.emit("add", _size(builder, x), _size(builder, y)))
        margins.append(Guard(builder.emit("ge", difference, size), True, guard.place))
    return replace(kernel, program=replace(program, ops=builder.ops, args=builder.args, guards=[*program.guards, *margins]))


def _size(builder: Builder, index: int) -> int:
    """How large a step is, or what it is the sum or difference of."""
    parts = builder.args[index] if builder.ops[index] in ("add", "sub", "sum", "fsum") else (index,)
    sizes = [builder.emit("abs", part) for part in parts]
    return sizes[0] if len(sizes) == 1 else builder.emit("sum", *sizes)
