"""Large graphs and groups as pictures, marks and paths in them, and what cannot be drawn."""

import os
import random
import re
import xml.etree.ElementTree as ElementTree

import pytest
from refusals import refused

import autograd_lite as ag
from autograd_lite import GraphError, Value, draw, draw_dot, nn, to_svg
from autograd_lite.draw.highlight import highlighted
from autograd_lite.draw.themes import THEMES
from autograd_lite.structure import DETAILS, Snapshot, groups_by_label

pytest.importorskip("pygraphviz")
ACCENT = THEMES["light"].accent


def texts(svg):
    elements = ElementTree.fromstring(svg).iter()
    return [element.text.replace("\N{NO-BREAK SPACE}", " ").strip() for element in elements if element.tag.endswith("}text")]


def network(rows=1):
    model = nn.MLP(2, [3, 2, 1], activation="tanh", seed=0)
    losses = [(model([Value(float(k)), Value(1.0)]) - 1.0) ** 2 for k in range(rows)]
    loss = sum(losses[1:], losses[0])
    loss.label = "loss"
    return model, loss


def chain(length):
    x = Value(1.0, label="x")
    for _ in range(length):
        x = x + 1.0
    return x


# --- folding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("detail", DETAILS)
def test_every_detail_draws(detail):
    _, loss = network(20)
    svg = to_svg(loss, detail=detail, limit=2000)
    assert "loss" in texts(svg)


def test_what_is_folded_is_said_and_counted():
    model, loss = network(60)
    loss.backward()
    shown = texts(to_svg(loss))
    assert any("neurons, layers and repeats are folded" in text for text in shown)
    assert {"layer1", "layer2", "\N{MULTIPLICATION SIGN} 60", "of 60 terms"} <= set(shown)
    grads = [weight.grad for neuron in model.layers[0].neurons for weight in neuron.w]
    assert f"grad {min(grads):.4g} … {max(grads):.4g}" in shown


def test_micrograds_demo_is_one_readable_picture():
    rng = random.Random(0)
    layers = [
        [([Value(rng.uniform(-1, 1)) for _ in range(n_in)], Value(0.0)) for _ in range(n_out)]
        for n_in, n_out in ((2, 16), (16, 16), (16, 1))
    ]
    losses = []
    for _ in range(100):
        x = [Value(rng.uniform(-1, 1)) for _ in range(2)]
        for layer in layers:
            x = [sum((w * xi for w, xi in zip(ws, x, strict=True)), b).relu() for ws, b in layer]
        losses.append((1.0 - x[0]).relu())
    dot = draw_dot(sum(losses) / 100.0)
    assert re.search(r"6\d,\d{3} nodes in \d\d? boxes", dot.source)
    assert "16 neurons, 16 inputs, ReLU" in dot.source
    assert dot.source.count("TABLE") < 60


def test_a_gradient_that_is_not_computed_is_not_zero():
    _, loss = network(60)
    assert "grad not computed" in texts(to_svg(loss))
    loss.backward()
    assert "grad not computed" not in texts(to_svg(loss))
    part, _ = network(1)
    part.layers[0].neurons[0].w[0].grad = 1.0
    assert "grad 1, some not computed" in texts(to_svg(part([1.0, 2.0]), detail="layers"))


def test_the_limit_and_the_detail_cannot_both_be_had():
    assert draw_dot(chain(300), detail="all").source.count("TABLE") > 600
    with refused(ValueError, "'all'", "limit=3001"):
        draw_dot(chain(3000), detail="all")
    with refused(ValueError, "limit", 1, 0):
        draw_dot(chain(3), limit=0)


# --- groups ----------------------------------------------------------------------------------------------------------


def test_groups_from_labels():
    _, loss = network()
    opened = draw_dot(loss, group="labels")
    assert opened.source.count("subgraph") == 3 + 6  # layers, neurons
    shown = texts(to_svg(loss, group="labels"))
    assert {"layer1", "neuron3", "w1", "b"} <= set(shown)  # inside the frame of its neuron a weight's name is short
    closed = texts(to_svg(loss, group="labels", depth=2))
    assert {"layer1", "neuron3", "loss"} <= set(closed)
    assert not {"w1", "tanh"} & set(closed)
    assert {"layer1", "layer2", "layer3"} <= set(texts(to_svg(loss, group="labels", depth=1)))
    assert "<B>layer1</B>" in draw_dot(loss, group="labels", depth=1).source
    assert "subgraph" not in draw_dot(loss, group="labels", depth=1).source


