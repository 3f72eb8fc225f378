"""What a program needs to be told to leave Python for another tool: recorded in one way, without branches, in the core.

A C file, an array program and an ONNX file have one way through a function, and take their inputs from somewhere else.  The
Values that the function refers to are the parameters: named, they become inputs; otherwise constants.
"""

from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler.adjoint import append_gradient
from autograd_lite.compiler.capture import Captured, capture, input_steps
from autograd_lite.compiler.errors import TraceError, UnsupportedOperation
from autograd_lite.compiler.handlers import caught
from autograd_lite.compiler.kernel import arranged
from autograd_lite.compiler.program import Builder, Program
from autograd_lite.compiler.step_kernels import mark_used
from autograd_lite.compiler.watch import Watch
from autograd_lite.engine.value import Value
from autograd_lite.transforms.registry import derivative_of
from autograd_lite.transforms.tree import TreeDef, branch, offsets, partition_all, unflatten


def captured_for(
    target: str, function: Callable[..., Any], example: Sequence[Any], loops: bool = False, further: bool = False
) -> tuple[Captured, Sequence[TreeDef]]:
    """A function recorded at an example, refused if it branches in Python; what is alike in loops, if the target has loops.

    `further` as in `capture`.

    Raises
    ------
    TypeError
        If it is no function.
    UnsupportedOperation
        If it branches, or would where an operation raises that it catches; the message has the line.
    """
    if isinstance(function, Value) or not callable(function):
        raise TypeError(
            f"{target} is made of a function and an example of its arguments, (f, 1.0, 2.0); not of {function!r:.60}"
        )
    given, structures = partition_all(example)
    numbers = [float(one) for one in given]
    captured = capture(function, structures, numbers, ordered=_values(function) if loops else None, further=further)
    if loops:
        _without_unused(captured, len(numbers))
    captured.program.checks = []  # infinities and nan, as in C
    if captured.program.guards:
        raise UnsupportedOperation(
            f"{target} has one way through a function, and this one branches at {captured.program.guards[0].place}; "
            "use autograd_lite.where(condition, x, y), relu, maximum, max (Python's own max and min compare, which is a branch)"
        )
    inner, arguments = function, branch((), structures)
    while (derivative := derivative_of(inner)) is not None:
        inner = derivative.function
    where = caught(lambda tracers: inner(*unflatten(arguments, tracers)), numbers, captured.program.name)
    if where:
        raise UnsupportedOperation(
            f"{target} has one way through a function, and this one catches {where}; use autograd_lite.where(condition, x, y)"
        )
    return captured, structures


def refuse_large(target: str, size: int, most: int) -> None:
    """Refuse what would be too long a line of operations where there are no loops.

    >>> refuse_large("an array program", 2_000_000, 1_000_000)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autograd_lite.compiler.errors.UnsupportedOperation: an array program has no loops, and this function is 2,000,000 operations ...
    """
    if size > most:
        raise UnsupportedOperation(
            f"{target} has no loops, and this function is {size:,} operations in a straight line; at most {most:,}: "
            "jit(vmap(f)) takes arrays too, and to_c writes loops as loops"
        )


def _values(function: Callable[..., Any]) -> list[Any]:
    """The Values that a function may read from outside, as they stand there; none if that cannot be found out."""
    try:
        return Watch(function).state().values
    except TraceError:
        return []


def _without_unused(captured: Captured, arguments: int) -> None:
    """Leave out the Values from outside that nothing is computed from."""
    program, count = captured.program, len(captured.program.names)
    found = bytearray(count)
    mark_used(program, found)
    kept = [k for k in range(arguments, count) if found[k]]
    captured.program = arranged(program, [*range(arguments), *kept])
    captured.outside = [captured.outside[k - arguments] for k in kept]


def with_parameters(
    captured: Captured, structures: Sequence[TreeDef], parameters: Sequence[Any], gradient: bool
) -> tuple[Program, list[Any]]:
    """The program with its parameters first, and the gradient with respect to them behind its results.

    Parameters
    ----------
    captured : Captured
    structures : sequence of TreeDef
        Of the arguments.
    parameters : sequence of Value
    gradient : bool
        Append the gradient of the one result.

    Returns
    -------
    Program
        Its inputs: the parameters, the numbers of the arguments, the other Values from outside.
    list of Value
        The other Values from outside.
    """
    builder, inputs = Builder.of(captured.program), input_steps(captured.program)
    first = captured.steps_of(parameters, builder)
    chosen = {id(one) for one in parameters}
    others = [leaf for leaf in captured.outside if id(leaf) not in chosen]
    arguments = [inputs[k] for k in range(offsets(structures)[-1])]
    order = [*first, *arguments, *captured.steps_of(others, builder)]
    outputs = list(captured.program.outputs)
    if gradient:
        outputs += append_gradient(builder, outputs[0], first)
    program = builder.finish(outputs, name=captured.program.name)
    return arranged(program, [builder.args[step][0] for step in order]), others
