"""Watching back-propagation: one edge at a time, with the hand on the brake, explained, taken apart, debugged."""

from typing import Never

from autograd_lite.backprop.debugger import debug
from autograd_lite.backprop.explain import Explanation, explain
from autograd_lite.backprop.export import to_latex, to_python, to_text
from autograd_lite.backprop.mistakes import MISTAKES, wrong_backprop
from autograd_lite.backprop.postmortem import AnomalyError, PostMortem, detect_anomaly, post_mortem
from autograd_lite.backprop.stepper import Stepper, stepper
from autograd_lite.backprop.steps import ForwardStep, Step, forward_lines, forward_steps, steps
from autograd_lite.hints import missing
from autograd_lite.structure.labels import label_all

__all__ = [
    "MISTAKES", "AnomalyError", "Explanation", "ForwardStep", "PostMortem", "Step", "Stepper", "debug", "detect_anomaly",
    "explain", "forward_lines", "forward_steps", "label_all", "post_mortem", "stepper", "steps", "to_latex", "to_python",
    "to_text", "wrong_backprop",
]  # fmt: skip


def __getattr__(name: str) -> Never:
    raise missing(__name__, name, __all__)
