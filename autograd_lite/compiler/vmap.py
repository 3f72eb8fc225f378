"""`vmap(f)`: a function of one sample as a function of a batch of them.

By itself it calls the function for each sample: Values go in and come out, so it stands anywhere in a function that is
differentiated, and the gradient of what all samples share is the sum of theirs.  Under `jit` the function is recorded for one
sample, and the program runs over the batch.
"""

import functools
from collections.abc import Callable
from functools import partial
from typing import Any

from autograd_lite.compiler.axes import Axes, Batch, check_axes, split
from autograd_lite.compiler.stacking import stacked
from autograd_lite.compiler.tracer import being_recorded
from autograd_lite.engine.value import Value
from autograd_lite.transforms.signature import parameters, positional
from autograd_lite.transforms.trace import check_callable
from autograd_lite.transforms.tree import branch, partition, partition_all, unflatten

_PACKAGE = __name__.partition(".")[0]


class OfSample:
    """Errors of arithmetic inside say in which sample of a batch they are."""

    __slots__ = ("k",)

    def __init__(self, k: int) -> None:
        self.k = k

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, ArithmeticError | ValueError):
            error.add_note(f"in sample {self.k} of the batch")


class ImaginedSample:
    """An error inside is one of an empty batch, whose result has a shape that nobody knows."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, Exception):
            raise ValueError(
                f"vmap got an empty batch (size 0), and {self.name} cannot be called with an imagined sample of ones to see the shape of "
                f"its result ({kind.__name__}: {error}); give an array that has the shape of the samples, such as np.empty((0, 3))"
            ) from None


class Mapped:
    """A function mapped over a batch; see `vmap`.

    Attributes
    ----------
    function : callable
        Of one sample.
    in_axes, out_axes : int, None, or containers of them
    """

    def __init__(self, function: Callable[..., Any], in_axes: Axes, out_axes: Axes) -> None:
        self.function, self.in_axes, self.out_axes = function, in_axes, out_axes
        self._names: list[str] = []  # of as many arguments as it was called with last
        functools.update_wrapper(self, function, updated=())
        self.__name__ = getattr(function, "__name__", type(function).__name__)

    def split(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Batch:
        """The arguments as a batch of samples; those given by name have theirs along axis 0, as in JAX."""
        axes = self.in_axes
        if kwargs:
            given = len(args)
            args = positional(self.function, args, kwargs)
            axes = (*(axes if isinstance(axes, tuple | list) else [axes] * given), *[0] * (len(args) - given))
        if len(args) != len(self._names):
            self._names = parameters(self.function, len(args), "{}")
        return split(args, axes, self._names)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The results for all samples."""
        batch = self.split(args, kwargs)
        call = self.function if _takes_numbers(self.function) else self._on_values
        if not batch.count:
            with ImaginedSample(self.__name__):
                results = [call(*batch.imagined().sample(0))]
            return stacked(results, self.out_axes, batch.arrays, none=True)
        results = []
        for k in range(batch.count):
            with OfSample(k):
                results.append(call(*batch.sample(k)))
        return stacked(results, self.out_axes, batch.arrays)

    def _on_values(self, *args: Any) -> Any:
        """The function for one sample, with Values in place of floats, as everywhere; numbers come out where no graph is wanted."""
        given, structures = partition_all(args)
        constants = [Value(one, requires_grad=False) if one.__class__ is float else one for one in given]
        result = self.function(*unflatten(branch((), structures), constants))
        if being_recorded() or any(isinstance(one, Value) and not one.requires_grad for one in given):
            return result
        leaves, structure = partition(result)
        return unflatten(
            structure, [one.data if isinstance(one, Value) and not one.requires_grad else one for one in leaves]
        )


def _takes_numbers(function: Callable[..., Any]) -> bool:
    """Whether a function makes Values of its arguments by itself: what transforms, `jit` and `vmap` give."""
    if isinstance(function, partial):
        return _takes_numbers(function.func)
    made = getattr(function, "__globals__", {}).get("__name__", type(function).__module__)
    return str(made).startswith((f"{_PACKAGE}.transforms", f"{_PACKAGE}.compiler"))


def vmap(function: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0) -> Mapped:
    """Map a function over a batch, with JAX's names.

    Parameters
    ----------
    function : callable
        Takes one sample: numbers, or lists, tuples, dicts and arrays of them.
    in_axes : int, None, or sequence of them, default 0
        For each argument which axis holds the samples: 0 for a list or an array with an entry for each, 1 for one whose
        entries have an entry for each, -1 for the last; None for an argument that all samples share.  For an argument that
        is a tuple, a list or a dict it may be one of axes: `in_axes=({"w": None, "x": 0},)`.  An axis given for a tuple
        or a dict holds for all that is in it.
    out_axes : int, None, or containers of them, default 0
        Where the samples are in the result; None for a result that is the same for all of them.

    Returns
    -------
    callable
        Gives a list in place of each number (an array if arrays were mapped), a list of lists in place of each list; tuples and
        dicts stay outside, so `vmap(value_and_grad(f))` gives two batches.  No samples give the shapes of one sample with a 0:
        the function is called for an imagined one, of ones.

        By itself it calls the function once for each sample, with Values if it was given Values, which `grad` and
        `backward` go through.  `jit(vmap(f))` records the function for one sample and runs the program over the batch.

    Raises
    ------
    ValueError
        When called, if the sizes differ, or an axis is not there.
    TypeError
        If `function` is none, or an axis is something else.

    Examples
    --------
    >>> from autograd_lite import grad
    >>> vmap(lambda x: x * x)([1.0, 2.0, 3.0])
    [1.0, 4.0, 9.0]
    >>> vmap(grad(lambda w, x: (w * x - 1.0) ** 2), in_axes=(None, 0))(2.0, [1.0, 2.0])
    [2.0, 12.0]

    The gradient of what all samples share, for the sum over them:

    >>> grad(lambda w: sum(vmap(lambda w, x: (w * x - 1.0) ** 2, in_axes=(None, 0))(w, [1.0, 2.0])))(2.0)
    14.0
    """
    check_callable(function, "vmap", "xs")
    check_axes(in_axes, "in_axes")
    check_axes(out_axes, "out_axes")
    if isinstance(in_axes, dict):
        raise TypeError(
            "vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional arguments passed to the "
            f"function, but got {in_axes!r}"
        )
    return Mapped(function, in_axes, out_axes)
