"""Hooks on nodes: called when a gradient is complete, may replace it, and can be taken away."""

import copy
import pickle

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


# --- copies ----------------------------------------------------------------------------------------------------------


def ten_times(gradient: float) -> float:
    return 10.0 * gradient


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda graph: pickle.loads(pickle.dumps(graph))])
def test_a_copy_of_a_graph_has_its_hooks(copied) -> None:
    x = Value(3.0, "x")
    h = x * x
    h.register_hook(ten_times)
    handle = x.register_hook(ten_times)
    twin = copied(h * 1.0)
    handle.remove()
    twin.backward()
    leaf = ag.topological_order(twin)[0]
    assert (leaf.label, leaf.grad, x.has_grad) == ("x", 600.0, False)
    (h * 1.0).backward()
    assert x.grad == 60.0


def test_hooks_of_a_copy_are_its_own() -> None:
    x = Value(3.0)
    x.register_hook(ten_times)
    twin, deep = copy.copy(x), copy.deepcopy([x, x])
    twin.register_hook(ten_times)
    for one, factor in ((x, 10.0), (twin, 100.0), (deep[0], 10.0)):
        (one * 1.0).backward()
        assert one.grad == factor
    assert deep[0] is deep[1]
    x.register_hook(lambda g: g)
    with pytest.raises((pickle.PicklingError, AttributeError)):  # and not a copy without it
        pickle.dumps(x)


class Noted(Value):
    """Has attributes."""


class Slotted(Value):
    __slots__ = ("more",)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda graph: pickle.loads(pickle.dumps(graph))])
def test_a_copy_of_a_subclass_has_its_attributes(copied) -> None:
    a, b = Noted(2.0, "a"), Slotted(3.0, "b")
    a.note, b.more = ["seen"], {"k": a}
    assert (copied(a).note, copied(a).label, type(copied(a))) == (["seen"], "a", Noted)
    assert copied(b).more["k"].note == ["seen"]
    first, second = copied(a * b).parents
    assert (first.note, list(second.more)) == (["seen"], ["k"])
    assert copied(Slotted(1.0)).data == 1.0
    deep = copy.deepcopy([a, b])
    assert deep[0] is deep[1].more["k"]
    assert deep[0].note is not a.note


# --- derivatives in turn ---------------------------------------------------------------------------------------------


def doubled(x: Value) -> Value:
    h = x * x
    h.register_hook(lambda g: 2 * g)
    return h * h


def test_hooks_in_every_transform_are_those_of_backward() -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(doubled(theirs), theirs, create_graph=True)
    (second,) = torch.autograd.grad(slope, theirs)
    x = Value(3.0)
    doubled(x).backward()
    assert x.grad == slope.item() == 216.0
    ways = [
        ag.grad,
        ag.jacrev,
        ag.derivative,
        lambda f: lambda x: ag.vjp(f, x)[1](1.0)[0],
        lambda f: lambda x: ag.value_and_grad(f)(x)[1],
    ]
    assert [way(doubled)(3.0) for way in ways] == [216.0] * 5
    twice = [
        ag.grad(ag.grad(doubled)),
        ag.hessian(doubled),
        ag.derivative(doubled, 2),
        lambda x: ag.hvp(doubled, (x,), (1.0,)),
    ]
    assert [way(3.0) for way in twice] == [second.item()] * 4
    x = Value(3.0)
    doubled(x).backward(create_graph=True)
    slope = x.grad
    x.zero_grad()
    slope.backward()
    assert (slope.data, x.grad) == (216.0, second.item())


def test_forward_mode_does_not_pass_a_hook_by() -> None:
    for attempt in (
        lambda: ag.jvp(doubled, (3.0,), (1.0,)),
        lambda: ag.jacfwd(doubled)(3.0),
        lambda: ag.taylor(doubled, 3.0, 2),
    ):
        with refused(NotImplementedError, "hook", "vjp"):
            attempt()
