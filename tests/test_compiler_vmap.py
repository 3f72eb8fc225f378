"""`vmap` against a plain loop: alone, compiled, differentiated; shapes of all kinds; errors in JAX's words."""

import importlib.util
import math
from collections import namedtuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value, grad, hessian, jit, tanh, value_and_grad, vmap
from autograd_lite.testing.strategies import graphs

LLVM = pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite"))
COMPILED = ["python", LLVM]
#: How a mapped function is run: as it is, or compiled by a backend.
WAYS = ["eager", *COMPILED]


def run(mapped, way):
    return mapped if way == "eager" else jit(mapped, backend=way)


def error(w, x):
    return (tanh(w * x) - x) ** 2


def numbers(thing):
    """All floats in nested lists and tuples."""
    return [thing] if isinstance(thing, float) else [one for part in thing for one in numbers(part)]


def near(found, expected, way):
    """Equal to the bit where the same operations are done; machine code has other roundings."""
    assert len(numbers(found)) == len(numbers(expected))
    for one, other in zip(numbers(found), numbers(expected), strict=True):
        if way == "llvm":
            assert one == pytest.approx(other, rel=1e-9, abs=1e-9)
        else:
            assert one == other or (math.isnan(one) and math.isnan(other))


@st.composite
def batches(draw):
    """A graph, which of its variables all samples share, and points for the samples."""
    graph = draw(graphs(max_size=6, smooth=draw(st.booleans())))
    count = draw(st.integers(1, 9))
    axes = draw(st.lists(st.sampled_from((0, None)), min_size=len(graph.point), max_size=len(graph.point)))
    axes[draw(st.integers(0, len(axes) - 1))] = 0
    shifts = st.floats(-0.01, 0.01, allow_subnormal=False)
    args = [[x + draw(shifts) for _ in range(count)] if axis == 0 else x for x, axis in zip(graph.point, axes, strict=True)]
    return graph, tuple(axes), args, count


def attempt(call):
    """What a call gives: its result, or the type of its error."""
    try:
        return call()
    except ArithmeticError as found:
        return type(found)
    except ValueError as found:
        return type(found)


@pytest.mark.parametrize("way", ["eager", "python"])
@given(batches())
@settings(max_examples=120, deadline=None)
def test_it_is_a_loop_over_the_samples(way, given):
    graph, axes, args, count = given
    rows = [[arg[k] if axis == 0 else arg for arg, axis in zip(args, axes, strict=True)] for k in range(count)]
    everything = tuple(range(len(axes)))
    for make in (lambda f: f, lambda f: value_and_grad(f, everything)):
        expected = attempt(lambda: [make(lambda *x: graph(*x))(*row) for row in rows])
        found = attempt(lambda: run(vmap(make(lambda *x: graph(*x)), in_axes=axes), way)(*args))
        if isinstance(expected, type):
            assert found is expected
        elif make(abs) is abs:
            near(found, expected, way)
        else:  # two batches, of values and of slopes
            values, slopes = found
            near(values, [value for value, _ in expected], way)
            near(list(zip(*slopes, strict=True)), [slope for _, slope in expected], way)


@pytest.mark.parametrize("way", COMPILED)
@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 31])
def test_batches_of_any_size_in_compiled_code(way, count):
    xs = [math.sin(k) for k in range(count)]
    mapped = jit(vmap(value_and_grad(error, (0, 1)), in_axes=(None, 0)), backend=way)
    values, (for_w, for_x) = mapped(0.7, xs)
    rows = [(value, *slopes) for value, slopes in (value_and_grad(error, (0, 1))(0.7, x) for x in xs)]
    near(list(zip(values, for_w, for_x, strict=True)), rows, way)


@pytest.mark.parametrize("way", COMPILED)
def test_it_is_recorded_for_one_sample(way):
    calls = []

    def counted(w, x):
        calls.append(x)
        return error(w, x)

    mapped = jit(vmap(counted, in_axes=(None, 0)), backend=way)
    mapped(0.5, [0.1 * k for k in range(100)])
    recorded = len(calls)
    assert recorded <= 3  # recorded twice and compared
    mapped(0.6, [0.2 * k for k in range(50)])
    assert len(calls) == recorded
    assert len(mapped.variants) == 1


