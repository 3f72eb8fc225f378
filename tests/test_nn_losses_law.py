"""Every derivative of every loss up to the third, of predictions, targets and weights, where pieces meet and beside, against mpmath."""

import itertools
import math

import pytest
from mpmath import mp, mpf
from references import differentiated

from autograd_lite import Value, derivative, grad, hessian, jit, nn
from autograd_lite.engine.errors import RangeError
from autograd_lite.testing import check_grad

STEP = 1e-6


def softplus(x):
    return mp.log1p(mp.exp(x))


def soft_cross_entropy(*numbers):
    half = len(numbers) // 2
    zs, shares = numbers[:half], numbers[half:]
    return mp.fsum(shares) * mp.log(mp.fsum(map(mp.exp, zs))) - mp.fdot(shares, zs)


def huber(p, y, delta=1):
    distance = abs(p - y)
    return distance**2 / 2 if distance <= delta else delta * (distance - mpf(delta) / 2)


def divergence(q, y):
    return (y * mp.log(y) if y else mpf(0)) - y * q


#: A loss of all its numbers, its definition, and where.
LOSSES = {
    "mse": (nn.mse, lambda p, y: (p - y) ** 2, [(1.0, 1.0), (1.0 + STEP, 1.0), (0.0, -3.0), (1e100, 0.0)]),
    "mae": (nn.mae, lambda p, y: abs(p - y), [(2.0, 1.0), (1.0, 2.0), (1.0 + STEP, 1.0)]),
    "huber": (nn.huber, huber, [(1.0, 1.0), (0.0, 0.0), (1.0 + STEP, 1.0), (1.0, 1.0 + STEP), (1.0 - STEP, 0.0), (0.0, 1.0 - STEP),
                                (1.0 + STEP, 0.0), (0.0, 1.0 + STEP), (5e-324, 0.0), (1e300, 0.0)]),
    "bce": (nn.bce, lambda p, y: -y * mp.log(p) - (1 - y) * mp.log(1 - p),
            list(itertools.product((1e-8, 0.3, 0.5, 0.9), (0.0, STEP, 0.4, 1.0 - STEP, 1.0)))),
    "bce_with_logits": (nn.bce_with_logits, lambda z, y: softplus(z) - y * z,
                        list(itertools.product((-30.0, -1.0, -1e-8, 0.0, 5e-324, 2.0, 30.0), (0.0, STEP, 0.5, 1.0)))),
    "cross_entropy": (lambda *n: nn.cross_entropy(list(n[:2]), list(n[2:])), soft_cross_entropy,
                      [(1.0, 2.0, 0.4, 0.6), (1.0, 1.0, 0.5, 0.5), (3.0, -2.0, 0.0, 1.0), (0.0, 0.0, 1.0, 0.0), (40.0, 0.0, 0.3, 0.7)]),
    "kl_div": (lambda q, y: nn.kl_div([q], [y]), divergence, [(-1.0, 0.4), (-1.0, 1.0), (0.0, 1e-8), (-700.0, 0.3)]),
    "hinge": (lambda s: nn.hinge(s, -1), lambda s: max(mpf(0), 1 + s), [(0.5,), (-2.0,), (-1.0 + STEP,), (-1.0 - STEP,)]),
    "weighted": (lambda p, y, w: w * nn.bce_with_logits(p, y), lambda z, y, w: w * (softplus(z) - y * z),
                 [(2.0, 1.0, 0.0), (2.0, 0.0, 3.0), (0.0, 0.5, 1.0)]),
}  # fmt: skip


def exactly(definition, numbers, path):
    """A difference with steps that stay on the piece, since the definitions are analytic on each."""
    orders = [path.count(k) for k in range(len(numbers))]
    with mp.workdps(1000 if max(map(abs, numbers)) > 1e99 else 150):
        if not any(orders):
            return definition(*map(mpf, numbers))
        if definition is huber and numbers[0] == numbers[1]:
            definition = lambda p, y: (p - y) ** 2 / 2  # noqa: E731
        if definition is divergence and not numbers[1]:
            return None
        return mp.diff(definition, tuple(map(mpf, numbers)), tuple(orders), h=mpf(10) ** -25)


