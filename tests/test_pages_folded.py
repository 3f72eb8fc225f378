"""Large graphs in pages: boxes that open into their parts, with the right numbers."""

import pytest
from browser import Page, emulate, open_browser
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value, nn, topological_order
from autograd_lite.pages import to_html
from autograd_lite.pages.folded_data import folded_data, histogram
from autograd_lite.pages.graph_data import FULL
from autograd_lite.pages.parts import find_parts
from autograd_lite.structure import Snapshot


def network(samples=40, sizes=(2, 6, 5, 1), labelled=True, decay=True):
    model = nn.MLP(sizes[0], list(sizes[1:]), activation="tanh", seed=0)
    if not labelled:
        for p in model.parameters():
            p.label = ""
    loss = sum((model([0.1 * k, 1.0 - 0.05 * k]) - (-1.0) ** k) ** 2 for k in range(samples))
    if decay:
        loss = loss + sum(p * p for p in model.parameters())
    loss.label = "loss"
    return model, loss


def parts_of(loss):
    graph = Snapshot(loss)
    boxes = graph.boxes("repeats")
    return boxes, find_parts(boxes, graph.names)


@given(st.integers(2, 9), st.integers(2, 6), st.integers(2, 6), st.booleans())
@settings(max_examples=25, deadline=None)
def test_parts_are_the_neurons_with_their_own_weights(samples, first, second, labelled):
    model, loss = network(samples, (2, first, second, 1), labelled)
    boxes, parts = parts_of(loss)
    for k in {part.box for part in parts}:
        mine = [part for part in parts if part.box == k]
        together = [node for part in mine for node in part.nodes]
        assert len(together) == len(set(together))
        assert set(together) == set(boxes[k].nodes)
    layers = [k for k, box in enumerate(boxes) if box.kind == "layer"]
    assert len(layers) == 2
    for k, layer in zip(layers, model.layers[:2], strict=True):
        neurons = [part for part in parts if part.box == k]
        assert len(neurons) == len(layer.neurons)
        used = [{p for node in part.nodes for p in node.parents if p.is_leaf} for part in neurons]
        for neuron in layer.neurons:
            assert sum({*neuron.w, neuron.b} <= leaves for leaves in used) == 1
        if labelled:
            assert {part.name for part in neurons} == {neuron.b.label.rpartition(".")[0] for neuron in layer.neurons}


def test_the_numbers_of_a_part_are_those_of_its_nodes():
    model, loss = network()
    order = topological_order(loss)
    data = folded_data(Snapshot(loss), 1.0, 45)
    loss.backward()
    outputs = {}
    for node in order:
        if node.op == "tanh":
            (bias,) = [p for p in node.parents[0].parents if p.is_leaf]
            outputs.setdefault(bias.label.rpartition(".")[0], []).append(node)
    for part in data["parts"]:
        nodes = outputs.get(part["name"])
        if nodes and "neuron" in part["about"]:
            assert part["data"] == [min(n.data for n in nodes), max(n.data for n in nodes)]
            assert part["grad"] == pytest.approx([min(n.grad for n in nodes), max(n.grad for n in nodes)], rel=1e-12)
            assert sum(part["bars"]["counts"]) == len(nodes)
    for label, neuron in [("layer1.neuron2", model.layers[0].neurons[1])]:
        (weights,) = [part for part in data["parts"] if part["name"] == f"{label} weights"]
        assert weights["data"] == [min(w.data for w in neuron.w), max(w.data for w in neuron.w)]


def test_a_graph_without_neurons_has_no_parts():
    total = sum((Value(float(k)) * 2.0 for k in range(3000)), Value(0.0))
    data = folded_data(Snapshot(total), 1.0, 45)
    assert data["parts"] == data["flows"] == []
    assert "A + opens" not in data["note"]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30))
def test_histograms_count_everything(numbers):
    bars = histogram(numbers)
    finite = [x for x in numbers if abs(x) < float("inf")]
    if len(finite) < 3:
        assert bars is None
        return
    assert sum(bars["counts"]) == len(finite)
    assert bars["wild"] == len(numbers) - len(finite)
    assert bars["zeros"] == finite.count(0.0)
    assert (bars["low"], bars["high"]) == (min(finite), max(finite))


@pytest.fixture(scope="module")
def driver():
    driver = open_browser()
    yield driver
    driver.quit()


BOXES = "return [...document.querySelectorAll('.node')].map((n) => [n.getAttribute('aria-label'), Number(n.dataset.id)])"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("labelled", [True, False])
def test_boxes_open_and_close(driver, tmp_path, labelled):
    _, loss = network(samples=60, labelled=labelled)
    assert len(topological_order(loss)) > 1500
    (tmp_path / "page.html").write_text(to_html(loss), encoding="utf-8")
    emulate(driver)
    page = Page(driver, tmp_path / "page.html")
    assert "A + opens a box" in page.text("#note")
    before = page.js("return autogradPage.shown()")
    total = page.js("return autogradPage.player.total")
    page.press("\ue010")
    opening = [
        i
        for label, i in page.js(BOXES)
        if page.js("return !!document.querySelector(`.node [data-toggle='${arguments[0]}']`)", i)
    ]
    assert len(opening) >= 6
    for box in opening:
        page.js("autogradPage.toggle(arguments[0])", box)
        # Every step can still be gone through, with the edges of all parts marked.
        for k in range(0, total + 1, 5):
            page.goto(k)
            if k > total - 3:
                assert page.js("return document.querySelectorAll('.edge.active path').length") > 0
    assert page.js("return document.querySelectorAll('.frame').length") == len(opening)
    shown = page.js("return autogradPage.shown()")
    assert len(shown) > len(before) + 2 * (6 + 5)
    for k, a in enumerate(shown):
        for b in shown[:k]:
            assert not (
                a["x"] < b["x"] + b["w"]
                and b["x"] < a["x"] + a["w"]
                and a["y"] < b["y"] + b["h"]
                and b["y"] < a["y"] + a["h"]
            )
    page.press("\ue010")
    name = "layer1.neuron3" if labelled else "neuron 3"
    neuron = next(i for label, i in page.js(BOXES) if label.startswith(f"{name};"))
    page.js("autogradPage.choose(arguments[0])", neuron)
    assert page.text("#node h3") == name
    assert "60 × neuron, tanh" in page.text("#node")
    for box in opening:
        page.js("autogradPage.toggle(arguments[0])", box)
    assert page.js("return autogradPage.shown()") == before
    assert page.errors() == []


def test_networks_of_one_shape_and_different_weights_do_not_open():
    """Neuron 1 of one network is not neuron 1 of the other, though they are drawn as one box."""
    models = [nn.MLP(2, [4, 4, 1], activation="tanh", seed=seed) for seed in range(2)]
    loss = sum((model([0.1 * k + m, 1.0]) - 1.0) ** 2 for m, model in enumerate(models) for k in range(5))
    boxes, parts = parts_of(loss)
    together = [k for k, box in enumerate(boxes) if box.kind == "layer" and box.count == 10]
    assert len(together) == 2
    assert not {part.box for part in parts} & set(together)


def test_operations_that_no_gradient_passes_are_no_parts() -> None:
    xs = [Value(float(k % 3)) for k in range(600)]
    loss = ag.sum([ag.where(x, 1.0, 2.0) * x for x in xs])
    order = topological_order(loss)
    assert len(order) > FULL
    boxes, parts = parts_of(loss)
    assert any(box.op == "where" for box in boxes)
    assert not any(node.op == "where" for part in parts for node in part.nodes)
    assert to_html(loss).startswith("<!DOCTYPE html>")
