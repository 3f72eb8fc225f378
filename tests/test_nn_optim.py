"""Optimizers against the formulas of the papers, written a second time: whole sums in place of running means, 40 digits.

The other comparison, with PyTorch, is in test_nn_optim_torch.py.
"""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autograd_lite import Value
from autograd_lite.nn import optim

STEPS = 100
START = (-1.2, 1.0, 0.4)


def loss(p):
    """A curved valley and a third parameter that bends it."""
    x, y, z = p
    return (1.0 - x) ** 2 + 3.0 * (y - x * x) ** 2 + 0.5 * (z - 0.25 * x) ** 2 + 0.125 * z**4


def slopes(p):
    """Its gradient, by hand."""
    x, y, z = p
    return [
        -2 * (1 - x) - 12 * x * (y - x * x) - (z - x / 4) / 4,
        6 * (y - x * x),
        (z - x / 4) + z**3 / 2,
    ]


def path(kind, steps=STEPS, **options):
    """The parameters after each step of this package's optimizer."""
    params = [Value(number) for number in START]
    optimizer = getattr(optim, kind)(params, **options)
    seen = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss(params).backward()
        optimizer.step()
        seen.append([p.data for p in params])
    return seen


def reference(move, steps=STEPS):
    """The same from `move(t, position, gradients)`, given all gradients so far, each a list over the parameters."""
    with mp.workdps(40):
        position, seen, gradients = [mpf(number) for number in START], [], []
        for t in range(1, steps + 1):
            gradients.append(slopes(position))
            position = move(t, position, gradients)
            seen.append([float(one) for one in position])
    return seen


def each(formula):
    """A move that is one formula of (t, parameter, its gradients so far) for every parameter."""
    return lambda t, position, gradients: [
        formula(t, p, [gradient[k] for gradient in gradients]) for k, p in enumerate(position)
    ]


def assert_same(mine, theirs):
    assert len(mine) == len(theirs)
    for a, b in zip(mine, theirs, strict=True):
        assert a == pytest.approx(b, rel=1e-12, abs=1e-12)


def fading(weight, numbers):
    """The running mean that begins at 0, as the sum it stands for: (1 - w) * sum of w**age * number."""
    return (1 - weight) * mp.fsum(weight ** (len(numbers) - k) * number for k, number in enumerate(numbers, 1))


def squares(numbers):
    return [number * number for number in numbers]


def decayed(gradients, position, decay):
    """The gradients of loss + decay / 2 * |p|**2."""
    return [g + decay * p for g, p in zip(gradients, position, strict=True)]


def with_decay(decay, formula):
    """`formula` of gradients that have decay * p added, p being where each was taken."""
    places = []

    def move(t, position, gradients):
        places.append(position)
        return each(formula)(t, position, [decayed(g, p, decay) for g, p in zip(gradients, places, strict=True)])

    return move


# --- gradient descent and momentum ---------------------------------------------------------------------------------------


def test_gradient_descent():
    assert_same(path("SGD", lr=0.01), reference(each(lambda t, p, gs: p - mpf(0.01) * gs[-1])))


@settings(deadline=None)
@given(st.floats(0.0, 3.0), st.floats(0.1, 2.0), st.floats(-5.0, 5.0))
def test_gradient_descent_on_a_parabola_is_a_geometric_sequence(lr, curvature, start):
    """x <- x - lr * c * x, so x_t = (1 - lr * c)**t * x_0: it converges if and only if lr < 2 / c."""
    x = Value(start)
    descent = optim.SGD([x], lr=lr)
    for _ in range(30):
        descent.zero_grad()
        (0.5 * curvature * x * x).backward()
        descent.step()
    # A difference that cancels almost wholly keeps few digits of the factor.
    assume(abs(1.0 - lr * curvature) > 1e-6)
    assert x.data == pytest.approx((1.0 - lr * curvature) ** 30 * start, rel=1e-7, abs=1e-280)


