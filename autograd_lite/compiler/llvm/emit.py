"""A kernel as text in LLVM's language: a loop over groups of samples, each step on all samples of a group at once.

The program is written as it stands: the passes have been over it, so no optimizer of LLVM's runs, only its code generator,
whose time grows with the size of the text and no faster.  A program too long for one function is cut into parts, which hand
results on in memory; the time of the code generator is then proportional to the length whatever that is.

    i64 name(ptr shared, ptr again, ptr rows, ptr offsets, ptr weights, i64 count, ptr sums, ptr each)

The sums are added to what stands in `sums`.  `again` is `shared` once more: two names for one array, so that a parameter is
loaded where it is used (an operand in memory costs nothing) and not kept in a register from its first use to its last, for
which there are far too few.
"""

from dataclasses import dataclass, field

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.steps import Steps, declarations

_SIGNATURE = (
    "ptr noalias readonly %shared, ptr noalias readonly %again, ptr noalias readonly %rows, ptr noalias readonly %offsets, "
    "ptr noalias readonly %weights, i64 %count, ptr noalias %sums, ptr noalias %each"
)
#: A parameter stays in a register for this many steps, then it is loaded again.
_WINDOW = 48


@dataclass
class Layout:
    """How a kernel is cut up: the steps of each part, and where a result that leaves its part is kept."""

    parts: list[list[int]]
    slots: dict[int, int] = field(default_factory=dict)


def before_the_loop(kernel: Kernel) -> list[bool]:
    """For each step whether it is computed before the loop; without samples the loop is run once, and nothing is."""
    return kernel.invariant() if kernel.mapped else [op == "const" for op in kernel.program.ops]


