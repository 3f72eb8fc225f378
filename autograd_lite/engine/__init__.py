"""`Value`, the graph it records, and back-propagation."""

from autograd_lite.engine.graph import topological_order
from autograd_lite.engine.value import Value

__all__ = ["Value", "topological_order"]
