"""The Values that a function is recorded with: they notice when the graph is left.

A graph of Values forgets what Python decided along the way: `if x > 0` looks at a number and goes on.  A `Tracer` is a Value
whose comparisons stay in the graph.  When Python needs the answer (an `if`, a `while`, `max` of a list), the answer is noted
in the session, to become a guard.  Reading the number itself (`x.data`, `float(x)`, `f"{x:.2f}"`) cannot be guarded, and is
refused, with the line; the engine reads it from its slot, by `number_of`.
"""

import inspect
import linecache
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from autograd_lite.compiler.errors import TraceError, UnlikeRounds
from autograd_lite.compiler.memory import most_operations, stopped
from autograd_lite.compiler.operations import COMPARISONS, RAISES, TOTAL, TRUTHS, error_kind, may_raise
from autograd_lite.engine import locks, modes
from autograd_lite.engine.common import make_node, number_of
from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import CONSTANT, LEAF, Value, record

#: The slot itself, past the property that `Tracer` puts over it.
_slope: Any = Value.__dict__["_da"]
#: Among the numbers of loops: what they come to is to be known where a function is recorded.
VALUED = -1
_PACKAGE = __name__.rpartition(".")[0].rpartition(".")[0]
#: Whose lines are not those of a user's function, and who may read the slopes of a tracer.
INSIDE = tuple(f"{_PACKAGE}.{layer}" for layer in ("engine", "rules", "transforms", "compiler", "loops"))


class Session:
    """A recording under way: the decisions Python took, what stands in for which Value, the operations that may raise, and how
    many there are in all."""

    def __init__(self, name: str, captured: Any = (), all_noticed: bool = False, loops: Any = None) -> None:
        #: The numbers of those `scan`s that are no loops, of as many as were met; None if none is.  Those that are, by the `id` of
        #: their nodes.
        self.loops, self.met, self.scans = loops, 0, dict[int, tuple[Any, Any]]()
        #: Whether what loops come to is to be known; and whether some number is not.
        self.valued, self.unknown = loops is not None and VALUED in loops, False
        self.decisions: list[tuple[Any, bool, str]] = []
        self.risky: list[Any] = []
        #: What ends the recording, even if the function catches it.
        self.refused: Exception | None = None
        self.straight = ""  # why a scan was not recorded as a loop
        #: By the `id` of what they stand in for, from the first time that is met.
        self.stand_ins: dict[int, Any] = {}
        self._captured = {id(value): value for value in captured}
        self._all_noticed = all_noticed
        self.nodes: list[Any] = []  # as they are made
        self._name, self._most = name, most_operations()

    def substitute(self, operands: Sequence[Any]) -> tuple[Any, ...]:
        """For each Value from outside whose comparisons are recorded its tracer; anything else as it is."""
        if not self._captured:
            return tuple(operands)
        found = map(self.stand_ins.get, map(id, operands))
        return tuple([self._stand_in(x) if y is None else y for x, y in zip(operands, found, strict=True)])

    def asked(self, things: Sequence[Any]) -> tuple[Any, ...]:
        """As `substitute`, where something is done to Values that is no operation: there any may be from outside."""
        if self._all_noticed:
            self._captured.update((id(one), one) for one in things if isinstance(one, Value) and not isinstance(one, Tracer))
        return self.substitute(things)

    def _stand_in(self, operand: Any) -> Any:
        key = id(operand)
        if key not in self._captured:
            return operand
        found = self.stand_ins[key] = _stand_in(operand)
        return found

    def originals(self) -> dict[int, Any]:
        """For the `id` of each stand-in the Value that it stands in for."""
        return {id(one): self._captured[key] for key, one in self.stand_ins.items()}

    def made(self, node: Any) -> None:
        """Note a node, one of so many that are allowed."""
        self.nodes.append(node)
        if len(self.nodes) > self._most:
            raise stopped(self._name, self._most)
        op = node._rule
        if op not in TOTAL and may_raise(op, _divisor(node)) and not modes.answering_ieee.get():
            self.risky.append(node)

    def again(self, number: int = VALUED) -> UnlikeRounds:
        """What ends the recording, for another one: with a loop as a row of steps, or with the numbers of all, if they are missing."""
        self.refused = UnlikeRounds(VALUED if self.unknown else number)
        return self.refused

    def raised(self, op: str, operands: Any, error: Exception) -> None:
        """Note that an operation raises here: whoever catches that has taken a branch, and whoever reads what it says, a number."""
        error.args = (_Text(*error.args),)
        bool(_made(f"{RAISES}{error_kind(error)}_{op}", tuple(operands), 1.0))


class _Text(str):
    """What an error says while a function is recorded: the numbers in it are those of one call.

    A function that reads it and returns is refused; one that puts it into an error of its own is not.
    """

    __slots__ = ()


def _noting(name: str) -> Any:
    plain = getattr(str, name)

    def method(self: Any, *given: Any) -> Any:
        if being_recorded() and from_outside():
            escape("the text of an error")
        return plain(self, *given)

    return method


