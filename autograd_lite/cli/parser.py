"""The command line: which commands and options there are, in the words of `--help`."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from autograd_lite.cli.arguments import batch, names, number, sizes, whole
from autograd_lite.cli.errors import MISUSED

#: Names, not classes, so that the parser needs none of the layers it starts.
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam", "adamw", "lbfgs")
SCHEDULES = ("constant", "cosine", "exponential", "step", "warmup", "plateau", "one-cycle")
ACTIVATIONS = (
    "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "softsign", "sigmoid", "tanh", "sin", "linear",
)  # fmt: skip
ENGINES = ("auto", "eager", "python", "llvm")
PICTURES = (
    "gates", "xor", "loss-curve", "loss-1d", "loss-2d", "landscape", "optima", "race", "learning-rates", "gradients",
    "activations", "confusion", "numeric-vs-backprop", "multiplications", "boundary", "regression",
)  # fmt: skip

EXAMPLES = """examples:
  autograd-lite train moons --report report
  autograd-lite train measurements.csv --target species --save model.json
  autograd-lite predict model.json new.csv
  autograd-lite graph "L = (w*x + b - y)**2" w=-2 x=5 b=3 y=1 -o loss.svg
  autograd-lite step "sigmoid(w*x + b)" w=-2 x=1 b=2
  autograd-lite page "sigmoid(w*x + b)" w=-2 x=1 b=2 -o page.html
  autograd-lite plot race -o race.gif

exit codes: 0 done, 1 could not be done (data, files, arithmetic), 2 not understood, 130 stopped by Ctrl-C"""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that says what is wrong in one line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Print the message and where help is, and exit with 2."""
        self.exit(MISUSED, f"{self.prog}: {message} (see {self.prog} --help)\n")


def build_parser() -> Parser:
    """The parser of the whole command line."""
    parser = Parser(
        prog="autograd-lite", description="Train small networks and look into back-propagation.", epilog=EXAMPLES
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    found = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=Parser)
    _train(found)
    _predict(found)
    _evaluate(found)
    _graph(found)
    _step(found)
    _page(found)
    _datasets(found)
    _plot(found)
    _gpt(found)
    completion = _command(
        found, "completion", "print a completion script for a shell", 'eval "$(autograd-lite completion bash)"'
    )
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    return parser


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of the commands, by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _command(found: Any, name: str, summary: str, *examples: str) -> argparse.ArgumentParser:
    epilog = "examples:\n" + "\n".join(f"  {example}" for example in examples)
    parser: argparse.ArgumentParser = found.add_parser(
        name, help=summary, description=summary[0].upper() + summary[1:] + ".", epilog=epilog
    )
    return parser


def _file_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("reading a CSV file")
    group.add_argument(
        "--encoding", metavar="NAME", help="its encoding, e.g. cp949 (default: UTF-8, or its byte order mark)"
    )
    group.add_argument("--delimiter", metavar="CHAR", help="its separator (default: what its header uses)")


