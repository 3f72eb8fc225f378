"""Every target against the eager engine: on random graphs, at special numbers, in higher derivatives; and against mpmath.

Python source does the eager engine's operations in its order, so it is held to the bit.  Machine code and C have other
exponentials and fuse products with sums: each operation is within 2 units in the last place, which later operations pass
on; the allowance is in proportion to the sizes of the products that were added up.
"""

import ctypes
import importlib.util
import math
import random
import shutil
import subprocess

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import RULES, Value, grad, value_and_grad, vmap
from autograd_lite.compiler import UnsupportedOperation, jit, to_c
from autograd_lite.engine.common import apply
from autograd_lite.engine.value import topological_order
from autograd_lite.testing import random_graph

LLVM = pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite"))
BACKENDS = ["python", LLVM]


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def products(graph):
    """For each variable the sizes of the products along all paths, added up."""
    inputs = [Value(x) for x in graph.point]
    root = graph(*inputs)
    sizes = {root: 1.0}
    for node in reversed(topological_order(root)):
        for operand, slope in zip(node.args, node.arg_grads, strict=True) if not node.is_leaf else ():
            if slope is not None and node in sizes:
                sizes[operand] = sizes.get(operand, 0.0) + sizes[node] * abs(slope)
    return [sizes.get(one, 0.0) for one in inputs]


def compare(graph, backend, found, exact):
    """The value and gradient of a graph by a target, and eager."""
    if backend == "python":
        assert all(map(same, found, exact)), graph
        return True
    sizes = products(graph)
    largest = max([abs(one) for one in exact] + [abs(x) for x in graph.point] + [1.0])
    for one, other, size in zip(found, exact, [largest, *sizes], strict=True):
        # Intermediate results that cancel carry their rounding into everything behind them: a thousand units at most, seen.
        assert abs(one - other) <= 1e-11 * (size + abs(other)), f"{found} {exact}\n{graph}"
    return found == exact


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("part", range(6))
def test_random_graphs(part, backend):
    equal = count = 0
    for seed in range(200 * part, 200 * (part + 1)):
        graph = random_graph(seed, operations=3 + seed % 6, smooth=seed % 3 > 0, sharing=seed % 2 > 0)
        both = value_and_grad(lambda *x, graph=graph: graph(*x), tuple(range(len(graph.point))))
        value, slopes = both(*graph.point)
        compiled_value, compiled_slopes = jit(both, backend=backend, check=False)(*graph.point)
        equal += compare(graph, backend, [compiled_value, *compiled_slopes], [value, *slopes])
        count += 1
    assert equal >= 0.85 * count


@pytest.mark.parametrize("backend", BACKENDS)
def test_higher_derivatives(backend):
    for seed in range(60):
        graph = random_graph(seed, operations=4, variables=1)
        if len(graph.point) != 1:
            continue
        second = grad(grad(lambda x, graph=graph: graph(x)))
        exact = second(*graph.point)
        assert jit(second, backend=backend)(*graph.point) == pytest.approx(exact, rel=1e-9, abs=1e-9)
    third = grad(grad(grad(lambda x: ag.tanh(x) * ag.exp(x))))
    assert jit(third, backend=backend)(0.3) == pytest.approx(third(0.3), rel=1e-12)


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-300, -1e-300, 5e-324, 1e300, -1e300, 710.0, -746.0, 1e-9, 2.0**53, math.inf, -math.inf,
           math.nan]  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", sorted(RULES))
def test_special_numbers(name, backend):
    """A compiled operation gives what the eager one gives, or raises what it raises."""
    rule, rng = RULES[name], random.Random(name)
    fixed = [0.0] if name in ("softmax", "log_softmax") else [1.0] if name in ("polygamma", "sinc_derivative") else []
    arity = 4 if rule.variadic else len(rule.arguments) - len(fixed)

    def call(*x):
        return apply(name, *fixed, *x)

    compiled = jit(call, backend=backend, check=False)
    for k in range(len(SPECIAL) if arity == 1 else 60):
        point = [SPECIAL[k]] if arity == 1 else [rng.choice(SPECIAL) for _ in range(arity)]
        if name == "round":
            point[1] = rng.choice([0.0, 1.0, 2.0])  # decimals
        exact, found = outcome(call, point), outcome(compiled, point)
        if isinstance(exact, type):
            assert found is exact, (point, found)
        elif isinstance(found, type) or not same(found, exact):
            assert found == pytest.approx(exact, rel=1e-13, abs=1e-300), point


def outcome(f, point):
    try:
        return float(f(*(map(Value, point) if not hasattr(f, "variants") else point)))
    except (ValueError, ArithmeticError) as error:
        return type(error)


# --- accuracy of what machine code computes by itself ----------------------------------------------------------------------------


def points(low, high, count, rng):
    found = []
    for _ in range(count):
        x = rng.uniform(low, high) if rng.random() < 0.5 else rng.choice((-1.0, 1.0)) * 10.0 ** rng.uniform(-300.0, 2.0)
        if low <= x <= high:
            found.append(x)
    return found


