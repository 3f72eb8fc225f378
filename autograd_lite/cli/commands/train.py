"""`train`: from a data set to a network, its score on rows it never saw, and a folder that shows how."""

import argparse
import json
import math
import shlex
from collections.abc import Sequence
from typing import Any

from autograd_lite import data, nn
from autograd_lite.cli import model_file
from autograd_lite.cli.arguments import batch, names, number, sizes, whole
from autograd_lite.cli.errors import INTERRUPTED, CommandError, misused
from autograd_lite.cli.files import check_writable, make_folder
from autograd_lite.cli.learning import Learner, load_data
from autograd_lite.cli.optimizers import OPTIMIZERS, SCHEDULES
from autograd_lite.cli.options import (
    ENGINES,
    add_drop_missing,
    add_file_options,
    add_generated_options,
    add_json,
    add_quiet,
    add_seed,
)
from autograd_lite.cli.parser import Parser
from autograd_lite.cli.plans import Plan, plan_for
from autograd_lite.cli.terminal import Progress, Terminal
from autograd_lite.cli.training import fit
from autograd_lite.data import Dataset

EXAMPLES = (
    "xor",
    "iris --hidden 8 --optimizer momentum --lr 0.05 --seed 3",
    "cats.csv --target kind --ignore id,name --report report",
    "digits --epochs 5 --json",
)

#: For hidden layers; a step would not learn.
ACTIVATIONS = (*(name for name in nn.ACTIVATIONS if name != "step"), "linear")


