"""What counts as a number: the one door through which numbers come into a graph."""

from math import isinf
from typing import Any

from autograd_lite.engine.errors import not_a_number, too_large

#: How NumPy names the kinds of its scalars that are no real numbers, though `float()` would take some of them.
_NO_NUMBERS = ("complex", "datetime", "timedelta", "str", "bytes", "void")


def as_float(number: Any) -> float:
    """`number` as a float, refusing what only looks like one (texts, None, complex, dates, arrays) and what no float can hold.

    >>> as_float(2)
    2.0
    """
    kind = number.__class__
    if kind is float:
        return number  # type: ignore[no-any-return]
    convertible = hasattr(kind, "__float__") or hasattr(kind, "__index__")
    if kind not in (float, int, bool) and not (convertible and is_scalar(number)):
        raise not_a_number(number)
    try:
        converted = float(number)
    except TypeError as error:
        if type(error) is not TypeError:
            raise  # it says itself what is wrong
        raise not_a_number(number) from None
    except OverflowError:
        raise too_large(number) from None
    if isinf(converted) and number != converted:
        raise too_large(number)
    return converted


def is_scalar(thing: Any) -> bool:
    """Whether `thing` may be compared or converted as one real number: no text, nothing complex, no date, no array, nothing masked."""
    return not (
        isinstance(thing, str | bytes | bytearray | complex)
        or has_shape(thing)
        or not is_numeric(getattr(thing, "dtype", None))
        or bool(getattr(thing, "mask", False))
    )


def is_numeric(dtype: Any) -> bool:
    """Whether an array's or a scalar's dtype, None for whatever has none, is one of real numbers or of objects.

    >>> is_numeric(None)
    True
    """
    return getattr(dtype, "kind", "O") in "biufO" or not str(getattr(dtype, "name", "")).startswith(_NO_NUMBERS)


def is_complex(thing: Any) -> bool:
    """Whether `thing` is a complex number, Python's or NumPy's.

    >>> is_complex(1j), is_complex(1.0)
    (True, False)
    """
    return isinstance(thing, complex) or (not has_shape(thing) and getattr(getattr(thing, "dtype", None), "kind", "") == "c")


def has_shape(thing: Any) -> bool:
    """Whether `thing` is an array, which answers for itself, element by element; so does one without axes that holds an object.

    >>> has_shape(2.0)
    False
    """
    shape = getattr(thing, "shape", None)
    return shape is not None and (shape != () or getattr(getattr(thing, "dtype", None), "kind", "") == "O")