def test_momentum_is_polyaks_heavy_ball():
    """p_{t+1} = p_t - lr * g + mu * (p_t - p_{t-1}) (Polyak 1964), a recurrence without a velocity."""
    lr, mu, before = mpf(0.005), mpf(0.9), []

    def move(t, position, gradients):
        old = before[-1] if t > 1 else position
        before.append(position)
        return [p - lr * g + mu * (p - q) for p, g, q in zip(position, gradients[-1], old, strict=True)]

    assert_same(path("SGD", lr=0.005, momentum=0.9), reference(move))


def test_dampening_weighs_all_gradients_but_the_first():
    lr, mu, damped = mpf(0.01), mpf(0.8), 1 - mpf(0.3)

    def formula(t, p, gs):
        return p - lr * (mu ** (t - 1) * gs[0] + damped * mp.fsum(mu ** (t - k) * gs[k - 1] for k in range(2, t + 1)))

    assert_same(path("SGD", lr=0.01, momentum=0.8, dampening=0.3), reference(each(formula)))


def test_nesterov_is_sutskevers_form_seen_from_where_it_looks_ahead():
    """v' = mu * v - lr * grad(p + mu * v), p' = p + v' (Sutskever et al. 2013); the optimizer keeps p + mu * v."""
    lr, mu = mpf(0.005), mpf(0.9)
    with mp.workdps(40):
        p, v, seen = [mpf(number) for number in START], [mpf(0)] * 3, []
        for _ in range(STEPS):
            ahead = [x + mu * u for x, u in zip(p, v, strict=True)]
            v = [mu * u - lr * g for u, g in zip(v, slopes(ahead), strict=True)]
            p = [x + u for x, u in zip(p, v, strict=True)]
            seen.append([float(x + mu * u) for x, u in zip(p, v, strict=True)])
    assert_same(path("SGD", lr=0.005, momentum=0.9, nesterov=True), seen)


def test_weight_decay_is_the_gradient_of_a_penalty():
    lr, mu, decay = mpf(0.01), mpf(0.5), mpf(0.2)

    def formula(t, p, gs):
        return p - lr * mp.fsum(mu ** (t - k) * g for k, g in enumerate(gs, 1))

    assert_same(path("SGD", lr=0.01, momentum=0.5, weight_decay=0.2), reference(with_decay(decay, formula)))


# --- a step of its own for each parameter ------------------------------------------------------------------------------


def test_adagrad():
    """Duchi et al. 2011: over the root of the sum of all squares."""

    def formula(t, p, gs):
        return p - mpf(0.1) * gs[-1] / (mp.sqrt(mp.fsum(squares(gs))) + mpf(1e-10))

    assert_same(path("Adagrad", lr=0.1), reference(each(formula)))


def test_adagrad_with_every_option():
    def formula(t, p, gs):
        rate = mpf(0.2) / (1 + (t - 1) * mpf(0.05))
        return p - rate * gs[-1] / (mp.sqrt(mpf(0.3) + mp.fsum(squares(gs))) + mpf(1e-4))

    options = {"lr": 0.2, "lr_decay": 0.05, "initial_accumulator_value": 0.3, "eps": 1e-4, "weight_decay": 0.1}
    assert_same(path("Adagrad", **options), reference(with_decay(mpf(0.1), formula)))


def test_rmsprop():
    """Hinton 2012: over the root of a fading mean of squares."""

    def formula(t, p, gs):
        return p - mpf(0.01) * gs[-1] / (mp.sqrt(fading(mpf(0.99), squares(gs))) + mpf(1e-8))

    assert_same(path("RMSprop", lr=0.01), reference(each(formula)))


