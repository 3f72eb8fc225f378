"""Branches that rounding would decide: machine code does not take them, and the eager engine is asked.

Machine code has other exponentials than Python, and fuses products with sums.  Where the two sides of a comparison are equal
but for rounding, it may find another one larger than the eager engine does, and the derivative would be that of the branch next
door.  So each comparison that Python branched on gets a second guard: the sides differ by more than rounding.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.loops import Block, Body, Part, places
from autograd_lite.compiler.operations import COMPARISONS, LEAVES, TRUTHS
from autograd_lite.compiler.program import Builder, Guard, Program
from autograd_lite.compiler.scans import results, with_guards_outside

#: Two sides whose difference is less than this part of what was added up to them are a tie.
MARGIN = 2.0**-36
#: What gives the same number in every target.
_EXACT = TRUTHS | {"neg", "abs", "select", "detach", "floor", "ceil", "trunc", "relu", "sign", "step", "copysign"}
#: ... and where no product is fused with a sum, as it is over samples.
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "sqrt"})


def with_margins(kernel: Kernel, inputs: Sequence[bool] | None = None) -> Kernel:
    """The kernel with guards, behind its own, that fail at a tie.

    Two zeros are no tie: that is a number that is not there, not one that was rounded.

    Parameters
    ----------
    kernel : Kernel
    inputs : sequence of bool, optional
        For each input whether it is the same number in every target; all are, if left out.

    Examples
    --------
    >>> b = Builder(); x = b.input("x")
    >>> y = b.emit("exp", x)
    >>> guards = [Guard(b.emit("gt", y, b.const(2.0)), True, "here"), Guard(b.emit("gt", x, b.const(0.0)), True, "there")]
    >>> len(with_margins(Kernel(b.finish([y], guards), 1, 0)).program.guards)
    3
    """
    program = kernel.program
    if not program.guards:
        return kernel
    exact, _ = exactness(program, bool(kernel.mapped), inputs)
    compared = [
        (index, guard)
        for guard in program.guards
        if not exact[guard.index]
        for index in program.parts(guard.index, lambda k: program.ops[k] not in COMPARISONS)
        if not exact[index] and program.args[index][0] != program.args[index][1]
    ]
    if not compared:
        return kernel
    builder = Builder.of(program)
    margins = []
    for index, guard in compared:
        x, y = program.args[index]
        difference = builder.emit("abs", builder.emit("sub", x, y))
        size = builder.emit("mul", builder.const(MARGIN), builder.emit("add", _size(builder, x), _size(builder, y)))
        margins.append(Guard(builder.emit("ge", difference, size), True, guard.place))
    new: dict[str, Any] = {"ops": builder.ops, "args": builder.args, "loops": builder.loops}
    return replace(kernel, program=replace(program, guards=[*program.guards, *margins], **new))


def exactness(
    program: Program, fused: bool, inputs: Sequence[bool] | None = None
) -> tuple[list[bool], dict[int, list[bool]]]:
    """For each step whether it gives the same number in every target; and for each scan that of the inputs of its body.

    Parameters
    ----------
    program : Program
    fused : bool
        Whether products may be fused with sums.
    inputs : sequence of bool, optional
        As in `with_margins`.
    """
    same, exact = _EXACT if fused else _EXACT | _ARITHMETIC, list[bool]()
    scans, given = dict[int, list[bool]](), dict[int, list[bool]]()
    for step, (op, args) in enumerate(zip(program.ops, program.args, strict=True)):
        over: Any = program.loops.over.get(step)
        if op in ("input", "block"):
            where = places(Block(step, args[0], args[1] if op == "block" else ()), program.loops.sizes) if inputs else ()
            exact.append(inputs is None or all(inputs[place] for place in where))
        elif isinstance(over, Body):
            scans[step], given[step] = _of_rounds(over, fused, [exact[arg] for arg in args])
            exact.append(True)
        elif isinstance(over, Part):
            first = program.loops.over[args[0]].carried if op == "given" else 0
            exact.append(all(given[args[0]][first + k] for k in over.places(program.loops.sizes)))
        else:
            exact.append(op in LEAVES or (op in same and all(exact[arg] for arg in args)))
    return exact, scans


def guards_outside(
    kernel: Kernel, ready: Callable[[Kernel, Any], Kernel], place: str, inputs: Sequence[bool] | None = None
) -> Kernel:
    """The kernel with the guards in its scans behind them; see `with_guards_outside`.

    Parameters
    ----------
    kernel : Kernel
    ready : callable
        Makes guards of all that is to be looked at in a kernel outside of its scans; given what `inputs` are too.
    place : str
    inputs : sequence of bool, optional
        As in `with_margins`.
    """
    program, mapped = kernel.program, bool(kernel.mapped)

    def of_body(body: Program, exact: Sequence[bool]) -> Program:
        return guards_outside(Kernel(body, 0 if mapped else len(body.names), 0), ready, place, exact).program

    if program.guarded:
        program = with_guards_outside(program, exactness(program, mapped, inputs)[1], of_body, place)
    return ready(replace(kernel, program=program), inputs)


def _of_rounds(body: Body, fused: bool, inputs: list[bool]) -> tuple[list[bool], list[bool]]:
    """The inputs of a body that are exact in all rounds, and its results."""
    while True:
        exact, _ = exactness(body.program, fused, inputs)
        outputs = [True] * len(body.program.outputs)
        for one in results(body.program):
            for place in places(one, body.program.loops.sizes):
                outputs[place] = outputs[place] and exact[one.step]
        after = [before and now for before, now in zip(inputs, outputs[: body.carried], strict=False)]
        if after == inputs[: body.carried]:
            return inputs, outputs
        inputs = [*after, *inputs[body.carried :]]


def _size(builder: Builder, index: int) -> int:
    """How large a step is, or what it is the sum or difference of."""
    parts = builder.args[index] if builder.ops[index] in ("add", "sub", "sum", "fsum") else (index,)
    sizes = [builder.emit("abs", part) for part in parts]
    if index in builder.loops.over and len(parts) > 0 and builder.ops[index] in ("sum", "fsum"):
        return builder.emit("sum", *sizes, over=builder.loops.over[index])
    return sizes[0] if len(sizes) == 1 else builder.emit("sum", *sizes)
