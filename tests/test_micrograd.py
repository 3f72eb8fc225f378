"""micrograd's own idioms: the notebook with only the import changed, operations by closure, gradients pushed by hand."""

import copy
import math
import pickle
import random

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.micrograd import MLP


def demo(value_class, network, steps):
    """The notebook's training loop; the losses of its first steps and the weights after them."""
    np = pytest.importorskip("numpy")
    make_moons = pytest.importorskip("sklearn.datasets").make_moons
    np.random.seed(1337)
    random.seed(1337)
    X, y = make_moons(n_samples=100, noise=0.1)
    y = y * 2 - 1
    model = network(2, [16, 16, 1])
    history = []
    for k in range(steps):
        inputs = [list(map(value_class, row)) for row in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        total = data_loss + reg_loss
        model.zero_grad()
        total.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        history.append(total.data)
    return history, [p.data for p in model.parameters()], repr(model)


@pytest.mark.parametrize("steps", [3, pytest.param(100, marks=pytest.mark.long)])
def test_the_notebook_with_only_the_import_changed(steps):
    theirs = pytest.importorskip("micrograd.engine")
    network = pytest.importorskip("micrograd.nn")
    history, weights, text = demo(Value, MLP, steps)
    assert history[0] == 0.8958441028683222
    wanted, wanted_weights, wanted_text = demo(theirs.Value, network.MLP, steps)
    # micrograd adds gradients up in the order of a set, which differs from run to run in the last bits.
    assert history == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert weights == pytest.approx(wanted_weights, rel=1e-9, abs=1e-12)
    assert text == wanted_text


def test_weights_are_micrograds():
    network = pytest.importorskip("micrograd.nn")
    random.seed(7)
    ours = [p.data for p in MLP(3, [4, 2]).parameters()]
    random.seed(7)
    assert ours == [p.data for p in network.MLP(3, [4, 2]).parameters()]


def test_gradients_pushed_by_hand():
    x, w, b = Value(2.0), Value(-3.0), Value(6.8813735870195432)
    n = x * w + b
    o = n.tanh()
    o.grad = 1.0
    o._backward()
    n._backward()
    assert n.grad == b.grad == pytest.approx(0.5)
    (n._prev[0])._backward()
    assert x.grad == pytest.approx(-1.5)
    assert w.grad == pytest.approx(1.0)
    b._backward()  # a leaf passes nothing on


def test_the_loop_over_a_topological_order_written_by_hand():
    a, b = Value(2.0), Value(-3.0)
    e = (a * b + a) * (b + 1.0)
    wanted = ag.grad(lambda a, b: (a * b + a) * (b + 1.0), argnums=(0, 1))(2.0, -3.0)
    order, visited = [], set()

    def build(v):
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                build(child)
            order.append(v)

    build(e)
    e.grad = 1.0
    for node in reversed(order):
        node._backward()
    assert (a.grad, b.grad) == wanted


def tanh_by_hand(x):
    t = x.tanh().data
    out = Value(t, (x,), "tanh")

    def backward():
        x.grad += (1 - t**2) * out.grad

    out._backward = backward
    return out


def test_an_operation_by_closure_is_honoured_by_backward():
    x, y = Value(0.5), Value(0.5)
    for _ in range(2):  # twice, as leaves accumulate
        (tanh_by_hand(x * 2.0) * 3.0 + x).backward()
        ((y * 2.0).tanh() * 3.0 + y).backward()
    assert x.grad == pytest.approx(y.grad, rel=1e-12)


def test_an_operation_by_closure_uses_an_operand_twice():
    a = Value(3.0)
    out = Value(a.data * a.data, (a, a), "*")

    def backward():
        a.grad += a.data * out.grad
        a.grad += a.data * out.grad

    out._backward = backward
    (out * 10.0).backward()
    assert (a.grad, out.parents) == (60.0, (a,))


def test_a_closure_replaces_the_rule_of_a_recorded_operation():
    x = Value(3.0)
    y = x * x

    def backward():
        x.grad += max(-1.0, min(1.0, y.grad))  # a straight-through estimator that clips

    y._backward = backward
    (100.0 * y).backward()
    assert x.grad == 1.0


def test_a_closure_with_a_hook_before_it():
    x = Value(0.0)
    out = tanh_by_hand(x)
    out.register_hook(lambda g: 10.0 * g)
    out.backward()
    assert x.grad == 10.0


def test_a_closure_that_raises_leaves_gradients_alone():
    x = Value(1.0)
    (x * 2.0).backward()
    out = Value(1.0, (x,), "f")
    out._backward = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        (out + x).backward()
    assert x.grad == 2.0
    assert not out.has_grad


def test_what_an_operation_by_closure_is_called():
    x = Value(1.0, label="x")
    out = tanh_by_hand(x)
    assert out._op == "tanh"
    assert out.op not in ag.RULES  # so that nobody takes it for the table's
    assert not out.is_leaf
    assert Value(2.0, (x, x * 2), "+", label="z").label == "z"
    assert Value(2.0, _children=(x,), _op="+").parents == (x,)
    assert Value(2.0, (), "", "w").is_leaf
    assert Value(2.0, (), "", "w").label == "w"


def test_what_reads_local_derivatives_refuses_an_operation_by_closure():
    for attempt in (
        lambda: ag.grad(tanh_by_hand)(0.5),
        lambda: ag.jvp(tanh_by_hand, (0.5,), (1.0,)),
        lambda: ag.hessian(tanh_by_hand)(0.5),
        lambda: ag.jit(lambda x: Value(0.5, (x,), "tanh"))(0.5),
        lambda: ag.to_c(lambda x: Value(0.5, (x,), "tanh"), 0.5),
        lambda: ag.check_grad(tanh_by_hand, 0.5),
        lambda: ag.to_python(tanh_by_hand(Value(0.5))),
        lambda: ag.replay(tanh_by_hand(Value(0.5)), numbers="decimal"),
        lambda: tanh_by_hand(Value(0.5)).backward(create_graph=True),
    ):
        with pytest.raises((RuntimeError, TypeError)) as caught:
            attempt()
        assert "tanh" in str(caught.value)
        assert "primitive" in str(caught.value)


def test_an_operation_by_closure_is_shown_as_what_it_is():
    x = Value(0.5, label="x")
    f = tanh_by_hand(x) * 2.0
    slope = f"{2.0 * (1 - f.parents[0].data ** 2):.2f}"
    assert slope in str(ag.explain(f, x))
    walk = ag.stepper(f)
    walk.run()
    assert f"{x.grad:.2f}" == slope
    walk.close()
    shown = [ag.to_text(f), ag.to_html(f), ag.draw_dot(f).source]
    assert ["tanh" in text for text in shown] == [True] * 3
    assert not ag.post_mortem(f).node


def test_an_operation_by_closure_inside_no_grad_is_a_constant():
    """As that of the table is; code with closures runs there as it is."""
    x = Value(0.5, label="x")
    with ag.no_grad():
        out, of_the_table = tanh_by_hand(x), x.tanh()
        named = Value(1.0, (x,), "op", label="z")
    for node in (out, of_the_table, named):
        assert (node.is_constant, node.parents, node.op, node.requires_grad) == (True, (), "", False)
    assert (out.data, named.label) == (of_the_table.data, "z")
    (out * x).backward()
    assert x.grad == out.data
    assert tanh_by_hand(x).parents == (x,)
    with refused(ag.GraphError, "leaf"):
        Value(1.0)._backward = lambda: None


@pytest.mark.parametrize(
    "make",
    [
        lambda: Value(2.0, "z", label="y"),
        lambda: Value(2.0, (), "", "z", label="y"),
        lambda: Value(2.0, (Value(1.0),), "+", "z", label="y"),
    ],
)
def test_a_label_is_given_once(make):
    with refused(TypeError, "label", "'z'", "'y'"):
        make()
    assert Value(2.0, "z", label="").label == "z"


def test_a_picture_tells_an_operation_by_closure_from_that_of_the_table():
    pytest.importorskip("pygraphviz")
    a, b = Value(2.0, "a"), Value(3.0, "b")
    by_hand, of_the_table = Value(6.0, (a, b), "*"), a * b
    for detail in ("auto", "sums"):
        one, other = (ag.draw_dot(node, detail=detail).source for node in (by_hand, of_the_table))
        assert "by hand" in one
        assert "by hand" not in other
    assert ag.draw_dot(by_hand).source.count("dashed") == 1
    assert "dashed" not in ag.draw_dot(of_the_table).source
    assert "by hand" in ag.to_svg(by_hand)
    tanh = ag.custom_vjp(lambda x: x.tanh())
    tanh.__name__ = "tanh"
    tanh.defvjp(lambda x: (math.tanh(x), x), lambda x, grad: (grad,))
    assert ("dashed" in ag.draw_dot(tanh(a)).source, "dashed" in ag.draw_dot(a.tanh()).source) == (True, False)
    assert "custom_vjp" in ag.draw_dot(tanh(a)).source


def test_what_is_measured_is_no_formula():
    """Another gradient that arrives may give another number, so a text with it would be wrong elsewhere."""
    x = Value(0.5, label="x")
    measured = ag.explain(tanh_by_hand(x) * 2.0, x)
    assert "as a formula" not in measured.text
    slope = f"{1 - math.tanh(0.5) ** 2:.6g}"
    assert measured.latex.count(slope) == 1  # as the factor that it is
    assert measured.symbolic == "..."
    assert "as a formula" in ag.explain(x.tanh() * 2.0, x).text
    beside = ag.explain(tanh_by_hand(x) + x * x, x)
    assert beside.value == pytest.approx(1 - math.tanh(0.5) ** 2 + 1.0)
    assert beside.symbolic.endswith("...")


def test_a_closure_that_is_not_linear_is_explained_by_what_it_made_of_the_gradient():
    x = Value(0.5, label="x")
    out = Value(0.5, (x,), "clip")
    out._backward = lambda: setattr(x, "grad", x.grad + min(out.grad, 1.0))
    (out * 3.0).backward()
    assert x.grad == 1.0
    explained = ag.explain(out * 3.0, x)
    assert explained.value == 1.0
    assert all(fact in str(explained) for fact in ("clip", "backward rule", "3.0 -> 1.0"))


def test_a_rule_that_was_forgotten_is_not_a_zero():
    x = Value(2.0)
    out = Value(4.0, (x,), "square")
    for attempt in (lambda: (out + 1.0).backward(), out._backward):
        with pytest.raises(ag.GraphError) as caught:
            attempt()
        assert "square" in str(caught.value)
        assert "_backward" in str(caught.value)
    for duplicate in (copy.deepcopy(tanh_by_hand(x)), pickle.loads(pickle.dumps(tanh_by_hand(x)))):
        with pytest.raises(ag.GraphError):
            duplicate.backward()  # the closure is about the original, which is gone


@pytest.mark.parametrize(
    "made",
    [lambda x: Value(1.0, [1.0]), lambda x: Value(1.0, x), lambda x: Value(1.0, (x,), 3), lambda x: Value(1.0, opp="+")],
)
def test_other_arguments_are_refused_by_name(made):
    with pytest.raises(TypeError) as caught:
        made(Value(1.0))
    assert "Value(data, label='w')" in str(caught.value)


def test_what_can_be_a_backward_rule():
    x = Value(1.0)
    with pytest.raises(TypeError):
        (x * 2.0)._backward = 3.0
    with pytest.raises(ag.GraphError):
        x._backward = lambda: None
