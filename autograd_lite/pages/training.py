"""A training run recorded and played: `RunRecorder`, a callback of `fit`, and `training_page`, which makes one file of what it kept.

A frame holds the weights, their gradients and, for one or two inputs, what the model answers everywhere.  A run of any
length gives at most `frames` of them: when there are more, every second one is let go and only every second epoch is
kept from then on.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_lite import Value
from autograd_lite.engine.numbers import as_float
from autograd_lite.files import write_result
from autograd_lite.nn import Module
from autograd_lite.nn.arguments import check_count
from autograd_lite.nn.modules.layers import Layer, Neuron
from autograd_lite.nn.training.history import History
from autograd_lite.pages.answers import MOST_CLASSES, OUTPUTS, answers_over
from autograd_lite.pages.document import assemble, framed
from autograd_lite.plot.scales import padded
from autograd_lite.terminal import printable

#: Of `static/`, in the order in which they build on each other.
SCRIPTS = ["base.js", "run.js", "answers.js", "curves.js", "network.js", "training.js"]
#: Of a wide layer so many units are drawn.
UNITS = 16

#: Of the page in a notebook, in pixels.
_HEIGHT = 760


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
            check_count(name, getattr(self, name), least)
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
        return [padded(column) for column in zip(*self.xs, strict=True)]

    def _keep(self, epoch: int) -> None:
        parameters: list[Value] = self.model.parameters()
        weights = [float(p.data) for p in parameters]
        gradients = [float(p.grad) if p.has_grad else None for p in parameters]
        answers = answers_over(self.model, self.bounds, self.output, self.resolution)
        self.kept.append(Frame(epoch, weights, gradients, answers))


def training_page(
    recorder: RunRecorder, path: str | os.PathLike[str] | None = None, *, title: str = "", theme: str = "auto"
) -> str:
    """A page that plays a training run: the decision boundary (or the fitted curve), the loss, the network with its weights.

    Parameters
    ----------
    recorder : RunRecorder
        After the run.
    path : path, optional
        Where to write the page.
    title : str, optional
    theme : {"auto", "light", "dark"}, default "auto"

    Returns
    -------
    str
        The HTML: one file, no network.

    Raises
    ------
    TypeError
        If it is not a recorder.
    ValueError
        If nothing has been recorded.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    >>> xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> recorder = RunRecorder(model, xs, ys)
    >>> _ = nn.fit(model, xs, ys, loss="bce_with_logits", optimizer="adam", lr=0.1, epochs=3, callbacks=[recorder])
    >>> len(recorder.kept), training_page(recorder).startswith("<!DOCTYPE html>")
    (4, True)
    """
    if not isinstance(recorder, RunRecorder):
        raise TypeError(
            f"a training page is made from a RunRecorder, not {type(recorder).__name__}: "
            "fit(..., callbacks=[recorder := RunRecorder(model, xs, ys)])"
        )
    if recorder.history is None or not recorder.history.losses:
        raise ValueError("nothing has been recorded: give the recorder to fit, callbacks=[recorder], and let it train")
    data = training_data(recorder)
    count = len(data["parameters"])
    data["title"] = (
        printable(title) or f"Training: {count:,} parameter{'s' if count != 1 else ''}, {recorder.history.epochs:,} epochs"
    )
    page = assemble(data["title"], "training.html", ["base.css", "training.css"], SCRIPTS, data, theme)
    if path is not None:
        write_result(path, page, "page.html")
    return page


def training_data(recorder: RunRecorder) -> dict[str, Any]:
    """What the page plays, as plain data."""
    history = recorder.history
    assert history is not None
    frames = recorder.finish()
    names = [name for name, _ in recorder.model.named_parameters()]
    place = {parameter: k for k, parameter in enumerate(recorder.model.parameters())}
    layers = [
        {
            "name": name,
            "activation": neurons[0].activation,
            "units": len(neurons),
            "neurons": [{"w": [place[w] for w in neuron.w[:UNITS]], "b": place[neuron.b]} for neuron in neurons[:UNITS]],
            "inputs": len(neurons[0].w),
        }
        for name, neurons in recorder.layers
    ]
    classes = max(2, int(max(recorder.ys)) + 1) if recorder.output != "value" else 0
    inputs = len(recorder.xs[0])
    return {
        "kind": "training",
        "parameters": names,
        "layers": layers,
        "drawn": UNITS,
        "inputs": inputs,
        "view": "curve" if inputs == 1 else "plane" if inputs == 2 and recorder.output != "value" else "none",
        "resolution": recorder.resolution,
        "bounds": recorder.bounds,
        "points": [[*row, y] for row, y in zip(recorder.xs, recorder.ys, strict=True)][:2000] if inputs <= 2 else [],
        "classes": _names(recorder.class_names, map(str, range(min(classes, MOST_CLASSES)))),
        "features": _names(recorder.feature_names, (f"x{k}" for k in range(1, inputs + 1))),
        "losses": history.losses,
        "val_losses": history.val_losses,
        "accuracies": history.accuracies,
        "grad_norms": history.grad_norms,
        "reason": history.reason,
        "frames": [
            {
                "epoch": frame.epoch,
                "w": _rounded(frame.weights),
                "g": _rounded(frame.gradients),
                "a": frame.answers if isinstance(frame.answers, str) else _rounded(frame.answers),
            }
            for frame in frames
        ],
    }


def _names(given: Sequence[Any], usual: Iterable[str]) -> list[str]:
    """The names that were given, and the usual ones for the rest."""
    return [printable(str(given[k])) if k < len(given) else name for k, name in enumerate(usual)]


def _rounded(numbers: Any) -> list[float | None]:
    """Seven digits, which is more than the page shows, in a third of the space."""
    return [None if number is None else float(f"{number:.7g}") for number in numbers]
