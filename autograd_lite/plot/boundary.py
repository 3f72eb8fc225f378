"""What a classifier of two inputs says everywhere in the plane, with the data it was taught."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd_lite.plot.figure import GREY, INK, axes_on, colour, marker, new_figure
from autograd_lite.plot.labels import finish, headline, legend_below, short
from autograd_lite.plot.scales import padded, same_length
from autograd_lite.plot.terrain import grid

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
    note: str = "",
    resolution: int = 80,
    ax: Any = None,
) -> Any:
    """Regions of a classifier of two inputs: the deeper the colour, the surer; a line where it changes its mind.

    Beside it stands the scale of the probability, for two classes; for more of them white is where it cannot tell.

    Parameters
    ----------
    predict : callable
        From a list of rows to one answer for each: the probability of class 1, or a list of probabilities by class.
    x, y : sequences
        Rows of two numbers, and their classes.
    held_out : (x, y), optional
        Rows not trained on; drawn hollow.
    class_names, feature_names : sequence of str, optional
    title, note : str, optional
        A title, and a line under it.
    resolution : int, default 80
        Points along each side; the classifier is asked at the square of it.
    ax : matplotlib Axes, optional
        Where to draw, without legend and scale; a new figure with them if left out.

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
    alone = ax is None
    same_length(x=x, y=y)
    ax = axes_on(ax, 6.6, 5.4)
    x_range, y_range = (padded([row[axis] for row in rows]) for axis in (0, 1))
    across, up = grid(*x_range, resolution), grid(*y_range, resolution)
    probabilities = _probabilities(predict([[a, b] for b in up for a in across]), resolution**2)
    _regions(ax, probabilities, across, up)
    n_classes = int(max([*y, *(held_out[1] if held_out else ()), len(class_names) - 1])) + 1
    for k in range(n_classes):
        own = [row for row, label in zip(x, y, strict=True) if label == k]
        style = {"marker": marker(k), "s": _size(len(rows)), "zorder": 3}
        ax.scatter(*_columns(own), color=colour(k), edgecolor="white", linewidth=0.7, **style)
        if held_out:
            other = [row for row, label in zip(*held_out, strict=True) if label == k]
            ax.scatter(*_columns(other), facecolor="white", edgecolor=colour(k), linewidth=1.4, **style)
    ax.grid(visible=False)
    ax.set(xlim=x_range, ylim=y_range)
    finish(ax, title, feature_names[0], feature_names[1], note=note)
    if alone:
        names = [class_names[k] if k < len(class_names) else str(k) for k in range(n_classes)]
        if probabilities.shape[1] == 2:
            _scale(ax, names[-1] if len(names) > 1 else "1")
        legend_below(ax.figure, _handles(names, bool(held_out)))
    return ax.figure


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
    figure = new_figure(3.5 * across, 3.6 * down + (0.9 if title else 0.5))
    names: dict[int, str] = {}
    for k, (name, panel) in enumerate(panels.items()):
        ax = figure.add_subplot(down, across, k + 1, box_aspect=1)
        decision_boundary(ax=ax, **{"title": name, **panel})
        if {row[i] for row in panel["x"] for i in (0, 1)} <= {0.0, 1.0}:  # a truth table: nothing in between
            ax.set(xticks=(0, 1), yticks=(0, 1))
        given = panel.get("class_names", ())
        names |= {label: given[label] if label < len(given) else str(label) for label in panel["y"]}
    legend_below(figure, _handles([names.get(k, str(k)) for k in range(max(names) + 1)], held_out=False))
    return headline(figure, title)


def _size(count: int) -> float:
    """Large dots for a truth table, small ones for a cloud."""
    return min(130.0, max(16.0, 4000.0 / count))


def _columns(rows: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    return [row[0] for row in rows], [row[1] for row in rows]


def _probabilities(answers: Sequence[Any], count: int) -> Any:
    """A row of class probabilities for each answer."""
    import numpy as np

    found = np.asarray(answers, dtype=float)
    if len(found) != count or not np.isfinite(found).all():
        raise ValueError("predict gives a finite probability, or a list of them, for each row it is asked for")
    if found.ndim == 1:
        found = found[:, None]
    if found.shape[1] == 1:
        found = np.clip(found, 0.0, 1.0)
        found = np.hstack([1.0 - found, found])
    return found


def _paint(probabilities: Any) -> Any:
    """A colour for each row: that of the surest class, paler where it is less sure, white where all are equal."""
    import numpy as np
    from matplotlib.colors import to_rgb

    n_classes = probabilities.shape[1]
    # From 0 where all classes are equally likely to 1 where one is certain.
    surety = (probabilities.max(axis=1) * n_classes - 1) / (n_classes - 1)
    depth = (0.6 * np.clip(surety, 0, 1))[:, None]
    paint = np.array([to_rgb(colour(k)) for k in range(n_classes)])
    return (1 - depth) + depth * paint[probabilities.argmax(axis=1)]


def _regions(ax: Any, probabilities: Any, across: list[float], up: list[float]) -> None:
    """Colour the plane, and draw the lines between the classes."""
    import numpy as np

    shape = (len(up), len(across))
    extent = (across[0], across[-1], up[0], up[-1])
    image = _paint(probabilities).reshape(*shape, 3)
    ax.imshow(image, origin="lower", extent=extent, aspect="auto", interpolation="bilinear", zorder=0)
    n_classes = probabilities.shape[1]
    for k in range(1 if n_classes == 2 else n_classes):
        others = np.delete(probabilities, k, axis=1).max(axis=1)
        lead = (probabilities[:, k] - others).reshape(shape)
        if lead.min() < 0 < lead.max():
            ax.contour(across, up, lead, levels=[0.0], colors=INK, linewidths=1.4, zorder=2)


def _scale(ax: Any, name: str) -> None:
    """The colours of the probability of the second of two classes, beside the axes."""
    import numpy as np
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap

    chances = np.linspace(0.0, 1.0, 256)
    colours = ListedColormap(_paint(np.column_stack([1.0 - chances, chances])))
    bar = ax.figure.colorbar(ScalarMappable(cmap=colours), ax=ax, ticks=[0, 0.25, 0.5, 0.75, 1], shrink=0.7, aspect=22)
    bar.outline.set_visible(False)
    bar.ax.tick_params(color=GREY, labelcolor=GREY, labelsize=9)
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    bar.set_label(short(f"probability of {name}", 40), color=INK)
    bar.ax.axhline(0.5, color=INK, lw=1.4)


def _handles(names: Sequence[str], held_out: bool) -> list[Any]:
    """The entries of a legend: the classes, and what is hollow."""
    from matplotlib.lines import Line2D

    def entry(symbol: str, label: str, **paint: Any) -> Any:
        return Line2D([], [], ls="", ms=8, marker=symbol, label=short(label, 24), **paint)

    found = [entry(marker(k), name, color=colour(k), mec="white") for k, name in enumerate(names)]
    if held_out:
        found.append(entry("o", "hollow: held out", mfc="white", mec=INK, mew=1.4))
    return found