@pytest.mark.parametrize("way", COMPILED)
def test_samples_that_branch(way):
    def f(x):
        if x > 1.0:
            return x * x
        return ag.sin(x) if x > 0.0 else -x

    xs = [2.0, -1.0, 0.5, 3.0, 1.0, 0.0]
    mapped = jit(vmap(value_and_grad(f)), backend=way)
    near(list(zip(*mapped(xs), strict=True)), [value_and_grad(f)(x) for x in xs], way)
    assert len(mapped.variants) == 3


# --- the gradient of what all samples share -------------------------------------------------------------------------------


@pytest.mark.parametrize("total", [sum, lambda xs: ag.sum(xs), lambda xs: ag.mean(xs) * len(xs)])
@pytest.mark.parametrize("way", WAYS)
def test_gradients_of_shared_parameters_are_summed(way, total):
    xs = [0.3, -1.2, 2.0, 0.0, 0.7]

    def loss(w):
        return total(vmap(error, in_axes=(None, 0))(w, xs))

    value, slope = run(value_and_grad(loss), way)(0.7)
    parts = [value_and_grad(error)(0.7, x) for x in xs]
    assert value == pytest.approx(math.fsum(v for v, _ in parts), rel=1e-13)
    assert slope == pytest.approx(math.fsum(s for _, s in parts), rel=1e-13)
    in_the_loop = value_and_grad(error) if way == "eager" else None
    if in_the_loop is None:
        summed = jit(value_and_grad(error), in_axes=(None, 0), backend=way)(0.7, xs)
        assert summed == pytest.approx((value, slope), rel=1e-13)


@pytest.mark.parametrize("way", COMPILED)
def test_with_in_axes_of_jit_what_is_shared_is_summed_and_what_is_not_is_a_list(way):
    xs = [0.3, -1.2, 2.0]
    pairs = [value_and_grad(error, (0, 1))(0.7, x) for x in xs]
    value, (for_w, for_x) = jit(value_and_grad(error, (0, 1)), in_axes=(None, 0), backend=way)(0.7, xs)
    assert (value, for_w) == pytest.approx((sum(v for v, _ in pairs), sum(s[0] for _, s in pairs)), rel=1e-13)
    near(for_x, [s[1] for _, s in pairs], way)
    mean = jit(value_and_grad(error, (0, 1)), in_axes=(None, 0), reduction="mean", backend=way)(0.7, xs)
    assert (mean[0], mean[1][0]) == pytest.approx((value / 3, for_w / 3), rel=1e-14)
    near(mean[1][1], for_x, way)

    def f(p, x):  # one argument of which a part is shared
        return (p["w"] * x + p["b"]) ** 2

    axes = ({"w": None, "b": 0}, 0)
    slopes = jit(grad(f), in_axes=axes, backend=way)({"w": 2.0, "b": [1.0, -1.0, 0.5]}, xs)
    parts = [grad(f)({"w": 2.0, "b": b}, x) for b, x in zip([1.0, -1.0, 0.5], xs, strict=True)]
    assert slopes["w"] == pytest.approx(sum(one["w"] for one in parts), rel=1e-13)
    near(slopes["b"], [one["b"] for one in parts], way)
    with_aux = value_and_grad(lambda w, x: (error(w, x), {"x": x}), has_aux=True)
    (total, aux), slope = jit(with_aux, in_axes=(None, 0), backend=way)(0.7, xs)
    assert (total, slope) == pytest.approx((value, for_w), rel=1e-13)
    assert aux == [{"x": x} for x in xs]


@pytest.mark.parametrize("way", WAYS)
def test_second_derivatives_through_a_batch(way):
    xs = [0.3, -1.2, 2.0]
    found = run(grad(grad(lambda w: sum(vmap(error, in_axes=(None, 0))(w, xs)))), way)(0.7)
    assert found == pytest.approx(sum(grad(grad(error))(0.7, x) for x in xs), rel=1e-12)
    near(run(vmap(grad(grad(error)), in_axes=(None, 0)), way)(0.7, xs), [grad(grad(error))(0.7, x) for x in xs], way)
    curved = [hessian(lambda v: error(v[0], v[1]))([0.7, x]) for x in xs]
    near(vmap(hessian(lambda v: error(v[0], v[1])))([[0.7, x] for x in xs]), curved, "eager")


