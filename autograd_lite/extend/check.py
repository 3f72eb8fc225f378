"""A quick numerical check of a rule's partials, made when a primitive is declared by a user.

Ridders' method: central differences at shrinking steps, extrapolated to step 0, with an estimate of the error that is left.
It is not the test kit, which checks the table; it is the guard at the door, and says no with the numbers.
"""

import ast
import math
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, compile_condition, compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.rule import CONSTANTS, Rule

#: Points tried, and how many elements stand for a starred argument.
POINTS = 24
ELEMENTS = 4
#: Steps to start from, as fractions of the argument and of 1: one is right for a logarithm, the other for a sine.
STEPS = (0.1, 0.01, 1e-3, 1e-4)


class WrongPartialError(ValueError):
    """A declared partial derivative is not the derivative of the declared function."""


def check_partials(rule: Rule) -> None:
    """Compare the partials of `rule` with numerical derivatives at points of its box.

    Raises
    ------
    WrongPartialError
        With the point, the declared slope and the numerical one.
    ValueError
        If the function raises inside its box, or nowhere in it could a derivative be told.

    Examples
    --------
    >>> check_partials(Rule("cube", "x", "x * x * x", ("3.0 * x * x",), box=((-3.0, 3.0),)))
    >>> check_partials(Rule("cube", "x", "x * x * x", ("2.0 * x * x",), box=((-3.0, 3.0),)))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    autograd_lite.extend.check.WrongPartialError: cube: the partial in x, '2.0 * x * x', is ... at x = ..., ...
    """
    compiled = compile_rule(rule, FLOATS)
    told = [low == high or "none" in partial for (low, high), partial in zip(rule.box, rule.partials, strict=True)]
    for point in _points(rule):
        try:
            out = compiled.forward(*point)
            slopes = compiled.partials(out, *point)
        except ARITHMETIC_ERRORS as raised:
            raise ValueError(
                f"{rule.name} raises {type(raised).__name__} ({raised}) at {_written(rule, point)}; if it is not defined "
                "there, say where it is: domain='x > 0', for example, or a narrower box"
            ) from None
        if len(slopes) != len(point):
            raise ValueError(f"{rule.name}: {len(slopes)} partials for {len(point)} arguments at {_written(rule, point)}")
        for k, slope in enumerate(slopes):
            place = min(k, len(rule.arguments) - 1)
            if slope is not None and _compare(rule, compiled.forward, point, k, slope):
                told[place] = True
    for name, known in zip(rule.arguments, told, strict=True):
        if not known:
            raise ValueError(
                f"{rule.name}: no point was found where the derivative in {name} could be checked; "
                "give a box=((low, high), ...) in which the function is smooth"
            )


def _compare(rule: Rule, forward: Callable[..., float], point: Sequence[float], k: int, declared: float) -> bool:
    """Whether the slope could be told, and was right; if it was wrong by every estimate, an error.

    An estimate can be badly wrong and look good: a step of many periods, a kink between two points.  So one that agrees
    acquits; it takes all of them to convict.
    """
    against = None
    for numeric, error in _estimates(rule, forward, point, k):
        size = max(abs(declared), abs(numeric))
        if not error <= 1e-5 * size and size > 0.0:
            continue  # too rough to tell right from wrong
        if abs(declared - numeric) <= 20.0 * error + 1e-7 * size:
            return True
        if against is None or error < against[1]:
            against = numeric, error
    if against is None:
        return False
    place = min(k, len(rule.arguments) - 1)
    raise WrongPartialError(
        f"{rule.name}: the partial in {rule.arguments[place]}, {rule.partials[place]!r}, is {declared!r} at "
        f"{_written(rule, point)}, but the numerical derivative there is {against[0]!r} (+- {against[1]:.1g})"
    )


