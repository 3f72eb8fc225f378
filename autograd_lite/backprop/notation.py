r"""How an operation is written, as text and as LaTeX, with the parentheses that are needed and no others.

A row's templates (`"<x> ** <y>"`, `r"\frac{<x>}{<y>}"`) say what stands where; its `level` says how tightly the text binds.  How
tightly LaTeX binds is read off the template: what stands in braces, bars or under a fraction bar needs no parentheses.
Functions get theirs always, `\cos(x)` and not `\cos x`: in a product nobody could tell where the argument ends.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from autograd_lite.rules import Rule
from autograd_lite.rules.rule import fill

#: How tightly things bind, as in Python's grammar; an ATOM needs no parentheses anywhere.
SUM, PRODUCT, SIGN, POWER, ATOM = 1, 2, 3, 4, 9
#: A remainder binds like a product, and people misread it next to one: it gets parentheses there.
REMAINDER = 1.5


class Notation(NamedTuple):
    """A formula as text and as LaTeX, each with how tightly its outermost operation binds."""

    text: str
    latex: str
    level: float = ATOM
    latex_level: float = ATOM

    @property
    def is_number(self) -> bool:
        """Whether it is a plain finite number."""
        return re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", self.text) is not None


def number_notation(text: str) -> Notation:
    r"""A number that is written in Python's way.

    >>> number_notation("-2").level == SIGN, number_notation("1.5e-20").latex, number_notation("1e+06").latex
    (True, '1.5 \\cdot 10^{-20}', '10^{6}')
    """
    latex = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}.get(text, text)
    level = latex_level = SIGN if text.startswith("-") else ATOM
    mantissa, _, exponent = latex.partition("e")
    if exponent:
        whole = {"1": "", "-1": "-"}.get(mantissa, rf"{mantissa} \cdot ")
        latex, latex_level = f"{whole}10^{{{int(exponent)}}}", PRODUCT
    return Notation(text, latex, level, latex_level)


def notation_of(rule: Rule, operands: Sequence[Notation]) -> Notation:
    r"""The operation of a row on spelled operands.

    Parameters
    ----------
    rule : Rule
    operands : sequence of Notation
        As many as the operation takes.

    Examples
    --------
    >>> from autograd_lite.rules import RULES
    >>> x, y = Notation("x", "x"), Notation("y", "y")
    >>> total = notation_of(RULES["add"], [x, y])
    >>> notation_of(RULES["mul"], [total, x]).text, notation_of(RULES["div"], [total, x]).latex
    ('(x + y) * x', '\\frac{x + y}{x}')
    """
    if rule.name == "sum":
        text, latex = (" + ".join(one).replace("+ -", "- ") for one in zip(*(o[:2] for o in operands), strict=True))
        return Notation(text, latex, SUM, SUM)
    template = _template(rule)
    level = REMAINDER if rule.name in ("mod", "floordiv") else rule.level if rule.text else ATOM
    return Notation(_text(rule, operands), _latex(rule, template, operands), level, latex_level(template))


def _text(rule: Rule, operands: Sequence[Notation]) -> str:
    if not rule.text:
        return f"{rule.name}({', '.join(operand.text for operand in operands)})"
    pieces = [
        operand.text if operand.level >= _needed_in_text(rule, place) else f"({operand.text})"
        for place, operand in enumerate(operands)
    ]
    return fill(rule.text, dict(zip(rule.arguments, pieces, strict=True)))


def _needed_in_text(rule: Rule, place: int) -> float:
    """How tightly an operand must bind to stand at its place without parentheses."""
    if rule.name == "pow":
        return SIGN if place else POWER + 1
    if rule.name == "neg":
        return PRODUCT
    not_associative = rule.name in ("sub", "div", "mod", "floordiv")
    return rule.level + 1 if place and not_associative else rule.level


#: A template that ends in a function and its bare argument.
_BARE = re.compile(r"(.*(?:\\operatorname\{\w+\}|\\(?!frac|cdot|bmod)[A-Za-z]+)(?:_\{\d+\})?(?:\^\{[^}]*\})?) (<\w+>)")


def _template(rule: Rule) -> str:
    """How a row is written in LaTeX, arguments of functions in parentheses."""
    if not rule.latex:
        return rf"\operatorname{{{_escaped(rule.name)}}}(" + ", ".join(f"<{name}>" for name in rule.arguments) + ")"
    bare = _BARE.fullmatch(rule.latex)
    return f"{bare[1]}({bare[2]})" if bare else rule.latex


def _latex(rule: Rule, template: str, operands: Sequence[Notation]) -> str:
    """The template filled; a starred argument stands for the rest of the operands, with commas."""
    names = rule.arguments
    pieces = {}
    for place, name in enumerate(names[: rule.arity] if rule.variadic else names):
        before, _, after = (part.strip() for part in template.partition(f"<{name}>"))
        pieces[name] = _fenced(operands[place], _needed_in_latex(rule, place, before, after), stands_first=not before)
    if rule.variadic:
        pieces[names[-1]] = ", ".join(operand.latex for operand in operands[rule.arity :])
    return fill(template, pieces)


def _fenced(operand: Notation, needed: float, stands_first: bool) -> str:
    loose = operand.latex_level < needed or (needed and not stands_first and operand.latex.startswith("-"))
    return rf"\left({operand.latex}\right)" if loose else operand.latex


def _needed_in_latex(rule: Rule, place: int, before: str, after: str) -> float:
    """How tightly an operand must bind to stand between `before` and `after` without parentheses; 0: whatever it is."""
    if re.match(r"\}?\^", after):
        return ATOM
    if rule.name in ("add", "sub", "mul", "neg", "mod"):
        return {"add": SUM, "sub": SUM + place, "mul": PRODUCT, "neg": PRODUCT, "mod": PRODUCT + place}[rule.name]
    opened = before.endswith(("{", "(", "|", ",", r"\lfloor", r"\lceil"))
    if opened and after.startswith(("}", ")", r"\right", ",", r"\rfloor", r"\rceil")):
        return 0
    return PRODUCT if before.endswith(("+", "-")) else ATOM


def latex_level(template: str) -> float:
    r"""How tightly a LaTeX template binds, from what stands outside of all braces and parentheses.

    >>> latex_level(r"<x> + <y>"), latex_level(r"\frac{<x>}{<y>}"), latex_level(r"<x> \ln(<y>)"), latex_level(r"\ln(<x>)")
    (1, 9, 2, 9)
    """
    depth, outside = 0, ""
    for c in re.sub(r"\\left.*\\right\S+|\\lfloor.*\\rfloor|\\lceil.*\\rceil", "", template):
        depth += (c in "{(") - (c in "})")
        if not depth:
            outside += c
    if " + " in outside or " - " in outside:
        return SUM
    if outside.startswith("-"):
        return SIGN
    if r"\bmod" in outside:
        return REMAINDER
    if " " in outside.strip():
        return PRODUCT  # of factors side by side, with or without a dot
    return POWER if "^" in outside else ATOM


_GREEK = (
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi|omega|"
    "Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)


def latex_name(name: str) -> str:
    r"""A name in LaTeX: w1 is w_{1}, Greek letters are such, words are upright.

    >>> latex_name("w"), latex_name("w1"), latex_name("theta_2"), latex_name("loss"), latex_name("my_loss"), latex_name("손실")
    ('w', 'w_{1}', '\\theta_{2}', '\\mathrm{loss}', '\\mathrm{my\\_loss}', '\\text{손실}')
    """
    indexed = re.fullmatch(rf"([A-Za-z]|{_GREEK})(?:_?(\d+)|\[(\d+)\])?", name)
    if indexed:
        letter = indexed[1] if len(indexed[1]) == 1 else rf"\{indexed[1]}"
        index = indexed[2] or indexed[3]
        return f"{letter}_{{{index}}}" if index else letter
    if not name.isascii():
        return rf"\text{{{_escaped(name)}}}"
    return rf"\mathrm{{{_escaped(name)}}}"


#: What TeX takes for a command; the accents of TeX and the backslash have no escape that every reader of LaTeX knows.
_ESCAPES = {c: rf"\{c}" for c in "#$%&_{} "} | {"\\": "/", "^": "'", "~": "-"}


def _escaped(name: str) -> str:
    return "".join(_ESCAPES.get(c, c) for c in name)
