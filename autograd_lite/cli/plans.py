"""How to train: what the options say, and for what they do not say a choice that learns each named set in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from autograd_lite.data import Dataset
from autograd_lite.data.scaling import Method


@dataclass(frozen=True)
class Plan:
    """A network and how to train it.

    Parameters
    ----------
    hidden : tuple of int
        The sizes of the hidden layers.
    epochs : int
    lr : float
    batch : int or None
        None (and 0) for all rows at once.
    activation, optimizer, schedule : str
    scaling : {"standard", "minmax", "none"}
    momentum, weight_decay : float or None
        For optimizers that have them; None for their own.
    clip_norm : float or None
    target_loss, patience, grad_norm, max_seconds, validation : number or None
        When to stop, as `nn.fit` has it.
    engine : {"auto", "eager", "python", "llvm"}
    """

    hidden: tuple[int, ...]
    epochs: int
    lr: float
    batch: int | None = 16
    activation: str = "tanh"
    optimizer: str = "adam"
    schedule: str = "cosine"
    scaling: Method = "standard"
    momentum: float | None = None
    weight_decay: float | None = None
    clip_norm: float | None = None
    target_loss: float | None = None
    patience: int | None = None
    grad_norm: float | None = None
    max_seconds: float | None = None
    validation: float | None = None
    engine: str = "auto"

    def changed(self, given: Mapping[str, Any]) -> "Plan":
        """The plan with what was asked for in place of its own; what is None was not asked for.

        >>> Plan((16,), 40, 0.02).changed({"optimizer": "sgd", "epochs": None}).lr
        0.1
        """
        plan, optimizer = self, given.get("optimizer")
        # A rate suits one optimizer: another one has its own.
        if optimizer is not None and optimizer != plan.optimizer:
            plan = replace(plan, lr=OPTIMIZERS[optimizer][1])
            if optimizer == "lbfgs":  # a method for all rows at once, with a rate that its line search makes
                plan = replace(plan, batch=None, schedule="constant", epochs=min(plan.epochs, 50))
        own = {field.name for field in fields(Plan)}
        return replace(plan, **{name: value for name, value in given.items() if name in own and value is not None})


#: Name on the command line: name in `nn.optim.OPTIMIZERS`, a learning rate that usually works, and other arguments.
OPTIMIZERS: dict[str, tuple[str, float, dict[str, Any]]] = {
    "sgd": ("sgd", 0.1, {}),
    "momentum": ("sgd", 0.05, {"momentum": 0.9}),
    "nesterov": ("sgd", 0.05, {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("adagrad", 0.1, {}),
    "rmsprop": ("rmsprop", 0.01, {}),
    "adadelta": ("adadelta", 1.0, {}),
    "adam": ("adam", 0.01, {}),
    "adamw": ("adamw", 0.01, {}),
    "lbfgs": ("lbfgs", 1.0, {}),
}
#: See `training.make_schedule`.
SCHEDULES = ("constant", "cosine", "exponential", "step", "warmup", "plateau", "one-cycle")

_GATE = Plan((), 400, 0.3, None, schedule="constant", scaling="none", target_loss=0.05)
_CURVED_GATE = Plan((4,), 500, 0.1, None, schedule="constant", scaling="none", target_loss=0.02)

PLANS: dict[str, Plan] = {
    **dict.fromkeys(("and", "or", "nand", "nor"), _GATE),
    **dict.fromkeys(("xor", "xnor"), _CURVED_GATE),
    "toy": Plan((4, 4), 60, 0.02, 8),
    "moons": Plan((16, 16), 40, 0.02),
    "circles": Plan((16, 16), 30, 0.02),
    "spirals": Plan((16, 16), 60, 0.02),
    "xor_blobs": Plan((8,), 40, 0.02),
    "blobs": Plan((8,), 20, 0.02),
    "sine": Plan((16,), 200, 0.02),
    "polynomial": Plan((16,), 200, 0.02),
    "iris": Plan((16,), 40, 0.02),
    "wine": Plan((16,), 15, 0.01),
    "breast_cancer": Plan((16,), 10, 0.01),
    "digits": Plan((32,), 12, 0.01, 32, "relu"),
    "diabetes": Plan((16,), 15, 0.01),
}


def plan_for(dataset: Dataset, *, file: bool = False) -> Plan:
    """The choice for a named set; for a file one by its size.

    Parameters
    ----------
    dataset : Dataset
    file : bool, default False
        Whether it was read from a file, whose name means nothing.
    """
    if not file and dataset.name in PLANS:
        return PLANS[dataset.name]
    # About 20,000 samples go through the network in all, whatever the length of the file.
    epochs = max(3, min(60, 20_000 // len(dataset)))
    return Plan((16, 16) if dataset.n_features <= 8 else (16,), epochs, 0.01, 16 if len(dataset) < 2000 else 32)
