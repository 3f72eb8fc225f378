"""Recording a function as a program: it is called once, on `Tracer`s, and what they recorded is written down.

The answers that Python asked for along the way become *guards*: a later call for which one comes out differently does not use
this program.
"""

import contextlib
import math
from collections import ChainMap
from collections.abc import Callable, Collection, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, compress, cycle, repeat
from operator import is_, ne, sub
from typing import Any

from autograd_lite.compiler.errors import TraceError, UnsupportedOperation
from autograd_lite.compiler.lists import ADDED, FEWEST, Lists
from autograd_lite.compiler.loops import OF_MANY, Body, Part, moved
from autograd_lite.compiler.operations import LEAVES, TRUTHS, evaluate
from autograd_lite.compiler.program import Builder, Guard
from autograd_lite.compiler.scans import leaves
from autograd_lite.compiler.tracer import Session, Tracer, captured_noticed, copied, session_of_call, tracer
from autograd_lite.engine import modes
from autograd_lite.engine.closures import pullback_of
from autograd_lite.engine.errors import GraphError
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value
from autograd_lite.terminal import printable


@dataclass(frozen=True)
class Recording:
    """What a call recorded.

    Attributes
    ----------
    inputs : list of Tracer
        The nodes that stand for the arguments.
    result : object
    decisions : list of tuple
        Those that Python took: the condition, how it came out, and the line.
    originals : dict
        For the `id` of each tracer that stands in for a Value from outside that Value.
    session : Session
    """

    inputs: list[Any]
    result: Any
    decisions: list[tuple[Any, bool, str]]
    originals: dict[int, Any]
    session: Session


@contextlib.contextmanager
def recording(session: Session) -> Iterator[None]:
    """What is computed inside is recorded: every operation takes the common path, which takes stand-ins for captured Values and
    keeps the class of its operands.  Who observes operations is told of none of these, which are not yet those of a call."""
    inside, substitute = session_of_call.set(session), modes.substitute.set(session.substitute)
    undefined, others = modes.undefined.set(session.raised), modes.observers.set(())
    try:
        with modes.enable_grad(), modes.observing(made=session.made), captured_noticed():
            yield
    finally:
        modes.observers.reset(others)
        modes.undefined.reset(undefined)
        modes.substitute.reset(substitute)
        session_of_call.reset(inside)


def record(
    call: Callable[[list[Any]], Any],
    numbers: Sequence[float],
    captured: Sequence[Any] | None = (),
    name: str = "function",
    loops: Collection[int] | None = None,
) -> Recording:
    """Call `call` with tracers for `numbers`.

    Parameters
    ----------
    call : callable
        Takes a list of tracers.
    numbers : sequence of float
        The point at which to record; the program holds wherever the guards do.
    captured : sequence of Value
        Values the function refers to besides its arguments; during the call their comparisons are recorded as well.  With None
        those of all Values are.
    name : str
        What to call the function in an error.
    loops : collection of int, optional
        Record each `scan` as a loop but for those with these numbers, as they are met; with `VALUED` among them what the others
        come to is known.

    Raises
    ------
    MemoryLimitError
        If it records more operations than there is memory allowed for.
    TraceError
        If a number left the graph, even where the function itself has caught that.
    """
    session = Session(name, captured or (), captured is None, loops)
    inputs = [tracer(number) for number in numbers]
    with recording(session):
        try:
            result = call(inputs)
        except Exception:
            if session.unknown:
                raise session.again() from None
            raise
    if session.refused is not None:
        raise session.refused
    return Recording(inputs, result, session.decisions, session.originals(), session)


