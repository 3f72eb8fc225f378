"""Numbers that know how they are written: the number system in which the table's partials come out as formulas.

A rule's partials are evaluated on `Written` numbers like on any other: arithmetic writes formulas, and a condition
(`1.0 if x > 0.0 else 0.0`) is decided by the number, so what comes out is the formula of the branch that was taken.  Nothing here
states a derivative; even softmax's comes from its row.
"""

import math
from collections.abc import Iterable
from functools import cache, partial
from typing import Any

from autograd_lite import RULES
from autograd_lite.backprop.names import short
from autograd_lite.backprop.spelling import PRODUCT, Spelling, spell, spell_number
from autograd_lite.engine.record import ARITHMETIC_ERRORS
from autograd_lite.rules.evaluate import Numbers, compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.ieee import IEEE
from autograd_lite.rules.operators import Operators
from autograd_lite.rules.rule import CONSTANTS


class Written(Operators):
    """A number with the formula it came from.

    Parameters
    ----------
    spelling : Spelling
        How it is written.
    number : float
        What it is here; only conditions ask.

    Examples
    --------
    >>> x = Written(Spelling("x", "x"), 2.0)
    >>> print(1.0 - x * x, (x + 1.0) ** 2.0, 1.0 * x, sep=", ")
    1 - x * x, (x + 1) ** 2, x
    """

    __slots__ = ("fraction", "negated", "number", "spelling")

    def __init__(self, spelling: Spelling, number: float) -> None:
        self.spelling, self.number = spelling, number
        #: Numerator and denominator of a quotient, and what stands behind a minus sign: for simplifying.
        self.fraction: tuple[Any, Any] | None = None
        self.negated: Any = None

    def write(self, name: str, *operands: Any) -> Any:
        """The operation `name` on `operands`."""
        return write(name, *operands)

    @property
    def text(self) -> str:
        """The formula as text."""
        return self.spelling.text

    @property
    def latex(self) -> str:
        """The formula in LaTeX."""
        return self.spelling.latex

    def __str__(self) -> str:
        return self.spelling.text

    def __repr__(self) -> str:
        return f"Written({self.text!r}, {self.number!r})"

    # Decisions are made by the number.
    def __bool__(self) -> bool:
        return self.number != 0.0

    def __int__(self) -> int:
        return int(self.number)

    def __float__(self) -> float:
        return self.number

    def __eq__(self, other: object) -> bool:
        return bool(self.number == float(other))  # type: ignore[arg-type]

    def __lt__(self, other: Any) -> bool:
        return self.number < float(other)

    def __le__(self, other: Any) -> bool:
        return self.number <= float(other)

    def __gt__(self, other: Any) -> bool:
        return self.number > float(other)

    def __ge__(self, other: Any) -> bool:
        return self.number >= float(other)

    __hash__ = object.__hash__


def as_written(thing: Any) -> Written:
    """A plain number as a written one: 2.0 is written 2."""
    if isinstance(thing, Written):
        return thing
    number = float(thing)
    text = str(int(number)) if number.is_integer() and abs(number) < 1e6 else short(number)
    return Written(spell_number(text), number)


def write(name: str, *operands: Any) -> Any:
    """The operation `name` on written and plain numbers; among plain numbers it is computed."""
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    if not any(isinstance(operand, Written) for operand in operands):
        return _compute(name, operands)
    if len(operands) == 2:
        simpler = _simpler(name, *operands)
    else:
        simpler = _unsigned(operands[0]) if name == "neg" else None
    return _written(name, operands) if simpler is None else simpler


def _written(name: str, operands: tuple[Any, ...]) -> Written:
    written = [as_written(operand) for operand in operands]
    number = _compute(name, [operand.number for operand in written])
    result = Written(spell(RULES[name], [operand.spelling for operand in written]), number)
    if name == "div":
        result.fraction = (operands[0], operands[1])
    elif name == "neg":
        result.negated = operands[0]
    return result


def _compute(name: str, numbers: Iterable[Any]) -> float:
    """The number, in IEEE arithmetic where floats raise."""
    arguments = [float(number) for number in numbers]
    try:
        return compile_rule(RULES[name], FLOATS).forward(*arguments)  # type: ignore[no-any-return]
    except ARITHMETIC_ERRORS:
        return compile_rule(RULES[name], IEEE).forward(*arguments)  # type: ignore[no-any-return]


