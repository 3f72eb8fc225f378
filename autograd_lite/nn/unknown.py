"""What is said of a name that is none: the one that was probably meant, and all there are."""

import difflib
from collections.abc import Iterable


def unknown(what: str, given: object, known: Iterable[str]) -> str:
    """The sentence for an error.

    Examples
    --------
    >>> unknown("optimizer", "adma", ["sgd", "adam"])
    "there is no optimizer called 'adma' (did you mean 'adam'?); there are sgd, adam"
    """
    names = list(known)
    close = difflib.get_close_matches(given.lower(), names, 1) if isinstance(given, str) else []
    meant = f" (did you mean {close[0]!r}?)" if close else ""
    return f"there is no {what} called {given!r}{meant}; there are {', '.join(names)}"
