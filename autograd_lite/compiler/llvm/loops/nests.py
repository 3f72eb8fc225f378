"""A nest of loops as text: counters and addresses level by level, and the work of the innermost loop."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd_lite.compiler.llvm.instructions import Instructions
from autograd_lite.compiler.llvm.loops.contraction import contraction
from autograd_lite.compiler.llvm.loops.folds import Fold
from autograd_lite.compiler.llvm.loops.plan import Plan
from autograd_lite.compiler.llvm.loops.views import SAMPLE, Contraction, Nest, View
from autograd_lite.compiler.llvm.syntax import hexadecimal


class Writer:
    """Writes one nest; `lines` has its text.

    Parameters
    ----------
    plan : Plan
    nest : Nest
    name : str
        What names in it begin with.
    lanes : int
    contract : bool
    declared : dict
        Gets what is called.
    """

    def __init__(self, plan: Plan, nest: Nest, name: str, lanes: int, contract: bool, declared: dict[str, str]) -> None:
        self.plan, self.nest, self.program, self.lanes = plan, nest, plan.program, lanes
        self.wide, self.single = Instructions(lanes, contract, f"{name}."), Instructions(1, contract, f"{name}s.")
        self.lines = self.single.lines = self.wide.lines
        self.wide.declared = self.single.declared = declared
        self.name, self._loops = name, 0
        self.counters: dict[int, str] = {}
        #: Where each view is in the rounds that are open.
        self.at: dict[View, str] = {}
        self.names: dict[int, str] = {}
        self._checks = 0
        views = self._views()
        for view in dict.fromkeys(views):
            self.at[view] = self.single.at(view.base, view.place)
        self._level(0, self.wide if nest.vector is not None else self.single)

    def _views(self) -> Iterator[View]:
        """All that is looked at or stored."""
        nest, inside = self.nest, set(self.nest.steps)
        steps = list(nest.steps) if nest.fold is None else [nest.fold]
        for step in steps:
            for place, arg in enumerate(self.program.operands(step)):
                looked_into = place == 0 and self.program.ops[step] == "item"
                if looked_into or (arg not in inside and not self.plan.is_simple(arg)):
                    yield self.plan.view(arg)
        for one, view in nest.stores:
            yield view
            if isinstance(one, View):
                yield one
        for _, view in (*nest.sums, *nest.adds):
            yield view
        for one, _ in (*nest.stores, *nest.sums, *nest.adds, *nest.checks):
            if not isinstance(one, View) and one not in inside and one != nest.fold and not self.plan.is_simple(one):
                yield self.plan.view(one)
        if nest.call is not None:
            yield from (nest.call.to, nest.call.left, nest.call.right)

    # --- loops -------------------------------------------------------------------------------------------------------

    def _level(self, depth: int, code: Instructions) -> None:
        """The loops from this one inwards."""
        nest = self.nest
        if depth == len(nest.loops):
            self._innermost(code)
            return
        axis = nest.loops[depth]
        if depth == len(nest.loops) - 1 and nest.fold is not None:
            self._fold(axis, code)
            return
        if axis == SAMPLE and nest.sums:
            self._over_samples(code)
            return
        for some, first, count, step in self._ranges(axis, code):
            self._round(axis, some, first, count, step, lambda some: self._level(depth + 1, some))

    def _ranges(self, axis: int, code: Instructions) -> list[tuple[Instructions, int, Any, int]]:
        """A loop in pieces: as many vectors as it has, then single rounds."""
        if axis == SAMPLE:
            return [
                (code, 0, "%padded" if axis == self.nest.vector else "%size", self.lanes if axis == self.nest.vector else 1)
            ]
        size = self.plan.sizes[axis]
        if axis != self.nest.vector or code.lanes == 1:
            return [(code if axis != self.nest.vector else self.single, 0, size, 1)]
        whole = size // self.lanes * self.lanes
        found: list[tuple[Instructions, int, Any, int]] = []
        if whole:
            found.append((self.wide, 0, whole, self.lanes))
        if whole < size:
            found.append((self.single, whole, size, 1))
        return found

    def _round(
        self,
        axis: int,
        code: Instructions,
        first: int,
        count: Any,
        step: int,
        body: Callable[[Instructions], None],
        sums: Sequence[str] = (),
    ) -> list[str]:
        """A loop around what `body` writes, which may give what becomes of `sums`; gives what they are at the end."""
        self._loops += 1
        label = f"{self.name}.{self._loops}"
        code.do(f"br label %{label}.before")
        code.block(f"{label}.before")
        code.do(f"br label %{label}.loop")
        code.block(f"{label}.loop")
        code.do(f"%{label}.k = phi i64 [ {first}, %{label}.before ], [ %{label}.next, %{label}.end ]")
        slots = []
        for start in sums:
            slots.append(len(code.lines))
            code.do(start)
        self.counters[axis] = f"%{label}.k"
        outside, names = self.at, self.names
        self.at, self.names = dict(outside), dict(names)
        for view, at in outside.items():
            stride = view.stride(axis)
            if stride and (view.base != "%each" or axis != SAMPLE):
                k = f"%{label}.k" if stride == 1 else code.write(f"mul i64 %{label}.k, {stride}")
                self.at[view] = code.at(at, k)
        self.sums = [f"%{label}.sum{number}" for number in range(len(sums))]
        body(code)
        after = self.sums
        for number, (slot, start) in enumerate(zip(slots, sums, strict=True)):
            code.lines[slot] = (
                f"  %{label}.sum{number} = phi {code.number} [ {start}, %{label}.before ], [ {after[number]}, %{label}.end ]"
            )
        self.at, self.names = outside, names
        code.do(f"br label %{label}.end")
        code.block(f"{label}.end")
        code.do(f"%{label}.next = add i64 %{label}.k, {step}")
        code.do(f"%{label}.more = icmp ult i64 %{label}.next, {count}")
        code.do(f"br i1 %{label}.more, label %{label}.loop, label %{label}.after")
        code.block(f"{label}.after")
        return after

    # --- the innermost loop ------------------------------------------------------------------------------------------

    def _innermost(self, code: Instructions) -> None:
        """Everything that is done in a round."""
        nest = self.nest
        if nest.call is not None:
            self._call(nest.call, code)
            return
        self.names = {}
        for step in nest.steps:
            self.names[step] = self._computed(step, code)
        for step, guard in nest.checks:
            self._check(step, guard, code)
        for one, view in nest.stores:
            if isinstance(one, View):
                self._store(self._loaded(one, code), view, code)
            else:
                name = self._operand(one, code)
                self._store(code.as_number(name) if self.plan.truth[one] else name, view, code)
        for step, view in nest.adds:
            self._add_each(self._operand(step, code), view, code)
        if SAMPLE not in nest.loops:
            for step, view in nest.sums:
                self._add_up(self._operand(step, code), view, code)

    def _computed(self, step: int, code: Instructions) -> str:
        op, args = self.program.ops[step], self.program.args[step]
        if op == "position":
            return self._position(args[0], code)
        if op == "const":
            return code.constant(args[0])
        if op == "item":
            return self._item(step, code)
        return code.step(op, [self._operand(arg, code) for arg in args])

    def _operand(self, step: int, code: Instructions) -> str:
        """The result of a step in the present round."""
        if step in self.names:
            return self.names[step]
        if self.plan.is_simple(step):
            return self._computed(step, code)
        name = self._loaded(self.plan.view(step), code)
        if self.plan.truth[step]:
            name = code.as_truth(name)
        self.names[step] = name
        return name

    def _position(self, axis: int, code: Instructions) -> str:
        """The number of the round, in each lane that of its own."""
        first = code.splat(code.write(f"uitofp i64 {self.counters[axis]} to double"))
        if axis != self.nest.vector or code.lanes == 1:
            return first
        numbers = ", ".join(f"double {hexadecimal(lane)}" for lane in range(code.lanes))
        return code.step("add", (first, f"<{numbers}>"))

    def _loaded(self, view: View, code: Instructions) -> str:
        """Numbers from memory, one for each lane."""
        stride = view.stride(self.nest.vector) if code.lanes > 1 else 0
        at = self.at[view]
        if stride == 1:
            return code.write(f"load {code.number}, ptr {at}, align 8")
        if stride == 0:
            return code.splat(code.write(f"load double, ptr {at}"))
        return code.together(code.load(at, lane * stride) for lane in range(code.lanes))

    def _item(self, step: int, code: Instructions) -> str:
        """What a step was in a round with a number that is computed; nan where there is no such round."""
        of, index = self.program.args[step]
        over = self.plan.loops.over[step]
        k, nan, zero = self._operand(index, code), code.constant(float("nan")), code.constant(0.0)
        low = code.step("gt", (k, code.constant(-1.0)))
        there = code.step("and", (low, code.step("lt", (k, code.constant(float(self.plan.sizes[over]))))))
        safe = code.step("select", (there, k, zero))
        view, found = self.plan.view(of), []
        stride = view.stride(self.nest.vector) if code.lanes > 1 else 0
        for lane in range(code.lanes):
            turn = code.write(f"fptosi double {code.lane(safe, lane)} to i64")
            place = code.write(f"mul i64 {turn}, {view.stride(over)}")
            found.append(code.load(code.at(self.at[view], place), lane * stride))
        name = code.step("select", (there, code.together(found), nan))
        return code.as_truth(name) if self.plan.truth[step] else name

    # --- results -----------------------------------------------------------------------------------------------------

    def _store(self, number: str, view: View, code: Instructions) -> None:
        stride, at = view.stride(self.nest.vector), self.at[view]
        if view.base == "%each":
            self._store_each(number, view, code)
        elif code.lanes == 1 or stride == 1:
            code.do(f"store {code.number} {number}, ptr {at}, align 8")
        else:
            for lane in range(code.lanes):
                code.do(f"store double {code.lane(number, lane)}, ptr {code.at(at, lane * stride)}")

    def _row(self, view: View, lane: int, code: Instructions) -> tuple[str, str]:
        """Where the result of a lane's sample is, and whether there is one: a lane without is with the last sample."""
        k = code.write(f"add i64 {self.counters[SAMPLE]}, {lane}")
        there = code.write(f"icmp ult i64 {k}, %size")
        k = code.write(f"select i1 {there}, i64 {k}, i64 %last")
        row = code.write(f"mul i64 {code.write(f'add i64 {k}, %start')}, {view.stride(SAMPLE)}")
        return code.at(self.at[view], row), there

    def _store_each(self, number: str, view: View, code: Instructions) -> None:
        """Results of each sample; lanes without one have computed those of the last sample."""
        for lane in range(code.lanes):
            at, _ = self._row(view, lane, code)
            code.do(f"store double {code.lane(number, lane)}, ptr {at}")

    def _add_each(self, number: str, view: View, code: Instructions) -> None:
        """Added to what each sample has there: rounds, and steps, may have the same place."""
        for lane in range(code.lanes):
            at, there = self._row(view, lane, code)
            one = code.write(f"select i1 {there}, double {code.lane(number, lane)}, double -0.0")
            self._add_one(one, at)

    def _check(self, step: int, guard: int, code: Instructions) -> None:
        self._checks += 1
        code.prefix, kept = f"{code.prefix}c{self._checks}", code.prefix
        code.check(self._operand(step, code), guard, self.program.guards[guard].expected)
        code.prefix = kept

    def _add_up(self, number: str, view: View, code: Instructions) -> None:
        """Add what all samples share to a sum, for each of them; rounds may have the same place, so one after the other."""
        if self.plan.kernel.mapped:
            number = code.step("mul", (number, code.splat("%samples")))
        stride, at = view.stride(self.nest.vector), self.at[view]
        if code.lanes == 1 or stride == 1:
            old = code.write(f"load {code.number}, ptr {at}, align 8")
            code.do(f"store {code.number} {code.step('add', (old, number))}, ptr {at}, align 8")
            return
        for lane in range(code.lanes):
            self._add_one(code.lane(number, lane), self.single.at(at, lane * stride))

    def _add_one(self, number: str, at: str) -> None:
        old = self.single.write(f"load double, ptr {at}")
        self.single.do(f"store double {self.single.step('add', (old, number))}, ptr {at}")

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

    # --- sums over the innermost loop --------------------------------------------------------------------------------

    def _over_samples(self, code: Instructions) -> None:
        sums = self.nest.sums

        def body(code: Instructions) -> None:
            before = self.sums
            self._innermost(code)
            left = code.splat(code.write(f"sub i64 %size, {self.counters[SAMPLE]}"), "i64")
            numbers = ", ".join(f"i64 {lane}" for lane in range(code.lanes))
            there = code.write(f"icmp ult {code.bits} {f'<{numbers}>' if code.lanes > 1 else '0'}, {left}")
            added = [code.step("select", (there, self._operand(step, code), code.constant(-0.0))) for step, _ in sums]
            self.sums = [code.step("add", pair) for pair in zip(before, added, strict=True)]

        totals = self._round(SAMPLE, code, 0, "%padded", self.lanes, body, [code.constant(-0.0)] * len(sums))
        for total, (_, view) in zip(totals, sums, strict=True):
            self._add_one(self._across(total, code), self.at[view])

    def _across(self, total: str, code: Instructions) -> str:
        """The lanes of a sum added up."""
        return self.single.step("sum", [code.lane(total, lane) for lane in range(code.lanes)])

    def _fold(self, axis: int, code: Instructions) -> None:
        """A step over a loop: its sums in the lanes of the result, or in lanes that are put together in the end."""
        step = self.nest.fold
        assert step is not None
        args, over = self.program.args[step], self.plan.loops.over[step]
        each = [arg for arg in args if over in self.plan.axes(arg)]
        fold = Fold(self.program.ops[step])

        def body(code: Instructions) -> None:
            before, self.names = self.sums, {}
            self.sums = fold.more(code, before, [self._as_number(arg, code) for arg in each])

        sums: list[str] = []
        for some, first, count, turn in self._ranges(axis, code):
            if sums and some is self.single and code is self.wide:
                sums, code = fold.across(self.wide, self.single, sums), self.single
            sums = self._round(axis, some, first, count, turn, body, sums or fold.start(some))
            code = some if axis == self.nest.vector else code
        if axis == self.nest.vector and code is self.wide:
            sums, code = fold.across(self.wide, self.single, sums), self.single
        self.names = {}
        rest = [self._as_number(arg, code) for arg in args if arg not in each]
        number = fold.end(code, sums, rest)
        self.names[step] = code.as_truth(number) if self.plan.truth[step] else number
        for _, view in self.nest.stores:
            self._store(number, view, code)

    def _as_number(self, step: int, code: Instructions) -> str:
        name = self._operand(step, code)
        return code.as_number(name) if self.plan.truth[step] else name
