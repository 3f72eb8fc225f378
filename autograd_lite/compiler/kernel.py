"""A program and how it is run over a batch: which inputs are shared, which change with the sample, what is summed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Any

from autograd_lite.compiler.loops import Shifts
from autograd_lite.compiler.program import Builder, Program, unrolled


@dataclass(frozen=True)
class Kernel:
    """A program for one sample, to be run for many.

    Parameters
    ----------
    program : Program
        Its inputs are `shared` ones (parameters) and then those of one sample; its outputs are `summed` ones (a loss, the
        gradients of parameters) and then those that are wanted for each sample.
    shared : int
        How many of the inputs are the same for all samples.
    summed : int
        How many of the outputs are added up over the samples.
    values : int, default 0
        Of a kernel without samples: how many of its inputs, the last ones, are given as Values where the target is Python, which
        reads their numbers where they are needed.
    """

    program: Program
    shared: int
    summed: int
    values: int = 0

    @property
    def mapped(self) -> int:
        """How many of the inputs belong to a sample."""
        return len(self.program.names) - self.shared

    @property
    def each(self) -> int:
        """How many of the outputs are wanted for each sample."""
        return len(self.program.outputs) - self.summed

    def invariant(self) -> list[bool]:
        """For each step whether it is the same for all samples."""
        return [not depends for depends in self.program.depends(self.shared)]


@dataclass
class Code:
    """A kernel that can be run.

    Attributes
    ----------
    backend : str
    source : str
        What was generated: Python, or LLVM's language.
    function : callable
        `function(shared, samples)` gives `(sums, rows)`, or the number of a guard that did not hold, or of the margin of one.
        Without inputs that belong to a sample it runs once, and `sums` are all the outputs.
    single, whole : callable, optional
        Of a program without samples: `single(numbers)` takes bytes with room for the results, zeros, behind the inputs, and
        `whole(numbers, cell)` has them where an array of zeros is, whose address is at the address `cell`.  Negative where all guards
        hold and the results are finite.
    batch : callable, optional
        The same on memory, see `llvm/batches.py`.
    values : bool
        Whether `function` takes those of the inputs that are Values as they are, in place of the samples.
    """

    backend: str
    source: str
    function: Callable[[Sequence[float], Sequence[Sequence[float]]], Any]
    single: Callable[[bytes], int] | None = None
    whole: Callable[[bytes, int], int] | None = None
    batch: Any = None
    values: bool = False


def tolerant(kernel: Kernel) -> Kernel:
    """A kernel without guards, that adds up only samples for which all of another one's hold; one result more says which these are.

    >>> from autograd_lite.compiler.program import Guard
    >>> b = Builder(); x = b.input("x")
    >>> guards = [Guard(b.emit("gt", x, b.const(1.0)), True, "a line"), Guard(b.emit("gt", x, b.const(2.0)), False, "a line")]
    >>> [tolerant(Kernel(b.finish([x, x], guards), 0, 1)).program.run([y]) for y in (0.5, 1.5, 2.5)]
    [[0.0, 0.5, 0.0], [1.5, 1.5, 1.0], [0.0, 2.5, 0.0]]
    """
    builder, program = Builder.of(kernel.program), kernel.program
    truths = []
    for guard in program.guards:
        truth = guard.index if guard.expected else builder.emit("not", guard.index)
        for loop in builder.loops.of(truth):
            truth = builder.emit("and", truth, over=loop)
        truths.append(truth)
    all_hold = reduce(partial(builder.emit, "and"), truths)
    one, nothing, outputs = builder.const(1.0), builder.const(0.0), [*program.outputs]
    for k in range(kernel.summed):
        outputs[k] = outputs[k] if outputs[k] < 0 else builder.emit("select", all_hold, outputs[k], nothing)
    if kernel.summed:
        blocks = [
            replace(block, step=builder.emit("select", all_hold, block.step, nothing)) for block in program.loops.blocks
        ]
        builder.loops.blocks = blocks
    found = builder.finish([*outputs, builder.emit("select", all_hold, one, nothing)], name="tolerant")
    return Kernel(found, kernel.shared, kernel.summed)


def arranged(program: Program, order: Sequence[int]) -> Program:
    """The program with its inputs in another order: `order[k]` is the old place of the new input k, -1 for one that is new.

    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); x, y = b.input("x"), b.input("y")
    >>> arranged(b.finish([b.emit("sub", x, y)]), [1, -1, 0]).run([1.0, 0.0, 5.0])
    [4.0]
    """
    new, shifts = _moves(order, len(program.names))
    leaves = [args for op, args in zip(program.ops, program.args, strict=True) if op == "block"]
    if any(shifts.of(*program.loops.ends(*args)) == "torn" for args in leaves):
        program = unrolled(program)
    args = [
        (new[operands[0]], *operands[1:]) if op in ("input", "block") else operands
        for op, operands in zip(program.ops, program.args, strict=True)
    ]
    return replace(program, args=args, names=[program.names[old] if old >= 0 else "" for old in order])


def chosen(program: Program, order: Sequence[int]) -> Program:
    """The program with its results in another order: `order[k]` is the old place of the new result k.

    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); x = b.input("x")
    >>> chosen(b.finish([x, b.emit("neg", x)]), [1, 0]).run([1.0])
    [-1.0, 1.0]
    """
    new, shifts = _moves(order, len(program.outputs))
    if any(shifts.of(*program.loops.ends(one.place, one.strides)) == "torn" for one in program.loops.blocks):
        program = unrolled(program)
    moved = [replace(block, place=new[block.place]) for block in program.loops.blocks]
    return replace(program, outputs=[program.outputs[k] for k in order], loops=replace(program.loops, blocks=moved))


def _moves(order: Sequence[int], count: int) -> tuple[list[int], Shifts]:
    """For each of so many old places the new one."""
    new = [-1] * count
    for place, old in enumerate(order):
        if old >= 0:
            new[old] = place
    return new, Shifts(new)
