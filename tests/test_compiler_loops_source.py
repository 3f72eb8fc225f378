"""Loops in Python source and in C: against the table's texts evaluated one by one (`Program.run`), and against the eager engine."""

import ctypes
import math
import random
from functools import reduce
from operator import add

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_compiler_targets import build

pytest.importorskip("numpy")
pytest.importorskip("llvmlite")  # the random programs are those of machine code
from test_compiler_loops_llvm import Drawn, close, network

import autograd_lite as al
from autograd_lite import Value, grad, jit, nn, to_arrays, to_c, to_onnx, value_and_grad, vmap
from autograd_lite.compiler import (
    UnsupportedOperation,
    arrays_target,
    compile_step,
    jitted,
    onnx_target,
    paths,
)
from autograd_lite.compiler.c_target import _EXACT_SUM, _File
from autograd_lite.compiler.capture import Captured
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.loops import Block
from autograd_lite.compiler.lowering import lowered
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder, Guard
from autograd_lite.compiler.python_loops import has_loops_for
from autograd_lite.compiler.python_target import compile_python


@pytest.fixture
def small(monkeypatch):
    """Loops in functions of any size."""
    for module in (jitted, paths):
        monkeypatch.setattr(module, "WORTH_LOOPS", 0)


def differing(found, right, scale=10.0):
    return [k for k, pair in enumerate(zip(found, right, strict=True)) if not close(*pair, scale)]


def in_python(kernel, inputs, rows, ieee):
    assert has_loops_for(kernel)
    sums, each = compile_python(kernel, ieee).function(inputs, rows)
    if not kernel.mapped:
        assert not differing(sums, kernel.program.run(inputs))
        return
    found = [kernel.program.run([*inputs, *row]) for row in rows]
    assert not differing(sums, [reduce(add, column) for column in zip(*found, strict=True)][: kernel.summed])
    for row, one in zip(each, found, strict=True) if kernel.each else ():
        assert not differing(row, one[kernel.summed :])


def drawn_case(seed, wild=False, guards=True):
    """A random program, its inputs and samples; some of the numbers not finite."""
    drawn = Drawn(seed, mapped=seed % 3 > 0, largest=7)
    kernel, inputs, rows = drawn.kernel(seed % 2 == 0, guards=guards and not wild), drawn.inputs(), drawn.rows(1 + seed % 4)
    for _ in range(4 * wild):
        inputs[drawn.random.randrange(len(inputs))] = drawn.random.choice((math.nan, math.inf, -math.inf))
        if drawn.mapped:
            rows[0][drawn.random.randrange(1, drawn.mapped)] = drawn.random.choice((math.nan, math.inf, -math.inf))
    return kernel, inputs, rows


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_random_programs_in_python(seed, wild, ieee):
    in_python(*drawn_case(seed, wild), ieee or wild)


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 2000, 200))
def test_many_random_programs_in_python(first):
    for seed in range(first, first + 200):
        in_python(*drawn_case(seed, wild=seed % 5 == 4), seed % 5 == 4 or seed % 7 == 0)


def in_c(programs, folder, name="f"):
    """Functions of C of whole programs, by number."""
    texts = [
        "#include <math.h>\n",
        _EXACT_SUM.format(real="double", fabs="fabs"),
        "double all(void) { double x[1] = {0.0}; ",
    ]
    texts[-1] += "return sum_of(x, 1); }\n"
    for number, program in programs.items():
        file = _File(Captured(program, None, [], []), len(program.names), f"f{number}", "double")
        file.given = {"x": len(program.names)}
        texts.append(file._function(lowered(optimize(program)), len(program.outputs), slopes=False))
    return build("\n".join(texts), folder, name)


def run_c(library, number, program, inputs):
    results = (ctypes.c_double * len(program.outputs))()
    library[f"f{number}"]((ctypes.c_double * len(inputs))(*inputs), results)
    return list(results)


