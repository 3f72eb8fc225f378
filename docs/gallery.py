"""Draws the pictures of docs/gallery/ and writes docs/gallery.md around them: `python docs/gallery.py [FOLDER]`.

Each function is one picture: the first line of its text is the heading, the rest is what to see in it, and its code is shown
below the picture, so the page cannot say anything else than what was run.
"""

import ast
import inspect
import random
import statistics
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd_lite import Value, data, draw_dot, draw_network, nn, sigmoid, sin, step

FOLDER = Path(__file__).resolve().parent / "gallery"

Drawing = Any  # what draw_dot and draw_network return


def perceptron() -> Drawing:
    """A perceptron

    Inputs times weights, plus a bias, then a step: 1 if the sum is above 0. With these numbers it is an AND gate. The width of a
    line is the size of its weight, its colour the sign.
    """
    gate = nn.Perceptron.from_weights([0.5, 0.5], -0.7)
    return draw_network(gate, {"a": 1, "b": 1}, output_names=["a AND b"])


def perceptron_gradient() -> Drawing:
    """Why its derivative cannot train it

    The same perceptron as a graph, after `backward()`: the step is flat wherever it has a slope at all, so its local
    derivative is 0, and every gradient below it, too.
    """
    w1, w2, b = Value(0.5, label="w1"), Value(0.5, label="w2"), Value(-0.7, label="b")
    y = step(w1 * 1.0 + w2 * 1.0 + b)
    y.label = "y"
    y.backward()
    return draw_dot(y, local_grads=True)


def xor() -> Drawing:
    """XOR out of three perceptrons

    No single straight line separates XOR. NAND and OR feeding AND do: for (1, 0) both answer 1, and so does the whole.
    """
    network = [
        ([[-0.5, -0.5], [0.5, 0.5]], [0.7, -0.2], "step"),  # NAND, OR
        ([[0.5, 0.5]], [-0.7], "step"),  # AND
    ]
    return draw_network(network, {"a": 1, "b": 0}, output_names=["a XOR b"])


def xor_learned() -> Drawing:
    """XOR, learned

    A network that found its own way to the same answer, by gradient descent from random weights. Its output is a logit:
    above 0 means 1.
    """
    model = nn.MLP(2, [4, 1], activation="tanh", seed=3)
    rows, answers = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    adam = nn.optim.Adam(model.parameters(), lr=0.1)
    nn.fit(model, rows, answers, loss=nn.bce_with_logits, optimizer=adam, epochs=300, engine="eager")
    return draw_network(model, {"a": 1, "b": 0}, output_names=["a XOR b"])


def layers() -> Drawing:
    """Units in layers

    Each unit is fed by all of the layer before: fully connected. The input layer computes nothing, so this is counted as a network of
    three layers.
    """
    return draw_network([3, 5, 5, 2])


def forward() -> Drawing:
    """A forward pass, layer by layer

    Four measures of a person go in (in standard units), a probability comes out: the network has learned from a table of 32 people
    whom somebody likes. Each unit shows what it answers.
    """
    model, rows, _ = people()
    return draw_network(model, dict(zip(data.load("toy").feature_names, rows[0], strict=True)), output_names=["liked"])


def path() -> Drawing:
    """Back-propagation along one path of a 4-4-4-1 network

    The same network and person. Below each activation stands the gradient of the loss, -log(p), with respect to it. Along the red
    path the chain rule multiplies, from the output back: the gradient, each unit's slope, and the weights that stand on the lines.
    """
    model, rows, _ = people()
    inputs = dict(zip(data.load("toy").feature_names, rows[0], strict=True))
    return draw_network(model, inputs, loss=lambda p: -p.log(), highlight=[1, 2, 0, 0], output_names=["liked"])


def weight_gradients() -> Drawing:
    """Where the loss pulls

    Again the same, but the lines are now the gradients with respect to the weights: wide where a step of gradient descent
    changes most. On dark paper.
    """
    model, rows, _ = people()
    inputs = dict(zip(data.load("toy").feature_names, rows[1], strict=True))
    loss = lambda p: -(1 - p).log()  # noqa: E731 - this person is not liked
    return draw_network(model, inputs, loss=loss, show="gradients", theme="dark", output_names=["liked"])


