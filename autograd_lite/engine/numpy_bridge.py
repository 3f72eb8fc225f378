"""NumPy functions on Values, from either side: `np.exp(v)`, `array * v`, `np.float64(2) * v`, `np.sum(v)`.

It is NumPy that calls, so nothing here imports it.  (NumPy's functions on an *object array* of Values call
the methods of its elements by NumPy's own names, which is why `Value` has aliases such as `arcsin`.)
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from autograd_lite.engine.arrays import as_array, elementwise, stored
from autograd_lite.engine.common import apply
from autograd_lite.engine.errors import not_a_number
from autograd_lite.engine.methods import methods
from autograd_lite.engine.value import Value
from autograd_lite.rules import RULES


def _comparison(name: str, mirrored: str) -> Callable[[Any, Any], Any]:
    """The comparison as a Value makes it, whichever side it is on: NumPy's scalars would only come here again."""

    def compared(x: Any, y: Any) -> Any:
        node, asked, other = (x, name, y) if isinstance(x, Value) else (y, mirrored, x)
        answer = getattr(node, f"__{asked}__")(other)
        if answer is NotImplemented and asked not in ("eq", "ne"):
            raise not_a_number(other)
        return asked == "ne" if answer is NotImplemented else answer

    return compared


#: NumPy's name for a function, where it is not the table's or one of its aliases.
_NAMES = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "floor_divide": "floordiv", "power": "pow",
    "float_power": "pow", "remainder": "mod", "mod": "mod", "negative": "neg", "fabs": "abs", "fmax": "maximum",
    "fmin": "minimum", "rint": "round",
}  # fmt: skip
_CONDITIONS: dict[str, Callable[..., Any]] = {
    "equal": _comparison("eq", "eq"), "not_equal": _comparison("ne", "ne"), "less": _comparison("lt", "gt"),
    "less_equal": _comparison("le", "ge"), "greater": _comparison("gt", "lt"), "greater_equal": _comparison("ge", "le"),
    "isnan": lambda x: float(x) != float(x), "isinf": lambda x: abs(float(x)) == float("inf"),
    "isfinite": lambda x: abs(float(x)) < float("inf"),
}  # fmt: skip
_PLAIN: dict[str, Callable[..., Any]] = _CONDITIONS | {
    "positive": operator.pos, "conjugate": operator.pos, "square": lambda x: x * x, "reciprocal": lambda x: 1.0 / x,
}  # fmt: skip


@methods
class _InNumPy(Value):
    __slots__ = ()

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, out: Any = (None,), where: Any = True, **options: Any
    ) -> Any:
        """NumPy's protocol: what `ufunc` does when one of its inputs is a Value."""
        name, out = ufunc.__name__, out[0] if len(out) == 1 else out
        if method == "reduce" and out is None and "initial" not in options:  # of one Value: NumPy knows how
            return ufunc.reduce(as_array(inputs[0]), where=where, **options)
        options |= {} if method in ("__call__", "outer") else {method: True}
        options |= (
            {"out": out} if isinstance(out, Value | tuple) else {"where": where} if where is not True and out is None else {}
        )
        if options:
            raise TypeError(
                f"np.{name} of Values takes out=, an array of objects, and where= together with it, but not {', '.join(options)}"
            )
        if name == "divmod" and out is None:
            return tuple(elementwise(_function(part), inputs) for part in ("floor_divide", "remainder"))
        result = elementwise(_function(name), inputs)
        if name in _CONDITIONS and (name.startswith("is") or hasattr(result, "astype")):
            result = as_array(result).astype(bool)[()]
        return result if out is None else stored(result, out, where)

    def conjugate(self) -> Value:
        """This value, for it is real.  NumPy's `var` and `std` of an array ask for it."""
        return self

    def mean(self) -> Value:
        """The mean of one number: this value itself."""
        return self

    def var(self) -> Value:
        """The variance of one number: 0, with slope 0."""
        return self - self

    def std(self) -> Value:
        """The standard deviation of one number: 0, with slope 0."""
        return self - self


def _function(name: str) -> Callable[..., Any]:
    if name in _PLAIN:
        return _PLAIN[name]
    name = _NAMES.get(name, name)
    rule = RULES.get(name) or next((rule for rule in RULES.values() if name in rule.aliases), None)
    if rule is None:
        raise TypeError(
            f"np.{name} has no counterpart for a Value; the table of primitives (autograd_lite.RULES) lists what there is"
        )
    defaults = tuple(rule.defaults.values())
    return lambda *args: apply(rule.name, *args, *defaults[len(args) - rule.arity + len(defaults) :])


#: What NumPy passes on to a method, and of which values it changes nothing where there is one number.
_IDLE = {
    "axis": (None, 0, -1, ()),
    "dtype": (None, float),
    "out": (None,),
    "keepdims": (False, True),
    "where": (True,),
    "ddof": (0,),
}


def _is_idle(value: Any, idle: tuple[Any, ...]) -> bool:
    """Whether it is one of these; NumPy's float64 is a float as Python's is."""
    return value in idle or (float in idle and isinstance(value, type) and issubclass(value, float))


def _also_from_numpy(name: str) -> None:
    """Let the method be called as `np.sum(v)` calls it, with an axis and the like."""
    plain = getattr(Value, name)

    @functools.wraps(plain)
    def method(self: Value, *given: Any, **options: Any) -> Any:
        idle = [option for option, value in options.items() if option in _IDLE and _is_idle(value, _IDLE[option])]
        own = {option: value for option, value in options.items() if option not in idle}
        if own.keys() - ({"min", "max"} if name == "clip" else ()):
            raise TypeError(
                f"{name} of one Value takes no {', '.join(f'{option}={value!r}' for option, value in own.items())}"
            )
        return plain(self, *given, **own)

    setattr(Value, name, method)


for _name in ("sum", "prod", "max", "min", "clip", "mean", "var", "std"):
    _also_from_numpy(_name)
