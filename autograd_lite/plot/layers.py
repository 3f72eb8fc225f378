"""Inside a network and behind its answers: numbers by layer, and which class was taken for which."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_lite.plot.figure import axes_on, colour, finish, new_figure, plain, use_fonts


def histograms(by_layer: Mapping[str, Sequence[float]], *, title: str = "", xlabel: str = "", bins: int = 40) -> Any:
    """How numbers (gradients, activations, weights) are spread in each layer, one histogram below the other.

    All share one axis, so that a layer whose gradients vanish is seen at a glance; the share of exact zeros, which a dead
    ReLU leaves, is written beside.

    Parameters
    ----------
    by_layer : mapping of str to sequence of float
    title, xlabel : str, optional
    bins : int, default 40

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = histograms({"layer 1": [0.1, -0.2, 0.0], "layer 2": [1.5, -1.0, 0.7]}, xlabel="gradient")
    >>> len(figure.axes)
    2
    """
    finite = {name: [v for v in values if math.isfinite(v)] for name, values in by_layer.items()}
    if not any(finite.values()):
        raise ValueError("there is nothing to draw: give {layer: [number, number, ...]} with finite numbers")
    reach = max(abs(v) for values in finite.values() for v in values) or 1.0
    low = min(0.0, *(v for values in finite.values() for v in values))
    limits = (-reach, reach) if low < 0 else (0.0, reach)
    figure = new_figure(6.4, 1.0 + 1.25 * len(finite))
    panels = figure.subplots(len(finite), 1, sharex=True, squeeze=False)[:, 0]
    for k, (ax, (name, values)) in enumerate(zip(panels, finite.items(), strict=True)):
        ax.hist(values, bins=bins, range=limits, color=colour(k), alpha=0.85)
        zeros = sum(v == 0.0 for v in values)
        spread = math.sqrt(math.fsum(v * v for v in values) / len(values)) if values else 0.0
        note = f"{len(values)} numbers\nroot mean square {spread:.2g}" + (
            f"\n{zeros / len(values):.0%} exact zeros" if zeros else ""
        )
        ax.text(0.99, 0.92, note, transform=ax.transAxes, ha="right", va="top", fontsize=8)
        ax.set_yticks([])
        ax.set_ylabel(plain(name), rotation=0, ha="right", va="center")
        finish(ax)
        ax.spines["left"].set_visible(False)
    panels[-1].set_xlabel(plain(xlabel))
    if title:
        figure.suptitle(plain(title), fontsize=11)
    use_fonts(figure)
    return figure


def confusion_matrix(
    truth: Sequence[int], predicted: Sequence[int], *, class_names: Sequence[str] = (), title: str = "", ax: Any = None
) -> Any:
    """How often each class (row) was taken for each (column).

    Parameters
    ----------
    truth, predicted : sequence of int
        Class indices.
    class_names : sequence of str, optional
    title : str, optional
        The accuracy, if left out.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the lengths differ or there is nothing to count.

    Examples
    --------
    >>> confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1], class_names=["no", "yes"]).axes[0].get_title()
    '3 of 4 right (75.0%)'
    """
    if len(truth) != len(predicted) or not truth:
        raise ValueError(f"one prediction for each true class: {len(truth)} classes, {len(predicted)} predictions")
    count = int(max(*truth, *predicted, len(class_names) - 1)) + 1
    table = [[0] * count for _ in range(count)]
    for t, p in zip(truth, predicted, strict=True):
        table[int(t)][int(p)] += 1
    names = [plain(class_names[k]) if k < len(class_names) else str(k) for k in range(count)]
    ax = axes_on(ax, max(4.2, 1.6 + 0.62 * count), max(3.8, 1.4 + 0.55 * count))
    shares = [[cell / (sum(row) or 1) for cell in row] for row in table]
    ax.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    for i, row in enumerate(table):
        for j, cell in enumerate(row):
            if cell:
                ax.text(
                    j, i, str(cell), ha="center", va="center", color="white" if shares[i][j] > 0.55 else "black", fontsize=10
                )
    long = max(len(name) for name in names) > 4 and count > 2
    ax.set_xticks(range(count), names, rotation=30 if long else 0, ha="right" if long else "center")
    ax.set_yticks(range(count), names)
    right = sum(table[k][k] for k in range(count))
    return finish(ax, title or f"{right} of {len(truth)} right ({right / len(truth):.1%})", "predicted", "true")
