"""`training_page`: a training run to play, as one file."""

import os
from typing import Any

from autograd_lite.engine.node import Node
from autograd_lite.files import write_result
from autograd_lite.pages.document import assemble
from autograd_lite.pages.recorder import MOST_CLASSES, RunRecorder

#: Of `static/`, in the order in which they build on each other.
SCRIPTS = ["base.js", "run.js", "answers.js", "curves.js", "network.js", "training.js"]
#: Of a wide layer so many units are drawn.
UNITS = 16


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
    data["title"] = title or f"Training: {_parameters(len(data['parameters']))}, {recorder.history.epochs:,} epochs"
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
    place: dict[Node, int] = {parameter: k for k, parameter in enumerate(recorder.model.parameters())}
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
        "classes": [_class_name(recorder, k) for k in range(min(classes, MOST_CLASSES))],
        "features": [recorder.feature_names[k] if k < len(recorder.feature_names) else f"x{k + 1}" for k in range(inputs)],
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


def _class_name(recorder: RunRecorder, k: int) -> str:
    return str(recorder.class_names[k]) if k < len(recorder.class_names) else str(k)


def _rounded(numbers: Any) -> list[float | None]:
    """Seven digits, which is more than the page shows, in a third of the space."""
    return [None if number is None else float(f"{number:.7g}") for number in numbers]


def _parameters(count: int) -> str:
    return f"{count:,} parameter{'s' if count != 1 else ''}"


__all__ = ["training_page"]
