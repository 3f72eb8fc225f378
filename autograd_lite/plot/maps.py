"""What became of many trainings: which settings train at all, and how many random starts get there."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from autograd_lite.plot.figure import GREY, colour, new_figure
from autograd_lite.plot.labels import end_labels, finish, legend_below
from autograd_lite.plot.scales import same_length

#: From what is fast to what is slow: of trainings that converge, and of those that diverge.
CONVERGES = ("#03142B", "#08519C", "#4A9BD4", "#C9E6F7")
DIVERGES = ("#2B0A03", "#8C2D04", "#E6731F", "#FEE0B0")


def trainability_map(
    x: Sequence[float],
    y: Sequence[float],
    slowness: Sequence[Sequence[float]],
    converges: Sequence[Sequence[bool]],
    *,
    xlabel: str = "learning rate of layer 1",
    ylabel: str = "learning rate of layer 2",
    title: str = "",
    note: str = "",
) -> Any:
    """Every pixel a training: blue where it converges, the paler the slower; orange where it diverges, the paler the later.

    The shades are those of ranks, as in Sohl-Dickstein's pictures of the boundary of trainability (arXiv 2402.06184), so that a detail of
    the boundary is seen however deep one zooms.

    Parameters
    ----------
    x, y : sequence of float
        The settings, rising by a factor each; both axes are logarithmic.
    slowness : sequence of sequence of float
        A row for each y: how long a training took, to get down or to run away, in whatever unit.
    converges : sequence of sequence of bool
        Which it did.
    xlabel, ylabel, title, note : str, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a setting is not above 0, or there is not a number for each pair of them.

    Examples
    --------
    >>> trainability_map([0.1, 1.0], [0.1, 1.0], [[1, 2], [3, 4]], [[True, True], [True, False]]).axes[0].get_title(loc="left")
    '75% of 4 networks can be trained'
    """
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Patch

    slow, good = np.asarray(slowness, dtype=float), np.asarray(converges, dtype=bool)
    if slow.shape != (len(y), len(x)) or good.shape != slow.shape or not slow.size:
        raise ValueError(
            f"there is a row for each of {len(y)} y with a number for each of {len(x)} x; not {slow.shape} and {good.shape}"
        )
    pixels = np.empty((*slow.shape, 3))
    for which, shades in ((good, CONVERGES), (~good, DIVERGES)):
        if which.any():
            pixels[which] = LinearSegmentedColormap.from_list("", shades)(_ranks(slow[which]))[:, :3]
    figure = new_figure(7.2, 6.9)
    ax = figure.add_subplot()
    ax.imshow(pixels, origin="lower", extent=(*_edges(x), *_edges(y)), aspect="auto", interpolation="nearest")
    ax.grid(visible=False)
    for axis, values in ((ax.xaxis, x), (ax.yaxis, y)):
        _powers(axis, values)
    title = title or f"{good.mean():.0%} of {good.size:,} networks can be trained"
    finish(ax, title, xlabel, ylabel, note=note)
    names = {CONVERGES[1]: "converges fast", CONVERGES[3]: "slowly", DIVERGES[3]: "diverges late", DIVERGES[1]: "soon"}
    legend_below(figure, [Patch(facecolor=paint, label=name, edgecolor=GREY, lw=0.5) for paint, name in names.items()], 4)
    return figure


def success_map(
    x: Sequence[float],
    y: Sequence[float],
    shares: Sequence[Sequence[float]],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    note: str = "",
) -> Any:
    """The share of trainings that get there, over two settings.

    Parameters
    ----------
    x, y : sequence of float
        The settings, rising by a factor each.
    shares : sequence of sequence of float
        A row for each y, from 0 to 1.
    xlabel, ylabel : str
    title : str, optional
        How many settings let all learn, if left out.
    note : str, optional

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = success_map([0.1, 1.0], [1.0, 2.0], [[0, 0.5], [0.25, 1]], xlabel="rate", ylabel="scale")
    >>> figure.axes[0].get_title(loc="left")
    '25% of the settings let every start learn'
    """
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    table = np.asarray(shares, dtype=float)
    if table.shape != (len(y), len(x)) or not table.size:
        raise ValueError(f"there is a row for each of {len(y)} y with a share for each of {len(x)} x; not {table.shape}")
    figure = new_figure(6.8, 5.0)
    ax = figure.add_subplot()
    shades = LinearSegmentedColormap.from_list("", [*DIVERGES[3:], "#F7FAFD", *CONVERGES[2::-1]])
    drawn = ax.imshow(
        table,
        origin="lower",
        extent=(*_edges(x), *_edges(y)),
        aspect="auto",
        interpolation="nearest",
        cmap=shades,
        vmin=0,
        vmax=1,
    )
    ax.grid(visible=False)
    for axis, values in ((ax.xaxis, x), (ax.yaxis, y)):
        _powers(axis, values)
    bar = figure.colorbar(drawn, ax=ax, format=lambda value, _: f"{value:.0%}")
    bar.outline.set_visible(False)
    all_of_them = float((table >= 1.0).mean())
    told = (
        f"{all_of_them:.0%} of the settings let every start learn"
        if all_of_them
        else f"At best {table.max():.0%} of the starts learn"
    )
    return finish(ax, title or told, xlabel, ylabel, note=note)


def learned_starts(runs: Mapping[str, Sequence[float]], epochs: int, *, title: str = "", note: str = "") -> Any:
    """The share of random starts that have learned, by epoch.

    Parameters
    ----------
    runs : mapping of str to sequence of float
        For each kind of network and each start the epoch in which it got there; nan if it never did.
    epochs : int
        How long they were trained.
    title, note : str, optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no run.

    Examples
    --------
    >>> figure = learned_starts({"2 neurons": [5, math.nan], "8 neurons": [3, 4]}, epochs=10)
    >>> figure.axes[0].get_title(loc="left")
    '50% of the starts learn with 2 neurons, 100% with 8 neurons'
    """
    same_length(runs=list(runs))
    ends = []
    figure = new_figure(6.8, 4.2)
    ax = figure.add_subplot()
    for k, (name, given) in enumerate(runs.items()):
        if not len(given):
            raise ValueError(f"there is nothing to draw: {name} has no run")
        there = sorted(epoch for epoch in given if not math.isnan(epoch))
        share = [j / len(given) for j in range(len(there) + 1)]
        ax.plot([0, *there, epochs], [*share, share[-1]], drawstyle="steps-post", color=colour(k), lw=1.8)
        ends.append((share[-1], name, colour(k)))
    ax.set(xlim=(0, epochs), ylim=(-0.02, 1.02))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    end_labels(ax, ends)
    (first, low, _), (last, high, _) = ends[0], ends[-1]
    told = f"{first:.0%} of the starts learn with {low}" + (f", {last:.0%} with {high}" if len(ends) > 1 else "")
    return finish(ax, title or told, "epoch", "share that has learned", note=note)


def _ranks(values: Any) -> Any:
    """For each number the share of those below it, ties alike.

    >>> import numpy as np
    >>> _ranks(np.array([3.0, 1.0, 3.0, 9.0])).tolist()
    [0.375, 0.0, 0.375, 0.75]
    """
    import numpy as np

    ordered = np.sort(values)
    sides: Any = [np.searchsorted(ordered, values, side) for side in ("left", "right")]
    return np.where(sides[1] - sides[0] == 1, sides[0], (sides[0] + sides[1] - 1) / 2) / len(values)


def _edges(values: Sequence[float]) -> tuple[float, float]:
    """Where the first cell begins and the last one ends, as powers of ten."""
    if not (values[0] > 0.0 and values[-1] < math.inf and all(low < high for low, high in pairwise(values))):
        raise ValueError("the settings of a map are above 0 and rise: its axes are logarithmic")
    low, high = math.log10(values[0]), math.log10(values[-1])
    half = 0.5 * (high - low) / (len(values) - 1) if len(values) > 1 else 0.05
    return low - half, high + half


def _powers(axis: Any, values: Sequence[float]) -> None:
    """Numbers on an axis of powers of ten: 1, 2, 5 and so on where there are several, else with the digits that tell them apart."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    low, high = _edges(values)
    digits = max(2, 2 - math.floor(math.log10(high - low)))
    if high - low > 0.7:
        powers = range(math.floor(low), math.ceil(high) + 1)
        steps = (1.0,) if high - low > 2.5 else (1.0, 2.0, 5.0)
        places = [power + math.log10(step) for power in powers for step in steps]
    else:
        places = [math.log10(value) for value in MaxNLocator(4).tick_values(10.0**low, 10.0**high)]
    axis.set_major_locator(FixedLocator([place for place in places if low <= place <= high]))
    axis.set_major_formatter(lambda value, _: f"{float(f'{10.0**value:.{digits}g}'):.{digits + 6}g}")
