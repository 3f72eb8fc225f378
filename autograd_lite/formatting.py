"""How a number is written where people read it: one function for pictures, pages, explanations and tables."""

from typing import SupportsFloat


def short(number: SupportsFloat, digits: int = 4) -> str:
    """A number with so many significant digits.

    >>> short(-0.123456), short(100000.0), short(1e-9), short(float("inf")), short(-0.0)
    ('-0.1235', '1e+05', '1e-09', 'inf', '-0')
    """
    return f"{float(number):.{digits}g}"


def short_float(number: SupportsFloat) -> str:
    """A number in six digits that can be told to be a float; a whole one below 1e15 in more before it is rounded.

    >>> short_float(-6), short_float(0.1 + 0.2), short_float(1234567.0)
    ('-6.0', '0.3', '1234567.0')
    """
    number = float(number)
    text = short(number, 6)
    if 1e5 <= abs(number) < 1e15 and float(text) != number:
        text = short(number, 10)
    return f"{text}.0" if set(text).isdisjoint(".enai") else text
