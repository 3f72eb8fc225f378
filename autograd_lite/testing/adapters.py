"""The kit for derivatives that this engine did not compute: written by hand, or by another engine.

Nothing is known of them but numbers, so differences of the function are all there is: along each argument, with an error
bound.  An `Engine` says in four short functions how another engine is used; for those with micrograd's interface, for
PyTorch and for HIPS/autograd that is done.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.node import Node
from autograd_lite.testing.calling import Call
from autograd_lite.testing.check import GradientError, check_grad
from autograd_lite.testing.numeric import Estimate, differentiate
from autograd_lite.testing.report import FAIL, INCONCLUSIVE, PASS, ArgumentCheck, Report
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
    clear : callable, optional
        Forgets the gradient of a variable.
    """

    name: str
    variable: Callable[[float], Any]
    number: Callable[[Any], float]
    backward: Callable[[Any], Any]
    gradient: Callable[[Any], float | None]
    clear: Callable[[Any], Any] | None = None


def value_engine(kind: Callable[[float], Any], name: str = "") -> Engine:
    """An engine with micrograd's interface: `kind(x)` makes a scalar with `.data`, `.grad` and `.backward()`.

    >>> from autograd_lite import Value
    >>> value_engine(Value).name
    'Value'
    """
    return Engine(
        name or getattr(kind, "__name__", "the engine"),
        kind,
        lambda result: float(result.data),
        lambda result: result.backward(),
        lambda variable: None if variable.grad is None else float(variable.grad),
    )


def torch_engine() -> Engine:
    """PyTorch, with scalars in double precision."""
    import torch

    return Engine(
        "PyTorch",
        lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True),
        lambda result: float(result.detach()),
        lambda result: result.backward(retain_graph=True),
        lambda variable: None if variable.grad is None else float(variable.grad),
    )


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
    names = parameters(f, len(args))

    def call(numbers: Sequence[float]) -> tuple[list[Any], Any]:
        variables = [engine.variable(float(number)) for number in numbers]
        result = f(*variables)
        _refuse(f, engine, result, variables)
        return variables, result

    if not args:
        raise TypeError("give the point at which to check: check_engine(engine, f, 0.5)")
    variables, result = call(args)
    engine.backward(result)
    found = [engine.gradient(variable) for variable in variables]
    gradient = [slope or 0.0 for slope in found]
    report = _compare(f, args, names, gradient, lambda numbers: engine.number(call(numbers)[1]), engine.number(result), rtol)
    unreached = [name for name, slope in zip(names, found, strict=True) if slope is None]
    if unreached:
        report.notes.append(f"no gradient reached {', '.join(unreached)}; it counts as 0")
    if twice and report.verdict == PASS:
        engine.backward(result)
        again = [engine.gradient(variable) or 0.0 for variable in variables]
        for name, once, both in zip(names, gradient, again, strict=True):
            # Some engines forget the first pass, which is another way of being right.
            if not any(math.isclose(both, right, rel_tol=1e-9, abs_tol=1e-300) for right in (2.0 * once, once)):
                report.verdict = FAIL
                report.notes.append(
                    f"a second backward on the same graph takes the gradient of {name} from {once!r} to {both!r}, not to "
                    f"{2.0 * once!r}: gradients of intermediate results are kept from the first pass"
                )
    return _done(report, raise_exception)


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
    names = parameters(f, len(args))
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
    if here is None or isinstance(here, Node):
        report = check_grad(f, *numbers, raise_exception=raise_exception)
        if report.verdict == FAIL:
            return report
        value: Callable[[Sequence[float]], float] = Call(f, numbers).value
        here = report.value
    else:

        def value(numbers: Sequence[float]) -> float:
            return float(f(*numbers))

    report = _compare(f, numbers, names, slopes, value, float(here), rtol, atol)
    return _done(report, raise_exception)


