"""Lines of C for the steps of a program: a line for each, in the loops that it is in.

Steps in the same loops share a nest, where it does not come too early for what they need.  What only its own nest needs is a local
variable, what another one needs an array.  What is added up over a loop is computed where it is added.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.indices import Indices
from autograd_lite.compiler.loops import MOVED, Block
from autograd_lite.compiler.lowering import INSTRUCTIONS, LIBRARY
from autograd_lite.compiler.operations import LEAVES, SIGNS, TRUTHS
from autograd_lite.compiler.places import given_once
from autograd_lite.compiler.program import Program

_ATOM = 9
#: How an operation is written, how tightly that binds, and how tightly its operands must.
_SPELLING: dict[str, tuple[str, int, tuple[int, ...]]] = {
    "add": ("{} + {}", 2, (2, 3)), "sub": ("{} - {}", 2, (2, 3)), "mul": ("{} * {}", 3, (3, 4)), "div": ("{} / {}", 3, (3, 4)),
    "neg": ("-{}", 4, (5,)), "select": ("{} ? {} : {}", 0, (1, 2, 2)), "not": ("!{}", 4, (5,)),
    "and": ("{} && {}", 1, (_ATOM, _ATOM)), "or": ("{} || {}", 1, (_ATOM, _ATOM)),
    **{op: (f"{{}} {sign} {{}}", 1, (2, 2)) for op, sign in SIGNS.items()},
}  # fmt: skip
_FUNCTIONS = INSTRUCTIONS | LIBRARY
#: An expression may hold this many operations.
_LONGEST = 6
#: How what is over a loop begins, and how it goes on.
_FOLDS = {
    "sum": ("0.0", "{0} += {1};"), "and": ("1", "{0} = {0} && {1};"), "or": ("0", "{0} = {0} || {1};"),
    "max": ("-INFINITY", "if ({1} > {0} || {1} != {1}) {0} = {1};"), "min": ("INFINITY", "if ({1} < {0} || {1} != {1}) {0} = {1};"),
}  # fmt: skip


@dataclass
class _Nest:
    """Loops inside each other, and in them steps, and blocks of results."""

    loops: tuple[int, ...]
    steps: list[int] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


class Body:
    """The lines of a function.

    Parameters
    ----------
    program : Program
        In the core.
    given : dict of str to int
        The arrays that the inputs are in, one after the other, and how many are in each.
    taken : dict of str to int
        The arrays that take the results, one after the other; the empty name is for the value that is returned.
    number : callable
        How a number is written.
    real : str
        The type of numbers.
    name : str
        Of the function.

    Attributes
    ----------
    read : set of str
        The arrays that are read.
    exact : bool
        Whether a sum is rounded once.
    """

    def __init__(
        self,
        program: Program,
        given: Mapping[str, int],
        taken: Mapping[str, int],
        number: Callable[[float], str],
        real: str,
        name: str,
    ) -> None:
        self.program, self.loops, self.given, self.taken = program, program.loops, given, taken
        self.number, self.real, self.suffix = number, real, "f" if real == "float" else ""
        self.indices, self.uses = Indices(program, {name}), program.uses()
        self.read, self.exact = set[str](), False
        self._joined = self._find_joined() if self.loops.sizes else set()
        self._texts: dict[int, tuple[str, int]] = {}
        self._nests: list[_Nest] = []
        #: For a step the number of its nest; which are kept in arrays.
        self._level: dict[int, int] = {}
        self._stored: set[int] = set()
        for step, op, _ in program.computed():
            if not self.indices.moved(step) and step not in self._joined:
                over = self.loops.over[step] if op == "stack" else None
                loops = tuple(loop for loop in self.loops.of(step) if loop != over)
                self._level[step] = self._nest(loops, [step])
                self._nests[self._level[step]].steps.append(step)
        for block in self.loops.blocks:
            loops = tuple(sorted({*self.loops.of(block.step), *[loop for loop, _ in block.strides]}))
            self._nests[self._nest(loops, [], block.step)].blocks.append(block)
        self._stored.update(source for output in program.outputs if output >= 0 for source, _ in self._sources(output, ()))
        self._stored = {step for step in self._stored if self.loops.of(step)}

    # --- what goes where ---------------------------------------------------------------------------------------------

    def _find_joined(self) -> set[int]:
        """Steps that are a part of the expression of their only user."""
        program, sizes, found = self.program, dict[int, int](), set[int]()
        once = {
            step
            for step, op, _ in program.computed()
            if self.uses[step] == 1 and op not in MOVED and step not in self.loops.over and step not in program.outputs
        }
        for step, op, _ in program.computed():
            joins = [] if op in ("item", "max", "min") else [arg for arg in self.indices.joins(step) if arg in once]
            joins = [arg for arg in joins if sizes[arg] <= _LONGEST]
            found.update(joins)
            sizes[step] = 1 + sum(sizes[arg] for arg in joins)
        for block in self.loops.blocks:
            if block.step in once and set(self.loops.of(block.step)) == {loop for loop, _ in block.strides}:
                found.add(block.step)
        return found

    def _sources(self, step: int, loops: tuple[int, ...]) -> Iterator[tuple[int, bool]]:
        """The steps that the expression of one in these loops is made of, and whether it takes them of its own round."""
        if step in self._joined:
            yield from [one for arg in self.program.operands(step) for one in self._sources(arg, loops)]
            return
        source, rounds = self.indices.place(step)
        if self.program.ops[source] not in LEAVES:
            own = all(text == self.indices.letters[loop] for loop, text in rounds.items())
            yield source, own and self.loops.of(source) == loops and self.program.ops[source] != "stack"

    def _nest(self, loops: tuple[int, ...], steps: Sequence[int], *operands: int) -> int:
        """The first nest in loops that comes behind all that steps and operands need, or a new one; notes what must be stored."""
        sources = [one for operand in operands for one in self._sources(operand, loops)]
        for step in steps:
            for place, arg in enumerate(self.program.operands(step)):
                within = place or self.program.ops[step] != "item"
                sources += [(source, own and bool(within)) for source, own in self._sources(arg, loops)]
        earliest = max([self._level[source] + (not own) for source, own in sources], default=0)
        found = next((k for k in range(earliest, len(self._nests)) if self._nests[k].loops == loops), len(self._nests))
        if found == len(self._nests):
            self._nests.append(_Nest(loops))
        self._stored.update(source for source, own in sources if not own or self._level[source] != found)
        self._stored.update(step for step in steps if self.program.ops[step] == "stack")
        return found

    def _order(self, step: int) -> tuple[int, ...]:
        """The loops of the array that a step is kept in."""
        order = self._inwards(self._nests[self._level[step]])
        return (self.loops.over[step], *order) if self.program.ops[step] == "stack" else order

    def _inwards(self, nest: _Nest) -> tuple[int, ...]:
        """The loops of a nest from outside to inside: inside what most that is read or given lies together along."""
        leaves = [self.program.args[arg] for step in nest.steps for arg in self._leaves(step)]
        views = [*[args[1] for args in leaves if len(args) > 1], *[block.strides for block in nest.blocks]]
        views += [self.program.args[arg][1] for block in nest.blocks for arg in self._leaves(block.step)]
        return tuple(sorted(nest.loops, key=lambda loop: sum(dict(view).get(loop) == 1 for view in views)))

    def _leaves(self, step: int) -> list[int]:
        """The blocks of inputs that a step is computed from."""
        if self.program.ops[step] == "block":
            return [step]
        inner = [arg for arg in self.program.operands(step) if arg in self._joined or self.program.ops[arg] == "block"]
        return [leaf for arg in inner for leaf in self._leaves(arg)]

    # --- lines -------------------------------------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The lines of the function."""
        cleared = [name for name in self.taken if name and not self._once(name)]
        lines = [line for nest in self._nests for line in self._nest_lines(nest, cleared)]
        for place, output in enumerate(self.program.outputs):
            name, first = self._array(place, self.taken)
            if output >= 0 and name:
                lines.append(f"{name}[{place - first}] {'+' * (name in cleared)}= {self._text(output)};")
        if "" in self.taken:
            lines.append(f"return {self._text(self.program.outputs[0])};")
        letter = self.indices.first
        zeros = [f"for (int {letter} = 0; {letter} < {self.taken[name]}; {letter}++)" for name in cleared]
        before = [
            line
            for name, head in zip(cleared, zeros, strict=True)
            for line in (head, f"    {name}[{letter}] = 0.0{self.suffix};")
        ]
        return [*self._arrays(), *before, *lines]

    def _once(self, name: str) -> bool:
        """Whether each place of an array is given once."""
        first = self._first(name, self.taken)
        blocks = any(first <= block.place < first + self.taken[name] for block in self.loops.blocks)
        return not blocks or given_once(self.program.outputs, self.loops, first, first + self.taken[name])

    def _arrays(self) -> list[str]:
        """The lines that declare arrays."""
        kinds: dict[str, list[str]] = {}
        for step in sorted(self._stored):
            if self._table(step) is None:
                sizes = "".join(f"[{max(1, self.loops.sizes[loop])}]" for loop in self._order(step))
                kinds.setdefault(self._type(step), []).append(f"t{step}{sizes}")
        rows = [(kind, names[k : k + 8]) for kind, names in kinds.items() for k in range(0, len(names), 8)]
        return [f"{kind} {', '.join(names)};" for kind, names in rows]

    def _type(self, step: int) -> str:
        return "int" if self._truth(step) else self.real

    def _nest_lines(self, nest: _Nest, cleared: Sequence[str]) -> list[str]:
        """The lines of a nest."""
        lines = [line for step in nest.steps for line in self._step(step)]
        for block in nest.blocks:
            name, first = self._array(block.place, self.taken)
            at = self.indices.counted(block.place - first, block.strides)
            lines.append(f"{name}[{at}] {'+' * (name in cleared)}= {self._text(block.step)};")
        for loop in self._inwards(nest)[::-1]:
            lines = self._looped(loop, lines)
        return lines

    def _looped(self, loop: int, lines: Sequence[str]) -> list[str]:
        letter, braces = self.indices.letters[loop], len(lines) > 1
        head = f"for (int {letter} = 0; {letter} < {self.loops.sizes[loop]}; {letter}++)"
        return [head + " {" * braces, *[f"    {line}" for line in lines], *["}"] * braces]

    def _step(self, step: int) -> list[str]:
        """The lines that compute a step in its round."""
        op, args, over = self.program.ops[step], self.program.args[step], self.loops.over.get(step)
        if op == "stack":
            return self._stack(step, args, over)
        if over is not None and op != "item":
            return self._fold(step, op, args, over)
        text = self._item(args, over) if op == "item" else self._expression(op, args)[0]
        return [f"{self._named(step)} = {text};"]

    def _named(self, step: int, fixed: bool = True) -> str:
        """What is left of the sign where a step is given its number: an array's element, or a new variable."""
        if step in self._stored:
            return self._at(step, {loop: self.indices.letters[loop] for loop in self.loops.of(step)})
        return f"{'const ' * fixed}{self._type(step)} t{step}"

    def _truth(self, step: int) -> bool:
        """Whether a step is a truth and no number."""
        op, args = self.program.ops[step], self.program.args[step]
        return op in TRUTHS or (op in MOVED and self._truth(args[0]))

    def _table(self, step: int) -> list[str] | None:
        """For a list of numbers these."""
        args = self.program.args[step]
        if self.program.ops[step] != "stack" or any(self.program.ops[arg] != "const" for arg in args):
            return None
        return [self.number(self.program.args[arg][0]) for arg in args]

    def _stack(self, step: int, args: Sequence[int], over: Any) -> list[str]:
        table = self._table(step)
        if table is not None:
            return [f"static const {self.real} t{step}[{len(table)}] = {{{', '.join(table)}}};"]
        lines, letter = [], self.indices.letters[over]
        here = {loop: self.indices.letters[loop] for loop in self.loops.of(step)}
        if len(set(args)) == 1:
            return self._looped(over, [f"{self._at(step, here)} = {self._text(args[0])};"])
        for turn, arg in enumerate(args):
            text = self._in_round(arg, {letter: str(turn)})
            lines.append(f"{self._at(step, {**here, over: str(turn)})} = {text};")
        return lines

    def _fold(self, step: int, op: str, args: Sequence[int], over: int) -> list[str]:
        """What is over a loop: what is taken once first, then round by round."""
        many = [arg for arg in args if op == "dot" or over in self.loops.of(arg)]
        rest = [self._text(arg, 3) for arg in args if arg not in many]
        if op == "fsum":
            return self._exact(step, many, rest, over)
        texts = (
            [self._expression("mul", args)[0]]
            if op == "dot"
            else [self._text(arg, _ATOM if op in ("and", "or") else 2) for arg in many]
        )
        start, form = _FOLDS["sum" if op == "dot" else op]
        first = f"{self._named(step, fixed=False)} = {rest.pop(0) if rest else start + self.suffix * (start == '0.0')};"
        name = self._text(step)
        return [
            first,
            *[form.format(name, one) for one in rest],
            *self._looped(over, [form.format(name, one) for one in texts]),
        ]

    def _exact(self, step: int, many: Sequence[int], rest: Sequence[str], over: int) -> list[str]:
        """A sum that is rounded once, of what is in an array or is put into one."""
        self.exact, letter, size = True, self.indices.letters[over], self.loops.sizes[over]
        count = size * len(many) + len(rest)
        if not count:
            return [f"{self._named(step)} = 0.0{self.suffix};"]
        text = self._text(many[0])
        source, _ = self.indices.place(many[0])
        if count == size and source in self._stored and re.fullmatch(rf"t\d+(\[\w+\])*\[{letter}\]", text):
            row = text[: -len(letter) - 2]
            if letter not in re.findall(r"\w+", row):
                return [f"{self._named(step)} = sum_of({row}, {size});"]
        terms = f"terms{step}"
        lines = [f"{terms}[{letter}{f' + {k * size}' if k else ''}] = {self._text(arg)};" for k, arg in enumerate(many)]
        return [
            f"{self.real} {terms}[{count}];",
            *self._looped(over, lines),
            *[f"{terms}[{size * len(many) + k}] = {one};" for k, one in enumerate(rest)],
            f"{self._named(step)} = sum_of({terms}, {count});",
        ]

    # --- expressions -------------------------------------------------------------------------------------------------

    def _text(self, step: int, level: int = 0) -> str:
        """A step in its round."""
        if step in self._joined:
            if step not in self._texts:
                self._texts[step] = self._expression(self.program.ops[step], self.program.args[step])
            text, binds = self._texts[step]
            return text if binds >= level else f"({text})"
        return self._in_round(step, {})

    def _in_round(self, step: int, turns: Mapping[str, str]) -> str:
        """A step where some loops are in other rounds than in that of their letter."""
        source, rounds = self.indices.place(step)
        return self._at(source, {loop: turns.get(text, text) for loop, text in rounds.items()})

    def _at(self, step: int, rounds: Mapping[int, str]) -> str:
        """A number, where it is kept, in a round."""
        op, args = self.program.ops[step], self.program.args[step]
        if op == "const":
            return self.number(args[0])
        if op == "position":
            return f"({self.real}){rounds[args[0]]}"
        if op in ("input", "block"):
            name, first = self._array(args[0], self.given)
            self.read.add(name)
            return f"{name}[{self.indices.counted(args[0] - first, args[1] if op == 'block' else (), rounds)}]"
        return f"t{step}" + "".join(f"[{rounds[loop]}]" for loop in (self._order(step) if step in self._stored else ()))

    def _item(self, args: Sequence[int], over: Any) -> str:
        """One round, found by a number that is computed; nan if there is none."""
        k, letter = self._text(args[1], _ATOM), self.indices.letters[over]
        there = f"{k} > -1.0 && {k} < {self.loops.sizes[over]}.0"
        return f"{there} ? {self._in_round(args[0], {letter: f'(int){k}'})} : {'0' if self._truth(args[0]) else 'NAN'}"

    def _expression(self, op: str, args: Sequence[int]) -> tuple[str, int]:
        """What an operation is, and how tightly that binds."""
        if op in _SPELLING:
            form, level, levels = _SPELLING[op]
            return form.format(*[self._text(arg, least) for arg, least in zip(args, levels, strict=True)]), level
        texts = [self._text(arg, 2 * (op == "sum")) for arg in args]
        if op == "sum":
            return " + ".join(texts), 2
        if op == "fsum":
            self.exact = True
            return f"sum_of((const {self.real}[]){{{', '.join(texts)}}}, {len(args)})", _ATOM
        if op in _FUNCTIONS:
            return f"{_FUNCTIONS[op]}{self.suffix}({', '.join(texts)})", _ATOM
        raise UnsupportedOperation(f"C has no function for the operation {op!r}; the Python target and machine code do")

    def _first(self, name: str, arrays: Mapping[str, int]) -> int:
        """The place at which an array begins."""
        return sum(arrays[one] for one in list(arrays)[: list(arrays).index(name)])

    def _array(self, place: int, arrays: Mapping[str, int]) -> tuple[str, int]:
        """The array that a place is in, and where that begins."""
        name = next(name for name in arrays if place < self._first(name, arrays) + arrays[name])
        return name, self._first(name, arrays)
