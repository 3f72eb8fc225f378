"""Networks, losses, gradient descent and the training loop."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused

from autograd_lite import Value, nn

XOR = ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0])


def train_xor(seed, **options):
    model = nn.MLP(2, [4, 1], activation="tanh", seed=seed)
    history = nn.fit(
        model,
        *XOR,
        loss=nn.bce_with_logits,
        optimizer=nn.optim.SGD(model, lr=0.5, momentum=0.9),
        correct=lambda p, y: (p > 0) == (y == 1.0),
        **{"epochs": 1000, "target_loss": 0.01, **options},
    )
    return model, history


def test_microgradss_constructor():
    model = nn.MLP(2, [16, 16, 1])
    assert len(model.parameters()) == 337
    assert isinstance(model([1.0, 2.0]), Value)
    assert len(nn.MLP(3, [4, 2])([1.0, 2.0, 3.0])) == 2
    assert repr(nn.MLP(2, [2, 1])).startswith("MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]")


def test_a_neuron_is_a_weighted_sum_and_an_activation():
    n = nn.Neuron(2, activation="tanh")
    w1, w2 = (w.data for w in n.w)
    n.b.data = 0.3
    assert n([2.0, -1.0]).data == pytest.approx(math.tanh(2 * w1 - w2 + 0.3), rel=1e-15)
    x = Value(2.0)
    n([x, -1.0]).backward()
    slope = 1 - math.tanh(2 * w1 - w2 + 0.3) ** 2
    assert (n.w[0].grad, n.b.grad, x.grad) == pytest.approx((2 * slope, slope, w1 * slope), rel=1e-13)


@pytest.mark.parametrize("width", [1, 3])
def test_the_wrong_width_is_refused(width):
    with refused(ValueError, "2 inputs", width):
        nn.MLP(2, [3, 1])([1.0] * width)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: nn.MLP(2, []), ["nouts", [16, 16, 1], []]),
        (lambda: nn.MLP(2, 16), ["nouts", [16, 16, 1], 16]),
        (lambda: nn.MLP(0, [1]), ["inputs", 1, 0]),
        (lambda: nn.MLP(2, [3, 1], activation="rellu"), ["rellu", "relu"]),
        (lambda: nn.Layer(2, 0), ["neurons", 1, 0]),
        (lambda: nn.optim.SGD([], lr=0.1), ["model.parameters()"]),
        (lambda: nn.optim.SGD([Value(1.0)], lr=-0.1), ["lr", 0, -0.1]),
        (lambda: nn.cross_entropy([Value(1.0), Value(2.0)], 2), ["class", 0, 1, 2]),
        (lambda: nn.bce_with_logits(Value(0.0), -1.0), [0, 1, -1.0]),
        (lambda: nn.hinge(Value(0.0), 0.0), [-1, 1, 0.0]),
        (lambda: nn.mse([1.0], [1.0, 2.0]), [1, 2]),
    ],
)
def test_bad_settings(make, said):
    with refused(ValueError, *said):
        make()


def test_state_dict():
    a, b = nn.MLP(2, [3, 1], seed=1), nn.MLP(2, [3, 1], seed=2)
    b.load_state_dict(a.state_dict())
    assert b([0.3, 0.4]) == a([0.3, 0.4])
    before = b.state_dict()
    bad = {**a.state_dict(), "layer1.neuron1.b": "x"}
    with pytest.raises(TypeError):
        b.load_state_dict(bad)
    bad = dict(list(a.state_dict().items())[1:])
    with refused(ValueError, "missing"):
        b.load_state_dict(bad)
    assert b.state_dict() == before


def test_parameters_used_twice_come_once():
    layer = nn.Layer(2, 2)
    layer.neurons[1] = layer.neurons[0]
    assert len(layer.parameters()) == 3


@settings(deadline=None)
@given(st.floats(-800, 800), st.sampled_from([0.0, 1.0, 0.25]))
def test_binary_cross_entropy_is_stable(z, y):
    leaf = Value(z)
    loss = nn.bce_with_logits(leaf, y)
    loss.backward()
    p = 1 / (1 + math.exp(-z)) if z > 0 else math.exp(z) / (1 + math.exp(z))
    assert leaf.grad == pytest.approx(p - y, abs=1e-15)
    assert math.isfinite(loss.data)
    if abs(z) < 30:
        wanted = -(y * math.log(p) + (1 - y) * math.log1p(-p)) if p < 1 else (1 - y) * z
        assert loss.data == pytest.approx(wanted, rel=1e-3, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.floats(-500, 500), min_size=2, max_size=5), st.data())
def test_cross_entropy_gradient_is_probability_minus_target(zs, data):
    target = data.draw(st.integers(0, len(zs) - 1))
    leaves = [Value(z) for z in zs]
    nn.cross_entropy(leaves, target).backward()
    top = max(zs)
    whole = math.fsum(math.exp(z - top) for z in zs)
    for k, leaf in enumerate(leaves):
        assert leaf.grad == pytest.approx(math.exp(zs[k] - top) / whole - (k == target), abs=1e-14)


def test_momentum_is_the_textbooks():
    x = Value(1.0)
    descent = nn.optim.SGD([x], lr=0.1, momentum=0.5)
    velocity, wanted = 0.0, 1.0
    for _ in range(5):
        descent.zero_grad()
        (x * x).backward()
        descent.step()
        velocity = 0.5 * velocity + 2 * wanted
        wanted -= 0.1 * velocity
    assert x.data == pytest.approx(wanted, rel=1e-14)


def test_xor_is_learned_from_most_seeds():
    solved = 0
    for seed in range(20):
        model, _ = train_xor(seed)
        solved += all((model(x) > 0) == (y == 1.0) for x, y in zip(*XOR, strict=True))
    assert solved >= 19


def test_training_is_reproducible():
    (a, first), (b, second) = train_xor(3, epochs=20, batch_size=2), train_xor(3, epochs=20, batch_size=2)
    assert a.state_dict() == b.state_dict()
    assert first.losses == second.losses


def test_stopping_rules():
    def stopped(**options):
        return train_xor(3, **options)[1]

    assert stopped().losses[-1] <= 0.01
    assert stopped().epochs < 1000
    assert stopped(epochs=5).epochs == 5
    assert "gradient" in stopped(target_loss=None, grad_norm=0.05).reason
    assert "improve" in stopped(target_loss=None, patience=2, min_delta=0.5).reason


def test_a_loss_that_is_nan_stops():
    model = nn.MLP(2, [1], seed=0)
    before = model.state_dict()
    with refused(FloatingPointError, "learning rate"):
        nn.fit(model, *XOR, loss=lambda p, y: p * math.inf, optimizer=nn.optim.SGD(model, lr=0.1))
    assert model.state_dict() == before
    with refused(ValueError, "row", 0):
        nn.fit(model, [], [], loss=nn.mse, optimizer=nn.optim.SGD(model, lr=0.1))


def test_what_an_error_does_not_say_is_noticed():
    with refused(ValueError, "epochs", 1, 2.5, "at least"):
        raise ValueError("epochs is a whole number, at least 1; not 2.5")
    for said in ("epoch", 2, 5, "None"):
        with pytest.raises(AssertionError), refused(ValueError, said):
            raise ValueError("epochs is a whole number, at least 1; not 2.5")
