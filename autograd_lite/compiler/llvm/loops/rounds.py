"""What is done in a round of a nest: operands found, operations, and what becomes of their results."""

from autograd_lite.compiler.llvm.instructions import Instructions
from autograd_lite.compiler.llvm.loops.contraction import contraction
from autograd_lite.compiler.llvm.loops.plan import Plan
from autograd_lite.compiler.llvm.loops.scans import scan_text
from autograd_lite.compiler.llvm.loops.views import SAMPLE, Contraction, Nest, View
from autograd_lite.compiler.llvm.syntax import hexadecimal


class Round:
    """Writes what is done in a round; `code` is what writes vectors or, for what is left of a loop, single numbers.

    Attributes
    ----------
    at : dict of View to str
        Where each view is in this round; with vectors in that of the first lane.
    counters : dict of int to str
        The numbers of the rounds.
    names : dict of int to str
        Results that are in registers.
    """

    def __init__(self, plan: Plan, nest: Nest, lanes: int, single: Instructions) -> None:
        self.plan, self.nest, self.program, self.lanes, self.single = plan, nest, plan.program, lanes, single
        self.at: dict[View, str] = {}
        self.counters: dict[int, str] = {}
        self.names: dict[int, str] = {}
        self._checks = 0

    def all(self, code: Instructions) -> None:
        """Everything that a nest does in a round, but for sums over its innermost loop."""
        nest = self.nest
        if nest.call is not None:
            self._call(nest.call, code)
            return
        self.names = {}
        if nest.scan is not None:
            scan_text(self, nest.scan, code)
            return
        for step in nest.steps:
            self.names[step] = self._computed(step, code)
        for step, guard in nest.checks:
            self._check(step, guard, code)
        for one, view in nest.stores:
            self.store(self.loaded(one, code) if isinstance(one, View) else self.number(one, code), view, code)
        for step, view in nest.adds:
            added = self._add_each if view.base == "%each" else self._add_up
            added(self.number(step, code), view, code)
        for step, view in nest.sums if SAMPLE not in nest.loops else ():
            self._add_up(self.number(step, code), view, code)

    # --- operands ----------------------------------------------------------------------------------------------------

    def number(self, step: int, code: Instructions) -> str:
        """The result of a step in this round; a truth as 1 or 0."""
        name = self.operand(step, code)
        return code.as_number(name) if self.plan.truth[step] else name

    def operand(self, step: int, code: Instructions) -> str:
        """The result of a step in this round."""
        if step in self.names:
            return self.names[step]
        if self.plan.is_simple(step):
            return self._computed(step, code)
        name = self.loaded(self.plan.view(step), code)
        self.names[step] = code.as_truth(name) if self.plan.truth[step] else name
        return self.names[step]

    def _computed(self, step: int, code: Instructions) -> str:
        op, args = self.program.ops[step], self.program.args[step]
        if op == "const":
            return code.constant(args[0])
        if op == "position":
            return self._position(args[0], code)
        if op == "item":
            return self._item(step, code)
        return code.step(op, [self.operand(arg, code) for arg in args])

    def _position(self, axis: int, code: Instructions) -> str:
        """The number of the round, in each lane that of its own."""
        first = code.splat(code.write(f"uitofp i64 {self.counters[axis]} to double"))
        if axis != self.nest.vector or code.lanes == 1:
            return first
        numbers = ", ".join(f"double {hexadecimal(lane)}" for lane in range(code.lanes))
        return code.step("add", (first, f"<{numbers}>"))

    def loaded(self, view: View, code: Instructions) -> str:
        """Numbers from memory, one for each lane."""
        stride, at = view.stride(self.nest.vector), self.at[view]
        if code.lanes == 1 or stride == 0:
            return code.splat(code.write(f"load double, ptr {at}"))
        if stride == 1:
            return code.write(f"load {code.number}, ptr {at}, align 8")
        return code.together(code.load(at, lane * stride) for lane in range(code.lanes))

    def _item(self, step: int, code: Instructions) -> str:
        """What a step was in a round with a number that is computed; nan where there is no such round."""
        of, index = self.program.args[step]
        over = self.plan.loops.over[step]
        k, size = self.operand(index, code), float(self.plan.sizes[over])
        above, below = code.step("gt", (k, code.constant(-1.0))), code.step("lt", (k, code.constant(size)))
        there = code.step("and", (above, below))
        safe = code.step("select", (there, k, code.constant(0.0)))
        view, found = self.plan.view(of), []
        stride = view.stride(self.nest.vector) if code.lanes > 1 else 0
        for lane in range(code.lanes):
            turn = code.write(f"fptosi double {code.lane(safe, lane)} to i64")
            place = code.write(f"mul i64 {turn}, {view.stride(over)}")
            found.append(code.load(code.at(self.at[view], place), lane * stride))
        name = code.step("select", (there, code.together(found), code.constant(float("nan"))))
        return code.as_truth(name) if self.plan.truth[step] else name

    # --- results -----------------------------------------------------------------------------------------------------

    def store(self, number: str, view: View, code: Instructions) -> None:
        """Keep a number, in each lane one."""
        stride, at = view.stride(self.nest.vector), self.at[view]
        if view.base == "%each":
            for lane in range(code.lanes):
                code.do(f"store double {code.lane(number, lane)}, ptr {self._row(view, lane, code)[0]}")
        elif code.lanes == 1 or stride == 1:
            code.do(f"store {code.number} {number}, ptr {at}, align 8")
        else:
            for lane in range(code.lanes):
                code.do(f"store double {code.lane(number, lane)}, ptr {code.at(at, lane * stride)}")

    def _row(self, view: View, lane: int, code: Instructions) -> tuple[str, str]:
        """Where the result of a lane's sample is, and whether there is one: a lane without has that of the last sample."""
        k = code.write(f"add i64 {self.counters[SAMPLE]}, {lane}")
        there = code.write(f"icmp ult i64 {k}, %size")
        k = code.write(f"select i1 {there}, i64 {k}, i64 %last")
        row = code.write(f"mul i64 {code.write(f'add i64 {k}, %start')}, {view.stride(SAMPLE)}")
        return code.at(self.at[view], row), there

    def _add_each(self, number: str, view: View, code: Instructions) -> None:
        """Add to what each sample has there: rounds, and steps, may have the same place."""
        for lane in range(code.lanes):
            at, there = self._row(view, lane, code)
            self.add_one(code.write(f"select i1 {there}, double {code.lane(number, lane)}, double -0.0"), at)

    def _add_up(self, number: str, view: View, code: Instructions) -> None:
        """Add to what is there, and what all samples share for each of them; rounds may have the same place, so one after the other."""
        if self.plan.kernel.mapped and self.nest.once:
            number = code.step("mul", (number, code.splat("%samples")))
        stride, at = view.stride(self.nest.vector), self.at[view]
        if code.lanes == 1 or stride == 1:
            old = code.write(f"load {code.number}, ptr {at}, align 8")
            code.do(f"store {code.number} {code.step('add', (old, number))}, ptr {at}, align 8")
            return
        for lane in range(code.lanes):
            self.add_one(code.lane(number, lane), code.at(at, lane * stride))

    def add_one(self, number: str, at: str) -> None:
        """Add one number to what is there."""
        old = self.single.write(f"load double, ptr {at}")
        self.single.do(f"store double {self.single.step('add', (old, number))}, ptr {at}")

    def _check(self, step: int, guard: int, code: Instructions) -> None:
        self._checks += 1
        code.prefix, kept = f"{code.prefix}c{self._checks}.", code.prefix
        code.check(self.operand(step, code), guard, self.program.guards[guard].expected)
        code.prefix = kept

    def _call(self, call: Contraction, code: Instructions) -> None:
        """The product of two matrices."""
        function = contraction(self.lanes, code.declared)
        m = 1 if call.m is None else self.plan.sizes[call.m]
        n = "%padded" if call.n == SAMPLE else self.plan.sizes[call.n]
        k = "%size" if call.k == SAMPLE else self.plan.sizes[call.k]
        code.do(
            f"call void {function}(ptr {self.at[call.to]}, i64 {call.to.stride(call.m)}, ptr {self.at[call.left]}, "
            f"i64 {call.left.stride(call.m)}, i64 {call.left.stride(call.k)}, ptr {self.at[call.right]}, "
            f"i64 {call.right.stride(call.k)}, i64 {m}, i64 {n}, i64 {k}, i64 {int(call.added)})"
        )
