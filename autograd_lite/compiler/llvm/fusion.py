"""Which products are computed together with the sum they are a term of, with one instruction and one rounding.

LLVM finds them by itself only where its code generator tries hard, so they are written as such.
"""

from collections import Counter

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.layout import Layout


def fused(kernel: Kernel, layout: Layout, into_sums: bool) -> frozenset[int]:
    """The products that one sum alone uses, in the same part.

    Parameters
    ----------
    kernel : Kernel
    layout : Layout
    into_sums : bool
        Whether what is added up over the samples may be a product.

    Examples
    --------
    In `x * y + x`, but not in `exp(x * y)`:

    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); x, y = b.input("x"), b.input("y")
    >>> xy, yy = b.emit("mul", x, y), b.emit("mul", y, y)
    >>> kernel = Kernel(b.finish([b.emit("add", xy, x), b.emit("exp", yy)]), 0, 0)
    >>> fused(kernel, Layout([[2, 3, 4, 5]]), False) == {xy}
    True
    """
    program = kernel.program
    user = [-1] * len(program)  # the last one; `several` have more than that
    several: set[int] = set()
    for index, _, args in program.computed():
        for arg in args:
            if user[arg] >= 0:
                several.add(arg)
            user[arg] = index
    outputs, summed = Counter(program.outputs), set(program.outputs[: kernel.summed])

    def once(step: int) -> bool:
        if user[step] >= 0:
            return step not in several and step not in outputs and program.ops[user[step]] in ("add", "sum")
        return into_sums and step in summed and outputs[step] == 1

    steps = (step for part in layout.parts for step in part)
    return frozenset(step for step in steps if program.ops[step] == "mul" and step not in layout.slots and once(step))
