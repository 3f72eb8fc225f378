"""Machine code of programs with loops, against the table's texts evaluated one by one (`Program.run`)."""

import math
import random
from functools import reduce
from operator import add

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite.compiler.adjoint import append_gradient
from autograd_lite.compiler.checks import checked
from autograd_lite.compiler.errors import UnsupportedOperation
from autograd_lite.compiler.kernel import Kernel
from autograd_lite.compiler.loops import Block
from autograd_lite.compiler.passes import optimize
from autograd_lite.compiler.program import Builder, Guard

pytest.importorskip("llvmlite")

from autograd_lite.compiler.llvm.run import compile_llvm

UNARY = ("tanh", "sin", "neg", "abs", "relu", "sigmoid")
FOLDS = ("sum", "fsum", "dot", "max", "min", "and", "or", "sum of products", "logsumexp")


class Drawn:
    """A random program with loops whose numbers stay of ordinary size; `rows` has as many random samples as wanted."""

    def __init__(self, seed: int, mapped: bool = True, largest: int = 20) -> None:
        self.random, self.builder = random.Random(seed), Builder()
        pick = self.random
        self.sizes = [pick.choice((1, 2, 3, 4, 5, 7, 8, 13, largest)) for _ in range(pick.choice((1, 2, 3)))]
        self.sizes.append(pick.choice(self.sizes))  # one of the same length, for `along`
        while math.prod(self.sizes) > 3000:
            self.sizes[self.sizes.index(max(self.sizes))] = 2
        self.shared, self.mapped = 3 * largest * largest, (1 + 2 * largest) * mapped
        for k in range(self.shared + self.mapped):
            self.builder.input(f"i{k}")
        for size in self.sizes:
            self.builder.loops.add(size)
        self.numbers: list[int] = []
        self.truths: list[int] = []
        self.given: list[int] = []
        for _ in range(4):
            self.given.append(self.block(True))
            self.numbers.append(self.given[-1])
            if mapped:
                self.numbers.append(self.block(False))
        self.numbers += [self.builder.append("position", (pick.randrange(len(self.sizes)),)), 0, self.builder.const(0.75)]
        for _ in range(pick.randrange(4, 14)):
            self.step()

    def block(self, shared: bool) -> int:
        """Inputs by strides: rows of any length, in any order; now and then the same number in every round."""
        pick = self.random
        count = pick.choice((1, 2)) if shared else 1
        loops = pick.sample(range(len(self.sizes)), min(count, len(self.sizes)))
        strides, stride = [], pick.choice((1, 1, 2))
        room = self.shared if shared else self.mapped - 1
        for loop in loops:
            if stride * self.sizes[loop] > room - 5:
                stride = 0
            strides.append((loop, stride if pick.random() < 0.9 else 0))
            stride = stride * self.sizes[loop] + pick.randrange(2)
        reach = sum((self.sizes[loop] - 1) * step for loop, step in strides)
        place = pick.randrange(room - reach)
        return self.builder.block(place + (0 if shared else self.shared + 1), tuple(strides))

    def in_loop(self, steps: list[int], loop: int) -> list[int]:
        return [step for step in steps if loop in self.builder.loops.of(step)]

    def any(self) -> int:
        return self.random.choice(self.numbers[-12:] if self.random.random() < 0.7 else self.numbers)

    def step(self) -> None:
        pick, b = self.random, self.builder
        kind = pick.choice(("unary", "binary", "binary", "select", "fold", "fold", "fold", "item", "stack", "along"))
        if kind == "unary":
            self.numbers.append(b.emit(pick.choice(UNARY), self.any()))
        elif kind == "binary":
            self.numbers.append(self.squashed(b.emit(pick.choice(("add", "sub", "mul", "maximum")), self.any(), self.any())))
        elif kind == "select":
            self.truths.append(b.emit(pick.choice(("lt", "ge", "eq")), self.any(), self.any()))
            self.numbers.append(b.emit("select", pick.choice(self.truths), self.any(), self.any()))
        elif kind == "fold":
            self.fold(pick.randrange(len(self.sizes)), pick.choice(FOLDS))
        else:
            getattr(self, kind)(pick.randrange(len(self.sizes)))

    def squashed(self, step: int) -> int:
        b = self.builder
        return step if self.random.random() < 0.5 and len(b.ops) % 2 else b.emit("tanh", step)

    def fold(self, loop: int, op: str) -> None:
        pick, b = self.random, self.builder
        inside = self.in_loop(self.truths if op in ("and", "or") else self.numbers, loop)
        if not inside:
            return
        x, y = pick.choice(inside), pick.choice(inside)
        if op in ("and", "or"):
            rest = [one for one in self.truths if loop not in b.loops.of(one)][:1] if pick.random() < 0.3 else []
            self.truths.append(b.emit(op, x, *rest, over=loop))
            return
        if op in ("dot", "sum of products"):
            found = b.emit("dot", x, y, over=loop) if op == "dot" else b.emit("sum", b.emit("mul", x, y), over=loop)
        else:
            rest = [one for one in self.numbers if loop not in b.loops.of(one)][-1:] if pick.random() < 0.3 else []
            more = [y] if pick.random() < 0.2 and op != "logsumexp" else []
            found = b.emit(op, x, *more, *rest, over=loop)
        self.numbers.append(self.squashed(b.emit("mul", found, b.const(1.0 / self.sizes[loop]))))

    def item(self, loop: int) -> None:
        pick, b = self.random, self.builder
        steps = self.numbers if pick.random() < 0.8 or not self.truths else self.truths
        inside = self.in_loop(steps, loop)
        if inside:
            places = [b.const(float(pick.randrange(self.sizes[loop])))]
            places += [
                b.append("position", (k,)) for k, size in enumerate(self.sizes) if size <= self.sizes[loop] and k != loop
            ]
            if self.mapped and self.sizes[loop] >= 2:
                places.append(self.shared)  # the first number of a sample is 0 or 1
            steps.append(b.emit("item", pick.choice(inside), pick.choice(places), over=loop))

    def stack(self, loop: int) -> None:
        if self.sizes[loop] <= 5:
            self.numbers.append(self.builder.emit("stack", *[self.any() for _ in range(self.sizes[loop])], over=loop))

    def along(self, loop: int) -> None:
        same = [k for k, size in enumerate(self.sizes) if size == self.sizes[loop] and k != loop]
        steps = self.numbers if self.random.random() < 0.8 or not self.truths else self.truths
        inside = self.in_loop(steps, loop)
        if same and inside:
            steps.append(self.builder.emit("along", self.random.choice(inside), over=(loop, self.random.choice(same))))

    def kernel(self, gradient: bool, guards: bool = False) -> Kernel:
        """Results added up over the samples, singles and blocks (some of them in the same places), and results of each sample."""
        b = self.builder
        if gradient:
            root = self.numbers[-1]
            for loop in b.loops.of(root):
                root = b.emit("sum", root, over=loop)
            self.numbers += append_gradient(b, root, self.given)
        outputs: list[int] = []
        self.hand_out(outputs)
        summed = len(outputs)
        if self.mapped:
            self.hand_out(outputs)
        truths = [Guard(one, True, "here") for one in self.true()] if guards else []
        return Kernel(optimize(b.finish(outputs, truths)), self.shared, summed)

    def hand_out(self, outputs: list[int]) -> None:
        """Give results places: singles, blocks of any strides, and now and then two of them the same."""
        pick, loops = self.random, self.builder.loops
        for one in self.numbers[-6:]:
            if not loops.of(one):
                outputs.append(one)
                continue
            axes = list(loops.of(one))
            axes += [k for k in range(len(self.sizes)) if k not in axes][: pick.random() < 0.2]
            pick.shuffle(axes)
            strides, stride = [], pick.choice((1, 1, 2))
            for loop in axes:
                strides.append((loop, stride if pick.random() < 0.9 else 0))
                stride *= self.sizes[loop]
            reach = sum((self.sizes[loop] - 1) * step for loop, step in strides)
            loops.blocks += [Block(one, len(outputs), tuple(strides))] * pick.choice((1, 1, 2))
            outputs += [-1] * (reach + 1 + pick.randrange(2))

    def true(self) -> list[int]:
        b = self.builder
        return [b.emit("lt", b.emit("tanh", one), b.const(2.0)) for one in self.numbers[-3:]]

    def inputs(self) -> list[float]:
        return [self.random.gauss(0.0, 0.7) for _ in range(self.shared)]

    def rows(self, count: int) -> list[list[float]]:
        pick = self.random
        return [[float(pick.randrange(2)), *[pick.gauss(0.0, 1.0) for _ in range(self.mapped - 1)]] for _ in range(count)]


