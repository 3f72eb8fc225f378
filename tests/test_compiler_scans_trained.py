"""A `scan` in the loss of a training step: one loop, and the training that the eager engine does."""

import math
import random
from fractions import Fraction

import pytest
from refusals import refused

import autograd_lite as al
from autograd_lite import DomainError, Value, nn, scan
from autograd_lite.compiler import GuardError, compile_step

pytest.importorskip("llvmlite")
BACKENDS = ["llvm", "python"]


def loops(step):
    return all(program.loops.has_scans for program in step.programs)


def compiled(loss, parameters, samples, backend="llvm"):
    step = compile_step(loss, parameters, samples[0], backend=backend)
    step.load(samples)
    return step


def eager(loss, parameters, samples, batches, lr):
    """Losses and parameters of the same steps by the eager engine; the parameters are put back."""
    before, losses = [one.data for one in parameters], []
    for batch in batches:
        total = al.mean([loss(*samples[k]) for k in batch])
        for one in parameters:
            one.zero_grad()
        total.backward()
        losses.append(total.data)
        for one in parameters:
            one.data -= lr * one.grad
    after = [one.data for one in parameters]
    for one, number in zip(parameters, before, strict=True):
        one.data = number
    return losses, after


def assert_the_same(loss, parameters, samples, backend, steps=6, lr=0.05):
    draw = random.Random(0)
    batches = [draw.sample(range(len(samples)), draw.randint(1, len(samples))) for _ in range(steps)]
    right = eager(loss, parameters, samples, batches, lr)
    step = compiled(loss, parameters, samples, backend)
    found = step.run(batches[:2], lr=lr) + step.run(batches[2:], lr=lr)
    assert found == pytest.approx(right[0], rel=1e-9)
    assert [one.data for one in parameters] == pytest.approx(right[1], rel=1e-9, abs=1e-12)
    return step