def test_values_go_in_and_come_out():
    w, xs = Value(0.7), [0.3, -1.2, 2.0]
    losses = vmap(error, in_axes=(None, 0))(w, xs)
    assert all(isinstance(one, Value) for one in losses)
    ag.sum(losses).backward()
    assert w.grad == pytest.approx(sum(grad(error)(0.7, x) for x in xs), rel=1e-14)
    model = ag.nn.MLP(2, [3, 1], activation="tanh", seed=0)
    ag.sum(vmap(lambda x: model(x) ** 2)([[0.1, 0.2], [0.3, 0.4]])).backward()
    through = [p.grad for p in model.parameters()]
    for p in model.parameters():
        p.grad = 0.0
    ag.sum([model([0.1, 0.2]) ** 2, model([0.3, 0.4]) ** 2]).backward()
    assert through == [p.grad for p in model.parameters()]


@pytest.mark.parametrize("way", COMPILED)
def test_compiled_functions_inside_and_outside(way):
    """A compiled function is the function itself where a graph or another program is recorded: no number is frozen."""
    xs = [0.3, -1.2, 2.0]
    inner = jit(error, backend=way)
    near(jit(vmap(inner, in_axes=(None, 0)), backend=way)(0.7, xs), [error(0.7, x) for x in xs], way)
    assert grad(inner)(0.7, 0.3) == grad(error)(0.7, 0.3)
    assert grad(grad(inner))(0.7, 0.3) == grad(grad(error))(0.7, 0.3)
    twice = jit(lambda x: inner(x, 0.3) * x, backend=way)
    for x in (2.0, 3.0):  # the second call runs what the first recorded
        near(twice(x), error(x, 0.3) * x, way)
    mapped = jit(vmap(error, in_axes=(None, 0)), backend=way)
    found = grad(lambda w: sum(mapped(w, xs)))(0.7)
    assert found == pytest.approx(sum(grad(error)(0.7, x) for x in xs), rel=1e-13)
    # A Value that it refers to, and that somebody differentiates with respect to.
    assert grad(lambda w: jit(lambda x: w * x, backend=way)(3.0))(2.0) == 3.0
    assert grad(lambda w: jit(vmap(lambda x: w * x), backend=way)([3.0, 4.0])[1])(2.0) == 4.0
    assert jit(lambda x: jit(lambda y: x * y, backend=way)(3.0), backend=way)(2.0) == 6.0
    w = Value(2.0)
    inner(w, 0.3).backward()
    assert w.grad == grad(error)(2.0, 0.3)
    with ag.no_grad():
        assert isinstance(inner(w, 0.3), float)
    with refused(ag.compiler.TraceError, "samples"):
        grad(lambda w: jit(value_and_grad(error), in_axes=(None, 0), backend=way)(w, xs)[0])(0.7)


# --- shapes ------------------------------------------------------------------------------------------------------------------

Pair = namedtuple("Pair", "first second")


@pytest.mark.parametrize("way", WAYS)
def test_containers(way):
    near_list = run(vmap(lambda p: p["w"][0] * p["x"] + p["w"][1]), way)
    assert near_list({"w": [[1.0, 2.0], [3.0, 4.0]], "x": [5.0, 6.0]}) == [7.0, 22.0]
    assert run(vmap(lambda p: p[0] * p[1]), way)(([1.0, 2.0], [3.0, 4.0])) == [3.0, 8.0]
    mixed = run(vmap(lambda p, x: p["w"] * x + p["b"], in_axes=({"w": None, "b": 0}, 0)), way)
    assert mixed({"w": 10.0, "b": [1.0, 2.0]}, [3.0, 4.0]) == [31.0, 42.0]
    assert run(vmap(lambda p: p[0] * p[1], in_axes=((None, 0),)), way)((2.0, [3.0, 4.0])) == [6.0, 8.0]
    assert run(vmap(lambda p: p.first * p.second), way)(Pair([1.0, 2.0], [3.0, 4.0])) == [3.0, 8.0]
    assert run(vmap(lambda x: {"a": x, "b": (x * 2.0, [x, x])}), way)([1.0, 2.0]) == {
        "a": [1.0, 2.0],
        "b": ([2.0, 4.0], [[1.0, 1.0], [2.0, 2.0]]),
    }
    assert run(vmap(lambda x: Pair(x, -x)), way)([1.0, 2.0]) == Pair([1.0, 2.0], [-1.0, -2.0])
    assert run(vmap(lambda x: x * 2.0), way)(range(1, 4)) == [2.0, 4.0, 6.0]


