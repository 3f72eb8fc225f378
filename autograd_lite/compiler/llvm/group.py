"""The steps of one part of a kernel for one group of samples, and what becomes of their results."""

from typing import TYPE_CHECKING

from autograd_lite.compiler.llvm.skipping import Skip
from autograd_lite.compiler.llvm.steps import Steps

if TYPE_CHECKING:
    from autograd_lite.compiler.llvm.emit import Emitter

#: A parameter stays in a register for this many steps, then it is loaded again.
_WINDOW = 48


class Group:
    """Writes the steps of one part for a group of samples."""

    def __init__(self, emitter: "Emitter", number: int) -> None:
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
        if index in self.e.fused:
            return self.steps.step("mul", [self.operand(arg) for arg in program.args[index]])
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
        if self.e.is_truth(index):
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
        return self.steps.step("ne", (name, self.steps.constant(0.0))) if self.e.is_truth(index) else name

    def step(self, index: int) -> None:
        """One step, and whatever is to be done with its result at once."""
        op, args = self.e.program.ops[index], self.e.program.args[index]
        self.count += 1
        if index in self.e.fused:  # written with the sum, which may be that over the samples
            self._hand_out(index, "")
            return
        if op in ("add", "sum") and not self.e.fused.isdisjoint(args):
            name = self._sum(args)
        else:
            name = self.steps.step(op, [self.operand(arg) for arg in args])
        self.names[index] = name
        for guard in self.e.checks.get(index, ()):
            self._check(name, guard)
        if index in self.e.layout.slots:
            shown = name
            if self.e.is_truth(index):
                shown = self.steps.step("select", (name, self.steps.constant(1.0), self.steps.constant(0.0)))
            self.steps.do(f"store {self.steps.number} {shown}, ptr {self._slot(index)}")
        self._hand_out(index, name)

    def _sum(self, terms: tuple[int, ...]) -> str:
        """Terms added up in their order; of two the product last, so that it is fused."""
        if terms[-1] not in self.e.fused and len(terms) == 2:
            terms = terms[::-1]
        total = self.operand(terms[0])
        for term in terms[1:]:
            total = self._added(total, term)
        return total

    def _added(self, total: str, term: int) -> str:
        """A sum and one term more, which may be a product that is written now."""
        if term not in self.e.fused:
            return self.steps.step("add", (total, self.operand(term)))
        x, y = self.e.program.args[term]
        return self.steps.fused(self.operand(x), self.operand(y), total)

    def rest(self) -> None:
        """Outputs that no step of the loop computes: inputs, constants, what was computed before."""
        program = self.e.program
        for index in {**self.e.summed, **self.e.kept}:
            if program.ops[index] in ("input", "const") or self.e.invariant[index]:
                self._hand_out(index, self.operand(index))

    def skip(self, skip: Skip) -> None:
        """The last steps, but for groups in which they add nothing for any sample."""
        steps, zero = self.steps, self.steps.constant(0.0)
        test, *factors = [self.operand(one) for one in (skip.test, *skip.factors) if not self.e.invariant[one]]
        flat = self._all(steps.step("eq", (test, zero)))
        steps.do(f"br i1 {flat}, label %flat, label %backward")
        steps.lines.append("flat:")
        # A product with 0 is 0 for finite numbers alone; several sums, because each addition waits for the one before.
        sums = [zero] * 4
        for k, factor in enumerate(factors):
            sums[k % 4] = steps.step("add", (sums[k % 4], steps.step("mul", (factor, zero))))
        finite = self._all(steps.step("eq", (steps.step("sum", sums), zero)))
        nothing = steps.write(f"and i1 {finite}, %finite")
        steps.do(f"br i1 {nothing}, label %done, label %backward")
        steps.lines.append("backward:")
        for index in sorted(skip.steps):
            self.step(index)

    def _all(self, truth: str) -> str:
        """Whether something holds in all lanes."""
        packed = self.steps.write(f"bitcast {self.steps.truth} {truth} to i{self.e.lanes}")
        return self.steps.write(f"icmp eq i{self.e.lanes} {packed}, -1")

    def _hand_out(self, index: int, name: str) -> None:
        V = self.steps.number
        for place in self.e.summed.get(index, ()):
            at = self.steps.write(f"getelementptr inbounds {V}, ptr %totals, i64 {place}")
            total = self.steps.write(f"load {V}, ptr {at}")
            if self.e.masked:
                present = self.steps.step("select", (self._mask(), name, self.steps.constant(0.0)))
                total = self.steps.step("add", (total, present))
            else:
                total = self._added(total, index)
            self.steps.do(f"store {V} {total}, ptr {at}")
        for place in self.e.kept.get(index, ()):
            if self.e.columns:
                self._store_column(name, place)
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

    def _store_column(self, name: str, place: int) -> None:
        """Store a result of each sample, and nothing where there is no sample: something else may lie there."""
        V, at = self.steps.number, self._column("%each", place)
        if self.e.lanes == 1:
            self.steps.do(f"store double {name}, ptr {at}")
            return
        function = f"@llvm.masked.store.v{self.e.lanes}f64.p0"
        self.steps.declared[function] = f"declare void {function}({V}, ptr, i32, {self.steps.truth})"
        self.steps.do(f"call void {function}({V} {name}, ptr {at}, i32 8, {self.steps.truth} {self._mask()})")

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


__all__ = ["Group"]
