"""The engine: what a graph records, what backward does with it, and what happens to bad input."""

import asyncio
import contextlib
import copy
import gc
import itertools
import math
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value, topological_order
from autograd_lite.engine import copying
from autograd_lite.engine.common import apply

ROOT = Path(__file__).parent.parent


def test_the_numbers_of_the_tutorial():
    w, x, b = Value(-2.0), Value(5.0), Value(3.0)
    f = w * x + b
    f.backward()
    assert (f.data, w.grad, x.grad, b.grad) == (-7.0, 5.0, -2.0, 1.0)
    assert ((w + 1) * x + b).data == -2.0


def test_binary_cross_entropy_of_the_tutorial():
    assert round(-math.log(0.873), 4) == 0.1358
    p = Value(0.873)
    assert round((-p.log()).data, 4) == 0.1358
    assert round((-p.log10()).data, 3) == 0.059  # the text's figure: the base-10 logarithm


def test_the_minimum_of_the_plain_example():
    x = Value(10.0)
    for _ in range(200):
        y = x**2 + 7 * x + 2
        x.zero_grad()
        y.backward()
        x.data -= 0.1 * x.grad
    assert x.data == pytest.approx(-3.5, abs=1e-9)


def test_a_node_used_twice():
    a = Value(3.0)
    b = a + a
    c = b + b
    c.backward()
    assert (a.grad, b.grad, c.grad) == (4.0, 2.0, 1.0)
    assert b.parents == (a, a)
    assert b.parents[0] is a


def test_backward_twice_accumulates_in_leaves_only():
    x = Value(3.0)
    y = x * x * x
    y.backward()
    assert x.grad == 27.0
    x.zero_grad()
    y.backward()
    assert x.grad == 27.0  # 45 where inner nodes keep their old gradients
    y.backward()
    assert x.grad == 54.0


def test_not_computed_zero_and_no_path():
    x, y = Value(1.0), Value(2.0)
    root = x * 0.0
    assert x.grad == 0.0
    assert not x.has_grad
    root.backward()
    assert x.grad == 0.0
    assert x.has_grad
    assert not y.has_grad
    assert not ag.has_path(root, y)
    x.zero_grad()
    assert not x.has_grad


def test_backward_with_a_gradient():
    x = Value(2.0)
    (x * 3.0).backward(gradient=10.0)
    assert x.grad == 30.0
    with pytest.raises(TypeError):
        (x * 3.0).backward("1")
    assert x.grad == 30.0


def test_backward_from_a_leaf():
    x = Value(2.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_operands_keep_their_order_and_numbers():
    a = Value(2.0)
    assert (3.0 - a).args == (3.0, a)
    assert (3.0 - a).arg_grads == (None, -1.0)
    assert (3.0 - a).parents == (a,)
    assert (a - 3.0).args == (a, 3.0)
    assert (a / a).local_grads == (0.5, -0.5)
    assert (a * a)._op == "*"
    assert a.relu()._op == "ReLU"
    assert a._op == ""


def test_division_is_one_operation():
    assert (Value(49.0) / Value(49.0)).data == 1.0


def test_micrograds_example():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f}" == "24.7041"
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


