"""`completion`: a script that lets a shell complete commands, options and names; made from the parsers themselves."""

import argparse

from autograd_lite.cli.commands import COMMANDS
from autograd_lite.cli.parser import Parser, command_parser
from autograd_lite.cli.shells import SHELLS, words_of
from autograd_lite.cli.terminal import Terminal

EXAMPLES = ("bash", "zsh", "fish")


def add_arguments(parser: Parser) -> None:
    """The shell, and how its script is loaded."""
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help="bash, zsh or fish")
    parser.epilog = f"""{parser.epilog}

to load it, now or in the shell's start-up file:
  eval "$(autograd-lite completion bash)"        # ~/.bashrc
  eval "$(autograd-lite completion zsh)"         # ~/.zshrc
  autograd-lite completion fish | source         # ~/.config/fish/config.fish"""


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Print the script for a shell."""
    from autograd_lite.data import names

    words = {name: words_of(command_parser(name), names()) for name in COMMANDS}
    terminal.result(SHELLS[args.shell](COMMANDS, words).rstrip("\n"))
    return 0