def close(got: float, want: float, scale: float = 1.0) -> bool:
    """Equal up to rounding, or both nan."""
    return got == want or (got != got and want != want) or abs(got - want) <= 1e-12 * max(scale, abs(want))


def compare(kernel: Kernel, inputs: list[float], rows: list[list[float]], lanes: int | None = None) -> None:
    """Compiled and interpreted."""
    sums, each = compile_llvm(kernel, lanes).function(inputs, rows)
    if not kernel.mapped:
        wanted = kernel.program.run(inputs)
        assert [k for k, pair in enumerate(zip(sums, wanted, strict=True)) if not close(*pair)] == []
        return
    found = [kernel.program.run([*inputs, *row]) for row in rows]
    wanted = [reduce(add, column) for column in zip(*found, strict=True)][: kernel.summed]
    assert [k for k, pair in enumerate(zip(sums, wanted, strict=True)) if not close(*pair, 10.0 * len(rows))] == []
    for row, one in zip(each, found, strict=True) if kernel.each else ():
        assert [k for k, pair in enumerate(zip(row, one[kernel.summed :], strict=True)) if not close(*pair, 10.0)] == []


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from((1, 3, 4, 5, 9)), st.booleans())
def test_random_programs(seed, count, gradient):
    drawn = Drawn(seed, largest=13)
    compare(drawn.kernel(gradient, guards=True), drawn.inputs(), drawn.rows(count))


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 1000, 100))
def test_many_random_programs(first):
    for seed in range(first, first + 100):
        drawn = Drawn(seed, mapped=seed % 3 > 0, largest=13)
        compare(drawn.kernel(seed % 2 == 0, guards=True), drawn.inputs(), drawn.rows((1, 3, 4, 5, 9, 66)[seed % 6]))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_random_programs_without_samples(seed, gradient):
    drawn = Drawn(seed, mapped=False)
    compare(drawn.kernel(gradient, guards=True), drawn.inputs(), [])


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from((math.nan, math.inf, -math.inf)))
def test_one_sample_that_is_not_finite(seed, number):
    """It spoils the sums, and no other sample."""
    drawn = Drawn(seed, largest=7)
    kernel, inputs, rows = drawn.kernel(gradient=False), drawn.inputs(), drawn.rows(6)
    rows[2][drawn.random.randrange(1, drawn.mapped)] = number
    rows[2][drawn.random.randrange(1, drawn.mapped)] = number
    compare(kernel, inputs, rows)


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("op", ["sum", "fsum", "dot", "max", "min", "sum and one more", "max and one more"])
def test_folds_of_numbers_that_are_not_finite(op, mapped):
    """Over samples' numbers and over numbers that lie together, at each place of a vector and behind the last whole one."""
    b, size = Builder(), 23
    for k in range(size + 1):
        b.input(f"x{k}")
    loop = b.loops.add(size)
    x = b.block(1, ((loop, 1),))
    more = [x] if op == "dot" else [0] if op.endswith("more") else []
    kernel = Kernel(b.finish([b.emit(op.split()[0], x, *more, over=loop)]), 0 if mapped else size + 1, 0 if mapped else 1)
    run, rng = compile_llvm(kernel).function, random.Random(op)
    rows = []
    for place in range(size + 1):
        rows.append([rng.gauss(0.0, 1.0) for _ in range(size + 1)])
        rows[-1][place] = rng.choice((math.nan, math.inf, -math.inf))
    found = [one for (one,) in run([], rows)[1]] if mapped else [run(row, [])[0][0] for row in rows]
    wanted = [kernel.program.run(row)[0] for row in rows]
    assert [k for k, pair in enumerate(zip(found, wanted, strict=True)) if not close(*pair)] == []


