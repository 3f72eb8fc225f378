"""Machine code of programs with loops, against the table's texts evaluated one by one (`Program.run`)."""

import math
import random
from functools import reduce
from operator import add

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite.compiler.adjoint import append_gradient
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


def compare(kernel: Kernel, inputs: list[float], rows: list[list[float]]) -> None:
    """Compiled and interpreted."""
    sums, each = compile_llvm(kernel).function(inputs, rows)
    if not kernel.mapped:
        wanted = kernel.program.run(inputs)
        assert [k for k, pair in enumerate(zip(sums, wanted, strict=True)) if not close(*pair)] == []
        return
    found = [kernel.program.run([*inputs, *row]) for row in rows]
    wanted = [reduce(add, column) for column in zip(*found, strict=True)][: kernel.summed]
    assert [k for k, pair in enumerate(zip(sums, wanted, strict=True)) if not close(*pair, 10.0 * len(rows))] == []
    for row, one in zip(each, found, strict=True) if kernel.each else ():
        assert [k for k, pair in enumerate(zip(row, one[kernel.summed :], strict=True)) if not close(*pair, 10.0)] == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from((1, 3, 4, 5, 9)), st.booleans())
def test_random_programs(seed, count, gradient):
    drawn = Drawn(seed, largest=13)
    compare(drawn.kernel(gradient, guards=True), drawn.inputs(), drawn.rows(count))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_random_programs_without_samples(seed, gradient):
    drawn = Drawn(seed, mapped=False)
    compare(drawn.kernel(gradient, guards=True), drawn.inputs(), [])
