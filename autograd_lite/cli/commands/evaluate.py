"""`evaluate`: a saved network judged by answers that are known."""

from typing import Any

from autograd_lite import data
from autograd_lite.cli import model_file, options
from autograd_lite.cli.command import argument, command
from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.learning import Learner, load_data
from autograd_lite.cli.scores import confusion_table, for_json, verdict
from autograd_lite.cli.terminal import Terminal
from autograd_lite.data import Dataset

#: A table of more classes is too wide to read.
MOST_CLASSES = 12


@command("model.json test.csv", "model.json moons --seed 7 --json")
@options.model
@argument("dataset", shell_complete=options.complete_data, help="A CSV file or the name of a data set.")
@options.target(help="The column with the answers (default: that of the training).")
@options.seed(help="Of generated data.")
@options.json_line()
@options.drop_missing()
@options.csv_reading
def evaluate(args: Any, terminal: Terminal) -> int:
    """Judge a saved network by rows whose answers are known."""
    learner = model_file.load(args.model)
    named = data.registry.find(args.dataset)
    dataset = _named(args, learner) if named else _from_file(args, learner, terminal)
    scores, answers = learner.score(dataset)
    terminal.result(verdict(learner, scores, len(dataset)))
    if 0 < len(learner.class_names) <= MOST_CLASSES:
        confusion_table(learner.class_names, dataset, answers).show(terminal.out)
    if args.json:
        terminal.json({"rows": len(dataset), **for_json("test", scores)})
    return 0


def _named(args: Any, learner: Learner) -> Dataset:
    """A data set of the package, which must have the model's columns and classes."""
    dataset = load_data(args)
    if dataset.feature_names != learner.feature_names:
        raise CommandError(f"{args.model} reads {', '.join(learner.feature_names[:8])}; {args.dataset} has other columns")
    classes = dataset.class_names if dataset.task == "classification" else ()
    if classes != learner.class_names:
        told = f"answers with {', '.join(learner.class_names[:8]) or 'a number'}"
        raise CommandError(f"{args.model} {told}; {args.dataset} is about {', '.join(classes[:8]) or 'a number'}")
    return dataset


def _from_file(args: Any, learner: Learner, terminal: Terminal) -> Dataset:
    """A file with the model's columns and its target."""
    if not data.registry.looks_like_file(args.dataset):
        data.load(args.dataset)  # raises, with the names there are
    dataset = data.read_csv(
        args.dataset,
        args.target or learner.target_name,
        task="classification" if learner.classifies else "regression",
        missing="drop" if args.drop_missing else "error",
        columns=learner.columns,
        class_names=learner.class_names or None,
        **options.csv_settings(args),
    )
    for note in dataset.notes:
        terminal.note(note)
    return dataset
