"""The complex step: f'(x) = Im f(x + ih) / h with h = 1e-200, exact to rounding because nothing is subtracted.

It uses the forward texts of the table only, not the partials, so it is a check of the partials that shares nothing with
them (Squire and Trapp, 1998).  One evaluation of the graph for each derivative asked for.
"""

import cmath
import math
import operator
from collections.abc import Callable, Iterable
from functools import lru_cache, reduce
from typing import Any

from autograd_lite.engine.numbers import as_float
from autograd_lite.replay.run import Replay
from autograd_lite.replay.system import System
from autograd_lite.rules.conditions import CONDITIONS
from autograd_lite.rules.floats import INTRINSICS
from autograd_lite.rules.rule import CONSTANTS
from autograd_lite.rules.special import cospi, sinpi

STEP = 1e-200


def _real(z: Any) -> float:
    return z.real if isinstance(z, complex) else float(z)


def _positive(z: Any) -> Any:
    return z if _real(z) >= 0.0 else -z


def _power(x: complex, y: complex) -> complex:
    exponent = _real(y)
    whole = exponent == math.floor(exponent) and complex(y).imag == 0.0
    if whole and abs(exponent) < 1024:
        power = complex(1.0)
        for bit in bin(int(abs(exponent)))[2:]:  # squarings: a polar form would lose the tiny imaginary part
            power *= power
            if bit == "1":
                power *= x
        return power if exponent >= 0 else 1.0 / power
    if _real(x) == 0.0 and exponent > 1.0:
        return complex(0.0)
    if _real(x) < 0.0:
        if not whole:
            raise ValueError("a negative number to a fractional power")
        return _power(-x, y) * (-1.0 if exponent % 2.0 else 1.0)
    return cmath.exp(y * cmath.log(x))


def _cbrt(z: complex) -> complex:
    if _real(z) < 0.0:
        return -_cbrt(-z)
    return cmath.exp(cmath.log(z) / 3.0)


def _hypot(x: Any, y: Any) -> Any:
    scale = max(abs(_real(x)), abs(_real(y))) or 1.0
    return cmath.sqrt((x / scale) * (x / scale) + (y / scale) * (y / scale)) * scale


def _atan2(y: complex, x: complex) -> complex:
    if abs(_real(x)) > abs(_real(y)):
        turn = 0.0 if _real(x) > 0.0 else math.copysign(math.pi, _real(y))
        return cmath.atan(y / x) + turn
    return math.copysign(math.pi / 2.0, _real(y)) - cmath.atan(x / y)


def _fmod(x: Any, y: Any) -> complex:
    whole = math.trunc(_real(x) / _real(y))
    return complex(math.fmod(_real(x), _real(y)), complex(x).imag - whole * complex(y).imag)


def _sum(zs: Iterable[complex]) -> complex:
    zs = list(zs)
    return complex(math.fsum(map(_real, zs)), math.fsum(complex(z).imag for z in zs))


def _by_real_part(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that looks at the real parts only: a comparison, a function that is constant between its jumps."""
    return lambda *args: function(*map(_real, args))


def _with_digits(name: str) -> Callable[..., complex]:
    """A function that `cmath` lacks: the complex step in many digits, by mpmath, scaled to the step taken here."""

    def function(*args: complex) -> complex:
        from autograd_lite.replay.multiprecision import functions, multiprecision

        system = multiprecision(60)
        mp = system.number(0.0).context
        with system.working():
            z = mp.mpc(_real(args[-1]), "1e-30")
            if name == "lgamma":
                gamma = mp.gamma(z)
                result = mp.log(gamma if gamma.real > 0 else -gamma)
            else:
                result = functions(mp)[name](*map(_real, args[:-1]), z)
            return complex(float(result.real), float(result.imag * mp.mpf("1e30")) * complex(args[-1]).imag)

    return function


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(cmath, name) for name in (
        "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "log", "log10", "sin", "sinh", "sqrt",
        "tan", "tanh",
    )},
    **{name: _by_real_part(INTRINSICS[name]) for name in ("ceil", "floor", "round", "sign", "trunc")},
    **{name: _with_digits(name) for name in (
        "digamma", "erf", "erfc", "gamma", "lgamma", "ndtr", "polygamma", "sinc_derivative",
    )},
    **{f"_{name}": _by_real_part(getattr(operator, name)) for name in ("lt", "le", "gt", "ge", "eq", "ne")},
    "_and": lambda *conditions: all(condition() for condition in conditions),
    "_or": lambda *conditions: any(condition() for condition in conditions),
    "_not": lambda condition: not condition, "_truth": lambda z: _real(z) != 0.0,
    "_select": lambda condition, if_true, if_false: if_true() if condition else if_false(),
    "abs": _positive, "atan2": _atan2, "cbrt": _cbrt,
    "copysign": lambda x, y: _positive(x) * math.copysign(1.0, _real(y)),
    "cospi": lambda z: complex(cospi(_real(z)), -sinpi(_real(z)) * math.sinh(math.pi * complex(z).imag)),
    "degrees": lambda z: z * CONSTANTS["degrees_per_radian"], "detach": lambda z: complex(_real(z)),
    "exp2": lambda z: cmath.exp(z * math.log(2.0)),
    "expm1": lambda z: complex(math.expm1(_real(z)), math.exp(_real(z)) * math.sin(complex(z).imag)),
    "floordiv": _by_real_part(lambda x, y: x // y), "fmod": _fmod, "fsum": _sum,
    "hypot": _hypot, "int": lambda z: int(_real(z)),
    "log1p": lambda z: complex(math.log1p(_real(z)), math.atan2(complex(z).imag, 1.0 + _real(z))),
    "log2": lambda z: cmath.log(z) / math.log(2.0),
    "max": lambda *xs: max(xs[0] if len(xs) == 1 else xs, key=_real),
    "min": lambda *xs: min(xs[0] if len(xs) == 1 else xs, key=_real),
    "mod": lambda x, y: x - y * math.floor(_real(x) / _real(y)), "pow": _power, "prod": lambda xs: reduce(operator.mul, xs),
    "radians": lambda z: z / CONSTANTS["degrees_per_radian"],
    "remainder": lambda x, y: x - y * round(_real(x) / _real(y)),
    "sinpi": lambda z: complex(sinpi(_real(z)), cospi(_real(z)) * math.sinh(math.pi * complex(z).imag)),
}  # fmt: skip


@lru_cache(maxsize=1)
def complex_step() -> System:
    """Complex numbers with a tiny imaginary part."""
    return System(
        "complex numbers",
        _FUNCTIONS,
        key="complex_step",
        number=lambda x: complex(as_float(x)),
        rewriter=CONDITIONS,
        finish=_real,
    )


class ComplexStepReplay(Replay):
    """A replay whose derivatives are complex steps; `.grads` holds those of the leaves, one evaluation each."""

    def grad(self, node: Any) -> float:
        """The derivative of the root with respect to a node, by one more evaluation."""
        self._check(node)
        return float(self._evaluate(node)[self.root].imag / STEP)

    @property
    def grads(self) -> dict[Any, Any]:
        """The derivatives with respect to the leaves."""
        return {node: self.grad(node) for node in self.nodes if node.is_leaf}

    def _nudge(self, number: Any) -> Any:
        return complex(number.real, STEP)
