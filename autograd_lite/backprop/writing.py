r"""Derivatives as formulas: the partials of the table evaluated on texts instead of numbers.

`Written` is a number that also knows how it is written, as text and as LaTeX.  A rule's partials are evaluated on it like on
any other number: arithmetic writes formulas, and a condition (`1.0 if x > 0.0 else 0.0`) is decided by the number, so what comes
out is the formula of the branch that was taken.  Nothing here states a derivative; even softmax's comes from its row.
"""

import math
import re
from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Any

from autograd_lite import RULES, Rule
from autograd_lite.backprop.names import short
from autograd_lite.engine.node import CONSTANT, Node
from autograd_lite.engine.record import ARITHMETIC_ERRORS
from autograd_lite.rules.evaluate import Numbers, compile_rule
from autograd_lite.rules.floats import FLOATS
from autograd_lite.rules.ieee import IEEE

#: How tightly something binds that needs no parentheses anywhere.
ATOM = 9
#: An unlabelled result is written out as an expression up to so many characters, and called by its name beyond.
LONGEST = 48
_DEEPEST = 6


class Written:
    """A number with the formula it came from.

    Parameters
    ----------
    text, latex : str
        How it is written.
    number : float
        What it is here; only conditions ask.
    level, latex_level : int
        How tightly the outermost operation binds.

    Examples
    --------
    >>> x = Written("x", "x", 2.0)
    >>> print(1.0 - x * x, (x + 1.0) ** 2.0, 1.0 * x)
    1 - x * x (x + 1) ** 2 x
    """

    __slots__ = ("fraction", "latex", "latex_level", "level", "negated", "number", "text")

    def __init__(self, text: str, latex: str, number: float, level: int = ATOM, latex_level: int = ATOM) -> None:
        self.text, self.latex, self.number = text, latex, number
        self.level, self.latex_level = level, latex_level
        self.fraction: tuple[Any, Any] | None = None
        self.negated: Any = None

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Written({self.text!r}, {self.number!r})"

    def __add__(self, other: Any) -> Any:
        return write("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return write("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return write("sub", self, other)

    def __rsub__(self, other: Any) -> Any:
        return write("sub", other, self)

    def __mul__(self, other: Any) -> Any:
        return write("mul", self, other)

    def __rmul__(self, other: Any) -> Any:
        return write("mul", other, self)

    def __truediv__(self, other: Any) -> Any:
        return write("div", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return write("div", other, self)

    def __mod__(self, other: Any) -> Any:
        return write("mod", self, other)

    def __rmod__(self, other: Any) -> Any:
        return write("mod", other, self)

    def __floordiv__(self, other: Any) -> Any:
        return write("floordiv", self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return write("floordiv", other, self)

    def __pow__(self, other: Any) -> Any:
        return write("pow", self, other)

    def __rpow__(self, other: Any) -> Any:
        return write("pow", other, self)

    def __neg__(self) -> Any:
        return write("neg", self)

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


def write(name: str, *operands: Any) -> Any:
    """The operation `name` on written and plain numbers; among plain numbers it is computed."""
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    if not any(isinstance(operand, Written) for operand in operands):
        return _compute(name, operands)
    known = _simplified(name, operands)
    if known is not None:
        return known
    result = _written(RULES[name], [as_written(operand) for operand in operands])
    if name == "div":
        result.fraction = operands
    elif name == "neg":
        result.negated = operands[0]
    return result


def as_written(thing: Any) -> Written:
    """A plain number as a written one: 2.0 is written 2."""
    if isinstance(thing, Written):
        return thing
    number = float(thing)
    text = str(int(number)) if number.is_integer() and abs(number) < 1e6 else short(number)
    latex = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}.get(text, text)
    if "e" in text and text not in ("inf", "nan"):
        mantissa, _, exponent = text.partition("e")
        latex = rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return Written(text, latex, number, 3 if text.startswith("-") else ATOM, 3 if text.startswith("-") else ATOM)


def _compute(name: str, numbers: Iterable[Any]) -> float:
    """The number, in IEEE arithmetic where floats raise."""
    arguments = [float(number) for number in numbers]
    try:
        return compile_rule(RULES[name], FLOATS).forward(*arguments)  # type: ignore[no-any-return]
    except ARITHMETIC_ERRORS:
        return compile_rule(RULES[name], IEEE).forward(*arguments)  # type: ignore[no-any-return]


def _simplified(name: str, operands: tuple[Any, ...]) -> Any:
    """x * 1, x + 0, x ** 1 and the like as x; None where there is nothing to simplify."""
    if len(operands) != 2:
        x = operands[0]
        if name != "neg" or not isinstance(x, Written) or (x.negated is None and x.fraction is None):
            return None
        return x.negated if x.negated is not None else write("div", -x.fraction[0], x.fraction[1])  # type: ignore[index]
    x, y = operands
    plain_x, plain_y = (None if isinstance(one, Written) else float(one) for one in operands)
    match name:
        case "add" if plain_x == 0.0:
            return y
        case "add" | "sub" if plain_y == 0.0:
            return x
        case "add" if getattr(y, "negated", None) is not None:
            return write("sub", x, y.negated)
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
        case "mul" if plain_y is not None and plain_x is None:
            return _written(RULES["mul"], [as_written(plain_y), x])
    return None


def _written(rule: Rule, operands: list[Written]) -> Written:
    number = _compute(rule.name, [operand.number for operand in operands])
    if rule.variadic:
        texts = [operand.text for operand in operands]
        inside = ", ".join(operand.latex for operand in operands)
        if rule.name == "sum":
            return Written(" + ".join(texts), " + ".join(o.latex for o in operands), number, 1, 1)
        head = rule.latex.split("<xs>")[0] if "<xs>" in rule.latex else rule.name
        latex = rule.latex.replace("<xs>", inside) if head else inside
        if rule.arity:
            latex = latex.replace(f"<{rule.arguments[0]}>", operands[0].latex).replace(inside, inside.partition(", ")[2])
        return Written(f"{rule.name}({', '.join(texts)})", latex, number)
    pairs = list(zip(rule.arguments, operands, strict=True))
    if rule.text:
        text = rule.text
        for place, (argument, operand) in enumerate(pairs):
            tight = operand.level > rule.level if place and _right_needs_more(rule.name) else operand.level >= rule.level
            if rule.name == "pow":
                tight = operand.level > rule.level if place == 0 else operand.level >= 3
            if rule.name == "neg":
                tight = operand.level >= 2
            text = text.replace(f"<{argument}>", operand.text if tight else f"({operand.text})")
    else:
        text = f"{rule.name}({', '.join(operand.text for operand in operands)})"
    return Written(text, _latex(rule, pairs), number, rule.level if rule.text else ATOM, _latex_level(rule.latex))


def _right_needs_more(name: str) -> bool:
    return name in ("sub", "div", "mod", "floordiv")


def _latex(rule: Rule, pairs: list[tuple[str, Written]]) -> str:
    template = rule.latex or rf"\operatorname{{{rule.name}}}(" + ", ".join(f"<{name}>" for name, _ in pairs) + ")"
    latex = template
    for place, (argument, operand) in enumerate(pairs):
        needed = _needed(rule, template, argument, place)
        inside = operand.latex if operand.latex_level >= needed else rf"\left({operand.latex}\right)"
        latex = latex.replace(f"<{argument}>", inside)
    return latex


def _needed(rule: Rule, template: str, argument: str, place: int) -> int:
    """How tightly an operand must bind to stand at its place in the LaTeX template without parentheses."""
    before, _, after = template.partition(f"<{argument}>")
    if re.match(r"\}?\^", after):
        return ATOM
    if rule.name in ("add", "sub", "mul", "neg", "mod"):
        return {"add": 1, "sub": 1 + place, "mul": 2, "neg": 2, "mod": 2 + place}[rule.name]
    opened = before.rstrip().endswith(("{", "(", "|", ",", r"\lfloor", r"\lceil"))
    if opened and after.lstrip().startswith(("}", ")", r"\right", ",", r"\rfloor", r"\rceil")):
        return 0
    if before.rstrip().endswith(("+", "-")):
        return 2
    return ATOM


def _latex_level(template: str) -> int:
    """How tightly a template binds, from what stands outside of all braces."""
    depth, outside = 0, ""
    for c in template:
        depth += (c in "{(") - (c in "})")
        if not depth:
            outside += c
    if " + " in outside or " - " in outside:
        return 1
    if outside.startswith("-"):
        return 3
    if r"\cdot" in outside or r"\bmod" in outside:
        return 2
    if "^" in outside:
        return 4
    return (
        5
        if re.match(r"\\operatorname\{\w+\} <|\\(ln|sin|cos|tan|sec|csc|cot|arc\w+|tanh|sinh|cosh|log)", template)
        else ATOM
    )


class _Functions(dict[str, Any]):
    """Every function of the table, writing itself."""

    def __contains__(self, name: object) -> bool:
        return name in RULES or name in ("fsum", "detach")

    def __missing__(self, name: str) -> Any:
        if name == "detach":
            # It shifts exponents against overflow and cancels out of every formula: 0 is the readable choice.
            return lambda _: 0.0
        return _sum if name == "fsum" else partial(write, name)


def _sum(terms: Iterable[Any]) -> Any:
    """The sum of written and plain numbers; a term and its negative cancel."""
    kept: list[Any] = []
    total = 0.0
    for term in terms:
        if not isinstance(term, Written):
            total += float(term)
            continue
        opposite = str(-term)
        for k, other in enumerate(kept):
            if str(other) == opposite:
                del kept[k]
                break
        else:
            kept.append(term)
    result: Any = total
    for k, term in enumerate(kept):
        result = term if k == 0 and not total else result + term
    return result


@cache
def written_numbers() -> Numbers:
    """Written numbers as a number system for the texts of the table."""
    return Numbers("formulas", _Functions())


def latex_name(name: str) -> str:
    r"""A name in LaTeX: w1 is w_{1}, loss is upright.

    >>> latex_name("w"), latex_name("w1"), latex_name("loss"), latex_name("my_loss"), latex_name("손실")
    ('w', 'w_{1}', '\\mathrm{loss}', '\\mathrm{my\\_loss}', '\\text{손실}')
    """
    if re.fullmatch("[A-Za-z]", name):
        return name
    indexed = re.fullmatch(r"([A-Za-z])_?(?:(\d+)|\[(\d+)\])", name)
    if indexed:
        return f"{indexed[1]}_{{{indexed[2] or indexed[3]}}}"
    escaped = (
        re.sub(r"([#$%&_{}])", r"\\\1", name.replace("\\", r"\backslash ")).replace("^", r"\hat{}").replace("~", r"\sim ")
    )
    if not name.isascii():
        return rf"\text{{{escaped}}}"
    return rf"\mathrm{{{escaped}}}" if " " not in name else rf"\text{{{escaped}}}"


class Writer:
    """Writes nodes and local derivatives of one graph.

    Parameters
    ----------
    names : mapping of Value to str

    Examples
    --------
    >>> from autograd_lite import Value
    >>> from autograd_lite.backprop.names import Names
    >>> w, x = Value(0.5, label="w"), Value(2.0, label="x")
    >>> h = (w * x).tanh()
    >>> writer = Writer(Names([w, x, h.parents[0], h]))
    >>> print(writer.slope(h, 0), "|", writer.slope(h.parents[0], 1))
    sech(w * x) ** 2 | w
    """

    def __init__(self, names: Mapping[Node, str]) -> None:
        self.names = names
        self._known: dict[tuple[Node, int], Written] = {}

    def node(self, node: Any, depth: int = _DEEPEST) -> Written:
        """A node as its label, as a short expression if it has none, else by its automatic name."""
        if not isinstance(node, Node):
            return as_written(node)
        key = (node, depth)
        if key not in self._known:
            self._known[key] = self._node(node, depth)
        return self._known[key]

    def _node(self, node: Node, depth: int) -> Written:
        if not node.label and node._rule == CONSTANT:
            return as_written(node.data)
        if not node.label and not node.is_leaf and depth > 0:
            found = self.operation(node, depth)
            if len(found.text) <= LONGEST:
                return found
        name = self.names.get(node, node.label or short(node.data))
        return Written(name, latex_name(name), float(node.data))

    def operation(self, node: Node, depth: int = _DEEPEST) -> Written:
        """The operation that made a node, written on its operands."""
        return as_written(write(node.op, *[self._operand(arg, depth - 1) for arg in node.args]))

    def slope(self, node: Node, place: int) -> Written:
        """The local derivative of `node` with respect to its operand number `place`, as a formula."""
        operands = [self._operand(arg, _DEEPEST - 1) for arg in node.args]
        out: Any = self.node(node)
        try:
            partials = compile_rule(RULES[node.op], written_numbers()).partials(out, *operands)
        except (NotImplementedError, *ARITHMETIC_ERRORS):
            # An operation of the user's own that is not described by texts, or a slope that is infinite: the number.
            return as_written(node.arg_grads[place])
        slope = partials[place]
        return as_written(node.arg_grads[place] if slope is None else slope)

    def _operand(self, arg: Any, depth: int) -> Any:
        """Plain numbers stay plain: `x ** 2` has the slope 2 * x, without an exponent that is computed."""
        return self.node(arg, depth) if isinstance(arg, Node) else float(arg)


def product(factors: list[Written]) -> Written:
    """The factors as one product; ones are left out, numbers are multiplied and stand in front."""
    number = math.prod(f.number for f in factors if _is_number(f.text))
    shown: Any = number
    for factor in factors:
        if not _is_number(factor.text):
            shown = write("mul", shown, factor)
    return as_written(shown)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text not in ("inf", "nan", "-inf")


__all__ = ["Writer", "Written", "as_written", "latex_name", "product", "write", "written_numbers"]
