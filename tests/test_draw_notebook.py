"""What a notebook shows by itself: never slowly, never with an exception, and the text where nothing can be drawn."""

import importlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

import autograd_lite
from autograd_lite import Value, nn
from autograd_lite.engine import display
from autograd_lite.structure import surroundings

pytest.importorskip("pygraphviz")
notebook = importlib.import_module("autograd_lite.draw.notebook")


def texts(value):
    root = ElementTree.fromstring(value._repr_svg_())
    return {element.text for element in root.iter() if element.tag.endswith("text")}


def test_a_value_shows_its_graph():
    w, x = Value(-2.0, label="w"), Value(5.0, label="x")
    f = w * x + 3.0
    assert {"w", "x", "data -7", "grad not computed"} <= texts(f)
    f.backward()
    assert "grad 5" in texts(f)


def test_a_leaf_and_a_detached_node_show_themselves():
    assert "data 2" in texts(Value(2.0))
    x = Value(3.0, label="x")
    assert texts((x * x).detach()) == {"data 9", "constant"}


def test_a_large_graph_shows_its_end(monkeypatch):
    monkeypatch.setattr(notebook, "MOST", 1000)
    x = Value(1.0, label="first")
    for _ in range(400):
        x = x * 2.0 + x
        x = x / 2.0
    svg = x._repr_svg_()
    assert "of more than 1,000" in svg
    assert "first" not in svg
    assert svg.count('class="node"') <= notebook.NEAREST + 5


def test_a_large_graph_is_not_walked_through(monkeypatch):
    """A million nodes: only a hundred thousand are counted, and none folded."""
    monkeypatch.setattr(notebook, "draw_dot", None)
    x = Value(1.0)
    for _ in range(notebook.MOST + 1):
        x = x + 1.0
    assert "nearest to the result" in x._repr_svg_()


def test_surroundings_are_in_topological_order():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    c = a * b
    d = c + a
    e = d * c + d
    boxes = surroundings(e, 100)
    assert [box.op for box in boxes if box.op] == ["mul", "add", "mul", "add"]
    placed = set()
    for box in boxes:
        assert {source for source, _, _ in box.inputs} <= placed
        placed.add(box)
    assert len(surroundings(e, 1)) == 2
    assert [box.kind for box in surroundings(a, 5)] == ["leaf"]


def test_a_graph_with_a_cycle_says_so():
    a = Value(1.0)
    b = a + 1.0
    c = b * 2.0
    b._a = c
    assert "cycle" in c._repr_svg_()
    notebook_limit = notebook.MOST
    try:
        notebook.MOST = 1
        assert "cycle" in c._repr_svg_()
    finally:
        notebook.MOST = notebook_limit


def test_without_anything_to_lay_out_with_the_text_is_shown(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setattr(importlib.import_module("autograd_lite.draw.layout").shutil, "which", lambda name: None)
    assert Value(1.0).exp()._repr_svg_() is None
    monkeypatch.setattr(display, "drawers", {})
    assert Value(1.0)._repr_svg_() is None
    assert nn.MLP(2, [1])._repr_svg_() is None


def test_a_network_shows_itself_and_other_modules_their_text():
    assert "hidden layer" in nn.MLP(2, [3, 1])._repr_svg_()
    assert nn.ReLU()._repr_svg_() is None

    class Line(nn.Module):
        def __init__(self):
            self.slope = Value(1.0)

    assert Line()._repr_svg_() is None


def test_ipython_shows_the_picture_beside_the_text_and_the_terminal_draws_nothing():
    formatters = pytest.importorskip("IPython.core.formatters")
    x = Value(2.0).exp()
    data, _ = formatters.DisplayFormatter().format(x)
    assert set(data) == {"text/plain", "image/svg+xml"}
    assert data["text/plain"] == repr(x)
    terminal = formatters.DisplayFormatter(active_types=["text/plain"])
    assert set(terminal.format(x)[0]) == {"text/plain"}


def test_showing_imports_the_drawing_and_the_package_does_not():
    code = (
        "import sys, autograd_lite; before = 'autograd_lite.draw' in sys.modules\n"
        "autograd_lite.Value(1.0)._repr_svg_(); print(before, 'autograd_lite.draw' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    assert autograd_lite.draw_network is importlib.import_module("autograd_lite.draw").draw_network
