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


#: What the data layer advises in Python's terms, and the option that does it here.
_ADVICE = {
    "leave the column out (ignore)": "leave the column out (--ignore NAME)",
    "or drop such rows": "or drop such rows (--drop-missing)",
    "name the encoding it was saved in": "name the encoding it was saved in (--encoding NAME)",
}


def with_options(message: str) -> str:
    """A message of the data layer with its advice as options.

    >>> with_options("the cell is empty; fill it in, or drop such rows")
    'the cell is empty; fill it in, or drop such rows (--drop-missing)'
    """
    for advice, option in _ADVICE.items():
        message = message.replace(advice, option)
    return message


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
