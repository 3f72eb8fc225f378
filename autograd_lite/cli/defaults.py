"""What `train` does when it is told nothing but the data: chosen so that each named set is learned in seconds."""

from dataclasses import dataclass

from autograd_lite.data import Dataset
from autograd_lite.data.scaling import Method


@dataclass(frozen=True)
class Defaults:
    """A network and how to train it.

    Parameters
    ----------
    hidden : tuple of int
        The sizes of the hidden layers.
    epochs : int
    lr : float
    batch : int or None
        None for all rows at once.
    activation, optimizer, schedule : str
    scaling : {"standard", "minmax", "none"}
    target_loss : float or None
        Where to stop early.
    """

    hidden: tuple[int, ...]
    epochs: int
    lr: float
    batch: int | None = 16
    activation: str = "tanh"
    optimizer: str = "adam"
    schedule: str = "cosine"
    scaling: Method = "standard"
    target_loss: float | None = None


#: A learning rate that usually works, for an optimizer that is chosen in place of the default one.
RATES: dict[str, float] = {
    "sgd": 0.1,
    "momentum": 0.05,
    "nesterov": 0.05,
    "adagrad": 0.1,
    "rmsprop": 0.01,
    "adadelta": 1.0,
    "adam": 0.01,
    "adamw": 0.01,
    "lbfgs": 1.0,
}

_GATE = Defaults((), 400, 0.3, None, schedule="constant", scaling="none", target_loss=0.05)
_CURVED_GATE = Defaults((4,), 500, 0.1, None, schedule="constant", scaling="none", target_loss=0.02)

DEFAULTS: dict[str, Defaults] = {
    "and": _GATE,
    "or": _GATE,
    "nand": _GATE,
    "nor": _GATE,
    "xor": _CURVED_GATE,
    "xnor": _CURVED_GATE,
    "toy": Defaults((4, 4), 60, 0.02, 8),
    "moons": Defaults((16, 16), 40, 0.02),
    "circles": Defaults((16, 16), 30, 0.02),
    "spirals": Defaults((16, 16), 60, 0.02),
    "xor_blobs": Defaults((8,), 40, 0.02),
    "blobs": Defaults((8,), 20, 0.02),
    "sine": Defaults((16,), 200, 0.02),
    "polynomial": Defaults((16,), 200, 0.02),
    "iris": Defaults((16,), 40, 0.02),
    "wine": Defaults((16,), 15, 0.01),
    "breast_cancer": Defaults((16,), 10, 0.01),
    "digits": Defaults((32,), 12, 0.01, 32, "relu"),
    "diabetes": Defaults((16,), 15, 0.01),
}


def defaults_for(dataset: Dataset, *, file: bool = False) -> Defaults:
    """The choice for a named set; for a file one by its size.

    Parameters
    ----------
    dataset : Dataset
    file : bool, default False
        Whether it was read from a file, whose name means nothing.
    """
    if not file and dataset.name in DEFAULTS:
        return DEFAULTS[dataset.name]
    # About 20,000 samples go through the network in all, whatever the length of the file.
    epochs = max(3, min(60, 20_000 // len(dataset)))
    return Defaults((16, 16) if dataset.n_features <= 8 else (16,), epochs, 0.01, 16 if len(dataset) < 2000 else 32)
