"""NumPy functions on Values, from either side: `np.exp(v)`, `array * v`, `np.float64(2) * v`.

It is NumPy that calls, so nothing here imports it.  (NumPy's functions on an *object array* of Values call
the methods of its elements by NumPy's own names, which is why `Value` has aliases such as `arcsin`.)
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from autograd_lite.engine.arrays import elementwise
from autograd_lite.engine.common import apply
from autograd_lite.engine.methods import methods
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES

#: NumPy's name for a function, where it is not the table's or one of its aliases.
_NAMES = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "floor_divide": "floordiv", "power": "pow",
    "float_power": "pow", "remainder": "mod", "mod": "mod", "negative": "neg", "fabs": "abs", "fmax": "maximum",
    "fmin": "minimum", "rint": "round",
}  # fmt: skip
_PLAIN: dict[str, Callable[..., Any]] = {
    "equal": operator.eq, "not_equal": operator.ne, "less": operator.lt, "less_equal": operator.le,
    "greater": operator.gt, "greater_equal": operator.ge, "positive": operator.pos, "divmod": divmod,
    "square": lambda x: x * x, "reciprocal": lambda x: 1.0 / x,
    "isnan": lambda x: float(x) != float(x), "isinf": lambda x: abs(float(x)) == float("inf"),
    "isfinite": lambda x: abs(float(x)) < float("inf"),
}  # fmt: skip
_COMPARISONS = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "isnan", "isinf", "isfinite"}


@methods
class _InNumPy(Value):
    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """NumPy's protocol: what `ufunc` does when one of its inputs is a Value."""
        if method != "__call__" or options:
            return NotImplemented
        name = ufunc.__name__
        function = _PLAIN.get(name) or _primitive(name)
        if function is None:
            raise TypeError(
                f"np.{name} has no counterpart for a Value; the table of primitives (autograd_lite.RULES) lists what there is"
            )
        result = elementwise(function, inputs)
        return result.astype(bool) if name in _COMPARISONS and hasattr(result, "astype") else result


def _primitive(name: str) -> Callable[..., Any] | None:
    name = _NAMES.get(name, name)
    rule = RULES.get(name) or next((rule for rule in RULES.values() if name in rule.aliases), None)
    if rule is None:
        return None
    defaults = tuple(rule.defaults.values())
    return lambda *args: apply(rule.name, *args, *defaults[len(args) - rule.arity + len(defaults) :])
