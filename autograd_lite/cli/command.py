"""A command as click has it, with what is ours: headings over groups of options, examples, and errors as sentences."""

import ast
import re
import shlex
from collections.abc import Callable, Collection
from functools import partial
from types import SimpleNamespace
from typing import Any

import click

from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.terminal import Terminal
from autograd_lite.terminal import said


class Option(click.Option):
    """An option, and the heading it stands under in the help."""

    def __init__(self, *names: Any, group: str = "Options", **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.group = group


class Argument(click.Argument):
    """An argument, with a line about it in the help."""

    def __init__(self, *names: Any, help: str, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.help: str = help


#: Decorators of a command's function.
option = partial(click.option, cls=Option)
argument = partial(click.argument, cls=Argument)


class Command(click.Command):
    """A command whose function takes its options as attributes of one object, and the terminal to print with."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; what the layers below raise for bad input becomes a sentence for whoever typed it."""
        from autograd_lite.data import DataError

        options = SimpleNamespace(**ctx.params, command=self.name, argv=ctx.obj)
        run: Any = self.callback
        try:
            return run(options, Terminal(quiet=ctx.params.get("quiet", False)))
        except DataError as error:
            raise CommandError(with_options(str(error), ctx.params)) from None
        except (ImportError, MemoryError) as error:
            raise CommandError(said(error)) from None

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Nothing: they are listed with the options, also where click does not list them by itself."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The arguments, and the options under their headings."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if isinstance(param, Argument):
                sections.setdefault("Arguments", []).append((param.human_readable_name, param.help))
            elif record := param.get_help_record(ctx):
                sections.setdefault(getattr(param, "group", "Options"), []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def command(
    *examples: str, cls: type[Command] = Command, more: str = ""
) -> Callable[[Callable[[Any, Terminal], int]], Command]:
    """Make a command of a function; what its docstring says first is the help.

    Parameters
    ----------
    examples : str
        Command lines that the help shows, without the program and the command.
    cls : type, optional
    more : str, optional
        What the help says after the examples, line by line.
    """

    def decorate(function: Callable[[Any, Terminal], int]) -> Command:
        lines = "\n".join(f"  autograd-lite {function.__name__} {example}".rstrip() for example in examples)
        epilog = f"\b\nExamples:\n{lines}" + (f"\n\n\b\n{more}" if more else "")
        return click.command(function.__name__, cls=cls, epilog=epilog)(function)

    return decorate


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
    for name, (advice, typed) in _ADVICE.items():
        message = advice.sub(partial(_quoted, typed if name in options else ""), message)
    return message


def _quoted(typed: str, advice: re.Match[str]) -> str:
    return typed.format(*(shlex.quote(ast.literal_eval(column)) for column in advice.groups()))
