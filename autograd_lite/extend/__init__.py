"""Primitives of one's own: `primitive` adds a row to the table, `custom_vjp` a function with a backward rule of its own."""

from autograd_lite.extend.check import WrongPartialError
from autograd_lite.extend.custom_vjp import custom_vjp
from autograd_lite.extend.primitives import primitive, unregister

__all__ = ["WrongPartialError", "custom_vjp", "primitive", "unregister"]
