"""Networks as units in layers: what is drawn where, its numbers, and what is refused."""

import importlib
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from refusals import refused

from autograd_lite import Value, draw, draw_network, nn
from autograd_lite.draw.layers import read_network
from autograd_lite.draw.network import _path
from autograd_lite.draw.network_facts import Network, Options
from autograd_lite.draw.network_plan import Plan
from autograd_lite.draw.shapes import Circle, Line, Text
from autograd_lite.draw.themes import THEMES, mix


def elements(drawing, kind):
    root = ElementTree.fromstring(drawing.svg)
    return [element for element in root.iter() if element.tag.endswith(f"}}{kind}")]


def texts(drawing):
    return [element.text for element in elements(drawing, "text")]


def about(drawing, kind):
    return [element[0].text for element in elements(drawing, kind) if len(element)]


def model_4441():
    return nn.MLP(4, [4, 4, 1], activation="tanh", output_activation="sigmoid", seed=4)


def test_sizes_alone():
    drawing = draw_network([4, 4, 4, 1])
    assert len(elements(drawing, "circle")) == 13
    assert len(elements(drawing, "line")) == 4 * 4 + 4 * 4 + 4 * 1
    assert {"input layer", "hidden layer 1", "hidden layer 2", "output layer", "4 inputs", "1 unit", "x4", "y"} <= set(
        texts(drawing)
    )


def test_widths_and_colours_are_sizes_and_signs():
    drawing = draw_network([[[2.0, -1.0, 0.0]]])
    theme = THEMES["light"]
    lines = {float(line[0].text.split()[1].rstrip(",")): line for line in elements(drawing, "line") if len(line)}
    width = {weight: float(line.get("stroke-width")) for weight, line in lines.items()}
    assert width[2.0] > width[-1.0] > 0
    assert lines[2.0].get("stroke") == theme.positive
    assert lines[-1.0].get("stroke") == mix(theme.paper, theme.negative, 0.35 + 0.65 * 0.5)
    assert lines[0.0].get("stroke") not in (theme.positive, theme.negative)
    assert {"2", "-1", "0"} <= set(texts(drawing))


def test_activations_are_those_of_the_model():
    model, row = model_4441(), [0.5, -1.0, 2.0, 0.1]
    hidden = model.layers[0](row)
    drawing = draw_network(model, row)
    shown = texts(drawing)
    assert {f"{unit.data:.3g}" for unit in hidden} <= set(shown)
    assert f"{model(row).data:.3g}" in shown
    assert any(
        text.endswith(f"activation {model(row).data!r}, bias layer3.neuron1.b 0.0") for text in about(drawing, "circle")
    )


def test_gradients_are_those_of_backward_and_the_parameters_are_left_alone():
    model, row = model_4441(), [0.5, -1.0, 2.0, 0.1]
    drawing = draw_network(model, row, loss=lambda p: -p.log())
    assert not any(parameter.has_grad for parameter in model.parameters())
    xs = [Value(x) for x in row]
    (-model(xs).log()).backward()
    found = about(drawing, "line")
    for parameter in model.layers[1].neurons[2].w:
        (line,) = (text for text in found if f"weight {parameter.label} " in text)
        assert float(line.split("gradient ")[1].split(",")[0]) == pytest.approx(parameter.grad, rel=1e-12)
    inputs = [text for text in about(drawing, "circle") if text.startswith("input layer")]
    assert [float(text.split("gradient ")[1]) for text in inputs] == pytest.approx([x.grad for x in xs], rel=1e-12)


def test_units_carry_activation_and_gradient_and_the_colour_of_what_is_shown():
    theme, layers = THEMES["light"], [[[2.0], [-1.0]], [[1.0, 3.0]]]
    full = [mix(theme.paper, colour, 0.34) for colour in (theme.positive, theme.negative)]
    values = draw_network(layers, [0.5], loss=lambda y: -y)
    fills = [circle.get("fill") for circle in elements(values, "circle")]
    assert fills == [full[0], full[0], mix(theme.paper, theme.negative, 0.34 * 0.5), full[1]]  # 0.5, 1, -0.5, -0.5
    gradients = draw_network(layers, [0.5], loss=lambda y: -y, show="gradients")
    fills = [circle.get("fill") for circle in elements(gradients, "circle")]
    assert fills == [full[0], mix(theme.paper, theme.negative, 0.34 / 3), full[1], full[1]]  # 1, -1, -3, -1
    for drawing in (values, gradients):
        inside = [text.text for text in elements(drawing, "text") if text.get("font-size") in ("11", "9")]
        pairs = [("0.5", "1"), ("1", "-1"), ("-0.5", "-3"), ("-0.5", "-1")]
        assert [text for text in inside if text[-1].isdigit() and text[0] not in "xy"] == [n for pair in pairs for n in pair]


