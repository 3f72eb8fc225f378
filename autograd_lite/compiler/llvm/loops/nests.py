"""A nest of loops as text: counters and addresses level by level, and sums over the innermost loop."""

from collections.abc import Callable, Sequence

from autograd_lite.compiler.llvm.instructions import Instructions
from autograd_lite.compiler.llvm.loops.bodies import Rounds
from autograd_lite.compiler.llvm.loops.folds import Fold
from autograd_lite.compiler.llvm.loops.plan import Plan
from autograd_lite.compiler.llvm.loops.rounds import Round
from autograd_lite.compiler.llvm.loops.views import SAMPLE, Nest
from autograd_lite.compiler.llvm.syntax import cleared

#: A loop, or a part of it: what writes its rounds, the first, the end, how many are done at once.
Part = tuple[Instructions, int, int | str, int]


def nest_text(plan: Plan, nest: Nest, name: str, lanes: int, contract: bool, declared: dict[str, str]) -> list[str]:
    """The lines of a nest.

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
    wide, single = Instructions(lanes, contract, f"{name}."), Instructions(1, contract, f"{name}s.")
    #: For sums along a vector: an addition waits for the one before, so several are under way.
    several = Instructions(4 * lanes, contract, f"{name}w.")
    for code in (wide, single, several):
        code.lines, code.declared = wide.lines, declared
    if nest.rounds is not None:
        return rounds_text(nest.rounds, name, lanes, contract, declared)
    for number, (view, count) in enumerate(nest.clears):
        here, label = single.at(view.base, view.place), f"{name}.clear{number}"
        single.do(f"br label %{label}.before")
        wide.lines += [
            f"{label}.before:",
            f"  br label %{label}",
            *cleared(label, f"{label}.before", here, "double", f"{label}.after", count),
            f"{label}.after:",
        ]
    _Writer(plan, nest, name, (several, wide, single)).level(0, wide if nest.vector is not None else single)
    return wide.lines


def rounds_text(rounds: Rounds, name: str, lanes: int, contract: bool, declared: dict[str, str]) -> list[str]:
    """The lines of a scan whose body has loops: in each round all nests of the body."""
    k = f"%{name}.k"
    lines = [f"  br label %{name}.before", f"{name}.before:", f"  br label %{name}.loop", f"{name}.loop:"]
    lines += [f"  %{name}.i = phi i64 [ 0, %{name}.before ], [ %{name}.next, %{name}.end ]"]
    lines += [f"  {k} = sub i64 {rounds.count - 1}, %{name}.i" if rounds.body.backwards else f"  {k} = add i64 %{name}.i, 0"]
    for number, ((base, stride), pointer) in enumerate(rounds.pointers.items()):
        lines += [f"  %{name}.far{number} = mul i64 {k}, {stride}"]
        lines += [f"  {pointer} = getelementptr inbounds double, ptr {base}, i64 %{name}.far{number}"]
    for number, nest in enumerate(rounds.plan.nests):
        lines += nest_text(rounds.plan, nest, f"{name}n{number}", lanes, contract, declared)
    return [
        *lines,
        f"  br label %{name}.end",
        f"{name}.end:",
        f"  %{name}.next = add i64 %{name}.i, 1",
        f"  %{name}.more = icmp ult i64 %{name}.next, {rounds.count}",
        f"  br i1 %{name}.more, label %{name}.loop, label %{name}.after",
        f"{name}.after:",
    ]


class _Writer(Round):
    """Writes a nest."""

    def __init__(self, plan: Plan, nest: Nest, name: str, codes: tuple[Instructions, Instructions, Instructions]) -> None:
        self.several, self.wide, single = codes
        super().__init__(plan, nest, self.wide.lanes, single)
        self.name, self._loops = name, 0
        #: What is added up in the loop that is being written.
        self.sums: Sequence[str] = ()
        for view in dict.fromkeys(plan.views(nest)):
            self.at[view] = single.at(view.base, view.place)

    def level(self, depth: int, code: Instructions) -> None:
        """The loops from this one inwards."""
        nest = self.nest
        if depth == len(nest.loops):
            self.all(code)
            return
        axis = nest.loops[depth]
        if depth == len(nest.loops) - 1 and nest.fold is not None:
            self._fold(nest.fold, axis, code)
        elif axis == SAMPLE and nest.sums:
            self._over_samples(code)
        else:
            for part in self._parts(axis, code):
                self._loop(axis, part, lambda code: self.level(depth + 1, code))

    def _parts(self, axis: int, code: Instructions) -> list[Part]:
        """A loop in parts: as many vectors as it has, then single rounds."""
        if axis == SAMPLE:
            vector = axis == self.nest.vector
            return [(code, 0, "%padded" if vector else "%size", self.lanes if vector else 1)]
        size, first = self.plan.sizes[axis], 0
        if axis != self.nest.vector:
            return [(code, 0, size, 1)]
        found: list[Part] = []
        for some in (self.several, self.wide, self.single) if self.nest.fold is not None else (self.wide, self.single):
            whole = size - (size - first) % some.lanes
            if first < whole:
                found.append((some, first, whole, some.lanes))
            first = whole
        return found

    def _loop(self, axis: int, part: Part, body: Callable[[Instructions], None], sums: Sequence[str] = ()) -> Sequence[str]:
        """A loop around what `body` writes, which may replace `self.sums`; gives what becomes of the sums."""
        code, first, count, step = part
        self._loops += 1
        label = f"{self.name}.{self._loops}"
        code.do(f"br label %{label}.before")
        code.block(f"{label}.before")
        code.do(f"br label %{label}.loop")
        code.block(f"{label}.loop")
        code.do(f"%{label}.k = phi i64 [ {first}, %{label}.before ], [ %{label}.next, %{label}.end ]")
        place = len(code.lines)
        code.lines += sums  # to be replaced when it is known what they become
        outside = self.at, self.names
        self.counters[axis] = f"%{label}.k"
        self.at, self.names = dict(self.at), dict(self.names)
        for view, at in self.at.items():
            stride = view.stride(axis)
            if stride and (view.base != "%each" or axis != SAMPLE):
                self.at[view] = code.at(at, f"%{label}.k" if stride == 1 else code.write(f"mul i64 %{label}.k, {stride}"))
        self.sums = [f"%{label}.sum{number}" for number in range(len(sums))]
        body(code)
        after_all = self.sums if sums else ()
        for number, (start, after) in enumerate(zip(sums, after_all, strict=True)):
            phi = f"phi {code.number} [ {start}, %{label}.before ], [ {after}, %{label}.end ]"
            code.lines[place + number] = f"  %{label}.sum{number} = {phi}"
        self.at, self.names = outside
        code.do(f"br label %{label}.end")
        code.block(f"{label}.end")
        code.do(f"%{label}.next = add i64 %{label}.k, {step}")
        code.do(f"%{label}.more = icmp ult i64 %{label}.next, {count}")
        code.do(f"br i1 %{label}.more, label %{label}.loop, label %{label}.after")
        code.block(f"{label}.after")
        return after_all

    # --- sums over the innermost loop --------------------------------------------------------------------------------

    def _over_samples(self, code: Instructions) -> None:
        """Everything in the rounds of the samples, and the sums of those that are there."""
        sums = self.nest.sums

        def body(code: Instructions) -> None:
            before = self.sums
            self.all(code)
            left = code.splat(code.write(f"sub i64 %size, {self.counters[SAMPLE]}"), "i64")
            numbers = ", ".join(f"i64 {lane}" for lane in range(code.lanes))
            there = code.write(f"icmp ult {code.bits} {f'<{numbers}>' if code.lanes > 1 else '0'}, {left}")
            added = [code.step("select", (there, self.number(step, code), code.constant(-0.0))) for step, _ in sums]
            self.sums = [code.step("add", pair) for pair in zip(before, added, strict=True)]

        (part,) = self._parts(SAMPLE, code)
        totals = self._loop(SAMPLE, part, body, [code.constant(-0.0)] * len(sums))
        for total, (_, view) in zip(totals, sums, strict=True):
            lanes = [code.lane(total, lane) for lane in range(code.lanes)]
            self.add_one(self.single.step("sum", lanes), self.at[view])

    def _fold(self, step: int, axis: int, code: Instructions) -> None:
        """A step over a loop: its sums in the lanes of the result, or in lanes that are put together in the end."""
        args, fold = self.program.args[step], Fold(self.program.ops[step])
        each = [arg for arg in args if fold.op == "dot" or axis in self.plan.axes(arg)]

        def body(code: Instructions) -> None:
            before, self.names = self.sums, {}
            self.sums = fold.more(code, before, [self.number(arg, code) for arg in each])

        parts = self._parts(axis, code)
        total: Sequence[str] = fold.start(self.single)
        if axis == self.nest.vector:
            code = self.single
            for part in parts:
                sums = self._loop(axis, part, body, fold.start(part[0]))
                total = fold.across(part[0], self.single, sums, total)
        else:
            total = self._loop(axis, parts[0], body, fold.start(code))
        self.names = {}
        number = fold.end(code, total, [self.number(arg, code) for arg in args if arg not in each])
        for _, view in self.nest.stores:
            self.store(number, view, code)