def _train(found: Any) -> None:
    parser = _command(
        found,
        "train",
        "train a network and judge it by rows it has not seen",
        "autograd-lite train xor",
        "autograd-lite train iris --hidden 8 --optimizer momentum --lr 0.05 --seed 3",
        "autograd-lite train cats.csv --target kind --ignore id,name --report report",
        "autograd-lite train digits --epochs 5 --json",
    )
    parser.add_argument("dataset", metavar="DATASET", help="a name (see 'autograd-lite datasets') or the path of a CSV file")
    add = parser.add_argument
    add("--seed", type=whole(0), default=0, metavar="N", help="of data, split, weights and batches (default 0)")
    add("--save", metavar="FILE", help="write the trained network")
    add("--checkpoint", metavar="FILE", help="keep the state of training here after each epoch, to go on from")
    add("--resume", metavar="FILE", help="go on from a checkpoint, to the bit; or begin with the weights of a saved network")
    add("--report", metavar="DIR", help="write pictures, numbers and a page into a folder")
    add("--json", action="store_true", help="end with one line of JSON")
    add("--quiet", action="store_true", help="no progress and no notes")
    group = parser.add_argument_group("network and training (the defaults depend on the data)")
    add = group.add_argument
    add("--hidden", type=sizes, metavar="N,N", help="sizes of the hidden layers, e.g. 16,16; 'none' for none")
    add("--activation", choices=ACTIVATIONS, metavar="NAME", help=f"of the hidden layers: {', '.join(ACTIVATIONS)}")
    add("--optimizer", choices=OPTIMIZERS, metavar="NAME", help=f"one of {', '.join(OPTIMIZERS)}")
    add("--lr", type=number(0), metavar="RATE", help="the learning rate")
    add("--schedule", choices=SCHEDULES, metavar="NAME", help=f"of the learning rate: {', '.join(SCHEDULES)}")
    add("--momentum", type=number(0, 1, open_low=False), metavar="M", help="for sgd")
    add("--weight-decay", type=number(0, open_low=False), metavar="D", help="pull weights towards 0")
    add("--clip-norm", type=number(0), metavar="NORM", help="shorten longer gradients to this")
    add("--scaling", choices=("standard", "minmax", "none"), metavar="HOW", help="of the inputs: standard, minmax or none")
    add(
        "--engine", choices=ENGINES, default="auto", metavar="NAME", help="eager, python, llvm, or auto: what pays (default)"
    )
    add("--batch", type=batch, metavar="N", help="rows for each step; 'all' for all of them")
    group = parser.add_argument_group("when to stop")
    add = group.add_argument
    add("--epochs", type=whole(1), metavar="N", help="passes over the data, at most")
    add("--target-loss", type=number(0), metavar="LOSS", help="when an epoch's loss is this low")
    add("--patience", type=whole(1), metavar="N", help="after so many epochs without improvement")
    add("--grad-norm", type=number(0), metavar="NORM", help="when the gradient is this short")
    add("--max-seconds", type=number(0), metavar="S", help="when this time is over")
    add(
        "--validation",
        type=number(0, 1),
        metavar="PART",
        help="watch this part of the training rows instead of the loss on all",
    )
    group = parser.add_argument_group("data")
    add = group.add_argument
    add("--test-size", type=number(0, 1), default=0.25, metavar="PART", help="the part to hold out (default 0.25)")
    add("--noise", type=number(0, open_low=False), metavar="D", help="of generated data")
    add("--n", type=whole(4), metavar="N", help="rows of generated data")
    add("--target", metavar="COLUMN", help="of a CSV file: the column to predict")
    add("--ignore", type=names, metavar="A,B", help="of a CSV file: columns to leave out")
    add("--task", choices=("classification", "regression"), metavar="TASK", help="classification or regression")
    add("--drop-missing", action="store_true", help="leave rows with empty cells out")
    _file_options(parser)


def _predict(found: Any) -> None:
    parser = _command(
        found,
        "predict",
        "answer for each row of a CSV file with a saved network",
        "autograd-lite predict model.json new.csv",
        "autograd-lite predict model.json new.csv -o answers.csv",
    )
    parser.add_argument("model", metavar="MODEL", help="what train --save wrote")
    parser.add_argument("csv", metavar="CSV", help="a file with the columns the network was trained on")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default: standard output)")
    _file_options(parser)


def _evaluate(found: Any) -> None:
    parser = _command(
        found,
        "evaluate",
        "judge a saved network by rows whose answers are known",
        "autograd-lite evaluate model.json test.csv",
        "autograd-lite evaluate model.json moons --seed 7 --json",
    )
    parser.add_argument("model", metavar="MODEL", help="what train --save wrote")
    parser.add_argument("data", metavar="DATA", help="a CSV file or the name of a data set")
    parser.add_argument("--target", metavar="COLUMN", help="the column with the answers (default: that of the training)")
    parser.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of generated data (default 0)")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    _file_options(parser)


