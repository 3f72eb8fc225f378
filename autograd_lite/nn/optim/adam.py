"""Adam and AdamW: momentum, scaled by the size of recent gradients."""

from collections.abc import Mapping
from typing import Any, ClassVar

from autograd_lite.nn.arguments import FRACTION, POSITIVE, Range
from autograd_lite.nn.optim.optimizer import Optimizer, Params, larger, options_of, root


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015), with AMSGrad (Reddi et al. 2018) as an option.

    m = b1 * m + (1 - b1) * g;  v = b2 * v + (1 - b2) * g * g;  p = p - lr * m' / (sqrt(v') + eps), where m' and v' are
    corrected for having begun at 0.

    Parameters
    ----------
    params : Module, iterable of Value, or list of groups
    lr : float, default 1e-3
    betas : (float, float), default (0.9, 0.999)
        How slowly the two averages forget; in [0, 1).
    eps : float, default 1e-8
        Above 0: a gradient of 0 would be divided by 0.
    weight_decay : float, default 0.0
        Adds weight_decay * p to the gradient.
    amsgrad : bool, default False
        Divide by the largest v so far.
    maximize : bool, default False

    Examples
    --------
    >>> from autograd_lite import Value
    >>> x = Value(1.0); adam = Adam([x], lr=0.1)
    >>> (x * x).backward(); adam.step(); round(x.data, 6)
    0.9
    """

    cycled = "betas"
    ranges: ClassVar[Mapping[str, Range]] = {**Optimizer.ranges, "eps": POSITIVE}

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals()))

    def check(self, options: Mapping[str, Any]) -> None:
        """See `Optimizer.check`."""
        super().check(options)
        betas = options["betas"]
        if not isinstance(betas, tuple) or len(betas) != 2:
            raise TypeError(f"betas are two numbers, as in betas=(0.9, 0.999); not {betas!r}")
        for k, beta in enumerate(betas):
            FRACTION.check(f"betas[{k}]", beta)

    def displacement(self, grad: float, state: dict[str, Any], group: Mapping[str, Any]) -> float:
        """See `Optimizer.displacement`."""
        beta1, beta2 = group["betas"]
        step = state["step"] = state.get("step", 0) + 1
        m = state["exp_avg"] = beta1 * state.get("exp_avg", 0.0) + (1.0 - beta1) * grad
        v = state["exp_avg_sq"] = beta2 * state.get("exp_avg_sq", 0.0) + (1.0 - beta2) * grad * grad
        if group["amsgrad"]:
            v = state["max_exp_avg_sq"] = larger(state.get("max_exp_avg_sq", 0.0), v)
        spread = root(v) / root(1.0 - beta2**step)
        return group["lr"] / (1.0 - beta1**step) * m / (spread + group["eps"])  # type: ignore[no-any-return]


class AdamW(Adam):
    """Adam with weight decay beside the gradient, not in it (Loshchilov and Hutter 2019): p shrinks by lr * weight_decay.

    Arguments as for `Adam`, with a `weight_decay` of 0.01.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    def update(self, data: float, grad: float, state: dict[str, Any], group: Mapping[str, Any]) -> float:
        """See `Optimizer.update`."""
        data *= 1.0 - group["lr"] * group["weight_decay"]
        return data - self.displacement(grad, state, group)