@pytest.mark.parametrize("way", WAYS)
def test_axes_of_arguments_and_results(way):
    table = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert run(vmap(lambda v: ag.sum(v)), way)(table) == [6.0, 15.0]
    for axis in (1, -1):
        assert run(vmap(lambda v: v[0] * v[1], in_axes=axis), way)(table) == [4.0, 10.0, 18.0]
    assert run(vmap(lambda v: [2.0 * x for x in v], out_axes=1), way)(table) == [[2.0, 8.0], [4.0, 10.0], [6.0, 12.0]]
    assert run(vmap(lambda v: [2.0 * x for x in v], out_axes=-1), way)(table) == [[2.0, 8.0], [4.0, 10.0], [6.0, 12.0]]
    two = run(vmap(lambda w, x: (w * x, w * 2.0), in_axes=(None, 0), out_axes=(0, None)), way)
    assert two(3.0, [1.0, 2.0]) == ([3.0, 6.0], 6.0)
    outer = run(vmap(vmap(lambda x, y: x * y, in_axes=(None, 0)), in_axes=(0, None)), way)
    assert outer([1.0, 2.0], [3.0, 4.0]) == [[3.0, 4.0], [6.0, 8.0]]


@pytest.mark.parametrize("way", WAYS)
def test_arguments_by_name(way):
    """Mapped along axis 0, as in JAX, whatever in_axes says of the others."""
    mapped = run(vmap(lambda w, x, y: w * x + y, in_axes=(None, 0)), way)
    assert mapped(10.0, [1.0, 2.0], y=[3.0, 4.0]) == [13.0, 24.0]
    assert run(vmap(lambda x, y: x - y), way)(y=[3.0, 4.0], x=[1.0, 2.0]) == [-2.0, -2.0]
    with refused(TypeError, "position", "power"):
        run(vmap(lambda x, *, power: x**power), way)([1.0], power=[2.0])


@pytest.mark.parametrize("way", WAYS)
def test_arrays(way):
    np = pytest.importorskip("numpy")
    table = np.arange(6.0).reshape(2, 3)
    found = run(vmap(lambda v: v[0] + v[2]), way)(table)
    assert isinstance(found, np.ndarray)
    assert found.tolist() == [2.0, 8.0]
    assert run(vmap(lambda v: v[0] * v[1], in_axes=1), way)(table).tolist() == [0.0, 4.0, 10.0]
    assert run(vmap(lambda v: v * 2.0, out_axes=1), way)(table).tolist() == [[0.0, 6.0], [2.0, 8.0], [4.0, 10.0]]
    assert run(vmap(lambda v: [v[0], v[1]]), way)(table).tolist() == [[0.0, 1.0], [3.0, 4.0]]
    slopes = run(vmap(grad(lambda v: v[0] * v[1] * v[2])), way)(table + 1.0)
    assert slopes.tolist() == [[6.0, 3.0, 2.0], [30.0, 24.0, 20.0]]
    assert run(vmap(lambda x: (x, [x, (x,)])), way)(np.ones(2))[0].tolist() == [1.0, 1.0]
    assert run(vmap(lambda x: x * 2), way)(np.arange(3)).tolist() == [0.0, 2.0, 4.0]  # whole numbers
    objects = vmap(lambda x: x * 2.0)(np.array([Value(1.0), Value(2.0)]))
    assert [one.data for one in objects] == [2.0, 4.0]


