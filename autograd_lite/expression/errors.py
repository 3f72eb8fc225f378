"""What is raised for an expression that is not accepted: a ValueError that points at the place."""

from collections.abc import Iterable


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
        text = message
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
    shown = line[start : start + width]
    before = "..." if start else ""
    after = "..." if start + width < len(line) else ""
    return [f"    {before}{shown}{after}", "    " + " " * (len(before) + column - 1 - start) + "^"]
