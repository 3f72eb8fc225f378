"""Long chains of additions as several short ones, for a processor that could do many at once but must wait for each."""

from typing import Any

from autograd_lite.compiler.program import Guard, Program

#: How many partial sums: what a processor begins before the first addition is done.
_WAYS = 8


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
    member: dict[int, tuple[list[int], int]] = {}
    for chain in _chains(program):
        member.update({index: (chain, k) for k, index in enumerate(chain)})
    if not member:
        return program
    ops: list[str] = []
    args: list[tuple[Any, ...]] = []
    new: list[int] = []
    partial: dict[int, list[int]] = {}

    def emit(op: str, operands: tuple[Any, ...]) -> int:
        ops.append(op)
        args.append(operands)
        return len(ops) - 1

    for index, op in enumerate(program.ops):
        if index not in member:
            operands = program.args[index]
            new.append(emit(op, operands if op in ("input", "const") else tuple(new[arg] for arg in operands)))
            continue
        chain, k = member[index]
        first, term = (new[arg] for arg in program.args[index])
        sums = partial.setdefault(chain[0], [])
        if k == 0:
            sums.append(first)
        if len(sums) < _WAYS:
            sums.append(term)  # the first terms begin the partial sums
        else:
            sums[(k + 1) % _WAYS] = emit("add", (sums[(k + 1) % _WAYS], term))
        new.append(-1)
        if index == chain[-1]:
            while len(sums) > 1:
                sums = [emit("add", (sums[j], sums[j + 1])) for j in range(0, len(sums), 2)]
            new[index] = sums[0]
    guards = [Guard(new[guard.index], guard.expected, guard.place) for guard in program.guards]
    outputs = [new[output] for output in program.outputs]
    return Program(ops, args, program.names, outputs, guards, program.name, program.report)


def _chains(program: Program) -> list[list[int]]:
    """The additions of each chain that is long enough: all but the last are used by the next one alone."""
    uses = [0] * len(program)
    for index in range(len(program)):
        for arg in program.operands(index):
            uses[arg] += 1
    for index in (*program.outputs, *[guard.index for guard in program.guards]):
        uses[index] += 2  # wanted as it is
    chains: dict[int, list[int]] = {}
    for index, (op, operands) in enumerate(zip(program.ops, program.args, strict=True)):
        if op == "add":
            chain = chains.pop(operands[0], []) if uses[operands[0]] == 1 else []
            chain.append(index)
            chains[index] = chain
    return [chain for chain in chains.values() if len(chain) + 1 >= 2 * _WAYS]


__all__ = ["interleaved"]
