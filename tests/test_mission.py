"""What a reader of a first text on neural networks wants to try, each in a few lines, with a number found another way.

From the perceptron to the race of optimizers: a test for each thing such a text describes.  Numbers are worked out by hand, in
closed form or by plain arithmetic, not by the package.
"""

import math
import random

import pytest

from autograd_lite import Value, data, explain, grad, log, nn, operation_count, plot, sigmoid, stepper, steps, tanh, to_svg
from autograd_lite.backprop import forward_lines, forward_steps
from autograd_lite.draw import draw_dot, draw_network

CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]]
TRUTH = {"and": [0, 0, 0, 1], "nand": [1, 1, 1, 0], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0]}
BY_HAND = {"and": ([0.5, 0.5], -0.7), "nand": ([-0.5, -0.5], 0.7), "or": ([0.5, 0.5], -0.2)}


@pytest.fixture
def pictures():
    return pytest.importorskip("matplotlib")


def answers(unit):
    return [unit(corner).data for corner in CORNERS]


def descend(function, start, optimizer, count, **options):
    """The points of a descent on a function of several numbers."""
    point = [Value(x) for x in start]
    rule = optimizer(point, **options)
    path = [tuple(x.data for x in point)]
    for _ in range(count):
        rule.zero_grad()
        function(*point).backward()
        rule.step()
        path.append(tuple(x.data for x in point))
    return path


# --- the perceptron --------------------------------------------------------------------------------------------------


def test_a_step_unit_answers_but_its_gradient_is_zero_everywhere():
    """A weighted sum, then a step; its slope is 0 wherever it has one, so gradient descent does not move it, its own rule does."""
    unit = nn.Neuron(2, activation="step", seed=0)
    for x in ([0.3, 0.9], [-2.0, 1.0], [5.0, 5.0]):
        unit.zero_grad()
        out = unit(x)
        assert out.data == float(sum(w.data * number for w, number in zip(unit.w, x, strict=True)) + unit.b.data > 0)
        ((out - 1.0) ** 2).backward()
        assert [p.grad for p in unit.parameters()] == [0.0, 0.0, 0.0]
    learner = nn.Perceptron(2)
    assert learner.learn(CORNERS, TRUTH["or"])[-1] == 0
    assert answers(learner) == TRUTH["or"]


def test_three_gates_are_single_perceptrons_with_a_straight_boundary(pictures):
    """AND, NAND and OR with weights set by hand, and the picture of each boundary."""
    for name, (weights, bias) in BY_HAND.items():
        gate = nn.Perceptron.from_weights(weights, bias)
        assert answers(gate) == TRUTH[name]
        # On the line where the weighted sum is 0 the answer changes, and nowhere else.
        on_line = [0.3, (-bias - weights[0] * 0.3) / weights[1]]
        beside = [on_line[1] + side * 1e-6 for side in (-1, 1)]
        assert gate([0.3, beside[0]]).data != gate([0.3, beside[1]]).data
        figure = plot.decision_boundary(lambda rows, gate=gate: nn.predict(gate, rows), CORNERS, TRUTH[name], title=name)
        assert name in {figure.axes[0].get_title(loc=side) for side in ("left", "center", "right")}


def test_xor_takes_two_layers_by_hand_or_learned(pictures):
    """No single line separates XOR; NAND and OR feeding AND answer it, and a network learns it, with a curved boundary."""
    assert nn.Perceptron(2).learn(CORNERS, TRUTH["xor"], epochs=200)[-1] > 0
    nand, either, both = (nn.Perceptron.from_weights(*BY_HAND[name]) for name in ("nand", "or", "and"))
    assert [both([nand(x), either(x)]).data for x in CORNERS] == TRUTH["xor"]

    model = nn.MLP(2, [4, 1], activation="tanh", seed=3)
    nn.fit(model, CORNERS, TRUTH["xor"], loss="bce_with_logits", optimizer="adam", lr=0.1, epochs=300)
    assert [int(z > 0) for z in nn.predict(model, CORNERS)] == TRUTH["xor"]
    figure = plot.decision_boundary(
        lambda rows: [float(sigmoid(z)) for z in nn.predict(model, rows)], CORNERS, TRUTH["xor"], resolution=30
    )
    assert figure.axes


# --- networks --------------------------------------------------------------------------------------------------------


