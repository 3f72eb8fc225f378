"""Watching back-propagation: one edge at a time, with the hand on the brake, explained, taken apart, debugged."""

from autograd_lite.backprop.stepper import Stepper, stepper
from autograd_lite.backprop.steps import ForwardStep, Step, forward_lines, forward_steps, steps

__all__ = ["ForwardStep", "Step", "Stepper", "forward_lines", "forward_steps", "stepper", "steps"]
