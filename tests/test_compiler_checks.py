"""What the eager engine raises for, in compiled code: raised as well, or another way through the function if it is caught."""

import contextlib
import itertools
import math

import pytest
from refusals import refused

import autograd_lite as al
from autograd_lite import Value, grad, jit, nn, value_and_grad, vmap
from autograd_lite.compiler import TraceError, UnsupportedOperation, compile_step, python_writer, to_arrays, to_c, to_onnx
from autograd_lite.compiler import checks as module
from autograd_lite.compiler.capture import capture
from autograd_lite.compiler.operations import TOTAL, raised
from autograd_lite.engine.common import apply
from autograd_lite.extend import primitive
from autograd_lite.rules import RULES
from autograd_lite.rules.evaluate import compile_rule
from autograd_lite.rules.ieee import IEEE
from autograd_lite.transforms.tree import NUMBER

ERRORS = (ValueError, ZeroDivisionError, OverflowError)
POINTS = (
    0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 1e-320, 1e200, -1.7e308, math.inf, -math.inf, math.nan, 710.0, 0.7, 172.0, 1.0 - 2.0**-53,
)  # fmt: skip
#: Their operands are not only numbers like others.
COUNTS = {"polygamma", "sinc_derivative", "round", "softmax", "log_softmax"}


@pytest.fixture(params=["python", "llvm"])
def backend(request):
    if request.param == "llvm":
        pytest.importorskip("llvmlite")
    return request.param


def arguments_of(rule):
    """Points for a row: all of them for one argument, pairs and triples of some for more."""
    count = 2 if rule.variadic else rule.arity
    if count == 1:
        return [(point,) for point in POINTS]
    some = (
        [*POINTS[:6:2], 3.0, -2.0, 1e200, math.inf, -math.inf, math.nan, 1e-320]
        if count == 2
        else [0.0, -1.0, 2.0, math.inf]
    )
    return list(itertools.product(some, repeat=count))


def middle(rule):
    """A point at which the row is defined."""
    count = 2 if rule.variadic else rule.arity
    return [1.5 if math.isinf(low + high) else (low + high) / 2.0 for low, high in (rule.box * count)[:count]]


def outcome(function, *args):
    """The numbers, or the kind of error."""
    try:
        return flat(function(*args))
    except ERRORS as error:
        return next(kind.__name__ for kind in ERRORS if isinstance(error, kind))


def flat(result):
    return [one for part in result for one in flat(part)] if isinstance(result, list | tuple) else [float(result)]


def agree(one, other, backend):
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    rel = 1e-13 if backend == "llvm" else 0.0
    tiny = 1e-307 if backend == "llvm" else 0.0
    return all(
        x == y or (x != x and y != y) or math.isclose(x, y, rel_tol=rel, abs_tol=tiny)
        for x, y in zip(one, other, strict=True)
    )


SHAPES = {
    "alive": lambda op: op,
    "dead": lambda op: lambda *a: (op(*a), 2.0 * a[-1])[1],
    "hidden": lambda op: lambda *a: 1.0 / (1.0 + al.exp(-al.tanh(al.maximum(op(*a), 3.0)))),
    "not chosen": lambda op: lambda *a: al.where(a[-1] > 1e9, op(*a), 1.5 * a[-1]),
}


def compared(names, shape, backend):
    """Each row, value and gradient, recorded where it is defined, then asked everywhere: compiled and eager agree."""
    for name in names:
        rule = RULES[name]

        def op(*args, name=name):
            return apply(name, *args)

        every = tuple(range(len(middle(rule))))
        plain = SHAPES[shape](op)
        for function in (plain, grad(plain, every)):
            compiled = jit(function, backend=backend, max_variants=64)
            compiled(*middle(rule))
            for args in arguments_of(rule):
                expected, found = outcome(function, *args), outcome(compiled, *args)
                if name == "lgamma" and 0.9 < args[0] < 1.1:
                    continue  # its own accuracy is another matter
                assert agree(expected, found, backend), (name, shape, args, expected, found)


RAISING = [name for name in RULES if name not in TOTAL | COUNTS]


