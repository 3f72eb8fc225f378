"""Inside a network and behind its answers: numbers by layer, and which class was taken for which."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from autograd_lite.plot.figure import GREY, INK, axes_on, colour, new_figure
from autograd_lite.plot.labels import ON_AXES, beside, finish, headline, short
from autograd_lite.plot.scales import drawable


def histograms(
    by_layer: Mapping[str, Sequence[float]],
    *,
    title: str = "",
    xlabel: str = "",
    bins: int = 40,
    scale: Literal["auto", "linear", "log"] = "auto",
) -> Any:
    """How numbers (gradients, activations, weights) are spread in each layer, one histogram below the other.

    All share one axis, so that a layer whose gradients vanish is seen at a glance.  Numbers that are exactly zero, which a
    dead ReLU leaves, are not drawn; their share is written beside.

    Parameters
    ----------
    by_layer : mapping of str to sequence of float
    title, xlabel : str, optional
    bins : int, default 40
    scale : {"auto", "linear", "log"}, default "auto"
        "log" draws the magnitudes on a logarithmic axis; "auto" does so where the layers differ in size by a factor of 10.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no finite number, or `scale` is none of the three.

    Examples
    --------
    >>> figure = histograms({"layer 1": [0.1, -0.2, 0.0], "layer 2": [1.5, -1.0, 0.7]}, xlabel="gradient")
    >>> len(figure.axes)
    2
    """
    if scale not in ("auto", "linear", "log"):
        raise ValueError(f"scale is 'auto', 'linear' or 'log', not {scale!r}")
    finite = {name: [v for v in drawable(values) if math.isfinite(v)] for name, values in by_layer.items()}
    if not any(finite.values()):
        raise ValueError("there is nothing to draw: give {layer: [number, number, ...]} with finite numbers up to 1e100")
    sizes = {name: _root_mean_square(values) for name, values in finite.items()}
    some = [size for size in sizes.values() if size > 0.0]
    logarithmic = bool(some) and (scale == "log" or (scale == "auto" and max(some) > 10 * min(some)))
    edges = _edges([v for values in finite.values() for v in values if v], bins, logarithmic)
    figure = new_figure(7.2, 1.3 + 1.05 * len(finite))
    panels = figure.subplots(len(finite), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (name, values) in zip(panels, finite.items(), strict=True):
        ax.hist([abs(v) if logarithmic else v for v in values if v], bins=edges, color=colour(0), alpha=0.85)
        if logarithmic:
            ax.set_xscale("log")
        if logarithmic and sizes[name]:
            ax.axvline(sizes[name], color=colour(1), lw=2)
        zeros = sum(v == 0.0 for v in values)
        note = f"{len(values):,} number{'s' if len(values) != 1 else ''}\nroot mean square {sizes[name]:.2g}"
        note += f"\n{zeros / len(values):.0%} exactly 0" if zeros else ""
        beside(ax, note, (1, 0.5), (8, 0), va="center", color=GREY, **ON_AXES)
        ax.set_yticks([])
        ax.set_ylabel(short(name, 24), rotation=0, ha="right", va="center")
        ax.spines["left"].set_visible(False)
    panels[0].set_xlim(edges[0], edges[-1])
    what = f"size of the {xlabel}" if xlabel else "size"
    panels[-1].set_xlabel(short(f"{what} (line: root mean square)" if logarithmic else xlabel, 80))
    return headline(figure, title)


def _root_mean_square(values: Sequence[float]) -> float:
    # In units of the largest, so that squares neither overflow nor vanish.
    unit = max(map(abs, values), default=0.0)
    return unit * math.sqrt(math.fsum((v / unit) ** 2 for v in values) / len(values)) if unit else 0.0


def _edges(values: Sequence[float], bins: int, logarithmic: bool) -> list[float]:
    """Edges of bins that hold all of `values`; with 0 in the middle if they have both signs."""
    reach = max(map(abs, values), default=1.0)
    if logarithmic:
        # What is a billion times smaller than the largest is as good as gone.
        least = max(min(map(abs, values)), 1e-9 * reach)
        low, high = math.log10(least) - 0.05, math.log10(reach) + 0.05
        return [10.0 ** (low + (high - low) * k / bins) for k in range(bins + 1)]
    low, high = (-reach if min(values, default=0.0) < 0 else 0.0), (reach if max(values, default=1.0) > 0 else 0.0)
    return [low + (high - low) * k / bins for k in range(bins + 1)]


def confusion_matrix(
    truth: Sequence[int],
    predicted: Sequence[int],
    *,
    class_names: Sequence[str] = (),
    title: str = "",
    note: str = "",
    ax: Any = None,
) -> Any:
    """How often each class (row) was taken for each (column).

    Parameters
    ----------
    truth, predicted : sequence of int
        Class indices.
    class_names : sequence of str, optional
    title : str, optional
        The accuracy, if left out.
    note : str, optional
        A line under the title.
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
    >>> confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1], class_names=["no", "yes"]).axes[0].get_title(loc="left")
    '3 of 4 right (75.0%)'
    """
    if len(truth) != len(predicted) or not truth:
        raise ValueError(f"one prediction for each true class: {len(truth)} classes, {len(predicted)} predictions")
    if min(*truth, *predicted) < 0:
        raise ValueError(f"class indices count from 0, and one of them is {min(*truth, *predicted)}")
    count = int(max(*truth, *predicted, len(class_names) - 1)) + 1
    table = [[0] * count for _ in range(count)]
    for t, p in zip(truth, predicted, strict=True):
        table[int(t)][int(p)] += 1
    names = [short(class_names[k], 20) if k < len(class_names) else str(k) for k in range(count)]
    ax = axes_on(ax, max(5.6, 2.2 + 0.62 * count), max(4.6, 1.8 + 0.55 * count))
    shares = [[cell / (sum(row) or 1) for cell in row] for row in table]
    ax.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.15)
    ax.grid(visible=False)
    for i, row in enumerate(table):
        for j, cell in enumerate(row):
            paint = "white" if shares[i][j] > 0.55 else INK if cell else "#B8C0C8"
            weight = "bold" if i == j else "normal"
            ax.text(j, i, str(cell), ha="center", va="center", color=paint, fontsize=10.5, fontweight=weight)
    for edge in range(count - 1):
        ax.axhline(edge + 0.5, color="white", lw=2)
        ax.axvline(edge + 0.5, color="white", lw=2)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    # As wide as a cell is, or slanted; a letter is about a twelfth of an inch wide.
    long = max(map(len, names)) / 12 > 0.6 * ax.figure.get_figwidth() / count
    ax.set_xticks(range(count), names, rotation=30 if long else 0, ha="right" if long else "center")
    ax.set_yticks(range(count), names)
    right = sum(table[k][k] for k in range(count))
    return finish(ax, title or f"{right} of {len(truth)} right ({right / len(truth):.1%})", "predicted", "true", note=note)
