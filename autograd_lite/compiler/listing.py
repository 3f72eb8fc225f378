"""A program as text for people: operation, operands, value and derivative of each step."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd_lite.compiler.program import Program


def listing(program: "Program", inputs: Sequence[float] | None, limit: int) -> str:
    """See `Program.listing`."""
    count, results = program.size, len(program.outputs)
    head = f"{program.name}({', '.join(_shortened(program.names))}) -> "
    head += f"{results} result{'s' * (results != 1)}, {count} operation{'s' * (count != 1)}"
    lines = [head]
    if program.report.before:
        lines.append(f"  {program.report}")
    values = program.values(inputs) if inputs is not None else None
    checks = {guard.index: guard for guard in program.guards}
    steps: list[tuple[str, str, str]] = []
    for index in _listed(len(program), limit):
        if index is None:
            steps.append((f"... {len(program) - limit} more", "", ""))
            continue
        text = f"%{index} = {_step(program, index)}"
        value = f"{values[index]:.9g}" if values is not None else ""
        slope = program.slopes.get(index)
        steps.append((text, value, f"{values[slope]:.9g}" if values is not None and slope is not None else ""))
        if index in checks:
            guard = checks[index]
            steps.append((f"    guard %{index} is {guard.expected}  ({guard.place})", "", ""))
    if values is None:
        lines += [f"  {text}" for text, _, _ in steps]
    else:
        wide = max(len(text) for text, _, _ in steps) + 2
        lines.append(f"  {'step':{wide}}{'value':>16}{'derivative':>16}")
        lines += [f"  {text:{wide}}{value:>16}{slope:>16}".rstrip() for text, value, slope in steps]
    lines.append(f"  return {' '.join(_shortened([f'%{output}' for output in program.outputs]))}")
    return "\n".join(lines)


def _step(program: "Program", index: int) -> str:
    op, args = program.ops[index], program.args[index]
    if op == "input":
        return f"input {program.names[args[0]]}"
    if op == "const":
        return f"const {args[0]!r}"
    return f"{op} {' '.join(_shortened([f'%{arg}' for arg in args]))}"


def _listed(count: int, limit: int) -> list[int | None]:
    if count <= limit:
        return list(range(count))
    half = limit // 2
    return [*range(half), None, *range(count - (limit - half), count)]


def _shortened(words: Sequence[str], most: int = 12) -> list[str]:
    return list(words) if len(words) <= most else [*words[: most - 2], f"... {len(words) - most + 1} more", words[-1]]


__all__ = ["listing"]
