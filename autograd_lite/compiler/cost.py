"""What a program will cost, predicted: a weight for each operation, added up.

The weights are nanoseconds, measured by `benchmarks/operation_costs.py` on one processor (an x86 server with registers of
eight doubles, CPython 3.11) and rounded.  They take no account of what an operation waits for, of caches, or of another
processor.  So the prediction tells which of two programs costs more and where the time goes; it is no stopwatch.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograd_lite.compiler.loops import MOVED, Body, Part
from autograd_lite.compiler.operations import rule_of

if TYPE_CHECKING:
    from autograd_lite.compiler.program import Program

#: For Python source, machine code for single numbers, and machine code for a sample of a batch.
_WEIGHTS: dict[str, tuple[float, float, float]] = {
    "add sub mul": (7.5, 0.5, 0.1),
    "neg detach": (5.0, 0.3, 0.05),
    "div": (12.0, 0.8, 0.3),
    "lt le gt ge eq ne and or not copysign abs step": (12.0, 0.3, 0.1),
    "select relu leaky_relu sign maximum minimum": (20.0, 0.5, 0.2),
    "clamp": (36.0, 0.6, 0.3),
    "floor ceil trunc": (48.0, 0.4, 0.1),
    "degrees radians": (10.0, 0.5, 0.3),
    "sqrt": (17.0, 1.6, 1.1),
    "softsign": (50.0, 1.0, 0.7),
    "mod fmod": (15.0, 6.0, 6.0),
    "floordiv": (17.0, 10.0, 15.0),
    "exp": (18.0, 4.0, 1.5),
    "expm1": (19.0, 5.0, 2.0),
    "sin cos": (20.0, 5.0, 2.2),
    "log": (55.0, 5.0, 1.3),
    "log1p": (22.0, 7.0, 1.4),
    "tanh": (24.0, 8.0, 3.0),
    "exp2": (16.0, 4.0, 6.0),
    "log2 log10 tan asin acos atan sinh cosh erf erfc hypot": (20.0, 5.0, 20.0),
    "cbrt asinh acosh atanh atan2 remainder": (23.0, 11.0, 25.0),
    "pow exp10": (50.0, 12.0, 30.0),
    "sec csc xlog1py": (50.0, 6.0, 3.0),
    "cot acot": (52.0, 6.0, 20.0),
    "sigmoid": (70.0, 5.0, 2.0),
    "logit softplus log_sigmoid": (85.0, 12.0, 5.0),
    "xlogy silu coth acoth sech": (100.0, 5.0, 2.0),
    "gelu ndtr": (90.0, 4.5, 18.0),
    "asec acsc asech acsch csch sinpi cospi": (130.0, 13.0, 30.0),
    "elu selu": (25.0, 5.5, 2.5),
    "gamma lgamma": (42.0, 20.0, 40.0),
    "logaddexp": (200.0, 15.0, 6.0),
    "round": (330.0, 1600.0, 1600.0),
    "sinc sinc_derivative erfinv erfcinv": (2000.0, 3500.0, 3500.0),
    "digamma polygamma": (4500.0, 5700.0, 6000.0),
    # For each operand.
    "sum fsum prod": (30.0, 0.5, 0.1),
    "dot": (40.0, 1.0, 0.2),
    "max min": (500.0, 0.5, 0.2),
    "logsumexp softmax log_softmax": (600.0, 8.0, 6.0),
}
_WEIGHT = {op: weights for ops, weights in _WEIGHTS.items() for op in ops.split()}
_UNKNOWN = (300.0, 20.0, 20.0)  # a primitive of the user's


@dataclass(frozen=True)
class Cost:
    """A prediction, in seconds, for one run of a program; the call from Python is not in it.

    Attributes
    ----------
    python : float
        As Python source.
    llvm : float
        As machine code.
    sample : float
        As machine code that runs over a batch, for each sample.
    """

    python: float
    llvm: float
    sample: float

    def __iter__(self) -> Iterator[float]:
        return iter((self.python, self.llvm, self.sample))

    def __str__(self) -> str:
        return (
            f"{_time(self.python)} in Python source, {_time(self.llvm)} in machine code, {_time(self.sample)} "
            "for each sample of a batch"
        )


def predicted(program: "Program") -> Cost:
    """What one run of a program will cost.

    Examples
    --------
    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); x = b.input("x")
    >>> print(predicted(b.finish([b.emit("tanh", b.emit("mul", x, x))])))
    32 ns in Python source, 8.5 ns in machine code, 3.1 ns for each sample of a batch
    """
    totals = [0.0, 0.0, 0.0]
    for op, count in times(program):
        for k, weight in enumerate(_WEIGHT.get(op, _UNKNOWN)):
            totals[k] += weight * count
    return Cost(*[total * 1e-9 for total in totals])


def times(program: "Program") -> Iterator[tuple[str, int]]:
    """Each operation, and how many it is in a straight line, where one of many operands counts for each of them."""
    loops = program.loops
    for step, op, args in program.computed():
        rule, over = rule_of(op), loops.over.get(step)
        count = math.prod(loops.sizes[loop] for loop in loops.of(step))
        if isinstance(over, Body):
            yield from ((inner, count * loops.sizes[over.loop] * each) for inner, each in times(over.program))
            continue
        if op in MOVED or isinstance(over, Part):
            count = 0
        elif over is not None:
            count *= loops.sizes[over] * (2 if op == "dot" else 1)
        elif rule is not None and rule.variadic:
            count *= len(args)
        yield op, count


def fused(program: "Program") -> int:
    """How many products go into a sum or difference and nowhere else: machine code does the two in one instruction.

    >>> from autograd_lite.compiler.program import Builder
    >>> b = Builder(); w, x, c = (b.input(name) for name in "wxc")
    >>> fused(b.finish([b.emit("add", b.emit("mul", w, x), c)]))
    1
    """
    uses, ops = program.uses(), program.ops
    return sum(
        any(ops[arg] == "mul" and uses[arg] == 1 for arg in args)
        for _, op, args in program.computed()
        if op in ("add", "sub")
    )


def _time(seconds: float) -> str:
    """Two digits and a unit."""
    for unit, size in (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3)):
        if seconds < 999.5 * size:
            number = seconds / size
            return f"{number:.2g} {unit}" if number < 99.5 else f"{number:.0f} {unit}"
    return f"{seconds:.2g} s"
