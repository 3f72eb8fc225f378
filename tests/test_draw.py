"""Drawings: what is in them, and that text in labels stays text."""

import importlib
import os
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused

import autograd_lite as ag
from autograd_lite import Value, draw, draw_dot, to_svg, trace

pytest.importorskip("pygraphviz")
layout_module = importlib.import_module("autograd_lite.draw.layout")


def svg_texts(svg):
    root = ElementTree.fromstring(svg)
    assert not [e for e in root.iter() if e.tag.endswith("script")]
    return [e.text for e in root.iter() if e.tag.endswith("text")]


def test_a_drawing_shows_names_numbers_and_operations():
    w, x = Value(-2.0, label="w"), Value(5.0, label="x")
    f = w * x + 3.0
    texts = svg_texts(to_svg(f))
    assert {"w", "x", "*", "+", "3", "data -7", "grad not computed"} <= set(texts)
    f.backward()
    texts = svg_texts(to_svg(f, local_grads=True))
    assert "grad 5" in texts
    assert "grad not computed" not in texts


def test_the_same_operand_twice_is_two_edges():
    a = Value(2.0)
    source = draw_dot(a + a).source
    assert source.count("n0 -> n1op") == 2
    nodes, edges = trace(a + a)
    assert (len(nodes), len(edges)) == (2, 1)


@pytest.mark.parametrize(
    "label",
    [
        "<script>alert(1)</script>",
        'a "quote"',
        "{a|b}",
        "back\\slash \\n \\N",
        "두 줄\n이름",
        "<b>",
        "&amp;",
        "a\x00b",
        "%s",
    ],
)
def test_labels_are_text(label):
    a = Value(1.0, label=label)
    taken = ag.where(False, a, Value(2.0))  # a is also drawn as the branch not taken
    texts = svg_texts(to_svg(a * 2.0 + taken))
    for line in label.replace("\x00", r"\x00").split("\n"):
        assert line in [t.replace("\xa0", " ") for t in texts if t]


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=12))
def test_any_label_gives_well_formed_svg(label):
    svg_texts(to_svg(Value(1.0, label=label).exp()))


@pytest.mark.parametrize("ending", ["svg", "png", "pdf", "dot"])
def test_files(tmp_path, ending):
    path = draw.render(Value(1.0).exp(), tmp_path / f"graph.{ending}", theme="dark", rankdir="TB")
    start = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}[ending]
    assert path.read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [path.name]


def test_it_shows_itself_in_a_notebook():
    assert "<svg" in draw_dot(Value(1.0).exp())._repr_mimebundle_()["image/svg+xml"]


def test_bad_input(tmp_path):
    x = Value(1.0)
    with refused(TypeError, "Value", "float", 1.0):
        draw_dot(1.0)
    with refused(ValueError, "rankdir", "LR", "TB", "RL", "BT", "'UP'"):
        draw_dot(x, rankdir="UP")
    with refused(ValueError, "theme", "light", "dark", "'blue'"):
        draw_dot(x, theme="blue")
    with refused(ValueError, ".svg", ".png", ".pdf", ".dot", "graph.xyz'"):
        draw.render(x, tmp_path / "graph.xyz")
    with refused(ValueError, "empty", "'graph.svg'"):
        to_svg(x, "")
    with refused(OSError, "folder", "nowhere'", "'graph.svg'"):
        to_svg(x, tmp_path / "nowhere" / "graph.svg")
    big = x
    for _ in range(3000):
        big = big + 1.0
    with refused(ValueError, "3,001", "detail='all'", "limit=3001"):
        draw_dot(big, detail="all")


def test_without_graphviz_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(layout_module.shutil, "which", lambda name: None)
    monkeypatch.setitem(__import__("sys").modules, "pygraphviz", None)
    with refused(
        layout_module.GraphvizNotFoundError, 'pip install "autograd-lite[draw]"', "draw_dot(root).source", "to_text(root)"
    ):
        to_svg(Value(1.0))
    assert draw_dot(Value(1.0)).source.startswith("digraph")


def test_to_svg_writes_nothing_but_svg(tmp_path):
    with refused(ValueError, f"draw.render(root, {str(tmp_path / 'x.png')!r})", "SVG", "PNG"):
        draw.to_svg(Value(1.0), tmp_path / "x.png")
    assert not (tmp_path / "x.png").exists()
    draw.to_svg(Value(1.0), tmp_path / "x.html")
    assert (tmp_path / "x.html").read_text("utf-8").startswith("<?xml")


def test_a_network_is_no_graph():
    from autograd_lite import nn

    with refused(TypeError, "network", "draw_network(model)"):
        draw.to_svg(nn.MLP(2, [1]))
    with refused(TypeError, "Value", "function", "f(x)"):
        draw.to_svg(abs)