def test_a_network_counts_its_layers_units_and_parameters_and_draws_itself():
    """Four inputs, two hidden layers of four, one output: three layers, as the input layer is not counted."""
    model = nn.MLP(4, [4, 4, 1], activation="sigmoid", output_activation="sigmoid", seed=0)
    summary = model.summary()
    assert (summary.inputs, summary.layers, summary.units) == (4, 3, 4 + 4 + 1)
    assert summary.parameters == (4 + 1) * 4 + (4 + 1) * 4 + (4 + 1) * 1 == len(model.parameters())
    svg = draw_network(model).svg
    assert svg.startswith("<svg")
    assert "4 inputs and layers of 4, 4, 1 units" in svg


def test_a_table_of_people_goes_forward_layer_by_layer_to_a_probability():
    """Height, weight, eye size, nose height: liked or not; each layer's outputs beside plain arithmetic."""
    table = data.load("toy")
    assert table.feature_names == ("height", "weight", "eye size", "nose height")
    assert table.class_names == ("not liked", "liked")
    model = nn.MLP(4, [4, 4, 1], activation="tanh", output_activation="sigmoid", seed=1)
    row = data.Scaler.fit(table.x).transform_row(table.x[0])
    by_hand, signal = list(row), list(row)
    for k, layer in enumerate(model.layers):
        signal = layer(signal) if k < 2 else [layer(signal)]
        squash = math.tanh if k < 2 else lambda z: 1 / (1 + math.exp(-z))
        by_hand = [
            squash(sum(w.data * x for w, x in zip(unit.w, by_hand, strict=True)) + unit.b.data) for unit in layer.neurons
        ]
        assert [out.data for out in signal] == pytest.approx(by_hand, rel=1e-12)
    assert 0.0 < model(row).data < 1.0
    # The same as lines, and as a picture with the numbers in the units.
    assert list(forward_lines(model(row)))[-1].endswith(f"= {by_hand[0]:.6g}")
    assert f"{by_hand[0]:.3g}" in draw_network(model, dict(zip(table.feature_names, row, strict=True))).svg


def test_binary_cross_entropy():
    """-(y log p + (1 - y) log(1 - p)) of p = 0.873 and y = 1 is 0.1358 with the natural logarithm, 0.059 with that of base 10."""
    assert nn.bce(0.873, 1) == pytest.approx(-math.log(0.873), rel=1e-14)
    assert round(nn.bce(0.873, 1), 4) == 0.1358
    assert round(nn.bce(0.873, 1) / math.log(10), 3) == 0.059
    p = Value(0.873)
    nn.bce(p, 1).backward()
    assert p.grad == pytest.approx(-1 / 0.873, rel=1e-14)
    # Near the ends: from the logit nothing is lost, where p itself has been rounded to 1.
    z = Value(800.0)
    loss = nn.bce_with_logits(z, 0)
    loss.backward()
    assert (loss.data, z.grad) == (800.0, 1.0)
    assert nn.bce_with_logits(-800.0, 0) == 0.0


def test_the_slope_is_subtracted_until_the_bottom_of_a_convex_loss(pictures):
    """Loss over one weight and over two, with the steps on it; both have one bottom, known in closed form."""
    points = [(-1.0, -1.2), (0.0, 1.1), (1.0, 2.8), (2.0, 5.1)]
    n, sx, sy = len(points), sum(x for x, _ in points), sum(y for _, y in points)
    sxx, sxy = sum(x * x for x, _ in points), sum(x * y for x, y in points)
    slope = (n * sxy - sx * sy) / (n * sxx - sx * sx)

    def loss(w, b=0.0):
        return nn.mse([w * x + b for x, _ in points], [y for _, y in points])

    path = [w for (w,) in descend(loss, (-1.5,), nn.optim.SGD, 60, lr=0.12)]
    assert path[1] == pytest.approx(-1.5 - 0.12 * 2 * (-1.5 * sxx - sxy) / n)
    assert path[-1] == pytest.approx(sxy / sxx)
    assert plot.loss_over_weight(loss, -2.0, 6.0, path=path).axes
    both = descend(loss, (-1.0, 4.0), nn.optim.SGD, 200, lr=0.15)
    assert both[-1] == pytest.approx((slope, (sy - slope * sx) / n), rel=1e-6)
    assert plot.loss_surface(loss, (-2.0, 6.0), (-3.0, 5.0), path=both, resolution=12).axes


