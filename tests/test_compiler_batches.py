"""Arrays in, arrays out: compiled batches against the eager engine, sample by sample, whatever the arrays look like."""

import importlib.util
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused, says

import autograd_lite as ag
from autograd_lite import grad, hessian, jacobian, jit, tanh, value_and_grad, vmap
from autograd_lite.testing.strategies import graphs

np = pytest.importorskip("numpy")
LLVM = pytest.param("llvm", marks=pytest.mark.skipif(not importlib.util.find_spec("llvmlite"), reason="needs llvmlite"))
COMPILED = ["python", LLVM]
WAYS = ["eager", *COMPILED]


def run(mapped, way):
    return mapped if way == "eager" else jit(mapped, backend=way)


def f(x, y):
    return tanh(x * y) + ag.exp(x) / (1 + y * y)


def expected(x, y):
    return np.array([f(float(a), float(b)) for a, b in zip(x, y, strict=True)])


def close(found, wanted, rel=1e-13):
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.float64
    assert found.shape == np.shape(wanted)
    np.testing.assert_allclose(found, wanted, rtol=rel, atol=1e-300)


def unaligned(x):
    raw = np.empty(8 * len(x) + 1, dtype=np.uint8)[1:]
    raw[:] = np.frombuffer(np.ascontiguousarray(x).tobytes(), dtype=np.uint8)
    return raw.view(np.float64)


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


#: What an array of numbers may look like in memory; each makes one of the same numbers.
FORMS = {
    "contiguous": lambda x: x,
    "every second": lambda x: np.repeat(x, 2)[::2],
    "backwards": lambda x: x[::-1].copy()[::-1],
    "a column": lambda x: np.stack([x, x + 1.0, x - 1.0], axis=1)[:, 0],
    "a Fortran column": lambda x: np.asfortranarray(np.stack([x, x + 1.0], axis=1))[:, 0],
    "read-only": read_only,
    "unaligned": unaligned,
    "big-endian": lambda x: x.astype(">f8"),
    "a field": lambda x: np.rec.fromarrays([x, np.arange(len(x))], names="a,b")["a"],
    "long double": lambda x: x.astype(np.longdouble),
}


@pytest.mark.parametrize("way", COMPILED)
@pytest.mark.parametrize("form", FORMS)
def test_strides_and_kinds_of_memory(form, way):
    compiled = jit(vmap(f), backend=way)
    for count in (1, 3, 8, 37):
        x, y = np.linspace(-1, 1, count), np.linspace(0.5, 2, count)
        x[0] = 0.25
        for _ in range(2):  # the second time by what is known of the first
            close(compiled(FORMS[form](x), y), expected(x, y))
            close(compiled(x, FORMS[form](y)), expected(x, y))


@pytest.mark.parametrize("way", COMPILED)
def test_one_program_for_all_of_them(way):
    """What is known of arrays of one layout is not used for those of another."""
    compiled, x, y = jit(vmap(f), backend=way), np.linspace(-1, 1, 37), np.linspace(0.5, 2, 37)
    for make in [*FORMS.values(), *FORMS.values()]:
        close(compiled(make(x), y), expected(x, y))
    assert len(compiled.variants) == 1


@pytest.mark.parametrize("way", COMPILED)
def test_numbers_of_other_kinds(way):
    """Computed, and given back, in double; truths and complex numbers are refused."""
    y = np.linspace(0.5, 2, 11)
    compiled = jit(vmap(f), backend=way)
    for kind in (np.float32, np.float16, np.int8, np.int64, np.uint8, ">i4"):
        x = np.arange(11).astype(kind)
        close(compiled(x, y), expected(x, y))
    with refused(TypeError, "truths", ".astype(float)"):
        compiled(y > 1.0, y)
    for wrong in (y + 1j, np.array(["a"] * 11), np.zeros(11, dtype="M8[s]")):
        with refused(TypeError, str(wrong.dtype), "numbers", ".astype(float)"):
            compiled(wrong, y)


