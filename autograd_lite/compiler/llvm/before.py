"""What is computed once, before the loop over the samples: results that are the same for all of them, and a test of factors."""

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.llvm.skipping import Skip
from autograd_lite.compiler.llvm.steps import Steps
from autograd_lite.compiler.operations import TRUTHS
from autograd_lite.compiler.program import Program


def computed_before(
    program: Program, fixed: dict[int, int], checks: dict[int, list[int]]
) -> tuple[list[str], dict[str, str]]:
    """Lines that compute what does not depend on the sample, one number each, and keep it in the array `%fixed`.

    Parameters
    ----------
    program : Program
    fixed : dict of int to int
        The steps in question, and their places in the array.
    checks : dict of int to list of int
        For a step the numbers of the guards that test it.

    Returns
    -------
    lines : list of str
        They end with the label `ready`.
    declared : dict
        What they call.
    """
    steps = Steps(1, contract=False, prefix="b")
    names: dict[int, str] = {}

    def operand(index: int) -> str:
        op, args = program.ops[index], program.args[index]
        if op == "const":
            return steps.constant(args[0])
        if op == "input" and index not in names:
            at = steps.write(f"getelementptr inbounds double, ptr %shared, i64 {args[0]}")
            names[index] = steps.write(f"load double, ptr {at}")
        return names[index]

    for index, place in fixed.items():
        op = program.ops[index]
        name = names[index] = steps.step(op, [operand(arg) for arg in program.args[index]])
        for guard in checks.get(index, ()):
            bad = steps.write(f"xor i1 {name}, {'true' if program.guards[guard].expected else 'false'}")
            steps.do(f"br i1 {bad}, label %flip.before{guard}, label %on.before{guard}")
            steps.lines += [f"flip.before{guard}:", f"  ret i64 {guard}", f"on.before{guard}:"]
        number = steps.write(f"select i1 {name}, double 1.0, double 0.0") if op in TRUTHS else name
        at = steps.write(f"getelementptr inbounds double, ptr %fixed, i64 {place}")
        steps.do(f"store double {number}, ptr {at}")
    lines = [line if line.endswith(":") else f"  {line}" for line in steps.lines]
    return [*lines, "  br label %ready", "ready:"], steps.declared


def finite_before(skip: Skip, kernel: Kernel, fixed: dict[int, int], lanes: int) -> list[str]:
    """Lines before the loop that make `%finite`: whether all factors that the samples share are, tested as whole vectors."""
    invariant, program = kernel.invariant(), kernel.program
    shared = [one for one in skip.factors if invariant[one]]
    inputs = sorted(program.args[one][0] for one in shared if program.ops[one] == "input")
    kept = sorted(fixed[one] for one in shared if one in fixed)
    steps = Steps(lanes, contract=True, prefix="f")
    zero = steps.constant(0.0)
    sums = [zero] * 4
    count = 0
    for array, places, length in (("%shared", inputs, kernel.shared), ("%fixed", kept, len(fixed))):
        tested = -1
        for place in places:
            if place <= tested:
                continue
            # A vector from here on, which may take in numbers that are no factors; fewer numbers one by one.
            width = lanes if length >= lanes else 1
            first = min(place, length - width)
            tested = first + width - 1
            at = steps.write(f"getelementptr inbounds double, ptr {array}, i64 {first}")
            if width == lanes:
                numbers = steps.write(f"load {steps.number}, ptr {at}, align 8")
            else:
                numbers = steps.splat(steps.write(f"load double, ptr {at}"))
            sums[count % 4] = steps.step("add", (sums[count % 4], steps.step("mul", (numbers, zero))))
            count += 1
    holds = steps.step("eq", (steps.step("sum", sums), zero))
    packed = steps.write(f"bitcast {steps.truth} {holds} to i{lanes}")
    steps.do(f"%finite = icmp eq i{lanes} {packed}, -1")
    return [f"  {line}" for line in steps.lines]


__all__ = ["computed_before", "finite_before"]