def test_the_start_decides_which_optimum_is_reached(pictures):
    """x^4/4 - x^2/2 + x/10 has a global optimum on the left and a local one on the right; its slope is x^3 - x + 0.1."""

    def valleys(x):
        return x**4 / 4 - x**2 / 2 + x / 10

    ends = {start: descend(valleys, (start,), nn.optim.SGD, 400, lr=0.05) for start in (-0.5, 0.5)}
    left, right = (ends[start][-1][0] for start in (-0.5, 0.5))
    for x in (left, right):
        assert x**3 - x + 0.1 == pytest.approx(0.0, abs=1e-12)
    assert left < 0 < right
    assert valleys(left) < valleys(right)
    assert plot.optima(valleys, -1.6, 1.6, {str(s): [x for (x,) in path] for s, path in ends.items()}).axes


def test_every_product_of_the_chain_through_a_network():
    """Four inputs, layers of 4, 4 and 1: each step multiplies by a local derivative, and the sums are the textbook's deltas."""
    model = nn.MLP(4, [4, 4, 1], activation="sigmoid", output_activation="sigmoid", seed=2)
    x, y = [0.5, -1.0, 0.25, 2.0], 1.0
    loss = nn.mse(model(x), y)
    products = list(steps(loss))
    assert all(step.product == step.upstream * step.local for step in products)
    loss.backward()

    # By hand: a forward pass, then delta of each layer from the next one's.
    squash = [lambda z: 1 / (1 + math.exp(-z))] * 3
    outs = [x]
    for layer, f in zip(model.layers, squash, strict=True):
        outs.append([f(sum(w.data * a for w, a in zip(u.w, outs[-1], strict=True)) + u.b.data) for u in layer.neurons])
    delta = [2 * (outs[3][0] - y) * outs[3][0] * (1 - outs[3][0])]
    for k in (2, 1, 0):
        layer = model.layers[k]
        for unit, d in zip(layer.neurons, delta, strict=True):
            assert unit.b.grad == pytest.approx(d, rel=1e-12)
            assert [w.grad for w in unit.w] == pytest.approx([d * a for a in outs[k]], rel=1e-12)
        delta = [
            sum(d * unit.w[j].data for unit, d in zip(layer.neurons, delta, strict=True)) * outs[k][j] * (1 - outs[k][j])
            for j in range(len(outs[k]))
        ]
    # The gradients that the printed steps arrive at are those of the backward pass.
    arrived = {step.parent: step.after for step in products}
    assert all(arrived[p] == p.grad for p in model.parameters())


def test_a_training_of_many_iterations_with_history_progress_and_pictures(pictures, capsys):
    """Gradient descent with a learning rate; the first step is w - lr * dL/dw, and the loss falls over hundreds of them."""
    model = nn.MLP(2, [4, 1], activation="tanh", seed=3)
    before = [p.data for p in model.parameters()]
    total = nn.mse([sigmoid(model(x)) for x in CORNERS], TRUTH["and"])
    total.backward()
    slopes = [p.grad for p in model.parameters()]
    model.zero_grad()
    options = {"loss": lambda z, y: (sigmoid(z) - y) ** 2, "optimizer": "sgd", "lr": 0.5}
    nn.fit(model, CORNERS, TRUTH["and"], epochs=1, **options)
    expected = [w - 0.5 * g for w, g in zip(before, slopes, strict=True)]
    assert [p.data for p in model.parameters()] == pytest.approx(expected, rel=1e-12)
    history = nn.fit(model, CORNERS, TRUTH["and"], epochs=500, progress=True, **options)
    assert (history.epochs, len(history.losses)) == (500, 500)
    assert history.losses[-1] < 0.01 < history.losses[0]
    assert "500" in capsys.readouterr().err
    assert plot.training_curves(history.losses).axes


# --- the chain rule --------------------------------------------------------------------------------------------------


def test_the_derivative_of_a_composition_is_the_product_of_derivatives():
    """y = g(f(x)) with h = f(x): dy/dx = dy/dh * dh/dx, printed in that notation."""
    x = Value(1.5, label="x")
    h = x**2
    h.label = "h"
    y = h.sin()
    y.label = "y"
    last = list(steps(y))[-1]
    assert str(last).startswith("dy/dx += dy/dh * dh/dx = ")
    assert last.product == pytest.approx(math.cos(1.5**2) * 2 * 1.5, rel=1e-15)
    assert "dy/dh * dh/dx" in str(explain(y, x))


