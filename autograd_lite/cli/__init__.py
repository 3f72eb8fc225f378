"""The command line, `autograd-lite` or `python -m autograd_lite`: the place where the layers meet.

`main` turns what goes wrong into one line on standard error and an exit code: 0 done, 1 could not be done, 2 not
understood, 130 stopped by Ctrl-C.  Each command is a module of its own in `commands/`, imported when it is called.
"""

import atexit
import contextlib
import gc
import os
import re
import sys
from collections.abc import Sequence

import click

from autograd_lite.cli.commands import COMPLETE, NAME, autograd_lite
from autograd_lite.cli.errors import FAILED, INTERRUPTED, CommandError
from autograd_lite.terminal import printable, said, write

# When the program ends, the collector would look through the whole engine once more: for as long as click takes to import.
atexit.register(gc.freeze)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; `sys.argv[1:]` if left out.

    Returns
    -------
    int
        The exit code.

    Examples
    --------
    >>> main(["step", "w*x", "w=2", "x=3"])  # doctest: +ELLIPSIS
    forward
      w = 2.0
      x = 3.0
      f = w * x = 6.0
    <BLANKLINE>
    backward
    ...
    """
    try:
        code = _run(sys.argv[1:] if argv is None else list(argv))
        if sys.stdout is not None:
            sys.stdout.flush()  # a full disk is noticed here, and not by the interpreter after us
        return code
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); there is nobody to tell.
        _abandon_output()
        return FAILED
    except KeyboardInterrupt:
        _complain("stopped")
        return INTERRUPTED
    except OSError as error:  # of the files a command writes it tells itself
        _abandon_output()
        _complain(f"{NAME}: the output cannot be written: {said(error)}")
        return FAILED


def _run(argv: list[str]) -> int:
    if instruction := os.environ.get(COMPLETE):
        from autograd_lite.cli.commands.completion import answer

        return answer(instruction)
    try:
        # No shell can type one, but a program can call `main`.
        if wrong := [argument for argument in argv if re.search("[\0\ud800-\udc7f\udd00-\udfff]", argument)]:
            raise click.UsageError(f"No argument and no name of a file holds such characters: {printable(wrong[0])}")
        with autograd_lite.make_context(NAME, list(argv), obj=argv) as context:
            code: int = autograd_lite.invoke(context)
            return code
    except click.exceptions.Exit as stop:  # after --help and --version
        return stop.exit_code
    except click.ClickException as error:  # anything else is a mistake of ours and keeps its traceback
        running: click.Context | None = getattr(error, "ctx", None)
        name = running.command_path if running else NAME
        if isinstance(error, CommandError):
            _complain(f"{name}: {error}")
            return error.code
        _complain(f"{name}: {' '.join(error.format_message().split())} (see {name} --help)")
        return error.exit_code


def _complain(message: str) -> None:
    write(sys.stderr, message + "\n")


def _abandon_output() -> None:
    """After an output has failed (its reader has gone, the disk is full): keep the interpreter from trying again at exit."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()  # only an output that fails is replaced: the other one may be well
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError), open(os.devnull, "w") as null:
                os.dup2(null.fileno(), stream.fileno())


__all__ = ["main"]
