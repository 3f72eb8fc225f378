"""A function of numbers over NumPy arrays; NumPy is imported when there is an array."""

from collections.abc import Callable, Sequence
from typing import Any


def elementwise(function: Callable[..., Any], inputs: Sequence[Any]) -> Any:
    """`function` over broadcast inputs: one result for scalars, else an object array of results."""
    import numpy as np

    arrays = [_array(x) for x in inputs]
    if all(array.shape == () for array in arrays):
        return function(*(array.item() for array in arrays))
    for array in arrays:
        if array.dtype.kind in "bUSc":
            raise TypeError(
                f"arithmetic of Values takes arrays of numbers, not of dtype {array.dtype}; "
                "for a mask use where(condition, x, y) or mask.astype(float)"
            )
    spread = np.broadcast_arrays(*arrays)
    result = np.empty(spread[0].shape, dtype=object)
    for place in np.ndindex(result.shape):
        result[place] = function(*(array[place] for array in spread))
    return result


def _array(x: Any) -> Any:
    import numpy as np

    if isinstance(x, np.ndarray | np.generic):
        return np.asarray(x)
    array: Any = np.empty((), dtype=object)
    array[()] = x
    return array
