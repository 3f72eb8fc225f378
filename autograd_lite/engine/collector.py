"""The cyclic garbage collector, set so that it does not take most of the time of a forward pass.

A graph of Values has no cycles: reference counts free it, and the collector never finds anything in it.  But with CPython's default
thresholds it scans the nodes that survive again and again while a graph grows, which takes more than half the time of a forward
pass and makes a node of a large graph cost more than one of a small graph.  So, when `autograd_lite` is imported and the
thresholds are the interpreter's own, they are raised; cyclic garbage made by other code is still collected, only in larger lots.

`gc.set_threshold(...)` before the import is respected, after it has the last word; AUTOGRAD_LITE_GC=default in the environment keeps
the interpreter's.
"""

import gc
import os

#: The defaults of CPython 3.11 to 3.13; 3.14's collector does not need this.
_DEFAULTS = {(700, 10, 10), (2000, 10, 10)}
#: A young collection after 100,000 objects (some ten megabytes), a middle one after five million.
_RAISED = (100_000, 50, 100)


def raise_thresholds() -> bool:
    """Raise the thresholds if they are the interpreter's own; whether that was done."""
    if os.environ.get("AUTOGRAD_LITE_GC") == "default" or gc.get_threshold() not in _DEFAULTS:
        return False
    gc.set_threshold(*_RAISED)
    return True
