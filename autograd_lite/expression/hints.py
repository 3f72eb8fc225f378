"""What to say when Python's parser does not understand: the usual slips of somebody who writes mathematics."""

import difflib
import re
from collections.abc import Iterable

_LOOKALIKES = {
    "×": "*",
    "·": "*",
    "⋅": "*",
    "∙": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "²": "**2",
    "³": "**3",
    "√": "sqrt(...)",
    "，": ",",
    "（": "(",
    "）": ")",
    "“": "no quotes",
    "”": "no quotes",
}


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
    if line.rstrip().endswith(tuple("+-*/%=,")):
        return "something is missing at the end", len(line.rstrip()) + 1
    return f"not understood: {told}", column


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """A question naming the closest of `known`; empty if none is close.

    >>> did_you_mean("sigmod", ["sigmoid", "exp"])
    ' Did you mean sigmoid?'
    """
    close = difflib.get_close_matches(given, list(known), n=1)
    return f" Did you mean {close[0]}?" if close else ""
