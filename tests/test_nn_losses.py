"""Losses against their definitions in mpmath, where no digit is lost, against scikit-learn's metrics, and at their ends."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from refusals import refused

from autograd_lite import Value, log_softmax, nn

ENDS = [0.0, 1.0, -1.0, 1e-300, -1e-300, 0.5, 36.7, -36.8, 100.0, -100.0, 745.0, -746.0, 1000.0, -1000.0, 1e15, -1e15]
anything = st.one_of(st.sampled_from(ENDS), st.floats(-50, 50), st.floats(-1e4, 1e4))
probability = st.one_of(st.sampled_from([0.0, 1.0, 0.5, 5e-324, 1e-17, 1 - 2**-53]), st.floats(0.0, 1.0))


def value_and_slopes(loss, numbers):
    """A loss of some leaves, and its gradient."""
    leaves = [Value(number) for number in numbers]
    result = loss(leaves)
    result.backward()
    return result.data, [leaf.grad for leaf in leaves]


def exactly(definition, *numbers):
    """A definition evaluated with 60 digits."""
    with mp.workdps(60):
        return float(definition(*[mpf(number) for number in numbers]))


# --- regression --------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(anything, anything)
def test_squared_and_absolute_error(p, y):
    loss, (slope,) = value_and_slopes(lambda ps: nn.mse(ps[0], y), [p])
    assert loss == pytest.approx(exactly(lambda p, y: (p - y) ** 2, p, y), rel=1e-14, abs=1e-320)
    assert slope == pytest.approx(exactly(lambda p, y: 2 * (p - y), p, y), rel=1e-14, abs=1e-320)
    loss, (slope,) = value_and_slopes(lambda ps: nn.mae(ps[0], y), [p])
    assert loss == abs(p - y)
    assert slope == (p > y) - (p < y)


@settings(deadline=None)
@given(anything, anything, st.floats(0.01, 10.0))
def test_huber(p, y, delta):
    def definition(p, y, delta):
        distance = abs(p - y)
        return distance**2 / 2 if distance <= delta else delta * (distance - delta / 2)

    loss, (slope,) = value_and_slopes(lambda ps: nn.huber(ps[0], y, delta=delta), [p])
    assert loss == pytest.approx(exactly(definition, p, y, delta), rel=1e-14, abs=1e-320)
    assert slope == pytest.approx(max(-delta, min(delta, p - y)), rel=1e-14)


@pytest.mark.parametrize("delta", [0.25, 1.0, 2.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_huber_has_no_corner_where_its_pieces_meet(side, delta):
    seen = []
    for distance in (math.nextafter(delta, 0.0), delta, math.nextafter(delta, 10.0)):
        seen.append(value_and_slopes(lambda ps: nn.huber(ps[0], 0.0, delta=delta), [side * distance]))
    for loss, (slope,) in seen:
        assert loss == pytest.approx(0.5 * delta * delta, rel=1e-15)
        assert slope == pytest.approx(side * delta, rel=1e-15)
    for bad in (0.0, -1.0, math.nan, math.inf):
        with refused(ValueError, "delta", bad, 0):
            nn.huber(1.0, 0.0, delta=bad)
    assert nn.huber(3.0, 0.0, delta=2) == 4.0


# --- two classes -------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(anything, probability)
def test_binary_cross_entropy_of_a_logit(z, y):
    def definition(z, y):
        return y * mp.log1p(mp.exp(-z)) + (1 - y) * mp.log1p(mp.exp(z))

    loss, (slope,) = value_and_slopes(lambda zs: nn.bce_with_logits(zs[0], y), [z])
    wanted = exactly(definition, z, y)
    # 1 - y is rounded: where the loss of the other class is huge, that is what is left.
    assert loss == pytest.approx(wanted, rel=1e-14, abs=2.0**-53 * abs(z) if 0.0 < y < 1.0 else 1e-320)
    assert slope == pytest.approx(exactly(lambda z, y: 1 / (1 + mp.exp(-z)) - y, z, y), abs=3e-16)


@pytest.mark.parametrize(("z", "y", "wanted"), [(1000.0, 1.0, 0.0), (1000.0, 0.0, 1000.0), (-1000.0, 1.0, 1000.0)])
def test_a_thousand(z, y, wanted):
    assert nn.bce_with_logits(z, y) == wanted
    assert nn.cross_entropy([z, 0.0], 0 if y else 1) == wanted
    assert nn.cross_entropy([z, 0.0], [y, 1.0 - y]) == wanted


@settings(deadline=None)
@given(st.floats(1e-300, 1.0, exclude_max=True), probability)
def test_binary_cross_entropy_of_a_probability(p, y):
    loss, (slope,) = value_and_slopes(lambda ps: nn.bce(ps[0], y), [p])
    wanted = exactly(lambda p, y: -(y * mp.log(p) + (1 - y) * mp.log(1 - p)), p, y)
    # 1 - p is rounded: the logarithm is off by up to half a unit in the last place of 1, over 1 - p.
    assert loss == pytest.approx(wanted, rel=1e-13, abs=2.0**-52 / (1.0 - p))
    # The two terms of the slope may cancel.
    size = exactly(lambda p, y: y / p + (1 - y) / (1 - p), p, y)
    assert slope == pytest.approx(exactly(lambda p, y: -y / p + (1 - y) / (1 - p), p, y), abs=1e-14 * size)


@pytest.mark.parametrize(("p", "y", "loss", "slope"), [(1.0, 1.0, 0.0, -1.0), (0.0, 0.0, 0.0, 1.0), (0.0, 1.0, 100.0, -1e12),
                                                       (1.0, 0.0, 100.0, 1e12)])  # fmt: skip
def test_certain_answers(p, y, loss, slope):
    """Right: nothing, and the slope of the logarithm; wrong: 100, and a large slope instead of infinities."""
    assert value_and_slopes(lambda ps: nn.bce(ps[0], y), [p]) == (loss, [slope])


@settings(deadline=None)
@given(st.floats(-700.0, 700.0), st.sampled_from([0.0, 1.0]))
def test_a_sigmoid_before_it_costs_no_digits(z, y):
    loss, (slope,) = value_and_slopes(lambda zs: nn.bce(zs[0].sigmoid(), y), [z])
    assert loss == pytest.approx(exactly(lambda z: mp.log1p(mp.exp(-z if y else z)), z), rel=1e-9)
    assert slope == pytest.approx(exactly(lambda z: 1 / (1 + mp.exp(-z)) - y, z), rel=1e-9)


@settings(deadline=None)
@given(anything, st.sampled_from([-1, 1]))
def test_hinge(s, y):
    loss, (slope,) = value_and_slopes(lambda ss: nn.hinge(ss[0], y), [s])
    assert loss == max(0.0, 1.0 - y * s)
    assert slope == (-y if y * s < 1.0 else 0.0)


# --- several classes ---------------------------------------------------------------------------------------------------

logits = st.lists(anything, min_size=2, max_size=6)


def surprise(k, zs):
    """Minus the log-probability of class k; the largest term of the sum is taken out, so that the others are seen beside it."""
    top = max(zs)
    rest = [z for z in zs if z != top] + [top] * (zs.count(top) - 1)
    return top - zs[k] + mp.log1p(mp.fsum(mp.exp(z - top) for z in rest))


@settings(deadline=None)
@given(logits, st.data())
def test_cross_entropy(zs, data):
    k = data.draw(st.integers(0, len(zs) - 1))
    wanted = exactly(lambda *zs: surprise(k, zs), *zs)
    loss, slopes = value_and_slopes(lambda leaves: nn.cross_entropy(leaves, k), zs)
    assert loss == pytest.approx(wanted, rel=1e-12, abs=1e-320)
    with mp.workdps(60):
        shares = [float(mp.exp(-surprise(j, [mpf(z) for z in zs]))) for j in range(len(zs))]
    assert slopes == pytest.approx([share - (j == k) for j, share in enumerate(shares)], abs=1e-15)
    one_hot = [float(j == k) for j in range(len(zs))]
    assert value_and_slopes(lambda leaves: nn.cross_entropy(leaves, one_hot), zs) == (loss, slopes)
    assert nn.cross_entropy(zs, k) == nn.nll(log_softmax(zs), k) == loss


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-30, 30), st.floats(0.0, 1.0)), min_size=2, max_size=6))
def test_cross_entropy_and_divergence_of_distributions(pairs):
    zs, weights = zip(*pairs, strict=True)
    whole = math.fsum(weights)
    assume(whole > 1e-3)
    shares = [weight / whole for weight in weights]
    loss = nn.cross_entropy(list(zs), shares)
    wanted = exactly(lambda *zs: mp.fsum(mpf(share) * surprise(k, zs) for k, share in enumerate(shares)), *zs)
    assert loss == pytest.approx(wanted, rel=1e-12)
    entropy = -math.fsum(share * math.log(share) for share in shares if share)
    divergence, slopes = value_and_slopes(lambda qs: nn.kl_div(qs, shares), log_softmax(list(zs)))
    # Gibbs: the divergence is what the cross-entropy is above the entropy, and never below 0.
    assert divergence == pytest.approx(loss - entropy, abs=1e-12)
    assert divergence >= -1e-14
    assert slopes == [-share for share in shares]


def test_divergence_at_the_ends():
    assert nn.kl_div([0.0, -math.inf], [1.0, 0.0]) == 0.0
    assert nn.kl_div([math.log(0.5)] * 2, [1.0, 0.0]) == pytest.approx(math.log(2.0), rel=1e-15)
    assert nn.kl_div([math.log(0.25), math.log(0.75)], [0.25, 0.75]) == 0.0
    assert nn.kl_div([0.0, 0.0], [0.0, 0.0]) == 0.0
    rows, aims = [[math.log(0.5)] * 2] * 3, [[1.0, 0.0]] * 3
    assert nn.kl_div(rows, aims) == pytest.approx(math.log(2.0))
    assert nn.kl_div(rows, aims, "sum") == pytest.approx(3 * math.log(2.0))


# --- reductions --------------------------------------------------------------------------------------------------------

CASES = {
    "mse": (nn.mse, [0.5, -1.0, 2.0], [1.0, 0.0, 2.5]),
    "mae": (nn.mae, [0.5, -1.0, 2.0], [1.0, 0.0, 2.5]),
    "huber": (nn.huber, [0.5, -1.0, 4.0], [1.0, 0.0, 2.5]),
    "bce": (nn.bce, [0.1, 0.9, 0.5], [0.0, 1.0, 0.25]),
    "bce_with_logits": (nn.bce_with_logits, [0.5, -1.0, 2.0], [1.0, 0.0, 0.25]),
    "hinge": (nn.hinge, [0.5, -1.0, 2.0], [1, 1, -1]),
    "cross_entropy": (nn.cross_entropy, [[1.0, 2.0], [0.5, 0.0], [3.0, 1.0]], [0, 1, 1]),
    "nll": (nn.nll, [[-1.0, -2.0], [-0.5, -1.0], [-3.0, -1.0]], [0, 1, 1]),
    "kl_div": (nn.kl_div, [[-1.0, -2.0], [-0.5, -1.0], [-3.0, -1.0]], [[0.5, 0.5], [1.0, 0.0], [0.3, 0.7]]),
}


@pytest.mark.parametrize(("loss", "predictions", "targets"), CASES.values(), ids=CASES)
def test_reductions(loss, predictions, targets):
    each = [loss(p, y) for p, y in zip(predictions, targets, strict=True)]
    assert loss(predictions, targets, "none") == each
    assert loss(predictions, targets, "sum") == pytest.approx(math.fsum(each), rel=1e-15)
    assert loss(predictions, targets, "mean") == loss(predictions, targets) == pytest.approx(math.fsum(each) / 3, rel=1e-15)
    for bad in ("average", None, ""):
        with refused(ValueError, "mean", "sum", "none", repr(bad)):
            loss(predictions, targets, bad)


@pytest.mark.parametrize("name", CASES)
def test_modules_and_names(name):
    function, predictions, targets = CASES[name]
    made = {
        "mae": "L1Loss",
        "bce_with_logits": "BCEWithLogitsLoss",
        "cross_entropy": "CrossEntropyLoss",
        "kl_div": "KLDivLoss",
    }
    kind = getattr(nn, made.get(name, f"{name.upper() if len(name) <= 3 else name.title()}Loss"))
    assert nn.LOSSES[name] is function
    assert kind("sum")(predictions, targets) == function(predictions, targets, "sum")
    assert repr(kind("sum")).startswith(f"{kind.__name__}(reduction='sum'")
    assert nn.correct_for(kind()) is nn.correct_for(function)
    with refused(ValueError, "reduction", "average"):
        kind("average")


def test_lists_of_lists_and_lists_of_one():
    assert nn.mse([[1.0, 2.0], [3.0, 4.0]], [[1.0, 1.0], [1.0, 1.0]]) == (0 + 1 + 4 + 9) / 4
    assert nn.mse([3.0], 1.0) == nn.mse(3.0, [1.0]) == nn.mse([[3.0]], [1.0]) == 4.0
    assert nn.bce_with_logits([[0.0], [0.0]], [1.0, 0.0]) == pytest.approx(math.log(2.0))


def test_arrays():
    np = pytest.importorskip("numpy")
    assert nn.mse(np.array([1.0, 2.0]), np.array([0.0, 0.0])) == 2.5
    assert nn.cross_entropy(np.zeros((2, 3)), np.array([0, 2])) == pytest.approx(math.log(3.0))
    assert nn.cross_entropy(np.zeros((2, 3)), np.eye(3)[:2]) == pytest.approx(math.log(3.0))


# --- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: nn.mse([1.0, 2.0], [1.0]), [2, 1]),
        (lambda: nn.mse(1.0, [1.0, 2.0]), [1, 2]),
        (lambda: nn.mse([[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0]), [2, 1]),
        (lambda: nn.mse([], []), ["empty"]),
        (lambda: nn.bce(1.5, 1.0), [1.5, "bce_with_logits"]),
        (lambda: nn.bce(Value(-0.1), 1.0), [-0.1, "bce_with_logits"]),
        (lambda: nn.bce(math.nan, 1.0), [math.nan, "bce_with_logits"]),
        (lambda: nn.bce(0.5, -1.0), [0, 1, -1.0, "hinge"]),
        (lambda: nn.bce_with_logits(0.5, 2), [0, 1, 2]),
        (lambda: nn.bce_with_logits(0.5, "yes"), [0, 1, "'yes'"]),
        (lambda: nn.hinge(0.5, 0), [-1, 1, 0, "bce_with_logits"]),
        (lambda: nn.cross_entropy([1.0, 2.0], 2), ["class", 0, 1, 2]),
        (lambda: nn.cross_entropy([1.0, 2.0], -1), ["class", 0, 1, -1]),
        (lambda: nn.cross_entropy([1.0, 2.0], 0.5), ["class", 0, 1, 0.5]),
        (lambda: nn.cross_entropy([1.0, 2.0], "cat"), ["class", 0, 1, "'cat'"]),
        (lambda: nn.cross_entropy([1.0, 2.0], None), ["class", 0, 1, None]),
        (lambda: nn.cross_entropy([1.0, 2.0, 3.0], [0.0, 1.0]), [3, 1, [0.0, 1.0]]),
        (lambda: nn.cross_entropy([1.0, 2.0], [0.5, 0.6]), [2, 1, [0.5, 0.6]]),
        (lambda: nn.cross_entropy([1.0, 2.0], [-0.5, 1.5]), [2, 1, [-0.5, 1.5]]),
        (lambda: nn.cross_entropy(Value(1.0), 0), ["class", "list", "bce_with_logits"]),
        (lambda: nn.cross_entropy([Value(1.0)], 0), ["class", "list", "bce_with_logits"]),
        (lambda: nn.cross_entropy([[1.0, 2.0], [3.0, 4.0]], [1]), [2, 1]),
        (lambda: nn.nll([-1.0, -2.0], 2), ["class", 0, 1, 2]),
        (lambda: nn.kl_div([-1.0, -2.0], [1.0]), [2, 1]),
        (lambda: nn.kl_div([-1.0, -2.0], [-0.5, 1.5]), [0, -0.5]),
        (lambda: nn.kl_div(-1.0, 1.0), ["lists", 1.0]),
        (lambda: nn.kl_div([-1.0, -2.0], 1.0), ["lists", 1.0]),
        (lambda: nn.L2(-1.0), ["strength", 0, -1.0]),
        (lambda: nn.L1(math.nan), ["strength", 0, math.nan]),
    ],
)
def test_refusals(call, said):
    with refused(ValueError, *said):
        call()


# --- penalties, right answers ------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=6), st.floats(0.0, 10.0))
def test_penalties(numbers, strength):
    loss, slopes = value_and_slopes(lambda ps: nn.L2(strength)(ps), numbers)
    assert loss == pytest.approx(strength * math.fsum(x * x for x in numbers), rel=1e-13, abs=1e-300)
    assert slopes == pytest.approx([2 * strength * x for x in numbers], rel=1e-13, abs=1e-300)
    loss, slopes = value_and_slopes(lambda ps: nn.L1(strength)(ps), numbers)
    assert loss == pytest.approx(strength * math.fsum(map(abs, numbers)), rel=1e-13, abs=1e-300)
    assert slopes == [strength * ((x > 0) - (x < 0)) for x in numbers]


def test_a_penalty_of_a_model_is_of_all_its_parameters():
    model = nn.MLP(2, [3, 1], seed=0)
    assert nn.l2(model).data == pytest.approx(math.fsum(p.data**2 for p in model.parameters()))
    assert nn.l1(model).data == pytest.approx(math.fsum(abs(p.data) for p in model.parameters()))


@pytest.mark.parametrize(
    ("loss", "prediction", "target", "right"),
    [
        (nn.bce, 0.6, 1.0, True), (nn.bce, 0.4, 1, False), (nn.bce, [0.4], [0.0], True),
        (nn.bce_with_logits, 0.1, 1.0, True), (nn.bce_with_logits, -0.1, 1.0, False), (nn.bce_with_logits, Value(-0.1), 0, True),
        (nn.hinge, 0.1, 1, True), (nn.hinge, 0.1, -1, False), (nn.hinge, -3.0, -1, True),
        (nn.cross_entropy, [1.0, 3.0, 2.0], 1, True), (nn.cross_entropy, [1.0, 3.0, 2.0], [0], False),
        (nn.cross_entropy, [1.0, 3.0, 2.0], [0.2, 0.5, 0.3], True), (nn.cross_entropy, [1.0, 1.0], 1, False),
        (nn.nll, [-1.0, -0.5], 1, True),
        # Neither side is no.
        (nn.bce, 0.5, 1.0, False), (nn.bce, 0.5, 0.0, True), (nn.bce_with_logits, 0.0, 1.0, False), (nn.hinge, 0.0, 1, False),
        (nn.bce_with_logits, 1.0, [1.0], True), (nn.bce_with_logits, [-1.0], 1.0, False), (nn.bce, [0.5, 0.6], [1, 1], False),
        # Several labels: all of them.
        (nn.bce_with_logits, [1.0, -1.0, 2.0], [1, 0, 1], True), (nn.bce_with_logits, [1.0, 1.0, 2.0], [1, 0, 1], False),
        (nn.bce, [0.6, 0.4], [1.0, 0.0], True), (nn.hinge, [0.5, -0.5], [1, 1], False),
    ],
)  # fmt: skip
def test_what_is_right(loss, prediction, target, right):
    assert nn.correct_for(loss)(prediction, target) is right


def test_a_regression_has_no_right_answers():
    assert nn.correct_for(nn.mse) is nn.correct_for(nn.huber) is nn.correct_for(nn.kl_div) is None


# --- beside scikit-learn -----------------------------------------------------------------------------------------------


def test_scikit_learns_metrics():
    metrics = pytest.importorskip("sklearn.metrics")
    np = pytest.importorskip("numpy")
    rng = np.random.default_rng(0)
    p, y = rng.normal(size=50), rng.normal(size=50)
    assert nn.mse(p, y) == pytest.approx(metrics.mean_squared_error(y, p), rel=1e-13)
    assert nn.mae(p, y) == pytest.approx(metrics.mean_absolute_error(y, p), rel=1e-13)
    labels = (y > 0).astype(float)
    chance = 1 / (1 + np.exp(-p))
    assert nn.bce(chance, labels) == pytest.approx(metrics.log_loss(labels, chance), rel=1e-12)
    assert nn.bce_with_logits(p, labels) == pytest.approx(metrics.log_loss(labels, chance), rel=1e-12)
    assert nn.hinge(p, 2 * labels - 1) == pytest.approx(metrics.hinge_loss(2 * labels - 1, p), rel=1e-13)
    scores, classes = rng.normal(size=(50, 4)), rng.integers(0, 4, size=50)
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    wanted = metrics.log_loss(classes, shares, labels=[0, 1, 2, 3])
    assert nn.cross_entropy(scores, classes) == pytest.approx(wanted, rel=1e-12)
    correct = nn.correct_for(nn.cross_entropy)
    right = sum(correct(row, k) for row, k in zip(scores, classes, strict=True)) / 50
    assert right == metrics.accuracy_score(classes, scores.argmax(axis=1))
