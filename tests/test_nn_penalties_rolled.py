"""Penalties over many weights are loops, whatever they are a sum of; and say what stayed straight."""

import random

import pytest

import autograd_lite as al
from autograd_lite import Value, jit, nn
from autograd_lite.compiler import jitted, paths
from autograd_lite.compiler.paths import Paths
from autograd_lite.compiler.step_kernels import penalty_kernel


@pytest.fixture(autouse=True)
def _loops(monkeypatch):
    for module in (jitted, paths):
        monkeypatch.setattr(module, "WORTH_LOOPS", 0)


def layers(model):
    return [one for one in model.modules() if isinstance(one, nn.Layer)]


def weights(model):
    return [w for layer in layers(model) for neuron in layer.neurons for w in neuron.w]


def chain(model):
    total = 0.0
    for w in weights(model):
        total = total + 0.1 * w * w
    return total


def pairs(model):
    ps = model.parameters()
    return al.sum([al.sin(p) * q for p, q in zip(ps, ps[1:], strict=False)])


#: And how many operations each is at most for a network of any width with two layers.
PENALTIES = {
    "l2 of all": (lambda m: 0.1 * nn.l2(m), 10),
    "l1 of all": (lambda m: 0.1 * nn.l1(m), 10),
    "l2 of weights": (lambda m: 0.1 * nn.l2(weights(m)), 20),
    "l1 of weights": (lambda m: 0.1 * nn.l1(weights(m)), 20),
    "elastic": (lambda m: 0.1 * nn.l1(weights(m)) + 0.2 * nn.l2(weights(m)), 40),
    "a chain of additions": (chain, 20),
    "a group for each neuron": (lambda m: al.sum([al.sqrt(nn.l2(n.w) + 0.1) for x in layers(m) for n in x.neurons]), 80),
    "branches": (lambda m: al.sum([al.where(abs(w) > 0.3, abs(w), w * w) for w in weights(m)]), 60),
    "biases": (lambda m: al.sum([n.b**2 for layer in layers(m) for n in layer.neurons]), 20),
    "backwards": (lambda m: 0.1 * nn.l2(m.parameters()[::-1]), 10),
    "each third": (lambda m: 0.1 * nn.l2(m.parameters()[::3]) + nn.l1(m.parameters()[1::2]), 20),
    "neighbours": (pairs, 20),
    "the largest": (lambda m: al.logsumexp(*weights(m)) + al.max(*weights(m)), 250),
}


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_rolls_and_has_its_gradient(name):
    penalty, most = PENALTIES[name]
    sizes = set()
    for width in (9, 17):
        model = nn.MLP(6, [width, 5], seed=width)
        parameters = model.parameters()
        kernel = penalty_kernel(lambda m=model: penalty(m), Paths(lambda: 0.0, parameters, frozenset(), True, 4))
        value = penalty(model)
        value.backward()
        *slopes, found = kernel.program.run([p.data for p in parameters] + [0.0] * (kernel.shared - len(parameters)))
        assert found == pytest.approx(value.data, rel=1e-13)
        assert slopes == pytest.approx([p.grad for p in parameters], rel=1e-12, abs=1e-15)
        sizes.add(kernel.program.size)
    assert min(sizes) <= most
    if name not in ("a group for each neuron", "the largest"):  # of layers of different widths: items of two loops
        assert len(sizes) == 1


@pytest.mark.parametrize("name", ["l2 of weights", "a group for each neuron", "branches", "neighbours"])
def test_a_training_with_it_is_that_of_the_eager_engine(name):
    penalty, _ = PENALTIES[name]
    rng = random.Random(0)
    rows = [[rng.gauss(0, 1) for _ in range(6)] for _ in range(10)]
    found = []
    for engine in ("eager", "llvm"):
        model = nn.MLP(6, [7, 5], activation="tanh", seed=1)
        options = {"loss": "cross_entropy", "optimizer": "adam", "lr": 0.02, "batch_size": 4, "epochs": 3, "engine": engine}
        history = nn.fit(model, rows, [k % 5 for k in range(10)], regularizer=lambda m: 0.1 * penalty(m), **options)
        found.append([*history.losses, *history.grad_norms, *[p.data for p in model.parameters()]])
    assert found[1] == pytest.approx(found[0], rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("engine", ["python", "llvm"])
def test_a_strength_that_is_a_value_is_read_again(engine):
    found = []
    for chosen in ("eager", engine):
        model, strength = nn.MLP(3, [4, 2], seed=2), Value(0.5, requires_grad=False)

        def weaker(epoch, history, strength=strength):
            strength.data *= 0.5

        options = {"loss": "mse", "optimizer": "sgd", "lr": 0.05, "epochs": 4, "callbacks": [weaker], "engine": chosen}
        penalty = lambda m, strength=strength: strength * nn.l2(weights(m))  # noqa: E731
        history = nn.fit(model, [[1.0, 2.0, -1.0]] * 3, [[1.0, 0.0]] * 3, regularizer=penalty, **options)
        found.append(history.losses + [p.data for p in model.parameters()])
    assert found[1] == pytest.approx(found[0], rel=1e-10)


def test_a_listing_says_what_stayed_straight():
    ws = [Value(random.Random(k).uniform(-1, 1)) for k in range(700)]
    order = random.Random(0).sample(range(700), 700)
    mixed = jit(lambda x: al.sum([al.tanh(ws[k] * x) for k in order]), backend="llvm")
    mixed(0.5)
    lines = [line for line in str(mixed.program).split("\n") if line.startswith(("  straight:", "  why:"))]
    assert "1,401" in lines[0]
    assert "tanh" in lines[0]
    assert "follow" in lines[1]
    rolled = jit(lambda x: al.sum([al.tanh(w * x) for w in ws]), backend="llvm")
    rolled(0.5)
    assert "straight:" not in str(rolled.program)
    source = jit(lambda x: al.sum([al.tanh(w * x) for w in ws]), backend="python")
    source(0.5)
    assert "machine code" in str(source.program)
