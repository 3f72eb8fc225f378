"""Many points at once: every number a NumPy array, every operation one call of NumPy for all points.

The policy is NumPy's own: a point outside the domain gives nan or an infinity there, and the others are as they should be.
Where a condition differs from point to point, both branches are computed and the right one is chosen for each; a branch
that was not taken passes no gradient, not even the nan of an infinite slope times 0.
"""

import ast
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial, reduce
from typing import Any

from autograd_lite.engine.arrays import unmasked
from autograd_lite.engine.numbers import as_float
from autograd_lite.hints import needed
from autograd_lite.replay.system import System
from autograd_lite.rules.conditions import CONDITIONS, Masked, mask_of, select_slope
from autograd_lite.rules.ieee import IEEE
from autograd_lite.rules.special import products_of_others

#: Functions that NumPy has by the same name.
_NUMPY = (
    "abs", "atan2", "cbrt", "ceil", "copysign", "cos", "cosh", "degrees", "exp", "exp2", "expm1", "floor", "fmod", "hypot",
    "log", "log10", "log1p", "log2", "radians", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
)  # fmt: skip
_RENAMED = {
    "acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan", "atan2": "arctan2",
    "atanh": "arctanh", "div": "true_divide", "floordiv": "floor_divide", "mod": "mod", "pow": "power", "_lt": "less",
    "_le": "less_equal", "_gt": "greater", "_ge": "greater_equal", "_eq": "equal", "_ne": "not_equal", "_not": "logical_not",
}  # fmt: skip
#: Functions that SciPy has, and by what name.
_SCIPY = {
    "digamma": "digamma", "erf": "erf", "erfc": "erfc", "erfcinv": "erfcinv", "erfinv": "erfinv", "gamma": "gamma",
    "lgamma": "gammaln", "ndtr": "ndtr",
}  # fmt: skip


def _select(condition: Any, if_true: Callable[[], Any], if_false: Callable[[], Any]) -> Any:
    """One branch or the other at each point; `none` (no edge) in a branch means no gradient at its points."""
    import numpy as np

    if np.ndim(condition) == 0:
        return if_true() if condition else if_false()
    choose = partial(np.where, condition)
    return select_slope(if_true(), if_false(), choose, choose)


def _multiply(grad: Any, slope: Any) -> Any:
    import numpy as np

    (g, in_g), (s, in_s) = mask_of(grad), mask_of(slope)
    if in_g is True and in_s is True:
        return g * s
    there = np.logical_and(in_g, in_s)
    return Masked(np.where(there, g * s, 0.0), there)


def _add(x: Any, y: Any) -> Any:
    (a, in_a), (b, in_b) = mask_of(x), mask_of(y)
    return a + b if in_a is True or in_b is True else Masked(a + b, in_a | in_b)


def _sum(xs: Iterable[Any]) -> Any:
    """Neumaier's sum: what each addition rounds off is added up too, so the result is right to the last digit or nearly."""
    import numpy as np

    total: Any = np.float64(0.0)
    lost: Any = np.float64(0.0)
    for x in xs:
        new = total + x
        lost = lost + np.where(abs(total) >= abs(x), (total - new) + x, (x - new) + total)
        total = new
    return np.where(np.isfinite(total), total + lost, total)


def _round(x: Any, ndigits: Any = 0.0) -> Any:
    import numpy as np

    return np.round(x, int(ndigits))


def _remainder(x: Any, y: Any) -> Any:
    import numpy as np

    return np.vectorize(IEEE.functions["remainder"], otypes=[float])(x, y)


def _with_n(name: str) -> Callable[[Any, Any], Any]:
    import numpy as np

    return lambda n, x: np.vectorize(partial(IEEE.functions[name], float(n)), otypes=[float])(x)


def _functions(np: Any) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {name: getattr(np, _RENAMED.get(name, name)) for name in (*_NUMPY, *_RENAMED)}
    try:
        from scipy import special
    except ImportError:
        found |= {name: np.vectorize(IEEE.functions[name], otypes=[float]) for name in _SCIPY}
    else:
        found |= {name: getattr(special, own) for name, own in _SCIPY.items()}
    found |= {name: np.vectorize(IEEE.functions[name], otypes=[float]) for name in ("sinpi", "cospi")}
    return found | {
        "_and": lambda *conditions: reduce(np.logical_and, [condition() for condition in conditions]),
        "_or": lambda *conditions: reduce(np.logical_or, [condition() for condition in conditions]),
        "_select": _select,
        "_truth": lambda x: np.not_equal(x, 0.0),
        "detach": lambda x: x,
        "fsum": _sum,
        "max": lambda *xs: reduce(np.maximum, xs[0] if len(xs) == 1 else xs),
        "min": lambda *xs: reduce(np.minimum, xs[0] if len(xs) == 1 else xs),
        "polygamma": _with_n("polygamma"),
        "prod": lambda xs: reduce(np.multiply, xs),
        "products_of_others": products_of_others,
        "remainder": _remainder,
        "round": _round,
        "sinc_derivative": _with_n("sinc_derivative"),
    }


@lru_cache(maxsize=1)
def arrays() -> System:
    """Arrays of floats, with NumPy's policy for nan and infinities."""
    np = needed("numpy", "a replay over arrays needs", "data")

    def number(x: Any) -> Any:
        if getattr(x, "shape", ()) != () or (isinstance(x, Sequence) and not isinstance(x, str | bytes)):
            array = np.asarray(unmasked(x))
            if array.dtype.kind not in "fiub":
                raise TypeError(f"a replay over arrays takes arrays of real numbers, not of dtype {array.dtype}")
            return array.astype(float)
        return np.float64(as_float(x))

    return System(
        "NumPy arrays",
        _functions(np),
        {ast.Pow: "pow", ast.Div: "div", ast.Mod: "mod", ast.FloorDiv: "floordiv"},
        key="numpy",
        number=number,
        constant=lambda x: x,
        seed=lambda value: np.ones(np.shape(value))[()],
        rewriter=CONDITIONS,
        working=partial(np.errstate, all="ignore"),
        finish=lambda x: mask_of(x)[0],
        checks_domain=False,
        multiply=_multiply,
        add=_add,
    )