def test_rmsprop_centered_with_momentum_and_decay():
    """Graves 2013: over the root of the fading variance; then momentum on the moves."""
    alpha, mu = mpf(0.9), mpf(0.6)

    def one_move(gs):
        variance = fading(alpha, squares(gs)) - fading(alpha, gs) ** 2
        return gs[-1] / (mp.sqrt(variance) + mpf(1e-5))

    def formula(t, p, gs):
        return p - mpf(0.01) * mp.fsum(mu ** (t - k) * one_move(gs[:k]) for k in range(1, t + 1))

    options = {"lr": 0.01, "alpha": 0.9, "eps": 1e-5, "centered": True, "momentum": 0.6, "weight_decay": 0.05}
    assert_same(path("RMSprop", steps=40, **options), reference(with_decay(mpf(0.05), formula), steps=40))


@pytest.mark.parametrize(("lr", "decay"), [(1.0, 0.0), (0.5, 0.1)])
def test_adadelta(lr, decay):
    """Zeiler 2012, algorithm 1: RMS of past moves over RMS of gradients."""
    rho, eps = mpf(0.8), mpf(1e-5)
    moves = [[], [], []]

    def move(t, position, gradients):
        after = []
        for k, p in enumerate(position):
            gs = [gradient[k] for gradient in gradients]
            step = mp.sqrt(fading(rho, squares(moves[k])) + eps) / mp.sqrt(fading(rho, squares(gs)) + eps) * gs[-1]
            moves[k].append(step)
            after.append(p - mpf(lr) * step)
        return after

    places = []

    def bent(t, position, gradients):
        places.append(position)
        return move(t, position, [decayed(g, at, mpf(decay)) for g, at in zip(gradients, places, strict=True)])

    assert_same(path("Adadelta", lr=lr, rho=0.8, eps=1e-5, weight_decay=decay), reference(bent))


# --- Adam --------------------------------------------------------------------------------------------------------------


def adam_move(lr, b1, b2, eps, largest=False):
    """Kingma and Ba 2015: fading means divided by the sum of their weights, which makes them means."""

    def formula(t, p, gs):
        m = fading(b1, gs) / (1 - b1**t)
        v = max(fading(b2, squares(gs[:k])) for k in range(1 if largest else t, t + 1)) / (1 - b2**t)
        return p - lr * m / (mp.sqrt(v) + eps)

    return formula


def test_adam():
    assert_same(path("Adam", lr=0.05), reference(each(adam_move(mpf(0.05), mpf(0.9), mpf(0.999), mpf(1e-8)))))


def test_adam_with_every_option():
    formula = adam_move(mpf(0.1), mpf(0.7), mpf(0.9), mpf(1e-4), largest=True)
    options = {"lr": 0.1, "betas": (0.7, 0.9), "eps": 1e-4, "weight_decay": 0.1, "amsgrad": True}
    assert_same(path("Adam", steps=50, **options), reference(with_decay(mpf(0.1), formula), steps=50))


@pytest.mark.parametrize("amsgrad", [False, True])
def test_adamw_decays_beside_the_gradient(amsgrad):
    """Loshchilov and Hutter 2019, algorithm 2: p - lr * (m / sqrt(v) + decay * p)."""
    formula = adam_move(mpf(0.05), mpf(0.9), mpf(0.95), mpf(1e-8), amsgrad)
    decay = mpf(0.05) * mpf(0.2)
    mine = path("AdamW", steps=50, lr=0.05, betas=(0.9, 0.95), weight_decay=0.2, amsgrad=amsgrad)
    assert_same(mine, reference(each(lambda t, p, gs: formula(t, p, gs) - decay * p), steps=50))


@settings(deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(1e-3, 10.0))
def test_the_first_step_of_adam_is_the_learning_rate(gradient, lr):
    """The step is lr * g / |g|, however large the gradient (Kingma and Ba, section 2.1)."""
    for sign in (1.0, -1.0):
        x = Value(0.0)
        x.grad = sign * gradient
        optim.Adam([x], lr=lr, eps=1e-30).step()
        assert x.data == pytest.approx(-sign * lr, rel=1e-12)