@pytest.mark.parametrize("way", COMPILED)
def test_one_number_for_all_samples(way):
    """Memory in which every sample is the same number, and results that do not depend on the sample."""
    y = np.linspace(0.5, 2, 21)
    close(jit(vmap(f), backend=way)(np.broadcast_to(np.array(0.5), 21), y), expected(np.full(21, 0.5), y))
    close(jit(vmap(lambda v: 2.0 * v[0]), backend=way)(np.broadcast_to([3.0, 4.0], (9, 2))), np.full(9, 6.0))
    constant, shared = jit(vmap(lambda w, x: (1.5, w * w), in_axes=(None, 0)), backend=way)(3.0, y)
    close(constant, np.full(21, 1.5))
    close(shared, np.full(21, 9.0))


@pytest.mark.parametrize("way", COMPILED)
def test_axes_containers_and_shared_parts(way):
    """Along any axis, in tuples and dicts, beside arrays that all samples share."""
    rng = np.random.default_rng(0)
    table, weights, cube = rng.normal(size=(3, 10)), rng.normal(size=(3, 2)), rng.normal(size=(2, 10, 3))

    def model(p, x, c):
        return {"sum": [sum(p["w"][k][j] * x[k] for k in range(3)) for j in range(2)], "c": c * p["b"]}

    compiled = jit(vmap(model, in_axes=({"w": None, "b": 0}, 1, 1)), backend=way)
    for order in (np.ascontiguousarray, np.asfortranarray):
        biases = order(rng.normal(size=(10,)))
        found = compiled({"w": weights, "b": biases}, order(table), order(cube))
        close(found["sum"], table.T @ weights, 1e-12)
        close(found["c"], np.moveaxis(cube, 1, 0) * biases[:, None, None])
    back = jit(vmap(lambda x: x * 2.0, in_axes=-1, out_axes=1), backend=way)(cube)
    close(back, np.moveaxis(2.0 * cube, -1, 1))
    mixed = jit(vmap(lambda x, y: x * y), backend=way)(table[0], table[1].tolist())
    close(mixed, table[0] * table[1])


@pytest.mark.parametrize("way", COMPILED)
@pytest.mark.parametrize("transform", [value_and_grad, grad, hessian, jacobian])
def test_derivatives_of_rows(transform, way):
    """Hessians of rows of a table, as arrays of the shape of one with an axis for the samples before it."""
    rows = np.random.default_rng(1).normal(size=(13, 3))

    def g(v):
        total = ag.exp(v[0] * v[1]) * v[2] + tanh(v[2])
        return np.array([total, v[0] * v[2] ** 2]) if transform is jacobian else total

    found, each = jit(vmap(transform(g)), backend=way)(rows), [transform(g)(row) for row in rows]
    if transform is value_and_grad:
        close(found[0], [value for value, _ in each])
        close(found[1], np.array([slope for _, slope in each]), 1e-12)
    else:
        close(found, np.array(each), 1e-12)


@pytest.mark.parametrize("way", COMPILED)
def test_sums_over_arrays(way):
    """With in_axes of jit: sums for what is shared, arrays for the rest."""
    rng = np.random.default_rng(2)
    w, xs = rng.normal(size=4), rng.normal(size=(1500, 4))

    def loss(w, x):
        return (w @ x - 1.0) ** 2

    compiled = jit(value_and_grad(loss, (0, 1)), in_axes=(None, 0), backend=way)
    for _ in range(2):
        total, (for_w, for_x) = compiled(w, xs)
        residual = xs @ w - 1.0
        assert total == pytest.approx(float(residual @ residual), rel=1e-12)
        close(for_w, 2.0 * residual @ xs, 1e-11)
        close(for_x, 2.0 * residual[:, None] * w, 1e-11)
    assert compiled.eager_calls == 0