@pytest.mark.parametrize("lanes", [1, 2, 8, 16])
def test_other_registers(lanes):
    drawn = Drawn(77, largest=7)
    compare(drawn.kernel(gradient=True), drawn.inputs(), drawn.rows(5), lanes=lanes)


@pytest.mark.parametrize("lanes", [2, 16])
def test_chunks_are_shorter_where_much_is_kept_of_a_sample(monkeypatch, lanes):
    from autograd_lite.compiler.llvm.loops import functions

    monkeypatch.setattr(functions, "MOST", 1)
    drawn = Drawn(78, largest=7)
    compare(drawn.kernel(gradient=True), drawn.inputs(), drawn.rows(19), lanes=lanes)


# --- networks ------------------------------------------------------------------------------------------------------------


def network(widths: list[int], activation: str = "tanh", weighted: bool = False) -> tuple[Kernel, int]:
    """A classifier's loss and gradient: a neuron's weights and its bias lie together; a row is the features and the class."""
    b = Builder()
    count = sum((n + 1) * m for n, m in zip(widths, widths[1:], strict=False))
    first = count + weighted
    for k in range(first + widths[0] + 1):
        b.input(f"i{k}")
    loop = b.loops.add(widths[0])
    h, place, given = b.block(first, ((loop, 1),)), 0, []
    for depth, (n, m) in enumerate(zip(widths, widths[1:], strict=False)):
        units = b.loops.add(m)
        given += [b.block(place, ((units, n + 1), (loop, 1))), b.block(place + n, ((units, n + 1),))]
        h = b.emit("add", b.emit("dot", given[-2], h, over=loop), given[-1])
        h = b.emit(activation, h) if depth < len(widths) - 2 else h
        loop, place = units, place + (n + 1) * m
    loss = b.emit("neg", b.emit("log_softmax", first + widths[0], h, over=loop))
    slopes = append_gradient(b, loss, given, seed=count if weighted else None)
    b.loops.blocks = [Block(slope, *b.args[block]) for slope, block in zip(slopes, given, strict=True)]
    loss = b.emit("mul", loss, count) if weighted else loss
    return Kernel(optimize(b.finish([-1] * count + [loss])), count, count + 1), count


