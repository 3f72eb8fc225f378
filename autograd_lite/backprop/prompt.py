"""Reading commands as pdb does: short forms, an empty line that repeats, Tab, help; and answering in what the terminal can show.

What is here knows nothing of back-propagation; the commands are in `debugger.py`.  Nothing that is typed is executed as Python.
"""

import cmd
import contextlib
import io
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO, Any, ClassVar

from autograd_lite.expression import ExpressionError
from autograd_lite.structure.names import Names
from autograd_lite.terminal import NARROW, Table, columns_of, encodable, fit, is_terminal, printable, said, write


class Prompt(cmd.Cmd):
    """A prompt whose commands are the methods `do_...`; the first words of their docstrings, up to the colon, are their usage.

    Parameters
    ----------
    names : Names
        What may be meant by a word that is no command.
    stdin, stdout : text files, optional
        `sys.stdin` and `sys.stdout` if left out.
    """

    #: Short forms and other words for the commands.
    aliases: ClassVar[Mapping[str, str]] = {}
    #: The commands in the order of the help, in groups.
    groups: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, names: Names, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
        # Where a program has been started without the two, nothing is read and nothing is written.
        super().__init__(stdin=stdin or sys.stdin or io.StringIO(), stdout=stdout or sys.stdout or io.StringIO())
        self.names = names
        self.use_rawinput = self.stdin is sys.stdin and is_terminal(self.stdin)
        if not is_terminal(self.stdin):
            self.prompt = ""
        self._hinted: set[str] = set()

    def greet(self) -> None:
        """What is said first, to somebody who types."""

    # --- reading ------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Read commands until one of them leaves, the input ends, or Ctrl-C."""
        if self.prompt:
            self.greet()
        while True:
            try:
                self.cmdloop()
                return
            except KeyboardInterrupt:
                self.say("")
                return
            except UnicodeDecodeError as error:
                self.say(f"*** this line cannot be read as {error.encoding}")

    def onecmd(self, line: str) -> bool:
        """One command; anything that goes wrong in it is one line."""
        try:
            return bool(super().onecmd(line))
        except (LookupError, ValueError, TypeError, RuntimeError, ArithmeticError) as error:
            self.say(f"*** {_message(error)}")
            return False

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        """Commands by their names, their short forms, or as many letters as tell them apart."""
        line = line.strip()
        if not line or line == "EOF":
            return ("EOF", "", line) if line else (None, None, line)
        word, _, rest = line.partition(" ")
        name = self.aliases.get(word, word)
        if name not in self.commands() and not self.is_node(word):
            fitting = [one for one in self.commands() if one.startswith(word)]
            if len(fitting) > 1:
                raise ValueError(f"{word} may be {' or '.join(sorted(fitting))}")
            name = fitting[0] if fitting else name
        if name not in self.commands():
            return None, None, line
        if name != word and self.is_node(word) and (not rest or rest.lstrip()[:1] in "=+-*/%<>!"):
            # Weights and biases are called w and b, which in pdb are commands: by its name alone, and in arithmetic, the
            # node is meant.
            if word not in self._hinted:
                self._hinted.add(word)
                self.say(f"({word} is a node here; the command that {word} is short for is {name})")
            return None, None, line
        return name, rest.strip(), f"{name} {rest}"

    def default(self, line: str) -> None:
        """What is no command is an expression."""
        if re.fullmatch(r"(set\s+)?[^=<>!()]+=[^=].*", line):
            raise ValueError(
                "numbers stay as they were computed here; what would be with another one is shown by the page, which computes "
                "again: autograd-lite page, to_html"
            )
        try:
            self.print(line)
        except LookupError as error:
            raise LookupError(f"{_message(error)}; help lists the commands") from None
        except ExpressionError as error:
            raise ValueError(
                f"{line!r} is neither a command nor an expression: {error.message}; help lists the commands"
            ) from None

    def print(self, text: str) -> None:
        """Answer an expression."""
        raise NotImplementedError

    def commands(self) -> list[str]:
        """The names of the commands."""
        return [name for group in self.groups for name in group]

    def is_node(self, word: str) -> bool:
        """Whether a node has that name."""
        try:
            self.names.find(word)
        except LookupError:
            return False
        return True

    # --- the Tab key --------------------------------------------------------------------------------------------------

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        """Commands."""
        return sorted(name for name in self.commands() if name.startswith(text))

    def completedefault(self, text: str, *ignored: Any) -> list[str]:
        """Nodes, the first fifty."""
        return list(islice((name for name in self.names.values() if name.startswith(text)), 50))

    # --- answering ----------------------------------------------------------------------------------------------------

    def say(self, thing: Any) -> None:
        """Write an answer: a table in its best form, a text with its lines broken where they fit."""
        if isinstance(thing, Table):
            thing.show(self.stdout)
        else:
            text = encodable(printable(str(thing).removesuffix("\n"), "\n"), self.stdout)  # first: escapes are wider
            write(self.stdout, fit(text, columns_of(self.stdout)) + "\n")

    def help_on(self, name: str) -> str:
        """A line about a command, with its short forms."""
        usage, _, text = (getattr(self, f"do_{name}").__doc__ or "").partition(": ")
        short = [alias for alias, meant in self.aliases.items() if meant == name]
        columns = columns_of(self.stdout)
        usage = f"{usage:<24}" if columns is None or columns > NARROW else f"{usage}: "
        return usage + text + (f" ({', '.join(short)})" if short else "")


def _message(error: BaseException) -> str:
    """What went wrong, in one line."""
    if isinstance(error, ExpressionError):
        return error.message
    text, kind = said(error), type(error).__name__
    return text if isinstance(error, LookupError | ValueError | TypeError) or text == kind else f"{kind}: {text}"


@contextlib.contextmanager
def own_history() -> Iterator[None]:
    """Where there is readline, lines typed inside the block stay apart from those typed before."""
    try:
        import readline
    except ImportError:
        yield
        return
    before = [readline.get_history_item(k + 1) for k in range(readline.get_current_history_length())]
    readline.clear_history()
    try:
        yield
    finally:
        readline.clear_history()
        for line in before:
            readline.add_history(line)
