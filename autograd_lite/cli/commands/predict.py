"""`predict`: the answers of a saved network for the rows of a file."""

import argparse
import csv
import io

from autograd_lite import data
from autograd_lite.cli import model_file
from autograd_lite.cli.files import write_whole
from autograd_lite.cli.options import add_file_options
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.terminal import Terminal

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
    """Write the rows of a CSV file with the network's answer, and how sure it is, beside each."""
    learner = model_file.load(args.model)
    rows, table = data.read_features(args.csv, learner.feature_names, encoding=args.encoding, delimiter=args.delimiter)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    answer = _free_name(f"predicted {learner.target_name}", table.header)
    if learner.classifies:
        sure = _free_name("probability", (*table.header, answer))
        writer.writerow([*table.header, answer, sure])
        for cells, chances in zip(table.rows, learner.probabilities(rows), strict=True):
            most = max(chances)
            writer.writerow([*cells, learner.class_names[chances.index(most)], f"{most:.6f}"])
    else:
        writer.writerow([*table.header, answer])
        for cells, number in zip(table.rows, learner.predict(rows), strict=True):
            writer.writerow([*cells, repr(number)])
    if args.output in (None, "-"):
        terminal.result(text.getvalue().rstrip("\n"))
        return 0
    write_whole(args.output, text.getvalue())
    terminal.note(f"{args.output}: {len(rows)} rows")
    return 0


def _free_name(wanted: str, taken: tuple[str, ...]) -> str:
    name, k = wanted, 1
    while name in taken:
        k += 1
        name = f"{wanted} {k}"
    return name
