"""What all optimizers share: groups, state, what they refuse and how they say so; and clipping."""

import contextlib
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused
from test_nn_optim import START, loss, path

from autograd_lite import Value, no_grad
from autograd_lite.nn import optim
from autograd_lite.nn.optim.optimizer import Optimizer

KINDS = {
    "SGD": {"lr": 0.01, "momentum": 0.9},
    "Adagrad": {"lr": 0.1},
    "RMSprop": {"lr": 0.01, "momentum": 0.3, "centered": True},
    "Adadelta": {"lr": 0.5},
    "Adam": {"lr": 0.05, "amsgrad": True},
    "AdamW": {"lr": 0.05},
}


def climb(p):
    return -1.0 * loss(p)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "AdamW"])
def test_maximize_climbs_the_negative(kind):
    params = [Value(number) for number in START]
    optimizer = getattr(optim, kind)(params, maximize=True, **KINDS[kind])
    for _ in range(20):
        optimizer.zero_grad()
        climb(params).backward()
        optimizer.step()
    assert [p.data for p in params] == path(kind, 20, **KINDS[kind])[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_groups_move_as_each_would_alone(kind):
    first, second = KINDS[kind], {**KINDS[kind], "lr": 0.3 * KINDS[kind]["lr"], "weight_decay": 0.1}

    def quadratic(p):
        return (p[0] - 1.0) ** 2 + 2.0 * (p[1] + 0.5) ** 2

    def run(make):
        a, b = Value(0.3), Value(0.7)
        optimizers = make(a, b)
        for _ in range(30):
            for one in optimizers:
                one.zero_grad()
            quadratic([a, b]).backward()
            for one in optimizers:
                one.step()
        return a.data, b.data

    make = getattr(optim, kind)
    together = run(lambda a, b: [make([{"params": [a]}, {"params": b, **second}], **first)])
    apart = run(lambda a, b: [make([a], **first), make([b], **second)])
    assert together == apart


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_and_unreached_parameters_stay(kind):
    reached, frozen, idle = Value(1.0), Value(2.0), Value(3.0)
    optimizer = getattr(optim, kind)([reached, frozen, idle], **KINDS[kind])
    (reached * frozen).backward()
    frozen.requires_grad = False
    optimizer.step()
    assert reached.data != 1.0
    assert (frozen.data, idle.data) == (2.0, 3.0)
    assert optimizer.state[1:] == [{}, {}]


@pytest.mark.parametrize("kind", [*KINDS, "LBFGS"])
def test_the_state_goes_through_json_to_the_bit(kind):
    options = KINDS.get(kind, {"max_iter": 2})

    def run(params, optimizer, steps):
        def closure():
            optimizer.zero_grad()
            value = loss(params)
            value.backward()
            return value

        for _ in range(steps):
            optimizer.step(closure)

    make = getattr(optim, kind)
    whole = [Value(number) for number in START]
    run(whole, make(whole, **options), 12)
    half = [Value(number) for number in START]
    first = make(half, **options)
    run(half, first, 5)
    again = [Value(p.data) for p in half]
    # Another rate: the state brings its own.
    second = make(again, **{**options, "lr": 0.7})
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    run(again, second, 7)
    assert [p.data for p in again] == [p.data for p in whole]


#: PyTorch's, as test_nn_optim_torch checks.
DEFAULTS = {
    "SGD": {"lr": 1e-3, "momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0, "nesterov": False},
    "Adagrad": {"lr": 1e-2, "lr_decay": 0.0, "weight_decay": 0.0, "initial_accumulator_value": 0.0, "eps": 1e-10},
    "RMSprop": {"lr": 1e-2, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0.0, "momentum": 0.0, "centered": False},
    "Adadelta": {"lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0.0},
    "Adam": {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0, "amsgrad": False},
    "AdamW": {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2, "amsgrad": False},
    "LBFGS": {"lr": 1.0, "max_iter": 20, "max_eval": 25, "tolerance_grad": 1e-7, "tolerance_change": 1e-9, "history_size": 100,
              "line_search_fn": None},
}  # fmt: skip


@pytest.mark.parametrize("kind", DEFAULTS)
def test_defaults(kind):
    x = Value(1.0)
    optimizer = getattr(optim, kind)([("x", x)])  # with its name, as named_parameters() gives it
    assert {**optimizer.defaults, "maximize": None} == {**DEFAULTS[kind], "maximize": None}
    assert optimizer.params == [x]
    assert f"lr={DEFAULTS[kind]['lr']!r}" in repr(optimizer)
    assert "params" not in repr(optimizer)


def test_the_rate_is_that_of_the_first_group():
    assert optim.SGD([{"params": [Value(1.0)], "lr": 0.5}, {"params": [Value(1.0)]}], lr=0.1).lr == 0.5


def test_a_state_that_does_not_fit_changes_nothing():
    x, y = Value(1.0), Value(2.0)
    adam = optim.Adam([x, y], lr=0.1)
    good = adam.state_dict()
    for bad, said in (
        (optim.SGD([x, y], lr=0.1).state_dict(), ["SGD", "Adam"]),
        (optim.Adam([x], lr=0.1).state_dict(), [[1], [2]]),
        ({}, ["optimizer", "state", "param_groups"]),
        ([], ["optimizer", "state", "param_groups"]),
        ({**good, "state": [{"exp_avg": "x"}, {}]}, ["state", "numbers"]),
        ({**good, "param_groups": [{**good["param_groups"][0], "lr": -1.0}]}, ["lr", -1.0, 0]),
        ({**good, "param_groups": [{**good["param_groups"][0], "speed": 1.0}]}, ["Adam", "speed"]),
    ):
        with refused(ValueError, *said):
            adam.load_state_dict(bad)
        assert adam.state_dict() == good


def test_zero_grad():
    x = Value(2.0)
    descent = optim.SGD([x], lr=0.1)
    (x * x).backward()
    descent.zero_grad()
    assert not x.has_grad
    descent.zero_grad(set_to_none=False)
    assert x.has_grad
    assert x.grad == 0.0


def test_an_optimizer_of_ones_own():
    class SignDescent(optim.Optimizer):
        def __init__(self, params, lr=0.1):
            super().__init__(params, {"lr": lr})

        def update(self, data, grad, state, group):
            return data - group["lr"] * math.copysign(1.0, grad)

    x = Value(3.0)
    descent = SignDescent([x], lr=0.5)
    (x * x).backward()
    descent.step()
    assert x.data == 2.5
    with refused(ValueError, "lr", math.inf, 0):
        SignDescent([x], lr=math.inf)
    with refused(NotImplementedError, "Optimizer", "update()"):
        optim.Optimizer([x], {"lr": 0.1}).step()


# --- what is refused ---------------------------------------------------------------------------------------------------
NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("SGD", {"lr": -0.1}, ["lr", -0.1, 0, "maximize=True"]),
        *[(kind, {"lr": bad}, ["lr", bad, 0]) for kind in [*KINDS, "LBFGS"] for bad in (-1e-9, NAN, INF)],
        *[(kind, {"weight_decay": bad}, ["weight_decay", bad, 0]) for kind in KINDS for bad in (-0.1, NAN, INF)],
        *[("SGD", {"momentum": bad}, ["momentum", bad, 0, 1]) for bad in (-0.1, 1.0, 9.0, NAN)],
        ("SGD", {"momentum": 0.9, "dampening": 1.5}, ["dampening", 1.5, 0, 1]),
        ("SGD", {"nesterov": True}, ["SGD(model, momentum=0.9, nesterov=True)", "momentum=0.0"]),
        ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, ["dampening=0.1"]),
        ("Adagrad", {"lr_decay": -1.0}, ["lr_decay", -1.0, 0]),
        ("Adagrad", {"initial_accumulator_value": -1.0}, ["initial_accumulator_value", -1.0, 0]),
        ("RMSprop", {"alpha": 1.1}, ["alpha", 1.1, 0, 1]),
        ("RMSprop", {"momentum": 1.0}, ["momentum", 1.0, 0, 1]),
        ("Adadelta", {"rho": -0.1}, ["rho", -0.1, 0, 1]),
        *[(kind, {"eps": bad}, ["eps", bad, 0]) for kind in ("Adam", "AdamW", "Adagrad", "RMSprop", "Adadelta")
          for bad in (0.0, -1e-8, NAN)],
        *[(kind, {"betas": (0.9, bad)}, ["betas[1]", bad, 0, 1]) for kind in ("Adam", "AdamW") for bad in (1.0, -0.1, NAN)],
        *[("LBFGS", {name: bad}, [name, bad, 1]) for name in ("max_iter", "history_size", "max_eval") for bad in (0, 2.5)],
        ("LBFGS", {"tolerance_grad": -1.0}, ["tolerance_grad", -1.0, 0]),
        ("LBFGS", {"line_search_fn": "wolfe"}, ["line_search_fn", "wolfe", "strong_wolfe", None]),
    ],
)  # fmt: skip
def test_senseless_options(kind, options, said):
    with refused(ValueError, *said):
        getattr(optim, kind)([Value(1.0)], **options)
    if kind != "LBFGS":
        with refused(ValueError, *said):
            getattr(optim, kind)([{"params": [Value(1.0)], **options}])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda x: optim.SGD([x], lr="0.1"), ["lr", "'0.1'", 0]),
        (lambda x: optim.SGD([x], lr=None), ["lr", None]),
        (lambda x: optim.SGD([x], lr=Value(0.1)), ["lr", ".data"]),
        (lambda x: optim.Adam([x], betas=0.9), ["betas=(0.9, 0.999)", 0.9]),
        (lambda x: optim.Adam([x], betas=(0.9, 0.99, 0.999)), ["betas=(0.9, 0.999)", (0.9, 0.99, 0.999)]),
        (lambda x: optim.SGD([1.0], lr=0.1), ["Values", "float"]),
        (lambda x: optim.SGD([x * 2.0], lr=0.1), ["leaves", "mul"]),
        (lambda x: optim.SGD(0.1), ["SGD(model, lr=0.1)", 0.1]),
        (lambda x: optim.LBFGS([x]).step(), ["optimizer.step(closure)"]),
        (lambda x: optim.lr_scheduler.StepLR(x, 2), ["optimizer", "Value"]),
    ],
)
def test_what_is_no_number_and_no_parameter(make, said):
    with refused(TypeError, *said):
        make(Value(1.0))


