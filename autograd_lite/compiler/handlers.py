"""Whether a function catches what an operation may raise: asked where there can be no other way through it, in an export.

Under `jit` that shows when the operation raises.  A C file cannot wait for that, so it is tried: the function is called again,
and at the operation an error is raised.  If the call comes to an end all the same, something caught it, whatever that was: a `try`,
`suppress`, an object whose `__exit__` says so.  Where no code on the way to an operation has a handler, there is nothing to try.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler.trace import recording
from autograd_lite.compiler.tracer import INSIDE, Session, place, tracer


class _AnyError(ValueError, ZeroDivisionError, OverflowError):
    """What arithmetic on floats may raise, all of it."""


class _Trial(Session):
    """A call in which operation number `at` of those that may raise does."""

    def __init__(self, name: str, at: int) -> None:
        super().__init__(name)
        self.at = at
        #: For each place in the code with a handler around it the operations that are done there, as numbers.
        self.sites: dict[Any, list[int]] = {}
        self.caught = ""

    def made(self, node: Any) -> None:
        """Raise, or note the operation, if it may raise."""
        before = len(self.risky)
        super().made(node)
        if len(self.risky) == before:
            return
        if before == self.at:
            self.caught = f"what {node.op} may raise, which is a branch, at {place()}"
            raise _AnyError(f"{node.op} is not defined here")
        site = _site()
        if any(code.co_exceptiontable for code, _ in site):
            self.sites.setdefault(site, []).append(before)


def caught(call: Callable[[list[Any]], Any], numbers: Sequence[float], name: str) -> str:
    """The operation whose error a function catches, and its line, `file:line: text`; "" if there is none.

    Parameters
    ----------
    call : callable
        Takes a list of tracers.
    numbers : sequence of float
    name : str
        Of the function.
    """
    tried = {at for site in _tried(call, numbers, name, -1).sites.values() for at in (site[0], site[-1])}
    return next(filter(None, (_tried(call, numbers, name, at).caught for at in sorted(tried))), "")


def _tried(call: Callable[[list[Any]], Any], numbers: Sequence[float], name: str, at: int) -> _Trial:
    trial = _Trial(name, at)
    try:
        with recording(trial):
            call([tracer(number) for number in numbers])
    except Exception:
        if trial.refused is None:  # a handler that goes on to where it reads a number has caught it
            trial.caught = ""
    return trial


def _site() -> tuple[Any, ...]:
    """Where an operation is done, by the code outside the engine and its places, up to the call."""
    frame: Any = sys._getframe(1)
    found = []
    while frame is not None and frame.f_code is not _tried.__code__:
        if not frame.f_globals.get("__name__", "").startswith(INSIDE):
            found.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return tuple(found)
