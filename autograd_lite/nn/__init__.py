"""Small networks of scalars: neurons, layers, losses, optimizers, a training loop, saving.

>>> from autograd_lite import nn
>>> model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
>>> xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
>>> history = nn.fit(model, xs, ys, loss=nn.bce_with_logits, optimizer=nn.optim.Adam(model, lr=0.1), epochs=200)
>>> history.losses[-1] < 0.05
True

Names are micrograd's (`MLP(2, [16, 16, 1])`, `model.parameters()`, `model.zero_grad()`) and, beyond it, PyTorch's.
"""

from typing import Never

from autograd_lite.hints import missing
from autograd_lite.nn import init, optim
from autograd_lite.nn.init import INITS
from autograd_lite.nn.losses.binary import bce, bce_with_logits, hinge
from autograd_lite.nn.losses.classes import cross_entropy, kl_div, nll
from autograd_lite.nn.losses.modules import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HingeLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    Loss,
    MSELoss,
    NLLLoss,
)
from autograd_lite.nn.losses.names import LOSSES, correct_for
from autograd_lite.nn.losses.penalties import L1, L2, l1, l2
from autograd_lite.nn.losses.regression import huber, mae, mse
from autograd_lite.nn.modules.activations import (
    ACTIVATIONS,
    ELU,
    GELU,
    SELU,
    Activation,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Sin,
    Softmax,
    Softplus,
    Softsign,
    Step,
    Tanh,
)
from autograd_lite.nn.modules.dropout import Dropout
from autograd_lite.nn.modules.layers import Layer, Linear, Neuron
from autograd_lite.nn.modules.mlp import MLP, Sequential
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.modules.perceptron import Perceptron
from autograd_lite.nn.modules.summary import Summary
from autograd_lite.nn.random import manual_seed
from autograd_lite.nn.saving.files import load, load_metadata, save
from autograd_lite.nn.saving.formats import ModelFileError
from autograd_lite.nn.training.errors import TrainingError
from autograd_lite.nn.training.fit import fit
from autograd_lite.nn.training.history import History
from autograd_lite.nn.training.lr_find import LRFinder, lr_find
from autograd_lite.nn.training.predicting import evaluate, predict

__all__ = [
    "ACTIVATIONS", "ELU", "GELU", "INITS", "L1", "L2", "LOSSES", "MLP", "SELU", "Activation", "BCELoss", "BCEWithLogitsLoss",
    "CrossEntropyLoss", "Dropout", "HingeLoss", "History", "HuberLoss", "KLDivLoss", "L1Loss", "LRFinder", "Layer",
    "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax", "Loss", "MSELoss", "ModelFileError", "Module", "NLLLoss", "Neuron",
    "Perceptron", "ReLU", "Sequential", "SiLU", "Sigmoid", "Sin", "Softmax", "Softplus", "Softsign", "Step", "Summary",
    "Tanh", "TrainingError", "bce", "bce_with_logits", "correct_for", "cross_entropy", "evaluate", "fit", "hinge", "huber",
    "init", "kl_div", "l1", "l2", "load", "load_metadata", "lr_find", "mae", "manual_seed", "mse", "nll", "optim", "predict",
    "save",
]  # fmt: skip


def __getattr__(name: str) -> Never:
    raise missing(__name__, name, __all__)