@pytest.mark.parametrize("way", COMPILED)
def test_lists_give_lists_and_arrays_arrays(way):
    compiled = jit(vmap(lambda v: (v[0], [v[1], v[0] * v[1]])), backend=way)
    listed = compiled([[1.0, 2], (3.0, 4.0)]) if way == "eager" else compiled([[1.0, 2], [3.0, 4.0]])
    assert listed == ([1.0, 3.0], [[2.0, 2.0], [4.0, 12.0]])
    assert type(listed[0][0]) is float
    close(compiled(np.array([[1.0, 2.0], [3.0, 4.0]]))[1], [[2.0, 2.0], [4.0, 12.0]])
    assert jit(vmap(lambda v: v[0] * v[1]), backend=way)([(1.0, 2.0), (3.0, 4.0)]) == [2.0, 12.0]
    ragged = jit(vmap(lambda x: [[x], [x, 2.0 * x]]), backend=way)(np.array([1.0, 2.0]))
    assert ragged == [[[1.0], [1.0, 2.0]], [[2.0], [2.0, 4.0]]]
    with refused(OverflowError, "int"):
        jit(vmap(lambda x: x), backend=way)([10**400, 1])
    with refused(ValueError, "sample 1", "sample 0"):
        compiled([[1.0, True], [1.0, 2.0]])


@pytest.mark.parametrize("way", COMPILED)
def test_each_call_has_results_of_its_own(way):
    compiled = jit(vmap(lambda x: (x, x)), backend=way)
    x = np.linspace(0, 1, 33)
    first, again = compiled(x), compiled(x)
    for one in first:
        one[:] = 7.0
    assert not np.shares_memory(first[0], first[1])
    close(again[0], x)
    close(x, np.linspace(0, 1, 33))


# --- memory that is given ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", COMPILED)
def test_out_is_written_and_nothing_beside_it(way):
    """A column of a larger array, every second element, a transposed one; the rest of the memory is as before."""
    x, y = np.linspace(-1, 1, 19), np.linspace(0.5, 2, 19)
    compiled = jit(vmap(f), backend=way)
    memory = np.full((21, 5), -7.0)
    out = memory[1:20, 2]
    assert compiled(x, y, out=out) is out
    close(out.copy(), expected(x, y))
    memory[1:20, 2] = -7.0
    assert (memory == -7.0).all()
    slopes = jit(vmap(value_and_grad(lambda v: v[0] * v[1] ** 2)), backend=way)
    table, large = np.stack([x, y], axis=1), np.full((2, 38), -7.0)
    values, backwards = np.empty(19), large.T[::2][::-1]
    assert slopes(table, out=(values, backwards))[1] is backwards
    close(values, x * y**2)
    close(backwards.copy(), np.stack([y**2, 2 * x * y], axis=1))
    assert (large[:, 1::2] == -7.0).all()


@pytest.mark.parametrize("way", COMPILED)
def test_out_may_be_an_input(way):
    """Also one place further on: everything is read before anything is written."""
    compiled = jit(vmap(lambda x: x * x + 1.0), backend=way)
    for start, stop, first in ((0, 20, 0), (0, 20, 1), (1, 21, 0)):
        memory = np.linspace(0.0, 2.0, 21)
        wanted = memory[start:stop] ** 2 + 1.0
        out = memory[first : first + 20]
        compiled(memory[start:stop], out=out)
        close(out.copy(), wanted)
    x = np.linspace(1.0, 2.0, 4)
    whole = jit(lambda v: v * v[0], backend=way)
    wanted = x * x[0]
    whole(x, out=x)
    close(x, wanted)


@pytest.mark.parametrize("way", COMPILED)
def test_out_that_does_not_fit(way):
    """One sentence with both shapes, and nothing is written."""
    compiled = jit(vmap(lambda x: (x, [x, x])), backend=way)
    x, one, two = np.ones(5), np.zeros(5), np.zeros((5, 2))
    with refused(ValueError, "out[1]", "(5,)", "(5, 2)"):
        compiled(x, out=(one, np.zeros(5)))
    with refused(TypeError, "out[1]", "float32", "float64"):
        compiled(x, out=(one, two.astype(np.float32)))
    with refused(ValueError, "out[1]", "read-only"):
        compiled(x, out=(one, np.broadcast_to(0.0, (5, 2))))
    with refused(ValueError, "out", "tuple of 1", "tuple of 2"):
        compiled(x, out=(one,))
    with refused(ValueError, "tuple of 2"):
        compiled(x, out=np.zeros(5))
    with refused(TypeError, "out[1]", "NumPy array"):
        compiled(x, out=(one, 1.0))
    assert not one.any()
    assert jit(lambda x, out: x * out, backend=way)(2.0, out=3.0) == 6.0