def data(widths: list[int], parameters: int, count: int) -> tuple[list[float], list[list[float]]]:
    rng = random.Random(count)
    rows = [[*[rng.gauss(0.0, 1.0) for _ in range(widths[0])], float(rng.randrange(widths[-1]))] for _ in range(count)]
    return [rng.gauss(0.0, 0.4) for _ in range(parameters)], rows


def by_torch(widths: list[int], numbers: list[float], rows: list[list[float]]) -> tuple[list[float], float]:
    """Gradient and loss, summed over the rows."""
    torch = pytest.importorskip("torch")
    ps = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    table = torch.tensor(rows, dtype=torch.float64)
    h, place = table[:, :-1], 0
    for n, m in zip(widths, widths[1:], strict=False):
        w = ps[place : place + (n + 1) * m].reshape(m, n + 1)
        h, place = h @ w[:, :-1].T + w[:, -1], place + (n + 1) * m
        h = torch.tanh(h) if place < len(numbers) else h
    loss = torch.nn.functional.cross_entropy(h, table[:, -1].long(), reduction="sum")
    loss.backward()
    return ps.grad.tolist(), loss.item()


@pytest.mark.parametrize(
    ("widths", "count"),
    [
        *[([5, 7, 3], count) for count in (1, 3, 64, 65, 1000)],
        ([1, 1, 2], 9), ([3, 13, 9, 2], 33), ([200, 3, 4], 70), ([1000, 5, 2], 5), ([2, 1000, 2], 3),
    ],
)  # fmt: skip
def test_networks_against_pytorch(widths, count):
    kernel, parameters = network(widths)
    numbers, rows = data(widths, parameters, count)
    sums, _ = compile_llvm(kernel).function(numbers, rows)
    slopes, loss = by_torch(widths, numbers, rows)
    scale = max(1.0, *map(abs, slopes))
    assert sums[-1] == pytest.approx(loss, rel=1e-13)
    assert sums[:-1] == pytest.approx(slopes, rel=1e-12, abs=1e-13 * scale)


def squares(count: int) -> Kernel:
    """0.05 times the sum of the squares of all parameters, and its gradient."""
    b = Builder()
    for k in range(count):
        b.input(f"p{k}")
    loop = b.loops.add(count)
    p = b.block(0, ((loop, 1),))
    total = b.emit("mul", b.const(0.05), b.emit("dot", p, p, over=loop))
    b.loops.blocks = [Block(append_gradient(b, total, [p])[0], 0, ((loop, 1),))]
    return Kernel(optimize(b.finish([-1] * count + [total])), count, count + 1)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("batch", [1, 6, 64, 70])
