"""The loss of all weights of a network over a plane: that of its descent, or one in two random directions."""

import math
from collections.abc import Sequence
from typing import Any

from autograd_lite import plot
from autograd_lite.cli.errors import CommandError
from autograd_lite.cli.learning import Learner
from autograd_lite.cli.plans import Plan
from autograd_lite.cli.training import classes, fit
from autograd_lite.data import Dataset

#: So few rows that a picture of a thousand losses takes a second or two.
_ROWS = 40
_PLAN = Plan((6,), 300, 0.3, None, optimizer="momentum", momentum=0.8, schedule="constant")


def of_descent(args: Any) -> Any:
    """The plane in which the descent is best seen: through its start, its end, and its widest bend."""
    learner, train, path = _descent(args)
    plane = plot.plane_of_path(path, seed=args.seed)
    return _drawn(learner, train, path, plane, ("along the descent", "across it"), "in the plane of its descent")


def at_random(args: Any) -> Any:
    """A plane through the end of the descent in two random directions, in which the rest of the descent is a shadow."""
    learner, train, path = _descent(args)
    plane = plot.random_plane(path[-1], seed=args.seed)
    names = ("a random direction", "another one")
    return _drawn(learner, train, path, plane, names, "projected on two random directions")


def _descent(args: Any) -> tuple[Learner, Dataset, list[list[float]]]:
    """A network after a descent, the rows it learned, and all its weights on the way."""
    train, _ = classes(args)
    train = train.subset(range(min(_ROWS, len(train))))
    learner = Learner.new(train, _PLAN.hidden, _PLAN.activation, args.seed)
    parameters = learner.model.parameters()
    path = [[p.data for p in parameters]]
    fit(learner, train, _PLAN, callbacks=[lambda *_: path.append([p.data for p in parameters])])
    if not all(map(math.isfinite, path[-1])):
        raise CommandError(f"the descent on {train.name} left the range of numbers; try another --seed")
    return learner, train, path


def _drawn(
    learner: Learner, train: Dataset, path: Sequence[Sequence[float]], plane: plot.Plane, names: tuple[str, str], where: str
) -> Any:
    parameters = learner.model.parameters()

    def loss(weights: Sequence[float]) -> float:
        for parameter, weight in zip(parameters, weights, strict=True):
            parameter.data = weight
        return learner.evaluate(train)["loss"]

    first, last = loss(path[0]), loss(path[-1])
    flat = [plane.project(weights) for weights in path]
    middle = [(min(p[k] for p in flat) + max(p[k] for p in flat)) / 2 for k in (0, 1)]
    reach = max(abs(p[k] - middle[k]) for p in flat for k in (0, 1)) * 1.5 or 1.0
    along, across = ((center - reach, center + reach) for center in middle)
    title = f"{len(path) - 1} steps bring the loss of {train.name} from {first:.2g} to {last:.2g}"
    note = f"{learner.describe()}; {where}"
    return plot.loss_surface(plane.loss(loss), along, across, path=flat, names=names, title=title, note=note, resolution=33)
