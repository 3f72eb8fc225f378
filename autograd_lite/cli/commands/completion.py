"""`completion`: a script that lets a shell complete commands, options and names; click's own."""

from typing import Any

import click
from click.shell_completion import BashComplete, add_completion_class, get_completion_class, shell_complete

from autograd_lite.cli.command import argument, command
from autograd_lite.cli.commands import COMPLETE, NAME, autograd_lite
from autograd_lite.cli.terminal import Terminal


class Bash(BashComplete):
    """Completion for bash, which takes `--optimizer=ada` for three words."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one to complete, and its beginning."""
        args, incomplete = super().get_completion_args()
        return [word for word in args if word != "="], incomplete


add_completion_class(Bash)
#: Those that the installed click completes for; PowerShell since its 8.5.
SHELLS = [shell for shell in ("bash", "zsh", "fish", "powershell") if get_completion_class(shell)]
_LOADING = """To load it, now or in the shell's start-up file:
  eval "$(autograd-lite completion bash)"        # ~/.bashrc
  eval "$(autograd-lite completion zsh)"         # ~/.zshrc
  autograd-lite completion fish | source         # ~/.config/fish/config.fish"""


@command(*SHELLS, more=_LOADING)
@argument("shell", type=click.Choice(SHELLS), metavar="SHELL", help=f"Which one: {', '.join(SHELLS)}.")
def completion(args: Any, terminal: Terminal) -> int:
    """Print a completion script for a shell."""
    shell: Any = get_completion_class(args.shell)
    terminal.document(shell(autograd_lite, {}, NAME, COMPLETE).source())
    return 0


def answer(instruction: str) -> int:
    """Print what a script has asked for."""
    return shell_complete(autograd_lite, {}, NAME, COMPLETE, instruction)
