"""Small networks of scalars: neurons, layers, losses, gradient descent, a training loop.

>>> from autograd_lite import nn
>>> model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
>>> xs, ys = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
>>> history = nn.fit(model, xs, ys, loss=nn.bce_with_logits, optimizer=nn.SGD(model, lr=0.5, momentum=0.9), epochs=300)
>>> history.losses[-1] < 0.05
True
"""

from autograd_lite.nn.layers import MLP, Layer, Neuron
from autograd_lite.nn.losses import bce_with_logits, cross_entropy, hinge, mse
from autograd_lite.nn.module import Module
from autograd_lite.nn.optim import SGD
from autograd_lite.nn.training import History, fit

__all__ = ["MLP", "SGD", "History", "Layer", "Module", "Neuron", "bce_with_logits", "cross_entropy", "fit", "hinge", "mse"]
