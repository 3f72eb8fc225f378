"""Numbers as people and spreadsheets write them: what reads as one, with a point or with a comma, and what is wrong with
a cell that does not."""

import re
from collections.abc import Iterable
from typing import Literal

Mark = Literal[".", ","]

#: What people write into a cell that has no value.
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a"})

_COMMA = re.compile(r"[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+(?:\.\d+)?|(?:[.' \u2019\u00a0\u202f]\d{3})+(?:,\d+)?)")
_PERCENT = re.compile(r"([+-]?\d+(?:[.,]\d+)?) ?%")
_MONEY = re.compile(r"[+-]?(?:[$€£¥₩] ?[\d.,]*\d|[\d.,]*\d ?[$€£¥₩])")
_DATE = re.compile(
    r"""(?: \d{4}([-/.])\d{1,2}\1\d{1,2}                      # 2024-01-31
          | \d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d\d)             # 31.01.2024, 1/31/24
          | (?:19|20)\d\d-(?:0[1-9]|1[0-2])                   # 2024-01
          | \d{1,2}\.?[ -][^\W\d_]{3,9}\.?[ -]\d{4}           # 31 January 2024, 31-Jan-2024
        )(?:[T ]\d{1,2}:\d\d.*)?""",
    re.VERBOSE,
)
_TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AaPp][Mm])?")
_UNIT = re.compile(r"([+-]?\d+(?:[.,]\d+)?) ?[^\W\d_]{1,5}")


def is_number(text: str) -> bool:
    """Whether Python reads `text` as a number.

    >>> is_number("1e3"), is_number("one")
    (True, False)
    """
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_missing(cell: str) -> bool:
    """Whether the cell says that there is no value.

    >>> is_missing("N/A"), is_missing("0")
    (True, False)
    """
    return len(cell) <= 4 and cell.lower() in MISSING


def with_point(cell: str, mark: Mark) -> str:
    """A cell whose decimal mark is `mark` as `float` wants it.

    >>> with_point("1,5", ","), with_point("1.5", ".")
    ('1.5', '1.5')
    """
    if mark == ".":
        return cell
    # A point beside a decimal comma stands between thousands, or is a slip: no number either way.
    return cell.replace(",", ".") if "." not in cell else cell.replace(".", ",")


def reads_as_number(cell: str, mark: Mark = ".") -> bool:
    """Whether a cell is a number, finite or not, and not a way to say that there is none.

    >>> reads_as_number("-1.5e3"), reads_as_number("1_000"), reads_as_number("nan"), reads_as_number("1,5", ",")
    (True, False, False, True)
    """
    # Python takes 1_000 for a number; in a file it is more likely a slip.
    return "_" not in cell and is_number(with_point(cell, mark)) and not is_missing(cell)


def decimal_mark(cells: Iterable[str]) -> Mark | None:
    """The decimal mark that cells are written with; None where a comma may as well stand between thousands.

    >>> decimal_mark(["1,5", "2"]), decimal_mark(["1.5", "2,5"]), decimal_mark(["1,288", "2"])
    (',', '.', None)
    """
    doubtful = certain = False
    for cell in cells:
        if "," in cell:
            if _THOUSANDS.fullmatch(cell):
                doubtful = True
            elif _COMMA.fullmatch(cell):
                certain = True
        elif "." in cell and reads_as_number(cell):
            return "."
    return "," if certain else None if doubtful else "."


def no_number(cell: str, mark: Mark = ".") -> str | None:
    """What is wrong with a quantity that cannot be read as a number; None for what is no quantity.

    >>> no_number("96%")
    'is a percentage: write 96 without the sign, in every row alike'
    >>> no_number("red") is None
    True
    """
    if found := _PERCENT.fullmatch(cell):
        return f"is a percentage: write {found[1]} without the sign, in every row alike"
    if _DATE.fullmatch(cell):
        return "is a date: write a number that matters, such as the days since the first, or the month"
    if _TIME.fullmatch(cell):
        return "is a time: write a number, such as minutes"
    if _MONEY.fullmatch(cell):
        return "is an amount of money: write the number without the sign"
    if mark == "." and _COMMA.fullmatch(cell) and not _THOUSANDS.fullmatch(cell):
        return "is not a number here (write a decimal point, not a comma)"
    if mark == "," and is_number(cell) and not is_missing(cell):
        return "is not a number here, where the decimal mark is a comma"
    if _THOUSANDS.fullmatch(cell):
        return "is not a number (write nothing between thousands)"
    return None


def slip(cell: str, mark: Mark = ".") -> str:
    """What is wrong with a cell among numbers.

    >>> slip("12 kg"), slip("heavy")
    ('is not a number (write 12; a unit belongs in the name of the column)', 'is not a number')
    """
    if found := _UNIT.fullmatch(cell):
        return f"is not a number (write {found[1]}; a unit belongs in the name of the column)"
    return no_number(cell, mark) or "is not a number"
