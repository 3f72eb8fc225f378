"""What a gradient costs, drawn: numerical differentiation beside back-propagation, expanded formulas beside reuse."""

from collections.abc import Mapping, Sequence
from typing import Any

from autograd_lite.plot.figure import GREY, axes_on, colour, new_figure
from autograd_lite.plot.labels import ON_LINE, beside, end_labels, finish, name_ends
from autograd_lite.plot.scales import drawable, ends, same_length

#: The rounding of a float, half the spacing at 1: an error of exactly 0 has no place on a logarithmic axis, this stands for it.
ROUNDING = 2.0**-53


def gradient_comparison(
    sizes: Sequence[int],
    *,
    numerical_errors: Sequence[float],
    backprop_errors: Sequence[float],
    numerical_cost: Sequence[float],
    backprop_cost: Sequence[float],
    unit: str = "evaluations of the function",
) -> Any:
    """Error and cost of both ways to a gradient, as the number of parameters grows.

    Parameters
    ----------
    sizes : sequence of int
        The numbers of parameters.
    numerical_errors, backprop_errors : sequence of float
        The largest relative error of each gradient.
    numerical_cost, backprop_cost : sequence of float
        In `unit`.
    unit : str

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = gradient_comparison(
    ...     [1, 100], numerical_errors=[1e-9, 1e-9], backprop_errors=[0, 0], numerical_cost=[2, 200], backprop_cost=[2, 2]
    ... )
    >>> figure.axes[1].get_title(loc="left")
    'Cost at 100 parameters: 200 against 2'
    """
    same_length(
        sizes=sizes, numerical_errors=numerical_errors, backprop_errors=backprop_errors,
        numerical_cost=numerical_cost, backprop_cost=backprop_cost,
    )  # fmt: skip
    figure = new_figure(11.0, 4.4)
    left, right = figure.subplots(1, 2)
    errors = {"numerical": _rounded(numerical_errors), "back-propagation": _rounded(backprop_errors)}
    costs = {"numerical": numerical_cost, "back-propagation": backprop_cost}
    for ax, lines in ((left, errors), (right, costs)):
        ax.set(xscale="log", yscale="log", xlim=ends(sizes))
        for k, (name, values) in enumerate(lines.items()):
            _dotted(ax, sizes, values, colour(k), label=name)
    # Room under the lowest line, for the line of the rounding and its name.
    left.set_ylim(ROUNDING / 20, 20 * max(map(max, errors.values())))
    right.set_ylim(0.5 * min(*numerical_cost, *backprop_cost), 2 * max(*numerical_cost, *backprop_cost))
    left.axhline(ROUNDING, color=GREY, ls=(0, (2, 2)), lw=1.2)
    beside(left, "half the spacing of floats at 1", (0.02, ROUNDING), (0, -5), va="top", **ON_LINE)
    name_ends(left, errors)
    name_ends(right, costs)
    size = f"{sizes[-1]:,} parameter{'s' if sizes[-1] != 1 else ''}"
    against = [f"{values[-1]:.0e}" for values in errors.values()]
    finish(left, f"Error at {size}: {' against '.join(against)}", "parameters", "largest relative error")
    return finish(right, f"Cost at {size}: {numerical_cost[-1]:,.6g} against {backprop_cost[-1]:,.6g}", "parameters", unit)


def _rounded(errors: Sequence[float]) -> list[float]:
    return [max(error, ROUNDING) for error in errors]


def _dotted(ax: Any, x: Sequence[float], values: Sequence[float], paint: str, **options: Any) -> None:
    """A line with a dot at each point."""
    ax.plot(x, values, marker="o", ms=6, mec="white", mew=0.8, color=paint, lw=1.8, clip_on=False, **options)


def step_sizes(
    steps: Sequence[float],
    errors: Mapping[str, Sequence[float]],
    *,
    backprop_error: float = 0.0,
    title: str = "",
    note: str = "",
) -> Any:
    """The error of numerical derivatives over the step h: cut-off on one side, rounding on the other.

    Parameters
    ----------
    steps : sequence of float
    errors : mapping of str to sequence of float
        For each formula its relative error at each step.
    backprop_error : float, default 0
        The relative error of back-propagation, which has no step.
    title : str, optional
        The best any step can do, if left out.
    note : str, optional
        A line under the title.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = step_sizes([0.1, 0.01], {"central": [1e-3, 1e-5]})
    >>> figure.axes[0].get_title(loc="left")
    'No step makes the numerical error smaller than 1e-05'
    """
    same_length(steps=steps, **errors)
    ax = axes_on(None, 7.6, 4.6)
    ax.set(xscale="log", yscale="log", xlim=ends(steps))
    lines = {name: _rounded(values) for name, values in errors.items()}
    for k, values in enumerate(lines.values()):
        ax.plot(steps, values, color=colour(k), lw=1.8)
    exact = max(backprop_error, ROUNDING)
    ax.axhline(exact, color=colour(len(errors)), lw=1.8)
    ax.set_ylim(ROUNDING / 5, None)
    rightmost = max(range(len(steps)), key=steps.__getitem__)
    named = [(values[rightmost], name, colour(k)) for k, (name, values) in enumerate(lines.items())]
    end_labels(ax, [*named, (exact, "back-propagation", colour(len(errors)))])
    best = min(min(values) for values in errors.values())
    return finish(
        ax, title or f"No step makes the numerical error smaller than {best:.0e}", "step h", "relative error", note=note
    )


def multiplication_counts(
    depths: Sequence[int],
    *,
    backprop: Sequence[int],
    expanded: Sequence[int],
    title: str = "",
    note: str = "",
) -> Any:
    """Multiplications of back-propagation and of the expanded formulas, as a network gets deeper.

    Parameters
    ----------
    depths : sequence of int
        Numbers of layers.
    backprop, expanded : sequence of int
        As `multiplications` counts them.
    title : str, optional
        The numbers at the greatest depth, if left out.
    note : str, optional
        A line under the title.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = multiplication_counts([1, 2], backprop=[8, 40], expanded=[14, 130])
    >>> figure.axes[0].get_title(loc="left")
    'A gradient through 2 layers: 40 multiplications, not 130'
    """
    same_length(depths=depths, backprop=backprop, expanded=expanded)
    ax = axes_on(None, 7.6, 4.6)
    ax.set(yscale="log", xlim=(depths[0], depths[-1] if len(depths) > 1 else depths[0] + 1))
    paints = colour(1), colour(0)
    counted = {"back-propagation": backprop, "every weight's\nformula, expanded": expanded}
    # Nothing to multiply has no place on a logarithmic axis; it is drawn just under one multiplication.
    lines = {name: [max(count, 0.5) for count in drawable(counts)] for name, counts in counted.items()}
    for values, paint in zip(lines.values(), paints, strict=True):
        _dotted(ax, depths, values, paint)
    ax.xaxis.get_major_locator().set_params(integer=True)
    name_ends(ax, lines, paints)
    found = f"{_count(backprop[-1])} multiplications, not {_count(expanded[-1])}"
    title = title or f"A gradient through {depths[-1]} layers: {found}"
    return finish(ax, title, "layers", "multiplications of local derivatives", note=note)


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**9 else f"about 10^{len(str(number)) - 1}"