def test_names_that_begin_alike_are_not_cut():
    a, b = Value(1.0, label="layer10.w"), Value(2.0, label="layer1.w")
    shown = texts(to_svg(a * b, group={a: "layer1", b: "layer1"}))
    assert {"layer10.w", "w"} <= set(shown)


def test_groups_close_by_themselves_in_large_graphs():
    _, loss = network(60)
    source = draw_dot(loss, group="labels").source
    assert source.count("TABLE") <= 2 * 150
    assert "nodes in" in source
    flat = draw_dot(loss, group="labels", limit=150, detail="repeats").source
    assert flat.count("subgraph") > 3
    _, small = network(1)
    assert draw_dot(small, group="labels", limit=20).source.count("subgraph") == 3  # neurons closed, layers open
    assert draw_dot(small, group="labels", limit=8).source.count("subgraph") == 0  # layers closed, too
    few = draw_dot(loss, group="labels", limit=20).source
    assert "further from the result, are left out" in few


def test_groups_by_label():
    a, b, c = Value(1.0, label="net.one.w"), Value(2.0, label="net.two.w"), Value(3.0, label="net.one.b")
    s = a * b + c
    groups = groups_by_label(ag.topological_order(s))
    assert [groups.get(node) for node in (a, b, c, s.parents[0], s)] == ["net.one", "net.two", "net.one", "net", "net.one"]


def test_groups_that_are_none():
    _, loss = network()
    for options, error, message in (
        ({"group": "modules"}, ValueError, ("'labels'", "'modules'")),
        ({"group": lambda node: 3}, TypeError, ("text", "None", 3)),
        ({"group": "labels", "depth": 0}, ValueError, ("depth", 1, 0)),
        ({"depth": 2}, ValueError, ("depth", "group=")),
    ):
        with refused(error, *message):
            draw_dot(loss, **options)


# --- marks and paths -------------------------------------------------------------------------------------------------


def test_a_path_is_marked_in_either_direction():
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    product = w * x
    y = product.tanh()
    there, back = draw_dot(y, highlight=[w, product, y]), draw_dot(y, highlight=[y, product, w])
    assert there.source == back.source
    edges = [line for line in there.source.splitlines() if "->" in line]
    assert sum(ACCENT in line for line in edges) == 4  # into and out of each operation


def test_a_path_is_found_between_the_nodes_that_are_named():
    w, x, b = Value(2.0, label="w"), Value(3.0, label="x"), Value(1.0, label="b")
    product = w * x
    total = product + b
    squashed = total.tanh()
    y = squashed + (product * product).sin().cos()  # the way through the sum is the shorter one
    path = [w, product, total, squashed, y]

    def found(root, highlight):
        return list(map(id, highlighted(Snapshot(root), highlight)))

    for highlight in (path, w, [w, y], [w, squashed, y]):
        assert found(y, highlight) == list(map(id, path))
        assert draw_dot(y, highlight=highlight).source == draw_dot(y, highlight=path).source
    assert found([y], w) == list(map(id, path))
    assert found(y, [y, w]) == list(map(id, reversed(path)))
    assert found([y, product], w) == [id(w), id(product)]  # the nearest result
    assert found(y, y) == [id(y)]
    for wrong, error, message in (
        ([w, x], ValueError, ("highlighted", "label='w'", "label='x'")),
        (Value(7.0), ValueError, ("highlighted", "no gradient", "data=7.0")),
        (x.detach(), ValueError, ("highlighted", "no gradient", "data=3.0", "label='x'")),
        ([w, "x"], TypeError, ("highlight", "list of Values", "'x'")),
        ("w", TypeError, ("highlight", "list of Values", "'w'")),
        (3, TypeError, ("highlight", "list of Values", 3)),
    ):
        with refused(error, *message):
            draw_dot(y, highlight=wrong)
    with refused(TypeError, "Value", 3):
        draw_dot(3, highlight=w)


def test_a_path_is_marked_in_a_folded_graph():
    model, loss = network(60)
    weight = model.layers[0].neurons[0].w[0]
    source = draw_dot(loss, marks={weight: {"color": "#123456", "note": "look here"}}).source
    assert "#123456" in source
    assert "look here" in source


def test_the_edges_of_a_path_are_marked_in_a_folded_graph():
    x, w = Value(1.0, label="x"), Value(2.0, label="w")
    s = x * w + x * 3.0 + 1.0 + w
    y = s.tanh()
    y.label = "y"
    source = draw_dot(y, detail="sums", highlight=[s, y]).source
    assert sum(ACCENT in line and "->" in line for line in source.splitlines()) == 1