# --- errors ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (
            lambda v: v(lambda x, y: x * y)([1.0, 2.0, 3.0], [1.0, 2.0]),
            ValueError,
            ("size 3: axis 0 of argument x", "size 2: axis 0 of argument y"),
        ),
        (
            lambda v: v(lambda x, y, z: x)([1.0, 2.0], [1.0, 2.0], [1.0]),
            ValueError,
            ("2 of them", "size 2", "axis 0 of argument x", "size 1: axis 0 of argument z"),
        ),
        (lambda v: v(lambda x: x)(), ValueError, ("argument", "*args=()")),
        (lambda v: v(lambda x: x, in_axes=None)([1.0]), ValueError, ("in_axes", "non-None")),
        (lambda v: v(lambda x: x, in_axes=(0, 0))([1.0]), ValueError, ("len(in_axes)=2", "len(args)=1")),
        (
            lambda v: v(lambda x: x)(1.0),
            ValueError,
            ("axis 0", "rank", 1, 0, "1.0", "in_axes=None"),
        ),
        (lambda v: v(lambda x: x)(Value(1.0)), ValueError, ("axis 0", "rank", 1, 0, "data=1.0")),
        (lambda v: v(lambda x: x)((1.0, 2.0)), ValueError, ("axis 0", "rank", 1, 0, "1.0")),
        (lambda v: v(lambda x: x, in_axes=2)([[1.0]]), ValueError, ("axis 2", "rank", 3, 2, "[[1.0]]")),
        (
            lambda v: v(lambda x: x, in_axes=({"w": 0},))({"v": [1.0]}),
            ValueError,
            ("in_axes", "{'w': 0}", "argument x", "dict", "'v'"),
        ),
        (
            lambda v: v(lambda x: x, in_axes=((0, 0),))(([1.0],)),
            ValueError,
            ("in_axes", "(0, 0)", "argument x", "tuple of 1"),
        ),
        (lambda v: v(lambda x: x, in_axes=1)([[1.0, 2.0], [3.0]]), ValueError, ("axis 1", "list", "[1, 2]")),
        (lambda v: v(lambda x: x, out_axes=None)([1.0, 2.0]), ValueError, ("out_axes", "None")),
        (lambda v: v(lambda x: x, out_axes=1)([1.0, 2.0]), ValueError, ("out_axes", "axis 1", "1 axes")),
        (lambda v: v(lambda x: x, out_axes=(0, 0))([1.0, 2.0]), ValueError, ("out_axes", "(0, 0)", "float")),
        (lambda v: v(lambda x: None)([1.0, 2.0]), TypeError, ("None", "return")),
    ],
)
def test_bad_batches(way, call, kind, words):
    with refused(kind, *words):
        call(lambda *args, **options: run(vmap(*args, **options), way))


@pytest.mark.parametrize("way", COMPILED)
def test_samples_of_other_shapes(way):
    with refused(ValueError, "sample 1", "sample 0", "argument v", "[3.0]", "[1.0, 2.0]"):
        jit(vmap(lambda v: v[0]), backend=way)([[1.0, 2.0], [3.0]])
    with refused(TypeError, "mapped", "jit(vmap(f, in_axes=...))"):
        jit(vmap(lambda v: v[0]), in_axes=0, backend=way)


def test_bad_axes():
    for axes, wrong in (("0", "'0'"), (1.0, 1.0), (True, True), ((0, "x"), "'x'"), ({"x": True}, True)):
        with refused(TypeError, "in_axes", "int", "None", "container", wrong):
            vmap(error, in_axes=axes)
        with refused(TypeError, "out_axes", "int", "None", "container", wrong):
            vmap(error, out_axes=axes)
    with refused(TypeError, "in_axes", "int", "None", "tuple", {"w": 0}):
        vmap(error, in_axes={"w": 0})
    with refused(TypeError, "function", "Value", "vmap(f)(xs)", "vmap(f(xs))"):
        vmap(Value(1.0))


@pytest.mark.parametrize("way", WAYS)
def test_a_sample_that_fails_fails_as_in_a_loop(way):
    with refused(ag.DomainError, "log", "x = -1.0", "x > 0"):
        run(vmap(lambda x: ag.log(x)), way)([1.0, -1.0])
    found = run(vmap(lambda x: x * 2.0), way)([1.0, math.inf, math.nan])
    assert found[:2] == [2.0, math.inf]
    assert math.isnan(found[2])


