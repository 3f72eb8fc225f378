"""`Value`, the graph it records, and back-propagation: `value.py` is the file to read."""

import os

from autograd_lite.engine import value  # noqa: F401 - what comes first is what everybody finds

if os.environ.get("AUTOGRAD_LITE_ENGINE") != "readable":
    from autograd_lite.engine import _fast  # noqa: F401 - before anybody takes `topological_order` from `value`
from autograd_lite.engine import copying, display, facts, functions, hooks, numpy_bridge, passes  # noqa: F401
from autograd_lite.engine.value import Value, topological_order

__all__ = ["Value", "topological_order"]
