"""The rounding report: what is known about famous cancellations must come out."""

import math

from refusals import refused

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.replay import rounding_report


def test_the_cancellation_is_found_and_the_culprit_is_not_blamed() -> None:
    x = Value(1e-8, "x")
    difference = 1 - x.cos()
    quotient = difference / (x * x)
    report = rounding_report(quotient)
    rows = {row.node.op: row for row in report}
    assert rows["sub"].ulps > 1e15  # cos(1e-8) rounds to 1, so the difference is 0 where 5e-17 is true
    assert rows["sub"].own_ulps == 0.0
    assert rows["div"].ulps > 1e15
    assert rows["cos"].ulps <= 0.5
    assert report.worst.ulps == max(row.ulps for row in report)
    assert [row.ulps for row in report] == sorted((row.ulps for row in report), reverse=True)


def test_one_operation_is_off_by_half_a_unit_at_most() -> None:
    x, y = Value(0.1), Value(0.2)
    (row,) = rounding_report(x + y)
    assert 0.0 < row.ulps <= 0.5
    assert row.ulps == row.own_ulps
    assert row.grad == 1.0
    assert row.grad_ulps == 0.0


def test_the_stable_form_is_better_than_the_naive_one() -> None:
    x = Value(1e-5)
    naive, stable = ag.log(1.0 + x), ag.log1p(x)
    assert rounding_report(naive).worst.ulps > 1e4 > 2 > rounding_report(stable).worst.ulps


def test_gradients_have_their_own_errors() -> None:
    x = Value(1e-8)
    root = (1 - x.cos()) * 1.0
    report = rounding_report(root)
    assert {row.node.op: row.grad for row in report} == {"cos": -1.0, "sub": 1.0, "mul": 1.0}
    assert all(row.grad_ulps == 0.0 for row in report)


def test_it_prints_as_a_table() -> None:
    x = Value(0.1, "x")
    y = x * 3.0
    y.label = "y"
    lines = str(rounding_report(y - 0.3)).splitlines()
    assert lines[0] == "floats against 50 digits; errors in units in the last place (ulp), the worst value first"
    assert lines[1].split() == ["node", "operation", "label", "computed", "exact", "error", "own", "gradient"]
    assert [line.split()[:2] for line in lines[2:]] == [["3", "sub"], ["2", "mul"]]
    assert len({len(line) for line in lines[1:]}) == 1  # the columns line up


def test_a_long_table_is_cut_and_says_so() -> None:
    x = Value(0.1)
    y = x
    for _ in range(50):
        y = y * 1.1
    assert str(rounding_report(y)).splitlines()[-1].strip() == "... and 20 more"


def test_a_leaf_has_nothing_to_report() -> None:
    report = rounding_report(Value(0.1))
    assert len(report) == 0
    assert str(report) == "no operation in this graph, so nothing was rounded"


def test_infinities_are_counted_as_what_they_are() -> None:
    x = Value(800.0)
    with ag.ieee():
        y = ag.exp(x)
    (row,) = rounding_report(y)
    assert row.ulps == math.inf or row.computed == float(row.exact)


def test_a_number_is_refused() -> None:
    with refused(TypeError, "Value", "float"):
        rounding_report(1.0)
