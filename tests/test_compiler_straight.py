"""The short ways of compiled calls: the second call of a kind, and batches taken block by block."""

import importlib.util
import math
from array import array

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value, grad, jit, no_grad, tanh, value_and_grad, vmap
from autograd_lite.compiler.straight import NOWHERE

np = pytest.importorskip("numpy")
LLVM = pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite"))
COMPILED = ["python", LLVM]


def is_short(compiled, *args):
    """Whether a call goes the short way."""
    return compiled._straight is not None and compiled._straight(args) is not NOWHERE


# --- a call like the one before ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", COMPILED)
@pytest.mark.parametrize("args", [(0.5, 2.0), (0.5, [2.0, 3.0]), ((0.5, 1.0), 2.0), (0.5, np.array([2.0, 3.0]))])
def test_the_second_call_is_the_first(way, args):
    def f(x, y):
        first, rest = (x[0] if isinstance(x, tuple) else x), ([y] if isinstance(y, Value | float) else y)
        return {"a": first * rest[0], "b": (tanh(first), [rest[-1], first - 1.0])}

    compiled = jit(f, backend=way)
    first = compiled(*args)
    compiled(*args)
    assert is_short(compiled, *args)
    assert compiled(*args) == first == compiled._straight(args)
    assert [type(one) for one in (first["a"], *first["b"][1])] == [float] * 3


@pytest.mark.parametrize("way", COMPILED)
def test_the_same_kind_of_call_has_results_of_its_own(way):
    compiled = jit(lambda t, y: np.array([[y[1], -9.81 - 0.1 * y[1]], [t, 0.0]]), backend=way)
    found = [compiled(0.1 * k, np.array([1.0, 0.5 * k])) for k in range(5)]
    for k, one in enumerate(found):
        np.testing.assert_allclose(one, [[0.5 * k, -9.81 - 0.05 * k], [0.1 * k, 0.0]], rtol=1e-15)
        one[...] = 7.0  # ours to write


@pytest.mark.parametrize("way", COMPILED)
def test_other_kinds_of_numbers_go_their_way(way):
    compiled = jit(lambda x, v: x * v[0] - v[1], backend=way)
    compiled(2.0, [3.0, 4.0])
    compiled(2.0, [3.0, 4.0])
    alike = [
        (2, [3.0, 4.0]), (np.float64(2.0), [3.0, 4.0]), (2.0, [3, 4.0]), (2.0, (3.0, 4.0)), (np.float32(2.0), [3.0, 4.0]),
        (2.0, np.array([3.0, 4.0])), (2.0, np.array([3, 4])), (2.0, np.array([3.0, 9.0, 4.0])[::2]),
        (Value(2.0, requires_grad=False), [3.0, 4.0]),
    ]  # fmt: skip
    for args in [*alike, *alike]:
        assert compiled(*args) == 2.0
    with pytest.raises((TypeError, ValueError)):
        compiled(2.0, [3.0, "4.0"])
    with pytest.raises((TypeError, IndexError)):
        compiled(2.0, [3.0])
    assert isinstance(compiled(Value(2.0), [3.0, 4.0]), Value)


@pytest.mark.parametrize("way", COMPILED)
def test_never_stale(way):
    scale, w, box = [2.0], Value(3.0), {}
    box["w"] = w
    compiled = jit(lambda x: scale[0] * box["w"] * x + offset(), backend=way)
    global offset
    offset = lambda: 0.0  # noqa: E731
    assert [compiled(1.0) for _ in range(3)] == [6.0] * 3
    assert is_short(compiled, 1.0)
    w.data = 5.0
    assert compiled(1.0) == 10.0
    box["w"] = Value(7.0)
    assert compiled(1.0) == compiled(1.0) == 14.0
    scale[0] = 10.0
    assert compiled(1.0) == compiled(1.0) == 70.0
    offset = lambda: 1.0  # noqa: E731
    assert compiled(1.0) == compiled(1.0) == 71.0
    scale[0], box["w"] = 2.0, w
    assert compiled(1.0) == 11.0


