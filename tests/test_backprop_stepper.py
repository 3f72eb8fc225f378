"""The stepper: live gradients, exact undo, stops, leaving; on random graphs and on large ones."""

import gc
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import GraphError, Value, stepper, topological_order
from autograd_lite.backprop import Step
from autograd_lite.testing.strategies import graphs


def example():
    w, x, b, y = Value(-2.0, "w"), Value(5.0, "x"), Value(3.0, "b"), Value(-8.0, "y")
    L = (w * x + b - y) ** 2
    L.label = "L"
    return L, w, x, b, y


def state(root):
    return [(node.grad if node.has_grad else None) for node in topological_order(root)]


def bits(states):
    return [None if one is None else float(one).hex() for one in states]


@settings(max_examples=60, deadline=None)
@given(graphs(smooth=False, max_size=6), st.lists(st.integers(-4, 6), max_size=12), st.booleans())
def test_going_back_is_exact_and_the_end_is_backward(graph, moves, forward):
    _, root = graph.record()
    _, twin = graph.record()
    twin.backward()
    walk = stepper(root, forward=forward)
    seen = {walk.k: bits(state(root))}
    for move in moves:
        if move > 0:
            walk.next(move)
        elif move < 0:
            walk.back(-move)
        now = bits(state(root))
        assert seen.setdefault(walk.k, now) == now
    walk.finish()
    assert bits(state(root)) == bits(state(twin))
    walk.reset()
    assert bits(state(root)) == seen[0]


def test_gradients_are_live():
    L, w, x, *_ = example()
    walk = stepper(L)
    assert not w.has_grad
    walk.run(until=w)
    assert w.grad == 10.0
    assert not x.has_grad or x.grad == -4.0
    walk.back(walk.k)
    assert not w.has_grad


def test_a_line_a_step():
    L, *_ = example()
    walk = stepper(L)
    step = walk.next()
    assert isinstance(step, Step)
    assert str(step) == "dL/dv3 += dL/dL * dL/dv3 = 1.0 * 2.0 = 2.0   (v3.grad: 0 -> 2.0)"
    assert "step 1 of 7, next backward: dL/dv2" in repr(walk)


def test_node_by_node():
    a = Value(2.0, "a")
    c = (a + a) * (a * 3.0)
    walk = stepper(c, by="node")
    counts = []
    while not walk.at_end:
        before = walk.k
        walk.next()
        counts.append(walk.k - before)
    assert sum(counts) == walk.total
    assert max(counts) == 2
    walk.back()
    assert walk.k == walk.total - counts[-1]


def test_breakpoints_watches_conditions():
    L, w, *_ = example()
    walk = stepper(L)
    walk.breakpoint("w")
    walk.breakpoint("mul")
    walk.watch("b")
    walk.breakpoint("abs(product) > 9")
    assert [str(stop).split()[0] for stop in walk.breakpoints]
    reasons = []
    while stop := walk.run():
        reasons.append(stop.reason)
    assert any("mul" in reason for reason in reasons)
    assert any("w complete" in reason for reason in reasons)
    walk.reset()
    walk.clear()
    walk.watch("b")
    assert "b" in walk.run().reason
    walk.reset()
    walk.clear(walk.breakpoints[0])
    walk.clear()
    assert walk.breakpoints == ()
    assert not walk.run()
    assert w.grad == 10.0


def test_goto_takes_numbers_nodes_and_names():
    L, w, *_ = example()
    walk = stepper(L)
    walk.goto(3)
    assert walk.k == 3
    walk.goto(w)
    assert w.grad == 10.0
    walk.goto("L")
    assert walk.k == 0
    for place, error in (
        (99, IndexError),
        (-1, IndexError),
        ("nobody", LookupError),
        (1.5, TypeError),
        (Value(1.0), LookupError),
    ):
        with pytest.raises(error):
            walk.goto(place)


