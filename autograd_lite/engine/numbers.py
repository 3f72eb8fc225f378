"""What counts as a number: the one door through which numbers come into a graph."""

from typing import Any, SupportsFloat, SupportsIndex

from autograd_lite.engine.errors import not_a_number


def as_float(number: Any) -> float:
    """`number` as a float, refusing what only looks like one (texts, None, complex, arrays).

    >>> as_float(2)
    2.0
    """
    kind = number.__class__
    if kind is float or kind is int or kind is bool:
        return float(number)
    if not isinstance(number, SupportsFloat | SupportsIndex) or not is_scalar(number):
        raise not_a_number(number)
    try:
        return float(number)
    except TypeError as error:
        if type(error) is not TypeError:
            raise  # it says itself what is wrong
        raise not_a_number(number) from None


def is_scalar(thing: Any) -> bool:
    """Whether `thing` is neither text, complex nor an array of numbers, so that it may be compared or converted as one number."""
    return not isinstance(thing, str | bytes | bytearray | complex) and not has_shape(thing)


def has_shape(thing: Any) -> bool:
    """Whether `thing` is an array, which answers for itself, element by element.

    >>> has_shape(2.0)
    False
    """
    return getattr(thing, "shape", ()) != ()