def write_graph(
    builder: Builder,
    recording: Recording,
    outputs: Sequence[Any],
    names: Sequence[str],
    outside: Sequence[Any] = (),
    everything: bool = False,
    ordered: Sequence[Any] | None = None,
) -> tuple[list[int], list[Guard], list[Any], list[int]]:
    """Write a recorded graph: first what each decision depends on, in the order they were taken, then the results, then what
    no result depends on but may raise.

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
    ordered : sequence of Value, optional
        Those from outside that become inputs first, in this order, whether they are met or not; and sums of many operands
        are written as lists, in which those that follow each other are no steps of their own.

    Returns
    -------
    outputs : list of int
    guards : list of Guard
    captured : list of Value
        The nodes from outside, in the order of their inputs.
    checks : list of int
        The operations that may raise.
    """
    writer = _Writer(builder, recording, outside, everything)
    if recording.session.scans:
        writer.lists = Lists(builder)
    for node, name in zip(recording.inputs, names, strict=True):
        writer.index[id(node)] = builder.input(node.label or name)
    if ordered is not None:
        writer.lists, writer.spans = Lists(builder, singly=not recording.session.scans), Spans(ordered, recording)
        writer.captured += ordered
        labels = [value.label for value in ordered]
        builder.names += labels if "".join(labels).isprintable() else map(printable, labels)
    guards = []
    for condition, outcome, where in recording.decisions:
        guards.append(Guard(writer.write(condition), outcome, where))
    indices = [writer.write(output) if isinstance(output, Value) else builder.const(as_float(output)) for output in outputs]
    outputs = [writer.number(index) for index in indices]
    return outputs, guards, writer.captured, writer.checks(recording.session.risky)


def writer_of(builder: Builder, session: Session, index: dict[int, int]) -> "_Writer":
    """Writes nodes of a recording that goes on, from those whose steps are known by their `id`."""
    writer = _Writer(builder, Recording([], None, [], {}, session), (), everything=False)
    writer.index = index
    return writer


@dataclass
class Here:
    """The point at which a function was recorded, for a backward rule that asks for the sign of its gradient, say.

    Attributes
    ----------
    numbers : list of float
        Of the inputs.
    outside : list of Value
        Those that the function refers to; what a rule refers to besides is added.
    guards : list of Guard
        The decisions that rules took.
    checks : list of int
        The operations of rules that may raise.
    """

    numbers: list[float]
    outside: list[Any]
    guards: list[Guard]
    checks: list[int]
    _known: list[Any] = field(default_factory=list)

    def number(self, builder: Builder, index: int) -> float:
        """What the step `index` comes to here."""
        for op, args in zip(
            builder.ops[len(self._known) : index + 1], builder.args[len(self._known) : index + 1], strict=True
        ):
            if op in LEAVES:
                self._known.append(self.numbers[args[0]] if op == "input" else args[0])
            else:
                self._known.append(evaluate(op, [self._known[arg] for arg in args], ieee=True))
        return float(self._known[index])


@dataclass
class BackwardRule:
    """The backward rule of one node (`custom_vjp`), to be written behind a program once it is known which step its gradient is."""

    node: Any
    writer: "_Writer"
    operands: list[int]
    depth: int

    def write(self, builder: Builder, grad: int, here: Here | None) -> list[int | None]:
        """Record the rule with a symbol for the gradient in step `grad`; the steps of what it gives, None for nothing."""
        session, number = self.writer.recording.session, builder.number(grad)
        symbol: Any = tracer(math.nan if here is None else here.number(builder, grad)) if number is None else number
        before, session.decisions, session.risky = (session.decisions, session.risky), [], []
        try:
            with recording(session):
                rule = pullback_of(self.node)
                parts = rule.parts_with_graph(self.node, symbol, rule.again(self.node, self.node.args)[1])
        finally:
            decisions, risky = session.decisions, session.risky
            session.decisions, session.risky = before
        writer = _Writer(builder, self.writer.recording, (), everything=True)
        writer.index = ChainMap({id(symbol): grad}, self.writer.index)
        writer.written = (symbol, parts, decisions, risky)
        guards = [Guard(writer.write(condition), outcome, where) for condition, outcome, where in decisions]
        steps = [
            writer.write(x) if isinstance(x, Value) else None if x is None else builder.const(as_float(x)) for x in parts
        ]
        checks = writer.checks(risky)
        if here is not None:
            here.guards += guards
            here.checks += checks
            here.outside += writer.captured
            here.numbers += [one.data for one in writer.captured]
        elif guards:
            raise UnsupportedOperation(
                f"the backward rule of {self.node._op} branches at {guards[0].place}, which only jit can record; choose with "
                "autograd_lite.where(condition, x, y) or clamp there"
            )
        elif writer.captured:
            raise UnsupportedOperation(
                f"the backward rule of {self.node._op} refers to a Value that the function does not use"
            )
        return [None if step is None else writer.number(step) for step in steps]


