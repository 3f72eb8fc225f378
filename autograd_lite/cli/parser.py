"""Reading the command line: the words before a command here, those after it in the command's own module."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from autograd_lite.cli.commands import COMMANDS, module_of
from autograd_lite.cli.errors import MISUSED
from autograd_lite.cli.terminal import write

_WIDTH = max(map(len, COMMANDS))
_EPILOG = """examples:
  autograd-lite train moons --report report
  autograd-lite train measurements.csv --target species --save model.json
  autograd-lite predict model.json new.csv
  autograd-lite graph "L = (w*x + b - y)**2" w=-2 x=5 b=3 y=1 -o loss.svg
  autograd-lite step "sigmoid(w*x + b)" w=-2 x=1 b=2
  autograd-lite page "sigmoid(w*x + b)" w=-2 x=1 b=2 -o page.html
  autograd-lite plot race -o race.gif

autograd-lite COMMAND --help tells all about a command.

exit codes: 0 done, 1 could not be done (data, files, arithmetic), 2 not understood, 130 stopped by Ctrl-C"""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that says what is wrong in one line, and takes options anywhere between the other arguments.

    Attributes
    ----------
    prepare : callable
        What is done to the arguments before they are read; nothing, unless a command sets it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options)
        self.prepare: Callable[[Sequence[str]], list[str]] = list

    def read(self, argv: Sequence[str]) -> argparse.Namespace:
        """Read arguments; options may stand before, between and after the others."""
        args, extra = self.parse_known_intermixed_args(self.prepare(argv))
        if extra and extra[0].startswith("-"):
            self.error(f"there is no option {extra[0]}{meant(extra[0].partition('=')[0], self._option_string_actions)}")
        if extra:
            self.error(f"not understood: {' '.join(extra)}")
        return args

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse keeps quiet about an output that fails, and knows nothing of encodings.
        write(file if file is not None else sys.stderr, message)

    def error(self, message: str) -> NoReturn:
        """Print the message and where help is, and exit with 2."""
        self.exit(MISUSED, f"{self.prog}: {message} (see {self.prog} --help)\n")


def meant(typed: str, known: Iterable[str]) -> str:
    """What was probably meant, as an addition to a message; empty if nothing known is like it.

    >>> meant("--epoch", ["--epochs", "--seed"])
    ' (did you mean --epochs?)'
    """
    close = get_close_matches(typed, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def main_parser() -> Parser:
    """The parser of everything up to the command."""
    listed = "\n".join(f"  {name:<{_WIDTH}}  {summary}" for name, summary in COMMANDS.items())
    parser = Parser(
        prog="autograd-lite",
        usage="autograd-lite COMMAND ...",
        description=f"Train small networks and look into back-propagation.\n\ncommands:\n{listed}",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.add_argument("command", nargs="?", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS)
    return parser


def command_parser(name: str) -> Parser:
    """The parser of what follows a command.

    >>> command_parser("datasets").read(["moons", "--seed", "1"]).seed
    1
    """
    summary, module = COMMANDS[name], module_of(name)
    prog = f"autograd-lite {name}"
    parser = Parser(
        prog=prog,
        description=summary[0].upper() + summary[1:] + ".",
        epilog="\n".join(["examples:", *(f"  {prog} {example}" for example in module.EXAMPLES)]),
    )
    parser.set_defaults(command=name)
    module.add_arguments(parser)
    # The options stand below with what they mean: a list of thirty in the first line helps nobody.
    parser.usage = " ".join([prog, *_arguments(parser), "[options]"])
    return parser


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    """How the arguments that are no options are written: `EXPR`, `[NAME]`, `[NAME=NUMBER ...]`."""
    for action in parser._actions:
        if not action.option_strings:
            name = str(action.metavar or action.dest)
            yield {"?": f"[{name}]", "*": f"[{name} ...]"}.get(str(action.nargs), name)
