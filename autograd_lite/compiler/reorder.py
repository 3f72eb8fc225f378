"""Long chains of additions as several short ones, for a processor that could do many at once but must wait for each."""

from autograd_lite.compiler.operations import LEAVES
from autograd_lite.compiler.program import Builder, Program

#: How many partial sums: what a processor begins before the first addition is done.
_PARTIAL_SUMS = 8


def interleaved(program: Program) -> Program:
    """The program with each chain `((a + b) + c) + ...` of 16 terms or more as eight partial sums.

    The partial sums take the terms in turn, so the rounding is another one than that of the chain, and smaller on average.

    Parameters
    ----------
    program : Program

    Examples
    --------
    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder()
    >>> total = b.input("x0")
    >>> for k in range(1, 20):
    ...     total = b.emit("add", total, b.input(f"x{k}"))
    >>> interleaved(b.finish([total])).run([float(k) for k in range(20)])
    [190.0]
    """
    #: For each addition its chain and its place there.
    member = {index: (chain, k) for chain in _chains(program) for k, index in enumerate(chain)}
    if not member:
        return program
    b = Builder()
    new: list[int] = []
    partial: dict[int, list[int]] = {}
    for index, op in enumerate(program.ops):
        if index not in member:
            operands = program.args[index]
            new.append(b.append(op, operands if op in LEAVES else tuple([new[arg] for arg in operands])))
            continue
        chain, k = member[index]
        first, term = (new[arg] for arg in program.args[index])
        sums = partial.setdefault(chain[0], [])
        if k == 0:
            sums.append(first)
        if len(sums) < _PARTIAL_SUMS:
            sums.append(term)  # the first terms begin the partial sums
        else:
            sums[(k + 1) % _PARTIAL_SUMS] = b.emit("add", sums[(k + 1) % _PARTIAL_SUMS], term)
        new.append(-1)
        if index == chain[-1]:
            while len(sums) > 1:
                sums = [b.emit("add", sums[j], sums[j + 1]) for j in range(0, len(sums), 2)]
            new[index] = sums[0]
    return program.renumbered(new, b)


def _chains(program: Program) -> list[list[int]]:
    """The additions of each chain that is long enough: all but the last are used by the next one alone."""
    uses = program.uses()
    chains: dict[int, list[int]] = {}
    for index, op, operands in program.computed():
        if op == "add":
            chain = chains.pop(operands[0], []) if uses[operands[0]] == 1 else []
            chain.append(index)
            chains[index] = chain
    return [chain for chain in chains.values() if len(chain) + 1 >= 2 * _PARTIAL_SUMS]
