"""Where in the user's code the nodes of a graph were made."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import autograd_lite
from autograd_lite.engine import modes

_PACKAGE = str(Path(autograd_lite.__file__).parent)


@contextmanager
def places() -> Iterator[dict[Any, str]]:
    """For each node made inside the block the file, line and function that asked for it.

    >>> from autograd_lite import Value
    >>> with places() as made:
    ...     y = Value(2.0) * 3.0
    >>> made[y].endswith("line 2, in <module>")
    True
    """
    found: dict[Any, str] = {}

    def made(node: Any) -> None:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
            frame = frame.f_back
        found[node] = f"{frame.f_code.co_filename}, line {frame.f_lineno}, in {frame.f_code.co_name}"

    with modes.observing(made):
        yield found


__all__ = ["places"]
