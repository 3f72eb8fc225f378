"""The commands, one module each.

A new command is a line in `COMMANDS` and a module here of that name, with a function of that name under the decorator
`cli.command.command`: its docstring is the help, its decorators are its arguments and options; it does the work, prints with
the terminal it is given, and returns the exit code or raises `CommandError`.

A module is imported when its command is asked for, so `autograd-lite step` does not wait for what `train` needs.  What several
commands share is beside this folder: `formulas.py`, `learning.py`, `model_file.py`, ...
"""

import importlib
from typing import Any

import click

from autograd_lite import __version__
from autograd_lite.cli.errors import MISUSED

#: What the program is called.
NAME = "autograd-lite"
#: The variable by which a completion script asks for words.
COMPLETE = "_AUTOGRAD_LITE_COMPLETE"

#: The commands in the order of `--help`, with what it says about each.
COMMANDS: dict[str, str] = {
    "train": "train a network and judge it by rows it has not seen",
    "predict": "answer for each row of a CSV file with a saved network",
    "evaluate": "judge a saved network by rows whose answers are known",
    "datasets": "list the data sets, or show one, or write it as CSV",
    "graph": "draw the computation graph of a formula",
    "step": "go through a back-propagation, product by product: a prompt at a terminal, else a listing",
    "page": "write a web page that steps through the forward and the backward pass of a formula",
    "plot": "draw one of the pictures of training and of gradients",
    "gpt": "teach a small language model names, and let it invent some",
    "completion": "print a completion script for a shell",
}

_EPILOG = """\b
Examples:
  autograd-lite train moons --report report
  autograd-lite train measurements.csv --target species --save model.json
  autograd-lite predict model.json new.csv
  autograd-lite graph "L = (w*x + b - y)**2" w=-2 x=5 b=3 y=1 -o loss.svg
  autograd-lite step "sigmoid(w*x + b)" w=-2 x=1 b=2
  autograd-lite page "sigmoid(w*x + b)" w=-2 x=1 b=2 -o page.html
  autograd-lite plot race -o race.gif

autograd-lite COMMAND --help tells all about a command.

Exit codes: 0 done, 1 could not be done (data, files, arithmetic), 2 not understood, 130 stopped by Ctrl-C"""


class LazyCommand(click.Command):
    """A command known by its name and a line of help, until it is called: then its module is imported."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command itself."""
        return command_named(str(self.name)).make_context(info_name, args, parent, **extra)


class Commands(click.Group):
    """All of them, in the order of `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Not sorted by name, as click does."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant, or what might have been meant."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            from difflib import get_close_matches

            close = get_close_matches(args[0], self.commands, n=1)
            meant = f" (did you mean {close[0]}?)" if close else ""
            ctx.fail(f"there is no command {args[0]!r}{meant}; there are {', '.join(self.commands)}")
        return super().resolve_command(ctx, args)


def command_named(name: str) -> click.Command:
    """The command itself, from its module.

    >>> command_named("datasets").make_context("datasets", ["moons", "--seed", "1"]).params["seed"]
    1
    """
    command: click.Command = getattr(importlib.import_module(f"{__name__}.{name}"), name)
    return command


@click.group(
    cls=Commands,
    commands={name: LazyCommand(name, short_help=summary) for name, summary in COMMANDS.items()},
    subcommand_metavar="COMMAND ...",
    epilog=_EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 100},
)
@click.version_option(__version__, message=f"{NAME} %(version)s", help="Print the version and exit.")
@click.pass_context
def autograd_lite(context: click.Context) -> None:
    """Train small networks and look into back-propagation."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
        context.exit(MISUSED)
