"""Programs over arrays: every number an array of NumPy's or JAX's, every step one call for all samples.

Under JAX the result is an ordinary function of arrays.  `jax.jit`, `jax.vmap` and sharding over devices apply to it, so what
was written in Values runs on whatever JAX runs on.
"""

import importlib
import math
import operator
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import reduce
from typing import Any

import autograd_lite.compiler.exported as exported
from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.lowering import lowered
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Program
from autograd_lite.hints import needed
from autograd_lite.rules.ieee import IEEE
from autograd_lite.transforms.tree import NUMBER, Leaf, Static, TreeDef, unflatten

#: Steps of the core and the names that NumPy and JAX have for them.
_NAMES = {
    "sub": "subtract", "mul": "multiply", "div": "true_divide", "neg": "negative", "select": "where", "lt": "less",
    "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal", "and": "logical_and",
    "or": "logical_or", "not": "logical_not", "pow": "power",
    **{op: op.replace("a", "arc", 1) for op in ("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh")},
    **{op: op for op in (
        "add", "abs", "sqrt", "floor", "ceil", "trunc", "rint", "copysign", "cbrt", "cos", "cosh", "exp", "exp2", "expm1",
        "fmod", "hypot", "log", "log10", "log1p", "log2", "sin", "sinh", "tan", "tanh",
    )},
}  # fmt: skip
#: ... and the ones of `scipy.special` and `jax.scipy.special`.
_SPECIAL = {"lgamma": "gammaln", **{op: op for op in ("erf", "erfc", "gamma", "digamma", "erfinv", "erfcinv")}}

#: So many operations NumPy goes through in two seconds; JAX takes minutes to compile a tenth of them.
_MOST = 1_000_000


@dataclass(repr=False, eq=False)
class ArrayFunction:
    """A program as a function of arrays; see `to_arrays`.

    Attributes
    ----------
    program : Program
        What is evaluated: its inputs are the parameters, the numbers of the arguments, and other Values from outside.
    structures : sequence of TreeDef
        Of the arguments.
    result : TreeDef
    parameters : int or None
        How many there are; None if the first argument is not for them.
    outside : sequence of Value
    gradient : bool
        Whether it gives `(value, slopes)`.
    xp : module
        The arrays' namespace.
    """

    program: Program
    structures: Sequence[TreeDef]
    result: TreeDef
    parameters: int | None
    outside: Sequence[Any]
    gradient: bool
    xp: Any

    def __post_init__(self) -> None:
        self._functions = {op: _function(self.xp, op) for op in self.program.counts()}

    def __repr__(self) -> str:
        return f"<{self.program.name} as a function of {len(self.structures)} arrays, over {self.xp.__name__}>"

    def __call__(self, *arguments: Any) -> Any:
        """The function over arrays; the parameters come first if there are any."""
        expected = len(self.structures) + (self.parameters is not None)
        if len(arguments) != expected:
            raise TypeError(f"{self.program.name} takes {expected} arguments here, not {len(arguments)}")
        numbers: list[Any] = []
        rest = list(arguments)
        if self.parameters is not None:
            values = rest.pop(0)
            if len(values) != self.parameters:
                raise ValueError(f"there are {self.parameters} parameters, and {len(values)} numbers were given for them")
            numbers += [values[k] for k in range(self.parameters)]
        for place, (structure, argument) in enumerate(zip(self.structures, rest, strict=True)):
            _columns(structure, argument, numbers, place)
        numbers += [leaf.data for leaf in self.outside]
        with self.xp.errstate(all="ignore") if self.xp.__name__ == "numpy" else nullcontext():
            values = self.program.interpret(numbers, lambda op, xs: self._functions[op](*xs))
        outputs = [values[output] for output in self.program.outputs]
        if not self.gradient:
            return unflatten(self.result, outputs)
        return outputs[0], outputs[1:]


