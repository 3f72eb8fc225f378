"""The part of a program that comes to nothing where a sample's loss is flat: a backward pass that need not be run.

A hinge is 0 with slope 0 for every sample that is classified well enough, and then so is all that the backward pass would
add to the gradients: late in training that is most samples.  Such a slope is a `select` with 0.0 as one of its values.  What
is a product with it is 0 too, provided that the other factor is finite (0 * inf is nan, and has to stay that), so the factors
are tested with the slope.
"""

import math
from dataclasses import dataclass
from heapq import heappop, heappush

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.operations import LEAVES
from autograd_lite.compiler.program import Program

#: For fewer steps than these, and fewer than so many for each factor to be tested, the test does not pay.
_FEWEST, _FOR_EACH_FACTOR = 48, 4


@dataclass(frozen=True)
class Skip:
    """Steps that only add zeros where a step is 0.

    Attributes
    ----------
    test : int
        The step that is 0 then, in every sample of a group.
    steps : frozenset of int
        What need not be computed then: sums to which nothing is added, and what is used for them alone.
    factors : list of int
        Steps that have to be finite besides.
    """

    test: int
    steps: frozenset[int]
    factors: list[int]


def skippable(kernel: Kernel) -> Skip | None:
    """The largest part of a kernel that can be skipped; None if there is none worth it.

    Parameters
    ----------
    kernel : Kernel
        Lowered to the core.

    Examples
    --------
    For `p * relu(x)` the slope in x would be flat, but there is nothing to save here:

    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); p, x = b.input("p"), b.input("x")
    >>> slope = b.emit("select", b.emit("gt", x, b.const(0.0)), p, b.const(0.0))
    >>> skippable(Kernel(b.finish([slope]), 1, 1)) is None
    True
    """
    program, invariant, users = kernel.program, kernel.invariant(), kernel.program.users()
    best: Skip | None = None
    seen: set[int] = set()
    for index, op, _ in program.computed():
        if op != "select" or invariant[index] or index in seen or not _may_be_zero(program, index):
            continue
        zeros = _zeros(program, index, users)
        seen |= zeros
        found = _gathered(kernel, index, zeros, users)
        if any(program.ops[arg] == "const" for arg in found.factors):
            continue  # infinity or nan
        least = max(_FEWEST, _FOR_EACH_FACTOR * sum(not invariant[arg] for arg in found.factors))
        if len(found.steps) >= least and (best is None or len(found.steps) > len(best.steps)):
            best = Skip(found.test, _with_feeders(kernel, found, users), found.factors)
    return best


def _gathered(kernel: Kernel, start: int, zeros: set[int], users: list[list[int]]) -> Skip:
    """What need not be computed where `start` is 0, and all of `zeros` with it: those of them that nothing else needs."""
    program, wanted = kernel.program, {*kernel.program.roots[kernel.summed :]}
    test = start
    while len(users[test]) == 1 and users[test][0] in zeros and test not in wanted:
        test = users[test][0]
    needed = program.needed({test, *wanted} | {user for k in zeros for user in users[k] if user not in zeros})
    steps = frozenset(k for k in zeros if not needed[k])
    factors = {arg for k in steps if program.ops[k] == "mul" for arg in program.args[k] if arg not in zeros}
    return Skip(test, steps, sorted(arg for arg in factors if not _is_finite(program, arg)))


def _with_feeders(kernel: Kernel, skip: Skip, users: list[list[int]]) -> frozenset[int]:
    """The steps of a skip, and what is computed for them alone, such as the slopes of other functions."""
    program, invariant = kernel.program, kernel.invariant()
    steps, kept = set(skip.steps), {*program.roots, skip.test, *skip.factors}
    for k in range(len(program) - 1, -1, -1):
        alone = users[k] and steps.issuperset(users[k]) and k not in kept
        if alone and program.ops[k] not in LEAVES and not invariant[k]:
            steps.add(k)
    return frozenset(steps)


def _may_be_zero(program: Program, select: int) -> bool:
    """Whether one of the values to choose from is the constant 0."""
    return any(program.ops[arg] == "const" and program.args[arg][0] == 0.0 for arg in program.args[select][1:])


def _is_finite(program: Program, index: int) -> bool:
    """Whether a step is a finite constant, or one of two."""
    if program.ops[index] == "select":
        return all(_is_finite(program, arg) for arg in program.args[index][1:])
    return program.ops[index] == "const" and math.isfinite(program.args[index][0])


def _zeros(program: Program, start: int, users: list[list[int]]) -> set[int]:
    """The steps that are 0 if `start` is, and all factors are finite."""
    zeros = {start}
    reached = sorted(users[start])
    while reached:
        index = heappop(reached)
        if index in zeros:
            continue
        op, args = program.ops[index], program.args[index]
        terms = args if op in ("add", "sub", "sum") else args[1:] if op == "select" else ()
        if op in ("mul", "neg", "abs") or (terms and zeros.issuperset(terms)):
            zeros.add(index)
            for user in users[index]:
                heappush(reached, user)
    return zeros
