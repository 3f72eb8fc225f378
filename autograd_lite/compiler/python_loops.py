"""Lines of Python for programs with loops: a step in a loop is a list, made by a comprehension.

Lists are nested, one level for each loop; a sum of products is `fsum(map(mul, w[i], x))`.  What has one user in the same loops is a
part of that one's expression, and what only says where to look, `item` and `along`, is an index.
"""

import operator
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from autograd_lite.compiler.indices import Indices, label, straddles
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.loops import OF_MANY, Block, Strides
from autograd_lite.compiler.operations import LEAVES, TRUTHS
from autograd_lite.compiler.places import given_once
from autograd_lite.compiler.python_writer import ATOM, LARGEST, LONGEST, Text, Writer

_OWN = {"all", "any", "enumerate", "float", "int", "list", "map", "range", "zip", "results", "sums", "row"}
_KNOWN = frozenset({"and", "or", "item", "stack", "along", *OF_MANY})
#: Conditions may be part of these: their own operands have names, so nothing that raises is left out.
_OF_TRUTHS = frozenset({"select", "and", "or", "not"})


def has_loops_for(kernel: Kernel) -> bool:
    """Whether the loops of a kernel are printed; elsewhere it is unrolled."""
    program = kernel.program
    known = all(program.ops[step] in _KNOWN for step in program.loops.over)
    return known and len(program) <= LARGEST and not straddles(program, [kernel.shared], [kernel.summed])


