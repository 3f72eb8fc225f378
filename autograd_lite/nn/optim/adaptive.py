"""Adagrad, RMSprop and Adadelta: each parameter with a step of its own size."""

from collections.abc import Mapping
from typing import Any, ClassVar

from autograd_lite.engine.value import Value
from autograd_lite.nn.arguments import FRACTION, NOT_NEGATIVE, PART, POSITIVE, Range
from autograd_lite.nn.optim.optimizer import Optimizer, Params, larger, options_of, root


class Adagrad(Optimizer):
    """Divide by the root of the sum of all squared gradients so far (Duchi et al. 2011), so steep slopes get small steps.

    Parameters
    ----------
    params : Module, iterable of Value, or list of groups
    lr : float, default 1e-2
    lr_decay : float, default 0.0
        The rate is lr / (1 + (step - 1) * lr_decay).
    weight_decay : float, default 0.0
    initial_accumulator_value : float, default 0.0
    eps : float, default 1e-10
    maximize : bool, default False

    Examples
    --------
    >>> from autograd_lite import Value
    >>> x = Value(1.0); descent = Adagrad([x], lr=0.5)
    >>> (x * x).backward(); descent.step(); round(x.data, 6)
    0.5
    """

    ranges: ClassVar[Mapping[str, Range]] = {
        **Optimizer.ranges,
        "lr_decay": NOT_NEGATIVE,
        "initial_accumulator_value": NOT_NEGATIVE,
        "eps": POSITIVE,
    }

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals()))

    def displacement(self, grad: float, state: dict[str, Any], group: Mapping[str, Any]) -> float:
        """See `Optimizer.displacement`."""
        step = state["step"] = state.get("step", 0) + 1
        total = state["sum"] = state.get("sum", group["initial_accumulator_value"]) + grad * grad
        rate = group["lr"] / (1.0 + (step - 1) * group["lr_decay"])
        return rate * grad / (root(total) + group["eps"])  # type: ignore[no-any-return]


class RMSprop(Optimizer):
    """Divide by the root of a running mean of squared gradients (Hinton's lecture of 2012).

    Parameters
    ----------
    params : Module, iterable of Value, or list of groups
    lr : float, default 1e-2
    alpha : float, default 0.99
        How slowly the mean forgets, in [0, 1].
    eps : float, default 1e-8
    weight_decay, momentum : float, default 0.0
    centered : bool, default False
        Divide by the standard deviation of the gradients instead (Graves 2013).
    maximize : bool, default False

    Examples
    --------
    >>> from autograd_lite import Value
    >>> x = Value(1.0); descent = RMSprop([x], lr=0.01)
    >>> (x * x).backward(); descent.step(); round(x.data, 6)
    0.9
    """

    cycled = "momentum"
    ranges: ClassVar[Mapping[str, Range]] = {**Optimizer.ranges, "alpha": PART, "eps": POSITIVE, "momentum": FRACTION}

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals()))

    def displacement(self, grad: float, state: dict[str, Any], group: Mapping[str, Any]) -> float:
        """See `Optimizer.displacement`."""
        alpha = group["alpha"]
        mean_square = state["square_avg"] = alpha * state.get("square_avg", 0.0) + (1.0 - alpha) * grad * grad
        if group["centered"]:
            mean = state.get("grad_avg", 0.0)
            mean = state["grad_avg"] = mean + (1.0 - alpha) * (grad - mean)
            # Rounding can bring the variance of a constant gradient below 0.
            mean_square = larger(0.0, mean_square - mean * mean)
        move = grad / (root(mean_square) + group["eps"])
        momentum = group["momentum"]
        if isinstance(momentum, Value) or momentum:  # a Value where the update is being recorded
            move = state["momentum_buffer"] = momentum * state.get("momentum_buffer", 0.0) + move
        return group["lr"] * move  # type: ignore[no-any-return]


class Adadelta(Optimizer):
    """Steps in the units of the parameter: running means of squared gradients and of squared steps (Zeiler 2012).

    Parameters
    ----------
    params : Module, iterable of Value, or list of groups
    lr : float, default 1.0
    rho : float, default 0.9
        How slowly the means forget, in [0, 1].
    eps : float, default 1e-6
    weight_decay : float, default 0.0
    maximize : bool, default False

    Examples
    --------
    >>> from autograd_lite import Value
    >>> x = Value(1.0); descent = Adadelta([x])
    >>> (x * x).backward(); descent.step(); round(x.data, 6)
    0.996838
    """

    ranges: ClassVar[Mapping[str, Range]] = {**Optimizer.ranges, "rho": PART, "eps": POSITIVE}

    def __init__(
        self,
        params: Params,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals()))

    def displacement(self, grad: float, state: dict[str, Any], group: Mapping[str, Any]) -> float:
        """See `Optimizer.displacement`."""
        rho, eps = group["rho"], group["eps"]
        squares = state["square_avg"] = rho * state.get("square_avg", 0.0) + (1.0 - rho) * grad * grad
        moves = state.get("acc_delta", 0.0)
        move = root(moves + eps) / root(squares + eps) * grad
        state["acc_delta"] = rho * moves + (1.0 - rho) * move * move
        return group["lr"] * move  # type: ignore[no-any-return]
