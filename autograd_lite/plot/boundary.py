"""What a classifier of two inputs says everywhere in the plane, with the data it was taught."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd_lite.plot.figure import axes_on, colour, finish, legend, marker, new_figure, plain

Predict = Callable[[list[list[float]]], Sequence[Any]]


def decision_boundary(
    predict: Predict,
    x: Sequence[Sequence[float]],
    y: Sequence[int],
    *,
    held_out: tuple[Sequence[Sequence[float]], Sequence[int]] | None = None,
    class_names: Sequence[str] = (),
    feature_names: Sequence[str] = ("x1", "x2"),
    title: str = "",
    resolution: int = 80,
    ax: Any = None,
) -> Any:
    """Regions of a classifier of two inputs: the deeper the colour, the surer; a line where it changes its mind.

    Parameters
    ----------
    predict : callable
        From a list of rows to one answer for each: the probability of class 1, or a list of probabilities by class.
    x, y : sequences
        Rows of two numbers, and their classes.
    held_out : (x, y), optional
        Rows not trained on; drawn as rings.
    class_names, feature_names : sequence of str, optional
    title : str, optional
    resolution : int, default 80
        Points along each side; the classifier is asked at the square of it.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if left out.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a row does not have two numbers.

    Examples
    --------
    >>> figure = decision_boundary(lambda rows: [float(a + b > 1) for a, b in rows], [[0, 0], [1, 1]], [0, 1])
    >>> figure.axes[0].get_xlabel()
    'x1'
    """
    rows = [*x, *(held_out[0] if held_out else ())]
    if not rows or any(len(row) != 2 for row in rows):
        raise ValueError("a decision boundary can be drawn for two inputs; give rows of two numbers")
    ax = axes_on(ax, 5.8, 5.0)
    (left, right), (low, high) = _limits([row[0] for row in rows]), _limits([row[1] for row in rows])
    across = [left + (right - left) * k / (resolution - 1) for k in range(resolution)]
    up = [low + (high - low) * k / (resolution - 1) for k in range(resolution)]
    answers = predict([[a, b] for b in up for a in across])
    _regions(ax, _probabilities(answers), across, up)
    n_classes = max([*y, *(held_out[1] if held_out else ()), len(class_names) - 1]) + 1
    for k in range(int(n_classes)):
        name = plain(class_names[k]) if k < len(class_names) else str(k)
        own = [row for row, label in zip(x, y, strict=True) if label == k]
        style = {"marker": marker(k), "s": _size(len(rows)), "zorder": 3}
        ax.scatter(*_columns(own), color=colour(k), edgecolor="white", linewidth=0.6, label=name, **style)
        if held_out:
            other = [row for row, label in zip(*held_out, strict=True) if label == k]
            ax.scatter(*_columns(other), facecolor="white", edgecolor=colour(k), linewidth=1.3, **style)
    ax.set(xlim=(left, right), ylim=(low, high))
    if n_classes > 1:
        legend(ax, title="hollow: held out" if held_out else None, title_fontsize=8, loc="best")
    return finish(ax, title, feature_names[0], feature_names[1])


def boundary_grid(panels: Mapping[str, Mapping[str, Any]], *, title: str = "", columns: int = 3) -> Any:
    """Several decision boundaries side by side: the gates, or what XOR looks like by hand and learned.

    Parameters
    ----------
    panels : mapping of str to mapping
        For each title the arguments of `decision_boundary`: `predict`, `x`, `y` and what else it takes.
    title : str, optional
    columns : int, default 3
        How many panels stand in a row at most.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> gate = {"predict": lambda rows: [float(a + b > 1.5) for a, b in rows], "x": corners, "y": [0, 0, 0, 1]}
    >>> len(boundary_grid({"AND": gate, "again": gate}).axes)
    2
    """
    if not panels:
        raise ValueError("there is nothing to draw: give panels as {title: {'predict': ..., 'x': ..., 'y': ...}}")
    across = min(columns, len(panels))
    down = math.ceil(len(panels) / across)
    figure = new_figure(3.5 * across, 3.4 * down + (0.4 if title else 0.0))
    for k, (name, panel) in enumerate(panels.items()):
        ax = figure.add_subplot(down, across, k + 1)
        decision_boundary(ax=ax, **{"title": name, **panel})
        if ax.get_legend() is not None and len(panel["x"]) < 10:
            # Few points, near the corners: the middle is free.
            ax.get_legend().set_loc("center")
    if title:
        figure.suptitle(plain(title), fontsize=12)
    return figure


def _limits(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = 0.15 * (high - low) or max(0.5, 0.1 * abs(high))
    return low - margin, high + margin


def _size(count: int) -> float:
    """Large dots for a truth table, small ones for a cloud."""
    return min(130.0, max(16.0, 4000.0 / count))


def _columns(rows: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    return [row[0] for row in rows], [row[1] for row in rows]


def _probabilities(answers: Sequence[Any]) -> Any:
    """A row of class probabilities for each answer."""
    import numpy as np

    found = np.asarray(answers, dtype=float)
    if found.ndim == 1:
        found = found[:, None]
    if found.shape[1] == 1:
        found = np.clip(found, 0.0, 1.0)
        found = np.hstack([1.0 - found, found])
    return found


def _regions(ax: Any, probabilities: Any, across: list[float], up: list[float]) -> None:
    """Colour the plane by the surest class, paler where it is less sure, and draw the lines between the classes."""
    import numpy as np
    from matplotlib.colors import to_rgb

    n_classes = probabilities.shape[1]
    shape = (len(up), len(across))
    winner = probabilities.argmax(axis=1)
    # From 0 where all classes are equally likely to 1 where one is certain.
    surety = (probabilities.max(axis=1) * n_classes - 1) / (n_classes - 1)
    depth = (0.06 + 0.5 * np.clip(surety, 0, 1))[:, None]
    paint = np.array([to_rgb(colour(k)) for k in range(n_classes)])
    image = (1 - depth) + depth * paint[winner]
    extent = (across[0], across[-1], up[0], up[-1])
    ax.imshow(image.reshape(*shape, 3), origin="lower", extent=extent, aspect="auto", interpolation="bilinear", zorder=0)
    for k in range(1 if n_classes == 2 else n_classes):
        others = np.delete(probabilities, k, axis=1).max(axis=1)
        lead = (probabilities[:, k] - others).reshape(shape)
        if lead.min() < 0 < lead.max():
            ax.contour(across, up, lead, levels=[0.0], colors="#333333", linewidths=1.2, zorder=2)