def test_back_propagation_reuses_what_the_expanded_formula_multiplies_again(pictures):
    """Layers of n units: a formula for each weight multiplies along every path, n times more for each layer; edges only add up."""
    counts = []
    for depth in range(1, 6):
        units = [Value(1.0) for _ in range(3)]
        for _ in range(depth):
            units = [(units[0] + units[1] + units[2]).tanh() for _ in range(3)]
        counts.append(plot.multiplications(units[0]))
    backprop, expanded = zip(*counts, strict=True)
    # Added layers add the same number of edges each: arithmetic growth.  Paths: each layer multiplies them by 3.
    assert len({b - a for a, b in zip(backprop[1:], backprop[2:], strict=False)}) == 1
    ratios = [b / a for a, b in zip(expanded, expanded[1:], strict=False)]
    assert all(ratio > 3 for ratio in ratios)
    assert ratios[-1] < ratios[0]
    figure = plot.multiplication_counts(list(range(1, 6)), backprop=list(backprop), expanded=list(expanded))
    assert figure.axes


def test_the_weights_of_early_layers_have_the_longest_expressions():
    """Three layers of three units and one output: a weight of layer k reaches the loss on 3 ** (3 - k) paths, one unit a layer."""
    model = nn.MLP(2, [3, 3, 3, 1], activation="tanh", seed=0)
    loss = nn.mse(model([0.5, -1.0]), 1.0)
    loss.backward()
    found = [explain(loss, layer.neurons[0].w[0]) for layer in model.layers]
    assert [one.count for one in found] == [9, 3, 1, 1]
    lengths = [one.expanded_multiplications for one in found]
    assert lengths == sorted(lengths, reverse=True)
    assert all(
        one.value == pytest.approx(layer.neurons[0].w[0].grad) for one, layer in zip(found, model.layers, strict=True)
    )


# --- one neuron, in numbers ------------------------------------------------------------------------------------------


def test_a_line_in_the_prompt_and_its_graph():
    """f = w x + b at w = -2, x = 5, b = 3 is -7; df/dw = 5 says that w + 1 makes it -2, up by 5."""
    w, x, b = Value(-2.0, label="w"), Value(5.0, label="x"), Value(3.0, label="b")
    f = w * x + b
    f.backward()
    assert (f.data, w.grad, x.grad, b.grad) == (-7.0, 5.0, -2.0, 1.0)
    assert ((w + 1) * x + b).data == -2.0 == f.data + w.grad
    dot = draw_dot(f).source
    for number in ("-7", "-2", "5", "3"):
        assert number in dot
    pytest.importorskip("pygraphviz")
    assert "<svg" in to_svg(f)


def test_the_sigmoid_in_the_chain():
    """Backward from the output: through the sigmoid a factor s (1 - s), which is 1/4 at 0."""
    w, x, b = Value(-2.0, label="w"), Value(1.0, label="x"), Value(2.0, label="b")
    s = sigmoid(w * x + b)
    s.label = "s"
    first = stepper(s).next()
    assert (s.data, first.local) == (0.5, 0.25)
    s.backward()
    assert (w.grad, x.grad, b.grad) == (0.25, -0.5, 0.25)
    z = Value(1.3)
    out = sigmoid(z)
    out.backward()
    assert z.grad == pytest.approx(math.exp(-1.3) / (1 + math.exp(-1.3)) ** 2, rel=1e-15)


def test_one_update_before_and_after():
    """Each weight minus the learning rate times the derivative of the error: the error is smaller then."""
    w, b = Value(-2.0, label="w"), Value(3.0, label="b")
    optimizer = nn.optim.SGD([w, b], lr=0.01)
    error = (w * 5.0 + b - 1.0) ** 2
    error.backward()
    assert (error.data, w.grad, b.grad) == (64.0, -80.0, -16.0)
    optimizer.step()
    assert (w.data, b.data) == pytest.approx((-2.0 + 0.8, 3.0 + 0.16), rel=1e-15)
    assert ((w * 5.0 + b - 1.0) ** 2).data == pytest.approx((-1.2 * 5 + 3.16 - 1) ** 2)


