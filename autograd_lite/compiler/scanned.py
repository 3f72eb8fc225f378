"""A loop that is met while a function is recorded: its body is recorded once, and stands for all rounds.

That is right if all rounds are alike, and `scan` by itself would have seen if they are not.  So the code of the body must only
compute (`effects.py`), and draw from no generator.  It is called for two rounds, which must come out the same; what it refers to
must be the same afterwards; each branch must go the same way in all rounds.  Where that is not so, or the body does something that a
recording cannot follow, the loop is what it is without a compiler, a row of steps; and since calling the body may have changed
something, the function is recorded again for that.
"""

import gc
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import nan
from operator import is_
from types import CodeType, FunctionType, ModuleType
from typing import Any

from autograd_lite.compiler.effects import only_computes
from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.loops import Body
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder, Guard, Program
from autograd_lite.compiler.python_target import compile_python
from autograd_lite.compiler.reads import reads_of
from autograd_lite.compiler.rolling import rolled
from autograd_lite.compiler.scans import taking
from autograd_lite.compiler.trace import writer_of
from autograd_lite.compiler.tracer import Session, scan_node, session_of_call, tracer
from autograd_lite.compiler.walk import CONSTANT, Walk
from autograd_lite.compiler.watch import Watch
from autograd_lite.engine import modes
from autograd_lite.engine.closures import pullback_of
from autograd_lite.engine.common import number_of
from autograd_lite.engine.value import Value
from autograd_lite.transforms.trace import differentiating
from autograd_lite.transforms.tree import unflatten

#: So many rounds are worth a loop.
FEWEST_ROUNDS = 5
#: What a body refers to is not looked through if it is more than this; and what is never looked into.
_MOST_HELD = 200_000
_APART = (type, ModuleType, CodeType, str, bytes, int, float, complex, type(None), Value)
#: A round with so many operands is looked through for loops.
WORTH_LOOPS_INSIDE = 400
#: So many times fewer operations have to be left then.
FEWER = 4


@dataclass
class _Round:
    """A call of the body."""

    inputs: list[Any]
    results: list[Any]
    row: list[Any]
    decisions: list[tuple[Any, bool, str]]
    risky: list[Any]
    made: list[Any]
    outer: list[Any] = field(default_factory=list)


def as_loop(scan: Any) -> list[Any] | None:
    """The last carry of a `Scan`, whose rows get their results; None if it is to be run step by step.

    Raises
    ------
    UnlikeRounds
        If that is seen too late.
    """
    session = session_of_call.get()
    if session is None or len(scan.order) < FEWEST_ROUNDS:
        return None
    number, reason = session.met, _reason(session, scan)
    if not reason:
        session.met += 1
        ready = _ready(session, scan, number)
        if not isinstance(ready, str):
            return _recorded(session, scan, number, *ready)
        reason = ready
    session.straight = session.straight or reason
    return None


def _reason(session: Session, scan: Any) -> str:
    """Why a scan is a straight line where it is, whatever it does."""
    if session.loops is None:
        return "a scan is a loop in machine code, and where its derivative is one"
    if differentiating.get():
        return "a scan inside a derivative that the function itself takes (jvp, jacfwd, hessian) is a straight line"
    if any(isinstance(column, range) for column in scan.xs.columns):
        return "a scan over a range: its whole numbers may be indices"
    return ""


def _ready(session: Session, scan: Any, number: int) -> "tuple[list[list[Any]], Watch, Walk, dict[int, Any]] | str":
    """What is known before a body is called: the numbers that the rounds take, and what it refers to; or why it is no loop."""
    rows = scan.xs.rows(len(scan.order))
    if number in session.loops:
        return "the rounds of a scan are not alike, a branch goes two ways, or its body keeps something"
    if rows is None or not (rows[0] or scan.init):
        return "the entries of a scan are not of one structure"
    try:
        watch = Watch(scan.body)
        before = watch.walked()
    except TraceError:
        return "it cannot be seen what the body of a scan refers to"
    held = _held(scan.body)
    if before.drawn or held is None or not all(map(only_computes, before.codes)):
        return "the body of a scan does more than compute: it draws, changes or asks for something besides numbers"
    return rows, watch, before, held


def _recorded(
    session: Session, scan: Any, number: int, rows: list[list[Any]], watch: Watch, before: Walk, held: dict[int, Any]
) -> list[Any]:
    kept = session.decisions, session.risky, session.refused
    try:
        found = _Recorder(session, scan, rows).nodes(watch, before, held)
    except Exception:  # whatever it is, it is raised again, and in the right place, if it is raised step by step
        found = None
    session.decisions, session.risky, session.refused = kept
    if found is None:
        raise session.again(number)
    return found


