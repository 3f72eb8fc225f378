"""Where in the user's code nodes were made: off by default, since it costs a look at the stack for every node."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from autograd_lite.engine import modes
from autograd_lite.engine.known import Known
from autograd_lite.engine.value import Value

#: With the separator: a directory beside this one may be called autograd_lite_examples.
_PACKAGE = str(Path(__file__).parent.parent) + os.sep


class Source(NamedTuple):
    """A place in a program.

    >>> str(Source("model.py", 12, "forward"))
    'model.py, line 12, in forward'
    """

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, in {self.function}"


_sources = Known()


@contextmanager
def record_source() -> Iterator[None]:
    """Let every node that is made inside the block remember the line that made it; `source_of(node)` tells.

    The line is the innermost one outside this package: that of a model, not that of `nn.Layer`.

    Examples
    --------
    >>> with record_source():
    ...     y = Value(2.0) * 3.0
    >>> source_of(y).line
    2
    """

    def made(node: Any) -> None:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
            frame = frame.f_back
        _sources[node] = Source(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)

    with modes.observing(made):
        yield


def source_of(node: Value) -> Source | None:
    """Where a node was made; None if nobody asked for it to be remembered.

    >>> source_of(Value(1.0)) is None
    True
    """
    return _sources.get(node)


__all__ = ["Source", "record_source", "source_of"]
