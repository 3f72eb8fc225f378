"""`StepperWidget`: the page as a widget, in step with a Python stepper whose gradients are live."""

from importlib import resources
from typing import Any

from autograd_lite import Value
from autograd_lite.backprop import Stepper, stepper
from autograd_lite.hints import needed
from autograd_lite.notebook.framed import HEIGHT, checked_height
from autograd_lite.pages import to_html
from autograd_lite.pages.graph_data import drawn_whole
from autograd_lite.structure import Snapshot

anywidget, traitlets = (
    needed(name, "the widget needs", "notebook", "autograd_lite.notebook.show(loss) does without")
    for name in ("anywidget", "traitlets")
)


class StepperWidget(anywidget.AnyWidget):  # type: ignore[misc, name-defined]
    """The graph of `loss` to step through in a notebook.

    Parameters
    ----------
    loss : Value
    height : int, default 560
        In pixels.
    **options
        As for `to_html`.

    Attributes
    ----------
    step : int
        Where the page is; setting it moves the page, and moving the page sets it.
    total : int
        The number of steps.
    stepper : Stepper or None
        Always at the same step: the nodes' own `.grad` are what the page shows.  None for a graph so
        large (1,500 nodes) or so tangled that its page takes larger steps.

    Examples
    --------
    >>> a = Value(3.0, label="a")
    >>> widget = StepperWidget(a * 2.0)
    >>> widget.step, widget.total, a.has_grad
    (0, 2, False)
    >>> widget.step = 2
    >>> a.grad
    2.0
    """

    _esm = resources.files("autograd_lite.notebook").joinpath("widget.js").read_text(encoding="utf-8")
    html = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int(HEIGHT).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    total = traitlets.Int(0).tag(sync=True)

    stepper: Stepper | None

    def __init__(self, loss: Value, height: int = HEIGHT, **options: Any) -> None:
        page, height = to_html(loss, **options), checked_height(height)  # before the stepper forgets the gradients
        is_whole = drawn_whole(Snapshot.of(loss))
        self.stepper = stepper(loss, options.get("gradient", 1.0), forward=True) if is_whole else None
        total = self.stepper.total if self.stepper is not None else 0
        super().__init__(html=page, height=height, total=total)
        self.step = min(options.get("step", 0), total)

    @traitlets.validate("step")  # type: ignore[untyped-decorator, unused-ignore]
    def _checked(self, proposal: dict[str, Any]) -> int:
        step: int = proposal["value"]
        if step < 0 or (self.stepper is not None and step > self.stepper.total):
            raise traitlets.TraitError(f"there are {self.total} steps: a step from 0 to {self.total}, not {step}")
        return step

    @traitlets.observe("step")  # type: ignore[untyped-decorator, unused-ignore]
    def _moved(self, change: dict[str, Any]) -> None:
        if self.stepper is not None:
            self.stepper.goto(change["new"])

    def __repr__(self) -> str:
        return f"StepperWidget({self.stepper!r})" if self.stepper is not None else "StepperWidget of a large graph"