def wide() -> Drawing:
    """A wide layer

    Of a layer of 64 units eight are drawn, and how many more there are.
    """
    names = ["sepal length", "sepal width", "petal length", "petal width"]
    return draw_network(nn.MLP(4, [64, 3], seed=1), input_names=names)


def line() -> Drawing:
    """f = w * x + b

    With w = -2, x = 5 and b = 3, f is -7, and df/dw is 5: raise w by 1, and f goes up by 5. On the edges stand the local derivatives; a
    gradient is the product of those on the way back to it.
    """
    w, x, b = Value(-2.0, label="w"), Value(5.0, label="x"), Value(3.0, label="b")
    f = w * x + b
    f.label = "f"
    f.backward()
    return draw_dot(f, local_grads=True)


def loss() -> Drawing:
    """The loss of one neuron on one sample

    L = (w * x + b - y) ** 2, after `backward()`. The path from w to L is marked: dL/dw is the product of the local derivatives
    along it, 3 * 1 * 1 * 4.
    """
    w, x, b, y = (Value(v, label=n) for v, n in ((2.0, "w"), (3.0, "x"), (1.0, "b"), (5.0, "y")))
    product = w * x
    error = product + b - y
    L = error**2  # noqa: N806
    L.label = "L"
    L.backward()
    return draw_dot(L, local_grads=True, highlight=[w, product, error.parents[0], error, L])


def chain() -> Drawing:
    """The chain rule: y = sin(x ** 2)

    dy/dx = dy/dh * dh/dx: the gradient of x is that of h times the local derivative of the square.
    """
    x = Value(1.5, label="x")
    h = x**2
    h.label = "h"
    y = sin(h)
    y.label = "y"
    y.backward()
    return draw_dot(y, local_grads=True)


def through_a_sigmoid() -> Drawing:
    """Through a sigmoid

    The sigmoid's own slope is s * (1 - s), here 0.7311 * 0.2689 = 0.1966; every gradient below it has it as a factor.
    """
    w, x, b = Value(-2.0, label="w"), Value(0.5, label="x"), Value(2.0, label="b")
    s = sigmoid(w * x + b)
    s.label = "s"
    s.backward()
    return draw_dot(s, local_grads=True, theme="dark")


def folded_network() -> Drawing:
    """A network's graph, folded

    The 4-4-4-1 network on one person again, as a graph: weighted sums and their functions are folded to neurons, neurons to
    layers. A box says what it stands for and between which numbers it ranges.
    """
    model, rows, _ = people()
    p = model([Value(x, label=n) for x, n in zip(rows[0], data.load("toy").feature_names, strict=True)])
    cost = -p.log()
    cost.label = "loss"
    cost.backward()
    return draw_dot(cost, detail="layers")


def groups() -> Drawing:
    """Groups from names

    The parameters of `nn` are called layer1.neuron2.w3 and so on; `group="labels"` takes frames from these names, and `depth` says how
    many levels are open. A function of one's own can name the groups, too.
    """
    model = nn.MLP(2, [3, 2, 1], activation="tanh", seed=0)
    cost = (model([Value(1.0, label="x1"), Value(-2.0, label="x2")]) - 1.0) ** 2
    cost.label = "loss"
    cost.backward()
    return draw_dot(cost, group="labels", depth=2)


def large() -> Drawing:
    """66,000 nodes

    The demo of micrograd: a 2-16-16-1 network of scalars, a hundred points, hinge loss and a penalty. Nothing was named, and
    yet what repeats is found: neurons, layers, and a hundred samples that are drawn once.
    """
    rng = random.Random(1337)
    network = [
        [([Value(rng.uniform(-1, 1)) for _ in range(inputs)], Value(0.0)) for _ in range(units)]
        for inputs, units in ((2, 16), (16, 16), (16, 1))
    ]
    losses = []
    for _ in range(100):
        x = [Value(rng.uniform(-2, 2)), Value(rng.uniform(-2, 2))]
        target = 1.0 if x[0] * x[1] > 0 else -1.0
        for layer in network:
            sums = [sum((w * xi for w, xi in zip(weights, x, strict=True)), bias) for weights, bias in layer]
            x = [s.relu() for s in sums] if layer is not network[-1] else sums
        losses.append((1.0 - target * x[0]).relu())
    parameters = [p for layer in network for weights, bias in layer for p in (*weights, bias)]
    total = sum(losses[1:], losses[0]) / 100.0 + 1e-4 * sum(p * p for p in parameters)
    total.backward()
    return draw_dot(total)