@pytest.mark.parametrize(
    ("leave", "w_after", "x_after"), [("complete", 17.0, -4.0), ("restore", 7.0, None), ("keep", 17.0, None)]
)
def test_leaving_half_way(leave, w_after, x_after):
    L, w, x, *_ = example()
    w.grad = 7.0

    def leave_by_an_error():
        with stepper(L, leave=leave) as walk:
            walk.goto(w)  # the step before the last
            assert (w.grad, x.has_grad) == (17.0, False)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        leave_by_an_error()
    assert (w.grad, x.grad if x.has_grad else None) == (w_after, x_after)


def test_a_hook_that_raises_puts_everything_back():
    L, w, x, *_ = example()
    v = next(node for node in topological_order(L) if node.op == "mul")

    def hook(gradient):
        raise RuntimeError("no")

    v.register_hook(hook)
    w.grad = 7.0
    before = bits(state(L))
    with refused(RuntimeError, "no"), stepper(L):
        pass
    assert bits(state(L)) == before
    assert not x.has_grad


def test_hooks_run_once_and_are_undone():
    """As in `backward`: on a node of two edges before the first of them, on a leaf at the end and on what this pass adds."""
    w, x = Value(3.0, "w"), Value(5.0, "x")
    v = w * x
    L = v * v
    seen = []
    v.register_hook(lambda gradient: seen.append(("v", gradient)) or gradient * 2.0)
    w.register_hook(lambda gradient: seen.append(("w", gradient)) or gradient + 1.0)
    w.grad = 100.0
    L.backward()
    expected, called = (w.grad, x.grad, v.grad), list(seen)
    assert called == [("v", 30.0), ("w", 300.0)]
    w.grad, x.grad = 100.0, None
    seen.clear()
    walk = stepper(L)
    walk.next(2)
    assert (v.grad, seen) == (30.0, [])
    coming = walk.table().rows[2]
    assert "30.0 * 5.0 = 150.0" in coming  # hooks are not called for what is only looked at
    walk.next(2)
    assert seen == called
    assert (w.grad, x.grad, v.grad) == expected
    walk.back()
    assert (w.grad, x.has_grad, v.grad) == (300.0, False, 60.0)
    walk.back()
    assert (w.has_grad, v.grad) == (False, 30.0)
    walk.finish()
    assert (w.grad, x.grad, v.grad) == expected
    assert seen == called * 2
    w.register_hook(lambda gradient: 1 / 0)
    walk.back()
    with pytest.raises(ZeroDivisionError):
        walk.next()
    assert (w.grad, x.has_grad, walk.k) == (300.0, False, 3)


def test_the_forward_pass_is_stepped_too():
    L, *_ = example()
    walk = stepper(L, forward=True)
    assert walk.phase == "forward"
    assert str(walk.next()).startswith("v1 = w * x = -2.0 * 5.0 = -10.0")
    walk.next(3)
    assert walk.phase == "backward"
    walk.back()
    assert walk.phase == "forward"


@pytest.mark.long
def test_a_million_nodes_open_and_step():
    x = y = Value(1.0, "x")
    for _ in range(1_000_000):
        y = y + 1e-9
    walk = stepper(y)
    walk.next(3)
    walk.back(2)
    assert walk.k == 1
    assert walk.total == 1_000_000
    walk.close("restore")
    assert not x.has_grad
    del x, y, walk
    gc.collect()


@pytest.mark.parametrize(("root", "error"), [(3.0, TypeError), ("f", TypeError), (None, TypeError)])
def test_what_cannot_be_stepped(root, error):
    with pytest.raises(error):
        stepper(root)


def test_unusual_graphs():
    leaf = Value(3.0, "a")
    assert "this one leaf" in repr(stepper(leaf))
    assert leaf.grad == 1.0
    assert "nothing below it takes a gradient" in repr(
        stepper((Value(2.0) * 2.0).detach() * Value(1.0, requires_grad=False))
    )
    a = Value(1.0)
    b = a + 1.0
    a._rule, a._a, a._da, a._b, a._db = "add", b, 1.0, 1.0, None  # by hand: no operation makes a cycle
    with refused(GraphError, "cycle", "by hand"):
        stepper(b)


