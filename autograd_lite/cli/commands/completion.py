"""`completion`: `autograd-lite completion bash` prints a script, made from the parser itself."""

import argparse

from autograd_lite.cli.commands import COMMANDS
from autograd_lite.cli.parser import Parser, command_parser
from autograd_lite.cli.terminal import Terminal

EXAMPLES = ("bash", "zsh", "fish")

_BASH = """# bash completion for autograd-lite; load it with: eval "$(autograd-lite completion bash)"
_autograd_lite() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" command="${{COMP_WORDS[1]}}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then words="{commands}"; else
    case "$command" in
{cases}
    esac
  fi
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}}
complete -o default -F _autograd_lite autograd-lite
"""
_ZSH = """#compdef autograd-lite
# zsh completion for autograd-lite; load it with: eval "$(autograd-lite completion zsh)"
autoload -U +X bashcompinit && bashcompinit
{bash}"""


def add_arguments(parser: Parser) -> None:
    """The shell."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Print the script for a shell."""
    found = {name: command_parser(name) for name in COMMANDS}
    if args.shell == "fish":
        terminal.result("# fish completion for autograd-lite; load it with: autograd-lite completion fish | source")
        for name, parser in found.items():
            terminal.result(
                f"complete -c autograd-lite -n __fish_use_subcommand -f -a {name} -d '{_quoted(parser.description)}'"
            )
            for word in _words(parser):
                seen = f"-n '__fish_seen_subcommand_from {name}'"
                terminal.result(
                    f"complete -c autograd-lite {seen} " + (f"-l {word[2:]}" if word.startswith("--") else f"-a {word}")
                )
        return 0
    cases = "\n".join(f'      {name}) words="{" ".join(_words(parser))}" ;;' for name, parser in found.items())
    bash = _BASH.format(commands=" ".join([*found, "--help", "--version"]), cases=cases)
    terminal.result((bash if args.shell == "bash" else _ZSH.format(bash=bash)).rstrip("\n"))
    return 0


def _words(parser: argparse.ArgumentParser) -> list[str]:
    """What can follow a command: its options and the names it takes."""
    words: list[str] = []
    for action in parser._actions:
        words += [option for option in action.option_strings if option.startswith("--")]
        if not action.option_strings and action.choices:
            words += [str(choice) for choice in action.choices]
        elif action.dest in ("dataset", "data", "name") and not action.option_strings:
            from autograd_lite.data import names

            words += names()
    return words


def _quoted(text: str | None) -> str:
    return (text or "").split(". ")[0].replace("'", "")
