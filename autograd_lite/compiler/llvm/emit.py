"""A kernel as text in LLVM's language: a loop over groups of samples, each step on all samples of a group at once.

The program is written as it stands: the passes have been over it, so no optimizer of LLVM's runs, only its code generator,
whose time grows with the size of the text and no faster.  A program too long for one function is cut into parts, which hand
results on in memory; the time of the code generator is then proportional to the length whatever that is.

    i64 name(ptr shared, ptr again, ptr rows, ptr offsets, ptr weights, i64 count, ptr sums, ptr each)

The sums are added to what stands in `sums`.  A function for training steps, which is called again and again, takes one more,
`ptr totals`: memory for a vector for each sum, all zero when it is called and again when it returns -1.

`again` is `shared` once more: two names for one array, so that a parameter is loaded where it is used (an operand in memory
costs nothing) and not kept in a register from its first use to its last, for which there are far too few.
"""

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.before import computed_before, finite_before
from autograd_lite.compiler.llvm.fusion import fused
from autograd_lite.compiler.llvm.group import Group
from autograd_lite.compiler.llvm.layout import before_the_loop, layout
from autograd_lite.compiler.llvm.reduction import reduction
from autograd_lite.compiler.llvm.skipping import skippable
from autograd_lite.compiler.llvm.steps import declarations
from autograd_lite.compiler.operations import TRUTHS

_SIGNATURE = (
    "ptr noalias readonly %shared, ptr noalias readonly %again, ptr noalias readonly %rows, ptr noalias readonly %offsets, "
    "ptr noalias readonly %weights, i64 %count, ptr noalias %sums, ptr noalias %each"
)


