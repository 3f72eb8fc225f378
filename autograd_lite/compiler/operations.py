"""The operations a program is made of: the rows of the table, and the few a graph of Values has no need of.

A graph records which way a comparison went; a program must compute it.  So beside the names of the table there are
comparisons and logic, whose results are truths and not numbers, and `select`.  None of these has a derivative, except
`select`, which is the table's `where`; `fsum` is the table's `sum` under the name the texts use, `detach` the identity.
"""

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.rules import RULES, Rule
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.ieee import IEEE

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    op: getattr(operator, op) for op in ("lt", "le", "gt", "ge", "eq", "ne")
}
LOGIC: dict[str, Callable[..., bool]] = {
    "and": lambda x, y: x and y,
    "or": lambda x, y: x or y,
    "not": operator.not_,
}
#: How comparisons are written, in Python and in C.
SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
#: The same comparison with its operands exchanged.
MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
#: Steps that compute nothing; of one input, or of one for each round of loops.
LEAVES = frozenset({"input", "const", "block", "position"})
#: Operations whose result is a truth.
TRUTHS = frozenset(COMPARISONS) | frozenset(LOGIC)
#: What passes no gradient on.
CONSTANT = frozenset({"detach"}) | LEAVES | TRUTHS
#: Operations that do not change when their operands change places.
COMMUTATIVE = frozenset({"add", "mul", "eq", "ne", "and", "or"})

#: Rows of the table whose forward text raises for no floats at all; any other operation may raise in the eager engine.
TOTAL = frozenset({
    "add", "sub", "mul", "neg", "abs", "cbrt", "hypot", "logaddexp", "log1psq", "atan", "atan2", "degrees", "radians", "atand",
    "tanh", "sech", "asinh", "erf", "erfc", "ndtr", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "hard_sigmoid",
    "hard_swish", "sigmoid", "log_sigmoid", "softplus", "softsign", "step", "sign", "copysign", "maximum", "minimum", "clamp",
    "where", "sum", "prod", "dot", "max", "min", "logsumexp", "softmax", "log_softmax",
})  # fmt: skip
#: How an operation is called that gives 1.0 where another one raises this error: `raises_ValueError_log`.
RAISES = "raises_"


def _scaled(x: float, k: float) -> float:
    """x * 2**k, infinite where that overflows."""
    try:
        return math.ldexp(x, int(k))
    except (OverflowError, ValueError):
        return math.copysign(math.inf, x) if k == k and k > 0.0 else math.nan


def _split(x: float) -> tuple[float, int]:
    """m and k with x = m * 2**k and m between the square roots of 1/2 and 2."""
    m, k = math.frexp(x)
    return (m, k) if m >= math.sqrt(0.5) else (2.0 * m, k - 1)


#: With that added a whole number, and 1023, is in the last bits of a double: where its exponent is, moved.
SHIFT = 1.5 * 2.0**52 + 1023.0
#: What has no row; machine code adds rounding, times a power of two, and a number as mantissa and exponent of two.
_WITHOUT_ROW: dict[str, Callable[..., Any]] = {
    **COMPARISONS, **LOGIC, "detach": lambda x: x, "rint": lambda x: float(round(x)) if math.isfinite(x) else x,
    "scale2": _scaled, "power2": lambda x: _scaled(1.0, x - SHIFT),
    "exponent": lambda x: float(_split(x)[1]), "mantissa": lambda x: _split(x)[0],
}  # fmt: skip


def rule_of(op: str) -> Rule | None:
    """The row of the table for an operation; None for comparisons, logic, `detach`, inputs and constants.

    >>> rule_of("fsum").name, rule_of("select").name, rule_of("lt")
    ('sum', 'where', None)
    """
    return RULES.get({"fsum": "sum", "select": "where"}.get(op, op))


def evaluate(op: str, numbers: Sequence[Any], ieee: bool = False) -> Any:
    """The result of one operation on plain numbers, by the table's own forward text.

    Parameters
    ----------
    op : str
    numbers : sequence of float or bool
    ieee : bool, default False
        Answer with infinities and nan where Python raises.

    Examples
    --------
    >>> evaluate("mul", (6.0, 7.0)), evaluate("lt", (1.0, 2.0)), evaluate("log", (0.0,), ieee=True)
    (42.0, True, -inf)
    """
    if op in _WITHOUT_ROW:
        return _WITHOUT_ROW[op](*numbers)
    if op.startswith(RAISES):
        _, kind, raising = op.split("_", 2)
        return float(raised(raising, numbers) == kind)
    rule = rule_of(op)
    if rule is None:
        raise KeyError(f"{op!r} is not an operation")
    return compile_rule(rule, IEEE if ieee else FLOATS).forward(*numbers)


def raised(op: str, numbers: Sequence[float]) -> str:
    """The name of the error that an operation raises in the eager engine at these numbers; empty if it raises none.

    >>> raised("log", [-1.0]), raised("div", [1.0, 0.0]), raised("exp", [1000.0]), raised("exp", [1.0])
    ('ValueError', 'ZeroDivisionError', 'OverflowError', '')
    """
    try:
        evaluate(op, numbers)
    except ARITHMETIC_ERRORS as error:
        return error_kind(error)
    return ""


def error_kind(error: Exception) -> str:
    """Which of Python's three errors of arithmetic an error is, by name."""
    return next(kind.__name__ for kind in ARITHMETIC_ERRORS if isinstance(error, kind))


def may_raise(op: str, divisor: float | None = None) -> bool:
    """Whether an operation of the table raises for some numbers; a division not, if its divisor is a number other than 0.

    >>> may_raise("log"), may_raise("tanh"), may_raise("div"), may_raise("div", 2.0), may_raise("lt")
    (True, False, True, False, False)
    """
    return op in RULES and op not in TOTAL and not (op == "div" and divisor)
