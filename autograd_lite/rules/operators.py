"""Python's operators as rows of the table, for objects that write operations down instead of computing them."""

from typing import Any


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

    def __add__(self, other: Any) -> Any:
        return self.write("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return self.write("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return self.write("sub", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.write("sub", other, self)

    def __mul__(self, other: Any) -> Any:
        return self.write("mul", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.write("mul", other, self)

    def __truediv__(self, other: Any) -> Any:
        return self.write("div", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.write("div", other, self)

    def __mod__(self, other: Any) -> Any:
        return self.write("mod", self, other)

    def __rmod__(self, other: Any) -> Any:
        return self.write("mod", other, self)

    def __floordiv__(self, other: Any) -> Any:
        return self.write("floordiv", self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return self.write("floordiv", other, self)

    def __pow__(self, other: Any) -> Any:
        return self.write("pow", self, other)

    def __rpow__(self, other: Any) -> Any:
        return self.write("pow", other, self)

    def __neg__(self) -> Any:
        return self.write("neg", self)


__all__ = ["Operators"]
