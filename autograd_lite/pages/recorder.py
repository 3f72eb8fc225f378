"""`RunRecorder`: a callback of `fit` that keeps what a training run looked like, epoch by epoch.

A frame holds the weights, their gradients and, for one or two inputs, what the model answers everywhere.  A run of any
length gives at most `frames` of them: when there are more, every second one is let go and only every second epoch is
kept from then on.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite import GraphError, Value
from autograd_lite.engine.node import Node, as_float
from autograd_lite.nn import Module, predict
from autograd_lite.nn.modules.layers import Layer, Neuron
from autograd_lite.nn.training.history import History
from autograd_lite.nn.training.predicting import evaluating

#: What the model's output means.
OUTPUTS = ("logits", "probability", "value")
#: More classes than this are not told apart by colour.
MOST_CLASSES = 6
#: How surely a class wins is kept in so many steps.
_LEVELS = 40
#: Of the page in a notebook, in pixels.
_HEIGHT = 760
#: So many points along a curve of one input.
_ALONG = 120


@dataclass(frozen=True)
class Frame:
    """One moment of a run.

    Attributes
    ----------
    epoch : int
        0 before training.
    weights, gradients : list of float
        Of every parameter, in the order of `model.named_parameters()`; a gradient not computed is None.
    answers : str or list of float
        Over the plane: for each cell class * 40 + surety as a byte, in base64; along a curve: the outputs; or "".
    """

    epoch: int
    weights: list[float]
    gradients: list[float | None]
    answers: Any


@dataclass
class RunRecorder:
    """A callback for `fit` that records frames; `training_page` plays them.

    Parameters
    ----------
    model : Module
    xs, ys : sequences
        The rows and their targets, to be drawn.
    output : {"logits", "probability", "value"}, default "logits"
        What the model's output means: a score that is positive for class 1 (or one for each class), a probability of class 1
        (or one for each), or a number to be fitted.
    frames : int, default 120
        The most that are kept.
    resolution : int, default 40
        Cells along each side of the plane.
    feature_names, class_names : sequence of str, optional

    Attributes
    ----------
    history : History or None
        That of the run.
    kept : list of Frame

    Examples
    --------
    >>> from autograd_lite import nn
    >>> model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    >>> xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> recorder = RunRecorder(model, xs, ys, frames=10)
    >>> history = nn.fit(model, xs, ys, loss="bce_with_logits", optimizer="adam", lr=0.1, epochs=30, callbacks=[recorder])
    >>> [frame.epoch for frame in recorder.kept]
    [0, 4, 8, 12, 16, 20, 24, 28]
    """

    model: Module
    xs: Sequence[Any]
    ys: Sequence[Any]
    output: str = "logits"
    frames: int = 120
    resolution: int = 40
    feature_names: Sequence[str] = ()
    class_names: Sequence[str] = ()
    history: History | None = None
    kept: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not isinstance(self.model, Module):
            raise TypeError(f"a recorder watches a Module, not {type(self.model).__name__}")
        if self.output not in OUTPUTS:
            raise ValueError(f"output is {', '.join(OUTPUTS[:-1])} or {OUTPUTS[-1]}, not {self.output!r}")
        for name, least in (("frames", 2), ("resolution", 2)):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int) or number < least:
                raise ValueError(f"{name} is a whole number, at least {least}; not {number!r}")
        self.xs = [[as_float(one) for one in (row if hasattr(row, "__len__") else [row])] for row in self.xs]
        self.ys = [as_float(y) for y in self.ys]
        if not self.xs or len(self.xs) != len(self.ys):
            raise ValueError(f"there must be as many targets as rows, and at least one; {len(self.ys)} for {len(self.xs)}")
        self._stride = 1
        self._latest = 0
        self._keep(0)

    def __call__(self, epoch: int, history: History) -> None:
        """Record an epoch; `fit` calls this."""
        self.history = history
        self._latest = epoch
        if epoch % self._stride:
            return
        self._keep(epoch)
        if len(self.kept) > self.frames:
            self._stride *= 2
            self.kept = [frame for frame in self.kept if frame.epoch % self._stride == 0]

    def finish(self) -> list[Frame]:
        """The frames, with the model as it is now as the last one."""
        if self.kept[-1].epoch != self._latest:
            self._keep(self._latest)
        return self.kept

    def _repr_html_(self) -> str | None:
        """In a notebook: the page that plays the run, once there is one."""
        if self.history is None or not self.history.losses:
            return None
        from autograd_lite.pages.document import framed
        from autograd_lite.pages.training import training_page

        return framed(training_page(self), "a training run to play", _HEIGHT)

    @property
    def layers(self) -> list[tuple[str, list[Neuron]]]:
        """The layers of neurons, in order, with what they are called; empty for a model of another kind."""
        named = list(self.model.named_modules())
        found = [(name, list(one.neurons)) for name, one in named if isinstance(one, Layer)]
        return found or [(name or "neuron", [one]) for name, one in named if isinstance(one, Neuron)]

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """For each input the range that is drawn: that of the rows, and a margin."""
        return [_limits(column) for column in zip(*self.xs, strict=True)]

    def _keep(self, epoch: int) -> None:
        parameters: list[Value] = self.model.parameters()
        weights = [float(p.data) for p in parameters]
        gradients = [float(p.grad) if p.has_grad else None for p in parameters]
        self.kept.append(Frame(epoch, weights, gradients, self._answers()))

    def _answers(self) -> Any:
        bounds = self.bounds
        if len(bounds) == 1:
            low, high = bounds[0]
            points = [[low + (high - low) * k / (_ALONG - 1)] for k in range(_ALONG)]
            return [one[0] for one in self._ask(points)]
        if len(bounds) != 2 or self.output == "value":
            return ""
        (left, right), (low, high) = bounds
        n = self.resolution
        points = [
            [left + (right - left) * (i + 0.5) / n, high - (high - low) * (j + 0.5) / n] for j in range(n) for i in range(n)
        ]
        cells = bytes(_cell(answer, self.output) for answer in self._ask(points))
        return base64.b64encode(cells).decode("ascii")

    def _ask(self, points: list[list[float]]) -> list[list[float]]:
        """The outputs at many points: one replay of the graph over arrays, where NumPy is there and the graph always the same."""
        found = self._replayed(points)
        if found is None:
            found = [one if isinstance(one, list) else [one] for one in predict(self.model, points)]
        return found

    def _replayed(self, points: list[list[float]]) -> list[list[float]] | None:
        try:
            import numpy as np
        except ImportError:
            return None
        from autograd_lite.replay import UnsupportedOperationError, replay

        # A model that decides by Python's `if` has one graph here and another there: the corners would tell.
        corners = [points[0], points[len(points) // 3], points[len(points) // 2], points[-1]]
        inputs = [Value(number) for number in points[0]]
        with evaluating(self.model):
            result = self.model(inputs)
        outputs = list(result) if isinstance(result, list | tuple) else [result]
        if not all(isinstance(one, Node) for one in outputs):
            return None
        rows = np.asarray(corners + points)
        columns = dict(zip(inputs, rows.T, strict=True))
        try:
            with np.errstate(all="ignore"):
                values = [np.broadcast_to(replay(one, "numpy", columns).value, len(rows)) for one in outputs]
        except (UnsupportedOperationError, GraphError, ImportError):
            return None  # an operation that arrays do not have, or a graph in which an input does not take part
        asked = [one if isinstance(one, list) else [one] for one in predict(self.model, corners)]
        for k, expected in enumerate(asked):
            if any(
                not math.isclose(float(v[k]), e, rel_tol=1e-6, abs_tol=1e-9) for v, e in zip(values, expected, strict=True)
            ):
                return None
        return [[float(v[k]) for v in values] for k in range(len(corners), len(rows))]


def _limits(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = 0.15 * (high - low) or max(0.5, 0.1 * abs(high))
    return low - margin, high + margin


def _cell(answer: list[float], output: str) -> int:
    """The class that wins and how surely, in one byte.

    >>> _cell([0.0], "logits"), _cell([9.0], "logits"), _cell([0.1], "probability")
    (40, 79, 31)
    """
    if len(answer) == 1:
        p = answer[0]
        if output == "logits":
            p = 1.0 / (1.0 + math.exp(-p)) if p > -700 else 0.0
        chances = [1.0 - p, p]
    elif output == "logits":
        top = max(answer)
        powers = [math.exp(one - top) for one in answer]
        chances = [one / sum(powers) for one in powers]
    else:
        chances = answer
    # Ties go to the later class, as `p >= 0.5` does.
    winner = max(range(len(chances)), key=lambda k: (chances[k], k))
    surety = (chances[winner] * len(chances) - 1) / (len(chances) - 1)
    level = 0 if surety != surety else round(min(1.0, max(0.0, surety)) * (_LEVELS - 1))
    return min(winner, MOST_CLASSES - 1) * _LEVELS + level


__all__ = ["MOST_CLASSES", "OUTPUTS", "Frame", "RunRecorder"]
