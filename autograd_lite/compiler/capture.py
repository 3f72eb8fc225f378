"""From a Python function to a program: recorded, checked against a second recording, differentiated where that is asked.

What a function refers to besides its arguments is found out by calling it twice.  A Value met in both calls comes from
outside: it becomes an input of the program, read anew at every run, so that training a model that a compiled function
refers to works.  A Value met once was made by the function.  And if the two recordings differ otherwise, the function
depends on something that is not in the graph, random numbers most often, and compiling it would freeze that: an error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.compiler.adjoint import append_gradient
from autograd_lite.compiler.arguments import NUMBER, Structure, put_together, size_of, take_apart
from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.memory import WRITTEN, require
from autograd_lite.compiler.program import Builder, Guard, Program
from autograd_lite.compiler.trace import Recording, record, write_graph
from autograd_lite.compiler.tracer import Tracer
from autograd_lite.engine.node import Node
from autograd_lite.transforms.registry import derivative_of

#: In `Captured.of_argument`: the number that was differentiated.
VALUE = -1


@dataclass
class Captured:
    """A function as a program.

    Attributes
    ----------
    program : Program
        Its inputs: the numbers of the arguments, then the Values from outside.
    structure : Structure
        Of the result.
    outside : list of Value
    of_argument : list of int or None
        For each output the argument with respect to which it is a derivative; `VALUE` for the number that was
        differentiated; None for any other result.
    """

    program: Program
    structure: Structure
    outside: list[Any]
    of_argument: list[int | None]


def capture(
    function: Callable[..., Any], structures: Sequence[Structure], numbers: Sequence[float], check: bool = True
) -> Captured:
    """Record a function as a program.

    Parameters
    ----------
    function : callable
    structures : sequence of Structure
        One for each positional argument.
    numbers : sequence of float
        The numbers of the arguments, where to record.
    check : bool, default True
        Record twice, and compare.

    Raises
    ------
    TraceError
        If the function leaves the graph, or is different from call to call.
    MemoryLimitError
        If it records more than there is memory allowed for.
    """
    layers: list[Any] = []
    inner = function
    while (derivative := derivative_of(inner)) is not None:
        layers.append(derivative)
        inner = derivative.function
    attempt = _Attempt(inner, structures, numbers)
    first = attempt.record()
    if not check:
        return _differentiated(attempt.write(first, [], everything=True), layers, structures, inner)
    candidates = attempt.plain_values(first)
    second = attempt.record(candidates)
    again = attempt.write(second, candidates)
    outside = again.outside
    written = attempt.write(first, outside)
    if candidates and (first.decisions or second.decisions or not _equal(written, again)):
        # The first time, comparisons of Values from outside went unnoticed.
        written = attempt.write(attempt.record(outside), outside)
    _compare(written, again, inner)
    return _differentiated(written, layers, structures, inner)


@dataclass
class _Written:
    builder: Builder
    structure: Structure
    outputs: list[int]
    guards: list[Guard]
    outside: list[Any]


class _Attempt:
    """Calls of one function at one point."""

    def __init__(self, function: Callable[..., Any], structures: Sequence[Structure], numbers: Sequence[float]) -> None:
        self.function = function
        self.structures = structures
        self.numbers = [float(number) for number in numbers]
        self.names = _names(function, structures)

    def call(self, tracers: list[Any]) -> Any:
        rest = iter(tracers)
        return self.function(*[put_together(structure, rest) for structure in self.structures])

    def record(self, outside: Sequence[Any] = ()) -> Recording:
        return record(self.call, self.numbers, outside, _name(self.function))

    def plain_values(self, recording: Recording) -> list[Any]:
        """The Values in a recording that do not depend on the arguments."""
        found: list[Any] = []
        seen: set[int] = set()
        outputs: list[Any] = []
        take_apart(recording.result, outputs)
        path = [node for node in (*outputs, *(decision[0] for decision in recording.decisions)) if isinstance(node, Node)]
        while path:
            node = path.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if not isinstance(node, Tracer):
                found.append(node)
            if not node.is_leaf:
                path.extend([arg for arg in node.args if isinstance(arg, Node) and id(arg) not in seen])
        return found

    def write(self, recording: Recording, outside: Sequence[Any], everything: bool = False) -> _Written:
        nodes: list[Any] = []
        structure = take_apart(recording.result, nodes)
        if not nodes:
            returned = "None (is a return statement missing?)" if recording.result is None else repr(recording.result)
            raise TraceError(f"{_name(self.function)} returned {returned}: there is no number in it to compute")
        builder = Builder()
        outputs, guards, captured = write_graph(builder, recording, nodes, self.names, outside, everything)
        return _Written(builder, structure, outputs, guards, captured)


def _equal(one: _Written, two: _Written) -> bool:
    a, b = one.builder, two.builder
    same = a.ops == b.ops and (a.args == b.args or repr(a.args) == repr(b.args))  # repr: nan is equal to nan
    return same and one.outputs == two.outputs and one.structure == two.structure


def _compare(one: _Written, two: _Written, function: Callable[..., Any]) -> None:
    """Refuse a function whose two recordings differ."""
    if _equal(one, two):
        return
    a, b = one.builder, two.builder
    where = ""
    for k, (op, other, args, more) in enumerate(zip(a.ops, b.ops, a.args, b.args, strict=False)):
        if op != other or repr(args) != repr(more):
            mine, yours = (f"{op} {args[0]!r}", f"{other} {more[0]!r}") if op == other == "const" else (op, other)
            where = f" (step {k}: {mine} against {yours})"
            break
    raise TraceError(
        f"{_name(function)} recorded two different programs for the same arguments{where}: it depends on something besides "
        "them, random numbers or a state that it changes. Pass that in as an argument"
    )


def _differentiated(written: _Written, layers: list[Any], structures: Sequence[Structure], inner: Any) -> Captured:
    """Append the derivatives, the innermost first."""
    builder, outputs, structure = written.builder, written.outputs, written.structure
    of_argument: list[int | None] = [None] * len(outputs)
    slopes: dict[int, int] = {}
    starts = [0]
    for argument in structures:
        starts.append(starts[-1] + size_of(argument))
    inputs = [index for index, op in enumerate(builder.ops) if op == "input"]
    for layer in reversed(layers):
        value = outputs[:1]
        if layer.has_aux:
            if not (isinstance(structure, tuple) and structure[0] is tuple and len(structure[1]) == 2):
                raise TypeError(f"with has_aux=True {_name(inner)} returns a pair (number, anything)")
            scalar, aux = structure[1]
        else:
            scalar, aux = structure, None
        if scalar is not NUMBER:
            raise TypeError(f"{_name(inner)} returns more than one number where a gradient needs one")
        single = isinstance(layer.argnums, int)
        places = [layer.argnums] if single else list(layer.argnums)
        for place in places:
            if not -len(structures) <= place < len(structures):
                raise ValueError(
                    f"argnums={layer.argnums!r}, but {_name(inner)} was called with {len(structures)} arguments"
                )
        places = [place % len(structures) for place in places]
        wrt = [inputs[k] for place in places for k in range(starts[place], starts[place + 1])]
        slopes = {}
        require(4 * len(builder.ops), WRITTEN, f"the derivative of {_name(inner)}")
        gradient = append_gradient(builder, value[0], wrt, slopes=slopes)
        shape = structures[places[0]] if single else (tuple, tuple(structures[place] for place in places))
        of_gradient: list[int | None] = [place for place in places for _ in range(starts[place], starts[place + 1])]
        aux_outputs: list[int] = outputs[1:]
        of_aux: list[int | None] = [None] * len(aux_outputs)
        if layer.value:
            whole = (tuple, (scalar, aux)) if layer.has_aux else scalar
            outputs = [value[0], *aux_outputs, *gradient]
            of_argument = [VALUE, *of_aux, *of_gradient]
            structure = (tuple, (whole, shape))
        elif layer.has_aux:
            outputs, of_argument = [*gradient, *aux_outputs], [*of_gradient, *of_aux]
            structure = (tuple, (shape, aux))
        else:
            outputs, of_argument, structure = gradient, of_gradient, shape
    program = builder.finish(outputs, written.guards, name=_name(inner), slopes=slopes)
    return Captured(program, structure, written.outside, of_argument)


def _name(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "function" if name == "<lambda>" else name


def _names(function: Callable[..., Any], structures: Sequence[Structure]) -> list[str]:
    """Names for the inputs: the parameter's, with a place where it holds several numbers."""
    code = getattr(function, "__code__", None)
    parameters = list(code.co_varnames[: code.co_argcount]) if code is not None else []
    names: list[str] = []
    for k, structure in enumerate(structures):
        name = parameters[k] if k < len(parameters) else f"x{k}"
        size = size_of(structure)
        names += [name] if structure is NUMBER else [f"{name}{j}" for j in range(size)]
    return names


__all__ = ["VALUE", "Captured", "capture"]
