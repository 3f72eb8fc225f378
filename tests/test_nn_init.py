"""How weights begin: their distributions against the formulas, and what these are for."""

import math
import random
import statistics

import pytest
from refusals import refused

from autograd_lite import nn
from autograd_lite.nn import init

NIN, NOUT, COUNT = 30, 50, 20_000

#: For each: the variance by its paper's formula, and the bound of a uniform one.
UNIFORM = {
    "uniform": (1 / 3, 1.0),
    "xavier_uniform": (2 / (NIN + NOUT), math.sqrt(6 / (NIN + NOUT))),  # Glorot and Bengio 2010, eq. 12 and 16
    "he_uniform": (2 / NIN, math.sqrt(6 / NIN)),  # He et al. 2015, eq. 10
    "lecun_uniform": (1 / NIN, math.sqrt(3 / NIN)),  # LeCun et al. 1998
}
NORMAL = {"normal": 1.0, "xavier_normal": 2 / (NIN + NOUT), "he_normal": 2 / NIN}


def draw(name, count=COUNT, seed=0):
    rng = random.Random(seed)
    return [init.INITS[name](rng, NIN, NOUT) for _ in range(count)]


def farthest(numbers, cumulative):
    """Kolmogorov and Smirnov's distance from a distribution."""
    ordered, n = sorted(numbers), len(numbers)
    return max(max(abs(cumulative(x) - k / n), abs(cumulative(x) - (k + 1) / n)) for k, x in enumerate(ordered))


@pytest.mark.parametrize(("name", "variance", "bound"), [(name, *formula) for name, formula in UNIFORM.items()])
def test_uniform_ones(name, variance, bound):
    numbers = draw(name)
    assert -bound <= min(numbers) < -0.99 * bound
    assert 0.99 * bound < max(numbers) <= bound
    assert bound * bound / 3 == pytest.approx(variance)
    # 1.95 / sqrt(n) is exceeded once in a thousand seeds; this is one seed.
    assert farthest(numbers, lambda x: (x + bound) / (2 * bound)) < 1.95 / math.sqrt(COUNT)


@pytest.mark.parametrize(("name", "variance"), NORMAL.items())
def test_normal_ones(name, variance):
    normal = statistics.NormalDist(0.0, math.sqrt(variance))
    assert farthest(draw(name), normal.cdf) < 1.95 / math.sqrt(COUNT)


def test_names():
    pairs = {"xavier": "xavier_uniform", "glorot": "xavier_uniform", "glorot_normal": "xavier_normal"}
    pairs |= {"kaiming": "he_uniform", "kaiming_normal": "he_normal", "he": "he_uniform"}
    assert all(init.INITS[one] is init.INITS[other] for one, other in pairs.items())
    assert set(draw("zeros", 10)) == {0.0}


@pytest.mark.parametrize("name", [*UNIFORM, *NORMAL])
def test_the_seed_decides(name):
    assert draw(name, 20, seed=1) == draw(name, 20, seed=1) != draw(name, 20, seed=2)


def test_layers_tell_how_wide_they_are():
    seen = set()

    def mine(rng, nin, nout):
        seen.add((nin, nout))
        return 0.25

    model = nn.MLP(3, [5, 2], init=mine)
    assert seen == {(3, 5), (5, 2)}
    assert {w.data for layer in model.layers for neuron in layer.neurons for w in neuron.w} == {0.25}
    assert {neuron.b.data for layer in model.layers for neuron in layer.neurons} == {0.0}


@pytest.mark.parametrize(("activation", "wanted"), [("relu", "he"), ("gelu", "he"), ("tanh", "xavier"), (None, "xavier")])
def test_the_default_goes_with_the_activation(activation, wanted):
    chosen = nn.Layer(4, 3, activation=activation, seed=7)
    named = nn.Layer(4, 3, activation=activation, seed=7, init=wanted)
    assert chosen.state_dict() == named.state_dict()


def spreads(activation, name, depth=6, width=60, samples=25):
    """The mean square of the outputs of each of some layers, before their activations, over random inputs."""
    rng = random.Random(3)
    layers = [nn.Layer(width, width, activation=None, init=name, seed=rng) for _ in range(depth)]
    squares = [0.0] * depth
    for _ in range(samples):
        x = [rng.gauss(0.0, 1.0) for _ in range(width)]
        for k, layer in enumerate(layers):
            x = [float(z.data) for z in layer(x)]
            squares[k] += statistics.fmean(z * z for z in x) / samples
            x = [activation(z) for z in x]
    return squares


def test_he_keeps_the_spread_through_rectifiers_and_xavier_does_not():
    """He et al. 2015, section 2.2: a rectifier halves the mean square, which a factor of 2 makes good."""
    kept, faded = spreads(lambda z: max(z, 0.0), "he_normal"), spreads(lambda z: max(z, 0.0), "xavier_normal")
    assert 0.25 < kept[-1] / kept[0] < 4.0
    assert 2.0**-7.5 < faded[-1] / faded[0] < 2.0**-2.5


def test_xavier_keeps_the_spread_of_linear_layers_and_large_weights_do_not():
    kept, grown = spreads(lambda z: z, "xavier_uniform"), spreads(lambda z: z, "uniform")
    assert 0.5 < kept[-1] / kept[0] < 2.0
    assert grown[-1] / grown[0] == pytest.approx((60 / 3) ** 5, rel=0.7)


def test_zeros_stay_the_same_for_ever():
    """All neurons of a layer get the same gradient: the reason to begin with random numbers."""
    model = nn.MLP(2, [4, 1], activation="tanh", init="zeros")
    xs, ys = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    nn.fit(model, xs, ys, loss="bce_with_logits", lr=0.5, epochs=100)
    assert len({tuple(p.data for p in neuron.parameters()) for neuron in model.layers[0].neurons}) == 1
    assert nn.evaluate(model, xs, ys, loss="bce_with_logits")[1] <= 0.75


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: nn.MLP(2, [1], init="random"), ValueError, ["random", *init.INITS]),
        (
            lambda: nn.MLP(2, [1], init=0.5),
            TypeError,
            ["init(rng, nin, nout)", 0.5],
        ),
        (lambda: nn.MLP(2, [1], init=lambda rng, nin, nout: "x"), TypeError, ["'x'"]),
        (lambda: nn.MLP(2, [1], seed=0.5), TypeError, ["seed", 0.5, None]),
        (lambda: nn.MLP(2, [1], seed="x"), TypeError, ["seed", "'x'", None]),
        (lambda: nn.manual_seed(None), TypeError, ["seed", None]),
    ],
)
def test_refusals(make, error, said):
    with refused(error, *said):
        make()


def test_manual_seed_leaves_pythons_generator_alone():
    random.seed(5)
    wanted = random.random()
    random.seed(5)
    nn.manual_seed(1)
    a = nn.MLP(2, [3, 1])
    assert random.random() == wanted
    nn.manual_seed(1)
    assert nn.MLP(2, [3, 1]).state_dict() == a.state_dict()
    assert nn.MLP(2, [3, 1]).state_dict() != a.state_dict()
