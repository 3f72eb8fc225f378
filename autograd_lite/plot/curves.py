"""How training went: loss and accuracy by epoch, and how both depend on the learning rate."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_lite.plot.figure import GREY, axes_on, colour, finish, legend, new_figure, steps_of


def training_curves(
    losses: Sequence[float],
    *,
    validation_losses: Sequence[float] = (),
    accuracies: Sequence[float] = (),
    validation_accuracies: Sequence[float] = (),
    title: str = "",
) -> Any:
    """Loss by epoch, and below it accuracy if there is any.

    Parameters
    ----------
    losses, validation_losses : sequence of float
        One number for each epoch.  The axis is logarithmic if they span more than a factor of 30.
    accuracies, validation_accuracies : sequence of float
        From 0 to 1.
    title : str, optional

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
    >>> len(figure.axes)
    2
    """
    if not losses:
        raise ValueError("there is nothing to draw: losses is empty; train for an epoch first")
    two = bool(accuracies or validation_accuracies)
    figure = new_figure(6.4, 5.6 if two else 3.8)
    upper = figure.add_subplot(2, 1, 1) if two else figure.add_subplot()
    _lines(upper, {"training": losses, "validation": validation_losses})
    if spans_orders([*losses, *validation_losses]):
        upper.set_yscale("log")
    finish(upper, title, "" if two else "epoch", "loss")
    if two:
        lower = figure.add_subplot(2, 1, 2, sharex=upper)
        _lines(lower, {"training": accuracies, "validation": validation_accuracies})
        lower.set_ylim(min([0.5, *accuracies, *validation_accuracies]) - 0.03, 1.03)
        lower.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        finish(lower, "", "epoch", "accuracy")
        upper.tick_params(labelbottom=False)
    return figure


def _lines(ax: Any, lines: Mapping[str, Sequence[float]]) -> None:
    for k, (name, values) in enumerate(lines.items()):
        if values:
            ax.plot(steps_of(values), values, color=colour(k), label=name, marker="o" if len(values) == 1 else "", lw=1.6)
    ax.grid(alpha=0.25)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if sum(bool(values) for values in lines.values()) > 1:
        legend(ax)


def spans_orders(values: Sequence[float], factor: float = 30.0) -> bool:
    """Whether positive numbers differ by more than `factor`, so that a linear axis would hide the small ones.

    >>> spans_orders([1.0, 0.01]), spans_orders([1.0, 0.5]), spans_orders([1.0, -1.0])
    (True, False, False)
    """
    finite = [value for value in values if math.isfinite(value)]
    return bool(finite) and min(finite) > 0.0 and max(finite) > factor * min(finite)


def learning_rate_sweep(
    runs: Mapping[float, Sequence[float]], *, title: str = "The learning rate decides", start: float | None = None
) -> Any:
    """The same training with several learning rates: loss by step, and where each rate ends.

    Parameters
    ----------
    runs : mapping of float to sequence of float
        For each learning rate its losses, step by step.  A run that diverged may end in inf or nan.
    title : str
    start : float, optional
        The loss all runs start from; the first loss of the first run if left out.  What ends above it diverged.

    Returns
    -------
    matplotlib.figure.Figure

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
    floor = 1e-16 * first
    figure = new_figure(9.6, 4.2)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    shades = _shades(len(rates))
    ends = []
    for rate, shade in zip(rates, shades, strict=True):
        # A logarithmic axis has no place for 0, nor for what has run away.
        shown = [max(loss, floor) if math.isfinite(loss) and loss < 100 * first else math.nan for loss in runs[rate]]
        diverges = not math.isfinite(runs[rate][-1]) or runs[rate][-1] > first
        left.plot(range(len(shown)), shown, color=shade, lw=1.6, label=f"{rate:g}" + (" (diverges)" if diverges else ""))
        ends.append(10 * first if diverges else max(runs[rate][-1], floor))
    left.set_yscale("log")
    left.grid(alpha=0.25)
    legend(left, title="learning rate")
    finish(left, title, "step", "loss")
    right.plot(rates, ends, color=GREY, lw=1, zorder=1)
    for rate, end, shade in zip(rates, ends, shades, strict=True):
        right.scatter([rate], [end], color=[shade], s=60, marker="X" if end == 10 * first else "o", zorder=2)
    right.axhline(first, color=GREY, ls=":", lw=1)
    right.annotate("where all start", (rates[0], first), xytext=(0, 3), textcoords="offset points", fontsize=8, color=GREY)
    right.set(xscale="log", yscale="log")
    right.grid(alpha=0.25)
    finish(right, "Loss after the last step (X: diverged)", "learning rate", "")
    return figure


def _shades(count: int) -> list[Any]:
    """Colours from small to large."""
    from matplotlib import colormaps

    return [colormaps["viridis"](0.9 * k / max(count - 1, 1)) for k in range(count)]


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
        `title`, `xlabel`, `ylabel`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    ax = axes_on(ax)
    points = [row[0] for row in x]
    low, high = min(points), max(points)
    grid = [low + (high - low) * k / 200 for k in range(201)]
    ax.scatter(points, y, s=18, color=colour(5), edgecolor="white", linewidth=0.4, label="data")
    ax.plot(grid, predict([[value] for value in grid]), color=colour(1), lw=2, label="learned")
    ax.grid(alpha=0.25)
    legend(ax)
    return finish(ax, names.get("title", ""), names.get("xlabel", "x"), names.get("ylabel", "y"))
