"""A loop whose rounds follow each other as text: what is carried stays in registers, or in memory if it is much."""

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from autograd_lite.compiler.llvm.instructions import Instructions
from autograd_lite.compiler.llvm.loops.views import View
from autograd_lite.compiler.loops import Body
from autograd_lite.compiler.program import Program

if TYPE_CHECKING:
    from autograd_lite.compiler.llvm.loops.rounds import Round

#: So many numbers that all rounds share are loaded before the first.
_MOST_SHARED = 24


def scan_text(round: "Round", step: int, code: Instructions) -> None:
    """The lines of a scan, at a place where the numbers of its rounds, and of the samples, are known.

    Parameters
    ----------
    round : Round
        Has the addresses of the operands and of the results.
    step : int
    code : Instructions
    """
    _Scan(round, step, code).write()


class _Scan:
    def __init__(self, round: "Round", step: int, code: Instructions) -> None:
        self.round, self.step, self.code = round, step, code
        self.plan, self.body = round.plan, round.program.loops.over[step]
        assert isinstance(self.body, Body)
        self.args = round.program.args[step]
        self.size = self.plan.sizes[self.body.loop]
        self.program: Program = self.body.program
        self.memory = self.plan.carried.get(step)
        self.names: dict[int, str] = {}
        self.inputs = self.program.inputs()

    def write(self) -> None:
        """All rounds, and what was carried in the end."""
        body, code, label = self.body, self.code, f"{self.code.prefix}scan{self.step}.{len(self.code.lines)}"
        first, shared = self.args[: body.carried], self.args[body.carried + body.taken :]
        starts = [self.round.number(arg, code) for arg in first]
        if self.memory is not None:
            for number, start in enumerate(starts):
                self._keep(number, start)
        if len(shared) <= _MOST_SHARED:
            for arg in shared:
                self.round.operand(arg, code)
        outside = dict(self.round.names)
        code.do(f"br label %{label}.before")
        code.block(f"{label}.before")
        code.do(f"br label %{label}.loop")
        code.block(f"{label}.loop")
        code.do(f"%{label}.i = phi i64 [ 0, %{label}.before ], [ %{label}.next, %{label}.end ]")
        place, carried = len(code.lines), [f"%{label}.c{k}" for k in range(body.carried)]
        if self.memory is None:
            code.lines += carried  # to be replaced when it is known what they become
        k = f"%{label}.i"
        if body.backwards:
            k = code.write(f"sub i64 {self.size - 1}, {k}")
        self._begin(k, carried)
        after = self._results(carried)
        for number, (name, start, end) in enumerate(zip(carried, starts, after, strict=False)):
            code.lines[place + number] = (
                f"  {name} = phi {code.number} [ {start}, %{label}.before ], [ {end}, %{label}.end ]"
            )
        code.do(f"br label %{label}.end")
        code.block(f"{label}.end")
        code.do(f"%{label}.next = add i64 %{label}.i, 1")
        code.do(f"%{label}.more = icmp ult i64 %{label}.next, {self.size}")
        code.do(f"br i1 %{label}.more, label %{label}.loop, label %{label}.after")
        code.block(f"{label}.after")
        self.round.at, self.round.names = self.at, outside
        for kind, number, view in self._parts():
            if kind == "carried":
                self.round.store(after[number] if self.memory is None else self._kept(number), view, code)

    # --- a round ---------------------------------------------------------------------------------------------------------

    def _begin(self, k: str, carried: Sequence[str]) -> None:
        """Addresses in round `k`, and the inputs of the body."""
        round, code, body = self.round, self.code, self.body
        self.at, round.at, round.names = round.at, dict(round.at), dict(round.names)
        round.counters[body.loop] = k
        for view, at in self.at.items():
            stride = view.stride(body.loop)
            if stride:
                round.at[view] = code.at(at, k if stride == 1 else code.write(f"mul i64 {k}, {stride}"))
        self.carried = carried

    def _input(self, place: int) -> str:
        if place >= self.body.carried:
            return self.round.operand(self.args[place], self.code)
        return self.carried[place] if self.memory is None else self._kept(place)

    def _number(self, step: int) -> str:
        """The result of a step of the body, and before it of those it needs."""
        path = [step]
        while path:
            one = path[-1]
            missing = [arg for arg in self.program.operands(one) if arg not in self.names]
            if one in self.names or not missing:
                path.pop()
                if one not in self.names:
                    self.names[one] = self._computed(one)
            else:
                path += reversed(missing)
        return self.names[step]

    def _computed(self, step: int) -> str:
        op, args = self.program.ops[step], self.program.args[step]
        if op == "const":
            return self.code.constant(args[0])
        if op == "input":
            return self._input(args[0])
        return self.code.step(op, [self.names[arg] for arg in args])

    def _results(self, carried: Sequence[str]) -> list[str]:
        """What a round gives, stored, and the next numbers that are carried; those in memory are stored as well."""
        code, body, outputs = self.code, self.body, self.program.outputs
        added = list(self._added_up()) if self.memory is not None else []
        others = [k for k in range(body.carried) if k not in added]
        after = {k: self._number(outputs[k]) for k in others}
        for kind, number, view in self._parts():
            if kind == "given":
                self.round.store(self._number(outputs[body.carried + number]), view, code)
        if self.memory is None:
            return [after[k] for k in range(body.carried)]
        for k in added:  # one after the other, since they are many
            self._keep(k, self._number(outputs[k]))
        for k, name in after.items():
            self._keep(k, name)
        return []

    def _parts(self) -> Iterator[tuple[str, int, View]]:
        """The results of the scan: what they are of, their numbers, and where they are to be stored."""
        program, loops, at = self.round.program, self.plan.loops, self.round.at
        for step in self.plan.parts[self.step]:
            part, whole = loops.over[step], self.plan.view(step)
            turns = loops.rounds([loop for loop, _ in part.strides])
            for number, turn in zip(part.places(loops.sizes), turns, strict=True):
                view = reduce(lambda view, pair: view.fixed(*pair), turn.items(), whole)
                if view is not whole:
                    at[view] = self.code.at(at[whole], view.place - whole.place)
                yield program.ops[step], number, view

    def _added_up(self) -> Iterator[int]:
        """The numbers that are carried which nothing looks at but what adds to them."""
        program, users = self.program, self.program.users()
        for k, output in enumerate(program.outputs[: self.body.carried]):
            step = self.inputs.get(k)
            alone = step is not None and users[step] == [output] and program.ops[output] == "add" and not users[output]
            if alone and program.outputs.count(output) == 1 and step not in program.outputs:
                yield k

    # --- what is carried in memory ---------------------------------------------------------------------------------------

    def _place(self, k: int) -> str:
        assert self.memory is not None
        view, apart = self.memory
        return self.code.at(self.round.at[view], k * apart)

    def _keep(self, k: int, number: str) -> None:
        self.code.do(f"store {self.code.number} {number}, ptr {self._place(k)}, align 8")

    def _kept(self, k: int) -> str:
        return self.code.write(f"load {self.code.number}, ptr {self._place(k)}, align 8")
