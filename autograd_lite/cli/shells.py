"""Completion scripts for bash, zsh and fish, written from what the parsers know."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: What stands for a file or a folder in the help.
_FILES = {"FILE", "DIR", "CSV", "MODEL", "DATA", "DATASET"}
#: Arguments that name a data set.
_DATA = {"dataset", "data", "name"}


@dataclass(frozen=True)
class Word:
    """What can stand on the command line after a command: an option, with or without a value, or another argument.

    Attributes
    ----------
    options : tuple of str
        `-o` and `--output`; empty for an argument that is no option.
    text : str
        A line of help.
    takes_value : bool
    values : tuple of str
        The values there are, if they can be listed.
    files : bool
        Whether the value may be a path.
    """

    options: tuple[str, ...]
    text: str
    takes_value: bool
    values: tuple[str, ...]
    files: bool


def words_of(parser: argparse.ArgumentParser, datasets: Sequence[str]) -> list[Word]:
    """What a parser takes, in its order.

    >>> parser = argparse.ArgumentParser()
    >>> _ = parser.add_argument("--kind", choices=("a", "b"), help="which")
    >>> words_of(parser, ())[1]
    Word(options=('--kind',), text='which', takes_value=True, values=('a', 'b'), files=False)
    """
    found = []
    for action in parser._actions:
        if action.help is argparse.SUPPRESS:
            continue
        values = datasets if action.dest in _DATA else tuple(map(str, action.choices or ()))
        found.append(
            Word(
                tuple(action.option_strings),
                " ".join((action.help or "").split()),
                action.nargs != 0,
                tuple(values),
                action.metavar in _FILES or action.dest in _DATA,
            )
        )
    return found


def bash(commands: Mapping[str, str], words: Mapping[str, list[Word]]) -> str:
    """For bash 3 and later."""
    cases = []
    for name, own in words.items():
        for word in own:
            if word.options and word.takes_value:
                pattern = "|".join(f'"{name} {option}"' for option in word.options)
                cases.append(f'    {pattern}) words="{" ".join(word.values)}"; options="" ;;')
    for name, own in words.items():
        options = " ".join(option for word in own for option in word.options)
        values = " ".join(value for word in own if not word.options for value in word.values)
        cases.append(f'    "{name} "*) words="{values}"; options="{options}" ;;')
    lines = "\n".join(cases)
    return f"""# bash completion for autograd-lite; load it with: eval "$(autograd-lite completion bash)"
_autograd_lite() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" words="" options=""
  # Bash takes --seed=3 for three words.
  if [ "$current" = "=" ]; then current=""; elif [ "$previous" = "=" ]; then previous="${{COMP_WORDS[COMP_CWORD-2]}}"; fi
  if [ "$COMP_CWORD" -eq 1 ]; then words="{" ".join(commands)}"; options="--help --version"; else
    case "${{COMP_WORDS[1]}} $previous" in
{lines}
    esac
  fi
  case "$current" in -*) words="$options" ;; esac
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}}
complete -o bashdefault -o default -F _autograd_lite autograd-lite
"""


def zsh(commands: Mapping[str, str], words: Mapping[str, list[Word]]) -> str:
    """For zsh 5, with the help beside each word."""
    listed = "\n".join(f"    {_single(f'{name}:{text}')}" for name, text in commands.items())
    cases = []
    for name, own in words.items():
        lines = [f"    {name}) _arguments -S"]
        for word in own:
            if word.options:
                for option in word.options:
                    equals = "=" if option.startswith("--") and word.takes_value else ""
                    value = f":value:{_zsh_values(word)}" if word.takes_value else ""
                    lines.append(_single(f"{option}{equals}[{_bracketed(word.text)}]{value}"))
            else:
                lines.append(_single(f"*:argument:{_zsh_values(word)}"))
        # Only one list can stand for the arguments that are no options.
        rest = [line for line in lines if line.startswith("'*:")]
        for line in rest[1:]:
            lines.remove(line)
        cases.append(" \\\n      ".join(lines) + " ;;")
    body = "\n".join(cases)
    return f"""#compdef autograd-lite
# zsh completion for autograd-lite; load it with: eval "$(autograd-lite completion zsh)"
_autograd_lite() {{
  local -a commands
  commands=(
{listed}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    _arguments '--help[show help]' '--version[print the version]'
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{body}
  esac
}}
(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit }}
compdef _autograd_lite autograd-lite
"""


def fish(commands: Mapping[str, str], words: Mapping[str, list[Word]]) -> str:
    """For fish 3, with the help beside each word."""
    lines = ["# fish completion for autograd-lite; load it with: autograd-lite completion fish | source"]
    start = "complete -c autograd-lite"
    lines.append(f"{start} -n __fish_use_subcommand -f -l version -d 'print the version'")
    for name, text in commands.items():
        lines.append(f"{start} -n __fish_use_subcommand -f -a {name} -d {_fish(text)}")
        for word in words[name]:
            line = f"{start} -n '__fish_seen_subcommand_from {name}'"
            for option in word.options:
                line += f" -l {option[2:]}" if option.startswith("--") else f" -s {option[1:]}"
            values = _fish(" ".join(word.values))
            if not word.options:
                line += (" -F" if word.files else " -f") + (f" -a {values}" if word.values else "")
            elif word.takes_value:
                line += (" -rF" if word.files else " -x") + (f" -a {values}" if word.values else "")
            else:
                line += " -f"
            lines.append(f"{line} -d {_fish(word.text)}" if word.options else line)
    return "\n".join(lines) + "\n"


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}


def _zsh_values(word: Word) -> str:
    if word.values and word.files:
        return f"{{_values value {' '.join(word.values)}; _files}}"
    return f"({' '.join(word.values)})" if word.values else "_files" if word.files else " "


def _bracketed(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def _single(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
