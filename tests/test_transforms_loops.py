"""`scan`, `fori_loop`, `while_loop`: a plain loop of Python's, JAX and mpmath are the oracles."""

import math
import random
from collections import namedtuple
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused, says

import autograd_lite as ag
from autograd_lite import Value, fori_loop, grad, jit, nn, scan, value_and_grad, vmap, while_loop
from autograd_lite.compiler.errors import TraceError

jit = partial(jit, backend="python")
Pair = namedtuple("Pair", "h n")
XS = [0.3, -1.2, 0.8, 2.0, -0.4]


def plain(f, init, xs):
    """What `scan` means."""
    carry, ys = init, []
    for x in xs:
        carry, y = f(carry, x)
        ys.append(y)
    return carry, ys


def close(found, wanted, rel=1e-12, small=1e-300):
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(wanted, dtype=float), rtol=rel, atol=small)


@pytest.fixture
def jax():
    found = pytest.importorskip("jax")
    with found.enable_x64(True):
        yield found


# --- meaning ----------------------------------------------------------------------------------------------------------------


NUMBERS = st.floats(-2, 2).map(lambda x: round(x, 6))


@given(
    st.lists(NUMBERS, max_size=7), NUMBERS, st.booleans(), st.sampled_from([False, True, 1, 2, 5]),
    st.sampled_from(["carry", "ys", "both"]),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_it_is_the_plain_loop_to_the_bit(xs, a, reverse, checkpoint, of):
    def loss(loop, a):
        carry, ys = loop(lambda c, x: (ag.sin(a * c) + x, a * c * x), a * 0.5, xs)
        return (carry * carry if of != "ys" else a) + (ag.sum(ys) if of != "carry" else 0.0)

    def ours(f, init, xs):
        carry, ys = scan(f, init, xs[::-1] if reverse else xs, reverse=reverse, checkpoint=checkpoint)
        return carry, ys[::-1] if reverse else ys

    found, wanted = (value_and_grad(partial(loss, loop))(a) for loop in (ours, plain))
    parameter, other = Value(a), Value(a)
    loss(ours, parameter).backward()
    loss(plain, other).backward()
    if checkpoint and of != "carry":  # what comes to a carry from the next step and from results is added in another order
        close([*found, parameter.grad], [*wanted, other.grad], 1e-12, 1e-12)
    else:
        assert (found, parameter.grad) == (wanted, other.grad)


def test_numbers_in_numbers_out_and_values_in_values_out():
    def body(c, x):
        return c + x.exp(), c  # methods work: the body is given Values

    carry, ys = scan(body, 0, [1.0, 2.0])
    assert (type(carry), type(ys[0])) == (float, float)
    constant = Value(0.0, requires_grad=False)
    for init, xs in ((constant, [1.0]), (0.0, [constant])):
        carry, ys = scan(body, init, xs)
        assert isinstance(carry, Value)
        assert isinstance(ys[0], Value)
        assert not carry.requires_grad
    w = Value(2.0)
    carry, ys = scan(lambda c, x: (c + 1.0, w * x), 0.0, [1.0, 2.0])
    ys[1].backward()
    assert w.grad == 2.0


def test_no_graph_is_kept_of_numbers():
    carry, _ = scan(lambda c, _: (c + 1.0, None), Value(0.0, requires_grad=False), length=100)
    assert len(ag.topological_order(carry)) == 1


def test_trees_arrays_and_reverse_are_those_of_jax(jax):
    jnp = jax.numpy

    def body(m, c, x):
        h = {"s": c["s"] + m.sin(x["a"]) * x["b"][1], "v": c["v"] * 0.5 + x["b"]}
        return h, (h["v"], {"t": h["s"] * x["a"]})

    xs = {"a": np.linspace(0.0, 1.0, 4), "b": np.arange(12.0).reshape(4, 3)}
    init = {"s": 0.25, "v": np.array([1.0, 2.0, 3.0])}
    for reverse in (False, True):
        c, (v, t) = scan(partial(body, ag), init, xs, reverse=reverse)
        start = jax.tree.map(jnp.asarray, init)
        d, (w, u) = jax.lax.scan(partial(body, jnp), start, jax.tree.map(jnp.asarray, xs), reverse=reverse)
        for one, other in ((c["s"], d["s"]), (c["v"], d["v"]), (v, w), (t["t"], u["t"])):
            close(one, other)
        assert (v.shape, v.dtype, t["t"].shape) == ((4, 3), float, (4,))


def test_lists_hold_entries_and_tuples_are_containers():
    total, ys = scan(lambda c, x: (c + x[0] * x[1][1], [c, x[0]]), 0.0, ([1.0, 2.0], [[3.0, 4.0], [5.0, 6.0]]))
    assert (total, ys) == (16.0, [[0.0, 1.0], [4.0, 2.0]])
    carry, ys = scan(lambda c, x: (Pair(c.h + x, c.n + 1), c), Pair(0.0, 0), [1.0, 2.0])
    assert (carry, ys) == (Pair(3.0, 2.0), Pair([0.0, 1.0], [0.0, 1.0]))


def test_a_range_gives_indices():
    xs = [2.0, 3.0, 4.0]
    assert scan(lambda c, i: (c + xs[i], None), 0, range(3)) == (9.0, None)
    assert fori_loop(1, 3, lambda i, c: c + xs[i], 0) == 7.0
    assert fori_loop(np.int64(-2), 1, lambda i, c: c + i, 0) == -3.0
    assert fori_loop(3, 1, lambda i, c: c + 1, 5) == 5.0


NONE = [
    pytest.param(lambda c, x: (c, x), [], {}, (2.0, []), id="list"),
    pytest.param(lambda c, x: (c, x), None, {"length": 0}, (2.0, None), id="length"),
    pytest.param(lambda c, x: (c, [c, {"a": c}]), [], {}, (2.0, []), id="list of a dict"),
    pytest.param(
        lambda c, x: (c, (c, {"a": c / 0.0})), [], {}, (2.0, ([], {"a": []})), id="containers, and a division by 0"
    ),
]


@pytest.mark.parametrize(("body", "xs", "more", "found"), NONE)
def test_no_steps(body, xs, more, found):
    assert scan(body, 2.0, xs, **more) == found
    assert scan(body, 2.0, xs, **more, checkpoint=True) == found

    def carry(c):
        return scan(body, c, xs, **more)[0]

    assert (grad(carry)(2.0), jit(carry)(2.0), jit(grad(carry))(2.0)) == (1.0, 2.0, 1.0)
    assert vmap(carry)([1.0, 2.0]) == [1.0, 2.0]
    assert jit(vmap(grad(carry)))([1.0, 2.0]) == [1.0, 1.0]
    assert ag.jvp(carry, (2.0,), (3.0,)) == (2.0, 3.0)
    assert ag.hessian(carry)(2.0) == 0.0


def test_no_steps_keep_the_inner_shape():
    carry, ys = scan(lambda c, x: (c + x[2], (x, [c, c], c)), 2.0, np.zeros((0, 3)))
    assert carry == 2.0
    assert [y.shape for y in ys] == [(0, 3), (0, 2), (0,)]
    with refused(ValueError, "xs", "array"):
        scan(lambda c, x: (c + x[2], None), 2.0, [])
    assert while_loop(lambda c: c < 0, lambda c: c / 0.0, 2.0) == fori_loop(0, 0, lambda i, c: c / 0.0, 2.0) == 2.0


STARTS = [0, 0.0, True, False, np.float32(0.0), np.int64(0), np.bool_(True), np.array(0)]


@pytest.mark.parametrize("start", STARTS, ids=repr)
def test_every_number_starts_a_carry(start):
    def register(c, x):
        return [x, *c[:-1]], c[-1]

    wanted = scan(register, [float(start)] * 6, XS * 2)
    assert scan(register, [start] * 6, XS * 2) == wanted
    assert jit(lambda xs: scan(register, [start] * 6, xs)[1])(XS * 2) == wanted[1]
    count = while_loop(lambda c: c < 5, lambda c: c + 0.5, start)
    assert (count, type(count)) == (5.0, float)


def test_a_stopping_flag_may_be_a_truth():
    def body(c, x):
        n, done = c
        done = done or n > 3
        return (n if done else n + x, done), n

    assert scan(body, (0, False), [2.0, 2.0, 2.0, 2.0]) == ((4.0, 1.0), [0.0, 2.0, 4.0, 4.0])


STRUCTURES = [
    (None, lambda c, x: x, ("carry", "None", "number")),
    ((0.0, 0.0), lambda c, x: [*c], ("carry", "(number, number)", "[number, number]")),
    ({"a": [0.0]}, lambda c, x: {"a": [(x, x)]}, ("carry['a'][0]", "number", "(number, number)")),
    ({"a": 0.0}, lambda c, x: {**c, "b": x} if x > 0.5 else c, ("carry", "{'a': number}", "{'a': number, 'b': number}")),
    ({"a": 0.0}, lambda c, x: {"b": x}, ("carry", "{'a': number}", "{'b': number}")),
    (0.0, lambda c, x: np.array([1.0, 2.0]), ("carry", "number", "array(2,)")),
    (np.zeros(2), lambda c, x: np.zeros(3), ("carry", "array(2,)", "array(3,)")),
    (Pair(0.0, 0.0), lambda c, x: (x, x), ("carry",)),
]


@pytest.mark.parametrize(("init", "new", "facts"), STRUCTURES, ids=lambda one: repr(one)[:20])
def test_a_carry_of_another_structure_is_refused_with_the_place(init, new, facts):
    body = lambda c, x: (new(c, x), None)  # noqa: E731
    with refused(TypeError, *facts):
        scan(body, init, [0.25, 1.0])
    with refused(TypeError, *facts):
        scan(body, init, [0.25, 1.0], checkpoint=True)
    with refused(TypeError, *facts):
        jit(lambda xs: scan(body, init, xs)[0])([0.25, 1.0])
    if "'b'" not in str(facts):
        with refused(TypeError, facts[0].replace("carry", "value")):
            while_loop(lambda c: True, lambda c: new(c, 1.0), init)


def test_results_keep_their_structure_and_keys_may_change_places():
    with refused(TypeError, "y[0]", "number", "[number]", "first step"):
        scan(lambda c, x: (c, [x] if x < 1 else [[x]]), 0.0, [0.0, 1.0])
    flipped = scan(lambda c, x: ({"b": c["b"] + x, "a": c["a"]}, {"p": x, "q": c["a"]}), {"a": 1.0, "b": 0.0}, [1.0, 2.0])
    assert flipped == ({"a": 1.0, "b": 3.0}, {"p": [1.0, 2.0], "q": [1.0, 1.0]})
    assert list(flipped[0]) == ["a", "b"]


def test_what_is_no_loop_is_refused():
    for call, kind, *facts in (
        (lambda: scan(lambda c, x: c, 0.0, [1.0]), TypeError, "(carry, y)"),
        (lambda: scan(lambda c, x: None, 0.0, [1.0]), TypeError, "None"),
        (lambda: scan(lambda c, x: (c, x), 0.0), ValueError, "xs", "length=n"),
        (lambda: scan(lambda c, x: (c, x), 0.0, [1.0, 2.0], length=3), ValueError, "length", 3, "xs", 2),
        (lambda: scan(lambda c, x: (c, 0), 0.0, ([1.0], {"k": np.zeros((2, 3))})), ValueError, "xs[0]", 1, "xs[1]['k']", 2),
        (lambda: scan(lambda c, x: (c, x), 0.0, (1.0, 2.0)), TypeError, "xs[0]", 1.0),
        (lambda: scan(lambda c, x: (c, x), 0.0, Value(2.0)), TypeError, "xs"),
        (lambda: scan(lambda c, x: (c, x), 0.0, length=-1), ValueError, "length", -1),
        (lambda: scan(lambda c, x: (c, x), 0.0, length=2.5), TypeError, "length", 2.5),
        (lambda: scan(lambda c, x: (c, x), 0.0, length=True), TypeError, "length", True),
        (lambda: scan(lambda c, x: (c, x), 1j, length=1), TypeError, "init"),
        (lambda: scan(3.0, 0.0, [1.0]), TypeError, "scan"),
        (lambda: scan(lambda c, x: (c, x), 0.0, [1.0], checkpoint=0), ValueError, "checkpoint", 0),
        (lambda: fori_loop(0, 2.5, lambda i, c: c, 0.0), TypeError, "upper", 2.5),
        (lambda: fori_loop(0, Value(math.inf), lambda i, c: c, 0.0), TypeError, "upper"),
        (lambda: fori_loop("0", 2, lambda i, c: c, 0.0), TypeError),
        (lambda: while_loop(lambda c: False, 3.0, 0.0), TypeError, "while_loop"),
    ):
        with refused(kind, *facts) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_one_value_may_be_carry_and_result_and_stand_twice(jax):
    def loss(m, loop, w):
        def body(c, x):
            h = m.tanh(w * c[0] + x)
            return (h, h), h

        (one, two), ys = loop(body, (0.1, 0.1), m.asarray(XS) if m is jax.numpy else XS)
        return one + 2.0 * two + sum(ys)

    wanted = float(jax.grad(partial(loss, jax.numpy, jax.lax.scan))(0.7))
    for checkpoint in (False, True):
        ours = partial(loss, ag, partial(scan, checkpoint=checkpoint))
        close([grad(ours)(0.7), jit(grad(ours))(0.7)], [wanted, wanted])


# --- derivatives ------------------------------------------------------------------------------------------------------------


def every(f):
    """The slope of f by each way there is, compiled and not; f takes the loop's options."""
    kept, cut = partial(f, {}), partial(f, {"checkpoint": 2})
    return [
        grad(kept), ag.jacfwd(kept), lambda a: ag.vjp(kept, a)[1](1.0)[0], lambda a: ag.jvp(kept, (a,), (1.0,))[1],
        lambda a: vmap(grad(kept))([a])[0], jit(grad(kept)), lambda a: jit(vmap(grad(kept)))([a])[0], grad(jit(kept)),
        grad(cut), ag.jacrev(cut), lambda a: ag.vjp(cut, a)[1](1.0)[0], jit(grad(cut)), lambda a: vmap(grad(cut))([a])[0],
    ]  # fmt: skip


@pytest.mark.parametrize("of", ["carry", "ys", "both"])
def test_the_path_through_a_carry_that_starts_constant_counts(of):
    def loss(loop, a):
        carry, ys = loop(lambda c, x: (a * c + x,) * 2, 0.0, [1.0, 2.0, 3.0])
        return (carry if of != "ys" else 0.0) + (ag.sum(ys) if of != "carry" else 0.0)

    # 3 + 2a + a^2 the carry, and with 1, 2 + a the results
    slope = {"carry": 2.0 + 2 * 0.5, "ys": 3.0 + 2 * 0.5, "both": 5.0 + 4 * 0.5}[of]
    for way in every(lambda options, a: loss(partial(scan, **options), a)):
        assert way(0.5) == slope
    w = Value(0.5)
    loss(scan, w).backward()
    assert w.grad == slope


def test_what_is_ignored_or_untouched_has_its_slope():
    def f(options, a, b, c, d):
        carry, _ = scan(lambda s, x: ((s[0] * d + x, s[0], s[2]), None), (a, b, c), [1.0, 2.0], **options)
        return carry[0] + 3.0 * carry[2]

    wanted = (4.0, 0.0, 3.0, 2 * 1.5 * 2.0 + 1.0)
    for options in ({}, {"checkpoint": 2}, {"checkpoint": 1}):
        g = partial(f, options)
        assert grad(g, argnums=(0, 1, 2, 3))(1.5, 5.0, 7.0, 2.0) == wanted
        assert jit(grad(g, argnums=(0, 1, 2, 3)))(1.5, 5.0, 7.0, 2.0) == wanted
    _, moved = ag.jvp(partial(f, {}), (1.5, 5.0, 7.0, 2.0), (1.0, 1.0, 1.0, 1.0))
    assert moved == sum(wanted)


def test_powers_by_a_scan_that_stops_by_a_branch(jax):
    def power(m, loop, x, k, n):
        def body(c, i):
            return m.where(i < k, c * x, c), None

        return loop(body, 1.0, m.arange(n) * 1.0 if m is jax.numpy else [float(i) for i in range(n)])[0]

    def branching(options, x, k):
        return scan(lambda c, i: (c * x if i < k else c, None), 1.0, range(6), **options)[0]

    for k in (0, 1, 3, 6):
        wanted = float(jax.grad(partial(power, jax.numpy, jax.lax.scan))(3.0, k, 6))
        assert wanted == pytest.approx(k * 3.0 ** (k - 1))
        close([way(3.0) for way in every(lambda options, x, k=k: branching(options, x, k))], [wanted] * 13)
        assert grad(lambda x, k=k: power(ag, scan, x, float(k), 6))(3.0) == pytest.approx(wanted)


def test_a_body_that_reuses_a_name_is_differentiated_with_the_values_of_each_step():
    mp = pytest.importorskip("mpmath").mp

    def f(m, loop, a):
        def body(c, x):
            y = m.sin(a * c + x)
            y = y * y + c
            y = m.exp(0.3 * y) * a
            return y, None

        return loop(body, 0.25, XS)[0]

    with mp.workdps(40):
        wanted = float(mp.diff(lambda a: f(mp, plain, a), 0.5))
    for way in every(lambda options, a: f(ag, partial(scan, **options), a)):
        close(way(0.5), wanted)


def test_slopes_of_an_early_stop_land_on_the_first_entries():
    def f(xs, options, k):
        def body(c, x):
            total, n = c
            return (total + x * x if n < k else total, n + 1), None

        return scan(body, (0.0, 0), xs, **options)[0][0]

    for k in (0, 1, 3, 5):
        wanted = [2.0 * x if i < k else 0.0 for i, x in enumerate(XS)]
        for options in ({}, {"checkpoint": True}):
            g = grad(lambda xs, options=options, k=k: f(xs, options, k))
            assert g(XS) == wanted
            assert jit(g)(XS) == wanted
            assert g(np.array(XS)).tolist() == wanted


def test_second_order_every_way(jax):
    def f(m, loop, p):
        def body(c, x):
            h = m.tanh(p[0] * c + p[1] * x)
            return h, h * c

        carry, ys = loop(body, p[2] * 0.5, m.asarray(XS[:3]) if m is jax.numpy else XS[:3])
        return carry**2 + sum(ys)

    p = [0.7, -0.4, 1.1]
    wanted = jax.hessian(partial(f, jax.numpy, jax.lax.scan))(jax.numpy.asarray(p))
    for checkpoint in (False, 1, 2, 5):
        ours = partial(f, ag, partial(scan, checkpoint=checkpoint))
        ways = [ag.hessian(ours), ag.jacrev(grad(ours))]
        if not checkpoint:
            ways += [jit(ag.hessian(ours))]
            ways += [ag.jacfwd(grad(ours)), lambda p, g=ours: ag.jacrev(ag.jacfwd(g))(p)]
        for way in ways:
            close(way(p), wanted, 1e-10)
        close(ag.hvp(ours, (p,), ([1.0, 2.0, 3.0],)), np.asarray(wanted) @ [1.0, 2.0, 3.0], 1e-10)
    third = [
        grad(grad(grad(lambda a, loop=loop: f(ag, loop, [a, -0.4, 1.1]))))(0.7)
        for loop in (plain, scan, partial(scan, checkpoint=2))
    ]
    close(third[1:], third[:1] * 2, 1e-10)


def test_forward_and_aux_and_other_transforms():
    def f(a):
        carry, ys = scan(lambda c, x: (ag.sin(a * c) + x, c), 0.1, XS)
        return carry, ys

    (value, aux), slope = value_and_grad(f, has_aux=True)(0.5)
    assert (value, aux) == plain(lambda c, x: (ag.sin(0.5 * c) + x, c), 0.1, XS)
    assert slope == pytest.approx(ag.jvp(lambda a: f(a)[0], (0.5,), (1.0,))[1], rel=1e-14)
    assert ag.check_grad(lambda a: f(a)[0], 0.5)


def test_rules_of_ones_own_are_called_for_each_step_and_lane(jax):
    def loss(m, loop, custom, a, x):
        clip = custom(lambda y: y * 1.0)
        clip.defvjp(lambda y: (y * 1.0, None), lambda _, g: (m.clip(g, -0.5, 0.5),))
        through = custom(lambda y: m.floor(y))
        through.defvjp(lambda y: (m.floor(y), None), lambda _, g: (g,))

        def body(c, t):
            return clip(c * a + t) + 0.25 * through(3.0 * c * x), None

        return loop(body, x, m.asarray(XS) if m is jax.numpy else XS)[0] ** 2

    class Ours:
        clip, floor = ag.clamp, ag.floor

    points = [0.3, 0.9, 1.7]
    theirs = jax.vmap(jax.grad(partial(loss, jax.numpy, jax.lax.scan, jax.custom_vjp), (0, 1)), (None, 0))
    wanted = theirs(0.8, jax.numpy.asarray(points))
    for checkpoint in (False, 2):
        ours = grad(partial(loss, Ours, partial(scan, checkpoint=checkpoint), ag.custom_vjp), (0, 1))
        for way in (vmap(ours, (None, 0)), jit(vmap(ours, (None, 0)), check=False)):
            close(way(0.8, points), wanted)


# --- while and fori ---------------------------------------------------------------------------------------------------------


def test_a_while_loop_goes_forwards_only():
    def f(x):
        return while_loop(lambda c: c[0] < 100.0, lambda c: (2.0 * c[0], c[1] + 1), (x, 0))[0]

    assert (f(3.0), jit(f)(3.0), vmap(f)([3.0, 200.0]), jit(vmap(f))([3.0, 200.0])) == (
        192.0,
        192.0,
        [192.0, 200.0],
        [192.0, 200.0],
    )
    assert ag.jvp(f, (3.0,), (1.0,)) == jit(lambda x: ag.jvp(f, (x,), (1.0,)))(3.0) == (192.0, 64.0)
    square = lambda x: while_loop(lambda c: c < 100.0, lambda c: c * c, x)  # noqa: E731
    assert ag.jacfwd(ag.jacfwd(square))(3.0) == jit(ag.jacfwd(ag.jacfwd(square)))(3.0) == 56.0 * 3.0**6
    for way in (
        grad(f),
        jit(grad(f)),
        ag.hessian(f),
        ag.jacrev(f),
        lambda x: f(Value(x)).backward(),
        vmap(grad(f)),
        jit(vmap(grad(f))),
    ):
        with refused(NotImplementedError, "while_loop", "scan", "length", "jvp"):
            way([3.0] if way.__class__.__name__ in ("Mapped", "BatchedMap") else 3.0)
    ag.to_svg(f(Value(3.0)))
    with ag.no_grad():
        assert f(Value(3.0)).requires_grad is False
    assert grad(lambda x: x * f(x).detach())(3.0) == 192.0


def test_done_lanes_are_frozen():
    def lane(n):
        # One step past its end the body divides by zero.
        return while_loop(lambda c: c[0] < n, lambda c: (c[0] + 1.0, c[1] + 1.0 / (n - c[0])), (0.0, 0.0))

    steps = [0.0, 1.0, 7.0, 100.0]
    counts, sums = vmap(lane)(steps)
    assert counts == steps
    close(sums, [math.fsum(1.0 / k for k in range(1, int(n) + 1)) for n in steps], 1e-14)
    assert jit(vmap(lane))(steps) == (counts, sums)
    with pytest.raises(ZeroDivisionError):
        while_loop(lambda c: c[0] < 2.0, lambda c: (c[0] + 1.0, c[1] + 1.0 / (1.0 - c[0])), (0.0, 0.0))


def test_a_loop_that_would_not_end_for_a_lane_is_in_the_branch_not_taken():
    def f(x):
        return (
            while_loop(lambda c: c > 0.1, lambda c: c / 2, x)
            if x >= 0
            else while_loop(lambda c: c < -0.1, lambda c: c / 2, x)
        )

    wanted = [0.0625, -0.0625, 0.09375, 0.0]
    assert vmap(f)([1.0, -1.0, 3.0, 0.0]) == jit(vmap(f))([1.0, -1.0, 3.0, 0.0]) == wanted


def test_a_trip_count_from_the_data_is_right():
    def power(x, n):
        return fori_loop(0, n, lambda i, c: c * x, 1.0)

    assert [grad(power)(3.0, n) for n in (0, 1, 4)] == [0.0, 1.0, 108.0]
    compiled = jit(grad(power))
    assert [compiled(3.0, n) for n in (0, 1, 4)] == [0.0, 1.0, 108.0]
    assert vmap(grad(power))([3.0, 3.0], [1, 4]) == jit(vmap(grad(power)))([3.0, 3.0], [1, 4]) == [1.0, 108.0]
    with refused(TypeError, "upper", 2.5):
        power(3.0, 2.5)
    with pytest.raises(TypeError, match="upper"):
        compiled(3.0, 2.5)
    with refused(TraceError, "static_argnums"):
        jit(lambda x, n: scan(lambda c, _: (c * x, None), 1.0, length=n)[0])(3.0, 2)
    assert jit(lambda x, n: scan(lambda c, _: (c * x, None), 1.0, length=n)[0], static_argnums=1)(3.0, 2) == 9.0


# --- checkpoints ------------------------------------------------------------------------------------------------------------


def cell(p, h, x):
    """A recurrent cell of two units."""
    return [ag.tanh(ag.dot(row, [*h, x, 1.0])) for row in p]


WEIGHTS = [[0.5, -0.3, 0.8, 0.1], [0.2, 0.7, -0.6, -0.2]]


@pytest.mark.parametrize("segments", [True, 1, 3, 20])
@pytest.mark.parametrize("source", ["module", "random", "numpy", "numpy's own"])
def test_dropout_draws_the_same_again(segments, source):
    generator = {"module": None, "random": random.Random(1), "numpy": np.random.default_rng(1), "numpy's own": np.random}[
        source
    ]
    drop = nn.Dropout(0.4, seed=3)

    def body(p, h, x):
        noise = generator.random() if generator else drop(x)
        h = cell(p, h, x + noise)
        return h, drop(h[0])  # drawn, whether it is used or not

    def run(checkpoint):
        np.random.seed(5)
        if source == "random":
            generator.seed(1)
        if source == "numpy":
            generator.bit_generator.state = state
        drop.set_extra_state(start)

        def loss(p):
            h, _ = scan(partial(body, p), [0.0, 0.0], XS * 4, checkpoint=checkpoint)
            return h[0] * h[1]

        found = value_and_grad(loss)(WEIGHTS)
        return found, drop.get_extra_state(), generator.random() if generator else 0.0

    start, state = drop.get_extra_state(), generator.bit_generator.state if source == "numpy" else None
    assert run(segments) == run(False)


def test_values_from_outside_and_in_xs_take_their_gradients():
    def loss(checkpoint):
        w, v, late = Value(0.5), Value(0.25), Value(2.0)
        a = w * 3.0  # an inner node that the body closes over
        xs = [Value(x) for x in XS]
        h, init = [], Value(0.1)

        def body(c, x):
            h.append(None)
            c = ag.sin(a * c + x[0]) * v
            return c * late if x[1] > 3 else c, a * c

        carry, ys = scan(body, init, (xs, range(5)), checkpoint=checkpoint)
        (carry * v + ag.sum(ys[1:])).backward()
        return [one.grad for one in (w, a, v, late, init, *xs)]

    kept = loss(False)
    for segments in (True, 1, 2, 5):
        close(loss(segments), kept, 1e-15)


@pytest.mark.parametrize("late", [lambda w, z: z, lambda w, z: w + z, lambda w, z: Value(2.0) * z, lambda w, z: z * 1.0])
def test_what_only_a_late_segment_refers_to_takes_its_gradient(late):
    """Made before the loop from what the earlier segments know; its own gradient counts, and that of a function's argument."""

    def f(options, w, z):
        a = w * z
        body = lambda c, i: (ag.sin(w * c) + (late(w, a) if i == 7 else 0.5), None)  # noqa: E731
        return scan(body, w, range(9), **options)[0] * a, a

    for segments in (1, 3, 9):
        (one, a), (two, b) = (f(options, Value(0.5), Value(0.7)) for options in ({}, {"checkpoint": segments}))
        one.backward()
        two.backward()
        close(b.grad, a.grad, 1e-14)
        close([x.grad for x in b.parents], [x.grad for x in a.parents], 1e-14)
        inner = [grad(lambda w: grad(lambda z, w=w: f(o, w, w * z)[0])(0.7))(0.5) for o in ({}, {"checkpoint": segments})]
        close(inner[1], inner[0])


def test_a_cotangent_may_be_what_the_body_refers_to():
    def f(options, w):
        product = lambda z: scan(lambda c, _: (c * w * z, None), 1.0, length=3, **options)[0]  # noqa: E731
        return ag.vjp(product, w * 1.0)[1](w)[0]

    close([grad(partial(f, {"checkpoint": k}))(0.5) for k in (1, 2)], [grad(partial(f, {}))(0.5)] * 2)


def test_segments_in_segments_and_two_loops_one_after_the_other():
    def f(options, a):
        def outer(c, x):
            inner, _ = scan(lambda d, y: (ag.sin(a * d + y), None), c * x, XS, **options)
            return inner + c, inner

        carry, ys = scan(outer, a, XS, **options)
        again, _ = scan(lambda c, y: (c * a + y * carry, None), ys[2], ys, **options)
        return again

    for g in (grad, ag.hessian):
        close(g(partial(f, {"checkpoint": True}))(0.4), g(partial(f, {}))(0.4), 1e-12)
    assert value_and_grad(partial(f, {"checkpoint": 2}))(0.4)[0] == f({}, 0.4)


def test_what_has_changed_meanwhile_is_refused():
    w, counter = Value(0.5), iter(range(100))
    out, _ = scan(lambda c, _: (c * w, None), 1.0, length=4, checkpoint=True)
    w.data = 0.75
    with refused(ag.GraphError, "checkpoint"):
        out.backward()
    with refused((ag.GraphError, TraceError), "checkpoint"):
        grad(lambda a: scan(lambda c, _: (c * a + next(counter), None), 1.0, length=4, checkpoint=True)[0])(0.5)


def test_what_needs_the_steps_says_so():
    w = Value(0.5)
    out, _ = scan(lambda c, _: (c * w, None), 1.0, length=4, checkpoint=True)
    ag.to_svg(out)
    repr(out)
    with refused(NotImplementedError, "grad", "hvp"):
        ag.jvp(lambda a: scan(lambda c, _: (c * a, None), 1.0, length=4, checkpoint=True)[0], (1.0,), (1.0,))
    out.backward()
    assert w.grad == 4 * 0.5**3
    with ag.ieee():
        root = scan(lambda c, _: (c * ag.sqrt(w - 0.5), None), 1.0, length=1, checkpoint=True)[0]
    w.zero_grad()
    root.backward()
    assert w.grad == math.inf


def test_infinities_and_modes_are_those_of_the_forward_pass():
    def f(checkpoint):
        w = Value(0.0)
        with ag.ieee():
            out, _ = scan(lambda c, _: (c + 1.0 / (w + c), None), 0.0, length=3, checkpoint=checkpoint)
        out.backward()
        return out.data, w.grad

    assert repr(f(True)) == repr(f(False))


def peak(length, checkpoint):
    import tracemalloc

    tracemalloc.start()
    try:
        grad(lambda a: scan(lambda c, _: (a * c + 1.0, None), 0.3, length=length, checkpoint=checkpoint)[0])(0.5)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def exponent(lengths):
    peak(10, True)  # what is loaded and compiled once
    return np.polyfit(np.log(lengths), np.log([peak(n, True) for n in lengths]), 1)[0]


def test_memory_grows_like_the_square_root():
    assert exponent([256, 1024, 4096]) < 0.6
    assert peak(4096, False) > 8 * peak(4096, True)


@pytest.mark.long
def test_memory_grows_like_the_square_root_up_to_a_hundred_thousand_steps():
    assert 0.3 < exponent([1000, 10_000, 100_000]) < 0.6


# --- what people bring ------------------------------------------------------------------------------------------------------


def test_an_orbit_by_runge_kutta():
    """A planet's way, its speed at the start a parameter: against mpmath's own solver."""
    mp = pytest.importorskip("mpmath").mp
    steps, dt = 50, 0.01

    def acceleration(q):
        r = ag.sqrt(q[0] * q[0] + q[1] * q[1])
        return [-q[0] / r**3, -q[1] / r**3]

    def slope(s):
        return [*s[2:], *acceleration(s[:2])]

    def move(s, d, h):
        return [a + h * b for a, b in zip(s, d, strict=True)]

    def step(s, _):
        k1 = slope(s)
        k2 = slope(move(s, k1, dt / 2))
        k3 = slope(move(s, k2, dt / 2))
        k4 = slope(move(s, k3, dt))
        return [a + dt / 6 * (b + 2 * c + 2 * d + e) for a, b, c, d, e in zip(s, k1, k2, k3, k4, strict=True)], None

    def end(v, **options):
        return scan(step, [1.0, 0.0, 0.0, v], length=steps, **options)[0][0]

    def exact(v):
        solve = mp.odefun(lambda t, s: [s[2], s[3], *[-q / mp.hypot(s[0], s[1]) ** 3 for q in s[:2]]], 0, [1, 0, 0, v])
        return solve(steps * dt)[0]

    value, slope_in_v = value_and_grad(end)(1.1)
    assert (value, slope_in_v) == value_and_grad(partial(end, checkpoint=True))(1.1)
    below, above = (exact(mp.mpf(1.1) + h) for h in (-1e-4, 1e-4))
    assert value == pytest.approx(float((below + above) / 2), abs=2e-9)
    assert slope_in_v == pytest.approx(float((above - below) / 2e-4), abs=1e-7)


def test_a_kalman_filter_is_that_of_jax(jax):
    def loss(m, loop, q, ys):
        def step(s, y):
            mean, var = s
            var = var + q
            gain = var / (var + 0.5)
            error = y - mean
            return (mean + gain * error, (1.0 - gain) * var), m.log(var + 0.5) + error * error / (var + 0.5)

        return sum(loop(step, (0.0, 1.0), ys)[1])

    ys = [math.sin(k) for k in range(8)]
    wanted = jax.value_and_grad(partial(loss, jax.numpy, jax.lax.scan))(0.3, jax.numpy.asarray(ys))
    for options in ({}, {"checkpoint": True}):
        close(value_and_grad(partial(loss, ag, partial(scan, **options)))(0.3, ys), wanted)
    close(jit(value_and_grad(partial(loss, ag, scan)))(0.3, ys), wanted)


def test_a_loop_is_drawn_stepped_through_and_explained():
    w = Value(0.5, label="w")
    carry, ys = scan(lambda c, x: (c * w + x, c), 1.0, [1.0, 2.0])
    assert [node.op for node in ag.topological_order(carry) if node.op] == ["mul", "add", "mul", "add"]
    with ag.stepper(carry) as step:
        step.finish()
    assert w.grad == 2 * 0.5 + 1.0
    says(str(ag.explain(w, carry)), "w")
    assert "<svg" in ag.to_svg(carry)
    assert ys[0] is not None


CONSTANTS = {
    "grad": grad,
    "value_and_grad": lambda f: lambda y: value_and_grad(f)(y)[1],
    "jvp": lambda f: lambda y: ag.jvp(f, (y,), (1.0,))[1],
    "vjp": lambda f: lambda y: ag.vjp(f, y)[1](1.0)[0],
    "jacfwd": ag.jacfwd,
    "second": lambda f: grad(grad(f)),
    "of what was computed": lambda f: lambda y: grad(f)(y * 1.0),
}
LOOPS = {
    "carry": lambda y: scan(lambda c, _: (c * y, None), y, length=6)[0],
    "closure": lambda y: scan(lambda c, x: (c * y + x, None), 1.0, [0.5] * 5)[0],
    "entries": lambda y: scan(lambda c, x: (c * x, c + x), 1.0, [y] * 5)[1][-1],
    "checkpoint": lambda y: scan(lambda c, _: (c * y, None), y, length=9, checkpoint=3)[0],
    "fori_loop": lambda y: fori_loop(0, 5, lambda _, c: c * y, y),
    "while_loop": lambda y: while_loop(lambda c: c > 0.1, lambda c: c * y, y),
}


@pytest.mark.parametrize("how", CONSTANTS)
@pytest.mark.parametrize("loop", LOOPS)
def test_derivatives_at_a_constant_and_inside_a_batch_are_those_at_a_number(loop, how):
    derivative = CONSTANTS[how](LOOPS[loop])
    refusing = {"while_loop": how not in ("jvp", "jacfwd"), "checkpoint": how in ("jvp", "jacfwd")}.get(loop, False)
    if refusing:
        for call in (
            lambda: derivative(0.5),
            lambda: derivative(Value(0.5, requires_grad=False)),
            lambda: vmap(lambda y: derivative(y))([0.5]),
        ):
            with pytest.raises(NotImplementedError):
                call()
        return
    wanted = float(derivative(0.5))
    assert wanted != 0.0
    assert float(derivative(Value(0.5, requires_grad=False))) == wanted
    assert [float(one) for one in vmap(lambda y: derivative(y))([0.5])] == [wanted]


def test_a_derivative_at_a_constant_is_a_constant():
    found = grad(lambda y: y**3)(Value(2.0, requires_grad=False))
    assert isinstance(found, Value)
    assert not found.requires_grad
    w = Value(3.0)
    found = grad(lambda y: w * y**2)(Value(2.0, requires_grad=False))
    found.backward()
    assert (found.data, w.grad) == (12.0, 4.0)
