"""`Dropout`: leave out inputs at random while training (Srivastava et al. 2014)."""

from typing import Any

from autograd_lite.engine.functions import where
from autograd_lite.engine.value import Value
from autograd_lite.nn.arguments import PART, is_finite
from autograd_lite.nn.modules.module import Module
from autograd_lite.nn.random import Seed, generator, uniform


class Dropout(Module):
    """Each input is 0 with probability `p` while training, and 1 / (1 - p) times itself otherwise; all pass in use.

    Parameters
    ----------
    p : float, default 0.5
        In [0, 1].
    seed : int or random.Random, optional
        Its generator's state is part of a checkpoint.

    Examples
    --------
    >>> drop = Dropout(0.5, seed=1)
    >>> drop([1.0, 1.0, 1.0, 1.0])
    [0.0, 2.0, 2.0, 0.0]
    >>> drop.eval()([1.0, 1.0])
    [1.0, 1.0]
    """

    def __init__(self, p: float = 0.5, seed: Seed = None) -> None:
        PART.check("p", p, "the probability to drop an input")
        self.p = p
        self._rng = generator(seed)

    def forward(self, x: Any) -> Any:
        """`x` (a number or a list), with some of it left out while training: times 0, so that a Value stays one and nan stays nan."""
        if not self.training or self.p == 0.0:
            return x
        if isinstance(x, Value) or not hasattr(x, "__iter__"):
            return self._drop(x)
        return [self._drop(one) for one in x]

    def _drop(self, x: Any) -> Any:
        drawn, kept = uniform(self._rng), 1.0 / (1.0 - self.p) if self.p < 1.0 else 0.0
        if isinstance(drawn, Value):
            return x * where(drawn >= self.p, kept, 0.0)
        return x * (kept if drawn >= self.p else 0.0)

    def get_extra_state(self) -> Any:
        """The state of the generator."""
        version, words, gauss = self._rng.getstate()
        return [version, list(words), gauss]

    def set_extra_state(self, state: Any) -> None:
        """Go on drawing where the generator of `get_extra_state` was."""
        version, words, gauss = state
        if gauss is not None and not is_finite(gauss):
            raise ValueError(f"the state of a generator ends in a number or None, not {gauss!r}")
        self._rng.setstate((version, tuple(words), gauss))

    def config(self) -> dict[str, Any]:
        """See `Module.config`."""
        return {"p": self.p}

    def __repr__(self) -> str:
        return f"Dropout(p={self.p!r})"
