"""Which sums of products are a matrix times a matrix."""

from collections.abc import Iterator, Sequence
from math import prod

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.loops.memory import Memory
from autograd_lite.compiler.llvm.loops.views import SAMPLE, View

#: So many products in a sample are worth vectors of their own.
FEWEST = 256
#: The left and right factor, and the loops m and n.
Product = tuple[int, int, int | None, int]


def product(memory: Memory, factors: tuple[int, int], k: int, axes: Sequence[int], to: View | None = None) -> Product | None:
    """How a sum over loop k of the product of two steps is a product of matrices, if it is.

    Parameters
    ----------
    memory : Memory
    factors : tuple of int
    k : int
    axes : sequence of int
        The loops of the sum.
    to : View, optional
        Where it is added to; an array of its own if left out.
    """
    loops = [set(memory.axes(one)) for one in factors]
    if any(memory.is_simple(one) for one in factors) or not all(k in one for one in loops):
        return None
    if set.union(*loops) - {k} != set(axes if to is None else dict(to.strides)):
        return None
    for left, right in (factors, factors[::-1]):
        for n in _across(memory, right, left):
            if (SAMPLE in axes and n != SAMPLE) or (k != SAMPLE and not memory.lies_along(right, n)):
                continue
            if to is None or to.stride(n) == 1:  # rows that meet in a place are added one after the other
                return left, right, max(_across(memory, left, right), key=memory.length, default=None), n
    return None


def within_samples(kernel: Kernel) -> bool:
    """Whether there is a matrix times a matrix in a sample, neither of which other samples share.

    Then vectors run along the loops of a sample, and the samples come one after the other: the products, and the sums of them, would
    be kept for all samples together otherwise.
    """
    program = kernel.program
    depends, loops = program.depends(kernel.shared), program.loops
    if loops.has_scans:  # whose rounds are vectors of samples
        return False
    for _, op, args in program.computed():
        if op == "mul" and depends[args[0]] and depends[args[1]]:
            x, y = (set(loops.of(arg)) for arg in args)
            if x & y and x - y and y - x and prod(loops.sizes[loop] for loop in x | y) >= FEWEST:
                return True
    return False


def _across(memory: Memory, one: int, other: int) -> Iterator[int]:
    """The loops that one factor is in and the other is not."""
    return (axis for axis in memory.axes(one) if axis not in memory.axes(other))


def factors(memory: Memory, step: int, absorbed: set[int]) -> tuple[int, int] | None:
    """What is multiplied before it is summed over a loop, if that is what a step does; a sum may have one operand more."""
    op, args = memory.program.ops[step], memory.program.args[step]
    if op == "dot" and len(args) == 2:
        return args[0], args[1]
    if op == "sum" and args[0] in absorbed:
        x, y = memory.program.args[args[0]]
        return x, y
    return None


def summed_only(memory: Memory, step: int, users: Sequence[int], sinks: Sequence[tuple[str, View]]) -> bool:
    """Whether a step is a product that is needed for nothing but products of matrices.

    Parameters
    ----------
    memory : Memory
    step : int
    users : sequence of int
        The steps it is an operand of.
    sinks : sequence of (str, View)
        What becomes of it as a result.
    """
    program = memory.program
    if program.ops[step] != "mul":
        return False
    x, y = program.args[step]
    if len(users) == 1 and not sinks:
        user, over = users[0], program.loops.over.get(users[0])
        first, *rest = program.operands(user)
        if program.ops[user] != "sum" or over is None or first != step or len(rest) > 1:
            return False
        return not any(over in memory.axes(one) for one in rest) and (
            product(memory, (x, y), over, [axis for axis in memory.axes(step) if axis != over]) is not None
        )
    if users or not sinks or not memory.depends[step]:
        return False
    axes = program.loops.of(step)
    return all(kind == "sums" and product(memory, (x, y), SAMPLE, axes, view) is not None for kind, view in sinks)
