"""Lines of Python for the steps of a program, and the function around them.

One line for a step (short arithmetic is joined into one expression), inputs under their labels, functions under their names.
A program too long for one function is cut into several, which hand results on in a list.

Both sides of a choice are computed before it, and nobody asks for the one that is not taken.  So what only sides of choices need
does not raise, but answers as IEEE floats do; the eager engine has that for slopes that Python raises for.
"""

import ast
import keyword
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, count
from typing import Any

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.operations import RAISES, SIGNS, TRUTHS, evaluate, may_raise, rule_of
from autograd_lite.compiler.program import places
from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.evaluate import compile_rule
from autograd_lite.rules.floats import FLOATS, INTRINSICS
from autograd_lite.rules.ieee import IEEE
from autograd_lite.rules.rule import CONSTANTS

ATOM = 9
#: How an operation is written, how tightly that binds (a call or a name is an atom), and how tightly its operands must.
_SPELLING: dict[str, tuple[str, int, tuple[int, ...]]] = {
    "add": ("{} + {}", 1, (1, 2)), "sub": ("{} - {}", 1, (1, 2)), "mul": ("{} * {}", 2, (2, 3)), "div": ("{} / {}", 2, (2, 3)),
    "mod": ("{} % {}", 2, (2, 3)), "floordiv": ("{} // {}", 2, (2, 3)), "neg": ("-{}", 3, (4,)),
    "not": ("not {}", 0, (ATOM,)), "select": ("{1} if {0} else {2}", 0, (ATOM,) * 3),
    **{op: (f"{{}} {sign} {{}}", 0, (ATOM, ATOM)) for op, sign in {**SIGNS, "and": "and", "or": "or"}.items()},
}  # fmt: skip
#: An expression may hold this many operations, a function this many steps.
LONGEST, LARGEST = 10, 2000
#: What raises in Python source, and not in the engine, for infinities of both signs.
_SUMS = frozenset({"sum", "fsum", "dot"})


@dataclass(slots=True)
class Text:
    """An expression not yet given a name: its text, how tightly it binds, how many operations it holds."""

    text: str
    level: int = ATOM
    size: int = 0


