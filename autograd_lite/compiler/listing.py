"""A program as text for people: operation, operands, value and derivative of each step; what the passes did; its cost.

Inputs go by their names and constants by their numbers, so that a line reads like the formula it stands for.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd_lite.compiler.cost import fused
from autograd_lite.compiler.loops import WORTH_LOOPS, Body, Part

if TYPE_CHECKING:
    from autograd_lite.compiler.program import Program

#: So many operations in no loop, beside others, are worth a line.
_MUCH = 60
#: Loops by number.
_LETTERS = "ijkmnpqrstuvw"


def listing(program: "Program", inputs: Sequence[float] | None, limit: int) -> str:
    """See `Program.listing`."""
    names = _names(program)
    lines = [_head(program), *_steps(program, names, inputs, limit)]
    lines += _results(program, names) + _straight(program)
    return "\n".join([*lines, *_footer(program)])


def _results(program: "Program", names: list[str]) -> list[str]:
    """What is given back: single steps, and those in loops by where their rounds go; then how long the loops are."""
    loops, single = program.loops, [names[output] for output in program.outputs if output >= 0]
    lines = [f"  return {' '.join(_shortened(single))}".rstrip()] if single or not loops.blocks else []
    lines += [f"  return[{_place(block.place, block.strides)}] = {names[block.step]}" for block in loops.blocks]
    if loops.sizes:
        bodies = {over.loop for over in loops.over.values() if isinstance(over, Body)}
        used = sorted({loop for axes in loops.axes.values() for loop in axes} | bodies)
        lines.append("  loops: " + ", ".join(f"{_loop(loop)} of {loops.sizes[loop]}" for loop in used))
    return lines


def _straight(program: "Program") -> list[str]:
    """Of a large program what is in no loop, if that is much, and why."""
    loops, counts = program.loops, program.counts()
    looped = [step for step in range(len(program)) if loops.of(step) or step in loops.over]
    single = Counter(counts) - Counter(program.ops[step] for step in looped)
    if single.total() < (_MUCH if looped else 10 * _MUCH):
        return []
    few = len(program.names) < WORTH_LOOPS
    other = f"a function of fewer than {WORTH_LOOPS:,} numbers is not looked through: a straight line runs faster"
    why = program.straight or (other if few else "only machine code has loops")
    most = ", ".join(f"{op} {count:,}" for op, count in single.most_common(4))
    return [f"  straight: {single.total():,} operations in no loop ({most})", f"  why: {why}"]


def _loop(number: int) -> str:
    """What a loop is called."""
    return _LETTERS[number] if number < len(_LETTERS) else f"i{number}"


def _place(place: int, strides: Sequence[tuple[int, int]]) -> str:
    terms = [f"{_loop(loop)}" if stride == 1 else f"{stride} {_loop(loop)}" for loop, stride in strides]
    return " + ".join([*([str(place)] if place or not terms else []), *terms])


def _head(program: "Program") -> str:
    results = counted(len(program.outputs), "result")
    return f"{program.name}({', '.join(_shortened(program.names))}) -> {results}, {counted(program.size, 'operation')}"


def _names(program: "Program") -> list[str]:
    """What each step is called: an input by its name if that is one word and nobody else's, a constant by its number."""
    clear = {name for name, count in Counter(program.names).items() if count == 1 and name.split() == [name]}
    steps = enumerate(zip(program.ops, program.args, strict=True))
    names = [repr(args[0]) if op == "const" else f"%{index}" for index, (op, args) in steps]
    for place, index in program.inputs().items():
        if program.names[place] in clear:
            names[index] = program.names[place]
    return names


