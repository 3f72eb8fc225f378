"""Whether a function catches what an operation may raise: asked where there can be no other way through it, in an export.

Under `jit` that shows when the operation raises.  A C file cannot wait for that, so it is tried: the function is called again,
and at the operation an error is raised, as the engine words it, of each kind that there is.  If the call comes to an end all the
same, something caught it, whatever that was: a `try`, `suppress`, an object whose `__exit__` says so.  Each pass of a loop is tried;
where no code on the way to an operation has a handler that could go on, there is nothing to try.
"""

import dis
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.trace import recording
from autograd_lite.compiler.tracer import INSIDE, Session, place, tracer
from autograd_lite.engine.common import number_of
from autograd_lite.engine.errors import domain_error
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS

#: So many operations are tried, each with an error of each kind, a call of the function for each.
_MOST = 1000
#: What a handler has that can go on after an error: it asks which it is, or is the end of a `with`.
_ASKING = frozenset({"CHECK_EXC_MATCH", "CHECK_EG_MATCH", "WITH_EXCEPT_START"})


class _Trial(Session):
    """A call in which operation number `at` of those that may raise does, an error of a kind."""

    def __init__(self, name: str, at: int = -1, kind: type[Exception] = ValueError) -> None:
        super().__init__(name)
        self.at, self.kind = at, kind
        #: The operations that are done where a handler is around them, as numbers.
        self.handled: list[int] = []
        self.caught = ""

    def made(self, node: Any) -> None:
        """Raise, or note the operation, if it may raise."""
        before = len(self.risky)
        super().made(node)
        if len(self.risky) == before:
            return
        if before == self.at:
            self.caught = f"what {node.op} may raise, which is a branch, at {place()}"
            raise domain_error(RULES[node.op], [number_of(arg) for arg in node.args], node.args, self.kind())
        if self.at < 0 and _is_handled():
            self.handled.append(before)


def caught(call: Callable[[list[Any]], Any], numbers: Sequence[float], name: str) -> str:
    """The operation whose error a function catches, and its line, `file:line: text`; "" if there is none.

    Parameters
    ----------
    call : callable
        Takes a list of tracers.
    numbers : sequence of float
    name : str
        Of the function.

    Raises
    ------
    UnsupportedOperation
        If there are too many operations to try.
    """
    handled = _tried(call, numbers, _Trial(name)).handled
    if len(handled) > _MOST:
        raise UnsupportedOperation(
            f"{name} has {len(handled)} operations that may raise inside of `try` or `with`, and at most {_MOST} are tried, "
            "whether something catches what they raise: take them out of it"
        )
    trials = (_tried(call, numbers, _Trial(name, at, kind)) for at in handled for kind in ARITHMETIC_ERRORS)
    return next(filter(None, (trial.caught for trial in trials)), "")


def _tried(call: Callable[[list[Any]], Any], numbers: Sequence[float], trial: _Trial) -> _Trial:
    try:
        with recording(trial):
            call([tracer(number) for number in numbers])
    except Exception:
        if trial.refused is None:  # a handler that goes on to where it reads a number has caught it
            trial.caught = ""
    return trial


def _is_handled() -> bool:
    """Whether code outside the engine, up to the call, has a handler around what it is doing."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code is not _tried.__code__:
        inside = frame.f_globals.get("__name__", "").startswith(INSIDE)
        if not inside and any(frame.f_lasti in places for places in _handled(frame.f_code)):
            return True
        frame = frame.f_back
    return False


@lru_cache(maxsize=1024)
def _handled(code: CodeType) -> list[range]:
    """The parts of a code with a handler that can go on; `finally` and what ends a generator or comprehension only clean up."""
    steps = list(dis.get_instructions(code))
    found = []
    for entry in dis.Bytecode(code).exception_entries:  # type: ignore[attr-defined]
        handler = [step for step in steps if step.offset >= entry.target]
        for step, after in zip(handler, [*handler[1:], None], strict=True):
            leaves = step.opname == "POP_EXCEPT"
            again = after is not None and after.opname == "RERAISE"
            if step.opname in _ASKING or (leaves and not again):
                found.append(range(entry.start, entry.end))
            if step.opname in _ASKING or leaves:
                break
    return found
