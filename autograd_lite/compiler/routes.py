"""Arrays of a shape that was met before go to machine code without being taken apart again."""

import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any

from autograd_lite.compiler.axes import Axes, entries
from autograd_lite.compiler.flat import FlatBatch
from autograd_lite.compiler.samples import Samples
from autograd_lite.compiler.vectors import REAL, block, packed

#: So many shapes of arguments are kept.
_MOST = 256


class _Placed(Samples):
    """Samples of which it is known where they are in some arrays; those are taken apart only if that is needed."""

    def __init__(
        self, count: int, shared: "array[float]", arrays: list[Any], inputs: "array[int]", make: Callable[[], Any]
    ) -> None:
        self.count, self.shared, self.arrays, self._make = count, shared, arrays, make
        self.inputs = inputs

    @cached_property
    def blocks(self) -> list[Any]:  # type: ignore[override]
        return self._make()  # type: ignore[no-any-return]


@dataclass(frozen=True)
class _Route:
    """Where the numbers of arguments of one shape are.

    Attributes
    ----------
    flat : FlatBatch
        Without numbers.
    axes : list of (int, int)
        The arguments of which samples have their own, with their axes.
    inputs : array of int
        As `Samples.inputs` for these.
    shared : list of int
        The other arguments.
    """

    flat: FlatBatch
    axes: list[tuple[int, int]]
    inputs: "array[int]"
    shared: list[int]

    def numbers(self, given: list[Any]) -> tuple[FlatBatch, Samples]:
        """Those of the arguments."""
        shared = packed([given[k] for k in self.shared]) if self.shared else array("d")
        own = [given[k] for k, _ in self.axes] if self.shared else given
        return self.flat, _Placed(self.flat.count, shared, own, self.inputs, partial(_blocks, given, self.axes))


class Routes:
    """The routes of arguments that are arrays of real numbers and floats, by their shapes and strides as arrays of doubles."""

    def __init__(self) -> None:
        self._known: dict[Any, _Route] = {}

    def take(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[FlatBatch, Samples] | None:
        """The numbers of the arguments, if there is a route for them."""
        if kwargs or not self._known:
            return None
        signs, given = _signs(args)
        route = self._known.get(signs)
        return None if route is None else route.numbers(given)

    def note(self, args: tuple[Any, ...], in_axes: Axes, flat: FlatBatch) -> None:
        """Keep the route of arguments that were taken apart."""
        signs, given = _signs(args)
        if signs is None:
            return
        in_order = in_axes if isinstance(in_axes, tuple | list) else [in_axes] * len(args)
        axes = [(k, axis) for k, axis in enumerate(in_order) if axis is not None]
        blocks = _blocks(given, axes)
        inputs = Samples(flat.count, array("d"), blocks).inputs
        for k, (one, (place, _)) in enumerate(zip(blocks, axes, strict=True), start=1):
            if not sys.modules["numpy"].may_share_memory(one, given[place]):  # it had to be copied
                return
            moved = _address(one) - _address(given[place])
            for j in range(0, len(inputs), 3):
                inputs[j + 1] += moved if inputs[j] == k else 0
        if len(self._known) >= _MOST:
            self._known.clear()
        shared = [k for k, axis in enumerate(in_order) if axis is None]
        self._known[signs] = _Route(replace(flat, shared=[], own=[]), axes, inputs, shared)


def _blocks(given: list[Any], axes: list[tuple[int, int]]) -> list[Any]:
    return [block(entries(given[k], axis))[0] for k, axis in axes]  # type: ignore[index]


def _address(found: Any) -> int:
    return found.__array_interface__["data"][0]  # type: ignore[no-any-return]


def _signs(args: Sequence[Any]) -> tuple[Any, list[Any]]:
    """What a route depends on, None for arguments for which there is none; and those with arrays as ones of doubles."""
    kind, double = _kinds()
    signs, given = list[Any](), list[Any]()
    for arg in args:
        if arg.__class__ is kind:
            if arg.dtype is not double:
                if arg.dtype.kind not in REAL:
                    return None, given
                arg = arg.astype(float)
            signs += arg.shape, arg.strides
            given.append(arg)
        elif arg.__class__ is float:
            signs.append(None)
            given.append((arg,))
        else:
            return None, given
    return tuple(signs), given


@cache
def _kinds() -> tuple[Any, Any]:
    """The class of arrays, and this machine's doubles."""
    import numpy as np

    return np.ndarray, np.dtype(float)
