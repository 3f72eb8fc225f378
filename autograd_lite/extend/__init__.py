"""Primitives of one's own: `primitive` adds a row to the table, `custom_vjp` a function with a derivative of its own."""

from autograd_lite.extend.check import WrongPartialError
from autograd_lite.extend.primitives import custom_vjp, primitive, unregister

__all__ = ["WrongPartialError", "custom_vjp", "primitive", "unregister"]
