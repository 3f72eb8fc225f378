"""Gradient descent, plain, with momentum, with Nesterov's."""

from collections.abc import Mapping
from typing import Any, ClassVar

from autograd_lite.engine.value import Value
from autograd_lite.nn.arguments import FRACTION, PART, Range
from autograd_lite.nn.optim.optimizer import Optimizer, Params, options_of


class SGD(Optimizer):
    """Gradient descent, optionally with momentum.

    g = grad + weight_decay * p;  v = momentum * v + (1 - dampening) * g;  p = p - lr * v, where the first v is g itself;
    Nesterov's form moves by g + momentum * v instead (Sutskever et al. 2013).

    Parameters
    ----------
    params : Module, iterable of Value, or list of groups
    lr : float, default 1e-3
        The learning rate.
    momentum : float, default 0.0
        At least 0 and below 1, where the velocity would never fade.
    dampening : float, default 0.0
    weight_decay : float, default 0.0
    nesterov : bool, default False
    maximize : bool, default False
        Climb instead.

    Raises
    ------
    ValueError
        If an option makes no sense.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> x = Value(0.0)
    >>> descent = SGD([x], lr=0.1)
    >>> for _ in range(100):
    ...     descent.zero_grad()
    ...     (x * x + 7 * x + 2).backward()
    ...     descent.step()
    >>> round(x.data, 6)
    -3.5
    """

    cycled = "momentum"
    ranges: ClassVar[Mapping[str, Range]] = {**Optimizer.ranges, "momentum": FRACTION, "dampening": PART}

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, options_of(locals()))

    def check(self, options: Mapping[str, Any]) -> None:
        """See `Optimizer.check`."""
        super().check(options)
        if options["nesterov"] and (options["momentum"] <= 0.0 or options["dampening"] != 0.0):
            raise ValueError(
                f"Nesterov's form needs a momentum above 0 and no dampening, as in SGD(model, momentum=0.9, nesterov=True); "
                f"not momentum={options['momentum']!r} and dampening={options['dampening']!r}"
            )

    def displacement(self, grad: float, state: dict[str, Any], group: Mapping[str, Any]) -> float:
        """See `Optimizer.displacement`."""
        momentum = group["momentum"]
        if isinstance(momentum, Value) or momentum:  # a Value where the update is being recorded
            if "momentum_buffer" in state:
                velocity = momentum * state["momentum_buffer"] + (1.0 - group["dampening"]) * grad
            else:
                velocity = grad
            state["momentum_buffer"] = velocity
            grad = grad + momentum * velocity if group["nesterov"] else velocity
        return group["lr"] * grad  # type: ignore[no-any-return]
