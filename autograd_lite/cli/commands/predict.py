"""`predict`: the answers of a saved network for the rows of a file."""

import argparse
import csv
import io
from collections.abc import Sequence
from itertools import chain

from autograd_lite import data
from autograd_lite.cli import model_file
from autograd_lite.cli.files import write_whole
from autograd_lite.cli.learning import Learner
from autograd_lite.cli.options import add_file_options, file_options
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.terminal import Terminal
from autograd_lite.data.numerals import decimal_mark

EXAMPLES = (
    "model.json new.csv",
    "model.json new.csv -o answers.csv",
)


def add_arguments(parser: Parser) -> None:
    """A network, the rows, and where the answers go."""
    parser.add_argument("model", metavar="MODEL", help="what train --save wrote")
    parser.add_argument("csv", metavar="CSV", help="a file with the columns the network was trained on")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write (default: standard output)")
    add_file_options(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write the rows of a CSV file with the network's answer, and how sure it is, beside each; no answer where a value is missing."""
    learner = model_file.load(args.model)
    table = data.read_table(args.csv, **file_options(args))
    rows, complete = data.read_features(table, learner.columns, missing="drop")
    # The columns the network reads may hold no fraction; then the others show how this file writes one.
    mark = args.decimal or (complete.decimal if complete.decimal == "," else decimal_mark(chain.from_iterable(table.rows)))
    header, answers = _answers(learner, rows, comma=mark == ",")
    found = dict(zip(complete.lines, answers, strict=True))  # by the line in the file
    none = [""] * len(header)
    taken = list(table.header)
    for name in header:
        taken.append(_free_name(name, taken))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=table.delimiter, lineterminator="\n")
    writer.writerow(taken)
    writer.writerows([*cells, *found.get(line, none)] for cells, line in zip(table.rows, table.lines, strict=True))
    if missing := len(table.rows) - len(rows):
        terminal.note(f"{missing} of {len(table.rows)} rows {_have(missing)} a cell without a value, and no answer")
    if args.output in (None, "-"):
        terminal.result(text.getvalue().rstrip("\n"))
        return 0
    write_whole(args.output, text.getvalue())
    terminal.note(f"{args.output}: {len(table.rows)} rows")
    return 0


def _answers(learner: Learner, rows: list[list[float]], comma: bool) -> tuple[list[str], list[list[str]]]:
    """The names of the columns to add, and for each row what stands in them, in numbers as the file has them."""

    def written(number: str) -> str:
        return number.replace(".", ",") if comma else number

    answer = f"predicted {learner.target_name}"
    if not learner.classifies:
        return [answer], [[written(repr(number))] for number in learner.predict(rows)]
    found = []
    for chances in learner.probabilities(rows):
        most = max(chances)
        found.append([learner.class_names[chances.index(most)], written(f"{most:.6f}")])
    return [answer, "probability"], found


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _free_name(wanted: str, taken: Sequence[str]) -> str:
    name, k = wanted, 1
    while name in taken:
        k += 1
        name = f"{wanted} {k}"
    return name
