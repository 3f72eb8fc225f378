"""The character GPT: against a NumPy model of its own, eager against compiled, and that it learns."""

import contextlib
import logging
import math
import random

import pytest
from refusals import refused

from autograd_lite import no_grad
from autograd_lite.compiler import CompileError
from autograd_lite.gpt import GPT, Alphabet, load_names, train, training
from autograd_lite.nn import TrainingError

np = pytest.importorskip("numpy")

SMALL = {"width": 6, "heads": 2, "layers": 2, "context": 5}


def numpy_loss(model: GPT, tokens: list[int]) -> float:
    """The same model in arrays: all positions at once, attention by a triangular mask."""

    def array(rows):
        return np.array([[one.data for one in row] for row in rows])

    def norm(x):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5)

    given, targets = tokens[:-1], tokens[1:]
    x = norm(array(model.tokens)[given] + array(model.positions)[: len(given)])
    for block in model.blocks:
        y = norm(x)
        queries, keys, values = (y @ array(rows).T for rows in (block.query, block.key, block.value))
        size = x.shape[1] // block.heads
        heads = []
        for k in range(block.heads):
            part = slice(k * size, (k + 1) * size)
            scores = queries[:, part] @ keys[:, part].T / math.sqrt(size)
            scores[np.triu_indices(len(given), 1)] = -np.inf
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            heads.append(shares / shares.sum(-1, keepdims=True) @ values[:, part])
        x = x + np.concatenate(heads, 1) @ array(block.out).T
        x = x + np.maximum(norm(x) @ array(block.up).T, 0.0) @ array(block.down).T
    logits = x @ array(model.head).T
    logits = logits - logits.max(-1, keepdims=True)
    return float(np.mean(np.log(np.exp(logits).sum(-1)) - logits[range(len(given)), targets]))


@pytest.mark.parametrize("tokens", [[0, 3, 0], [0, 1, 2, 2, 4, 0], [2, 2]])
def test_the_loss_is_that_of_arrays(tokens):
    model = GPT(5, seed=3, **SMALL)
    assert model.loss(tokens).data == pytest.approx(numpy_loss(model, tokens), rel=1e-12)


def test_the_gradient_is_the_slope_of_the_loss_in_arrays():
    model, tokens = GPT(5, seed=1, **SMALL), [0, 1, 4, 1, 0]
    model.loss(tokens).backward()
    rng = random.Random(0)
    for parameter in rng.sample(model.parameters(), 60):
        here, losses = parameter.data, []
        for step in (1e-5, -1e-5):
            parameter.data = here + step
            losses.append(numpy_loss(model, tokens))
        parameter.data = here
        assert parameter.grad == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=1e-8)


def test_padding_changes_nothing():
    model = GPT(5, seed=2, **SMALL)
    tokens = [0, 2, 1, 0]
    plain, padded = model.loss(tokens), model.padded_loss(*model.pad(tokens))
    assert padded.data == pytest.approx(plain.data, rel=1e-14)
    plain.backward()
    slopes = [parameter.grad for parameter in model.parameters()]
    model.zero_grad()
    padded.backward()
    assert [parameter.grad for parameter in model.parameters()] == pytest.approx(slopes, rel=1e-10, abs=1e-14)


def test_what_comes_later_is_not_seen():
    model = GPT(5, seed=2, **SMALL)
    first, second = model.forward([0, 1, 2, 3]), model.forward([0, 1, 4, 4])
    for place in (0, 1):
        assert [one.data for one in first[place]] == [one.data for one in second[place]]
    assert [one.data for one in first[2]] != [one.data for one in second[2]]


@pytest.mark.parametrize("engine", ["python", "llvm"])
def test_compiled_and_eager_take_the_same_steps(engine):
    if engine == "llvm":
        pytest.importorskip("llvmlite")
    words = [[0, 1, 2, 0], [0, 3, 3, 1, 0], [0, 2, 0]]
    runs = {}
    for name in ("eager", engine):
        model = GPT(4, width=4, heads=2, context=4, seed=5)
        losses = train(model, words, steps=30, batch_size=2, lr=0.02, engine=name)
        runs[name] = [*losses, *[parameter.data for parameter in model.parameters()]]
    # Adam divides by the root of tiny squares, which makes the last bits of small slopes matter.
    assert runs[engine] == pytest.approx(runs["eager"], rel=1e-7, abs=1e-9)