@pytest.mark.parametrize("count", [50_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_a_million_operations(count):
    leaf = Value(1.0)
    node = leaf
    for _ in range(count):
        node = node * 1.0000001
    node.backward()
    assert leaf.grad == pytest.approx(math.exp(1e-7 * count), rel=1e-6)
    assert len(topological_order(node)) == count + 1
    assert len(repr(node)) < 100
    twin = copy.deepcopy(node)
    assert twin.data == node.data
    back = pickle.loads(pickle.dumps(node))
    back.backward()
    assert topological_order(back)[0].grad == pytest.approx(2 * leaf.grad)  # the copy came with its gradient
    del node, twin, back  # freeing must not recurse either


def test_a_wide_sum():
    xs = [Value(1.0) for _ in range(5000)]
    total = sum(xs)
    total.backward()
    assert total.data == 5000.0
    assert {x.grad for x in xs} == {1.0}


@pytest.mark.parametrize("dumps", [pickle.dumps, pickle._dumps], ids=["C", "Python"])
def test_pickle_keeps_what_is_shared(dumps):
    a = Value(2.0, label="a")
    hidden = a.tanh()
    loss = hidden * hidden + ag.sum([a, hidden, 3.0])
    a2, hidden2, loss2 = pickle.loads(dumps([a, hidden, loss]))
    loss2.backward()
    loss.backward()
    assert a2.grad == a.grad
    assert hidden2.grad == hidden.grad
    assert a2.label == "a"


def test_an_aborted_pickle_does_no_harm():
    class Stop(Exception):
        pass

    class Refuses:
        def __reduce__(self):
            raise Stop

    loss = Value(2.0) * Value(3.0) + 1.0
    for _ in range(2):
        with pytest.raises(Stop):
            pickle.dumps([loss, Refuses()])
    node = Value(1.0)
    for _ in range(20_000):
        node = node + 1.0
    assert pickle.loads(pickle.dumps(node)).data == 20_001.0
    assert pickle.loads(pickle.dumps(loss)).data == 7.0


def test_a_pickle_aborted_inside_a_graph_does_no_harm():
    class Refuses(str):
        def __reduce__(self):
            raise KeyboardInterrupt

    node = Value(1.0, Refuses())
    for _ in range(20_000):
        node = node + 1.0
    with pytest.raises(KeyboardInterrupt):
        pickle.dumps(node)
    (last,) = node.parents
    topological_order(last)[0].label = ""
    assert pickle.loads(pickle.dumps(last)).data == 20_000.0


def test_deepcopy_is_independent():
    a = Value(2.0)
    f = a * a
    twin = copy.deepcopy(f)
    twin.backward()
    assert not a.has_grad
    assert twin.parents[0].grad == 4.0
    assert copy.copy(f).parents == (a, a)


def test_a_list_of_all_nodes_is_copied_in_one_walk(monkeypatch):
    nodes = [Value(1.0)]
    for _ in range(300):
        nodes.append(nodes[-1] + 1.0)
    walked = []
    monkeypatch.setattr(copying, "_operands", lambda node, plain=copying._operands: walked.append(node) or plain(node))
    copies = copy.deepcopy(nodes)
    assert len(walked) == len(nodes)
    assert all(later.parents[0] is earlier for earlier, later in itertools.pairwise(copies))


def test_a_gradient_with_a_graph_is_pickled_as_its_number():
    a = Value(2.0)
    loss = a**3
    loss.backward(create_graph=True)
    assert isinstance(a.grad, Value)
    again = pickle.loads(pickle.dumps(loss))
    assert (again.data, again.parents[0].grad) == (8.0, 12.0)
    assert type(again.parents[0].grad) is float


def test_a_subclass_with_its_own_constructor_has_constants_and_gradients_of_its_class():
    class Named(Value):
        __slots__ = ()

        def __init__(self, name, number):
            super().__init__(number, name)

    x = Named("x", 3.0)
    (x * x).backward(create_graph=True)
    assert x.grad.data == 6.0
    x.zero_grad()
    (x * x).backward()
    assert (x.grad, type(x.detach()), x.detach().label) == (6.0, Named, "x")
    with ag.no_grad():
        assert type(x * x) is Named


def test_create_graph_tells_those_who_watch_and_leaves_gradients_alone_if_they_refuse():
    x = Value(0.0)
    x.grad = 5.0
    y = x.sqrt()
    with refused(ag.backprop.AnomalyError, "sqrt", "inf"), ag.detect_anomaly():
        y.backward(create_graph=True)
    assert (x.grad, y.has_grad) == (5.0, False)


def test_modes():
    x = Value(3.0)
    with ag.no_grad():
        y = x * x + ag.sum([x, x])
        with ag.enable_grad():
            z = x * x
    assert y.data == 15.0
    assert y.parents == ()
    assert not y.requires_grad
    assert z.parents == (x, x)
    assert (x * x).requires_grad

    @ag.no_grad()
    def quiet():
        return x * 2.0

    assert quiet().is_leaf
    assert (x * 2.0).parents == (x,)


@pytest.mark.parametrize(("mode", "outside"), [(ag.no_grad, True), (ag.enable_grad, False)])
def test_a_mode_decorates_generators_and_coroutines(mode, outside):
    """PyTorch's custom: the mode holds in the body's lines, and is off in the caller's between two steps."""
    x = Value(3.0)

    def records():
        return (x * x).requires_grad

    @mode()
    def steps(log):
        try:
            sent = yield records()
            assert sent == "sent"
            try:
                yield records()
            except KeyError:
                log.append(records())
            return records()
        finally:
            log.append(records())

    @mode()
    async def later():
        inside = [records()]
        await asyncio.sleep(0)
        return [*inside, records()]

    async def both():
        task = asyncio.create_task(later())
        await asyncio.sleep(0)
        between = records()
        return between, await task

    with contextlib.nullcontext() if outside else ag.no_grad():
        log = []
        body = steps(log)
        assert [next(body), records(), body.send("sent"), records()] == [not outside, outside] * 2
        with pytest.raises(StopIteration) as end:
            body.throw(KeyError("thrown"))
        assert end.value.value is not outside
        closed = steps(log)
        next(closed)
        closed.close()
        assert log == [not outside] * 3
        assert asyncio.run(both()) == (outside, [not outside] * 2)
        assert records() is outside


@pytest.mark.parametrize("mode", [ag.no_grad, ag.enable_grad])
def test_a_mode_decorates_without_parentheses_as_well(mode):
    @mode
    def double(x):
        """Twice."""
        return x * 2

    with (ag.enable_grad if mode is ag.no_grad else ag.no_grad)():
        assert double(Value(3.0)).requires_grad is (mode is ag.enable_grad)
        assert (double(2.0), double.__name__, double.__doc__) == (4.0, "double", "Twice.")


def test_a_decorated_function_may_run_in_many_threads():
    x, inside = Value(3.0), threading.Barrier(2)

    @ag.no_grad()
    def quiet():
        inside.wait(5)
        return (x * x).requires_grad

    with ThreadPoolExecutor(2) as pool:
        assert [one.result() for one in [pool.submit(quiet) for _ in range(2)]] == [False, False]
    assert (x * x).requires_grad

    with refused(TypeError, "no_grad()", "stream"):

        @ag.no_grad()
        async def stream():
            yield x


def test_a_mode_stays_in_its_thread():
    started, done = threading.Event(), threading.Event()

    def hold():
        with ag.no_grad(), ag.ieee():
            started.set()
            done.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    started.wait(5)
    try:
        x = Value(2.0)
        assert (x * x).parents == (x, x)
        with refused(ValueError, "log", "x = -1.0"):
            Value(-1.0).log()
    finally:
        done.set()
        thread.join()


def test_detach_and_requires_grad():
    x = Value(3.0, label="x")
    y = x * x.detach()
    y.backward()
    assert x.grad == 3.0
    constant = Value(2.0, requires_grad=False)
    (constant * x).backward()
    assert not constant.has_grad
    assert not (constant * constant).requires_grad
    with refused(RuntimeError, "leaves"):
        (x * x).requires_grad = False
    constant.requires_grad = True
    (constant * x).backward()
    assert constant.grad == 3.0


def test_where_ignores_the_branch_not_taken():
    x = Value(0.0)
    y = ag.where(x > 0, x.sqrt(), 2.0 * x)
    y.backward()
    assert x.grad == 2.0


@pytest.mark.parametrize(
    ("make", "grad"),
    [
        (lambda x: x.sqrt(), math.inf),
        (lambda x: abs(x), 0.0),
        (lambda x: x.relu(), 0.0),
        (lambda x: x**0, 0.0),
        (lambda x: x**0.5, math.inf),
        (lambda x: ag.hypot(x, 0.0), 0.0),
        (lambda x: x.cbrt(), math.inf),
    ],
)
def test_a_defined_value_never_raises_for_its_slope(make, grad):
    x = Value(0.0)
    make(x).backward()
    assert x.grad == grad


def test_ties_are_shared():
    a, b = Value(1.0), Value(1.0)
    ag.max([a, b, 0.0]).backward()
    ag.maximum(a, b).backward()
    assert (a.grad, b.grad) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: Value(-1.0, label="rate").log(), ValueError, ["log(x)", "-1.0", "'rate'", "x > 0", "log1p"]),
        (lambda: Value(-8.0) ** (1 / 3), ValueError, ["-8.0", "cbrt"]),
        (lambda: 1 / Value(0.0), ZeroDivisionError, ["x / y", "0.0"]),
        (lambda: Value(0.0) ** -1, ZeroDivisionError, ["x ** y"]),
        (lambda: Value(1000.0).exp(), OverflowError, ["exp", "1000.0", "ieee"]),
        (lambda: Value(2.0).asin(), ValueError, ["asin", "[-1, 1]"]),
        (lambda: ag.log(-1.0), ValueError, ["log"]),
        (lambda: Value(1.0) % 0.0, ZeroDivisionError, ["x % y"]),
        (lambda: Value("3"), TypeError, ["'3'", "float"]),
        (lambda: Value(None), TypeError, ["None"]),
        (lambda: Value(1j), TypeError, ["complex"]),
        (lambda: Value([1.0]), TypeError, ["list"]),
        (lambda: Value(1.0) + "x", TypeError, ["'x'"]),
        (lambda: Value(1.0) * None, TypeError, ["None"]),
        (lambda: Value(1.0) * [1.0], TypeError, ["list"]),
        (lambda: "x" * Value(1.0), TypeError, ["'x'"]),
        (lambda: Value(1.0, ("a",)), TypeError, ["label", "'a'"]),
        (lambda: ag.dot([1.0], [1.0, 2.0]), ValueError, ["1 and 2"]),
        (lambda: ag.max([]), ValueError, ["at least one"]),
        (lambda: ag.exp("1"), TypeError, ["'1'"]),
        (lambda: Value(1.0).hypot(), TypeError, []),
    ],
)
def test_bad_input(make, kind, words):
    with pytest.raises(kind) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_ieee_results():
    with ag.ieee():
        assert math.isnan(Value(-1.0).log().data)
        assert Value(0.0).log().data == -math.inf
        assert Value(1000.0).exp().data == math.inf
        assert (1 / Value(-0.0)).data == -math.inf
        assert math.isnan((Value(0.0) / 0.0).data)
        assert math.isnan((Value(-8.0) ** (1 / 3)).data)
        assert (Value(0.0) ** -1).data == math.inf


