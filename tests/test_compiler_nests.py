"""Loops inside loops, found in straight programs: random functions of several vectors, against the straight line and the eager engine."""

import math
import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as al
from autograd_lite import value_and_grad
from autograd_lite.compiler.adjoint import append_gradient, input_gradients
from autograd_lite.compiler.capture import capture
from autograd_lite.compiler.grids import grids, inside, refined, steps
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.lowering import lowered
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder, unrolled
from autograd_lite.compiler.rolling import rolled
from autograd_lite.gpt import GPT
from autograd_lite.gpt.training import compiled_step
from autograd_lite.transforms.tree import partition


class Vectors:
    """A random function of a list of numbers, by way of several vectors of one length: what is done to each, between them, to parts."""

    KINDS = (
        "dense", "dense", "each", "norm", "attend", "attend", "residual", "shift", "turned", "across", "constants", "halves", "sum",
        "window", "pooled", "swapped", "branch", "rows",
    )  # fmt: skip

    def __init__(self, seed, wild=True):
        self.rng = random.Random(seed)
        self.count, self.width = self.rng.choice((2, 3, 4, 5, 6)), self.rng.choice((2, 4, 4, 6, 8))
        self.kinds = [self.rng.choice(self.KINDS[: None if wild else 7]) for _ in range(self.rng.randrange(2, 6))]
        self.seed, self.size = self.rng.random(), 500

    def numbers(self):
        return [self.rng.gauss(0.0, 0.6) for _ in range(self.size)]

    def __call__(self, p, x=None):
        self.p, self.pick, self.place = p, random.Random(self.seed), 0
        vectors = [
            [self.take(1)[0] if x is None else x[(3 * k + j) % len(x)] + 0 for j in range(self.width)]
            for k in range(self.count)
        ]
        if x is not None:
            vectors = [[one + two for one, two in zip(h, self.take(self.width), strict=True)] for h in vectors]
        first = vectors
        for kind in self.kinds:
            vectors = [[al.tanh(one) for one in h] for h in getattr(self, kind)(vectors)]
        if self.pick.random() < 0.4:
            vectors = [[a + b for a, b in zip(h, g, strict=False)] for h, g in zip(vectors, first, strict=False)]
        ends = [self.pick.choice((al.logsumexp, al.max, lambda *h: al.dot(h, h), lambda *h: al.sum(h)))] * len(vectors)
        return sum(end(*h) * 0.3 for end, h in zip(ends, vectors, strict=True))

    def take(self, n):
        """The next parameters, or those that were taken before."""
        if self.place + n > len(self.p):
            self.place = self.pick.randrange(20)
        self.place += n
        return list(self.p[self.place - n : self.place])

    def matrix(self, rows, columns):
        return [self.take(columns) for _ in range(rows)]

    def dense(self, hs):
        w = self.matrix(self.pick.choice((len(hs[0]), 3, 5)), len(hs[0]))
        return [[al.dot(row, h) for row in w] for h in hs]

    def each(self, hs):
        op = self.pick.choice((al.tanh, al.relu, al.sin, al.sigmoid, lambda z: z * 0.5, lambda z: z * z))
        return [[op(one) for one in h] for h in hs]

    def norm(self, hs):
        return [[one * (al.dot(h, h) / len(h) + 0.1) ** -0.5 for one in h] for h in hs]

    def attend(self, hs):
        width = len(hs[0])
        parts = self.pick.choice([n for n in (1, 2, 3, 4) if width % n == 0])
        q, k, v = ([[al.dot(row, h) for row in w] for h in hs] for w in (self.matrix(width, width) for _ in range(3)))
        mask = self.take(2 * len(hs) - 1) if self.pick.random() < 0.5 else None
        found = []
        for place, one in enumerate(q):
            seen = len(hs) if self.pick.random() < 0.9 else place + 1
            found.append([])
            for head in (slice(n * width // parts, (n + 1) * width // parts) for n in range(parts)):
                like = [al.dot(one[head], other[head]) for other in k[:seen]]
                if mask is not None:
                    like = [a + b for a, b in zip(like, mask[len(hs) - 1 - place :], strict=False)]
                shares = al.softmax(like)
                found[-1] += [al.dot(shares, column) for column in zip(*[other[head] for other in v[:seen]], strict=True)]
        return found

    def residual(self, hs):
        return [[a + al.tanh(b) for a, b in zip(h, self.each([h])[0], strict=True)] for h in hs]

    def shift(self, hs):
        return [[a - 0.5 * b for a, b in zip(h, hs[k - 1], strict=True)] for k, h in enumerate(hs)]

    def sum(self, hs):
        total = [sum(column) for column in zip(*hs, strict=True)]
        return [[a * b for a, b in zip(h, total, strict=True)] for h in hs]

    def turned(self, hs):
        return [list(column) for column in zip(*hs, strict=True)]

    def across(self, hs):
        return [[al.dot(h, g) for g in hs] for h in hs]

    def constants(self, hs):
        return [[one * (0.1 * k + 0.2 * j) for j, one in enumerate(h)] for k, h in enumerate(hs)]

    def halves(self, hs):
        half = max(1, len(hs[0]) // 2)
        return [[a * b for a, b in zip(h[:half], h[-half:], strict=True)] for h in hs]

    def window(self, hs):
        w, n = self.take(2), len(hs[0])
        return [[w[0] * h[k] + w[1] * h[(k + 1) % n] for k in range(n)] for h in hs]

    def pooled(self, hs):
        return [[al.max(h[k : k + 2]) for k in range(0, len(h), 2)] for h in hs]

    def swapped(self, hs):
        k = self.pick.randrange(len(hs))
        return hs[k:] + hs[:k]

    def branch(self, hs):
        return [[one if one > -0.1 else 0.3 * one for one in h] for h in hs]

    def rows(self, hs):
        return [[one + other for one, other in zip(h, self.take(len(h)), strict=True)] for h in hs]


def close(found, right, bound=1e-10):
    scale = max(1.0, *[abs(one) for one in right if math.isfinite(one)])
    return [k for k, (one, two) in enumerate(zip(found, right, strict=True)) if not abs(one - two) <= bound * scale]


def check(seed):
    function = Vectors(seed)
    numbers = function.numbers()
    program = capture(function, [partition(numbers)[1]], numbers).program
    found = rolled(program)
    value = program.run(numbers)
    assert close(found.run(numbers), value) == []
    assert close(unrolled(optimize(found)).run(numbers), value) == []
    builder = Builder.of(program)
    right = append_gradient(builder, program.outputs[0], [builder.ops.index("input") + k for k in range(function.size)])
    right = builder.finish(right).run(numbers)
    builder = Builder.of(found)
    slopes = input_gradients(builder, found.outputs[0], range(function.size), 0)
    gradient = builder.finish(slopes)
    for one in (gradient, optimize(gradient), lowered(optimize(gradient))):
        assert close(one.run(numbers), right) == []


@pytest.mark.parametrize("seed", [*range(11), 1047, 1061])
def test_rolled_programs_and_their_derivatives_are_the_straight_ones(seed):
    check(seed)


def machine(seed):
    """Values and derivatives in machine code, of several samples that share parameters; and of one point."""
    from autograd_lite.compiler.llvm.run import compile_llvm

    function = Vectors(seed)
    p, x = function.numbers()[:150], function.numbers()[:12]
    structures, numbers = [partition(one)[1] for one in (p, x)], [*p, *x]
    both = value_and_grad(function, (0, 1))
    program = optimize(capture(both, structures, numbers, check=False, ordered=[]).program)
    assert program.loops.sizes or seed > 100
    samples = [x, [-0.5 * one for one in x], [one + 0.1 for one in x], x[::-1], [0.3 * one for one in x]]
    samples = [one for one in samples if holds(program, [*p, *one])]
    right = [both(p, sample) for sample in samples]
    value, (of_p, of_x) = right[0]
    assert close(compile_llvm(Kernel(program, len(numbers), 0)).function(numbers, ())[0], [value, *of_p, *of_x]) == []
    # Of a batch the value and the derivatives by parameters are added up.
    sums, each = compile_llvm(Kernel(program, len(p), 1 + len(p))).function(p, samples)
    assert close(sums, [sum(column) for column in zip(*[[value, *of_p] for value, (of_p, _) in right], strict=True)]) == []
    for one, (_, (_, of_x)) in zip(each, right, strict=True):
        assert close(one, of_x) == []


def holds(program, numbers):
    """Whether a point goes the way that was recorded."""
    straight = unrolled(program)
    values = straight.values(numbers)
    return all(bool(values[guard.index]) is guard.expected for guard in straight.guards)


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("seed", range(1, 3))
def test_machine_code_is_the_eager_engine(seed, apart, monkeypatch):
    """Of vectors along the samples, and of samples one after the other; in one function, and in many."""
    pytest.importorskip("llvmlite")
    from autograd_lite.compiler.llvm import emit
    from autograd_lite.compiler.llvm.loops import functions

    monkeypatch.setattr(emit, "within_samples", lambda kernel: apart)
    monkeypatch.setattr(functions, "LONGEST", 60 if apart else 10**6)
    machine(seed)


@pytest.mark.parametrize("fold", [al.logsumexp, al.max, al.sum, lambda *h: al.dot(al.softmax(h), h)])
def test_a_list_that_is_in_two_loops(fold):
    """Because parts of it, heads, are taken elsewhere."""

    def f(p):
        hs = [[al.dot(p[8 * j : 8 * j + 8], p[200 + 8 * k : 208 + 8 * k]) for j in range(16)] for k in range(5)]
        heads = [al.dot(h[4 * k : 4 * k + 4], p[300 + 4 * k : 304 + 4 * k]) for h in hs for k in range(4)]
        return al.sum(heads) + al.sum([fold(*h) for h in hs])

    numbers = [math.sin(7.0 * k) for k in range(350)]
    given = [partition(numbers)[1]], numbers
    found = capture(value_and_grad(f), *given, check=False, ordered=[]).program
    assert found.loops.sizes.count(4) >= 2
    assert close(found.run(numbers), capture(value_and_grad(f), *given).program.run(numbers)) == []


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 200, 20))
def test_many_functions(first):
    for seed in range(first, first + 20):
        check(seed)


def test_the_text_of_a_transformer_does_not_grow_with_its_sizes():
    """Nor with the length of words: only with the number of its blocks."""
    sizes = {}
    for heads, width, context, layers in ((3, 12, 5, 1), (4, 16, 6, 1), (4, 24, 7, 1), (4, 16, 6, 2)):
        model = GPT(11, heads=heads, width=width, context=context, layers=layers)
        sizes.setdefault(layers, set()).add(compiled_step(model, "llvm").program.size)
    assert len(sizes[1]) == 1
    assert sizes[1].pop() < 200 < sizes[2].pop() < 400


def test_much_that_is_left_is_worth_loops_where_they_have_many_rounds(monkeypatch):
    from autograd_lite.compiler import capture as module

    monkeypatch.setattr(module, "MOST_LOOPED", 2)
    for count, looped in ((8, False), (400, True)):

        def f(xs):
            for op in (al.tanh, al.sin, al.exp):
                xs = [op(x) * 0.5 for x in xs]
            return al.sum(xs)

        program = capture(f, [partition([0.1] * count)[1]], [0.1] * count, ordered=[]).program
        assert bool(program.loops.sizes) is looped


@pytest.mark.parametrize("threads", [1, 2])
def test_steps_of_samples_one_after_the_other(threads):
    """Of batches of any size, shared by threads, with the eager engine's loss and gradient."""
    pytest.importorskip("llvmlite")
    from autograd_lite.compiler import compile_step

    model = GPT(5, width=8, heads=2, context=5, seed=4)
    words = [[0, 1, 2, 0], [0, 3, 3, 1, 4, 0], [0, 2, 0], [0, 4, 4, 4, 0], [0, 0], [0, 1, 0]]
    step = compile_step(
        model.padded_loss, model.parameters(), model.pad([0, 0]), update=lambda p, g, lr: p - lr * g, rates=("lr",),
        backend="llvm", threads=threads, check=False,
    )  # fmt: skip
    step.load([model.pad(word) for word in words])
    assert "define internal i64 @sample0.part0(" in step.source
    for batch in ([0], [1, 2], [3, 0, 4], range(6), [5, 5, 1, 5, 2, 2, 2, 0, 3]):
        loss, slopes = step.gradient(batch)
        model.zero_grad()
        right = sum((model.loss(words[k]) for k in batch), 0.0) / len(batch)
        right.backward()
        assert loss == pytest.approx(right.data, rel=1e-13)
        wanted = [parameter.grad if parameter.has_grad else 0.0 for parameter in model.parameters()]
        assert slopes == pytest.approx(wanted, rel=1e-9, abs=1e-14)
        losses = step.run([batch, batch], lr=0.1)
        assert losses[0] == pytest.approx(right.data, rel=1e-13)
        assert losses[1] < losses[0]


# --- places ---------------------------------------------------------------------------------------------------------------

SHAPES = st.lists(st.integers(2, 5), min_size=1, max_size=3).map(tuple)


@given(SHAPES, st.data())
def test_a_nest_is_found_whatever_its_steps_are(shape, data):
    ways = [data.draw(st.tuples(st.integers(-9, 9), st.integers(-9, 9))) for _ in shape]

    def place(rounds):
        return tuple(sum(turn * way[k] for turn, way in zip(rounds, ways, strict=True)) for k in range(2))

    places = [("w", place(rounds)) for rounds in product(*map(range, shape))]
    found = grids(places)
    # Every place is in one grid, at a number that the steps of the grid lead to.
    assert [first + k for first, one in found for k in range(math.prod(one))] == list(range(len(places)))
    for first, one in found:
        numbers = [numbers for _, numbers in places[first : first + math.prod(one)]]
        far = steps(numbers, one)
        for rounds, number in zip(product(*map(range, one)), numbers, strict=True):
            assert number == tuple(
                start + sum(turn * way[k] for turn, way in zip(rounds, far, strict=True))
                for k, start in enumerate(numbers[0])
            )
    assert len(found) <= math.prod(shape[:-1])


@given(SHAPES)
def test_periods_end_loops(shape):
    whole = math.prod(shape)
    places = [("w", (k,)) for k in range(whole)]
    assert grids(places) == [(0, (whole,))]
    assert grids(places, inside(shape)) == [(0, shape)]


@given(SHAPES, st.data())
def test_a_grid_written_with_more_loops_leads_to_the_same_places(shape, data):
    ways = [(data.draw(st.integers(-9, 9)),) for _ in shape]
    whole = (math.prod(shape),)
    assert refined(whole, shape, [(3,)]) == [(3 * far,) for far in inside(shape)]
    assert refined(shape, shape, ways) == ways
    assert refined(shape, whole, ways) is None or len(shape) == 1
