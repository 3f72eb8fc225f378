"""Keeps remarks of the font library off the screen.

The font library that comes inside pygraphviz may be older than the machine's font settings, and then says so on the standard error
stream at every drawing, from C, where Python's filters do not reach. Nothing follows from it for a drawing.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import BinaryIO


@contextlib.contextmanager
def without_fontconfig_warnings() -> Iterator[None]:
    """Hold back what is written to file 2 meanwhile, and pass on what is not a remark about fonts' settings."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no such file, so nothing can be written to it
        yield
        return
    with tempfile.TemporaryFile() as held, contextlib.ExitStack() as undo:
        undo.callback(os.close, kept)
        if sys.stderr is not None:
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.flush()
        os.dup2(held.fileno(), 2)
        undo.callback(_pass_on, held, kept)
        undo.callback(os.dup2, kept, 2)
        yield


def _pass_on(held: BinaryIO, kept: int) -> None:
    held.seek(0)
    rest = b"".join(line for line in held if not line.startswith((b"Fontconfig warning", b"Fontconfig error")))
    if rest:
        os.write(kept, rest)
