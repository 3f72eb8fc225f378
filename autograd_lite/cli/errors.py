"""What stops a command, and what the exit code is then."""

import ast
import os
import re
import shlex
import sys
from collections.abc import Collection
from functools import partial
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


#: By option: what the data layer advises in Python's terms, and what is to be typed here.
_ADVICE = {
    "drop_missing": (re.compile(r" \(missing='drop'\)"), " (--drop-missing)"),
    "decimal": (re.compile(r" \(decimal=','\)"), " (--decimal ,)"),
    "ignore": (re.compile(r""" \(ignore=\[('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]\)"""), " (--ignore {})"),
    "encoding": (re.compile(r"(?<=name the encoding it was saved in)"), " (--encoding NAME)"),
}


def with_options(message: str, options: Collection[str]) -> str:
    """A message of the data layer with its advice as options, as far as the command has them.

    >>> with_options("the cell is empty; drop such rows (missing='drop')", ["drop_missing"])
    'the cell is empty; drop such rows (--drop-missing)'
    >>> with_options("leave the column out (ignore=['the day'])", ["ignore"])
    "leave the column out (--ignore 'the day')"
    >>> with_options("leave the column out (ignore=['the day'])", [])
    'leave the column out'
    """
    for name, (advice, option) in _ADVICE.items():
        message = advice.sub(partial(_typed, option if name in options else ""), message)
    return message


def _typed(option: str, advice: re.Match[str]) -> str:
    return option.format(*(shlex.quote(ast.literal_eval(column)) for column in advice.groups()))


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