def marks() -> Drawing:
    """Marks, notes, and names that are up to no good

    Any node can be outlined, filled or given a note. Labels are text, whatever is in them: markup does nothing. A gradient
    that no backward pass has computed says so; it is not 0.
    """
    a, b = Value(3.0, label="<script>alert(1)</script>"), Value(0.0, label='back\\slash & "quotes"\n두 번째 줄')
    y = (a * b).relu()
    return draw_dot(y, marks={y: {"color": "#cf222e", "note": "dead: its slope is 0"}, b: {"fill": "#fff8c5"}}, rankdir="TB")


def people() -> tuple[nn.MLP, list[list[float]], list[int]]:
    """The 4-4-4-1 network of several pictures, after a few epochs on the table of people, and the table in standard units."""
    table = data.load("toy")
    columns = list(zip(*table.x, strict=True))
    means, spreads = [statistics.fmean(c) for c in columns], [statistics.pstdev(c) for c in columns]
    rows = [[(x - m) / s for x, m, s in zip(row, means, spreads, strict=True)] for row in table.x]
    model = nn.MLP(4, [4, 4, 1], activation="tanh", output_activation="sigmoid", seed=4)
    optimizer = nn.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(6):
        losses = [nn.bce(model(row), y) for row, y in zip(rows, table.y, strict=True)]
        mean = sum(losses[1:], losses[0]) / len(losses)
        optimizer.zero_grad()
        mean.backward()
        optimizer.step()
    model.zero_grad()
    return model, rows, table.y


FIGURES: list[Callable[[], Drawing]] = [
    perceptron, perceptron_gradient, xor, xor_learned, layers, forward, path, weight_gradients, wide, line, loss, chain, through_a_sigmoid,
    folded_network, groups, large, marks,
]  # fmt: skip


def name_of(figure: Callable[[], Drawing]) -> str:
    """The name of the file, without its ending."""
    return figure.__name__.replace("_", "-")


def page() -> str:
    """The text of docs/gallery.md."""
    parts = [
        "# Gallery\n\nWritten by `python docs/gallery.py`: every picture is what the code below it draws. (`people()`, a network of "
        "4-4-4-1 trained for a moment on a table, stands in that file.) Networks are drawn by `draw_network`, graphs by `draw_dot`; "
        "both show themselves in a notebook, as do a `Value` and an `nn.MLP`, and `draw.render(drawing, path)` writes "
        "SVG, PNG, PDF or DOT.\n"
    ]
    for figure in FIGURES:
        heading, _, text = inspect.cleandoc(figure.__doc__ or "").partition("\n\n")
        told = " ".join(text.split())
        parts.append(
            f"## {heading}\n\n{told}\n\n![{heading}](gallery/{name_of(figure)}.svg)\n\n```python\n{body(figure)}\n```\n"
        )
    return "\n".join(parts)


def body(figure: Callable[[], Drawing]) -> str:
    """The code of a function, without its head and its text, and with `return` left out."""
    source = textwrap.dedent(inspect.getsource(figure))
    statements = ast.parse(source).body[0].body  # type: ignore[attr-defined]
    lines = source.splitlines()[statements[1].lineno - 1 :]
    code = textwrap.dedent("\n".join(line.partition("  # noqa")[0] for line in lines))
    return code.replace("\nreturn ", "\n").removeprefix("return ")


def svg(drawing: Drawing) -> str:
    """A drawing as SVG."""
    text: str = drawing._repr_svg_()
    return text


def main(folder: Path) -> None:
    """Draw everything into `folder`, and write the page beside it."""
    folder.mkdir(exist_ok=True)
    for figure in FIGURES:
        (folder / f"{name_of(figure)}.svg").write_text(svg(figure()), encoding="utf-8")
    (folder.parent / "gallery.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
