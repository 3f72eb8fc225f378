"""`Perceptron`: one neuron with a step, and the rule that teaches it without a derivative (Rosenblatt 1958)."""

import math
from collections.abc import Sequence
from typing import Any

from autograd_lite.engine.numbers import as_float
from autograd_lite.nn.arguments import POSITIVE, check_count, shown
from autograd_lite.nn.init import Init
from autograd_lite.nn.modules.layers import Neuron, inputs
from autograd_lite.nn.random import Seed


class Perceptron(Neuron):
    """step(w . x + b): 1 where the weighted sum is above 0, otherwise 0.

    Gradient descent cannot teach it: the derivative of the step is 0 wherever there is one, so every gradient is 0.
    `learn` uses the perceptron's own rule instead, which finds a straight boundary whenever there is one, after at most
    (R / margin)**2 mistakes for samples within R of 0 that keep that margin from it (Novikoff 1962).

    Parameters
    ----------
    nin : int
        Number of inputs.
    init : str or callable, default "zeros"
        A single unit has no symmetry to break, so it may begin at 0.
    seed : int or random.Random, optional

    Examples
    --------
    >>> gate = Perceptron(2)
    >>> gate.learn([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
    [1, 3, 3, 2, 1, 0]
    >>> [gate([x, y]).data for x, y in ((0, 0), (0, 1), (1, 0), (1, 1))]
    [0.0, 0.0, 0.0, 1.0]

    Its gradient is 0 whatever the input:

    >>> out = gate([1.0, 0.0]); out.backward()
    >>> [p.grad for p in gate.parameters()]
    [0.0, 0.0, 0.0]
    """

    def __init__(self, nin: int, *, init: str | Init | None = "zeros", seed: Seed = None) -> None:
        super().__init__(nin, activation="step", init=init, seed=seed)

    @classmethod
    def from_weights(cls, weights: Sequence[float], bias: float) -> "Perceptron":
        """A perceptron with weights set by hand.

        >>> nand = Perceptron.from_weights([-0.5, -0.5], 0.7)
        >>> [nand([x, y]).data for x, y in ((0, 0), (0, 1), (1, 0), (1, 1))]
        [1.0, 1.0, 1.0, 0.0]
        """
        unit = cls(len(weights))
        for parameter, number in zip([*unit.w, unit.b], [*weights, bias], strict=True):
            parameter.data = as_float(number)
        return unit

    def learn(self, xs: Sequence[Sequence[float]], ys: Sequence[float], *, lr: float = 1.0, epochs: int = 100) -> list[int]:
        """Teach it by its own rule: after each sample, w += lr * (y - output) * x and b += lr * (y - output).

        Parameters
        ----------
        xs : sequence of rows of float
        ys : sequence of float
            0 or 1 for each row.
        lr : float, default 1.0
        epochs : int, default 100
            The most passes over the data; it ends sooner, after a pass without a mistake.

        Returns
        -------
        list of int
            The number of mistakes in each pass: the last is 0 if a boundary was found.

        Raises
        ------
        ValueError
            If a target is neither 0 nor 1, a row is not finite, there are not as many targets as rows, or `lr` is not above 0.
        """
        POSITIVE.check("lr", lr)
        check_count("epochs", epochs)
        if not len(xs) or len(xs) != len(ys):
            raise ValueError(f"there is at least one row, and a target for each: {len(xs)} rows, {len(ys)} targets")
        for y in ys:
            if y not in (0, 1):
                raise ValueError(f"a perceptron answers 0 or 1, so its targets are 0 and 1; not {y!r}")
        rows = [inputs(x, len(self.w), "this neuron") for x in xs]
        for k, row in enumerate(rows):
            if not all(map(math.isfinite, row)):
                raise ValueError(f"row {k} is {shown(row)}: a perceptron learns from finite numbers")
        mistakes: list[int] = []
        while len(mistakes) < epochs and (not mistakes or mistakes[-1]):
            mistakes.append(sum(self._correct(x, y, lr) for x, y in zip(rows, ys, strict=True)))
        return mistakes

    def _correct(self, x: Sequence[float], y: float, lr: float) -> bool:
        """Apply the rule to one sample; whether the answer was wrong."""
        error = y - self(x).data
        if error:
            for weight, number in zip(self.w, x, strict=True):
                weight.data += lr * error * number
            self.b.data += lr * error
        return bool(error)

    def config(self) -> dict[str, Any]:
        """See `Module.config`."""
        return {"nin": len(self.w)}

    def __repr__(self) -> str:
        return f"Perceptron({len(self.w)})"
