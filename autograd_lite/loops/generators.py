"""Random numbers that are drawn once more: the generators that a function draws from, and how they stood."""

import pickle
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd_lite.compiler.errors import TraceError
from autograd_lite.compiler.watch import Watch


class Generators:
    """The generators, Python's and NumPy's, that a function draws from.

    >>> generator = random.Random(1)
    >>> both = Generators(generator.random)
    >>> states = both.states()
    >>> first, second = generator.random(), generator.random()
    >>> with both.at(states):
    ...     generator.random() == first
    True
    """

    def __init__(self, function: Any) -> None:
        try:
            drawn = [one for one, _ in Watch(function).walked().drawn]
        except TraceError as error:
            raise TraceError(
                "scan(..., checkpoint=...) calls the body again for the derivative, where it must do the same, and it "
                f"{str(error).partition(': ')[0].partition(' reads ')[0]} reads what may have changed; leave checkpoint out"
            ) from None
        self._generators: list[Any] = [one if isinstance(one, random.Random) else _numpy(one) for one in drawn]
        self._last: list[bytes] = []

    def states(self) -> list[bytes]:
        """How they stand; the same list as before if none has moved."""
        states = [pickle.dumps(one.getstate()) for one in self._generators]
        if states != self._last:
            self._last = states
        return self._last

    @contextmanager
    def at(self, states: Sequence[bytes]) -> Iterator[None]:
        """Inside they stand as they stood then; behind the block as they stand now."""
        before = [one.getstate() for one in self._generators]
        try:
            for one, state in zip(self._generators, states, strict=True):
                one.setstate(pickle.loads(state))
            yield
        finally:
            for one, now in zip(self._generators, before, strict=True):
                one.setstate(now)


class _numpy:  # noqa: N801 - spelled like what it stands for
    """A generator of NumPy's, old or new, with the methods of Python's."""

    def __init__(self, generator: Any) -> None:
        self._bits = getattr(generator, "bit_generator", getattr(generator, "_bit_generator", generator))

    def getstate(self) -> Any:
        return getattr(self._bits, "state", None)

    def setstate(self, state: Any) -> None:
        if state is not None:
            self._bits.state = state
