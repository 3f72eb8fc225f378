"""Another place for `structure.labels`."""

from autograd_lite.structure.labels import label_all

__all__ = ["label_all"]
