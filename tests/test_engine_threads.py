"""Threads, tasks and passes within passes: every pass counts once, as a whole, and nothing waits for ever."""

import asyncio
import contextlib
import os
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.engine.passes import last_root


@pytest.fixture(autouse=True)
def switching_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(*functions, seconds=20.0):
    """Run each in a thread of its own, beginning together; their results."""
    barrier = threading.Barrier(len(functions))

    def begin(function):
        barrier.wait()
        return function()

    pool = ThreadPoolExecutor(len(functions))
    try:
        return [future.result(seconds) for future in [pool.submit(begin, function) for function in functions]]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def repeated(function, times):
    return lambda: [function() for _ in range(times)]


def network(leaves, seed):
    """A graph with shared inner nodes over `leaves`; whole numbers, so that sums are exact in any order."""
    at_random = random.Random(seed)
    nodes = list(leaves)
    for _ in range(600):
        a, b = at_random.sample(nodes[-40:], 2)
        nodes.append(at_random.choice([lambda a=a, b=b: a + b, lambda a=a, b=b: a - b, lambda a=a, b=b: ag.maximum(a, b)])())
    return ag.sum(nodes[-6:])


def plain(root):
    return root


def with_a_hook(root):
    root.parents[0].register_hook(lambda grad: 2.0 * grad)
    return root


def with_an_operation_by_hand(root):
    out = Value(3.0 * root.data, (root,), "three times")

    def push():
        root.grad += 3.0 * out.grad

    out._backward = push
    return out


@pytest.mark.parametrize("kind", [plain, with_a_hook, with_an_operation_by_hand])
def test_one_root_in_four_threads(kind):
    leaves = [Value(float(k)) for k in range(5)]
    root = kind(network(leaves, 1))
    root.backward()
    once = [leaf.grad for leaf in leaves]
    assert any(once)
    for leaf in leaves:
        leaf.zero_grad()
    at_once(*[repeated(root.backward, 50)] * 4)
    assert [leaf.grad for leaf in leaves] == [200 * grad for grad in once]
    assert root.grad == 1.0


@pytest.mark.parametrize("kind", [plain, with_a_hook, with_an_operation_by_hand])
def test_roots_that_share_leaves_and_inner_nodes(kind):
    leaves = [Value(float(k)) for k in range(5)]
    shared = [ag.maximum(a, b) + 2.0 * a for a, b in zip(leaves, leaves[1:], strict=False)]
    roots = [kind(network([*leaves, *shared], seed)) for seed in range(4)]
    alone = []
    for root in roots:
        root.backward()
        alone.append([leaf.grad for leaf in leaves])
        for leaf in leaves:
            leaf.zero_grad()
    at_once(*(repeated(root.backward, 25) for root in roots))
    assert [leaf.grad for leaf in leaves] == [25 * sum(grads) for grads in zip(*alone, strict=True)]


def test_gradients_with_a_graph_add_up_as_well():
    x = Value(3.0)
    root = x * x + 4.0 * x
    at_once(*[repeated(lambda: root.backward(create_graph=True), 10)] * 3, repeated(root.backward, 10))
    assert float(x.grad) == 40 * 10.0


def test_transforms_are_independent_and_leave_gradients_alone():
    w = Value(2.0)
    w.grad = 7.0
    f = ag.grad(lambda x: w * x * x * x + x)
    h = ag.hessian(lambda v: v[0] * v[0] * v[1] * w)
    root = w * 5.0
    slopes, seconds, _ = at_once(
        repeated(lambda: [f(float(k)) for k in range(8)], 15),
        repeated(lambda: h([1.0, 3.0]), 15),
        repeated(root.backward, 15),
    )
    assert slopes == [[6.0 * k * k + 1.0 for k in range(8)]] * 15
    assert seconds == [[[12.0, 4.0], [4.0, 0.0]]] * 15
    assert w.grad == 7.0 + 15 * 5.0