@pytest.mark.parametrize("shape", SHAPES)
def test_raises_where_eager_does(shape, backend):
    compared(RAISING[:: 4 if backend == "python" else 8], shape, backend)


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES)
def test_raises_where_eager_does_for_the_whole_table(shape, backend):
    compared([name for name in RULES if name not in COUNTS], shape, backend)


def test_rows_that_never_raise():
    """The list is right: no row on it raises, each row that is not raises somewhere."""
    extremes = (*POINTS[:6], 1e308, -1.7e308, 1e-320, math.inf, -math.inf, math.nan, 710.0, 0.25)
    for name, rule in RULES.items():
        if name in COUNTS or name.startswith("_"):
            continue
        count = 2 if rule.variadic else rule.arity
        points = POINTS if count == 1 else extremes if count == 2 else extremes[::2]
        found = any(raised(name, args) for args in itertools.product(points, repeat=count))
        assert found is not (name in TOTAL), name


def test_what_raises_shows_in_machine_code():
    """Where a row raises, IEEE arithmetic gives no number, but for the rows that are known to hide it; what carries, carries."""
    for name in [*RAISING, *sorted(module._CARRYING & set(RULES))]:
        rule = RULES[name]
        for args in arguments_of(rule):
            number = compile_rule(rule, IEEE).forward(*args)
            if raised(name, args) and math.isfinite(number):
                assert name in module._HIDING, (name, args, number)
            first = args[:1] if name == "div" else args
            if name in module._CARRYING and not all(map(math.isfinite, first)):
                assert not math.isfinite(number), (name, args, number)


@pytest.mark.parametrize("shape", ["dead", "hidden"])
def test_a_primitive_of_ones_own_hides_an_infinity(shape, backend):
    slope = "-1.0 / (1.0 + x * x) - 2.0 / (4.0 + x * x)"
    op = primitive("bounded_inverse", "x", forward="atan(1.0 / x) + atan(2.0 / x)", partials=(slope,))
    try:
        f = SHAPES[shape](op)
        g = jit(f, backend=backend)
        assert g(1.5) == pytest.approx(float(f(1.5)), rel=1e-14)
        with pytest.raises(ZeroDivisionError):
            g(0.0)
    finally:
        al.unregister("bounded_inverse")


def test_checks_that_cost_nothing():
    """None where nothing can raise, or what does not exist shows in a result; one guard for all the others."""

    def guards(function, *args, tested=True):
        program = capture(function, [NUMBER] * len(args), args).program
        kernel = module.Kernel(program, len(args), len(program.outputs))
        return len(module.checked(kernel, True, program.outputs if tested else ()).program.guards)

    assert (
        guards(lambda x, y: al.tanh(al.dot([x, y], [y, 0.3])) * al.relu(x) + al.sigmoid(y) / 3.0, 1.0, 2.0, tested=False)
        == 0
    )
    assert guards(lambda x: 3.0 * al.log(x) + x, 1.0) == 0
    assert guards(lambda x: al.log(al.sqrt(x) * 2.0), 1.0) == 0
    assert guards(lambda x: al.tanh(al.log(x)) + al.tanh(al.log(2.0 * x)) + al.tanh(al.exp(x)), 1.0) == 1


# --- a caught exception is a branch -------------------------------------------------------------------------------------


def inverse(x):
    try:
        return 1 / x
    except ZeroDivisionError:
        return 5 * x


def logarithm(x):
    try:
        return al.log(x) * 2.0
    except ValueError:
        return x * x - 3.0


def suppressed(x):
    with contextlib.suppress(ValueError):
        return al.sqrt(x - 1.0) + x
    return -7.0 * x


def overflow(x):
    try:
        y = al.exp(400.0 * x)
    except OverflowError:
        return x + 100.0
    return al.tanh(y) * x


def by_kind(x):
    try:
        return x**-0.5
    except ZeroDivisionError:
        return x + 11.0
    except ValueError:
        return x * 3.0


def nested(x):
    try:
        try:
            return 1.0 / al.log(x)
        except ZeroDivisionError:
            return 10.0 * x
    except ArithmeticError:
        raise AssertionError from None
    except ValueError:
        return 1.0 / (x - 2.0) if x < 0.0 else 20.0 * x


