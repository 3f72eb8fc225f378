"""Texts about derivatives: modes against each other, higher orders and losses against mpmath, backward rules of one's own; and nan."""

import math
from functools import cache

from hypothesis import strategies as st

import autograd_lite as al
from autograd_lite import Value
from autograd_lite.rules import RULES

from .programs import SPECIAL, beside, call, inside, operands_of, ordinary

_SMOOTH = (
    "v * v",
    "al.exp(v) * v",
    "al.sin(v) + 2.0 * v",
    "v ** 3",
    "al.tanh(v) / (v * v + 1.0)",
    "al.softplus(v) * v",
    "3.0 * v",
    "al.logaddexp(v, 1.0)",
)


@cache
def steep() -> tuple[tuple[str, float], ...]:
    """Functions of one number with a point where they are defined and their slope, or the slope's slope, is infinite: from the table."""
    found = [
        ("t ** 0.5", 0.0),
        ("t ** 1.5", 0.0),
        ("al.xlogy(t, 3.0) + al.xlogy(2.0, t + 1.0)", -1.0 + 2**-52),
        ("abs(t) ** 1.25", 0.0),
    ]
    for rule in RULES.values():
        if len(rule.arguments) > 1 or rule.variadic:
            continue
        for x in (0.0, 1.0, -1.0):
            try:
                t = Value(x)
                getattr(al, rule.name)(t).backward()
            except (ArithmeticError, ValueError):
                continue
            if math.isinf(t.grad):
                found.append((f"al.{rule.name}(t)", x))
    return tuple(found)


@st.composite
def modes(draw: st.DrawFn) -> str:
    """A smooth function of one number beside one of infinite slope of another."""
    function, y = draw(st.sampled_from(steep()))
    smooth = draw(st.sampled_from(_SMOOTH))
    scale = draw(st.sampled_from(("", "2.0 * ", "-")))
    return f"both_modes(lambda v: {smooth}, lambda t: {scale}({function}), {draw(st.sampled_from((3.0, 1.0, -2.0, 0.5)))}, {y!r})"


#: Where mpmath's differences say nothing: there is a choice, or a jump.
_CHOSEN = frozenset(
    {
        "where",
        "sinc_derivative",
        "polygamma",
        "copysign",
        "softmax",
        "log_softmax",
        "erfcinv",
        "round",
        "step",
        "sign",
        "mod2pi",
    }
)
_SMOOTH_ROWS = tuple(
    sorted(name for name, rule in RULES.items() if not rule.kink and not rule.variadic and name not in _CHOSEN)
)


@st.composite
def orders(draw: st.DrawFn) -> str:
    """Second and third derivatives of a row at and beside special points."""
    rule = RULES[draw(st.sampled_from(_SMOOTH_ROWS))]
    near = st.sampled_from((1e-8, -1e-8, 1e-17, -1e-12, 1e-160))
    point = [draw(st.one_of(inside(rule, k), beside, near, st.sampled_from(SPECIAL))) for k in range(len(rule.arguments))]
    if len(point) == 2 and draw(st.booleans()):
        point[1] = point[0]
    return f"higher({rule.name!r}, {point}, {draw(st.integers(0, len(point) - 1))}, {draw(st.integers(1, 3))})"


#: Functions that say themselves what becomes of a nan: C's pow and hypot, and those that do not look at one argument.
_DEAF = frozenset(
    {
        "pow",
        "hypot",
        "where",
        "copysign",
        "sinc_derivative",
        "polygamma",
        "round",
        "floordiv",
        "softmax",
        "log_softmax",
        "step",
        "sign",
    }
)
_HEARING = tuple(name for name in RULES if name not in _DEAF)
#: Those with a second argument that matters on one side only.
_SLOPED = frozenset({"leaky_relu", "elu", "celu"})


@st.composite
def nans(draw: st.DrawFn) -> str:
    """A nan in one place of an operation, a loss, or what clips gradients."""
    return draw(st.one_of(_nan_operation(), st.sampled_from(_NAN_TEXTS)))


