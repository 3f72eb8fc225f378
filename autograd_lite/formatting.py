"""How a number is written where people read it: one function for pictures, pages, explanations and tables."""

from typing import SupportsFloat


def short(number: SupportsFloat, digits: int = 4, *, point: bool = False) -> str:
    """A number with so many significant digits.

    Parameters
    ----------
    number : float, or what has one
    digits : int, default 4
    point : bool, default False
        Whether it is to be recognisable as a float: "6.0" and not "6", and a whole number below 1e15 in more digits
        before it is rounded.

    Returns
    -------
    str

    Examples
    --------
    >>> short(-0.123456), short(100000.0), short(1e-9), short(float("inf")), short(-0.0)
    ('-0.1235', '1e+05', '1e-09', 'inf', '-0')
    >>> short(-6, 6, point=True), short(0.1 + 0.2, 6, point=True), short(1234567.0, 6, point=True)
    ('-6.0', '0.3', '1234567.0')
    """
    number = float(number)
    text = f"{number:.{digits}g}"
    if not point:
        return text
    if 1e5 <= abs(number) < 1e15 and float(text) != number:
        text = f"{number:.{digits + 4}g}"
    return f"{text}.0" if set(text).isdisjoint(".enai") else text


__all__ = ["short"]