@pytest.mark.parametrize("name", LOSSES)
def test_all_derivatives(name):
    loss, definition, points = LOSSES[name]
    for numbers in points:
        terms = exactly(lambda *xs: mp.fsum(map(abs, xs)), numbers, ())
        for order in range(4):
            for path in itertools.combinations_with_replacement(range(len(numbers)), order):
                wanted, got = exactly(definition, numbers, path), differentiated(loss, numbers, path)
                # Of terms that cancel, what is left of the rounding of the larger.
                slack = (
                    4e-16
                    * (terms if order < 2 else 1)
                    * (name in ("bce", "cross_entropy", "bce_with_logits", "weighted", "kl_div"))
                )
                error = mp.fabs(mpf(got) - wanted)
                assert error <= 1e-12 * mp.fabs(wanted) + slack + 1e-18, (numbers, path, got, mp.nstr(wanted, 17))


def test_the_slope_in_a_target_does_not_depend_on_where_the_target_is():
    """At 0 and 1, where a plain target leaves one of the two terms out."""
    for y in (0.0, 0.25, 1.0):
        assert grad(lambda y: nn.bce_with_logits(2.0, y))(y) == pytest.approx(-2.0, rel=1e-15)
        assert grad(lambda y: nn.bce(0.3, y))(y) == pytest.approx(math.log(0.7 / 0.3), rel=1e-14)
        assert jit(grad(lambda y: nn.bce_with_logits(2.0, y)))(y) == pytest.approx(-2.0, rel=1e-15)
    for shares in ([0.4, 0.6], [0.0, 1.0], [1.0, 0.0]):
        wanted = pytest.approx([math.log1p(math.e), math.log1p(1 / math.e)], rel=1e-15)
        assert grad(lambda t: nn.cross_entropy([1.0, 2.0], t))(shares) == wanted
        assert jit(grad(lambda t: nn.cross_entropy([1.0, 2.0], t)))(shares) == wanted
    # A Value and a plain number as target: the same loss and the same slope of the prediction, to the bit.
    for loss, p in ((nn.bce, 0.3), (nn.bce_with_logits, 1.7), (nn.bce_with_logits, -40.0), (nn.bce, 1.0)):
        for y in (0.0, 1.0):
            plain = grad(lambda p: loss(p, y))(p)
            assert loss(Value(p), Value(y)).data == loss(p, y)
            assert differentiated(loss, (p, y), (0,)) == plain


def test_huber_is_a_parabola_where_prediction_and_target_agree():
    assert derivative(lambda p: nn.huber(p, 1.0), 2)(1.0) == grad(grad(lambda p: nn.huber(p, 1.0)))(1.0) == 1.0
    assert hessian(lambda v: nn.huber(v[0], v[1]))([2.0, 2.0]) == [[1.0, -1.0], [-1.0, 1.0]]
    assert jit(hessian(lambda v: nn.huber(v[0], v[1])))([2.0, 2.0]) == [[1.0, -1.0], [-1.0, 1.0]]


@pytest.mark.parametrize("delta", [1.0, 0.25, 1e-3, 700.0])
def test_slopes_of_huber_are_those_of_the_line_however_far_the_target_is(delta):
    """By its closed form: the error, but no more than delta; at the corner and beside it, and of an endless error."""
    corners = [math.nextafter(delta, way) for way in (0.0, math.inf)]
    for error in (0.0, 1e-9, *corners, delta, 3.0 * delta, 1e300, math.inf):
        for sign in (1.0, -1.0):
            wanted = sign * min(error, delta)
            assert grad(lambda p, y: nn.huber(p, y, delta=delta), (0, 1))(sign * error, 0.0) == (wanted, -wanted)
            assert grad(lambda p, y: nn.huber(p, y, delta=delta), (0, 1))(0.0, sign * error) == (-wanted, wanted)
            assert jit(grad(lambda p: nn.huber(p, 0.0, delta=delta)))(sign * error) == wanted
            assert derivative(lambda p: nn.huber(p, 0.0, delta=delta), 2)(sign * error) == float(error <= delta)
            line = mpf(delta) * (mpf(error) - mpf(delta) / 2) if error > delta else mpf(error) ** 2 / 2
            assert nn.huber(sign * error, 0.0, delta=delta) == pytest.approx(float(line), rel=1e-15)


@pytest.mark.parametrize(("name", "numbers"), [("huber", (1.5, 1.5)), ("bce_with_logits", (2.0, 0.3)), ("bce", (0.3, 0.6))])
def test_second_derivatives_pass_the_check(name, numbers):
    assert check_grad(LOSSES[name][0], *numbers, order=2).verdict == "pass"


@pytest.mark.parametrize("target", [0.0, [0.0]])
def test_a_square_beyond_the_largest_float_says_so_of_plain_numbers_too(target):
    said = []
    for p in (1e200, Value(1e200)):
        with pytest.raises(RangeError) as error:
            nn.mse(p, target)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert nn.mse(1e150, 0.0) == pytest.approx(1e300)