def to_arrays(
    function: Callable[..., Any],
    *example: Any,
    xp: Any = "numpy",
    parameters: Sequence[Any] | None = None,
    gradient: bool = False,
) -> ArrayFunction:
    """The function over arrays.

    Parameters
    ----------
    function : callable
        Of numbers, lists, tuples, dicts of them; what `grad` or `value_and_grad` returned is one too.
    *example : number or nested numbers
        Arguments to record it with.
    xp : module or str, default "numpy"
        The arrays' namespace: `numpy` or `jax.numpy`, or its name.
    parameters : sequence of Value, optional
        Values the function refers to that are to be the first argument, an array or a list of numbers in this order.
        The numbers of others that it met here are read anew at each call; under `jax.jit` that is when it is traced.  All
        else that it reads is as it is now: with another Value in the place of one, or a changed list, call this again.
    gradient : bool, default False
        Give `(value, slopes)` with a slope for each parameter, by this package's own derivative, instead of the value.

    Returns
    -------
    ArrayFunction
        Called with arrays where the example had numbers.  Where it had a list of n numbers, an array with n in its last
        axis does too: the axes before it are samples.

    Raises
    ------
    UnsupportedOperation
        If the function branches in Python, the namespace has no such operation, or there are too many of them (a million, for JAX a
        tenth); the message names it, or the number.
    ImportError
        If the namespace is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import tanh
    >>> f = to_arrays(lambda x, y: tanh(x) * y, 0.0, 0.0)
    >>> f(np.array([0.0, 1.0]), 2.0).round(3).tolist()
    [0.0, 1.523]
    """
    xp = _namespace(xp)
    captured, structures = exported.captured_for("an array program", function, example, further=gradient)
    if gradient and (not parameters or len(captured.program.outputs) != 1):
        raise ValueError("gradient=True needs parameters=[...] and a function with one number as its result")
    program, outside = exported.with_parameters(captured, structures, parameters or (), gradient)
    program = lowered(optimize(program))
    exported.refuse_large("an array program", program.size, _MOST if xp.__name__ == "numpy" else _MOST // 10)
    count = None if parameters is None else len(parameters)
    return ArrayFunction(program, structures, captured.structure, count, outside, gradient, xp)


def _namespace(xp: Any) -> Any:
    if not isinstance(xp, str):
        return xp
    if xp not in ("numpy", "jax.numpy"):
        raise ValueError(f"xp is 'numpy', 'jax.numpy' or such a module, not {xp!r}")
    return needed(xp, "a program over arrays needs", "data" if xp == "numpy" else "jax")


def _columns(structure: TreeDef, thing: Any, numbers: list[Any], place: int) -> None:
    """Append the arrays for the numbers of a structure."""
    if structure is NUMBER:
        numbers.append(thing)
    elif isinstance(structure, Static):
        return
    elif isinstance(structure, Leaf):
        shape = structure.shape or ()
        found = tuple(thing.shape[len(thing.shape) - len(shape) :])
        if found != tuple(shape):
            raise ValueError(f"argument {place} ends in the shape {found}, and was recorded with {tuple(shape)}")
        flat = thing.reshape((*thing.shape[: len(thing.shape) - len(shape)], math.prod(shape)))
        numbers += [flat[..., k] for k in range(math.prod(shape))]
    else:
        parts = structure.children
        keys: Any = structure.keys if structure.keys is not None else range(len(parts))
        size = thing.shape[-1] if hasattr(thing, "shape") and len(thing.shape) else len(thing)
        if size != len(parts):
            raise ValueError(f"argument {place} holds {size} entries where it was recorded with {len(parts)}")
        for key, part in zip(keys, parts, strict=True):
            _columns(part, thing[..., key] if hasattr(thing, "shape") else thing[key], numbers, place)


def _function(xp: Any, op: str) -> Callable[..., Any]:
    """What the namespace does for a step."""
    if op == "sum":
        return lambda *xs: reduce(operator.add, xs)
    if op == "fsum":
        return lambda *xs: _exact_sum(xp, xs)
    if op in _NAMES:
        return getattr(xp, _NAMES[op])  # type: ignore[no-any-return]
    special = _special(xp)
    if op == "polygamma" and special is not None:
        return lambda n, x: special.polygamma(int(n), x)
    if op in _SPECIAL and hasattr(special, _SPECIAL[op]):
        return getattr(special, _SPECIAL[op])  # type: ignore[no-any-return]
    if xp.__name__ == "numpy" and op in IEEE.functions:
        return xp.vectorize(IEEE.functions[op], otypes=[float])  # type: ignore[no-any-return]
    raise UnsupportedOperation(f"{xp.__name__} has no function for the operation {op!r}; NumPy and the Python target do")


def _special(xp: Any) -> Any:
    try:
        return importlib.import_module("scipy.special" if xp.__name__ == "numpy" else "jax.scipy.special")
    except ImportError:
        return None


def _exact_sum(xp: Any, xs: Sequence[Any]) -> Any:
    """Neumaier's sum: what each addition loses is added up too."""
    total, lost = xs[0], 0.0
    for x in xs[1:]:
        new = total + x
        lost = lost + xp.where(abs(total) >= abs(x), (total - new) + x, (x - new) + total)
        total = new
    return xp.where(xp.isfinite(total), total + lost, total)
