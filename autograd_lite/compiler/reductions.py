"""Strength reduction: an operation on these operands as a cheaper one, or as one of the operands.

Each function is given the operands of an operation that is about to be written; it gives the index of what does as well, or
None.  `passes.py` says what is kept of the result: all bits, but for the sign of a zero and the last bit of a power.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd_lite.compiler.passes import Simplifier

#: Arithmetic becomes cheaper only where one of its operands is one of `SPECIAL`, so nobody need look at the rest.
ARITHMETIC = frozenset({"add", "sub", "mul", "div", "pow", "neg", "abs"})
SPECIAL = frozenset({"const", "neg", "abs"})


def _add(b: "Simplifier", x: int, y: int) -> int | None:
    if b.number(x) == 0.0:
        return y
    if b.number(y) == 0.0:
        return x
    if b.ops[y] == "neg":
        return b.emit("sub", x, b.args[y][0])
    if b.ops[x] == "neg":
        return b.emit("sub", y, b.args[x][0])
    return None


def _sub(b: "Simplifier", x: int, y: int) -> int | None:
    if b.number(y) == 0.0:
        return x
    return b.emit("add", x, b.args[y][0]) if b.ops[y] == "neg" else None


def _mul(b: "Simplifier", x: int, y: int) -> int | None:
    if b.ops[x] == "neg" and b.ops[y] == "neg":
        return b.emit("mul", b.args[x][0], b.args[y][0])
    for one, other in ((x, y), (y, x)):
        if b.ops[one] != "const":
            continue
        number = b.args[one][0]
        if number == 1.0:
            return other
        if number == -1.0:
            return b.emit("neg", other)
        if b.ops[other] == "neg":
            return b.emit("mul", b.args[other][0], b.const(-number))
    return None


def _div(b: "Simplifier", x: int, y: int) -> int | None:
    number = b.number(y)
    if number == 1.0:
        return x
    if number is not None and math.isfinite(number) and abs(math.frexp(number)[0]) == 0.5:
        reciprocal = 1.0 / number
        if math.isfinite(reciprocal) and abs(reciprocal) >= 2.0**-1022:
            return b.emit("mul", x, b.const(reciprocal))  # exact: a power of two
    return None


def _pow(b: "Simplifier", x: int, y: int) -> int | None:
    exponent = b.number(y)
    if exponent == 0.0:
        return b.const(1.0)
    if exponent == 1.0:
        return x
    if exponent == 2.0:
        return b.emit("mul", x, x)
    if exponent == 3.0:
        return b.emit("mul", b.emit("mul", x, x), x)
    if exponent == -1.0:
        return b.emit("div", b.const(1.0), x)
    return None


def _undone(b: "Simplifier", op: str, x: int) -> int | None:
    """What an operation is its own inverse of."""
    return b.args[x][0] if b.ops[x] == op else None


def _abs(b: "Simplifier", x: int) -> int | None:
    return b.emit("abs", b.args[x][0]) if b.ops[x] == "neg" else x if b.ops[x] == "abs" else None


def _logic(b: "Simplifier", neutral: bool, x: int, y: int) -> int | None:
    """Of two truths the one that decides, if the other is neutral."""
    if x == y or b.truth(y) is neutral:
        return x
    return y if b.truth(x) is neutral else None


def _select(b: "Simplifier", condition: int, x: int, y: int) -> int | None:
    known = b.truth(condition)
    if known is not None:
        return x if known else y
    if x == y:
        return x
    if b.ops[condition] == "not":
        return b.emit("select", b.args[condition][0], y, x)
    if b.ops[x] == "select" and b.args[x][0] == condition:
        return b.emit("select", condition, b.args[x][1], y)
    if b.ops[y] == "select" and b.args[y][0] == condition:
        return b.emit("select", condition, x, b.args[y][2])
    return None


def _ne(b: "Simplifier", x: int, y: int) -> int | None:
    """Whether 1 for a truth, else 0, is not 0: the truth."""
    chosen = b.ops[x] == "select" and [b.number(one) for one in b.args[x][1:]] == [1.0, 0.0]
    return b.args[x][0] if chosen and b.number(y) == 0.0 else None


def _sum(b: "Simplifier", *xs: int) -> int | None:
    if len(xs) == 1:
        return xs[0]
    return b.emit("add", *xs) if len(xs) == 2 else None


REDUCTIONS: dict[str, Callable[..., int | None]] = {
    "add": _add, "sub": _sub, "mul": _mul, "div": _div, "pow": _pow, "neg": lambda b, x: _undone(b, "neg", x), "abs": _abs,
    "not": lambda b, x: _undone(b, "not", x), "and": lambda b, x, y: _logic(b, True, x, y),
    "or": lambda b, x, y: _logic(b, False, x, y), "select": _select, "ne": _ne, "sum": _sum, "fsum": _sum, "detach": lambda b, x: x,
}  # fmt: skip
