"""The gallery: the committed pictures and page are what the script draws, and show the numbers they are about."""

import ast
import importlib.util
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("pygraphviz")

ROOT = Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("gallery_of_drawings", ROOT / "docs" / "gallery.py")
gallery = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gallery)


def content(svg):
    """What a picture says and how many shapes of each kind it has; places depend on the fonts of the machine."""
    elements = list(ElementTree.fromstring(svg).iter())
    kinds = Counter(element.tag.rpartition("}")[2] for element in elements)
    return [element.text for element in elements if element.tag.endswith("}text")], kinds


def committed(name):
    return (ROOT / "docs" / "gallery" / f"{name}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("figure", gallery.FIGURES, ids=gallery.name_of)
def test_the_committed_picture_is_what_the_script_draws(figure):
    fresh_texts, fresh_kinds = content(gallery.svg(figure()))
    texts, kinds = content(committed(gallery.name_of(figure)))
    assert fresh_texts == texts, "run python docs/gallery.py"
    assert fresh_kinds == kinds


def test_the_page_is_fresh_and_every_picture_is_on_it(tmp_path):
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    assert page == gallery.page(), "run python docs/gallery.py"
    files = {path.name for path in (ROOT / "docs" / "gallery").iterdir()}
    assert files == set(re.findall(r"\(gallery/([^)]+)\)", page))


CODE = dict(re.findall(r"\(gallery/([^)]+)\.svg\)\n\n```python\n(.*?)```", gallery.page(), re.S))


@pytest.mark.parametrize("name", sorted(set(CODE) - {"large"}))
def test_the_code_on_the_page_draws_the_picture(name):
    tree = ast.parse(CODE[name])
    *statements, last = tree.body
    names = dict(vars(gallery))
    exec(compile(ast.Module(statements, []), name, "exec"), names)
    assert content(gallery.svg(eval(ast.unparse(last), names))) == content(committed(name))


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("perceptron", {"0.5", "b -0.7", "1 unit, step"}),
        ("perceptron-gradient", {"grad 0", "grad 1", "step", "0"}),
        ("line", {"data -7", "grad 5", "grad -2", "data -10", "5", "-2"}),
        ("loss", {"data 4", "grad 12", "grad 8", "grad -4", "3", "4", "**"}),
        ("through-a-sigmoid", {"data 0.7311", "grad 0.1966", "0.1966", "grad 0.09831", "grad -0.3932"}),
        ("chain", {"data 2.25", "grad -1.885", "-0.6282", "3"}),
        ("large", {"of 100 terms", "\N{MULTIPLICATION SIGN} 100"}),
        ("marks", {"<script>alert(1)</script>", "grad not computed", "dead: its slope is 0"}),
        ("wide", {"56 more"}),
    ],
)
def test_pictures_show_their_numbers(name, numbers):
    texts = [text.replace("\N{NO-BREAK SPACE}", " ").strip() for text in content(committed(name))[0]]
    assert numbers <= set(texts), texts


def test_the_weights_on_the_path_are_those_of_the_network():
    model, rows, _ = gallery.people()
    texts = content(committed("path"))[0]
    on_path = [model.layers[0].neurons[2].w[1], model.layers[1].neurons[0].w[2], model.layers[2].neurons[0].w[0]]
    assert {f"{weight.data:.3g}" for weight in on_path} <= set(texts)
    assert f"{model(rows[0]).data:.3g}" in texts


@pytest.mark.parametrize("name", ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_pictures_that_documents_show_exist(name):
    for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", (ROOT / name).read_text(encoding="utf-8")):
        assert ((ROOT / name).parent / target).is_file(), target