for _name in (
    "str",
    "repr",
    "len",
    "getitem",
    "contains",
    "iter",
    "eq",
    "ne",
    "hash",
    "add",
    "mod",
    "format",
    "getattribute",
):
    setattr(_Text, f"__{_name}__", _noting(f"__{_name}__"))


def _divisor(node: Any) -> float | None:
    divisor = node._b
    return divisor if divisor.__class__ is float else None


session_of_call: ContextVar[Session | None] = ContextVar("session", default=None)


def escape(what: str) -> TraceError:
    """The error for a number that would be frozen; it ends the recording even if the function catches it."""
    error = TraceError(
        f"{what} leaves the graph at {place()}: the number would be frozen into the compiled program. "
        "Compare the Value itself (the branch becomes a guard), choose with where(), use .detach() for a constant in the "
        "derivative, or leave this function uncompiled"
    )
    session = session_of_call.get()
    if session is not None:
        session.refused = error
    return error


def copied() -> TraceError:
    """The error for a result whose origin is lost."""
    return TraceError(
        "a result was computed inside no_grad(), copied, or kept from an earlier call, so that the compiled program does not know "
        "where it comes from; use .detach() for a constant that is still computed, and pass what is kept as an argument"
    )


def _refused(what: str) -> Any:
    """A method of tracers by which the number would leave the graph."""

    def refuse(self: Any, *given: Any, **options: Any) -> Any:
        raise escape(what)

    return refuse


def _refused_to_users(name: str, hint: str = "") -> Any:
    """A property that only the transforms may read: they write derivatives into the program, elsewhere they would be frozen."""
    plain = getattr(Value, name)

    def read(self: Any) -> Any:
        if from_outside():
            raise escape(f"reading .{name}{hint}")
        return plain.__get__(self)

    return property(read, plain.__set__)


def _comparison(op: str) -> Any:
    def compare(self: Any, other: Any) -> Any:
        return compared(op, self, other)

    return compare


