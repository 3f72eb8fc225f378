"""Recording a function as a program: it is called once, on `Tracer`s, and what they recorded is written down.

The answers that Python asked for along the way become *guards*: a later call for which one comes out differently does not use
this program.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.operations import TRUTHS
from autograd_lite.compiler.program import Builder, Guard
from autograd_lite.compiler.tracer import Session, Tracer, session_of_call
from autograd_lite.engine import modes
from autograd_lite.engine.node import Node, as_float


class Recording:
    """What a call recorded: the result, the decisions Python took, and the nodes that stand for the inputs."""

    def __init__(self, inputs: Sequence[Any], result: Any, decisions: list[tuple[Any, bool, str]]) -> None:
        self.inputs = inputs
        self.result = result
        self.decisions = decisions


@contextmanager
def _tracing(captured: Sequence[Any], name: str) -> Iterator[list[tuple[Any, bool, str]]]:
    """Every operation on the common path, which keeps the class of its operands; Values from outside notice too."""
    session = Session(name)
    kinds = [type(leaf) for leaf in captured]
    with modes.enable_grad():
        token = session_of_call.set(session)
        try:
            for leaf in captured:
                leaf.__class__ = Tracer
            yield session.decisions
        finally:
            for leaf, kind in zip(captured, kinds, strict=True):
                leaf.__class__ = kind
            session_of_call.reset(token)


def record(
    call: Callable[[list[Any]], Any], numbers: Sequence[float], captured: Sequence[Any] = (), name: str = "function"
) -> Recording:
    """Call `call` with tracers for `numbers`.

    Parameters
    ----------
    call : callable
        Takes a list of tracers.
    numbers : sequence of float
        The point at which to record; the program holds wherever the guards do.
    captured : sequence of Value
        Values the function refers to besides its arguments; during the call their comparisons are recorded as well.
    name : str
        What to call the function in an error.

    Raises
    ------
    MemoryLimitError
        If it records more operations than there is memory allowed for.
    """
    inputs = []
    for number in numbers:
        node = object.__new__(Tracer)
        Node.__init__(node, number)
        inputs.append(node)
    with _tracing(captured, name) as decisions:
        result = call(inputs)
    return Recording(inputs, result, decisions)


def write_graph(
    builder: Builder,
    recording: Recording,
    outputs: Sequence[Any],
    names: Sequence[str],
    outside: Sequence[Any] = (),
    everything: bool = False,
) -> tuple[list[int], list[Guard], list[Any]]:
    """Write a recorded graph: first what each decision depends on, in the order they were taken, then the results.

    Parameters
    ----------
    builder : Builder
    recording : Recording
    outputs : sequence of Value or number
    names : sequence of str
        Names of the inputs.
    outside : sequence of Value
        Nodes that existed before the call: each that is met becomes an input after the others.
    everything : bool, default False
        Take every leaf for one from outside.

    Returns
    -------
    outputs : list of int
    guards : list of Guard
    captured : list of Value
        The nodes from outside, in the order of their inputs.
    """
    writer = _Writer(builder, outside, everything)
    for node, name in zip(recording.inputs, names, strict=True):
        writer.index[id(node)] = builder.input(node.label or name)
    guards = []
    for condition, outcome, where in recording.decisions:
        guards.append(Guard(writer.write(condition), outcome, where))
    indices = [writer.write(output) if isinstance(output, Node) else builder.const(as_float(output)) for output in outputs]
    return [writer.number(index) for index in indices], guards, writer.captured


class _Writer:
    """Writes nodes in depth-first order, the order of the engine, along every operand."""

    def __init__(self, builder: Builder, outside: Sequence[Any], everything: bool) -> None:
        self.builder = builder
        self.outside = {id(node) for node in outside}
        self.everything = everything
        self.index: dict[int, int] = {}
        self.captured: list[Any] = []

    def write(self, root: Any) -> int:
        index = self.index
        if id(root) in index:
            return index[id(root)]
        path: list[tuple[Any, Iterator[Any]]] = [(root, self._operands(root))]
        entered = {id(root)}
        while path:
            node, rest = path[-1]
            for operand in rest:
                if isinstance(operand, Node) and id(operand) not in index and id(operand) not in entered:
                    if operand.is_leaf or id(operand) in self.outside:
                        index[id(operand)] = self._step(operand)
                        continue
                    entered.add(id(operand))
                    path.append((operand, self._operands(operand)))
                    break
            else:
                path.pop()
                if id(node) not in index:
                    index[id(node)] = self._step(node)
        return index[id(root)]

    def _operands(self, node: Any) -> Iterator[Any]:
        return iter(()) if id(node) in self.outside else iter(node.args)

    def _step(self, node: Any) -> int:
        if id(node) in self.outside or (self.everything and node.is_leaf and not isinstance(node, Tracer)):
            self.captured.append(node)
            return self.builder.input(node.label or f"captured{len(self.captured) - 1}")
        if node.is_leaf:
            if isinstance(node, Tracer):
                raise TraceError(
                    "a result was computed inside no_grad() or copied, so that the compiled program does not know where it "
                    "comes from; use .detach() for a constant that is still computed"
                )
            return self.builder.const(node.data)
        op = node._rule
        operands = [
            self.index[id(operand)] if isinstance(operand, Node) else self.builder.const(operand) for operand in node.args
        ]
        if op == "where":
            return self.builder.emit("select", self.truth(operands[0]), *map(self.number, operands[1:]))
        if op in ("and", "or"):
            return self.builder.emit(op, *operands)
        return self.builder.emit(op, *map(self.number, operands))

    def truth(self, index: int) -> int:
        """A step as a truth: a number is true if it is not 0."""
        if self.builder.ops[index] in TRUTHS:
            return index
        return self.builder.emit("ne", index, self.builder.const(0.0))

    def number(self, index: int) -> int:
        """A step as a number: a truth is 1 or 0, as Python has it."""
        if self.builder.ops[index] not in TRUTHS:
            return index
        return self.builder.emit("select", index, self.builder.const(1.0), self.builder.const(0.0))


__all__ = ["Recording", "record", "write_graph"]
