"""From scikit-learn's arguments to the optimizers and schedules of this package."""

from dataclasses import dataclass
from typing import Any

from autograd_lite.nn.arguments import FRACTION, NOT_NEGATIVE, POSITIVE, Range, check_count
from autograd_lite.nn.modules.mlp import MLP
from autograd_lite.nn.optim import LBFGS, OPTIMIZERS, Optimizer
from autograd_lite.nn.optim.lr_scheduler import LambdaLR, LRScheduler, ReduceLROnPlateau

LEARNING_RATES = ("constant", "invscaling", "adaptive")

#: Below this rate "adaptive" ends training, as in scikit-learn.
SLOWEST = 1e-6

_RANGES = {
    "alpha": NOT_NEGATIVE,
    "learning_rate_init": POSITIVE,
    "power_t": NOT_NEGATIVE,
    "tol": NOT_NEGATIVE,
    "momentum": FRACTION,
    "beta_1": FRACTION,
    "beta_2": FRACTION,
    "epsilon": POSITIVE,
    "validation_fraction": Range(0.0, 1.0, open_low=True, open_high=True),
}


def check_arguments(estimator: Any) -> list[int]:
    """Refuse arguments that make no sense; the sizes of the hidden layers.

    Raises
    ------
    ValueError
        Saying which, and what is accepted.
    TypeError
        If what should be a number is none.
    """
    hidden = estimator.hidden_layer_sizes
    sizes = [hidden] if not hasattr(hidden, "__iter__") else list(hidden)
    sizes = [check_count("each of hidden_layer_sizes", size) for size in sizes]
    for name, accepted in _RANGES.items():
        accepted.check(name, getattr(estimator, name))
    check_count("max_iter", estimator.max_iter)
    check_count("n_iter_no_change", estimator.n_iter_no_change)
    if estimator.batch_size != "auto":
        check_count("batch_size", estimator.batch_size, instead='"auto" is min(200, samples)')
    for name, known in (("solver", tuple(OPTIMIZERS)), ("learning_rate", LEARNING_RATES)):
        if getattr(estimator, name) not in known:
            raise ValueError(f"{name} is one of {', '.join(known)}; not {getattr(estimator, name)!r}")
    return sizes


def make_optimizer(estimator: Any, model: MLP) -> Optimizer:
    """The optimizer that `solver` names, with the options that go with it."""
    if estimator.solver == "lbfgs":  # one iteration in an epoch, so that max_iter counts iterations
        return LBFGS(model, lr=1.0, max_iter=1, max_eval=26, line_search_fn="strong_wolfe")
    options: dict[str, Any] = {"lr": estimator.learning_rate_init}
    if estimator.solver == "sgd":
        options["momentum"] = estimator.momentum
        options["nesterov"] = bool(estimator.nesterovs_momentum and estimator.momentum)
    elif estimator.solver in ("adam", "adamw"):
        options["betas"] = (estimator.beta_1, estimator.beta_2)
        options["eps"] = estimator.epsilon
    return OPTIMIZERS[estimator.solver](model, **options)


def make_schedule(estimator: Any, optimizer: Optimizer, samples: int) -> LRScheduler | None:
    """The schedule that `learning_rate` names; None for a constant rate."""
    if estimator.solver == "lbfgs" or estimator.learning_rate == "constant":
        return None
    if estimator.learning_rate == "invscaling":
        return LambdaLR(optimizer, InverseScaling(samples, estimator.power_t))
    return ReduceLROnPlateau(
        optimizer,
        factor=0.2,
        patience=estimator.n_iter_no_change,
        threshold=estimator.tol,
        threshold_mode="abs",
        eps=0.0,
    )


@dataclass(frozen=True)
class InverseScaling:
    """One over a power of the number of samples seen; an object, so that an estimator can be pickled.

    >>> InverseScaling(samples=3, power=0.5)(1)
    0.5
    """

    samples: int
    power: float

    def __call__(self, epoch: int) -> float:
        """The factor after so many epochs."""
        return float((epoch * self.samples + 1) ** -self.power)
