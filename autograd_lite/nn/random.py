"""Where random numbers come from: a `random.Random` of one's own wherever a seed is given, never Python's global one."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

#: A seed, a generator that is drawn from, or nothing (then the package's own generator is used).
Seed = int | random.Random | None

_default = random.Random()
#: What is asked for a number in place of a generator.
_stand_in: ContextVar[Callable[[random.Random], Any] | None] = ContextVar("stand_in", default=None)


def uniform(generator: random.Random) -> Any:
    """A number in [0, 1) for a layer that draws anew at each call: a plain one, or in a training step that is recorded a Value.

    >>> uniform(random.Random(1))
    0.13436424411240122
    """
    stand_in = _stand_in.get()
    return generator.random() if stand_in is None else stand_in(generator)


@contextmanager
def drawing(stand_in: Callable[[random.Random], Any]) -> Iterator[None]:
    """Let `uniform` give what this does with the generator."""
    token = _stand_in.set(stand_in)
    try:
        yield
    finally:
        _stand_in.reset(token)


def manual_seed(seed: int) -> random.Random:
    """Seed the generator that modules without a seed of their own draw from.

    Parameters
    ----------
    seed : int

    Returns
    -------
    random.Random
        That generator.

    Examples
    --------
    >>> from autograd_lite import nn
    >>> _ = nn.manual_seed(0); a = nn.MLP(2, [3, 1])
    >>> _ = nn.manual_seed(0); b = nn.MLP(2, [3, 1])
    >>> a.state_dict() == b.state_dict()
    True
    """
    _default.seed(_whole(seed))
    return _default


def generator(seed: Seed) -> random.Random:
    """The generator for a `seed` argument.

    Raises
    ------
    TypeError
        If `seed` is none of the kinds accepted.
    """
    if seed is None:
        return _default
    return seed if isinstance(seed, random.Random) else random.Random(_whole(seed))


def _whole(seed: object) -> int:
    # Other objects would be accepted by random.Random and give numbers that differ from run to run.
    if hasattr(seed, "__index__"):
        return int(seed.__index__())
    raise TypeError(f"a seed is a whole number, a random.Random or None, not {seed!r}")