def test_closed_steppers_say_so():
    L, *_ = example()
    walk = stepper(L)
    walk.close()
    with refused(RuntimeError, "closed", "stepper(loss)"):
        walk.next()
    with refused(ValueError, "'alone'", "'complete'", "'restore'", "'keep'"):
        stepper(L, leave="alone")


def test_infinite_gradients_step_as_backward_does():
    x = Value(0.0, "x")
    y = ag.sqrt(x) * 0.5
    walk = stepper(y)
    walk.finish()
    assert x.grad == math.inf


def test_a_graph_that_something_else_went_over():
    x = Value(2.0, "x")
    y = x * x * 3.0 + x
    first, second = stepper(y), stepper(y)
    first.next(2)
    with refused(GraphError, "reset()"):
        second.next(9)
    second.reset()
    second.finish()
    assert x.grad == 13.0
    walk = stepper(y)
    y.backward()
    with refused(GraphError, "reset()"):
        walk.finish()
    walk.reset()
    walk.next()
    walk.back()  # what has been undone is no longer this stepper's
    y.backward()
    with refused(GraphError, "reset()"):
        walk.next()
    walk.close("restore")
    x.zero_grad()
    walk = stepper(y)
    walk.next()
    walk.last.parent.grad = 10.0  # by hand: taken as it is
    walk.finish()
    assert x.grad == 10.0 * 12.0 + 1.0


def test_labels_can_be_given_while_stepping():
    a = Value(3.0)
    b = a * a
    walk = stepper(b * 2.0)
    assert "label_all() takes those of your variables" in repr(walk)
    assert "dv3/dv2" in str(walk.next())
    b.label = "b"
    assert "db/dv1" in str(walk.next())
    assert walk.names.find("b") is b
    a.label = "late"
    assert walk.names.find("late") is a
    with pytest.raises(LookupError):
        walk.names.find("c")
    assert "label_all" not in repr(walk)


def test_places_say_what_comes_next():
    L, w, *_ = example()
    walk = stepper(L)
    assert "next: dL/dv2 += dL/dv3 * dv3/dv2 = 2.0 * 1.0 = 2.0" in str(walk.goto(1))
    assert str(walk.reset()).startswith("at the start, next: dL/dv3")
    assert walk.goto(7).at_end
    assert len(walk.gradients(3).rows) == 3
    assert "the last 3 of 8 nodes" in str(walk.gradients(3))
    for place in (w.detach(), "mult"):
        with pytest.raises(LookupError):
            walk.breakpoint(place)
    with refused(LookupError, "'mult'", "mul)"):
        walk.run(until="mult")


def test_watches_do_not_slow_down_what_is_not_watched():
    """Records are made only where the watched gradient changes."""
    L, *_ = example()
    walk = stepper(L)
    made = []
    record = walk._walk.record
    walk._walk.record = lambda happened, k: made.append(k) or record(happened, k)
    walk.watch("x")
    assert walk.run().reason.startswith("watch x")
    assert set(made) == {7}


def test_conditions_know_nodes_fields_and_constants():
    w, e = Value(2.0, "w"), Value(3.0, "e")
    L = (w * e) ** 2
    L.label = "L"
    walk = stepper(L)
    assert "(step 2)" in str(walk.run("pi * product > 3 and parent.op == '' and w.has_grad"))
    walk.reset()
    assert "(step 3)" in str(walk.run("e.grad != 0"))  # the node, not the number
    walk.reset()
    assert "(step 2)" in str(walk.run(lambda step: step.parent is w))
    with refused(ValueError, "'nosuch > 1'", "'nosuch'", "w, e"):
        walk.run("nosuch > 1")
    with refused(ValueError, "'product >'"):
        walk.run("product >")
    forward = stepper(L, forward=True)
    assert forward.run("product > 0").k == 3  # steps of the forward pass have no product