@pytest.mark.parametrize("way", COMPILED)
def test_a_value_replaced_is_read_whoever_has_noticed_it(way):
    box = {"w": Value(3.0)}
    compiled = jit(lambda x: box["w"] * (x[0] if isinstance(x, list) else x), backend=way)
    compiled([1.0])
    assert compiled(1.0) == compiled(1.0) == 3.0
    box["w"] = Value(7.0)
    assert compiled([math.inf]) == math.inf  # sees the change, by the eager engine
    assert compiled(1.0) == 7.0


@pytest.mark.parametrize("way", COMPILED)
def test_attributes_that_come_and_change_their_names(way):
    class Box:
        pass

    box = Box()
    box.rate = 2.0
    compiled = jit(lambda x: x * getattr(box, "rate", 5.0), backend=way)
    assert compiled(1.0) == compiled(1.0) == 2.0
    kept = box.rate
    del box.rate
    box.other = kept
    assert compiled(1.0) == compiled(1.0) == 5.0

    def f(x):
        return x * getattr(f, "rate", 1.0)

    compiled = jit(f, backend=way)
    assert compiled(1.0) == compiled(1.0) == 1.0
    f.rate = 2.0
    assert compiled(1.0) == 2.0


@pytest.mark.parametrize("way", COMPILED)
def test_arrays_of_another_shape(way):
    compiled = jit(lambda v: v[0] * v[-1] + v.shape[0], backend=way)
    for shape in ((2,), (2,), (3,), (2,)):
        assert compiled(np.full(shape, 2.0)) == 4.0 + shape[0]
    table = jit(lambda v: v.sum(axis=0), backend=way)
    for shape in ((2, 3), (2, 3), (3, 2), (6, 1)):
        assert table(np.ones(shape)).tolist() == [shape[0]] * shape[1]


@pytest.mark.parametrize("way", COMPILED)
def test_inside_of_what_is_differentiated_it_is_a_graph(way):
    w, kinds = Value(3.0), []
    compiled = jit(lambda x: w * x, backend=way)
    assert compiled(2.0) == compiled(2.0) == 6.0
    assert is_short(compiled, 2.0)

    def f(a):
        kinds.append(type(compiled(2.0)))
        return a * a

    grad(f)(1.0)
    assert kinds == [Value]


@pytest.mark.parametrize("way", COMPILED)
def test_modes_and_graphs_are_asked(way):
    w = Value(3.0)
    compiled = jit(lambda x: w * x, backend=way)
    assert compiled(2.0) == compiled(2.0) == 6.0
    with no_grad():
        assert compiled(2.0) == 6.0
    with ag.detect_anomaly():
        assert compiled(2.0) == 6.0
    assert grad(lambda x: compiled(x) * x)(2.0) == 12.0  # the function itself: x is a Value
    outer = jit(lambda x: compiled(x) + compiled(2.0), backend=way)
    assert outer(1.0) == 9.0
    w.data = 4.0
    assert outer(1.0) == 12.0
    root = jit(lambda x: ag.sqrt(x) + 1.0, backend=way)
    assert root(4.0) == root(4.0) == 3.0
    with refused(ValueError):
        root(-1.0)
    with ag.ieee():
        assert math.isnan(root(-1.0))


@pytest.mark.parametrize("way", COMPILED)
def test_branches_and_what_is_not_finite(way):
    compiled = jit(lambda v: [v[0] / v[1] if v[0] > v[1] else ag.exp(v[1]), v[0]], backend=way)
    for kind in (list, np.array, list):
        for row in ([3.0, 2.0], [math.inf, 1.0], [1.0, 2.0], [3.0, 2.0], [math.inf, 1.0]):
            for args in (kind(row), kind(row)):
                wanted = row[0] / row[1] if row[0] > row[1] else math.exp(row[1])
                assert compiled(args) == pytest.approx([wanted, row[0]], rel=1e-14)
    assert compiled.eager_calls == 12  # the infinities, each time
    for args in ([1.0, 0.0], np.array([1.0, 0.0])):
        with refused(ZeroDivisionError):
            compiled(args)