# --- one call with arrays ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", COMPILED)
def test_whole_arrays(way):
    """A compiled function of arrays: any layout, shared with numbers and lists, results of each call's own."""
    rng = np.random.default_rng(5)
    a, v = rng.normal(size=(3, 4)), rng.normal(size=4)

    def g(a, v, c):
        return ag.tanh(ag.sum(list(a @ v))) * c[0]

    compiled = jit(value_and_grad(g, (0, 1, 2)), backend=way)
    wanted = value_and_grad(g, (0, 1, 2))(a, v, [2.0])
    for matrix in (a, np.asfortranarray(a), a.astype(">f8"), read_only(a), np.repeat(a, 2, axis=1)[:, ::2]):
        for _ in range(2):
            value, (for_a, for_v, for_c) = compiled(matrix, v, [2.0])
            assert type(value) is float
            assert value == pytest.approx(wanted[0], rel=1e-13)
            close(for_a, wanted[1][0], 1e-12)
            close(for_v, wanted[1][1], 1e-12)
            assert for_c == pytest.approx(wanted[1][2], rel=1e-12)
    for_a[:] = 0.0
    close(compiled(a, v, [2.0])[1][0], wanted[1][0], 1e-12)
    assert jit(lambda x: ag.sum(list(x)), backend=way)(np.arange(3, dtype=np.float32)) == 3.0
    close(jit(hessian(lambda x: x[0] ** 2 * x[1]), backend=way)(np.array([1.0, 2.0])), [[4.0, 2.0], [2.0, 0.0]])
    assert compiled.eager_calls == 0


@pytest.mark.parametrize("way", COMPILED)
def test_whole_arrays_that_branch_raise_or_are_not_finite(way):
    def g(v):
        return ag.log(v[0]) if v[1] > 0 else v[0] * v[1]

    compiled = jit(value_and_grad(g), backend=way)
    for v in ([2.0, 1.0], [2.0, -1.0], [3.0, 1.0], [3.0, -2.0], [math.inf, 1.0], [0.5, math.nan]):
        value, slopes = compiled(np.array(v))
        wanted = value_and_grad(g)(np.array(v))
        np.testing.assert_allclose([value, *slopes], [wanted[0], *wanted[1]])
    with refused(ag.DomainError, "log", "-1.0"):
        compiled(np.array([-1.0, 1.0]))
    w = ag.Value(3.0)
    close(jit(lambda v: w * v, backend=way)(np.ones(2)), [3.0, 3.0])
    assert grad(lambda x: jit(g, backend=way)(np.array([x, 1.0])))(2.0) == 0.5
    assert [one.data for one in jit(lambda v: v * 2.0, backend=way)(np.array([w, w]))] == [6.0, 6.0]


# --- no samples --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_no_samples(way):
    """The shapes of one sample, with a 0; slopes of what is shared are 0."""
    none, rows = np.empty(0), np.empty((0, 3))
    assert run(vmap(f), way)(none, none).shape == (0,)
    assert run(vmap(f), way)([], []) == []
    assert run(vmap(lambda v: [[v[0], v[1]]] * 4), way)(rows).shape == (0, 4, 2)
    assert run(vmap(lambda v: v * 2.0, out_axes=1), way)(rows).shape == (3, 0)
    found = run(vmap(lambda v: {"a": v[0], "b": (v, [v[1]])}), way)(rows)
    assert {key: np.shape(part) for key, part in found.items() if key == "a"} == {"a": (0,)}
    assert [part.shape for part in found["b"]] == [(0, 3), (0, 1)]
    assert run(vmap(lambda v: {"a": v, "b": [v, v]}), way)([]) == {"a": [], "b": []}
    assert run(vmap(lambda v: v[0] + v[1], in_axes=1), way)([[], []]) == []
    assert run(vmap(grad(lambda x: ag.log(x))), way)(none).shape == (0,)
    value, slope = run(vmap(value_and_grad(lambda v: ag.sum(v))), way)(rows)
    assert (value.shape, slope.shape) == ((0,), (0, 3))
    with refused(ValueError, "out_axes", "None", "size 0"):
        run(vmap(lambda x: 1.0, out_axes=None), way)([])
    for f_of_rows, rows_given in ((lambda v: v[0], []), (lambda x: ag.log(x - 2.0), none)):
        with refused(ValueError, "empty batch", "size 0", "np.empty((0, 3))"):
            run(vmap(f_of_rows), way)(rows_given)
    if way != "eager":
        both = jit(value_and_grad(lambda w, x: (w[0] * x - w[1]) ** 2, (0, 1)), in_axes=(None, 0), backend=way)
        total, (for_w, for_x) = both(np.array([2.0, 3.0]), none)
        assert (total, for_w.tolist(), for_x.shape) == (0.0, [0.0, 0.0], (0,))
        assert both([2.0, 3.0], []) == (0.0, ([0.0, 0.0], []))
        with refused(ValueError, "mean", "size 0", "'sum'"):
            jit(value_and_grad(lambda w, x: w * x), in_axes=(None, 0), reduction="mean", backend=way)(1.0, none)


