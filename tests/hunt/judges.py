"""What the texts of the hunt call: a function compiled in many ways beside the plain one, and laws that numbers must obey.

A law raises AssertionError.  An error counts as an answer: the other side has to raise one of the same kind.  A refusal (a
TraceError or GuardError that says what cannot be compiled) is always allowed, another number never.
"""

import contextlib
import csv
import io
import math
import random
import re
import sys
import tempfile
import threading
import types
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from mpmath import mp, mpf
from references import REFERENCES

import autograd_lite as al
from autograd_lite import Value, nn
from autograd_lite.cli import main
from autograd_lite.compiler import CompileError, GuardError, TraceError
from autograd_lite.engine import modes
from autograd_lite.nn.training.errors import UnsuitableError

inf, nan = math.inf, math.nan
KINDS = (nn.TrainingError, ZeroDivisionError, OverflowError, ValueError)
REFUSED = "refused"
#: How many outcomes were compared, and how many refused: a hunt in which everything is refused would find nothing.
tally: Counter[str] = Counter()


def outcome(call: Callable[[], Any]) -> Any:
    """What a call comes to: its numbers with their places, the kind of its error, or `REFUSED`."""
    try:
        return flat(call())
    except (TraceError, GuardError, CompileError):
        return REFUSED
    except Exception as error:
        if isinstance(error.__cause__, UnsuitableError):
            return REFUSED
        return next((kind.__name__ for kind in KINDS if isinstance(error, kind)), type(error).__name__)


def flat(tree: Any, place: str = "") -> list[tuple[str, float]]:
    """Every number of a result with its place in it."""
    if isinstance(tree, Mapping):
        return [one for key, part in tree.items() for one in flat(part, f"{place}[{key!r}]")]
    if isinstance(tree, list | tuple):
        return [one for k, part in enumerate(tree) for one in flat(part, f"{place}[{k}]")]
    return [(place, float(tree))]


def wrong(found: Any, expected: Any, tolerance: float = 1e-9, signs: bool = False) -> bool:
    """Whether an outcome is neither the one that is expected nor a refusal."""
    tally["refused" if found == REFUSED else "compared"] += 1
    return found != REFUSED and not same(found, expected, tolerance, signs)


def same(found: Any, expected: Any, tolerance: float = 1e-9, signs: bool = False) -> bool:
    """Whether two outcomes are the same, but for rounding; and with the same signs of zeros, if those are asked for."""
    if isinstance(found, str) or isinstance(expected, str):
        return bool(found == expected)
    pairs = zip(found, expected, strict=False)
    return len(found) == len(expected) and all(
        a == b
        and close(x, y, tolerance)
        and not (signs and x == y == 0.0 and math.copysign(1.0, x) != math.copysign(1.0, y))
        for (a, x), (b, y) in pairs
    )


def close(x: float, y: float, tolerance: float = 1e-9, absolute: float | None = None) -> bool:
    """Whether two numbers are the same but for rounding; nan is nan, infinities are exact."""
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return math.isclose(x, y, rel_tol=tolerance, abs_tol=tolerance * 1e-3 if absolute is None else absolute)


# --- one function, many ways -----------------------------------------------------------------------------------------


