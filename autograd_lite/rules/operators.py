"""Python's operators as rows of the table, for objects that write operations down instead of computing them."""

from collections.abc import Callable
from typing import Any

ROWS = ("add", "sub", "mul", "div", "mod", "floordiv", "pow")


def _from_the_left(row: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.write(row, self, other)


def _from_the_right(row: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.write(row, other, self)


class Operators:
    """`x + y` is `self.write("add", x, y)`, and so on: what a class needs whose objects stand for numbers in a rule's text.

    A subclass says what `write` does with the name of a row and its operands, one of which at least is of that class.

    Examples
    --------
    >>> class Prefix(Operators):
    ...     def __init__(self, text): self.text = text
    ...     def write(self, name, *operands): return Prefix(f"({name} {' '.join(map(str, operands))})")
    ...     def __str__(self): return self.text
    >>> x = Prefix("x")
    >>> print(1.0 - x * x, -x // 2)
    (sub 1.0 (mul x x)) (floordiv (neg x) 2)
    """

    __slots__ = ()

    def write(self, name: str, *operands: Any) -> Any:
        """The operation `name` on `operands`."""
        raise NotImplementedError(f"{type(self).__name__} does not say how an operation is written")

    __add__, __sub__, __mul__, __truediv__, __mod__, __floordiv__, __pow__ = map(_from_the_left, ROWS)
    __radd__, __rsub__, __rmul__, __rtruediv__, __rmod__, __rfloordiv__, __rpow__ = map(_from_the_right, ROWS)

    def __neg__(self) -> Any:
        return self.write("neg", self)
