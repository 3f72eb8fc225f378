"""Notebooks: the stepping page as a widget that moves with Python, and magics for IPython.

`%load_ext autograd_lite` gives `%backprop loss`, `%explain w` and `%graph loss`.  `StepperWidget(loss)` needs the extra
`notebook` (anywidget); `show(loss)` takes what there is: the widget, else the page in a frame, else text.
"""

from typing import Any

from autograd_lite.notebook.framed import Framed
from autograd_lite.notebook.magics import load_ipython_extension
from autograd_lite.notebook.show import show


def __getattr__(name: str) -> Any:
    """`StepperWidget`, whose module needs anywidget."""
    if name == "StepperWidget":
        from autograd_lite.notebook.widget import StepperWidget

        return StepperWidget
    raise AttributeError(f"module 'autograd_lite.notebook' has no attribute {name!r}")


__all__ = ["Framed", "load_ipython_extension", "show"]
