"""The command line, `autograd-lite` or `python -m autograd_lite`: the place where the layers meet.

`main` turns what goes wrong into one line on standard error and an exit code: 0 done, 1 could not be done, 2 not
understood, 130 stopped by Ctrl-C.  Each command is a function in a module of its own, imported when it is called.
"""

import importlib
import sys
from collections.abc import Sequence

from autograd_lite.cli.errors import FAILED, INTERRUPTED, MISUSED, OK, CommandError, abandon_output
from autograd_lite.cli.parser import build_parser, commands, protect_formula
from autograd_lite.cli.terminal import Terminal

#: The module of each command; the function is called run_ and the command's name.
_MODULES = {
    "train": "train",
    "predict": "predict",
    "evaluate": "predict",
    "graph": "formulas",
    "step": "formulas",
    "page": "formulas",
    "datasets": "datasets",
    "plot": "gallery",
    "gpt": "gpt",
    "completion": "completion",
}


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
        return _run(sys.argv[1:] if argv is None else list(argv))
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); there is nobody to tell.
        abandon_output()
        return FAILED
    except KeyboardInterrupt:
        Terminal().error("stopped")
        return INTERRUPTED


def _run(argv: list[str]) -> int:
    parser = build_parser()
    try:
        args, extra = parser.parse_known_args(protect_formula(argv))
        if extra and args.command in ("graph", "step", "page") and not any(item.startswith("-") for item in extra):
            # Numbers after an option: argparse has closed the list of them by then.
            args.numbers = [*args.numbers, *extra]
        elif extra:
            commands(parser).get(args.command, parser).error(f"not understood: {' '.join(extra)}")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else OK
    terminal = Terminal(quiet=getattr(args, "quiet", False))
    if args.version:
        from autograd_lite import __version__

        terminal.result(f"autograd-lite {__version__}")
        return OK
    if args.command is None:
        parser.print_help()
        return MISUSED
    # Raised by the commands for bad input; anything else is a mistake of ours and keeps its traceback.
    from autograd_lite.data import DataError

    try:
        module = importlib.import_module(f"autograd_lite.cli.{_MODULES[args.command]}")
        code: int = getattr(module, f"run_{args.command}")(args, terminal)
        return code
    except CommandError as error:
        terminal.error(f"autograd-lite {args.command}: {error}")
        return error.code
    except (DataError, ImportError, MemoryError) as error:
        terminal.error(f"autograd-lite {args.command}: {error or type(error).__name__}")
        return FAILED


__all__ = ["main"]
