"""Lists in programs: the operands of a sum or a dot product as one step in a loop, in place of a thousand operands.

Sums are lists before anything is known of loops: `sum(w * x for w, x in zip(ws, xs))` is a row of additions, and a layer of neurons
has the same list of inputs for all of them.  A list is written once; inputs that follow each other are a block.

A penalty is a sum over all weights, which do not all follow each other: it becomes sums over those that do, which are alike.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import sub
from typing import Any

from autograd_lite.compiler.loops import OF_MANY, Block
from autograd_lite.compiler.operations import LEAVES
from autograd_lite.compiler.program import Builder, Program

#: A part of lists: how long it is, what is the same in parts that are alike, and the lists as steps in a loop that is given.
Part = tuple[int, Any, Callable[[Any], list[int]]]
#: Operations that are sums.
ADDED = frozenset({"sum", "fsum", "dot"})
#: A formula of more inputs, or with operations on operations so deep, is not looked at.
_LONGEST, _DEEPEST = 16, 40
#: So many operands are worth a list, so many steps that are alike a loop.
FEWEST = 4


class Lists:
    """Writes operations on many operands into a builder as operations over a loop.

    Parameters
    ----------
    builder : Builder
    singly : bool, default False
        Leave it to who looks for loops to write what is added up in one.
    """

    def __init__(self, builder: Builder, singly: bool = False) -> None:
        self.builder, self.singly = builder, singly
        self._known: dict[tuple[int, ...], int] = {}
        self._loops: dict[int, int] = {}
        self._blocks: dict[tuple[int, int, int], int] = {}
        self._spans: dict[tuple[int, int], int] = {}
        self._common: dict[int, int] = {}
        self._made: dict[tuple[str, tuple[int, ...]], int] = {}

    def emit(self, op: str, operands: Sequence[int]) -> int:
        """The operation `op` on these steps; over a loop, if they are many."""
        before = OF_MANY[op]
        many = list(operands[before:])
        if op == "dot":
            half = len(many) // 2
            return self.over(op, [], [many[:half], many[half:]])
        return self.over(op, list(operands[:before]), [many])

    def over(self, op: str, before: list[int], lists: list[list[int]]) -> int:
        """The operation on whole lists of one length, after single operands."""
        if len(lists[0]) < FEWEST:
            return self.builder.append(op, (*before, *[one for part in lists for one in part]))
        known = [self._known[key] for key in map(tuple, lists) if key in self._known]
        if not known and not before and op in ADDED:
            runs = [*self._runs(lists)]
            if FEWEST * len(runs) <= len(lists[0]):
                return self.added(op, [self._part(lists, *run) for run in runs])
        loop = next((self._loops[step] for step in known), None)
        steps = []
        for part in lists:
            steps.append(self.step(part, loop))
            loop = self._loops[steps[0]]
        return self.builder.append(op, (*before, *steps), loop)

    def _part(self, lists: list[list[int]], start: int, end: int, formula: Any) -> Part:
        if end - start == 1:
            return 1, formula, lambda loop: [part[start] for part in lists]
        made = self.step if self.singly else self._looped
        return end - start, formula, lambda loop: [made(part[start:end], loop) for part in lists]

    def added(self, op: str, runs: Sequence[Part]) -> int:
        """A sum, of sums over parts; those that are alike have one loop."""
        total = -1
        for (size, _), alike in groupby(runs, key=lambda run: run[:2]):
            loop = self.common(size) if size > 1 else None
            parts = [self.builder.emit(op, *operands(loop), over=loop) for _, _, operands in alike]
            whole = self.over("sum", [], [parts]) if len(parts) > 1 else parts[0]
            total = whole if total < 0 else self.builder.append("add", (total, whole))
        return total

    def _runs(self, lists: list[list[int]]) -> Iterator[tuple[int, int, Any]]:
        """From where to where elements are the same formula of inputs that follow each other, and which formula."""
        start, last, strides = 0, None, None
        for k, steps in enumerate(zip(*lists, strict=True)):
            places: list[int] = []
            now = [self._formula(step, places) for step in steps], places
            moved = [*map(sub, now[1], last[1])] if last is not None and now[0] == last[0] else None
            if last is not None and (moved is None or strides not in (None, moved) or None in now[0]):
                yield start, k, (*map(repr, last[0]), *(strides or ()))
                start, moved = k, None
            last, strides = now, moved
        assert last is not None
        yield start, len(lists[0]), (*map(repr, last[0]), *(strides or ()))

    def _formula(self, step: int, places: list[int], depth: int = 0) -> Any:
        """What a step computes, of inputs at places that are added to the list; None if it is about more than single inputs."""
        b = self.builder
        op, args = b.ops[step], b.args[step]
        if op == "input":
            places.append(args[0])
            return "input"
        if op == "const":
            return repr(args[0])
        if op in LEAVES or step in b.loops.axes or step in b.loops.over or step in b.rules:
            return None
        if len(places) > _LONGEST or depth > _DEEPEST:
            return None
        parts = [self._formula(arg, places, depth + 1) for arg in args]
        return None if None in parts else (op, *parts)

    def _looped(self, steps: Sequence[int], loop: int) -> int:
        """Steps of one formula as one step in a loop."""
        b, first = self.builder, steps[0]
        if b.ops[first] == "const" or all(step == first for step in steps):
            return first
        if b.ops[first] == "input":
            places = [b.args[step][0] for step in steps]
            return self.block(places[0], places[1] - places[0], len(steps), loop)
        columns = zip(*[b.args[step] for step in steps], strict=True)
        made = b.ops[first], tuple([self._looped(column, loop) for column in columns])
        if made not in self._made:
            self._made[made] = b.append(*made)
        return self._made[made]

    def step(self, steps: list[int], loop: int | None = None) -> int:
        """A list as a step, in a loop that is given or its own."""
        key = tuple(steps)
        known = self._known.get(key)
        if known is not None and loop in (None, self._loops[known]):
            return known
        b = self.builder
        whole = self._whole(steps, loop)
        if whole is not None:
            return self._named(key, whole)
        if all(b.ops[step] == "input" for step in steps):
            places = [b.args[step][0] for step in steps]
            stride = places[1] - places[0]
            if all(y - x == stride for x, y in pairwise(places)):
                return self._named(key, self.block(places[0], stride, len(steps), loop))
        loop = b.loops.add(len(steps)) if loop is None else loop
        found = b.append("stack", key, loop)
        self._loops[found] = loop
        return self._named(key, found)

    def column(self, steps: Sequence[int], loop: int) -> int:
        """What the rounds of a loop take, one after the other: a step that is in the loop, if they do not all take the same."""
        b = self.builder
        if len(set(steps)) == 1:
            return steps[0]
        numbers = [b.number(step) for step in steps]
        first, far = numbers[0] or 0.0, (numbers[1] or 0.0) - (numbers[0] or 0.0)
        if numbers == [first + k * far for k in range(len(numbers))] and first.is_integer() and far.is_integer():
            return b.emit("add", b.emit("mul", b.append("position", (loop,)), b.const(far)), b.const(first))
        return self.step(list(steps), loop)

    def _whole(self, steps: Sequence[int], loop: int | None) -> int | None:
        """The step whose rounds these are, all of them in order, in a loop that is given or its own."""
        b = self.builder
        sources = {(b.args[step][0], b.loops.over[step]) if b.ops[step] == "item" else None for step in steps}
        found = sources.pop() if len(sources) == 1 else None
        if found is None or [b.number(b.args[step][1]) for step in steps] != list(range(b.loops.sizes[found[1]])):
            return None
        source: int = found[0]
        over = found[1]
        self._loops.setdefault(source, over)
        if loop in (None, over):
            return source
        moved = b.append("along", (source,), (over, loop))
        self._loops[moved] = loop
        return moved

    def _named(self, key: tuple[int, ...], step: int) -> int:
        self._known.setdefault(key, step)
        return step

    def common(self, count: int) -> int:
        """The one loop of all lists of so many parameters or formulas of inputs, so that their sums are alike."""
        if count not in self._common:
            self._common[count] = self.builder.loops.add(count)
        return self._common[count]

    def loop(self, place: int, count: int) -> int | None:
        """The loop that so many inputs from a place on were first found in."""
        return self._spans.get((place, count))

    def block(self, place: int, stride: int, count: int, loop: int | None = None) -> int:
        """So many inputs from a place on as a step."""
        if count == 1 and loop is None:
            return self.builder.append("input", (place,))
        loop = self.builder.loops.add(count) if loop is None else loop
        if stride == 1:
            self._spans.setdefault((place, count), loop)
        key = (place, stride, loop)
        if key not in self._blocks:
            found = self._blocks[key] = self.builder.block(place, ((loop, stride),))
            self._loops[found] = loop
        return self._blocks[key]


def blocked(builder: Builder, outputs: list[int]) -> list[int]:
    """Results of which all rounds of a step are some, at equal distances, as blocks of the builder; -1 stands for these.

    >>> b = Builder(); x = b.block(0, ((b.loops.add(4), 1),)); b.names += "wxyz"
    >>> blocked(b, [b.const(5.0), *[b.emit("item", x, b.const(float(k)), over=0) for k in range(4)]])
    [1, -1, -1, -1, -1]
    """
    places: dict[tuple[int, int], dict[float, int]] = {}
    for place, step in enumerate(outputs):
        number = builder.number(builder.args[step][1]) if builder.ops[step] == "item" else None
        if number is not None:
            places.setdefault((builder.args[step][0], builder.loops.over[step]), {}).setdefault(number, place)
    found = list(outputs)
    for (source, loop), known in places.items():
        size = builder.loops.sizes[loop]
        where = [known.get(float(k), -1) for k in range(size)]
        stride = where[-1] - where[-2]
        if stride > 0 and -1 not in where and where == list(range(where[0], where[0] + size * stride, stride)):
            builder.loops.blocks.append(Block(source, where[0], ((loop, stride),)))
            for place in where:
                found[place] = -1
    return found


def listed(program: Program) -> Program:
    """The program with lists, of sums that are written as additions one after the other as well.

    >>> b = Builder(); w = [b.input(f"w{k}") for k in range(6)]; x = [b.input(f"x{k}") for k in range(6)]
    >>> total = b.emit("mul", w[0], x[0])
    >>> for one, other in zip(w[1:], x[1:]):
    ...     total = b.emit("add", total, b.emit("mul", one, other))
    >>> program = listed(b.finish([total]))
    >>> program.ops[program.outputs[0]], program.loops.sizes
    ('dot', [6])
    """
    uses = program.uses()
    inner = {
        args[0]
        for op, args in zip(program.ops, program.args, strict=True)
        if op == "add" and program.ops[args[0]] == "add" and uses[args[0]] == 1
    }
    b = Builder()
    b.names, b.loops.sizes, over = program.names, list(program.loops.sizes), program.loops.over
    lists, new = Lists(b, singly=True), list[int]()
    for step, (op, args) in enumerate(zip(program.ops, program.args, strict=True)):
        if op in LEAVES:
            new.append(b.append(op, args))
        elif step in inner:
            new.append(-1)
        elif op == "add" and args[0] in inner:
            new.append(_sum(lists, program, _terms(program, step, inner), new))
        elif op in OF_MANY and step not in over:
            new.append(lists.emit(op, [new[arg] for arg in args]))
        else:
            new.append(b.append(op, tuple([new[arg] for arg in args]), over.get(step)))
    return program.renumbered(new, b)


def _terms(program: Program, step: int, inner: set[int]) -> list[int]:
    """What is added up by additions one after the other, in order."""
    terms = [program.args[step][1]]
    while program.args[step][0] in inner:
        step = program.args[step][0]
        terms.append(program.args[step][1])
    return [program.args[step][0], *reversed(terms)]


def _sum(lists: Lists, program: Program, terms: list[int], new: list[int]) -> int:
    """A sum of many terms: of products a dot product, of what is alike a sum over a list; the rest added one by one."""
    b = lists.builder
    groups: dict[str, list[int]] = {}
    for term in terms:
        groups.setdefault(program.ops[term], []).append(new[term])
    total = -1
    for op, steps in groups.items():
        if len(steps) < FEWEST:
            parts = steps
        elif op == "mul":
            factors = zip(*[b.args[step] for step in steps], strict=True)
            parts = [lists.over("dot", [], [list(one) for one in factors])]
        else:
            parts = [lists.over("sum", [], [steps])]
        for part in parts:
            total = part if total < 0 else b.append("add", (total, part))
    return total
