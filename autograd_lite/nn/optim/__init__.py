"""Optimizers: what to do with the gradients.  PyTorch's names, arguments and steps.

>>> from autograd_lite import nn
>>> model = nn.MLP(2, [3, 1], seed=0)
>>> nn.optim.Adam(model.parameters(), lr=0.01)
Adam of 13 parameters
  group 0 (13): lr=0.01, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0, amsgrad=False, maximize=False
"""

from collections.abc import Callable
from functools import partial
from typing import Never

from autograd_lite.hints import missing
from autograd_lite.nn.optim import lr_scheduler
from autograd_lite.nn.optim.adam import Adam, AdamW
from autograd_lite.nn.optim.adaptive import Adadelta, Adagrad, RMSprop
from autograd_lite.nn.optim.clip import clip_grad_norm_, clip_grad_value_, grad_norm
from autograd_lite.nn.optim.lbfgs import LBFGS
from autograd_lite.nn.optim.optimizer import Optimizer
from autograd_lite.nn.optim.sgd import SGD

#: The optimizers that can be named, as in `fit(optimizer="adam")`.
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    **{kind.__name__.lower(): kind for kind in (SGD, Adagrad, RMSprop, Adadelta, Adam, AdamW)},
    "lbfgs": partial(LBFGS, line_search_fn="strong_wolfe"),
}

__all__ = [
    "LBFGS", "OPTIMIZERS", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "clip_grad_norm_",
    "clip_grad_value_", "grad_norm", "lr_scheduler",
]  # fmt: skip


def __getattr__(name: str) -> Never:
    raise missing(__name__, name, __all__)
