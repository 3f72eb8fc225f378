"""Pictures of a network: how it learned, what it answers, and what happens in its layers."""

import math
from typing import Any

from autograd_lite import plot
from autograd_lite.cli import figures
from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.learning import Learner
from autograd_lite.cli.training import classes, parts, trained


def loss_curve(args: Any) -> Any:
    """Loss and accuracy by epoch, on the rows of the training and on others."""
    train, _ = parts(args)
    watched = None if train.complete else 0.25
    learner, history = trained(train, args.seed, validation=watched)
    return figures.curves(history, note=f"{train.name}: {learner.describe()}")


def boundary(args: Any) -> Any:
    """What a network of two inputs answers everywhere in the plane."""
    train, held_out = classes(args)
    if train.n_features != 2:
        raise CommandError(f"a boundary can be drawn for two inputs, as in moons; {train.name} has {train.n_features}")
    learner, _ = trained(train, args.seed)
    right = learner.evaluate(held_out)["accuracy"]
    rows = "rows" if train is held_out else "held-out rows"
    title = f"{train.name}: {right:.0%} of {len(held_out)} {rows} right"
    return figures.boundary(learner, train, held_out, title=title, note=learner.describe())


def confusion(args: Any) -> Any:
    """Which held-out class was taken for which."""
    train, held_out = classes(args)
    learner, _ = trained(train, args.seed)
    return figures.confusion(learner, held_out, note=f"{train.name}, held-out rows: {learner.describe()}")


def regression(args: Any) -> Any:
    """A curve learned from noisy points."""
    train, _ = parts(args)
    if train.task != "regression" or train.n_features != 1:
        raise CommandError(f"a curve can be drawn for a number that depends on one input, as in sine; not for {train.name}")
    learner, _ = trained(train, args.seed)
    return figures.regression(learner, train, note=f"{train.name}: {learner.describe()}")


def gradients(args: Any) -> Any:
    """The gradients of a deep network by layer: with sigmoids they vanish towards the input."""
    train, _ = classes(args)
    learner = Learner.new(train, (8, 8, 8, 8), "sigmoid", args.seed)
    rows = min(40, len(train))
    for row, target in zip(learner.inputs(train)[:rows], learner.targets(train)[:rows], strict=True):
        (learner.loss(learner.model(row), target) / rows).backward()
    by_layer = {f"layer {k}": [p.grad for p in layer.parameters()] for k, layer in enumerate(learner.model.layers, 1)}
    sizes = [math.sqrt(math.fsum(g * g for g in values) / len(values)) for values in by_layer.values()]
    title = f"Through five sigmoid layers gradients shrink {sizes[-1] / sizes[0]:,.0f} times"
    return plot.histograms(by_layer, title=title, xlabel="gradient of the loss before training")


def activations(args: Any) -> Any:
    """The outputs of the hidden layers of a trained network."""
    train, _ = classes(args)
    learner, _ = trained(train, args.seed, activation="relu")
    by_layer: dict[str, list[float]] = {}
    for row in learner.inputs(train)[:60]:
        signal: Any = row
        for k, layer in enumerate(learner.model.layers[:-1], 1):
            signal = layer(signal)
            found = signal if isinstance(signal, list) else [signal]
            by_layer.setdefault(f"layer {k}", []).extend(map(float, found))
    if not by_layer:
        raise CommandError(f"the network for {train.name} has no hidden layer; try moons")
    every = [value for values in by_layer.values() for value in values]
    title = f"After training {sum(v == 0.0 for v in every) / len(every):.0%} of the ReLU outputs are exactly 0"
    return plot.histograms(by_layer, title=title, xlabel="output of a neuron", scale="linear")