def test_training_steps(batch, threads):
    """Losses and parameters of a few steps of descent, by the same loop over steps as of programs without loops."""
    from autograd_lite.compiler.llvm.train import LlvmRunner
    from autograd_lite.compiler.step_kernels import StepKernels, update_kernel

    widths = [4, 9, 3]
    kernel, parameters = network(widths, weighted=True)
    runner = LlvmRunner(
        StepKernels([kernel], update_kernel(lambda p, g, lr: p - lr * g, 0, ["lr"]), squares(parameters), 0),
        parameters,
        threads,
    )
    numbers, rows = data(widths, parameters, 140)
    batches = [[(7 * step + k) % 140 for k in range(batch)] for step in range(4)]
    runner.load(rows, [0] * len(rows))
    runner.write(numbers, [], [])
    losses = runner.run(batches, [[0.3]] * 4)
    for step, chosen in enumerate(batches):
        slopes, loss = by_torch(widths, numbers, [rows[k] for k in chosen])
        assert losses[step] == pytest.approx(loss / batch + 0.05 * sum(p * p for p in numbers), rel=1e-11)
        numbers = [p - 0.3 * (slope / batch + 0.1 * p) for p, slope in zip(numbers, slopes, strict=True)]
    assert runner.read()[0] == pytest.approx(numbers, rel=1e-10, abs=1e-12)


def test_a_contraction_is_within_its_bound():
    """n units of roundoff times the sum of |w x|, where nearly everything cancels."""
    n, b = 1000, Builder()
    for k in range(2 * n):
        b.input(f"i{k}")
    loop, unit = b.loops.add(n), b.loops.add(1)
    w, x = b.block(0, ((loop, 1), (unit, 0))), b.block(n, ((loop, 1),))
    b.loops.blocks = [Block(b.emit("dot", w, x, over=loop), 0, ((unit, 1),))]
    rng = random.Random(3)
    weights = [rng.uniform(-1e6, 1e6) for _ in range(n)]
    rows = [[rng.uniform(-1.0, 1.0) for _ in range(n)] for _ in range(6)]
    _, found = compile_llvm(Kernel(b.finish([-1]), n, 0)).function(weights, rows)
    for row, (got,) in zip(rows, found, strict=True):
        terms = [p * q for p, q in zip(weights, row, strict=True)]
        assert abs(got - math.fsum(terms)) <= n * 2.0**-52 * math.fsum(map(abs, terms))


def test_a_neuron_that_adds_its_bias_in_the_same_sum():
    b = Builder()
    for k in range(4 * 6 + 5):
        b.input(f"x{k}")
    units, features = b.loops.add(4), b.loops.add(5)
    w, bias = b.block(0, ((units, 6), (features, 1))), b.block(5, ((units, 6),))
    z = b.emit("sum", b.emit("mul", w, b.block(24, ((features, 1),))), bias, over=features)
    b.loops.blocks = [Block(z, 0, ((units, 1),))]
    kernel = Kernel(b.finish([-1] * 4), 24, 0)
    assert "@contract" in compile_llvm(kernel).source
    numbers, rows = data([4, 2], 24, 70)
    compare(kernel, numbers, rows)


def test_the_text_is_as_long_for_wide_layers():
    lengths = {compile_llvm(network([n, m, 4])[0]).source.count("\n") for n, m in ((9, 6), (61, 30))}
    assert len(lengths) == 1


# --- guards and refusals -------------------------------------------------------------------------------------------------


def guarded() -> tuple[Kernel, int]:
    """All numbers of a row are below the first of the shared ones, in each round; a second guard is never met."""
    b = Builder()
    limit, size = b.input("limit"), 7
    for k in range(size):
        b.input(f"x{k}")
    loop = b.loops.add(size)
    x = b.block(1, ((loop, 1),))
    guards = [Guard(b.emit("gt", x, b.const(1e9)), False, "a"), Guard(b.emit("lt", x, limit), True, "b")]
    return Kernel(b.finish([b.emit("sum", x, over=loop)], guards), 1, 1), size


@pytest.mark.parametrize("count", [1, 3, 64, 65, 200])
def test_a_guard_holds_in_all_rounds_of_all_samples(count):
    kernel, size = guarded()
    run = compile_llvm(kernel).function
    rng = random.Random(count)
    rows = [[rng.uniform(0.0, 1.0) for _ in range(size)] for _ in range(count)]
    assert run([2.0], rows)[0] == pytest.approx([math.fsum(map(math.fsum, rows))], rel=1e-12)
    for _ in range(5):
        row, place = rng.randrange(count), rng.randrange(size)
        kept, rows[row][place] = rows[row][place], 2.5
        assert isinstance(run([2.0], rows), int)
        rows[row][place] = kept


