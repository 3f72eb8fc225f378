"""The backward pass, one edge at a time."""

from autograd_lite.backprop.steps import ForwardStep, Step, forward_lines, forward_steps, steps

__all__ = ["ForwardStep", "Step", "forward_lines", "forward_steps", "steps"]