def test_gradients_of_an_earlier_backward():
    model = nn.MLP(2, [1], seed=0)
    with refused(ValueError, "no gradients", "backward()", "loss="):
        draw_network(model, show="gradients")
    model([3.0, -5.0]).backward()
    assert {"3", "-5", "db 1"} <= set(texts(draw_network(model, show="gradients")))


def test_every_way_to_give_a_network():
    torch_like = [{"weights": [[0.5, 0.5]], "biases": [-0.7], "activation": "step"}]
    rows = [([[0.5, 0.5]], [-0.7], "step")]
    gate = nn.Perceptron.from_weights([0.5, 0.5], -0.7)
    pictures = [draw_network(model, [1.0, 1.0]) for model in (torch_like, rows, gate)]
    assert len({tuple(texts(picture)) for picture in pictures}) == 1
    sequential = nn.Sequential(nn.Linear(2, 3, seed=0), nn.LeakyReLU(0.5), nn.Dropout(0.0), nn.Linear(3, 1, seed=1))
    assert "3 units, leaky_relu" in texts(draw_network(sequential))
    inputs, layers = read_network(sequential)
    assert layers[1].respond(layers[0].respond([Value(-1.0), Value(2.0)]))[0].data == pytest.approx(
        sequential([-1.0, 2.0]).data, rel=1e-14
    )
    assert inputs == 2


def test_arrays_and_another_library():
    numpy = pytest.importorskip("numpy")
    assert len(elements(draw_network([numpy.ones((3, 2)), (numpy.ones((1, 3)), numpy.zeros(1))]), "circle")) == 6
    micrograd = pytest.importorskip("micrograd.nn")
    model = micrograd.MLP(2, [3, 1])
    drawing = draw_network(model, [1.0, 2.0])
    assert {"3 units, relu", "1 unit, linear", f"{model([1.0, 2.0]).data:.3g}"} <= set(texts(drawing))


@pytest.mark.parametrize("library", ["autograd_lite.estimators", "sklearn.neural_network"])
@pytest.mark.parametrize("kind", ["MLPRegressor", "MLPClassifier"])
@pytest.mark.filterwarnings("ignore")
def test_fitted_estimators(library, kind):
    pytest.importorskip("sklearn")
    estimator = getattr(importlib.import_module(library), kind)(
        hidden_layer_sizes=(3,), activation="tanh", max_iter=3, random_state=0
    )
    rows = [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [1.0, 1.0]]
    estimator.fit(rows, [0, 1, 1, 0])
    drawing = draw_network(estimator, [1.0, 0.0])
    assert len(elements(drawing, "circle")) == 2 + 3 + 1
    assert "3 units, tanh" in texts(drawing)
    if kind == "MLPRegressor":
        assert f"{float(estimator.predict([[1.0, 0.0]])[0]):.3g}" in texts(drawing)
    elif library.startswith("sklearn"):
        assert f"{float(estimator.predict_proba([[1.0, 0.0]])[0][1]):.3g}" in texts(drawing)


def test_a_path():
    drawing = draw_network(model_4441(), highlight=[1, 2, 0, 0])
    accent = THEMES["light"].accent
    marked = [line for line in elements(drawing, "line") if line.get("stroke") == accent]
    assert [line[0].text.split("from ")[1] for line in marked] == [
        "unit 1 to unit 2 of the hidden layer 1",
        "unit 2 to unit 0 of the hidden layer 2",
        "unit 0 to unit 0 of the output layer",
    ]
    assert len([circle for circle in elements(drawing, "circle") if circle.get("stroke") == accent]) == 4
    assert sum(text.get("fill") == accent for text in elements(drawing, "text")) == 3