def compare_in_c(seeds, folder):
    cases = {seed: drawn_case(3 * seed, wild=seed % 4 == 3, guards=False)[:2] for seed in seeds}
    cases = {seed: (kernel.program, inputs) for seed, (kernel, inputs) in cases.items() if len(kernel.program.outputs) > 1}
    library = in_c({seed: program for seed, (program, _) in cases.items()}, folder)
    for seed, (program, inputs) in cases.items():
        assert not differing(run_c(library, seed, program, inputs), program.run(inputs)), seed


def test_random_programs_in_c(tmp_path):
    compare_in_c(range(24), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 1000, 200))
def test_many_random_programs_in_c(first, tmp_path):
    compare_in_c(range(first, first + 200), tmp_path)


@pytest.mark.parametrize("size", [0, 1, 5])
def test_loops_of_any_length(size, tmp_path):
    """None, one: sums of nothing are 0, of one number that."""
    b = Builder()
    for k in range(12):
        b.input(f"x{k}")
    i, j = b.loops.add(size), b.loops.add(2)
    x, y = b.block(0, ((i, 1),)), b.block(2, ((j, 5), (i, 1)))
    folds = [b.emit(op, x, over=i) for op in ("sum", "fsum")] + [b.emit("sum", x, 11, over=i), b.emit("dot", x, x, over=i)]
    each = b.emit("exp", b.emit("dot", y, x, over=i))
    b.loops.blocks = [
        Block(each, 4, ((j, 1),)),
        Block(b.emit("tanh", x), 6, ((i, 1),)),
        Block(b.emit("mul", y, x), 6, ((i, 1), (j, 0))),
    ]
    program = b.finish([*folds, *[-1] * 7])
    numbers = [0.1 * k - 0.3 for k in range(12)]
    in_python(Kernel(program, 12, 0), numbers, [], False)
    right = program.run(numbers)
    assert right[:4] == [math.fsum(numbers[:size]), math.fsum(numbers[:size]), math.fsum([*numbers[:size], numbers[11]]),
                         math.fsum(x * x for x in numbers[:size])]  # fmt: skip
    assert not differing(run_c(in_c({0: program}, tmp_path), 0, program, numbers), right)


def test_a_kind_of_step_that_is_not_known_is_unrolled():
    """One that `Program.run` has, and loops of Python have not."""
    b = Builder()
    for k in range(8):
        b.input(f"x{k}")
    loop = b.loops.add(8)
    kernel = Kernel(b.finish([b.append("prod", (b.block(0, ((loop, 1),)),), loop)]), 8, 0)
    assert not has_loops_for(kernel)
    assert compile_python(kernel).function([0.5 + k for k in range(8)], ())[0] == kernel.program.run(
        [0.5 + k for k in range(8)]
    )


def test_guards_in_loops_say_which():
    b = Builder()
    for k in range(8):
        b.input(f"x{k}")
    loop, other = b.loops.add(4), b.loops.add(2)
    x, y = b.block(0, ((loop, 1),)), b.block(0, ((loop, 2), (other, 1)))
    guards = [
        Guard(b.emit("lt", x, b.const(9.0)), True, "a"),
        Guard(b.emit("gt", y, b.const(10.0)), False, "b"),
        Guard(b.emit("lt", b.emit("dot", x, x, over=loop), b.const(50.0)), True, "c"),
    ]
    run = compile_python(Kernel(b.finish([b.emit("sum", x, over=loop)], guards), 8, 0)).function
    assert run([1.0] * 8, ()) == ([4.0], [])
    assert run([1.0, 1.0, 9.0, *[1.0] * 5], ()) == 0
    assert run([*[1.0] * 7, 11.0], ()) == 1
    assert run([6.0, 6.0, *[1.0] * 6], ()) == 2


# --- what is printed --------------------------------------------------------------------------------------------------------


def lines(widths):
    kernel, _ = network(widths)
    return compile_python(kernel).source.count("\n")


def loss(model):
    def of_sample(x, y):
        z = model(x)
        return al.logsumexp(z) - al.dot(y, z)

    return of_sample


