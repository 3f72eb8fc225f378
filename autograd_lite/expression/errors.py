"""What is raised for an expression that is not accepted: a ValueError that points at the place and says what to write instead."""

import ast
import difflib
import re
from collections.abc import Iterable

from autograd_lite.terminal import printable


class ExpressionError(ValueError):
    """An expression that is not accepted, and the column where it goes wrong.

    Parameters
    ----------
    message : str
        What was given, what is accepted, what to type instead.
    line : str, optional
        The line of the expression.
    column : int, optional
        The place in `line`, from 1.

    Examples
    --------
    >>> print(ExpressionError("no operator ^", "x ^ 2", 3))
    no operator ^ (column 3)
        x ^ 2
          ^
    """

    def __init__(self, message: str, line: str = "", column: int | None = None) -> None:
        self.message, self.line, self.column = message, line, column
        # What was typed may hold what a terminal obeys; the ends of lines in the whole are ours.
        text = printable(message)
        if column is not None:
            text += f" (column {column})"
            if line:
                text += "\n" + "\n".join(_pointer(line, column))
        super().__init__(text)


class MissingVariablesError(ExpressionError):
    """An expression was to be evaluated, but some of its variables have no number.

    Parameters
    ----------
    missing : iterable of str

    Examples
    --------
    >>> MissingVariablesError(["w", "b"]).missing
    ('w', 'b')
    """

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        given = ", ".join(f"{name}=1.0" for name in self.missing)
        plural = "s" if len(self.missing) > 1 else ""
        super().__init__(
            f"no number for the variable{plural} {', '.join(self.missing)}; give {'them' if plural else 'it'}: {given}"
        )


def _pointer(line: str, column: int, width: int = 70) -> list[str]:
    """The line, cut to what is around the column, and a caret under it."""
    start = max(0, min(column - 1 - width // 2, len(line) - width))
    before = "..." if start else ""
    after = "..." if start + width < len(line) else ""
    left = before + printable(line[start : column - 1])
    return [f"    {left}{printable(line[column - 1 : start + width])}{after}", "    " + " " * len(left) + "^"]


# --- the usual slips of somebody who writes mathematics ----------------------------------------------------------------------

#: Signs that look right, and what to write instead.
_LOOKALIKES = {
    **dict.fromkeys("×·⋅∙", "*"), **dict.fromkeys("−–", "-"), **dict.fromkeys("“”", "no quotes"),
    "÷": "/", "²": "**2", "³": "**3", "√": "sqrt(...)", "，": ",", "（": "(", "）": ")",
}  # fmt: skip


def syntax_hint(line: str, column: int, told: str) -> tuple[str, int]:
    """A sentence for a syntax error, and the column it is about.

    Parameters
    ----------
    line : str
    column : int
        Where Python's parser stopped, from 1.
    told : str
        What it said.

    Examples
    --------
    >>> syntax_hint("2x + 1", 1, "invalid decimal literal")
    ('a sign is missing here; to multiply, write 2*x', 2)
    """
    for place, character in enumerate(line, 1):
        if character in _LOOKALIKES:
            return f"{character!r} is not understood; write {_LOOKALIKES[character]}", place
    juxtaposed = re.search(r"(?<![\w.])(\d+\.?\d*)([^\W\d]\w*)", line)
    if juxtaposed and not re.fullmatch(r"[eE]\d*|[jJ]|[xXoObB][0-9a-fA-F]+", juxtaposed[2]):
        return f"a sign is missing here; to multiply, write {juxtaposed[1]}*{juxtaposed[2]}", juxtaposed.start(2) + 1
    beside = re.search(r"([\w.)])\s+([\w(])", line)
    if beside and ("comma" in told or beside.start(2) + 1 == column):
        return "a sign is missing here; to multiply, write *", beside.start(2) + 1
    if "|" in line:
        return "| is not understood; for an absolute value write abs(...)", line.index("|") + 1
    if line.count("(") > line.count(")"):
        return "a ( is not closed", line.rindex("(") + 1
    if line.count(")") > line.count("("):
        return "a ) closes nothing", line.rindex(")") + 1
    if line.rstrip().endswith(tuple("+-*/%=,<>")):
        return "something is missing at the end", len(line.rstrip()) + 1
    return f"not understood: {told}", column


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """A question naming the closest of `known`; empty if none is close.

    >>> did_you_mean("sigmod", ["sigmoid", "exp"])
    ' Did you mean sigmoid?'
    """
    close = difflib.get_close_matches(given, list(known), n=1)
    return f" Did you mean {close[0]}?" if close else ""


#: What to say to each kind of statement, expression and operator that Python has and expressions have not.
_REFUSALS: dict[type[ast.AST], str] = {
    **dict.fromkeys((ast.Import, ast.ImportFrom), "import is not accepted; every function of the table is there already"),
    **dict.fromkeys(
        (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef), "definitions are not accepted; write the expression itself"
    ),
    **dict.fromkeys(
        (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), "comprehensions are not accepted; write the terms out"
    ),
    **dict.fromkeys(
        (ast.List, ast.Tuple, ast.Set, ast.Dict),
        "a list can only stand in a call such as sum([a, b]) or dot([a, b], [c, d])",
    ),
    **dict.fromkeys((ast.BoolOp, ast.Not), "and, or, not are not accepted; nest where(condition, x, y)"),
    ast.AugAssign: "write the assignment out: a name stands for one node",
    ast.Attribute: "attribute access is not accepted; write functions plainly, as in exp(x)",
    ast.Lambda: "lambda is not accepted; write the expression itself",
    ast.Subscript: "only a whole number can choose from a list, as in softmax(a, b)[0]",
    ast.Invert: "~ is not accepted; the operators are + - * / ** // %",
    ast.NamedExpr: "write the assignment as a statement of its own: a = ...; ...",
    ast.JoinedStr: "texts are not accepted: an expression is made of numbers and variables",
    ast.BitXor: "^ is not a power here; write **",
    ast.MatMult: "@ multiplies matrices; write dot([a, b], [c, d])",
}


def refusal(node: ast.AST) -> str:
    """Why a kind of Python has no place in an expression, and what has.

    >>> refusal(ast.parse("x ^ 2", mode="eval").body.op)
    '^ is not a power here; write **'
    """
    if isinstance(node, ast.UnaryOp):
        return refusal(node.op)
    known = _REFUSALS.get(type(node))
    if known is None and isinstance(node, ast.operator):
        return "this operator works on bits; the operators are + - * / ** // %"
    return known or f"{type(node).__name__.lower()} is not accepted; arithmetic, functions, comparisons and name = ... are"
