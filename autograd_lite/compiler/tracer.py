"""The Values that a function is recorded with: they notice when the graph is left.

A graph of Values forgets what Python decided along the way: `if x > 0` looks at a number and goes on.  A `Tracer` is a Value
whose comparisons stay in the graph.  When Python needs the answer (an `if`, a `while`, `max` of a list), the answer is noted
in the session, to become a guard.  Reading the number itself (`x.data`, `float(x)`, `f"{x:.2f}"`) cannot be guarded, and is
refused, with the line.
"""

import linecache
import sys
from contextvars import ContextVar
from typing import Any

from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.memory import most_operations, stopped
from autograd_lite.compiler.operations import COMPARISONS, TRUTHS
from autograd_lite.engine.node import Node, as_float
from autograd_lite.engine.value import Value

#: The slots themselves, past the properties that `Tracer` puts over them.
_data: Any = Node.__dict__["data"]
_slope: Any = Node.__dict__["_da"]
_grad: Any = Node.__dict__["grad"]
_PACKAGE = __name__.rpartition(".")[0].rpartition(".")[0]
#: Who may read the number of a tracer: the engine when it records, and the transforms.
_READERS = tuple(f"{_PACKAGE}.{layer}" for layer in ("engine", "rules", "transforms", "compiler"))
#: ... but not these, which take the number out of the graph.
_LEAVING = frozenset({"as_float", "item", "__float__", "__int__"})


class Session:
    """A recording under way: the decisions Python took, and how many operations there are of those allowed."""

    __slots__ = ("count", "decisions", "most", "name")

    def __init__(self, name: str) -> None:
        self.decisions: list[tuple[Any, bool, str]] = []
        self.name, self.count, self.most = name, 0, most_operations()


session_of_call: ContextVar[Session | None] = ContextVar("session", default=None)


def escape(what: str) -> TraceError:
    return TraceError(
        f"{what} leaves the graph at {place()}: the number would be frozen into the compiled program. "
        "Compare the Value itself (the branch becomes a guard), choose with where(), use .detach() for a constant in the "
        "derivative, or leave this function uncompiled"
    )