def normalised(x):
    size = al.sqrt(x * x)
    try:
        return x / size
    except ZeroDivisionError:
        return size + 2.0 * x


CATCHING = [inverse, logarithm, suppressed, overflow, by_kind, nested, normalised]
WHERE = (2.0, 0.0, -1.0, 1.0, 4.0, -3.0, 0.5)


@pytest.mark.parametrize("function", CATCHING, ids=lambda f: f.__name__)
@pytest.mark.parametrize("order", [1, -1])
def test_a_caught_exception_is_a_branch(function, order, backend):
    """From whichever point it is recorded: the function, its derivative, and batches are those of the eager engine."""
    points = WHERE[::order]
    eager = [(lambda x: [float(function(Value(x)))]), grad(function), value_and_grad(function)]
    for made, plain in zip((function, *eager[1:]), eager, strict=True):
        expected = [pytest.approx(flat(plain(x)), rel=1e-14, nan_ok=True) for x in points]
        compiled = jit(made, backend=backend)
        assert [flat(compiled(x)) for x in points] == expected
        batch = jit(vmap(made), backend=backend)(list(points))
        assert [flat(row) for row in (zip(*batch, strict=True) if isinstance(batch, tuple) else batch)] == expected


READING = {
    "str": lambda e: float(str(e).split("x = ")[1].split(" ")[0]), "format": lambda e: len(f"{e}"), "repr": lambda e: len(repr(e)),
    "len": lambda e: len(e.args[0]), "split": lambda e: len(e.args[0].split()), "in": lambda e: 1.0 + ("-2.0" in e.args[0]),
    "item": lambda e: ord(e.args[0][20]), "join": lambda e: len(" ".join(map(str, e.args))),
}  # fmt: skip


@pytest.mark.parametrize("name", READING)
def test_the_number_in_a_caught_error_is_not_frozen(name, backend):
    def f(x):
        try:
            return al.log(x)
        except ValueError as error:
            return x * READING[name](error)

    for transform in (lambda f: f, grad, vmap):
        with refused(TraceError, "text of an error", "test_compiler_checks.py"):
            jit(transform(f), backend=backend)([-2.0] if transform is vmap else -2.0)


def test_an_error_of_ones_own_may_quote_it(backend):
    def f(x):
        try:
            return al.log(x)
        except ValueError as error:
            raise ValueError(f"mine: {error}") from error

    for points in ([-2.0, 2.0, -3.0], [2.0, -3.0]):
        compiled = jit(f, backend=backend)
        for x in points:
            if x > 0:
                assert compiled(x) == f(x)
            else:
                with pytest.raises(ValueError, match=f"mine: .*x = {x}"):
                    compiled(x)


@pytest.mark.parametrize("first", [0.0, 2.0])
def test_the_caught_way_is_compiled_too(first, backend, monkeypatch):
    """Both ways are: the eager engine is not asked again."""
    g = jit(inverse, backend=backend)
    assert [g(first), g(2.0 - first)] == [inverse(first), inverse(2.0 - first)]
    monkeypatch.setattr(g, "_eager", None)
    assert [g(4.0), g(0.0), g(-2.0)] == [0.25, 0.0, -0.5]
    assert len(g.variants) == 2


@pytest.mark.parametrize("export", [to_c, to_arrays, to_onnx])
@pytest.mark.parametrize(
    ("function", "line"),
    [(inverse, "return 1 / x"), (logarithm, "return al.log(x)"), (suppressed, "return al.sqrt(x - 1.0)")],
)
@pytest.mark.parametrize("at", [0.0, 2.0])
def test_exports_have_one_way(export, function, line, at):
    """Recorded where the operation raises or where it does not, what catches it is a branch, refused with its line."""
    if export is to_onnx:
        pytest.importorskip("onnx")
    with pytest.raises(UnsupportedOperation) as refusal:
        export(function, at)
    assert line in str(refusal.value)
    assert "test_compiler_checks.py" in str(refusal.value)