def test_what_a_path_may_be():
    assert _path([1, None, -1], [2, 3, 2]) == {0: {1}, 1: {0, 1, 2}, 2: {1}}
    assert _path([(1, 2), (2, 0)], [2, 3, 2]) == {1: {2}, 2: {0}}
    for bad, message in (
        ([0, 0], (3, [0, 0, 0], [0, 0])),
        ([0, 9, 0], ("layer 1", 0, 2, 9)),
        ([(0, 1), (2, 0)], ("highlight", [0, 2])),
        ([(5, 0)], ("layer 5", 0, 2)),
        ([(0, 1), 2], (3, [0, 0, 0], [(0, 1), 2])),
        ([], (3, [0, 0, 0], [])),
    ):
        with refused(ValueError, *message):
            _path(bad, [2, 3, 2])


def test_wide_layers_say_what_they_leave_out():
    drawing = draw_network(nn.MLP(4, [64, 1], seed=0))
    assert "56 more" in texts(drawing)
    assert len(elements(drawing, "circle")) == 4 + 8 + 1
    drawing = draw_network(nn.MLP(4, [64, 1], seed=0), highlight=[0, 30, 0])
    assert {"24 more", "32 more"} <= set(texts(drawing)), texts(drawing)
    assert len(draw_network([3, 100_000, 1]).svg) < 20_000


def boxes(shapes):
    """Where texts and circles are: left, top, right, bottom."""
    for shape in shapes:
        if isinstance(shape, Circle):
            r = shape.radius
            yield shape, (shape.x - r, shape.y - r, shape.x + r, shape.y + r)
        elif isinstance(shape, Text):
            wide = 0.56 * shape.size * len(shape.text)
            left = shape.x - {"start": 0.0, "middle": wide / 2, "end": wide}[shape.anchor]
            yield shape, (left, shape.y - shape.size / 2, left + wide, shape.y + shape.size / 2)


def overlap(one, two):
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


@pytest.mark.parametrize("sizes", [[1, 1], [4, 4, 4, 1], [2, 3, 3, 1], [3, 40, 12, 5], [9, 2], [2] * 12])
@pytest.mark.parametrize("what", ["sizes", "values", "gradients", "numbers"])
def test_nothing_overlaps_or_is_cut_off(sizes, what):
    model = nn.MLP(sizes[0], sizes[1:], activation="tanh", seed=1)
    inputs, layers = read_network(sizes if what == "sizes" else model)
    network = Network(inputs, layers)
    if what != "sizes":
        network.values = [[-0.12345] * size for size in sizes]
    if what == "gradients":
        network.grads = [[-0.0012345] * size for size in sizes]
        network.slopes = dict.fromkeys(model.parameters(), -0.012345)
    names = [f"a long name {k}" for k in range(sizes[0])]
    options = Options(
        THEMES["light"],
        3,
        16,
        what == "gradients",
        what == "numbers" or None,
        {},
        names,
        [f"y{k}" for k in range(sizes[-1])],
        "A title that is rather longer than a small network is wide",
    )
    shapes, width, height = Plan(network, options).shapes()
    found = [(shape, box) for shape, box in boxes(shapes)]
    for shape, (left, top, right, bottom) in found:
        assert left >= 0, shape
        assert top >= 0, shape
        assert right <= width, shape
        assert bottom <= height, shape
    outside = [
        (s, b) for s, b in found if isinstance(s, Text) and not any(inside(b, c) for t, c in found if isinstance(t, Circle))
    ]
    for k, (one, box) in enumerate(outside):
        for other, other_box in outside[:k]:
            assert not overlap(box, other_box), (one, other)
        for circle, (left, top, right, bottom) in found:
            if isinstance(circle, Circle):
                edge = 0.15 * (right - left)  # of the square in the circle
                assert not overlap(box, (left + edge, top + edge, right - edge, bottom - edge)), (one, circle)
    assert sum(isinstance(shape, Line) for shape in shapes) >= 1


def inside(box, circle):
    return circle[0] <= box[0] and box[2] <= circle[2] and circle[1] <= box[1] and box[3] <= circle[3]


