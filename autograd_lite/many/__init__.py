"""Many networks at once: one model trained from many starts, with many rates, on many data sets, in machine code.

>>> from autograd_lite import many, nn
>>> xs, ys = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
>>> runs = many.train(
...     lambda seed: nn.MLP(2, [4, 1], activation="tanh", seed=seed), xs, ys, {"lr": [0.1, 0.5, 30.0], "seed": range(20)},
...     loss="mse", epochs=300, target=0.01,
... )
>>> runs.summary()
'60 runs: 36 reached the target, after 141.5 epochs in the median; 20 diverged'

`train` gives a table, `Runs`, with a row for each network.
"""

from autograd_lite.many.runs import Runs
from autograd_lite.many.training import train

__all__ = ["Runs", "train"]