# --- training --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"epochs": 7}, lambda history: history.epochs == 7),
        ({"target_loss": 0.1}, lambda history: history.losses[-1] <= 0.1 < history.losses[-2]),
        ({"patience": 3, "min_delta": 0.02}, lambda history: history.losses[-4] - min(history.losses[-3:]) <= 0.02),
        ({"grad_norm": 0.05}, lambda history: history.grad_norms[-1] <= 0.05 < history.grad_norms[-2]),
    ],
    ids=["epochs", "loss", "patience", "gradient"],
)
def test_forward_loss_backward_update_until_a_rule_holds(rule, holds):
    """The loop of training ends by itself, and says which rule it was."""
    model = nn.MLP(2, [4, 1], activation="tanh", seed=3)
    history = nn.fit(
        model, CORNERS, TRUTH["xor"], loss="bce_with_logits", optimizer="adam", lr=0.05, **{"epochs": 2000, **rule}
    )
    assert history.stopped
    assert history.epochs < 2000
    assert holds(history)


def test_mean_squared_error_for_numbers_and_cross_entropy_for_classes():
    """(1 + 4) / 2; -log of the probability of the right one of two; softmax, then -log, for several."""
    assert nn.mse([1.0, 4.0], [2.0, 2.0]) == 2.5
    assert nn.bce(0.8, 0) == pytest.approx(-math.log(0.2), rel=1e-14)
    scores = [2.0, 1.0, -1.0]
    chance = math.exp(1.0) / sum(map(math.exp, scores))
    logits = [Value(score) for score in scores]
    loss = nn.cross_entropy(logits, 1)
    loss.backward()
    assert loss.data == pytest.approx(-math.log(chance), rel=1e-14)
    assert logits[1].grad == pytest.approx(chance - 1.0, rel=1e-14)


def test_learning_rates_too_small_right_and_too_large(pictures):
    """On x^2 a step is x - 2 lr x: it shrinks by |1 - 2 lr|, hardly if lr is small, and grows beyond lr = 1."""
    runs = {}
    for lr in (0.001, 0.1, 0.45, 0.95, 1.05):
        path = [x for (x,) in descend(lambda x: x * x, (1.0,), nn.optim.SGD, 20, lr=lr)]
        assert path == pytest.approx([(1 - 2 * lr) ** k for k in range(21)], rel=1e-9)
        # The sign of the slope gives the direction: down on both sides.
        assert path[1] < path[0]
        runs[lr] = [x * x for x in path]
    assert runs[0.001][-1] > 0.9
    assert runs[0.45][-1] < 1e-30
    assert runs[1.05][-1] > 6.0
    assert plot.learning_rate_sweep(runs).axes


# --- derivatives two ways, and the optimizers ------------------------------------------------------------------------


def test_a_network_and_a_parabola_are_functions_to_differentiate():
    """f(x) = x^2 + 7x + 2 has the slope 2x + 7 and its bottom at -3.5; a network is such a function of its weights as well."""
    slope = grad(lambda x: x**2 + 7 * x + 2)
    assert [slope(x) for x in (-3.5, 0.0, 1.0)] == [0.0, 7.0, 9.0]
    path = descend(lambda x: x**2 + 7 * x + 2, (0.0,), nn.optim.SGD, 200, lr=0.1)
    assert path[-1][0] == pytest.approx(-3.5)

    def network(x, w11, w12, b11, b12, w21, w22, b21):
        return w21 * tanh(w11 * x + b11) + w22 * tanh(w12 * x + b12) + b21

    at = (0.5, 1.0, -2.0, 0.1, 0.2, 1.5, -0.5, 0.3)
    slopes = grad(network, argnums=tuple(range(1, 8)))(*at)
    first, second = math.tanh(0.5 + 0.1), math.tanh(-1.0 + 0.2)
    d1, d2 = 1.5 * (1 - first**2), -0.5 * (1 - second**2)
    assert slopes == pytest.approx((d1 * 0.5, d2 * 0.5, d1, d2, first, second, 1.0), rel=1e-14)


def test_partial_derivatives_hold_the_other_variables_constant():
    """Of x^2 y + log z: 2xy, x^2, 1/z, one at a time and together."""

    def f(x, y, z):
        return x**2 * y + log(z)

    at, expected = (3.0, -2.0, 4.0), (-12.0, 9.0, 0.25)
    assert tuple(grad(f, argnums=k)(*at) for k in range(3)) == expected
    x, y, z = variables = [Value(number, label=name) for number, name in zip(at, "xyz", strict=True)]
    out = f(x, y, z)
    out.label = "f"
    out.backward()
    assert tuple(v.grad for v in variables) == expected
    assert "df/dy" in str(explain(out, y))
    assert [step.node for step in forward_steps(out)][-1] is out


