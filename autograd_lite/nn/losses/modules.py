"""Losses as modules, with PyTorch's class names: `loss = MSELoss(); loss(prediction, target)`."""

from collections.abc import Callable
from typing import Any

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
    function: Callable[..., Any]

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


class MSELoss(Loss):
    """See `mse`."""

    function = staticmethod(regression.mse)


class L1Loss(Loss):
    """See `mae`."""

    function = staticmethod(regression.mae)


class HuberLoss(Loss):
    """See `huber`."""

    function = staticmethod(regression.huber)

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction, delta=delta)


class BCELoss(Loss):
    """See `bce`."""

    function = staticmethod(binary.bce)


class BCEWithLogitsLoss(Loss):
    """See `bce_with_logits`."""

    function = staticmethod(binary.bce_with_logits)


class CrossEntropyLoss(Loss):
    """See `cross_entropy`."""

    function = staticmethod(classes.cross_entropy)


class NLLLoss(Loss):
    """See `nll`."""

    function = staticmethod(classes.nll)


class HingeLoss(Loss):
    """See `hinge`."""

    function = staticmethod(binary.hinge)


class KLDivLoss(Loss):
    """See `kl_div`."""

    function = staticmethod(classes.kl_div)