def _compare(
    f: Callable[..., Any], args: Sequence[float], names: Sequence[str], gradient: Sequence[float],
    value: Callable[[Sequence[float]], float], here: float, rtol: float, atol: float = 0.0,
) -> Report:  # fmt: skip
    name = getattr(f, "__name__", type(f).__name__)
    report = Report(PASS, name, ", ".join(map(repr, args)), here, dict(zip(names, gradient, strict=True)))
    again = value(args)
    if again != here and not (math.isnan(again) and math.isnan(here)):
        report.verdict = FAIL
        report.notes.append(f"{name} is not deterministic: it gave {here!r}, and then {again!r} at the same point")
        return report
    for k, (word, x, slope) in enumerate(zip(names, args, gradient, strict=True)):
        scale = max(abs(x), 1e-2)

        def along(t: float, k: int = k, x: float = x, scale: float = scale) -> float:
            return value([*args[:k], x + t * scale, *args[k + 1 :]])

        both, left, right = (_over(differentiate(along, side=side), scale) for side in (0, -1, 1))
        if not math.isfinite(slope):
            verdict = _without_slope(report, word, slope, (both, left, right), 1e-12 * abs(here) / scale)
            report.arguments.append(ArgumentCheck(word, x, slope, both, 4.0 * both.error))
            report.verdict = _worse(report.verdict, verdict)
            continue
        if both.error == math.inf and (left.error == math.inf) != (right.error == math.inf):
            both, side = (right, "left") if left.error == math.inf else (left, "right")
            report.notes.append(f"to the {side} of {word} = {x!r} the function is not defined; the other side was taken")
        allowed = 4.0 * both.error + rtol * max(abs(slope), abs(both.value)) + atol + 1e-300
        low, high = min(left.value, right.value), max(left.value, right.value)
        slack = left.error + right.error + 1e-6 * max(abs(low), abs(high))
        if abs(slope - both.value) <= allowed:
            verdict = PASS if both.error <= 1e-3 * abs(slope) + 1e-6 else INCONCLUSIVE
        elif low - slack <= slope <= high + slack and high - low > 2.0 * slack:
            verdict = PASS
            report.notes.append(f"a kink in {word}: any slope from {low:.6g} to {high:.6g} is accepted")
            both = Estimate(slope, slack)
        elif both.error <= 1e-3 * max(abs(slope), abs(both.value)) + 1e-9:
            verdict = FAIL
        else:
            verdict = INCONCLUSIVE
        report.arguments.append(ArgumentCheck(word, x, slope, both, allowed))
        report.verdict = _worse(report.verdict, verdict)
    return report


def _worse(one: str, other: str) -> str:
    return max(one, other, key=(PASS, INCONCLUSIVE, FAIL).index)


def _without_slope(report: Report, word: str, slope: float, found: Sequence[Estimate], resolution: float) -> str:
    """The verdict on a slope of nan or inf: wrong wherever differences are sure of a number, from both sides or the one there is."""

    def sure(one: Estimate) -> bool:
        return one.error <= 1e-3 * abs(one.value) + resolution

    both, *sides = found
    there = [one for one in sides if one.error < math.inf]
    if sure(both) or (there and all(map(sure, there))):
        report.notes.append(f"the gradient of {word} is {slope!r} where the function has a slope")
        return FAIL
    report.notes.append(f"the gradient of {word} is {slope!r}, and differences give no number to compare it with")
    return INCONCLUSIVE


def _refuse(f: Callable[..., Any], engine: Engine, result: Any, variables: Sequence[Any]) -> None:
    """Raise where a function of another engine's variables gave something else."""
    if isinstance(result, type(variables[0])):
        return
    name = getattr(f, "__name__", type(f).__name__)
    wanted = f"it has to return one variable of {engine.name}"
    if result is None:
        raise TypeError(f"{name} returned None: is a `return` missing? {wanted}")
    if isinstance(result, int | float):
        raise TypeError(
            f"{name} returned the plain number {result!r}, which nothing connects with its arguments: it ignores them, or leaves "
            f"the engine on the way; {wanted}"
        )
    if isinstance(result, list | tuple):
        raise TypeError(f"{name} returned a {type(result).__name__} of {len(result)}: check one element; {wanted}")


def _over(found: Estimate, scale: float) -> Estimate:
    return Estimate(found.value / scale, found.error / scale)


def _done(report: Report, raise_exception: bool) -> Report:
    __tracebackhide__ = True  # pytest shows the test, not this
    if raise_exception and report.verdict == FAIL:
        raise GradientError(report)
    return report


__all__ = ["Engine", "check_derivative", "check_engine", "torch_engine", "value_engine"]
