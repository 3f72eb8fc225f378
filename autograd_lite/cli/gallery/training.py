"""Training for a picture: the command line's own defaults, without a word on the screen."""

from typing import Any

from autograd_lite import data, nn
from autograd_lite.cli.errors import CommandError, misused
from autograd_lite.cli.learning import Learner
from autograd_lite.cli.plans import plan_for
from autograd_lite.cli.training import fit
from autograd_lite.data import Dataset


def parts(args: Any) -> tuple[Dataset, Dataset]:
    """The rows of the command's data set to train on, and rows held out; a truth table is both."""
    source = data.registry.find(args.dataset)
    if source is None:
        return _halves(data.load(args.dataset, **({"target": args.target} if args.target else {})), args.seed)
    if args.target:
        misused(f"--target is for a CSV file; {source.name} has its own")
    return _halves(data.load(args.dataset, **({"seed": args.seed} if "seed" in source.options else {})), args.seed)


def classes(args: Any) -> tuple[Dataset, Dataset]:
    """The same, for a picture about classes."""
    train, held_out = parts(args)
    if train.task != "classification":
        raise CommandError(f"this picture is about classes; {train.name} is a regression")
    return train, held_out


def trained(train: Dataset, seed: int, **changes: Any) -> tuple[Learner, nn.History]:
    """A network and its training history; `changes` replace fields of the plan."""
    plan = plan_for(train, file=train.description.startswith("the file")).changed(changes)
    learner = Learner.new(train, plan.hidden, plan.activation, seed, plan.scaling)
    return learner, fit(learner, train, plan, seed=seed)


def _halves(dataset: Dataset, seed: int) -> tuple[Dataset, Dataset]:
    return (dataset, dataset) if dataset.complete else data.train_test_split(dataset, seed=seed)
