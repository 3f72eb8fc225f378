"""A program and how it is run over a batch: which inputs are shared, which change with the sample, what is summed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd_lite.compiler.program import Program


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
    """

    program: Program
    shared: int
    summed: int

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
    """

    backend: str
    source: str
    function: Callable[[Sequence[float], Sequence[Sequence[float]]], Any]


def arranged(program: Program, order: Sequence[int]) -> Program:
    """The program with its inputs in another order: `order[k]` is the old place of the new input k.

    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); x, y = b.input("x"), b.input("y")
    >>> arranged(b.finish([b.emit("sub", x, y)]), [1, 0]).run([1.0, 5.0])
    [4.0]
    """
    new = {old: k for k, old in enumerate(order)}
    args = [
        (new[operands[0]],) if op == "input" else operands for op, operands in zip(program.ops, program.args, strict=True)
    ]
    return replace(program, args=args, names=[program.names[old] for old in order])
