"""What is raised for bad input: Python's own exceptions, by their names, with a message that says what to do."""

from collections.abc import Sequence
from typing import Any

from autograd_lite.rules import Rule


class DomainError(ValueError):
    """An operation was asked for outside its domain, as in log(-1)."""


class DivisionByZeroError(ZeroDivisionError):
    """A division by zero, or zero to a negative power."""


class RangeError(OverflowError):
    """A result is too large for a float, as in exp(1000)."""


class GraphError(RuntimeError):
    """Something was asked of a graph that it cannot give: a cycle made by hand, an operation without a gradient."""


def domain_error(rule: Rule, numbers: Sequence[float], operands: Sequence[Any], cause: Exception) -> Exception:
    """The exception for `cause`, which the float form of `rule` raised at `numbers`.

    Parameters
    ----------
    rule : Rule
    numbers : sequence of float
        The arguments.
    operands : sequence
        What was passed for them; a `Value` with a label is named in the message.
    cause : Exception
        A ValueError, ZeroDivisionError or OverflowError.

    Returns
    -------
    Exception
        A subclass of the class of `cause`.
    """
    written = rule.text.replace("<", "").replace(">", "") if rule.text else f"{rule.name}({', '.join(rule.args.split())})"
    at = ", ".join(
        f"{name} = {number!r}" + (f" (label {operand.label!r})" if getattr(operand, "label", "") else "")
        for name, number, operand in zip(rule.names_of(len(numbers)), numbers, operands, strict=True)
    )
    ieee = "`with autograd_lite.ieee():` gives nan or inf instead of raising."
    if isinstance(cause, OverflowError):
        return RangeError(f"{written} overflows at {at}: the result is beyond the largest float, 1.8e308. {ieee}")
    needs = f" (it needs {rule.domain})" if rule.domain else ""
    remedy = f" Instead: {rule.remedy}." if rule.remedy else ""
    kind = DivisionByZeroError if isinstance(cause, ZeroDivisionError) else DomainError
    return kind(f"{written} is not defined at {at}{needs}.{remedy} {ieee}")


def not_a_number(given: Any) -> Exception:
    """The exception for something that cannot be an operand."""
    if isinstance(given, complex) or getattr(getattr(given, "dtype", None), "kind", "") == "c":
        return TypeError(f"a Value is real: complex {given!r} is not accepted; use its .real, .imag or abs() instead")
    if isinstance(given, str | bytes):
        return TypeError(
            f"a Value holds a number, not the text {given!r}; if it is a number in a string, write float({given!r})"
        )
    if given is None:
        return TypeError("a Value holds a number, not None; is a return statement missing in the function that made it?")
    if isinstance(given, list | tuple | set | dict) or hasattr(given, "__len__"):
        return TypeError(
            f"a Value holds one number, not {type(given).__name__} {_short(given)}; "
            "make one Value each: [Value(x) for x in xs], or np.array([...], dtype=object) for arithmetic on arrays"
        )
    return TypeError(f"a Value holds a number, not {type(given).__name__} {_short(given)}")


def too_large(given: Any) -> Exception:
    """The exception for a number that no float can hold."""
    return RangeError(
        f"a Value holds a float, at most 1.8e308 in size, not {type(given).__name__} {_short(given)}; "
        "float('inf') is infinity, log() or a ratio keeps large numbers small"
    )


def _short(given: Any) -> str:
    try:
        text = repr(given)
    except ValueError:  # an int of more digits than Python writes
        return f"of {given.bit_length()} bits"
    return text if len(text) <= 60 else text[:57] + "..."
