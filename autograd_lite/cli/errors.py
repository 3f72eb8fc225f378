"""What stops a command, and what the exit code is then."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import click

from autograd_lite.terminal import printable, said

#: All went well; the work could not be done (data, files, arithmetic); the command was not understood; Ctrl-C.
OK, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


class CommandError(click.ClickException):
    """A command that cannot go on: one sentence for the user, and the exit code.

    Parameters
    ----------
    message : str
        What was given, what is accepted, what to type instead.
    code : int, default FAILED
    below : sequence of str, optional
        Lines to stand under it.  What was typed cannot begin a line: in each, ends of lines are written as escapes.
    """

    def __init__(self, message: str, code: int = FAILED, below: Sequence[str] = ()) -> None:
        super().__init__("\n".join(map(printable, (message, *below))))
        self.code = code
        #: The command that was running.
        self.ctx = click.get_current_context(silent=True)


def misused(message: str, *below: str) -> NoReturn:
    """Raise for a command line that does not make sense; `below` are lines to stand under the message."""
    raise CommandError(message, MISUSED, below)


@contextmanager
def refusing(*kinds: type[Exception], before: str = "", code: int = FAILED) -> Iterator[None]:
    """Make errors of other layers, of these kinds, the one sentence of a command.

    >>> with refusing(ValueError, before="--lr: "):
    ...     raise ValueError("a rate is above 0")
    Traceback (most recent call last):
    ...
    autograd_lite.cli.errors.CommandError: --lr: a rate is above 0
    """
    try:
        yield
    except kinds as error:
        # The last sentence of some is for people who write Python.
        raise CommandError(before + said(error).partition(" `with autograd_lite.ieee()")[0], code) from None
