"""Texts as a picture shows them: short, and harmless whatever is in them."""

import html
from collections.abc import Iterable

import graphviz

from autograd_lite import Value, terminal
from autograd_lite.formatting import short


def spread(numbers: Iterable[float], digits: int = 4) -> str:
    """The range of some numbers; NaN is named if there is any.

    >>> spread([1.0, -2.0, 3.0]), spread([2.0, 2.0]), spread([1.0, float("nan")]), spread([])
    ('-2 … 3', '2', '1, some nan', '')
    """
    numbers = [float(number) for number in numbers]
    proper = [number for number in numbers if number == number]
    if not proper:
        return "nan" if numbers else ""
    low, high = min(proper), max(proper)
    text = short(low, digits) if low == high else f"{short(low, digits)} … {short(high, digits)}"
    return text if len(proper) == len(numbers) else f"{text}, some nan"


def grad_text(nodes: Iterable[Value], digits: int = 4) -> str:
    """The gradient of a node, or of several: "not computed" is not 0.

    >>> a = Value(2.0); grad_text([a])
    'not computed'
    >>> (a * 3.0).backward(); grad_text([a]), grad_text([a, Value(1.0)])
    ('3', '3, some not computed')
    """
    nodes = list(nodes)
    known = [float(node.grad) for node in nodes if node.has_grad]
    if not known:
        return "not computed"
    return spread(known, digits) + ("" if len(known) == len(nodes) else ", some not computed")


def printable(text: str) -> str:
    """`text` with escapes for control characters and unpaired surrogates, which XML cannot hold, and for what is not seen.

    >>> printable("a\\x00b\\nc")
    'a\\\\x00b\\nc'
    """
    return terminal.printable(text.expandtabs(4), keep="\n")


def literal(text: str) -> str:
    """Text that DOT takes literally as a plain label: a kind of str that is never taken for HTML or an escape.

    Graphviz reads entities such as &lt; in plain labels, too, so an ampersand becomes one.
    """
    escaped: str = graphviz.escape(printable(text).replace("&", "&amp;"))
    return escaped


def markup(text: str) -> str:
    """Text for the inside of one of DOT's HTML-like labels."""
    # Graphviz replaces \N and the like by names before it reads the markup, so a backslash must not be one yet.
    return "<BR/>".join(html.escape(line).replace("\\", "\\\\") or " " for line in printable(text).split("\n"))


def clip(text: str, width: int = 60) -> str:
    """`text`, cut to a length a box can hold.

    >>> clip("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= width else text[: width - 1] + "…"
