"""Descents that can be seen: losses of one and two weights, valleys, learning rates, and a race of optimizers."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite import Value, grad, plot
from autograd_lite.cli.plans import OPTIMIZERS
from autograd_lite.nn import optim

#: Four points near the line y = 2 x + 1, and four on it.
_NEAR = ((-1.0, -1.2), (0.0, 1.1), (1.0, 2.8), (2.0, 5.1))
_ON = ((-1.0, -1.0), (0.0, 1.0), (1.0, 3.0), (2.0, 5.0))

#: Optimizers of the race, with learning rates that suit the surface.
_RACERS = {"sgd": 0.19, "momentum": 0.02, "adagrad": 0.6, "rmsprop": 0.1, "adam": 0.3}
_START, _GOAL, _STEPS = (-8.0, 2.6), (0.0, 0.0), 60
_RACE_NOTE = "minimizing x²/20 + y²; beside each name its learning rate"


def one_weight(args: Any) -> Any:
    """Mean squared error of y = w x over its one weight."""

    def error(w: Any) -> Any:
        return _error(w, 0.0)

    path = [w for (w,) in descend(error, (-1.5,), optim.SGD, 10, lr=0.12)]
    note = "mean squared error of y = w x; each step is -0.12 times the slope"
    return plot.loss_over_weight(error, -2.0, 6.0, path=path, slope=grad(error), note=note)


def two_weights(args: Any) -> Any:
    """Mean squared error of y = w x + b over both."""
    path = descend(_error, (-1.0, 4.0), optim.SGD, 40, lr=0.15)
    note = "mean squared error of y = w x + b; each step is -0.15 times the gradient"
    return plot.loss_surface(_error, (-2.0, 6.0), (-3.0, 5.0), path=path, names=("w", "b"), note=note)


def optima(args: Any) -> Any:
    """A curve with two valleys: where a descent starts decides in which it ends."""
    starts = (0.1, 0.3, 2.9)
    runs = {f"from {x:g}": [p for (p,) in descend(_valleys, (x,), optim.SGD, 70, lr=0.05)] for x in starts}
    title = "The start decides: 0.1 leads to the global optimum, 0.3 to a local one"
    return plot.optima(_valleys, -3.2, 3.2, runs, title=title, note="gradient descent on 0.1 x⁴ - x² + 0.4 x")


def learning_rates(args: Any) -> Any:
    """The same descent with learning rates from too small to too large."""
    runs: dict[float, list[float]] = {}
    for lr in (0.001, 0.01, 0.1, 0.3, 0.5, 0.65):
        path = descend(_exact_error, (-1.0, 4.0), optim.SGD, 40, lr=lr)
        runs[lr] = [_exact_error(*point) for point in path]
    return plot.learning_rate_sweep(runs, title="0.001 hardly moves, 0.3 arrives, 0.65 runs away")


def race(args: Any) -> Any:
    """Five optimizers from one start on a long valley."""
    return plot.optimizer_race(race_surface, race_paths(), goal=_GOAL, note=_RACE_NOTE)


def race_animation(args: Any) -> Any:
    """The same race as an animation, two steps a frame."""
    return plot.optimizer_race_animation(race_surface, race_paths(), goal=_GOAL, frames=_STEPS // 2 + 1)


def race_paths() -> dict[str, list[tuple[float, ...]]]:
    """For each optimizer, named with its learning rate, the points it goes through."""
    paths = {}
    for name, lr in _RACERS.items():
        kind, _, settings = OPTIMIZERS[name]
        paths[f"{name} {lr:g}"] = descend(race_surface, _START, optim.OPTIMIZERS[kind], _STEPS, lr=lr, **settings)
    return paths


def race_surface(x: Any, y: Any) -> Any:
    """A valley twenty times steeper across than along: the slope points past the minimum almost everywhere.

    >>> race_surface(0.0, 0.0)
    0.0
    """
    return x * x / 20 + y * y


def descend(
    function: Callable[..., Any], start: tuple[float, ...], optimizer: Any, steps: int, **options: Any
) -> list[tuple[float, ...]]:
    """The points an optimizer goes through on `function`, the start included.

    >>> path = descend(lambda x: x * x, (1.0,), optim.SGD, 2, lr=0.25)
    >>> path
    [(1.0,), (0.5,), (0.25,)]
    """
    point = [Value(x) for x in start]
    rule = optimizer(point, **options)
    path = [start]
    for _ in range(steps):
        rule.zero_grad()
        function(*point).backward()
        rule.step()
        path.append(tuple(coordinate.data for coordinate in point))
    return path


def _error(w: Any, b: Any, points: Sequence[tuple[float, float]] = _NEAR) -> Any:
    """The mean squared error of the line y = w x + b."""
    errors = [(w * x + b - y) ** 2 for x, y in points]
    return (errors[0] + errors[1] + errors[2] + errors[3]) / len(errors)


def _exact_error(w: Any, b: Any) -> Any:
    """The same for points on a line, so that the loss can reach 0."""
    return _error(w, b, _ON)


def _valleys(x: Any) -> Any:
    return 0.1 * x**4 - x**2 + 0.4 * x