def _formula(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", metavar="EXPR", help="a formula such as 'w*x + b' or 'h = w*x + b; tanh(h)'")
    parser.add_argument("numbers", metavar="NAME=NUMBER", nargs="*", help="a number for each variable")


def _graph(found: Any) -> None:
    parser = _command(
        found,
        "graph",
        "draw the computation graph of a formula",
        'autograd-lite graph "w*x + b" w=-2 x=5 b=3 -o f.svg',
        'autograd-lite graph "L = (w*x + b - y)**2" w=1 x=2 b=0 y=1 --rankdir TB -o loss.png',
        'autograd-lite graph "sin(x)" x=pi/4 > sine.dot',
    )
    _formula(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="ending in .svg, .png, .pdf or .dot (default: DOT to standard output)"
    )
    parser.add_argument("--forward", action="store_true", help="values only, no gradients")
    parser.add_argument("--rankdir", choices=("LR", "TB", "RL", "BT"), default="LR", help="direction (default LR)")


def _step(found: Any) -> None:
    parser = _command(
        found,
        "step",
        "go through a back-propagation, product by product: a prompt at a terminal, else a listing",
        'autograd-lite step "w*x + b" w=-2 x=5 b=3',
        'autograd-lite step "h = x**2; y = sin(h)" x=1.5 --list',
        "autograd-lite step --dataset xor --hidden 2 --rows 1",
    )
    parser.add_argument(
        "expression", metavar="EXPR", nargs="?", help="a formula such as 'w*x + b' or 'h = w*x + b; tanh(h)'"
    )
    parser.add_argument("numbers", metavar="NAME=NUMBER", nargs="*", help="a number for each variable")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("-i", "--interactive", action="store_true", help="open the prompt even if this is no terminal")
    how.add_argument("--list", action="store_true", help="print all steps even if this is a terminal")
    group = parser.add_argument_group("a training step of a network, in the place of a formula")
    group.add_argument("--dataset", metavar="NAME", help="of this data set, see 'autograd-lite datasets', or a CSV file")
    group.add_argument("--hidden", type=sizes, default=(2,), metavar="N,N", help="sizes of the hidden layers (default 2)")
    group.add_argument("--rows", type=whole(1), default=2, metavar="N", help="on its first rows (default 2)")
    group.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of data and weights (default 0)")
    parser.add_argument("--target", metavar="COLUMN", help=argparse.SUPPRESS)


def _page(found: Any) -> None:
    parser = _command(
        found,
        "page",
        "write a web page that steps through the forward and the backward pass of a formula",
        'autograd-lite page "L = (w*x + b - y)**2" w=2 x=3 b=1 y=5 -o loss.html',
        'autograd-lite page "h = x**2; y = sin(h)" x=1.5 --theme dark',
    )
    _formula(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default="page.html",
        help="ending in .html (default: page.html); one file, no network",
    )
    parser.add_argument(
        "--theme", choices=("auto", "light", "dark"), default="auto", help="auto (as the reader's system), light or dark"
    )
    parser.add_argument("--title", metavar="TEXT", default="", help="what stands above it")


def _datasets(found: Any) -> None:
    parser = _command(
        found,
        "datasets",
        "list the data sets, or show one",
        "autograd-lite datasets",
        "autograd-lite datasets iris",
        "autograd-lite datasets moons --seed 1 -o moons.csv",
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="one of them, or a CSV file")
    parser.add_argument("-o", "--output", metavar="FILE", help="write its rows as CSV ('-' for standard output)")
    parser.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of generated data (default 0)")
    parser.add_argument("--target", metavar="COLUMN", help="of a CSV file")
    parser.add_argument("--json", action="store_true", help="as one line of JSON")


def _plot(found: Any) -> None:
    parser = _command(
        found,
        "plot",
        f"draw one of the pictures: {', '.join(PICTURES)}",
        "autograd-lite plot gates -o gates.png",
        "autograd-lite plot race -o race.gif",
        "autograd-lite plot boundary --dataset spirals",
    )
    parser.add_argument("picture", choices=PICTURES, metavar="PICTURE", help="its name, as above")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="ending in .png, .svg, .pdf or, for race, .gif (default: PICTURE.png)"
    )
    parser.add_argument(
        "--dataset", metavar="NAME", help="for boundary, loss-curve, landscape, confusion, gradients, activations"
    )
    parser.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of data and weights (default 0)")
    parser.add_argument("--quiet", action="store_true", help="no notes")


def _gpt(found: Any) -> None:
    parser = _command(
        found,
        "gpt",
        "teach a small language model names, and let it invent some",
        "autograd-lite gpt",
        "autograd-lite gpt --steps 5000 --batch 8 --temperature 0.7",
        "autograd-lite gpt --words towns.txt --width 24",
    )
    add = parser.add_argument
    add("--steps", type=whole(1), default=2000, metavar="N", help="of training (default 2000)")
    add("--batch", type=whole(1), default=8, metavar="N", help="words a step (default 8)")
    add("--lr", type=number(0), default=0.01, metavar="RATE", help="the learning rate at the beginning (default 0.01)")
    add("--engine", choices=ENGINES, default="auto", metavar="NAME", help="eager, python, llvm, or auto (default)")
    add("--words", metavar="FILE", help="learn these words, one a line, instead of names")
    add("--width", type=whole(1), default=16, metavar="N", help="length of the vectors (default 16)")
    add("--heads", type=whole(1), default=4, metavar="N", help="attention heads (default 4)")
    add("--layers", type=whole(1), default=1, metavar="N", help="blocks (default 1)")
    add("--count", type=whole(0), default=20, metavar="N", help="words to invent (default 20)")
    add(
        "--temperature",
        type=number(0),
        default=0.5,
        metavar="T",
        help="small: likely words; 1: as probable as learned (default 0.5)",
    )
    add("--seed", type=whole(0), default=0, metavar="N", help="of weights, order and words (default 0)")
    add("--json", action="store_true", help="end with one line of JSON")
    add("--quiet", action="store_true", help="no progress and no notes")


def protect_formula(argv: Sequence[str]) -> list[str]:
    """The arguments with a formula such as `-x**2` told apart from an option, which also begins with a minus.

    >>> protect_formula(["step", "-x**2", "x=3", "-o", "f.svg"])
    ['step', ' -x**2', 'x=3', '-o', 'f.svg']
    """
    found = list(argv)
    if found[:1] in (["graph"], ["step"], ["page"]):
        for k, item in enumerate(found[1:], 1):
            minus = item.startswith("-") and not item.startswith(("--", "-o", "-h")) and item != "-i"
            if minus and len(item) > 1 and found[k - 1] not in ("-o", "--output"):
                found[k] = " " + item
    return found
