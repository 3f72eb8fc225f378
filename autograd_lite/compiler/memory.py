"""A limit on the memory that recording and compiling may take, kept by estimate, before anything is allocated.

A loop that never ends, or a data set unrolled into one graph, would otherwise fill the memory until the system kills the
process.  What an operation takes was measured (`/usr/bin/time` on chains of 1e5, CPython 3.11) and rounded up.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from autograd_lite.compiler.errors import MemoryLimitError

#: Bytes for an operation: recorded (twice, for the comparison), in a program with its derivative, as code of a target.
RECORDED, WRITTEN = 900, 600
COMPILED = {"python": 3200, "llvm": 2000}
#: What the environment says, where `memory_limit` says nothing.
VARIABLE = "AUTOGRAD_LITE_MEMORY"

_chosen: ContextVar[int | None] = ContextVar("memory limit", default=None)
_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def limit() -> int:
    """The limit in bytes: of `memory_limit`, of `AUTOGRAD_LITE_MEMORY`, or half of what the machine has."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    text = os.environ.get(VARIABLE)
    if not text:
        return _half_of_the_machine()
    try:
        return _bytes(text, f"the environment variable {VARIABLE}")
    except ValueError as error:
        raise RuntimeError(str(error)) from None


def _half_of_the_machine() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):  # not on this system
        return 4 * 10**9


@contextmanager
def memory_limit(size: int | str) -> Iterator[None]:
    """Allow recording and compiling so much memory inside the block.

    Parameters
    ----------
    size : int or str
        Bytes, or a text such as "500 MB" or "4 GiB".  Outside any block it is what the environment variable
        `AUTOGRAD_LITE_MEMORY` says, and otherwise half of the machine's memory.

    Raises
    ------
    ValueError
        If it is no size.

    Examples
    --------
    >>> from autograd_lite import jit
    >>> f = jit(lambda x: sum(x * k for k in range(10_000)), backend="python")
    >>> with memory_limit("1 MB"):
    ...     f(1.0)
    Traceback (most recent call last):
    autograd_lite.compiler.errors.MemoryLimitError: recording function was stopped at 1,111 operations, ...
    """
    token = _chosen.set(_bytes(size, "the memory limit"))
    try:
        yield
    finally:
        _chosen.reset(token)


def _bytes(size: int | str, what: str) -> int:
    match = re.fullmatch(r"([\d.]+)\s*([a-z]*)", str(size).strip().lower())
    try:
        count = int(float(match[1]) * _UNITS[match[2]]) if match and not isinstance(size, bool) else 0
    except (KeyError, ValueError):
        count = 0
    if count < 1:
        raise ValueError(f"{what} is a number of bytes, or a text such as '500 MB' or '4 GiB', not {size!r}")
    return count


def most_operations() -> int:
    """How many operations may be recorded."""
    return limit() // RECORDED


def require(count: int, each: int, doing: str) -> None:
    """Refuse what would take more than the limit.

    Raises
    ------
    MemoryLimitError
        The message says what would have been done, how much it takes, and what to do instead.
    """
    allowed = limit()
    if count * each > allowed:
        raise MemoryLimitError(f"{doing}: {count:,} operations take about {_size(count * each)}, and {_advice(allowed)}")


def stopped(name: str, count: int) -> MemoryLimitError:
    """The error for a recording that has grown too long."""
    return MemoryLimitError(f"recording {name} was stopped at {count:,} operations, and {_advice(limit())}")


def _advice(allowed: int) -> str:
    return (
        f"the limit is {_size(allowed)}. Does a loop in it ever end? For a batch record one sample, by vmap or in_axes; uncompiled "
        f"the function works as ever; to allow more: with memory_limit('{_size(2 * allowed)}'), or {VARIABLE}={2 * allowed}"
    )


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"