#: So many Values are looked for one by one.
_FEW = 10


class Spans:
    """Inputs in order, those of the call and Values from outside: many of them are found at once, if they follow each other."""

    def __init__(self, ordered: Sequence[Any], recording: Recording) -> None:
        self.rows, stand_ins = [[*recording.inputs, *ordered]], recording.session.stand_ins
        if stand_ins:
            self.rows.append([*recording.inputs, *map(stand_ins.get, map(id, ordered))])
        self._asked, self._first = 0, len(recording.inputs)
        # Where to look first, as often that is it: behind the Values that were found last, where the same were found before.
        self._next, self._known = self._first, {id(one): k for k, one in enumerate(recording.inputs)}

    @cached_property
    def places(self) -> dict[int, int]:
        """By the `id` of each the input that it is."""
        return {key: k for row in self.rows for k, key in enumerate(map(id, row))}

    def _place(self, value: Any) -> int:
        """The input that a Value is, -1 for none; for the first few it takes less time to look through all."""
        self._asked += 1
        if self._asked > _FEW:
            return self.places.get(id(value), -1)
        here = map(is_, chain.from_iterable(self.rows), repeat(value))
        return next(compress(cycle(range(len(self.rows[0]))), here), -1)

    def place(self, values: Sequence[Any]) -> int | None:
        """The input that the first of these is, if the others are those that follow; else None."""
        first = values[0]
        if not isinstance(first, Value) or not first.is_leaf:
            return None
        k = self._known.get(id(first), self._next)
        row = next((row for row in self.rows if k < len(row) and row[k] is first), None)
        if row is None:
            k, row = self._place(first), self.rows[0]
        end = k + len(values)
        if k < 0 or end > len(row):
            return None
        if len(values) > 1 and not any(all(map(is_, row[k:end], values)) for row in self.rows):
            return None
        self._known[id(first)] = k
        if k >= self._first:
            self._next = end
        return k

    def runs(self, lists: Sequence[Sequence[Any]]) -> list[tuple[int, list[int]]]:
        """Lists of leaves in parts whose elements follow each other: how long each part is, and the inputs it begins with in each
        list; none where some are no inputs, or few follow."""
        keys = [list(map(id, part)) for part in lists]
        if not all(self.places.keys() >= set(column) for column in keys):
            return []
        columns = [[self.places[key] for key in column] for column in keys]
        cuts, count = {0}, len(lists[0])
        for column in columns:
            cuts.update(compress(range(1, count), map(ne, map(sub, column[1:], column), repeat(1))))
        if FEWEST * len(cuts) > count:
            return []
        starts = sorted(cuts)
        sizes = map(sub, [*starts[1:], count], starts)
        return [(size, [column[start] for column in columns]) for size, start in zip(sizes, starts, strict=True)]


