"""Losses as modules, with PyTorch's class names: `loss = MSELoss(); loss(prediction, target)`."""

from collections.abc import Callable
from typing import Any, ClassVar

from autograd_lite.nn.losses import binary, classes, regression
from autograd_lite.nn.losses.shapes import check_reduction
from autograd_lite.nn.modules.module import Module


class Loss(Module):
    """A loss with its options chosen: called with a prediction and a target.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> MSELoss("sum")([1.0, 2.0], [0.0, 0.0]), HuberLoss(delta=0.5)
    (5.0, HuberLoss(reduction='mean', delta=0.5))
    """

    #: The function that computes it.
    function: ClassVar[Callable[..., Any]]

    def __init_subclass__(cls, function: Callable[..., Any] | None = None) -> None:
        super().__init_subclass__()
        if function is not None:
            cls.function = staticmethod(function)

    def __init__(self, reduction: str = "mean", **options: float) -> None:
        check_reduction(reduction)
        self.reduction = reduction
        self._options = options

    def __call__(self, prediction: Any, target: Any) -> Any:  # type: ignore[override]
        """The loss of a prediction."""
        return type(self).function(prediction, target, self.reduction, **self._options)

    def __repr__(self) -> str:
        options = {"reduction": self.reduction, **self._options}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in options.items())})"


class MSELoss(Loss, function=regression.mse):
    """See `mse`."""


class L1Loss(Loss, function=regression.mae):
    """See `mae`."""


class HuberLoss(Loss, function=regression.huber):
    """See `huber`."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction, delta=delta)


class BCELoss(Loss, function=binary.bce):
    """See `bce`."""


class BCEWithLogitsLoss(Loss, function=binary.bce_with_logits):
    """See `bce_with_logits`."""


class CrossEntropyLoss(Loss, function=classes.cross_entropy):
    """See `cross_entropy`."""


class NLLLoss(Loss, function=classes.nll):
    """See `nll`."""


class HingeLoss(Loss, function=binary.hinge):
    """See `hinge`."""


class KLDivLoss(Loss, function=classes.kl_div):
    """See `kl_div`."""
