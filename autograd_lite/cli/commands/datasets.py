"""`datasets`: which there are, what one looks like, and a CSV file of one."""

import argparse
import csv
import io
import json
import shlex
from collections.abc import Sequence
from typing import Any

from autograd_lite import data
from autograd_lite.cli.arguments import names
from autograd_lite.cli.files import write_whole
from autograd_lite.cli.learning import load_data
from autograd_lite.cli.options import add_drop_missing, add_file_options, add_generated_options, add_json, add_seed
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.terminal import Terminal

EXAMPLES = (
    "",
    "iris",
    "moons --n 500 --noise 0.2 --seed 1 -o moons.csv",
)


def add_arguments(parser: Parser) -> None:
    """A data set, and what is wanted of it."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="one of them, or a CSV file")
    parser.add_argument("-o", "--output", metavar="FILE", help="write its rows as CSV ('-' for standard output)")
    add_seed(parser, "generated data")
    add_generated_options(parser)
    parser.add_argument("--target", metavar="COLUMN", help="of a CSV file: the column to predict")
    parser.add_argument("--ignore", type=names, metavar="A,B", help="of a CSV file: columns to leave out")
    add_drop_missing(parser)
    add_json(parser, "as one line of JSON")
    add_file_options(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """List the data sets, or show or write one."""
    if args.name is None:
        if args.json:
            listed = [{"name": s.name, "summary": s.summary, "needs": s.needs} for s in data.SOURCES.values()]
            terminal.result(json.dumps(listed, ensure_ascii=False))
            return 0
        width = max(map(len, data.SOURCES))
        for source in data.SOURCES.values():
            needs = f' (needs pip install "autograd-lite[{source.needs}]")' if source.needs and not _installed() else ""
            terminal.result(f"{source.name:<{width}}  {source.summary}{needs}")
        terminal.result(f"{'FILE.csv':<{width}}  a CSV file of numbers and categories: --target COLUMN")
        return 0
    args.dataset = args.name
    dataset = load_data(args)
    if args.output:
        _write_csv(dataset, args.output, terminal)
        return 0
    if args.json:
        facts = {
            "name": dataset.name,
            "rows": len(dataset),
            "features": list(dataset.feature_names),
            "task": dataset.task,
            "target": dataset.target_name,
            "classes": dataset.class_counts if dataset.task == "classification" else None,
        }
        terminal.result(json.dumps(facts, ensure_ascii=False))
        return 0
    terminal.result(str(dataset))
    width = max(len(column.name) for column in dataset.columns)
    for column, cells in zip(dataset.columns, zip(*data.decode_rows(dataset.x, dataset.columns), strict=True), strict=True):
        terminal.result(f"  {column.name:<{width}}  {_spread(column, cells)}")
    return 0


def _spread(column: data.Column, cells: Sequence[Any]) -> str:
    """What a column holds, in a line."""
    if column.categories:
        return ", ".join(f"{category} {cells.count(category)}" for category in column.categories)
    return f"{min(cells):.4g} to {max(cells):.4g}, mean {sum(cells) / len(cells):.4g}"


def _write_csv(dataset: data.Dataset, output: str, terminal: Terminal) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(column.name for column in dataset.columns), dataset.target_name])
    for row, target in zip(data.decode_rows(dataset.x, dataset.columns), dataset.y, strict=True):
        answer = dataset.class_names[int(target)] if dataset.task == "classification" else repr(target)
        writer.writerow([*(cell if isinstance(cell, str) else repr(cell) for cell in row), answer])
    if output == "-":
        terminal.result(text.getvalue().rstrip("\n"))
        return
    write_whole(output, text.getvalue())
    terminal.note(
        f"{output}: {len(dataset)} rows; autograd-lite train {shlex.quote(output)} --target {shlex.quote(dataset.target_name)}"
    )


def _installed() -> bool:
    from importlib.util import find_spec

    return find_spec("sklearn") is not None
