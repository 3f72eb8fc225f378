"""The tester, tested: it catches every wrong partial, and accuses no right one.

Each row of the table is replaced by one with a partial spoilt: its sign, a thousandth too large, 0, or that of another
argument.  A mutant that is none (a partial that is 0 anyway, two that are equal) is recognised
by its slopes, which are those of the row at all points tried.
"""

import math
import random
from collections import Counter

import pytest
from mutants import mutated

from autograd_lite import RULES, Value
from autograd_lite.engine.common import apply
from autograd_lite.engine.value import topological_order
from autograd_lite.rules.evaluate import compile_condition
from autograd_lite.rules.floats import FLOATS
from autograd_lite.testing import check_grad
from autograd_lite.testing.growing import LARGEST, random_graph

pytest.importorskip("mpmath")


def spoilt(rule):
    """For each mutant a name and its partials."""
    starred = rule.variadic
    for k, text in enumerate(rule.partials):
        if text == "none":
            continue
        each = starred and k == len(rule.partials) - 1
        for name, pattern in (("sign", "-({})"), ("thousandth", "1.001 * ({})"), ("zero", "0.0 * ({})")):
            changed = f"[{pattern.format('d_')} for d_ in ({text})]" if each else pattern.format(text)
            if " none" in f" {text}" and not each:  # `1.0 if condition else none`: only what is a number is spoilt
                taken, _, rest = text.partition(" if ")
                if taken == "none":
                    condition, _, number = rest.partition(" else ")
                    changed = f"none if {condition} else {pattern.format(number)}"
                else:
                    changed = f"{pattern.format(taken)} if {rest}"
            yield f"{name} of {rule.arguments[k]}", (*rule.partials[:k], changed, *rule.partials[k + 1 :])
    if starred and rule.partials[-1] != "none":
        yield "elements in reverse", (*rule.partials[:-1], f"({rule.partials[-1]})[::-1]")
    for j in range(rule.arity):
        for k in range(j):
            if "none" not in rule.partials[j] + rule.partials[k]:
                partials = list(rule.partials)
                partials[j], partials[k] = partials[k], partials[j]
                yield f"{rule.arguments[k]} and {rule.arguments[j]} swapped", tuple(partials)


def points(rule, rng, count):
    boxes = [(max(low, -LARGEST), min(high, LARGEST)) for low, high in rule.box]
    if rule.variadic:
        boxes = [*boxes[:-1], *[boxes[-1]] * (4 if rule.name == "dot" else 3)]
    inside = compile_condition(rule, rule.domain, FLOATS) if rule.domain else None
    found = []
    while len(found) < count:
        # Wide boxes are drawn from near the middle as well, where functions do what is special about them.
        narrow = rng.random() < 0.7
        point = tuple(
            rng.uniform(max(low, -3.0), min(high, 3.0)) if narrow and low < 3.0 and high > -3.0 else rng.uniform(low, high)
            for low, high in boxes
        )
        point = tuple(float(round(x)) if low == 0.0 and high == 1.0 and rule.name == "where" else x
                      for x, (low, high) in zip(point, boxes, strict=True))  # fmt: skip
        if inside is None or inside(None, *point):
            found.append(point)
    return found


def fixed_arguments(rule):
    """How many of the first arguments are counts, indices or conditions, which nothing is differentiated in."""
    return int(rule.partials[0] == "none")


def at(rule, point):
    """The operation as a function of the arguments it is differentiated in, the others as in the point; and their values."""
    places = [k for k in range(len(point)) if rule.partials[min(k, len(rule.partials) - 1)] != "none"]

    def call(*xs):
        args = list(point)
        for place, x in zip(places, xs, strict=True):
            args[place] = x
        return apply(rule.name, *args)

    return call, [point[place] for place in places]


def judge(rule, partials, rng):
    """Whether the mutant was caught at each point where it shows; None if its slopes are the right ones at all of them."""
    different = False
    for point in points(rule, rng, 6):
        call, numbers = at(rule, point)
        right = call(*map(Value, numbers)).arg_grads
        with mutated(rule, partials):
            wrong = call(*map(Value, numbers)).arg_grads
            # A slope below this is less than what eighty digits of the function show.
            if all(a == b or abs(a - b) < 1e-40 for a, b in zip(right, wrong, strict=True) if a is not None):
                continue
            different = True
            report = check_grad(call, *numbers, raise_exception=False)
            if report.verdict != "fail" or not report.faults:
                return False
    return True if different else None


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_mutant_is_caught(name):
    rule, rng = RULES[name], random.Random(name)
    outcomes = {what: judge(rule, partials, rng) for what, partials in spoilt(rule)}
    counted = Counter(outcomes.values())
    print(f"{name}: {counted[True]} of {counted[True] + counted[False]} mutants caught, {counted[None]} are none")
    assert [what for what, caught in outcomes.items() if caught is False] == []


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, 4))])
def test_a_mutant_in_a_graph_is_caught_and_named(part):
    """Deep in a random graph too, one wrong row fails the whole function, and the diagnosis names no other row."""
    rng, caught = random.Random(part), 0
    for seed in range(60 * part, 60 * (part + 1)):
        graph = random_graph(seed, operations=10)
        name = rng.choice(sorted(graph.names_used()))
        what, partials = rng.choice(list(spoilt(RULES[name])))
        right = slopes_of(graph)
        with mutated(RULES[name], partials):
            if all(abs(a - b) < 1e-40 for a, b in zip(right, slopes_of(graph), strict=True)):
                continue  # no mutant at this point
            report = check_grad(graph, *graph.point, raise_exception=False)
        assert report.verdict == "fail", (seed, name, what)
        assert {fault.node.op for fault in report.faults} == {name}
        caught += 1
    assert caught > 40