class Tracer(Value):
    """A Value that notices when the graph is left; functions see it while they are recorded."""

    __slots__ = ()

    @property
    def data(self) -> float:
        frame = sys._getframe(1)
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(_READERS) or frame.f_code.co_name in _LEAVING:
            raise escape("reading .data")
        return _data.__get__(self)  # type: ignore[no-any-return]

    @data.setter
    def data(self, number: float) -> None:
        frame = sys._getframe(1)
        if not frame.f_globals.get("__name__", "").startswith(_READERS):
            raise escape("assigning to .data")
        session = session_of_call.get()  # the engine makes a node
        if session is not None:
            session.count += 1
            if session.count > session.most:
                raise stopped(session.name, session.most)
        _data.__set__(self, number)

    @property
    def _da(self) -> Any:
        # Whoever reads the slopes of a `where` is about to differentiate along the branch that was taken.
        if self._rule == "where" and isinstance(self._a[0], Node) and being_recorded():
            bool(self._a[0])
        return _slope.__get__(self)

    @_da.setter
    def _da(self, slope: Any) -> None:
        _slope.__set__(self, slope)

    def __bool__(self) -> bool:
        if self._rule not in TRUTHS:
            return bool(compared("ne", self, 0.0))
        outcome = bool(_data.__get__(self))
        session = session_of_call.get()
        if session is not None:
            session.decisions.append((self, outcome, place()))
        return outcome

    def __and__(self, other: Any) -> Any:
        return _joined("and", self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Any:
        return _joined("or", self, other)

    __ror__ = __or__

    @property
    def grad(self) -> Any:
        """Refused to the user: it would be frozen; the transforms write derivatives into the program."""
        if _from_outside():
            raise escape("reading .grad (take the derivative with grad or value_and_grad inside)")
        return _grad.__get__(self)

    @grad.setter
    def grad(self, slope: Any) -> None:
        _grad.__set__(self, slope)

    @property
    def arg_grads(self) -> tuple[float | None, ...]:
        """Refused to the user, as `.grad`."""
        if _from_outside():
            raise escape("reading .arg_grads")
        return Value.arg_grads.__get__(self)  # type: ignore[no-any-return]

    @property
    def local_grads(self) -> tuple[float, ...]:
        """Refused to the user, as `.grad`."""
        if _from_outside():
            raise escape("reading .local_grads")
        return Value.local_grads.__get__(self)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<recorded {self.label or self.op or 'input'}>"  # without the number, which is that of one call

    def __format__(self, spec: str) -> str:
        if spec:
            raise escape(f"formatting with {spec!r}")
        return repr(self)

    def __float__(self) -> float:
        raise escape("float()")

    def __int__(self) -> int:
        raise escape("int()")

    def __index__(self) -> int:
        raise escape("use as an index or a count (pass whole numbers that shape the computation with static_argnums)")

    def item(self) -> float:
        """Refused: the number would leave the graph."""
        raise escape(".item()")

    def detach(self) -> "Tracer":
        """The same number as a constant for derivatives, still computed by the program."""
        constant: Tracer = made("detach", (self,), _data.__get__(self))
        return constant

    def __eq__(self, other: object) -> Any:
        return compared("eq", self, other)

    def __ne__(self, other: object) -> Any:
        return compared("ne", self, other)

    def __lt__(self, other: Any) -> Any:
        return compared("lt", self, other)

    def __le__(self, other: Any) -> Any:
        return compared("le", self, other)

    def __gt__(self, other: Any) -> Any:
        return compared("gt", self, other)

    def __ge__(self, other: Any) -> Any:
        return compared("ge", self, other)

    __hash__ = object.__hash__


def _from_outside() -> bool:
    """Whether the property that calls this was read by the user's code."""
    return not sys._getframe(2).f_globals.get("__name__", "").startswith(_READERS)


def made(op: str, operands: tuple[Any, ...], number: float) -> Any:
    """A node for an operation that the table of primitives does not have; no gradient flows through it."""
    node = object.__new__(Tracer)
    node.label, node._grad, node._rule = "", None, op
    _data.__set__(node, float(number))
    node._a, node._b, node._db = operands, None, None
    _slope.__set__(node, (None,) * len(operands))
    return node


def compared(op: str, x: Any, y: Any) -> Any:
    """A comparison that stays in the graph."""
    try:
        numbers = [_data.__get__(one) if isinstance(one, Node) else as_float(one) for one in (x, y)]
    except TypeError:
        return NotImplemented
    return made(op, (x, y), COMPARISONS[op](*numbers))


def _joined(op: str, x: Any, y: Any) -> Any:
    if not isinstance(y, bool) and not (isinstance(y, Tracer) and y._rule in TRUTHS) or x._rule not in TRUTHS:
        return NotImplemented
    if isinstance(y, bool):
        return (x if y else False) if op == "and" else (True if y else x)
    both, either = _data.__get__(x) and _data.__get__(y), _data.__get__(x) or _data.__get__(y)
    return made(op, (x, y), both if op == "and" else either)


def place() -> str:
    """The line outside the engine that is being run, as `file:line: text`."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        if not frame.f_globals.get("__name__", "").startswith(_READERS):
            name, line = frame.f_code.co_filename, frame.f_lineno
            text = linecache.getline(name, line).strip()
            return f"{name}:{line}" + (f": {text}" if text else "")
        frame = frame.f_back
    return "an unknown line"


def being_recorded() -> bool:
    """Whether a function is being recorded here and now."""
    return session_of_call.get() is not None


__all__ = ["Session", "Tracer", "being_recorded", "compared", "made", "place", "session_of_call"]