@pytest.mark.parametrize("poisoned", [False, True])
def test_an_operation_that_raises_in_one_round_is_seen(poisoned):
    """Also where no result shows it: 1 / (1 / x) is 0 at 0."""
    b, size = Builder(), 5
    for k in range(size):
        b.input(f"x{k}")
    loop = b.loops.add(size)
    inverse = b.emit("div", b.const(1.0), b.block(0, ((loop, 1),)))
    total = b.emit("sum", b.emit("div", b.const(1.0), inverse), over=loop)
    found = checked(Kernel(b.finish([total], checks=[inverse]), 0, 1), machine=True, poisoned=poisoned)
    run = compile_llvm(found).function
    rows = [[1.0, 2.0, 3.0, 4.0, 5.0] for _ in range(9)]
    assert run([], rows)[0] == [135.0]
    rows[7][3] = 0.0
    assert math.isnan(run([], rows)[0][0]) if poisoned else isinstance(run([], rows), int)


def test_places_without_a_result_and_ties():
    """Blocks add up where they meet; what no block gives is 0, also where the code may find other numbers."""
    b = Builder()
    for k in range(3):
        b.input(f"x{k}")
    loop = b.loops.add(3)
    x = b.block(0, ((loop, 1),))
    b.loops.blocks = [Block(x, 0, ((loop, 2),)), Block(x, 2, ((loop, 1),)), Block(b.const(0.5), 8, ((loop, 0),))]
    kernel = Kernel(b.finish([-1] * 10), 3, 10)
    sums, _ = compile_llvm(kernel).function([1.0, 2.0, 3.0], [])
    assert list(sums) == [1.0, 0.0, 3.0, 2.0, 6.0, 0.0, 0.0, 0.0, 1.5, 0.0]


@pytest.mark.parametrize("strides", [(1, 1), (2, 1), (1, 4), (6, 1), (0, 1)])
def test_products_summed_over_the_samples_that_meet_in_a_place(strides):
    """As the weights of a convolution do."""
    b = Builder()
    for k in range(12):
        b.input(f"x{k}")
    units, features = b.loops.add(5), b.loops.add(6)
    pairs = tuple(zip((units, features), strides, strict=True))
    b.loops.blocks = [Block(b.emit("mul", b.block(0, ((units, 1),)), b.block(5, ((features, 1),))), 0, pairs)]
    compare(Kernel(b.finish([-1] * 40), 0, 40), [], data([11, 3], 0, 70)[1])


@pytest.mark.parametrize("mapped", [False, True])
def test_ties_where_every_place_has_a_result(mapped):
    b = Builder()
    for k in range(3):
        b.input(f"x{k}")
    loop = b.loops.add(3)
    x = b.block(0, ((loop, 1),))
    b.loops.blocks = [Block(x, 0, ((loop, 1),)), Block(b.emit("neg", x), 1, ((loop, 1),))]
    program = b.finish([-1] * 4)
    if mapped:
        rows = [[1.0, 2.0, 5.0], [3.0, 5.0, 9.0]]
        assert compile_llvm(Kernel(program, 0, 0)).function([], rows)[1] == [(1.0, 1.0, 3.0, -5.0), (3.0, 2.0, 4.0, -9.0)]
    else:
        assert list(compile_llvm(Kernel(program, 3, 4)).function([1.0, 2.0, 5.0], [])[0]) == [1.0, 1.0, 3.0, -5.0]


def test_refusals():
    b = Builder()
    b.input("x")
    loop = b.loops.add(3)
    x = b.emit("item", b.block(0, ((loop, 0),)), b.const(3.0), over=loop)
    with pytest.raises(UnsupportedOperation, match="from 0 to 2"):
        compile_llvm(Kernel(b.finish([x]), 1, 1))
    b = Builder()
    b.input("x")
    loop = b.loops.add(0)
    with pytest.raises(UnsupportedOperation, match="python"):
        compile_llvm(Kernel(b.finish([b.emit("sum", b.block(0, ((loop, 0),)), over=loop)]), 1, 1))


def test_a_number_of_a_round_that_there_is_not_gives_nan():
    b = Builder()
    k = b.input("k")
    for place in range(3):
        b.input(f"x{place}")
    loop = b.loops.add(3)
    run = compile_llvm(Kernel(b.finish([b.emit("item", b.block(1, ((loop, 1),)), k, over=loop)]), 0, 0)).function
    numbers = [0.0, 1.9, 2.0, 3.0, -1.0, 1e300, math.nan]
    _, found = run([], [[k, 5.0, 6.0, 7.0] for k in numbers])
    assert [one for (one,) in found[:3]] == [5.0, 6.0, 7.0]
    assert all(math.isnan(one) for (one,) in found[3:])
