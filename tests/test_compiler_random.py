"""Every target against the eager engine on thousands of random graphs: values, gradients, second derivatives, branches, batches.

Python source is held to the bit.  For the others the allowance is that of a rounding analysis: an error of some units in the
last place in each operation, carried to the result by the derivative of the result with respect to that operation, all added
up.  `UNITS` of them are allowed, for both sides together; docs/design.md states the number.
"""

import ctypes
import importlib.util
import math
import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from refusals import refused
from test_compiler_targets import build

import autograd_lite as ag
from autograd_lite import Value, grad, ieee, topological_order, value_and_grad
from autograd_lite.compiler import UnsupportedOperation, jit, to_arrays, to_c, vmap
from autograd_lite.compiler.capture import capture
from autograd_lite.compiler.operations import COMPARISONS
from autograd_lite.compiler.passes import optimize
from autograd_lite.engine.common import apply
from autograd_lite.testing import random_graph
from autograd_lite.testing.strategies import graphs
from autograd_lite.transforms.tree import NUMBER

LLVM = pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite"))
BACKENDS = ["python", LLVM]
#: Units in the last place for each operation.
UNITS = 8.0
EPSILON = 2.0**-52
#: Examples of each test; the same ones on every run, so that the counts are the same.  400 where there is time.
MANY = int(os.environ.get("AUTOGRAD_LITE_EXAMPLES", "150"))