def add_arguments(parser: Parser) -> None:
    """The data, the network, how it learns, when it stops, and what is kept."""
    parser.add_argument("dataset", metavar="DATASET", help="a name (see 'autograd-lite datasets') or the path of a CSV file")
    add = parser.add_argument
    add_seed(parser, "data, split, weights and batches")
    add("--save", metavar="FILE", help="write the trained network")
    add("--checkpoint", metavar="FILE", help="keep the state of training here after each epoch, to go on from")
    add("--resume", metavar="FILE", help="go on from a checkpoint, to the bit; or begin with the weights of a saved network")
    add("--report", metavar="DIR", help="write pictures, numbers and a page into a folder")
    add_json(parser)
    add_quiet(parser)
    group = parser.add_argument_group("network and training (the defaults depend on the data)")
    add = group.add_argument
    add("--hidden", type=sizes, metavar="N,N", help="sizes of the hidden layers, e.g. 16,16; 'none' for none")
    add("--activation", choices=ACTIVATIONS, metavar="NAME", help=f"of the hidden layers: {', '.join(ACTIVATIONS)}")
    add("--optimizer", choices=OPTIMIZERS, metavar="NAME", help=f"one of {', '.join(OPTIMIZERS)}")
    add("--lr", type=number(0), metavar="RATE", help="the learning rate")
    add("--schedule", choices=SCHEDULES, metavar="NAME", help=f"of the learning rate: {', '.join(SCHEDULES)}")
    add("--momentum", type=number(0, 1, open_low=False), metavar="M", help="for sgd and rmsprop")
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
    add(
        "--patience",
        type=whole(1),
        metavar="N",
        help="after so many epochs without improvement; the best epoch's weights are kept",
    )
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
    add_generated_options(group)
    add("--target", metavar="COLUMN", help="of a CSV file: the column to predict")
    add("--ignore", type=names, metavar="A,B", help="of a CSV file: columns to leave out")
    add("--task", choices=("classification", "regression"), metavar="TASK", help="classification or regression")
    add_drop_missing(group)
    add_file_options(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Train a network and say how well it does."""
    dataset = load_data(args)
    plan = plan_for(dataset, file=data.registry.find(args.dataset) is None).changed(vars(args))
    train, held_out = _split(dataset, args)
    _check_places(args)
    resume = args.resume if args.resume and model_file.is_checkpoint(args.resume) else None
    learner = _resumed(args, train) if args.resume and not resume else _new(args, train, plan)
    terminal.note(str(dataset))
    for note in _shortened(dataset.notes):
        terminal.note(note)
    held = "nothing held out: these are all the rows there are" if dataset.complete else f"{len(held_out)} held out"
    watched = f" ({plan.validation:.0%} of them only watched)" if plan.validation else ""
    terminal.note(f"training on {len(train)} rows{watched}, {held} (seed {args.seed})")
    terminal.note(f"{learner.describe()}; {plan.optimizer}, learning rate {plan.lr:g} ({plan.schedule})")
    if resume:
        terminal.note(f"going on from {resume}")
    recorder = _recorder(learner, train) if args.report else None
    progress = Progress(terminal, plan.epochs)
    try:
        history = fit(
            learner,
            train,
            plan,
            seed=args.seed,
            callbacks=[_shown(progress), *([recorder] if recorder else [])],
            checkpoint=args.checkpoint,
            resume=resume,
        )
    finally:
        progress.close()
    scores = {"train": learner.evaluate(train), "test": learner.evaluate(held_out)}
    said = history.stopped in ("epochs", "interrupted")  # these reasons name the epoch themselves
    stop = history.reason if said else f"stopped after epoch {history.epochs}: {history.reason}"
    terminal.note(f"{stop} ({history.seconds:.1f} s)")
    terminal.result(_verdict(learner, held_out, scores["test"], dataset.complete))
    summary = _summary(dataset, learner, plan, args, history, scores)
    if args.save:
        model_file.save(learner, args.save)
        terminal.note(f"model: {args.save}; autograd-lite predict {shlex.quote(args.save)} NEW.csv answers with it")
    if args.report:
        from autograd_lite.cli.report import Training, write_report

        command = shlex.join(["autograd-lite", *args.argv])
        write_report(args.report, Training(command, learner, train, held_out, history, summary, recorder), terminal)
    if args.json:
        terminal.result(json.dumps(summary, ensure_ascii=False))
    return INTERRUPTED if history.stopped == "interrupted" else 0


def _shortened(notes: Sequence[str], most: int = 12) -> list[str]:
    """The first of the notes, and how many more there are."""
    more = len(notes) - most
    return [*notes[:most], *([f"... and {more} more columns of texts"] if more > 0 else [])]


def _check_places(args: argparse.Namespace) -> None:
    """Find out now that something cannot be written, and not when the training is over."""
    if args.save:
        model_file.check_path(args.save)
    if args.checkpoint:
        check_writable(args.checkpoint)
    if args.report:
        make_folder(args.report)


def _shown(progress: Progress) -> Any:
    """A callback that moves the progress bar."""

    def show(epoch: int, history: nn.History) -> None:
        numbers = {"loss": history.monitored[-1]}
        accuracies = history.val_accuracies or history.accuracies
        if accuracies:
            numbers["accuracy"] = accuracies[-1]
        progress.update(epoch, **numbers)

    return show


def _recorder(learner: Learner, train: Dataset) -> Any:
    """What keeps the frames of the page that plays the run; None where there is too much to show."""
    if len(learner.model.parameters()) > 1000 or train.n_features > 16:
        return None
    from autograd_lite.pages import RunRecorder

    rows, targets = learner.inputs(train)[:500], learner.targets(train)[:500]
    return RunRecorder(
        learner.model, rows, targets, output="logits" if learner.classifies else "value",
        feature_names=learner.feature_names, class_names=learner.class_names,
    )  # fmt: skip


def _split(dataset: Dataset, args: argparse.Namespace) -> tuple[Dataset, Dataset]:
    """The rows to train on and to judge by; a truth table is both."""
    if dataset.complete:
        return dataset, dataset
    return data.train_test_split(dataset, args.test_size, seed=args.seed)


def _new(args: argparse.Namespace, train: Dataset, plan: Plan) -> Learner:
    try:
        return Learner.new(train, plan.hidden, plan.activation, args.seed, plan.scaling)
    except ValueError as error:
        misused(str(error))


def _resumed(args: argparse.Namespace, train: Dataset) -> Learner:
    """The saved network that training begins with."""
    learner = model_file.load(args.resume)
    classes = train.class_names if train.task == "classification" else ()
    if (learner.columns, learner.class_names) != (train.columns, classes):
        columns = ", ".join(learner.feature_names[:8])
        raise CommandError(f"{args.resume} was trained on other columns or classes: {columns} -> {learner.target_name}")
    made = learner.model.config()
    own = {"hidden": tuple(made["nouts"][:-1]), "activation": made["activation"], "scaling": None}
    for option, value in own.items():
        if getattr(args, option) not in (None, value):
            misused(f"--{option} goes with a new network; {args.resume} is one already: {learner.describe()}")
    return learner


def _verdict(learner: Learner, held_out: Dataset, scores: dict[str, float], complete: bool) -> str:
    rows = "rows" if complete else "held-out rows"
    if learner.classifies:
        right = round(scores["accuracy"] * len(held_out))
        return f"accuracy on {rows}: {scores['accuracy']:.1%} ({right} of {len(held_out)}), loss {scores['loss']:.4g}"
    return f"loss on {rows}: {scores['loss']:.4g} (mean squared error), r2 {scores['r2']:.4f}"


def _summary(
    dataset: Dataset, learner: Learner, plan: Plan, args: Any, history: nn.History, scores: dict[str, dict[str, float]]
) -> dict[str, Any]:
    return {
        "dataset": dataset.name,
        "task": dataset.task,
        "model": learner.describe(),
        "parameters": len(learner.model.parameters()),
        "optimizer": plan.optimizer,
        "lr": plan.lr,
        "schedule": plan.schedule,
        "batch": plan.batch or None,
        "seed": args.seed,
        "epochs": history.epochs,
        "stopped": history.reason,
        "seconds": round(history.seconds, 3),
        **{f"{part}_{name}": _finite(value) for part, found in scores.items() for name, value in found.items()},
    }


def _finite(value: float) -> float | None:
    """JSON has no nan."""
    return value if math.isfinite(value) else None
