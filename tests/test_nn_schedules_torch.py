"""Several schedules on one optimizer, with groups added and rates set by hand between, against PyTorch where it is installed."""

import json
import random
import warnings

import pytest

from autograd_lite import Value
from autograd_lite.nn import optim
from autograd_lite.nn.optim import lr_scheduler

torch = pytest.importorskip("torch")

STEPS = 24

#: By name, what is drawn for the arguments.
DRAWN = {
    "StepLR": lambda rng: {"step_size": rng.randint(1, 6), "gamma": rng.choice([0.1, 0.5, 0.9])},
    "MultiStepLR": lambda rng: {"milestones": sorted(rng.sample(range(1, STEPS), 3)), "gamma": rng.choice([0.5, 2.0])},
    "ExponentialLR": lambda rng: {"gamma": rng.uniform(0.5, 1.1)},
    "LambdaLR": lambda rng: {"lr_lambda": lambda k: 1.0 / (1.0 + 0.1 * k)},
    "LinearLR": lambda rng: {
        "start_factor": rng.uniform(0.1, 1.0), "end_factor": rng.choice([0.0, 0.3, 1.0]), "total_iters": rng.randint(1, 9)
    },
    "CosineAnnealingLR": lambda rng: {"T_max": rng.randint(1, 12), "eta_min": rng.choice([0.0, 0.01, 0.4])},
    "OneCycleLR": lambda rng: {"max_lr": rng.uniform(0.1, 1.0), "total_steps": STEPS, "three_phase": rng.random() < 0.5},
    "SequentialLR": lambda rng: {
        "parts": [(name, DRAWN[name](rng)) for name in rng.choices(["LinearLR", "ExponentialLR", "CosineAnnealingLR"], k=2)],
        "milestones": [rng.randint(1, 10)],
    },
    "ReduceLROnPlateau": lambda rng: {"factor": 0.5, "patience": rng.randint(0, 2), "cooldown": rng.randint(0, 2)},
}  # fmt: skip


def make(kinds, optimizer, name, options):
    if name == "SequentialLR":
        parts = [make(kinds, optimizer, *part) for part in options["parts"]]
        return kinds.SequentialLR(optimizer, parts, options["milestones"])
    return getattr(kinds, name)(optimizer, **options)


def rates_of(kinds, optimizer, drawn, events, parameter, reload):
    """The rates of all groups after each step of all the schedules, up to one below 0, and where the optimizer refused to go on."""
    schedules = [make(kinds, optimizer, name, options) for name, options in drawn]
    seen = [[group["lr"] for group in optimizer.param_groups]]
    for k in range(STEPS):
        if k in events["groups"]:
            optimizer.add_param_group({"params": [parameter()], "lr": 0.2})
        if k in events["by hand"]:
            group = optimizer.param_groups[0]
            group["lr"] = 0.7 * group["lr"] if group["lr"] > 1e-9 else 0.3
        if reload and k in events["reload"]:
            schedules = reloaded(kinds, optimizer, drawn, schedules)
        for schedule in schedules:
            if isinstance(schedule, kinds.ReduceLROnPlateau):
                schedule.step(events["metrics"][k])
            else:
                schedule.step()
            if min(group["lr"] for group in optimizer.param_groups) < 0.0:
                return [*seen, [-1.0]]
        seen.append([group["lr"] for group in optimizer.param_groups])
    return seen


def reloaded(kinds, optimizer, drawn, schedules):
    """The schedules made anew and given the states of the old ones, by way of JSON; the optimizer's own is not needed."""
    states = json.loads(json.dumps([schedule.state_dict() for schedule in schedules]))
    again = [make(kinds, optimizer, name, options) for name, options in drawn]
    for schedule, state in zip(again, states, strict=True):
        schedule.load_state_dict(state)
    return again


def compare(drawn, rng, events, lr=0.4):
    mine = optim.SGD([Value(0.0)], lr=lr, momentum=0.9)
    reference = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = rates_of(
            torch.optim.lr_scheduler, reference, drawn, events, lambda: torch.zeros(1, requires_grad=True), False
        )
    found = rates_of(lr_scheduler, mine, drawn, events, lambda: Value(0.0), True)
    for one, other in zip(found, expected, strict=False):
        if min(other) < 0.0:  # a cosine that another schedule has brought below its `eta_min` overshoots; ours stops at 0
            assert all(min(later) >= 0.0 for later in found)
            return
        # Where a rate is divided by what is left of it at the bottom of a cosine, the last digits are PyTorch's rounding.
        assert one == pytest.approx(other, rel=1e-9, abs=1e-12), drawn
    assert mine.param_groups[0]["momentum"] == pytest.approx(reference.param_groups[0]["momentum"], rel=1e-12)


def drawn_events(rng, groups):
    return {
        "groups": set(rng.sample(range(1, STEPS), 2)) if groups else set(),
        "by hand": set(rng.sample(range(1, STEPS), 2)) if rng.random() < 0.3 else set(),
        "reload": set(rng.sample(range(1, STEPS), 3)),
        "metrics": [rng.choice([1.0, 0.9, 0.95, float("nan"), 1.1]) for _ in range(STEPS)],
    }


@pytest.mark.parametrize("second", DRAWN)
@pytest.mark.parametrize("first", DRAWN)
def test_two_schedules_move_one_rate_as_pytorchs_do(first, second):
    rng = random.Random(f"{first} {second}")
    for _ in range(2):
        compare([(name, DRAWN[name](rng)) for name in (first, second)], rng, drawn_events(rng, groups=False))


def test_a_rate_that_begins_where_it_cannot_fall_moves_as_pytorchs_does():
    """At 0, or at the end of its curve: what moved it away from there goes on in proportion."""
    for seed in range(50):
        rng = random.Random(seed)
        drawn = [(name, DRAWN[name](rng)) for name in rng.choices(list(DRAWN), k=rng.randint(1, 2))]
        events = {**drawn_events(rng, groups=False), "by hand": set(rng.sample(range(STEPS), 3))}
        compare(drawn, rng, events, lr=rng.choice([0.0, 0.01, 0.4]))


def test_three_schedules_move_one_rate_as_pytorchs_do():
    for seed in range(30):
        rng = random.Random(seed)
        compare([(name, DRAWN[name](rng)) for name in rng.choices(list(DRAWN), k=3)], rng, drawn_events(rng, groups=False))


@pytest.mark.parametrize("name", ["StepLR", "MultiStepLR", "ExponentialLR", "LinearLR", "ReduceLROnPlateau", "SequentialLR"])
def test_a_group_that_is_added_later_moves_as_pytorchs_does(name):
    """The others raise in PyTorch."""
    for seed in range(4):
        rng = random.Random(f"{name} {seed}")
        options = DRAWN[name](rng)
        if name == "SequentialLR":  # at a milestone PyTorch asks for a group's first rate, which it never noted
            options = {"parts": [("LinearLR", {"total_iters": 3}), ("ExponentialLR", {"gamma": 0.5})], "milestones": [1]}
        events = drawn_events(rng, groups=True)
        events["groups"] = {k for k in events["groups"] if k > 1}
        compare([(name, options), ("ExponentialLR", {"gamma": 0.9})], rng, events)
