"""The commands, one module each.

A new command is a line in `COMMANDS` and a module here of that name, with

- `EXAMPLES`, the command lines that its help shows (without `autograd-lite` and the command),
- `add_arguments(parser)`, its arguments and options,
- `run(args, terminal)`, which does the work, prints with `terminal`, and returns the exit code or raises `CommandError`.

A module is imported when its command is asked for, so `autograd-lite step` does not wait for what `train` needs.  What several
commands share is beside this folder: `formulas.py`, `learning.py`, `model_file.py`, ...
"""

import importlib
from types import ModuleType

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


def module_of(command: str) -> ModuleType:
    """The module of a command.

    >>> module_of("datasets").__name__
    'autograd_lite.cli.commands.datasets'
    """
    return importlib.import_module(f"{__name__}.{command}")
