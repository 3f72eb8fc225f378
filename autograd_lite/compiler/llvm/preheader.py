"""What is computed once, before the loop over the samples: results that are the same for all of them, and a test of factors."""

from collections.abc import Iterator

from autograd_lite.compiler.llvm.instructions import Instructions
from autograd_lite.compiler.llvm.schedule import Schedule


def hoisted(schedule: Schedule) -> Instructions:
    """Instructions for what does not depend on the sample, one number each, kept in the array `%hoisted`."""
    program = schedule.program
    code = Instructions(1, contract=False, prefix="b")
    names: dict[int, str] = {}

    def operand(index: int) -> str:
        if program.ops[index] == "const":
            return code.constant(program.args[index][0])
        if index not in names:
            names[index] = code.load("%shared", program.args[index][0])
        return names[index]

    for index, place in schedule.hoisted.items():
        name = names[index] = code.step(program.ops[index], [operand(arg) for arg in program.args[index]])
        for guard in schedule.checks.get(index, ()):
            code.check(name, guard, program.guards[guard].expected)
        number = code.as_number(name) if schedule.is_truth(index) else name
        code.do(f"store double {number}, ptr {code.at('%hoisted', place)}")
    code.do("br label %ready")
    code.block("ready")
    return code


def shared_factors_finite(schedule: Schedule) -> tuple[str, list[str]]:
    """The value of whether all factors are finite that the samples share, tested as whole vectors, and lines that make it."""
    program, lanes = schedule.program, schedule.lanes
    shared = [one for one in (schedule.skip.factors if schedule.skip else ()) if schedule.invariant[one]]
    inputs = sorted(program.args[one][0] for one in shared if program.ops[one] == "input")
    kept = sorted(schedule.hoisted[one] for one in shared if one in schedule.hoisted)
    code = Instructions(lanes, contract=True, prefix="f")

    def numbers() -> Iterator[str]:
        for array, places, length in (
            ("%shared", inputs, schedule.kernel.shared),
            ("%hoisted", kept, len(schedule.hoisted)),
        ):
            # A vector from a place on, which may take in numbers that are no factors; fewer numbers one by one.
            width, tested = lanes if length >= lanes else 1, -1
            for place in places:
                if place > tested:
                    first = min(place, length - width)
                    tested = first + width - 1
                    yield code.column(array, first) if width == lanes else code.splat(code.load(array, first))

    return code.finite(numbers()), code.lines