def printed_c(width):
    model = nn.MLP(width, [width // 2, 10], activation="tanh", seed=0)
    return to_c(loss(model), [0.1] * width, [0.1] * 10).partition("double f(")[2].count("\n")


def test_the_text_does_not_grow_with_the_width():
    assert lines([64, 32, 10]) == lines([200, 150, 30]) < 50
    assert printed_c(16) == printed_c(64) < 120


NAMES = ["i", "j", "k", "v3", "v5_i", "x_t", "map", "fsum", "mul", "results", "shared", "sum", "for", "ﬁ", "a b", "", "i"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_inputs_are_nobody_elses(name):
    """Labels that are words of Python, or what loops, lists and functions are called in the source."""
    b = Builder()
    b.names = [f"{name}{k}" if k % 2 else name for k in range(40)]
    i, j = b.loops.add(4), b.loops.add(5)
    x, w = b.block(0, ((i, 1),)), b.block(4, ((i, 5), (j, 1)))
    h = b.emit("tanh", b.emit("dot", w, x, over=i))
    y = b.emit("dot", w, h, over=j)
    single = b.append("input", (30,))
    b.loops.blocks = [Block(b.emit("mul", h, single), 1, ((j, 1),)), Block(b.emit("sub", y, x), 6, ((i, 1),))]
    in_python(Kernel(b.finish([b.emit("sum", y, over=i), *[-1] * 9]), 40, 0), [0.01 * k for k in range(40)], [], False)


@pytest.mark.parametrize("name", ["i", "j", "terms3", "total", "n"])
def test_a_function_of_c_may_be_called_so(name, tmp_path):
    model = nn.MLP(5, [4, 1], activation="tanh", seed=1)
    library = build(to_c(lambda x: model(x), [0.1] * 5, name=name), tmp_path, f"called_{name}")
    function = library[name]
    function.restype = ctypes.c_double
    x = [0.1, -0.2, 0.3, 0.5, 0.7]
    assert function((ctypes.c_double * 5)(*x)) == pytest.approx(model(x).data, rel=1e-14)


# --- functions --------------------------------------------------------------------------------------------------------------

TIED = [[Value(0.1 * i - 0.07 * j) for i in range(5)] for j in range(5)]
MODEL = nn.MLP(5, [7, 6, 4], activation="tanh", seed=3)


def tied(x):
    for _ in range(3):
        x = [al.tanh(sum((a * b for a, b in zip(row, x, strict=True)), 0.2)) + y for row, y in zip(TIED, x, strict=True)]
    return sum(x)


def of_both(x):
    """A list of numbers of the argument and from outside."""
    return al.dot([*x, *TIED[0]], [0.3 * k for k in range(10)]) ** 2


FUNCTIONS = {
    "tied": tied, "both": of_both, "loss": lambda x: al.logsumexp(MODEL(x)), "largest": lambda x: al.max(MODEL(x)) * x[0],
    "several": lambda x: [al.tanh(one) for one in MODEL(x)], "soft": lambda x: [*al.softmax(MODEL(x)), x[0] * x[1]],
    "exact": lambda x: al.sum(*[al.exp(one) for one in MODEL(x)]), "halves": lambda x: sum(al.relu(one) ** 2 for one in MODEL(x)),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["double", "float"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_in_c(name, dtype, tmp_path):
    """Values, and the gradient of all results weighted, against the eager engine."""
    f, rng = FUNCTIONS[name], random.Random(name)
    text = to_c(f, [0.1] * 5, dtype=dtype)
    assert ("for (int" in text.partition("f(const")[2]) is (name != "both")  # a list of two arrays is no list in C
    library, real = build(text, tmp_path), ctypes.c_double if dtype == "double" else ctypes.c_float
    rel = 1e-13 if dtype == "double" else 2e-4
    library.f_grad.restype = real
    for _ in range(5):
        x, gradient = [rng.uniform(-1.0, 1.0) for _ in range(5)], (real * 5)()
        values = [Value(one) for one in x]
        out = f(values)
        if isinstance(out, list):
            seeds, results = [rng.uniform(-1.0, 1.0) for _ in out], (real * len(out))()
            library.f_grad((real * 5)(*x), (real * len(out))(*seeds), results, gradient)
            assert list(results) == pytest.approx([one.data for one in out], rel=rel, abs=rel)
            al.dot(seeds, out).backward()
        else:
            assert library.f_grad((real * 5)(*x), gradient) == pytest.approx(out.data, rel=rel)
            out.backward()
        assert list(gradient) == pytest.approx([one.grad for one in values], rel=rel, abs=rel)


def test_an_infinity_in_an_exact_sum_in_c(tmp_path):
    b = Builder()
    for k in range(6):
        b.input(f"x{k}")
    loop = b.loops.add(6)
    program = b.finish([b.emit("fsum", b.block(0, ((loop, 1),)), over=loop), 0])
    library = in_c({0: program}, tmp_path)
    for numbers in (
        [1.0, 2.0, math.inf, 3.0, 4.0, 5.0],
        [1.0, 2.0, math.inf, -math.inf, 4.0, 5.0],
        [1.0, 1e100, 1.0, -1e100, 0.0, 0.0],
    ):
        assert not differing(run_c(library, 0, program, numbers), program.run(numbers))


def of_logs(x):
    return sum(al.log(al.dot(row, x) + 0.5) for row in TIED)


@pytest.mark.parametrize("transform", [lambda f: f, grad, value_and_grad])
def test_errors_are_those_of_the_engine(transform, small):
    compiled = jit(transform(of_logs), backend="python")
    assert _flat(compiled([0.1] * 5)) == pytest.approx(
        [float(one) for one in _flat(transform(of_logs)([0.1] * 5))], rel=1e-12
    )
    assert "map(mul" in compiled.source
    with pytest.raises(al.DomainError):
        compiled([50.0, 0.0, 0.0, 0.0, -50.0])
    assert math.isnan(sum(map(float, _flat(compiled([math.nan] * 5)))))


def _flat(thing):
    return [one for part in thing for one in _flat(part)] if isinstance(thing, list | tuple) else [thing]


def test_batches_and_what_is_not_finite(small):
    f = jit(
        vmap(value_and_grad(lambda w, x: al.tanh(al.dot([*w, *x], [0.2] * 10)) * MODEL(x)[0]), in_axes=(None, 0)),
        backend="python",
    )
    rows = [[random.Random(k).uniform(-1.0, 1.0) for _ in range(5)] for k in range(6)]
    rows[3][2] = math.nan
    w = [0.1, 0.2, 0.3, 0.4, 0.5]
    eager = value_and_grad(lambda w, x: al.tanh(al.dot([*w, *x], [0.2] * 10)) * MODEL(x)[0])
    values, slopes = f(w, rows)
    for k, row in enumerate(rows):
        value, slope = eager(w, row)
        assert [values[k], *slopes[k]] == pytest.approx([float(value), *map(float, slope)], rel=1e-12, nan_ok=True)


def test_a_branch_that_rounding_decides_is_the_engines(small):
    """The mean of equal numbers, taken off them: the exact sum says 0, the engine's row of additions something else."""

    def f(x):
        units = [one * 0.7 + 0.1 for one in x]
        mean = (units[0] + units[1] + units[2] + units[3] + units[4] + units[5]) / 6.0
        spread = [(one - mean) / 0.01 for one in units]
        return sum(one * 2.0 if one > 0.0 else one * 0.5 for one in spread)

    compiled, eager = jit(value_and_grad(f), backend="python"), value_and_grad(f)
    points = [0.01 * k for k in range(100)]
    rounded = [point for point in points if reduce(add, [point * 0.7 + 0.1] * 6) != math.fsum([point * 0.7 + 0.1] * 6)]
    for point in [*rounded[:4], 0.3]:
        for x in ([point] * 6, [point + 0.01 * k for k in range(6)]):
            for _ in range(3):
                value, slopes = compiled(x)
                right = eager(x)
                assert [value, *slopes] == pytest.approx([float(right[0]), *map(float, right[1])], rel=1e-9, abs=1e-12)
    assert compiled.eager_calls


# --- trainings --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("widths", [[6], [9, 9], [1, 5]])
@pytest.mark.parametrize("penalty", [None, "squares", "sizes"])
def test_training_steps(widths, penalty, small):
    """Steps of descent in Python source are those of the eager engine, penalty included."""

    def penalty_of(ps):
        return 0.01 * sum(p * p for p in ps) if penalty == "squares" else 0.02 * al.sum(*[abs(p) for p in ps])

    models = [nn.MLP(5, [*widths, 4], activation="tanh", seed=3) for _ in range(2)]
    rng = random.Random(0)
    data = [([rng.gauss(0.0, 1.0) for _ in range(5)], [float(k == n % 4) for k in range(4)]) for n in range(7)]
    ps, eager = models[0].parameters(), models[1].parameters()
    step = compile_step(
        loss(models[0]), ps, data[0], backend="python", penalty=(lambda: penalty_of(ps)) if penalty else None
    )
    step.load(data)
    losses = step.run(4, lr=0.3)
    assert "map(mul" in step.source
    assert len(step.source) < 6000
    for found in losses:
        for p in eager:
            p.grad = 0.0
        total = sum(loss(models[1])(*sample) for sample in data) / len(data) + (penalty_of(eager) if penalty else 0.0)
        assert found == pytest.approx(total.data, rel=1e-11)
        total.backward()
        for p in eager:
            p.data -= 0.3 * p.grad
    assert [p.data for p in ps] == pytest.approx([p.data for p in eager], rel=1e-10, abs=1e-12)


# --- targets without loops ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "module", "package"), [(to_arrays, arrays_target, "numpy"), (to_onnx, onnx_target, "onnx")]
)
def test_too_long_a_line_is_refused_with_its_length(target, module, package, monkeypatch):
    pytest.importorskip(package)
    monkeypatch.setattr(module, "_MOST", 20)
    with pytest.raises(UnsupportedOperation, match=r"\d\d operations.*at most 20"):
        target(lambda x: [al.tanh(one * x[0]) for one in x], [0.1] * 12)


@pytest.mark.parametrize("backend", ["python", "llvm"])
@pytest.mark.parametrize("first", [0, 1])
def test_parameters_that_are_read_one_by_one_and_in_lists(small, backend, first):
    """In three lists and by itself: each has a name of its own; and a part of one that follows nothing is no list."""
    w = [[Value(0.1 * i - 0.07 * j * j + 0.3) for j in range(5)] for i in range(6)]
    params = [one for row in w for one in row]
    params = params[first:] + params[:first]

    def loss(x):
        y = [al.dot(row, x) for row in w]
        z = [sum(w[i][j] * y[i] for i in range(6)) * 0.5 for j in range(5)]
        return sum(z[1:], z[0] * w[0][0]) + 0.1 * al.sum([one * one for one in params])

    x = [0.3, -0.2, 0.5, 0.7, -0.4]
    step = compile_step(loss, params, (x,), backend=backend)
    step.load([(x,)])
    loss(x).backward()
    found, slopes = step.gradient()
    assert close(found, loss(x).data)
    assert all(map(close, slopes, [one.grad for one in params]))


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_one_number_behind_a_list_is_no_list(small, backend):
    def penalty(x):
        order = [*range(1, 20), 0]
        return sum(0.5 * x[k] * x[k] for k in order) + al.sum([x[k] for k in order])

    x = [math.sin(k) for k in range(20)]
    value, slopes = jit(value_and_grad(penalty), backend=backend)(x)
    assert close(value, sum(0.5 * one * one + one for one in x))
    assert all(map(close, slopes, [one + 1.0 for one in x]))
