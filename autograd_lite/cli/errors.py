"""What stops a command, and what the exit code is then."""

import os
import sys
from typing import NoReturn

#: All went well; the work could not be done (data, files, arithmetic); the command was not understood; Ctrl-C.
OK, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


class CommandError(Exception):
    """A command that cannot go on: one sentence for the user, and the exit code.

    Parameters
    ----------
    message : str
        What was given, what is accepted, what to type instead.
    code : int, default FAILED
    """

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def misused(message: str) -> NoReturn:
    """Raise for a command line that does not make sense."""
    raise CommandError(message, MISUSED)


def abandon_output() -> None:
    """After an output has failed (its reader has gone, the disk is full): keep the interpreter from trying again at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            descriptor = stream.fileno()
        except (OSError, ValueError, AttributeError):
            continue
        try:
            stream.flush()  # only an output that fails is replaced: the other one may be well
        except OSError:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, descriptor)
            os.close(null)
