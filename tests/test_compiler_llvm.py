"""Machine code: what is particular to it, against the eager engine."""

import math
import random

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.compiler import compile_step

pytest.importorskip("llvmlite")

PENALTIES = {
    "squares in a chain": lambda ps: 0.01 * sum(p * p for p in ps),
    "dot": lambda ps: 0.3 * ag.dot(ps, ps),
    "absolute values": lambda ps: 0.1 * ag.sum([ag.abs(p) for p in ps]),
    "a term that is 1 at 0": lambda ps: ag.sum([ag.exp(p) for p in ps]) / 7.0,
    "a function of the sum": lambda ps: ag.sqrt(ag.sum([p * p for p in ps])),
    "some of them": lambda ps: 0.1 * ag.sum([p * p for p in ps[1:]]),
    "one of them twice": lambda ps: ag.sum([p * p for p in [*ps, ps[0]]]),
    "another term": lambda ps: ag.sum([p * p for p in ps[1:]]) + ps[0] ** 4,
    "neighbours": lambda ps: ag.sum([p * q for p, q in zip(ps, ps[1:], strict=False)]),
}


@pytest.mark.parametrize("count", [2, 8, 37])
@pytest.mark.parametrize("name", PENALTIES)
def test_penalties(name, count):
    """In vectors or not, the numbers next to the parameters (sums, metrics, Values from outside) stay as they are."""
    rng = random.Random(name)
    ps = [Value(rng.uniform(-1.0, 1.0)) for _ in range(count)]
    outside = Value(0.7)

    def loss(x):
        return [outside * ag.sum(ps) * x, 3.0 * x]

    step = compile_step(loss, ps, (1.0,), penalty=lambda: PENALTIES[name](ps), metrics=1, backend="llvm")
    step.load([(1.0,), (2.0,)])
    total, slopes = step.gradient()
    eager = 1.5 * loss(1.0)[0] + PENALTIES[name](ps)
    eager.backward()
    assert total == pytest.approx(eager.data, rel=1e-14)
    assert slopes == pytest.approx([p.grad for p in ps], rel=1e-13, abs=1e-16)
    before = [p.data for p in ps]
    losses = step.run(2, lr=0.125)
    assert step.metrics == [4.5]
    assert losses[0] == total
    for p, old, slope in zip(ps, before, slopes, strict=True):
        p.data = old - 0.125 * slope
    assert losses[1] == pytest.approx(1.5 * loss(1.0)[0].data + PENALTIES[name](ps).data, rel=1e-13)
    assert math.isfinite(losses[1])
    assert ("@rest(" in step.source) == (name in list(PENALTIES)[:4])