class Emitter:
    """Writes the module for one kernel.

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
    """

    def __init__(
        self,
        kernel: Kernel,
        lanes: int,
        weighted: bool = False,
        contract: bool = False,
        longest: int = 100_000,
        columns: bool = False,
    ) -> None:
        self.kernel = kernel
        self.columns = columns
        self.program = kernel.program
        self.lanes = lanes
        self.weighted = weighted
        self.contract = contract
        self.invariant = before_the_loop(kernel)
        #: Whether a missing sample of the last group has to be left out of the sums.
        self.masked = kernel.mapped > 0 and lanes > 1 and not weighted
        self.layout = layout(kernel, longest)
        #: What is skipped for groups of samples that it adds nothing for.
        self.skip = skippable(kernel) if lanes > 1 and not columns and len(self.layout.parts) == 1 else None
        self.declared: dict[str, str] = {}
        self.summed: dict[int, list[int]] = {}
        self.kept: dict[int, list[int]] = {}
        for k, output in enumerate(self.program.outputs):
            place = (self.summed, k) if k < kernel.summed else (self.kept, k - kernel.summed)
            place[0].setdefault(output, []).append(place[1])
        #: Products that are written with the sum they are a term of.
        self.fused = fused(kernel, self.layout, not self.masked) if contract else frozenset()
        self.checks: dict[int, list[int]] = {}
        for k, guard in enumerate(self.program.guards):
            self.checks.setdefault(guard.index, []).append(k)
        #: Results computed once before the loop, kept after the shared inputs in an array of their own.
        before = [k for k, op in enumerate(self.program.ops) if op not in ("input", "const") and self.invariant[k]]
        self.fixed = {index: k for k, index in enumerate(before)}

    @property
    def vector(self) -> str:
        """The type of a number in the loop."""
        return f"<{self.lanes} x double>" if self.lanes > 1 else "double"

    def module(self, name: str) -> str:
        """The text of the module with the function `name`."""
        functions = self.functions(name)
        return "\n".join([*declarations(self.declared), *functions]) + "\n"

    def functions(self, name: str) -> list[str]:
        """The function `name` and its parts; what they call is in `declared` afterwards."""
        self.name = name
        whole = [self._main(name)]
        if len(self.layout.parts) > 1:
            whole = [self._part(number) for number in range(len(self.layout.parts))] + whole
        return whole

    # --- the loop ----------------------------------------------------------------------------------------------------

    def _main(self, name: str) -> str:
        V, L, sums = self.vector, self.lanes, max(1, self.kernel.summed)
        signature = _SIGNATURE.replace("noalias ", "").replace("readonly ", "") if self.columns else _SIGNATURE
        if self.weighted:
            signature += ", ptr noalias %totals"
        lines = [f"define i64 @{name}({signature}) nounwind {{", "entry:"]
        once = not self.kernel.mapped and L == 1  # one run of the loop, which adds to the sums themselves
        if once:
            lines.append("  %totals = getelementptr inbounds double, ptr %sums, i64 0")
        elif not self.weighted:
            lines.append(f"  %totals = alloca [{sums} x {V}], align {8 * L}")
        lines.append(f"  %memory = alloca [{max(1, self.layout.size)} x {V}], align {8 * L}")
        lines.append(f"  %fixed = alloca [{max(1, len(self.fixed))} x double], align 64")
        lines += self._before()
        given = once or self.weighted
        lines += [
            "  br label %clear",
            "clear:",
            *([] if given else _cleared(V, sums)),
            "  br label %group",
            "group:",
            f"  %start = phi i64 [ 0, %{'clear' if given else 'cleared'} ], [ %start.next, %done ]",
        ]
        if len(self.layout.parts) > 1:
            arguments = "ptr %shared, ptr %again, ptr %rows, ptr %offsets, ptr %weights, i64 %count, ptr %each"
            for number in range(len(self.layout.parts)):
                lines += [
                    f"  %flip{number} = call i64 @{name}.part{number}({arguments}, i64 %start, ptr %totals, ptr %memory, ptr %fixed)",
                    f"  %bad{number} = icmp sge i64 %flip{number}, 0",
                    f"  br i1 %bad{number}, label %leave{number}, label %after{number}",
                    f"leave{number}:",
                    f"  ret i64 %flip{number}",
                    f"after{number}:",
                ]
        else:
            lines += self._body(self.layout.parts[0], 0)
        lines += [
            "  br label %done",
            "done:",
            f"  %start.next = add i64 %start, {L}",
            "  %more = icmp ult i64 %start.next, %count",
            "  br i1 %more, label %group, label %reduce",
            *(["reduce:", "  br label %end"] if once else reduction(L, sums, clear=self.weighted)),
            "end:",
            "  ret i64 -1",
            "}",
        ]
        return "\n".join(lines)

    def _before(self) -> list[str]:
        lines, declared = computed_before(self.program, self.fixed, self.checks)
        self.declared |= declared
        return lines + (finite_before(self.skip, self.kernel, self.fixed, self.lanes) if self.skip else [])

    def is_truth(self, index: int) -> bool:
        """Whether a step's result is a truth, not a number."""
        return self.program.ops[index] in TRUTHS

    # --- the steps of one group --------------------------------------------------------------------------------------

    def _part(self, number: int) -> str:
        body = self._body(self.layout.parts[number], number)
        arguments = (
            "ptr noalias readonly %shared, ptr noalias readonly %again, ptr noalias readonly %rows, "
            "ptr noalias readonly %offsets, ptr noalias readonly %weights, i64 %count, ptr noalias %each, i64 %start, "
            "ptr noalias %totals, ptr noalias %memory, ptr noalias readonly %fixed"
        )
        head = f"define internal i64 @{self.name}.part{number}({arguments}) nounwind noinline {{"
        return "\n".join([head, "entry:", *body, "  ret i64 -1", "}"])

    def _body(self, steps: list[int], number: int) -> list[str]:
        writer = Group(self, number)
        if self.columns:  # all loaded before anything is stored, since both may be the same columns
            for index, op in enumerate(self.program.ops):
                if op == "input" and not self.invariant[index]:
                    writer.operand(index)
        later = self.skip.steps if self.skip is not None else frozenset()
        for index in steps:
            if index not in later:
                writer.step(index)
        if number == len(self.layout.parts) - 1:
            writer.rest()
        if self.skip is not None:
            writer.skip(self.skip)
        self.declared |= writer.steps.declared
        return [line if line.endswith(":") else f"  {line}" for line in writer.steps.lines]


def _cleared(vector: str, count: int) -> list[str]:
    """The loop that sets the totals to zero."""
    return [
        "  br label %zero",
        "zero:",
        "  %c = phi i64 [ 0, %clear ], [ %c.next, %zero ]",
        f"  %c.at = getelementptr inbounds {vector}, ptr %totals, i64 %c",
        f"  store {vector} {'zeroinitializer' if vector != 'double' else '0.0'}, ptr %c.at",
        "  %c.next = add i64 %c, 1",
        f"  %c.more = icmp ult i64 %c.next, {count}",
        "  br i1 %c.more, label %zero, label %cleared",
        "cleared:",
    ]


__all__ = ["Emitter"]