def test_parameters_that_are_refused():
    x, y = Value(1.0), Value(2.0)
    with refused(ValueError, "model.parameters()"):
        optim.SGD([], lr=0.1)
    with refused(ValueError, "twice"):
        optim.SGD([x, x], lr=0.1)
    with refused(ValueError, "twice"):
        optim.SGD([{"params": [x]}, {"params": [y, x]}], lr=0.1)
    with refused(ValueError, "momentun", *optim.SGD([x]).defaults):
        optim.SGD([{"params": [x], "momentun": 0.9}], lr=0.1)
    with refused(ValueError, "L-BFGS", "one group"):
        optim.LBFGS([{"params": [x]}, {"params": [y]}])


# --- clipping ----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=6),
    st.floats(1e-6, 10.0) | st.just(0.0),
    st.sampled_from([1.0, 2.0, 3.5, INF]),
)
def test_clipping_by_norm(grads, longest, kind):
    params = [Value(0.0) for _ in grads]
    for p, grad in zip(params, grads, strict=True):
        p.grad = grad
    if kind == INF:
        norm = max(map(abs, grads))
    else:
        norm = math.fsum(abs(grad) ** kind for grad in grads) ** (1.0 / kind)
    assert optim.clip_grad_norm_(params, longest, kind) == pytest.approx(norm, rel=1e-12)
    assert optim.grad_norm(params, kind) <= longest * (1.0 + 1e-12) or norm <= longest + 1e-6
    # The direction stays: all are scaled by one factor.
    factor = min(1.0, longest / (norm + 1e-6))
    assert [p.grad for p in params] == pytest.approx([factor * grad for grad in grads], rel=1e-12, abs=1e-300)


