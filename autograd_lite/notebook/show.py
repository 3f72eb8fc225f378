"""The best that a notebook can show of a graph: the widget, where anywidget is installed, else the page in a frame."""

from typing import Any

from autograd_lite import Value
from autograd_lite.notebook.framed import HEIGHT, Framed


def show(loss: Value, height: int = HEIGHT, **options: Any) -> Any:
    """The graph of `loss` to step through in a notebook: a `StepperWidget` if anywidget is installed, else `Framed`.

    Parameters
    ----------
    loss : Value
    height : int, default 560
    **options
        As for `to_html`.

    Returns
    -------
    StepperWidget or Framed

    Raises
    ------
    TypeError, ValueError, GraphError
        As `to_html`.
    """
    try:
        from autograd_lite.notebook.widget import StepperWidget
    except ImportError:
        return Framed(loss, height, **options)
    return StepperWidget(loss, height, **options)
