"""What is raised for data that cannot be used: a ValueError that knows the place.

With it, the ways to write names and cells into a message: a file may hold anything, a terminal should not.
"""

import difflib
from collections.abc import Iterable, Sequence

from autograd_lite.terminal import printable


class DataError(ValueError):
    """Data that cannot be used as it is, and where.

    Parameters
    ----------
    message : str
        What is wrong and what to do about it.
    source : str, optional
        The file or data set.
    line : int, optional
        The line of the file, counted from 1.
    column : str, optional
        The name of the column.

    Examples
    --------
    >>> print(DataError("the cell is empty", source="cats.csv", line=7, column="age"))
    cats.csv, line 7, column 'age': the cell is empty
    """

    def __init__(self, message: str, *, source: str = "", line: int | None = None, column: str | None = None) -> None:
        self.source, self.line, self.column = source, line, column
        place = [printable(source)] if source else []
        if line is not None:
            place.append(f"line {line}")
        if column is not None:
            place.append(f"column {quoted(column)}")
        super().__init__(f"{', '.join(place)}: {message}" if place else message)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """A question naming the closest of `known`, with a space before it; empty if none is close.

    >>> did_you_mean("mons", ["moons", "iris"])
    " Did you mean 'moons'?"
    """
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(given.lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean {quoted(by_lower[close[0]])}?" if close else ""


def quoted(text: str) -> str:
    """`text` in quotes, cut to 40 characters.

    >>> quoted("x" * 50)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'"
    """
    return repr(text if len(text) <= 40 else text[:37] + "...")


def listed(names: Sequence[str]) -> str:
    """The first dozen of `names`, and how many there are.

    >>> listed(["kg", "cm"])
    'kg, cm'
    """
    shown = ", ".join(name if name.isprintable() and len(name) <= 40 else quoted(name) for name in names[:12])
    return shown + (f", ... ({len(names)} in all)" if len(names) > 12 else "")