class Tracer(Value):
    """A Value that notices when the graph is left; functions see it while they are recorded."""

    __slots__ = ()

    data = property(_refused("reading .data"), _refused("assigning to .data"))
    grad = _refused_to_users("grad", " (take the derivative with grad or value_and_grad inside)")
    arg_grads = _refused_to_users("arg_grads")
    local_grads = _refused_to_users("local_grads")
    edges = _refused_to_users("edges")
    __float__ = _refused("float()")
    __int__ = _refused("int()")
    __index__ = _refused("use as an index or a count (pass whole numbers that shape the computation with static_argnums)")
    item = _refused(".item()")
    has_grad = _refused_to_users("has_grad")
    backward = _refused("backward(), which gives numbers as .grad (take the derivative with grad or value_and_grad inside)")
    register_hook = _refused(
        "register_hook() (a hook is called by Python in each backward pass; custom_vjp changes a gradient)"
    )
    __eq__ = _comparison("eq")
    __ne__ = _comparison("ne")
    __lt__ = _comparison("lt")
    __le__ = _comparison("le")
    __gt__ = _comparison("gt")
    __ge__ = _comparison("ge")
    __hash__ = object.__hash__

    @property
    def _da(self) -> Any:
        # Whoever reads the slopes of a `where` is about to differentiate along the branch that was taken.
        if self.op == "where" and isinstance(self.args[0], Value) and being_recorded():
            bool(self.args[0])
        return _slope.__get__(self)

    @_da.setter
    def _da(self, slope: Any) -> None:
        _slope.__set__(self, slope)

    def __bool__(self) -> bool:
        if self.op not in TRUTHS:
            return bool(compared("ne", self, 0.0))
        outcome = bool(number_of(self))
        session = session_of_call.get()
        if session is not None:
            if session.unknown:
                raise session.again()
            session.decisions.append((self, outcome, place()))
        return outcome

    def __and__(self, other: Any) -> Any:
        return _joined("and", self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Any:
        return _joined("or", self, other)

    __ror__ = __or__

    def __repr__(self) -> str:
        if being_recorded() and from_outside(_PACKAGE):
            raise escape("a text of it (print, repr(), an f-string)")
        return f"<recorded {self.label or self.op or 'input'}>"  # without the number, which is that of one call

    def __format__(self, spec: str) -> str:
        if spec:
            raise escape(f"formatting with {spec!r}")
        return repr(self)

    def __copy__(self) -> Any:
        if self.is_leaf:
            raise copied()
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        raise copied()

    def __reduce__(self) -> Any:
        raise copied()

    def detach(self) -> "Tracer":
        """The same number as a constant for derivatives, still computed by the program."""
        return _made("detach", (self,), number_of(self))  # type: ignore[no-any-return]


def tracer(number: float, label: str = "", requires_grad: bool = True) -> Any:
    """A leaf for a function to be recorded with, which nobody is told of that observes what is made."""
    leaf: Any = record("", float(number), None, None, None, None, Tracer)
    leaf.label, leaf._rule = label, LEAF if requires_grad else CONSTANT
    return leaf


def _stand_in(value: Any) -> Any:
    leaf = object.__new__(Tracer)
    leaf._number, leaf.label, leaf._grad, leaf._rule = (
        value._number,
        value.label,
        None,
        CONSTANT if value.is_constant else LEAF,
    )
    leaf._a = leaf._b = leaf._da = leaf._db = None
    return leaf


def from_outside(inside: str | tuple[str, ...] = INSIDE) -> bool:
    """Whether the property that calls this was read by the user's code."""
    frame: Any = sys._getframe(1)
    while frame.f_globals.get("__name__", "") == __name__:
        frame = frame.f_back
    return not frame.f_globals.get("__name__", "").startswith(inside)


def _made(op: str, operands: tuple[Any, ...], number: float) -> Any:
    """A node for an operation that the table of primitives does not have; no gradient flows through it."""
    return make_node(Tracer, op, operands, float(number), (None,) * len(operands))


def scan_node(session: Session, operands: tuple[Any, ...], number: float, what: Any) -> Any:
    """A node for a loop that was recorded as one, or for one of its results; `what` says which."""
    node = _made("scan", operands, number)
    session.scans[id(node)] = node, what
    return node


def compared(op: str, x: Any, y: Any) -> Any:
    """A comparison that stays in the graph."""
    substitute = modes.substitute.get() or tuple
    try:
        x, y = substitute([one if isinstance(one, Value) else as_float(one) for one in (x, y)])
    except TypeError:
        return NotImplemented
    return _made(op, (x, y), COMPARISONS[op](number_of(x), number_of(y)))


def _joined(op: str, x: Any, y: Any) -> Any:
    if not isinstance(y, bool) and not (isinstance(y, Tracer) and y.op in TRUTHS) or x.op not in TRUTHS:
        return NotImplemented
    if isinstance(y, bool):
        return (x if y else False) if op == "and" else (True if y else x)
    both, either = number_of(x) and number_of(y), number_of(x) or number_of(y)
    return _made(op, (x, y), both if op == "and" else either)


def place() -> str:
    """The line outside the engine that is being run, as `file:line: text`."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        if not frame.f_globals.get("__name__", "").startswith(INSIDE):
            name, line = frame.f_code.co_filename, frame.f_lineno
            text = linecache.getline(name, line).strip()
            return f"{name}:{line}" + (f": {text}" if text else "")
        frame = frame.f_back
    return "an unknown line"


# --- Values from outside -----------------------------------------------------------------------------------------------
#
# Operations take the tracer that stands in for a captured Value (`modes.substitute`); the Value itself is never touched.  What
# else can be done with one, reading its number or comparing it, has to be noticed as well.  So while anything is recorded, the
# class `Value` asks, for whatever a Tracer does otherwise, whether a stand-in is to answer here: in this thread, for this Value.

_recordings = 0


def _asking(plain: Any, noticing: Any, history: bool = False) -> Any:
    """`plain`, a function of Values, for all but captured Values, and the Tracer's, `noticing`, for those; it may only say no where
    what is asked for is how a Value was made, since the stand-in was not made so."""

    def ask(*things: Any, **options: Any) -> Any:
        session = session_of_call.get()
        if session is None:
            return plain(*things, **options)
        found = session.asked(things)
        if all(one is thing for one, thing in zip(found, things, strict=True)):
            return plain(*things, **options)
        answer = noticing(*found, **options)
        return plain(*things) if history else answer

    return ask


_ASKING: dict[str, Any] = {}
for _name, _noticing in vars(Tracer).items():
    if _name in ("_da", "__hash__") or not hasattr(Value, _name):
        continue
    _plain: Any = inspect.getattr_static(Value, _name)
    if isinstance(_noticing, property):
        _history = _name in ("arg_grads", "local_grads", "edges")
        _ASKING[_name] = property(_asking(_plain.__get__, _noticing.fget, _history), _asking(_plain.__set__, _noticing.fset))
    elif callable(_noticing):
        _ASKING[_name] = _asking(_plain, _noticing)
_PLAIN: dict[str, Any] = {name: vars(Value).get(name) for name in _ASKING}


@contextmanager
def captured_noticed() -> Iterator[None]:
    """While the block runs, the class `Value` asks for stand-ins."""
    _noticed(1)
    try:
        yield
    finally:
        _noticed(-1)


def _noticed(step: int) -> None:
    global _recordings
    with locks.recordings:
        before, _recordings = _recordings, _recordings + step
        if 0 not in (before, _recordings):
            return
        for name, plain in _PLAIN.items():
            if before == 0 or plain is not None:
                setattr(Value, name, plain if before else _ASKING[name])
            else:
                delattr(Value, name)  # inherited


def being_recorded() -> bool:
    """Whether a function is being recorded here and now."""
    return session_of_call.get() is not None