#: Range and bound in units in the last place; docs/design.md states the bounds.
ACCURACY = {
    "exp": (-708.0, 709.7, 2.0),
    "expm1": (-40.0, 709.7, 2.0),
    "log": (5e-308, 1e308, 2.0),
    "log1p": (-0.999999, 1e308, 2.0),
    "tanh": (-30.0, 30.0, 2.0),
    "sigmoid": (-700.0, 700.0, 2.0),
    "softplus": (-700.0, 700.0, 2.0),
    "log_sigmoid": (-700.0, 700.0, 2.0),
    "sin": (-1e9, 1e9, 2.0),
    "cos": (-1e9, 1e9, 2.0),
    "erf": (-6.0, 6.0, 2.0),
    "erfc": (-6.0, 26.5, 3.0),
    "sech": (-600.0, 600.0, 3.0),
    "silu": (-700.0, 700.0, 4.0),
    "ndtr": (-37.0, 9.0, 4.0),
    "gelu": (-37.0, 9.0, 4.0),
}


def exactly(mpmath, name):
    normal = lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2  # noqa: E731
    return {
        "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
        "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
        "log_sigmoid": lambda x: -mpmath.log1p(mpmath.exp(-x)),
        "silu": lambda x: x / (1 + mpmath.exp(-x)),
        "ndtr": normal,
        "gelu": lambda x: x * normal(x),
    }.get(name) or getattr(mpmath, name)


@pytest.mark.parametrize("way", ["single numbers", "vectors"])
@pytest.mark.parametrize("name", ACCURACY)
def test_accuracy_over_the_whole_range(name, way):
    """Each function in machine code, within so many units in the last place of the exact value."""
    pytest.importorskip("llvmlite")
    mpmath = pytest.importorskip("mpmath")
    low, high, ulps = ACCURACY[name]
    exact, rng = exactly(mpmath, name), random.Random(name)
    xs = points(low, high, 1500, rng) + [rng.uniform(max(low, -5.0), min(high, 5.0)) for _ in range(1500)]
    if name == "tanh":  # where a quotient is near its bound
        xs += [rng.uniform(-0.65, 0.65) for _ in range(4000)]
    if low > 0:
        xs += [10.0 ** rng.uniform(-307.0, 307.0) for _ in range(1000)]
    if way == "vectors":
        found = jit(vmap(lambda x: getattr(ag, name)(x)), backend="llvm")(xs)
    else:
        single = jit(lambda x: getattr(ag, name)(x), backend="llvm")
        found = [single(x) for x in xs]
    worst = 0.0
    with mpmath.workdps(60):
        for x, y in zip(xs, found, strict=True):
            right = exact(mpmath.mpf(x))
            if abs(float(right)) > 1e-306:
                worst = max(worst, float(abs(mpmath.mpf(y) - right) / math.ulp(float(right))))
    assert worst <= ulps


# --- C -------------------------------------------------------------------------------------------------------------------------------


