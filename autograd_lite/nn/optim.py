"""Optimizers: what to do with the gradients.  PyTorch's names and arguments."""

from collections.abc import Iterable
from typing import Any

from autograd_lite import Value
from autograd_lite.nn.module import Module


class SGD:
    """Gradient descent, plain or with momentum: v = momentum * v + grad;  p = p - lr * v.

    Parameters
    ----------
    params : Module or iterable of Value
    lr : float
        The learning rate, above 0.
    momentum : float, default 0.0
        In [0, 1).
    weight_decay : float, default 0.0
        Adds weight_decay * p to the gradient.

    Examples
    --------
    >>> x = Value(0.0)
    >>> descent = SGD([x], lr=0.1)
    >>> for _ in range(100):
    ...     descent.zero_grad()
    ...     (x * x + 7 * x + 2).backward()
    ...     descent.step()
    >>> round(x.data, 6)
    -3.5
    """

    def __init__(
        self, params: Module | Iterable[Value], lr: float, momentum: float = 0.0, weight_decay: float = 0.0
    ) -> None:
        if not lr > 0.0:
            raise ValueError(f"the learning rate is above 0, not {lr!r}")
        if not 0.0 <= momentum < 1.0:
            raise ValueError(f"the momentum is at least 0 and below 1, not {momentum!r}")
        self.parameters = params.parameters() if isinstance(params, Module) else list(params)
        if not self.parameters:
            raise ValueError("there are no parameters to optimize")
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self._velocity = [0.0] * len(self.parameters)

    def zero_grad(self) -> None:
        """Forget the gradient of every parameter."""
        for parameter in self.parameters:
            parameter.zero_grad()

    def step(self) -> None:
        """Move every parameter against its gradient."""
        for k, parameter in enumerate(self.parameters):
            direction = parameter.grad + self.weight_decay * parameter.data
            if self.momentum:
                direction = self._velocity[k] = self.momentum * self._velocity[k] + direction
            parameter.data -= self.lr * direction

    def state_dict(self) -> dict[str, Any]:
        """What has to be kept to go on as if never interrupted."""
        return {
            "lr": self.lr,
            "momentum": self.momentum,
            "weight_decay": self.weight_decay,
            "velocity": list(self._velocity),
        }