@settings(deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=6), st.floats(0.0, 10.0))
def test_clipping_by_value(grads, largest):
    params = [Value(0.0) for _ in grads]
    for p, grad in zip(params, grads, strict=True):
        p.grad = grad
    optim.clip_grad_value_(params, largest)
    assert [p.grad for p in params] == [min(max(grad, -largest), largest) for grad in grads]


def test_norms_of_large_gradients():
    x, y = Value(0.0), Value(0.0)
    x.grad, y.grad = 3e200, 4e200
    assert optim.grad_norm([x, y]) == pytest.approx(5e200)
    assert optim.grad_norm([x, y], 3.0) == pytest.approx(1e200 * (27.0 + 64.0) ** (1 / 3))
    x.grad = INF
    assert optim.grad_norm([x, y]) == optim.grad_norm([x, y], 3.0) == optim.grad_norm([x, y], INF) == INF


def test_clipping_leaves_what_has_no_gradient_and_refuses_nonsense():
    x, y = Value(1.0), Value(1.0)
    x.grad = 3.0
    assert optim.clip_grad_norm_([x, y], 1.0) == 3.0
    assert not y.has_grad
    assert optim.grad_norm([y]) == 0.0
    for call, said in (
        (lambda: optim.clip_grad_norm_([x], -1.0), ["max_norm", -1.0, 0]),
        (lambda: optim.clip_grad_norm_([x], NAN), ["max_norm", NAN, 0]),
        (lambda: optim.clip_grad_value_([x], -1.0), ["clip_value", -1.0, 0]),
        (lambda: optim.grad_norm([x], 0.0), ["norm", 0.0, 2, "inf"]),
    ):
        with refused(ValueError, *said):
            call()