@st.composite
def _nan_operation(draw: st.DrawFn) -> str:
    rule = RULES[draw(st.sampled_from(_HEARING))]
    point = [draw(st.one_of(st.sampled_from((0.0, 1.0, 2.0)), inside(rule, k))) for k in range(operands_of(rule))]
    point[0 if rule.name in _SLOPED else draw(st.integers(0, len(point) - 1))] = math.nan
    names = [f"x{k}" for k in range(len(point))]
    return f"nan_stays(lambda {', '.join(names)}: {call(rule, names)}, {point})"


_NAN_TEXTS = (
    "nan_stays(lambda x: nn.mse(x, 1.0), [nan])", "nan_stays(lambda x: nn.mae(1.0, x), [nan])",
        "nan_stays(lambda x: nn.huber(x, 1.0), [nan])",
    "nan_stays(lambda x: nn.hinge(x, 1.0), [nan])", "nan_stays(lambda x: nn.bce_with_logits(x, 1.0), [nan])",
        "nan_stays(lambda x: nn.bce(x, 1.0), [nan])",
    "nan_stays(lambda x: nn.cross_entropy([x, 1.0], 1), [nan])", "nan_stays(lambda x: nn.kl_div([x, 1.0], [0.5, 0.5]), [nan])",
    "nan_stays(lambda x: al.clamp(x, None, 1.0), [nan])", "nan_stays(lambda x: al.clamp(2.0, x, 5.0), [nan])",
        "nan_stays(lambda x: al.clamp(2.0, 0.0, x), [nan])",
    "p, q = Value(1.0), Value(1.0)\np.grad, q.grad = nan, 1.0\nnan_stays(lambda x: nn.optim.clip_grad_value_([p], x) or p.grad, [2.0])",
    "p, q = Value(1.0), Value(1.0)\np.grad, q.grad = 1.0, nan\nnan_stays(lambda x: nn.optim.grad_norm([p, q], inf), [1.0])",
    "p, q = Value(1.0), Value(1.0)\np.grad, q.grad = 1.0, nan\nnan_stays(lambda x: nn.optim.clip_grad_norm_([p, q], x, inf), [1.0])",
)  # fmt: skip

_RULES = (
    ("x", "max(-1.0, min(1.0, g))"), ("x", "-g"), ("float(round(x))", "g"), ("1.0 if x > 0.0 else 0.0",
        "g if abs(x) <= 1.0 else 0.0"), ("x", "0.5 * g"), ("x", "g * abs(g)"),
    ("x * x", "2.0 * x * g"), ("x", "0.0"), ("max(x, 0.0)", "max(g, 0.0)"),
)  # fmt: skip
_USES = (
    "c(x * y) * 100.0",
    "c(x) * y + c(y) * -3.0",
    "c(c(x) * 5.0) * y",
    "(c(x * 2.0) + y) * c(y)",
    "(c(x) * 4.0).sin() * y",
    "c(x) + c(x) * x + y",
)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """An operation whose backward rule is not its derivative, somewhere in a function."""
    (forward, backward), use = draw(st.sampled_from(_RULES)), draw(st.sampled_from(_USES))
    points = draw(st.lists(st.tuples(ordinary, ordinary), min_size=1, max_size=3))
    return f"custom(lambda c, x, y: {use}, lambda x: {forward}, lambda x, g: {backward}, {', '.join(map(repr, points))})"


@st.composite
def losses(draw: st.DrawFn) -> str:
    """A loss at a point, ties and whole targets among them, differentiated in everything."""
    name = draw(st.sampled_from(("mse", "mae", "huber", "bce", "bce_with_logits", "cross_entropy", "kl_div")))
    share, whole = st.floats(0.05, 0.95).map(lambda p: round(p, 2)), st.sampled_from((0.0, 1.0))
    if name in ("cross_entropy", "kl_div"):
        p = draw(share)
        prediction, target = [draw(ordinary), draw(ordinary)], [p, 1.0 - p]
    elif name == "bce":
        prediction, target = draw(share), draw(st.one_of(share, whole))
    elif name == "bce_with_logits":
        prediction, target = draw(st.one_of(ordinary, st.sampled_from((0.0, 30.0, -30.0)))), draw(st.one_of(share, whole))
    else:
        prediction = draw(ordinary)
        apart = st.sampled_from((0.0, 0.25, -3.0) if name != "mae" else (0.25, -3.0))
        target = prediction + draw(apart)
    return f"loss({name!r}, {prediction}, {target})"