def each(f: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """What `vmap` means: the function sample by sample; results are put together as lists, so they must be of one shape."""

    def batch(*columns: Sequence[float]) -> Any:
        results = [f(*row) for row in zip(*columns, strict=True)]
        if len({tuple(place for place, _ in flat(one)) for one in results}) > 1:
            raise ValueError("samples of different structure")
        return _columns(results)

    return batch


def _columns(results: Sequence[Any]) -> Any:
    first = results[0]
    if isinstance(first, Mapping):
        return {key: _columns([one[key] for one in results]) for key in first}
    if isinstance(first, tuple):
        return tuple(_columns([one[k] for one in results]) for k in range(len(first)))
    return list(results)


def step(f: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """A training step with the loss p * f(...): its loss and slope, with p = 0.75."""
    p = Value(0.75)
    made: list[Any] = []

    def run(*point: float) -> Any:
        if not made:
            made.append(al.compile_step(lambda *x: p * f(*x), [p], point, **options))
        made[0].load([point])
        return made[0].gradient()

    return run


def stepped(f: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """What `step` means."""

    def run(*point: float) -> Any:
        loss, slope = al.value_and_grad(lambda p: p * f(*map(Value, point)))(0.75)
        return loss, [slope]

    return run


def plain(f: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """The function itself, in place of a compiled one."""
    return f


DERIVATIVES = {"grad": al.grad, "value_and_grad": al.value_and_grad, "jacrev": al.jacrev, "hessian": al.hessian}
COMPILED = {**DERIVATIVES, "jit": al.jit, "vmap": al.vmap, "step": step}
EAGER = {**DERIVATIVES, "jit": plain, "vmap": each, "step": stepped}


class Ways:
    """A function in several ways, each a text: `Ways(f, "jit(grad(f, (0, 1)))")(2.0, 1.0)` compares it with `grad(f, (0, 1))`.

    Parameters
    ----------
    f : callable
        Of numbers, by position.
    *texts : str
        In terms of f, jit, vmap, grad, value_and_grad, jacrev, hessian and step.
    tolerance : float, default 1e-9
    signs : bool, default False
        Whether a zero has to have its sign.
    """

    def __init__(self, f: Callable[..., Any], *texts: str, tolerance: float = 1e-9, signs: bool = False) -> None:
        self.tolerance, self.signs, self.modes = tolerance, signs, _knows_modes(getattr(f, "__code__", None))
        self.made = [(text, eval(text, COMPILED | {"f": f}), eval(text, EAGER | {"f": f})) for text in texts]

    def __call__(self, *points: Sequence[float]) -> None:
        for text, compiled, eager in self.made:
            columns = [[list(column) for column in zip(*points, strict=True)]]
            for arguments in columns if "vmap" in text else points:
                self._compare(text, compiled, eager, arguments)

    def _compare(self, text: str, compiled: Callable[..., Any], eager: Callable[..., Any], arguments: Sequence[Any]) -> None:
        given = arguments if any(name in text for name in ("grad", "jac", "hess", "step")) else _values(arguments)
        expected, found = outcome(lambda: eager(*given)), outcome(lambda: compiled(*arguments))
        in_mode = self.modes or modes.answering_ieee.get()
        if expected == "AttributeError" or (in_mode and isinstance(expected, str)):
            return  # not a function of plain numbers, which what is not differentiated is to the eager engine; they know no mode
        if wrong(found, expected, self.tolerance, self.signs):
            raise AssertionError(f"{text} at {arguments} is {found}; eager {expected}")


def _knows_modes(code: Any) -> bool:
    """Whether a function, or one inside of it, switches `ieee` mode on."""
    inner = [one for one in getattr(code, "co_consts", ()) if isinstance(one, types.CodeType)]
    return "ieee" in getattr(code, "co_names", ()) or any(map(_knows_modes, inner))


def _values(arguments: Sequence[Any]) -> Any:
    return [list(map(Value, one)) if isinstance(one, list) else Value(one) for one in arguments]


def agree(what: str, calls: Mapping[str, Callable[[], Any]], tolerance: float = 1e-9) -> None:
    """Several ways to one result; the first is the oracle."""
    found = {name: outcome(call) for name, call in calls.items()}
    (first, expected), *rest = found.items()
    for name, one in rest:
        if wrong(one, expected, tolerance):
            raise AssertionError(f"{what}: {name} gives {one}; {first} {expected}")


# --- laws of derivatives ---------------------------------------------------------------------------------------------


def both_modes(smooth: Callable[[Any], Any], steep: Callable[[Any], Any], x: float, y: float) -> None:
    """Forwards as backwards; and along x the sum of smooth(x) and steep(y) moves as smooth(x) alone, however steep steep(y) is."""
    first, second = al.grad(smooth), al.derivative(smooth, 2)
    pair = lambda v: [smooth(v[0]), steep(v[1])]  # noqa: E731
    total = lambda v: smooth(v[0]) + steep(v[1])  # noqa: E731
    along = lambda f: al.jvp(f, ([x, y],), ([1.0, 0.0],))[1]  # noqa: E731
    twice = {
        name: lambda wrap=wrap: wrap(lambda v: al.hvp(total, (v,), ([1.0, 0.0],)))([x, y]) for name, wrap in _WRAPS.items()
    }
    forward = {name: lambda wrap=wrap: wrap(al.jacfwd(pair))([x, y]) for name, wrap in _WRAPS.items()}
    agree("the Jacobian", {"jacrev": lambda: al.jacrev(pair)([x, y])} | forward)
    agree("a direction", {"one alone": lambda: first(x), "jvp": lambda: along(total)})
    agree("the second derivative along x", {"one alone": lambda: [second(x), 0.0]} | twice)


def one_derivative(f: Callable[..., Any], *point: float) -> None:
    """First and second derivatives at an ordinary point, forwards and backwards in every order."""
    places, count = tuple(range(len(point))), len(point)
    units = [[float(j == k) for j in range(count)] for k in range(count)]
    vector = lambda v: f(*v)  # noqa: E731
    gradient = outcome(lambda: al.grad(f, places)(*point))
    if isinstance(gradient, str) or not all(math.isfinite(number) for _, number in gradient):
        return  # 0 times infinity is another law's
    along = {
        "jvp": lambda: tuple(al.jvp(f, point, unit)[1] for unit in units),
        "jacfwd": lambda: al.jacfwd(f, places)(*point),
    }
    agree(f"the gradient at {point}", {"grad": lambda: al.grad(f, places)(*point)} | along)
    twice = {
        "hvp": lambda: [al.hvp(vector, (list(point),), (unit,)) for unit in units],
        "jacfwd(grad)": lambda: al.jacfwd(al.grad(vector))(list(point)),
        "jit": lambda: al.jit(al.hessian(vector))(list(point)),
    }
    agree(f"the Hessian at {point}", {"hessian": lambda: al.hessian(vector)(list(point))} | twice, 1e-7)


_WRAPS: dict[str, Callable[..., Any]] = {"eager": plain, "jit": al.jit}


def higher(name: str, point: Sequence[float], k: int, order: int, tolerance: float = 1e-9) -> None:
    """The derivative of a row in its k-th argument, by every transform, against mpmath's differences in 150 digits or more."""
    function = getattr(al, name)
    f = lambda x: function(*point[:k], x, *point[k + 1 :])  # noqa: E731
    if isinstance(outcome(lambda: f(Value(point[k]))), str):
        return  # not defined here
    nested = f
    for _ in range(order):
        nested = al.grad(nested)
    scales = [abs(math.log10(abs(x))) for x in point if x and math.isfinite(x)]
    with mp.workdps(80 + (order + 1) * (40 + round(max(scales, default=0.0)))):
        exact = _difference(lambda x: REFERENCES[name](*map(mpf, point[:k]), x, *map(mpf, point[k + 1 :])), point[k], order)
        if exact is None:
            return
        number = float(exact)
    small = 1e-3 * min(abs(point[k]) or 1.0, 1.0) + 1e-280  # of what is as small as the argument the digits count, too
    for way, call in {"derivative": al.derivative(f, order), "grad": nested, "jit": al.jit(nested)}.items():
        found = outcome(lambda call=call: call(point[k]))
        if (found == "OverflowError" and abs(exact) > 1e300) or found == REFUSED:
            continue
        if isinstance(found, str) or not close(found[0][1], number, tolerance, tolerance * small):
            raise AssertionError(f"{way} {order} of {name} in argument {k} at {point} is {found}; mpmath {number}")


def _difference(f: Callable[[Any], Any], x: float, order: int) -> Any:
    """A difference of the given order; None where the function is not real, or two steps do not agree.

    One is central, the other is not: what is odd has central ones of 0 where it has no second derivative.
    """
    found = []
    for digits, aside in ((40, mpf(0)), (35, mpf(1) / 3)):
        step = min(abs(mpf(x)) or mpf(1), mpf(1)) * mpf(10) ** -digits
        try:
            terms = [
                (-1) ** j * mp.binomial(order, j) * f(mpf(x) + (mpf(order) / 2 - j + aside) * step) for j in range(order + 1)
            ]
        except (ArithmeticError, ValueError):
            return None
        if any(mp.im(term) for term in terms):
            return None
        found.append(mp.re(mp.fsum(terms)) / step**order)
    return found[0] if mp.almosteq(*found, rel_eps=mpf(10) ** -15, abs_eps=mpf(10) ** -25) else None


def nan_stays(f: Callable[..., Any], arguments: Sequence[float], *, slopes: bool = False) -> None:
    """A function of a nan is nan, plain and compiled, or an error."""
    for name, call in {
        "eager": f,
        "jit": al.jit(f),
        "llvm": al.jit(f, backend="llvm"),
        "Values": lambda *x: f(*map(Value, x)),
    }.items():
        found = outcome(lambda call=call: call(*arguments))
        if not isinstance(found, str) and not all(math.isnan(number) for _, number in found):
            raise AssertionError(f"{name} of {arguments} is {found}: the nan is lost")


class Tape:
    """Reverse mode in a few lines: a number, and what its gradient is to be given to (cotangent -> cotangents of operands)."""

    def __init__(
        self, number: float, operands: Sequence["Tape"] = (), pull: Callable[[float], Sequence[float]] = lambda g: ()
    ):
        self.number, self.operands, self.pull = number, operands, pull

    def __add__(self, other: "Tape") -> "Tape":
        return Tape(self.number + other.number, (self, other), lambda g: (g, g))

    def __mul__(self, other: Any) -> "Tape":
        if not isinstance(other, Tape):
            return Tape(self.number * other, (self,), lambda g: (g * other,))
        return Tape(self.number * other.number, (self, other), lambda g: (g * other.number, g * self.number))

    def sin(self) -> "Tape":
        """The sine."""
        return Tape(math.sin(self.number), (self,), lambda g: (g * math.cos(self.number),))

    def gradient(self, *inputs: "Tape") -> list[float]:
        """Its derivatives: each operation has its whole gradient before it hands that on."""
        order: list[Tape] = []

        def visit(node: "Tape") -> None:
            if node not in order:
                for operand in node.operands:
                    visit(operand)
                order.append(node)

        visit(self)
        grads = dict.fromkeys([*order, *inputs], 0.0) | {self: 1.0}
        for node in reversed(order):
            for operand, part in zip(node.operands, node.pull(grads[node]), strict=True):
                grads[operand] += part
        return [grads[one] for one in inputs]


def custom(
    f: Callable[..., Any],
    forward: Callable[[float], float],
    backward: Callable[[float, float], float],
    *points: Sequence[float],
) -> None:
    """f(c, x, y) with an operation c that has a backward rule of its own, by every transform, against a tape."""
    rule = al.custom_vjp(_named(forward))
    try:
        rule.defvjp(lambda x: (forward(x), x), lambda x, g: (backward(x, g),))
        of_package = lambda x, y: f(rule, x, y)  # noqa: E731
        of_tape = lambda x: Tape(forward(x.number), (x,), lambda g: (backward(x.number, g),))  # noqa: E731
        ways = {
            "grad": al.grad(of_package, (0, 1)),
            "vjp": lambda x, y: al.vjp(of_package, x, y)[1](1.0),
            "backward": _backward(of_package),
        }
        ways |= {f"jit {b}": al.jit(al.grad(of_package, (0, 1)), backend=b) for b in ("python", "llvm")}
        ways["vmap"] = lambda x, y: [one[0] for one in al.vmap(al.grad(of_package, (0, 1)))([x], [y])]
        for x, y in points:
            given = Tape(x), Tape(y)
            exact = f(of_tape, *given).gradient(*given)
            agree(
                f"the gradient at {(x, y)}",
                {"tape": lambda: exact} | {k: lambda call=call: call(x, y) for k, call in ways.items()},
            )
    finally:
        with contextlib.suppress(ValueError):
            al.unregister("hunted")


def _named(f: Callable[[float], float]) -> Callable[[float], float]:
    def hunted(x: float) -> float:
        return f(x)

    return hunted


def _backward(f: Callable[..., Any]) -> Callable[..., list[float]]:
    def slopes(*point: float) -> list[float]:
        leaves = [Value(x) for x in point]
        f(*leaves).backward()
        return [leaf.grad for leaf in leaves]

    return slopes


# --- losses ----------------------------------------------------------------------------------------------------------


def _huber(p: Any, y: Any) -> Any:
    d = mp.fabs(p - y)
    return d * d / 2 if d <= 1 else d - mpf(1) / 2


#: Of one pair of numbers, or of two lists of them.
LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "mse": lambda p, y: (p - y) ** 2,
    "mae": lambda p, y: mp.fabs(p - y),
    "huber": _huber,
    "bce": lambda p, y: -y * mp.log(p) - (1 - y) * mp.log(1 - p),
    "bce_with_logits": lambda z, y: mp.log(1 + mp.exp(z)) - y * z,
    "cross_entropy": lambda zs, ys: (
        -mp.fsum(y * (z - mp.log(mp.fsum(map(mp.exp, zs)))) for z, y in zip(zs, ys, strict=True))
    ),
    "kl_div": lambda qs, ys: mp.fsum(y * (mp.log(y) - q) for q, y in zip(qs, ys, strict=True) if y),
}


def loss(name: str, prediction: Any, target: Any, *, second: bool = True) -> None:
    """Slopes and second derivatives of a loss in every number it is given, targets included, against mpmath's differences."""
    count = len(prediction) if isinstance(prediction, list) else 1
    numbers = [*prediction, *target] if count > 1 else [prediction, target]
    of_package = lambda v: getattr(nn, name)(*_halves(v, count))  # noqa: E731
    with mp.workdps(100):
        exact = lambda v: LOSSES[name](*_halves(v, count))  # noqa: E731
        slopes = [float(_partial(exact, numbers, (k,))) for k in range(2 * count)]
        rows = [[float(_partial(exact, numbers, (j, k))) for k in range(2 * count)] for j in range(2 * count)]
    for wrap in _WRAPS.values():
        agree(
            f"the slopes of {name} at {numbers}",
            {"mpmath": lambda: slopes, "grad": lambda wrap=wrap: wrap(al.grad(of_package))(numbers)},
            1e-7,
        )
        if second:
            agree(
                f"second derivatives of {name} at {numbers}",
                {"mpmath": lambda: rows, "hessian": lambda wrap=wrap: wrap(al.hessian(of_package))(numbers)},
                1e-7,
            )


def _halves(numbers: Any, count: int) -> tuple[Any, Any]:
    return (list(numbers[:count]), list(numbers[count:])) if count > 1 else (numbers[0], numbers[1])


def _partial(f: Callable[[Any], Any], point: Sequence[float], places: Sequence[int]) -> Any:
    """A derivative in some places by central differences, one after another."""
    if not places:
        return f([mpf(x) for x in point])
    step = mpf(10) ** -20
    sides = [[mpf(x) + sign * step * (j == places[0]) for j, x in enumerate(point)] for sign in (1, -1)]
    above, below = (_partial(f, side, places[1:]) for side in sides)
    return (above - below) / (2 * step)


# --- training, threads, terminals ------------------------------------------------------------------------------------


def table(count: int, seed: int) -> tuple[list[list[float]], list[float]]:
    """Rows of two numbers, and targets."""
    draw = random.Random(seed)
    return [[draw.uniform(-3.0, 3.0) for _ in range(2)] for _ in range(count)], [
        draw.uniform(-3.0, 3.0) for _ in range(count)
    ]


#: Beyond such a loss nothing is learned.
_CHAOS = 1e8


def engines(train: Callable[[str], tuple[Any, Any]], tolerance: float = 1e-6) -> None:
    """A training by each engine of `fit`; `train(engine)` is a history and a model."""

    def numbers(engine: str) -> Callable[[], Any]:
        def run() -> Any:
            history, model = train(engine)
            return [history.losses, [one.data for one in model.parameters()]]

        return run

    eager = outcome(lambda: train("eager")[0].losses)
    if not isinstance(eager, str) and max([loss for _, loss in eager], default=0.0) > _CHAOS:
        return  # a line search that runs away makes of the last bit of a number another number
    try:
        agree("training", {engine: numbers(engine) for engine in ("eager", "python", "llvm")}, tolerance)
    except AssertionError:
        if all(same(_nudged(numbers("eager"), seed), outcome(numbers("eager")), tolerance) for seed in range(6)):
            raise


def _nudged(train: Callable[[], Any], seed: int) -> Any:
    """What a training comes to when all it starts from is moved by a few roundings.  If that is something else, there is no
    answer to compare with: Adagrad divides a gradient that is 0 but for rounding by itself, and takes a whole step."""
    draw, fit = random.Random(seed), nn.fit

    def moved(thing: Any) -> Any:
        return [*map(moved, thing)] if isinstance(thing, list) else thing * (1.0 + draw.uniform(-1.0, 1.0) * 2.0**-50)

    def nudged(model: nn.Module, xs: Any, ys: Any, **options: Any) -> Any:
        for parameter in model.parameters():
            parameter.data = moved(parameter.data)
        return fit(model, moved(xs), moved(ys), **options)

    with mock.patch.object(nn, "fit", nudged):
        return outcome(train)


def peers(train: Callable[[Any], Any]) -> None:
    """A training written once for both, by this package and by PyTorch, where that is installed."""
    try:
        import torch
    except ImportError:
        return
    number = lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True)  # noqa: E731
    clips = {name: getattr(torch.nn.utils, name) for name in ("clip_grad_norm_", "clip_grad_value_")}
    theirs = types.SimpleNamespace(**vars(torch.optim) | clips, number=number, no_grad=torch.no_grad)
    ours = types.SimpleNamespace(
        **{name: getattr(nn.optim, name) for name in nn.optim.__all__}, number=Value, no_grad=al.no_grad
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, about the order of steps
        exact = outcome(lambda: train(theirs))
        if not isinstance(exact, str):  # what it refuses is its own business
            agree("training", {"PyTorch": lambda: train(theirs), "here": lambda: train(ours)})


def threads_add_up(root: Any, leaf: Any, count: int, times: int = 50) -> None:
    """`backward` of one root from several threads: as if one after another, or refused."""
    root.backward()
    once, refused = leaf.grad, []
    leaf.zero_grad()

    def work() -> None:
        for _ in range(times):
            try:
                root.backward()
            except RuntimeError:
                refused.append(1)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    workers = [threading.Thread(target=work) for _ in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sys.setswitchinterval(interval)
    expected = once * (count * times - len(refused))
    if not close(leaf.grad, expected):
        raise AssertionError(
            f"{count * times} passes, {len(refused)} of them refused, left {leaf.grad / once} times the gradient of one"
        )


#: What a terminal obeys, or what shows a text otherwise than it is; a newline is one where a name has it.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029]")


def terminal_is_safe(*names: str, command: str = "train") -> None:
    """The command line on a table whose columns, classes and file have these names: none of them may command the terminal."""
    column, one, other, file = names
    with tempfile.TemporaryDirectory() as folder:
        path, model = Path(folder, f"{file}.csv"), str(Path(folder, "model.json"))
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([[column, "kind"], *[[k, one if k < 6 else other] for k in range(12)]])
        run = ["train", str(path), "--target", "kind", "--epochs", "2", "--save", model]
        written = _written(run) + (_written([command, model, str(path)]) if command != "train" else "")
    found = _OBEYED.search(written)
    broken = [name for name in names if "\n" in name and name in written]
    if found or broken:
        raise AssertionError(f"the terminal is sent {found or broken}: {written!r}")


def _written(argv: Sequence[str]) -> str:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(argv)
    return out.getvalue() + err.getvalue()
