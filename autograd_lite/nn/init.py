"""How weights begin: `init(rng, nin, nout) -> float`, by name or as a function of one's own.

The formulas keep the spread of activations (and of gradients) the same from layer to layer: Glorot and Bengio (2010) for
functions like tanh, which are the identity near 0; He et al. (2015) for the ReLU family, which loses half of its input.

Zeros are there to see why not: all neurons of a layer compute the same, get the same gradient, and stay the same for ever.

>>> from autograd_lite import nn
>>> model = nn.MLP(2, [3, 1], activation="tanh", init="zeros")
>>> descent = nn.optim.SGD(model.parameters(), lr=0.5)
>>> for _ in range(20):
...     model.zero_grad()
...     nn.mse(model([1.0, -1.0]), 1.0).backward()
...     descent.step()
>>> len({tuple(w.data for w in neuron.w) for neuron in model.layers[0].neurons})
1
"""

import math
import random
from collections.abc import Callable

from autograd_lite.nn.arguments import unknown

Init = Callable[[random.Random, int, int], float]

#: The activations that He's factor is meant for.
RECTIFIERS = frozenset({"relu", "leaky_relu", "elu", "selu", "gelu", "silu", "swish", "softplus"})


def zeros(rng: random.Random, nin: int, nout: int) -> float:
    """0: every neuron the same, so nothing but the biases is learned apart."""
    return 0.0


def uniform(rng: random.Random, nin: int, nout: int) -> float:
    """Uniform in (-1, 1), as in micrograd."""
    return rng.uniform(-1.0, 1.0)


def normal(rng: random.Random, nin: int, nout: int) -> float:
    """Normal with mean 0 and standard deviation 1."""
    return rng.gauss(0.0, 1.0)


def xavier_uniform(rng: random.Random, nin: int, nout: int) -> float:
    """Uniform within sqrt(6 / (nin + nout)) of 0."""
    bound = math.sqrt(6.0 / (nin + nout))
    return rng.uniform(-bound, bound)


def xavier_normal(rng: random.Random, nin: int, nout: int) -> float:
    """Normal with variance 2 / (nin + nout)."""
    return rng.gauss(0.0, math.sqrt(2.0 / (nin + nout)))


def he_uniform(rng: random.Random, nin: int, nout: int) -> float:
    """Uniform within sqrt(6 / nin) of 0."""
    bound = math.sqrt(6.0 / nin)
    return rng.uniform(-bound, bound)


def he_normal(rng: random.Random, nin: int, nout: int) -> float:
    """Normal with variance 2 / nin."""
    return rng.gauss(0.0, math.sqrt(2.0 / nin))


def lecun_uniform(rng: random.Random, nin: int, nout: int) -> float:
    """Uniform within sqrt(3 / nin) of 0, which keeps the variance of a linear layer."""
    bound = math.sqrt(3.0 / nin)
    return rng.uniform(-bound, bound)


#: The initialisations by name; Glorot is Xavier and Kaiming is He.
INITS: dict[str, Init] = {
    init.__name__: init
    for init in (zeros, uniform, normal, xavier_uniform, xavier_normal, he_uniform, he_normal, lecun_uniform)
}
for _also, _name in (("xavier", "xavier"), ("glorot", "xavier"), ("he", "he"), ("kaiming", "he")):
    INITS[_also] = INITS[f"{_name}_uniform"]
    for _spread in ("uniform", "normal"):
        INITS[f"{_also}_{_spread}"] = INITS[f"{_name}_{_spread}"]


def initialisation(init: str | Init | None, activation: str) -> Init:
    """The function for an `init` argument; for None, He's for the ReLU family and Xavier's for the others.

    Raises
    ------
    ValueError
        If there is none of that name.
    TypeError
        If it is neither a name nor a function.
    """
    if init is None:
        return he_uniform if activation in RECTIFIERS else xavier_uniform
    if isinstance(init, str):
        if init not in INITS:
            raise ValueError(unknown("initialisation", init, INITS))
        return INITS[init]
    if not callable(init):
        raise TypeError(f"init is a name or a function init(rng, nin, nout) -> float, not {init!r}")
    return init
