"""The steps of every optimizer and the rates of every schedule against PyTorch's, where PyTorch is installed."""

import math
import warnings

import pytest
from test_nn_optim_options import DEFAULTS

from autograd_lite import Value
from autograd_lite.nn import optim
from autograd_lite.nn.optim import lr_scheduler

torch = pytest.importorskip("torch")

START = [-1.2, 1.0, 0.3, -0.7]

OPTIONS = [
    ("SGD", {"lr": 0.01}),
    ("SGD", {"lr": 0.01, "momentum": 0.9}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.05, "weight_decay": 0.02, "initial_accumulator_value": 0.3, "eps": 1e-6}),
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.01, "alpha": 0.9, "momentum": 0.5, "centered": True, "weight_decay": 0.01}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-5, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.02}),
    ("Adam", {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1, "amsgrad": True}),
    ("AdamW", {"lr": 0.02}),
    ("AdamW", {"lr": 0.02, "weight_decay": 0.2, "amsgrad": True}),
    ("LBFGS", {"lr": 0.5, "max_iter": 3}),
    ("LBFGS", {"line_search_fn": "strong_wolfe", "max_iter": 2, "history_size": 3}),
]


def loss(p, cos):
    return (1 - p[0]) ** 2 + 2.0 * (p[1] - p[0] * p[0]) ** 2 + (p[2] - 0.5) ** 2 * (1 + p[3] ** 2) + 0.3 * cos(p[3] * p[1])


def ours(kind, options, steps, schedule=None):
    params = [Value(number) for number in START]
    optimizer = getattr(optim, kind)(params, **options)
    return params, optimizer, run(params, optimizer, lambda v: v.cos(), steps, schedule)


def theirs(kind, options, steps, schedule=None):
    params = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in START]
    optimizer = getattr(torch.optim, kind)(params, **options)
    return params, optimizer, run(params, optimizer, torch.cos, steps, schedule)


def run(params, optimizer, cos, steps, schedule):
    def closure():
        optimizer.zero_grad()
        value = loss(params, cos)
        value.backward()
        return value

    path, scheduler = [], schedule(optimizer) if schedule else None
    for _ in range(steps):
        optimizer.step(closure)
        path.append([p.item() for p in params])
        if scheduler is not None:
            scheduler.step()
    return path


@pytest.mark.parametrize(("kind", "options"), OPTIONS, ids=lambda v: v if isinstance(v, str) else "-".join(v))
def test_a_hundred_steps_are_pytorchs(kind, options):
    mine, reference = ours(kind, options, 100)[2], theirs(kind, options, 100)[2]
    for a, b in zip(mine, reference, strict=True):
        assert a == pytest.approx(b, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("kind", DEFAULTS)
def test_defaults_are_pytorchs(kind):
    theirs = getattr(torch.optim, kind)([torch.zeros(1, requires_grad=True)]).defaults
    for name, value in DEFAULTS[kind].items():
        # L-BFGS works its limit out later; it is max_iter * 5 / 4 in both.
        assert theirs[name] == value or (name == "max_eval" and theirs[name] in (None, value))


def test_groups_are_pytorchs():
    def groups(p, kind):
        return kind([{"params": p[:2], "lr": 0.01}, {"params": p[2:], "betas": (0.5, 0.9), "weight_decay": 0.3}], lr=0.03)

    mine = [Value(number) for number in START]
    tensors = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in START]
    run(mine, groups(mine, optim.AdamW), lambda v: v.cos(), 100, None)
    run(tensors, groups(tensors, torch.optim.AdamW), torch.cos, 100, None)
    assert [p.data for p in mine] == pytest.approx([t.item() for t in tensors], rel=1e-12, abs=1e-12)


