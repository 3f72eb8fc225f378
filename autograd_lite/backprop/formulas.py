"""Nodes and local derivatives of a graph as formulas: the slope of `tanh(w * x)` is `sech(w * x) ** 2`.

Numbers that know how they are written are a number system in which the table's partials come out as formulas.

A rule's partials are evaluated on `Formula` numbers like on any other: arithmetic writes formulas, and a condition
(`1.0 if x > 0.0 else 0.0`) is decided by the number, so what comes out is the formula of the branch that was taken.  Nothing here
states a derivative; even softmax's comes from its row.
"""

import math
from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Any

from autograd_lite import RULES, Value
from autograd_lite.backprop.notation import PRODUCT, Notation, latex_name, notation_of, number_notation
from autograd_lite.formatting import short_float
from autograd_lite.rules.evaluate import ARITHMETIC_ERRORS, NumberSystem, compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.ieee import IEEE
from autograd_lite.rules.operators import Operators
from autograd_lite.rules.rule import CONSTANTS
from autograd_lite.structure.names import one_word


class Formula(Operators):
    """A number with the formula it came from.

    Parameters
    ----------
    notation : Notation
        How it is written.
    number : float
        What it is here; only conditions ask.

    Examples
    --------
    >>> x = Formula(Notation("x", "x"), 2.0)
    >>> print(1.0 - x * x, (x + 1.0) ** 2.0, 1.0 * x, sep=", ")
    1 - x * x, (x + 1) ** 2, x
    """

    __slots__ = ("fraction", "multiple", "notation", "number")

    def __init__(self, notation: Notation, number: float) -> None:
        self.notation, self.number = notation, number
        #: For simplifying: a quotient's numerator and denominator; a multiple's plain number and what it multiplies.
        self.fraction: tuple[Any, Any] | None = None
        self.multiple: tuple[float, Formula] | None = None

    def write(self, name: str, *operands: Any) -> Any:
        """The operation `name` on `operands`."""
        return write(name, *operands)

    @property
    def text(self) -> str:
        """The formula as text."""
        return self.notation.text

    @property
    def latex(self) -> str:
        """The formula in LaTeX."""
        return self.notation.latex

    def __str__(self) -> str:
        return self.notation.text

    def __repr__(self) -> str:
        return f"Formula({self.text!r}, {self.number!r})"

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


def as_formula(thing: Any) -> Formula:
    """A plain number as a written one: 2.0 is written 2."""
    if isinstance(thing, Formula):
        return thing
    number = float(thing)
    text = str(int(number)) if number.is_integer() and abs(number) < 1e6 else short_float(number)
    return Formula(number_notation(text), number)


def write(name: str, *operands: Any) -> Any:
    """The operation `name` on written and plain numbers; among plain numbers it is computed."""
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    if not any(isinstance(operand, Formula) for operand in operands):
        return _compute(name, operands)
    if name == "neg":
        simpler = _negative(operands[0])
    else:
        simpler = _simpler(name, *operands) if len(operands) == 2 else None
    return _written(name, operands) if simpler is None else simpler


def _written(name: str, operands: tuple[Any, ...]) -> Formula:
    written = [as_formula(operand) for operand in operands]
    number = _compute(name, [operand.number for operand in written])
    result = Formula(notation_of(RULES[name], [operand.notation for operand in written]), number)
    if name == "div":
        result.fraction = (operands[0], operands[1])
    elif name == "neg":
        result.multiple = (-1.0, operands[0])
    elif name == "mul" and not isinstance(operands[0], Formula):
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
    plain_x, plain_y = (None if isinstance(one, Formula) else float(one) for one in (x, y))
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
    if isinstance(y, Formula) and isinstance(x, Formula):
        for one, other, in_order in ((x, y, False), (y, x, True)):
            if one.multiple:
                number, rest = one.multiple
                return write("mul", number, write("mul", other, rest) if in_order else write("mul", rest, other))
            if one.fraction and not isinstance(one.fraction[0], Formula):
                return write("div", write("mul", one.fraction[0], other), one.fraction[1])
        return None
    number, rest = (float(x), y) if isinstance(y, Formula) else (float(y), x)
    if number == 0.0:
        return 0.0
    if number == 1.0:
        return rest
    if rest.multiple:
        return write("mul", number * rest.multiple[0], rest.multiple[1])
    if number == -1.0:
        return write("neg", rest)
    if rest.fraction and not isinstance(rest.fraction[0], Formula):
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
    gathered: dict[str, tuple[float, Formula]] = {}
    for term in terms:
        if not isinstance(term, Formula) or term.notation.is_number:
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


