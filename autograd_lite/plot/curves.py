"""How training went: loss and accuracy by epoch, and how both depend on the learning rate."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_lite.plot.figure import GREY, axes_on, colour, new_figure
from autograd_lite.plot.labels import ON_LINE, beside, end_labels, finish, legend
from autograd_lite.plot.scales import LARGEST, drawable, logarithmic, same_length, spans_orders


def training_curves(
    losses: Sequence[float],
    *,
    validation_losses: Sequence[float] = (),
    accuracies: Sequence[float] = (),
    validation_accuracies: Sequence[float] = (),
    title: str = "",
    note: str = "",
) -> Any:
    """Loss by epoch, and below it accuracy if there is any.

    Parameters
    ----------
    losses, validation_losses : sequence of float
        One number for each epoch.  The axis is logarithmic if they span more than a factor of 30.
    accuracies, validation_accuracies : sequence of float
        From 0 to 1.
    title : str, optional
        From which loss to which, if left out.
    note : str, optional
        A line under the title: which network, which data.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no number at all.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> figure = training_curves([0.7, 0.3, 0.1], accuracies=[0.5, 0.8, 1.0])
    >>> figure.axes[0].get_title(loc="left")
    'Loss goes from 0.7 to 0.1 in 3 epochs'
    """
    if not losses:
        raise ValueError("there is nothing to draw: losses is empty; train for an epoch first")
    epochs = f"{len(losses)} epoch{'s' if len(losses) > 1 else ''}"
    title = title or f"Loss goes from {losses[0]:.2g} to {losses[-1]:.2g} in {epochs}"
    losses, validation_losses = drawable(losses), drawable(validation_losses)
    two = bool(accuracies or validation_accuracies)
    figure = new_figure(6.8, 5.4 if two else 3.8)
    panels = figure.subplots(2 if two else 1, 1, sharex=True, squeeze=False)[:, 0]
    if spans_orders([*losses, *validation_losses]):
        logarithmic(panels[0].yaxis, [*losses, *validation_losses])
    if two:
        lowest = min([0.5, *accuracies, *validation_accuracies])
        panels[1].set_ylim(lowest - 0.03, 1.03)
        panels[1].yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        # The colours are those of the losses, which have names.
        _lines(panels[1], {"training": accuracies, "validation": validation_accuracies}, named=not validation_losses)
    _lines(panels[0], {"training": losses, "validation": validation_losses})
    finish(panels[0], title, "" if two else "epoch", "loss", note=note)
    return finish(panels[1], "", "epoch", "accuracy") if two else figure


def _lines(ax: Any, lines: Mapping[str, Sequence[float]], named: bool = True) -> None:
    """Lines by epoch, counted from one; `named` writes at their ends what they are, if there are several."""
    drawn = [(name, values, colour(k)) for k, (name, values) in enumerate(lines.items()) if values]
    for name, values, paint in drawn:
        epochs = range(1, len(values) + 1)
        ax.plot(epochs, values, color=paint, label=name, marker="o" if len(values) == 1 else "", lw=1.8)
    longest = max(len(values) for _, values, _ in drawn)
    ax.set_xlim(1 - 0.02 * longest, longest + 0.02 * longest)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if len(drawn) > 1 and named:
        end_labels(ax, [(values[-1], name, paint) for name, values, paint in drawn])


def learning_rate_sweep(
    runs: Mapping[float, Sequence[float]],
    *,
    title: str = "",
    start: float | None = None,
    ylabel: str = "loss",
) -> Any:
    """The same training with several learning rates: loss by step, and where each rate ends.

    Parameters
    ----------
    runs : mapping of float to sequence of float
        For each learning rate its losses, step by step.  A run that diverged may end in inf or nan.
    title : str, optional
        Which rate gets lowest, if left out.
    start : float, optional
        The loss all runs start from; the first loss of the first run if left out.  What ends above it diverged.
    ylabel : str, default "loss"

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a learning rate or the first loss is not above 0: both axes are logarithmic.

    Examples
    --------
    >>> figure = learning_rate_sweep({0.01: [4.0, 3.9], 0.5: [4.0, 0.1], 2.0: [4.0, 90.0]})
    >>> [line.get_label() for line in figure.axes[0].get_lines()]
    ['0.01', '0.5', '2 (diverges)']
    """
    rates = sorted(runs)
    if not rates or not all(runs.values()):
        raise ValueError("there is nothing to draw: give runs as {learning rate: [loss, loss, ...]}")
    first = runs[rates[0]][0] if start is None else start
    if not (rates[0] > 0.0 and 1 / LARGEST < first < LARGEST):
        raise ValueError(f"learning rates and the loss all start from are above 0, not {rates[0]!r} and {first!r}")
    floor = 1e-16 * first
    figure = new_figure(10.4, 4.4)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    top, ends, names = 100 * first, {}, []
    for rate, shade in zip(rates, _shades(len(rates)), strict=True):
        # A logarithmic axis has no place for 0, nor for what has run away.
        shown = [max(loss, floor) if math.isfinite(loss) and loss < top else math.nan for loss in runs[rate]]
        diverges = not math.isfinite(runs[rate][-1]) or runs[rate][-1] > first
        name = f"{rate:g}" + (" (diverges)" if diverges else "")
        left.plot(range(len(shown)), shown, color=shade, lw=1.8, label=name)
        names.append((top if diverges else shown[-1], name, shade))
        ends[rate] = math.inf if diverges else max(runs[rate][-1], floor)
    logarithmic(left.yaxis, [value for line in left.get_lines() for value in line.get_ydata() if value > 0])
    left.set_xlim(0, max(map(len, runs.values())) - 1 or 1)
    end_labels(left, names)
    best = min(rates, key=ends.__getitem__)
    lowest = f"A learning rate of {best:g} gets lowest" if math.isfinite(ends[best]) else "All learning rates diverge"
    finish(left, title or lowest, "step", ylabel)
    _rates_and_ends(right, ends, first)
    finish(right, f"{ylabel[0].upper() + ylabel[1:]} after the last step", "learning rate", ylabel)
    return figure


def _rates_and_ends(ax: Any, ends: Mapping[float, float], first: float) -> None:
    """Where each rate ends; those that diverged in a row above the start."""
    shades = _shades(len(ends))
    settled = {rate: end for rate, end in ends.items() if math.isfinite(end)}
    above = 30 * first
    ax.plot(list(settled), list(settled.values()), color=GREY, lw=1.2, zorder=1)
    for (rate, end), shade in zip(ends.items(), shades, strict=True):
        diverged = math.isinf(end)
        ax.scatter([rate], [above if diverged else end], color=[shade], s=64, marker="X" if diverged else "o", zorder=3)
        if diverged:
            beside(ax, "diverges", (rate, above), (-8, 0), ha="right", va="center")
    ax.axhline(first, color=GREY, ls=(0, (2, 2)), lw=1.2, zorder=1)
    logarithmic(ax.xaxis, list(ends))
    logarithmic(ax.yaxis, [*settled.values(), above])
    beside(ax, "the loss all start from", (0.98, first), (0, -4), ha="right", va="top", **ON_LINE)


def _shades(count: int) -> list[Any]:
    """Colours from small to large, none too pale to be read on white."""
    from matplotlib import colormaps

    return [colormaps["plasma"](0.82 * k / max(count - 1, 1)) for k in range(count)]


def regression_fit(predict: Any, x: Sequence[Sequence[float]], y: Sequence[float], *, ax: Any = None, **names: str) -> Any:
    """A curve through its points: what was learned of one input.

    Parameters
    ----------
    predict : callable
        From a list of rows to a list of numbers.
    x, y : sequences
        Rows of one number, and the targets.
    ax : matplotlib Axes, optional
    **names : str
        `title`, `note`, `xlabel`, `ylabel`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are no rows, one does not have one number, or the targets are not as many.
    """
    same_length(x=x, y=y)
    if any(len(row) != 1 for row in x):
        raise ValueError("a curve can be drawn for one input; give rows of one number")
    ax = axes_on(ax, 6.8, 4.4)
    points = [row[0] for row in x]
    low, high = min(points), max(points)
    along = [low + (high - low) * k / 200 for k in range(201)]
    learned = predict([[value] for value in along])
    if not all(map(math.isfinite, [*points, *y, *learned])):
        raise ValueError(
            "a curve is drawn through finite numbers: x, y, and what predict gives for each row it is asked for"
        )
    ax.scatter(points, y, s=22, color=colour(5), edgecolor="white", linewidth=0.5, label="data")
    ax.plot(along, learned, color=colour(1), lw=2.2, label="learned")
    legend(ax)
    title = names.get("title") or f"A curve learned from {len(points)} points"
    return finish(ax, title, names.get("xlabel", "x"), names.get("ylabel", "y"), note=names.get("note", ""))
