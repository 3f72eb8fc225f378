"""Loops found in a straight program: units of a layer, terms of a sum, that are the same but for the numbers they take.

Steps are coloured by what they compute, inputs left aside: operation and colours of the operands.  Steps of one colour whose operands
follow each other, in the inputs or in a loop that was found before, become one step in a loop; whatever it is that they compute.
A sum of many terms that follow each other becomes a sum over a loop.  What does not follow stays a step of its own, and is found
in the others' loops by its number.

So the time of everything that comes after does not grow with the width of a layer.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from autograd_lite.compiler.loops import Block
from autograd_lite.compiler.program import Builder, Guard, Program

#: As many steps must be alike to be worth a loop.
_FEWEST = 4
#: Operations on any number of operands that may be all rounds of a loop, and how many operands stand before those.
_OF_MANY = {"sum": 0, "fsum": 0, "dot": 0, "max": 0, "min": 0, "logsumexp": 0, "softmax": 1, "log_softmax": 1}


def rolled(program: Program) -> Program:
    """The program with loops in place of what is alike, as far as there is any; it gives the same results.

    Sums are taken in the order of the loop, so a last bit may differ.

    Examples
    --------
    >>> b = Builder(); w = [b.input(f"w{k}") for k in range(6)]; x = [b.input(f"x{k}") for k in range(6)]
    >>> print(rolled(b.finish([b.emit("dot", *w, *x)])))
    program(w0, w1, w2, w3, w4, w5, x0, x1, x2, x3, ... 1 more, x5) -> 1 result, 1 operation
      %12[i] = inputs from w0, 1 i
      %13[i] = inputs from x0, 1 i
      %14 = dot over i %12 %13
      return %14
      loops: i of 6
    """
    if program.rules or program.loops.sizes:
        return program
    return _Roller(_summed(program)).program()


# --- sums in the making -------------------------------------------------------------------------------------------------


def _summed(program: Program) -> Program:
    """Additions one after the other, as in `sum(w * x for w, x in zip(ws, xs))`, as one sum; of products alone, a dot product."""
    uses, ops, args = program.uses(), list(program.ops), list(program.args)
    inner = {
        args[0]
        for op, args in zip(program.ops, program.args, strict=True)
        if op == "add" and uses[args[0]] == 1 and program.ops[args[0]] == "add"
    }
    for step, op in enumerate(program.ops):
        if op != "add" or step in inner:
            continue
        terms, at = list[int](), step
        while program.ops[at] == "add" and (at == step or at in inner):
            terms.append(program.args[at][1])
            at = program.args[at][0]
        terms = [at, *reversed(terms)]
        if len(terms) >= _FEWEST:
            ops[step], args[step] = "sum", tuple(terms)
    b = Builder()
    b.names = program.names
    new: list[int] = []
    for op, operands in zip(ops, args, strict=True):
        if op in ("input", "const"):
            new.append(b.append(op, operands))
        elif op != "sum":
            new.append(b.append(op, tuple([new[arg] for arg in operands])))
        else:
            new.append(_sum(b, [new[arg] for arg in operands], [uses[arg] == 1 for arg in operands]))
    return program.renumbered(new, b)


def _sum(b: Builder, terms: list[int], once: list[bool]) -> int:
    """A sum whose products, if they are many, are a dot product."""
    products = [b.args[term] for term, alone in zip(terms, once, strict=True) if alone and b.ops[term] == "mul"]
    if len(products) < _FEWEST:
        return b.append("sum", tuple(terms))
    rest = [term for term, alone in zip(terms, once, strict=True) if not (alone and b.ops[term] == "mul")]
    # The operands of one product come in one order, and in that of the first: a weight and an input, say.
    dot = b.append("dot", (*[x for x, _ in products], *[y for _, y in products]))
    return dot if not rest else b.append("add", (dot, rest[0])) if len(rest) == 1 else b.append("sum", (dot, *rest))


# --- loops --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _In:
    """Where an old step is found: `step` of the new program, in round `k` of `loop`; by itself if there is none."""

    step: int
    loop: int = -1
    k: int = 0


class _Roller:
    """Writes the program again, all steps of a colour at a time."""

    def __init__(self, program: Program) -> None:
        self.old = program
        self.b = Builder()
        for name in program.names:
            self.b.input(name)
        self.found: dict[int, _In] = {}
        self.single: dict[int, int] = {}
        self.leaves: dict[Any, int] = {}
        self.old_inputs = {step: place for place, step in program.inputs().items()}

    def program(self) -> Program:
        for members in self._classes():
            for run in self._runs(members):
                self._write(run)
        old, b = self.old, self.b
        outputs, b.loops.blocks = self._outputs()
        guards: dict[tuple[int, bool], Guard] = {}
        for guard in old.guards:
            step = self._whole(guard.index, {one.index for one in old.guards if one.expected is guard.expected})
            guards.setdefault((step, guard.expected), replace(guard, index=step))
        checks = dict.fromkeys(self.found[step].step for step in old.checks)
        return b.finish(outputs, guards.values(), name=old.name, checks=list(checks))

    # --- what is alike ---------------------------------------------------------------------------------------------------

    def _classes(self) -> Iterator[list[int]]:
        """Steps of one colour, those first that others are made of."""
        old = self.old
        alive = old.needed([*old.roots, *old.checks])
        expected = {guard.index: guard.expected for guard in old.guards}
        known: dict[Any, int] = {}
        colours, heights = [0] * len(old), [0] * len(old)
        classes: dict[int, list[int]] = defaultdict(list)
        for step, (op, args) in enumerate(zip(old.ops, old.args, strict=True)):
            if op in ("input", "const"):
                key: Any = op
            else:
                key = (op, expected.get(step), *[colours[arg] for arg in args])
                heights[step] = 1 + max([heights[arg] for arg in args], default=0)
                if alive[step]:
                    classes[known.setdefault(key, len(known))].append(step)
            colours[step] = known.setdefault(key, len(known))
        yield from sorted(classes.values(), key=lambda members: (heights[members[0]], members[0]))

    def _runs(self, members: list[int]) -> Iterator[list[int]]:
        """The members in parts, each of which follows one pattern in all operands."""
        start = 0
        while start < len(members):
            end = self._end(members, start)
            if end - start >= _FEWEST:
                yield members[start:end]
            else:
                end = start + 1
                yield members[start:end]
            start = end

    def _end(self, members: list[int], start: int) -> int:
        """Up to which member the operands follow those of the first two."""
        if start + 1 == len(members):
            return start + 1
        first, second = self._places(members[start]), self._places(members[start + 1])
        steps = [_between(x, y) for x, y in zip(first, second, strict=True)]
        if len(first) != len(second) or None in steps:
            return start + 1
        end, last = start + 2, second
        while end < len(members):
            now = self._places(members[end])
            if [_between(x, y) for x, y in zip(last, now, strict=True)] != steps:
                break
            end, last = end + 1, now
        return end

    def _places(self, step: int) -> list[Any]:
        """For each operand, or list of operands, a pair: what kind of place it is found in, and its number there."""
        op, args = self.old.ops[step], self.old.args[step]
        if op not in _OF_MANY:
            return [self._place(arg) for arg in args]
        found = [self._place(arg) for arg in args[: _OF_MANY[op]]]
        for part in self._parts(op, args):
            pattern = self._pattern(part)
            if pattern is None:
                found += [self._place(arg) for arg in part]
            else:
                kind, at, stride = pattern
                found.append((("list", len(part), kind, stride), at))
        return found

    def _parts(self, op: str, args: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The lists among the operands."""
        if op == "dot":
            return [args[: len(args) // 2], args[len(args) // 2 :]]
        return [args[_OF_MANY[op] :]]

    def _place(self, arg: int) -> Any:
        if arg in self.old_inputs:
            return "input", self.old_inputs[arg]
        if self.old.ops[arg] == "const":
            return "const", self.old.args[arg][0]
        where = self.found[arg]
        return (where.step, where.k) if where.loop >= 0 else ("same", where.step)

    def _pattern(self, args: Sequence[int]) -> tuple[Any, Any, Any] | None:
        """A list of operands as a kind of place, the number of the first there, and how far the next is from it each time."""
        kinds, numbers = zip(*map(self._place, args), strict=True)
        if len(args) < 2 or len(set(kinds)) > 1 or kinds[0] == "const":
            return None
        if kinds[0] == "same":
            return None
        stride = numbers[1] - numbers[0]
        if any(y - x != stride for x, y in zip(numbers, numbers[1:], strict=False)):
            return None
        return kinds[0], numbers[0], stride

    # --- what is written -------------------------------------------------------------------------------------------------

    def _write(self, run: list[int]) -> None:
        """One step, or several as one in a loop."""
        op, b = self.old.ops[run[0]], self.b
        columns = list(zip(*[self.old.args[step] for step in run], strict=True))
        loop = -1 if len(run) == 1 else self._loop(columns, len(run))
        if op in _OF_MANY and self._parts(op, self.old.args[run[0]])[0]:
            written = self._of_many(op, run, loop)
        else:
            written = b.emit(op, *[self._many(column, loop) for column in columns])
        for k, step in enumerate(run):
            self.found[step] = _In(written, loop, k) if loop >= 0 else _In(written)

    def _loop(self, columns: list[tuple[int, ...]], count: int) -> int:
        """A loop that the operands are in already, or a new one."""
        for column in columns:
            whole = self._family(column)
            if whole is not None:
                return whole.loop
        return self.b.loops.add(count)

    def _family(self, args: Sequence[int]) -> _In | None:
        """The step whose rounds these are, all of them in order."""
        first = self.found.get(args[0])
        if first is None or first.loop < 0 or len(args) != self.b.loops.sizes[first.loop]:
            return None
        return first if all(self.found.get(arg) == _In(first.step, first.loop, k) for k, arg in enumerate(args)) else None

    def _many(self, args: Sequence[int], loop: int) -> int:
        """One operand for each round of a loop as a step."""
        if loop < 0 or all(arg == args[0] for arg in args):
            return self._one(args[0])
        whole = self._family(args)
        if whole is not None:
            return whole.step if whole.loop == loop else self.b.emit("along", whole.step, over=(whole.loop, loop))
        pattern = self._pattern(args)
        if pattern is not None and pattern[0] == "input":
            return self._block(pattern[1], ((loop, pattern[2]),))
        return self._listed([self._one(arg) for arg in args], loop)

    def _of_many(self, op: str, run: list[int], loop: int) -> int:
        """An operation on lists, over a loop; or on each operand by itself, where a list follows no pattern."""
        old, b = self.old, self.b
        lists = [[self._parts(op, old.args[step])[part] for step in run] for part in range(1 + (op == "dot"))]
        before = [self._many(column, loop) for column in zip(*[old.args[step][: _OF_MANY[op]] for step in run], strict=True)]
        families = [self._family(rows[0]) for rows in lists if all(row == rows[0] for row in rows)]
        free = [one for one in families if one is not None and one.loop != loop]
        regular = all(self._pattern(row) is not None for rows in lists for row in rows)
        if len(lists[0][0]) < 2 or not (regular or len(lists[0][0]) >= _FEWEST and len(run) == 1):
            columns = list(zip(*[old.args[step] for step in run], strict=True))
            return b.emit(op, *[self._many(column, loop) for column in columns])
        inner = free[0].loop if free else b.loops.add(len(lists[0][0]))
        return b.emit(op, *before, *[self._table(rows, loop, inner) for rows in lists], over=inner)

    def _table(self, rows: list[tuple[int, ...]], loop: int, inner: int) -> int:
        """Lists of operands, one for each round of `loop` (one alone if that is -1), as a step in both loops."""
        if all(row == rows[0] for row in rows):
            return self._many(rows[0], inner)
        patterns = [self._pattern(row) for row in rows]
        first, second = patterns[0], patterns[1]
        if first is not None and second is not None and first[0] == "input":
            return self._block(first[1], ((loop, second[1] - first[1]), (inner, first[2])))
        columns = [self._many(column, loop) for column in zip(*rows, strict=True)]
        return self._listed(columns, inner)

    def _one(self, arg: int) -> int:
        """A step of the old program by itself."""
        if arg in self.old_inputs:
            return self.old_inputs[arg]
        if self.old.ops[arg] == "const":
            return self.b.const(self.old.args[arg][0])
        where = self.found[arg]
        if where.loop < 0:
            return where.step
        if arg not in self.single:
            self.single[arg] = self.b.emit("item", where.step, self.b.const(float(where.k)), over=where.loop)
        return self.single[arg]

    def _block(self, place: int, strides: tuple[tuple[int, int], ...]) -> int:
        key = (place, strides)
        if key not in self.leaves:
            self.leaves[key] = self.b.block(place, strides)
        return self.leaves[key]

    def _listed(self, steps: Sequence[int], loop: int) -> int:
        """Single steps, one for each round; numbers that are those of the rounds are."""
        if [self.b.number(step) for step in steps] == list(range(len(steps))):
            key = ("position", loop)
            if key not in self.leaves:
                self.leaves[key] = self.b.append("position", (loop,))
            return self.leaves[key]
        return self.b.emit("stack", *steps, over=loop)

    # --- what is wanted --------------------------------------------------------------------------------------------------

    def _whole(self, step: int, wanted: set[int]) -> int:
        """A step in its loop, if all its rounds are wanted; otherwise by itself."""
        where = self.found.get(step)
        return where.step if where is not None and self._members[where.step] <= wanted else self._one(step)

    @cached_property
    def _members(self) -> dict[int, set[int]]:
        members: dict[int, set[int]] = defaultdict(set)
        for step, where in self.found.items():
            members[where.step].add(step)
        return members

    def _outputs(self) -> tuple[list[int], list[Block]]:
        """The results: those that follow each other in a loop as a block."""
        outputs, blocks, rest = list[int](), list[Block](), list(self.old.outputs)
        while rest:
            where = self.found.get(rest[0])
            size = self.b.loops.sizes[where.loop] if where is not None and where.loop >= 0 else 0
            if where is not None and size and self._family(rest[:size]) is not None:
                blocks.append(Block(where.step, len(outputs), ((where.loop, 1),)))
                outputs += [-1] * size
                rest = rest[size:]
            else:
                outputs.append(self._one(rest.pop(0)))
        return outputs, blocks


def _between(x: Any, y: Any) -> Any:
    """How far the second place is from the first; None if it is of another kind."""
    (kind, at), (other, to) = x, y
    if kind != other:
        return None
    if kind == "const":
        return "const"
    if kind == "same":
        return 0 if at == to else None
    return to - at
