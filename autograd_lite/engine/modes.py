"""The ways an operation can be told to behave otherwise: record nothing, answer with nan and inf.

The normal path pays one test of a global that is false.  When any mode is on, in any thread, every operation takes the
slower common path (`common.py`), which asks the context it runs in; so a mode never leaks into another thread or task.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from autograd_lite.engine import value

recording: ContextVar[bool] = ContextVar("recording", default=True)
answering_ieee: ContextVar[bool] = ContextVar("answering_ieee", default=False)

#: Called with each node that is made, and with the root of each backward pass before it starts (see `observing`).
observers: ContextVar[tuple[Callable[[Any], None], ...]] = ContextVar("observers", default=())
backward_observers: ContextVar[tuple[Callable[[Any], None], ...]] = ContextVar("backward_observers", default=())

#: While a function is recorded for a compiler: gives what an operation is to take in place of a Value that it is given.
substitute: ContextVar[Callable[[Any], Any] | None] = ContextVar("substitute", default=None)

#: Likewise: told of each operation that raises, before it does: its name, its operands, and what its float form raised.
undefined: ContextVar[Callable[[str, Any, Exception], None] | None] = ContextVar("undefined", default=None)

_lock = threading.Lock()
if hasattr(os, "register_at_fork"):  # not held by a thread that a child does not have
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)
_active = 0
#: The modules whose operations ask a global `special`; the fast twin of `value` adds itself.
switched: list[ModuleType] = [value]


@contextmanager
def special_mode() -> Iterator[None]:
    """Send every operation through the common path while the block runs."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(step: int) -> None:
    global _active
    with _lock:
        _active += step
        for module in switched:
            module.special = _active > 0  # type: ignore[attr-defined]


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside the block: results are constants, as in PyTorch.  Also works as a decorator.

    Examples
    --------
    >>> from autograd_lite import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents, y.requires_grad
    (9.0, (), False)
    """
    with special_mode():
        token = recording.set(False)
        try:
            yield
        finally:
            recording.reset(token)


@contextmanager
def enable_grad() -> Iterator[None]:
    """Record again inside a `no_grad` block.

    Examples
    --------
    >>> from autograd_lite import Value, enable_grad, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     with enable_grad():
    ...         y = x * x
    >>> y.parents == (x, x)
    True
    """
    with special_mode():
        token = recording.set(True)
        try:
            yield
        finally:
            recording.reset(token)


@contextmanager
def ieee() -> Iterator[None]:
    """Give IEEE 754 results inside the block, nan and infinities, where Python raises.

    Examples
    --------
    >>> from autograd_lite import Value, ieee
    >>> with ieee():
    ...     print((Value(1.0) / 0.0).data, Value(-1.0).log().data)
    inf nan
    """
    with special_mode():
        token = answering_ieee.set(True)
        try:
            yield
        finally:
            answering_ieee.reset(token)


@contextmanager
def observing(made: Callable[[Any], None] | None = None, backward: Callable[[Any], None] | None = None) -> Iterator[None]:
    """Call `made` with each node that an operation records inside the block, and with each new leaf; `backward` with the root
    of each backward pass before it starts.  What either raises reaches the line that made the node or called `backward()`."""
    with special_mode():
        tokens = [
            (variable, variable.set((*variable.get(), observer)))
            for variable, observer in ((observers, made), (backward_observers, backward))
            if observer is not None
        ]
        try:
            yield
        finally:
            for variable, token in tokens:
                variable.reset(token)
