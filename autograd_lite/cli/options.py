"""Options that several commands take."""

import argparse
from typing import Any

from autograd_lite.cli.arguments import number, whole

#: What takes the steps of a training.
ENGINES = ("auto", "eager", "python", "llvm")


def add_seed(parser: argparse._ActionsContainer, of: str) -> None:
    """`--seed`, with what it is the seed of."""
    parser.add_argument("--seed", type=whole(0), default=0, metavar="N", help=f"of {of} (default 0)")


def add_json(parser: argparse._ActionsContainer, text: str = "end with one line of JSON") -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help=text)


def add_quiet(parser: argparse._ActionsContainer, text: str = "no progress and no notes") -> None:
    """`--quiet`."""
    parser.add_argument("--quiet", action="store_true", help=text)


def add_generated_options(parser: argparse._ActionsContainer) -> None:
    """How many rows a data set that is generated has, and with how much noise."""
    parser.add_argument("--n", type=whole(4, 1_000_000), metavar="N", help="rows of generated data")
    parser.add_argument("--noise", type=number(0, open_low=False), metavar="D", help="of generated data")


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """How a CSV file is to be read, where its own first lines do not tell."""
    group = parser.add_argument_group("reading a CSV file")
    group.add_argument(
        "--encoding", metavar="NAME", help="its encoding, e.g. cp949 (default: UTF-8, or its byte order mark)"
    )
    group.add_argument("--delimiter", metavar="CHAR", help="its separator (default: what its header uses)")
    group.add_argument(
        "--decimal", choices=(".", ","), metavar="CHAR", help="its decimal mark, '.' or ',' (default: what its numbers use)"
    )


def add_drop_missing(parser: argparse._ActionsContainer) -> None:
    """`--drop-missing`."""
    parser.add_argument("--drop-missing", action="store_true", help="of a CSV file: leave rows with empty cells out")


def file_options(args: argparse.Namespace) -> dict[str, Any]:
    """What `add_file_options` has read, as the data layer takes it."""
    return {"encoding": args.encoding, "delimiter": args.delimiter, "decimal": args.decimal}
