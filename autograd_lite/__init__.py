"""A scalar reverse-mode automatic differentiation engine, to compute with and to watch.

>>> from autograd_lite import Value
>>> w, x, b = Value(-2.0, label="w"), Value(5.0, label="x"), Value(3.0, label="b")
>>> f = w * x + b
>>> f.backward()
>>> f.data, w.grad
(-7.0, 5.0)

`Value`, the functions (`exp`, `relu`, `logsumexp`, ...) and the modes (`no_grad`, `ieee`) are here at once; the layers on
top (`nn`, `draw`, `backprop`, `testing`, ...) are imported when they are first used, so that this import stays light.
"""

import importlib
from typing import Any

from autograd_lite.engine import collector as _collector
from autograd_lite.engine import display as _display
from autograd_lite.engine import functions as _functions
from autograd_lite.engine.errors import DivisionByZeroError, DomainError, GraphError, RangeError
from autograd_lite.engine.operations import *  # noqa: F403 - mypy does not follow `*operations.__all__`

# isort: split
from autograd_lite.engine.functions import *  # noqa: F403 - after the operations, whose `hypot` it replaces
from autograd_lite.engine.graph import has_path
from autograd_lite.engine.modes import enable_grad, ieee, no_grad
from autograd_lite.engine.value import Value, topological_order
from autograd_lite.rules import RULES, Rule

__version__ = "0.1.0"

_collector.raise_thresholds()

#: Where a name that is not loaded at once is found: the sub-package, and the name in it (none: the sub-package itself).
_LAZY: dict[str, str] = {
    "nn": "nn", "optim": "nn.optim", "draw": "draw", "backprop": "backprop",
    **dict.fromkeys(("draw_dot", "draw_network", "make_dot", "to_svg", "trace"), "draw"),
    **dict.fromkeys(
        ("debug", "detect_anomaly", "explain", "label_all", "post_mortem", "stepper", "steps", "to_latex", "to_python", "to_text",
         "wrong_backprop"),
        "backprop",
    ),
    "record_source": "structure.source", "source_of": "structure.source",
    **dict.fromkeys(
        ("derivative", "grad", "hessian", "hvp", "jacfwd", "jacobian", "jacrev", "jvp", "taylor", "value_and_grad", "vjp"),
        "transforms",
    ),
    "replay": "replay", "rounding_report": "replay", "operation_count": "replay",
    **dict.fromkeys(("custom_vjp", "primitive", "unregister"), "extend"),
    **dict.fromkeys(("check_grad", "gradcheck", "gradgradcheck"), "testing"),
    **dict.fromkeys(("fori_loop", "scan", "while_loop"), "loops"),
    **dict.fromkeys(("compile_step", "jit", "to_arrays", "to_c", "to_onnx", "vmap"), "compiler"),
    "notebook": "notebook", "pages": "pages", **dict.fromkeys(("RunRecorder", "save_page", "to_html", "training_page"), "pages"),
    "data": "data", "expression": "expression", "gpt": "gpt", "plot": "plot", "testing": "testing", "compiler": "compiler",
    "many": "many",
}  # fmt: skip

#: Names that `from autograd_lite import *` leaves alone, because they are Python's own.
_BUILTINS = {"abs", "max", "min", "pow", "round", "sum"}

__all__ = [
    "RULES",
    "DivisionByZeroError",
    "DomainError",
    "GraphError",
    "RangeError",
    "Rule",
    "Value",
    "enable_grad",
    "has_path",
    "ieee",
    "no_grad",
    "topological_order",
    *(name for name in _functions.__all__ if name not in _BUILTINS),
    *_LAZY,
]


def __getattr__(name: str) -> Any:
    place = _LAZY.get(name)
    if place is None:
        raise importlib.import_module("autograd_lite.hints").missing(__name__, name, __dir__())
    module = importlib.import_module(f"autograd_lite.{place}")
    found = module if place.rpartition(".")[2] == name else getattr(module, name)
    globals()[name] = found
    return found


# How a notebook shows a Value and a network; the drawing is imported when one is shown.
_display.drawers["graph"] = lambda node: importlib.import_module("autograd_lite.draw.notebook").graph_svg(node)
_display.drawers["network"] = lambda model: importlib.import_module("autograd_lite.draw.notebook").network_svg(model)


def load_ipython_extension(shell: Any) -> None:
    """Give IPython the magics `%backprop`, `%explain` and `%graph`: `%load_ext autograd_lite`."""
    importlib.import_module("autograd_lite.notebook").load_ipython_extension(shell)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