class Swallowing:
    def __init__(self, *kinds):
        self.kinds = kinds

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        return kind is not None and issubclass(kind, self.kinds)


class NamedDomainError(contextlib.nullcontext):
    def __exit__(self, kind, *rest):
        return kind is not None and kind.__name__ == "DomainError"


@contextlib.contextmanager
def trying():
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.nullcontext())
        try:
            yield
        except ArithmeticError:
            stack.close()


def within(*managers):
    """A function that computes inside of each of these, made when it is called, in turn."""

    def f(x):
        y = x
        for made in managers:
            with made():
                y = al.log(al.exp(y) / x)
        return y

    return f


def by_exit_stack(x):
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(ValueError))
        return al.log(x)
    return x


def without_source(text):
    space = {"al": al}
    exec(text, space)
    return space["f"]


HIDDEN = [
    within(lambda: contextlib.suppress(OverflowError)),
    within(lambda: Swallowing(ZeroDivisionError)),
    within(trying),
    within(contextlib.nullcontext, trying),
    by_exit_stack,
    trying()(lambda x: 1.0 / x),
    without_source("def f(x):\n try:\n  return al.log(x)\n except ValueError:\n  return x"),
    without_source("def f(x):\n try:\n  y = al.log(x)\n except:\n  y = float(x)\n return y"),
    grad(logarithm),
    *[
        without_source(f"def f(x):\n try:\n  return {what}\n except {kind}:\n  return 7 * x")
        for what, kind in [
            ("al.log(x)", "al.DomainError"), ("1 / x", "al.DivisionByZeroError"), ("al.exp(x)", "al.RangeError"),
            ("al.log(x)", "Exception"), ("x ** -0.5", "(KeyError, ArithmeticError)"), ("al.sqrt(x)", "BaseException"),
        ]
    ],
    without_source("def f(x):\n try:\n  return al.log(x)\n except Exception as e:\n  if type(e) is al.DomainError: return x\n  raise"),
    without_source("def f(x):\n try:\n  return al.log(x)\n except Exception as e:\n  if 'log' in str(e): return x\n  raise"),
    without_source("def f(x):\n try:\n  return al.log(x)\n except Exception as e:\n  if 'defined' in e.args[0]: return x\n  raise"),
    without_source("def f(x):\n try:\n  return al.log(x)\n finally:\n  return x"),
    without_source("def f(x):\n for k in range(2):\n  try:\n   x = al.log(x)\n  finally:\n   if k: break\n return x"),
    within(NamedDomainError),
    *[
        without_source(
            "def f(x):\n s = 0.0\n for k in range(5):\n  try:\n   s = s + al.log(x + k)\n"
            f"  except ValueError:\n   if k != {k}: raise\n return s"
        )
        for k in range(5)
    ],
]  # fmt: skip


@pytest.mark.parametrize("export", [to_c, to_arrays, to_onnx])
@pytest.mark.parametrize("function", HIDDEN)
def test_whatever_catches_is_a_branch_in_an_export(function, export):
    if export is to_onnx:
        pytest.importorskip("onnx")
    with pytest.raises(UnsupportedOperation) as refusal:
        export(function, 2.0)
    assert "catches" in str(refusal.value)


@pytest.mark.parametrize(
    "function",
    [
        within(contextlib.nullcontext, al.enable_grad, lambda: Swallowing(KeyError), contextlib.ExitStack),
        within(lambda: contextlib.closing(contextlib.ExitStack())),
        without_source("def f(x):\n try:\n  return al.log(x)\n except ValueError as e:\n  raise KeyError from e"),
        without_source("def f(x):\n try:\n  return al.log(x)\n finally:\n  del x"),
        without_source("def f(x):\n return sum(al.log(x + k) for k in range(3))"),
        without_source("def f(x):\n return sum([al.log(x + k) for k in range(1500)])"),
        without_source(
            "def f(x):\n y = x\n for k in range(1500):\n  try:\n   y = al.log(x + k)\n  finally:\n   k = 0\n return y"
        ),
    ],
)
def test_what_catches_nothing_is_exported(function):
    run = to_arrays(function, 2.0)
    assert float(run(3.0)) == pytest.approx(float(function(Value(3.0))))


