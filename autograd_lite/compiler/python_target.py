"""Programs as Python source: straight-line code on local variables, with no dependency.

The source is meant to be read and stepped through: one line for a step (short arithmetic is joined into one expression),
inputs under their labels, functions under their names.  It is registered with `linecache`, so a debugger shows it.
A program too long for one function is cut into several, which hand results on in a list.
"""

import ast
import itertools
import keyword
import linecache
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.operations import SIGNS, rule_of
from autograd_lite.compiler.passes import optimize, text_form
from autograd_lite.compiler.program import Program
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.rule import CONSTANTS

_serial = itertools.count()
#: Operators, and how tightly they bind; a call or a name is 9.
_INFIX = {
    "add": (" + ", 1),
    "sub": (" - ", 1),
    "mul": (" * ", 2),
    "div": (" / ", 2),
    "mod": (" % ", 2),
    "floordiv": (" // ", 2),
}
_ATOM = 9
#: An expression may hold this many operations, a function this many steps.
_LONGEST, _LARGEST = 10, 2000
#: What is no expression, or one in which an operand stands more than once.
_APART = frozenset({"input", "const", "select", "and", "or", "not"})
#: Written out by the text of the table; the others of any number of arguments have a function in Python.
_EXPANDED = frozenset({"softmax", "log_softmax", "logsumexp"})


@dataclass
class PythonCode:
    """A program as a Python function.

    Attributes
    ----------
    source : str
    function : callable
        `function(shared, samples)` gives `(sums, rows)`, or the number of a guard that did not hold.  Without inputs that
        belong to a sample it runs once, and `sums` are all the outputs.
    """

    source: str
    function: Callable[[Sequence[float], Sequence[Sequence[float]]], Any]


def compile_python(kernel: Kernel) -> PythonCode:
    """Turn a kernel into a Python function.

    Examples
    --------
    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); w, x = b.input("w"), b.input("x")
    >>> code = compile_python(Kernel(b.finish([b.emit("tanh", b.emit("mul", w, x))]), shared=1, summed=1))
    >>> print(code.source, end="")
    def program(shared, samples):
        w, = shared
        s0 = 0.0
        rows = []
        for x, in samples:
            s0 += tanh(w * x)
        return [s0], rows
    >>> code.function([1.0], [[0.0], [0.5]])
    ([0.46211715726000974], [])
    """
    program = kernel.program
    if not _EXPANDED.isdisjoint(program.ops):
        program = optimize(program, lambda op: text_form(op) if op in _EXPANDED else None)
    writer = _Writer(Kernel(program, kernel.shared, kernel.summed))
    source = writer.source()
    filename = f"<compiled {program.name} {next(_serial)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), writer.namespace)
    return PythonCode(source, writer.namespace["program"])


@dataclass(slots=True)
class _Text:
    """An expression not yet given a name: its text, how tightly it binds, how many operations it holds."""

    text: str
    level: int = _ATOM
    size: int = 0


@dataclass
class _Part:
    """The lines of one function, and which results it takes from earlier ones and hands to later ones."""

    lines: list[str] = field(default_factory=list)
    known: set[int] = field(default_factory=set)


