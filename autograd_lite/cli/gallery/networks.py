"""Pictures of a network: how it learned, what it answers, and what happens in its layers."""

import math
from typing import Any

from autograd_lite import data, plot
from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.gallery.training import halves, load, trained_with_history
from autograd_lite.cli.learning import Learner
from autograd_lite.data import Dataset


def loss_curve(args: Any) -> Any:
    """Loss and accuracy by epoch."""
    train, _ = _halves(args, "moons")
    learner, history = trained_with_history(train, args.seed)
    title = f"{train.name}: {learner.describe()}"
    return plot.training_curves(history.losses, accuracies=history.accuracies, title=title)


def boundary(args: Any) -> Any:
    """What a network of two inputs answers everywhere in the plane."""
    train, held_out = _halves(args, "moons", classes=True)
    if train.n_features != 2:
        raise CommandError(
            f"a boundary can be drawn for two inputs; {train.name} has {train.n_features} (moons, circles, spirals)"
        )
    learner, _ = trained_with_history(train, args.seed)
    return plot.decision_boundary(
        learner.probabilities,
        train.x,
        train.labels,
        held_out=None if train is held_out else (held_out.x, held_out.labels),
        class_names=train.class_names,
        feature_names=train.feature_names,
        title=f"{train.name}: {learner.describe()}",
    )


def confusion(args: Any) -> Any:
    """Which held-out class was taken for which."""
    train, held_out = _halves(args, "iris", classes=True)
    learner, _ = trained_with_history(train, args.seed)
    answers = [int(answer) for answer in learner.predict(held_out.x)]
    return plot.confusion_matrix(held_out.labels, answers, class_names=train.class_names)


def regression(args: Any) -> Any:
    """A curve learned from noisy points."""
    train, _ = _halves(args, "sine")
    if train.task != "regression" or train.n_features != 1:
        raise CommandError(f"a curve can be drawn for a number that depends on one input, as in sine; not for {train.name}")
    learner, _ = trained_with_history(train, args.seed)
    return plot.regression_fit(learner.predict, train.x, train.y, title=learner.describe())


def landscape(args: Any) -> Any:
    """The loss over the plane of all weights in which the descent is best seen."""
    train, _ = _halves(args, "moons", classes=True)
    train = train.subset(range(min(60, len(train))))
    learner, path = _path_of_weights(train, args.seed, (6,))
    parameters = learner.model.parameters()

    def loss(weights: list[float]) -> float:
        for parameter, weight in zip(parameters, weights, strict=True):
            parameter.data = weight
        return learner.evaluate(train)["loss"]

    plane = plot.plane_of_path(path, seed=args.seed)
    flat = [plane.project(weights) for weights in path]
    reach = max(max(abs(a), abs(b)) for a, b in flat) * 1.25 or 1.0
    title = f"Loss of {len(parameters)} weights in the plane of the descent"
    return plot.loss_surface(
        plane.loss(loss), (-reach, reach), (-reach, reach), path=flat, names=("along", "across"), title=title, resolution=25
    )


def gradients(args: Any) -> Any:
    """The gradients of a deep network by layer: with sigmoids they vanish towards the input."""
    train, _ = _halves(args, "moons", classes=True)
    learner = Learner.new(train, (8, 8, 8, 8), "sigmoid", args.seed)
    for row, target in zip(learner.inputs(train)[:40], learner.targets(train)[:40], strict=True):
        learner.loss(learner.model(row), target).backward()
    by_layer = {f"layer {k}": [p.grad for p in layer.parameters()] for k, layer in enumerate(learner.model.layers, 1)}
    return plot.histograms(by_layer, title="Gradients before training, sigmoid layers", xlabel="gradient of the loss")


def activations(args: Any) -> Any:
    """The outputs of the hidden layers of a trained network."""
    train, _ = _halves(args, "moons", classes=True)
    learner, _ = trained_with_history(train, args.seed, activation="relu")
    by_layer: dict[str, list[float]] = {}
    for row in learner.inputs(train)[:60]:
        signal: Any = row
        for k, layer in enumerate(learner.model.layers[:-1], 1):
            signal = layer(signal)
            by_layer.setdefault(f"layer {k}", []).extend(
                float(v) for v in (signal if isinstance(signal, list) else [signal])
            )
    if not by_layer:
        raise CommandError(f"the network for {train.name} has no hidden layer; try moons")
    return plot.histograms(by_layer, title="Activations after training, ReLU layers", xlabel="output of a neuron")


def _path_of_weights(train: Dataset, seed: int, hidden: tuple[int, ...]) -> tuple[Learner, list[list[float]]]:
    """A network after a descent, and all its weights on the way."""
    from autograd_lite import nn

    learner = Learner.new(train, hidden, "tanh", seed)
    parameters = learner.model.parameters()
    path = [[p.data for p in parameters]]
    nn.fit(
        learner.model,
        learner.inputs(train),
        learner.targets(train),
        loss=learner.loss,
        optimizer=nn.optim.SGD(parameters, lr=0.2, momentum=0.9),
        epochs=60,
        callbacks=[lambda *_: path.append([p.data for p in parameters])],
        progress=False,
    )
    if not all(map(math.isfinite, path[-1])):
        raise CommandError(f"the descent on {train.name} left the range of numbers; try another --seed")
    return learner, path


def _halves(args: Any, default: str, classes: bool = False) -> tuple[data.Dataset, data.Dataset]:
    dataset = load(args.dataset or default, args.seed)
    if classes and dataset.task != "classification":
        raise CommandError(f"this picture is about classes; {dataset.name} is a regression")
    return halves(dataset, args.seed)
