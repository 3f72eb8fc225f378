"""Programs with loops: what is found to be alike, the derivative, and both against the straight line."""

import math
import random

import pytest

import autograd_lite as al
from autograd_lite import Value, nn
from autograd_lite.compiler.adjoint import append_gradient, input_gradients
from autograd_lite.compiler.capture import capture
from autograd_lite.compiler.kernel import Kernel, arranged, chosen
from autograd_lite.compiler.lists import FEWEST, listed
from autograd_lite.compiler.lowering import lowered
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder, Guard, unrolled
from autograd_lite.compiler.python_target import compile_python
from autograd_lite.compiler.rolling import rolled
from autograd_lite.compiler.step_kernels import mark_used
from autograd_lite.transforms.tree import partition_all

ACTIVATIONS = ["tanh", "relu", "sigmoid", "softplus", "sin", "exp", "neg", "abs", "leaky_relu"]
REDUCTIONS = ["sum", "max", "min", "logsumexp", "fsum"]


class Net:
    """A random network written step by step: layers of all kinds, regular and not."""

    def __init__(self, rng):
        self.rng, self.b = rng, Builder()
        self.count = rng.randrange(30, 160)
        for k in range(self.count):
            self.b.input(f"p{k}")
        self.used = 0
        self.memory = []
        h = self.inputs(rng.randrange(2, 9), fresh=True)
        for _ in range(rng.randrange(1, 5)):
            h = getattr(self, rng.choice(["dense", "dense", "each", "skip", "turned", "part", "soft", "uneven", "written"]))(
                h
            )
        self.outputs = [self.b.emit(rng.choice(REDUCTIONS), *h) if len(h) > 1 else h[0], *h[: rng.randrange(len(h) + 1)]]

    def inputs(self, n, fresh=False):
        """The next inputs, or some that were used before (tied)."""
        first = self.rng.randrange(self.count - n) if not fresh and self.rng.random() < 0.3 else self.used
        if first + n > self.count:
            first = self.rng.randrange(self.count - n)
        self.used = max(self.used, first + n)
        return list(range(first, first + n))

    def act(self, op, x):
        return self.b.emit(op, x, self.b.const(0.1)) if op == "leaky_relu" else self.b.emit(op, x)

    def dense(self, h):
        op, found = self.rng.choice(ACTIVATIONS), []
        for _ in range(self.rng.randrange(1, 9)):
            w = self.inputs(len(h) + 1)
            found.append(self.act(op, self.b.emit("add", self.b.emit("dot", *w[:-1], *h), w[-1])))
        return found

    def written(self, h):
        """micrograd's sum of products."""
        op, found = self.rng.choice(ACTIVATIONS), []
        for _ in range(self.rng.randrange(1, 9)):
            w = self.inputs(len(h) + 1)
            total = w[-1]
            for x, y in zip(w, h, strict=False):
                total = self.b.emit("add", total, self.b.emit("mul", x, y))
            found.append(self.act(op, total))
        return found

    def each(self, h):
        op, k = self.rng.choice(ACTIVATIONS), self.b.const(self.rng.choice([0.5, 2.0, -1.0]))
        return [self.act(op, self.b.emit("mul", x, k)) for x in h]

    def uneven(self, h):
        return [self.act(self.rng.choice(ACTIVATIONS), x) for x in h]

    def skip(self, h):
        g = self.each(h)
        return [self.b.emit("add", x, y) for x, y in zip(h, g, strict=False)]

    def turned(self, h):
        return [self.b.emit("mul", x, y) for x, y in zip(h, reversed(h), strict=False)]

    def part(self, h):
        return h[: max(1, len(h) // 2)] + [self.b.emit("sub", h[0], x) for x in h[1:]]

    def soft(self, h):
        if len(h) < 2:
            return h
        return [self.b.emit("softmax", self.b.const(float(k)), *h) for k in range(len(h))]


def close(one, other, scale=1.0):
    if math.isnan(one) or math.isnan(other) or math.isinf(one) or math.isinf(other):
        return repr(one) == repr(other) or (math.isnan(one) and math.isnan(other))
    return abs(one - other) <= 1e-10 * max(1.0, abs(one), abs(other), scale)


def agree(found, right):
    scale = max([abs(x) for x in right if math.isfinite(x)], default=1.0)
    return len(found) == len(right) and all(close(x, y, scale) for x, y in zip(found, right, strict=False))


@pytest.mark.parametrize("seed", range(150))
def test_rolled_programs_and_their_derivatives_are_the_straight_ones(seed):
    rng = random.Random(seed)
    net = Net(rng)
    straight = net.b.finish(net.outputs)
    found = rolled(straight)
    xs = [rng.uniform(-1.0, 1.0) for _ in range(net.count)]
    right = straight.run(xs)
    assert agree(found.run(xs), right)
    assert agree(unrolled(optimize(found)).run(xs), right)
    gradient = Builder.of(straight)
    slopes = append_gradient(gradient, straight.outputs[0], list(range(net.count)))
    right = gradient.finish([*slopes, straight.outputs[0]]).run(xs)
    b = Builder.of(found)
    if found.outputs[0] < 0:
        return
    b.loops.blocks = []
    slopes = input_gradients(b, found.outputs[0], range(net.count), 0)
    program = b.finish([*slopes, found.outputs[0]])
    for one in (program, optimize(program), lowered(optimize(program))):
        assert agree(one.run(xs), right)
    code = compile_python(Kernel(optimize(program), net.count, 0))
    assert agree(code.function(xs, ())[0], right)


def test_the_text_of_a_network_does_not_grow_with_its_width():
    sizes = set()
    for width in (8, 64, 200):
        model = nn.MLP(width, [width, 10], activation="tanh", seed=0)

        def loss(x, y):
            return al.logsumexp(model(x)) - al.dot(y, model(x))

        numbers, structures = partition_all(([0.1] * width, [0.1] * 10), frozenset())
        program = optimize(capture(loss, structures, numbers, ordered=model.parameters()).program)
        sizes.add((len(program), len(program.loops.sizes)))
    assert len(sizes) == 1


def test_a_sum_of_products_is_a_dot_product():
    b = Builder()
    w, x = [b.input(f"w{k}") for k in range(6)], [b.input(f"x{k}") for k in range(6)]
    total = b.input("b")
    for one, other in zip(w, x, strict=False):
        total = b.emit("add", total, b.emit("mul", one, other))
    found = optimize(listed(b.finish([b.emit("tanh", total)])))
    assert found.counts() == {"dot": 1, "add": 1, "tanh": 1}


def test_fewer_than_are_worth_a_loop_stay_straight():
    b = Builder()
    xs = [b.input(f"x{k}") for k in range(FEWEST - 1)]
    found = rolled(b.finish([b.emit("exp", x) for x in xs]))
    assert found.counts() == {"exp": FEWEST - 1}
    assert not found.loops.axes


def test_guards_and_checks_of_alike_steps_are_those_of_all():
    b = Builder()
    xs = [b.input(f"x{k}") for k in range(6)]
    logs = [b.emit("log", x) for x in xs]
    truths = [b.emit("gt", x, b.const(0.5)) for x in xs]
    program = b.finish([b.emit("sum", *logs)], [Guard(one, True, "a line") for one in truths], checks=logs)
    found = rolled(program)
    assert len(found.guards) == len(found.checks) == 1
    straight = unrolled(found)
    assert len(straight.guards) == len(straight.checks) == 6
    half = b.finish([b.emit("sum", *logs)], [Guard(one, True, "a line") for one in truths[:3]])
    assert len(unrolled(rolled(half)).guards) == 3


def test_tied_weights_and_values_of_a_custom_kind():
    """Plain Values in Python loops, one list of weights for two layers."""
    w = [[Value(0.1 * i - 0.2 * j) for i in range(6)] for j in range(6)]

    def f(x):
        for _ in range(2):
            x = [al.tanh(sum((a * b for a, b in zip(row, x, strict=False)), 0.5)) ** 2 for row in w]
        return sum(x)

    numbers, structures = partition_all(([0.1 * k for k in range(6)],), frozenset())
    flat = [one for row in w for one in row]
    captured = capture(al.value_and_grad(f), structures, numbers, ordered=flat)
    assert captured.program.loops.sizes
    assert optimize(captured.program).size < 60
    value, slopes = al.value_and_grad(f)([0.1 * k for k in range(6)])
    found = captured.program.run([*numbers, *captured.numbers()])
    assert found == pytest.approx([float(one) for one in (value, *slopes)], rel=1e-13)


def inputs(b, count):
    return [b.input(f"x{k}") for k in range(count)]


def test_what_is_the_same_in_all_rounds_counts_in_each():
    """The slope in x of the sum of x + b over six numbers b is 6."""
    b = Builder()
    x, *rest = inputs(b, 7)
    program = rolled(b.finish([b.emit("sum", *[b.emit("add", x, one) for one in rest])]))
    assert program.loops.sizes
    builder = Builder.of(program)
    slopes = input_gradients(builder, program.outputs[0], [0], 0)
    assert builder.finish(slopes).run([0.5] * 7) == [6.0]


@pytest.mark.parametrize(
    "places",
    [[0, 1, 3, 4, 5], [4, 3, 2, 1, 0], [0, 2, 4, 6, 8], [1, 1, 1, 1], [0, 1, 2, 3, 5, 7, 9, 11], [0, 5, 1, 6, 2, 7]],
)
def test_inputs_in_any_order(places):
    """In a list, and each by itself."""
    b = Builder()
    xs = inputs(b, 12)
    for outputs in ([b.emit("dot", *[xs[k] for k in places], *xs[: len(places)])], [b.emit("exp", xs[k]) for k in places]):
        program = b.finish(outputs)
        numbers = [0.1 * (k + 1) ** 1.5 for k in range(12)]
        assert agree(rolled(program).run(numbers), program.run(numbers))


@pytest.mark.parametrize("argnums", [0, 1, (0, 1), (1, 0)])
def test_a_list_of_the_numbers_of_two_arguments(argnums):
    w = [0.3, -0.2, 0.5, 0.1, 0.7, -0.4]

    def f(x, y):
        return al.tanh(al.dot(w, [*x, *y])) * y[0]

    x, y = [0.1, 0.2, 0.3], [0.4, 0.5, 0.6]
    numbers, structures = partition_all((x, y), frozenset())
    found = capture(al.grad(f, argnums), structures, numbers, ordered=[]).program.run(numbers)
    right, _ = partition_all((al.grad(f, argnums)(x, y),), frozenset())
    assert found == pytest.approx([float(one) for one in right], rel=1e-13)


@pytest.mark.parametrize("argnums", [(0, 1, 2, 3), (0, 2, 1, 3), (3, 2, 1, 0), (1, 3), (0, 3), 2])
def test_a_list_of_the_numbers_of_four_arguments(argnums):
    """Its ends may stay where they are while its middle is moved."""

    def f(a, b, c, d):
        return al.tanh(al.dot([0.1 * k - 0.3 for k in range(16)], [*a, *b, *c, *d])) * d[0]

    given = [[0.1 * k - 0.05 * j for k in range(4)] for j in range(4)]
    numbers, structures = partition_all(given, frozenset())
    found = capture(al.grad(f, argnums), structures, numbers, ordered=[]).program.run(numbers)
    right, _ = partition_all((al.grad(f, argnums)(*given),), frozenset())
    assert found == pytest.approx([float(one) for one in right], rel=1e-12)


@pytest.mark.parametrize(
    "order", [range(8), [7, 6, 5, 4, 3, 2, 1, 0], [0, 1, 4, 5, 2, 3, 6, 7], [2, -1, 0, 1, 3, -1, 5, 4, 7, 6]]
)
def test_inputs_and_results_in_another_order(order):
    b = Builder()
    xs = inputs(b, 8)
    program = rolled(b.finish([b.emit("exp", x) for x in xs]))
    assert program.loops.blocks
    numbers = [0.1 * k for k in range(8)]
    right = program.run(numbers)
    assert agree(arranged(program, order).run([numbers[k] if k >= 0 else 9.0 for k in order]), right)
    kept = [k for k in order if k >= 0]
    assert agree(chosen(program, kept).run(numbers), [right[k] for k in kept])


@pytest.mark.parametrize("stride", [1, 2, -1, -3, 0])
def test_which_inputs_are_used(stride):
    b = Builder()
    xs = inputs(b, 12)
    places = [11 + stride * k if stride < 0 else 1 + stride * k for k in range(4)]
    program = rolled(b.finish([b.emit("sum", *[b.emit("exp", xs[place]) for place in places])]))
    found = bytearray(12)
    mark_used(program, found)
    assert [*found] == [k in places for k in range(12)]


@pytest.mark.parametrize("transform", [al.grad, al.value_and_grad])
def test_lists_beside_a_derivative(transform):
    """What is handed out besides, a list that is a loop itself."""

    def f(x):
        units = [al.tanh(one * 2.0) for one in x]
        return sum(units), units

    x = [0.1 * k for k in range(6)]
    numbers, structures = partition_all((x,), frozenset())
    captured = capture(transform(f, has_aux=True), structures, numbers, ordered=[])
    assert captured.program.loops.sizes
    right, _ = partition_all((transform(f, has_aux=True)(x),), frozenset())
    assert captured.program.run(numbers) == pytest.approx([float(one) for one in right], rel=1e-13)