# --- guards, ties, errors, what is not finite ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", COMPILED)
def test_what_is_not_finite_stays_in_its_sample(way):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=500), rng.normal(size=500)
    x[[3, 77]], y[[4, 499]] = [math.nan, math.inf], [-math.inf, math.nan]
    both = value_and_grad(lambda x, y: tanh(x * y) + ag.sin(y), (0, 1))
    compiled = jit(vmap(value_and_grad(lambda x, y: tanh(x) * y + x, (0, 1))), backend=way)
    compiled(np.ones(9), np.ones(9))
    values, (for_x, for_y) = compiled(x, y)
    for k in range(500):
        value, slopes = value_and_grad(lambda x, y: tanh(x) * y + x, (0, 1))(float(x[k]), float(y[k]))
        np.testing.assert_allclose([values[k], for_x[k], for_y[k]], [value, *slopes], rtol=1e-12)
    assert compiled.eager_calls == 4
    assert both is not None


@pytest.mark.parametrize("way", COMPILED)
def test_a_sum_that_overflows_is_infinite(way):
    """Each sample is finite, so no sample is asked for."""
    compiled = jit(value_and_grad(lambda w, x: w * x), in_axes=(None, 0), backend=way)
    assert compiled(1e300, np.full(40, 1e8)) == (math.inf, 4e9)
    assert compiled.eager_calls == 0


@pytest.mark.parametrize("way", COMPILED)
def test_each_sample_goes_its_way(way):
    """And the programs are as many as the ways; nothing is eager but a tie."""

    def ways(x):
        if ag.exp(x) > 2.0:
            return x * x
        return ag.sin(x) if x > 0.0 else -x

    x = np.random.default_rng(4).normal(size=1000)
    compiled = jit(vmap(value_and_grad(ways)), backend=way)
    values, slopes = compiled(x)
    each = [value_and_grad(ways)(float(one)) for one in x]
    close(values, [value for value, _ in each])
    close(slopes, [slope for _, slope in each])
    assert (len(compiled.variants), compiled.eager_calls) == (3, 0)
    x[17] = math.log(2.0)
    close(compiled(x)[0], [ways(float(one)) for one in x])
    assert compiled.eager_calls == (way == "llvm")