def test_it_learns_words_by_heart():
    words = ["anna", "bert", "cleo"]
    alphabet = Alphabet(words)
    model = GPT(len(alphabet), width=8, heads=2, context=5)
    seen = []
    losses = train(
        model, [alphabet.encode(word) for word in words], steps=250, batch_size=3, lr=0.05,
        engine="python", callback=lambda step, loss: seen.append((step, loss)),
    )  # fmt: skip
    # Three words are as likely as each other: their first letter cannot be known, the rest can.
    assert losses[-1] == pytest.approx(math.log(3) / 5, rel=0.05)
    assert seen[-1] == (250, losses[-1])
    assert {alphabet.decode(model.generate(random.Random(seed), 0.5)) for seed in range(20)} == set(words)


def test_the_same_seed_is_the_same_run():
    def run(seed):
        return train(GPT(3, width=2, heads=1, context=3), [[0, 1, 0], [0, 2, 2, 0]], steps=5, seed=seed, engine="eager")

    assert run(0) == run(0) != run(1)


def test_a_failing_compiler_is_no_obstacle(monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise CompileError("no room")

    monkeypatch.setattr(training, "compile_step", fail)
    model = GPT(3, width=2, heads=1, context=3)
    with caplog.at_level(logging.WARNING, "autograd_lite"):
        assert len(train(model, [[0, 1, 0]], steps=2)) == 2
    assert "training eager, since compiling failed: no room" in caplog.text
    with pytest.raises(CompileError):
        train(model, [[0, 1, 0]], steps=2, engine="python")


def test_names_are_words_of_the_alphabet():
    names = load_names()
    assert names == sorted(set(names))
    assert all(name.isascii() and name.isalpha() and name.islower() and 3 <= len(name) <= 10 for name in names)
    alphabet = Alphabet(names)
    assert len(alphabet) == 27
    assert all(alphabet.decode(alphabet.encode(name)) == name for name in names)


@pytest.mark.parametrize(
    ("wrong", "facts"),
    [
        (lambda: GPT(1), ("vocabulary", "at least 2", 1)),
        (lambda: GPT(5, width=6, heads=4), ("width", 6, "heads", 4)),
        (lambda: GPT(5, **SMALL).loss([0]), ("a token", "follows", [0])),
        (lambda: GPT(5, **SMALL).loss([0] * 8), ("5 tokens", "context")),
        (lambda: GPT(5, **SMALL).generate(random.Random(0), 0.0), ("temperature", "above 0", 0.0)),
        (lambda: train(GPT(5, **SMALL), []), ("no words",)),
        (lambda: train(GPT(5, **SMALL), [[0, 1, 0], [0] * 8]), ("1 to 5 tokens", 8)),
        (lambda: train(GPT(5, **SMALL), [[0, 1, 0]], steps=0), ("steps", "at least 1", 0)),
        (lambda: train(GPT(5, **SMALL), [[0, 1, 0]], engine="gpu"), ("engine", "auto", "eager", "python", "llvm", "'gpu'")),
        (lambda: Alphabet([]), ("none",)),
        (lambda: Alphabet(["ab"]).encode("abc"), ("'c'", "'abc'", "ab")),
    ],
)
def test_bad_input_says_what_to_do(wrong, facts):
    with refused(ValueError, *facts):
        wrong()


@pytest.mark.parametrize("engine", ["eager", "python", "llvm"])
@pytest.mark.parametrize("lr", [1e154, 1e300])
def test_a_training_that_breaks_down_says_so_and_moves_nothing(engine, lr):
    if engine == "llvm":
        pytest.importorskip("llvmlite")
    model = GPT(3, width=4, heads=2, context=4)
    before = model.state_dict()
    with refused(TrainingError, "step", "lr"):
        train(model, [[0, 1, 2, 0], [0, 2, 1, 0]], steps=60, batch_size=2, lr=lr, engine=engine)
    assert model.state_dict() == before


@pytest.mark.parametrize("lr", [0.0, -1.0, math.nan, math.inf])
def test_rates_that_are_none(lr):
    with refused(ValueError, "lr", lr):
        train(GPT(3, width=4, heads=2, context=4), [[0, 1, 0]], lr=lr)


def test_training_inside_no_grad_is_training():
    losses = []
    for mode in (no_grad, contextlib.nullcontext):
        with mode():
            losses.append(train(GPT(3, width=4, heads=2, context=4), [[0, 1, 2, 0]], steps=10, lr=0.05, engine="eager"))
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0]