def _steps(program: "Program", names: list[str], inputs: Sequence[float] | None, limit: int) -> list[str]:
    values = program.values(inputs) if inputs is not None else None
    shown = [
        index
        for index, op in enumerate(program.ops)
        if op != "const" and (op != "input" or values is not None or names[index].startswith("%"))
    ]
    rows: list[tuple[str, str, str]] = []
    for index in _listed(shown, limit):
        if index is None:
            rows.append((f"... {len(shown) - limit} more", "", ""))
            continue
        slope = program.slopes.get(index)
        value = "" if values is None or program.ops[index] == "scan" else _number(values[index])
        rows.append((_step(program, names, index), value, "" if values is None or slope is None else _number(values[slope])))
        over = program.loops.over.get(index)
        rows += [(f"    {line}", "", "") for line in _of_body(over, limit)] if isinstance(over, Body) else []
        rows += [
            (f"    guard {names[index]} is {guard.expected}  ({guard.place})", "", "")
            for guard in program.guards
            if guard.index == index
        ]
    if values is None:
        return [f"  {text}" for text, _, _ in rows]
    wide = max([len(text) for text, _, _ in rows if not text.startswith("    ")] + [16]) + 2
    columns = [max([len(row[k]) + 2 for row in rows] + [14]) for k in (1, 2)]
    head = f"  {'step':{wide}}{'value':>{columns[0]}}{'derivative':>{columns[1]}}"
    return [head, *[f"  {text:{wide}}{value:>{columns[0]}}{slope:>{columns[1]}}".rstrip() for text, value, slope in rows]]


def _number(value: Any) -> str:
    if isinstance(value, dict):  # of a step in loops the least and the greatest
        numbers = list(value.values())
        return " to ".join(dict.fromkeys([_number(min(numbers)), _number(max(numbers))]))
    return str(value) if isinstance(value, bool) else f"{value:.9g}"


def _step(program: "Program", names: list[str], index: int) -> str:
    op, args = program.ops[index], program.args[index]
    loops = program.loops
    inside = f"[{', '.join(map(_loop, loops.of(index)))}]" if loops.of(index) else ""
    if op == "block":
        return f"{names[index]}{inside} = inputs[{_place(*args)}]"
    if op == "position":
        return f"{names[index]}{inside} = {_loop(args[0])}"
    if op == "input":
        name = program.names[args[0]]
        return f"{names[index]} = input" + (f" {name}" if names[index] != name else "")
    about = _about(loops.over.get(index))
    return f"{names[index]}{inside} = {op}{about} {' '.join(_shortened([names[arg] for arg in args]))}"


def _about(over: Any) -> str:
    """What a step is over, or which of the results of a scan it is."""
    if over is None or isinstance(over, int):
        return "" if over is None else f" over {_loop(over)}"
    if isinstance(over, Part):
        return f" {over.k}"
    if isinstance(over, Body):
        return f" {'backwards ' * over.backwards}over {_loop(over.loop)}"
    return f" {_loop(over[0])} as {_loop(over[1])}"


def _of_body(body: Body, limit: int) -> list[str]:
    """The lines of what a scan does in a round."""
    program = body.program
    names = _names(program)
    taken = f" takes {' '.join(_shortened(program.names[body.carried : body.carried + body.taken]))}" if body.taken else ""
    shared = program.names[body.carried + body.taken :]
    head = f"carries {' '.join(_shortened(program.names[: body.carried]))}{taken}"
    outputs = [names[output] if output >= 0 else "-" for output in program.outputs]
    next_ones, given = _shortened(outputs[: body.carried]), _shortened(outputs[body.carried :])
    return [
        f"  {head}{' shares ' + ' '.join(_shortened(shared)) if shared else ''}",
        *_steps(program, names, None, limit),
        f"  next {' '.join(next_ones)}{' gives ' + ' '.join(given) if given else ''}",
    ]


def _footer(program: "Program") -> list[str]:
    """A row for each pass, and the prediction; nothing for a program that no pass has seen."""
    report = program.report
    if not report.changed:
        return []
    rows = [*report.passes, ("fused multiply-add", report.after, report.after - fused(program))]
    lines = [f"  {'pass':22}{'before':>8}{'after':>8}"]
    lines += [f"  {name:22}{before:>8}{after:>8}" for name, before, after in rows]
    lines[-1] += "  (in machine code)"
    return [*lines, f"  predicted: {program.cost()}"]


def _listed(shown: list[int], limit: int) -> list[int | None]:
    if len(shown) <= limit:
        return list(shown)
    half = limit // 2
    return [*shown[:half], None, *shown[len(shown) - (limit - half) :]]


def counted(count: int, what: str) -> str:
    """So many of something, in words.

    >>> counted(1, "result"), counted(2, "operation")
    ('1 result', '2 operations')
    """
    return f"{count} {what}{'s' * (count != 1)}"


def _shortened(words: Sequence[str], most: int = 12) -> list[str]:
    return list(words) if len(words) <= most else [*words[: most - 2], f"... {len(words) - most + 1} more", words[-1]]
