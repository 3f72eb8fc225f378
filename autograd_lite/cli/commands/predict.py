"""`predict`: the answers of a saved network for the rows of a file."""

from collections.abc import Sequence
from itertools import chain, count
from typing import Any

from autograd_lite import data
from autograd_lite.cli import model_file, options
from autograd_lite.cli.command import argument, command
from autograd_lite.cli.files import deliver
from autograd_lite.cli.learning import Learner
from autograd_lite.cli.terminal import Terminal
from autograd_lite.data.numerals import decimal_mark


@command("model.json new.csv", "model.json new.csv -o answers.csv")
@options.model
@argument("csv", type=options.PATH, help="A file with the columns the network was trained on.")
@options.file("-o", "--output", help="Where to write (default: standard output).")
@options.csv_reading
def predict(args: Any, terminal: Terminal) -> int:
    """Answer for each row of a CSV file with a saved network.

    The rows are written with the answer, and how sure it is, beside each; without one where a value is missing.
    """
    learner = model_file.load(args.model)
    table = data.read_table(args.csv, **options.csv_settings(args))
    rows, complete = data.read_features(table, learner.columns, missing="drop")
    # The columns the network reads may hold no fraction; then the others show how this file writes one.
    mark = args.decimal or (complete.decimal if complete.decimal == "," else decimal_mark(chain.from_iterable(table.rows)))
    header, answers = _answers(learner, rows, comma=mark == ",")
    found = dict(zip(complete.lines, answers, strict=True))  # by the line in the file
    taken = list(table.header)
    for name in header:
        taken.append(_free_name(name, taken))
    lines = ([*cells, *found.get(line, [""] * len(header))] for cells, line in zip(table.rows, table.lines, strict=True))
    if missing := len(table.rows) - len(rows):
        have = "has" if missing == 1 else "have"
        terminal.note(f"{missing} of {len(table.rows)} rows {have} a cell without a value, and no answer")
    deliver([taken, *lines], args.output, f"{len(table.rows)} rows", terminal, table.delimiter)
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


def _free_name(wanted: str, taken: Sequence[str]) -> str:
    numbered = (f"{wanted} {k}" for k in count(2))
    return next(name for name in chain([wanted], numbered) if name not in taken)
