"""The command `train`: from a data set to a network, its score on rows it never saw, and a folder that shows how."""

import argparse
import json
import math
from dataclasses import fields, replace
from typing import Any

from autograd_lite import data, nn
from autograd_lite.cli import model_file
from autograd_lite.cli.defaults import RATES, Defaults, defaults_for
from autograd_lite.cli.errors import INTERRUPTED, CommandError, misused
from autograd_lite.cli.learning import Learner, load_data
from autograd_lite.cli.optimizers import make_optimizer, make_schedule
from autograd_lite.cli.terminal import Progress, Terminal
from autograd_lite.data import Dataset


def run_train(args: argparse.Namespace, terminal: Terminal) -> int:
    """Train a network and say how well it does."""
    dataset = load_data(args)
    plan = _plan(args, defaults_for(dataset, file=data.registry.find(args.dataset) is None))
    train, held_out = _split(dataset, args)
    resume = bool(args.resume) and not model_file.is_model(args.resume)
    if args.resume and not resume:
        learner = _resumed(args.resume, train)
    else:
        try:
            learner = Learner.new(train, plan.hidden, plan.activation, args.seed, plan.scaling)
        except ValueError as error:
            misused(str(error))
    optimizer = make_optimizer(learner.model, plan, args)
    terminal.note(str(dataset))
    held = "nothing held out: these are all the rows there are" if dataset.complete else f"{len(held_out)} held out"
    terminal.note(f"training on {len(train)} rows, {held} (seed {args.seed})")
    terminal.note(f"{learner.describe()}; {plan.optimizer}, learning rate {plan.lr:g} ({plan.schedule})")

    recorder = _recorder(learner, train) if args.report else None
    history = fit(learner, train, plan, args, terminal, optimizer, resume, recorder)
    scores = {"train": learner.evaluate(train), "test": learner.evaluate(held_out)}
    terminal.note(f"stopped: {history.reason} ({history.epochs} epochs, {history.seconds:.1f} s)")
    terminal.result(_verdict(learner, held_out, scores["test"], dataset.complete))
    summary = _summary(dataset, learner, plan, args, history, scores)
    if args.save:
        model_file.save(learner, args.save)
        terminal.note(f"model: {args.save}")
    if args.report:
        from autograd_lite.cli.report import write_report

        write_report(args.report, learner, train, held_out, history, summary, terminal, recorder)
    if args.json:
        terminal.result(json.dumps(summary, ensure_ascii=False))
    return INTERRUPTED if history.stopped == "interrupted" else 0


def fit(
    learner: Learner,
    train: Dataset,
    plan: Defaults,
    args: Any,
    terminal: Terminal,
    optimizer: Any,
    resume: bool = False,
    recorder: Any = None,
) -> nn.History:
    """Train with a progress bar; ends early as the options say, or by Ctrl-C."""
    steps = math.ceil(len(train) / plan.batch) if plan.batch else 1
    progress = Progress(terminal, plan.epochs)

    def show(epoch: int, history: nn.History) -> None:
        numbers = {"loss": history.monitored[-1]}
        accuracies = history.val_accuracies or history.accuracies
        if accuracies:
            numbers["accuracy"] = accuracies[-1]
        progress.update(epoch, **numbers)

    try:
        return nn.fit(
            learner.model,
            learner.inputs(train),
            learner.targets(train),
            loss=learner.loss,
            optimizer=optimizer,
            epochs=plan.epochs,
            batch_size=plan.batch or None,
            seed=args.seed,
            validation=args.validation,
            clip_norm=args.clip_norm,
            scheduler=make_schedule(plan.schedule, optimizer, plan.lr, plan.epochs, steps),
            target_loss=plan.target_loss,
            patience=args.patience,
            grad_norm=args.grad_norm,
            max_seconds=args.max_seconds,
            engine=args.engine,
            callbacks=[show, *([recorder] if recorder else [])],
            checkpoint=args.checkpoint,
            resume=args.resume if resume else False,
            progress=False,
        )
    except nn.TrainingError as error:
        progress.close()
        raise CommandError(f"training broke down: {error} (--lr was {plan.lr:g})") from None
    except OSError as error:
        progress.close()
        raise CommandError(f"the checkpoint {args.checkpoint or args.resume}: {error.strerror or error}") from None
    except (ValueError, nn.ModelFileError) as error:
        progress.close()
        raise CommandError(str(error)) from None
    finally:
        progress.close()


def _plan(args: argparse.Namespace, default: Defaults) -> Defaults:
    """The defaults with what the options say instead."""

    def choose(name: str) -> Any:
        given = getattr(args, name)
        return getattr(default, name) if given is None else given

    # A rate suits one optimizer: another one has its own.
    if args.optimizer is not None and args.optimizer != default.optimizer:
        default = replace(default, lr=RATES[args.optimizer])
        if args.optimizer == "lbfgs":  # a method for all rows at once, with a rate that its line search makes
            default = replace(default, batch=None, schedule="constant", epochs=min(default.epochs, 50))
    return Defaults(**{field.name: choose(field.name) for field in fields(Defaults)})


def _recorder(learner: Learner, train: Dataset) -> Any:
    """What keeps the frames of the page that plays the run; None where there is too much to show."""
    if len(learner.model.parameters()) > 1000 or train.n_features > 12:
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


def _resumed(path: str, train: Dataset) -> Learner:
    learner = model_file.load(path)
    if learner.feature_names != train.feature_names or learner.class_names != (
        train.class_names if train.task == "classification" else ()
    ):
        columns = ", ".join(learner.feature_names[:8])
        raise CommandError(f"{path} was trained on other columns or classes: {columns} -> {learner.target_name}")
    return learner


def _verdict(learner: Learner, held_out: Dataset, scores: dict[str, float], complete: bool) -> str:
    rows = "rows" if complete else "held-out rows"
    if learner.classifies:
        right = round(scores["accuracy"] * len(held_out))
        return f"accuracy on {rows}: {scores['accuracy']:.1%} ({right} of {len(held_out)}), loss {scores['loss']:.4g}"
    return f"loss on {rows}: {scores['loss']:.4g} (mean squared error), r2 {scores['r2']:.4f}"


def _summary(
    dataset: Dataset, learner: Learner, plan: Defaults, args: Any, history: nn.History, scores: dict[str, dict[str, float]]
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
