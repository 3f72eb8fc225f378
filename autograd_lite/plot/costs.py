"""What a gradient costs: counted, and drawn.

Two comparisons.  The numerical gradient evaluates the function twice for every parameter, back-propagation once forward
and once backward whatever their number.  And the expanded formula of a derivative multiplies along every path from the
result to a weight, where back-propagation multiplies once for every edge.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.engine import Value, topological_order
from autograd_lite.plot.figure import colour, finish, legend, new_figure


def numerical_gradient(function: Callable[[Sequence[float]], float], at: Sequence[float], step: float = 1e-5) -> list[float]:
    """The gradient by central differences, `(f(x + h) - f(x - h)) / 2h` for each coordinate: two evaluations each.

    Parameters
    ----------
    function : callable
        From a list of floats to a float.
    at : sequence of float
    step : float, default 1e-5

    Returns
    -------
    list of float

    Examples
    --------
    >>> [round(d, 6) for d in numerical_gradient(lambda v: v[0] * v[1], [2.0, 3.0])]
    [3.0, 2.0]
    """
    found = []
    point = list(at)
    for k, x in enumerate(at):
        point[k] = x + step
        above = function(point)
        point[k] = x - step
        found.append((above - function(point)) / (2 * step))
        point[k] = x
    return found


def multiplications(root: Value) -> tuple[int, int]:
    """How many products of local derivatives the gradient of `root` takes: by back-propagation, and expanded.

    Back-propagation multiplies an upstream gradient by a local derivative once for each edge.  Expanded, the derivative with
    respect to each leaf is a sum over all paths from the root, and a path of k edges takes k - 1 multiplications.

    Parameters
    ----------
    root : Value

    Returns
    -------
    (int, int)
        Exact, however many paths there are: they are counted edge by edge, not listed.

    Examples
    --------
    >>> x = Value(1.0)
    >>> y = x.tanh().tanh().tanh()
    >>> multiplications(y)
    (3, 2)
    """
    order = topological_order(root)
    # For each node the number of paths from the root to it, and the sum of their lengths.
    paths: dict[Value, int] = dict.fromkeys(order, 0)
    lengths: dict[Value, int] = dict.fromkeys(order, 0)
    paths[root] = 1
    edges = expanded = 0
    for node in reversed(order):
        for parent in node.parents:
            edges += 1
            paths[parent] += paths[node]
            lengths[parent] += lengths[node] + paths[node]
        if node.is_leaf and node is not root:
            expanded += lengths[node] - paths[node]
    return edges, expanded


def gradient_comparison(
    sizes: Sequence[int],
    *,
    numerical_errors: Sequence[float],
    backprop_errors: Sequence[float],
    numerical_cost: Sequence[float],
    backprop_cost: Sequence[float],
    unit: str = "evaluations of the function",
    title: str = "Numerical differentiation and back-propagation",
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
    unit, title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(9.6, 4.0)
    left, right = figure.subplots(1, 2)
    # An error of exactly 0 has no place on a logarithmic axis; the spacing of floats stands for it.
    floor = 2.0**-53
    for k, (name, errors, cost) in enumerate(
        (("numerical", numerical_errors, numerical_cost), ("back-propagation", backprop_errors, backprop_cost))
    ):
        left.plot(sizes, [max(error, floor) for error in errors], marker="o", color=colour(k), label=name)
        right.plot(sizes, cost, marker="o", color=colour(k), label=name)
    for ax, what in ((left, "largest relative error"), (right, unit)):
        ax.set(xscale="log", yscale="log")
        ax.grid(alpha=0.25, which="both")
        legend(ax)
        finish(ax, "", "parameters", what)
    left.axhline(floor, color="black", ls=":", lw=1)
    left.annotate("the rounding of a float", (sizes[0], floor), xytext=(0, 4), textcoords="offset points", fontsize=8)
    figure.suptitle(title, fontsize=12)
    return figure


def multiplication_counts(
    depths: Sequence[int],
    *,
    backprop: Sequence[int],
    expanded: Sequence[int],
    title: str = "Why intermediate derivatives are reused",
) -> Any:
    """Multiplications of back-propagation and of the expanded formulas, as a network gets deeper.

    Parameters
    ----------
    depths : sequence of int
        Numbers of layers.
    backprop, expanded : sequence of int
        As `multiplications` counts them.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(6.4, 4.2)
    ax = figure.add_subplot()
    for k, (name, counts) in enumerate((("back-propagation", backprop), ("formula of each weight, expanded", expanded))):
        ax.plot(depths, counts, marker="o", color=colour(1 - k), label=name)
        factor = counts[-1] / counts[0] if counts[0] else math.inf
        ax.annotate(
            f"{counts[-1]:,}" if counts[-1] < 1e7 else f"{counts[-1]:.1e}",
            (depths[-1], counts[-1]),
            xytext=(-4, 9 if factor > 1 else -12),
            textcoords="offset points",
            ha="right",
            fontsize=9,
            color=colour(1 - k),
        )
    ax.set_yscale("log")
    ax.grid(alpha=0.25, which="major")
    ax.xaxis.get_major_locator().set_params(integer=True)
    legend(ax, loc="upper left")
    return finish(ax, title, "layers", "multiplications of local derivatives")
