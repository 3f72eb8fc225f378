"""Where the eager engine raises, compiled code must not go on: the checks of a program as one guard.

An operation that the eager engine raises for gives an infinity or nan in machine code, which may disappear again: 1 / (1 / x)
at 0 is 0, and what no result depends on is not even looked at.  So `Program.checks` are computed whatever the results need, and
machine code adds up zero times each of them: the sum is 0.0 if all are finite, otherwise nan, and a guard that does not hold;
those in the same loops have a sum and a guard in each round.
What then happens is what happens at any guard: the eager engine is asked, or the function is recorded for the other way.

Most checks cost nothing.  What is not finite stays so through sums and products, up to a result that is tested anyway or to
another check; and in Python source an operation raises by itself, unless a pass has made something else of it.
"""

from collections.abc import Iterable
from dataclasses import replace

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.operations import LEAVES, TOTAL, may_raise, rule_of
from autograd_lite.compiler.program import Builder, Guard, Program
from autograd_lite.compiler.symbols import Symbol, forward_of
from autograd_lite.rules import table

#: What is not finite where an operand is not, the first one of a quotient.
_CARRYING = frozenset({
    "add", "sub", "mul", "neg", "abs", "sum", "fsum", "dot", "prod", "div", "sqrt", "log", "log2", "log10", "log1p", "sin", "cos",
    "tan", "sinh", "cosh", "asinh", "asin", "acos", "cbrt", "degrees", "radians", "floor", "ceil", "trunc", "detach",
})  # fmt: skip
_TABLE = {rule.name for group in vars(table).values() if isinstance(group, list) for rule in group}
#: Rows whose text divides inside of what is finite at infinity: the result does not show that they raise.
_HIDING = frozenset({"acot", "acotd"})
#: What the guard is said to be for, where an error names a line.
PLACE = "an operation that is not defined everywhere"


def checked(kernel: Kernel, machine: bool, tested: Iterable[int] = (), poisoned: bool = False) -> Kernel:
    """The kernel with a guard, behind its own, that fails where an operation would raise; for steps in loops others.

    Parameters
    ----------
    kernel : Kernel
    machine : bool
        For machine code; in Python source most operations raise by themselves.
    tested : iterable of int
        Steps that somebody asks whether they are finite: the outputs of a compiled function.
    poisoned : bool, default False
        Make nan of the last output instead.

    Examples
    --------
    >>> b = Builder(); x = b.input("x")
    >>> y = b.emit("div", b.const(1.0), b.emit("div", b.const(1.0), x))
    >>> program = b.finish([y], checks=[2, 3])
    >>> print(checked(Kernel(program, 1, 1), machine=True, tested=program.outputs).program)
    program(x) -> 1 result, 4 operations
      %2 = div 1.0 x
      %4 = mul %2 0.0
      %5 = div 1.0 %2
      %6 = eq %4 0.0
          guard %6 is True  (an operation that is not defined everywhere)
      return %5
    """
    program = kernel.program
    steps = _uncovered(program, machine, tested)
    if not steps:
        return replace(kernel, program=replace(program, checks=[] if machine else program.checks))
    b, new, over = Builder(), [-1] * len(program), program.loops.over
    b.names, b.loops.sizes = program.names, program.loops.sizes
    totals: dict[tuple[int, ...], int] = {}
    for index, (op, args) in enumerate(zip(program.ops, program.args, strict=True)):
        new[index] = b.append(op, args if op in LEAVES else tuple([new[arg] for arg in args]), over.get(index))
        for step in _shown(b, new[index]) if index in steps else ():
            term, loops = b.emit("mul", step, b.const(0.0)), b.loops.of(step)
            totals[loops] = b.emit("add", totals[loops], term) if loops in totals else term
    found = program.renumbered(new, b)
    found.checks = [] if machine else found.checks
    for loops, total in totals.items():
        if poisoned:
            for loop in loops:
                total = b.emit("sum", total, over=loop)
            found.outputs[-1] = b.emit("add", found.outputs[-1], total)
        else:  # at the end, where no register is in want
            found.guards = [*found.guards, Guard(b.emit("eq", total, b.const(0.0)), True, PLACE)]
    return replace(kernel, program=found)


def _uncovered(program: Program, machine: bool, tested: Iterable[int]) -> set[int]:
    """The checks that nothing else shows."""
    checks = {step for step in program.checks if machine or program.ops[step] in TOTAL}
    covered, steps = [False] * len(program), set()
    for step in tested:
        covered[step] = True
    for index in range(len(program) - 1, -1, -1):
        if index in checks and (not covered[index] or _hides(program.ops[index])):
            steps.add(index)
            covered[index] = True
        if covered[index] and program.ops[index] in _CARRYING:
            for arg in program.args[index][: 1 if program.ops[index] == "div" else None]:
                covered[arg] = True
    return steps


def _hides(op: str) -> bool:
    """Whether an operation may raise without a trace in its result in machine code: one of the user's may."""
    return op in _HIDING or (may_raise(op) and op not in _TABLE)


def _shown(b: Builder, step: int) -> list[int]:
    """What is not finite where a step raises: itself, or what its text is made of."""
    rule = rule_of(b.ops[step])
    if rule is None or rule.is_intrinsic or not _hides(rule.name):
        return [step]
    first = len(b.ops)
    forward_of(rule)(*[Symbol(b, arg) for arg in b.args[step]])
    inner = [index for index in range(first, len(b.ops)) if may_raise(b.ops[index])]
    return [one for index in inner for one in _shown(b, index)]