def product(factors: Iterable[Any]) -> Formula:
    """The factors as one product; ones are left out, numbers are multiplied and stand in front."""
    written = [as_formula(factor) for factor in factors]
    shown: Any = math.prod(factor.number for factor in written if factor.notation.is_number)
    for factor in written:
        if not factor.notation.is_number:
            shown = write("mul", shown, factor)
    return as_formula(shown)


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
_NAMED_CONSTANTS = {
    "pi": Notation("pi", r"\pi"),
    "ln2": Notation("log(2)", r"\ln(2)"),
    "ln10": Notation("log(10)", r"\ln(10)"),
    "two_over_sqrt_pi": Notation("2 / sqrt(pi)", r"\frac{2}{\sqrt{\pi}}", PRODUCT),
    "one_over_sqrt_2pi": Notation("1 / sqrt(2 * pi)", r"\frac{1}{\sqrt{2 \pi}}", PRODUCT),
    "degrees_per_radian": Notation("180 / pi", r"\frac{180}{\pi}", PRODUCT),
}


@cache
def formula_numbers() -> NumberSystem:
    """Formula numbers as a number system for the texts of the table."""
    spelled = {name: Formula(notation, float(CONSTANTS[name] or 0.0)) for name, notation in _NAMED_CONSTANTS.items()}
    return NumberSystem("formulas", _Functions(), constants={**CONSTANTS, **spelled})


# --- nodes ------------------------------------------------------------------------------------------------------------------------

#: An unlabelled result is written out as an expression up to so many characters and so deep, and called by its name beyond.
LONGEST = 48
_DEEPEST = 6


class Writer:
    """Writes nodes and local derivatives of one graph.

    Parameters
    ----------
    names : mapping of Value to str

    Examples
    --------
    >>> from autograd_lite.structure.names import Names
    >>> w, x = Value(0.5, label="w"), Value(2.0, label="x")
    >>> h = (w * x).tanh()
    >>> writer = Writer(Names([w, x, h.parents[0], h]))
    >>> print(writer.slope(h, 0), "|", writer.slope(h.parents[0], 1))
    sech(w * x) ** 2 | w
    """

    def __init__(self, names: Mapping[Any, str]) -> None:
        self.names = names
        self._known: dict[tuple[Value, int], Formula] = {}

    def node(self, node: Any, depth: int = _DEEPEST) -> Formula:
        """A node as its label, as a short expression if it has none, else by its automatic name."""
        if not isinstance(node, Value):
            return as_formula(node)
        key = (node, depth)
        if key not in self._known:
            self._known[key] = self._node(node, depth)
        return self._known[key]

    def _node(self, node: Value, depth: int) -> Formula:
        if not node.label and node.is_constant:
            return as_formula(node.data)
        if not node.label and node.op in RULES and depth > 0:
            found = self.operation(node, depth)
            if len(str(found)) <= LONGEST:
                return found
        name = self.names.get(node, node.label or short_float(node.data))
        return Formula(Notation(one_word(name), latex_name(name)), float(node.data))

    def operation(self, node: Value, depth: int = _DEEPEST) -> Formula:
        """The operation that made a node, written on its operands; a leaf or an operation that is gone by its name."""
        if node.op not in RULES:
            return self.node(node)
        return as_formula(write(node.op, *[self._operand(arg, depth - 1) for arg in node.args]))

    def slope(self, node: Value, place: int) -> Formula:
        """The local derivative of `node` with respect to its operand number `place`, as a formula."""
        if node.op not in RULES:
            return as_formula(node.arg_grads[place])
        operands = [self._operand(arg, _DEEPEST - 1) for arg in node.args]
        out: Any = self.node(node)
        try:
            partials = compile_rule(RULES[node.op], formula_numbers()).partials(out, *operands)
        except (NotImplementedError, *ARITHMETIC_ERRORS):
            # An operation of the user's own that is not described by texts, or a slope that is infinite: the number.
            return as_formula(node.arg_grads[place])
        slope = partials[place]
        return as_formula(node.arg_grads[place] if slope is None else slope)

    def _operand(self, arg: Any, depth: int) -> Any:
        """Plain numbers stay plain: `x ** 2` has the slope 2 * x, without an exponent that is computed."""
        return self.node(arg, depth) if isinstance(arg, Value) else float(arg)
