"""Where a slope is infinite and the loss is a number, compiled training steps go on as the eager engine does."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value, compile_step

pytest.importorskip("llvmlite")

LOSSES = {
    "sqrt": lambda w, x: ag.sqrt(w * x),
    "asin": lambda w, x: ag.asin(1.0 - w * x / 2),
    "cbrt": lambda w, x: ag.cbrt(w) * x,
    "norm": lambda w, x: ag.sqrt(w * w) * x,
    "behind": lambda w, x: ag.exp(-ag.sqrt(w) * x) + ag.log(1.0 + ag.sqrt(w)),
    "branch": lambda w, x: ag.where(x > 1.5, ag.sqrt(w), w * x),
    "log": lambda w, x: ag.log(w * x),
}


steps = {}


def same(one, other):
    return one == other or (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-9)


@given(
    st.sampled_from(sorted(LOSSES)),
    st.sampled_from(["python", "llvm"]),
    st.lists(st.sampled_from([0.0, -0.0, 0.25, 1.0, 2.0]), min_size=1, max_size=3),
    st.sampled_from([0.0, -0.0, 0.5]),
)
@settings(max_examples=60, deadline=None)
def test_an_infinite_slope_is_that_of_the_eager_engine(name, backend, xs, start):
    w = Value(0.5)
    if (name, backend) not in steps:
        steps[name, backend] = w, compile_step(lambda x: LOSSES[name](w, x), [w], (1.25,), backend=backend)
    w, step = steps[name, backend]
    w.data = start
    step.load([(x,) for x in xs])
    eager = Value(start)
    try:
        total = sum(LOSSES[name](eager, x) for x in xs) / len(xs)
    except ag.DomainError:
        with pytest.raises(ag.DomainError):
            step.run(1, lr=0.0)
        return
    total.backward()
    found, (slope,) = step.gradient()
    assert same(found, total.data)
    assert same(slope, eager.grad)
    step.run(1, lr=0.5)
    assert same(w.data, start - 0.5 * eager.grad)


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_what_comes_of_it_raises_where_the_eager_engine_does(backend):
    w = Value(0.0)
    step = compile_step(lambda x: ag.sqrt(w * x), [w], (1.0,), backend=backend)
    step.load([(1.0,)])
    with pytest.raises(ag.DomainError, match="-inf") as caught:
        step.run(3, lr=0.1)
    assert "step 1" in " ".join(caught.value.__notes__)
    assert w.data == -math.inf


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_a_penalty_may_be_steep(backend):
    w = Value(0.0)
    step = compile_step(lambda x: w * x, [w], (1.0,), backend=backend, penalty=lambda: ag.sqrt(w))
    step.load([(1.0,)])
    assert step.run(1, lr=0.1) == [0.0]
    assert w.data == -math.inf
