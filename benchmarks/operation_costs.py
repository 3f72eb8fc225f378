"""What each operation costs in each target: `python benchmarks/operation_costs.py`.

Prints the table that `autograd_lite/compiler/cost.py` predicts with, in nanoseconds.  For each operation a program of many
independent copies of it, each on operands of its own, minus the same program without it; the least of several rounds, since
whatever else the machine does only ever adds.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

from autograd_lite import RULES
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm import compile_llvm
from autograd_lite.compiler.operations import COMPARISONS
from autograd_lite.compiler.program import Builder
from autograd_lite.compiler.python_target import compile_python

COPIES, INPUTS, ELEMENTS = 96, 8, 4
TARGETS = ("python", "llvm", "batch")
#: Their first operand must be a plain number; `select` stands for `where`.
LEFT_OUT = ("where", "polygamma", "softmax", "log_softmax")


def least(call: Callable[[], Any], rounds: int = 7) -> float:
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found)


def kernel(op: str, arity: int, point: list[float], mapped: bool) -> tuple[Kernel, list[float]]:
    """`COPIES` times the operation (nothing if `op` is empty) on shifted inputs, all added up."""
    b = Builder()
    inputs = [b.input(f"x{k}") for k in range(INPUTS)]
    numbers = [point[k % len(point)] for k in range(INPUTS)]
    sums = [b.const(0.0)] * 8
    for copy in range(COPIES):
        operands = []
        for k in range(arity):
            place = (copy + k) % INPUTS
            while numbers[place] != point[k]:
                place = (place + 1) % INPUTS
            operands.append(b.emit("add", inputs[place], b.const(1e-6 * (copy + 1))))
        if op in COMPARISONS:
            result = b.emit("select", b.emit(op, *operands), operands[0], operands[1])
        elif op == "select":
            result = b.emit(op, b.emit("lt", operands[0], operands[1]), operands[2], operands[0])
        elif op:
            result = b.emit(op, *operands)
        else:
            result = operands[0]
            for other in operands[1:]:
                sums[(copy + 1) % 8] = b.emit("add", sums[(copy + 1) % 8], other)
        sums[copy % 8] = b.emit("add", sums[copy % 8], result)
    total = sums[0]
    for one in sums[1:]:
        total = b.emit("add", total, one)
    return Kernel(b.finish([total]), 0 if mapped else INPUTS, 1), numbers


def inside(op: str, arity: int) -> list[float]:
    """A point in the domain."""
    rule = RULES.get(op)
    point = [0.75, 0.5, 0.25, 0.9][:arity]
    if op == "acosh":
        return [1.75]
    if op == "round":
        return [0.75, 2.0]
    for k, (low, high) in enumerate(rule.box[:arity] if rule else ()):
        if not low <= point[k] <= high:
            point[k] = (low + high) / 2
    return point


def seconds(target: str, op: str, arity: int, point: list[float]) -> float:
    """A run of the program, or a sample of a batch."""
    one, numbers = kernel(op, arity, point, mapped=target == "batch")
    if target == "batch":
        code, rows = compile_llvm(one).function, [numbers] * 4096
        return least(lambda: code([], rows), 4) / len(rows)
    repeat = 60 if target == "python" else 400
    code = (compile_python(one) if target == "python" else compile_llvm(one)).function
    return least(lambda: [code(numbers, ()) for _ in range(repeat)]) / repeat


def measured(op: str, arity: int, point: list[float], plus: dict[str, float]) -> list[float]:
    """Nanoseconds for each target; where the operation joins its operands, the program without it adds them, for `plus`."""
    return [
        max(0.0, (seconds(target, op, arity, point) - seconds(target, "", arity, point)) / COPIES * 1e9)
        + (arity - 1) * plus[target]
        for target in TARGETS
    ]


def main() -> None:
    names = [*RULES, "select", *COMPARISONS]
    # One operand more is two additions more: it is shifted, and added up.
    plus = {
        target: (seconds(target, "", 4, [0.75, 0.5, 0.25, 0.9]) - seconds(target, "", 1, [0.75])) / (6 * COPIES) * 1e9
        for target in TARGETS
    }
    print(f"# an addition: { {target: round(time, 2) for target, time in plus.items()} }")
    for op in names:
        rule = RULES.get({"select": "where"}.get(op, op))
        if op in LEFT_OUT:
            continue
        arity = ELEMENTS if rule is not None and rule.variadic else 2
        if rule is not None and not rule.variadic:
            arity = len(rule.arguments)
        point = inside(op, arity)
        print(f'    "{op}": ({", ".join(f"{number:.2g}" for number in measured(op, arity, point, plus))}),', flush=True)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    main()
