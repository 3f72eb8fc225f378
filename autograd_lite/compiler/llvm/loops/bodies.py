"""The rounds of a scan whose body has loops: in each round all nests of the body, with what is carried in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.loops.memory import Space
from autograd_lite.compiler.llvm.loops.plan import Plan
from autograd_lite.compiler.llvm.loops.views import SAMPLE, Nest, View
from autograd_lite.compiler.loops import Block, Body, Part, Strides, at, places
from autograd_lite.compiler.places import given_once


@dataclass
class Rounds:
    """Where the numbers of a scan are.

    Attributes
    ----------
    step : int
    name : str
        Nobody else's.
    body : Body
    count : int
        How many rounds there are.
    carried, next, given : tuple of View and int
        What is carried, what will be, and what all rounds give: the first number, and how far the others are from each other.
    pointers : dict
        For an array and how far it is in it from round to round the name of where a round is.
    plan : Plan
        Of the body.
    """

    step: int
    name: str
    body: Body
    count: int
    carried: tuple[View, int]
    next: tuple[View, int]
    given: tuple[View, int]
    pointers: dict[tuple[str, int], str] = field(default_factory=dict)
    plan: Any = None

    def result(self, kind: str, part: Part) -> View:
        """Where one of the results of the scan is."""
        view, apart = self.carried if kind == "carried" else self.given
        strides = tuple((loop, stride * apart) for loop, stride in part.strides)
        return View(view.base, view.place + part.k * apart, (*strides, *view.strides))

    def in_round(self, view: View) -> View:
        """What a view is in the round that is being done."""
        stride = view.stride(self.body.loop)
        if not stride:
            return view
        pointer = self.pointers.setdefault((view.base, stride), f"%{self.name}.{len(self.pointers)}")
        return View(pointer, view.place, tuple(pair for pair in view.strides if pair[0] != self.body.loop))


def place_rounds(plan: Plan, step: int, body: Body) -> None:
    """Give a scan to nests of a plan: one in which what is carried begins, and one of the rounds."""
    axes, args = plan.axes(step), plan.program.args[step]
    given = len(body.program.outputs) - body.carried
    carried, after = plan.array(body.carried, axes), plan.array(body.carried, axes)
    plan.sizes.append(max(given, 1))
    whole = plan.allot((body.loop, len(plan.sizes) - 1, *axes))
    rest = tuple(pair for pair in whole.strides if pair[0] != len(plan.sizes) - 1)
    apart = dict(whole.strides)[len(plan.sizes) - 1]
    where = carried, after, (View(whole.base, whole.place, rest), apart)
    rounds = Rounds(step, f"round{carried[0].place}", body, plan.sizes[body.loop], *where)
    start = Nest(axes, axes[-1] if axes else None, not plan.depends[step])
    start.clears.append((View("%memory", carried[0].place), body.carried * carried[1]))
    for k, arg in enumerate(args[: body.carried]):
        if plan.program.ops[arg] != "const" or str(plan.program.args[arg][0]) != "0.0":
            start.stores.append((arg, carried[0].moved(k * carried[1])))
    plan.nests.append(start)
    plan.add_nest(step, (), rounds=rounds)
    rounds.plan = BodyPlan(plan, rounds)


class BodyPlan(Plan):
    """A plan in the memory of another one, whose inputs and results are arrays there."""

    def __init__(self, outer: Plan, rounds: Rounds) -> None:
        self.outer, self.rounds, self.body = outer, rounds, rounds.body
        self.args = outer.program.args[rounds.step]
        kernel = Kernel(self.body.program, len(self.body.program.names), 0)
        super().__init__(kernel, False, False, outer.chunk, outer.in_table, outer.name, outer.place_rounds)
        self._carry_on()

    def _whole_space(self) -> Space:
        return self.outer.space

    def _depending(self) -> list[bool]:
        of_scan, others = self.outer.depends[self.rounds.step], self.args[self.body.carried :]
        sampled = [of_scan] * self.body.carried + [self.outer.depends[arg] for arg in others]
        found: list[bool] = []
        for op, operands in zip(self.program.ops, self.program.args, strict=True):
            if op in ("input", "block"):
                block = Block(0, operands[0], operands[1] if op == "block" else ())
                found.append(any(sampled[place] for place in places(block, self.loops.sizes)))
            else:
                found.append(op not in ("const", "position") and any(found[arg] for arg in operands))
        return found

    def _take_rows(self) -> None:
        self.width = 0

    def _source(self, place: int) -> View:
        """Where an input is in this round."""
        if place < self.body.carried:
            view, apart = self.rounds.carried
            return view.moved(place * apart)
        return self.rounds.in_round(self.outer.view(self.args[place]))

    def _input(self, place: int, strides: Strides) -> View:
        where = places(Block(0, place, strides), self.loops.sizes)
        views = dict(zip(where, map(self._source, where), strict=True))
        first = views[place]
        apart = [(loop, views[place + stride].place - first.place) for loop, stride in strides if self.loops.sizes[loop] > 1]
        view = View(first.base, first.place, (*apart, *first.strides))
        turns = list(self.loops.rounds([loop for loop, _ in strides]))
        expected = [View(first.base, first.place + at(tuple(apart), _only(turn, apart)), first.strides) for turn in turns]
        if [views[place + at(strides, turn)] for turn in turns] == expected:
            return view
        sampled = (SAMPLE,) if any(one.stride(SAMPLE) for one in views.values()) else ()
        copy = self.allot((*[loop for loop, _ in strides], *sampled))
        nest = Nest(sampled, SAMPLE if sampled else None, not sampled)
        for turn in turns:
            to = copy
            for loop, k in turn.items():
                to = to.fixed(loop, k)
            nest.stores.append((views[place + at(strides, turn)], to))
        self._first.append(nest)
        return copy

    def _results(self) -> dict[int, list[tuple[str, View]]]:
        """Stored where they belong; first added up there, where several have one place."""
        outputs, found = self.program.outputs, dict[int, list[tuple[str, View]]]()
        ends = (0, self.body.carried, len(outputs))
        given = (self.rounds.in_round(self.rounds.given[0]), self.rounds.given[1])
        kinds = ["stores" if given_once(outputs, self.loops, *pair) else "adds" for pair in pairwise(ends)]
        clear = Nest((), None, True)
        for (view, apart), kind, count in zip((self.rounds.next, given), kinds, (ends[1], ends[2] - ends[1]), strict=True):
            if kind == "adds":
                clear.clears.append((View(view.base, view.place), count * apart))
        if clear.clears:
            self.nests.append(clear)
        singles = [Block(step, k, ()) for k, step in enumerate(outputs) if step >= 0]
        for one in [*singles, *self.loops.blocks]:
            is_given = one.place >= self.body.carried
            view, apart = given if is_given else self.rounds.next
            strides = tuple((loop, stride * apart) for loop, stride in one.strides)
            place = view.place + (one.place - is_given * self.body.carried) * apart
            found.setdefault(one.step, []).append((kinds[is_given], View(view.base, place, (*strides, *view.strides))))
        return found

    def _carry_on(self) -> None:
        """What was carried becomes what will be."""
        axes = tuple(axis for axis, _ in self.rounds.next[0].strides)
        self.sizes.append(self.body.carried)
        last = len(self.sizes) - 1
        pair = [
            View(view.base, view.place, ((last, apart), *view.strides))
            for view, apart in (self.rounds.next, self.rounds.carried)
        ]
        self.nests.append(Nest((last, *axes), axes[-1] if axes else last, not axes, stores=[(pair[0], pair[1])]))


def _only(turn: dict[int, int], strides: Sequence[tuple[int, int]]) -> dict[int, int]:
    return {loop: turn[loop] for loop, _ in strides}