class _Writer:
    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.program = kernel.program
        self.invariant = kernel.invariant()
        self.namespace: dict[str, Any] = {"fsum": math.fsum, "inf": math.inf, "nan": math.nan}
        self.texts: dict[int, _Text] = {}
        self.uses = self._count_uses()
        self.joinable = self._find_joinable()
        #: For a step the numbers of the guards that test it.
        self.guards: dict[int, list[int]] = {}
        for k, guard in enumerate(self.program.guards):
            self.guards.setdefault(guard.index, []).append(k)
        self.taken = set(FLOATS.functions) | set(CONSTANTS) | set(RULES) | set(dir(__builtins__)) | _OWN
        self.names = self._input_names()

    def _count_uses(self) -> list[int]:
        uses = [0] * len(self.program)
        for index in range(len(self.program)):
            for arg in self.program.operands(index):
                uses[arg] += 1
        for index in (*self.program.outputs, *(guard.index for guard in self.program.guards)):
            uses[index] += 1
        return uses

    def _find_joinable(self) -> set[int]:
        """Steps whose only user is arithmetic, a call or a result, where an expression can stand in place of a name."""
        program, invariant = self.program, self.invariant
        found: set[int] = set()
        for index, op in enumerate(program.ops):
            if op in _INFIX or op in ("neg", "fsum") or (op not in _APART and op not in SIGNS and _template(op) is None):
                # Not into a loop what is computed once before it.
                found.update([arg for arg in program.args[index] if invariant[arg] == invariant[index]])
        return found | {output for output in program.outputs if invariant[output] != bool(self.kernel.mapped)}

    def _input_names(self) -> list[str]:
        names: list[str] = []
        for k, name in enumerate(self.program.names):
            clean = re.sub(r"\W", "_", name)
            if not clean.isidentifier() or keyword.iskeyword(clean) or clean in self.taken or _NUMBERED.match(clean):
                clean = f"x_{k}" if f"x_{k}" not in self.taken else f"input_{k}"
            self.taken.add(clean)
            names.append(clean)
        return names

    # --- the whole ---------------------------------------------------------------------------------------------------

    def source(self) -> str:
        steps = [k for k, op in enumerate(self.program.ops) if op not in ("input", "const")]
        if len(steps) > _LARGEST:
            return self._in_parts(steps)
        kernel, names = self.kernel, self.names
        shared, sample = names[: kernel.shared], names[kernel.shared :]
        lines = ["def program(shared, samples):"]
        if shared:
            lines.append(f"    {', '.join(shared)}{',' * (len(shared) == 1)} = shared")
        self._inputs_by_name()
        lines += ["    " + line for k in steps if self.invariant[k] for line in self._step(k)]
        if not kernel.mapped:
            results = ", ".join(self._operand(out, 0) for out in self.program.outputs)
            return "\n".join([*lines, f"    return [{results}], []"]) + "\n"
        lines += [f"    s{k} = 0.0" for k in range(kernel.summed)]
        lines.append("    rows = []")
        row = f"{', '.join(sample)}{',' * (len(sample) == 1)}" if sample else "_"
        lines.append(f"    for {row} in samples:")
        lines += ["        " + line for k in steps if not self.invariant[k] for line in self._step(k)]
        lines += ["        " + line for line in self._collect([self._operand(out, 0) for out in self.program.outputs])]
        if lines[-1].endswith("samples:"):
            lines.append("        pass")
        sums = ", ".join(f"s{k}" for k in range(kernel.summed))
        lines.append(f"    return [{sums}], rows")
        return "\n".join(lines) + "\n"

    def _collect(self, outputs: Sequence[str]) -> list[str]:
        summed = self.kernel.summed
        lines = [f"s{k} += {output}" for k, output in enumerate(outputs[:summed])]
        if self.kernel.each:
            lines.append(f"rows.append(({', '.join(outputs[summed:])},))")
        return lines

    def _inputs_by_name(self) -> None:
        for index, (op, args) in enumerate(zip(self.program.ops, self.program.args, strict=True)):
            if op == "input":
                self.texts[index] = _Text(self.names[args[0]])

    def _in_parts(self, steps: list[int]) -> str:
        """Functions of `_LARGEST` steps each; `m[k]` is the result of step k where another part needs it."""
        program = self.program
        place = {
            index: args[0] for index, (op, args) in enumerate(zip(program.ops, program.args, strict=True)) if op == "input"
        }
        home = {step: k // _LARGEST for k, step in enumerate(steps)}
        crossing = {arg for step in steps for arg in program.operands(step) if home.get(arg, -1) != home[step]}
        crossing |= set(program.outputs)
        parts: list[str] = []
        for number, chunk in enumerate(_chunks(steps)):
            part = _Part()
            self.texts = {}
            for step in chunk:
                for arg in program.operands(step):
                    if program.ops[arg] != "const" and home.get(arg, -1) != number and arg not in part.known:
                        part.known.add(arg)
                        part.lines.append(f"v{arg} = m[{arg}]")
                        self.texts[arg] = _Text(f"v{arg}")
                part.lines += self._step(step, named=step in crossing)
                if step in crossing:
                    part.lines.append(f"m[{step}] = v{step}")
            parts.append(f"def part{number}(m):\n" + "".join(f"    {line}\n" for line in part.lines))
        lines = ["def program(shared, samples):", f"    m = [0.0] * {len(program)}"]
        loads = sorted(place.items(), key=lambda pair: pair[1])
        lines += [f"    m[{index}] = shared[{k}]" for index, k in loads if k < self.kernel.shared]
        lines += [f"    s{k} = 0.0" for k in range(self.kernel.summed)]
        if not self.kernel.mapped:
            return "".join(parts) + "\n".join([*lines, *self._calls(len(parts), "    ")]) + "\n"
        lines += ["    rows = []", "    for sample in samples:"]
        lines += [f"        m[{index}] = sample[{k - self.kernel.shared}]" for index, k in loads if k >= self.kernel.shared]
        lines += self._calls(len(parts), "        ")
        lines += ["        " + line for line in self._collect(self._stored())]
        lines.append(f"    return [{', '.join(f's{k}' for k in range(self.kernel.summed))}], rows")
        return "".join(parts) + "\n".join(lines) + "\n"

    def _stored(self) -> list[str]:
        ops, args = self.program.ops, self.program.args
        return [repr(args[out][0]) if ops[out] == "const" else f"m[{out}]" for out in self.program.outputs]

    def _calls(self, count: int, indent: str) -> list[str]:
        lines = []
        for number in range(count):
            lines += [f"flip = part{number}(m)", "if flip is not None:", "    return flip"]
        if not self.kernel.mapped:
            lines.append(f"return [{', '.join(self._stored())}], []")
        return [indent + line for line in lines]

    # --- one step ----------------------------------------------------------------------------------------------------

    def _step(self, index: int, named: bool = False) -> list[str]:
        """The lines for a step: none if it will be part of another expression."""
        program = self.program
        text = self._expression(index)
        guards = self.guards.get(index, ())
        if self.uses[index] == 1 and not guards and not named and text.size <= _LONGEST and index in self.joinable:
            self.texts[index] = text
            return []
        lines = [f"v{index} = {text.text}"]
        self.texts[index] = _Text(f"v{index}")
        for k in guards:
            guard = program.guards[k]
            lines.append(f"if {'not ' * guard.expected}v{index}:  # {guard.place}")
            lines.append(f"    return {k}")
        return lines

    def _operand(self, index: int, level: int = _ATOM) -> str:
        if self.program.ops[index] == "const":
            number = self.program.args[index][0]
            negative = number < 0.0 or (number == 0.0 and math.copysign(1.0, number) < 0.0)
            return f"({number!r})" if negative else repr(number)
        known = self.texts[index]
        return known.text if known.level >= level else f"({known.text})"

    def _size(self, operands: Sequence[int]) -> int:
        return 1 + sum([self.texts[arg].size for arg in operands if arg in self.texts])

    def _expression(self, index: int) -> _Text:
        op, args = self.program.ops[index], self.program.args[index]
        size = self._size(args)
        if op in _INFIX:
            sign, level = _INFIX[op]
            return _Text(f"{self._operand(args[0], level)}{sign}{self._operand(args[1], level + 1)}", level, size)
        if op == "neg":
            return _Text(f"-{self._operand(args[0], 4)}", 3, size)
        if op in SIGNS:
            return _Text(f"{self._operand(args[0])} {SIGNS[op]} {self._operand(args[1])}", 0, _LONGEST + 1)
        if op in ("and", "or", "not"):
            words = [self._operand(arg) for arg in args]
            return _Text(f" {op} ".join(words) if op != "not" else f"not {words[0]}", 0, _LONGEST + 1)
        if op == "select":
            condition, x, y = [self._operand(arg) for arg in args]
            return _Text(f"{x} if {condition} else {y}", 0, size)
        if op == "dot":
            half = len(args) // 2
            pairs = [f"{self._operand(x, 2)} * {self._operand(y, 3)}" for x, y in zip(args[:half], args[half:], strict=True)]
            return _Text(f"fsum(({', '.join(pairs)}{',' * (half == 1)}))", _ATOM, size)
        if op in ("sum", "fsum"):
            return _Text(f"fsum(({', '.join(self._operand(arg, 0) for arg in args)},))", _ATOM, size)
        template = _template(op)
        if template is not None:
            text, level = template
            return _Text(text(*[self._operand(arg) for arg in args]), level, size)
        rule = rule_of(op)
        assert rule is not None
        known = None if rule.variadic else FLOATS.functions.get(op)
        self.namespace[op] = known or compile_rule(rule, FLOATS).forward
        operands = ", ".join(self._operand(arg, 0) for arg in args)
        return _Text(f"{op}({operands})", _ATOM, size)


_OWN = {"shared", "samples", "sample", "rows", "program", "flip", "m", "fsum"}
_NUMBERED = re.compile(r"(v|s|part)\d+$")


def _chunks(steps: list[int]) -> list[list[int]]:
    return [steps[k : k + _LARGEST] for k in range(0, len(steps), _LARGEST)]


@lru_cache(maxsize=4096)
def _template(op: str) -> tuple[Callable[..., str], int] | None:
    """For a short piecewise rule (relu, clamp, maximum, ...) its text with the operands put in, to save a call."""
    rule = rule_of(op)
    if rule is None or rule.variadic or rule.let:
        return None
    tree = ast.parse(rule.forward, mode="eval")
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    if any(isinstance(node, ast.Call | ast.Pow) for node in ast.walk(tree)) or not set(names) <= set(rule.arguments):
        return None
    pieces = re.split(r"\b(" + "|".join(rule.arguments) + r")\b", ast.unparse(tree))

    def text(*operands: str) -> str:
        put = dict(zip(rule.arguments, operands, strict=True))
        return "".join(put[piece] if k % 2 else piece for k, piece in enumerate(pieces))

    return text, 0


def python_source(program: Program) -> str:
    """The program as Python source."""
    return compile_python(Kernel(program, len(program.names), 0)).source


__all__ = ["PythonCode", "compile_python", "python_source"]
