"""What an argument accepts, said once: the check and the sentence that refuses come from the same place."""

import difflib
import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.numbers import as_float
from autograd_lite.engine.value import Value
from autograd_lite.terminal import said


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`; an end counts unless it is open, infinity never does.

    Examples
    --------
    >>> str(Range(0.0)), str(Range(0.0, 1.0, open_high=True)), str(Range(0.0, open_low=True))
    ('at least 0', 'at least 0 and below 1', 'above 0')
    >>> 0.0 in Range(0.0), math.inf in Range(0.0), math.nan in Range(0.0)
    (True, False, False)
    """

    low: float
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False

    def __contains__(self, number: float) -> bool:
        above = self.low < number if self.open_low else self.low <= number
        below = number < self.high if self.open_high else number <= self.high
        return above and below and math.isfinite(number)

    def __str__(self) -> str:
        low = f"{'above' if self.open_low else 'at least'} {self.low:g}"
        if self.high == math.inf:
            return low
        return f"{low} and {'below' if self.open_high else 'at most'} {self.high:g}"

    def check(self, name: str, given: Any, instead: str = "") -> None:
        """Refuse what is not in the range.

        Parameters
        ----------
        name : str
            Of the argument.
        given : object
        instead : str, optional
            What to type in its place, as the end of the sentence.

        Raises
        ------
        ValueError
            If it is a number, and not in the range.
        TypeError
            If it is no number.

        Examples
        --------
        >>> Range(0.0).check("lr", -0.1, "maximize=True climbs")
        Traceback (most recent call last):
        ValueError: lr is a number, at least 0; not -0.1 (maximize=True climbs)
        """
        sentence = f"{name} is a number, {self}; not {given!r}{f' ({instead})' if instead else ''}"
        try:
            number = as_float(given)
        except (TypeError, ValueError):
            raise TypeError(sentence) from None
        if isinstance(given, Value):
            raise TypeError(f"{sentence}; give its .data")
        if number not in self:
            raise ValueError(sentence)

    def check_all(self, none: str = "", /, **given: Any) -> None:
        """Refuse what is not in the range, of several arguments; None is accepted if `none` says what it means.

        >>> Range(0.0).check_all("None sets no limit", longest=None, largest=-1.0)
        Traceback (most recent call last):
        ValueError: largest is a number, at least 0; not -1.0 (None sets no limit)
        """
        for name, number in given.items():
            if not none or number is not None:
                self.check(name, number, none)


def check_count(name: str, given: Any, least: int = 1, instead: str = "") -> int:
    """`given` as an int, refusing what is no whole number or too small.

    Raises
    ------
    ValueError
        Saying what is accepted.

    Examples
    --------
    >>> check_count("epochs", 2.5)
    Traceback (most recent call last):
    ValueError: epochs is a whole number, at least 1; not 2.5
    """
    # numpy.int64 and the like are whole numbers too; True is not meant.
    if isinstance(given, bool) or not hasattr(given, "__index__") or given.__index__() < least:
        raise ValueError(f"{name} is a whole number, at least {least}; not {given!r}{f' ({instead})' if instead else ''}")
    return int(given.__index__())


NOT_NEGATIVE = Range(0.0)
POSITIVE = Range(0.0, open_low=True)
#: What momenta and the weights of running means are: at 1 nothing would ever be forgotten.
FRACTION = Range(0.0, 1.0, open_high=True)
PART = Range(0.0, 1.0)


@contextmanager
def state_of(owner: object) -> Iterator[None]:
    """Reads the saved state of `owner`: that of anything else ends in one ValueError, whatever was stumbled over.

    >>> with state_of(NOT_NEGATIVE):
    ...     {}["best"]
    Traceback (most recent call last):
    ValueError: this is not the state of Range: it has no 'best'
    """
    try:
        yield
    except (TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else said(error)
        raise ValueError(f"this is not the state of {type(owner).__name__}: {reason}") from None


def is_finite(thing: Any) -> bool:
    """Whether it is a plain number that a float can hold; True is not meant.

    >>> is_finite(2), is_finite(10**400), is_finite(math.nan), is_finite(True)
    (True, False, False, False)
    """
    return isinstance(thing, int | float) and not isinstance(thing, bool) and abs(thing) <= sys.float_info.max


def unknown(what: str, given: object, known: Iterable[str]) -> str:
    """The sentence for a name that is none: the one that was probably meant, and all there are.

    Examples
    --------
    >>> unknown("optimizer", "adma", ["sgd", "adam"])
    "there is no optimizer called 'adma' (did you mean 'adam'?); there are sgd, adam"
    """
    names = list(known)
    close = difflib.get_close_matches(given.lower(), names, 1) if isinstance(given, str) else []
    meant = f" (did you mean {close[0]!r}?)" if close else ""
    return f"there is no {what} called {given!r}{meant}; there are {', '.join(names)}"


def shown(thing: Any, most: int = 80) -> str:
    """The text of a thing for a message, cut where it is longer than `most` characters."""
    text = repr(thing)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def counted(count: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "epoch"), counted(3, "epoch")
    ('1 epoch', '3 epochs')
    """
    return f"{count} {what}{'' if count == 1 else 's'}"