class _Writer:
    """Writes nodes in depth-first order, the order of the engine, along every operand."""

    lists: Lists | None = None
    spans: Spans | None = None

    def __init__(self, builder: Builder, recording: Recording, outside: Sequence[Any], everything: bool) -> None:
        self.builder = builder
        self.recording = recording
        self.originals = recording.originals
        self.outside = {id(node) for node in outside}
        self.everything = everything
        self.index: MutableMapping[int, int] = {}
        #: For a scan and a number of its results the step that has it in all rounds.
        self.given: dict[tuple[int, int], int] = {}
        self.written: Any = recording  # kept alive with the index, since an `id` is one only as long as its node lives
        self.captured: list[Any] = []
        self._known_lists: dict[int, Any] = {}

    def write(self, root: Any) -> int:
        index, path = self.index, [] if id(root) in self.index else [root]
        while path:
            node = path[-1]
            original = self.originals.get(id(node))
            if original is not None:  # found where the Value is that it stands in for
                if id(original) not in index:
                    path.append(original)
                    continue
                index[id(node)] = index[id(original)]
            elif id(node) not in index:
                missing = [one for one in self._operands(node) if id(one) not in index and isinstance(one, Value)]
                if missing:
                    path += reversed(missing)
                    continue
                index[id(node)] = self._step(node)
            path.pop()
        return index[id(root)]

    def checks(self, risky: Sequence[Any]) -> list[int]:
        """The steps of the operations that may raise; not of one whose operands were copied or are closures."""
        steps: list[int] = []
        for node in risky:
            with contextlib.suppress(TraceError, GraphError):
                steps.append(self.write(node))
        return steps

    def _operands(self, node: Any) -> Sequence[Any]:
        """What is to be written before a node."""
        if id(node) in self.outside:
            return ()
        if self.spans is None or node._rule not in OF_MANY:
            return node.args  # type: ignore[no-any-return]
        before, lists, spans, runs = self._lists(node)
        if runs:
            return ()
        return [*before, *[one for part, span in zip(lists, spans, strict=True) if span is None for one in part]]

    def _lists(self, node: Any) -> Any:
        """Of an operation on many the operands before and the lists; the input that each list begins with, if it is inputs that follow
        each other; and of a sum of parameters that do not all do so those that do, see `Spans.runs`."""
        if id(node) not in self._known_lists:
            args, first = node.args, OF_MANY[node._rule]
            half = len(args) // 2 if node._rule == "dot" else len(args)
            lists = [part for part in (args[first:half], args[half:]) if part]
            found, runs = self.spans, list[Any]()
            spans = [found.place(part) if found is not None and len(part) >= FEWEST else None for part in lists]
            if found is not None and None in spans and len(lists[0]) >= FEWEST and node._rule in ADDED:
                ends = [one for part in lists for one in (part[0], part[-1])]
                runs = found.runs(lists) if all(isinstance(one, Value) and one.is_leaf for one in ends) else []
            self._known_lists[id(node)] = args[:first], lists, spans, runs
        return self._known_lists[id(node)]

    def _over(self, node: Any) -> int:
        """An operation on lists."""
        assert self.lists is not None
        before, lists, spans, runs = self._lists(node)
        del self._known_lists[id(node)]
        if runs:
            blocks = self.lists.block
            made = [(size, 1, lambda loop, s=size, at=places: [blocks(k, 1, s, loop) for k in at]) for size, places in runs]
            return self.lists.added(node._rule, made)
        if all(span is None for span in spans):
            return self.lists.emit(node._rule, [*self._found(before), *[one for part in lists for one in self._found(part)]])
        steps = {k: self.lists.step(self._found(part)) for k, part in enumerate(lists) if spans[k] is None}
        loop = next((self.builder.loops.of(step)[-1] for step in steps.values()), None)
        known = [self.lists.loop(span, len(part)) for span, part in zip(spans, lists, strict=True) if span is not None]
        loop = next((one for one in (loop, *known) if one is not None), None)
        first = len(self.recording.inputs)
        if loop is None and all(span is not None and span >= first for span in spans):  # of parameters alone
            loop = self.lists.common(len(lists[0]))
        for k, (span, part) in enumerate(zip(spans, lists, strict=True)):
            if span is not None:
                steps[k] = self.lists.block(span, 1, len(part), loop)
                loop = self.builder.loops.of(steps[k])[-1]
        return self.builder.append(node._rule, (*self._found(before), *[steps[k] for k in range(len(lists))]), loop)

    def _found(self, operands: Sequence[Any]) -> list[int]:
        """The steps of operands that have been written."""
        index, const = self.index, self.builder.const
        return [self.number(index[id(x)] if isinstance(x, Value) else const(x)) for x in operands]

    def _step(self, node: Any) -> int:
        if id(node) in self.outside or (self.everything and node.is_leaf and not isinstance(node, Tracer)):
            place = self.spans.place((node,)) if self.spans is not None else None
            if place is not None:
                return self.builder.append("input", (place,))
            self.captured.append(node)
            return self.builder.input(node.label or f"captured{len(self.captured) - 1}")
        if node.is_leaf:
            if isinstance(node, Tracer):
                raise copied()
            return self.builder.const(node.data)
        if id(node) in self.recording.session.scans:
            return self._of_scan(node, self.recording.session.scans[id(node)][1])
        pullback, args = pullback_of(node), node.args
        if pullback is not None:
            return self._with_rule(node, pullback)
        op = node.op
        if self.lists is not None and op in OF_MANY:
            return self._over(node)
        operands = [self.index[id(x)] if isinstance(x, Value) else self.builder.const(x) for x in args]
        if op == "where":
            return self.builder.emit("select", self.truth(operands[0]), *map(self.number, operands[1:]))
        if op in ("and", "or"):
            return self.builder.emit(op, *operands)
        return self.builder.emit(op, *map(self.number, operands))

    def _of_scan(self, node: Any, what: tuple[Any, int]) -> int:
        """A loop that was recorded as one, or one of its results."""
        b, (body, length) = self.builder, what
        if not isinstance(body, Body):
            whole, (j, k) = self.index[id(node.args[0])], what
            loop = b.loops.over[whole].loop
            if k < 0:
                return b.append("carried", (whole,), Part(j))
            if (whole, j) not in self.given:
                self.given[whole, j] = b.append("given", (whole,), Part(j, loop))
            return b.append("item", (self.given[whole, j], b.const(float(k))), loop)
        steps, lists = self._found(node.args), self.lists or Lists(b)
        first, end = body.carried, body.carried + body.taken * length
        loop = b.loops.add(length)
        self._noted(body, steps[end:])
        taken = [lists.column(steps[first + j : end : body.taken], loop) for j in range(body.taken)]
        return b.append("scan", (*steps[:first], *taken, *steps[end:]), replace(body, loop=loop))

    def _noted(self, body: Body, shared: list[int]) -> None:
        """Write the lists that a body makes of inputs that follow each other, so that their derivatives are lists as well."""
        b, sizes, first = self.builder, body.program.loops.sizes, body.carried + body.taken
        inputs = {first + k: b.args[step][0] for k, step in enumerate(shared) if b.ops[step] == "input"}
        for leaf in leaves(body.program):
            found = moved(leaf, inputs, sizes) if leaf.strides else None
            if found is not None and len(found[1]) == len(leaf.strides):
                b.block(found[0], tuple((b.loops.add(sizes[loop]), stride) for loop, stride in found[1]))

    def _with_rule(self, node: Any, pullback: Any) -> int:
        """A result that was recorded by other operations, whose gradient does not go through them."""
        if not pullback.is_recorded:
            pullback.refuse(node, "it cannot be compiled")
        *operands, result = [self.index[id(x)] if isinstance(x, Value) else self.builder.const(x) for x in node.args]
        step = self.builder.emit("mul", self.number(result), self.builder.const(1.0))
        pairs = zip(operands, node.arg_grads, strict=False)
        self.builder.rules[step] = BackwardRule(
            node, self, [one for one, slope in pairs if slope is not None], pullback.depth
        )
        return step

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
