"""Hooks on nodes: called when a gradient is complete, may replace it, and can be taken away."""

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value


def test_a_hook_sees_the_complete_gradient_once() -> None:
    seen = []
    x = Value(3.0)
    h = x * x
    h.register_hook(seen.append)
    (h * 2.0 + h * 5.0).backward()
    assert seen == [7.0]


def test_a_hook_replaces_what_flows_on() -> None:
    x = Value(3.0)
    h = x * x
    with h.register_hook(lambda g: min(g, 1.0)):
        (h * 100.0).backward()
    assert (h.grad, x.grad) == (1.0, 6.0)


def test_hooks_run_in_the_order_they_came() -> None:
    x = Value(1.0)
    x.register_hook(lambda g: g + 1.0)
    x.register_hook(lambda g: g * 10.0)
    (x * 2.0).backward()
    assert x.grad == 30.0


def test_a_leaf_hook_sees_what_this_pass_adds() -> None:
    seen = []
    x = Value(1.0)
    (x * 4.0).backward()
    x.register_hook(seen.append)
    (x * 2.0).backward()
    assert seen == [2.0]
    assert x.grad == 6.0


def test_a_handle_takes_it_away() -> None:
    seen = []
    x = Value(1.0)
    handle = x.register_hook(seen.append)
    handle.remove()
    handle.remove()
    (x * 2.0).backward()
    assert seen == []


def test_a_hook_that_raises_leaves_the_gradients_as_they_were() -> None:
    x = Value(1.0)
    (x * 2.0).backward()
    h = x * 3.0

    def refuse(gradient: float) -> None:
        raise RuntimeError("no")

    h.register_hook(refuse)
    with refused(RuntimeError, "no"):
        (h + 1.0).backward()
    assert x.grad == 2.0
    assert not h.has_grad


@pytest.mark.parametrize("answer", ["a text", [1.0]])
def test_a_hook_returns_a_number_or_nothing(answer: object) -> None:
    x = Value(1.0)
    x.register_hook(lambda g: answer)
    with refused(TypeError, "hook", "number", "None", type(answer).__name__):
        (x * 2.0).backward()
    with refused(TypeError, "hook", "function", type(answer).__name__):
        x.register_hook(answer)


def clipped(x: Value) -> Value:
    """x * x, with a gradient that is never above 1."""
    h = x * x
    h.register_hook(lambda g: min(g, 1.0) if g > 1.0 else None)
    return h * 100.0


def test_hooks_work_under_the_transforms() -> None:
    assert ag.grad(clipped)(3.0) == 6.0
    assert ag.value_and_grad(clipped)(3.0) == (900.0, 6.0)
    assert ag.jacobian(lambda x: [clipped(x), x])(3.0) == [6.0, 1.0]


def test_hooks_work_with_create_graph() -> None:
    x = Value(3.0)
    clipped(x).backward(create_graph=True)
    assert x.grad.data == 6.0
    kinds = []
    y = Value(2.0)
    h = y * y * y
    h.register_hook(lambda g: kinds.append(type(g)) or g * 2.0)
    (h * 1.0).backward(create_graph=True)
    assert kinds == [Value]
    slope = y.grad
    assert slope.data == 24.0
    y.zero_grad()
    slope.backward()
    assert y.grad == 24.0  # 2 * 6 y


def test_a_hook_on_the_argument_inside_a_transform() -> None:
    def f(x: Value) -> Value:
        x.register_hook(lambda g: g * 10.0)
        return x * x

    assert ag.grad(f)(3.0) == 60.0


def test_a_hook_on_a_leaf_with_create_graph() -> None:
    x = Value(3.0)
    x.register_hook(lambda g: g * 10.0)
    (x * x).backward(create_graph=True)
    assert x.grad.data == 60.0
    slope = x.grad
    x.zero_grad()
    slope.backward()
    assert x.grad == 200.0  # 10 * 2, and the hook once more


def test_hooks_of_ends_that_are_reached_over_several_ways() -> None:
    seen = []
    x, y = Value(2.0), Value(5.0)
    x.register_hook(seen.append)
    y.register_hook(lambda g: g * 2.0)
    (x * y + x * x).backward(create_graph=True)
    assert [g.data for g in seen] == [9.0]
    assert (x.grad.data, y.grad.data) == (9.0, 4.0)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 0.0])
def test_hooks_on_a_node_that_is_nan(number: float) -> None:
    """A node that does not equal itself is found all the same, and its hooks, its closure and its line with it."""
    seen = []
    with ag.record_source():
        x = Value(number)
    h = x * 2.0
    x.register_hook(seen.append)
    handle = h.register_hook(lambda g: seen.append(g) or 10.0 * g)
    (h * 3.0).backward()
    assert (x.grad, seen) == (60.0, [3.0, 60.0])
    assert "remove" in repr(handle)
    handle.remove()
    (h * 3.0).backward()
    assert (x.grad, seen) == (66.0, [3.0, 60.0, 6.0])
    assert ag.source_of(x) is not None
    out = Value(number, (x,), "by hand")
    out._backward = lambda: setattr(x, "grad", x.grad + 5.0 * out.grad)
    (out * 2.0).backward()
    assert x.grad == 76.0
