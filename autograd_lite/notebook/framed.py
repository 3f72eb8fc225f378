"""The page in a notebook without a widget: in a frame of its own, and as text where even that is not shown."""

from itertools import chain, islice
from typing import Any

from autograd_lite import Value, topological_order
from autograd_lite.backprop import forward_lines, steps
from autograd_lite.backprop.steps import edges
from autograd_lite.pages import to_html
from autograd_lite.pages.document import framed

#: So many lines of a pass are printed where nothing else can be shown.
_LINES = 40
HEIGHT = 560


class Framed:
    """A page that shows itself in a notebook, walled off from it: its style and its keys touch nothing else.

    Parameters
    ----------
    loss : Value
    height : int, default 560
        In pixels.
    **options
        As for `to_html`.

    Examples
    --------
    >>> a = Value(2.0, label="a")
    >>> print(Framed(a * a))
    a = 2.0
    v1 = a * a = 4.0
    dv1/da += dv1/dv1 * dv1/da = 1.0 * 2.0 = 2.0   (a.grad: 0 -> 2.0)
    dv1/da += dv1/dv1 * dv1/da = 1.0 * 2.0 = 2.0   (a.grad: 2.0 -> 4.0)
    """

    def __init__(self, loss: Value, height: int = HEIGHT, **options: Any) -> None:
        self.loss, self.height = loss, checked_height(height)
        self.page = to_html(loss, **options)

    def __str__(self) -> str:
        order = topological_order(self.loss)
        lines = [*islice(chain(forward_lines(self.loss), map(str, steps(self.loss))), _LINES)]
        more = len(order) + sum(len(edges(node)) for node in order) - len(lines)
        return "\n".join(lines + ([f"... and {more:,} lines more"] if more > 0 else []))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return framed(self.page, "back-propagation, step by step", self.height)


def checked_height(height: Any) -> int:
    """A height in pixels."""
    if isinstance(height, bool) or not isinstance(height, int) or height < 100:
        raise ValueError(f"height is a number of pixels, at least 100; not {height!r}")
    return height
