"""Training a `Learner` by a `Plan`: what `train` does for the user's data and `plot` for its pictures."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from autograd_lite import nn
from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.learning import Learner
from autograd_lite.cli.optimizers import make_optimizer, make_schedule
from autograd_lite.cli.plans import Plan
from autograd_lite.data import Dataset

Callback = Callable[[int, nn.History], Any]


def fit(
    learner: Learner,
    train: Dataset,
    plan: Plan,
    *,
    seed: int = 0,
    callbacks: Iterable[Callback] = (),
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
    try:
        return nn.fit(
            learner.model,
            learner.inputs(train),
            learner.targets(train),
            loss=learner.loss,
            optimizer=optimizer,
            epochs=plan.epochs,
            batch_size=plan.batch or None,
            seed=seed,
            validation=plan.validation,
            clip_norm=plan.clip_norm,
            scheduler=make_schedule(plan.schedule, optimizer, plan.lr, plan.epochs, steps),
            target_loss=plan.target_loss,
            patience=plan.patience,
            restore_best=plan.patience is not None,
            grad_norm=plan.grad_norm,
            max_seconds=plan.max_seconds,
            engine=plan.engine,
            callbacks=callbacks,
            checkpoint=checkpoint,
            resume=resume or False,
            progress=False,
        )
    except nn.TrainingError as error:
        raise CommandError(f"training broke down: {error} (--lr was {plan.lr:g})") from None
    except OSError as error:
        raise CommandError(f"the checkpoint {checkpoint or resume}: {error.strerror or error}") from None
    except (ValueError, nn.ModelFileError) as error:
        raise CommandError(str(error)) from None