class Writer:
    """Writes the source of a kernel without loops, in which `program(shared, samples)` is what it gives.

    Parameters
    ----------
    kernel : Kernel
    ieee : bool
        Answer with infinities and nan where Python raises.

    Attributes
    ----------
    namespace : dict
        What the source refers to.
    """

    def __init__(self, kernel: Kernel, ieee: bool | str) -> None:
        self.kernel = kernel
        self.program = kernel.program
        self.invariant = kernel.invariant()
        self.namespace: dict[str, Any] = {"fsum": math.fsum, "inf": math.inf, "nan": math.nan}
        self.texts: dict[int, Text] = {}
        self.uses = self.program.uses()
        self.joinable = self._find_joinable()
        #: For a step the numbers of the guards that test it.
        self.guards = places([guard.index for guard in self.program.guards])
        self.optional = self._find_optional(ieee)
        names = (FLOATS.functions, CONSTANTS, RULES, dir(__builtins__), _OWN, self.optional.values())
        self.taken = set(INTRINSICS).union(*names)

    def _find_joinable(self) -> set[int]:
        """Steps whose only user is arithmetic, a call or a result, where an expression can stand in place of a name."""
        program, invariant = self.program, self.invariant
        found: set[int] = set()
        for index, op, args in program.computed():
            if _SPELLING[op][1] > 0 if op in _SPELLING else _template(op) is None:
                # Not into a loop what is computed once before it.
                found.update([arg for arg in args if invariant[arg] == invariant[index]])
        return found | {output for output in program.outputs if invariant[output] != bool(self.kernel.mapped)}

    def _find_optional(self, everything: bool | str) -> dict[int, str]:
        """What may raise and is needed by the sides of choices only, or everything, or all but checks: for each such step the name
        of its function."""
        program = self.program
        if not everything and "select" not in program.ops:
            return {}
        steps = list(zip(program.ops, program.args, strict=True))
        certain = replace(program, args=[args[:1] if op == "select" else args for op, args in steps])
        needed = certain.needed([*program.roots, *program.checks])
        const = [args[0] if op == "const" else None for op, args in steps]
        kept = set(program.checks if everything == "slopes" else ())
        spare = [
            (index, op, args[-1])
            for index, op, args in program.computed()
            if (everything and index not in kept) or not needed[index]
        ]
        return {index: f"ieee_{op}" for index, op, last in spare if op in _SUMS or may_raise(op, const[last])}

    def _name(self, label: str, place: int) -> str:
        """A name for the input at a place, its label if that will do."""
        clean = unicodedata.normalize("NFKC", re.sub(r"\W", "_", label))  # as Python reads it: "ﬁ" is "fi" there
        if not clean.isidentifier() or keyword.iskeyword(clean) or clean in self.taken or _NUMBERED.match(clean):
            more = (f"input_{place}{'_' * k}" for k in count())  # an input may be read by itself and in several lists
            clean = next(name for name in chain([f"x_{place}"], more) if name not in self.taken)
        self.taken.add(clean)
        return clean

    # --- the whole ---------------------------------------------------------------------------------------------------

    def source(self) -> str:
        """The source."""
        self.names = [self._name(label, place) for place, label in enumerate(self.program.names)]
        steps = [index for index, _, _ in self.program.computed()]
        return self._in_parts(steps) if len(steps) > LARGEST else self._in_one(steps)

    def _in_one(self, steps: Sequence[int]) -> str:
        """One function, on local variables."""
        shared, plain = self.kernel.shared, self.kernel.shared - self.kernel.values
        before = [f"{_unpacked(self.names[:plain])} = shared"] if plain else []
        before += [f"{_unpacked(self.names[plain:shared])} = values"] if plain < shared else []
        for place, index in self.program.inputs().items():
            name = self.names[place]
            if plain <= place < shared:
                once = self.uses[index] == 1 and index in self.joinable
                before += [f"{name} = {name}._number"] if self.uses[index] and not once else []
                name += "._number" * once
            self.texts[index] = Text(name)
        before += [line for k in steps if self.invariant[k] for line in self._step(k)]
        inside = [line for k in steps if not self.invariant[k] for line in self._step(k)]
        results = [self._operand(out, 0) for out in self.program.outputs]
        return self._function(before, _unpacked(self.names[shared:]), inside, results)

    def _function(self, before: list[str], row: str, inside: list[str], results: list[str]) -> str:
        """The function around the steps: what is done before the loop over the samples, and in it."""
        kernel, lines = self.kernel, list(before)
        if kernel.mapped:
            sums = [f"s{k}" for k in range(kernel.summed)]
            inside = inside + [f"{name} += {result}" for name, result in zip(sums, results, strict=False)]
            if kernel.each:
                inside.append(f"rows.append(({', '.join(results[kernel.summed :])},))")
            lines += [*[f"{name} = 0.0" for name in sums], "rows = []", f"for {row} in samples:"]
            lines += [f"    {line}" for line in inside or ["pass"]]
            lines.append(f"return [{', '.join(sums)}], rows")
        else:
            lines.append(f"return [{', '.join(results)}], []")
        second = "values" if kernel.values else "samples"
        return "\n".join([f"def program(shared, {second}):", *[f"    {line}" for line in lines]]) + "\n"

    def _in_parts(self, steps: Sequence[int]) -> str:
        """Functions of `LARGEST` steps each; `m[k]` is the result of step k where another part needs it."""
        program, shared = self.program, self.kernel.shared
        plain = shared - self.kernel.values
        home = {step: k // LARGEST for k, step in enumerate(steps)}
        crossing = {arg for step in steps for arg in program.operands(step) if home.get(arg, -1) != home[step]}
        crossing |= set(program.outputs)
        parts, calls = [], []
        for number, first in enumerate(range(0, len(steps), LARGEST)):
            lines = self._part(steps[first : first + LARGEST], crossing)
            parts.append(f"def part{number}(m):\n" + "".join(f"    {line}\n" for line in lines))
            calls += [f"flip = part{number}(m)", "if flip is not None:", "    return flip"]
        inputs = sorted(program.inputs().items())
        before = [f"m = [0.0] * {len(program)}", *[f"m[{index}] = shared[{k}]" for k, index in inputs if k < plain]]
        before += [f"m[{index}] = values[{k - plain}]._number" for k, index in inputs if plain <= k < shared]
        samples = [f"m[{index}] = sample[{k - shared}]" for k, index in inputs if k >= shared]
        results = [repr(program.args[out][0]) if program.ops[out] == "const" else f"m[{out}]" for out in program.outputs]
        mapped = bool(self.kernel.mapped)
        return "".join(parts) + self._function(before + calls * (not mapped), "sample", samples + calls * mapped, results)

    def _part(self, steps: Sequence[int], crossing: set[int]) -> list[str]:
        """The lines of one part: what it takes from others first, what others need at once."""
        own, lines = set(steps), []
        self.texts = {}
        for step in steps:
            for arg in self.program.operands(step):
                if self.program.ops[arg] != "const" and arg not in own and arg not in self.texts:
                    lines.append(f"v{arg} = m[{arg}]")
                    self.texts[arg] = Text(f"v{arg}")
            lines += self._step(step, named=step in crossing)
            if step in crossing:
                lines.append(f"m[{step}] = v{step}")
        return lines

    # --- one step ----------------------------------------------------------------------------------------------------

    def _step(self, index: int, named: bool = False) -> list[str]:
        """The lines for a step: none if it will be part of another expression."""
        program = self.program
        text = self._expression(index)
        guards = self.guards.get(index, ())
        if self.uses[index] == 1 and not guards and not named and text.size <= LONGEST and index in self.joinable:
            self.texts[index] = text
            return []
        lines = [f"v{index} = {text.text}"]
        self.texts[index] = Text(f"v{index}")
        for k in guards:
            guard = program.guards[k]
            lines.append(f"if {'not ' * guard.expected}v{index}:  # {guard.place}")
            lines.append(f"    return {k}")
        return lines

    def _operand(self, index: int, level: int = ATOM) -> str:
        if self.program.ops[index] == "const":
            number = self.program.args[index][0]
            negative = number < 0.0 or (number == 0.0 and math.copysign(1.0, number) < 0.0)
            return f"({number!r})" if negative else repr(number)
        known = self.texts[index]
        return known.text if known.level >= level else f"({known.text})"

    def _expression(self, index: int) -> Text:
        op, args = self.program.ops[index], self.program.args[index]
        size = 1 + sum([self.texts[arg].size for arg in args if arg in self.texts])
        if index in self.optional:
            self._use_ieee(index)
            return Text(f"{self.optional[index]}({', '.join(self._operand(arg, 0) for arg in args)})", ATOM, size)
        if op in _SPELLING:
            form, level, levels = _SPELLING[op]
            operands = [self._operand(arg, least) for arg, least in zip(args, levels, strict=True)]
            return Text(form.format(*operands), level, LONGEST + 1 if op in TRUTHS else size)
        if op == "dot":
            half = len(args) // 2
            pairs = [f"{self._operand(x, 2)} * {self._operand(y, 3)}" for x, y in zip(args[:half], args[half:], strict=True)]
            return Text(f"fsum(({', '.join(pairs)}{',' * (half == 1)}))", ATOM, size)
        if op in ("sum", "fsum"):
            return Text(f"fsum(({', '.join(self._operand(arg, 0) for arg in args)},))", ATOM, size)
        template = _template(op)
        if op.startswith(RAISES):
            self.namespace[op] = lambda *numbers: evaluate(op, numbers)
            return Text(f"{op}({', '.join(self._operand(arg, 0) for arg in args)})", ATOM, size)
        if template is not None:
            text, level = template
            return Text(text(*[self._operand(arg) for arg in args]), level, size)
        self._use(op)
        return Text(f"{op}({', '.join(self._operand(arg, 0) for arg in args)})", ATOM, size)

    def _use(self, op: str) -> None:
        """Let the source call an operation by its name."""
        rule = rule_of(op)
        assert rule is not None
        known = None if rule.variadic else FLOATS.functions.get(op)
        self.namespace[op] = known or compile_rule(rule, FLOATS).forward

    def _use_ieee(self, index: int) -> None:
        """Let the source call the operation of a step that answers as IEEE floats do."""
        rule = rule_of(self.program.ops[index])
        assert rule is not None
        self.namespace[self.optional[index]] = compile_rule(rule, IEEE).forward


_OWN = {"shared", "samples", "values", "sample", "rows", "program", "flip", "m", "fsum"}
_NUMBERED = re.compile(r"(v|s|part)\d+$")


def _unpacked(names: Sequence[str]) -> str:
    """Names as the target of an assignment."""
    return f"{', '.join(names)}{',' * (len(names) == 1)}" or "_"


def _template(op: str) -> tuple[Callable[..., str], int] | None:
    """For a short piecewise rule (relu, clamp, maximum, ...) its text with the operands put in, to save a call."""
    rule = rule_of(op)
    return None if rule is None or rule.variadic or rule.let else _template_of(rule)


@lru_cache(maxsize=4096)
def _template_of(rule: Rule) -> tuple[Callable[..., str], int] | None:
    tree = ast.parse(rule.forward, mode="eval")
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    if any(isinstance(node, ast.Call | ast.Pow) for node in ast.walk(tree)) or not set(names) <= set(rule.arguments):
        return None
    pieces = re.split(r"\b(" + "|".join(rule.arguments) + r")\b", ast.unparse(tree))

    def text(*operands: str) -> str:
        put = dict(zip(rule.arguments, operands, strict=True))
        return "".join(put[piece] if k % 2 else piece for k, piece in enumerate(pieces))

    return text, 0
