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
from autograd_lite.rules.evaluate import compile_rule
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
#: Steps that compute nothing.
LEAVES = frozenset({"input", "const"})
#: Operations whose result is a truth.
TRUTHS = frozenset(COMPARISONS) | frozenset(LOGIC)
#: Operations that do not change when their operands change places.
COMMUTATIVE = frozenset({"add", "mul", "eq", "ne", "and", "or"})


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


#: What has no row; machine code adds rounding, times a power of two, and a number as mantissa and exponent of two.
_WITHOUT_ROW: dict[str, Callable[..., Any]] = {
    **COMPARISONS, **LOGIC, "detach": lambda x: x, "rint": lambda x: float(round(x)) if math.isfinite(x) else x,
    "scale2": _scaled, "exponent": lambda x: float(_split(x)[1]), "mantissa": lambda x: _split(x)[0],
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
    rule = rule_of(op)
    if rule is None:
        raise KeyError(f"{op!r} is not an operation")
    return compile_rule(rule, IEEE if ieee else FLOATS).forward(*numbers)