class _Recorder:
    def __init__(self, session: Session, scan: Any, rows: list[list[Any]]) -> None:
        self.session, self.scan, self.rows, self.tree = session, scan, rows, scan.entries(0)[1]

    def nodes(self, watch: Watch, before: Walk, held: dict[int, Any]) -> list[Any] | None:
        """The carry in the end; None if rounds differ."""
        scan = self.scan
        first = self.round(scan.order[0], scan.init)
        second = self.round(scan.order[1], first.results)
        after = watch.walked()
        if not _same(held, _held(scan.body)):
            return None
        if after.tokens != before.tokens or after.drawn or not all(map(is_, before.values, after.values)):
            return None
        program, again = self.written(first), self.written(second)
        if program is None or again is None or not program.is_same(again) or not all(map(is_, first.outer, second.outer)):
            return None
        return self.result(program, first.outer)

    def round(self, k: int, carry: Sequence[Any]) -> _Round:
        """The body, called with symbols for the carry and the entries."""
        session, scan = self.session, self.scan
        held = [tracer(number_of(one)) for one in carry]
        entries = [tracer(number_of(one)) for one in self.rows[k]]
        session.decisions, session.risky = [], []
        made: list[Any] = []
        with modes.observing(made=made.append):
            results, row = scan.step(held, unflatten(self.tree, entries))
        found = _Round([*held, *entries], results, row, session.decisions, session.risky, made)
        session.decisions, session.risky = [], []
        return found

    def written(self, one: _Round) -> Program | None:
        """What a round does, where what it refers to from outside is noted; None if a recording cannot follow."""
        inside, inputs = {id(node) for node in one.made}, {id(node) for node in one.inputs}
        roots = [*one.results, *one.row, *[condition for condition, _, _ in one.decisions], *one.risky]
        known: set[int] = set()
        path = [node for node in reversed(roots) if isinstance(node, Value)]
        while path:
            node = path.pop()
            if id(node) in known or id(node) in inputs:
                continue
            known.add(id(node))
            if id(node) not in inside:
                one.outer.append(node)
                continue
            if pullback_of(node) is not None or self.session.refused is not None:
                return None
            path += [arg for arg in reversed(node.args or ()) if isinstance(arg, Value)]
        builder, carried = Builder(), len(one.results)
        names = [*[f"c{k}" for k in range(carried)], *[f"x{k}" for k in range(len(one.inputs) - carried)]]
        index, kept = dict[int, int](), list[int]()
        for k, (node, name) in enumerate(zip([*one.inputs, *one.outer], [*names, *[""] * len(one.outer)], strict=True)):
            if k in (carried, len(one.inputs)):  # nobody's, so that no list is of inputs of two kinds
                builder.input("")
            kept.append(len(builder.names))
            index[id(node)] = builder.input(name or node.label or f"shared{k - len(one.inputs)}")
        writer = writer_of(builder, self.session, index)
        guards = [Guard(writer.write(condition), outcome, where) for condition, outcome, where in one.decisions]
        outputs = [writer.number(writer.write(node)) for node in [*one.results, *one.row]]
        program = builder.finish(outputs, guards, name="round", checks=writer.checks(one.risky))
        if sum(len(args) for _, _, args in program.computed()) >= WORTH_LOOPS_INSIDE:
            with_loops = rolled(program, carried)
            program = with_loops if FEWER * with_loops.size < program.size else program
        return taking(program, kept)

    def result(self, program: Program, outer: list[Any]) -> list[Any] | None:
        """Nodes for the carry in the end and for the rows; None if a branch goes two ways.

        The numbers that the rounds come to are computed where there is a branch in them.  Elsewhere they are not known; the function
        is recorded again with them where Python asks for one, by a branch or by an error.
        """
        scan, session, taken = self.scan, self.session, len(self.rows[0])
        operands = (*scan.init, *chain(*self.rows), *outer)
        session.unknown = session.unknown or not (program.guards or session.valued)
        steps = {} if session.unknown else self._computed(program, list(map(number_of, operands)))
        if steps is None:
            return None
        carried, given = len(scan.init), len(program.outputs) - len(scan.init)
        body = Body(program, carried, taken, -1, scan.order.step < 0)
        whole = scan_node(session, operands, nan, (body, len(scan.order)))

        def nodes(k: int, count: int) -> list[Any]:
            return [scan_node(session, (whole,), number, (j, k)) for j, number in enumerate(steps.get(k) or [nan] * count)]

        scan.keep([nodes(k, given) for k in scan.order] if given else [])
        return nodes(-1, carried)

    def _computed(self, program: Program, numbers: list[float]) -> dict[int, list[float]] | None:
        """What each round gives, and under -1 what is carried in the end, by Python source; None if a branch goes another way."""
        run = compile_python(Kernel(optimize(program), len(program.names), 0), modes.answering_ieee.get()).function
        carried, taken = len(self.scan.init), len(self.rows[0])
        shared = numbers[carried + taken * len(self.rows) :]
        carry, found = numbers[:carried], dict[int, list[float]]()
        for k in self.scan.order:
            first = carried + k * taken
            step = run([*carry, *numbers[first : first + taken], *shared], ())
            if step.__class__ is int:
                return None
            carry, found[k] = step[0][:carried], step[0][carried:]
        return {**found, -1: carry}


def _held(body: Any) -> dict[int, Any] | None:
    """All that a body could have put something into, each thing with what it refers to; None if it is too much, or asked by identity.

    A watch looks at what is read.  What is only written, a list that is appended to, may be read by who has the loop.
    """
    found: dict[int, Any] = {}
    path = [body]
    while path:
        thing = path.pop()
        if id(thing) in found or isinstance(thing, _APART):
            continue
        inside = gc.get_referents(thing)
        if isinstance(thing, dict | set | frozenset) and any(isinstance(key, Value) for key in thing):
            return None  # a number of a loop is none of these
        if isinstance(thing, FunctionType):
            inside = [] if (thing.__module__ or "").partition(".")[0] in CONSTANT else _of_function(thing)
        found[id(thing)] = thing, inside
        if len(found) > _MOST_HELD:
            return None
        path += inside
    return found


def _same(held: dict[int, Any], after: dict[int, Any] | None) -> bool:
    """Whether each thing refers to the very things that it did."""
    if after is None or held.keys() != after.keys():
        return False
    pairs = ((inside, after[key][1]) for key, (_, inside) in held.items())
    return all(len(one) == len(other) and all(map(is_, one, other)) for one, other in pairs)


def _of_function(function: FunctionType) -> list[Any]:
    """What a function refers to, of its globals those that it names."""
    space = function.__globals__
    return [
        *[space[name] for name in reads_of(function.__code__).globals if name in space], function.__defaults__, function.__kwdefaults__,
        function.__closure__, function.__dict__,
    ]  # fmt: skip
