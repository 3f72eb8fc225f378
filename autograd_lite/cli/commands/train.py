"""`train`: from a data set to a network, its score on rows it never saw, and a folder that shows how."""

import shlex
from collections.abc import Callable
from functools import partial
from typing import Any

from autograd_lite import data, nn
from autograd_lite.cli import model_file, options
from autograd_lite.cli.command import argument, command, option
from autograd_lite.cli.commands import NAME
from autograd_lite.cli.errors import INTERRUPTED, MISUSED, CommandError, misused, refusing
from autograd_lite.cli.files import check_writable, make_folder
from autograd_lite.cli.learning import Learner, load_data
from autograd_lite.cli.plans import OPTIMIZERS, SCHEDULES, plan_for
from autograd_lite.cli.scores import verdict
from autograd_lite.cli.terminal import Terminal
from autograd_lite.cli.training import Training, fit, split
from autograd_lite.data import Dataset
from autograd_lite.terminal import ProgressLine

#: For hidden layers; a step would not learn.
ACTIVATIONS = (*(name for name in nn.ACTIVATIONS if name != "step"), "linear")
#: More notes about a file than this are counted.
MOST_NOTES = 12
#: A network with more parameters, inputs or rows is too much for the page that plays a run.
MOST_PARAMETERS, MOST_INPUTS, MOST_ROWS = 1000, 16, 500

learning = partial(option, group="Network and training (the defaults depend on the data)")
stopping = partial(option, group="When to stop")


@command(
    "xor",
    "iris --hidden 8 --optimizer momentum --lr 0.05 --seed 3",
    "cats.csv --target kind --ignore id,name --report report",
    "digits --epochs 5 --json",
)
@argument("dataset", shell_complete=options.complete_data, help="A name (see 'autograd-lite datasets') or a CSV file.")
@options.seed(help="Of data, split, weights and batches.")
@options.file("--save", help="Write the trained network.")
@options.file("--checkpoint", help="Keep the state of training here after each epoch, to go on from.")
@options.file("--resume", help="Go on from a checkpoint, to the bit; or begin with a saved network.")
@options.file("--report", metavar="DIR", help="Write pictures, numbers and a page into a folder.")
@options.json_line()
@options.quiet()
@learning("--hidden", type=options.layer_sizes, metavar="N,N", help="Sizes of the hidden layers, e.g. 16,16; or none.")
@learning("--activation", **options.one_of(ACTIVATIONS, "Of the hidden layers"))
@learning("--optimizer", **options.one_of(OPTIMIZERS, "What takes the steps"))
@learning("--lr", type=options.positive, metavar="RATE", help="The learning rate.")
@learning("--schedule", **options.one_of(SCHEDULES, "Of the learning rate"))
@learning("--momentum", type=options.Number(0, 1, max_open=True), metavar="M", help="For sgd and rmsprop.")
@learning("--weight-decay", type=options.not_negative, metavar="D", help="Pull weights towards 0.")
@learning("--clip-norm", type=options.positive, metavar="NORM", help="Shorten longer gradients to this.")
@learning("--scaling", **options.one_of(("standard", "minmax", "none"), "Of the inputs"))
@learning("--engine", default="auto", **options.one_of(options.ENGINES, "What computes; auto takes what pays"))
@learning("--batch", type=options.batch_size, metavar="N", help="Rows for each step; 'all' for all of them.")
@stopping("--epochs", type=options.WholeNumber(1), metavar="N", help="Passes over the data, at most.")
@stopping("--target-loss", type=options.positive, metavar="LOSS", help="When an epoch's loss is this low.")
@stopping(
    "--patience", type=options.WholeNumber(1), metavar="N", help="After so many epochs without a better one, which is kept."
)
@stopping("--grad-norm", type=options.positive, metavar="NORM", help="When the gradient is this short.")
@stopping("--max-seconds", type=options.positive, metavar="S", help="When this time is over.")
@stopping(
    "--validation", type=options.share, metavar="PART", help="Watch this part of the training rows, not the loss on all."
)
@option("--test-size", type=options.share, default=0.25, metavar="PART", group="Data", help="The part to hold out.")
@options.generated_rows(group="Data")
@options.noise(group="Data")
@options.target(group="Data")
@options.ignore(group="Data")
@option("--task", group="Data", **options.one_of(("classification", "regression"), "What is learned"))
@options.drop_missing(group="Data")
@options.csv_reading
def train(args: Any, terminal: Terminal) -> int:
    """Train a network and judge it by rows it has not seen."""
    training, going_on = _prepared(args)
    learner, plan = training.learner, training.plan
    _announce(training, terminal)
    if going_on:
        terminal.note(f"going on from {going_on}")
    recorder = _recorder(learner, training.train) if args.report else None
    with terminal.progress(plan.epochs, "epoch") as progress:
        callbacks = [_shown(progress), *([recorder] if recorder else [])]
        training.history = history = fit(
            learner, training.train, plan, seed=args.seed, callbacks=callbacks, checkpoint=args.checkpoint, resume=going_on
        )
    said = history.stopped in ("epochs", "interrupted")  # these reasons name the epoch themselves
    stop = history.reason if said else f"stopped after epoch {history.epochs}: {history.reason}"
    terminal.note(f"{stop} ({history.seconds:.1f} s)")
    where = " on rows" if training.dataset.complete else " on held-out rows"
    terminal.result(verdict(learner, training.scores["test"], len(training.held_out), where))
    if args.save:
        model_file.save(learner, args.save)
        terminal.note(f"model: {args.save}; autograd-lite predict {shlex.quote(args.save)} NEW.csv answers with it")
    if args.report:
        from autograd_lite.cli.report import write_report

        write_report(args.report, training, recorder, terminal)
    if args.json:
        terminal.json(training.summary)
    return INTERRUPTED if history.stopped == "interrupted" else 0


