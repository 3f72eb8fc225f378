"""Arrays of a shape that was met before go to machine code without being taken apart again."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from autograd_lite.compiler.axes import Axes, entries
from autograd_lite.compiler.flat import FlatBatch
from autograd_lite.compiler.samples import Columns, Placed, Rows, addresses
from autograd_lite.compiler.vectors import block, in_doubles

#: So many shapes of arguments are kept.
_MOST = 256


@dataclass(frozen=True)
class _Route:
    """Where the numbers of arguments of one shape are.

    Attributes
    ----------
    flat : FlatBatch
        Without numbers.
    mapped : list of (int, int, list of int)
        For each argument of which samples have their own its axis, and where its columns begin, from where it begins.
    shared : list of int
        The other arguments.
    """

    flat: FlatBatch
    mapped: list[tuple[int, int, list[int]]]
    shared: list[int]

    def numbers(self, args: tuple[Any, ...]) -> tuple[FlatBatch, Columns]:
        """Those of the arguments."""
        places: list[int] = []
        for k, _, offsets in self.mapped:
            start = args[k].__array_interface__["data"][0]
            places += [start + offset for offset in offsets]
        flat = self.flat
        if self.shared:
            given = [args[k] for k in self.shared]
            flat = replace(flat, shared=[[one] if one.__class__ is float else in_doubles(one) for one in given])
        return flat, Placed(places, flat.count, partial(self._blocks, args))

    def _blocks(self, args: tuple[Any, ...]) -> list[Any]:
        return [block(entries(args[k], axis))[0] for k, axis, _ in self.mapped]  # type: ignore[index]


class Routes:
    """The routes of arguments that are arrays and floats, by their shapes, strides and kinds."""

    def __init__(self) -> None:
        self._known: dict[Any, _Route] = {}

    def take(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[FlatBatch, Columns] | None:
        """The numbers of the arguments, if there is a route for them."""
        route = None if kwargs or not self._known else self._known.get(_signs(args))
        return None if route is None else route.numbers(args)

    def note(self, args: tuple[Any, ...], in_axes: Axes, flat: FlatBatch, samples: Rows | Columns) -> None:
        """Keep the route of arguments that were taken apart, unless something of them had to be copied."""
        signs = _signs(args)
        if signs is None or isinstance(samples, Rows):
            return
        from numpy import may_share_memory

        axes = in_axes if isinstance(in_axes, tuple | list) else [in_axes] * len(args)
        own = [k for k, axis in enumerate(axes) if axis is not None]
        mapped = []
        for k, one in zip(own, samples.blocks, strict=True):
            start = args[k].__array_interface__["data"][0]
            places = addresses(one)
            if not may_share_memory(one, args[k]):
                return
            mapped.append((k, axes[k], [place - start for place in places]))
        if len(self._known) >= _MOST:
            self._known.clear()
        shared = [k for k, axis in enumerate(axes) if axis is None]
        self._known[signs] = _Route(replace(flat, shared=[], own=[]), mapped, shared)


def _signs(args: Sequence[Any]) -> Any:
    """What a route depends on; None for arguments for which there is none."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    array, signs = numpy.ndarray, list[Any]()
    for arg in args:
        if arg.__class__ is array:
            signs.append((arg.shape, arg.strides, arg.dtype, arg.flags.aligned))
        elif arg.__class__ is float:
            signs.append(())
        else:
            return None
    return tuple(signs)