SPECIAL = st.floats(-1e3, 1e3) | st.sampled_from([NAN, INF, -INF, 0.0])


def with_grads(grads):
    params = [Value(0.0) for _ in grads]
    for p, grad in zip(params, grads, strict=True):
        p.grad = grad
    return params


@settings(deadline=None)
@given(st.lists(SPECIAL, min_size=1, max_size=4), st.sampled_from([0.5, 1.0, 2.0, 3.0, INF]))
def test_a_norm_is_nan_if_a_gradient_is(grads, kind):
    norm = optim.grad_norm(with_grads(grads), kind)
    assert math.isnan(norm) == any(map(math.isnan, grads))
    assert (norm == INF) == (any(map(math.isinf, grads)) and not math.isnan(norm))


@settings(deadline=None)
@given(st.lists(SPECIAL, min_size=1, max_size=4), st.floats(0.0, 10.0) | st.just(INF))
def test_clipping_by_value_keeps_nan_where_it_is(grads, largest):
    params = with_grads(grads)
    optim.clip_grad_value_(params, largest)
    for p, grad in zip(params, grads, strict=True):
        assert math.isnan(p.grad) if math.isnan(grad) else p.grad == math.copysign(min(abs(grad), largest), grad)


@settings(deadline=None)
@given(st.lists(SPECIAL, min_size=1, max_size=4), st.sampled_from([1.0, 2.0, INF]))
def test_an_infinite_longest_norm_measures_and_changes_nothing(grads, kind):
    params = with_grads(grads)
    norm = optim.clip_grad_norm_(params, INF, kind)
    assert repr(norm) == repr(optim.grad_norm(params, kind))
    assert repr([p.grad for p in params]) == repr(grads)


def test_clipping_by_a_norm_that_is_nan_hides_nothing():
    for kind in (1.0, 2.0, 3.0, INF):
        params = with_grads([1.0, NAN, INF])
        assert math.isnan(optim.clip_grad_norm_(params, 1.0, kind))
        assert all(math.isnan(p.grad) for p in params)
    assert optim.grad_norm(with_grads([1.0] * 3), 1e-3) == INF  # 3 ** 1000


def test_amsgrad_and_centred_means_keep_nan():
    for kind, options in (("Adam", {"amsgrad": True}), ("RMSprop", {"centered": True})):
        (x,) = with_grads([NAN])
        optimizer = getattr(optim, kind)([x], **options)
        optimizer.step()
        assert math.isnan(x.data)
        assert math.isnan(optimizer.state[0].get("max_exp_avg_sq", NAN))


# --- the order of parameters, and modes --------------------------------------------------------------------------------


def test_parameters_in_no_order_are_refused():
    x, y = Value(1.0), Value(2.0)
    for make in (
        lambda: optim.SGD({x, y}),
        lambda: optim.SGD(frozenset([x])),
        lambda: optim.SGD([{"params": {x, y}}]),
        lambda: optim.SGD([x]).add_param_group({"params": {y}}),
    ):
        with refused(TypeError, "order", "model.parameters()"):
            make()
    named = {"x": x, "y": y}
    assert optim.SGD(named.values()).params == optim.SGD(named.items()).params == [x, y]