def test_threads_that_only_compute_share_nothing():
    w = Value(2.0)

    def train():
        x = Value(1.0)
        for _ in range(50):
            x.zero_grad()
            ((x - 3.0) ** 2 * w.detach()).backward()
            x.data -= 0.1 * x.grad
        return x.data

    assert len(set(at_once(*[train] * 4))) == 1


def test_modes_are_those_of_their_thread_and_task():
    x = Value(2.0)

    def recording():
        return all((x * x).parents for _ in range(300))

    def quiet():
        with ag.no_grad(), ag.ieee():
            return not any((x * x).parents for _ in range(300)) and (x / 0.0).data == float("inf")

    assert at_once(recording, quiet, recording, quiet) == [True] * 4

    async def task(mode, wanted):
        with mode:
            for _ in range(20):
                await asyncio.sleep(0)
                assert bool((x * x).parents) is wanted

    async def main():
        await asyncio.gather(task(ag.no_grad(), False), task(contextlib.nullcontext(), True), task(ag.no_grad(), False))

    asyncio.run(main())
    assert (x * x).parents == (x, x)


def test_a_pass_inside_a_hook():
    """Of the same graph, of one that shares leaves, and of one in another thread that the hook waits for."""
    x, y = Value(3.0), Value(5.0)
    inner = x * y
    other = 10.0 * x
    again = []

    def hook(grad):
        if not again:
            again.append(grad)
            other.backward()
            root.backward()
            at_once(other.backward, root.backward)

    inner.register_hook(hook)
    root = inner * 2.0
    root.backward()
    assert (x.grad, y.grad) == (3 * 10.0 + 2 * 10.0, 3 * 6.0)
    assert (inner.grad, root.grad) == (2.0, 1.0)


def test_a_lock_of_the_users_around_a_pass_and_in_a_hook():
    """No deadlock, though one thread holds it when it wants to make a pass and the other when its hook wants it."""
    lock, in_hook, held = threading.Lock(), threading.Event(), threading.Event()
    x = Value(3.0)
    h = x * x

    def hook(grad):
        in_hook.set()
        assert held.wait(10)
        with lock:
            pass

    h.register_hook(hook)

    def locked():
        assert in_hook.wait(10)
        with lock:
            held.set()
            (2.0 * x).backward()

    at_once((h * 1.0).backward, locked)
    assert x.grad == 6.0 + 2.0


def test_a_pass_that_fails_adds_nothing_and_lets_others_go_on():
    x = Value(3.0)
    bad, good = x * 2.0, x * 5.0
    bad.register_hook(lambda grad: 1 / 0)

    def failing():
        for _ in range(20):
            with pytest.raises(ZeroDivisionError):
                (bad * 1.0).backward()

    at_once(failing, repeated(good.backward, 20))
    assert x.grad == 100.0
    assert not bad.has_grad


def test_hooks_come_and_go_in_threads():
    """Each is there until it is taken away, whatever others do to the same node."""
    x, seen = Value(3.0), []
    kept = repeated(lambda: x.register_hook(seen.append), 200)

    def brief():
        for _ in range(200):
            with x.register_hook(lambda grad: None):
                pass

    at_once(brief, kept, brief, kept)
    (2.0 * x).backward()
    assert seen == [2.0] * 400


def test_the_last_root_is_that_of_the_thread():
    mine = Value(2.0) * 3.0
    mine.backward()
    other = Value(3.0) * 4.0

    def elsewhere():
        before = last_root()
        other.backward()
        return before, last_root()

    assert at_once(elsewhere) == [(None, other)]
    assert last_root() is mine


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_forked_during_a_pass_of_another_thread_can_make_its_own():
    x = Value(1.0)
    root = x
    for _ in range(2000):
        root = root + x
    done = threading.Event()

    def busy():
        while not done.is_set():
            root.backward()
            with ag.no_grad():
                pass

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for _ in range(8):
            child = os.fork()
            if child == 0:
                signalled = threading.Timer(10, os._exit, [1])
                signalled.start()
                y = Value(2.0)
                (y * y).backward()
                with ag.no_grad():
                    z = y * y
                os._exit(0 if y.grad == 4.0 and z.is_leaf else 2)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        done.set()
        thread.join()