def test_local_derivatives_stand_on_the_edges():
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    y = (w * x) ** 2
    edges = [line for line in draw_dot(y, local_grads=True, digits=3).source.splitlines() if "->" in line and "op" in line]
    assert sorted(re.findall(r"label=\"?([-\d.e]+)", " ".join(edges))) == ["12", "2", "3"]
    assert not re.findall(r"label=\"?[-\d]", " ".join(line for line in draw_dot(y).source.splitlines() if "->" in line))


def test_marks_are_checked():
    a = Value(1.0, label="a")
    y = a.exp()
    for marks, error, message in (
        ({a: 3}, TypeError, ("'red'", "color, fill, note", 3)),
        ({a: {"colour": "red"}}, TypeError, ("color, fill, note", "'colour'")),
        ({"a": "red"}, TypeError, ("marks", "Value", "'a'")),
        ({Value(5.0, label="elsewhere"): "red"}, ValueError, ("graph", "'elsewhere'")),
    ):
        with refused(error, *message):
            draw_dot(y, marks=marks)
    with refused(TypeError, "highlight", "list of Values", "'a'"):
        draw_dot(y, highlight=["a", "y"])
    with refused(ValueError, "highlighted", "graph", "data=1.0"):
        draw_dot(y, highlight=[Value(1.0)])
    other = a * 2.0
    with refused(ValueError, "highlighted", "graph", "data=2.0"):
        draw_dot(y, group="labels", highlight=[a, other])


# --- what is there to draw, and where to ------------------------------------------------------------------------------


def test_a_graph_without_labels():
    shown = texts(to_svg(Value(2.0) * Value(3.0)))
    assert shown.count("grad not computed") == 3
    assert {"data 2", "data 3", "data 6", "*"} <= set(shown)


def test_several_results():
    a = Value(1.0, label="a")
    shown = texts(to_svg([a * 2.0, a * 3.0]))
    assert {"data 2", "data 3"} <= set(shown)
    with refused(ValueError, "Value", "list"):
        draw_dot([])
    with refused(TypeError, "Value", "list", "label='a'"):
        draw_dot([[a]])


def test_a_leaf_alone_and_a_detached_node():
    assert texts(to_svg(Value(2.0, label="x"))) == ["x", "data 2", "grad not computed"]
    x = Value(3.0)
    y = (x * 2.0).detach() * x
    assert "constant" in texts(to_svg(y))


def test_numbers_that_are_none():
    with ag.ieee():
        shown = texts(to_svg((Value(0.0).log() * 0.0).exp()))
    assert {"data -inf", "data nan"} <= set(shown)


def test_gradients_with_a_graph_of_their_own():
    x = Value(2.0)
    y = x * x * x
    y.backward(create_graph=True)
    assert "grad 12" in texts(to_svg(y))


def test_a_cycle_made_by_hand():
    a = Value(1.0)
    b = a + 1.0
    c = b * 2.0
    b._a = c
    with refused(GraphError, "cycle", "data=2.0", "by hand"):
        draw_dot(c)
    with refused(GraphError, "cycle", "data=2.0", "by hand"):
        draw_dot(c, group="labels")


def test_places_that_cannot_be_written(tmp_path, monkeypatch):
    x = Value(1.0)
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("")
    for path, error, message in (
        ("", ValueError, (".svg",)),
        (tmp_path / "folder.svg", IsADirectoryError, ("folder.svg", "folder", "graph.svg")),
        (tmp_path / "no" / "graph.svg", FileNotFoundError, ("folder", "no'", "graph.svg")),
        (tmp_path / "file" / "graph.svg", FileNotFoundError, ("folder", "file'", "graph.svg")),
    ):
        with refused(error, *message):
            draw.render(x, path)
        with refused(error, *message):
            to_svg(x, path)

    def refuse(place, *how, opened=os.open):
        if str(tmp_path) in str(place):
            raise PermissionError(13, "Permission denied")
        return opened(place, *how)

    monkeypatch.setattr(os, "open", refuse)
    with refused(PermissionError, "permission", str(tmp_path), "'graph.svg'"):
        draw.render(x, tmp_path / "graph.svg")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.svg"]


def test_what_was_there_stays_when_writing_fails(tmp_path, monkeypatch):
    path = tmp_path / "graph.dot"
    draw.render(Value(1.0), path)
    before = path.read_bytes()

    def full(*places):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with refused(OSError, 28, "No space"):
        draw.render(Value(2.0), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["graph.dot"]


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with refused(PermissionError, "permission", str(tmp_path), "'graph.svg'"):
            draw.render(Value(1.0), tmp_path / "graph.svg")
    finally:
        tmp_path.chmod(0o700)
