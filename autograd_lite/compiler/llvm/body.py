"""The body of the loop: the steps of one part of a kernel for one group of samples, and what becomes of their results."""

from autograd_lite.compiler.llvm.instructions import Instructions
from autograd_lite.compiler.llvm.schedule import Schedule
from autograd_lite.compiler.llvm.skipping import Skip
from autograd_lite.compiler.operations import LEAVES

#: A parameter stays in a register for this many steps, then it is loaded again.
_WINDOW = 48


class Body:
    """Writes the steps of one part for a group of samples; `code` has the instructions.

    Parameters
    ----------
    schedule : Schedule
    part : int
        Its number.
    finite : str
        The value of whether all factors of what may be skipped that the samples share are finite.
    """

    def __init__(self, schedule: Schedule, part: int, finite: str) -> None:
        self.schedule, self.program = schedule, schedule.program
        self.code = Instructions(schedule.lanes, schedule.contract)
        self.names: dict[int, str] = {}
        self.loaded: dict[int, tuple[str, int]] = {}
        self.count = 0
        self._valid = ""
        self._rows: list[str] = []
        if schedule.columns:  # all loaded before anything is stored, since both may be the same columns
            for index, op in enumerate(self.program.ops):
                if op == "input" and not schedule.invariant[index]:
                    self._operand(index)
        skip = schedule.skip
        for index in schedule.layout.parts[part]:
            if skip is None or index not in skip.steps:
                self._step(index)
        if part == len(schedule.layout.parts) - 1:
            self._rest()
        if skip is not None:
            self._skip(skip, finite)

    # --- operands ----------------------------------------------------------------------------------------------------

    def _operand(self, index: int) -> str:
        """The name of a result, fetched from where it is kept if it is not at hand."""
        known = self.names.get(index)
        if known is not None:
            return known
        schedule, op, args = self.schedule, self.program.ops[index], self.program.args[index]
        if op == "const":
            name = self.names[index] = self.code.constant(args[0])
            return name
        if index in schedule.fused:
            return self.code.step("mul", [self._operand(arg) for arg in args])
        if schedule.invariant[index] or (op == "input" and args[0] < schedule.kernel.shared):
            return self._shared(index)
        if op == "input":
            name = self._sample(args[0] - schedule.kernel.shared)
        else:
            name = self.code.load("%memory", schedule.layout.slots[index], self.code.number)
            name = self.code.as_truth(name) if schedule.is_truth(index) else name
        self.names[index] = name
        return name

    def _shared(self, index: int) -> str:
        """A number that all samples share: loaded again after a while rather than kept."""
        known = self.loaded.get(index)
        if known is not None and self.count - known[1] < _WINDOW:
            return known[0]
        array, place = "%hoisted", self.schedule.hoisted.get(index, 0)
        if self.program.ops[index] == "input":
            array, place = "%shared" if known is None else "%again", self.program.args[index][0]
        name = self.code.splat(self.code.load(array, place))
        if self.schedule.is_truth(index):
            name = self.code.as_truth(name)
        self.loaded[index] = (name, self.count)
        return name

    def _sample(self, place: int) -> str:
        """One input of each sample of the group."""
        if self.schedule.weighted and place == 0:
            return self.code.column("%weights", "%start")
        if self.schedule.table:
            at = self.code.write(f"getelementptr i8, ptr {self.code.load('%rows', place, 'ptr')}, i64 %offset")
            return self.code.write(f"load {self.code.number}, ptr {at}, align 1")
        if self.schedule.columns:
            return self.code.column("%rows", self._column(place))
        if not self._rows:
            for lane in range(self.schedule.lanes):
                offset = self.code.load("%offsets", self.code.write(f"add i64 %start, {lane}"), "i64")
                self._rows.append(self.code.at("%rows", offset))
        place -= self.schedule.weighted
        return self.code.together(self.code.load(row, place) for row in self._rows)

    def _column(self, place: int) -> str:
        """Where the numbers of the group begin in a column."""
        apart = self.code.write("ptrtoint ptr %offsets to i64")
        return self.code.write(f"add i64 {self.code.write(f'mul i64 {apart}, {place}')}, %start")

    # --- steps -------------------------------------------------------------------------------------------------------

    def _step(self, index: int) -> None:
        """One step, and whatever is to be done with its result at once."""
        schedule, code = self.schedule, self.code
        op, args = self.program.ops[index], self.program.args[index]
        self.count += 1
        if index in schedule.fused:  # written with the sum, which may be that over the samples
            self._hand_out(index, "")
            return
        if op in ("add", "sum") and not schedule.fused.isdisjoint(args):
            name = self._sum(args)
        else:
            name = code.step(op, [self._operand(arg) for arg in args])
        self.names[index] = name
        for guard in schedule.checks.get(index, ()):  # missing samples repeat one that is there
            code.check(name, guard, self.program.guards[guard].expected)
        if index in schedule.layout.slots:
            number = code.as_number(name) if schedule.is_truth(index) else name
            code.do(f"store {code.number} {number}, ptr {code.at('%memory', schedule.layout.slots[index], code.number)}")
        if index in schedule.results:
            self._hand_out(index, name)

    def _sum(self, terms: tuple[int, ...]) -> str:
        """Terms added up in their order; of two the product last, so that it is fused."""
        if terms[-1] not in self.schedule.fused and len(terms) == 2:
            terms = terms[::-1]
        total = self._operand(terms[0])
        for term in terms[1:]:
            total = self._added(total, term)
        return total

    def _added(self, total: str, term: int) -> str:
        """A sum and one term more, which may be a product that is written now."""
        if term not in self.schedule.fused:
            return self.code.step("add", (total, self._operand(term)))
        x, y = self.program.args[term]
        return self.code.fused(self._operand(x), self._operand(y), total)

    def _rest(self) -> None:
        """Outputs that no step of the loop computes: inputs, constants, what was computed before."""
        for index in {**self.schedule.summed, **self.schedule.kept}:
            if self.program.ops[index] in LEAVES or self.schedule.invariant[index]:
                self._hand_out(index, self._operand(index))

    def _skip(self, skip: Skip, shared_finite: str) -> None:
        """The last steps, but for groups in which they add nothing for any sample."""
        code, invariant = self.code, self.schedule.invariant
        test, *factors = [self._operand(one) for one in (skip.test, *skip.factors) if not invariant[one]]
        flat = code.holds(code.step("eq", (test, code.constant(0.0))))
        code.do(f"br i1 {flat}, label %flat, label %backward")
        code.block("flat")
        nothing = code.write(f"and i1 {code.finite(factors)}, {shared_finite}")
        code.do(f"br i1 {nothing}, label %done, label %backward")
        code.block("backward")
        for index in sorted(skip.steps):
            self._step(index)

    # --- results -----------------------------------------------------------------------------------------------------

    def _hand_out(self, index: int, name: str) -> None:
        """Add a result to the totals, or store it for each sample."""
        code, schedule = self.code, self.schedule
        zero = self.program.ops[index] == "const" and str(self.program.args[index][0]) == "0.0"
        for place in schedule.summed.get(index, ()) if not (schedule.stored and zero) else ():
            at = code.at("%totals", place, code.number)
            if schedule.stored:
                code.do(f"store {code.number} {name}, ptr {at}")
                continue
            total = code.write(f"load {code.number}, ptr {at}")
            if schedule.masked:
                present = code.step("select", (self._mask(), name, code.constant(0.0)))
                total = code.step("add", (total, present))
            else:
                total = self._added(total, index)
            code.do(f"store {code.number} {total}, ptr {at}")
        for place in schedule.kept.get(index, ()):
            if schedule.table:
                column = code.at(code.load("%each", place, "ptr"), "%start")
                code.do(f"store {code.number} {name}, ptr {column}, align 8")
            elif schedule.columns:
                self._store_column(name, place)
            else:
                self._store_rows(name, place)

    def _store_rows(self, name: str, place: int) -> None:
        for lane in range(self.schedule.lanes):
            k = self.code.write(f"add i64 %start, {lane}")
            row = self.code.write(f"mul i64 {k}, {self.schedule.kernel.each}")
            at = self.code.at("%each", self.code.write(f"add i64 {row}, {place}"))
            self.code.do(f"store double {self.code.lane(name, lane)}, ptr {at}")

    def _store_column(self, name: str, place: int) -> None:
        """Store a result of each sample, and nothing where there is no sample: something else may lie there."""
        V, T, at = self.code.number, self.code.truth, self.code.at("%each", self._column(place))
        if self.schedule.lanes == 1:
            self.code.do(f"store double {name}, ptr {at}")
            return
        function = f"@llvm.masked.store.v{self.schedule.lanes}f64.p0"
        self.code.declared[function] = f"declare void {function}({V}, ptr, i32, {T})"
        self.code.do(f"call void {function}({V} {name}, ptr {at}, i32 8, {T} {self._mask()})")

    def _mask(self) -> str:
        """Which lanes hold a sample that no group before had."""
        if not self._valid:
            table = self.schedule.table
            edge = self.code.splat(self.code.write("sub i64 %first, %start" if table else "sub i64 %count, %start"), "i64")
            numbers = ", ".join(f"i64 {lane}" for lane in range(self.schedule.lanes))
            self._valid = self.code.write(f"icmp {'uge' if table else 'ult'} {self.code.bits} <{numbers}>, {edge}")
        return self._valid
