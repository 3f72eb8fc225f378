"""The backward pass, one edge at a time."""

from autograd_lite.backprop.steps import Step, forward_lines, steps

__all__ = ["Step", "forward_lines", "steps"]
