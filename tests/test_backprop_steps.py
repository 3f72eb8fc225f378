"""The steps of the backward pass."""

from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import GraphError, Value, steps
from autograd_lite.backprop import forward_lines


def test_a_line_of_the_chain_rule():
    w, x, b = Value(-2.0, label="w"), Value(5.0, label="x"), Value(3.0, label="b")
    f = w * x + b
    f.label = "f"
    assert [str(step) for step in steps(f)] == [
        "df/dv1 += df/df * df/dv1 = 1.0 * 1.0 = 1.0   (v1.grad: 0 -> 1.0)",
        "df/db += df/df * df/db = 1.0 * 1.0 = 1.0   (b.grad: 0 -> 1.0)",
        "df/dw += df/dv1 * dv1/dw = 1.0 * 5.0 = 5.0   (w.grad: 0 -> 5.0)",
        "df/dx += df/dv1 * dv1/dx = 1.0 * -2.0 = -2.0   (x.grad: 0 -> -2.0)",
    ]
    assert not w.has_grad
    assert list(forward_lines(f)) == ["w = -2.0", "x = 5.0", "v1 = w * x = -10.0", "b = 3.0", "f = v1 + b = -7.0"]


@given(st.lists(st.sampled_from(["add", "mul", "tanh", "sum", "where"]), min_size=1, max_size=15), st.floats(-2, 2))
def test_the_last_step_of_each_node_is_its_gradient(operations, x):
    leaf = Value(x)
    made = [leaf, Value(0.5)]
    for name in operations:
        a, b = made[-1], made[-2]
        made.append(
            {
                "add": lambda a=a, b=b: a + b,
                "mul": lambda a=a, b=b: a * b,
                "tanh": lambda a=a: a.tanh(),
                "sum": lambda a=a, b=b: ag.sum([a, b, a, 1.0]),
                "where": lambda a=a, b=b: ag.where(a > b, a * 2.0, b),
            }[name]()
        )
    root = made[-1]
    after = {step.parent: step.after for step in steps(root)}
    root.backward()
    for node, grad in after.items():
        assert grad == node.grad


def test_names_that_clash_are_told_apart():
    a, b = Value(1.0, label="a"), Value(2.0, label="a")
    assert list(forward_lines(a + b)) == ["a = 1.0", "a_2 = 2.0", "v1 = a + a_2 = 3.0"]


def test_bad_input():
    with refused(TypeError, "Value", "1.0"):
        list(steps(1.0))
    a = Value(1.0)
    b = a + 1.0
    a._a, a._da, a._rule = b, 1.0, "neg"
    with refused(GraphError, "cycle", "by hand"):
        list(steps(b))


def test_a_leaf_and_a_constant():
    assert list(steps(Value(1.0))) == []
    x = Value(2.0)
    assert [step.parent for step in steps(x * x.detach())] == [x]
