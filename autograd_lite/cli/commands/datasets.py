"""`datasets`: which there are, what one looks like, and a CSV file of one."""

import shlex
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from autograd_lite import data
from autograd_lite.cli import options
from autograd_lite.cli.command import argument, command
from autograd_lite.cli.files import deliver
from autograd_lite.cli.learning import load_data
from autograd_lite.cli.terminal import Terminal


@command("", "iris", "moons --n 500 --noise 0.2 --seed 1 -o moons.csv")
@argument("dataset", required=False, shell_complete=options.complete_data, help="One of them, or a CSV file.")
@options.file("-o", "--output", help="Write its rows as CSV ('-' for standard output).")
@options.seed(help="Of generated data.")
@options.generated_rows()
@options.noise()
@options.target()
@options.ignore()
@options.drop_missing()
@options.json_line(help="As one line of JSON.")
@options.csv_reading
def datasets(args: Any, terminal: Terminal) -> int:
    """List the data sets, or show one, or write it as CSV."""
    if args.dataset is None:
        _list(args.json, terminal)
        return 0
    dataset = load_data(args)
    if args.output:
        _write(dataset, args.output, terminal)
    elif args.json:
        terminal.json(_facts(dataset))
    else:
        columns = zip(dataset.columns, zip(*data.decode_rows(dataset.x, dataset.columns), strict=True), strict=True)
        terminal.result(str(dataset))
        terminal.rows([[f"  {column.name}", _spread(column, cells)] for column, cells in columns])
    return 0


def _list(as_json: bool, terminal: Terminal) -> None:
    """The data sets there are."""
    sources = data.SOURCES.values()
    if as_json:
        listed = [{"name": s.name, "summary": s.summary, "needs": s.needs} for s in sources]
        terminal.json(listed)
        return
    missing = find_spec("sklearn") is None
    rows = [
        [s.name, s.summary + (f' (needs pip install "autograd-lite[{s.needs}]")' if s.needs and missing else "")]
        for s in sources
    ]
    terminal.rows([*rows, ["FILE.csv", "a CSV file of numbers and categories: --target COLUMN"]])


def _facts(dataset: data.Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "rows": len(dataset),
        "features": list(dataset.feature_names),
        "task": dataset.task,
        "target": dataset.target_name,
        "classes": dataset.class_counts if dataset.task == "classification" else None,
    }


def _spread(column: data.Column, cells: Sequence[Any]) -> str:
    """What a column holds, in a line."""
    if column.categories:
        return ", ".join(f"{category} {cells.count(category)}" for category in column.categories)
    return f"{min(cells):.4g} to {max(cells):.4g}, mean {sum(cells) / len(cells):.4g}"


def _write(dataset: data.Dataset, output: str, terminal: Terminal) -> None:
    """The rows as CSV."""
    answers = [dataset.class_names[k] for k in dataset.labels] if dataset.task == "classification" else dataset.y
    header = [*(column.name for column in dataset.columns), dataset.target_name]
    rows = zip(data.decode_rows(dataset.x, dataset.columns), answers, strict=True)
    table: list[list[Any]] = [header, *([*cells, answer] for cells, answer in rows)]
    train = f"autograd-lite train {shlex.quote(output)} --target {shlex.quote(dataset.target_name)}"
    deliver(table, output, f"{len(dataset)} rows; {train}", terminal)
