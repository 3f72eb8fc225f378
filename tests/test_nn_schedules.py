"""Schedules of the learning rate against closed forms and straight lines drawn by NumPy; with PyTorch in test_nn_optim_torch."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused

from autograd_lite import Value, nn
from autograd_lite.nn.optim import SGD, Adagrad, Adam, lr_scheduler

LR = 0.3


def descent(**options):
    return SGD([Value(0.0)], **{"lr": LR, **options})


def rates(make, steps, **options):
    """The rates of a schedule, stepped."""
    optimizer = descent(**options)
    schedule = make(optimizer)
    seen = []
    for _ in range(steps):
        seen += schedule.get_last_lr()
        assert optimizer.lr == seen[-1]
        schedule.step()
    return seen


SCHEDULES = {
    "lambda": (lambda o: lr_scheduler.LambdaLR(o, lambda k: 1.0 / (1 + k)), lambda k: LR / (1 + k)),
    "step": (lambda o: lr_scheduler.StepLR(o, 4, 0.5), lambda k: LR * 0.5 ** math.floor(k / 4)),
    "milestones": (
        lambda o: lr_scheduler.MultiStepLR(o, [3, 10, 11], 0.1),
        lambda k: LR * (1.0 if k < 3 else 0.1 if k < 10 else 0.01 if k < 11 else 0.001),
    ),
    "exponential": (lambda o: lr_scheduler.ExponentialLR(o, 0.9), lambda k: LR * math.exp(k * math.log(0.9))),
    # Loshchilov and Hutter 2017, eq. 5, one period.
    "cosine": (
        lambda o: lr_scheduler.CosineAnnealingLR(o, 20, eta_min=0.01),
        lambda k: 0.01 + (LR - 0.01) * math.cos(math.pi * k / 40) ** 2,
    ),
    "linear": (
        lambda o: lr_scheduler.LinearLR(o, 0.1, 0.8, total_iters=7),
        lambda k: LR * float(np.interp(k, [0, 7], [0.1, 0.8])),
    ),
    "warm-up": (
        lambda o: lr_scheduler.SequentialLR(
            o, [lr_scheduler.LinearLR(o, 0.5, total_iters=4), lr_scheduler.CosineAnnealingLR(o, 16)], [4]
        ),
        lambda k: LR * (0.5 + k / 8) if k < 4 else LR * math.cos(math.pi * (k - 4) / 32) ** 2,
    ),
}


@pytest.mark.parametrize(("make", "formula"), SCHEDULES.values(), ids=SCHEDULES)
def test_the_rates_are_the_formulas(make, formula):
    assert rates(make, 20) == pytest.approx([formula(k) for k in range(20)], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("make", "formula"), SCHEDULES.values(), ids=SCHEDULES)
def test_groups_keep_their_proportion(make, formula):
    optimizer = SGD([{"params": [Value(0.0)], "lr": LR}, {"params": [Value(0.0)], "lr": 0.5 * LR}])
    schedule = make(optimizer)
    for k in range(12):
        one, other = schedule.get_last_lr()
        assert one == pytest.approx(formula(k), rel=1e-12)
        assert (schedule.rate(LR, k), schedule.rate(0.5 * LR, k)) == (one, other)
        schedule.step()


@pytest.mark.parametrize(("make", "formula"), SCHEDULES.values(), ids=SCHEDULES)
def test_the_state_goes_through_json(make, formula):
    first = make(descent())
    for _ in range(9):
        first.step()
    optimizer = descent()
    again = make(optimizer)
    again.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert optimizer.lr == first.optimizer.lr
    again.step()
    assert optimizer.lr == pytest.approx(formula(10), rel=1e-12)
    with refused(ValueError, "state"):
        again.load_state_dict({"scheduler": "other"})


# --- one cycle ---------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(4, 60), st.floats(0.1, 0.9), st.floats(1.0, 50.0), st.floats(1.0, 1e4), st.booleans())
def test_one_cycle_of_straight_lines(steps, part, div, final, three):
    if three:
        part *= 0.5
    optimizer = descent(momentum=0.9)
    schedule = lr_scheduler.OneCycleLR(
        optimizer, 0.5, steps, pct_start=part, anneal_strategy="linear", div_factor=div, final_div_factor=final, three_phase=three
    )  # fmt: skip
    low, up = 0.5 / div, part * steps - 1.0
    places = [0.0, up, 2.0 * part * steps - 2.0, steps - 1.0] if three else [0.0, up, steps - 1.0]
    heights = [low, 0.5, low, low / final] if three else [low, 0.5, low / final]
    momenta = [0.95, 0.85, 0.95, 0.95] if three else [0.95, 0.85, 0.95]
    for k in range(steps):
        if places == sorted(places) and len(set(places)) == len(places):
            assert optimizer.lr == pytest.approx(float(np.interp(k, places, heights)), rel=1e-9)
            assert optimizer.param_groups[0]["momentum"] == pytest.approx(float(np.interp(k, places, momenta)), rel=1e-9)
        assert 0.0 < optimizer.lr <= 0.5 * (1.0 + 1e-12)
        schedule.step()


def test_one_cycle_of_cosines_rises_and_falls_between_its_stations():
    optimizer = descent(momentum=0.5)
    schedule = lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=41, pct_start=11 / 41)
    seen = []
    for _ in range(41):
        seen.append((optimizer.lr, optimizer.param_groups[0]["momentum"]))
        schedule.step()
    lrs, momenta = zip(*seen, strict=True)
    assert (lrs[0], lrs[10], lrs[40]) == pytest.approx((1 / 25, 1.0, 1 / 25e4), rel=1e-9)
    assert (momenta[0], momenta[10], momenta[40]) == pytest.approx((0.95, 0.85, 0.95), rel=1e-9)
    assert lrs[5] == pytest.approx((1 / 25 + 1.0) / 2.0, rel=1e-9)  # half way up a cosine
    assert lrs[25] == pytest.approx((1.0 + 1 / 25e4) / 2.0, rel=1e-9)
    assert list(lrs[:11]) == sorted(lrs[:11])
    assert list(lrs[10:]) == sorted(lrs[10:], reverse=True)
    with refused(ValueError, 41, 42):
        schedule.step()


def test_one_cycle_turns_adams_first_beta():
    adam = Adam([Value(0.0)], betas=(0.9, 0.99))
    lr_scheduler.OneCycleLR(adam, 0.1, epochs=2, steps_per_epoch=5)
    assert adam.param_groups[0]["betas"] == (0.95, 0.99)


# --- plateaus ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "metrics", "wanted"),
    [
        # Two epochs without an improvement are borne, the third halves; then counting begins anew.
        ({"patience": 2}, [5, 4, 4, 4, 4, 4, 4, 4], [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25]),
        # An improvement by less than a tenth of the best is none.
        ({"patience": 0, "threshold": 0.1}, [10, 9.5, 8.9, 8.5], [1, 0.5, 0.5, 0.25]),
        ({"patience": 0, "threshold": 1.0, "threshold_mode": "abs"}, [10, 9.5, 8.9, 8.5], [1, 0.5, 0.5, 0.25]),
        ({"patience": 0, "mode": "max"}, [0.5, 0.6, 0.6, 0.7], [1, 1, 0.5, 0.5]),
        # After a reduction two epochs are not counted.
        ({"patience": 0, "cooldown": 2}, [3, 3, 3, 3, 3], [1, 0.5, 0.5, 0.5, 0.25]),
        ({"patience": 0, "min_lr": 0.4}, [3, 3, 3, 3], [1, 0.5, 0.4, 0.4]),
        ({"patience": 0, "eps": 0.3}, [3, 3, 3, 3], [1, 0.5, 0.5, 0.5]),
    ],
)
def test_plateaus_by_hand(options, metrics, wanted):
    optimizer = descent(lr=1.0)
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, **options)
    seen = []
    for k, metric in enumerate(metrics):
        if k == 2:  # what it remembers goes through JSON
            state = json.loads(json.dumps(schedule.state_dict()))
            schedule = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, **options)
            schedule.load_state_dict(state)
        schedule.step(metric)
        seen.append(optimizer.lr)
    assert seen == wanted


def test_a_plateau_in_fit_watches_the_validation_loss():
    model = nn.Linear(1, 1, seed=0)
    optimizer = SGD(model, lr=0.1)
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    # The held-out targets contradict the others, so their loss rises from the start.
    history = nn.fit(
        model, [[1.0], [2.0]], [1.0, 2.0], loss="mse", optimizer=optimizer, scheduler=schedule, epochs=8,
        validation=([[1.0], [2.0]], [-10.0, -20.0]),
    )  # fmt: skip
    expected, best = 0.1, math.inf
    for loss in history.val_losses:
        if loss >= best * (1.0 - 1e-4):
            expected *= 0.5
        best = min(best, loss)
    assert optimizer.lr == pytest.approx(expected)
    assert expected < 0.1


# --- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("StepLR", {"step_size": 0}, ["step_size", 0, 1]),
        ("StepLR", {"step_size": 1.5}, ["step_size", 1.5, 1]),
        ("StepLR", {"step_size": 2, "gamma": 0.0}, ["gamma", 0.0, 0]),
        ("MultiStepLR", {"milestones": [5, 3]}, ["milestones", [5, 3]]),
        ("MultiStepLR", {"milestones": [3, 3]}, ["milestones", [3, 3]]),
        ("ExponentialLR", {"gamma": -0.5}, ["gamma", -0.5, 0]),
        ("ExponentialLR", {"gamma": math.nan}, ["gamma", math.nan, 0]),
        ("CosineAnnealingLR", {"T_max": 0}, ["T_max", 0, 1]),
        ("CosineAnnealingLR", {"T_max": 5, "eta_min": -1.0}, ["eta_min", -1.0, 0]),
        ("LinearLR", {"start_factor": 0.0}, ["start_factor", 0.0, 0, 1]),
        ("LinearLR", {"end_factor": 1.5}, ["end_factor", 1.5, 0, 1]),
        ("LinearLR", {"total_iters": 0}, ["total_iters", 0, 1]),
        ("OneCycleLR", {"max_lr": 0.1}, ["total_steps", "epochs", "steps_per_epoch"]),
        ("OneCycleLR", {"max_lr": -0.1, "total_steps": 9}, ["max_lr", -0.1, 0]),
        ("OneCycleLR", {"max_lr": 0.1, "total_steps": 0}, ["total_steps", 0, 1]),
        ("OneCycleLR", {"max_lr": 0.1, "epochs": 0, "steps_per_epoch": 3}, ["epochs", 0, 1]),
        ("OneCycleLR", {"max_lr": 0.1, "total_steps": 9, "pct_start": 30}, ["pct_start", 30, 0, 1]),
        ("OneCycleLR", {"max_lr": 0.1, "total_steps": 9, "div_factor": 0.0}, ["div_factor", 0.0, 0]),
        ("OneCycleLR", {"max_lr": 0.1, "total_steps": 9, "max_momentum": 1.0}, ["max_momentum", 1.0, 0, 1]),
        (
            "OneCycleLR",
            {"max_lr": 0.1, "total_steps": 9, "anneal_strategy": "sin"},
            ["anneal_strategy", "sin", "cos", "linear"],
        ),
        ("ReduceLROnPlateau", {"factor": 1.0}, ["factor", 1.0, 0, 1]),
        ("ReduceLROnPlateau", {"factor": 0.0}, ["factor", 0.0, 0, 1]),
        ("ReduceLROnPlateau", {"patience": -1}, ["patience", -1, 0]),
        ("ReduceLROnPlateau", {"threshold": -1.0}, ["threshold", -1.0, 0]),
        ("ReduceLROnPlateau", {"mode": "low"}, ["mode", "low", "min", "max"]),
    ],
)
def test_senseless_schedules(name, arguments, said):
    with refused(ValueError, *said):
        getattr(lr_scheduler, name)(descent(momentum=0.9), **arguments)


def test_what_goes_with_what():
    with refused(ValueError, "Adagrad", "cycle_momentum=False"):
        lr_scheduler.OneCycleLR(Adagrad([Value(0.0)]), 0.1, 10)
    with refused(ValueError, "schedule.step(loss)"):
        lr_scheduler.ReduceLROnPlateau(descent()).step()
    with refused(TypeError, "lr_lambda", 0.9):
        lr_scheduler.LambdaLR(descent(), 0.9)
    optimizer, other = descent(), descent()
    step = lr_scheduler.StepLR(optimizer, 2)
    for schedules, milestones, said in (
        ([step], [1], ["1 schedules", [1]]),
        ([], [], ["0 schedules", []]),
        ([step, lr_scheduler.StepLR(other, 2)], [3], ["same optimizer"]),
        ([step, lr_scheduler.ReduceLROnPlateau(optimizer)], [3], ["ReduceLROnPlateau"]),
        ([step, lr_scheduler.OneCycleLR(optimizer, 0.1, 9, cycle_momentum=False)], [3], ["OneCycleLR"]),
        ([step, step, step], [5, 2], ["milestones", [5, 2], [30, 60]]),
    ):
        with refused(ValueError, *said):
            lr_scheduler.SequentialLR(optimizer, schedules, milestones)


# --- several at once, groups that come later, numbers that are none ----------------------------------------------------


def test_schedules_on_one_optimizer_multiply():
    optimizer = descent(lr=0.4)
    exponential, stairs = lr_scheduler.ExponentialLR(optimizer, 0.9), lr_scheduler.StepLR(optimizer, 3, 0.5)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, 20)
    for k in range(1, 20):
        for schedule in (exponential, stairs, cosine):
            schedule.step()
        wanted = 0.4 * 0.9**k * 0.5 ** (k // 3) * math.cos(math.pi * k / 40) ** 2
        assert optimizer.lr == pytest.approx(wanted, rel=1e-12)


def test_a_warm_up_keeps_what_a_plateau_has_reduced():
    optimizer = descent(lr=0.4)
    warm_up = lr_scheduler.LinearLR(optimizer, 0.5, total_iters=4)
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    reductions = 0
    for k, metric in enumerate([1.0, 0.5, 0.6, 0.4, 0.4, 0.3], 1):
        warm_up.step()
        plateau.step(metric)
        reductions += metric in (0.6, 0.4) and k in (3, 5)
        assert optimizer.lr == pytest.approx(0.4 * min(0.5 + k / 8, 1.0) * 0.5**reductions, rel=1e-12)
    assert reductions == 2


def test_a_rate_set_by_hand_stays_in_proportion_and_a_lambda_forgets_it():
    for make, wanted in (
        (lambda o: lr_scheduler.ExponentialLR(o, 0.5), 0.3 * 0.5),
        (lambda o: lr_scheduler.LambdaLR(o, lambda k: 0.5**k), 0.4 * 0.25),
    ):
        optimizer = descent(lr=0.4)
        schedule = make(optimizer)
        schedule.step()
        optimizer.param_groups[0]["lr"] = 0.3
        schedule.step()
        assert optimizer.lr == pytest.approx(wanted, rel=1e-12)


#: What is left of a rate of 1 after so many steps, where that is a factor.
FACTORS = {
    "step": (lambda o: lr_scheduler.StepLR(o, 4, 0.5), lambda k: 0.5 ** (k // 4)),
    "milestones": (lambda o: lr_scheduler.MultiStepLR(o, [3, 6], 0.1), lambda k: 0.1 ** ((k >= 3) + (k >= 6))),
    "exponential": (lambda o: lr_scheduler.ExponentialLR(o, 0.9), lambda k: 0.9**k),
    "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, 20), lambda k: math.cos(math.pi * k / 40) ** 2),
    "linear": (lambda o: lr_scheduler.LinearLR(o, 0.1, total_iters=7), lambda k: 0.1 + 0.9 * min(k, 7) / 7),
}


@pytest.mark.parametrize(("make", "factor"), FACTORS.values(), ids=FACTORS)
def test_a_group_that_comes_later_is_scheduled_from_where_it_is(make, factor):
    optimizer = descent(lr=0.4)
    schedule = make(optimizer)
    for k in range(1, 10):
        if k == 3:
            optimizer.add_param_group({"params": [Value(0.0)], "lr": 0.2})
        if k == 6:  # the state knows both groups
            state = json.loads(json.dumps(schedule.state_dict()))
            schedule = make(optimizer)
            schedule.load_state_dict(state)
        schedule.step()
        assert schedule.get_last_lr()[0] == pytest.approx(0.4 * factor(k), rel=1e-12)
        if k >= 3:
            assert schedule.get_last_lr()[1] == pytest.approx(0.2 * factor(k) / factor(2), rel=1e-12)


def test_functions_of_the_step_take_later_groups_too():
    optimizer = descent(lr=0.4)
    schedule = lr_scheduler.LambdaLR(optimizer, lambda k: k / 10)  # a rate of 0 at first has no proportion
    optimizer.add_param_group({"params": [Value(0.0)], "lr": 0.2})
    schedule.step()
    assert schedule.get_last_lr() == pytest.approx([0.04, 0.02])
    optimizer = descent(momentum=0.9)
    schedule = lr_scheduler.OneCycleLR(optimizer, 1.0, 10)
    optimizer.add_param_group({"params": [Value(0.0)], "lr": 0.2})
    schedule.step()
    one, other = optimizer.param_groups
    assert (one["lr"], one["momentum"]) == (other["lr"], other["momentum"])


def test_a_state_of_more_groups_is_refused_and_changes_nothing():
    optimizer, other = descent(), descent()
    other.add_param_group({"params": [Value(0.0)], "lr": 0.2})
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.5)
    before = schedule.state_dict()
    given = lr_scheduler.ExponentialLR(other, 0.5).state_dict()
    for bad, said in (
        (given, ["base_lrs", "2 parameter groups"]),
        ({**given, "base_lrs": [0.1]}, ["lrs", "2 parameter groups"]),
        ({**before, "lrs": [math.nan]}, ["lrs[0]", math.nan]),
        ({**before, "last_epoch": -1}, ["last_epoch", -1, 0]),
    ):
        with refused(ValueError, *said):
            schedule.load_state_dict(bad)
        assert schedule.state_dict() == before


@pytest.mark.parametrize("bad", [math.nan, -0.1, math.inf])
def test_a_rate_that_is_none_is_named_and_not_set(bad):
    optimizer = descent(lr=0.4)
    schedule = lr_scheduler.LambdaLR(optimizer, lambda k: 1.0 if k < 2 else bad)
    schedule.step()
    with refused(ValueError, "LambdaLR", "2 steps", bad * 0.4):
        schedule.step()
    assert (optimizer.lr, schedule.last_epoch) == (0.4, 1)


@settings(deadline=None)
@given(st.integers(1, 40), st.floats(0.0, 1.0), st.booleans(), st.sampled_from(["cos", "linear"]))
def test_one_cycle_stays_within_its_rates_to_the_last_step(steps, part, three, kind):
    adam = Adam([Value(0.0)], lr=0.1)
    schedule = lr_scheduler.OneCycleLR(adam, 0.5, steps, pct_start=part, three_phase=three, anneal_strategy=kind)
    for _ in range(steps):
        schedule.step()
        assert 0.0 < adam.lr <= 0.5 * (1.0 + 1e-12)
        assert 0.85 * (1.0 - 1e-12) <= adam.param_groups[0]["betas"][0] <= 0.95 * (1.0 + 1e-12)
    Adam([Value(0.0)]).load_state_dict(json.loads(json.dumps(adam.state_dict())))


def test_training_for_one_cycle_can_be_resumed(tmp_path):
    """As many steps as the cycle has: the checkpoint that is written then has to be read."""
    path = tmp_path / "run.json"

    def train(epochs, resume):
        model = nn.Linear(1, 1, seed=0)
        optimizer = SGD(model, lr=0.1, momentum=0.9)
        schedule = lr_scheduler.OneCycleLR(optimizer, 0.1, 8, anneal_strategy="linear")
        return nn.fit(
            model, [[1.0], [2.0]], [1.0, 2.0], loss="mse", optimizer=optimizer, scheduler=schedule, epochs=epochs,
            batch_size=1, checkpoint=path, resume=resume,
        )  # fmt: skip

    train(4, False)
    assert train(4, True).epochs == 4


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("rel", ["rel", "abs"])
@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from([math.nan, math.inf, -math.inf, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]), max_size=12))
def test_a_plateau_knows_nan_and_numbers_below_0(mode, rel, metrics):
    """A metric counts if it is better than the best by the threshold, which is a part of the best's size; nan never is."""
    optimizer = descent(lr=1.0)
    schedule = lr_scheduler.ReduceLROnPlateau(
        optimizer, mode, factor=0.5, patience=0, threshold=0.1, threshold_mode=rel, eps=0.0
    )
    sign = 1.0 if mode == "min" else -1.0
    best, wanted = math.inf, 1.0
    for metric in metrics:
        schedule.step(metric)
        needed = 0.1 * abs(best) if rel == "rel" else 0.1
        if sign * metric < (best if math.isinf(best) else best - needed):
            best = sign * metric
        else:
            wanted *= 0.5
        assert optimizer.lr == wanted


def test_a_plateau_whose_first_metric_is_nan_goes_on_as_any_other():
    optimizer = descent(lr=1.0)
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    for metric in (math.nan, 3.0, 2.0, 1.0, 0.5):
        schedule.step(metric)
    assert (optimizer.lr, schedule.best) == (1.0, 0.5)