pytestmark = pytest.mark.slow
often = settings(
    max_examples=MANY, deadline=None, derandomize=True, phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRAD_LITE_CACHE", str(tmp_path))


def flat(thing):
    return [one for part in thing for one in flat(part)] if isinstance(thing, list | tuple) else [float(thing)]


def same(x, y):
    return x == y or (math.isnan(x) and math.isnan(y))


def outcome(call):
    """The numbers a call gives, or the type of its error."""
    try:
        return flat(call())
    except ArithmeticError as error:
        return type(error)
    except ValueError as error:
        return type(error)


def allowances(program, numbers):
    """For each result the sum over all operations of |derivative of the result by it| * |its value|, times one rounding."""
    nodes = []
    for op, args in zip(program.ops, program.args, strict=True):
        if op == "input":
            nodes.append(Value(numbers[args[0]]))
        elif op == "const":
            nodes.append(args[0])
        else:
            operands = [nodes[arg] for arg in args]
            plain = [one.data if isinstance(one, Value) else one for one in operands]
            if op in COMPARISONS:
                nodes.append(COMPARISONS[op](*plain))
            elif op in ("and", "or", "not"):
                nodes.append(not plain[0] if op == "not" else all(plain) if op == "and" else any(plain))
            elif op == "select":
                nodes.append(operands[1] if plain[0] else operands[2])
            elif op == "detach":
                nodes.append(operands[0])
            else:
                with ieee():  # the side of a choice that is not taken
                    nodes.append(apply({"fsum": "sum"}.get(op, op), *operands))
    return [_carried(nodes[output]) for output in program.outputs]


def _carried(root):
    if not isinstance(root, Value):
        return 0.0
    slopes, total = {root: 1.0}, 0.0
    for node in reversed(topological_order(root)):
        if node.is_leaf or node not in slopes:
            continue
        total += abs(slopes[node]) * _size(node)
        for operand, slope in zip(node.args, node.arg_grads, strict=True):
            if slope is not None:
                slopes[operand] = slopes.get(operand, 0.0) + slopes[node] * slope
    return total * EPSILON if math.isfinite(total) else math.inf


def _size(node):
    """What a rounding is relative to: the result, but where that is the small rest of something larger."""
    size = abs(node.data)
    if node.op == "lgamma":  # Python's, next to its zeros at 1 and 2
        return max(size, 1.0)
    if node.op in ("logsumexp", "logaddexp"):  # the largest operand plus a logarithm
        return max([size, *[abs(float(operand)) for operand in node.args]])
    return size


class Tally:
    """Counts what ran, and how near to the allowance it came."""

    def __init__(self):
        self.counts = Counter()
        self.worst = 0.0

    def compare(self, found, exact, program, numbers, bits, what):
        """One program's results against the eager engine's."""
        if isinstance(exact, type) or isinstance(found, type):
            assert found is exact, (what, found, exact)
            self.counts["errors"] += 1
            return
        assert len(found) == len(exact)
        self.counts["compared"] += 1
        if all(map(same, found, exact)):
            self.counts["to the bit"] += 1
            return
        assert not bits, (what, found, exact)
        for one, other, allowed in zip(found, exact, allowances(program, numbers), strict=True):
            if not same(one, other):
                units = abs(one - other) / (allowed + 1e-300)
                self.worst = max(self.worst, units)
                assert units <= UNITS, f"{units} units of rounding: {found} for {exact}\n{what}"

    def report(self, record_property, name):
        text = ", ".join(f"{count} {kind}" for kind, count in sorted(self.counts.items()))
        record_property(name, f"{text}; at most {self.worst:.2f} units")
        print(f"{name}: {text}; at most {self.worst:.2f} units")


def everything(graph):
    return value_and_grad(lambda *x: graph(*x), tuple(range(len(graph.point))))


@pytest.mark.parametrize("smooth", [True, False], ids=["smooth", "kinks"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_values_and_gradients(backend, smooth, record_property):
    tally = Tally()

    @often
    @given(graphs(max_size=10, smooth=smooth))
    def run(graph):
        both = everything(graph)
        compiled = jit(both, backend=backend, check=False)
        found = outcome(lambda: compiled(*graph.point))
        tally.compare(found, outcome(lambda: both(*graph.point)), compiled.program, graph.point, backend == "python", graph)

    run()
    tally.report(record_property, f"values and gradients, {backend}")
    assert tally.counts["compared"] >= 0.9 * MANY


@pytest.mark.parametrize("backend", BACKENDS)
def test_second_derivatives(backend, record_property):
    tally = Tally()

    @often
    @given(graphs(max_size=5, variables=1, smooth=True))
    def run(graph):
        second = grad(grad(lambda x: graph(x)))
        compiled = jit(second, backend=backend, check=False)
        found = outcome(lambda: compiled(*graph.point))
        exact = outcome(lambda: second(*graph.point))
        if not isinstance(found, type) and not isinstance(exact, type) and not all(map(math.isfinite, exact)):
            return  # infinities that cancel
        program = compiled.program if compiled.variants else None
        tally.compare(found, exact, program, graph.point, False, graph)

    run()
    tally.report(record_property, f"second derivatives, {backend}")
    assert tally.counts["compared"] >= 0.9 * MANY


@st.composite
def branching(draw):
    """A function that branches on a graph's result, and points on both sides of its branches."""
    graph = draw(graphs(max_size=6, smooth=draw(st.booleans())))
    pivot, step = draw(st.sampled_from((0.0, 0.01, -0.02, 0.1, -0.3, 0.5))), draw(st.floats(0.05, 1.0))
    shifts = draw(st.lists(st.floats(-0.3, 0.3, allow_subnormal=False), min_size=2, max_size=6))
    start = graph(*graph.point)

    def f(*x):
        y = graph(*x)
        if y > start + pivot * abs(start):
            y = ag.tanh(y) * x[0]
        elif x[0] < x[-1]:
            y = y * y + x[-1]
        count = 0
        while abs(y) > step and count < 3:  # up to three times, as the numbers have it
            y, count = y * 0.25, count + 1
        return y if y >= 0.0 else ag.sin(y)

    points = [graph.point, *[tuple(x + shift for x in graph.point) for shift in shifts], graph.point]
    return f, points


@pytest.mark.parametrize("backend", BACKENDS)
def test_branches(backend, record_property):
    tally = Tally()

    @often
    @given(branching())
    def run(given):
        f, points = given
        both = value_and_grad(f, tuple(range(len(points[0]))))
        compiled = jit(both, backend=backend, check=False, max_variants=64)
        for point in points:
            exact, found = outcome(lambda: both(*point)), outcome(lambda: compiled(*point))
            if isinstance(exact, type) or all(map(same, found, exact)):
                tally.compare(found, exact, None, point, False, (points, point))
                continue
            variant = next(v for v in compiled.variants if not v.failing(point))
            tally.compare(found, exact, variant.program, point, False, (points, point))
        tally.counts["variants"] += len(compiled.variants)

    run()
    tally.report(record_property, f"branches, {backend}")
    assert tally.counts["compared"] >= 2 * MANY
    assert tally.counts["variants"] >= 1.3 * MANY
    if backend == "python":  # but for what is added up in another order, where two equal steps have become one
        assert tally.counts["to the bit"] >= 0.99 * tally.counts["compared"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_batches(backend, record_property):
    """Vectors, with functions in arithmetic of their own."""
    tally = Tally()

    @often
    @given(graphs(max_size=8, smooth=True), st.lists(st.floats(-1e-3, 1e-3, allow_subnormal=False), min_size=1, max_size=10))
    def run(graph, shifts):
        both = everything(graph)
        rows = [tuple(x + shift for x in graph.point) for shift in shifts]
        exact = outcome(lambda: [both(*row) for row in rows])
        compiled = jit(vmap(both), backend=backend, check=False)
        found = outcome(lambda: list(zip(*compiled(*map(list, zip(*rows, strict=True))), strict=False)))
        if isinstance(exact, type):
            tally.compare(found, exact, None, (), False, graph)
            return
        values, slopes = compiled(*map(list, zip(*rows, strict=True)))
        for k, row in enumerate(rows):
            mine = [values[k], *[slope[k] for slope in slopes]]
            tally.compare(mine, flat(both(*row)), compiled.program, row, backend == "python", graph)

    run()
    tally.report(record_property, f"batches, {backend}")
    assert tally.counts["compared"] >= 2 * MANY


def test_c(tmp_path, record_property):
    """Hundreds of graphs in one file of many functions."""
    tally = Tally()
    pending = []
    for seed in range(2 * MANY):
        graph = random_graph(seed + 10_000, operations=3 + seed % 6, smooth=seed % 2 > 0)
        try:
            source = to_c(graph, *graph.point, name=f"f{len(pending)}")
        except UnsupportedOperation:  # digamma and the like
            tally.counts["not in C"] += 1
            continue
        pending.append((graph, source))
    heads = [source.partition("double f")[0] for _, source in pending]
    body = "".join("double f" + source.partition("double f")[2] for _, source in pending)
    library = build(max(heads, key=len) + body, tmp_path, "many")
    for k, (graph, _) in enumerate(pending):
        function, count = library[f"f{k}_grad"], len(graph.point)
        function.restype = ctypes.c_double
        gradient = (ctypes.c_double * count)()
        value = function((ctypes.c_double * count)(*graph.point), gradient)
        program = optimize(capture(everything(graph), [NUMBER] * count, graph.point, False).program)
        exact = outcome(lambda graph=graph: everything(graph)(*graph.point))
        tally.compare([value, *gradient], exact, program, graph.point, False, graph)
    tally.report(record_property, "C")
    assert tally.counts["compared"] >= MANY


def test_arrays(record_property):
    pytest.importorskip("numpy")
    tally = Tally()

    @often
    @given(graphs(max_size=8, smooth=False))
    def run(graph):
        both = everything(graph)
        exact = outcome(lambda: both(*graph.point))
        if isinstance(exact, type):
            return
        f = to_arrays(both, *graph.point)
        program = optimize(capture(both, [NUMBER] * len(graph.point), graph.point, False).program)
        tally.compare(flat(f(*graph.point)), exact, program, graph.point, False, graph)

    run()
    tally.report(record_property, "arrays")
    assert tally.counts["compared"] >= 0.9 * MANY


def test_the_allowance_is_exact_for_a_case_by_hand():
    """x * y + z at (2, 3, 4): the product 6 with slope 1, the sum 10 with slope 1; and a fault beyond it is noticed."""
    program = optimize(capture(lambda x, y, z: x * y + z, [NUMBER] * 3, [2.0, 3.0, 4.0]).program)
    assert allowances(program, [2.0, 3.0, 4.0]) == [16.0 * EPSILON]
    tally = Tally()
    allowed = 16.0 * EPSILON * UNITS
    tally.compare([10.0 + 0.9 * allowed], [10.0], program, [2.0, 3.0, 4.0], False, "")
    with refused(AssertionError, "units of rounding"):
        tally.compare([10.0 + 1.1 * allowed], [10.0], program, [2.0, 3.0, 4.0], False, "")
    with pytest.raises(AssertionError):
        tally.compare([10.0 + 16.0 * EPSILON], [10.0], program, [2.0, 3.0, 4.0], True, "")


@pytest.mark.parametrize("op", ["mul", "tanh"])
def test_a_wrong_derivative_is_noticed(op, monkeypatch):
    """With a partial that is off by a millionth the comparison of gradients fails."""
    from autograd_lite.compiler import adjoint

    honest = adjoint._step

    def wrong(grad, present, slope):
        found, there = honest(grad, present, slope)
        return found * 1.000001 if not isinstance(found, float) else found, there

    monkeypatch.setattr(adjoint, "_step", wrong)
    graph = random_graph(1, operations=5)
    graph = next(g for g in (random_graph(k, operations=4) for k in range(500)) if op in g.names_used())
    compiled = jit(everything(graph), backend="python", check=False)
    with pytest.raises(AssertionError):
        Tally().compare(
            flat(compiled(*graph.point)), flat(everything(graph)(*graph.point)), compiled.program, graph.point, False, graph
        )