def light(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    return sum(
        share * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
        for share, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
    )


def contrast(one, two):
    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_texts_stand_out(theme):
    fills = [theme.paper, theme.leaf, theme.value, theme.operation, theme.neuron, theme.layer, theme.group]
    fills += [mix(theme.paper, colour, 0.34) for colour in (theme.positive, theme.negative)]
    for fill in fills:
        assert contrast(theme.ink, fill) >= 4.5
    for fill in fills[:7]:
        assert contrast(theme.faint, fill) >= 4.5
    assert contrast(theme.accent, theme.paper) >= 4.5
    assert min(contrast(colour, theme.paper) for colour in (theme.positive, theme.negative)) >= 3.0


def test_hostile_names_are_text():
    drawing = draw_network([1, 1], input_names=["<script>alert(1)</script>"], output_names=['"&\x00'], title="<b>")
    assert "<script>" not in drawing.svg
    assert {"<script>alert(1)</script>", '"&\\x00', "<b>"} <= set(texts(drawing))


def test_numbers_that_are_none():
    drawing = draw_network([[[float("nan"), float("inf"), 1.0]]])
    assert {"nan", "inf", "1"} <= set(texts(drawing))
    draw_network([[[0.0, 0.0]]], [0.0, 0.0], loss=lambda y: y * 0.0)


@pytest.mark.parametrize(
    ("model", "options", "error", "message"),
    [
        (Value(1.0) * 2.0, {}, TypeError, ("Value", "draw_dot", "to_svg")),
        ("4-4-1", {}, TypeError, ("nn.MLP", [4, 4, 1], "'4-4-1'")),
        ([], {}, ValueError, ("no layer", "[]")),
        ([4], {}, ValueError, ("two", [4, 4, 1], [4])),
        ([4, 0], {}, ValueError, ([4, 4, 1], [4, 0])),
        ([[[1.0, 2.0]], [[1.0, 2.0]]], {}, ValueError, ("layer 2", "2 weights", "1 numbers")),
        ([([[1.0]], [1.0, 2.0])], {}, ValueError, ("layer 1", "1 units", "2 biases")),
        ([([[1.0]], [1.0], "squish")], {}, ValueError, ("'squish'", "'relu'", "'tanh'")),
        ([{"weight": [[1.0]]}], {}, TypeError, ("layer 1", "weights", "biases", "activation", ["weight"])),
        ([[1.0, 2.0]], {}, TypeError, ("layer 1", "rows", [1.0, 2.0])),
        ([2, 1], {"inputs": [1.0]}, ValueError, ("2 inputs", "1 numbers")),
        ([2, 1], {"inputs": [1.0, 2.0]}, ValueError, ("sizes", "weights", "model")),
        ([2, 1], {"loss": abs}, ValueError, ("loss", "inputs")),
        ([[[1.0]]], {"inputs": [1.0], "loss": float}, TypeError, ("loss", "one Value", "float")),
        ([2, 1], {"show": "weights"}, ValueError, ("show", "'values'", "'gradients'", "'weights'")),
        ([2, 1], {"theme": "pink"}, ValueError, ("theme", "light", "dark", "'pink'")),
        ([2, 1], {"limit": 1}, ValueError, ("limit", 2, 1)),
        ([2, 1], {"digits": 0}, ValueError, ("digits", 1, 17, 0)),
        ([2, 1], {"input_names": ["a"]}, ValueError, ("input_names", "2 inputs", ["a"])),
        ([2, 1], {"output_names": "y"}, ValueError, ("output_names", "1 outputs", "'y'")),
    ],
)
def test_what_is_refused(model, options, error, message):
    with refused(error, *message):
        draw_network(model, **options)


@pytest.mark.parametrize("ending", ["svg", "png", "pdf", "dot"])
def test_files(tmp_path, ending):
    if ending in ("png", "pdf"):
        pytest.importorskip("pygraphviz")
    path = draw_network(model_4441(), [1, 2, 3, 4], title="a <b> & c", input_names=["<i>", "\\l", "c", "d"]).save(
        tmp_path / f"network.{ending}"
    )
    start = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}[ending]
    assert path.read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [path.name]
    assert draw.render(draw_network([2, 1]), tmp_path / f"other.{ending}").exists()


def test_the_svg_needs_nothing_but_the_core():
    code = (
        "import sys; sys.modules['pygraphviz'] = None; import shutil; shutil.which = lambda name: None\n"
        "from autograd_lite import draw_network; print(draw_network([2, 2, 1])._repr_svg_()[:4])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "<svg"
