"""The kit for derivatives that this engine did not compute: written by hand, or by another engine.

Nothing is known of them but numbers, so differences of the function are all there is: along each argument, with an error
bound.  An `Engine` says in four short functions how another engine is used; for those with micrograd's interface, for
PyTorch and for HIPS/autograd that is done.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.hints import Gone
from autograd_lite.testing.calling import Call, refusal
from autograd_lite.testing.check import check_grad, raised
from autograd_lite.testing.comparison import Comparison
from autograd_lite.testing.report import FAIL, PASS, Report
from autograd_lite.transforms.signature import parameters


@dataclass(frozen=True)
class Engine:
    """How another engine is used.

    Attributes
    ----------
    name : str
    variable : callable
        A variable of the engine from a float.
    number : callable
        The float in a result.
    backward : callable
        Runs back-propagation from a result.
    gradient : callable
        The gradient that is in a variable then, as a float (None: no gradient reached it).
    """

    name: str
    variable: Callable[[float], Any]
    number: Callable[[Any], float]
    backward: Callable[[Any], Any]
    gradient: Callable[[Any], float | None]

    clear = Gone("gradients are read from new variables each time, so that nothing needs to be cleared")


def value_engine(kind: Callable[[float], Any], name: str = "") -> Engine:
    """An engine with micrograd's interface: `kind(x)` makes a scalar with `.data`, `.grad` and `.backward()`.

    >>> from autograd_lite import Value
    >>> value_engine(Value).name
    'Value'
    """
    title = name or getattr(kind, "__name__", "the engine")
    return Engine(title, kind, lambda result: float(result.data), lambda result: result.backward(), _grad)


def torch_engine() -> Engine:
    """PyTorch, with scalars in double precision."""
    import torch

    return Engine(
        "PyTorch",
        lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True),
        lambda result: float(result.detach()),
        lambda result: result.backward(retain_graph=True),
        _grad,
    )


def _grad(variable: Any) -> float | None:
    return None if variable.grad is None else float(variable.grad)


def check_engine(
    engine: Engine,
    f: Callable[..., Any],
    *args: float,
    rtol: float = 1e-7,
    twice: bool = True,
    raise_exception: bool = True,
) -> Report:
    """Check another engine's gradient of a function against differences of the function.

    Parameters
    ----------
    engine : Engine
    f : callable
        Computes with the engine's variables.
    *args : float
        The point.
    rtol : float, default 1e-7
        What the gradient may be off by, besides the error of the differences.
    twice : bool, default True
        Also run back-propagation a second time on the same graph: gradients have to add up, to twice the first.
    raise_exception : bool, default True

    Returns
    -------
    Report

    Raises
    ------
    GradientError
        If a gradient is wrong.
    TypeError
        If `f` returns something other than one variable of the engine.

    Examples
    --------
    >>> from autograd_lite import Value
    >>> check_engine(value_engine(Value), lambda x, y: (x * y).tanh() * x, 0.5, -1.5).verdict
    'pass'
    """
    __tracebackhide__ = True  # pytest shows the test, not this
    if not args:
        raise TypeError("give the point at which to check: check_engine(engine, f, 0.5)")

    def call(numbers: Sequence[float]) -> tuple[list[Any], Any]:
        variables = [engine.variable(float(number)) for number in numbers]
        result = f(*variables)
        if not isinstance(result, type(variables[0])) and isinstance(result, int | float | list | tuple | None):
            raise refusal(_name(f), result, f"one variable of {engine.name}")
        return variables, result

    variables, result = call(args)
    engine.backward(result)
    found = [engine.gradient(variable) for variable in variables]
    report = _report(f, args, engine.number(result), [slope or 0.0 for slope in found])
    _compare(report, lambda numbers: engine.number(call(numbers)[1]), args, rtol)
    unreached = [name for name, slope in zip(report.gradient, found, strict=True) if slope is None]
    if unreached:
        report.notes.append(f"no gradient reached {', '.join(unreached)}; it counts as 0")
    if twice and report.verdict == PASS:
        engine.backward(result)
        for (name, once), variable in zip(report.gradient.items(), variables, strict=True):
            again = engine.gradient(variable) or 0.0
            # Some engines forget the first pass, which is another way of being right.
            if not any(math.isclose(again, right, rel_tol=1e-9, abs_tol=1e-300) for right in (2.0 * once, once)):
                report.verdict = FAIL
                report.notes.append(
                    f"a second backward on the same graph takes the gradient of {name} from {once!r} to {again!r}, not to "
                    f"{2.0 * once!r}: gradients of intermediate results are kept from the first pass"
                )
    return raised(report, raise_exception)


def check_derivative(
    f: Callable[..., Any],
    derivative: Callable[..., Any],
    *args: Any,
    rtol: float = 1e-7,
    atol: float = 0.0,
    raise_exception: bool = True,
) -> Report:
    """Check a derivative that was written by hand.

    Parameters
    ----------
    f : callable
        Takes floats and returns one; or, if it can do nothing with floats, takes Values and returns one, and then its
        gradient by back-propagation is checked as well.
    derivative : callable
        Takes floats; returns a number, or one for each argument.
    *args : float
        The point.
    rtol, atol : float
        What the derivative may be off by, besides the error of the differences.
    raise_exception : bool, default True

    Returns
    -------
    Report

    Raises
    ------
    GradientError
        If it is wrong.

    Examples
    --------
    >>> import math
    >>> check_derivative(math.sin, math.cos, 1.0).verdict
    'pass'
    >>> check_derivative(math.sin, lambda x: -math.cos(x), 1.0, raise_exception=False).verdict
    'fail'
    """
    __tracebackhide__ = True  # pytest shows the test, not this
    if not args:
        raise TypeError("give the point at which to check: check_derivative(f, derivative, 0.5)")
    numbers = [float(arg) for arg in args]
    found = derivative(*numbers)
    slopes = [float(one) for one in (found if isinstance(found, tuple | list) else [found])]
    if len(slopes) != len(numbers):
        raise TypeError(
            f"the function has {len(numbers)} arguments, its derivative gave {len(slopes)} numbers: one for each"
        )
    try:
        here = f(*numbers)
    except (TypeError, AttributeError):  # it needs Values: it uses their methods
        here = None
    takes_values = here is None or isinstance(here, Value)
    if takes_values:
        report = check_grad(f, *numbers, raise_exception=raise_exception)
        if report.verdict == FAIL:
            return report
        here = report.value
    value = Call(f, numbers).value if takes_values else (lambda numbers: float(f(*numbers)))
    report = _report(f, numbers, float(here), slopes)
    _compare(report, value, numbers, rtol, atol)
    return raised(report, raise_exception)


def _report(f: Callable[..., Any], args: Sequence[float], here: float, slopes: Sequence[float]) -> Report:
    gradient = dict(zip(parameters(f, len(args)), slopes, strict=True))
    return Report(PASS, _name(f), ", ".join(map(repr, args)), here, gradient)


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", type(f).__name__)


def _compare(
    report: Report, value: Callable[[Sequence[float]], float], args: Sequence[float], rtol: float, atol: float = 0.0
) -> None:
    comparison = Comparison(value, args, report, rtol, atol)
    if comparison.is_repeatable():
        comparison.along_each_argument()