def test_more_than_can_be_tried_is_refused():
    """Not taken for what catches nothing."""

    def f(x):
        y = x
        with contextlib.nullcontext():
            for k in range(1500):
                y = y + al.log(x + k)
        return y

    with refused(UnsupportedOperation, "f", 1500, 1000, "`with`"):
        to_arrays(f, 2.0)


def test_what_catches_something_else_is_exported():
    def f(x):
        try:
            with contextlib.nullcontext():
                return 1.0 / x
        except (KeyError, TypeError):
            return x
        finally:
            del x

    try:  # not the function's
        text = to_c(f, 2.0)
    except ValueError:
        raise AssertionError from None
    assert "1.0 / x[0]" in text


def test_a_label_does_not_leave_its_comment():
    w = Value(2.0, label="*/ int evil;\n/*")
    text = to_c(lambda x: [x * w, x], 1.0)
    assert "evil" not in text.partition("#include")[0]


def test_a_refusal_that_is_caught_is_a_refusal(backend):
    def peeking(x):
        try:
            return x * float(x)
        except TypeError:
            return x

    with pytest.raises(TraceError, match=r"float\(\)"):
        jit(peeking, backend=backend)(3.0)


def test_the_engines_error_comes_before_that_of_too_many_ways(backend):
    g = jit(al.log, backend=backend, max_variants=1)
    assert g(1.0) == 0.0
    with pytest.raises(al.DomainError, match="log"):
        g(-1.0)


# --- training -----------------------------------------------------------------------------------------------------------


def test_descent_stops_where_the_loss_has_no_value(backend):
    """At the step and the sample at which the eager engine raises, with the parameters before it."""
    w, lr, steps = 0.5, 1.5, 0
    while w > 0.0:
        steps += 1
        w -= lr * (2.0 / w - 2.0 * (3.0 - w))
    parameter = Value(0.5)
    step = compile_step(lambda x: 2 * al.log(parameter) + (3 - parameter) ** 2 * x, [parameter], [1.0], backend=backend)
    step.load([[1.0]] * 5)
    with pytest.raises(al.DomainError, match="log") as stopped:
        step.run(50, lr=lr)
    assert stopped.value.__notes__[0].startswith(f"in sample 0 of step {steps}")
    assert parameter.data == pytest.approx(w, rel=1e-12)


def test_a_hidden_error_stops_descent(backend):
    """Where no infinity shows in loss or gradient, and where the square is what overflows."""
    w = Value(0.5)
    for loss, kind in (
        (lambda x: al.tanh(al.maximum(al.log(w * x), -3.0)), al.DomainError),
        (lambda x: al.tanh((w * x) ** 2 * 1e300), al.RangeError),
    ):
        step = compile_step(loss, [w], [1.0], backend=backend)
        step.load([[1.0], [2.0], [-4.0 if kind is al.DomainError else 1e200], [1.0]])
        with pytest.raises(kind) as stopped:
            step.run(3, lr=0.01)
        assert "sample 2 of step 0" in stopped.value.__notes__[0]


def test_what_is_infinite_already_goes_on(backend):
    """As in the eager engine, whose square of an infinity is one: losses tell.  The next run looks again."""
    w = Value(math.inf)
    step = compile_step(lambda x: (w - x) ** 2, [w], [1.0], backend=backend)
    step.load([[1.0], [2.0]])
    assert step.run(2, lr=0.1)[0] == math.inf
    w.data = 1e200
    with pytest.raises(al.RangeError):
        step.run(1, lr=0.1)
    w.data = 1.0
    assert step.run(1, lr=0.0) == [0.5]


def caught_loss(p, t):
    d = p - t
    try:
        return al.log(d + 0.2) ** 2 + d * d
    except ValueError:
        return 3 * d * d