def slopes_of(graph):
    return [slope for node in topological_order(graph.record()[1]) for slope in node.local_grads]


def test_the_mutants_are_not_mostly_none():
    rng = random.Random(0)
    rows = [RULES[name] for name in ("mul", "tanh", "atan2", "dot", "logsumexp", "clamp", "fmod")]
    outcomes = [judge(rule, partials, rng) for rule in rows for _, partials in spoilt(rule)]
    assert outcomes.count(True) >= 30
    assert outcomes.count(False) == 0


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, 10))])
def test_no_false_alarm_on_graphs(part):
    for seed in range(1000 * part, 1000 * (part + 1)):
        graph = random_graph(seed, operations=2 + seed % 9, smooth=seed % 3 > 0, sharing=seed % 2 > 0)
        report = check_grad(graph, *graph.point, raise_exception=False)
        assert report.verdict == "pass", f"seed {seed}\n{report}\n{graph}"


@pytest.mark.parametrize("name", sorted(RULES))
def test_no_false_alarm_on_rows(name):
    rule, rng = RULES[name], random.Random(f"right {name}")
    edges = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-12, -1e-12, 2.0, 1e3]
    inside = compile_condition(rule, rule.domain, FLOATS) if rule.domain else None
    fixed, checked = fixed_arguments(rule), 0
    for k, point in enumerate(points(rule, rng, 40)):
        if k >= 20 and not fixed and name != "round":  # some arguments at places that are special
            point = tuple(rng.choice(edges) if rng.random() < 0.7 else x for x in point)
            if inside is not None and not inside(None, *point):
                continue
        try:
            call, numbers = at(rule, point)
            report = check_grad(call, *numbers, raise_exception=False)
        except (ValueError, ArithmeticError):  # an edge of the domain, a result beyond the floats
            continue
        checked += 1
        assert report.verdict != "fail", f"{point}\n{report}"
        assert not report.faults
    assert checked >= 20


SPECIAL = (0.0, 1.0, -1.0, 0.5, 2.0, -0.5, math.pi, math.pi / 2.0, 3.0, -2.0)


def near(x, rng):
    """Exactly there, one float beside it, or so far that only some digits see it."""
    if rng.random() < 0.2:
        return math.nextafter(x, rng.choice((-math.inf, math.inf)))
    way = rng.choice((0.0, 1e-300, 1e-100, 1e-30, 1e-16, 1e-15, 1e-12, 1e-9, 1e-8, 1e-6, 1e-4, 1e-3))
    return x + rng.choice((-1.0, 1.0)) * way * max(abs(x), 1.0)


def awkward(boxes, fixed, rng):
    """A point at or beside kinks, ties, edges of the box, or anywhere among the floats."""
    point = []
    for place, (low, high) in enumerate(boxes):
        kind = rng.random()
        if place < fixed:
            point.append(low)
        elif kind < 0.3:
            point.append(near(rng.choice(SPECIAL), rng))
        elif kind < 0.5:
            point.append(near(rng.choice((low, high)), rng))
        elif kind < 0.7 and len(point) > fixed:
            point.append(near(rng.choice(point[fixed:]), rng))
        elif kind < 0.85:
            point.append(rng.choice((-1.0, 1.0)) * 10.0 ** rng.uniform(-300.0, 300.0))
        else:
            point.append(rng.uniform(max(low, -5.0), min(high, 5.0)) if low < 5.0 else low)
    return point


@pytest.mark.parametrize("name", sorted(RULES))
def test_no_false_alarm_beside_kinks_and_edges(name):
    rule, rng = RULES[name], random.Random(f"awkward {name}")
    fixed = fixed_arguments(rule)
    boxes = list(rule.box)
    if rule.variadic:
        boxes = [*boxes[:-1], *[boxes[-1]] * (4 if name == "dot" else 3)]
    inside = compile_condition(rule, rule.domain, FLOATS) if rule.domain else None
    checked = 0
    for _ in range(40):
        point = awkward(boxes, fixed, rng)
        if inside is not None and not inside(None, *point):
            continue
        try:
            call, numbers = at(rule, point)
            report = check_grad(call, *numbers, raise_exception=False)
        except (ValueError, ArithmeticError):  # the result, or a slope, is beyond the floats
            continue
        checked += 1
        assert report.verdict != "fail", f"{point}\n{report}"
        assert not report.faults
    assert checked >= 5