class LoopWriter(Writer):
    """Writes the source of a kernel with loops; see `Writer`."""

    def __init__(self, kernel: Kernel, ieee: bool | str) -> None:
        program, self.loops = kernel.program, kernel.program.loops
        leaves = [step for step, op in enumerate(program.ops) if op in ("input", "block")]
        self.labels = {step: label(program, step) for step in leaves}
        self.indices = Indices(program, set(self.labels.values()))
        super().__init__(kernel, ieee)
        self.taken |= {*_OWN, *self.indices.letters}
        self.namespace |= {"mul": operator.mul, "add": operator.add}
        #: For what has a name that one, and the loops of its lists from outside to inside.
        self.called: dict[int, str] = {}
        self.orders: dict[int, tuple[int, ...]] = {}
        #: Lists that are wanted the other way round, and what they are called so: `x_t[j][i]` is `x[i][j]`.
        self.turned: dict[str, str] = {}
        self.inner = self._find_inner()
        #: Lists of inputs by place and strides.
        self._lists: dict[object, int] = {}

    # --- what goes where ---------------------------------------------------------------------------------------------

    def _find_joinable(self) -> set[int]:
        program, found = self.program, super()._find_joinable()
        within = {output for output in program.outputs if output >= 0}
        for step, op, _ in program.computed():
            joins = self.indices.joins(step)
            within.update(joins)
            if op in _OF_TRUTHS:
                found.update([arg for arg in joins if program.ops[arg] in TRUTHS])
        for block in self.loops.blocks:
            if set(self.loops.of(block.step)) == {loop for loop, _ in block.strides}:
                within.add(block.step)
                if self.invariant[block.step] != bool(self.kernel.mapped):
                    found.add(block.step)
        return {step for step in found & within if program.ops[step] != "stack"}

    def _find_inner(self) -> dict[int, Counter[int]]:
        """For each step that is a list the loops along which whole lists of it are wanted."""
        program, inner = self.program, dict[int, int]()
        wanted: dict[int, Counter[int]] = defaultdict(Counter)

        def ask(step: int, loop: int) -> None:
            source, rounds = self.indices.place(step)
            wanted[source].update([axis for axis, text in rounds.items() if text == self.indices.letters[loop]])
            inner.setdefault(step, loop)

        for block in self.loops.blocks:
            if block.strides:
                ask(block.step, min(block.strides, key=lambda pair: abs(pair[1]))[0])
        for step in range(len(program) - 1, -1, -1):
            over = self.loops.over.get(step)
            if isinstance(over, int) and program.ops[step] not in ("item", "stack"):
                inner[step] = over
            elif step not in self.joinable:
                inner.pop(step, None)
            if step in inner:
                for arg in program.operands(step):
                    ask(arg, inner[step])
        return wanted

    def _order(self, step: int) -> tuple[int, ...]:
        """The loops of the lists that a step is kept in."""
        op, args = self.program.ops[step], self.program.args[step]
        if op == "block":
            return tuple(loop for loop, _ in sorted(args[1], key=lambda pair: -abs(pair[1])))
        first = (self.loops.over[step],) if op == "stack" else ()
        rest = [axis for axis in self.loops.of(step) if axis not in first]
        return (*first, *sorted(rest, key=lambda axis: self.inner[step][axis]))

    # --- the whole ---------------------------------------------------------------------------------------------------

    def source(self) -> str:
        kernel, program = self.kernel, self.program
        early: list[str] = []
        late: list[str] = []
        for step, op in enumerate(program.ops):
            lines = early if self.invariant[step] or not kernel.mapped else late
            if op in ("input", "block") and self.uses[step]:
                lines += self._given(step)
            elif op not in LEAVES:
                lines += self._step(step)
        summed, each = kernel.summed, kernel.each
        if kernel.mapped:
            late += self._results("sums", 0, summed, added=True)
            late += [*self._results("row", summed, each), "rows.append(row)"] if each else []
            early += [f"sums = [0.0] * {summed}", "rows = []", "for sample in samples:"]
            early += [f"    {line}" for line in late or ["pass"]] + ["return sums, rows"]
        else:
            early += [*self._results("results", 0, summed + each), "return results, []"]
        return "def program(shared, samples):\n" + "".join(f"    {line}\n" for line in self._with_turned(early))

    def _with_turned(self, lines: list[str]) -> list[str]:
        """The lines, and behind those that make a list that is wanted the other way round one that makes that."""
        found = []
        for line in lines:
            found.append(line)
            name = line.strip().partition(" = ")[0]
            if name in self.turned:
                found.append(line[: len(line) - len(line.lstrip())] + f"{self.turned[name]} = list(zip(*{name}))")
        return found

    def _given(self, step: int) -> list[str]:
        """The line that names inputs."""
        place, strides = (*self.program.args[step], ())[:2]
        known = self._lists.setdefault((place, tuple((self.loops.sizes[loop], stride) for loop, stride in strides)), step)
        self.orders[step] = self._order(step) if strides else ()
        if known != step:
            self.called[step] = self.called[known]
            return []
        own = self.labels[step]
        free = (f"{own}_{k}" if k else own for k in (0, *range(2, len(self.taken) + 3)))
        self.called[step] = self._name(next((name for name in free if name not in self.taken), "x"), place)
        mine, first = ("shared", 0) if place < self.kernel.shared else ("sample", self.kernel.shared)
        ordered = [(loop, dict(strides)[loop]) for loop in self.orders[step]]
        return [f"{self.called[step]} = {self._sliced(mine, place - first, ordered)}"]

    def _sliced(self, name: str, place: int, strides: Sequence[tuple[int, int]], base: str = "") -> str:
        """Inputs as nested lists."""
        here = " + ".join([*([base] if base else []), *([str(place)] if place or not base else [])])
        if not strides:
            return f"{name}[{here}]"
        (loop, stride), *rest = strides
        size = self.loops.sizes[loop]
        if stride == 0:
            return f"[{self._sliced(name, place, rest, base)}] * {size}"
        end = place + stride * size
        if not rest and stride > 0:
            stop = f"{base} + {place + stride * (size - 1) + 1}" if base else str(place + stride * (size - 1) + 1)
            return f"{name}[{here}:{stop}{f':{stride}' if stride != 1 else ''}]" if size else "[]"
        turn = "k" if not base else base + "k"
        return f"[{self._sliced(name, 0, rest, turn)} for {turn} in range({here}, {f'{base} + {end}' if base else end}, {stride})]"

    # --- one step ----------------------------------------------------------------------------------------------------

    def _step(self, index: int, named: bool = False) -> list[str]:
        lines, guards = [], self.guards.get(index, ())
        if not self.indices.moved(index):
            text = self._expression(index)
            if self.uses[index] == 1 and not guards and text.size <= LONGEST and index in self.joinable:
                self.texts[index] = text
                return []
            if self.uses[index] == len(guards) == 1 and self.program.ops[index] != "stack":  # only asked for
                self.texts[index] = text
            else:
                lines = self._list_of(index, text.text)
        for k in guards:
            guard = self.program.guards[k]
            truth = self._operand(index, 0 if self.loops.of(index) else ATOM)
            for loop in self.loops.of(index)[::-1]:
                truth = f"{'all' if guard.expected else 'any'}({self._list(truth, loop)})"
            lines += [f"if {'not ' * guard.expected}{truth}:  # {guard.place}", f"    return {k}"]
        return lines

    def _list_of(self, index: int, body: str) -> list[str]:
        """The line that gives a step a name."""
        self.orders[index] = self._order(index)
        for loop in self.orders[index][::-1] if self.program.ops[index] != "stack" else ():
            body = self._list(body, loop)
        self.called[index] = f"v{index}"
        return [f"v{index} = {body}"]

    def _operand(self, index: int, level: int = ATOM) -> str:
        return self._in_round(index, {}, level)

    def _in_round(self, index: int, turns: dict[str, str], level: int = ATOM) -> str:
        """A step where some loops are in other rounds than in that of their letter."""
        if index in self.texts:
            return super()._operand(index, level)
        source, rounds = self.indices.place(index)
        if self.program.ops[source] == "const":
            return super()._operand(source, level)
        rounds = {loop: turns.get(text, text) for loop, text in rounds.items()}
        if self.program.ops[source] == "position":
            return f"float({rounds[self.program.args[source][0]]})"
        return self.called[source] + "".join(f"[{rounds[loop]}]" for loop in self.orders[source])

    def _expression(self, index: int) -> Text:
        op, args, over = self.program.ops[index], self.program.args[index], self.loops.over.get(index)
        size = 1 + sum([self.texts[arg].size for arg in args if arg in self.texts])
        if over is None:
            text = super()._expression(index)
            return Text(text.text, text.level, size)
        if op == "item":
            return Text(self._in_round(args[0], {self.indices.letters[over]: f"int({self._operand(args[1], 0)})"}))
        if op == "stack":
            return Text(self._stacked(index, args, over))
        many = [arg for arg in args if op == "dot" or over in self.loops.of(arg)]
        lists = [self._whole(arg, over) for arg in many]
        rest = [self._operand(arg, 0) for arg in args if arg not in many]
        if index in self.optional:
            self._use_ieee(index)
            return Text(f"{self.optional[index]}({', '.join([*[f'*{one}' for one in lists], *rest])})", size=size)
        if op == "dot":
            lists = [f"map(mul, {', '.join(lists)})"]
        whole = lists[0] if len(lists) == 1 and not rest else f"[{', '.join([*[f'*{one}' for one in lists], *rest])}]"
        name = {"sum": "fsum", "dot": "fsum", "and": "all", "or": "any"}.get(op, op)
        if op in ("max", "min"):
            self._use(op)
            whole = ", ".join([*[f"*{one}" for one in lists], *rest])
        return Text(f"{name}({whole})", size=size)

    def _stacked(self, index: int, args: Sequence[int], over: int) -> str:
        rest = [loop for loop in self._order(index) if loop != over]
        parts = []
        for turn, arg in enumerate(args):
            part = self._in_round(arg, {self.indices.letters[over]: str(turn)}, 0)
            for loop in rest[::-1]:
                part = self._list(part, loop)
            parts.append(part)
        return f"[{parts[0]}] * {len(parts)}" if len(set(parts)) == 1 else f"[{', '.join(parts)}]"

    # --- lists -------------------------------------------------------------------------------------------------------

    def _whole(self, step: int, loop: int) -> str:
        """All rounds of a step, one after the other."""
        if step in self.texts and self.program.ops[step] == "mul":
            x, y = self.program.args[step]
            if {x, y}.isdisjoint(self.texts) and all(loop in self.loops.of(one) for one in (x, y)):
                return f"map(mul, {self._whole(x, loop)}, {self._whole(y, loop)})"
        return self._list(self._operand(step, 0), loop)

    def _list(self, body: str, loop: int) -> str:
        """What a text is in all rounds of a loop."""
        letter, size = self.indices.letters[loop], self.loops.sizes[loop]
        turned = re.fullmatch(rf"(v\d+|[^\W\d]\w*)\[{letter}\]\[(\w+)\]", body)
        if turned and size and turned[2] != letter and turned[1] in self._doubles():
            if turned[1] not in self.turned:
                self.turned[turned[1]] = self._free(f"{turned[1]}_t")
            return f"{self.turned[turned[1]]}[{turned[2]}]"
        if not re.search(rf"\b{letter}\b", body):
            return f"[{body}] * {size}"
        one = self._one_list(body, letter)
        if one is None:
            return f"[{body} for {letter} in range({size})]"
        prefix, element = one
        body = body.replace(f"{prefix}[{letter}]", element)
        return prefix if body == element else f"[{body} for {element} in {prefix}]"

    def _doubles(self) -> set[str]:
        """The lists of lists, by name."""
        return {self.called[step] for step, order in self.orders.items() if len(order) == 2 and step in self.called}

    def _one_list(self, text: str, letter: str) -> tuple[str, str] | None:
        """The one list of which a text needs the element of a round, and a name for that, if it needs the round for nothing else."""
        found = re.findall(rf"(?<![\w\]])((?:[^\W\d]\w*)(?:\[\w+\])*)\[{letter}\]", text)
        if len(set(found)) != 1 or len(found) != len(re.findall(rf"\b{letter}\b", text)):
            return None
        prefix = found[0]
        if any(f" for {part} in " in text for part in re.findall(r"\w+", prefix)):
            return None
        return prefix, self._free(re.sub(r"\W+", "_", prefix).strip("_") + f"_{letter}")

    def _free(self, name: str) -> str:
        """A name that no input has or will have."""
        while name in self.taken or name in self.labels.values():
            name += "_"
        return name

    # --- results -----------------------------------------------------------------------------------------------------

    def _results(self, name: str, first: int, count: int, added: bool = False) -> list[str]:
        """Lines that make a list of results, or add them to one, from a place on."""
        outputs = self.program.outputs[first : first + count]
        blocks = [block for block in self.loops.blocks if first <= block.place < first + count]
        parts = None if added else self._in_order(outputs, first, blocks)
        if parts is not None:
            alone = len(parts) == 1 and parts[0].startswith("*[")
            return [f"{name} = {parts[0][1:]}" if alone else f"{name} = [{', '.join(parts)}]"]
        lines = [] if added else [f"{name} = [0.0] * {count}"]
        for k, output in enumerate(outputs):
            if output >= 0:
                lines.append(f"{name}[{k}] {'+' * added}= {self._operand(output, 0)}")
        added = added or not given_once(self.program.outputs, self.loops, first, first + count)
        for block in blocks:
            lines += self._block(block, name, block.place - first, added)
        return lines

    def _in_order(self, outputs: Sequence[int], first: int, blocks: Sequence[Block]) -> list[str] | None:
        """The results as the parts of a list, if each is one by itself or a whole list."""
        parts = {k: (self._operand(output, 0), 1) for k, output in enumerate(outputs) if output >= 0}
        for block in blocks:
            if len(block.strides) != 1 or block.strides[0][1] != 1 or block.place - first in parts:
                return None
            loop = block.strides[0][0]
            text = f"*{self._list(self._operand(block.step, 0), loop)}"
            parts[block.place - first] = (text, self.loops.sizes[loop])
        place, found = 0, []
        for start, (text, size) in sorted(parts.items()):
            if start != place:
                return None
            found.append(text)
            place += size
        return found if place == len(outputs) else None

    def _block(self, block: Block, name: str, place: int, added: bool) -> list[str]:
        """Lines for results in loops: whole parts of the list at once."""
        strides: Strides = tuple(sorted(block.strides, key=lambda pair: -abs(pair[1])))
        number, text = self.indices.counted, self._operand(block.step, 0)
        outer = strides
        if strides and (moving := [pair for pair in strides if pair[1] > 0]):
            loop, stride = moving[-1]
            outer = tuple(pair for pair in strides if pair[0] != loop)
            end = place + stride * (self.loops.sizes[loop] - 1) + 1
            part = f"{name}[{number(place, outer)}:{number(end, outer)}{f':{stride}' if stride != 1 else ''}]"
            text = self._list(text, loop)
            line = f"{part} = map(add, {part}, {text})" if added else f"{part} = {text}"
        else:
            line = f"{name}[{number(place, strides)}] {'+' * added}= {text}"
        lines = [line]
        for loop, _ in outer[::-1]:
            lines = self._looped(loop, lines)
        return lines

    def _looped(self, loop: int, lines: list[str]) -> list[str]:
        """Lines in a loop; where they need one element of a list, with that."""
        letter, size = self.indices.letters[loop], self.loops.sizes[loop]
        head = f"for {letter} in range({size}):"
        prefixes = set(re.findall(rf"(?<![\w\]])((?:[^\W\d]\w*)(?:\[\w+\])*)\[{letter}\]", "\n".join(lines)))
        if len(prefixes) == 1 and len(lines) == 1:
            (prefix,) = prefixes
            one = self._one_list(f"{prefix}[{letter}]", letter)
            if one and not any(f" for {part} in " in lines[0] for part in re.findall(r"\w+", prefix)):
                head = f"for {letter}, {one[1]} in enumerate({prefix}):"
                lines = [lines[0].replace(f"{prefix}[{letter}]", one[1])]
        return [head, *[f"    {line}" for line in lines]]