# --- simplifying: only what makes a formula shorter and leaves it recognisable ------------------------------------------------


def _simpler(name: str, x: Any, y: Any) -> Any:
    """x * 1, x + 0, x ** 1 and the like as x; None where there is nothing to simplify."""
    plain_x, plain_y = (None if isinstance(one, Written) else float(one) for one in (x, y))
    match name:
        case "add" if plain_x == 0.0:
            return y
        case "add" | "sub" if plain_y == 0.0:
            return x
        case "sub" if plain_x == 0.0:
            return write("neg", y)
        case "add" if getattr(y, "negated", None) is not None:
            return write("sub", x, y.negated)
        case "add" if plain_y is not None and plain_y < 0.0:
            return write("sub", x, -plain_y)
        case "sub" if plain_y is not None and plain_y < 0.0:
            return write("add", x, -plain_y)
        case "mul" if plain_x == 0.0 or plain_y == 0.0:
            return 0.0
        case "mul" if plain_x == 1.0:
            return y
        case "mul" | "div" | "pow" if plain_y == 1.0:
            return x
        case "mul" if plain_x == -1.0:
            return write("neg", y)
        case "mul" if plain_y == -1.0:
            return write("neg", x)
        case "div" if getattr(x, "fraction", None):
            # One bar instead of two: (p / q) / y is p / (q * y), and p / q ** 2 where y is q.
            p, q = x.fraction
            return write("div", p, write("pow", q, 2.0) if str(q) == str(y) else write("mul", q, y))
        case "mul" if plain_y is not None:
            return _written("mul", (plain_y, x))  # numbers stand in front
    return None


def _unsigned(x: Any) -> Any:
    """-(-x) as x, and -(p / q) as (-p) / q; None where there is nothing to simplify."""
    if x.negated is not None:
        return x.negated
    return None if x.fraction is None else write("div", -x.fraction[0], x.fraction[1])


def total(terms: Iterable[Any]) -> Any:
    """The sum of written and plain numbers; a term and its negative cancel."""
    kept: list[Any] = []
    plain = 0.0
    for term in terms:
        if not isinstance(term, Written):
            plain += float(term)
            continue
        opposite = str(-term)
        for k, other in enumerate(kept):
            if str(other) == opposite:
                del kept[k]
                break
        else:
            kept.append(term)
    result: Any = plain
    for k, term in enumerate(kept):
        result = term if k == 0 and not plain else result + term
    return result


def product(factors: Iterable[Any]) -> Written:
    """The factors as one product; ones are left out, numbers are multiplied and stand in front."""
    written = [as_written(factor) for factor in factors]
    shown: Any = math.prod(factor.number for factor in written if factor.spelling.is_number)
    for factor in written:
        if not factor.spelling.is_number:
            shown = write("mul", shown, factor)
    return as_written(shown)


# --- the number system --------------------------------------------------------------------------------------------------------


class _Functions(dict[str, Any]):
    """Every function of the table, writing itself."""

    def __contains__(self, name: object) -> bool:
        return name in RULES or name in ("fsum", "detach")

    def __missing__(self, name: str) -> Any:
        if name == "detach":
            # It shifts exponents against overflow and cancels out of every formula: 0 is the readable choice.
            return lambda _: 0.0
        return total if name == "fsum" else partial(write, name)


#: The constants of the texts by what they mean, not by their digits.
_SPELLED = {
    "pi": Spelling("pi", r"\pi"),
    "ln2": Spelling("log(2)", r"\ln(2)"),
    "ln10": Spelling("log(10)", r"\ln(10)"),
    "two_over_sqrt_pi": Spelling("2 / sqrt(pi)", r"\frac{2}{\sqrt{\pi}}", PRODUCT),
    "one_over_sqrt_2pi": Spelling("1 / sqrt(2 * pi)", r"\frac{1}{\sqrt{2 \pi}}", PRODUCT),
    "degrees_per_radian": Spelling("180 / pi", r"\frac{180}{\pi}", PRODUCT),
}


@cache
def written_numbers() -> Numbers:
    """Written numbers as a number system for the texts of the table."""
    spelled = {name: Written(spelling, float(CONSTANTS[name] or 0.0)) for name, spelling in _SPELLED.items()}
    return Numbers("formulas", _Functions(), constants={**CONSTANTS, **spelled})


__all__ = ["Written", "as_written", "product", "total", "write", "written_numbers"]
