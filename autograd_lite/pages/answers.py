"""What a model answers everywhere: along a curve of its one input, or over a plane of its two, as a page draws it."""

import base64
import math
from collections.abc import Sequence

from autograd_lite import GraphError, Value
from autograd_lite.nn import Module, predict
from autograd_lite.nn.training.predicting import in_use

#: What the model's output means.
OUTPUTS = ("logits", "probability", "value")
#: More classes than this are not told apart by colour.
MOST_CLASSES = 6
#: How surely a class wins is kept in so many steps.
_LEVELS = 40
#: So many points along a curve of one input.
_ALONG = 120


def answers_over(model: Module, bounds: Sequence[tuple[float, float]], output: str, resolution: int) -> list[float] | str:
    """The answers of a model between `bounds`, a range for each input.

    Parameters
    ----------
    model : Module
    bounds : sequence of (float, float)
    output : str
        One of `OUTPUTS`.
    resolution : int
        Cells along each side of a plane.

    Returns
    -------
    list of float or str
        Along a curve: the outputs; over the plane: for each cell class * 40 + surety as a byte, in base64; else "".
    """
    if len(bounds) == 1:
        low, high = bounds[0]
        return [one[0] for one in _ask(model, [[low + (high - low) * k / (_ALONG - 1)] for k in range(_ALONG)])]
    if len(bounds) != 2 or output == "value":
        return ""
    (left, right), (low, high) = bounds
    across = [left + (right - left) * (i + 0.5) / resolution for i in range(resolution)]
    down = [high - (high - low) * (j + 0.5) / resolution for j in range(resolution)]
    cells = bytes(_cell(answer, output) for answer in _ask(model, [[x, y] for y in down for x in across]))
    return base64.b64encode(cells).decode("ascii")


def _ask(model: Module, points: list[list[float]]) -> list[list[float]]:
    """The outputs at many points: one replay of the graph over arrays, where NumPy is there and the graph always the same."""
    return _replayed(model, points) or _predicted(model, points)


def _predicted(model: Module, points: list[list[float]]) -> list[list[float]]:
    return [one if isinstance(one, list) else [one] for one in predict(model, points)]


def _replayed(model: Module, points: list[list[float]]) -> list[list[float]] | None:
    try:
        import numpy as np
    except ImportError:
        return None
    from autograd_lite.replay import UnsupportedOperationError, replay

    # A model that decides by Python's `if` has one graph here and another there: the corners would tell.
    corners = [points[0], points[len(points) // 3], points[len(points) // 2], points[-1]]
    inputs = [Value(number) for number in points[0]]
    with in_use(model):
        result = model(inputs)
    outputs = list(result) if isinstance(result, list | tuple) else [result]
    if not all(isinstance(one, Value) for one in outputs):
        return None
    rows = np.asarray(corners + points)
    columns = dict(zip(inputs, rows.T, strict=True))
    try:
        with np.errstate(all="ignore"):
            values = [np.broadcast_to(replay(one, "numpy", columns).value, len(rows)) for one in outputs]
    except (UnsupportedOperationError, GraphError, ImportError):
        return None  # an operation that arrays do not have, or a graph in which an input does not take part
    table = np.column_stack(values)
    if not np.allclose(table[: len(corners)], _predicted(model, corners), rtol=1e-6, atol=1e-9):
        return None
    found: list[list[float]] = table[len(corners) :].tolist()
    return found


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