@pytest.mark.parametrize("way", COMPILED)
@pytest.mark.parametrize("pieces", [3, 400])
def test_sums_over_samples_of_many_ways(pieces, way):
    """And slopes of each sample, in the order of the samples, whether those of one way lie together or not."""

    def loss(w, x):
        return (w * x + 1.0) ** 2 if x > 0.0 else ag.exp(w * x)

    x = np.where(np.arange(1200) * pieces // 1200 % 2, 1.0, -1.0) * np.linspace(0.5, 1.5, 1200)
    compiled = jit(value_and_grad(loss, (0, 1)), in_axes=(None, 0), backend=way)
    total, (for_w, for_x) = compiled(0.7, x)
    each = [value_and_grad(loss, (0, 1))(0.7, float(one)) for one in x]
    sums = [math.fsum(value for value, _ in each), math.fsum(slopes[0] for _, slopes in each)]
    assert [total, for_w] == pytest.approx(sums, rel=1e-13)
    close(for_x, [slopes[1] for _, slopes in each])
    assert (len(compiled.variants), compiled.eager_calls) == (2, 0)


@pytest.mark.parametrize("way", WAYS)
def test_a_sample_that_raises(way):
    """As in the eager engine, with its number; the first of several; one that is caught is another way."""
    x = np.linspace(0.1, 1.0, 50)
    x[[31, 40]] = -1.0, -2.0
    compiled = run(vmap(lambda x: ag.log(x) * 2.0), way)
    compiled(x[:30])
    with refused(ag.DomainError, "log", "x = -1.0", "x > 0") as caught:
        compiled(x)
    says(" ".join(caught.value.__notes__), "sample 31")
    with refused(ag.DomainError, "log", "x = -1.0") as caught:
        run(vmap(lambda x: ag.log(x)), way)(x[31:])
    says(" ".join(caught.value.__notes__), "sample 0")

    def careful(x):
        try:
            return ag.log(x)
        except ValueError:
            return 5.0 * x

    close(run(vmap(careful), way)(x), [careful(float(one)) for one in x])


def test_a_residual_of_zero_is_an_ordinary_point():
    """No power of a number that is 0 sends a derivative to the eager engine."""
    pytest.importorskip("llvmlite")

    def sum_of(term):
        return lambda x: ag.sum([100 * term(x[k + 1] - x[k] ** 2) + term(1 - x[k]) for k in range(len(x) - 1)])

    terms = [lambda r: r**2, lambda r: r * r, lambda r: r**2.0, lambda r: r**3, lambda r: r**4, lambda r: ag.pow(r, 2)]
    terms += [lambda r: abs(r) ** 2, lambda r: ag.relu(r) ** 2, lambda r: ag.prod([r, r, r])]
    for term in terms:
        for transform in (value_and_grad, hessian):
            compiled = jit(transform(sum_of(term)), backend="llvm")
            compiled([1.03] * 3)
            found = compiled([1.0] * 3)
            assert compiled.eager_calls == 0
            wanted = transform(sum_of(term))([1.0] * 3)
            assert np.allclose(*[np.hstack([np.ravel(part) for part in one]) for one in (found, wanted)])


@st.composite
def tables(draw):
    """A graph, and points near its own in an array of some layout."""
    graph = draw(graphs(max_size=6, smooth=draw(st.booleans())))
    count = draw(st.integers(1, 40))
    seed = draw(st.integers(0, 2**32 - 1))
    table = np.array(graph.point) + np.random.default_rng(seed).uniform(-0.01, 0.01, (count, len(graph.point)))
    layout = draw(st.sampled_from(["C", "F", "half", "back"]))
    table = np.asfortranarray(table) if layout == "F" else table
    table = np.repeat(table, 2, axis=0)[::2] if layout == "half" else table
    return graph, table[::-1] if layout == "back" else table


@given(tables())
@settings(max_examples=25, deadline=None)
def test_random_programs_over_tables(given):
    """Machine code over a table against a plain loop: values and slopes, or the same error."""
    pytest.importorskip("llvmlite")
    graph, table = given
    both = value_and_grad(lambda v: graph(*v))

    def attempt(call):
        try:
            return call()
        except (ArithmeticError, ValueError) as found:
            return type(found)

    wanted = attempt(lambda: [both(row) for row in table])
    found = attempt(lambda: jit(vmap(both), backend="llvm")(table))
    if isinstance(wanted, type):
        assert found is wanted
        return
    np.testing.assert_allclose(found[0], [value for value, _ in wanted], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found[1], [slope for _, slope in wanted], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray])
