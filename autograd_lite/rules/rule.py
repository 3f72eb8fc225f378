"""One primitive operation, described as text a machine can read.

A `Rule` is facts only.  What is *done* with the text (plain floats, IEEE floats, `Value`s, arrays, source code) is the
business of its readers; `evaluate.py` turns a text into a Python function for any of them.

The language of the texts is a small subset of Python expressions: numbers, the argument names, `out` (the result),
names bound by `let`, the constants below, `+ - * / ** // %`, comparisons, `a if c else b`, calls of other primitives by
name, and, for primitives of any number of arguments, generator expressions over them and indexing.
`x if curved else y` is the same number twice: x as it is written to be differentiated in turn, y as it costs least.
"""

import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

#: The `level` of what is written as a call; operators have a lower one.
CALL = 9
#: Names every text may use.  `none` as a partial means *there is no edge*: the argument was not taken (see `where`).
CONSTANTS: Mapping[str, float | None] = {
    "pi": math.pi,
    "inf": math.inf,
    "nan": math.nan,
    "ln2": math.log(2.0),
    "ln2_rest": 2.3190468138462996e-17,  # log(2) - ln2: 0 in systems whose ln2 has more digits
    "ln10": math.log(10.0),
    "two_over_sqrt_pi": 2.0 / math.sqrt(math.pi),
    "one_over_sqrt_2pi": 1.0 / math.sqrt(2.0 * math.pi),
    "degrees_per_radian": 180.0 / math.pi,
    "none": None,
    "curved": 0.0,  # not 0 in systems whose results are differentiated in turn: see `x if curved else y`
}
#: The same where results are differentiated in turn.
CURVED: Mapping[str, float | None] = {**CONSTANTS, "curved": 1.0}


@dataclass(frozen=True, eq=False)
class Rule:
    """One row of the table: an operation, its partial derivatives, and what is known about both.

    Parameters
    ----------
    name : str
        The name of the function, and of the `Value` method.
    args : str
        Argument names, separated by spaces.  A last one with a star, `"*xs"`, stands for any number of arguments.
    forward : str
        The result, in terms of the arguments.
    partials : tuple of str
        The derivative with respect to each argument, in terms of the arguments and `out`.  A starred argument has one
        text for all its elements: a sequence of their derivatives.
    let : tuple of (str, str)
        Intermediate results that forward and partials share, in order of evaluation.
    domain : str
        Where the operation is defined, as a condition on the arguments; empty for everywhere.
    box : tuple of (float, float)
        For each argument an interval; inside the box the operation is defined, finite, and so are its derivatives.
        It is where random tests draw from, so it is wide but not always the whole domain.
    kink : str
        An expression that is zero exactly where the operation is not differentiable; empty for smooth everywhere.
    jump : bool
        Whether the value itself jumps at the kink.
    convention : str
        The derivative chosen where there is none, in words.
    remedy : str
        What to type instead, outside the domain.
    symbol : str
        The operator as a drawing shows it; the name if left empty.
    text, latex : str
        How to write it, with `<x>` for the argument x; `<xs>` for a starred one, joined by commas.
    level : int
        How tightly `text` binds, as in Python's grammar: 1 sum, 2 product, 3 sign, 4 power, 9 a call.
    defaults : mapping
        Arguments that may be left out.
    aliases : tuple of str
        Other names people type (NumPy's spelling, mostly).
    doc : str
        One line for `help()`.

    Examples
    --------
    >>> from autograd_lite.rules import RULES
    >>> RULES["tanh"].partials
    ('sech(x) ** 2',)
    >>> RULES["div"].arguments
    ('x', 'y')
    """

    name: str
    args: str
    forward: str
    partials: tuple[str, ...]
    doc: str = ""
    let: tuple[tuple[str, str], ...] = ()
    domain: str = ""
    box: tuple[tuple[float, float], ...] = ()
    kink: str = ""
    jump: bool = False
    convention: str = ""
    remedy: str = ""
    symbol: str = ""
    text: str = ""
    latex: str = ""
    level: int = CALL
    defaults: Mapping[str, float] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The argument names in order, without the star."""
        return tuple(arg.lstrip("*") for arg in self.args.split())

    @cached_property
    def variadic(self) -> bool:
        """Whether the last argument stands for any number of them."""
        return "*" in self.args

    @cached_property
    def arity(self) -> int:
        """The number of arguments; for a variadic rule, of those before the starred one."""
        return len(self.arguments) - self.variadic

    @cached_property
    def is_intrinsic(self) -> bool:
        """Whether the forward text is only a call of the function itself, which a number system must then bring along.

        >>> from autograd_lite.rules import RULES
        >>> RULES["exp"].is_intrinsic, RULES["sigmoid"].is_intrinsic
        (True, False)
        """
        return self.forward == f"{self.name}({', '.join(self.args.split())})"

    def names_of(self, count: int) -> list[str]:
        """What each of `count` arguments is called; those of a starred one are counted.

        >>> from autograd_lite.rules import RULES
        >>> RULES["div"].names_of(2), RULES["softmax"].names_of(3)
        (['x', 'y'], ['i', 'xs[0]', 'xs[1]'])
        """
        starred = (f"{self.arguments[-1]}[{k}]" for k in range(count - self.arity))
        return [*self.arguments[: self.arity], *starred]

    def names_used(self) -> set[str]:
        """Every name the texts refer to, the arguments included, but not the variables of their loops."""
        texts = [self.forward, *self.partials, *(text for _, text in self.let)]
        if self.kink:
            texts.append(self.kink)
        if self.domain:
            texts.append(self.domain)
        names = [node for text in texts for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)]
        return {node.id for node in names} - {node.id for node in names if isinstance(node.ctx, ast.Store)}


def fill(template: str, pieces: Mapping[str, str]) -> str:
    """A template of a row with its places filled, all at once: a piece that itself looks like a place stays as it is.

    Parameters
    ----------
    template : str
        `Rule.text` or `Rule.latex`.
    pieces : mapping of str to str
        What stands for each argument.

    Examples
    --------
    >>> fill("<x> - <y>", {"x": "<y>", "y": "1"})
    '<y> - 1'
    """
    return re.sub(r"<(\w+)>", lambda place: pieces.get(place[1], place[0]), template)