@pytest.mark.parametrize(
    "loss", [caught_loss, lambda p, t: al.log(p + 1.0) * 2 + (p - t) ** 2, lambda p, t: -al.exp(9 * p * p)]
)
def test_fit_is_the_same_with_every_engine(loss):
    rows = [[k / 10.0 - 1.0] for k in range(20)]
    targets = [0.5 * row[0] + 0.2 for row in rows]

    def history(engine):
        model = nn.MLP(1, [3, 1], activation="tanh", seed=0)
        try:
            return nn.fit(model, rows, targets, loss=loss, lr=0.02, epochs=8, batch_size=10, engine=engine).losses
        except nn.TrainingError as error:
            return str(error).partition(" at ")[0]

    expected = history("eager")
    for engine in ("python", "llvm"):
        if engine == "llvm":
            pytest.importorskip("llvmlite")
        found = history(engine)
        assert found == expected if isinstance(expected, str) else found == pytest.approx(expected, rel=1e-9)


# --- zeros and residuals of 0 -------------------------------------------------------------------------------------------


def test_the_sign_of_zero():
    """Machine code gives -0.0 where the eager engine does; rounding to whole numbers and sinpi are left out."""
    pytest.importorskip("llvmlite")
    left_out = {"floor", "ceil", "trunc", "round", "sinpi", *COUNTS}
    for name, rule in RULES.items():
        if name in left_out or rule.variadic or rule.arity != 1:
            continue

        def op(x, name=name):
            return apply(name, x)

        compiled, batched = jit(op, backend="llvm", max_variants=64), jit(vmap(op), backend="llvm", max_variants=64)
        for x in (0.0, -0.0, -5e-324, -math.inf, -800.0):
            expected = outcome(op, x)
            for found in (outcome(compiled, x), outcome(batched, [x, x])):
                if isinstance(expected, str) or expected[0] != 0.0:
                    continue
                number = found[-1]
                assert (number, math.copysign(1.0, number)) == (0.0, math.copysign(1.0, expected[0])), (name, x, found)
    assert str(jit(lambda x, y: x * y, backend="llvm")(-3.0, 0.0)) == "-0.0"


def test_a_residual_of_zero_stays_in_machine_code(monkeypatch):
    pytest.importorskip("llvmlite")

    def rosenbrock(v):
        return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(v))

    g = jit(al.hessian(rosenbrock), backend="llvm")
    points = ([1.03, 1.1, 1.2], [1.0, 1.1, 1.2], [1.0, 1.0, 1.0])
    for point in points:
        g(point)
    monkeypatch.setattr(g, "_eager", None)
    for point in points:
        assert flat(g(point)) == pytest.approx(flat(al.hessian(rosenbrock)(point)), rel=1e-13)


def test_what_is_computed_in_ieee_mode_raises_nowhere(backend):
    """It has a number everywhere, compiled too, whichever came first."""

    def piecewise(x):
        with al.ieee():
            logarithm = al.log(x)
        return 2 * x if logarithm != logarithm else 3 * x

    for points in ([1.0, -1.0, 2.0, 0.0], [-1.0, 0.0, 1.0]):
        compiled, slopes = jit(piecewise, backend=backend), jit(grad(piecewise), backend=backend)
        assert [compiled(x) for x in points] == [piecewise(x) for x in points]
        assert [slopes(x) for x in points] == [grad(piecewise)(x) for x in points]


def test_a_step_goes_on_where_ieee_mode_has_an_infinity(backend):
    weight = Value(0.5)

    def loss(x):
        with al.ieee():
            huge = al.exp(800.0 * x)
        return weight * x if huge != huge else weight * x * 2.0

    step = compile_step(loss, [weight], (1.0,), backend=backend)
    step.load([(1.0,)])
    assert step.run(2, lr=0.1) == pytest.approx([1.0, 0.6])


