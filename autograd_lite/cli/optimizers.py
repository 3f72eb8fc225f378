"""Optimizers and schedules by the names of the command line."""

import math
from typing import Any

from autograd_lite.cli.errors import misused
from autograd_lite.nn import optim

#: Name on the command line: class in `autograd_lite.nn.optim`, and its arguments.
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "adadelta": ("Adadelta", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
}
SCHEDULES = ("constant", "cosine", "exponential", "step", "warmup")


def make_optimizer(name: str, model: Any, lr: float, args: Any) -> Any:
    """The optimizer called `name` for the parameters of `model`."""
    kind, options = OPTIMIZERS[name]
    options = dict(options)
    for option in ("momentum", "weight_decay"):
        value = getattr(args, option, None)
        if value is not None:
            if option == "momentum" and kind != "SGD":
                misused(f"--momentum goes with --optimizer sgd, momentum or nesterov, not {name}")
            options[option] = value
    return getattr(optim, kind)(model.parameters(), lr=lr, **options)


def rate_at(schedule: str, lr: float, epoch: int, epochs: int) -> float:
    """The learning rate after `epoch` of `epochs`.

    Parameters
    ----------
    schedule : {"constant", "cosine", "exponential", "step", "warmup"}
        Cosine falls to a hundredth along half a cosine; exponential to a hundredth by the same factor each epoch; step by
        ten after half and after three quarters; warmup rises over the first tenth, then falls as cosine.
    lr : float
        The rate given.
    epoch, epochs : int

    Examples
    --------
    >>> [round(rate_at("cosine", 0.1, epoch, 10), 4) for epoch in (0, 5, 10)]
    [0.1, 0.0505, 0.001]
    """
    done = epoch / epochs
    match schedule:
        case "cosine":
            return lr * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * done)))
        case "exponential":
            return float(lr * 0.01**done)
        case "step":
            return lr * (0.01 if done >= 0.75 else 0.1 if done >= 0.5 else 1.0)
        case "warmup":
            if done < 0.1:
                return lr * max(0.1, done / 0.1)
            return lr * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * (done - 0.1) / 0.9)))
        case _:
            return lr