def test_an_error_leaves_gradients_alone():
    x = Value(2.0)
    (x * x).backward()
    with refused(ValueError, "log", "x = -1.0"):
        (x - 3.0).log().backward()
    y = x * 3.0
    y.register_hook(lambda grad: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        (y + x).backward()
    assert x.grad == 4.0
    assert not y.has_grad


def test_second_derivative():
    x = Value(0.5)
    x.tanh().backward(create_graph=True)
    first = x.grad
    x.zero_grad()
    first.backward()
    t = math.tanh(0.5)
    assert first.data == pytest.approx(1 - t * t, rel=1e-14)
    assert x.grad == pytest.approx(-2 * t * (1 - t * t), rel=1e-14)


def test_as_a_number():
    v = Value(2.5)
    assert (float(v), int(v), bool(v), bool(Value(0.0))) == (2.5, 2, True, False)
    assert f"{v:.3f}" == "2.500"
    assert repr(v) == "Value(data=2.5, grad=0.0)"
    assert repr(Value(1, label="a")) == "Value(data=1.0, grad=0.0, label='a')"
    assert v == 2.5
    assert v == Value(2.5)
    assert v != Value(3.0)
    assert v > 2
    assert v <= Fraction(5, 2)
    assert v != "2.5"
    assert hash(v) != hash(Value(2.5))
    assert (round(Value(2.6)).data, math.floor(Value(2.6)).data, divmod(Value(7.0), 2)[1].data) == (3.0, 2.0, 1.0)
    assert sum([v, v]).data == 5.0
    assert math.prod([v, v]).data == 6.25
    with pytest.raises(TypeError):
        v < "3"  # noqa: B015


def test_math_functions_leave_the_graph_as_documented():
    assert type(math.exp(Value(1.0))) is float
    assert "v.exp()" in Value.__float__.__doc__


def test_other_kinds_of_number():
    v = Value(2.0)
    for other in (Fraction(1, 2), Decimal("0.5"), True, 3):
        assert (v * other).data == 2.0 * float(other)
        assert (other * v).data == 2.0 * float(other)
    assert Value(10**20).data == 1e20


def test_a_subclass_works_as_operand():
    class Tagged(Value):
        __slots__ = ()

    assert (Tagged(1.0) + Value(2.0)).data == (Value(2.0) + Tagged(1.0)).data == 3.0
    x = Tagged(3.0)
    assert type(x * x) is Tagged
    (x * x).backward()
    assert x.grad == 6.0


def test_numpy_agrees_from_either_side():
    np = pytest.importorskip("numpy")
    v, w = Value(2.0), Value(3.0)
    for result in (np.float64(3.0) * v, v * np.float64(3.0), np.multiply(v, 3.0), np.array(3.0) * v):
        assert isinstance(result, Value)
        assert result.data == 6.0
    for result in (np.array([1.0, 2.0]) - v, np.subtract(np.array([1.0, 2.0]), v)):
        assert result.dtype == object
        assert [x.data for x in result] == [-1.0, 0.0]
    assert [x.data for x in v / np.array([1.0, 4.0])] == [2.0, 0.5]
    assert np.exp(v).data == math.exp(2.0)
    assert [x.data for x in np.tanh(np.array([v, w]))] == [math.tanh(2.0), math.tanh(3.0)]
    assert np.arctan2(v, w).data == math.atan2(2.0, 3.0)
    assert np.dot(np.array([v, w]), np.array([w, v])).data == 12.0
    assert list(v < np.array([1.0, 5.0])) == [False, True]
    assert np.remainder(Value(-7.0), 3.0).data == 2.0
    with refused(TypeError, "bool", "mask.astype(float)"):
        v * np.array([True, False])
    with pytest.raises(TypeError):
        Value(np.array([1.0, 2.0]))
    assert Value(np.float32(0.5)).data == 0.5


def test_the_collector_is_set_once_and_can_be_left_alone():
    code = "import gc, autograd_lite; print(gc.get_threshold()[0])"

    def run(setup="", **environment):
        result = subprocess.run(
            [sys.executable, "-c", setup + code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **environment},
        )
        return int(result.stdout)

    assert run() >= 50_000
    assert run(AUTOGRAD_LITE_GC="default") < 10_000
    assert run("import gc; gc.set_threshold(123);") == 123
    assert gc.isenabled()


def test_generated_code_is_fresh():
    for tool in ("generate", "annotate"):
        command = [sys.executable, str(ROOT / "tools" / f"{tool}.py"), "--check"]
        assert subprocess.run(command, capture_output=True, text=True).stdout == ""


def test_a_hook_says_where_it_is():
    x = Value(3.0, label="x")
    handle = x.register_hook(lambda grad: None)
    assert repr(handle) == f"<a hook on {x!r}; .remove() takes it away>"
    handle.remove()
    assert repr(handle) == "<a hook that is gone>"


# --- random graphs with shared inner nodes --------------------------------------------------------------------------------

#: Operations by the number of their operands, all defined and smooth everywhere.
GROWN = {
    1: ["tanh", "sigmoid", "sin", "neg", "softplus"],
    2: ["add", "sub", "mul", "logaddexp"],
    3: ["sum", "dot", "logsumexp"],
}


@st.composite
def recipes(draw):
    """Steps of a program: the operation, and which earlier results are its operands; an operand may be a plain number."""
    steps = []
    for k in range(3, draw(st.integers(4, 16))):
        arity = draw(st.sampled_from([1, 2, 2, 2, 3]))
        operands = [draw(st.integers(-1, k - 1)) for _ in range(arity + (arity == 3))]  # a dot takes an even number
        if all(operand < 0 for operand in operands):
            operands[0] = k - 1
        steps.append((draw(st.sampled_from(GROWN[arity])), operands))
    return steps


def grown(steps, apply, x, y, z):
    """The results of a program, in order: any of them may be shared by any number of later ones."""
    results = [x, y, z]
    for name, operands in steps:
        results.append(apply(name, *(0.75 if operand < 0 else results[operand] for operand in operands)))
    return results


EXACT = {
    "tanh": "tanh", "sin": "sin", "neg": lambda a: -a, "sigmoid": lambda a: 1 / (1 + mp().exp(-a)), "add": lambda a, b: a + b,
    "softplus": lambda a: mp().log1p(mp().exp(a)), "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "logaddexp": lambda a, b: mp().log(mp().exp(a) + mp().exp(b)), "sum": lambda *xs: sum(xs),
    "dot": lambda *xs: sum(a * b for a, b in zip(xs[: len(xs) // 2], xs[len(xs) // 2 :], strict=True)),
    "logsumexp": lambda *xs: mp().log(sum(map(mp().exp, xs))),
}  # fmt: skip


def mp():
    return pytest.importorskip("mpmath")


@given(recipes(), st.tuples(*[st.floats(-1.5, 1.5)] * 3))
def test_gradients_of_graphs_with_shared_nodes(steps, point):
    """Against central differences of the same program in 60 digits."""
    leaves = [Value(x) for x in point]
    root = grown(steps, apply, *leaves)[-1]
    root.backward()

    def exact(*numbers):
        return grown(
            steps,
            lambda name, *xs: (getattr(mp(), EXACT[name]) if isinstance(EXACT[name], str) else EXACT[name])(*xs),
            *numbers,
        )

    with mp().workdps(60):
        h = mp().mpf(10) ** -20
        places = [mp().mpf(x) for x in point]
        sizes = [abs(result) for result in exact(*places)]
        assume(max(sizes) < 1e6)
        for k, leaf in enumerate(leaves):
            up, down = ([*places[:k], places[k] + step, *places[k + 1 :]] for step in (h, -h))
            slope = (exact(*up)[-1] - exact(*down)[-1]) / (2 * h)
            assert abs(slope - leaf.grad) <= 1e-9 * (1 + max(sizes) ** 2)


def test_every_node_is_visited_once_and_after_its_operands():
    """`a*b + a*exp(b)` and its like: what is shared is counted once, whoever comes to it first."""
    a, b = Value(1.5), Value(0.5)
    shared = a * b
    root = (shared + shared * b.exp()) * (shared - b) + ag.sum([shared, a, shared])
    order = topological_order(root)
    assert len({id(node) for node in order}) == len(order)
    place = {id(node): k for k, node in enumerate(order)}
    assert all(place[id(parent)] < place[id(node)] for node in order for parent in node.parents)
    assert {id(node) for node in order} >= {id(a), id(b), id(shared)}
    rest = topological_order(root, ends=[shared, b])
    assert {id(node) for node in rest} == {id(node) for node in order} - {id(shared), id(b)}


READABLE = """
import sys, random, math, autograd_lite as ag
from autograd_lite import Value
from autograd_lite.engine.common import apply
at_random = random.Random(int(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    leaves = [Value(at_random.uniform(-2, 2)) for _ in range(4)] + [Value(0.5, requires_grad=False)]
    nodes = list(leaves)
    for _ in range(at_random.randrange(1, 40)):
        a, b, c = (at_random.choice(nodes) for _ in range(3))
        number = at_random.choice([2, 0.5, -1.0, 3])
        made = [
            lambda: a + b, lambda: a - b, lambda: a * b, lambda: a / (b * b + 1.0), lambda: number - a, lambda: number * a,
            lambda: a / number, lambda: number / (a * a + 1), lambda: abs(a) ** number, lambda: number + a, lambda: -a,
            lambda: a.tanh(), lambda: a.relu(), lambda: a.tanh().exp(), lambda: (a * a + 1.0).log(), lambda: a.sigmoid(),
            lambda: a.hypot(b), lambda: ag.sum([a, b, c, number]), lambda: ag.dot([a, b], [c, number]), lambda: ag.where(a, b, c),
            lambda: abs(number) ** a.tanh(), lambda: (a * a) ** b.tanh(), lambda: ag.maximum(a, b), lambda: 2.0 * a - b * 3,
        ]
        try:
            node = at_random.choice(made)()
        except (ArithmeticError, ValueError):
            continue
        if abs(node.data) < 1e30:
            nodes.append(node)
    root = nodes[-1]
    for _ in range(2):
        root.backward(1.5)
    order = ag.topological_order(root)
    print([(n.op, n.data.hex(), float(n.grad).hex(), n.has_grad) for n in order])
    print([[None if d is None else float(d).hex() for d in n.arg_grads] for n in order], [n.has_grad for n in leaves])
"""


def engine_output(kind, seed, count):
    environment = {**os.environ, "AUTOGRAD_LITE_ENGINE": kind}
    command = [sys.executable, "-c", READABLE, str(seed), str(count)]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.parametrize(("seed", "count"), [(1, 300), pytest.param(2, 20_000, marks=pytest.mark.long)])
def test_the_readable_engine_and_its_fast_twin_are_equal_to_the_bit(seed, count):
    readable, fast = (engine_output(kind, seed, count) for kind in ("readable", "fast"))
    assert readable == fast
    assert readable.count("\n") == 2 * count


def test_the_switch_leaves_the_twin_out():
    code = "import sys, autograd_lite; print('autograd_lite.engine._fast' in sys.modules)"
    for kind, wanted in (("readable", "False"), ("fast", "True"), ("", "True")):
        environment = {**os.environ, "AUTOGRAD_LITE_ENGINE": kind}
        assert (
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
            ).stdout.strip()
            == wanted
        )


@pytest.mark.parametrize("kind", ["redable", "Readable", "1", " "])
def test_a_slip_in_the_switch_is_an_error(kind):
    environment = {**os.environ, "AUTOGRAD_LITE_ENGINE": kind}
    found = subprocess.run(
        [sys.executable, "-c", "import autograd_lite"], capture_output=True, text=True, check=False, env=environment
    )
    assert found.returncode == 1
    last = found.stderr.splitlines()[-1]
    assert last.startswith("ValueError")
    assert all(fact in last for fact in ("AUTOGRAD_LITE_ENGINE", repr(kind), "'readable'", "'fast'"))


def test_help_and_signatures_of_what_is_made_from_the_table():
    import inspect

    assert Value.tanh.__name__ == "tanh"
    assert Value.sinpi.__qualname__ == "Value.sinpi"
    assert ag.RULES["sinpi"].doc in Value.sinpi.__doc__
    assert ag.RULES["atan2"].convention in ag.atan2.__doc__
    assert list(inspect.signature(ag.elu).parameters) == ["x", "alpha"]
    assert inspect.signature(Value.elu).parameters["alpha"].default == 1.0
    assert "value.unary" in inspect.getsource(Value.sinpi)  # a debugger can step into it