@pytest.mark.parametrize("kind", [*KINDS, "LBFGS"])
def test_a_closure_records_inside_no_grad(kind):
    """PyTorch's custom: `step` is often called there, and the closure of the step computes gradients all the same."""

    def run(mode):
        x = Value(1.0)
        optimizer = getattr(optim, kind)([x], **KINDS.get(kind, {}))

        def closure():
            optimizer.zero_grad()
            value = (x - 3.0) ** 2
            value.backward()
            return value

        with mode():
            for _ in range(3):
                optimizer.step(closure)
            assert (x * x).requires_grad is (mode is contextlib.nullcontext)
        return x.data

    assert run(no_grad) == run(contextlib.nullcontext) != 1.0


def test_an_optimizer_with_a_step_of_its_own_is_saved_and_loaded():
    class Sign(Optimizer):
        def __init__(self, params, lr=0.1):
            super().__init__(params, {"lr": lr})

        def step(self, closure=None):
            for memory, parameter in zip(self.state, self.params, strict=True):
                memory["steps"] = memory.get("steps", 0) + 1
                parameter.data -= self.lr * (1.0 if parameter.grad > 0.0 else -1.0)

    x, y = Value(1.0), Value(1.0)
    (x * x).backward()
    first, other = Sign([x]), Sign([y])
    first.step()
    other.load_state_dict(first.state_dict())
    assert (x.data, other.state) == (0.9, [{"steps": 1}])


def _stepped(make, grown=1.0, switched=None):
    """An optimizer of one number after a step, with an option switched on behind it."""
    x = Value(1.0)
    optimizer = make([x])
    (x * x * grown).backward()
    optimizer.step()
    optimizer.param_groups[0].update(switched or {})
    return optimizer


@pytest.mark.parametrize(
    ("make", "grown", "switched"),
    [
        (optim.Adam, 1e200, None),  # its second moment is beyond floats
        (optim.Adam, 1.0, {"amsgrad": True}),
        (optim.RMSprop, 1.0, {"momentum": 0.5}),
        (optim.RMSprop, 1.0, {"centered": True}),
        (lambda params: optim.SGD(params, lr=0.1), 1.0, {"momentum": 0.5}),
    ],
    ids=["beyond", "amsgrad", "momentum", "centered", "sgd"],
)
def test_an_honest_state_is_taken_back(make, grown, switched):
    optimizer = _stepped(make, grown, switched)
    state = json.loads(json.dumps(optimizer.state_dict()))
    optimizer.load_state_dict(state)
    assert json.loads(json.dumps(optimizer.state_dict())) == state
    optimizer.step()


class Own(Optimizer):
    """What it remembers is its own affair."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    def update(self, data, grad, state, group):
        state["step"] = state.get("step", 0.0) + 0.5
        state.setdefault("up" if grad > 0.0 else "down", []).append(True)
        return data - group["lr"] * grad / abs(data)


def test_what_an_optimizer_of_ones_own_remembers_is_taken_as_it_is():
    optimizer = _stepped(Own)
    optimizer.load_state_dict(json.loads(json.dumps(optimizer.state_dict())))
    assert optimizer.state == [{"step": 0.5, "up": [True]}]


def test_a_damaged_memory_is_refused():
    for damage in (
        {"step": 3},
        {"step": 3, "exp_avg": math.nan, "exp_avg_sq": 1.0},
        {"step": 3, "exp_avg": [[0.0]], "exp_avg_sq": 1.0},
    ):
        optimizer = _stepped(optim.Adam)
        before, state = json.dumps(optimizer.state_dict()), optimizer.state_dict()
        state["state"] = [damage]
        with refused(ValueError, "the state of a parameter"):
            optimizer.load_state_dict(state)
        assert json.dumps(optimizer.state_dict()) == before


def test_options_may_be_numpys_numbers():
    np = pytest.importorskip("numpy")
    half, near = np.float32(0.5), np.float32(0.875)
    pairs = [
        (lambda p: optim.SGD(p, lr=half, momentum=near), lambda p: optim.SGD(p, lr=0.5, momentum=0.875)),
        (lambda p: optim.Adam(p, betas=(half, near)), lambda p: optim.Adam(p, betas=(0.5, 0.875))),
        (lambda p: optim.RMSprop(p, alpha=near), lambda p: optim.RMSprop(p, alpha=0.875)),
    ]
    for one, other in pairs:
        assert _stepped(one).state_dict() == _stepped(other).state_dict()
