"""Explanations, the lab of wrong algorithms, post-mortems, sources, labels, graphs as text."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from refusals import refused

import autograd_lite as ag
from autograd_lite import (
    GraphError,
    Value,
    detect_anomaly,
    explain,
    ieee,
    label_all,
    post_mortem,
    record_source,
    source_of,
    to_latex,
    to_python,
    to_text,
    topological_order,
    wrong_backprop,
)  # fmt: skip
from autograd_lite.backprop import MISTAKES, AnomalyError
from autograd_lite.backprop.export import graph_table
from autograd_lite.testing.strategies import graphs


def line():
    w, x, b, y = Value(-2.0, "w"), Value(5.0, "x"), Value(3.0, "b"), Value(-8.0, "y")
    L = (w * x + b - y) ** 2
    L.label = "L"
    return L, w, x


# --- explain --------------------------------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(graphs(max_size=6))
def test_the_paths_add_up_to_the_gradient(graph):
    leaves, root = graph.record()
    root.backward()
    for leaf in leaves:
        found = explain(root, leaf, limit=5000)
        assert found.value == pytest.approx(leaf.grad, rel=1e-9, abs=1e-12)
        if found.complete:
            size = sum(abs(path.product) for path in found.paths)
            assert math.fsum(path.product for path in found.paths) == pytest.approx(leaf.grad, abs=1e-12 * size + 1e-300)
            assert len(found.paths) == found.count


def test_paths_are_counted_where_they_cannot_be_listed():
    x = y = Value(1.0, "x")
    for _ in range(100):
        y = y + y
    found = explain(y, x, limit=3)
    assert found.count == 2**100
    assert len(found.paths) == 3
    assert found.value == 2.0**100
    assert "more, none of them larger" in str(found)
    assert found.backprop_multiplications < 200 < found.expanded_multiplications


def test_an_explanation_in_words_symbols_and_latex():
    L, w, _ = line()
    found = explain(L, w)
    assert "dL/dw = 10.0, the sum over 1 path from L back to w" in found.text
    assert found.symbolic == "2 * (w * x + b - y) * x"
    assert found.latex.startswith(r"\begin{aligned}\frac{\partial L}{\partial w}")
    assert explain(L, "w").value == 10.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda x: ag.relu(x - 5.0) * 2.0, "dead ReLU"),
        (lambda x: ag.tanh(x * 1000.0) * 2.0, "tanh"),
        (lambda x: x * 0.0, "0"),
        (lambda x: Value(3.0, "y") * 2.0, "no path|not computed from|does not depend"),
        (lambda x: x.detach() * 2.0 + Value(1.0, "z"), "detach|no path|does not depend|constant"),
    ],
)
def test_why_it_is_zero(make, words):
    x = Value(1.0, "x")
    y = make(x)
    found = explain(y, x)
    assert abs(found.value) < 1e-300
    assert any(part in str(found) for part in words.split("|")), found


def test_explaining_after_backward():
    L, w, x = line()
    gone = Value(1.0) * 2.0
    gone.backward()
    del gone
    with refused(GraphError, "explain(w)", "loss.backward()", "explain(loss, w)"):
        explain(w)
    L.backward()
    assert explain(w).root is L
    with pytest.raises(LookupError):
        explain(L, "nobody")
    with pytest.raises(TypeError):
        explain(3.0, x)
    with refused(ValueError, "limit", "from 1", "0"):
        explain(L, w, limit=0)


# --- the lab ----------------------------------------------------------------------------------------------------------------


def test_why_a_topological_sort():
    a = Value(3.0, "a")
    b = a + a
    b.label = "b"
    c = b + b
    c.label = "c"
    lab = wrong_backprop(c)
    wrong = {mistake.name: mistake for mistake in lab.mistakes}
    assert lab.right == {a: 4.0, b: 2.0, c: 1.0}
    assert wrong["plain recursion"].grads[a] == 8.0
    assert wrong["= instead of +="].first is b
    assert wrong["no zeroing between passes"].grads[a] != 4.0
    assert not a.has_grad
    assert "a is used 2 times" in str(lab)
    assert "8.0 x" in str(lab.table())


def test_an_early_visit_is_too_early():
    a = Value(2.0, "a")
    b = a * 3.0
    c = a + b  # a is met first through c, before b has passed anything on
    root = c * a
    (mistake,) = wrong_backprop(root, "no topological sort").mistakes
    assert mistake.first is not None or mistake.grads[a] == wrong_backprop(root).right[a]
    deep = a
    for _ in range(4):
        deep = deep * 2.0
    late = deep + a
    (mistake,) = wrong_backprop((late * late) + a, "no topological sort").mistakes
    assert set(MISTAKES) >= {mistake.name}


@settings(max_examples=50, deadline=None)
@given(graphs(max_size=6))
def test_the_right_one_is_right_and_nothing_is_touched(graph):
    leaves, root = graph.record()
    lab = wrong_backprop(root)
    assert not any(node.has_grad for node in topological_order(root))
    root.backward()
    assert [lab.right[leaf] for leaf in leaves] == pytest.approx([leaf.grad for leaf in leaves], rel=1e-12, abs=1e-300)
    for mistake in lab.mistakes:
        for node in reversed(topological_order(root)):
            if node is mistake.first:
                break
            assert mistake.grads[node] == pytest.approx(lab.right[node], rel=1e-9, abs=1e-12, nan_ok=True)


def test_a_mistake_that_does_not_exist():
    with refused(ValueError, "'too lazy'", *MISTAKES):
        wrong_backprop(line()[0], "too lazy")


# --- nan and infinity -------------------------------------------------------------------------------------------------------------


def test_the_first_bad_number_of_the_forward_pass():
    x = Value(800.0, "x")
    with ieee(), record_source():
        e = ag.exp(x)
        loss = e / (e + 1.0)
    found = post_mortem(loss)
    assert found.node is e
    assert found.phase == "forward"
    assert "logsumexp" in found.text
    assert "test_backprop_tools.py, line" in found.text


def test_the_first_bad_slope_of_the_backward_pass():
    x = Value(0.0, "x")
    loss = ag.sqrt(x) * 3.0
    found = post_mortem(loss)
    assert found
    assert found.phase == "backward"
    assert found.node.op == "sqrt"
    assert "infinite slope at 0" in found.text


def test_log_of_sigmoid_has_a_name():
    z = Value(-800.0, "z")
    with ieee():
        loss = ag.log(ag.sigmoid(z))
    assert "log_sigmoid computes both in one" in post_mortem(loss).text


def test_bad_inputs_and_good_graphs():
    assert "the input x is nan" in post_mortem(Value(math.nan, "x") * 2.0).text
    assert not post_mortem(line()[0])
    assert "nothing is wrong" in str(post_mortem(line()[0]))
    L, w, _ = line()
    L.backward()
    w.grad = math.inf
    assert "w.grad is inf" in post_mortem(L).text
    with pytest.raises(TypeError):
        post_mortem(3.0)


def test_anomalies_raise_at_the_spot():
    x = Value(1e308, "x")
    with ieee(), detect_anomaly():
        with refused(AnomalyError, "mul", "inf", "x = 1e+308", "100.0", "test_backprop_tools.py, line") as caught:
            x * 100.0
        found = caught.value
    assert (found.node.op, found.node.data) == ("mul", math.inf)
    y = ag.sqrt(Value(0.0, "y")) * 2.0
    with detect_anomaly():
        with refused(AnomalyError, "sqrt", "y") as caught:
            y.backward()
        found = caught.value
        assert found.node.op == "sqrt"
        with refused(AnomalyError, "a Value", "nan") as caught:
            Value(math.nan)
        assert caught.value.node.is_leaf
        with refused(AnomalyError, "input q", "nan"):
            Value(math.nan, "q")
        assert (x * 0.5).data == 5e307


# --- where nodes come from, and what they are called --------------------------------------------------------------------------------


def test_sources_are_lines_of_the_user():
    from autograd_lite import nn

    model = nn.MLP(2, [2, 1], seed=0)
    with record_source():
        y = model([1.0, 2.0])
    assert {source_of(node).function for node in topological_order(y) if not node.is_leaf} == {
        "test_sources_are_lines_of_the_user"
    }
    assert source_of(Value(1.0) * 2.0) is None


def test_a_directory_beside_the_package_is_the_users():
    beside = str(Path(ag.__file__).parent) + "_examples/model.py"
    with record_source():
        exec(compile("def model(x):\n    return x * 2.0\ny = model(Value(1.0))", beside, "exec"), names := {"Value": Value})
    assert (source_of(names["y"]).file, source_of(names["y"]).line) == (beside, 2)


def test_labels_from_variables():
    p, q = Value(1.0), Value(2.0, "kept")
    parts = {"u": [Value(3.0)]}
    given = label_all({"p": p, "q": q, "parts": parts, "_hidden": Value(1.0)})
    assert given == ["p", "parts['u'][0]"]
    assert (p.label, q.label) == ("p", "kept")
    here = Value(1.0)
    label_all()
    assert here.label == "here"


# --- as text ----------------------------------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(graphs(smooth=False, max_size=7))
def test_python_makes_the_same_graph(graph):
    _, root = graph.record()
    scope = {}
    exec(to_python(root), scope)
    again = scope["f"]
    assert again.data == root.data
    assert [node.op for node in topological_order(again)] == [node.op for node in topological_order(root)]


def test_labels_that_are_no_names():
    a, b = Value(1.0, "class 'a'"), Value(2.0, "lambda")
    scope = {}
    exec(to_python(a * b + math.inf), scope)
    assert scope["f"].data == math.inf


def test_trees_and_tables():
    L, *_ = line()
    tree = to_text(L)
    assert tree.splitlines()[0] == "L = v3 ** 2.0 = 1.0   grad not computed"
    assert "w = -2.0" in tree
    L.backward()
    assert "w = -2.0   grad 10.0" in to_text(L)
    assert len(to_text(L, limit=3).splitlines()) == 4
    assert "more nodes" in to_text(L, limit=3)
    with refused(ValueError, "'cloud'", "'tree'", "'table'"):
        to_text(L, "cloud")
    assert to_text(L, "table").splitlines()[0].split() == [
        "node",
        "op",
        "operands",
        "value",
        "local",
        "derivatives",
        "gradient",
    ]


def test_every_local_derivative_stands_where_it_belongs():
    """Slopes that are the same wherever one is (1, -1, a constant factor), none for numbers, those of detached nodes."""
    x, c = Value(2.0, "x"), Value(5.0, "c", requires_grad=False)
    u = x * 3.0
    u.label = "u"
    L = (c - u) + x
    L.label = "L"
    L.backward()
    assert to_text(L).splitlines() == [
        "L = v1 + x = 1.0   grad 1.0",
        "+-- v1 = c - u = -1.0   grad 1.0   (d/dv1 1.0)",
        "|   +-- c = 5.0   grad not computed   (d/dc 1.0)",
        "|   `-- u = x * 3.0 = 6.0   grad -1.0   (d/du -1.0)",
        "|       `-- x = 2.0   grad -2.0   (d/dx 3.0)",
        "`-- x = 2.0   grad -2.0   (d/dx 1.0)",
    ]
    rows = {row[0]: row[1:] for row in graph_table(L).rows}
    assert rows["v1"] == ["sub", "c, u", "-1.0", "1.0, -1.0", "1.0"]
    assert rows["u"] == ["mul", "x, 3.0", "6.0", "3.0, -", "-1.0"]
    assert rows["c"] == ["", "", "5.0", "", "-"]
    assert [str(step) for step in ag.backprop.forward_steps(L)] == [
        "u = x * 3.0 = 2.0 * 3.0 = 6.0   (du/dx = 3.0)",
        "v1 = c - u = 5.0 - 6.0 = -1.0   (dv1/dc = 1.0, dv1/du = -1.0)",
        "L = v1 + x = -1.0 + 2.0 = 1.0   (dL/dv1 = 1.0, dL/dx = 1.0)",
    ]


def test_long_chains_are_text_without_recursion():
    y = Value(1.0, "x")
    for _ in range(20_000):
        y = y + 1.0
    assert "more nodes" in to_text(y)
    assert to_python(y).count("\n") == 20_001


def test_latex():
    L, *_ = line()
    assert to_latex(L) == r"L = {\left(w \cdot x + b - y\right)}^{2}"
    assert "alpha" in to_latex(Value(2.0, "alpha"))


def test_branches_that_were_not_taken():
    x, y = Value(2.0, "x"), Value(3.0, "y")
    z = ag.where(x > 0.0, x * 2.0, y * 3.0) + y.detach()
    assert "where(1.0, v1, 9.0)" in to_text(z)
    assert "1.0, v1, 9.0" in to_text(z, "table")
    scope = {}
    exec(to_python(z), scope)
    assert scope["f"].data == z.data
    assert explain(z, y).value == 0.0
    assert "a branch that was not taken" in str(explain(z, y))
    with ieee():
        bad = ag.where(x > 0.0, x / 0.0, y * 3.0)
    assert "forward: v1 = div(x, 0.0) is inf" in str(post_mortem(bad))


def test_the_result_is_called_as_its_label():
    L, *_ = line()
    assert to_python(L).splitlines()[-1] == "L = v3 ** 2.0"
    assert to_python(L, "loss").splitlines()[-1] == "loss = v3 ** 2.0"
    assert to_python(Value(1.0, "class")).splitlines()[-1] == "class_ = ag.Value(1.0, label='class')"


def test_an_operation_that_has_been_unregistered():
    x = Value(3.0, "x")
    cube = ag.primitive("gone_cube", "x", "x * x * x", ["3 * x * x"])
    y = cube(x) + 1.0
    y.label = "y"
    before = str(explain(y, x))
    assert "as a formula: dy/dx = 3 * x * x" in before
    ag.unregister("gone_cube")
    assert "as a formula: dy/dx = 27" in str(explain(y, x))
    assert "gone_cube(x)" in to_text(y)
    assert to_latex(y) == "y = v_{1} + 1"
    assert "'gone_cube'" in to_python(y)


def test_labels_look_like_places_of_a_template():
    x, y = Value(2.0, "<y>"), Value(3.0, "<x>")
    z = x - y
    assert next(ag.backprop.forward_steps(z)).formula == "<y> - <x>"
    assert explain(z * x, y).symbolic == "-(<y>)"


def test_nan_vanishing_exploding_in_words():
    with ieee():
        x = Value(0.0, "x")
        y = x.log() * x
    assert "post_mortem" in str(explain(y, x))
    t = ag.tanh(Value(50.0, "w") * 1.0)
    assert "vanishing because of one factor: dv2/dv1" in str(explain(t, "w"))
    y = Value(0.5, "x")
    for _ in range(12):
        y = y * 10.0
    assert "exploding: 12 factors of 10 on average" in str(explain(y, "x"))
    y = Value(0.5, "x")
    for _ in range(30):
        y = ag.sigmoid(y * 0.1)
    assert "vanishing: 60 factors" in str(explain(y, "x"))


def test_why_it_is_zero_comes_first():
    x = Value(-1.0, "x")
    h = ag.relu(x)
    y = ag.sum([h * float(k) for k in range(1, 8)])
    y.label = "y"
    text = str(explain(y, x)).splitlines()
    assert text[0] == "dy/dx = 0.0, the sum over 7 paths from y back to x"
    assert "every path passes a factor that is 0" in text[1]
    assert "dead ReLU" in text[2]
    assert "  ... and 4 more, none of them larger" in text
    assert len(explain(y, x).paths) == 7
