"""What a gradient costs: the graph replayed in floats that count the operations done with them.

The theorem behind back-propagation (Baur and Strassen 1983; Griewank 1989, "On automatic differentiation"): a function and
all its partial derivatives together cost at most a small constant times the function alone, 5 at the outside, *whatever the
number of inputs*.  The count shows it on any graph.
"""

import operator
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value
from autograd_lite.replay.run import Replay
from autograd_lite.replay.system import System
from autograd_lite.rules.floats import INTRINSICS
from autograd_lite.rules.operators import Operators

#: What an operation counts: a division as four multiplications, an elementary function as ten, as on most processors.
WEIGHTS = {"/": 4, "//": 4, "%": 4, "sqrt": 4}
FUNCTION = 10
_CHEAP = ("abs", "ceil", "copysign", "floor", "max", "min", "round", "sign", "trunc")


def _weight(name: str) -> int:
    if name in WEIGHTS:
        return WEIGHTS[name]
    return FUNCTION if name.isidentifier() and name not in _CHEAP else 1


@dataclass(frozen=True)
class OperationCount:
    """How many operations a graph's value and its gradient take.

    Attributes
    ----------
    value, gradient : Counter
        For each operation how often it is done: to compute the value, and to compute the gradient after that.
    """

    value: Counter[str]
    gradient: Counter[str]

    @property
    def value_cost(self) -> int:
        """The operations of the value, weighted: + - * and comparisons 1, a division or a root 4, a function 10."""
        return sum(_weight(name) * count for name, count in self.value.items())

    @property
    def gradient_cost(self) -> int:
        """The operations of the gradient, weighted in the same way."""
        return sum(_weight(name) * count for name, count in self.gradient.items())

    @property
    def ratio(self) -> float:
        """The cost of value and gradient together, as a multiple of the value's."""
        return (self.value_cost + self.gradient_cost) / self.value_cost if self.value_cost else 1.0

    def __str__(self) -> str:
        return (
            f"value: {sum(self.value.values())} operations; gradient: {sum(self.gradient.values())} more; "
            f"together {self.ratio:.2f} times the cost of the value"
        )


def operation_count(root: Any) -> OperationCount:
    """Count the operations of a recorded graph: those of its value, and those of its gradient with respect to all leaves.

    Parameters
    ----------
    root : Value

    Returns
    -------
    OperationCount

    Examples
    --------
    >>> from autograd_lite import Value, prod
    >>> xs = [Value(1.0 + k) for k in range(100)]
    >>> count = operation_count(prod(xs))
    >>> count.value["*"], count.ratio <= 5
    (99, True)
    """
    if not isinstance(root, Value):
        raise TypeError(f"operation_count takes the Value at the end of a recorded graph, not {type(root).__name__}")
    tally: Counter[str] = Counter()
    run = Replay(root, _counting(tally), {})
    value = Counter(tally)
    tally.clear()
    run.grad(root)
    return OperationCount(value, tally)


def _counting(tally: Counter[str]) -> System:
    """Floats that note in `tally` what is done with them."""

    class Counted(Operators, float):  # type: ignore[misc]  # both have the operators; those of `Operators` count
        __slots__ = ()
        __hash__ = float.__hash__

        def write(self, name: str, *operands: Any) -> Any:
            return functions[name](*operands)

    def counted(sign: str, compute: Callable[..., Any], result: Callable[[Any], Any] = Counted) -> Callable[..., Any]:
        def call(*operands: Any) -> Any:
            if not any(isinstance(operand, Counted) for operand in operands):
                return compute(*operands)
            tally[sign] += 1
            return result(compute(*map(float, operands)))

        return call

    def chain(sign: str, compute: Callable[[Iterable[float]], float]) -> Callable[..., Any]:
        def call(*xs: Any) -> Any:
            numbers = list(xs[0]) if len(xs) == 1 else list(xs)
            tally[sign] += max(len(numbers) - 1, 0)
            return Counted(compute(map(float, numbers)))

        return call

    def power(x: Any, y: Any) -> Any:
        return counted("*" if float(y) in (1.0, 2.0) else "pow", INTRINSICS["pow"])(x, y)

    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(Counted, f"__{name}__", counted("<=>", getattr(operator, name), bool))
    functions: dict[str, Callable[..., Any]] = {name: counted(name, function) for name, function in INTRINSICS.items()}
    functions |= {
        "add": counted("+", operator.add), "sub": counted("-", operator.sub), "mul": counted("*", operator.mul),
        "div": counted("/", operator.truediv), "floordiv": counted("//", operator.floordiv), "mod": counted("%", operator.mod),
        "neg": counted("neg()", operator.neg), "pow": power, "detach": lambda x: x, "fsum": chain("+", INTRINSICS["fsum"]),
        "max": chain("max", max), "min": chain("min", min), "prod": chain("*", INTRINSICS["prod"]),
    }  # fmt: skip
    return System(
        "counting floats",
        functions,
        {},
        key="counting",
        number=lambda x: Counted(as_float(x)),
        constant=lambda x: x,
        checks_domain=False,
    )
