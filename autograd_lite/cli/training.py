"""Training a `Learner` by a `Plan`: what `train` does for the user's data and `plot` for its pictures."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from typing import Any

from autograd_lite import data, nn
from autograd_lite.cli.errors import MISUSED, CommandError, misused, refusing
from autograd_lite.cli.files import writing
from autograd_lite.cli.learning import Learner, load_data
from autograd_lite.cli.plans import OPTIMIZERS, Plan, plan_for
from autograd_lite.cli.scores import for_json
from autograd_lite.data import Dataset
from autograd_lite.nn import optim
from autograd_lite.nn.optim import lr_scheduler

#: Fields of a plan that `nn.fit` takes under the same names.
_SAME = ("epochs", "validation", "clip_norm", "target_loss", "patience", "grad_norm", "max_seconds", "engine")


@dataclass
class Training:
    """A training and what came of it: what the screen, `--json` and a report tell.

    Parameters
    ----------
    command : str
        What was typed.
    dataset, train, held_out : Dataset
        All rows, those to train on, and those to judge by; the same where nothing could be held out.
    plan : Plan
    learner : Learner
    seed : int
    history : nn.History
        Empty before the training.
    """

    command: str
    dataset: Dataset
    train: Dataset
    held_out: Dataset
    plan: Plan
    learner: Learner
    seed: int
    history: nn.History = field(default_factory=nn.History)

    @cached_property
    def scores(self) -> dict[str, dict[str, float]]:
        """How well the learner does, after the training, on the rows it has seen and on the others."""
        return {"train": self.learner.evaluate(self.train), "test": self.learner.evaluate(self.held_out)}

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What `--json` prints."""
        plan, history = self.plan, self.history
        return {
            "dataset": self.dataset.name,
            "task": self.dataset.task,
            "model": self.learner.describe(),
            "parameters": len(self.learner.model.parameters()),
            **{name: getattr(plan, name) for name in ("optimizer", "lr", "schedule")},
            "batch": plan.batch or None,
            "seed": self.seed,
            "epochs": history.epochs,
            "stopped": history.reason,
            "seconds": round(history.seconds, 3),
            **for_json("train", self.scores["train"]),
            **for_json("test", self.scores["test"]),
        }


def split(dataset: Dataset, seed: int, test_size: float = 0.25) -> tuple[Dataset, Dataset]:
    """The rows to train on and those to judge by; a truth table is both."""
    return (dataset, dataset) if dataset.complete else data.train_test_split(dataset, test_size, seed=seed)


def fit(
    learner: Learner,
    train: Dataset,
    plan: Plan,
    *,
    seed: int = 0,
    callbacks: Iterable[Callable[[int, nn.History], Any]] = (),
    checkpoint: str | None = None,
    resume: str | None = None,
) -> nn.History:
    """Train until the plan's rules or Ctrl-C end it.

    Parameters
    ----------
    learner : Learner
    train : Dataset
    plan : Plan
    seed : int, default 0
        Of the order of the rows.
    callbacks : iterable of callable
        As for `nn.fit`.
    checkpoint, resume : str, optional
        Files to keep the state of training in, and to go on from.

    Raises
    ------
    CommandError
        If training breaks down, or a checkpoint cannot be written or read.
    """
    optimizer = make_optimizer(learner.model, plan)
    steps = math.ceil(len(train) / plan.batch) if plan.batch else 1
    with (
        refusing(ValueError, nn.ModelFileError),
        refusing(nn.TrainingError, before=f"training with --lr {plan.lr:g} broke down: "),
        writing(f"the checkpoint {checkpoint or resume}"),
    ):
        return nn.fit(
            learner.model,
            learner.inputs(train),
            learner.targets(train),
            loss=learner.loss,
            optimizer=optimizer,
            batch_size=plan.batch or None,
            seed=seed,
            scheduler=make_schedule(plan.schedule, optimizer, plan.lr, plan.epochs, steps),
            restore_best=plan.patience is not None,
            **{name: getattr(plan, name) for name in _SAME},
            callbacks=callbacks,
            checkpoint=checkpoint,
            resume=resume or False,
            progress=False,
        )


def parts(args: Any) -> tuple[Dataset, Dataset]:
    """The rows of the command's data set to train on, and rows held out."""
    return split(load_data(args), args.seed)


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


def make_optimizer(model: Any, plan: Plan) -> optim.Optimizer:
    """The optimizer of a plan, for the parameters of `model`."""
    kind, _, own = OPTIMIZERS[plan.optimizer]
    settings = dict(own)
    for name in ("momentum", "weight_decay"):
        if (value := getattr(plan, name)) is not None:
            fitting = [other for other, (k, *_) in OPTIMIZERS.items() if name in signature(optim.OPTIMIZERS[k]).parameters]
            if plan.optimizer not in fitting:
                misused(f"--{name.replace('_', '-')} goes with --optimizer {', '.join(fitting)}; not with {plan.optimizer}")
            settings[name] = value
    with refusing(ValueError, before=f"--optimizer {plan.optimizer}: ", code=MISUSED):
        return optim.OPTIMIZERS[kind](model, lr=plan.lr, **settings)


def make_schedule(
    name: str, optimizer: optim.Optimizer, lr: float, epochs: int, steps_per_epoch: int
) -> lr_scheduler.LRScheduler | None:
    """The schedule called `name`, laid out over the epochs; None for a constant rate.

    Parameters
    ----------
    name : str
        "cosine" falls to a hundredth along half a cosine, "exponential" to a hundredth by the same factor each epoch, "step"
        by ten after each third, "warmup" rises over the first tenth and falls as cosine, "plateau" halves the rate when the
        loss has not improved for five epochs, "one-cycle" rises and falls with every step.
    optimizer : Optimizer
    lr : float
    epochs, steps_per_epoch : int

    Examples
    --------
    >>> from autograd_lite import Value
    >>> schedule = make_schedule("cosine", optim.SGD([Value(0.0)], lr=0.1), 0.1, 10, 1)
    >>> [round(schedule.rate(0.1, epoch), 4) for epoch in (0, 5, 10)]
    [0.1, 0.0505, 0.001]
    """
    match name:
        case "cosine":
            return lr_scheduler.CosineAnnealingLR(optimizer, epochs, eta_min=lr / 100)
        case "exponential":
            return lr_scheduler.ExponentialLR(optimizer, math.exp(math.log(0.01) / epochs))
        case "step":
            return lr_scheduler.StepLR(optimizer, max(1, math.ceil(epochs / 3)))
        case "warmup":
            rise = max(1, epochs // 10)
            up = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=rise)
            down = lr_scheduler.CosineAnnealingLR(optimizer, max(1, epochs - rise), eta_min=lr / 100)
            return lr_scheduler.SequentialLR(optimizer, [up, down], [rise])
        case "plateau":
            return lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=5)
        case "one-cycle":
            cycles = "betas" in optimizer.defaults or "momentum" in optimizer.defaults
            return lr_scheduler.OneCycleLR(optimizer, lr, total_steps=epochs * steps_per_epoch, cycle_momentum=cycles)
        case _:
            return None