CELLS = {
    "sum": lambda h, u: al.tanh(h + u),
    "gate": lambda h, u: al.sigmoid(u) * h + (1 - al.sigmoid(u)) * al.sin(u),
    "choice": lambda h, u: al.where(u > h, al.relu(u) * 0.5, al.cos(h)),
    "branch": lambda h, u: al.tanh(u) * 0.5 if u > h + 5 else al.tanh(u + h),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_recurrent_net_is_trained_as_by_the_eager_engine(cell, backend):
    r = random.Random(1)
    w = [[Value(r.uniform(-0.7, 0.7)) for _ in range(3)] for _ in range(3)]
    b = [Value(r.uniform(-0.7, 0.7)) for _ in range(3)]
    scale = Value(0.3)

    def loss(xs, target):
        def body(h, x):
            new = [CELLS[cell](h[k], al.dot(w[k], h) + b[k] * x) for k in range(3)]
            return new, al.sum(new)

        h, totals = scan(body, [0.1, 0.2, 0.3], xs)
        return (al.sum(h) * scale + 0.1 * al.sum(totals) - target) ** 2

    samples = [([r.uniform(-1, 1) for _ in range(7)], r.uniform(-1, 1)) for _ in range(11)]
    step = assert_the_same(loss, [*[one for row in w for one in row], *b, scale], samples, backend)
    assert loops(step) is (backend == "llvm")


def spring(steps):
    k, damping = Value(1.3), Value(0.1)

    def loss(dt, target):
        def body(state, _):
            x, v = state
            v = v - dt * (k * x + damping * v)
            return (x + dt * v, v), None

        return (scan(body, (1.0, 0.0), length=steps)[0][0] - target) ** 2

    return loss, [k, damping]


def test_the_program_of_a_step_does_not_grow_with_the_length():
    loss, parameters = spring(40)
    short = assert_the_same(loss, parameters, [(0.1, 0.3), (0.05, 0.2)], "llvm")
    long = compiled(*spring(4000), [(0.001, 0.3)])
    assert long.program.size == short.program.size < 100


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_branch_in_the_rounds_that_goes_another_way_in_the_middle_of_a_run(backend):
    w = Value(0.2)

    def loss(x, y):
        body = lambda h, _: ((h * w if w > 0.5 else h * w * w + 0.3), None)  # noqa: E731
        far = scan(body, x, length=6)[0] - y
        return far * far  # nothing but the rounds is to be looked at

    samples = [(1.0, 3.0), (0.7, 2.5)]
    step = assert_the_same(loss, [w], samples, backend, steps=20, lr=0.02)
    assert w.data > 0.5
    assert len(step.programs) == 2


def test_samples_that_go_different_ways_in_the_rounds():
    w = Value(0.7)

    def loss(x, y):
        return (scan(lambda h, _: ((h * w if y > 0 else al.sin(h * w)), None), x, length=6)[0] - y) ** 2

    samples = [(1.0, 3.0), (0.7, -2.5), (0.5, 1.0), (1.7, -0.5), (0.2, 0.1)]
    step = assert_the_same(loss, [w], samples, "llvm")
    assert len(step.programs) == 2
    assert loops(step)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_error_in_a_round_is_that_of_the_sample_and_the_steps_before_are_done(backend):
    w = Value(1.0)

    def loss(x):
        return scan(lambda h, _: (al.log(h * w), None), x, length=5)[0] ** 2

    step = compiled(loss, [w], [(1e9,), (2e9,), (5.0,)], backend)
    with pytest.raises(DomainError, match="log") as caught:
        step.run([[0, 1], [1, 2]], lr=0.0)
    assert "sample 2 of step 1" in "".join(caught.value.__notes__)


def test_where_rounding_decides_it_is_refused():
    draw, w = random.Random(1), Value(0.5)
    while True:  # a product that machine code, which does not round it before the difference, finds larger than itself
        a, b = draw.random(), draw.random()
        if Fraction(a) * Fraction(b) > Fraction(a * b):
            break

    def body_of(p):
        return lambda h, _: ((h * w * 2 if a * p - a * b > 0 else h * w + 1), None)

    step = compiled(lambda p: scan(body_of(p), 0.1, length=6)[0] ** 2, [w], [(b,)] * 8)
    with refused(GuardError, "step 0", "rounding", "else h * w + 1", "where(condition, x, y)"):
        step.run(2, lr=0.1)


def test_nothing_is_stale():
    w, factor, rate = Value(0.4), [Value(0.9)], {"rate": 0.1}

    def loss(x):
        body = lambda h, _: (h * factor[0] + rate["rate"] * w, None)  # noqa: E731
        return scan(body, x, length=6)[0] ** 2

    step = compiled(loss, [w], [(1.0,), (2.0,)])
    changes = [lambda: None, lambda: setattr(factor[0], "data", 0.5), lambda: rate.update(rate=0.3)]
    for change in [*changes, lambda: factor.__setitem__(0, Value(0.1))]:
        change()
        right = eager(loss, [w], [(1.0,), (2.0,)], [[0, 1]], 0.1)
        assert step.run(1, lr=0.1) == pytest.approx(right[0], rel=1e-12)
        assert w.data == pytest.approx(right[1][0], rel=1e-12)
    assert loops(step)


@pytest.mark.parametrize(
    "options", [{}, {"clip_norm": 0.5}, {"regularizer": nn.L2(1e-2)}, {"sample_weight": [1, 2, 0, 1, 3]}]
)
def test_fit_of_a_recurrent_net(options):
    def trained(engine):
        r = random.Random(2)
        cell, out = nn.Linear(5, 4, seed=0), nn.Linear(4, 3, seed=1)

        class Net(nn.Module):
            def __init__(self):
                self.cell, self.out = cell, out

            def forward(self, xs):
                body = lambda h, x: ([al.tanh(one) for one in self.cell([x, *h])], None)  # noqa: E731
                return self.out(scan(body, [0.0] * 4, xs)[0])

        net = Net()
        xs, ys = [[r.uniform(-1, 1) for _ in range(8)] for _ in range(5)], [0, 1, 2, 1, 0]
        how = {"loss": "cross_entropy", "optimizer": "adam", "lr": 0.03, "epochs": 4, "batch_size": 2, **options}
        history = nn.fit(net, xs, ys, engine=engine, **how)
        return [*history.losses, *history.accuracies, *history.grad_norms, *[one.data for one in net.parameters()]]

    assert trained("llvm") == pytest.approx(trained("eager"), rel=1e-8)
    assert all(map(math.isfinite, trained("llvm")))