def build(source, folder, name="f"):
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("needs a C compiler")
    (folder / f"{name}.c").write_text(source, encoding="ascii")
    flags = ["-std=c99", "-O1", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-pedantic", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, "-o", folder / f"{name}.so", folder / f"{name}.c", "-lm"], check=True)
    return ctypes.CDLL(str(folder / f"{name}.so"))


def test_random_graphs_in_c(tmp_path):
    sources, graphs = [], []
    for seed in range(120):
        graph = random_graph(seed, operations=5, smooth=seed % 3 > 0)
        try:
            source = to_c(graph, *graph.point, name=f"f{len(graphs)}")
        except UnsupportedOperation:  # digamma and the like
            continue
        # One file of many: what each has for itself is there once.
        head, _, body = source.partition("double f")
        sources.append((head, "double f" + body))
        graphs.append(graph)
    assert len(graphs) >= 90
    helpers = max((head for head, _ in sources), key=len)
    library = build(helpers + "".join(body for _, body in sources), tmp_path)
    for k, graph in enumerate(graphs):
        function = library[f"f{k}_grad"]
        function.restype = ctypes.c_double
        count = len(graph.point)
        gradient = (ctypes.c_double * count)()
        value = function((ctypes.c_double * count)(*graph.point), gradient)
        exact, slopes = value_and_grad(lambda *x, graph=graph: graph(*x), tuple(range(count)))(*graph.point)
        compare(graph, "c", [value, *gradient], [exact, *slopes])


def test_slopes_of_a_softmax_in_c(tmp_path):
    """The second derivative, where one logit leads: p * (1 - p), and not 0."""
    slope = grad(lambda *z: ag.logsumexp(*z), 1)
    library = build(to_c(slope, 0.0, 40.0, name="share"), tmp_path)
    library.share_grad.restype, gradient = ctypes.c_double, (ctypes.c_double * 2)()
    for x in (40.0, 15.0, 0.5, -15.0, -40.0):
        p = library.share_grad((ctypes.c_double * 2)(0.0, x), gradient)
        wanted = math.exp(-abs(x)) / (1.0 + math.exp(-abs(x))) ** 2
        assert [p, *gradient] == pytest.approx([1.0 / (1.0 + math.exp(-x)), -wanted, wanted], rel=1e-13)


def test_a_trained_network_in_c(tmp_path):
    from autograd_lite import nn

    model = nn.MLP(3, [8, 2], activation="tanh", seed=0)
    for dtype, kind, rel in (("double", ctypes.c_double, 1e-14), ("float", ctypes.c_float, 1e-5)):
        library = build(to_c(lambda x: model(x), [0.1, 0.2, 0.3], name="network", dtype=dtype), tmp_path, f"network_{dtype}")
        rng = random.Random(0)
        for _ in range(20):
            x = [rng.uniform(-2.0, 2.0) for _ in range(3)]
            y = (kind * 2)()
            library.network((kind * 3)(*x), y)
            assert list(y) == pytest.approx([one.data for one in model(x)], rel=rel, abs=rel)


@pytest.mark.parametrize("dtype", ["double", "float"])
def test_a_program_in_c(tmp_path, dtype):
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("needs a C compiler")
    for name, function, given, results in (
        ("one", lambda x, y: x * x * y, "3 2", [18.0, 12.0, 9.0]),
        ("two", lambda x, y: [x * y, x + y], "3 2", [6.0, 5.0, 3.0, 4.0]),
    ):
        (tmp_path / f"{name}.c").write_text(to_c(function, 1.0, 1.0, name=name, dtype=dtype, main=True), encoding="ascii")
        flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
        subprocess.run([compiler, *flags, "-o", tmp_path / name, tmp_path / f"{name}.c", "-lm"], check=True)
        run = subprocess.run([tmp_path / name], input=given, capture_output=True, text=True, check=True)
        assert [float(line) for line in run.stdout.split()] == results
        run = subprocess.run([tmp_path / name], input="3 b", capture_output=True, text=True, check=False)
        assert (run.returncode, run.stdout) == (1, "")
        assert run.stderr == f"{name}: 2 numbers are wanted, number 2 cannot be read\n"


def test_what_is_no_function_of_numbers():
    with refused(TypeError, "function", "example"):
        to_c(Value(1.0) * 2.0)
    with refused(UnsupportedOperation, "branches", "autograd_lite.where", "maximum", "max"):
        to_c(lambda x, y: x if x > y else y, 1.0, 2.0)


def test_long_sums_in_partial_sums():
    """Machine code adds up a penalty in eight partial sums: the same terms, wherever they come from."""
    from autograd_lite.compiler.program import Builder
    from autograd_lite.compiler.reorder import interleaved

    rng = random.Random(0)
    for count in (2, 15, 16, 17, 100, 337):
        builder = Builder()
        inputs = [builder.input(f"x{k}") for k in range(count)]
        total = inputs[0]
        kept = []
        for k, x in enumerate(inputs[1:]):
            total = builder.emit("add", total, builder.emit("mul", x, x))
            kept += [total] if k == count // 2 else []  # one that is wanted by itself cuts the chain
        program = builder.finish([total, *kept, builder.emit("exp", inputs[0])])
        numbers = [rng.uniform(-1.0, 1.0) for _ in range(count)]
        changed = interleaved(program)
        assert changed.run(numbers) == pytest.approx(program.run(numbers), rel=1e-14)
        assert sorted(changed.counts().items()) == sorted(program.counts().items())


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_waves_in_vectors(name):
    """Next to the multiples of pi/2, where a reduction with too few digits of pi fails; and where a lane is too large for it."""
    pytest.importorskip("llvmlite")
    mpmath = pytest.importorskip("mpmath")
    rng = random.Random(name)
    turns = [0.5 * k * math.pi for k in (*range(60), *[rng.randrange(333_000) for _ in range(500)])]
    xs = [math.nextafter(x, way) for x in turns for way in (-math.inf, math.inf)] + turns
    special = [0.0, -0.0, 5e-324, -1e-300, 1e-8, 2.0**19, math.nextafter(2.0**19, math.inf), 1e22, -1e300, 1.7e308]
    f = jit(lambda x: getattr(ag, name)(x), backend="llvm", in_axes=0)
    for points in (xs, special, [*special, 0.5]):
        with mpmath.workdps(400):
            for x, y in zip(points, f(points), strict=True):
                right = getattr(mpmath, name)(mpmath.mpf(x))
                assert abs(mpmath.mpf(y) - right) <= math.ulp(float(right)), x
    assert [math.copysign(1.0, y) for y in jit(ag.sin, backend="llvm", in_axes=0)([-0.0, 0.0])] == [-1.0, 1.0]
