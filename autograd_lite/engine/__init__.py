"""`Value`, the graph it records, and back-propagation: `value.py` is the file to read."""

import os
from typing import Never

from autograd_lite.engine import value  # noqa: F401 - what comes first is what everybody finds

if (_kind := os.environ.get("AUTOGRAD_LITE_ENGINE") or "fast") == "fast":
    from autograd_lite.engine import _fast  # noqa: F401 - before anybody takes `topological_order` from `value`
elif _kind != "readable":
    raise ValueError(f"the environment has AUTOGRAD_LITE_ENGINE={_kind!r}; it is 'readable' or 'fast', or is left out")
from autograd_lite.engine import copying, display, facts, functions, hooks, numpy_bridge, passes  # noqa: F401
from autograd_lite.engine.value import Value, topological_order
from autograd_lite.hints import missing

__all__ = ["Value", "topological_order"]


def __getattr__(name: str) -> Never:
    raise missing(__name__, name, __all__)