def _points(rule: Rule) -> Iterator[tuple[float, ...]]:
    """Points of the box that lie in the domain; the same ones every time."""
    draw = random.Random(0)

    def number(low: float, high: float) -> float:
        if low > 0.0 and high > 1e3 * low:
            return math.exp(draw.uniform(math.log(low), math.log(high)))
        return draw.uniform(low, high)

    inside = compile_condition(rule, rule.domain or "1.0", FLOATS)
    boxes = [*rule.box[: rule.arity], *[rule.box[-1]] * (ELEMENTS if rule.variadic else 0)]
    tried = (tuple(number(low, high) for low, high in boxes) for _ in range(50 * POINTS))
    found = list(islice((point for point in tried if inside(None, *point)), POINTS))
    if not found:
        raise ValueError(f"{rule.name}: no point of the box {rule.box} lies in the domain {rule.domain!r}")
    yield from found


def _estimates(rule: Rule, forward: Callable[..., float], point: Sequence[float], k: int) -> Iterator[tuple[float, float]]:
    """Derivatives in the k-th argument from several steps, each with its error; none across a kink or an edge."""
    inside, kink = (compile_condition(rule, text or "1.0", FLOATS) for text in (rule.domain, rule.kink))

    def at(x: float) -> tuple[float, ...]:
        return (*point[:k], x, *point[k + 1 :])

    def side(x: float) -> float:
        """On which side of the kink `x` lies, by its sign; 0 outside the domain."""
        try:
            return kink(forward(*at(x)), *at(x)) if inside(None, *at(x)) else 0.0
        except ARITHMETIC_ERRORS:
            return 0.0

    x = point[k]
    for step in dict.fromkeys(fraction * scale for fraction in STEPS for scale in (abs(x), 1.0) if scale):
        if x - step < x < x + step and side(x - step) * side(x + step) > 0.0:
            yield _ridders(lambda x: forward(*at(x)), x, step)


def _ridders(f: Callable[[float], float], x: float, step: float) -> tuple[float, float]:
    """C. Ridders, Advances in Engineering Software 4 (1982) 75: extrapolation of central differences."""
    shrink = 1.6
    best, error = 0.0, math.inf
    above: list[float] = []
    for _ in range(12):
        if not x - step < x < x + step:
            break
        high, low, width = f(x + step), f(x - step), (x + step) - (x - step)
        noise = 4e-16 * max(abs(high), abs(low)) / width
        row = [(high - low) / width]
        factor = 1.0
        for previous in above:
            factor *= shrink * shrink
            row.append((factor * row[-1] - previous) / (factor - 1.0))
            spread = max(abs(row[-1] - row[-2]), abs(row[-1] - previous)) + noise
            if spread <= error:
                best, error = row[-1], spread
        if above and abs(row[-1] - above[-1]) > 4.0 * error:
            break
        above = row
        step /= shrink
    return best, error


def _written(rule: Rule, point: Sequence[float]) -> str:
    return ", ".join(f"{name} = {x!r}" for name, x in zip(rule.names_of(len(point)), point, strict=True))


def problems(rule: Rule, known: set[str]) -> list[str]:
    """What is wrong with `rule`, in sentences; `known` are the names of functions that may be called.

    >>> problems(Rule("twice", "x", "2 * x", ("2.0", "1.0")), set())
    ['twice: 1 argument but 2 partials']
    """
    found = []
    if not rule.name.isidentifier():
        found.append(f"{rule.name!r} is not a name Python accepts")
    for argument in rule.arguments:
        if not argument.isidentifier() or argument in CONSTANTS or argument == "out":
            found.append(f"{rule.name}: {argument!r} cannot be the name of an argument")
    if len(rule.partials) != len(rule.arguments):
        plural = "argument" if len(rule.arguments) == 1 else "arguments"
        found.append(f"{rule.name}: {len(rule.arguments)} {plural} but {len(rule.partials)} partials")
    for text in (rule.forward, *rule.partials, *(text for _, text in rule.let), rule.kink or "0", rule.domain or "0"):
        try:
            ast.parse(text, mode="eval")
        except SyntaxError as error:
            found.append(f"{rule.name}: {text!r} is not an expression ({error.msg})")
    if found:
        return found
    bound = set(rule.arguments) | {name for name, _ in rule.let} | set(CONSTANTS) | {"out", "len", "zip", "enumerate", "int"}
    unknown = rule.names_used() - bound - known
    found += [f"{rule.name}: the name {name!r} is neither an argument nor a known function" for name in sorted(unknown)]
    return found