def test_the_mode_of_the_caller_is_part_of_what_is_compiled(backend):
    """In `ieee` mode and outside a function is compiled for each, in whatever order it is called; `no_grad` changes nothing."""

    def caught(x):
        try:
            return 1 / x
        except ZeroDivisionError:
            return 5 * x + 1

    cases = [
        (caught, 0.0),
        (grad(lambda x: (al.log(x), 2 * x)[1]), -1.0),
        (lambda x: 1 / (1 / x), 0.0),
        (vmap(lambda x: 1 / (1 / x)), [0.0, 2.0]),
    ]
    for function, x in cases:
        values = [Value(one) for one in x] if isinstance(x, list) else Value(x)
        with al.ieee():
            answered = outcome(function, values)
        expected = [outcome(function, values), answered]
        assert expected[0] != expected[1]
        for first in (0, 1):
            compiled = jit(function, backend=backend)
            for mode in (first, 1 - first, first):
                with al.ieee() if mode else contextlib.nullcontext():
                    assert outcome(compiled, x) == expected[mode]
                with al.ieee() if mode else contextlib.nullcontext(), al.no_grad():
                    assert outcome(compiled, x) == expected[mode]


def test_a_step_is_recorded_for_the_mode_it_runs_in(backend):
    weight = Value(1.0)

    def loss(x):
        try:
            return weight + al.log(x - 1.0) * 0.0
        except ValueError:
            return weight * 3.0

    step = compile_step(loss, [weight], (1.0,), backend=backend)
    step.load([(1.0,)])
    assert step.run(1, lr=0.1) == [3.0]
    with al.ieee():
        assert math.isnan(step.run(1, lr=0.0)[0])
    assert step.run(1, lr=0.1) == pytest.approx([3.0 * 0.7])


@pytest.mark.parametrize("name", ["logit", "log", "acosh", "xlogy", "div", "exp", "logsumexp", "asech"])
def test_a_step_has_the_infinities_of_ieee_mode(name, backend):
    for point in arguments_of(RULES[name]):
        weights = [Value(x) for x in point]
        with al.ieee():
            right = apply(name, *weights) + 0.0
            right.backward()
            expected = [right.data, *[one.grad for one in weights]]
            step = compile_step(lambda x: apply(name, *weights) + x, weights, (0.0,), backend=backend)
            step.load([(0.0,)])
            value, slopes = step.gradient()
        assert agree([value, *slopes], expected, backend), point


def test_python_source_has_every_finite_slope():
    """The side of a choice that is not taken raises for nobody: only what the engine itself has no finite answer for is left to it."""
    for name in sorted(set(RULES) - COUNTS):
        places = tuple(range(len(middle(RULES[name]))))
        compiled = jit(value_and_grad(lambda *xs, name=name: apply(name, *xs), places), backend="python")
        compiled(*middle(RULES[name]))
        for point in arguments_of(RULES[name]):
            leaves = [Value(x) for x in point]
            try:
                result = apply(name, *leaves)
            except ERRORS:
                continue
            result.backward()
            right = [result.data, *[leaf.grad for leaf in leaves]]
            if all(map(math.isfinite, right)):
                found = [one for one in (variant.run(point) for variant in compiled.variants) if one is not None]
                assert found, (name, point)
                assert agree(found[0], right, "python"), (name, point)


UNTAKEN = [
    (lambda w, x: al.hypot(w, x) + x, 0.0), (lambda w, x: al.atan(w), 0.0), (lambda w, x: al.atand(w), 0.0),
    (lambda w, x: al.log1psq(w) + 1.0 / x, 0.0), (lambda w, x: al.elu(w), 800.0), (lambda w, x: al.selu(w) * x, 800.0),
    (lambda w, x: al.pow(w, x - 1.0), 0.0), (lambda w, x: al.pow(x - 1.0, w), 2.0), (lambda w, x: al.xlogy(x - 1.0, w), 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("function", "at"), UNTAKEN)
@pytest.mark.parametrize("largest", [2, 2000])
def test_a_step_has_the_slopes_of_the_engine(function, at, largest, backend, monkeypatch):
    """In Python source as well, in one function and in several."""
    monkeypatch.setattr(python_writer, "LARGEST", largest)
    weight = Value(at, label="ieee_div")
    step = compile_step(lambda x: function(weight, x), [weight], (1.0,), backend=backend)
    step.load([(1.0,)])
    right = function(weight, 1.0)
    right.backward()
    value, slopes = step.gradient()
    assert [value, *slopes] == pytest.approx([right.data, weight.grad], rel=1e-12)
    step.run(1, lr=0.001)
    assert weight.data == pytest.approx(at - 0.001 * slopes[0])
