"""From a Python function to a program: recorded, checked against a second recording, differentiated where that is asked.

What a function refers to besides its arguments is found out by calling it twice.  A Value met in both calls comes from
outside: it becomes an input of the program, read anew at every run, so that training a model that a compiled function
refers to works.  A Value met once was made by the function.  And if the two recordings differ otherwise, the function
depends on something that is not in the graph, random numbers most often, and compiling it would freeze that: an error.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any

from autograd_lite.compiler.adjoint import input_gradients
from autograd_lite.compiler.alike import alike
from autograd_lite.compiler.cost import times
from autograd_lite.compiler.errors import TraceError, UnlikeRounds, UnsupportedOperation
from autograd_lite.compiler.lists import blocked
from autograd_lite.compiler.memory import WRITTEN, require
from autograd_lite.compiler.program import Builder, Guard, Program
from autograd_lite.compiler.rolling import MOST_LOOPED, WORTH_ROUNDS, rolled
from autograd_lite.compiler.trace import Here, Recording, record, write_graph
from autograd_lite.compiler.tracer import Tracer
from autograd_lite.compiler.watch import State, Watch
from autograd_lite.engine.value import CONSTANT, LEAF, Value
from autograd_lite.transforms.registry import Derivative, derivative_of
from autograd_lite.transforms.signature import parameters
from autograd_lite.transforms.trace import places
from autograd_lite.transforms.tree import NUMBER, Branch, TreeDef, branch, offsets, partition, size, unflatten

#: Of a function with more loops than that whose rounds differ none is one.
_MOST_UNLIKE = 8
#: Why a program is a straight line, if nothing in it is alike.
NOT_ALIKE = "there are not four operations that are alike"
#: In `Captured.of_argument`: the number that was differentiated.
VALUE = -1


@dataclass
class Captured:
    """A function as a program.

    Attributes
    ----------
    program : Program
        Its inputs: the numbers of the arguments, then the Values from outside.
    structure : TreeDef
        Of the result.
    outside : list of Value
    of_argument : list of int or None
        For each output the argument with respect to which it is a derivative; `VALUE` for the number that was
        differentiated; None for any other result.
    state : State, optional
        Of what the function read, when it was recorded.
    """

    program: Program
    structure: TreeDef
    outside: list[Any]
    of_argument: list[int | None]
    state: State | None = None

    def numbers(self) -> list[float]:
        """Those of the Values from outside, as they are now."""
        return [value._number for value in self.outside]

    def steps_of(self, values: Sequence[Any], builder: Builder) -> list[int]:
        """The inputs that these Values from outside are, in a builder that began as the program; new ones for any others."""
        inputs, arguments = input_steps(self.program), len(self.program.names) - len(self.outside)
        found = {id(value): inputs[arguments + k] for k, value in enumerate(self.outside)}
        return [found[id(value)] if id(value) in found else builder.input(value.label) for value in values]


def input_steps(program: Program | Builder) -> dict[int, int]:
    """For each place among the inputs its step."""
    steps = zip(program.ops, program.args, strict=True)
    return {args[0]: index for index, (op, args) in enumerate(steps) if op == "input"}


def capture(
    function: Callable[..., Any],
    structures: Sequence[TreeDef],
    numbers: Sequence[float],
    check: bool = True,
    watch: Watch | None = None,
    ordered: Sequence[Any] | None = None,
    loops: frozenset[int] | None = None,
    further: bool = False,
) -> Captured:
    """Record a function as a program.

    Parameters
    ----------
    function : callable
    structures : sequence of TreeDef
        One for each positional argument.
    numbers : sequence of float
        The numbers of the arguments, where to record.
    check : bool, default True
        Record twice, and compare.
    watch : Watch, optional
        Of what the function reads, which must not change any more when it is recorded again.
    ordered : sequence of Value, optional
        See `write_graph`: these are the first Values from outside, and sums of many operands are lists in loops.
    loops : frozenset of int, optional
        Record each `scan` as a loop but for those with these numbers, as they are met.
    further : bool, default False
        A derivative is differentiated in turn, by whom the program is for.

    Raises
    ------
    TraceError
        If the function leaves the graph, or is different from call to call.
    MemoryLimitError
        If it records more than there is memory allowed for.
    """
    anew = partial(capture, function, structures, numbers, check, watch, further=further)
    layers: list[Derivative] = []
    inner = function
    while (derivative := derivative_of(inner)) is not None:
        layers.append(derivative)
        inner = derivative.function
    try:
        written = _Attempt(inner, structures, numbers, ordered, loops).written(check, watch)
    except UnlikeRounds as error:
        others = loops | {error.number} if loops is not None and len(loops) < _MOST_UNLIKE else None
        return anew(ordered, others)
    except TraceError:
        if loops is None:
            raise
        return anew(ordered)  # it may have kept what it saw in a round
    if ordered is not None and not _roll(written):
        captured = anew(None, loops)
        captured.program.straight = captured.program.straight or written.straight or NOT_ALIKE
        return captured
    if written.builder.loops.has_scans:
        written.outputs = blocked(written.builder, written.outputs)
    try:
        for layer in reversed(layers):
            written.builder.again = further or layer is not layers[0]
            _differentiate(written, layer, structures, _name(inner), numbers)
    except UnsupportedOperation:
        if ordered is None and not written.builder.loops.has_scans:
            raise
        return anew(None, None if ordered is None else loops)
    more = {"checks": written.checks, "slopes": written.slopes, "straight": written.straight}
    program = written.builder.finish(written.outputs, written.guards, name=_name(inner), **more)
    return Captured(program, written.structure, written.outside, written.of_argument, written.state)


def _roll(written: "_Written") -> bool:
    """Write what is alike as loops; False if too much is left that is not, and would be in few rounds."""
    # As it was recorded: a pass may do without what the derivative is to see, such as `detach`.
    program = rolled(written.builder.finish(written.outputs, written.guards, checks=written.checks))
    written.builder, written.outputs = Builder.of(program), program.outputs
    written.guards, written.checks = program.guards, program.checks
    written.straight = written.straight or program.straight
    most = max(MOST_LOOPED, sum(count for _, count in times(program)) / WORTH_ROUNDS)
    if program.size > most and program.loops.sizes:
        written.straight = (
            written.straight or f"with loops {program.size:,} operations would be left, which takes long to compile"
        )
    return not written.builder.rules and (program.loops.has_scans or program.size <= most)


@dataclass
class _Written:
    """A recording as steps: like `Captured`, with the program still open."""

    builder: Builder
    structure: TreeDef
    outputs: list[int]
    guards: list[Guard]
    outside: list[Any]
    of_argument: list[int | None]
    checks: list[int]
    slopes: dict[int, int] = field(default_factory=dict)
    state: State | None = None
    straight: str = ""


class _Attempt:
    """Calls of one function at one point."""

    def __init__(
        self, function: Callable[..., Any], structures: Sequence[TreeDef], numbers: Sequence[float], ordered: Any, loops: Any
    ) -> None:
        self.function, self.ordered, self.loops = function, ordered, loops
        self.arguments = branch((), structures)
        self.numbers = [float(number) for number in numbers]
        self.names = _names(function, structures)

    def written(self, check: bool, watch: Watch | None) -> _Written:
        """The function as steps, after a second recording (and a third, where it matters) if `check`."""
        if not check:
            return self.write(self.record(None), [], everything=True)
        with watch.generators_kept() if watch else nullcontext():
            return self._compared(watch)

    def _compared(self, watch: Watch | None) -> _Written:
        first = self.record()
        before = watch.walked() if watch else None
        # Also those that are in no result, and what they were computed from: a number that is read of one would be frozen, and a
        # comparison is a branch.
        operands = chain.from_iterable(node.args for node in first.session.nodes)
        candidates = _plain_values(chain(partition(first.result)[0], operands, before.values if before else ()))
        second = self.record(candidates)
        if alike(first, second):
            made = set(map(id, first.session.nodes))
            written = self.write(first, [one for one in candidates if id(one) not in made])
        else:
            written = self._unlike(first, second, candidates)
        if watch and before:
            written.state = watch.settled(before, _name(self.function))
        return written

    def _unlike(self, first: Recording, second: Recording, candidates: Sequence[Any]) -> _Written:
        """Two recordings of which it is not known that they are the same."""
        again = self.write(second, candidates)
        outside = again.outside
        written = self.write(first, outside)
        branches = first.decisions or second.decisions
        if candidates and (branches or not _equal(written, again)):
            # The first time, comparisons of Values from outside went unnoticed.
            written = self.write(self.record(candidates), outside)
        _compare(written, again, self.function)
        return written

    def call(self, tracers: list[Any]) -> Any:
        return self.function(*unflatten(self.arguments, tracers))

    def record(self, outside: Sequence[Any] | None = ()) -> Recording:
        return record(self.call, self.numbers, outside, _name(self.function), self.loops)

    def write(self, recording: Recording, outside: Sequence[Any], everything: bool = False) -> _Written:
        nodes, structure = partition(recording.result)
        if not nodes:
            returned = "None (is a return statement missing?)" if recording.result is None else repr(recording.result)
            raise TraceError(f"{_name(self.function)} returned {returned}: there is no number in it to compute")
        builder = Builder()
        given = (outside, everything, self.ordered)
        outputs, guards, captured, checks = write_graph(builder, recording, nodes, self.names, *given)
        straight = recording.session.straight
        return _Written(builder, structure, outputs, guards, captured, [None] * len(outputs), checks, straight=straight)


def _plain_values(roots: Iterable[Any]) -> list[Any]:
    """The Values among these and under them that were not recorded: what does not depend on the arguments."""
    found: dict[int, Any] = {}
    path = [roots]
    while path:
        plain = [one for one in path.pop() if isinstance(one, Value) and not isinstance(one, Tracer)]
        fresh = {id(one): one for one in plain if id(one) not in found}
        found.update(fresh)
        path += [node.args for node in fresh.values() if node._rule not in (LEAF, CONSTANT)]
    return list(found.values())


def _equal(one: _Written, two: _Written) -> bool:
    a, b = one.builder, two.builder
    same = (
        a.ops == b.ops and (a.args == b.args or repr(a.args) == repr(b.args)) and a.loops == b.loops
    )  # repr: nan is equal to nan
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


def _differentiate(
    written: _Written, layer: Derivative, structures: Sequence[TreeDef], name: str, numbers: Sequence[float]
) -> None:
    """Append the derivative of what is written, and take it for the result, as `grad` and `value_and_grad` have it."""
    scalar, aux = _scalar_and_aux(written.structure, layer.has_aux, name)
    chosen = places(layer.argnums, structures, {})
    starts = offsets(structures)
    of_gradient = [place for place in chosen for _ in range(starts[place], starts[place + 1])]
    wrt = [k for place in chosen for k in range(starts[place], starts[place + 1])]
    require(4 * len(written.builder.ops), WRITTEN, f"the derivative of {name}")
    written.slopes = {}
    value, *rest = written.outputs
    if value < 0:
        raise UnsupportedOperation("the number to differentiate is one of a list")
    first = 1 + len(rest) if layer.value else 0
    here = Here([*numbers, *[one.data for one in written.outside]], written.outside, written.guards, written.checks)
    taken = dict(written.builder.rules)
    blocks = len(written.builder.loops.blocks)
    options = {"slopes": written.slopes, "here": here}
    gradient = input_gradients(written.builder, value, wrt, first, **options)
    # Who differentiates the gradient in turn goes through what the rules' functions recorded.
    for step, rule in taken.items():
        rule.depth -= 1
        if rule.depth < 0:
            del written.builder.rules[step]
    shape: TreeDef = branch((), [structures[place] for place in chosen])
    if isinstance(layer.argnums, int):
        shape = structures[chosen[0]]
    of_rest = [None] * len(rest)
    if layer.value:
        whole = branch((), [scalar, aux]) if layer.has_aux else scalar
        written.structure = branch((), [whole, shape])
        written.outputs, written.of_argument = [value, *rest, *gradient], [VALUE, *of_rest, *of_gradient]
    else:
        written.structure = branch((), [shape, aux]) if layer.has_aux else shape
        moved = [replace(one, place=one.place + len(gradient) - 1) for one in written.builder.loops.blocks[:blocks]]
        written.builder.loops.blocks[:blocks] = moved
        written.outputs, written.of_argument = [*gradient, *rest], [*of_gradient, *of_rest]


def _scalar_and_aux(structure: TreeDef, has_aux: bool, name: str) -> tuple[TreeDef, TreeDef]:
    """The two parts of a result that is to be differentiated."""
    scalar = aux = structure
    if has_aux:
        if not (isinstance(structure, Branch) and structure.kind is tuple and len(structure.children) == 2):
            raise TypeError(f"with has_aux=True {name} returns a pair (number, anything)")
        scalar, aux = structure.children
    if scalar is not NUMBER:
        raise TypeError(f"{name} returns more than one number where a gradient needs one")
    return scalar, aux


def _name(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "function" if name == "<lambda>" else name


def _names(function: Callable[..., Any], structures: Sequence[TreeDef]) -> list[str]:
    """Names for the inputs: the parameter's, with a place where it holds several numbers."""
    names: list[str] = []
    for name, structure in zip(parameters(function, len(structures), "x{}"), structures, strict=True):
        names += [name] if structure is NUMBER else [f"{name}{j}" for j in range(size(structure))]
    return names
