"""What can be drawn at all, linear or logarithmic, and numbers on the axis that are read at a glance."""

import math
from collections.abc import Sequence
from typing import Any

#: matplotlib multiplies what it is given before it divides again; beyond this, and below its inverse, it gets lost.
LARGEST = 1e100


def drawable(values: Sequence[float]) -> list[float]:
    """The numbers as they can be drawn: nan, which leaves a gap, for what is larger than 1e100, and 0 below its inverse.

    >>> drawable([1.0, 1e300, -1e-300, 10**400])
    [1.0, nan, 0.0, nan]
    """
    return [float(v) if 1 / LARGEST <= abs(v) <= LARGEST else 0.0 if abs(v) < 1 / LARGEST else math.nan for v in values]


def padded(values: Sequence[float], margin: float = 0.15) -> tuple[float, float]:
    """A range that holds all of `values`, and a margin, a part of their spread.

    >>> padded([0.0, 10.0], 0.1), padded([2.0])
    ((-1.0, 11.0), (1.5, 2.5))
    """
    low, high = min(values), max(values)
    extra = margin * (high - low) or max(0.5, 0.1 * abs(high))
    return low - extra, high + extra


def same_length(**lists: Sequence[Any]) -> None:
    """Refuse lists of which there must be an item for each of the first, and at least one."""
    (first, items), *others = lists.items()
    if not items:
        raise ValueError(f"there is nothing to draw: {first} is empty")
    for name, other in others:
        if len(other) != len(items):
            raise ValueError(f"one of {name} for each of {first}: there are {len(other)} and {len(items)}")


def ends(values: Sequence[float]) -> tuple[float, float]:
    """The limits of a logarithmic axis from the least to the largest of positive numbers; around it, if there is only one.

    >>> ends([3, 1, 2]), ends([4])
    ((1, 3), (2.0, 8))
    """
    low, high = min(values), max(values)
    return (low, high) if low < high else (low / 2, high * 2)


def spans_orders(values: Sequence[float], factor: float = 30.0) -> bool:
    """Whether positive numbers differ by more than `factor`, so that a linear axis would hide the small ones.

    >>> spans_orders([1.0, 0.01]), spans_orders([1.0, 0.5]), spans_orders([1.0, -1.0])
    (True, False, False)
    """
    finite = [value for value in values if math.isfinite(value)]
    return bool(finite) and min(finite) > 0.0 and max(finite) > factor * min(finite)


def logarithmic(axis: Any, values: Sequence[float]) -> None:
    """Make an axis logarithmic, with numbers written out (0.05, not 5 x 10^-2) where few are needed.

    Parameters
    ----------
    axis : matplotlib Axis
        The x-axis or y-axis of some axes.
    values : sequence of float
        What will be drawn; all positive.
    """
    from matplotlib.ticker import LogLocator, NullFormatter

    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    decades = math.log10(max(values) / min(values))
    if decades < 5:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if decades < 2.5 else (1.0,)))
        axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(NullFormatter())
