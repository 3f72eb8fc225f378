"""The command line, `autograd-lite` or `python -m autograd_lite`: the place where the layers meet.

`main` turns what goes wrong into one line on standard error and an exit code: 0 done, 1 could not be done, 2 not
understood, 130 stopped by Ctrl-C.  Each command is a module of its own in `commands/`, imported when it is called.
"""

import sys
from collections.abc import Sequence

from autograd_lite.cli.commands import COMMANDS, module_of
from autograd_lite.cli.errors import FAILED, INTERRUPTED, MISUSED, OK, CommandError, abandon_output, with_options
from autograd_lite.cli.parser import command_parser, main_parser, meant
from autograd_lite.cli.terminal import Terminal


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
        abandon_output()
        return FAILED
    except KeyboardInterrupt:
        Terminal().error("stopped")
        return INTERRUPTED
    except OSError as error:  # of the files a command writes it tells itself
        abandon_output()
        Terminal().error(f"autograd-lite: the output cannot be written: {error.strerror or error}")
        return FAILED


def _run(argv: list[str]) -> int:
    command = argv[0] if argv and argv[0] in COMMANDS else None
    try:
        if any("\0" in argument for argument in argv):  # no shell can type one, but a program can call `main`
            main_parser().error("there is a null character in the arguments")
        if command is None:
            return _without_command(argv)
        args = command_parser(command).read(argv[1:])
        args.argv = argv
    except SystemExit as stop:  # argparse, after it has printed help or what is wrong
        return stop.code if isinstance(stop.code, int) else OK
    terminal = Terminal(quiet=getattr(args, "quiet", False))
    # Raised by the commands for bad input; anything else is a mistake of ours and keeps its traceback.
    from autograd_lite.data import DataError

    try:
        code: int = module_of(command).run(args, terminal)
        return code
    except CommandError as error:
        terminal.error(f"autograd-lite {command}: {error}")
        return error.code
    except DataError as error:
        terminal.error(f"autograd-lite {command}: {with_options(str(error), vars(args))}")
        return FAILED
    except (ImportError, MemoryError) as error:
        terminal.error(f"autograd-lite {command}: {error or type(error).__name__}")
        return FAILED


def _without_command(argv: list[str]) -> int:
    parser = main_parser()
    if argv and not argv[0].startswith("-"):
        parser.error(f"there is no command {argv[0]!r}{meant(argv[0], COMMANDS)}; there are {', '.join(COMMANDS)}")
    args = parser.parse_args(argv)
    if args.version:
        from autograd_lite import __version__

        Terminal().result(f"autograd-lite {__version__}")
        return OK
    parser.print_help()
    return MISUSED


__all__ = ["main"]
