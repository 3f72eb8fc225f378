"""Optimizers and schedules by the names of the command line."""

import math
from typing import Any

from autograd_lite.cli.errors import misused
from autograd_lite.cli.plans import Plan
from autograd_lite.nn import optim
from autograd_lite.nn.optim import lr_scheduler

#: Name on the command line: name in `nn.optim.OPTIMIZERS`, and arguments.
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("sgd", {}),
    "momentum": ("sgd", {"momentum": 0.9}),
    "nesterov": ("sgd", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("adagrad", {}),
    "rmsprop": ("rmsprop", {}),
    "adadelta": ("adadelta", {}),
    "adam": ("adam", {}),
    "adamw": ("adamw", {}),
    "lbfgs": ("lbfgs", {}),
}


#: See `make_schedule`.
SCHEDULES = ("constant", "cosine", "exponential", "step", "warmup", "plateau", "one-cycle")


def make_optimizer(model: Any, plan: Plan) -> optim.Optimizer:
    """The optimizer of a plan, for the parameters of `model`."""
    kind, options = OPTIMIZERS[plan.optimizer]
    options = dict(options)
    if plan.momentum is not None:
        if kind not in ("sgd", "rmsprop"):
            misused(f"--momentum goes with --optimizer sgd, momentum, nesterov or rmsprop, not {plan.optimizer}")
        options["momentum"] = plan.momentum
    if plan.weight_decay is not None:
        if kind == "lbfgs":
            misused("--weight-decay goes with the other optimizers, not with lbfgs")
        options["weight_decay"] = plan.weight_decay
    try:
        make: Any = optim.OPTIMIZERS[kind]
        optimizer: optim.Optimizer = make(model, lr=plan.lr, **options)
        return optimizer
    except ValueError as error:
        misused(f"--optimizer {plan.optimizer}: {error}")


def make_schedule(
    name: str, optimizer: optim.Optimizer, lr: float, epochs: int, steps_per_epoch: int
) -> lr_scheduler.LRScheduler | None:
    """The schedule called `name`, laid out over the epochs; None for a constant rate.

    Parameters
    ----------
    name : str
        "cosine" falls to a hundredth along half a cosine, "exponential" to a hundredth by the same factor each epoch, "step"
        by ten after each third, "warmup" rises over the first tenth and falls as cosine, "plateau" halves the rate when the
        loss has not improved for five epochs, "one-cycle" rises and falls with every step.
    optimizer : Optimizer
    lr : float
    epochs, steps_per_epoch : int

    Examples
    --------
    >>> from autograd_lite import Value
    >>> schedule = make_schedule("cosine", optim.SGD([Value(0.0)], lr=0.1), 0.1, 10, 1)
    >>> [round(schedule.rate(0.1, epoch), 4) for epoch in (0, 5, 10)]
    [0.1, 0.0505, 0.001]
    """
    match name:
        case "cosine":
            return lr_scheduler.CosineAnnealingLR(optimizer, epochs, eta_min=lr / 100)
        case "exponential":
            return lr_scheduler.ExponentialLR(optimizer, math.exp(math.log(0.01) / epochs))
        case "step":
            return lr_scheduler.StepLR(optimizer, max(1, math.ceil(epochs / 3)))
        case "warmup":
            rise = max(1, epochs // 10)
            up = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=rise)
            down = lr_scheduler.CosineAnnealingLR(optimizer, max(1, epochs - rise), eta_min=lr / 100)
            return lr_scheduler.SequentialLR(optimizer, [up, down], [rise])
        case "plateau":
            return lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=5)
        case "one-cycle":
            cycles = "betas" in optimizer.defaults or "momentum" in optimizer.defaults
            return lr_scheduler.OneCycleLR(optimizer, lr, total_steps=epochs * steps_per_epoch, cycle_momentum=cycles)
        case _:
            return None
