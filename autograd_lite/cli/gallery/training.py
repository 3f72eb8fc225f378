"""Training for a picture: the command line's own defaults, without a word on the screen."""

from typing import Any

from autograd_lite import data, nn
from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.learning import Learner
from autograd_lite.cli.plans import plan_for
from autograd_lite.cli.training import fit
from autograd_lite.data import Dataset


def load(name: str, seed: int) -> Dataset:
    """A named data set; generated ones from `seed`."""
    source = data.registry.find(name)
    if source is None:
        data.load(name)  # raises, unless it is a file
        raise CommandError(f"a picture takes one of the named data sets, not the file {name}; see train --report for files")
    return data.load(name, **({"seed": seed} if "seed" in source.options else {}))


def halves(dataset: Dataset, seed: int) -> tuple[Dataset, Dataset]:
    """Rows to train on and rows held out; a truth table is both."""
    return (dataset, dataset) if dataset.complete else data.train_test_split(dataset, seed=seed)


def parts(args: Any) -> tuple[Dataset, Dataset]:
    """The data set of the command's arguments, as `halves`."""
    return halves(load(args.dataset, args.seed), args.seed)


def classes(args: Any) -> tuple[Dataset, Dataset]:
    """The same, for a picture about classes."""
    train, held_out = parts(args)
    if train.task != "classification":
        raise CommandError(f"this picture is about classes; {train.name} is a regression")
    return train, held_out


def trained(name: str, seed: int) -> Learner:
    """A network trained on a named data set."""
    return trained_with_history(halves(load(name, seed), seed)[0], seed)[0]


def trained_with_history(train: Dataset, seed: int, **changes: Any) -> tuple[Learner, nn.History]:
    """A network and its training history; `changes` replace fields of the plan."""
    plan = plan_for(train).changed(changes)
    learner = Learner.new(train, plan.hidden, plan.activation, seed, plan.scaling)
    return learner, fit(learner, train, plan, seed=seed)
