"""A function of numbers over NumPy arrays; NumPy is imported when there is an array."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.engine.numbers import is_numeric


def elementwise(function: Callable[..., Any], inputs: Sequence[Any]) -> Any:
    """`function` over broadcast inputs: one result for scalars, else an object array of results."""
    import numpy as np

    arrays = [as_array(x) for x in inputs]
    if all(array.shape == () for array in arrays):
        return function(*(array.item() if is_numeric(array.dtype) else array[()] for array in arrays))
    for array in arrays:
        if array.dtype == bool or not is_numeric(array.dtype):
            raise TypeError(
                f"arithmetic of Values takes arrays of numbers, not of dtype {array.dtype}; "
                "for a mask use where(condition, x, y) or mask.astype(float)"
            )
    spread = np.broadcast_arrays(*arrays)
    result = np.empty(spread[0].shape, dtype=object)
    for place in np.ndindex(result.shape):
        result[place] = function(*(array[place] for array in spread))
    return result


def as_array(x: Any) -> Any:
    """`x` as an array; what is not NumPy's as one without axes that holds it."""
    import numpy as np

    if isinstance(x, np.ndarray | np.generic):
        if np.any(getattr(x, "mask", False)):
            raise TypeError(
                "Values do not take masked elements: x.compressed() leaves them out, x.filled(0.0) puts a number there"
            )
        return np.asarray(x)
    array: Any = np.empty((), dtype=object)
    array[()] = x
    return array


def unmasked(thing: Any) -> Any:
    """Anything as it is, but for an array with a mask: as one without, if nothing of it is masked, and else refused."""
    return as_array(thing) if hasattr(thing, "mask") and hasattr(thing, "filled") else thing


def argument(thing: Any) -> Any:
    """An array of anybody's that a function is given, without a mask; `np.matrix`, which multiplies otherwise, is refused."""
    if hasattr(thing, "A1"):
        raise TypeError(
            "an np.matrix is no argument, since `*` is another product there: give np.asarray(x), and write `@` for that product"
        )
    return unmasked(thing)


def stored(result: Any, out: Any, where: Any) -> Any:
    """`out`, an array, with `result` in it where `where` says so; `...` for `out` asks for an array in any case."""
    import numpy as np

    if out is ...:
        return as_array(result)
    np.copyto(out, result, where=where)  # refuses Values for an array of floats
    return out