def _prepared(args: Any) -> tuple[Training, str | None]:
    """The training that was asked for, and the checkpoint it goes on from, if it does."""
    dataset = load_data(args)
    plan = plan_for(dataset, file=data.registry.find(args.dataset) is None).changed(vars(args))
    rows, held_out = split(dataset, args.seed, args.test_size)
    _check_places(args)
    going_on = args.resume if args.resume and model_file.is_checkpoint(args.resume) else None
    if args.resume and not going_on:
        learner = _resumed(args, rows)
    else:
        with refusing(ValueError, code=MISUSED):
            learner = Learner.new(rows, plan.hidden, plan.activation, args.seed, plan.scaling)
    command = shlex.join([NAME, *args.argv])
    return Training(command, dataset, rows, held_out, plan, learner, args.seed), going_on


def _check_places(args: Any) -> None:
    """Find out now that something cannot be written, and not when the training is over."""
    if args.save:
        model_file.check_path(args.save)
    if args.checkpoint:
        check_writable(args.checkpoint)
    if args.report:
        from autograd_lite.cli.report.page import template

        template()
        make_folder(args.report)


def _announce(training: Training, terminal: Terminal) -> None:
    """What is going to be trained, on what, and how."""
    dataset, plan = training.dataset, training.plan
    terminal.note(str(dataset))
    for note in dataset.notes[:MOST_NOTES]:
        terminal.note(note)
    if len(dataset.notes) > MOST_NOTES:
        terminal.note(f"... and {len(dataset.notes) - MOST_NOTES} more columns of texts")
    every = "nothing held out: these are all the rows there are"
    held = every if dataset.complete else f"{len(training.held_out)} held out"
    watched = f" ({plan.validation:.0%} of them only watched)" if plan.validation else ""
    terminal.note(f"training on {len(training.train)} rows{watched}, {held} (seed {training.seed})")
    terminal.note(f"{training.learner.describe()}; {plan.optimizer}, learning rate {plan.lr:g} ({plan.schedule})")


def _shown(progress: ProgressLine) -> Callable[[int, nn.History], None]:
    """A callback that moves the progress bar."""

    def show(epoch: int, history: nn.History) -> None:
        accuracies = history.val_accuracies or history.accuracies
        progress.show(epoch, loss=history.monitored[-1], **({"accuracy": accuracies[-1]} if accuracies else {}))

    return show


def _recorder(learner: Learner, rows: Dataset) -> Any:
    """What keeps the frames of the page that plays the run; None where there is too much to show."""
    if len(learner.model.parameters()) > MOST_PARAMETERS or rows.n_features > MOST_INPUTS:
        return None
    from autograd_lite.pages import RunRecorder

    output = "logits" if learner.classifies else "value"
    names: dict[str, Any] = {"feature_names": learner.feature_names, "class_names": learner.class_names}
    inputs, targets = learner.inputs(rows)[:MOST_ROWS], learner.targets(rows)[:MOST_ROWS]
    return RunRecorder(learner.model, inputs, targets, output=output, **names)


def _resumed(args: Any, rows: Dataset) -> Learner:
    """The saved network that training begins with."""
    learner = model_file.load(args.resume)
    classes = rows.class_names if rows.task == "classification" else ()
    if (learner.columns, learner.class_names) != (rows.columns, classes):
        columns = ", ".join(learner.feature_names[:8])
        raise CommandError(f"{args.resume} was trained on other columns or classes: {columns} -> {learner.target_name}")
    made = learner.model.config()
    own = {"hidden": tuple(made["nouts"][:-1]), "activation": made["activation"], "scaling": None}
    for name, value in own.items():
        if getattr(args, name) not in (None, value):
            misused(f"--{name} goes with a new network; {args.resume} is one already: {learner.describe()}")
    return learner
