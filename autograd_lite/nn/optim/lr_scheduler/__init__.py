"""Schedules of the learning rate, with PyTorch's names and arguments: made on an optimizer, stepped once an epoch.

A schedule is a function of the number of steps done so far (its `rate`), so it can be asked for any step; only
`ReduceLROnPlateau` has to remember what it saw.
"""

from autograd_lite.nn.optim.lr_scheduler.curves import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    StepLR,
)
from autograd_lite.nn.optim.lr_scheduler.one_cycle import OneCycleLR
from autograd_lite.nn.optim.lr_scheduler.plateau import ReduceLROnPlateau
from autograd_lite.nn.optim.lr_scheduler.schedule import LRScheduler, SequentialLR

__all__ = [
    "CosineAnnealingLR", "ExponentialLR", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "OneCycleLR",
    "ReduceLROnPlateau", "SequentialLR", "StepLR",
]  # fmt: skip
