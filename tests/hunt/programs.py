"""Random programs over the whole table, at ordinary and at hostile points: every target against the eager engine."""

import math

from hypothesis import strategies as st

from autograd_lite.rules import RULES, Rule

#: Where special cases are.
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -3.0, math.pi, 90.0, 180.0)
HUGE = (1e154, -1e154, 1e300, -1e300, 710.0, -745.0, 1.7e308)
TINY = (5e-324, -5e-324, 1e-310, 1e-160, -1e-160, 1e-17, 1e-8, -1e-8)
NOT_FINITE = (math.inf, -math.inf, math.nan)
#: Not of numbers alone: an index or a count comes first.
COUNTED = {"softmax": "al.{name}([{args}])[1]", "log_softmax": "al.{name}([{args}])[1]"}
WHOLE = {"sinc_derivative": (0.0, 1.0, 2.0), "polygamma": (0.0, 1.0, 2.0, 3.0), "round": (0.0, 1.0, 2.0)}

ordinary = st.floats(-4.0, 4.0, allow_subnormal=False).map(lambda x: round(x, 3))
hostile = st.sampled_from((*SPECIAL, *TINY, *HUGE))
beside = st.builds(
    lambda x, step: x + step, st.sampled_from(SPECIAL), st.sampled_from((1e-3, -1e-3, 1e-8, -1e-8, 2.0**-52, -(2.0**-53)))
)


def numbers(finite: bool = True) -> st.SearchStrategy[float]:
    """Points where to try: ordinary ones, special ones, beside those, huge and tiny, infinite and nan."""
    return st.one_of(ordinary, hostile, beside, *([] if finite else [st.sampled_from(NOT_FINITE)]))


def inside(rule: Rule, k: int) -> st.SearchStrategy[float]:
    """Points for the k-th argument of a row, most of them where it is defined."""
    if rule.name in WHOLE and k == (rule.name == "round"):
        return st.sampled_from(WHOLE[rule.name])
    low, high = rule.box[min(k, len(rule.box) - 1)]
    return st.one_of(st.floats(max(low, -20.0), max(min(high, 20.0), low), allow_subnormal=False), numbers())


def call(rule: Rule, operands: list[str]) -> str:
    """The text of an operation."""
    if rule.name in COUNTED:
        return COUNTED[rule.name].format(name=rule.name, args=", ".join(operands))
    if rule.name == "dot":
        half = len(operands) // 2
        return f"al.dot([{', '.join(operands[:half])}], [{', '.join(operands[half:])}])"
    return f"al.{rule.name}({', '.join(operands)})"


def operands_of(rule: Rule) -> int:
    """How many operands to write: of a row of any number, some."""
    return {"dot": 4, "softmax": 3, "log_softmax": 3}.get(rule.name, 3 if rule.variadic else len(rule.arguments))


@st.composite
def rows(draw: st.DrawFn) -> str:
    """One row of the table, in one way, at some points after one another: numbers to the last bits, zeros with their sign."""
    rule = RULES[draw(st.sampled_from(sorted(RULES)))]
    names = ["x", "y", "z"][: min(operands_of(rule), 3)]
    operands = [names[k % len(names)] for k in range(operands_of(rule))]
    fixed = {
        k: repr(draw(inside(rule, k))) for k in range(len(operands)) if rule.name in WHOLE and k == (rule.name == "round")
    }
    body = call(rule, [fixed.get(k, one) for k, one in enumerate(operands)])
    way = draw(st.sampled_from(_ROW_WAYS))
    finite = draw(st.integers(0, 3)) > 0
    place = {name: k for k, name in reversed(list(enumerate(operands)))}
    point = st.tuples(*[st.one_of(inside(rule, place[name]), numbers(finite)) for name in names])
    points = draw(st.lists(point, min_size=1, max_size=4))
    mode = draw(st.sampled_from(("", "", "with al.ieee():\n    ")))
    signs = ", signs=True" if "grad" not in way and rule.name not in _UNSIGNED else ""
    return f"check = Ways(lambda {', '.join(names)}: {body}, {way!r}{signs})\n{mode}check({', '.join(map(repr, points))})"


#: What is 0 between numbers of either sign.
_UNSIGNED = frozenset({"floor", "ceil", "trunc", "round", "max", "min", "maximum", "minimum"})
_ROW_WAYS = (
    "jit(f, backend='python')", "jit(grad(f), backend='python')", "jit(f, backend='llvm')", "jit(vmap(f), backend='llvm')", "vmap(f)",
    "jit(value_and_grad(f), backend='llvm')", "jit(vmap(grad(f)), backend='llvm')", "jit(grad(grad(f)), backend='python')",
        "grad(jit(f))",
)  # fmt: skip


def expressions(depth: int) -> st.SearchStrategy[str]:
    """Nested operations on x and y."""
    leaves = st.one_of(st.sampled_from(("x", "y")), st.sampled_from(("x", "y", "2.0", "0.5", "0.0")))
    if not depth:
        return leaves
    return st.one_of(leaves, _operation(depth), _operation(depth))


@st.composite
def _operation(draw: st.DrawFn, depth: int) -> str:
    rule = RULES[draw(st.sampled_from(_MIXED))]
    return call(rule, [draw(expressions(depth - 1)) for _ in range(operands_of(rule))])


#: Rows whose rounding a second operation does not make much larger; what is to be found are wrong numbers, not roundings.
_MIXED = tuple(
    "add mul sub neg div abs relu max min sum dot logsumexp softmax log exp sqrt tanh sin cos logaddexp xlogy maximum minimum clamp where "
    "hypot sigmoid softplus log1p expm1 atan cbrt square_root pow".replace(" square_root", "").split()
)


@st.composite
def mixed(draw: st.DrawFn) -> str:
    """Nested operations, some of which nobody needs, in one way, at some points after one another."""
    result, unused = draw(expressions(3)), draw(st.one_of(st.just(""), expressions(2)))
    point = st.tuples(*[st.one_of(ordinary, st.sampled_from(SPECIAL))] * 2)
    points = draw(st.lists(point, min_size=1, max_size=4))
    way = draw(st.sampled_from(_ROW_WAYS))
    body = f"[{unused}, {result} + 0.0 * x][1]" if unused else f"{result} + 0.0 * x"
    return f"check = Ways(lambda x, y: {body}, {way!r}, tolerance=1e-7)\ncheck({', '.join(map(repr, points))})"


@st.composite
def orders(draw: st.DrawFn) -> str:
    """Nested operations at an ordinary point, differentiated forwards and backwards."""
    x, y = (draw(st.floats(0.1, 3.0).map(lambda x: round(x, 3))) for _ in range(2))
    return f"one_derivative(lambda x, y: {draw(expressions(3))} + 0.0 * x, {x}, {-y if draw(st.booleans()) else y})"
