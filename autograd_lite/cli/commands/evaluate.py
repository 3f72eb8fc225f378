"""`evaluate`: a saved network judged by answers that are known."""

import argparse
import json
import math

from autograd_lite import data
from autograd_lite.cli import model_file
from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.learning import Learner
from autograd_lite.cli.options import add_drop_missing, add_file_options, add_json, add_seed, file_options
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.terminal import Terminal
from autograd_lite.data import Dataset

EXAMPLES = (
    "model.json test.csv",
    "model.json moons --seed 7 --json",
)


def add_arguments(parser: Parser) -> None:
    """A network, and rows with the right answers."""
    parser.add_argument("model", metavar="MODEL", help="what train --save wrote")
    parser.add_argument("data", metavar="DATA", help="a CSV file or the name of a data set")
    parser.add_argument("--target", metavar="COLUMN", help="the column with the answers (default: that of the training)")
    add_seed(parser, "generated data")
    add_json(parser)
    add_drop_missing(parser)
    add_file_options(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Compare a network's answers with the right ones."""
    learner = model_file.load(args.model)
    dataset = _known(args, learner, terminal)
    scores, answers = learner.score(dataset)
    if learner.classifies:
        right = round(scores["accuracy"] * len(dataset))
        terminal.result(f"accuracy: {scores['accuracy']:.1%} ({right} of {len(dataset)}), loss {scores['loss']:.4g}")
        _confusion(learner, dataset, answers, terminal)
    else:
        terminal.result(f"loss: {scores['loss']:.4g} (mean squared error of {len(dataset)} rows), r2 {scores['r2']:.4f}")
    if args.json:
        finite = {f"test_{name}": value if math.isfinite(value) else None for name, value in scores.items()}
        terminal.result(json.dumps({"rows": len(dataset), **finite}))
    return 0


def _known(args: argparse.Namespace, learner: Learner, terminal: Terminal) -> Dataset:
    """The rows to judge by: a named data set, or a file with the model's columns and its target."""
    source = data.registry.find(args.data)
    if source is not None:
        for option in ("target", "encoding", "delimiter", "decimal", "drop_missing"):
            if getattr(args, option) not in (None, False):
                misused(f"--{option.replace('_', '-')} goes with a CSV file; {source.name} is a data set of this package")
        dataset = data.load(args.data, **({"seed": args.seed} if "seed" in source.options else {}))
        if dataset.feature_names != learner.feature_names:
            raise CommandError(f"{args.model} reads {', '.join(learner.feature_names[:8])}; {args.data} has other columns")
        classes = dataset.class_names if dataset.task == "classification" else ()
        if classes != learner.class_names:
            told = f"answers with {', '.join(learner.class_names[:8]) or 'a number'}"
            raise CommandError(f"{args.model} {told}; {args.data} is about {', '.join(classes[:8]) or 'a number'}")
        return dataset
    if not data.registry.looks_like_file(args.data):
        data.load(args.data)  # raises, with the names there are
    dataset = data.read_csv(
        args.data,
        args.target or learner.target_name,
        task="classification" if learner.classifies else "regression",
        missing="drop" if args.drop_missing else "error",
        columns=learner.columns,
        class_names=learner.class_names or None,
        **file_options(args),
    )
    for note in dataset.notes:
        terminal.note(note)
    return dataset


def _confusion(learner: Learner, dataset: Dataset, answers: list[float], terminal: Terminal) -> None:
    """The table of true against predicted classes, if it is narrow enough to read."""
    names = learner.class_names
    if len(names) > 12:
        return
    table = [[0] * len(names) for _ in names]
    for truth, answer in zip(dataset.labels, answers, strict=True):
        table[truth][int(answer)] += 1
    short = [name if len(name) <= 12 else name[:11] + "…" for name in names]
    first = max(len("true"), *map(len, short))
    widths = [max(len(name), *(len(str(row[k])) for row in table)) for k, name in enumerate(short)]
    terminal.result(
        "  ".join(["true".ljust(first), *(name.rjust(w) for name, w in zip(short, widths, strict=True)), "<- predicted"])
    )
    for name, row in zip(short, table, strict=True):
        terminal.result("  ".join([name.ljust(first), *(str(cell).rjust(w) for cell, w in zip(row, widths, strict=True))]))