# --- batches, block by block -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 4, 5, 2047, 2048, 2049, 2051, 9000])
@pytest.mark.parametrize("width", [2, 3, 4, 5, 12])
def test_rows_of_any_width(count, width):
    pytest.importorskip("llvmlite")
    table = np.random.default_rng(count).uniform(0.5, 2.0, (count, width))
    compiled = jit(vmap(lambda v: [v[0] * v[-1], ag.sum(list(v))]), backend="llvm")
    spread = np.full((count, 2 * width + 1), np.nan)
    spread[:, 1::2] = table
    for form in (table, np.asfortranarray(table), spread[:, 1::2], table[::-1].copy()[::-1], np.stack([table, table])[1]):
        for _ in range(2):
            found = np.asarray(compiled(form))
            np.testing.assert_allclose(found.T, [table[:, 0] * table[:, -1], table.sum(1)], rtol=1e-14)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("width", [2, 11])
def test_many_samples_of_two_ways_some_of_them_lost(threads, width):
    """More than what is noted at once, in more than one block, with samples that nobody holds."""
    pytest.importorskip("llvmlite")
    table = np.random.default_rng(width).uniform(0.5, 2.0, (30_000, width))
    table[[0, 777, 2048, 29_999], 1] = [np.nan, np.inf, -np.inf, np.nan]

    def f(w, v):
        return w * v[0] * v[0] if v[0] > 1.25 else ag.exp(v[1]) * w + v[-1]

    for order in (np.arange(30_000), np.argsort(table[:, 0])):
        compiled = jit(vmap(f, in_axes=(None, 0)), backend="llvm", threads=threads)
        for rows in (table[order], np.asfortranarray(table[order])):
            with np.errstate(over="ignore"):
                wanted = np.where(rows[:, 0] > 1.25, 2.0 * rows[:, 0] ** 2, 2.0 * np.exp(rows[:, 1]) + rows[:, -1])
            np.testing.assert_allclose(compiled(2.0, rows), wanted, rtol=1e-13)
        assert compiled.eager_calls <= 8


@pytest.mark.parametrize("loops", [False, True])
def test_sums_do_not_depend_on_layout_nor_threads(loops, monkeypatch):
    pytest.importorskip("llvmlite")
    if loops:
        monkeypatch.setattr("autograd_lite.compiler.jitted.WORTH_LOOPS", 0)
    table, w = np.random.default_rng(1).uniform(-1.0, 1.0, (9_001, 8)), np.linspace(-0.5, 0.5, 8)

    def loss(w, v):
        return tanh(ag.sum([w[k] * v[k] for k in range(8)]) if v[2] > -0.99 else w[2] * v[0]) ** 2

    found = set()
    for threads in (1, 2, 5):
        for form in (table, np.asfortranarray(table), np.repeat(table, 2, axis=0)[::2]):
            compiled = jit(value_and_grad(loss), in_axes=(None, 0), backend="llvm", threads=threads)
            for _ in range(2):
                total, slopes = compiled(w, form)
            found.add((total, *slopes))
            assert bool(compiled.variants[0].program.loops.sizes) is loops
    assert len(found) == 1
    ahead = table[:, 2:3] > -0.99
    factors = np.where(ahead, table, np.eye(8)[2] * table[:, :1])
    t = np.tanh(factors @ w)
    wanted = [(t**2).sum(), *(2.0 * t * (1.0 - t**2) @ factors)]
    np.testing.assert_allclose([total, *slopes], wanted, rtol=1e-12)


@pytest.mark.parametrize("way", COMPILED)
def test_memory_that_is_no_array(way):
    """A buffer of Python's is an object among the arguments: looked at anew at each call; the samples of a batch are read from it."""
    numbers = array("d", [2.0, 3.0])
    for given in (memoryview(numbers), numbers, memoryview(numbers).toreadonly()):
        compiled = jit(lambda v, x: v[0] * x + v[1], backend=way)
        numbers[0] = 2.0
        assert compiled(given, 5.0) == compiled(given, 5.0) == 13.0
        numbers[0] = 4.0
        assert compiled(given, 5.0) == 23.0
        assert [*jit(vmap(lambda x: x * x), backend=way)(given)] == [16.0, 9.0]