def layout(kernel: Kernel, longest: int) -> Layout:
    """Cut the steps of a sample into parts of at most `longest`; parts of equal length, in order."""
    program = kernel.program
    invariant = before_the_loop(kernel)
    steps = [k for k, op in enumerate(program.ops) if op not in ("input", "const") and not invariant[k]]
    # A sum of n numbers counts as n - 1 steps, which it is.
    sizes = [max(1, len(program.args[k]) - 1) for k in steps]
    count = max(1, -(-sum(sizes) // longest))
    size = sum(sizes) / count
    parts: list[list[int]] = [[]]
    filled = 0
    for step, length in zip(steps, sizes, strict=True):
        if filled >= size * len(parts):
            parts.append([])
        parts[-1].append(step)
        filled += length
    home = {step: k for k, part in enumerate(parts) for step in part}
    result = Layout(parts)
    if len(parts) > 1:
        for step in steps:
            for arg in program.operands(step):
                if arg in home and home[arg] != home[step]:
                    result.slots.setdefault(arg, len(result.slots))
    return result


class Emitter:
    """Writes the module for one kernel.

    Parameters
    ----------
    kernel : Kernel
        Lowered to the core.
    lanes : int
        Samples in a group.
    weighted : bool
        The first input of a sample is its weight, which the results contain as a factor; then a missing sample of the last
        group has weight 0.  Otherwise the sums leave missing samples out.
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
        self.layout = layout(kernel, longest)
        self.declared: dict[str, str] = {}
        self.summed: dict[int, list[int]] = {}
        self.kept: dict[int, list[int]] = {}
        for k, output in enumerate(self.program.outputs):
            place = (self.summed, k) if k < kernel.summed else (self.kept, k - kernel.summed)
            place[0].setdefault(output, []).append(place[1])
        self.checks: dict[int, list[int]] = {}
        for k, guard in enumerate(self.program.guards):
            self.checks.setdefault(guard.index, []).append(k)
        #: Results computed once before the loop, kept after the shared inputs in an array of their own.
        self.before = [k for k, op in enumerate(self.program.ops) if op not in ("input", "const") and self.invariant[k]]
        self.fixed = {index: k for k, index in enumerate(self.before)}

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
        lines = [f"define i64 @{name}({signature}) nounwind {{", "entry:"]
        lines.append(f"  %totals = alloca [{sums} x {V}], align {8 * L}")
        lines.append(f"  %memory = alloca [{max(1, len(self.layout.slots))} x {V}], align {8 * L}")
        lines.append(f"  %fixed = alloca [{max(1, len(self.before))} x double], align 64")
        lines += self._computed_before()
        lines += [
            "  br label %clear",
            "clear:",
            "  %c = phi i64 [ 0, %ready ], [ %c.next, %clear ]",
            f"  %c.at = getelementptr inbounds {V}, ptr %totals, i64 %c",
            f"  store {V} zeroinitializer, ptr %c.at" if L > 1 else "  store double 0.0, ptr %c.at",
            "  %c.next = add i64 %c, 1",
            f"  %c.more = icmp ult i64 %c.next, {sums}",
            "  br i1 %c.more, label %clear, label %group",
            "group:",
            "  %start = phi i64 [ 0, %clear ], [ %start.next, %done ]",
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
            "reduce:",
            "  %r = phi i64 [ 0, %done ], [ %r.next, %reduce ]",
            f"  %r.at = getelementptr inbounds {V}, ptr %totals, i64 %r",
            f"  %r.0 = load {V}, ptr %r.at",
            *self._reduction(),
            "  %r.out = getelementptr inbounds double, ptr %sums, i64 %r",
            "  %r.old = load double, ptr %r.out",
            "  %r.new = fadd double %r.old, %r.sum",
            "  store double %r.new, ptr %r.out",
            "  %r.next = add i64 %r, 1",
            f"  %r.more = icmp ult i64 %r.next, {sums}",
            "  br i1 %r.more, label %reduce, label %end",
            "end:",
            "  ret i64 -1",
            "}",
        ]
        return "\n".join(lines)

    def _reduction(self) -> list[str]:
        """The lanes of a total added up, in pairs, always in the same order."""
        lines, width, step = [], self.lanes, 0
        while width > 1:
            half = width // 2
            for side, first in (("low", 0), ("high", half)):
                mask = ", ".join(f"i32 {first + k}" for k in range(half))
                lines.append(
                    f"  %r.{side}{step} = shufflevector <{width} x double> %r.{step}, <{width} x double> undef, "
                    f"<{half} x i32> <{mask}>"
                )
            lines.append(f"  %r.{step + 1} = fadd <{half} x double> %r.low{step}, %r.high{step}")
            width, step = half, step + 1
        lines.append(
            f"  %r.sum = extractelement <1 x double> %r.{step}, i32 0"
            if self.lanes > 1
            else "  %r.sum = fadd double %r.0, -0.0"
        )
        return lines

    def _computed_before(self) -> list[str]:
        """What does not depend on the sample, one number each, before the loop."""
        steps = Steps(1, contract=False)
        names: dict[int, str] = {}

        def operand(index: int) -> str:
            op, args = self.program.ops[index], self.program.args[index]
            if op == "const":
                return steps.constant(args[0])
            if op == "input" and index not in names:
                at = steps.write(f"getelementptr inbounds double, ptr %shared, i64 {args[0]}")
                names[index] = steps.write(f"load double, ptr {at}")
            return names[index]

        for k, index in enumerate(self.before):
            names[index] = steps.step(self.program.ops[index], [operand(arg) for arg in self.program.args[index]])
            for guard in self.checks.get(index, ()):
                wanted = self.program.guards[guard].expected
                bad = steps.write(f"xor i1 {names[index]}, {'true' if wanted else 'false'}")
                steps.do(f"br i1 {bad}, label %flip.before{guard}, label %on.before{guard}")
                steps.lines += [f"flip.before{guard}:", f"  ret i64 {guard}", f"on.before{guard}:"]
            if not self._is_truth(index):
                at = steps.write(f"getelementptr inbounds double, ptr %fixed, i64 {k}")
                steps.do(f"store double {names[index]}, ptr {at}")
            else:
                shown = steps.write(f"select i1 {names[index]}, double 1.0, double 0.0")
                at = steps.write(f"getelementptr inbounds double, ptr %fixed, i64 {k}")
                steps.do(f"store double {shown}, ptr {at}")
        self.declared |= steps.declared
        lines = [line if line.endswith(":") else f"  {line}" for line in steps.lines]
        # Names of the loop start afresh.
        return [*[line.replace("%t", "%b") for line in lines], "  br label %ready", "ready:"]

    def _is_truth(self, index: int) -> bool:
        from autograd_lite.compiler.operations import TRUTHS

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
        writer = _Group(self, number)
        if self.columns:  # all loaded before anything is stored, since both may be the same columns
            for index, op in enumerate(self.program.ops):
                if op == "input" and not self.invariant[index]:
                    writer.operand(index)
        for index in steps:
            writer.step(index)
        if number == len(self.layout.parts) - 1:
            writer.rest()
        self.declared |= writer.steps.declared
        return [line if line.endswith(":") else f"  {line}" for line in writer.steps.lines]


class _Group:
    """Writes the steps of one part for a group of samples."""

    def __init__(self, emitter: Emitter, number: int) -> None:
        self.e = emitter
        self.number = number
        self.steps = Steps(emitter.lanes, emitter.contract)
        self.names: dict[int, str] = {}
        self.loaded: dict[int, tuple[str, int]] = {}
        self.count = 0
        self._valid = ""
        self._rows: list[str] = []

    def operand(self, index: int) -> str:
        """The name of a result, fetched from where it is kept if it is not at hand."""
        program = self.e.program
        op = program.ops[index]
        if op == "const":
            return self.steps.constant(program.args[index][0])
        if index in self.names:
            return self.names[index]
        if self.e.invariant[index] or (op == "input" and program.args[index][0] < self.e.kernel.shared):
            return self._shared(index)
        if op == "input":
            name = self._sample(program.args[index][0] - self.e.kernel.shared)
        else:
            name = self._load_slot(index)
        self.names[index] = name
        return name

    def _shared(self, index: int) -> str:
        """A number that all samples share: loaded again after a while rather than kept."""
        known = self.loaded.get(index)
        if known is not None and self.count - known[1] < _WINDOW:
            return known[0]
        array, place = "%fixed", self.e.fixed.get(index, 0)
        if self.e.program.ops[index] == "input":
            array, place = "%shared" if known is None else "%again", self.e.program.args[index][0]
        at = self.steps.write(f"getelementptr inbounds double, ptr {array}, i64 {place}")
        name = self.steps.splat(self.steps.write(f"load double, ptr {at}"))
        if self.e._is_truth(index):
            name = self.steps.step("ne", (name, self.steps.constant(0.0)))
        self.loaded[index] = (name, self.count)
        return name

    def _sample(self, place: int) -> str:
        """One input of each sample of the group."""
        lanes = self.e.lanes
        if self.e.weighted and place == 0:
            at = self.steps.write("getelementptr inbounds double, ptr %weights, i64 %start")
            return self.steps.write(f"load {self.steps.number}, ptr {at}, align 8")
        if self.e.columns:
            at = self._column("%rows", place)
            return self.steps.write(f"load {self.steps.number}, ptr {at}, align 8")
        if not self._rows:
            for lane in range(lanes):
                k = self.steps.write(f"add i64 %start, {lane}")
                at = self.steps.write(f"getelementptr inbounds i64, ptr %offsets, i64 {k}")
                offset = self.steps.write(f"load i64, ptr {at}")
                self._rows.append(self.steps.write(f"getelementptr inbounds double, ptr %rows, i64 {offset}"))
        place -= self.e.weighted
        result = "undef"
        for lane, row in enumerate(self._rows):
            at = self.steps.write(f"getelementptr inbounds double, ptr {row}, i64 {place}")
            one = self.steps.write(f"load double, ptr {at}")
            if lanes == 1:
                return one
            result = self.steps.write(f"insertelement {self.steps.number} {result}, double {one}, i32 {lane}")
        return result

    def _column(self, base: str, place: int) -> str:
        apart = self.steps.write("ptrtoint ptr %offsets to i64")
        first = self.steps.write(f"mul i64 {apart}, {place}")
        k = self.steps.write(f"add i64 {first}, %start")
        return self.steps.write(f"getelementptr inbounds double, ptr {base}, i64 {k}")

    def _slot(self, index: int) -> str:
        return self.steps.write(f"getelementptr inbounds {self.steps.number}, ptr %memory, i64 {self.e.layout.slots[index]}")

    def _load_slot(self, index: int) -> str:
        name = self.steps.write(f"load {self.steps.number}, ptr {self._slot(index)}")
        return self.steps.step("ne", (name, self.steps.constant(0.0))) if self.e._is_truth(index) else name

    def step(self, index: int) -> None:
        """One step, and whatever is to be done with its result at once."""
        op, args = self.e.program.ops[index], self.e.program.args[index]
        self.count += 1
        name = self.names[index] = self.steps.step(op, [self.operand(arg) for arg in args])
        for guard in self.e.checks.get(index, ()):
            self._check(name, guard)
        if index in self.e.layout.slots:
            shown = name
            if self.e._is_truth(index):
                shown = self.steps.step("select", (name, self.steps.constant(1.0), self.steps.constant(0.0)))
            self.steps.do(f"store {self.steps.number} {shown}, ptr {self._slot(index)}")
        self._hand_out(index, name)

    def rest(self) -> None:
        """Outputs that no step of the loop computes: inputs, constants, what was computed before."""
        program = self.e.program
        for index in {**self.e.summed, **self.e.kept}:
            if program.ops[index] in ("input", "const") or self.e.invariant[index]:
                self._hand_out(index, self.operand(index))

    def _hand_out(self, index: int, name: str) -> None:
        V = self.steps.number
        for place in self.e.summed.get(index, ()):
            added = name
            if not self.e.weighted and self.e.kernel.mapped and self.e.lanes > 1:
                added = self.steps.step("select", (self._mask(), name, self.steps.constant(0.0)))
            at = self.steps.write(f"getelementptr inbounds {V}, ptr %totals, i64 {place}")
            total = self.steps.write(f"load {V}, ptr {at}")
            self.steps.do(f"store {V} {self.steps.step('add', (total, added))}, ptr {at}")
        for place in self.e.kept.get(index, ()):
            if self.e.columns:
                self.steps.do(f"store {V} {name}, ptr {self._column('%each', place)}, align 8")
                continue
            for lane in range(self.e.lanes):
                k = self.steps.write(f"add i64 %start, {lane}")
                row = self.steps.write(f"mul i64 {k}, {self.e.kernel.each}")
                column = self.steps.write(f"add i64 {row}, {place}")
                at = self.steps.write(f"getelementptr inbounds double, ptr %each, i64 {column}")
                one = name
                if self.e.lanes > 1:
                    one = self.steps.write(f"extractelement {V} {name}, i32 {lane}")
                self.steps.do(f"store double {one}, ptr {at}")

    def _mask(self) -> str:
        """Which lanes hold a sample."""
        if not self._valid:
            lanes = self.e.lanes
            left = self.steps.write("sub i64 %count, %start")
            first = self.steps.write(f"insertelement {self.steps.bits} undef, i64 {left}, i32 0")
            every = self.steps.write(
                f"shufflevector {self.steps.bits} {first}, {self.steps.bits} undef, <{lanes} x i32> zeroinitializer"
            )
            places = ", ".join(f"i64 {lane}" for lane in range(lanes))
            self._valid = self.steps.write(f"icmp ult {self.steps.bits} <{places}>, {every}")
        return self._valid

    def _check(self, name: str, guard: int) -> None:
        """Leave if the branch would go another way for a sample of the group (missing ones repeat one that is there)."""
        wanted = "true" if self.e.program.guards[guard].expected else "false"
        lanes = self.e.lanes
        if lanes > 1:
            truths = ", ".join([f"i1 {wanted}"] * lanes)
            wrong = self.steps.write(f"xor {self.steps.truth} {name}, <{truths}>")
            packed = self.steps.write(f"bitcast {self.steps.truth} {wrong} to i{lanes}")
            bad = self.steps.write(f"icmp ne i{lanes} {packed}, 0")
        else:
            bad = self.steps.write(f"xor i1 {name}, {wanted}")
        self.steps.do(f"br i1 {bad}, label %flip{guard}, label %on{guard}")
        self.steps.lines += [f"flip{guard}:", f"  ret i64 {guard}", f"on{guard}:"]


__all__ = ["Emitter", "layout"]
