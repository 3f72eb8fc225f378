"""What is decided about a kernel before a line of it is written: what is computed where, and what becomes of each result."""

from dataclasses import KW_ONLY, dataclass

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.fusion import fused
from autograd_lite.compiler.llvm.layout import hoistable, layout
from autograd_lite.compiler.llvm.skipping import skippable
from autograd_lite.compiler.operations import LEAVES, TRUTHS
from autograd_lite.compiler.program import places


@dataclass
class Schedule:
    """How a kernel is computed.

    Parameters
    ----------
    kernel : Kernel
        Lowered to the core.
    lanes : int
        Samples in a group.
    weighted : bool
        The first input of a sample is its weight, which the results contain as a factor, and every group is full.
        Otherwise the sums leave out what is missing in the last group.  Takes `totals`.
    contract : bool
        Allow a product and a sum to be one instruction with one rounding.
    longest : int
        The most steps in a function.
    columns : bool
        The samples lie in columns, one after the other at `rows`, `offsets` (the address, as a number) apart; results for
        each sample go to the columns of `each`, which may be the same ones.
    table : bool
        The samples lie in columns anywhere: `rows` is a table of their addresses, `each` one of those for the results, which are
        not where a column is.  There are at least as many samples as lanes.
    stored : bool
        Results take the place of the zeros in `sums` and are not added to them: -0.0 would be 0.0.
    """

    kernel: Kernel
    lanes: int
    _: KW_ONLY
    weighted: bool = False
    contract: bool = False
    longest: int = 100_000
    columns: bool = False
    table: bool = False
    stored: bool = False

    def __post_init__(self) -> None:
        kernel, lanes = self.kernel, self.lanes
        self.program = kernel.program
        self.invariant = hoistable(kernel)
        #: Whether a missing sample of the last group has to be left out of the sums.
        self.masked = kernel.mapped > 0 and lanes > 1 and not self.weighted
        self.layout = layout(kernel, self.longest)
        #: What is skipped for groups of samples that it adds nothing for.
        self.skip = skippable(kernel) if lanes > 1 and not self.columns and len(self.layout.parts) == 1 else None
        #: For a step the places of the sums it is added to, of the results for each sample it is, of the guards that test it.
        self.summed, self.kept = places(self.program.outputs[: kernel.summed]), places(self.program.outputs[kernel.summed :])
        self.results = self.summed.keys() | self.kept.keys()
        self.checks = places([guard.index for guard in self.program.guards])
        #: Products that are written with the sum they are a term of.
        self.fused = fused(kernel, self.layout, not self.masked) if self.contract else frozenset()
        #: Results computed once before the loop, with their places in an array of their own.
        hoisted = [k for k, fixed in enumerate(self.invariant) if fixed and self.program.ops[k] not in LEAVES]
        self.hoisted = {index: k for k, index in enumerate(hoisted)}

    def is_truth(self, index: int) -> bool:
        """Whether a step's result is a truth, not a number."""
        return self.program.ops[index] in TRUTHS