def test_samples_of_another_way_change_no_bit_of_the_others(layout):
    """Wherever they are, and however many: the program without guards that goes on behind them computes the same."""
    pytest.importorskip("llvmlite")
    compiled = jit(vmap(lambda v: tanh(v[0]) * v[1] + v[0] if v[1] > 0.0 else v[1]), backend="llvm")
    rng = np.random.default_rng(0)
    for count in (1, 3, 4, 9, 2047, 2049, 30_000):
        rows = layout(rng.uniform(0.1, 1.0, (count, 2)))
        wanted = compiled(rows)
        for bad in ([0], [count - 1], [count // 2, count - 1], range(0, count, 2), range(count // 3, count)):
            other = rows.copy(order="A")
            other[[*bad], 1] = -1.0
            expected = wanted.copy()
            expected[[*bad]] = -1.0
            np.testing.assert_array_equal(compiled(other), expected)
    assert compiled.eager_calls == 0


@pytest.mark.parametrize("way", COMPILED)
def test_static_arguments_beside_arrays(way):
    compiled = jit(vmap(lambda n, x: x ** int(n), in_axes=(None, 0)), static_argnums=0, backend=way)
    x = np.linspace(0.5, 2.0, 9)
    for n in (3.0, 2.0, 3.0):
        close(compiled(n, x), x**n)
    whole = jit(lambda n, x: x[0] ** int(n), static_argnums=0, backend=way)
    assert [whole(n, x) for n in (2.0, 1.0)] == [0.25, 0.5]


@pytest.mark.parametrize("way", COMPILED)
def test_without_numpy_lists_are_as_before(monkeypatch, way):
    """The core install has no arrays: samples are lists of numbers then."""
    for module in ("flat", "vectors"):
        monkeypatch.setattr(f"autograd_lite.compiler.{module}.with_arrays", lambda: False)

    def ways(w, v):
        return w * v[0] if v[1] > 0.0 else ag.exp(v[0]) / v[1]

    compiled = jit(vmap(value_and_grad(ways), in_axes=(None, 0)), backend=way)
    rows = [[0.1 * k, (-1.0) ** k * (k + 1)] for k in range(21)]
    values, slopes = compiled(2.0, rows)
    each = [value_and_grad(ways)(2.0, row) for row in rows]
    assert values == pytest.approx([value for value, _ in each], rel=1e-13)
    assert slopes == pytest.approx([slope for _, slope in each], rel=1e-13)
    assert compiled(2.0, [[math.inf, 1.0], [1.0, 1.0]])[0] == [math.inf, 2.0]
    with refused(ZeroDivisionError) as caught:
        jit(vmap(lambda x: 1.0 / x), backend=way)([1.0, 0.0])
    says(" ".join(caught.value.__notes__), "sample 1")
    assert jit(vmap(value_and_grad(lambda x: x * x)), backend=way)([]) == ([], [])
    total, (for_w, each_v) = jit(value_and_grad(ways, (0, 1)), in_axes=(None, 0), backend=way)(2.0, rows)
    assert (total, for_w) == pytest.approx((math.fsum(values), math.fsum(slopes)), rel=1e-13)
    assert len(each_v) == 21


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(float).max, reason="no longer floats here")
def test_longer_floats_are_rounded_and_those_beyond_are_refused():
    functions = jit(vmap(lambda x: x * 2.0)), jit(lambda v: v[0] * v[1]), vmap(lambda x: x * 2.0)
    for function in functions:
        with pytest.raises(ag.RangeError):
            function(np.array([1.0, np.longdouble("1e400")], dtype=np.longdouble))
        assert np.array_equal(function(np.array([1.5, np.inf], dtype=np.longdouble)), function(np.array([1.5, np.inf])))


@pytest.mark.parametrize("backend", ["python", LLVM])
@pytest.mark.parametrize("first", [1, 2])
def test_batches_that_lie_like_one_of_a_single_sample(first, backend):
    table, wide = np.arange(64.0).reshape(8, 8), np.arange(24.0).reshape(3, 8)
    cases = [
        (
            jit(vmap(lambda v: v[0] + v[1]), backend=backend),
            lambda n: table[:n, :3],
            lambda given: given[:, 0] + given[:, 1],
        ),
        (jit(vmap(lambda x: 2.0 * x), backend=backend), lambda n: table[:n, 0], lambda given: 2.0 * given),
        (jit(vmap(lambda x: 2.0 * x), backend=backend), lambda n: table[::-1][:n, 0], lambda given: 2.0 * given),
        (
            jit(vmap(lambda v: v[0] + v[1], in_axes=1), backend=backend),
            lambda n: wide[:, :n],
            lambda given: given[0] + given[1],
        ),
    ]
    for function, part, right in cases:
        for n in (first, first, 8, 1, 5, 8):
            assert np.array_equal(function(part(n)), right(part(n)))