def test_the_and_gate_is_learned_from_random_weights():
    """One neuron, weights drawn at random, gradient descent: the boundary puts (1, 1) alone on its side."""
    for seed in range(5):
        unit = nn.Neuron(2, activation="linear", seed=seed)
        before = [p.data for p in unit.parameters()]
        nn.fit(unit, CORNERS, TRUTH["and"], loss="bce_with_logits", optimizer="sgd", lr=1.0, epochs=400)
        assert [int(z > 0) for z in nn.predict(unit, CORNERS)] == TRUTH["and"]
        assert before != [p.data for p in unit.parameters()]
        w1, w2, b = (p.data for p in (*unit.w, unit.b))
        assert w1 + w2 + b > 0 > max(w1 + b, w2 + b, b)


def test_numerical_differentiation_and_back_propagation(pictures):
    """Both find tanh'(w . x) x; the one with rounding error and two evaluations a parameter, the other exactly and at one price."""
    draw = random.Random(0)
    errors, evaluations, ratios = [], [], []
    sizes = (2, 8, 32, 128)
    for size in sizes:
        inputs = [draw.uniform(-1, 1) / size for _ in range(size)]
        weights = [draw.uniform(-1, 1) for _ in range(size)]
        calls = []

        def function(w, inputs=inputs, calls=calls):
            calls.append(1)
            return math.tanh(sum(a * b for a, b in zip(w, inputs, strict=True)))

        numerical = plot.numerical_gradient(function, weights)
        evaluations.append(len(calls))
        leaves = [Value(w) for w in weights]
        out = tanh(sum(w * x for w, x in zip(leaves, inputs, strict=True)))
        out.backward()
        exact = [(1 - math.tanh(sum(map(lambda a, b: a * b, weights, inputs))) ** 2) * x for x in inputs]
        largest = [
            max(abs(a - b) / abs(b) for a, b in zip(way, exact, strict=True))
            for way in (numerical, [w.grad for w in leaves])
        ]
        errors.append(largest)
        ratios.append(operation_count(out).ratio)
    assert evaluations == [2 * size for size in sizes]
    assert all(backward < 1e-13 < numeric < 1e-4 for numeric, backward in errors)
    # Value and gradient together, as a multiple of the value: the same few, whatever the number of parameters.
    assert max(ratios) < 4
    figure = plot.gradient_comparison(
        sizes,
        numerical_errors=[a for a, _ in errors],
        backprop_errors=[b for _, b in errors],
        numerical_cost=evaluations,
        backprop_cost=[2] * 4,
    )
    assert figure.axes


RACERS = {
    "SGD": (nn.optim.SGD, {"lr": 0.02}),
    "Momentum": (nn.optim.SGD, {"lr": 0.01, "momentum": 0.9}),
    "AdaGrad": (nn.optim.Adagrad, {"lr": 0.5}),
    "Adam": (nn.optim.Adam, {"lr": 0.15}),
}


def test_optimizers_race_on_one_surface(pictures):
    """SGD, momentum, AdaGrad and Adam from one start: the first two steps are the formulas', and all reach the bottom."""
    start, slopes = (-2.0, 1.0), lambda x, y: (x / 10, 10 * y)

    def surface(x, y):
        return x**2 / 20 + 5 * y**2

    paths = {name: descend(surface, start, rule, 300, **options) for name, (rule, options) in RACERS.items()}
    g1 = slopes(*start)
    assert paths["SGD"][1] == pytest.approx([x - 0.02 * g for x, g in zip(start, g1, strict=True)])
    first = paths["Momentum"][1]
    assert first == pytest.approx([x - 0.01 * g for x, g in zip(start, g1, strict=True)])
    velocity = [0.9 * g + h for g, h in zip(g1, slopes(*first), strict=True)]
    assert paths["Momentum"][2] == pytest.approx([x - 0.01 * v for x, v in zip(first, velocity, strict=True)])
    # AdaGrad and Adam divide the slope by its own size: the first step is the learning rate, whatever the slope.
    assert paths["AdaGrad"][1] == pytest.approx((-1.5, 0.5), rel=1e-6)
    assert paths["Adam"][1] == pytest.approx((-1.85, 0.85), rel=1e-6)
    for name, path in paths.items():
        assert surface(*path[-1]) < 0.02 * surface(*start), name
    assert plot.optimizer_race(surface, paths, (-3.0, 1.0), (-1.5, 1.5), goal=(0.0, 0.0)).axes