@pytest.mark.parametrize("way", COMPILED)
def test_many_samples_of_many_ways(way):
    """Grouped by their way through the branches; those that are not finite are found, and nothing else is eager."""
    calls = []

    def f(w, x):
        calls.append(x)
        h = w * x
        if h > 0.5:
            return ag.exp(h) * w
        return ag.sin(h) if h > 0.0 else 0.1 * h * w

    xs = [math.sin(37.0 * k) * 2.0 for k in range(500)]
    both = value_and_grad(f, (0, 1))
    exact = [both(1.5, x) for x in xs]
    mapped = jit(vmap(both, in_axes=(None, 0)), backend=way)
    values, (for_w, for_x) = mapped(1.5, xs)
    near(list(zip(values, for_w, for_x, strict=True)), [(v, *s) for v, s in exact], way)
    value, (total, each) = jit(both, in_axes=(None, 0), backend=way)(1.5, xs)
    assert (value, total) == pytest.approx((math.fsum(v for v, _ in exact), math.fsum(s[0] for _, s in exact)), rel=1e-12)
    near(each, [s[1] for _, s in exact], way)
    calls.clear()
    found = mapped(1.5, [*xs, math.inf, math.nan, -math.inf])
    assert found[0][500] == math.inf
    assert math.isnan(found[0][501])
    assert found[0][502] == -math.inf
    near([column[:500] for column in (found[0], *found[1])], [values, for_w, for_x], way)
    assert len(calls) <= 12  # three ways, each recorded no more than twice, and the three that are not finite


# --- samples of one structure; what goes in ------------------------------------------------------------------------------------

DIFFERENT = {
    "dicts": (lambda x: {"a": x} if x > 0 else {"b": 2 * x}, "{'a': number}", "{'b': number}"),
    "a number and a list": (lambda x: x if x > 0 else [2 * x], "number", "[number]"),
    "tuples": (lambda x: (x,) if x > 0 else (x, x), "(number,)", "(number, number)"),
    "nested": (lambda x: [{"a": x}] if x > 0 else [{"a": [x]}], "[{'a': number}]", "[{'a': [number]}]"),
    "lists": (lambda x: [x] if x > 0 else [x, x], "[number]", "[number, number]"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", DIFFERENT)
def test_results_of_different_structure(name, way):
    """Refused with both structures, whichever sample comes first, and whatever was compiled before."""
    f, one, other = DIFFERENT[name]
    mapped = run(vmap(f), way)
    for xs in ([1.0, -1.0], [-1.0, 2.0, 3.0], [1.0, 2.0, -1.0]):
        with refused(ValueError, one, other, "structures"):
            mapped(xs)
        for x in xs:
            assert mapped([x, x]) == vmap(f)([x, x])


def test_floats_are_values_inside_and_numbers_outside():
    """With their methods, their errors and their modes, as in `grad` and `jit`; ints stay what they are, since they may be indices."""
    assert vmap(lambda x: x.tanh())([0.5]) == [math.tanh(0.5)]
    assert vmap(lambda v: v[0].exp() * v[1])([[0.5, 2.0]]) == [math.exp(0.5) * 2.0]
    with ag.ieee():
        assert vmap(lambda x: 1 / x)([0.0]) == [math.inf]
    with refused(ag.DomainError, "x ** y", "-4.0"):
        vmap(lambda x: x**0.5)([-4.0])
    assert vmap(lambda k: [2.0, 3.0][k])(range(2)) == [2.0, 3.0]
    w = Value(3.0)
    found = vmap(lambda x: (w * x, 2.0 * x))([1.0, 2.0])
    assert [type(one) for one in found[0]] == [Value, Value]
    assert found[1] == [2.0, 4.0]
    assert all(type(one) is float for one in found[1])
    constant = Value(2.0, requires_grad=False)
    assert type(vmap(lambda x: x * 2.0)([constant])[0]) is Value
    assert grad(lambda w: sum(vmap(lambda x: w * x.sin())([1.0, 2.0])))(3.0) == math.sin(1.0) + math.sin(2.0)


@pytest.mark.parametrize("way", WAYS)
def test_columns_and_tensors(way):
    """What pandas and PyTorch made is an array; truths are none in a program."""
    pd, torch, np = (pytest.importorskip(name) for name in ("pandas", "torch", "numpy"))
    double = run(vmap(lambda x: 2.0 * x), way)
    for xs in (pd.Series([1.0, 2.0]), torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0], requires_grad=True)):
        assert list(double(xs)) == [2.0, 4.0]
    first = run(vmap(lambda row: 2.0 * row[0]), way)
    for xs in (pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}), torch.tensor([[1.0, 3.0], [2.0, 4.0]])):
        assert list(first(xs)) == [2.0, 4.0]
    for xs in (np.array([True, False]), [True, False]):
        if way == "eager":
            assert list(double(xs)) == [2.0, 0.0]
        else:
            with refused(TypeError, "truths", "1.0 and 0.0", ".astype(float)"):
                double(xs)