def test_a_warm_up_is_pytorchs():
    def warm_up(optimizer, schedules):
        parts = [schedules.LinearLR(optimizer, 0.1, total_iters=5), schedules.CosineAnnealingLR(optimizer, 20)]
        return schedules.SequentialLR(optimizer, parts, milestones=[5])

    mine = ours("SGD", {"lr": 0.05}, 25, lambda o: warm_up(o, lr_scheduler))[2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own schedule steps its parts in an order it warns of
        reference = theirs("SGD", {"lr": 0.05}, 25, lambda o: warm_up(o, torch.optim.lr_scheduler))[2]
    for a, b in zip(mine, reference, strict=True):
        assert a == pytest.approx(b, rel=1e-12, abs=1e-12)


SCHEDULES = [
    ("StepLR", {"step_size": 7, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [5, 6, 20], "gamma": 0.5}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("LambdaLR", {"lr_lambda": lambda k: 1.0 / (1.0 + 0.1 * k)}),
    ("CosineAnnealingLR", {"T_max": 20, "eta_min": 0.001}),
    ("LinearLR", {"start_factor": 0.2, "total_iters": 8}),
    ("OneCycleLR", {"max_lr": 0.02, "total_steps": 40}),
    ("OneCycleLR", {"max_lr": 0.02, "total_steps": 40, "three_phase": True, "anneal_strategy": "linear"}),
    ("OneCycleLR", {"max_lr": 0.02, "epochs": 5, "steps_per_epoch": 8, "pct_start": 0.4, "div_factor": 10.0}),
]


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize(("name", "options"), SCHEDULES, ids=lambda v: v if isinstance(v, str) else "")
def test_scheduled_steps_are_pytorchs(kind, name, options):
    settings = {"lr": 0.05, **({"momentum": 0.9} if kind == "SGD" else {})}
    mine = ours(kind, settings, 39, lambda o: getattr(lr_scheduler, name)(o, **options))
    reference = theirs(kind, settings, 39, lambda o: getattr(torch.optim.lr_scheduler, name)(o, **options))
    assert mine[1].lr == pytest.approx(reference[1].param_groups[0]["lr"], rel=1e-12)
    for a, b in zip(mine[2], reference[2], strict=True):
        assert a == pytest.approx(b, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {"factor": 0.5, "patience": 2},
        {"factor": 0.3, "patience": 1, "cooldown": 2, "threshold": 0.05, "min_lr": 1e-3},
        {"mode": "max", "threshold_mode": "abs", "threshold": 0.1, "patience": 0},
    ],
)
def test_plateaus_are_pytorchs(options):
    metrics = [1.0 + 0.5 * math.sin(0.7 * k) - 0.01 * k for k in range(60)]
    mine = optim.SGD([Value(0.0)], lr=0.1)
    reference = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    a = lr_scheduler.ReduceLROnPlateau(mine, **options)
    b = torch.optim.lr_scheduler.ReduceLROnPlateau(reference, **options)
    for metric in metrics:
        a.step(metric)
        b.step(metric)
        assert mine.lr == pytest.approx(reference.param_groups[0]["lr"], rel=1e-12)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
@pytest.mark.parametrize("most", [1, 2, 3, 5, None])
def test_lbfgs_evaluates_as_often_as_pytorchs(most, search):
    def counted(make, parameter, cos):
        params = [parameter(number) for number in START]
        optimizer, calls = make(params, lr=0.3, max_eval=most, line_search_fn=search), []

        def closure():
            calls.append(None)
            optimizer.zero_grad()
            value = loss(params, cos)
            value.backward()
            return value

        counts = []
        for _ in range(4):
            optimizer.step(closure)
            counts.append(len(calls))
        return counts

    tensor = lambda number: torch.tensor(number, dtype=torch.float64, requires_grad=True)  # noqa: E731
    assert counted(optim.LBFGS, Value, lambda v: v.cos()) == counted(torch.optim.LBFGS, tensor, torch.cos)


@pytest.mark.parametrize("grads", [[1.0, math.nan], [math.nan, math.inf], [1.0, math.inf], [math.inf, -math.inf, 2.0]])
@pytest.mark.parametrize("kind", [1.0, 2.0, 3.0, math.inf])
def test_clipping_what_is_no_number_is_pytorchs(grads, kind):
    mine = [Value(0.0) for _ in grads]
    tensors = [torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in grads]
    for p, t, grad in zip(mine, tensors, grads, strict=True):
        p.grad, t.grad = grad, torch.tensor(grad, dtype=torch.float64)
    norm, expected = optim.clip_grad_norm_(mine, 1.5, kind), torch.nn.utils.clip_grad_norm_(tensors, 1.5, kind)
    assert norm == pytest.approx(float(expected), nan_ok=True)
    assert [p.grad for p in mine] == pytest.approx([float(t.grad) for t in tensors], nan_ok=True)
    for p, t, grad in zip(mine, tensors, grads, strict=True):
        p.grad, t.grad = grad, torch.tensor(grad, dtype=torch.float64)
    optim.clip_grad_value_(mine, 0.5)
    torch.nn.utils.clip_grad_value_(tensors, 0.5)
    assert [p.grad for p in mine] == pytest.approx([float(t.grad) for t in tensors], nan_ok=True)


def test_clipping_is_pytorchs():
    numbers, grads = [1.0, -2.0, 3.0], [0.3, -4.0, 2.5]
    for clip, reference in (
        (lambda p: optim.clip_grad_norm_(p, 1.5), lambda p: torch.nn.utils.clip_grad_norm_(p, 1.5)),
        (lambda p: optim.clip_grad_norm_(p, 1.5, math.inf), lambda p: torch.nn.utils.clip_grad_norm_(p, 1.5, math.inf)),
        (lambda p: optim.clip_grad_norm_(p, 1.5, 3.0), lambda p: torch.nn.utils.clip_grad_norm_(p, 1.5, 3.0)),
        (lambda p: optim.clip_grad_norm_(p, 50.0), lambda p: torch.nn.utils.clip_grad_norm_(p, 50.0)),
        (lambda p: optim.clip_grad_value_(p, 2.0), lambda p: torch.nn.utils.clip_grad_value_(p, 2.0)),
    ):
        mine = [Value(number) for number in numbers]
        tensors = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
        for p, t, grad in zip(mine, tensors, grads, strict=True):
            p.grad, t.grad = grad, torch.tensor(grad, dtype=torch.float64)
        norm, expected = clip(mine), reference(tensors)
        assert norm is expected is None or norm == pytest.approx(float(expected), rel=1e-12)
        assert [p.grad for p in mine] == pytest.approx([float(t.grad) for t in tensors], rel=1e-12)
