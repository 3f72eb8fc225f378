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

    __slots__ = ("fraction", "multiple", "number", "spelling")

    def __init__(self, spelling: Spelling, number: float) -> None:
        self.spelling, self.number = spelling, number
        #: For simplifying: a quotient's numerator and denominator; a multiple's plain number and what it multiplies.
        self.fraction: tuple[Any, Any] | None = None
        self.multiple: tuple[float, Written] | None = None

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
    if name == "neg":
        simpler = _negative(operands[0])
    else:
        simpler = _simpler(name, *operands) if len(operands) == 2 else None
    return _written(name, operands) if simpler is None else simpler


def _written(name: str, operands: tuple[Any, ...]) -> Written:
    written = [as_written(operand) for operand in operands]
    number = _compute(name, [operand.number for operand in written])
    result = Written(spell(RULES[name], [operand.spelling for operand in written]), number)
    if name == "div":
        result.fraction = (operands[0], operands[1])
    elif name == "neg":
        result.multiple = (-1.0, operands[0])
    elif name == "mul" and not isinstance(operands[0], Written):
        result.multiple = (float(operands[0]), operands[1])
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
    if name == "mul":
        return _simpler_product(x, y)
    plain_x, plain_y = (None if isinstance(one, Written) else float(one) for one in (x, y))
    match name:
        case "add" if plain_x == 0.0:
            return y
        case "add" | "sub" if plain_y == 0.0:
            return x
        case "div" | "pow" if plain_y == 1.0:
            return x
        case "sub" if plain_x == 0.0:
            return write("neg", y)
        case "add" if plain_y is not None and plain_y < 0.0:
            return write("sub", x, -plain_y)
        case "sub" if plain_y is not None and plain_y < 0.0:
            return write("add", x, -plain_y)
        case "add" if plain_y is None and y.multiple and y.multiple[0] < 0.0:
            return write("sub", x, write("neg", y))
        case "sub" if plain_y is None and y.multiple and y.multiple[0] < 0.0:
            return write("add", x, write("neg", y))
        case "div" if plain_x is None and x.fraction:
            # One bar instead of two: (p / q) / y is p / (q * y), and p / q ** 2 where y is q.
            p, q = x.fraction
            return write("div", p, write("pow", q, 2.0) if str(q) == str(y) else write("mul", q, y))
    return None


def _simpler_product(x: Any, y: Any) -> Any:
    """Plain numbers are gathered in front, 0 and 1 do what they do; None where there is nothing to simplify."""
    if isinstance(y, Written) and isinstance(x, Written):
        for one, other, in_order in ((x, y, False), (y, x, True)):
            if one.multiple:
                number, rest = one.multiple
                return write("mul", number, write("mul", other, rest) if in_order else write("mul", rest, other))
            if one.fraction and not isinstance(one.fraction[0], Written):
                return write("div", write("mul", one.fraction[0], other), one.fraction[1])
        return None
    number, rest = (float(x), y) if isinstance(y, Written) else (float(y), x)
    if number == 0.0:
        return 0.0
    if number == 1.0:
        return rest
    if rest.multiple:
        return write("mul", number * rest.multiple[0], rest.multiple[1])
    if number == -1.0:
        return write("neg", rest)
    if rest.fraction and not isinstance(rest.fraction[0], Written):
        return write("div", number * rest.fraction[0], rest.fraction[1])
    return _written("mul", (number, rest)) if rest is x else None


def _negative(x: Any) -> Any:
    """-(-x) as x, -(2 * x) as -2 * x and -(p / q) as (-p) / q; None where there is nothing to simplify."""
    if x.multiple:
        return write("mul", -x.multiple[0], x.multiple[1])
    return None if x.fraction is None else write("div", -x.fraction[0], x.fraction[1])


def total(terms: Iterable[Any]) -> Any:
    """The sum of written and plain numbers: plain ones are added up, multiples of the same thing are put together."""
    plain = 0.0
    gathered: dict[str, tuple[float, Written]] = {}
    for term in terms:
        if not isinstance(term, Written) or term.spelling.is_number:
            plain += float(term)
            continue
        number, rest = term.multiple or (1.0, term)
        known = gathered.get(rest.text, (0.0, rest))[0]
        gathered[rest.text] = (known + number, rest)
    multiples = [(number, rest) for number, rest in gathered.values() if number]
    kept = [write("mul", number, rest) for number, rest in multiples]
    if plain:
        # In front only of what would begin with a minus: 1 - x, but 2 * x - 3.
        kept = [plain, *kept] if kept and multiples[0][0] < 0.0 else [*kept, plain]
    return 0.0 if not kept else kept[0] if len(kept) == 1 else write("sum", *kept)


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
