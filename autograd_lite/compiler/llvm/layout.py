"""A long program cut into parts, each a function: where it is cut, in which order the steps come, and what is kept in memory.

What a processor takes longest for in a straight line of a hundred thousand steps is to fetch numbers and instructions that
its caches do not hold.  So a step is computed as late as it can be, right before what needs it, and what one part leaves for
another is kept in places that are used again and again.
"""

from dataclasses import dataclass, field
from heapq import heappop, heappush

from autograd_lite.compiler.checks import PLACE
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.program import Program


@dataclass
class Layout:
    """How a kernel is cut up: the steps of each part, and where a result that leaves its part is kept.

    Attributes
    ----------
    parts : list of list of int
    slots : dict of int to int
        For a result that a later part needs the place in memory it is kept at.
    size : int
        How many places there are.
    """

    parts: list[list[int]]
    slots: dict[int, int] = field(default_factory=dict)
    size: int = 0


def hoistable(kernel: Kernel) -> list[bool]:
    """For each step whether it is computed before the loop; without samples the loop is run once, and nothing is."""
    return kernel.invariant() if kernel.mapped else [op == "const" for op in kernel.program.ops]


def length(operands: tuple[int, ...]) -> int:
    """How many steps an operation counts as: a sum of n numbers as n - 1, which it is."""
    return max(1, len(operands) - 1)


def layout(kernel: Kernel, longest: int) -> Layout:
    """Cut the steps of a sample into parts of at most `longest`; parts of equal length, in order."""
    program, invariant = kernel.program, hoistable(kernel)
    steps = [k for k, _, _ in program.computed() if not invariant[k]]
    lengths = [length(args) for args in program.args]
    whole = sum([lengths[k] for k in steps])
    if whole <= longest:
        return Layout([steps])
    if all(guard.place == PLACE for guard in program.guards):  # a branch is looked at where it is taken
        steps = late(program, steps)
    size, filled = whole / -(-whole // longest), 0
    parts: list[list[int]] = [[]]
    for step in steps:
        if filled >= size * len(parts):
            parts.append([])
        parts[-1].append(step)
        filled += lengths[step]
    return _with_slots(program, parts)


def _with_slots(program: Program, parts: list[list[int]]) -> Layout:
    """Give the results that leave their part places in memory; a place is free again after the last part that needs it."""
    home = {step: k for k, part in enumerate(parts) for step in part}
    last: dict[int, int] = {}
    for number, part in enumerate(parts):
        for step in part:
            for arg in program.args[step]:
                if home.get(arg, number) != number:
                    last[arg] = number
    result = Layout(parts)
    free: list[int] = []
    over: list[list[int]] = [[] for _ in parts]
    for number, part in enumerate(parts):
        for step in part:
            if step in last:
                if not free:
                    free, result.size = [result.size], result.size + 1
                slot = result.slots[step] = heappop(free)
                over[last[step]].append(slot)
        for slot in over[number]:
            heappush(free, slot)
    return result


def late(program: Program, steps: list[int]) -> list[int]:
    """The steps in an order in which each comes right before the first that needs it.

    The order is led by the chains of additions and subtractions that end in results, the gradients: their additions stay in order.  A chain
    that is over before the last one begins (a loss, added up before its gradients) comes at the end: it can wait, and to
    lead it would call for the whole forward pass first.

    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); x, y = b.input("x"), b.input("y")
    >>> a, c = b.emit("exp", x), b.emit("exp", y)
    >>> total = b.emit("add", b.emit("neg", x), b.emit("sin", a))
    >>> late(b.finish([b.emit("add", total, b.emit("sin", c))]), [2, 3, 4, 5, 6, 7, 8])
    [4, 2, 5, 6, 3, 7, 8]
    """
    chains = []
    for output in dict.fromkeys(program.outputs):
        chain = [output]
        while program.ops[chain[-1]] in ("add", "sub"):
            chain.append(program.args[chain[-1]][0])
        chains.append(chain[:-1] or chain)
    latest = max(chain[-1] for chain in chains)
    leading = sorted({step for chain in chains if chain[0] >= latest for step in chain})
    waiting = [False] * len(program)
    for step in steps:
        waiting[step] = True
    order: list[int] = []
    for root in [*leading, *steps]:
        path = [root]
        while path:
            step = path[-1]
            missing = [arg for arg in program.args[step] if waiting[arg]] if waiting[step] else []
            path += missing[::-1]
            if not missing:
                path.pop()
                if waiting[step]:
                    waiting[step] = False
                    order.append(step)
    return order
