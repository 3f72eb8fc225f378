"""Linear or logarithmic, and numbers on the axis that are read at a glance."""

import math
from collections.abc import Sequence
from typing import Any


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
