"""The results of all samples put together as one: what `vmap` calls `out_axes`."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler.axes import Axes, axes_inside, described, rank
from autograd_lite.engine.value import Value
from autograd_lite.transforms.tree import NUMBER, Branch, Static, TreeDef, branch, describe, partition, unflatten


def stacked(results: Sequence[Any], axes: Axes, arrays: bool, none: bool = False) -> Any:
    """The results of all samples as one: a batch in place of each number, array or list, in the containers as they are.

    Parameters
    ----------
    results : sequence
    axes : Axes
        Where the samples go; None for what is the same for all of them.
    arrays : bool
        Give arrays.
    none : bool, default False
        There are no samples: the one result is an imagined one, for the structure.

    Raises
    ------
    ValueError
        If they have different structures, or the axes do not fit them.

    Examples
    --------
    >>> stacked([(1.0, [2.0, 3.0]), (4.0, [5.0, 6.0])], 0, False)
    ([1.0, 4.0], [[2.0, 3.0], [5.0, 6.0]])
    """
    first = results[0]
    structure = _structure(partition(first)[1])
    for n, one in enumerate(results):
        other = _structure(partition(one)[1])
        if other != structure:
            raise other_structure(structure, other, f"sample {n}")
    return _stacked(results, axes, arrays, _none if none else _stack)


def other_structure(first: TreeDef, other: TreeDef, sample: str) -> ValueError:
    """The error for samples whose results cannot be put together."""
    return ValueError(
        f"vmap's function returned results of different structures: {describe(first)} for the first sample, "
        f"{describe(other)} for {sample}; all samples give the same lists, tuples, dicts and arrays"
    )


def _structure(tree: TreeDef) -> TreeDef:
    """The structure of a result, where a truth is a number like others."""
    if isinstance(tree, Branch):
        return tree._replace(children=tuple(map(_structure, tree.children)))
    return NUMBER if isinstance(tree, Static) and isinstance(tree.thing, bool) else tree


def position(axis: int, count: int) -> int:
    """Where the samples go among so many axes."""
    if -count <= axis < count:
        return axis % count
    raise ValueError(f"vmap out_axes: axis {axis} is out of bounds for a result with {count} axes, the batch's included")


def _stacked(results: Sequence[Any], axes: Axes, arrays: bool, stack: Callable[..., Any]) -> Any:
    first = results[0]
    if axes is None and stack is _none:
        raise ValueError(
            "vmap has an output whose out_axes is None, and a batch of size 0: there is no sample to take it from"
        )
    if axes is None:
        if not all(_same(one, first) for one in results):
            raise ValueError("vmap has mapped output but out_axes is None: the samples' results differ")
        return first
    if isinstance(first, tuple | dict) or (isinstance(first, list) and isinstance(axes, list)):
        inner = axes_inside(axes, first)
        if inner is not None:
            kept = [_stacked([one[key] for one in results], axis, arrays, stack) for key, axis in inner.items()]
            return unflatten(branch(first, [NUMBER] * len(kept)), kept)
    elif isinstance(axes, int):
        return stack(results, position(axes, rank(first) + 1), arrays)
    raise ValueError(f"vmap out_axes {axes!r} must be a tree prefix of what the function returns, {described(first)}")


def _stack(results: Sequence[Any], axis: int, arrays: bool) -> Any:
    first = results[0]
    if hasattr(first, "shape") and first.shape != ():
        import numpy as np

        return np.stack(results, axis)
    if isinstance(first, list):
        batch = list(results)
        if axis:
            batch = [_stack([one[k] for one in results], axis - 1, False) for k in range(len(first))]
        return _array(batch) if arrays and _regular(batch) else batch
    for one in results:
        if not isinstance(one, Value | float | int) and not hasattr(one, "dtype"):
            raise TypeError(
                f"vmap's function returned {one!r}; it returns numbers, or lists, tuples, dicts and arrays of them"
                + (" (is a return statement missing?)" if one is None else "")
            )
    return _array(list(results)) if arrays else list(results)


def _none(results: Sequence[Any], axis: int, arrays: bool) -> Any:
    """As `_stack` has it for no samples, of which `results` holds an imagined one."""
    found = _stack(results, axis, arrays)
    if hasattr(found, "shape"):
        return found.take([], axis)
    return _emptied(found, axis)


def _emptied(found: list[Any], axis: int) -> list[Any]:
    """A list of lists without its entries along an axis."""
    return [_emptied(one, axis - 1) for one in found] if axis else []


def _array(batch: list[Any]) -> Any:
    import numpy as np

    found = np.array(batch, dtype=object)
    return found if any(isinstance(one, Value) for one in found.flat) else found.astype(float)


def _regular(batch: list[Any]) -> bool:
    """Whether lists in lists are a table of numbers."""
    if not isinstance(batch[0], list):
        return all(isinstance(one, Value | float | int) for one in batch)
    return all(isinstance(one, list) and one and len(one) == len(batch[0]) and _regular(one) for one in batch)


def _same(one: Any, other: Any) -> bool:
    """Whether two results are equal: nan is equal to nan, a Value to one with its number."""
    (numbers, tree), (more, another) = partition(one), partition(other)
    if tree != another:
        return False
    plain = [[float(x) for x in flat] for flat in (numbers, more)]
    return all(x == y or (x != x and y != y) for x, y in zip(*plain, strict=True))
